"""Messages on their way out: claimed ahead, begun, and what became of them.

A message that was begun and never finished may have arrived: only `outbox.recover` decides about it, once its lease is over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable_json
from core.readers import Body, MessageState, Outgoing

#: What `doubt` says of a message that is sent again because nobody knows whether its answer was lost or itself.
ANSWER_LOST = "sent again: answer lost"
STOPPED = "the broadcast was stopped"
#: Why a message was not sent whose reader wanted no more; of one that is being sent, why it is not sent again.
PAUSED = "the reader has paused"
#: Seconds between two messages to one chat, and to one group or channel, which takes 20 a minute.
CHAT_SECONDS, GROUP_SECONDS = 1, 3
#: The class of the locks that keep two workers from claiming messages of one chat.
_CHAT_LOCKS = 7_110

_UNDER_WAY = "('pending', 'claimed', 'sending')"
#: Messages of one chat go one after the other: those that somebody waits for before the others, else as they were written.
_FIRST_OF_CHAT = f"""
    NOT EXISTS (
        SELECT FROM messages e WHERE e.chat_id = m.chat_id AND e.id <> m.id AND e.state IN {_UNDER_WAY}
            AND (e.state <> 'pending' OR e.urgent > m.urgent OR (e.urgent = m.urgent AND e.id < m.id))
    )
"""
_STOPPED = "EXISTS (SELECT FROM broadcasts s WHERE s.id = m.broadcast_id AND s.stopped_at IS NOT NULL)"
#: Of `held`, messages that this statement holds back for their readers: a digest of which nothing has gone is as if it had
#: never been made, and the reader's next one looks back as far as it did. The messages stem from a transaction before: of its
#: own, Postgres would ask for the digest of each once more, after it has gone.
UNMAKE = """
    unmade AS (
        DELETE FROM deliveries d WHERE d.id = ANY(ARRAY(SELECT delivery_id FROM held)) AND NOT EXISTS (
            SELECT FROM messages m WHERE m.delivery_id = d.id AND m.id <> ALL(ARRAY(SELECT id FROM held))
                AND (m.state <> 'failed' OR m.error IS DISTINCT FROM :paused)
        ) RETURNING d.reader_id, d.since, d.period
    ), looking_back AS (
        UPDATE readers r SET since = least(r.since, u.since)
        FROM (SELECT reader_id, min(since) AS since FROM unmade WHERE period IS NOT NULL GROUP BY reader_id) u
        WHERE r.id = ANY(ARRAY(SELECT reader_id FROM unmade)) AND r.id = u.reader_id
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that is ours until `until`: no other worker touches it before. `urgent`: somebody waits for it. `silent`: it
    shall make no sound, since it goes on with a digest whose first message did.
    """

    message: Outgoing
    urgent: bool
    silent: bool
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a message that was begun with a lease that ends at `until`.

    `sent` with Telegram's number of it; `failed` or `unknown` with the error; or `pending` again, not before `not_before`:
    with a `doubt` if it may have arrived, without if it certainly has not.
    """

    id: int
    until: datetime
    state: MessageState
    telegram_id: int | None = None
    error: str | None = None
    doubt: str | None = None
    not_before: datetime | None = None


async def claim(
    session: AsyncSession,
    *,
    limit: int,
    lease: timedelta,
    now: datetime,
    urgent: bool = False,
) -> list[Taken]:
    """Take up to `limit` messages that may be sent now, in the order in which they are to go; ours for the lease.

    Those that somebody waits for come first (with `urgent`, none but these), then the longest waiting. Of a chat there is
    one at most, and none while another of its messages is on its way; while everybody pauses, there is none at all.
    """
    while front := await _front(session, limit=limit, now=now, urgent=urgent):
        found = await _take(session, front, until=now + lease, now=now)
        taken = [_taken(row, now + lease) for row in found if row.state == MessageState.CLAIMED]
        # What was found may have been no more than remains of a broadcast that was stopped.
        if taken or not found:
            return sorted(taken, key=lambda one: front.index(one.message.id))
    return []


async def _front(session: AsyncSession, *, limit: int, now: datetime, urgent: bool) -> list[int]:
    """Messages that look as if they could be claimed, locked, and their chats with them, until this transaction ends."""
    rows = await session.execute(
        text(f"""
            WITH front AS MATERIALIZED (
                SELECT m.id, m.chat_id FROM messages m
                WHERE m.state = 'pending' AND m.not_before <= :now AND m.urgent >= :urgent AND {_FIRST_OF_CHAT}
                    AND NOT EXISTS (SELECT FROM pace WHERE paused_until > :now)
                ORDER BY m.urgent DESC, m.id LIMIT :limit FOR UPDATE OF m SKIP LOCKED
            )
            SELECT id FROM front WHERE pg_try_advisory_xact_lock({_CHAT_LOCKS}, hashint8(chat_id))
        """),
        {"now": now, "urgent": urgent, "limit": limit},
    )
    return list(rows.scalars())


async def _take(session: AsyncSession, ids: Sequence[int], *, until: datetime, now: datetime) -> Sequence[Row[Any]]:
    """Claim what still can be. Whoever claimed in these chats before us has committed: this statement sees it, while the
    one that found the ids may not have.
    """
    rows = await session.execute(
        text(f"""
            UPDATE messages m SET state = CASE WHEN {_STOPPED} THEN 'failed' ELSE 'claimed' END,
                error = CASE WHEN {_STOPPED} THEN :stopped END,
                lease_until = CASE WHEN NOT {_STOPPED} THEN CAST(:until AS timestamptz) END, changed_at = :now
            FROM bodies b
            WHERE m.id = ANY(:ids) AND m.state = 'pending' AND {_FIRST_OF_CHAT} AND b.id = m.body_id
            RETURNING m.id, m.state, m.reader_id, m.chat_id, m.thread_id, m.broadcast_id, m.tries, m.doubt, m.place,
                m.urgent, b.text, b.marks, b.buttons, b.stories
        """),
        {"ids": list(ids), "until": until, "now": now, "stopped": STOPPED},
    )
    return rows.all()


async def begin(
    session: AsyncSession, claimed: Collection[tuple[int, datetime]], *, lease: timedelta, now: datetime
) -> set[int]:
    """Mark claimed messages (id, end of their lease) as being sent, for a new lease; the ids of those that may be sent now.

    One whose lease another worker has taken over is not, and none is while everybody pauses.
    """
    return await turn(session, (), claimed, lease=lease, now=now)


async def finish(session: AsyncSession, results: Sequence[Result], *, now: datetime) -> None:
    """Write down what became of messages that were begun, and let their chats rest before the next.

    A result that comes after its lease was taken over counts only if the message was sent: that is beyond doubt. Nothing is
    `pending` again that a stop has caught on its way: it has failed, or is unknown where it may have arrived.
    """
    await turn(session, results, (), lease=timedelta(), now=now)


async def turn(
    session: AsyncSession,
    results: Sequence[Result],
    claimed: Collection[tuple[int, datetime]],
    *,
    lease: timedelta,
    now: datetime,
) -> set[int]:
    """`finish` and `begin` in one statement: the ids of those that may be sent now."""
    if not results and not claimed:
        return set()
    values: dict[str, Any] = {"now": now}
    if results:
        values |= {
            # Named twice, since the planner takes a set of JSON for a hundred rows and would rather read the whole table.
            "finished": [one.id for one in results],
            "results": storable_json([_result(one) for one in results]),
            "chat": CHAT_SECONDS,
            "group": GROUP_SECONDS,
            "paused": PAUSED,
        }
    if claimed:
        values |= {
            "claimed": [number for number, _ in claimed],
            "leases": [until for _, until in claimed],
            "until": now + lease,
        }
    rows = await session.execute(_TURNS[bool(results), bool(claimed)], values)
    return set(rows.scalars())


_FINISH = f"""
    results AS (
        SELECT * FROM jsonb_to_recordset(CAST(:results AS jsonb)) AS r(
            id bigint, until timestamptz, state text, telegram_id bigint, error text, doubt text, not_before timestamptz
        )
    ), finished AS (
        UPDATE messages m SET state = CASE
                WHEN r.state = 'pending' AND ({_STOPPED} OR m.error = :paused)
                THEN CASE WHEN r.doubt IS NULL THEN 'failed' ELSE 'unknown' END ELSE r.state
            END,
            telegram_id = r.telegram_id,
            error = coalesce(r.error, CASE WHEN r.state = 'pending' AND m.error = :paused THEN m.error END),
            doubt = coalesce(CASE WHEN m.error = :paused THEN NULL ELSE r.doubt END, m.doubt),
            not_before = coalesce(r.not_before, m.not_before), lease_until = NULL, changed_at = :now,
            tries = m.tries - CASE WHEN r.state = 'pending' AND r.doubt IS NULL THEN 1 ELSE 0 END
        FROM results r
        WHERE m.id = ANY(CAST(:finished AS bigint[])) AND m.id = r.id AND (
            (m.state = 'sending' AND m.lease_until = r.until)
            OR (r.state = 'sent' AND m.state IN ('pending', 'claimed', 'sending', 'unknown'))
        )
        RETURNING m.id, m.delivery_id, m.chat_id, m.state, m.error
    ), held AS (
        SELECT id, delivery_id FROM finished WHERE state = 'failed' AND error = :paused
    ), {UNMAKE}, resting AS (
        SELECT DISTINCT n.id, :now + make_interval(secs => CASE WHEN n.chat_id < 0 THEN :group ELSE :chat END) AS until
        FROM finished f CROSS JOIN LATERAL (
            SELECT n.id, n.chat_id FROM messages n
            WHERE n.chat_id = f.chat_id AND n.state = 'pending' AND n.state IN {_UNDER_WAY}
            ORDER BY n.urgent DESC, n.id LIMIT 1
        ) n WHERE f.state IN ('sent', 'unknown')
    ), rested AS (
        UPDATE messages m SET not_before = greatest(m.not_before, r.until) FROM resting r WHERE m.id = r.id
    )
"""
_BEGIN = """
    begun AS (
        UPDATE messages m SET state = 'sending', tries = m.tries + 1, lease_until = :until, changed_at = :now
        FROM unnest(CAST(:claimed AS bigint[]), CAST(:leases AS timestamptz[])) AS c(id, lease)
        WHERE m.id = ANY(CAST(:claimed AS bigint[])) AND m.id = c.id AND m.state = 'claimed' AND m.lease_until = c.lease
            AND NOT EXISTS (SELECT FROM pace WHERE paused_until > :now)
        RETURNING m.id
    )
"""
#: By whether there is something to finish, and something to begin; made once, since this is what is done most often.
_TURNS = {
    (True, True): text(f"WITH {_FINISH}, {_BEGIN} SELECT id FROM begun"),
    (False, True): text(f"WITH {_BEGIN} SELECT id FROM begun"),
    (True, False): text(f"WITH {_FINISH} SELECT 0 WHERE false"),
}


async def release(session: AsyncSession, claimed: Collection[tuple[int, datetime]], *, now: datetime) -> None:
    """Give messages back that were claimed (id, end of their lease) and not begun."""
    await session.execute(
        text("""
            UPDATE messages m SET state = 'pending', lease_until = NULL, changed_at = :now
            FROM unnest(CAST(:ids AS bigint[]), CAST(:leases AS timestamptz[])) AS c(id, lease)
            WHERE m.id = ANY(:ids) AND m.id = c.id AND m.state = 'claimed' AND m.lease_until = c.lease
        """),
        {"ids": [number for number, _ in claimed], "leases": [until for _, until in claimed], "now": now},
    )


def _result(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "until": result.until,
        "state": result.state.value,
        "telegram_id": result.telegram_id,
        "error": result.error,
        "doubt": result.doubt,
        "not_before": result.not_before,
    }


def _taken(row: Row[Any], until: datetime) -> Taken:
    return Taken(
        message=Outgoing(
            id=row.id,
            reader_id=row.reader_id,
            chat_id=row.chat_id,
            thread_id=row.thread_id,
            broadcast=row.broadcast_id is not None,
            tries=row.tries,
            resend=row.doubt is not None,
            body=Body(
                text=row.text,
                marks=tuple(row.marks),
                buttons=tuple(tuple(buttons) for buttons in row.buttons),
                stories=tuple(row.stories),
            ),
        ),
        urgent=row.urgent,
        silent=row.place > 0,
        until=until,
    )


async def next_at(session: AsyncSession, *, now: datetime) -> datetime | None:
    """When the next message may go of those that may not yet."""
    rows = await session.execute(
        text("SELECT min(not_before) FROM messages WHERE state = 'pending' AND not_before > :now"), {"now": now}
    )
    return rows.scalar_one()  # type: ignore[no-any-return]
