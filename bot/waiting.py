"""Work that goes on beside the conversation, and one connection on which it hears that something was answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiogram.exceptions import TelegramAPIError

from core import log
from core.db.engine import Database
from core.db.listen import Listener, listening
from core.store import requests

_logger = log.get("bot.waiting")


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


class Waiting(Background):
    """Background work that waits for answers, on one connection, which is open only while anybody waits."""

    def __init__(self) -> None:
        super().__init__()
        self._changing = asyncio.Lock()
        self._waiting = 0
        self._stack = AsyncExitStack()
        self._listener: Listener | None = None

    @asynccontextmanager
    async def listening(self, database: Database) -> AsyncIterator[Listener]:
        """What hears that requests were answered, or have come further."""
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
