"""How fast messages go out of all workers together, and until when all of them wait because Telegram said so."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: The one row: there is one bot, and Telegram counts all that it sends.
_NAME = "messages"


async def reserve(session: AsyncSession, count: int, *, rate: float, now: datetime) -> datetime:
    """The moment from which `count` messages may go, one each 1/`rate` seconds: nobody else has these places."""
    rows = await session.execute(
        text("""
            INSERT INTO pace AS p (name, next_at) VALUES (:name, :now + CAST(:span AS interval))
            ON CONFLICT (name) DO UPDATE
                SET next_at = greatest(p.next_at, p.paused_until, excluded.next_at - CAST(:span AS interval))
                    + CAST(:span AS interval)
            RETURNING next_at - CAST(:span AS interval)
        """),
        {"name": _NAME, "now": now, "span": timedelta(seconds=count / rate)},
    )
    return rows.scalar_one()  # type: ignore[no-any-return]


async def pause(session: AsyncSession, until: datetime, *, now: datetime) -> None:
    """Let nobody begin a message before `until`; a pause that is longer already stays."""
    await session.execute(
        text("""
            INSERT INTO pace AS p (name, next_at, paused_until) VALUES (:name, :now, :until)
            ON CONFLICT (name) DO UPDATE SET paused_until = greatest(p.paused_until, excluded.paused_until)
        """),
        {"name": _NAME, "until": until, "now": now},
    )
