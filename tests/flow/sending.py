"""A database, a bot and a fake Telegram between which messages are sent, and how a test looks at them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.send import Counts, Sender
from core.db.engine import Database
from core.readers import Reader
from core.store import readers
from tests.fakes.botapi import FakeBotApi
from tests.flow import mail

#: Seconds after which what a test waits for is taken not to come.
PATIENCE = 60


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Post:
    """A database, a bot and its Telegram."""

    database: Database
    api: FakeBotApi
    bot: Bot
    clock: Callable[[], datetime] = utcnow
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def reader(self, chat_id: int | None = None, *, thread_id: int | None = None) -> Reader:
        """A reader in a chat; a person who has started the bot, if none is named."""
        if chat_id is None:
            (person,) = self.api.readers(1)
            chat_id = person.id
        async with self.database.begin() as session:
            return await mail.reader(session, chat_id, thread_id=thread_id)

    async def readers(self, count: int) -> list[Reader]:
        return [await self.reader() for _ in range(count)]

    async def put(self, reader: Reader, *texts: str, urgent: bool = False) -> None:
        async with self.database.begin() as session:
            await mail.put(session, reader, *texts, urgent=urgent, now=self.clock())

    def sender(self, *, rate: float = 0, concurrency: int = 4, lease: float = 45) -> Sender:
        return Sender(
            self.database,
            self.bot,
            rate=rate,
            concurrency=concurrency,
            clock=self.clock,
            lease=timedelta(seconds=lease),
            sleep=self.sleep,
        )

    async def send(self, **how: Any) -> Counts:
        async with asyncio.timeout(PATIENCE):
            return await self.sender(**how).send_waiting()

    async def states(self) -> dict[str, str]:
        async with self.database.begin() as session:
            return await mail.states(session)

    async def row(self, words: str) -> Any:
        async with self.database.begin() as session:
            return (await mail.rows(session))[words]

    async def rows(self) -> dict[str, Any]:
        async with self.database.begin() as session:
            return await mail.rows(session)

    async def all_sent(self) -> bool:
        return set((await self.states()).values()) == {"sent"}

    async def found(self, reader: Reader) -> Reader:
        async with self.database.begin() as session:
            (found,) = await readers.by_ids(session, [reader.id])
            return found

    def told(self, reader: Reader) -> list[str]:
        """What a reader has got."""
        return [message.words for message in self.api.sent if message.chat_id == reader.chat_id]

    async def eventually(self, holds: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110  rows are looked at
                await asyncio.sleep(0.02)


@asynccontextmanager
async def post(database: Database, *, strict: bool = False, port: int = 0, **how: Any) -> AsyncIterator[Post]:
    clock = how.get("clock")
    times = {"clock": lambda: clock().timestamp()} if clock else {}
    async with FakeBotApi(lenient=not strict, port=port, **times) as api, bot_at(api.url) as bot:
        yield Post(database=database, api=api, bot=bot, **how)


@asynccontextmanager
async def bot_at(url: str, token: str = "1:TEST") -> AsyncIterator[Bot]:
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    try:
        yield bot
    finally:
        await bot.session.close()


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[asyncio.Task[None]]:
    """A sender at work for the duration of the block."""
    task = asyncio.create_task(sender.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def is_so(fact: bool) -> bool:
    return fact
