"""/topics: which topics a reader wants."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import changes, owned, subscribing
from bot.known import Clock
from bot.pages import topics as pages
from bot.pages.presses import TopicPress
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.readers import Reader
from core.store import shelf
from core.store import topics as topic_store

#: Stories are counted so far back.
WEEK = timedelta(days=7)


def router() -> Router:
    """The readers' view of topics."""
    built = Router(name="topics")
    built.message.register(topics_command, Command("topics"), F.forward_origin.is_(None))
    built.callback_query.register(press, TopicPress.filter())
    return built


async def topics_command(
    message: Message,
    reader: Reader | None,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Show the topics with what was chosen."""

    async def page(own: Reader) -> Screen:
        async with database.begin() as session:
            return await _page(session, own, 0, say, now=clock(), is_admin=is_admin)

    await owned.show(message, reader, say, bot, page)


async def press(
    query: CallbackQuery,
    callback_data: TopicPress,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Take a topic in, or leave it out."""

    async def do(session: Session, reader: Reader, spoken: Say) -> tuple[Screen, str]:
        now, toast = clock(), ""
        if callback_data.do != "list":
            reader, toast = await _change(session, reader, callback_data, spoken, now=now)
        return await _page(session, reader, callback_data.page, spoken, now=now, is_admin=is_admin), toast

    await owned.press(query, callback_data.reader, say, bot, database=database, do=do)


async def _change(
    session: Session, reader: Reader, asked: TopicPress, say: Say, *, now: datetime
) -> tuple[Reader, str]:
    """The reader afterwards, and a word about it."""
    slugs = {topic.slug for topic in await topic_store.enabled(session)}
    if asked.slug and asked.slug not in slugs:
        return reader, say("There is no such topic any more.")
    _, after = await subscribing.change(
        session, reader.id, lambda held: changes.with_topic(held, asked.do, asked.slug), now=now
    )
    return after or reader, ""


async def _page(session: Session, reader: Reader, page: int, say: Say, *, now: datetime, is_admin: bool) -> Screen:
    return pages.topics_page(
        reader,
        await topic_store.enabled(session),
        page,
        say,
        counts=await shelf.topic_counts(session, lang=reader.lang, since=now - WEEK),
        is_admin=owned.has_editor(reader, is_admin=is_admin),
    )
