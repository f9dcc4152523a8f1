"""How fast an account asks Telegram: one stream of requests, evenly spaced, that stands still when Telegram says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pace:
    """Spaces requests by at least `seconds`; counts them, and the seconds for which Telegram made us wait."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] | None = None) -> None:
        self._seconds = seconds
        self._clock = clock or asyncio.get_running_loop().time
        self._turn = asyncio.Lock()
        self._free_at = 0.0
        self.requests = 0
        self.waited = 0.0

    async def turn(self) -> None:
        """Wait for the next request's turn. Requests start in the order in which they have asked."""
        async with self._turn:
            while (rest := self._free_at - self._clock()) > 0:  # noqa: ASYNC110  time has to pass
                await asyncio.sleep(rest)
            self._free_at = max(self._free_at, self._clock()) + self._seconds
            self.requests += 1

    def stand_still(self, seconds: float) -> None:
        """Let no request start for so long."""
        self._free_at = max(self._free_at, self._clock() + seconds)
        self.waited += seconds

    def take(self) -> tuple[int, float]:
        """Requests and seconds waited since the last call, to be written down."""
        taken = self.requests, self.waited
        self.requests, self.waited = 0, 0.0
        return taken
