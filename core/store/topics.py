"""The taxonomy that admins keep."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.types import Topic


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
