"""What is written before it is sent, and what becomes of it when its worker dies, on a real Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.readers import Body, ReaderState
from core.store import claims, deliveries, outbox, readers
from core.store.outbox import MOST_DEATHS, Recovered
from tests.flow import mail
from tests.flow.mail import LEASE, NOW, after

MARKS = (
    {"type": "bold", "offset": 0, "length": 5},
    {"type": "text_link", "offset": 6, "length": 2, "url": "https://t.me/kanal/7"},
)
BUTTONS = (({"text": "👍", "callback_data": "u:7"}, {"text": "👎", "callback_data": "d:7"}),)


# --- in --------------------------------------------------------------------------------------------------------------


async def test_what_is_put_comes_out_as_it_was(session: AsyncSession) -> None:
    """Text, marks, buttons and stories survive, in the order of the digest; only its first message makes a sound."""
    reader = await mail.reader(session, -100500, thread_id=17)
    body = Body(text="Сюжет 👩‍🔬", marks=MARKS, buttons=BUTTONS, stories=(7, 9))
    (number,) = await outbox.put(
        session, [replace(mail.digest(reader), bodies=(body, Body(text="второе")))], urgent=True, now=NOW
    )
    (first,) = await mail.claim(session)
    assert first.message.body == body
    assert (first.message.chat_id, first.message.thread_id, first.message.reader_id) == (-100500, 17, reader.id)
    assert (first.urgent, first.silent, first.message.broadcast, first.message.resend) == (True, False, False, False)
    await mail.send(session, [first])
    (second,) = await mail.claim(session, now=after(3))
    assert (second.message.body.text, second.silent) == ("второе", True)
    assert (await session.execute(text("SELECT id, stories, made_at FROM deliveries"))).one() == (number, [7, 8], NOW)


async def test_a_reader_has_one_digest_of_a_day(session: AsyncSession) -> None:
    """A second digest of the same day is passed over with its messages, in one call or in two; those asked for are not."""
    reader, other = await mail.reader(session, 1), await mail.reader(session, 2)
    made = await outbox.put(
        session,
        [mail.digest(reader, "первый"), mail.digest(reader, "дубль"), mail.digest(other, "другому")],
        urgent=False,
        now=NOW,
    )
    assert len(made) == 2
    assert await outbox.put(session, [mail.digest(reader, "ещё дубль")], urgent=False, now=NOW) == []
    assert len(await mail.put(session, reader, "по просьбе")) == len(await mail.put(session, reader, "снова")) == 1
    assert list(await mail.states(session)) == ["первый", "другому", "по просьбе", "снова"]


async def test_equal_messages_of_one_call_share_their_content(session: AsyncSession) -> None:
    """What a hundred readers get alike is stored once, and nothing is stored for digests that were passed over."""
    many = [await mail.reader(session, number) for number in range(1, 101)]
    await outbox.put(
        session, [mail.digest(one, "всем", f"лично {one.chat_id % 2}") for one in many], urgent=False, now=NOW
    )
    await outbox.put(session, [mail.digest(one, "зря") for one in many], urgent=False, now=NOW)
    assert (await session.execute(text("SELECT text FROM bodies ORDER BY text"))).scalars().all() == [
        "всем",
        "лично 0",
        "лично 1",
    ]
    assert (await session.execute(text("SELECT count(*) FROM messages"))).scalar_one() == 200


async def test_readers_that_are_gone_are_passed_over(session: AsyncSession) -> None:
    """A reader that was forgotten while its digest was made does not keep the others from theirs."""
    gone, here = await mail.reader(session, 1), await mail.reader(session, 2)
    await readers.forget(session, gone.id)
    assert len(await outbox.put(session, [mail.digest(gone, "а"), mail.digest(here, "б")], urgent=False, now=NOW)) == 1
    assert list(await mail.states(session)) == ["б"]


async def test_texts_that_postgres_refuses_are_mended(session: AsyncSession) -> None:
    """NUL and lone surrogates do not keep a digest from being written."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "нуль \x00 и половина \ud83d")
    assert mail.words(await mail.claim(session)) == ["нуль \ufffd и половина \ufffd"]


async def test_statements_do_not_grow_with_readers(database: Database) -> None:
    """However many readers: a handful of statements, and one wake-up."""
    async with database.begin() as session:
        many = [await mail.reader(session, number) for number in range(1, 201)]
    statements = count()

    def counted(*_: Any) -> None:
        next(statements)

    event.listen(database.engine.sync_engine, "before_cursor_execute", counted)
    async with database.begin() as session:
        await outbox.put(
            session, [mail.digest(one, f"а {one.id}", f"б {one.id}") for one in many], urgent=False, now=NOW
        )
    event.remove(database.engine.sync_engine, "before_cursor_execute", counted)
    assert next(statements) <= len(many) * 0.1
    async with database.begin() as session:
        assert (await session.execute(text("SELECT queue_name FROM procrastinate_jobs"))).scalars().all() == ["send"]


async def test_nothing_put_is_no_statement_and_no_job(session: AsyncSession) -> None:
    """An empty batch leaves no trace."""
    assert await outbox.put(session, [], urgent=False, now=NOW) == []
    assert (await session.execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one() == 0


async def test_it_is_known_whether_something_waits(session: AsyncSession) -> None:
    """A message waits once its time has come, an urgent one until it has been sent."""
    reader = await mail.reader(session)
    assert not await outbox.is_waiting(session, now=NOW)
    await mail.put(session, reader, "а", urgent=True)
    assert await outbox.is_waiting(session, now=NOW)
    assert not await outbox.is_waiting(session, now=after(-1))
    taken = await mail.claim(session)
    assert await outbox.is_urgent_waiting(session)
    await mail.send(session, taken)
    assert not await outbox.is_urgent_waiting(session)
    assert not await outbox.is_waiting(session, now=after(60))


# --- broadcasts ------------------------------------------------------------------------------------------------------


async def test_a_broadcast_reaches_each_reader_once(session: AsyncSession) -> None:
    """However often it is written: to readers who are there and not lost, each once, with one content."""
    here, paused, lost = [await mail.reader(session, number) for number in (1, 2, 3)]
    await readers.stop(session, paused.id, state=ReaderState.PAUSED, reason=None)
    await readers.stop(session, lost.id, state=ReaderState.LOST, reason="blocked")
    number = await deliveries.start_broadcast(session, made_by=42, now=NOW)
    everybody = [here.id, paused.id, lost.id]
    assert await outbox.put_broadcast(session, number, everybody, Body(text="всем привет"), now=NOW) == 2
    assert await outbox.put_broadcast(session, number, everybody, Body(text="всем привет"), now=NOW) == 0
    taken = await mail.claim(session)
    assert [(one.message.reader_id, one.message.broadcast) for one in taken] == [(here.id, True), (paused.id, True)]


async def test_a_stopped_broadcast_gives_no_message(session: AsyncSession) -> None:
    """What waits and what is claimed is kept back; what is being sent is finished; nothing is written after that."""
    many = [await mail.reader(session, number) for number in range(1, 6)]
    number = await deliveries.start_broadcast(session, made_by=42, now=NOW)
    await outbox.put_broadcast(session, number, [one.id for one in many], Body(text="всем"), now=NOW)
    sending, claimed = await mail.claim(session, 2)
    assert await mail.begin(session, [sending]) == {sending.message.id}
    assert await deliveries.stop_broadcast(session, number, now=NOW) == 4
    assert await mail.begin(session, [claimed]) == set()
    assert await mail.claim(session) == []
    late = await mail.reader(session, 6)
    assert await outbox.put_broadcast(session, number, [late.id], Body(text="всем"), now=NOW) == 0
    await claims.finish(session, [mail.sent(sending)], now=NOW)
    counts = await deliveries.of_broadcast(session, number)
    assert (counts.sent, counts.failed, counts.pending) == (1, 4, 0)


async def test_what_is_left_of_a_stopped_broadcast_keeps_no_digest_waiting(session: AsyncSession) -> None:
    """A message of it that came back after the stop is neither sent, nor in the way of what the chat is sent later."""
    reader = await mail.reader(session)
    number = await deliveries.start_broadcast(session, made_by=42, now=NOW)
    await outbox.put_broadcast(session, number, [reader.id], Body(text="всем"), now=NOW)
    await session.execute(text("UPDATE broadcasts SET stopped_at = :now"), {"now": NOW})
    await mail.put(session, reader, "дайджест")
    assert mail.words(await mail.claim(session)) == ["дайджест"]
    assert await mail.states(session) == {"всем": "failed", "дайджест": "claimed"}


# --- dead workers ----------------------------------------------------------------------------------------------------


async def test_what_a_dead_worker_had_claimed_is_given_back(session: AsyncSession) -> None:
    """Once the lease is over, and not before, it can be claimed again, without any doubt."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а")
    await mail.claim(session)
    assert await outbox.recover(session, now=NOW + LEASE) == Recovered()
    late = NOW + LEASE + timedelta(seconds=1)
    assert await outbox.recover(session, now=late) == Recovered(given_back=1)
    (again,) = await mail.claim(session, now=late)
    assert (again.message.tries, again.message.resend) == (0, False)


async def test_what_a_dead_worker_was_sending_is_sent_again_and_says_so(session: AsyncSession) -> None:
    """A digest's message may have arrived or not: it goes again, and the row holds the doubt even after it was sent."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а", "б")
    await mail.begin(session, await mail.claim(session))
    late = NOW + LEASE + timedelta(seconds=1)
    assert await outbox.recover(session, now=late) == Recovered(again=1)
    (again,) = await mail.claim(session, now=late)
    assert (again.message.body.text, again.message.tries, again.message.resend) == ("а", 1, True)
    await mail.send(session, [again], now=late)
    row = (await mail.rows(session))["а"]
    assert (row.state, row.doubt, row.error) == ("sent", "sent again: worker died", None)


async def test_a_message_that_workers_die_of_is_left_alone(session: AsyncSession) -> None:
    """After so many deaths it is unknown for good, each time having waited longer; then the digest goes on."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а", "б")
    now = NOW
    for death in range(1, MOST_DEATHS + 2):
        (taken,) = await mail.claim(session, now=now)
        assert (taken.message.body.text, taken.message.tries) == ("а", death - 1)
        await mail.begin(session, [taken], now=now)
        now += LEASE + timedelta(seconds=1)
        found = await outbox.recover(session, now=now)
        assert found == (Recovered(again=1) if death <= MOST_DEATHS else Recovered(unknown=1))
        if 1 < death <= MOST_DEATHS:
            assert await mail.claim(session, now=now) == []
        now += timedelta(seconds=2 * (death - 1))
    row = (await mail.rows(session))["а"]
    assert (row.state, row.error) == ("unknown", "the worker that was sending it died")
    assert mail.words(await mail.claim(session, now=now)) == ["б"]


async def test_a_broadcast_is_never_sent_twice(session: AsyncSession) -> None:
    """Its message that a dead worker was sending is unknown at once."""
    reader = await mail.reader(session)
    number = await deliveries.start_broadcast(session, made_by=42, now=NOW)
    await outbox.put_broadcast(session, number, [reader.id], Body(text="всем"), now=NOW)
    await mail.begin(session, await mail.claim(session))
    assert await outbox.recover(session, now=after(46)) == Recovered(unknown=1)
    assert await mail.claim(session, now=after(46)) == []
    assert (await deliveries.of_broadcast(session, number)).unknown == 1


async def test_recovering_asks_for_a_worker(session: AsyncSession) -> None:
    """What is taken up waits for no tick: a wake-up is put into the queue."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а")
    await mail.claim(session)
    await session.execute(text("DELETE FROM procrastinate_jobs"))
    await outbox.recover(session, now=after(46))
    assert (await session.execute(text("SELECT queue_name FROM procrastinate_jobs"))).scalars().all() == ["send"]


# --- forgetting and counting -----------------------------------------------------------------------------------------


async def forget(session: AsyncSession, *, days: float, limit: int = 100) -> None:
    while await deliveries.forget(session, before=NOW - timedelta(days=days), limit=limit):
        pass


@pytest.mark.parametrize("limit", [1, 100])
async def test_what_was_sent_long_ago_is_forgotten(session: AsyncSession, limit: int) -> None:
    """Digests, their messages and contents go, in batches of any size; the young, and what still waits, stay."""
    reader, other = await mail.reader(session, 1), await mail.reader(session, 2)
    old = NOW - timedelta(days=90)
    await mail.put(session, reader, "старое 1", "старое 2", now=old)
    for step in (0, 1):
        await mail.send(session, await mail.claim(session, now=old + timedelta(seconds=step)), now=old)
    await mail.put(session, other, "ждёт", now=old)
    await mail.put(session, reader, "новое")
    await forget(session, days=60, limit=limit)
    assert list(await mail.states(session)) == ["ждёт", "новое"]
    assert (await session.execute(text("SELECT text FROM bodies ORDER BY id"))).scalars().all() == ["ждёт", "новое"]
    assert (await session.execute(text("SELECT count(*) FROM deliveries"))).scalar_one() == 2


async def test_a_content_is_kept_as_long_as_one_message_has_it(session: AsyncSession) -> None:
    """Of two readers who got the same, one still waits for it."""
    reader, other = await mail.reader(session, 1), await mail.reader(session, 2)
    old = NOW - timedelta(days=90)
    await outbox.put(session, [mail.digest(reader, "оба"), mail.digest(other, "оба")], urgent=False, now=old)
    await mail.send(session, await mail.claim(session, 1, now=old), now=old)
    await forget(session, days=60)
    assert mail.words(await mail.claim(session)) == ["оба"]


async def test_old_broadcasts_are_forgotten(session: AsyncSession) -> None:
    """Their messages go, the note that there was one stays."""
    reader = await mail.reader(session)
    old = NOW - timedelta(days=90)
    number = await deliveries.start_broadcast(session, made_by=42, now=old)
    await outbox.put_broadcast(session, number, [reader.id], Body(text="всем"), now=old)
    await mail.send(session, await mail.claim(session, now=old), now=old)
    await forget(session, days=60)
    assert await mail.states(session) == {}
    assert (await session.execute(text("SELECT id FROM broadcasts"))).scalars().all() == [number]
    assert (await session.execute(text("SELECT count(*) FROM bodies"))).scalar_one() == 0


async def test_counts_and_the_longest_wait(session: AsyncSession) -> None:
    """Messages are counted by state, of any time or of late; how far we are behind is told by the oldest that waits."""
    a, b, c = [await mail.reader(session, number) for number in (1, 2, 3)]
    assert await deliveries.oldest_waiting(session, now=NOW) is None
    await mail.put(session, a, "а", now=after(-7200))
    await mail.send(session, await mail.claim(session, now=after(-7200)), now=after(-7200))
    await mail.put(session, b, "б", now=after(-60))
    await mail.put(session, c, "в", now=after(-30))
    counts = await deliveries.counts(session)
    assert (counts.pending, counts.sent, counts.failed, counts.unknown) == (2, 1, 0, 0)
    counts = await deliveries.counts(session, since=after(-3600))
    assert (counts.pending, counts.sent) == (2, 0)
    assert await deliveries.oldest_waiting(session, now=NOW) == after(-60)
