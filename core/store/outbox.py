"""Messages on their way in: written before they are sent, and taken up again when the worker that had them has died."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable, storable_json
from core.queue import wake_send
from core.readers import Body, NewDelivery
from core.store.claims import PAUSED

#: A worker that dies while it sends a message may be the message's doing: after so many deaths it is left alone.
MOST_DEATHS = 5
#: What `doubt` says of a message that is sent again though it may have arrived.
WORKER_DIED = "sent again: worker died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of messages whose lease ran out: not begun and given back, sent again, or unknown for good."""

    given_back: int = 0
    again: int = 0
    unknown: int = 0


class Written:
    """The contents that one run has written, by object and by what they say, so that the next batch uses the same rows.

    It is of no use once a transaction of the run has failed.
    """

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._known: dict[int, tuple[Body, str]] = {}

    def content(self, body: Body) -> str:
        """A body as JSON, which equal bodies have in common; the same object is looked at once."""
        known = self._known.get(id(body))
        if known is None:
            # The body is kept with it, so that no other takes its place in memory.
            known = self._known[id(body)] = (body, _content(body))
        return known[1]


async def put(
    session: AsyncSession,
    deliveries: Sequence[NewDelivery],
    *,
    urgent: bool,
    now: datetime,
    written: Written | None = None,
) -> list[int]:
    """Write digests with their messages, to be sent when this transaction has been committed; the ids of those that are new.

    A reader has one digest of each period: another is passed over, and so is a reader that is gone. `urgent`: somebody
    waits for them. A handful of statements, however many there are. `written`: of the batches before.
    """
    if not deliveries:
        return []
    before = written or Written()
    contents = [[before.content(body) for body in one.bodies] for one in deliveries]
    ids = await _numbers(session, "deliveries", len(deliveries))
    made = await _put_deliveries(session, dict(zip(ids, deliveries, strict=True)), now=now)
    told = list(zip(ids, deliveries, contents, strict=True))
    wanted = dict.fromkeys(content for number, _, said in told if number in made for content in said)
    if wanted:
        new = {place: content for place, content in enumerate(wanted) if content not in before.ids}
        if new:
            kept = await _put_bodies(session, new, now=now)
            before.ids |= {content: kept[place] for place, content in new.items()}
        messages = [
            {"delivery": number, "reader": one.reader_id, "chat": one.chat_id, "thread": one.thread_id}
            | {"place": place, "body": before.ids[content]}
            for number, one, said in told
            if number in made
            for place, content in enumerate(said)
        ]
        await _put_messages(session, messages, urgent=urgent, now=now)
        await wake_send(session)
    return [number for number in ids if number in made]


async def _put_deliveries(session: AsyncSession, deliveries: dict[int, NewDelivery], *, now: datetime) -> set[int]:
    rows = await session.execute(
        text("""
            INSERT INTO deliveries (id, reader_id, period, since, until, lang, stories, as_of, made_at)
            OVERRIDING SYSTEM VALUE
            SELECT d.id, r.id, d.period, d.since, d.until, d.lang, d.stories, d.as_of, :now
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(
                id bigint, reader bigint, period date, since timestamptz, until timestamptz, lang text, stories bigint[],
                as_of timestamptz[]
            ) JOIN readers r ON r.id = d.reader ORDER BY d.id
            ON CONFLICT (reader_id, period) DO NOTHING RETURNING id
        """),
        {
            "now": now,
            "rows": storable_json(
                [
                    {"id": number, "reader": one.reader_id, "period": one.period, "lang": one.lang}
                    | {"since": one.since, "until": one.until, "stories": one.stories, "as_of": one.as_of}
                    for number, one in deliveries.items()
                ]
            ),
        },
    )
    return set(rows.scalars())


async def _put_bodies(session: AsyncSession, contents: dict[int, str], *, now: datetime) -> dict[int, int]:
    """Write bodies, each as `_content` has it; their keys → their ids."""
    ids = dict(zip(contents, await _numbers(session, "bodies", len(contents)), strict=True))
    rows = ",".join(f'{{"id":{ids[at]},"body":{content}}}' for at, content in contents.items())
    await session.execute(
        text("""
            INSERT INTO bodies (id, text, marks, buttons, stories, made_at) OVERRIDING SYSTEM VALUE
            SELECT r.id, b.text, b.marks, b.buttons, b.stories, :now
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, body jsonb)
            CROSS JOIN LATERAL jsonb_to_record(r.body) AS b(text text, marks jsonb, buttons jsonb, stories bigint[])
        """),
        {"rows": f"[{rows}]", "now": now},
    )
    return ids


async def _put_messages(
    session: AsyncSession, messages: Sequence[dict[str, Any]], *, urgent: bool, now: datetime
) -> None:
    await session.execute(
        text("""
            INSERT INTO messages (reader_id, delivery_id, place, chat_id, thread_id, body_id, urgent, not_before, changed_at)
            SELECT r.reader, r.delivery, r.place, r.chat, r.thread, r.body, :urgent, :now, :now
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
                reader bigint, delivery bigint, place smallint, chat bigint, thread bigint, body bigint
            ) ORDER BY r.delivery, r.place
        """),
        {"rows": storable_json(messages), "urgent": urgent, "now": now},
    )


async def put_broadcast(
    session: AsyncSession, broadcast_id: int, reader_ids: Sequence[int], body: Body, *, now: datetime
) -> int:
    """Write a broadcast's message to readers, to be sent when this transaction has been committed; says to how many.

    It goes to each reader once, however often this is called, and to none that is lost; nothing is written once the
    broadcast has been stopped.
    """
    content = (await _put_bodies(session, {0: _content(body)}, now=now))[0]
    rows = await session.execute(
        text("""
            INSERT INTO messages (reader_id, broadcast_id, place, chat_id, thread_id, body_id, urgent, not_before, changed_at)
            SELECT r.id, b.id, 0, r.chat_id, r.thread_id, :body, false, :now, :now
            FROM readers r JOIN broadcasts b ON b.id = :broadcast AND b.stopped_at IS NULL
            WHERE r.id = ANY(:readers) AND r.state <> 'lost' ORDER BY r.id
            ON CONFLICT (broadcast_id, reader_id) DO NOTHING RETURNING 1
        """),
        {"broadcast": broadcast_id, "readers": list(reader_ids), "body": content, "now": now},
    )
    written = len(rows.all())
    if written:
        await wake_send(session)
    return written


async def recover(session: AsyncSession, *, now: datetime) -> Recovered:
    """Take up what dead workers held: what they had not begun is given back; what they had may have arrived.

    A digest's message is sent again, and its `doubt` says so, a little later each time; a broadcast's never is, nor one whose
    reader has paused meanwhile.
    """
    rows = await session.execute(
        text("""
            UPDATE messages m SET state = d.next, lease_until = NULL, changed_at = :now,
                doubt = CASE WHEN d.state = 'sending' AND d.next = 'pending' THEN :doubt ELSE m.doubt END,
                error = CASE WHEN d.next = 'unknown' THEN 'the worker that was sending it died' END,
                not_before = CASE WHEN d.state = 'sending'
                    THEN greatest(m.not_before, :now + make_interval(secs => (m.tries - 1) * 2)) ELSE m.not_before END
            FROM (
                SELECT id, state, CASE
                    WHEN state = 'claimed' THEN 'pending'
                    WHEN broadcast_id IS NULL AND tries <= :deaths AND error IS DISTINCT FROM :paused THEN 'pending'
                    ELSE 'unknown'
                END AS next
                FROM messages WHERE state IN ('claimed', 'sending') AND lease_until < :now FOR UPDATE SKIP LOCKED
            ) d WHERE m.id = d.id RETURNING d.state AS former, m.state
        """),
        {"now": now, "deaths": MOST_DEATHS, "doubt": WORKER_DIED, "paused": PAUSED},
    )
    became = [(row.former, row.state) for row in rows]
    found = Recovered(
        given_back=became.count(("claimed", "pending")),
        again=became.count(("sending", "pending")),
        unknown=became.count(("sending", "unknown")),
    )
    if found.given_back or found.again:
        await wake_send(session)
    return found


async def is_waiting(session: AsyncSession, *, now: datetime) -> bool:
    """Whether a message waits whose time has come."""
    rows = await session.execute(
        text("SELECT EXISTS (SELECT FROM messages WHERE state = 'pending' AND not_before <= :now)"), {"now": now}
    )
    return bool(rows.scalar_one())


async def is_urgent_waiting(session: AsyncSession) -> bool:
    """Whether a message that somebody waits for has not been sent yet."""
    rows = await session.execute(
        text("SELECT EXISTS (SELECT FROM messages WHERE urgent AND state IN ('pending', 'claimed', 'sending'))")
    )
    return bool(rows.scalar_one())


# --- rows ------------------------------------------------------------------------------------------------------------


def _content(body: Body) -> str:
    """A body as JSON, which equal bodies have in common."""
    return storable_json(
        {
            "text": storable(body.text),
            "marks": [dict(mark) for mark in body.marks],
            "buttons": [[dict(button) for button in row] for row in body.buttons],
            "stories": body.stories,
        }
    )


async def _numbers(session: AsyncSession, table: str, count: int) -> list[int]:
    """Ids for new rows, ascending, so that what is to be written can name what it belongs to."""
    rows = await session.execute(
        text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"),
        {"table": table, "count": count},
    )
    return sorted(rows.scalars())
