"""The whole bot at the fake Bot API, with stories on the shelf that a test has put there: people ask, press and are sent to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from sqlalchemy import text

from bot import app, deliver, send
from bot.speech import Catalogues
from core.db.engine import Database, Session
from core.readers import Length, Reader, ReaderKind, ShelfStory
from core.settings import Settings
from core.store import channels, readers, shelf, stories
from core.store.shelf import NewRow
from core.types import Channel, CitedSentence
from tests.fakes.botapi import FakeBotApi, Message, Person
from tests.fakes.botapi.chats import Chat
from tests.flow.bot.telegram_readers import ADMIN, NOW, Stage
from tests.unit.bot.cards import make_card, make_post

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# --- stories ---------------------------------------------------------------------------------------------------------


def told(story_id: int, *, at: datetime, channel: int = 1, **over: Any) -> ShelfStory:
    """A story of one post that came and was posted at `at`, with one sentence known since then; `over` replaces fields."""
    own = {name: over.pop(name) for name in ("arrived_at", "channels", "pinned") if name in over}
    post = make_post(story_id * 10, date=at, first_seen=at)
    claim = CitedSentence(text=f"Это случилось в сюжете {story_id}.", post_id=post.id, known_at=at)
    fields: dict[str, Any] = {
        "posts": (post,),
        "topics": ("llm",),
        "rank": 1.0 - story_id / 10_000,
        "first_seen": at,
        "last_seen": at,
        "sentences": (claim,),
        "claims": (claim,),
    }
    card = make_card(story_id, **(fields | over))
    return ShelfStory(card=card, **{"arrived_at": at, "channels": (channel,), **own})


def grown(story: ShelfStory, said: str, *, at: datetime) -> ShelfStory:
    """The story after another post, which says one thing more."""
    post = make_post(story.card.id * 10 + 1, "Другой канал", date=at, first_seen=at)
    more = CitedSentence(text=said, post_id=post.id, known_at=at)
    card = make_card(
        story.card.id,
        story.card.title,
        posts=(*story.card.posts, post),
        topics=story.card.topics,
        rank=story.card.rank,
        first_seen=story.card.first_seen,
        last_seen=at,
        sentences=story.card.sentences,
        claims=(*story.card.claims, more),
    )
    return ShelfStory(card=card, arrived_at=at, channels=story.channels, pinned=story.pinned)


async def numbered(database: Database, count: int, *, now: datetime = NOW) -> list[int]:
    """Numbers of new stories."""
    async with database.begin() as session:
        return await stories.create(session, count, now=now)


async def put(database: Database, *held: ShelfStory, langs: Iterable[str] = ("ru", "en"), now: datetime = NOW) -> None:
    """Put stories on the shelf, in both languages the same."""
    rows = [
        NewRow(story_id=one.card.id, lang=lang, story=one, made_by="", made_at=now) for one in held for lang in langs
    ]
    async with database.begin() as session:
        await shelf.put(session, rows)


async def shelved(database: Database, count: int, *, at: datetime = NOW - HOUR, **over: Any) -> list[int]:
    """So many stories on the shelf, the first the best; their numbers."""
    numbers = await numbered(database, count)
    await put(database, *(told(number, at=at, **over) for number in numbers))
    return numbers


async def channel(database: Database, number: int, name: str) -> int:
    """A channel; its row's id."""
    async with database.begin() as session:
        return await channels.upsert(session, Channel(tg_id=1000 + number, name=name))


# --- readers ---------------------------------------------------------------------------------------------------------


async def reading(database: Database, chat_id: int = 7001, **how: Any) -> Reader:
    """An active reader whose digest is due; see `added`."""
    async with database.begin() as session:
        return await added(session, chat_id, **how)


async def many(database: Database, count: int, *, first: int = 7001, **how: Any) -> list[Reader]:
    """So many readers as `reading` makes them."""
    async with database.begin() as session:
        return [await added(session, first + place, **how) for place in range(count)]


async def added(
    session: Session,
    chat_id: int,
    *,
    since: datetime = NOW - DAY,
    due_at: datetime = NOW,
    thread_id: int | None = None,
    lang: str = "ru",
    tz: str = "Europe/Moscow",
    hour: int = 8,
    length: Length = Length.NORMAL,
    quiet: bool = False,
) -> Reader:
    """A reader of all topics; a negative chat is a group's."""
    made = await readers.add(
        session,
        chat_id=chat_id,
        thread_id=thread_id,
        kind=ReaderKind.PERSON if chat_id > 0 else ReaderKind.GROUP,
        title="",
        lang=lang,
        tz=tz,
        hour=hour,
        subscribed_by=None,
        now=NOW,
    )
    await readers.activate(session, made.id, since=since, due_at=due_at)
    await readers.set_length(session, made.id, length)
    await readers.set_quiet(session, made.id, quiet=quiet)
    return (await readers.by_ids(session, [made.id]))[0]


async def again(database: Database, reader: Reader) -> Reader:
    """The reader as it is now."""
    async with database.begin() as session:
        return (await readers.by_ids(session, [reader.id]))[0]


async def rows(database: Database, statement: str, **values: Any) -> list[Any]:
    """Rows of a statement."""
    async with database.begin() as session:
        return list((await session.execute(text(statement), values)).all())


async def run(database: Database, statement: str) -> None:
    """A statement that returns nothing."""
    async with database.begin() as session:
        await session.execute(text(statement))


async def deliveries(database: Database, reader: Reader | None = None) -> list[Any]:
    """What was delivered, oldest first; to one reader or to all."""
    return await rows(
        database,
        "SELECT * FROM deliveries WHERE CAST(:id AS bigint) IS NULL OR reader_id = :id ORDER BY id",
        id=reader and reader.id,
    )


async def texts(database: Database, reader: Reader) -> list[str]:
    """What a reader's messages say, oldest first, with plain spaces."""
    found = await rows(
        database,
        "SELECT b.text FROM messages m JOIN bodies b ON b.id = m.body_id WHERE m.reader_id = :id ORDER BY m.id",
        id=reader.id,
    )
    return [row.text.replace("\u00a0", " ") for row in found]


# --- the bot ---------------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Newsroom(Stage):
    """A bot with all its handlers; what it writes into the outbox goes out when a test says so."""

    catalogues: Catalogues = field(default_factory=Catalogues)

    async def deliver(self) -> None:  # type: ignore[override]
        """The digests that are due are made and sent."""
        await deliver.deliver_due(self.database, self.catalogues, clock=lambda: self.now)
        await self.send()

    async def send(self) -> send.Counts:
        """What waits is sent. The sender's clock goes on, so that chats have rested when it looks again."""
        asked = iter(range(1_000_000))
        return await send.send_waiting(
            self.database,
            self.bot,
            rate=0,
            concurrency=2,
            clock=lambda: self.now + next(asked) * timedelta(seconds=1),
        )

    async def ask(self, person: Person, words: str, *, to: Chat | None = None) -> list[Message]:
        """Somebody asks for a digest; all that came of it in the chat."""
        chat = to or person.chat
        before = len(chat.sent)
        await self.say(person, words, to=to)
        await self.send()
        return chat.sent[before:]

    async def more(self, person: Person, digest: Message) -> list[Message]:
        """Somebody asks below a digest for more stories; all that came of it in the chat, but for the digest itself."""
        chat = self.api.world.chats[digest.chat_id]
        known = ids(chat)
        await self.press(person, digest, "Ещё сюжеты")
        await self.send()
        return [message for message in chat.sent if message.id not in known]

    async def stories_of(self, messages: Sequence[Message]) -> list[int]:
        """The stories that messages have buttons of, in order."""
        return [
            int(button["callback_data"].split(":")[2])
            for message in messages
            for row in (message.markup or {"inline_keyboard": []})["inline_keyboard"]
            for button in row
            if button["callback_data"].startswith("s:menu:")
        ]


@asynccontextmanager
async def newsroom(database: Database, *, failing: bool = False, **known: Any) -> AsyncIterator[Newsroom]:
    """The bot. Leaving fails if a handler has failed (unless it was `failing`), or Telegram has refused what was not to be."""
    holder: list[Newsroom] = []

    def clock() -> datetime:
        return holder[0].now if holder else NOW

    made = Settings(_env_file=None, **{"bot_admins": str(ADMIN), **known})
    catalogues = Catalogues()
    async with FakeBotApi(clock=lambda: clock().timestamp()) as api:
        bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
        dispatcher = app.dispatcher(made, database, catalogues=catalogues, clock=clock)
        holder.append(Newsroom(api=api, bot=bot, dispatcher=dispatcher, database=database, catalogues=catalogues))
        try:
            yield holder[0]
            assert failing or await holder[0].troubles() == []
        finally:
            await dispatcher["telling"].stop()
            await bot.session.close()


def admin(on: Newsroom) -> Person:
    """Somebody whom the settings let steer."""
    return on.api.user("Борис", user_id=ADMIN, language_code="ru")


def button(message: Message, start: str) -> str:
    """The data of the first button whose data begins so."""
    found = [
        one["callback_data"]
        for row in (message.markup or {"inline_keyboard": []})["inline_keyboard"]
        for one in row
        if one["callback_data"].startswith(start)
    ]
    assert found, f"no button {start} in {message.markup}"
    return str(found[0])


# --- what stands in a chat -------------------------------------------------------------------------------------------


async def one_digest(on: Newsroom, person: Person) -> Message:
    """A digest of somebody in one message."""
    (digest,) = await on.ask(person, "/digest")
    return digest


def now_there(chat: Chat, message: Message) -> Message:
    """A message as it stands in its chat now."""
    return chat.messages[message.id]


def labels(chat: Chat, message: Message) -> list[str]:
    return now_there(chat, message).buttons


def ids(chat: Chat) -> set[int]:
    """What the bot has written in a chat; what it edits there stays the same."""
    return {message.id for message in chat.sent}
