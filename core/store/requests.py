"""Requests: what one program asks of another. A row says what is true, a job wakes who answers, a notification who waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core import queue
from core.db.engine import Database
from core.db.listen import Listener
from core.db.storable import storable, storable_json
from core.errors import NotFound, UsageError
from core.filters import Request

#: On this channel the id of a request is told once it is answered.
ANSWERS = "svodka_answer"
#: Seconds after which whoever waits looks for itself, in case a notification was lost.
LOOK = 5.0


async def ask(session: AsyncSession, kind: str, asked: Mapping[str, Any], *, now: datetime) -> int:
    """Ask for something; answers are given once this transaction commits. Texts lose what PostgreSQL does not take.

    Raises:
        UsageError: it holds a number that JSON does not have.
    """
    try:
        json.dumps(asked, allow_nan=False, default=str)
    except ValueError:
        raise UsageError("a number of the request is none: write it in digits") from None
    row = await session.execute(
        text("INSERT INTO requests (kind, asked, made_at) VALUES (:kind, CAST(:asked AS jsonb), :now) RETURNING id"),
        {"kind": storable(kind), "asked": storable_json(asked), "now": now},
    )
    await queue.wake_ask(session)
    return int(row.scalar_one())


async def get(session: AsyncSession, request_id: int) -> Request | None:
    """A request as it stands, None where it was never made, or has been forgotten."""
    rows = await session.execute(text("SELECT * FROM requests WHERE id = :id"), {"id": request_id})
    row = rows.one_or_none()
    return None if row is None else _request(row)


async def is_waiting(session: AsyncSession) -> bool:
    """Whether any request is still to be answered, whoever is at it."""
    found = await session.execute(text("SELECT EXISTS (SELECT FROM requests WHERE state = 'asked')"))
    return bool(found.scalar_one())


async def answered(database: Database, listener: Listener, request_id: int, *, timeout: float) -> Request:  # noqa: ASYNC109
    """The request once it is done, or, after `timeout` seconds, as it stands then. `listener` listens on ANSWERS.

    The timeout is a part of the contract: a request that is late is no error.

    Raises:
        NotFound: there is no such request.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout
    async with listener.awaited(str(request_id)) as told:
        while True:
            told.clear()
            async with database.begin() as session:
                found = await get(session, request_id)
            if found is None:
                raise NotFound(f"there is no request {request_id}")
            left = ends - loop.time()
            if found.done or left <= 0:
                return found
            try:
                await asyncio.wait_for(told.wait(), min(left, LOOK))
            except TimeoutError:
                continue


async def forget(session: AsyncSession, *, before: datetime) -> int:
    """Forget requests that were made before then; says how many."""
    rows = await session.execute(text("DELETE FROM requests WHERE made_at < :before RETURNING 1"), {"before": before})
    return len(rows.all())


# --- whoever answers -------------------------------------------------------------------------------------------------


async def claim(
    session: AsyncSession, *, kinds: Sequence[str] | None = None, now: datetime, lease: timedelta
) -> Request | None:
    """Take the oldest request that nobody is at, of these kinds or of any; it is ours until the lease runs out."""
    chosen = "" if kinds is None else "AND kind = ANY(:kinds)"
    rows = await session.execute(
        text(f"""
            UPDATE requests SET lease_until = :until WHERE id = (
                SELECT id FROM requests WHERE state = 'asked' AND (lease_until IS NULL OR lease_until < :now) {chosen}
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING *
        """),
        {"now": now, "until": now + lease, **({} if kinds is None else {"kinds": list(kinds)})},
    )
    row = rows.one_or_none()
    return None if row is None else _request(row)


async def extend(session: AsyncSession, ids: Sequence[int], *, now: datetime, lease: timedelta) -> None:
    """Keep requests that we are still at for another while."""
    await session.execute(
        text("UPDATE requests SET lease_until = :until WHERE id = ANY(:ids) AND state = 'asked'"),
        {"ids": list(ids), "until": now + lease},
    )


async def finish(session: AsyncSession, request_id: int, answer: Mapping[str, Any]) -> bool:
    """Keep an answer and tell whoever waits; False where it was answered already: the first answer stands."""
    return await _done(session, request_id, state="done", answer=answer, reason=None)


async def fail(session: AsyncSession, request_id: int, reason: str) -> bool:
    """Keep why there is no answer, in a sentence, and tell whoever waits; False where it was answered already."""
    return await _done(session, request_id, state="failed", answer=None, reason=reason)


async def give_up(session: AsyncSession, *, before: datetime, reason: str) -> int:
    """Fail requests that were made before then: nobody waits any longer; says how many."""
    rows = await session.execute(
        text("SELECT id FROM requests WHERE state = 'asked' AND made_at < :before ORDER BY id FOR UPDATE SKIP LOCKED"),
        {"before": before},
    )
    return sum([await fail(session, row.id, reason) for row in rows.all()])


async def _done(
    session: AsyncSession, request_id: int, *, state: str, answer: Mapping[str, Any] | None, reason: str | None
) -> bool:
    rows = await session.execute(
        text("""
            UPDATE requests SET state = :state, answer = CAST(:answer AS jsonb), reason = :reason, lease_until = NULL
            WHERE id = :id AND state = 'asked' RETURNING pg_notify(:channel, CAST(id AS text))
        """),
        {
            "id": request_id,
            "state": state,
            "answer": None if answer is None else storable_json(answer),
            "reason": None if reason is None else storable(reason),
            "channel": ANSWERS,
        },
    )
    return rows.one_or_none() is not None


def _request(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        kind=row.kind,
        asked=row.asked,
        answer=row.answer,
        reason=row.reason,
        done=row.state != "asked",
    )
