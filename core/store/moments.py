"""When something was last done here, by the clock of whoever did it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: Where the time of a deed is written down; times that lie ahead, such as what is due or leased, are none.
_DEEDS = (
    ("posts", "first_seen"),
    ("shelf", "made_at"),
    ("readers", "created_at"),
    ("opinions", "at"),
    ("saved_stories", "at"),
    ("deliveries", "made_at"),
    ("messages", "changed_at"),
    ("broadcasts", "made_at"),
    ("conversations", "changed_at"),
    ("requests", "made_at"),
    ("audit", "at"),
    ("troubles", "at"),
)


async def latest(session: AsyncSession) -> datetime | None:
    """The latest moment at which posts came, or readers, admins or the bot did something; None in an empty database."""
    every = " UNION ALL ".join(f"SELECT max({column}) AS at FROM {table}" for table, column in _DEEDS)
    rows = await session.execute(text(f"SELECT max(at) FROM ({every}) AS deeds"))
    return rows.scalar_one()  # type: ignore[no-any-return]
