"""Messages whose answers are lost, whose Telegram is away, or whose database is: what arrives, and what the rows say."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.send import Sender
from core.db.engine import Database
from core.readers import Body, ReaderState
from core.store import deliveries, outbox, troubles
from tests.fakes.botapi import FakeBotApi
from tests.fakes.botapi.faults import Fault
from tests.flow import mail
from tests.flow.sending import PATIENCE, Post, bot_at, post, running, utcnow

# --- lost answers ----------------------------------------------------------------------------------------------------


async def test_a_lost_answer_sends_a_digest_again_once(database: Database) -> None:
    """The message has arrived and nobody knows: it arrives a second time, the row says why, and no third time."""
    async with post(database) as at:
        lucky, unlucky = await at.readers(2)
        await at.put(lucky, "раз", "дальше")
        await at.put(unlucky, "два", "потом")
        at.api.faults.add(Fault.DROPPED_ANSWER, text="раз")
        at.api.faults.add(Fault.DROPPED_ANSWER, text="два", times=2)
        counts = await at.send(concurrency=1)
        assert (counts.sent, counts.unknown, counts.again) == (3, 1, 2)
        assert at.told(lucky) == ["раз", "раз", "дальше"]
        assert at.told(unlucky) == ["два", "два", "потом"]
        assert (await at.row("раз")).doubt == "sent again: answer lost"
        assert (await at.row("раз")).state == "sent"
        assert (await at.row("два")).state == "unknown"


async def test_a_lost_answer_never_sends_a_broadcast_again(database: Database) -> None:
    """What everybody gets comes once or, where the request itself was lost, not at all; the row says that it is unknown."""
    async with post(database) as at:
        many = await at.readers(3)
        async with database.begin() as session:
            number = await deliveries.start_broadcast(session, made_by=1, now=utcnow())
            await outbox.put_broadcast(session, number, [one.id for one in many], Body(text="всем"), now=utcnow())
        at.api.faults.add(Fault.DROPPED_ANSWER, chat=many[0].chat_id)
        counts = await at.send()
        assert (counts.sent, counts.unknown, counts.again) == (2, 1, 0)
        assert [at.told(one) for one in many] == [["всем"]] * 3


async def test_errors_of_the_server_are_no_answers(database: Database) -> None:
    """500, 502 and a proxy's page: the message goes again, once it is known that Telegram answers."""
    async with post(database) as at:
        many = await at.readers(3)
        for reader, fault in zip(many, (Fault.ERROR_500, Fault.ERROR_502, Fault.NOT_JSON), strict=True):
            await at.put(reader, fault.value)
            at.api.faults.add(fault, chat=reader.chat_id)
        assert (await at.send(concurrency=1)).sent == 3
        assert [at.told(reader) for reader in many] == [["error_500"], ["error_502"], ["not_json"]]
        assert at.api.calls["getme"] == 3


async def test_an_outage_costs_few_messages_their_certainty(database: Database) -> None:
    """While sending fails and all else works, one message at a time is tried: of 60 most are never touched."""
    async with post(database, sleep=no_time) as at:
        for reader in await at.readers(60):
            await at.put(reader, f"{reader.id}")
        rule = at.api.faults.add(Fault.ERROR_500, method="sendmessage", times=12)
        await at.send(concurrency=4)
        assert rule.met == 12
        doubted = [row for row in (await at.rows()).values() if row.doubt or row.state == "unknown"]
        assert 1 <= len(doubted) <= 12
        assert sum(state == "sent" for state in (await at.states()).values()) >= 60 - 9


async def no_time(_: float) -> None:
    """Waiting that takes no time."""
    await asyncio.sleep(0)


async def test_a_dead_network_loses_nothing_and_doubles_nothing(database: Database) -> None:
    """Nobody answers at the address: messages wait, however often it is tried, and go once when somebody does."""
    async with FakeBotApi(lenient=True) as gone:
        port = int(gone.url.rpartition(":")[2])
    again = FakeBotApi(lenient=True, port=port)
    (person,) = again.readers(1)
    async with bot_at(f"http://127.0.0.1:{port}") as bot:
        tried = asyncio.Event()

        async def tries(_: float) -> None:
            tried.set()
            await asyncio.sleep(0.01)

        async with database.begin() as session:
            reader = await mail.reader(session, person.id)
            await mail.put(session, reader, "1", "2", now=utcnow())
        sender = Sender(database, bot, rate=0, concurrency=3, clock=utcnow, sleep=tries)
        async with running(sender):
            await asyncio.wait_for(tried.wait(), PATIENCE)
            async with again:
                at = Post(database=database, api=again, bot=bot)
                await at.eventually(at.all_sent)
                assert at.told(reader) == ["1", "2"]
                assert (await at.row("1")).doubt is None


async def test_a_connection_that_never_comes_about_has_sent_nothing(database: Database) -> None:
    """Somebody listens and takes no connection: however long that lasts, there is no doubt about any message."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, contextlib.ExitStack() as waiting:
        address = deaf.getsockname()
        for _ in range(3):  # as many as the system takes in place of the server
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(address)
        waits: list[float] = []

        async def noted(seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(0)

        async with database.begin() as session:
            await mail.put(session, await mail.reader(session), "дайджест", now=utcnow())
        async with bot_at(f"http://127.0.0.1:{address[1]}") as bot:
            how = {"rate": 0, "concurrency": 2, "clock": utcnow, "lease": timedelta(seconds=3)}
            async with running(Sender(database, bot, **how, sleep=noted)), asyncio.timeout(PATIENCE):
                while not waits:  # noqa: ASYNC110  the first failure is waited for
                    await asyncio.sleep(0.02)
    async with database.begin() as session:
        (row,) = (await mail.rows(session)).values()
    assert (row.state, row.doubt, row.tries) == ("pending", None, 0)


async def test_a_wrong_token_loses_nobody(database: Database) -> None:
    """Telegram does not know the bot: no reader is lost, no message fails, and the admins can read of it."""
    async with post(database) as at, bot_at(at.api.url, "1:WRONG") as stranger:
        reader = await at.reader()
        await at.put(reader, "дайджест")
        async with running(replace(at, bot=stranger).sender()):

            async def noted() -> bool:
                async with database.begin() as session:
                    return bool(await troubles.recent(session, limit=1))

            await at.eventually(noted)
        assert await at.states() == {"дайджест": "pending"}
        assert (await at.found(reader)).state is ReaderState.ACTIVE
        assert (await at.send()).sent == 1


async def _cut(database: Database) -> None:
    """End all connections to the database but the one that does it."""
    with contextlib.suppress(DBAPIError):
        async with database.engine.connect() as connection:
            await connection.execute(
                text("""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            )


async def test_a_database_that_goes_away_loses_nothing(database: Database) -> None:
    """Connections are cut again and again while messages go out: each arrives, and twice only where the row says so."""
    async with post(database) as at:
        many = await at.readers(60)
        for reader in many:
            await at.put(reader, f"{reader.id}")
        at.api.faults.add(Fault.SLOW, seconds=0.02, times=None)

        async with running(at.sender(lease=3)):
            for count in (5, 15, 25, 35):
                await at.api.until(lambda count=count: len(at.api.sent) >= count)
                await _cut(database)
            await at.eventually(at.all_sent)
        rows = await at.rows()
        for reader in many:
            twice = 2 if rows[f"{reader.id}"].doubt else 1
            assert 1 <= len(at.told(reader)) <= twice
