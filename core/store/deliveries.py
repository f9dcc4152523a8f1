"""What was sent and what waits: how many messages are where, what is held back, broadcasts begun and stopped, and what is
forgotten.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.readers import DeliveryCounts
from core.store.claims import PAUSED, STOPPED, UNMAKE

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


# --- readers who want no more ----------------------------------------------------------------------------------------


async def hold_back(session: AsyncSession, reader_id: int, *, now: datetime) -> int:
    """Send a reader, who is locked, nothing of what waits, now or later; says how many messages were held back.

    A digest of which nothing has gone is as if it had never been made: its stories are no longer among those shown, and the
    reader's next one looks back as far as it did. Of others the rest fails. What is being sent right now may still arrive;
    if Telegram does not take it, `claims.finish` holds it back, too.
    """
    rows = await session.execute(
        text(f"""
            WITH caught AS (
                UPDATE messages SET state = CASE WHEN state = 'sending' THEN state ELSE 'failed' END, error = :paused,
                    lease_until = CASE WHEN state = 'sending' THEN lease_until END, changed_at = :now
                WHERE reader_id = :id AND state IN ('pending', 'claimed', 'sending') RETURNING id, delivery_id, state
            ), held AS (SELECT id, delivery_id FROM caught WHERE state = 'failed'), {UNMAKE}
            SELECT count(*) FROM held
        """),
        {"id": reader_id, "paused": PAUSED, "now": now},
    )
    return int(rows.scalar_one())


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
