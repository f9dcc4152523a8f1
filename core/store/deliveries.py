"""What was sent and what waits: how many messages are where, broadcasts begun and stopped, and what is forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.readers import DeliveryCounts
from core.store.claims import STOPPED

_COUNTS = """
    SELECT count(*) FILTER (WHERE state IN ('pending', 'claimed', 'sending')) AS pending,
        count(*) FILTER (WHERE state = 'sent') AS sent,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'unknown') AS unknown
    FROM messages
"""


async def counts(session: AsyncSession, *, since: datetime | None = None) -> DeliveryCounts:
    """How many messages are in each state: all that are kept, or those that came into it since then."""
    rows = await session.execute(
        text(f"{_COUNTS} WHERE CAST(:since AS timestamptz) IS NULL OR changed_at >= :since"), {"since": since}
    )
    return DeliveryCounts(**rows.one()._mapping)  # noqa: SLF001  SQLAlchemy's public name of a row's mapping


async def oldest_waiting(session: AsyncSession, *, now: datetime) -> datetime | None:
    """Since when the message has waited that could have gone and has waited longest: how far behind we are."""
    rows = await session.execute(
        text("SELECT min(not_before) FROM messages WHERE state IN ('pending', 'claimed') AND not_before <= :now"),
        {"now": now},
    )
    return rows.scalar_one()  # type: ignore[no-any-return]


# --- broadcasts ------------------------------------------------------------------------------------------------------


async def start_broadcast(session: AsyncSession, *, made_by: int, now: datetime) -> int:
    """A new broadcast, whose messages `outbox.put_broadcast` writes; its id."""
    rows = await session.execute(
        text("INSERT INTO broadcasts (made_by, made_at) VALUES (:by, :now) RETURNING id"), {"by": made_by, "now": now}
    )
    return int(rows.scalar_one())


async def stop_broadcast(session: AsyncSession, broadcast_id: int, *, now: datetime) -> int:
    """Send no more of a broadcast; says how many messages were kept back. Those that are being sent right now still go."""
    await session.execute(
        text("UPDATE broadcasts SET stopped_at = :now WHERE id = :id AND stopped_at IS NULL"),
        {"id": broadcast_id, "now": now},
    )
    rows = await session.execute(
        text("""
            UPDATE messages SET state = 'failed', error = :stopped, lease_until = NULL, changed_at = :now
            WHERE broadcast_id = :id AND state IN ('pending', 'claimed') RETURNING 1
        """),
        {"id": broadcast_id, "stopped": STOPPED, "now": now},
    )
    return len(rows.all())


async def of_broadcast(session: AsyncSession, broadcast_id: int) -> DeliveryCounts:
    """How far a broadcast is."""
    rows = await session.execute(text(f"{_COUNTS} WHERE broadcast_id = :id"), {"id": broadcast_id})
    return DeliveryCounts(**rows.one()._mapping)  # noqa: SLF001  as in `counts`


# --- forgetting ------------------------------------------------------------------------------------------------------


async def forget(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Forget digests and broadcasts' messages from before then, at most `limit` of each, and contents that nothing uses.

    What still waits is kept, however old. Says how many rows went; once it is 0, nothing is left to forget.
    """
    gone = 0
    for statement in (
        """
        DELETE FROM deliveries WHERE id IN (
            SELECT d.id FROM deliveries d WHERE d.made_at < :before AND NOT EXISTS (
                SELECT FROM messages m WHERE m.delivery_id = d.id AND m.state IN ('pending', 'claimed', 'sending')
            ) ORDER BY d.id LIMIT :limit
        ) RETURNING 1
        """,
        """
        DELETE FROM messages WHERE id IN (
            SELECT id FROM messages WHERE broadcast_id IS NOT NULL AND changed_at < :before
                AND state NOT IN ('pending', 'claimed', 'sending') ORDER BY id LIMIT :limit
        ) RETURNING 1
        """,
        """
        DELETE FROM bodies WHERE id IN (
            SELECT b.id FROM bodies b WHERE b.made_at < :before
                AND NOT EXISTS (SELECT FROM messages m WHERE m.body_id = b.id) ORDER BY b.id LIMIT :limit
        ) RETURNING 1
        """,
    ):
        rows = await session.execute(text(statement), {"before": before, "limit": limit})
        gone += len(rows.all())
    return gone
