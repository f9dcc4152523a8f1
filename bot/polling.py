"""Asks Telegram for updates, and confirms each only once it has been handled: what a killed process had in hand comes again.

aiogram's own loop confirms what it has only begun with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from aiogram import Bot, Dispatcher
from aiogram.exceptions import AiogramError, TelegramAPIError
from aiogram.methods import GetUpdates, TelegramMethod
from aiogram.types import Update
from aiogram.utils.backoff import Backoff, BackoffConfig

from core import log
from core.queue import stop

#: Seconds that Telegram keeps a question open while there is no news (it allows 50).
OPEN = 30
#: Seconds between two questions while something is being handled: what is new meanwhile need not wait for it.
PAUSE = 0.25
#: What takes longer than this is confirmed nonetheless: Telegram shows no more than a hundred updates after it.
PATIENCE = timedelta(minutes=1)
#: Seconds between questions that fail.
AGAIN = BackoffConfig(min_delay=1.0, max_delay=15.0, factor=1.5, jitter=0.1)

_logger = log.get("bot.polling")


class Polling:
    """Feeds a dispatcher with what Telegram tells a bot."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot) -> None:
        self._dispatcher = dispatcher
        self._bot = bot
        self._kinds = dispatcher.resolve_used_update_types()
        self._next: int | None = None
        self._running: dict[int, asyncio.Task[None]] = {}
        # What was begun, and when, since last nothing was being handled: Telegram shows it again until it is confirmed.
        self._begun: dict[int, float] = {}

    async def run(self, *, grace: timedelta) -> None:
        """Ask and handle until cancelled. Then what is being handled has so much time to end, and is confirmed."""
        await self._dispatcher.emit_startup(bot=self._bot)
        backoff = Backoff(AGAIN)
        try:
            while True:
                try:
                    self._begin(await self._ask(wait=0 if self._running else OPEN))
                except AiogramError as error:
                    _logger.warning("no updates", reason=str(error), again_in=round(backoff.next_delay, 1))
                    await backoff.asleep()
                    continue
                backoff.reset()
                if self._running:
                    await asyncio.wait(self._running.values(), timeout=PAUSE)
        finally:
            await self._end(grace)

    async def _ask(self, *, wait: int) -> list[Update]:
        """The updates from the first one that has not been handled on; with that, those before it are confirmed."""
        question = GetUpdates(offset=self._offset(), timeout=wait, allowed_updates=self._kinds)
        # Longer than Telegram keeps it open, or every quiet while would be an error.
        return await self._bot(question, request_timeout=int(self._bot.session.timeout + wait))

    def _offset(self) -> int | None:
        now = asyncio.get_running_loop().time()
        in_hand = [number for number in self._running if now - self._begun[number] < PATIENCE.total_seconds()]
        return min(in_hand, default=self._next)

    def _begin(self, updates: Sequence[Update]) -> None:
        if not self._running:
            self._begun.clear()
        for update in updates:
            number = update.update_id
            if number in self._begun:
                continue
            self._next = number + 1
            self._begun[number] = asyncio.get_running_loop().time()
            self._running[number] = asyncio.create_task(self._handle(update))

    async def _handle(self, update: Update) -> None:
        """An update that cannot be handled is told in the log, and is over: it would fail the next time as well."""
        try:
            ended = await asyncio.gather(self._dispatcher.feed_update(self._bot, update), return_exceptions=True)
            for answer in ended:
                if isinstance(answer, Exception):
                    _logger.error("an update was not handled", update=update.update_id, exc_info=answer)
                elif isinstance(answer, TelegramMethod):
                    await self._dispatcher.silent_call_request(self._bot, answer)
        finally:
            del self._running[update.update_id]

    async def _end(self, grace: timedelta) -> None:
        """Let what is being handled end; what does not is told again."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=grace.total_seconds())
        offset = self._offset()
        await stop(list(self._running.values()))
        if offset is not None:
            try:
                await self._bot(GetUpdates(offset=offset, timeout=0, limit=1, allowed_updates=self._kinds))
            except TelegramAPIError as error:
                _logger.warning("what was handled could not be confirmed, and will be told again", reason=str(error))
        await self._dispatcher.emit_shutdown(bot=self._bot)
