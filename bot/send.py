"""Sends what waits. The only place that knows what Telegram's refusals mean for a message, by way of `bot.outcomes`.

A message is marked as being sent, in a transaction of its own, before the request, and its place is free only once what
became of it is committed: so a process that is killed leaves at most `concurrency` messages in doubt.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramAPIError
from aiohttp import ClientTimeout
from pydantic import ValidationError

from bot.known import Clock
from bot.outcomes import Bad, Outcome, RetryAt, Sent, Unreached, Unsure, meaning, settle
from bot.sending.claimed import Claimed
from bot.sending.gate import Gate
from bot.sending.ledger import Ledger
from bot.sending.requests import request
from bot.sending.together import Sleep
from bot.sending.turns import Turns
from core import log
from core.db.engine import Database
from core.errors import DatabaseError
from core.readers import MessageState
from core.store import claims, deliveries, outbox
from core.store.claims import Taken

#: How long a message is a worker's own; what a dead one had begun is taken up after it.
LEASE = timedelta(seconds=45)
#: Seconds for the answer to a message, of which so many for the connection: both end well before the lease.
ANSWER_SECONDS, CONNECT_SECONDS = 30.0, 10.0
#: How often it is looked for messages that somebody waits for, and for what has become free.
LOOK = 0.5
#: How often the messages of dead workers are taken up.
RECOVER = timedelta(seconds=5)
#: A chat rests between two messages: whoever sends until nothing is left waits for what may go so soon.
SOON = timedelta(seconds=5)
#: Messages that are claimed ahead for each that can be sent at a time.
_AHEAD = 16
#: Rows that are forgotten in one transaction.
_FORGOTTEN = 2_000

_logger = log.get("bot.send")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of messages; `again`: those that were put back to be tried once more."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    again: int = 0


async def send_waiting(
    database: Database,
    bot: Bot,
    *,
    rate: float,
    concurrency: int,
    clock: Clock,
    lease: timedelta = LEASE,
    sleep: Sleep = asyncio.sleep,
) -> Counts:
    """Send until nothing is left that may go now or in a moment; says what became of it. See `Sender`."""
    sender = Sender(database, bot, rate=rate, concurrency=concurrency, clock=clock, lease=lease, sleep=sleep)
    return await sender.send_waiting()


async def forget_all(database: Database, *, before: datetime) -> None:
    """Forget what was sent before then, a batch in a transaction, so that nobody waits for it."""
    while True:
        async with database.begin() as session:
            if not await deliveries.forget(session, before=before, limit=_FORGOTTEN):
                return


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A message that goes next, the mark that was asked for it, and the round of the gate that it passed in."""

    taken: Taken
    mark: asyncio.Future[datetime | None]
    round: int


class Sender:
    """Sends messages, `concurrency` at a time and `rate` a second together with all other processes (0: no limit).

    One of the places is kept for messages that somebody waits for. On cancellation nothing new is begun, what is under
    way is finished and written down, and what was claimed is given back. A sender is used once.
    """

    def __init__(
        self,
        database: Database,
        bot: Bot,
        *,
        rate: float,
        concurrency: int,
        clock: Clock,
        lease: timedelta = LEASE,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._bot = bot
        self._concurrency = concurrency
        self._clock = clock
        self._lease = lease
        patience = min(ANSWER_SECONDS, lease.total_seconds() * 2 / 3)
        self._timeout = ClientTimeout(total=patience, connect=min(CONNECT_SECONDS, patience / 2))
        ahead = _AHEAD * concurrency
        self._ahead = min(ahead, max(concurrency, math.ceil(rate))) if rate else ahead
        self._claimed = Claimed()
        self._ledger = Ledger(database, lease=lease, clock=clock, sleep=sleep)
        self._turns = Turns(database, rate=rate, clock=clock, sleep=sleep)
        self._gate = Gate(self._is_reachable, sleep=sleep)
        self._wanted = asyncio.Event()
        self._is_more = False
        self._until_idle = False
        self._undisturbed: set[asyncio.Task[Any] | None] = set()
        self._stopping = False
        self._floods = 0
        self._recovered_at: datetime | None = None
        self._became: Counter[MessageState] = Counter()

    def wake(self) -> None:
        """Look for messages at once."""
        self._wanted.set()

    async def run(self) -> None:
        """Send whatever comes, until cancelled."""
        await self._work(until_idle=False)

    async def send_waiting(self) -> Counts:
        """Send until nothing is left that may go now or in a moment; says what became of it."""
        await self._work(until_idle=True)
        return Counts(
            sent=self._became[MessageState.SENT],
            failed=self._became[MessageState.FAILED],
            unknown=self._became[MessageState.UNKNOWN],
            again=self._became[MessageState.PENDING],
        )

    async def _work(self, *, until_idle: bool) -> None:
        self._until_idle = until_idle
        tasks = [asyncio.create_task(self._feed())]
        for number in range(self._concurrency):
            urgent = number == 0 and self._concurrency > 1
            tasks.append(asyncio.create_task(self._slot(urgent=urgent)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await self._stop(tasks)

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        self._stopping = True
        for task in tasks:
            if task not in self._undisturbed:
                task.cancel()
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._give_back(self._claimed.clear())
        finally:
            await self._ledger.close()
            if self._became:
                _logger.info("messages", **{state.value: count for state, count in self._became.items()})

    async def _give_back(self, left: Sequence[Taken]) -> None:
        if left:
            # If this fails, they are free again when their lease is over.
            with contextlib.suppress(DatabaseError):
                async with self._database.begin() as session:
                    await claims.release(session, [(one.message.id, one.until) for one in left], now=self._clock())

    @contextlib.contextmanager
    def _not_to_be_disturbed(self) -> Iterator[None]:
        """For what has to be brought to its end when the sender is stopped."""
        task = asyncio.current_task()
        self._undisturbed.add(task)
        try:
            yield
        finally:
            self._undisturbed.discard(task)

    # --- claiming ahead ----------------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        """Keep messages at hand; ends, if it may, when nothing is left."""
        while not self._stopping:
            self._wanted.clear()
            idle = not self._claimed and not self._undisturbed
            try:
                with self._not_to_be_disturbed():
                    found = await self._claim()
                if idle and not found and self._until_idle and not await self._is_something_soon():
                    return
            except DatabaseError as error:
                _logger.warning("nothing claimed", reason=str(error))
            if not self._is_running_low:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), LOOK)

    @property
    def _is_running_low(self) -> bool:
        """Whether more should be claimed and, as far as we know, can be."""
        return self._is_more and len(self._claimed) <= self._ahead // 2

    async def _claim(self) -> int:
        """Claim what there is room for, or, where there is none, what somebody waits for; says how many."""
        self._is_more = False
        now = self._clock()
        self._claimed.drop_expired(now)
        room = self._ahead - len(self._claimed)
        async with self._database.begin() as session:
            if self._recovered_at is None or now - self._recovered_at >= RECOVER:
                await outbox.recover(session, now=now)
                self._recovered_at = now
            limit = room if room > 0 else self._concurrency
            found = await claims.claim(session, limit=limit, lease=self._lease, now=now, urgent=room <= 0)
        self._claimed.add(found)
        self._is_more = room > 0 and len(found) == limit
        return len(found)

    async def _is_something_soon(self) -> bool:
        now = self._clock()
        async with self._database.begin() as session:
            at = await claims.next_at(session, now=now)
        return at is not None and at - now <= SOON

    # --- sending -----------------------------------------------------------------------------------------------------

    async def _slot(self, *, urgent: bool) -> None:
        """Send one message after the other; with `urgent`, only those that somebody waits for."""
        while not self._stopping:
            chosen = await self._choose(urgent=urgent)
            with self._not_to_be_disturbed():
                while chosen is not None:
                    chosen = await self._deliver(chosen, urgent=urgent)

    async def _choose(self, *, urgent: bool) -> _Chosen | None:
        """Wait for a message and for its turn."""
        await self._claimed.reserve(urgent=urgent)
        number = await self._gate.passed()
        await self._turns.turn()
        taken = self._claimed.take(urgent=urgent)
        if taken is None:
            self._gate.unused(number)
            return None
        return self._begun(taken, number)

    def _begun(self, taken: Taken, number: int) -> _Chosen:
        if self._is_running_low:
            self._wanted.set()
        return _Chosen(taken, self._ledger.begin(taken), number)

    async def _deliver(self, chosen: _Chosen, *, urgent: bool) -> _Chosen | None:
        """Send a message and write down what became of it; the one that goes next, if it can go at once."""
        until = await chosen.mark
        if until is None:
            self._gate.unused(chosen.round)
            return None
        outcome = await self._outcome(chosen.taken)
        self._report(outcome, chosen.round)
        settled = settle(outcome, chosen.taken, until=until, now=self._clock(), floods=self._floods)
        self._floods = self._floods + 1 if isinstance(outcome, RetryAt) else 0
        written = self._ledger.finish(settled)
        following = self._next_at_once(urgent=urgent)
        await written
        self._became[settled.result.state] += 1
        if self._until_idle and not self._claimed:
            self._wanted.set()
        return following

    def _next_at_once(self, *, urgent: bool) -> _Chosen | None:
        """The next message if nothing has to be waited for: its mark shares the transaction of the outcome before it."""
        if self._stopping or self._turns.limited or not self._gate.is_open:
            return None
        taken = self._claimed.take_unreserved(urgent=urgent)
        return None if taken is None else self._begun(taken, self._gate.round)

    async def _outcome(self, taken: Taken) -> Outcome:
        try:
            method = request(taken)
        except ValidationError as error:
            # Not as it is: it would quote the message.
            return Bad("; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()))
        try:
            # aiogram hands the timeout on to aiohttp as it is; a number would not tell a connection that never came about.
            answer = await self._bot(method, request_timeout=cast(int, self._timeout))
        except (AiogramError, OSError, ValueError, TypeError) as error:
            # aiogram lets through what its HTTP library and odd answers raise: undecodable bytes, an error without words.
            return meaning(error, chat_id=taken.message.chat_id)
        return Sent(answer.message_id)

    def _report(self, outcome: Outcome, number: int) -> None:
        if isinstance(outcome, Unsure | Unreached):
            _logger.warning("not answered", error=outcome.error)
            self._gate.failed(number)
        else:
            self._gate.answered(number)

    async def _is_reachable(self) -> bool:
        try:
            await self._bot.get_me(request_timeout=cast(int, self._timeout))
        except (AiogramError, OSError, ValueError, TypeError) as error:
            return isinstance(error, TelegramAPIError) and isinstance(meaning(error, chat_id=1), RetryAt)
        return True
