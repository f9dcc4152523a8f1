"""What models answered to narrow questions about posts, and the posts that are still to be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable
from core.written import Judgement


async def known(session: AsyncSession, purpose: str, keys: Sequence[bytes], *, made_by: str) -> dict[bytes, Judgement]:
    """The answers that there are to these questions."""
    rows = await session.execute(
        text("SELECT * FROM judgements WHERE purpose = :purpose AND key = ANY(:keys) AND made_by = :made_by"),
        {"purpose": purpose, "keys": list(keys), "made_by": made_by},
    )
    return {bytes(row.key): _judgement(row) for row in rows}


async def add(session: AsyncSession, judgement: Judgement) -> None:
    """Keep an answer; the first one stays."""
    await session.execute(
        text("""
            INSERT INTO judgements (purpose, key, made_by, model, posts, verdict, why, made_at)
            VALUES (:purpose, :key, :made_by, :model, :posts, :verdict, :why, :made_at) ON CONFLICT DO NOTHING
        """),
        {
            "purpose": judgement.purpose,
            "key": judgement.key,
            "made_by": judgement.made_by,
            "model": judgement.model,
            "posts": list(judgement.posts),
            "verdict": judgement.verdict,
            "why": storable(judgement.why.replace("\x00", "")),
            "made_at": judgement.made_at,
        },
    )


async def of_post(session: AsyncSession, post_id: int) -> list[Judgement]:
    """Every answer that concerns a post, newest first."""
    rows = await session.execute(
        text(
            "SELECT * FROM judgements WHERE posts @> ARRAY[CAST(:post AS bigint)] ORDER BY made_at DESC, key LIMIT 50"
        ),
        {"post": post_id},
    )
    return [_judgement(row) for row in rows]


async def doubtful_pairs(session: AsyncSession, *, since: datetime) -> list[tuple[int, int]]:
    """Pairs of posts of since then that the matcher could not decide and that are in two stories, the likeliest first."""
    rows = await session.execute(
        text("""
            SELECT l.first, l.second FROM links l
            JOIN indexed_posts a ON a.post_id = l.first JOIN indexed_posts b ON b.post_id = l.second
            WHERE l.verdict = 'maybe' AND a.story_id <> b.story_id AND greatest(a.time, b.time) >= :since
                AND a.ad <> 'ad' AND b.ad <> 'ad'
            ORDER BY l.score DESC, l.first, l.second
        """),
        {"since": since},
    )
    return [(row.first, row.second) for row in rows]


async def doubtful_ads(session: AsyncSession, *, since: datetime) -> list[int]:
    """Posts of since then that may be advertisements, newest first."""
    rows = await session.execute(
        text("SELECT post_id FROM indexed_posts WHERE ad = 'grey' AND time >= :since ORDER BY time DESC, post_id"),
        {"since": since},
    )
    return [row.post_id for row in rows]


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(
        purpose=row.purpose,
        key=bytes(row.key),
        made_by=row.made_by,
        model=row.model,
        posts=tuple(row.posts),
        verdict=row.verdict,
        why=row.why,
        made_at=row.made_at,
    )
