"""The taxonomy that admins keep.

Posts are labelled anew (`summarize.relabel`) once a transaction that changes it has committed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core import queue
from core.db.storable import storable
from core.errors import NotFound, UsageError
from core.types import Topic

#: Characters of a title, of a name or stem, of all examples; names or stems of a topic; topics.
MOST_TITLE, MOST_PHRASE, MOST_ABOUT, MOST_PHRASES, MOST_TOPICS = 60, 80, 5000, 600, 100
#: A slug stands in the data of buttons, which Telegram keeps short.
MOST_SLUG = 24


async def enabled(session: AsyncSession) -> list[Topic]:
    """Topics in use, in their order."""
    return [topic for topic in await every(session) if topic.enabled]


async def every(session: AsyncSession) -> list[Topic]:
    """All topics, also those that are off, in their order."""
    rows = await session.execute(text("SELECT * FROM topics ORDER BY position, slug"))
    return [_topic(row) for row in rows]


def _topic(row: Row[Any]) -> Topic:
    return Topic(
        slug=row.slug,
        position=row.position,
        title_ru=row.title_ru,
        title_en=row.title_en,
        about=row.about,
        names=tuple(row.names),
        stems=tuple(row.stems),
        enabled=row.enabled,
        merged_into=row.merged_into,
    )


# --- what admins do --------------------------------------------------------------------------------------------------


async def add(
    session: AsyncSession,
    *,
    title_ru: str,
    title_en: str,
    about: str = "",
    names: Sequence[str] = (),
    stems: Sequence[str] = (),
) -> Topic:
    """Keep a new topic, as the last; its slug is made from its English title.

    Raises:
        UsageError: it cannot be kept as it is.
    """
    known = await _held(session)
    if len(known) >= MOST_TOPICS:
        raise UsageError(f"there are {MOST_TOPICS} topics already: switch one off and rename it, or merge some")
    new = checked(
        Topic(
            slug=slug_of(title_en, taken=[topic.slug for topic in known]),
            position=max((topic.position for topic in known), default=-1) + 1,
            title_ru=title_ru,
            title_en=title_en,
            about=about,
            names=tuple(names),
            stems=tuple(stems),
        )
    )
    await session.execute(
        text("""
            INSERT INTO topics (slug, position, title_ru, title_en, about, names, stems, enabled)
            VALUES (:slug, :position, :title_ru, :title_en, :about, :names, :stems, true)
        """),
        {"position": new.position, **_content(new)},
    )
    await queue.wake_index(session)
    return new


async def change(
    session: AsyncSession,
    slug: str,
    *,
    about: str | None = None,
    names: Sequence[str] | None = None,
    stems: Sequence[str] | None = None,
) -> Topic:
    """Change what posts are given a topic by; what is None stays.

    Raises:
        NotFound: there is no such topic.
        UsageError: it cannot be kept so.
    """
    topic = _one(await _held(session), slug)
    changed = replace(
        topic,
        about=topic.about if about is None else about,
        names=topic.names if names is None else tuple(names),
        stems=topic.stems if stems is None else tuple(stems),
    )
    return await _write(session, checked(changed))


async def rename(session: AsyncSession, slug: str, *, title_ru: str, title_en: str) -> Topic:
    """Give a topic other titles; its slug stays, so that nothing loses it.

    Raises:
        NotFound: there is no such topic.
        UsageError: a title is missing or too long.
    """
    topic = _one(await _held(session), slug)
    return await _write(session, checked(replace(topic, title_ru=title_ru, title_en=title_en)))


async def reorder(session: AsyncSession, slugs: Sequence[str]) -> None:
    """Put topics in this order; those that are not named follow in the order that they had.

    Raises:
        NotFound: there is no such topic.
    """
    known = await _held(session)
    first = [_one(known, slug).slug for slug in dict.fromkeys(slugs)]
    ordered = first + [topic.slug for topic in known if topic.slug not in first]
    await session.execute(
        text("""
            UPDATE topics t SET position = o.place - 1
            FROM unnest(CAST(:slugs AS text[])) WITH ORDINALITY AS o(slug, place) WHERE t.slug = o.slug
        """),
        {"slugs": ordered},
    )


async def set_enabled(session: AsyncSession, slug: str, *, enabled: bool) -> Topic:
    """Give a topic to posts, or cease to. One that was merged into another stands on its own again, without readers.

    Raises:
        NotFound: there is no such topic.
    """
    topic = _one(await _held(session), slug)
    return await _write(session, replace(topic, enabled=enabled, merged_into=None if enabled else topic.merged_into))


async def merge(session: AsyncSession, slug: str, *, into: str, now: datetime) -> Topic:
    """Let a topic go up in another: names, stems, examples, readers and filters of the one are the other's from then on.

    Who had chosen the one gets the other. Of those who want all topics but some, having left out the one says nothing of the
    other; who has left out the other goes on without it.

    Raises:
        NotFound: there is no such topic.
        UsageError: the two cannot be merged.
    """
    known = await _held(session)
    old, new = _one(known, slug), _one(known, into)
    merged = checked(merged_topic(old, new))
    await _write(session, merged)
    await session.execute(
        text("UPDATE topics SET enabled = false, merged_into = :new WHERE slug = :old OR merged_into = :old"),
        {"old": slug, "new": into},
    )
    await _move_readers(session, slug, into)
    await _move_filters(session, slug, into, now=now)
    return merged


def merged_topic(old: Topic, new: Topic) -> Topic:
    """What `new` is once `old` has gone up in it.

    Raises:
        UsageError: the two cannot be merged.
    """
    if old.slug == new.slug:
        raise UsageError("a topic cannot be merged into itself")
    if not new.enabled:
        raise UsageError(f"{new.title_en} is switched off: switch it on, then merge")
    about = dict.fromkeys(line for line in (*new.about.splitlines(), *old.about.splitlines()) if line.strip())
    return replace(
        new,
        names=tuple(dict.fromkeys((*new.names, *old.names))),
        # What spoke strongly for one of the two need not also speak softly.
        stems=tuple(dict.fromkeys(stem for stem in (*new.stems, *old.stems) if stem not in {*new.names, *old.names})),
        about="\n".join(about),
    )


async def _move_readers(session: AsyncSession, old: str, new: str) -> None:
    await session.execute(
        text("""
            INSERT INTO reader_topics (reader_id, slug)
            SELECT t.reader_id, :new FROM reader_topics t JOIN readers r ON r.id = t.reader_id
            WHERE t.slug = :old AND NOT r.all_topics ORDER BY t.reader_id ON CONFLICT DO NOTHING
        """),
        {"old": old, "new": new},
    )
    await session.execute(text("DELETE FROM reader_topics WHERE slug = :old"), {"old": old})


async def _move_filters(session: AsyncSession, old: str, new: str, *, now: datetime) -> None:
    await session.execute(
        text("""
            UPDATE filters SET changed_at = :now,
                pattern = CASE WHEN kind = 'topic' AND pattern = :old THEN :new ELSE pattern END,
                topics = CASE WHEN :new = ANY(topics) THEN array_remove(topics, :old) ELSE array_replace(topics, :old, :new) END
            WHERE :old = ANY(topics) OR (kind = 'topic' AND pattern = :old)
        """),
        {"old": old, "new": new, "now": now},
    )


# --- what is kept ----------------------------------------------------------------------------------------------------


def slug_of(title: str, *, taken: Sequence[str] = ()) -> str:
    """A short name of a topic in letters and digits of ASCII, unlike any that is `taken`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:MOST_SLUG].strip("-") or "topic"
    found, number = stem, 1
    while found in taken:
        number += 1
        found = f"{stem[: MOST_SLUG - len(str(number)) - 1].rstrip('-')}-{number}"
    return found


def checked(topic: Topic) -> Topic:
    """The topic as it can be stored: trimmed, without empty lines and what stands twice.

    Raises:
        UsageError: something is missing, or there is too much of it.
    """
    titles = [" ".join(_storable(title).split()) for title in (topic.title_ru, topic.title_en)]
    if not all(titles) or any(len(title) > MOST_TITLE for title in titles):
        raise UsageError(f"a topic has a title in Russian and one in English, each of at most {MOST_TITLE} characters")
    about = "\n".join(line for line in map(str.strip, _storable(topic.about).splitlines()) if line)
    if len(about) > MOST_ABOUT:
        raise UsageError(f"the examples of a topic have at most {MOST_ABOUT:,} characters, and these {len(about):,}")
    names, stems = (
        tuple(dict.fromkeys(" ".join(_storable(phrase).split()) for phrase in phrases if _storable(phrase).strip()))
        for phrases in (topic.names, topic.stems)
    )
    for phrases in (names, stems):
        if len(phrases) > MOST_PHRASES or any(len(phrase) > MOST_PHRASE for phrase in phrases):
            raise UsageError(f"a topic has at most {MOST_PHRASES} keywords, each of at most {MOST_PHRASE} characters")
    return replace(topic, title_ru=titles[0], title_en=titles[1], about=about, names=names, stems=stems)


def _storable(given: str) -> str:
    return storable(given.replace("\x00", ""))


async def _held(session: AsyncSession) -> list[Topic]:
    """All topics, theirs to change until the transaction ends: one admin after the other."""
    await session.execute(text("LOCK TABLE topics IN SHARE ROW EXCLUSIVE MODE"))
    return await every(session)


def _one(known: Sequence[Topic], slug: str) -> Topic:
    for topic in known:
        if topic.slug == slug:
            return topic
    raise NotFound(f"no topic is called {slug}")


async def _write(session: AsyncSession, topic: Topic) -> Topic:
    await session.execute(
        text("""
            UPDATE topics SET title_ru = :title_ru, title_en = :title_en, about = :about, names = :names, stems = :stems,
                enabled = :enabled, merged_into = :merged_into WHERE slug = :slug
        """),
        {"enabled": topic.enabled, "merged_into": topic.merged_into, **_content(topic)},
    )
    await queue.wake_index(session)
    return topic


def _content(topic: Topic) -> dict[str, Any]:
    return {
        "slug": topic.slug,
        "title_ru": topic.title_ru,
        "title_en": topic.title_en,
        "about": topic.about,
        "names": list(topic.names),
        "stems": list(topic.stems),
    }
