"""Messages that one sender has claimed and not begun yet, those that somebody waits for in front."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from core.store.claims import Taken


class Claimed:
    """Two lanes. Whoever wants a message reserves one, and takes it when its turn has come: which one it is, is decided
    only then, so that an urgent one that came meanwhile goes before.
    """

    def __init__(self) -> None:
        self._urgent: deque[Taken] = deque()
        self._others: deque[Taken] = deque()
        self._reserved = 0
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    def add(self, taken: Iterable[Taken]) -> None:
        """Put messages into their lanes, behind those that are there."""
        for one in taken:
            (self._urgent if one.urgent else self._others).append(one)
        self._changed.set()

    async def reserve(self, *, urgent: bool) -> None:
        """Wait until there is a message that nobody has reserved; with `urgent`, until there is an urgent one."""
        while not (self._urgent if urgent else len(self) > self._reserved):
            self._changed.clear()
            await self._changed.wait()
        self._reserved += 1

    def take(self, *, urgent: bool) -> Taken | None:
        """A message for whoever has reserved one, an urgent one before all others; None if somebody was quicker."""
        self._reserved -= 1
        taken = self._first(urgent=urgent)
        if taken is None:
            self._changed.set()
        return taken

    def take_unreserved(self, *, urgent: bool) -> Taken | None:
        """A message that nobody has reserved, if there is one."""
        return self._first(urgent=urgent) if len(self) > self._reserved else None

    def drop_expired(self, now: datetime) -> None:
        """Forget messages that are ours no longer: nothing could be sent for so long."""
        self._urgent = deque(one for one in self._urgent if one.until > now)
        self._others = deque(one for one in self._others if one.until > now)

    def clear(self) -> list[Taken]:
        """Take out everything."""
        taken = [*self._urgent, *self._others]
        self._urgent.clear()
        self._others.clear()
        return taken

    def _first(self, *, urgent: bool) -> Taken | None:
        if self._urgent:
            return self._urgent.popleft()
        return self._others.popleft() if self._others and not urgent else None
