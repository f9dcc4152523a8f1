"""What went wrong and an admin should know of: where, when, and the error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable

#: Longest error that is kept: beyond it there is only more of a traceback or of somebody's page.
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that went wrong; `place` is the part of the program that met it."""

    id: int
    at: datetime
    place: str
    error: str


async def note(
    session: AsyncSession, *, place: str, error: str, now: datetime, unless_since: datetime | None = None
) -> None:
    """Keep what went wrong; not once more if the same place has had a trouble since `unless_since`."""
    await session.execute(
        text("""
            INSERT INTO troubles (at, place, error) SELECT :now, :place, :error
            WHERE NOT EXISTS (SELECT FROM troubles WHERE place = :place AND at >= CAST(:since AS timestamptz))
        """),
        {"now": now, "place": storable(place), "error": storable(error)[:_LONGEST], "since": unless_since},
    )


async def recent(session: AsyncSession, *, limit: int, since: datetime | None = None) -> list[Trouble]:
    """The latest troubles, the newest first; `since` leaves out those before it."""
    rows = await session.execute(
        text("""
            SELECT id, at, place, error FROM troubles
            WHERE CAST(:since AS timestamptz) IS NULL OR at >= :since ORDER BY id DESC LIMIT :limit
        """),
        {"limit": limit, "since": since},
    )
    return [Trouble(id=row.id, at=row.at, place=row.place, error=row.error) for row in rows]


async def take_untold(session: AsyncSession, *, now: datetime, pause: timedelta) -> list[Trouble]:
    """The troubles that admins have had no word of, oldest first, told from now on; none within `pause` of the last word.

    One of several processes that ask gets them.
    """
    rows = await session.execute(
        text("""
            INSERT INTO pace (name, next_at) SELECT 'alarm', :next
            WHERE EXISTS (SELECT FROM troubles WHERE NOT told)
            ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at WHERE pace.next_at <= :now
            RETURNING 1
        """),
        {"now": now, "next": now + pause},
    )
    if rows.scalar_one_or_none() is None:
        return []
    taken = await session.execute(text("UPDATE troubles SET told = true WHERE NOT told RETURNING id, at, place, error"))
    return sorted(
        (Trouble(id=row.id, at=row.at, place=row.place, error=row.error) for row in taken), key=lambda one: one.id
    )


async def forget(session: AsyncSession, *, before: datetime) -> int:
    """Forget troubles from before then; says how many."""
    rows = await session.execute(text("DELETE FROM troubles WHERE at < :before RETURNING 1"), {"before": before})
    return len(rows.all())
