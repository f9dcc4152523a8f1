"""Whether Telegram can be reached: after a failure everybody waits, ever longer, until it answers again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from bot.outcomes import backoff
from bot.sending.together import Sleep


class Gate:
    """Open while messages are answered. After one that was not, nobody passes until Telegram has answered `probe`, which
    does no harm, and then one message alone, until that is answered: an outage costs few messages their certainty.
    """

    def __init__(self, probe: Callable[[], Awaitable[bool]], *, sleep: Sleep) -> None:
        self._probe = probe
        self._sleep = sleep
        self._failures = 0
        self._round = 0
        self._turn = asyncio.Lock()
        self._trial_over = asyncio.Event()
        self._trial_over.set()

    @property
    def is_open(self) -> bool:
        """Whether whoever comes passes at once."""
        return self._failures == 0

    @property
    def round(self) -> int:
        """The number of the round that is on: it ends with a failure. What was begun before says nothing of the present."""
        return self._round

    async def passed(self) -> int:
        """Wait until a message may be sent; the number of the round, by which to report what came of it."""
        if self.is_open:
            return self._round
        async with self._turn:
            while True:
                await self._trial_over.wait()
                if self.is_open:
                    return self._round
                await self._sleep(backoff(self._failures, random.random()))  # noqa: S311  not for secrets
                if await self._probe():
                    self._trial_over.clear()
                    return self._round
                self._failures += 1

    def failed(self, number: int) -> None:
        """A message of that round was not answered."""
        if number == self._round:
            self._failures += 1
            self._round += 1
            self._trial_over.set()

    def answered(self, number: int) -> None:
        """A message of that round was answered, whatever was said."""
        if number == self._round:
            self._failures = 0
            self._trial_over.set()

    def unused(self, number: int) -> None:
        """Nothing was sent."""
        if number == self._round:
            self._trial_over.set()
