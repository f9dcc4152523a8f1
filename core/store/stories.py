"""Stories: the links between posts that make them, who belongs to which, and what became of old ids."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.types import Link, Tie

#: A link of which both ends are one telling.
_WHOLE = "(verdict = 'copy' OR reasons ? 'continuation')"


async def replace_links(session: AsyncSession, of: Sequence[int], links: Sequence[Link]) -> None:
    """Forget every link of the posts `of`, and keep `links`."""
    await session.execute(text("DELETE FROM links WHERE first = ANY(:ids)"), {"ids": list(of)})
    await session.execute(text("DELETE FROM links WHERE second = ANY(:ids)"), {"ids": list(of)})
    await add_links(session, links)


async def add_links(session: AsyncSession, links: Sequence[Link]) -> None:
    """Keep judged pairs, replacing earlier verdicts on them."""
    if links:
        await session.execute(
            text("""
                INSERT INTO links (first, second, score, verdict, reasons)
                VALUES (:first, :second, :score, :verdict, CAST(:reasons AS jsonb))
                ON CONFLICT (first, second) DO UPDATE
                    SET score = excluded.score, verdict = excluded.verdict, reasons = excluded.reasons
            """),
            [
                {
                    "first": link.first,
                    "second": link.second,
                    "score": link.score,
                    "verdict": link.verdict,
                    "reasons": json.dumps(link.reasons, ensure_ascii=False).replace("\\u0000", ""),
                }
                for link in links
            ],
        )


async def links_of(session: AsyncSession, ids: Sequence[int]) -> list[Link]:
    """Links that touch one of the posts."""
    rows = await session.execute(
        text("""
            SELECT first, second, score, verdict, reasons FROM links WHERE first = ANY(:ids)
            UNION SELECT first, second, score, verdict, reasons FROM links WHERE second = ANY(:ids)
        """),
        {"ids": list(ids)},
    )
    return [_link(row) for row in rows]


def _link(row: Row[Any]) -> Link:
    return Link(first=row.first, second=row.second, score=row.score, verdict=row.verdict, reasons=row.reasons)


async def joining(session: AsyncSession, ids: Sequence[int]) -> list[tuple[int, int, float]]:
    """The links that hold the posts together with others: (first, second, score), 1 for copies and continuations."""
    rows = await session.execute(
        text(f"""
            SELECT first, second, CASE WHEN {_WHOLE} THEN 1 ELSE score END AS score FROM links
            WHERE first = ANY(:ids) AND verdict IN ('copy', 'same')
            UNION SELECT first, second, CASE WHEN {_WHOLE} THEN 1 ELSE score END FROM links
            WHERE second = ANY(:ids) AND verdict IN ('copy', 'same')
        """),
        {"ids": list(ids)},
    )
    return [(row.first, row.second, row.score) for row in rows]


async def ties(session: AsyncSession, ids: Sequence[int]) -> list[tuple[int, int, Tie]]:
    """What the links between the posts mean for stories."""
    rows = await session.execute(
        text(f"""
            SELECT first, second, CASE WHEN {_WHOLE} THEN 1 ELSE score END AS score, {_WHOLE} AS whole,
                reasons ? 'veto' AS vetoed
            FROM links WHERE first = ANY(:ids) AND second = ANY(:ids)
        """),
        {"ids": list(ids)},
    )
    return [(row.first, row.second, Tie(row.score, whole=row.whole, vetoed=row.vetoed)) for row in rows]


async def members(session: AsyncSession, story_ids: Sequence[int]) -> dict[int, int]:
    """Post id → story id, for every post of these stories."""
    rows = await session.execute(
        text("SELECT post_id, story_id FROM indexed_posts WHERE story_id = ANY(:ids)"), {"ids": list(story_ids)}
    )
    return {row.post_id: row.story_id for row in rows}


async def stories_of(session: AsyncSession, ids: Sequence[int]) -> dict[int, int]:
    """Post id → story id, for those of the posts that have one."""
    rows = await session.execute(
        text("SELECT post_id, story_id FROM indexed_posts WHERE post_id = ANY(:ids) AND story_id IS NOT NULL"),
        {"ids": list(ids)},
    )
    return {row.post_id: row.story_id for row in rows}


async def create(session: AsyncSession, count: int, *, now: datetime) -> list[int]:
    """New story ids, ascending."""
    rows = await session.execute(
        text("""
            INSERT INTO stories (created_at, changed_at) SELECT :now, :now FROM generate_series(1, :count) RETURNING id
        """),
        {"now": now, "count": count},
    )
    return sorted(row.id for row in rows)


async def assign(session: AsyncSession, stories: Mapping[int, int], *, now: datetime) -> None:
    """Put posts (post id → story id) into stories, and note that those have changed."""
    if stories:
        await session.execute(
            text("""
                UPDATE indexed_posts i SET story_id = s.story
                FROM unnest(CAST(:posts AS bigint[]), CAST(:stories AS bigint[])) AS s(post, story)
                WHERE i.post_id = s.post AND i.story_id IS DISTINCT FROM s.story
            """),
            {"posts": list(stories), "stories": list(stories.values())},
        )
        await touch(session, set(stories.values()), now=now)


async def touch(session: AsyncSession, story_ids: Collection[int], *, now: datetime) -> None:
    """Note that stories are no longer what they were: posts left them, or say something else. No two changes are of one time."""
    await session.execute(
        text("""
            UPDATE stories SET changed_at = greatest(:now, changed_at + interval '1 microsecond') WHERE id = ANY(:ids)
        """),
        {"now": now, "ids": sorted(story_ids)},
    )


async def redirect(session: AsyncSession, merged: Mapping[int, int]) -> None:
    """Make emptied stories (old id → id that took their posts) point on, also those that pointed to them."""
    for old, new in sorted(merged.items()):
        await session.execute(
            text("UPDATE stories SET merged_into = :new WHERE id = :old OR merged_into = :old"),
            {"old": old, "new": new},
        )
    if merged:
        await session.execute(
            text("UPDATE stories SET merged_into = NULL WHERE id = ANY(:ids)"), {"ids": sorted(set(merged.values()))}
        )


async def resolve(session: AsyncSession, story_id: int) -> int | None:
    """The id under which a story lives now, or None if there never was one."""
    row = await session.execute(text("SELECT coalesce(merged_into, id) FROM stories WHERE id = :id"), {"id": story_id})
    value = row.scalar_one_or_none()
    return None if value is None else int(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A story as a set of post ids."""

    id: int
    post_ids: tuple[int, ...]


async def in_window(session: AsyncSession, *, since: datetime | None, until: datetime | None) -> list[Membership]:
    """Stories with a post in [since, until), with all their posts up to `until`, by id."""
    rows = await session.execute(
        text("""
            SELECT i.story_id, array_agg(i.post_id ORDER BY i.time, i.sequence, i.post_id) AS posts
            FROM indexed_posts i
            WHERE i.story_id IN (
                SELECT story_id FROM indexed_posts
                WHERE time >= coalesce(CAST(:since AS timestamptz), '-infinity')
                    AND time < coalesce(CAST(:until AS timestamptz), 'infinity')
            ) AND i.time < coalesce(CAST(:until AS timestamptz), 'infinity')
            GROUP BY i.story_id ORDER BY i.story_id
        """),
        {"since": since, "until": until},
    )
    return [Membership(id=row.story_id, post_ids=tuple(row.posts)) for row in rows]


async def partition(session: AsyncSession) -> dict[int, int]:
    """Post id → story id, for the whole index."""
    rows = await session.execute(text("SELECT post_id, story_id FROM indexed_posts WHERE story_id IS NOT NULL"))
    return {row.post_id: row.story_id for row in rows}


async def counts(session: AsyncSession) -> tuple[int, int]:
    """(posts, stories) in the index."""
    row = (await session.execute(text("SELECT count(*), count(DISTINCT story_id) FROM indexed_posts"))).one()
    return int(row[0]), int(row[1])
