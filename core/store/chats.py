"""Chats that we may not write to any more, and chats that have moved: their readers and what waits to be sent to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable

#: Why a reader is lost whose group has become a supergroup that reads on its own account.
MOVED = "moved"


async def lose(session: AsyncSession, reader_id: int, *, reason: str, now: datetime) -> None:
    """Send nothing more to a reader: no digests until it subscribes again, and nothing of what waits."""
    await session.execute(
        text("UPDATE readers SET state = 'lost', reason = :reason, due_at = NULL WHERE id = :id"),
        {"id": reader_id, "reason": storable(reason)},
    )
    await session.execute(
        text("""
            UPDATE messages SET state = 'failed', error = :reason, lease_until = NULL, changed_at = :now
            WHERE reader_id = :id AND state IN ('pending', 'claimed')
        """),
        {"id": reader_id, "reason": storable(reason), "now": now},
    )


async def migrate(session: AsyncSession, old: int, new: int, *, now: datetime) -> None:
    """A group became a supergroup: its reader and what waits go on under the new number.

    If the supergroup has a reader already, the one that is active stays; if both or neither are, that of the supergroup,
    which somebody has set up since. An active one goes on in place of the other, which is forgotten; else the old one is
    lost. Doing it twice changes nothing more.
    """
    rows = await session.execute(
        text("""
            SELECT o.id AS old, n.id AS new, o.state = 'active' AND n.state <> 'active' AS takes_over
            FROM readers o LEFT JOIN readers n ON n.chat_id = :new AND coalesce(n.thread_id, 0) = coalesce(o.thread_id, 0)
            WHERE o.chat_id = :old AND o.reason IS DISTINCT FROM :moved ORDER BY o.id FOR UPDATE OF o
        """),
        {"old": old, "new": new, "moved": MOVED},
    )
    for row in rows.all():
        if row.new is not None and not row.takes_over:
            await lose(session, row.old, reason=MOVED, now=now)
            continue
        if row.new is not None:
            await session.execute(text("DELETE FROM readers WHERE id = :id"), {"id": row.new})
        await session.execute(text("UPDATE readers SET chat_id = :new WHERE id = :id"), {"id": row.old, "new": new})
    await session.execute(
        text("""
            UPDATE messages SET chat_id = :new, not_before = :now, changed_at = :now
            WHERE chat_id = :old AND state IN ('pending', 'claimed')
        """),
        {"old": old, "new": new, "now": now},
    )
