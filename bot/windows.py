"""What a reader may write after /digest: a time, a topic, in either order, in Russian or in English.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.texts import words
from core.types import Topic

_DAYS = {"today": 0, "сегодня": 0, "yesterday": 1, "вчера": 1}
_WEEK = frozenset({"week", "неделя", "неделю", "недели", "7d"})
_DATE = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}))?")
#: `15 сентября`, `15 sept. 2025`, `September 15, 2025`: what the words are is looked up.
_NAMED = re.compile(
    r"(?<!\S)(?:(?P<day>\d{1,2})\s+(?P<month>[^\W\d_]{3,9})|(?P<month_before>[a-z]{3,9})\.?\s+(?P<day_after>\d{1,2}))"
    r"[.,]?(?:\s+(?P<year>\d{4}))?(?!\S)",
    re.IGNORECASE,
)
#: So few letters of a topic's title are enough to name it.
_LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A window of local days as moments, None for "what is new"; the topic's slug, None for all; words not understood.

    `days`: the first and the last of the window's days, None without a window.
    """

    days: tuple[date, date] | None
    since: datetime | None
    until: datetime | None
    topic: str | None
    unknown: str


def asked(text: str, topics: Sequence[Topic], *, now: datetime, tz: ZoneInfo) -> Asked:
    """What the words after the command mean; days are those of `tz`."""
    today = now.astimezone(tz).date()
    days: tuple[date, date] | None = None
    rest = []
    for word in _NAMED.sub(lambda match: _numbers(match, today), text).split():
        found = _days(word.casefold().strip(",;"), today)
        if found is not None and days is None:
            days = found
        else:
            rest.append(word)
    name = " ".join(rest).strip(",; ")
    topic = _topic(name, topics)
    since = _midnight(days[0], tz) if days else None
    until = min(now, _midnight(days[1], tz)) if days else None
    return Asked(
        days=(days[0], days[1] - timedelta(days=1)) if days else None,
        since=since,
        until=until,
        topic=topic,
        unknown="" if topic else name,
    )


def _days(word: str, today: date) -> tuple[date, date] | None:
    """The first of the days that a word names, and the day after the last one."""
    if word in _DAYS:
        day = today - timedelta(days=_DAYS[word])
        return day, day + timedelta(days=1)
    if word in _WEEK:
        return today - timedelta(days=6), today + timedelta(days=1)
    day_found = _date(word, today)
    return None if day_found is None else (day_found, day_found + timedelta(days=1))


def _date(word: str, today: date) -> date | None:
    """`2026-11-24`, `24.11.2026`, or `24.11`: the last such day that is not to come."""
    match = _DATE.fullmatch(word)
    try:
        if match is None:
            found = date.fromisoformat(word)
        else:
            found = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
            if not match["year"] and found > today:
                found = found.replace(year=today.year - 1)
    except ValueError:
        return None
    return found if date(2013, 1, 1) <= found <= today else None


def _numbers(match: re.Match[str], today: date) -> str:
    """A day whose month is named, as numbers; the words as they were if there is no such day, or it is to come."""
    called = (match["month"] or match["month_before"]).casefold()
    months = (words(lang).months for lang in ("ru", "en"))
    number = next((n for names in months for n, name in enumerate(names, 1) if name.casefold().startswith(called)), 0)
    told = f"{match['day'] or match['day_after']}.{number:02d}" + (f".{match['year']}" if match["year"] else "")
    return told if number and _date(told, today) else match[0]


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=tz)


def _topic(name: str, topics: Sequence[Topic]) -> str | None:
    """The topic that has this slug or title, or the only one whose title begins so."""
    wanted = name.casefold().replace("ё", "е").strip()
    if not wanted:
        return None
    titles = {
        topic.slug: {title.casefold().replace("ё", "е") for title in (topic.slug, topic.title_ru, topic.title_en)}
        for topic in topics
    }
    exact = [slug for slug, known in titles.items() if wanted in known]
    begun = [slug for slug, known in titles.items() if any(title.startswith(wanted) for title in known)]
    if exact:
        return exact[0]
    return begun[0] if len(begun) == 1 and len(wanted) >= _LEAST else None
