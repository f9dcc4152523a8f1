"""Which reader a command or a button speaks of, whether who gave it may change that, and how a reader's own pages are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message

from bot import rights, screens
from bot.pages import groups as group_pages
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.readers import Reader, ReaderKind, ReaderState
from core.store import readers

_ADMINS = frozenset({ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR})


async def show(
    message: Message, reader: Reader | None, say: Say, bot: Bot, page: Callable[[Reader], Awaitable[Screen]]
) -> None:
    """Show a page of a chat's own reader, or why it is not shown. What everybody in a group sees, admins change."""
    if message.chat.type != ChatType.CHANNEL and not await rights.may_change(message, bot):
        await screens.send(message, group_pages.only_admins(say))
    elif reader is not None:
        await screens.send(message, await page(reader))
    elif message.chat.type != ChatType.CHANNEL:
        await screens.send(message, group_pages.not_subscribed(say))


async def press(
    query: CallbackQuery,
    reader_id: int,
    say: Say,
    bot: Bot,
    *,
    database: Database,
    do: Callable[[Session, Reader, Say], Awaitable[tuple[Screen, str]]],
) -> None:
    """Do what a button of a reader's page says, in one transaction: `do` has the page afterwards, and a word about it."""
    reader = await reader_of(query, reader_id, database=database, bot=bot, say=say)
    if reader is None:
        return
    async with database.begin() as session:
        screen, toast = await do(session, reader, spoken(reader, say))
    await query.answer(toast)
    await screens.redraw(query, screen)


async def reader_of(query: CallbackQuery, reader_id: int, *, database: Database, bot: Bot, say: Say) -> Reader | None:
    """The reader that a button names, for whom it may be changed; None after saying why not.

    A person's and a group's settings stand in its own chat. Those of a channel stand in the private chat of who subscribed
    it, as long as that is one of its administrators.
    """
    async with database.begin() as session:
        found = next(iter(await readers.by_ids(session, [reader_id])), None)
    if found is None or query.message is None:
        await query.answer(say("This button is too old: what it belongs to is gone."))
        return None
    if found.chat_id == query.message.chat.id:
        if await rights.may_change(query, bot):
            return found
        await query.answer(say("Only admins of this group can change that."))
        return None
    if await may_set_channel(found, query.from_user.id, bot) and query.message.chat.id == query.from_user.id:
        return found
    await query.answer(say("These settings are not yours to change."))
    return None


async def may_set_channel(reader: Reader, user_id: int, bot: Bot) -> bool:
    """Whether a reader is a channel that somebody subscribed, and still is an administrator of."""
    if reader.kind is not ReaderKind.CHANNEL or reader.subscribed_by != user_id:
        return False
    if reader.state is ReaderState.LOST:
        # Nobody can be asked any more; there is nothing left to do but to delete it.
        return True
    try:
        member = await bot.get_chat_member(reader.chat_id, user_id)
    except TelegramAPIError:
        return False
    return member.status in _ADMINS


def has_editor(reader: Reader, *, is_admin: bool) -> bool:
    """Whether a reader's lists lead on to the admins' editors: from an admin's own chat alone, where others don't read along."""
    return is_admin and reader.kind is ReaderKind.PERSON


def spoken(reader: Reader, say: Say) -> Say:
    """The language of a reader's screens: its own, but for a channel's, which its subscriber reads."""
    return say if reader.kind is ReaderKind.CHANNEL else say.into(reader.lang)
