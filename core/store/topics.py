"""The taxonomy that admins keep."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.types import Topic


async def enabled(session: AsyncSession) -> list[Topic]:
    """Topics in use, in their order."""
    rows = await session.execute(
        text(
            "SELECT slug, position, title_ru, title_en, about, names, stems FROM topics WHERE enabled ORDER BY position, slug"
        )
    )
    return [
        Topic(
            slug=row.slug,
            position=row.position,
            title_ru=row.title_ru,
            title_en=row.title_en,
            about=row.about,
            names=tuple(row.names),
            stems=tuple(row.stems),
        )
        for row in rows
    ]
