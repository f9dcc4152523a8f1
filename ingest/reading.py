"""Reads the channels that an account follows: opens connections one after the other, and on each asks and listens.

What is true stands in rows: a reader that dies, or whose connection does, is followed by one that reads on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import log
from core.db.engine import Database
from core.errors import AccountBusy, DatabaseError, FloodWait, Refused, SvodkaError, TelegramUnreachable, Undecodable
from core.queue import wake_index
from core.settings import Settings
from core.store import accounts as account_store
from core.store import follows as follow_store
from core.store import messages as message_store
from core.types import Follow
from ingest.account import Holder, connected, hold
from ingest.client import Telegram, utcnow
from ingest.history import History
from ingest.keep import Writing
from ingest.line import Committed, Line, nobody
from ingest.listen import Listening
from ingest.pace import Pace
from ingest.plan import Floods, Turns, next_task, next_time
from ingest.steps import Steps

#: How often rows are looked at for what an operator has changed, while nothing else is to do.
LOOK = timedelta(seconds=2)
#: How often it is made sure that the account is still ours, and requests are written down.
CHECK = timedelta(seconds=5)
#: How often texts that have been kept long enough are forgotten, and how many in one transaction.
FORGET_EVERY, FORGET_AT_ONCE = timedelta(hours=1), 1_000
#: Pauses between attempts to connect: doubled each time, from the first to the last.
FIRST_PAUSE, LAST_PAUSE = 0.5, 60.0

#: Failed attempts in a row after which whoever waits for some channels is told; they are kept for the next time.
MOST_FAILURES = 2

_logger = log.get("ingest.reading")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be read: everything that is followed, until stopped; or the `chosen` follows, until they are settled.

    `committed` is told of what has become of a channel's messages once it is in the archive.
    """

    settings: Settings
    database: Database
    chosen: Callable[[Follow], bool] | None = None
    clock: Callable[[], datetime] = utcnow
    committed: Committed = nobody

    @property
    def retention(self) -> timedelta | None:
        days = self.settings.keep_days
        return None if days is None else timedelta(days=days)

    @property
    def reread_every(self) -> timedelta:
        return timedelta(minutes=self.settings.telegram_reread_minutes)


async def read(order: Order) -> None:
    """Read until cancelled; of `chosen` follows, until nothing is left to do for them.

    Lost connections, to Telegram and to the database, are made anew.

    Raises:
        AccountBusy: another process reads with this account.
        NotLoggedIn, SettingsError, SessionFileError, LoginError: what has to be mended first.
        DatabaseError, TelegramUnreachable, FloodWait, Refused: only some follows were to be read, and it does not work.
    """
    pauses, held = _Pauses(), False
    while True:
        try:
            async with hold(order.database) as holder:
                held = True
                await _read_as(order, holder, pauses)
                return
        except DatabaseError as error:
            if order.chosen is not None:
                raise
            await pauses.after("database lost", error)
        except AccountBusy as error:
            # After a fault of the network, it may be ourselves that Postgres still believes to hold the account.
            if not held or order.chosen is not None:
                raise
            await pauses.after("account still held", error)


async def _read_as(order: Order, holder: Holder, pauses: _Pauses) -> None:
    pace, floods = Pace(order.settings.telegram_pace), Floods()
    while True:
        try:
            async with connected(order.settings, pace=pace, floods=floods, clock=order.clock) as telegram:
                await _Connection(order, holder, telegram, pauses).serve()
                return
        except (TelegramUnreachable, FloodWait, Refused, Undecodable) as error:
            if order.chosen is not None and (isinstance(error, FloodWait) or pauses.failures >= MOST_FAILURES):
                raise
            await pauses.after("connection lost", error)
        finally:
            await _note_use(order.database, holder, pace)


async def _note_use(database: Database, holder: Holder, pace: Pace) -> None:
    requests, waited = pace.take()
    if requests:
        with contextlib.suppress(DatabaseError):
            async with database.begin() as session:
                await account_store.used(session, holder.account.id, requests=requests, waited=waited)


class _Pauses:
    """How long to wait before the next attempt; short again as soon as something has succeeded."""

    def __init__(self) -> None:
        self.failures = 0

    def over(self) -> None:
        self.failures = 0

    async def after(self, event: str, error: SvodkaError) -> None:
        seconds = min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures, 10))
        if isinstance(error, FloodWait):
            seconds = max(seconds, error.seconds)
        self.failures += 1
        _logger.warning(event, reason=str(error), attempt=self.failures, again_in=seconds)
        await asyncio.sleep(seconds)


class _Connection:
    """What runs side by side on one connection."""

    def __init__(self, order: Order, holder: Holder, telegram: Telegram, pauses: _Pauses) -> None:
        self._order = order
        self._holder = holder
        self._telegram = telegram
        self._pauses = pauses
        self._something = asyncio.Event()
        self._line = Line(
            telegram=telegram,
            writing=Writing(order.database, retention=order.retention),
            turns=Turns(connected_at=order.clock()),
            clock=order.clock,
            committed=order.committed,
        )
        history = History(self._line)
        self._steps = Steps(self._line, history)
        self._listening = Listening(self._line, history)

    async def serve(self) -> None:
        """Ask and listen until nothing is left to do, or the connection ends, which is raised."""
        _logger.info("connected", account=self._holder.account.id)
        parts: list[Coroutine[Any, Any, None]] = [self._ask(), self._telegram.ended(), self._check()]
        if self._order.chosen is None:
            parts.append(self._listening.run(self._something))
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            # All of them have to have let go of the database before the next connection begins.
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _check(self) -> None:
        forgotten_at: datetime | None = None
        while True:
            await asyncio.sleep(CHECK.total_seconds())
            await self._holder.lock.check()
            await _note_use(self._order.database, self._holder, self._telegram.pace)
            now = self._order.clock()
            if forgotten_at is None or now - forgotten_at >= FORGET_EVERY:
                forgotten_at = now
                await self._forget(now)

    async def _forget(self, now: datetime) -> None:
        """Forget texts that have been kept long enough."""
        retention = self._order.retention
        total, forgotten = 0, FORGET_AT_ONCE
        while forgotten == FORGET_AT_ONCE:
            async with self._line.writing.begin() as session:
                forgotten = await message_store.forget(
                    session,
                    deleted_before=now - timedelta(days=self._order.settings.forget_deleted_days),
                    posted_before=None if retention is None else now - retention,
                    now=now,
                    limit=FORGET_AT_ONCE,
                )
                if forgotten:
                    await wake_index(session)
            total += forgotten
        if total:
            _logger.info("forgotten", posts=total)

    async def _ask(self) -> None:
        """Take one step after the other; wait where none is due."""
        while True:
            follows = await self._follows()
            self._listening.watch(follows)
            now = self._order.clock()
            task = next_task(follows, self._line.turns, now=now, reread_every=self._order.reread_every)
            if task is not None:
                await self._steps.take(task)
                self._pauses.over()
            elif self._order.chosen is not None:
                return
            else:
                until = next_time(follows, now=now, reread_every=self._order.reread_every)
                await self._wait(min(LOOK, until - now))

    async def _follows(self) -> list[Follow]:
        async with self._line.writing.begin() as session:
            follows = await follow_store.of_account(session, self._holder.account.id)
        chosen = self._order.chosen
        return follows if chosen is None else [follow for follow in follows if chosen(follow)]

    async def _wait(self, span: timedelta) -> None:
        """Wait for a while, or until events have shown something to be missing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(span.total_seconds()):
                await self._something.wait()
        self._something.clear()
