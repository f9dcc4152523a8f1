"""What a press of a settings button makes of a reader's choices.

Pure. Buttons say what is to be, not what is to be flipped, so that pressing one twice, or an old one, does no harm.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot import zone_names
from bot.speech import LANGUAGES
from core.readers import Cap, Length, Reader, ReaderState

#: Limits that a channel's buttons offer: so many stories a digest, 0 for none.
CAPS = ("0", "1", "2", "3")
MUTED = CAPS[0]
FREE = "free"


def changed(reader: Reader, do: str, value: str) -> Reader | None:  # noqa: PLR0911 - one return for each setting
    """The reader with a setting changed; None for what is no setting, or cannot have that value."""
    match do:
        case "hour" if value in map(str, range(24)):
            return replace(reader, hour=int(value))
        case "day" if value[:1] in {"+", "-"} and value[1:] in set("1234567"):
            days = set(reader.days) | {int(value[1:])} if value[0] == "+" else set(reader.days) - {int(value[1:])}
            return replace(reader, days=tuple(sorted(days))) if days else None
        case "week" if value and set(value) <= set("1234567"):
            return replace(reader, days=tuple(sorted({int(day) for day in value})))
        case "lang" if value in LANGUAGES:
            return replace(reader, lang=value)
        case "tz":
            zone = zone_names.canonical(value)
            return replace(reader, tz=zone) if zone else None
        case "length" if value in set(Length):
            return replace(reader, length=Length(value))
        case "quiet" if value in {"0", "1"}:
            return replace(reader, quiet=value == "1")
        case _:
            return None


def with_topic(reader: Reader, do: str, slug: str) -> Reader | None:
    """The reader with a topic taken in ("on") or left out ("off"), or with all of them, or with none."""
    match do:
        case "all" | "none":
            return replace(reader, all_topics=do == "all", topics=frozenset())
        case "on" | "off":
            is_listed = (do == "on") != reader.all_topics
            topics = reader.topics | {slug} if is_listed else reader.topics - {slug}
            return replace(reader, topics=topics)
        case _:
            return None


def joined(reader: Reader, slug: str) -> Reader:
    """The reader once a link to a topic was followed: it comes to what was chosen, and is all that a new reader wants."""
    if reader.state is ReaderState.NEW:
        return replace(reader, all_topics=False, topics=frozenset({slug}))
    return replace(reader, topics=reader.topics - {slug} if reader.all_topics else reader.topics | {slug})


def with_cap(reader: Reader, channel_id: int, do: str) -> Reader | None:
    """The reader with a limit for a channel, or without one ("free")."""
    if do not in {*CAPS, FREE}:
        return None
    others = tuple(cap for cap in reader.caps if cap.channel_id != channel_id)
    own = () if do == FREE else (Cap(channel_id=channel_id, most=int(do)),)
    return replace(reader, caps=(*others, *own))


def wants_any(reader: Reader, slugs: Collection[str]) -> bool:
    """Whether any of the topics in use is for this reader; where there are no topics, there is nothing to choose."""
    return not slugs or any(reader.wants(slug) for slug in slugs)
