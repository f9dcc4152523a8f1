"""/channels: what is read, and how much of each channel a reader wants."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import changes, owned, subscribing
from bot.known import Clock
from bot.pages import channels as pages
from bot.pages.presses import ChannelPress
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.readers import Reader
from core.store import channels as channel_store

#: Posts are counted so far back.
WEEK = timedelta(days=7)


def router() -> Router:
    """The readers' view of channels."""
    built = Router(name="channels")
    built.message.register(channels_command, Command("channels"), F.forward_origin.is_(None))
    built.callback_query.register(press, ChannelPress.filter())
    return built


async def channels_command(
    message: Message,
    reader: Reader | None,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Show what is read."""

    async def page(own: Reader) -> Screen:
        async with database.begin() as session:
            read = await channel_store.read(session, since=clock() - WEEK)
        return pages.channels_page(own, read, 0, say, is_admin=owned.has_editor(own, is_admin=is_admin))

    await owned.show(message, reader, say, bot, page)


async def press(
    query: CallbackQuery,
    callback_data: ChannelPress,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Turn a page, open a channel, or set how much of it is wanted."""

    async def do(session: Session, reader: Reader, spoken: Say) -> tuple[Screen, str]:
        return await _pressed(session, reader, callback_data, spoken, now=clock(), is_admin=is_admin)

    await owned.press(query, callback_data.reader, say, bot, database=database, do=do)


async def _pressed(
    session: Session, reader: Reader, asked: ChannelPress, say: Say, *, now: datetime, is_admin: bool
) -> tuple[Screen, str]:
    """The screen afterwards, and a word about it."""
    read = await channel_store.read(session, since=now - WEEK)
    channel = next((channel for channel in read if channel.id == asked.channel), None)
    may_edit = owned.has_editor(reader, is_admin=is_admin)
    if asked.do == "list":
        return pages.channels_page(reader, read, asked.page, say, is_admin=may_edit), ""
    if channel is None:
        gone = say("This channel is not read any more.")
        return pages.channels_page(reader, read, asked.page, say, is_admin=may_edit), gone
    if asked.do != "open":
        _, after = await subscribing.change(
            session, reader.id, lambda held: changes.with_cap(held, channel.id, asked.do), now=now
        )
        reader = after or reader
    return pages.channel_page(reader, channel, asked.page, say, now=now), ""
