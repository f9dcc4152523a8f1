"""What a list of stories needs beyond the index: usernames of origins, typical engagement of channels."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def usernames(session: AsyncSession, tg_ids: Sequence[int]) -> dict[int, str]:
    """Bare channel id → username, for channels that we know to have one."""
    rows = await session.execute(
        text("SELECT tg_id, username FROM channels WHERE tg_id = ANY(:ids) AND username IS NOT NULL"),
        {"ids": list(tg_ids)},
    )
    return {row.tg_id: row.username for row in rows}


async def typical_engagement(session: AsyncSession, channel_ids: Sequence[int]) -> dict[int, float]:
    """Channel id → median engagement of its last 200 posts for which it is known (reactions, else views)."""
    rows = await session.execute(
        text("""
            SELECT c.id, percentile_cont(0.5) WITHIN GROUP (ORDER BY p.engagement) AS typical
            FROM unnest(CAST(:ids AS bigint[])) AS c(id)
            CROSS JOIN LATERAL (
                SELECT coalesce(reactions, views) AS engagement FROM posts
                WHERE channel_id = c.id AND coalesce(reactions, views) IS NOT NULL ORDER BY message_id DESC LIMIT 200
            ) AS p
            GROUP BY c.id
        """),
        {"ids": list(channel_ids)},
    )
    return {row.id: float(row.typical) for row in rows}


async def copies(session: AsyncSession, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of these posts, one of which repeats the other."""
    rows = await session.execute(
        text("SELECT first, second FROM links WHERE first = ANY(:ids) AND second = ANY(:ids) AND verdict = 'copy'"),
        {"ids": list(ids)},
    )
    return [(row.first, row.second) for row in rows]
