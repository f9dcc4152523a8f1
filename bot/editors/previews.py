"""Asks the summarizer what a change would do, and waits for its answer while the bot goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from aiogram.exceptions import TelegramAPIError

from bot.pages.admin_presses import WEEK_DAYS
from core import log
from core.db.engine import Database, Session
from core.db.listen import Listener, listening
from core.errors import NotFound
from core.filters import Request
from core.store import requests

#: The kinds of requests that the summarizer answers.
FILTER, TOPIC, CHECK = "preview filter", "preview topic", "check filter"
#: Seconds after which a preview counts as late: whoever waits may go on without it.
PATIENCE = 60.0

_logger = log.get("bot.editors.previews")


async def ask(session: Session, kind: str, asked: Mapping[str, Any], *, lang: str, now: datetime) -> int:
    """Ask for a preview of the last week, with titles in `lang`; the number of the request."""
    return await requests.ask(session, kind, {**asked, "lang": lang, "days": WEEK_DAYS}, now=now)


class Background:
    """Work that goes on after a press was answered; it ends with the bot, and whatever it was for can be asked for again."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside what the bot does."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """End what is still going on."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TelegramAPIError):
            _logger.info("not shown", reason=str(error))
        elif error is not None:
            _logger.error("background work failed", exc_info=error)


class Previews(Background):
    """Waits for answers on one connection, which is open only while anybody waits."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        super().__init__()
        self._patience = patience
        self._changing = asyncio.Lock()
        self._waiting = 0
        self._stack = AsyncExitStack()
        self._listener: Listener | None = None

    def wait(self, database: Database, request_id: int, then: Callable[[Request], Awaitable[None]]) -> None:
        """Have `then` show a request once it is answered, or as it stands when it is late."""
        self.begin(self._wait(database, request_id, then))

    async def _wait(self, database: Database, request_id: int, then: Callable[[Request], Awaitable[None]]) -> None:
        async with self._listening(database) as listener:
            try:
                found = await requests.answered(database, listener, request_id, timeout=self._patience)
            except NotFound:
                return  # it is so old that it was forgotten
        await then(found)

    @asynccontextmanager
    async def _listening(self, database: Database) -> AsyncIterator[Listener]:
        async with self._changing:
            if self._listener is None:
                self._listener = await self._stack.enter_async_context(listening(database, requests.ANSWERS))
            self._waiting += 1
            listener = self._listener
        try:
            yield listener
        finally:
            async with self._changing:
                self._waiting -= 1
                if self._waiting == 0:
                    self._listener = None
                    await self._stack.aclose()
