"""How many messages are sent at a time, how fast, which first; and what becomes of them when a sender stops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.send import Counts, send_waiting
from core.db.engine import Database
from core.store import claims
from tests.fakes.botapi.faults import Fault
from tests.flow import mail
from tests.flow.sending import is_so, post, running, utcnow

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
        await at.eventually(lambda: is_so(at.api.calls["sendmessage"] == 3))
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
        await at.eventually(lambda: is_so(at.api.calls["sendmessage"] >= 3))
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
