"""Messages on their way from the rows to the readers, through a fake Bot API that loses answers, refuses and goes away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.send import Counts, Sender, send_waiting
from core.db.engine import Database
from core.readers import Body, Reader, ReaderState
from core.store import claims, deliveries, outbox, readers, troubles
from tests.fakes.botapi import FakeBotApi
from tests.fakes.botapi.faults import Fault
from tests.flow import mail

#: Seconds after which what a test waits for is taken not to come.
PATIENCE = 60


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Post:
    """A database, a bot and its Telegram."""

    database: Database
    api: FakeBotApi
    bot: Bot
    clock: Callable[[], datetime] = utcnow
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def reader(self, chat_id: int | None = None, *, thread_id: int | None = None) -> Reader:
        """A reader in a chat; a person who has started the bot, if none is named."""
        if chat_id is None:
            (person,) = self.api.readers(1)
            chat_id = person.id
        async with self.database.begin() as session:
            return await mail.reader(session, chat_id, thread_id=thread_id)

    async def readers(self, count: int) -> list[Reader]:
        return [await self.reader() for _ in range(count)]

    async def put(self, reader: Reader, *texts: str, urgent: bool = False) -> None:
        async with self.database.begin() as session:
            await mail.put(session, reader, *texts, urgent=urgent, now=self.clock())

    def sender(self, *, rate: float = 0, concurrency: int = 4, lease: float = 45) -> Sender:
        return Sender(
            self.database,
            self.bot,
            rate=rate,
            concurrency=concurrency,
            clock=self.clock,
            lease=timedelta(seconds=lease),
            sleep=self.sleep,
        )

    async def send(self, **how: Any) -> Counts:
        async with asyncio.timeout(PATIENCE):
            return await self.sender(**how).send_waiting()

    async def states(self) -> dict[str, str]:
        async with self.database.begin() as session:
            return await mail.states(session)

    async def row(self, words: str) -> Any:
        async with self.database.begin() as session:
            return (await mail.rows(session))[words]

    async def found(self, reader: Reader) -> Reader:
        async with self.database.begin() as session:
            (found,) = await readers.by_ids(session, [reader.id])
            return found

    def told(self, reader: Reader) -> list[str]:
        """What a reader has got."""
        return [message.words for message in self.api.sent if message.chat_id == reader.chat_id]

    async def eventually(self, holds: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110  rows are looked at
                await asyncio.sleep(0.02)


@asynccontextmanager
async def post(database: Database, *, strict: bool = False, port: int = 0, **how: Any) -> AsyncIterator[Post]:
    clock = how.get("clock")
    times = {"clock": lambda: clock().timestamp()} if clock else {}
    async with FakeBotApi(lenient=not strict, port=port, **times) as api, bot_at(api.url) as bot:
        yield Post(database=database, api=api, bot=bot, **how)


@asynccontextmanager
async def bot_at(url: str, token: str = "1:TEST") -> AsyncIterator[Bot]:
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    try:
        yield bot
    finally:
        await bot.session.close()


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[asyncio.Task[None]]:
    """A sender at work for the duration of the block."""
    task = asyncio.create_task(sender.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


# --- what arrives ----------------------------------------------------------------------------------------------------


async def test_a_digest_arrives_as_it_was_written(database: Database) -> None:
    """In order, with its marks and buttons, in its topic, without previews; only the first message makes a sound."""
    async with post(database, strict=True) as at:
        forum = at.api.supergroup(forum=True).add_bot()
        topic = forum.create_topic("Дайджест")
        reader = await at.reader(forum.id, thread_id=topic.id)
        marks = (
            {"type": "bold", "offset": 0, "length": 5},
            {"type": "text_link", "offset": 6, "length": 3, "url": "https://t.me/kanal/7"},
        )
        first = Body(text="Сюжет дня", marks=marks, buttons=(({"text": "👍", "callback_data": "u:7"},), ()))
        async with database.begin() as session:
            bodies = (first, Body(text="второе"), Body(text="третье"))
            await outbox.put(session, [replace(mail.digest(reader), bodies=bodies)], urgent=False, now=utcnow())
        assert await at.send() == Counts(sent=3)
        assert [(one.words, one.silent, one.thread) for one in at.api.sent] == [
            ("Сюжет дня", False, topic.id),
            ("второе", True, topic.id),
            ("третье", True, topic.id),
        ]
        message = at.api.sent[0]
        assert [(one["type"], one["offset"], one["length"]) for one in message.entities] == [
            ("bold", 0, 5),
            ("text_link", 6, 3),
        ]
        assert message.markup == {"inline_keyboard": [[{"text": "👍", "callback_data": "u:7"}]]}
        assert message.content["link_preview_options"] == {"is_disabled": True}
        assert (await at.row("третье")).telegram_id == at.api.sent[2].id


async def test_two_workers_send_each_message_once(database: Database) -> None:
    """Two at work on the same rows, and nobody gets anything twice, nothing twice in a row, nothing out of order."""
    async with post(database) as at:
        many = await at.readers(40)
        for reader in many:
            await at.put(reader, "1", "2")
        done = await asyncio.gather(at.send(), at.send())
        assert sum(counts.sent for counts in done) == 80
        assert [at.told(reader) for reader in many] == [["1", "2"]] * 40


async def test_nothing_to_send_ends_at_once(database: Database) -> None:
    """Without messages nothing is asked of Telegram."""
    async with post(database) as at:
        assert await at.send() == Counts()
        assert at.api.calls == {}


async def test_a_sender_that_runs_is_woken(database: Database) -> None:
    """What is written later is sent as well, whether somebody wakes the sender or it looks by itself."""
    async with post(database) as at:
        reader, other = await at.readers(2)
        sender = at.sender()
        async with running(sender):
            await at.put(reader, "разбудили")
            sender.wake()
            await at.api.until(lambda: at.told(reader))
            await at.put(other, "само")
            await at.api.until(lambda: at.told(other))


# --- refusals --------------------------------------------------------------------------------------------------------


async def test_whoever_blocked_the_bot_is_lost_and_nobody_else(database: Database) -> None:
    """Readers who cannot be written to get nothing more and are asked about no more; the others get everything."""
    async with post(database) as at:
        blocked, gone, here = await at.readers(3)
        for reader in (blocked, gone, here):
            await at.put(reader, f"{reader.id} а", f"{reader.id} б")
        at.api.world.accounts[blocked.chat_id].block()
        at.api.world.accounts[gone.chat_id].deactivate()
        counts = await at.send()
        assert (counts.sent, counts.failed) == (2, 2)
        assert at.told(here) == [f"{here.id} а", f"{here.id} б"]
        for reader, reason in ((blocked, "blocked"), (gone, "deactivated")):
            found = await at.found(reader)
            assert (found.state, found.reason, found.due_at) == (ReaderState.LOST, reason, None)
            assert (await at.row(f"{reader.id} б")).error == reason
        assert at.api.calls["sendmessage"] == 4


async def test_a_message_that_telegram_does_not_take_blocks_nothing(database: Database) -> None:
    """It fails, the admins can read of it, and the rest of the digest and all other readers go on."""
    async with post(database) as at:
        reader, other = await at.readers(2)
        at.api.faults.add(Fault.CANNOT_PARSE, chat=reader.chat_id, text="плохое")
        await at.put(reader, "плохое", "хорошее")
        await at.put(other, "другому")
        assert await at.send() == Counts(sent=2, failed=1)
        assert (at.told(reader), at.told(other)) == (["хорошее"], ["другому"])
        assert (await at.found(reader)).state is ReaderState.ACTIVE
        async with database.begin() as session:
            (trouble,) = await troubles.recent(session, limit=5)
        assert trouble.place == "sending"
        assert "can't parse entities" in trouble.error


async def test_a_group_that_becomes_a_supergroup_gets_its_digest_there(database: Database) -> None:
    """The message that met the change goes to the new number, and what follows as well."""
    async with post(database) as at:
        group = at.api.group().add_bot()
        reader = await at.reader(group.id)
        await at.put(reader, "1", "2")
        at.api.faults.add(Fault.MIGRATED, chat=group.id)
        counts = await at.send()
        assert (counts.sent, counts.again) == (2, 1)
        moved = await at.found(reader)
        assert moved.chat_id != reader.chat_id
        assert at.told(moved) == ["1", "2"]
        assert (await at.row("1")).doubt is None


async def test_a_flood_has_everybody_wait_and_loses_nothing(database: Database) -> None:
    """While Telegram has us wait, no worker asks it anything; then the message that met it goes, once, before others."""
    async with post(database) as at:
        first, second = await at.readers(2)
        await at.put(first, "первому")
        at.api.faults.add(Fault.FLOOD, seconds=2)
        async with running(at.sender()):
            await at.api.until(lambda: at.api.world.refused)
            paused = utcnow() + timedelta(seconds=1)
            await at.put(second, "второму")
            async with running(at.sender()):
                await at.api.until(lambda: len(at.api.sent) == 2)
        assert utcnow() > paused
        assert at.api.calls["sendmessage"] == 3
        assert (await at.row("первому")).doubt is None


async def test_a_group_that_had_too_much_keeps_nobody_else_waiting(database: Database) -> None:
    """A group's limit is its own: it waits, and people get their digests meanwhile."""
    async with post(database) as at:
        group = at.api.group().add_bot()
        crowd, person = await at.reader(group.id), await at.reader()
        await at.put(crowd, "группе")
        await at.put(person, "человеку")
        at.api.faults.add(Fault.FLOOD, chat=group.id, seconds=3600)
        counts = await at.send()
        assert (counts.sent, counts.again) == (1, 1)
        assert at.told(person) == ["человеку"]
        assert await at.states() == {"группе": "pending", "человеку": "sent"}


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
        doubted = [row for row in (await _rows(database)).values() if row.doubt or row.state == "unknown"]
        assert 1 <= len(doubted) <= 12
        assert sum(state == "sent" for state in (await at.states()).values()) >= 60 - 9


async def _rows(database: Database) -> dict[str, Any]:
    async with database.begin() as session:
        return await mail.rows(session)


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
                await at.eventually(lambda: _all_sent(at))
                assert at.told(reader) == ["1", "2"]
                assert (await at.row("1")).doubt is None


async def _is(fact: bool) -> bool:
    return fact


async def _all_sent(at: Post) -> bool:
    return set((await at.states()).values()) == {"sent"}


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
            await at.eventually(lambda: _all_sent(at))
        rows = await _rows(database)
        for reader in many:
            twice = 2 if rows[f"{reader.id}"].doubt else 1
            assert 1 <= len(at.told(reader)) <= twice


# --- at a time, and in what time -------------------------------------------------------------------------------------


async def test_never_more_are_being_sent_than_allowed(database: Database) -> None:
    """At any moment at most `concurrency` rows stand between their mark and their outcome, however slow Telegram is."""
    async with post(database) as at:
        for reader in await at.readers(60):
            await at.put(reader, f"{reader.id}")
        at.api.faults.add(Fault.SLOW, seconds=0.03, times=None)
        most = 0
        async with running(at.sender(concurrency=5)):

            async def watched() -> bool:
                nonlocal most
                states = list((await at.states()).values())
                most = max(most, states.count("sending"))
                return states.count("sent") == 60

            await at.eventually(watched)
        assert 2 <= most <= 5


@dataclass
class CountedClock:
    """Time that passes only while somebody waits for it."""

    now: datetime = field(default_factory=lambda: mail.NOW)

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += timedelta(seconds=seconds)


async def test_the_rate_holds_for_all_workers_together(database: Database) -> None:
    """Two workers at ten messages a second: sixty take six seconds of the clock, and hardly a place is wasted."""
    clock = CountedClock()
    async with post(database, clock=clock, sleep=clock.sleep) as at:
        for reader in await at.readers(60):
            await at.put(reader, f"{reader.id}")
        await asyncio.gather(at.send(rate=10), at.send(rate=10))
        assert len(at.api.sent) == 60
        assert 5.9 <= (clock.now - mail.NOW).total_seconds() <= 9


async def test_an_urgent_message_does_not_wait_behind_the_night(database: Database) -> None:
    """With hundreds of digests waiting and the rate at its limit, what somebody waits for goes among the next few."""
    clock = CountedClock()
    async with post(database, clock=clock, sleep=clock.sleep) as at:
        for reader in await at.readers(200):
            await at.put(reader, "ночной")
        asker = await at.reader()
        sender = at.sender(rate=30, concurrency=8)
        async with running(sender):
            await at.api.until(lambda: len(at.api.sent) >= 40)
            await at.put(asker, "срочный", urgent=True)
            sender.wake()
            before = len(at.api.sent)
            await at.api.until(lambda: at.told(asker))
            place = [message.words for message in at.api.sent].index("срочный")
        # A claim takes a moment, and what had its turn by then goes first; it is a second of the rate at most.
        assert place - before <= 30


async def test_an_urgent_message_does_not_wait_for_slow_answers(database: Database) -> None:
    """While Telegram lets every digest hang, the place that is kept free serves whoever waits."""
    async with post(database) as at:
        for reader in await at.readers(20):
            await at.put(reader, "ночной")
        asker = await at.reader()
        at.api.faults.add(Fault.SLOW, text="ночной", seconds=20, times=None)
        sender = at.sender(concurrency=4)
        task = asyncio.create_task(sender.run())
        await at.eventually(lambda: _is(at.api.calls["sendmessage"] == 3))
        await at.put(asker, "срочный", urgent=True)
        await at.api.until(lambda: at.told(asker))
        assert [message.words for message in at.api.sent] == ["срочный"]
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # whoever is stopped twice does not wait for what is under way
        await asyncio.gather(task, return_exceptions=True)


# --- stopping --------------------------------------------------------------------------------------------------------


async def test_a_stopped_sender_finishes_what_it_began_and_gives_the_rest_back(database: Database) -> None:
    """On cancellation no message is begun, those under way are answered and written down, claims are free at once."""
    async with post(database) as at:
        for reader in await at.readers(30):
            await at.put(reader, f"{reader.id}")
        at.api.faults.add(Fault.SLOW, seconds=0.3, times=None)
        task = asyncio.create_task(at.sender(concurrency=4).run())
        await at.eventually(lambda: _is(at.api.calls["sendmessage"] >= 3))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        states = list((await at.states()).values())
        assert at.api.calls["sendmessage"] == len(at.api.sent) == states.count("sent")
        assert states.count("pending") == 30 - states.count("sent")
        at.api.faults.clear()
        assert (await at.send()).sent == states.count("pending")
        assert len(at.api.sent) == 30


async def test_a_sender_at_its_rate_stops_at_once(database: Database) -> None:
    """Whoever waits for the next place in the row is not waited for, and leaves nothing claimed behind."""
    async with post(database) as at:
        for reader in await at.readers(10):
            await at.put(reader, f"{reader.id}")
        async with running(at.sender(rate=0.01)):
            await at.api.until(lambda: at.api.sent)
        assert sorted((await at.states()).values()) == ["pending"] * 9 + ["sent"]


async def test_what_a_dead_worker_left_is_taken_up_by_the_next(database: Database) -> None:
    """Messages that were claimed or being sent by a process that is gone go out once its lease is over."""
    async with post(database) as at:
        one, two = await at.readers(2)
        await at.put(one, "начато")
        await at.put(two, "взято")
        async with database.begin() as session:
            lease = timedelta(seconds=1)
            first, _ = await claims.claim(session, limit=9, lease=lease, now=utcnow())
            await claims.begin(session, [(first.message.id, first.until)], lease=lease, now=utcnow())
        async with running(at.sender()):
            await at.api.until(lambda: len(at.api.sent) == 2)
        assert (await at.row("начато")).doubt == "sent again: worker died"
        assert (await at.row("взято")).doubt is None


async def test_the_short_way_says_what_became_of_it(database: Database) -> None:
    """`send_waiting` sends with what it is given and counts."""
    async with post(database) as at:
        await at.put(await at.reader(), "дайджест")
        assert await send_waiting(database, at.bot, rate=30, concurrency=1, clock=utcnow) == Counts(sent=1)
