"""Which reader a button speaks of, and whether who pressed it may change it."""

from __future__ import annotations

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery

from bot import rights
from bot.speech import Say
from core.db.engine import Database
from core.readers import Reader, ReaderKind, ReaderState
from core.store import readers

_ADMINS = frozenset({ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR})


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
