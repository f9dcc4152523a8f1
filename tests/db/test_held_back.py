"""What becomes of messages that are just being sent when their reader wants no more, on a real Postgres."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from core.db.engine import Database
from core.readers import MessageState, Reader
from core.store import claims, deliveries, outbox, readers
from core.store.claims import Result, Taken
from core.store.outbox import Recovered
from tests.flow import mail
from tests.flow.mail import LEASE, NOW, after

_LATER = after(30)


async def stopped_while_sending(database: Database, *texts: str) -> tuple[Reader, Taken]:
    """A reader whose daily digest in so many messages was written, and who stops while the first of them is being sent."""
    async with database.begin() as session:
        reader = await mail.reader(session)
        await outbox.put(session, [mail.digest(reader, *texts)], urgent=False, now=NOW)
        await readers.advance(session, [(reader.id, NOW, NOW + timedelta(days=1))])
        (taken,) = await mail.claim(session)
        await mail.begin(session, [taken])
    async with database.begin() as session:
        await readers.locked(session, reader.id)
        assert await deliveries.hold_back(session, reader.id, now=NOW) == len(texts) - 1
    return reader, taken


async def finish(database: Database, result: Result) -> None:
    async with database.begin() as session:
        await claims.finish(session, [result], now=NOW)


async def since_and_digests(database: Database, reader: Reader) -> tuple[datetime, int]:
    """Since when the reader's next digest looks, and how many digests count as told."""
    async with database.begin() as session:
        (found,) = await readers.by_ids(session, [reader.id])
        told = await session.execute(text("SELECT count(*) FROM deliveries"))
    return found.since, told.scalar_one()


async def test_what_telegram_did_not_take_is_held_back_with_the_rest(database: Database) -> None:
    """The message is not sent later; as nothing of the digest has gone, the next one tells what it would have told."""
    reader, taken = await stopped_while_sending(database, "а", "б")
    await finish(
        database, Result(id=taken.message.id, until=NOW + LEASE, state=MessageState.PENDING, not_before=_LATER)
    )
    async with database.begin() as session:
        assert await mail.states(session) == {}
    assert await since_and_digests(database, reader) == (NOW - timedelta(days=1), 0)


async def test_a_digest_of_which_something_has_gone_stays_told(database: Database) -> None:
    """Its second message, which Telegram did not take, fails; its stories are not told again."""
    async with database.begin() as session:
        reader = await mail.reader(session)
        await mail.put(session, reader, "а", "б")
        await mail.send(session, await mail.claim(session))
        (taken,) = await mail.claim(session, now=after(1))
        await mail.begin(session, [taken])
    async with database.begin() as session:
        assert await deliveries.hold_back(session, reader.id, now=NOW) == 0
    await finish(
        database, Result(id=taken.message.id, until=NOW + LEASE, state=MessageState.PENDING, not_before=_LATER)
    )
    async with database.begin() as session:
        found = {key: (row.state, row.error, row.tries) for key, row in (await mail.rows(session)).items()}
    assert found == {"а": ("sent", None, 1), "б": ("failed", "the reader has paused", 0)}
    assert await since_and_digests(database, reader) == (NOW, 1)


async def test_what_arrives_after_a_stop_has_been_told(database: Database) -> None:
    """The message that was on its way is sent, and its stories are not told again."""
    reader, taken = await stopped_while_sending(database, "а", "б")
    await finish(database, mail.sent(taken))
    async with database.begin() as session:
        found = {key: (row.state, row.error) for key, row in (await mail.rows(session)).items()}
    assert found == {"а": ("sent", None), "б": ("failed", "the reader has paused")}
    assert await since_and_digests(database, reader) == (NOW, 1)


async def test_what_may_have_arrived_after_a_stop_is_not_sent_again(database: Database) -> None:
    """An answer that is lost leaves the message unknown, and no word of a second sending that there is not."""
    reader, taken = await stopped_while_sending(database, "а")
    lost = Result(
        id=taken.message.id,
        until=NOW + LEASE,
        state=MessageState.PENDING,
        error="no answer",
        doubt=claims.ANSWER_LOST,
        not_before=_LATER,
    )
    await finish(database, lost)
    async with database.begin() as session:
        row = (await mail.rows(session))["а"]
    assert (row.state, row.error, row.doubt) == ("unknown", "no answer", None)
    assert await since_and_digests(database, reader) == (NOW, 1)


async def test_what_a_worker_died_of_after_a_stop_is_not_sent_again(database: Database) -> None:
    """Nobody knows whether it arrived, and nobody wants it any more."""
    await stopped_while_sending(database, "а")
    late = NOW + LEASE + timedelta(seconds=1)
    async with database.begin() as session:
        assert await outbox.recover(session, now=late) == Recovered(unknown=1)


async def test_what_is_asked_for_during_a_pause_is_tried_again(database: Database) -> None:
    """A stop holds back what was written before it, and nothing that is written afterwards."""
    reader, taken = await stopped_while_sending(database, "а")
    await finish(database, mail.sent(taken))
    async with database.begin() as session:
        await mail.put(session, reader, "по просьбе", urgent=True)
        (asked,) = await mail.claim(session, now=after(1))
        await mail.begin(session, [asked], now=after(1))
    until = after(1) + LEASE
    await finish(database, Result(id=asked.message.id, until=until, state=MessageState.PENDING, not_before=_LATER))
    async with database.begin() as session:
        assert mail.words(await mail.claim(session, now=_LATER)) == ["по просьбе"]
