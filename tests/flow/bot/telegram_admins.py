"""The dispatcher with the admins' editors at the fake Bot API, and the real summarizer answering what it asks when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot import troubled
from bot.dialogues import PostgresStorage
from bot.handlers import (
    admin,
    admin_channels,
    admin_topics,
    broadcast,
    channels,
    digest,
    filters,
    leftovers,
    posts,
    settings,
    start,
    topics,
    zone,
)
from bot.known import Known
from bot.speech import Catalogues
from bot.telling import Telling
from core.db.engine import Database
from core.settings import Settings
from core.store import admins, conversations, troubles
from core.store.admins import Change
from core.types import Post
from summarize import filtering, previews, relabel, shelf
from tests.fakes.botapi import Answer, FakeBotApi, Message, Person
from tests.fakes.botapi.chats import Chat
from tests.flow import feed

#: Four days after the sample posts began: all of them are of the last week.
NOW = datetime(2026, 9, 5, 9, tzinfo=UTC)
ADMIN, SECOND = 500, 501


@dataclass(kw_only=True)
class AdminStage:
    """A bot with two admins, its database and its Telegram. `now` is the time for all."""

    api: FakeBotApi
    bot: Bot
    dispatcher: Dispatcher
    database: Database
    ada: Person
    boris: Person
    now: datetime = NOW

    # What happens.

    async def settle(self) -> None:
        """The bot handles all that has happened, one thing after the other."""
        pending = self.api.world.updates.pending
        while pending:
            await self.dispatcher.feed_raw_update(self.bot, pending.popleft().wire())

    async def settle_together(self) -> None:
        """The bot handles all that has happened at once."""
        pending = self.api.world.updates.pending
        updates = [pending.popleft().wire() for _ in range(len(pending))]
        await asyncio.gather(*(self.dispatcher.feed_raw_update(self.bot, update) for update in updates))

    async def say(self, words: str, *, by: Person | None = None, to: Chat | None = None, **how: Any) -> list[Message]:
        """An admin writes; what the bot says to that in the same chat."""
        person = by or self.ada
        chat = to or person.chat
        before = len(chat.sent)
        person.say(words, to=to, **how)
        await self.settle()
        return chat.sent[before:]

    async def press(self, button: str | None = None, *, data: str | None = None, by: Person | None = None) -> Answer:
        """An admin presses a button below the bot's last message that has it; what the bot answers to the press."""
        person = by or self.ada
        query = person.tap(self._with(person.chat, button), button, data=data)
        await self.settle()
        assert query.answer is not None, f"no answer to {button or data}"
        return query.answer

    def _with(self, chat: Chat, button: str | None) -> Message:
        """The newest message as it stands that has the button."""
        standing = sorted(
            (message for message in chat.messages.values() if message.by_bot), key=lambda message: message.number
        )
        found = [message for message in standing if button is None or button in message.buttons]
        assert found, f"no button {button!r}; there are {standing[-1].buttons} below {standing[-1].words!r}"
        return found[-1]

    @property
    def shown(self) -> Message:
        """What the bot has told the first admin last, as it stands there now."""
        return self.last(self.ada)

    def last(self, person: Person) -> Message:
        """What the bot has told somebody last."""
        return person.chat.messages[person.chat.sent[-1].id]

    async def until(self, words: str, *, by: Person | None = None) -> Message:
        """Waits until the bot's last message says this; that message."""
        person = by or self.ada
        await self.api.world.until(
            lambda: words in self.last(person).words,
            tell=lambda: f"no {words!r} in {self.last(person).words!r}; refused: {self.api.world.refused}",
        )
        return self.last(person)

    async def answer(self, pool: Executor | None = None) -> None:
        """The summarizer answers what waits."""
        await previews.answer_waiting(self.database, clock=lambda: self.now, pool=pool)

    async def archive(self, pool: Executor, batch: Sequence[Post] | None = None) -> None:
        """Posts are there, indexed, labelled, filtered, and on the shelf."""
        await feed.store(self.database, feed.feed() if batch is None else batch, now=self.now)
        await feed.indexed(self.database, pool)
        await self.follow_up(pool)

    async def follow_up(self, pool: Executor) -> None:
        """The summarizer does what follows from admins' changes."""
        await relabel.run(self.database)
        await filtering.run(self.database, clock=lambda: self.now, pool=pool)
        await shelf.fill(self.database, langs=("ru", "en"), clock=lambda: self.now)

    # What is true.

    async def log(self) -> list[Change]:
        """What stands in the admins' log, newest first."""
        async with self.database.begin() as session:
            return list(await admins.changes(session, before_id=None, limit=100))

    async def dialogue(self, person: Person | None = None) -> tuple[str | None, dict[str, Any]]:
        """State and data of somebody's dialogue."""
        number = (person or self.ada).id
        async with self.database.begin() as session:
            return await conversations.get(session, f"{number}:{number}:0")

    async def troubles(self) -> Sequence[str]:
        """The errors of handlers."""
        async with self.database.begin() as session:
            return [trouble.error for trouble in await troubles.recent(session, limit=10)]


@asynccontextmanager
async def admin_stage(
    database: Database, *, patience: float = 60.0, look: float = 0.02, looks: int = 1000, lang: str = "ru"
) -> AsyncIterator[AdminStage]:
    """A bot that admins speak to. Leaving fails if a handler has failed, or Telegram has refused what was not to be refused."""
    holder: list[AdminStage] = []

    def clock() -> datetime:
        return holder[0].now if holder else NOW

    made = Settings(_env_file=None, bot_admins=f"{ADMIN},{SECOND}")
    catalogues = Catalogues()
    async with FakeBotApi(clock=lambda: clock().timestamp()) as api:
        bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
        dispatcher = Dispatcher(
            storage=PostgresStorage(database, clock=clock),
            settings=made,
            database=database,
            catalogues=catalogues,
            clock=clock,
        )
        dispatcher["telling"] = Telling(database, catalogues=catalogues, clock=clock)
        dispatcher.shutdown.register(dispatcher["telling"].stop)
        dispatcher.update.outer_middleware(Known(settings=made, database=database, catalogues=catalogues, clock=clock))
        dispatcher.include_router(troubled.router())
        dispatcher.include_routers(
            admin.router(),
            start.router(),
            admin_topics.router(patience=patience),
            filters.router(patience=patience, look=look, looks=looks),
            admin_channels.router(look=look, looks=looks),
            *(module.router() for module in (digest, topics, channels, settings, broadcast, zone, posts, leftovers)),
        )
        people = [
            api.user(name, user_id=number, language_code=lang) for name, number in (("Ада", ADMIN), ("Борис", SECOND))
        ]
        holder.append(
            AdminStage(api=api, bot=bot, dispatcher=dispatcher, database=database, ada=people[0], boris=people[1])
        )
        try:
            yield holder[0]
            assert await holder[0].troubles() == []
        finally:
            await dispatcher.emit_shutdown(bot=bot)
            await bot.session.close()
