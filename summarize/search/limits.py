"""What a search was limited to by name, looked up: topics and channels as people call them.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.search import Limits
from core.types import Topic
from summarize.mistakes import Fault
from summarize.search.syntax import Typed


def limits(typed: Typed, *, topics: Sequence[Topic], channels: Mapping[int, Sequence[str]]) -> Limits:
    """The limits of a search; `channels`: the names that each goes by, its username among them.

    Raises:
        Fault: no topic, or no channel, is called so; which there are.
    """
    return Limits(
        topics=tuple(slug for name in typed.topics for slug in _topics(name, topics)),
        channels=tuple(number for name in typed.channels for number in _channels(name, channels)),
        since=typed.since,
        until=typed.until,
        phrases=typed.phrases,
        without=typed.without,
    )


def _topics(name: str, topics: Sequence[Topic]) -> list[str]:
    wanted = _plain(name)
    ways = {topic.slug: [_plain(way) for way in (topic.slug, topic.title_ru, topic.title_en)] for topic in topics}
    found = [slug for slug, called in ways.items() if wanted in called]
    found = found or [slug for slug, called in ways.items() if any(way.startswith(wanted) for way in called)]
    if not found:
        raise Fault("search topic", said=name, topics=", ".join(topic.slug for topic in topics))
    return found


def _channels(name: str, channels: Mapping[int, Sequence[str]]) -> list[int]:
    wanted = _plain(name)
    ways = {number: [_plain(way) for way in called] for number, called in channels.items()}
    found = [number for number, called in ways.items() if wanted in called]
    found = found or [number for number, called in ways.items() if any(wanted in way for way in called)]
    if not found:
        raise Fault("search channel", said=name)
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").replace("_", " ").removeprefix("@").split())
