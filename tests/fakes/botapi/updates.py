"""The queue of updates: what the bot is to be told, kept until it has confirmed it, by getUpdates or by its webhook."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.botapi.errors import Refused, conflict

Json = dict[str, Any]

#: What a bot is told of only if it asks for it by name.
ON_DEMAND = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
#: The longest that a poll waits.
LONGEST_POLL = 50
MOST = 100


@dataclass(frozen=True, slots=True)
class Update:
    """An update; those of one `row` (a chat, a person's buttons) reach a webhook one after the other."""

    id: int
    row: tuple[str, int]
    body: Json

    def wire(self) -> Json:
        return {"update_id": self.id, **self.body}


class UpdateQueue:
    """Updates in their order. `on_push` is told of each new one, `stir` of all that happens."""

    def __init__(self, first_id: int, stir: Callable[[], None]) -> None:
        self.pending: deque[Update] = deque()
        self.allowed: list[str] = []
        self.on_push: Callable[[], None] = lambda: None
        self.polls = 0
        """How often getUpdates was called."""
        self._next = first_id
        self._stir = stir
        self._poll: asyncio.Future[None] | None = None

    @property
    def is_polled(self) -> bool:
        """Whether the bot waits for updates at this moment."""
        return self._poll is not None and not self._poll.done()

    def push(self, kind: str, value: Json, row: tuple[str, int]) -> Update | None:
        """Adds an update, unless the bot does not want its kind."""
        if not (kind in self.allowed if self.allowed else kind not in ON_DEMAND):
            return None
        update = Update(self._next, row, {kind: value})
        self._next += 1
        self.pending.append(update)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        self.on_push()
        return update

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Which kinds are kept from now on; None: as before, none: the usual ones."""
        if kinds is not None:
            self.allowed = list(kinds)

    def confirm(self, update: Update) -> None:
        self.pending.remove(update)

    def clear(self) -> None:
        self.pending.clear()

    async def get(self, *, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109 (the Bot API's word)
        """Updates from `offset` on; those before it are confirmed. With none there, waits for one or for the time to pass."""
        self.polls += 1
        self._forget(offset)
        if not self.pending and timeout > 0:
            await self._wait(min(timeout, LONGEST_POLL))
        return [update.wire() for update in list(self.pending)[: min(max(limit, 1), MOST)]]

    def _forget(self, offset: int) -> None:
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        while self.pending and self.pending[0].id < offset:
            self.pending.popleft()

    async def _wait(self, seconds: float) -> None:
        self.stop("terminated by other getUpdates request; make sure that only one bot instance is running")
        poll: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        self._stir()
        try:
            await asyncio.wait_for(poll, seconds)
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None
            self._stir()

    def stop(self, reason: str) -> None:
        """Ends a poll that waits, with a conflict."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(reason))

    def end(self) -> None:
        """Ends a poll that waits because the server stops."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refused(500, "Internal Server Error: restart"))
