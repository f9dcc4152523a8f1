"""The bot's dispatcher at the fake Bot API: what people do is handled when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from sqlalchemy import text

from bot import app
from bot.speech import Catalogues
from core.db.engine import Database, Session
from core.readers import NewDelivery, Reader
from core.settings import Settings
from core.store import outbox, readers, troubles
from tests.fakes.botapi import Answer, FakeBotApi, Message, Person
from tests.fakes.botapi.chats import Chat
from tests.fakes.botapi.world import PATIENCE

#: A Wednesday, eight in the morning in Moscow: an hour before the proposed digest.
NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
ADMIN = 500
#: What is said to words that answer nothing.
NOT_UNDERSTOOD = (
    "Спросите о чём угодно из того, что пишут каналы: «что нового про агентов?» /digest пришлёт, что нового, "
    "/help расскажет, что ещё я умею."
)


@dataclass(kw_only=True)
class Stage:
    """A bot, its database and its Telegram. `now` is the time for all three."""

    api: FakeBotApi
    bot: Bot
    dispatcher: Dispatcher
    database: Database
    now: datetime = NOW
    results: list[Any] = field(default_factory=list)

    # What happens.

    async def settle(self) -> None:
        """The bot handles all that has happened, one thing after the other."""
        pending = self.api.world.updates.pending
        while pending:
            await self._feed(pending.popleft().wire())

    async def settle_together(self) -> None:
        """The bot handles all that has happened at once."""
        pending = self.api.world.updates.pending
        updates = [pending.popleft().wire() for _ in range(len(pending))]
        await asyncio.gather(*map(self._feed, updates))

    async def _feed(self, update: dict[str, Any]) -> None:
        await self.dispatcher.feed_raw_update(self.bot, update)

    async def say(self, person: Person, words: str, *, to: Chat | None = None, **how: Any) -> list[Message]:
        """Somebody writes; what the bot says to that in the same chat."""
        chat = to or person.chat
        before = len(chat.sent)
        person.say(words, to=to, **how)
        await self.settle()
        return chat.sent[before:]

    async def press(
        self, person: Person, message: Message, button: str | None = None, *, data: str | None = None
    ) -> Answer:
        """Somebody presses a button; what the bot answers to the press."""
        query = person.tap(message, button, data=data)
        await self.settle()
        assert query.answer is not None, f"no answer to {button or data}"
        return query.answer

    def shown(self, chat: Chat) -> Message:
        """The bot's last message in a chat, as it stands there now."""
        return chat.messages[chat.sent[-1].id]

    # What is true.

    async def reader(self, chat: Chat, *, thread: int | None = None) -> Reader | None:
        """The reader of a chat."""
        async with self.database.begin() as session:
            return await readers.of_chat(session, chat.id, thread_id=thread)

    async def known(self, chat: Chat, *, thread: int | None = None) -> Reader:
        """The reader of a chat, who is there."""
        found = await self.reader(chat, thread=thread)
        assert found is not None
        return found

    async def deliver(self, reader: Reader, period: date) -> None:
        """The digest of a day has been delivered."""
        async with self.database.begin() as session:
            await self.write_delivery(session, reader, period)

    async def write_delivery(self, session: Session, reader: Reader, period: date) -> None:
        """What `bot.deliver` writes: the digest, what was told with it, and that the next one is due a day later."""
        delivery = NewDelivery(
            reader_id=reader.id,
            chat_id=reader.chat_id,
            thread_id=reader.thread_id,
            period=period,
            since=self.now - timedelta(days=1),
            until=self.now,
            lang=reader.lang,
            stories=(),
            bodies=(),
        )
        await outbox.put(session, [delivery], urgent=False, now=self.now)
        assert reader.due_at is not None
        await readers.advance(session, [(reader.id, self.now, reader.due_at + timedelta(days=1))])

    async def until_somebody_waits_for_a_lock(self) -> None:
        """Waits until a transaction of this database waits for another one."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(PATIENCE), self.database.engine.connect() as connection:
            looking = await connection.execution_options(isolation_level="AUTOCOMMIT")
            while not (await looking.execute(text(waiting))).scalar_one():
                pass

    async def troubles(self) -> Sequence[str]:
        """The errors of handlers."""
        async with self.database.begin() as session:
            return [trouble.error for trouble in await troubles.recent(session, limit=10)]


@asynccontextmanager
async def stage(database: Database, **known: Any) -> AsyncIterator[Stage]:
    """A bot that is spoken to. Leaving fails if a handler has failed, or Telegram has refused what was not to be refused."""
    holder: list[Stage] = []

    def clock() -> datetime:
        return holder[0].now if holder else NOW

    made = Settings(_env_file=None, bot_admins=str(ADMIN), **known)
    async with FakeBotApi(clock=lambda: clock().timestamp()) as api:
        bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
        dispatcher = app.dispatcher(made, database, catalogues=Catalogues(), clock=clock)
        holder.append(Stage(api=api, bot=bot, dispatcher=dispatcher, database=database))
        try:
            yield holder[0]
            assert await holder[0].troubles() == []
        finally:
            await dispatcher["telling"].stop()
            await bot.session.close()


async def subscribed(on: Stage, name: str = "Ада", lang: str = "ru", **known: Any) -> Person:
    """Somebody who has taken the proposal as it is."""
    person = on.api.user(name, language_code=lang, **known)
    shown = (await on.say(person, "/start"))[-1]
    await on.press(person, shown, "✅ Подписаться" if lang == "ru" else "✅ Subscribe")
    return person
