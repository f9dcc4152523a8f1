"""What may be written into a search beside words: `topic:agents`, `channel:name`, `since:2026-09-14`, "a phrase", -without.

Pure. What makes no sense is a word like any other, so that nobody has to learn anything; only a date that is none is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from summarize.mistakes import Fault
from summarize.search.periods import period

_PART = re.compile(
    r"(?P<minus>(?<!\S)[-−–])?(?:(?P<name>topic|channel|from|since|until|тема|канал|от|с|до):)?"
    r"(?:[\"«“„](?P<quoted>[^\"»”“]*)[\"»”“]?|(?P<word>\S+))",
    re.IGNORECASE,
)
_NAMES = {"тема": "topic", "канал": "channel", "от": "from", "с": "since", "до": "until"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A search as it was typed: `text` is what is left of it for words and meaning, phrases included; `channels` and `topics`
    are names as they were written.
    """

    text: str
    topics: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()


def typed(text: str, *, asked: datetime, tz: ZoneInfo) -> Typed:
    """Read a search.

    Raises:
        Fault: a date after `since:` or `until:` is none.
    """
    words: list[str] = []
    found: dict[str, list[str]] = {name: [] for name in ("topic", "channel", "phrase", "without", "beginning")}
    since = until = None
    for match in _PART.finditer(text):
        quoted = match["quoted"]
        said = (quoted if quoted is not None else match["word"]).strip()
        name = (match["name"] or "").lower()
        name = _NAMES.get(name, name)
        if not said:
            continue
        if name in {"since", "until"}:
            first, last = _moments(said, asked=asked, tz=tz)
            since, until = (first, until) if name == "since" else (since, last)
        elif name in {"topic", "channel", "from"}:
            found["channel" if name == "from" else name].append(said)
        elif match["minus"]:
            found["without"].append(said)
        elif quoted is not None:
            found["phrase"].append(said)
            words.append(said)
        elif said.endswith("*") and len(said) > 2:
            found["beginning"].append(said.rstrip("*"))
        else:
            words.append(said)
    return Typed(
        text=" ".join(words),
        topics=tuple(found["topic"]),
        channels=tuple(found["channel"]),
        since=since,
        until=until,
        phrases=tuple(found["phrase"]),
        without=tuple(found["without"]),
        beginnings=tuple(found["beginning"]),
    )


def _moments(said: str, *, asked: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """The beginning and the end of a day, week, month or year as it is written."""
    found = period(said, asked=asked, tz=tz) or period(f"in {said}", asked=asked, tz=tz)
    if found is None or found.since is None:
        raise Fault("search date", said=said)
    return found.since, found.until or asked + timedelta(days=1)
