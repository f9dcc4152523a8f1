"""Who may change what a group reads: its admins. In private everybody may change what is theirs."""

from __future__ import annotations

from aiogram import Bot
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, TelegramObject

_ADMINS = frozenset({ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR})


async def may_change(event: Message | CallbackQuery, bot: Bot) -> bool:
    """Whether who speaks, or presses, may change what this chat reads; no answer of Telegram means no."""
    message = event.message if isinstance(event, CallbackQuery) else event
    if message is None:
        return False
    if message.chat.type == ChatType.PRIVATE:
        return True
    if isinstance(event, Message) and event.sender_chat is not None:
        # An anonymous admin of a group speaks as the group itself.
        return event.sender_chat.id == event.chat.id
    if event.from_user is None:
        return False
    return await _is_admin_of(bot, message.chat.id, event.from_user.id)


async def _is_admin_of(bot: Bot, chat_id: int, user_id: int) -> bool:
    """Asked in two ways: a bot that is no admin itself is not always told of a single member."""
    try:
        return (await bot.get_chat_member(chat_id, user_id)).status in _ADMINS
    except TelegramBadRequest:
        pass
    except TelegramAPIError:
        return False
    try:
        return any(member.user.id == user_id for member in await bot.get_chat_administrators(chat_id))
    except TelegramAPIError:
        return False


async def may_show(query: CallbackQuery, bot: Bot) -> bool:
    """Whether who presses may have something shown to all in a chat: in a channel, which strangers read, its admins alone."""
    if query.message is None or query.message.chat.type != ChatType.CHANNEL:
        return True
    return await may_change(query, bot)


class IsAdmin(Filter):
    """Lets through what those say or press who may steer the bot."""

    async def __call__(self, event: TelegramObject, *, is_admin: bool) -> bool:  # noqa: ARG002  aiogram's signature
        """Whether who speaks is an admin, as found out before any handler is asked."""
        return is_admin
