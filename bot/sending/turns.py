"""Whose turn it is: places in the row of messages of all workers, so many a second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.known import Clock
from bot.sending.together import Sleep, Together
from core.db.engine import Database
from core.store import pace

#: Of the rate that is allowed so much is used: requests start evenly and arrive unevenly, and who counts them is Telegram.
_SHARE = 0.95


class Turns:
    """Spaces what one sender begins, together with all others, to stay below `rate` a second; with 0 not at all."""

    def __init__(self, database: Database, *, rate: float, clock: Clock, sleep: Sleep) -> None:
        self._database = database
        self._rate = rate * _SHARE
        self._clock = clock
        self._sleep = sleep
        self._places: Together[None, datetime] = Together(self._reserve, sleep=sleep)

    @property
    def limited(self) -> bool:
        """Whether there is anything to wait for."""
        return self._rate > 0

    async def turn(self) -> None:
        """Take the next place and wait for it."""
        if not self.limited:
            return
        place = await self._places.ask(None)
        while (rest := (place - self._clock()).total_seconds()) > 0:
            await self._sleep(rest)

    async def _reserve(self, asked: Sequence[None]) -> Sequence[datetime]:
        async with self._database.begin() as session:
            first = await pace.reserve(session, len(asked), rate=self._rate, now=self._clock())
        return [first + timedelta(seconds=number / self._rate) for number in range(len(asked))]
