"""The archive as a whole: whether it holds anything, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """`posts`: whether there are any; `first` and `last`: the times of those in the index, None where there are none."""

    posts: bool
    first: datetime | None
    last: datetime | None


async def extent(session: AsyncSession) -> Extent:
    """How far the archive reaches; quick at any size."""
    row = await session.execute(
        text("""
            SELECT EXISTS (SELECT FROM posts WHERE deleted_at IS NULL) AS held,
                (SELECT min(time) FROM indexed_posts) AS first, (SELECT max(time) FROM indexed_posts) AS last
        """)
    )
    found = row.one()
    return Extent(posts=found.held, first=found.first, last=found.last)
