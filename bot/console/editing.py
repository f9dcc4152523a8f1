"""What becomes of messages afterwards: edits of text and buttons, deleting, pinning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiogram import Bot
from aiogram.methods import (
    DeleteMessage,
    DeleteMessages,
    EditMessageReplyMarkup,
    EditMessageText,
    PinChatMessage,
    UnpinChatMessage,
)
from aiogram.types import InlineKeyboardMarkup, Message, TelegramObject

from bot.console.desk import Desk, Room, Sent
from bot.console.formatting import Formatted, message_text
from bot.console.keyboards import check, keyboard
from bot.console.refusals import NotTaken
from bot.console.sending import bound, parsed

_NOT_MODIFIED = (
    "Message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


async def edit_text(desk: Desk, bot: Bot, method: EditMessageText) -> Message:
    """Another text; buttons that are not named again go, as at Telegram."""
    if method.rich_message:
        raise NotTaken("the console shows no rich messages")
    if not method.text:
        raise NotTaken("Message text is empty")
    kept = parsed(bot, method.text, method.entities, method.parse_mode)
    room, sent = _editable(desk, method)
    if sent.message.text is None:
        raise NotTaken("There is no text in the message to edit")
    kept = message_text(kept, too_long="MESSAGE_TOO_LONG")
    same_text = kept.text == sent.message.text and _same_all(kept.entities, sent.message.entities or ())
    entities = list(kept.entities) or None
    changed = sent.message.model_copy(update={"text": kept.text, "entities": entities})
    return _edited(desk, bot, room, sent, changed, method.reply_markup, content=None if same_text else kept)


async def edit_markup(desk: Desk, bot: Bot, method: EditMessageReplyMarkup) -> Message:
    """Other buttons, or none."""
    room, sent = _editable(desk, method)
    return _edited(desk, bot, room, sent, sent.message, method.reply_markup, content=None)


async def delete(desk: Desk, _bot: Bot, method: DeleteMessage) -> bool:
    """Take a message away, the bot's or the person's."""
    room = desk.room(method.chat_id)
    if method.message_id not in room.sent and method.message_id not in room.heard:
        raise NotTaken("Message to delete not found")
    _delete(desk, room, [method.message_id])
    return True


async def delete_several(desk: Desk, _bot: Bot, method: DeleteMessages) -> bool:
    """Take several away; those that are not there are passed over, as at Telegram."""
    _delete(desk, desk.room(method.chat_id), method.message_ids)
    return True


async def pin(desk: Desk, _bot: Bot, method: PinChatMessage) -> bool:
    """Pin a message."""
    room = desk.room(method.chat_id)
    if method.message_id not in room.sent and method.message_id not in room.heard:
        raise NotTaken("Message to pin not found")
    room.pinned = method.message_id
    if room.person == desk.speaking and method.message_id in room.sent:
        desk.screen.note(desk.words(room).pinned.format(number=room.sent[method.message_id].number))
    return True


async def unpin(desk: Desk, _bot: Bot, method: UnpinChatMessage) -> bool:
    """Unpin it."""
    room = desk.room(method.chat_id)
    if room.pinned is None or method.message_id not in {None, room.pinned}:
        raise NotTaken("Message to unpin not found")
    room.pinned = None
    if room.person == desk.speaking:
        desk.screen.note(desk.words(room).unpinned)
    return True


def _editable(desk: Desk, method: EditMessageText | EditMessageReplyMarkup) -> tuple[Room, Sent]:
    """The message that an edit is about."""
    if method.chat_id is None or method.message_id is None:
        raise NotTaken("Message identifier is not specified")
    room = desk.room(method.chat_id)
    if method.message_id in room.heard:
        raise NotTaken("Message can't be edited")
    sent = room.sent.get(method.message_id)
    if sent is None:
        raise NotTaken("Message to edit not found")
    if sent.fixed:  # "only messages without reply_markup or with inline keyboards"
        raise NotTaken("Message can't be edited")
    return room, sent


def _edited(
    desk: Desk,
    bot: Bot,
    room: Room,
    sent: Sent,
    changed: Message,
    markup: InlineKeyboardMarkup | None,
    *,
    content: Formatted | None,
) -> Message:
    """Put the changed message in its place, and show what is new of it."""
    check(markup)
    same_markup = _same(markup, sent.message.reply_markup)
    if content is None and same_markup:
        raise NotTaken(_NOT_MODIFIED)
    now = int(desk.clock().timestamp())
    sent.message = bound(changed.model_copy(update={"reply_markup": markup, "edit_date": now}), bot)
    board = keyboard(markup, message_id=changed.message_id, message=sent.number)
    if board:
        room.put(board)
    else:
        room.drop(changed.message_id)
    if content or board:
        desk.bubble(room, sent, content=content, keyboard=board, edited=True)
    elif room.person == desk.speaking:
        desk.screen.note(desk.words(room).buttons_gone.format(number=sent.number))
    return sent.message


def _delete(desk: Desk, room: Room, message_ids: Iterable[int]) -> None:
    said = desk.words(room)
    for message_id in message_ids:
        sent, heard = room.sent.pop(message_id, None), room.heard.pop(message_id, None)
        room.drop(message_id)
        room.pinned = None if room.pinned == message_id else room.pinned
        room.asked = None if room.asked == message_id else room.asked
        if room.person == desk.speaking and (sent or heard):
            desk.screen.note(said.deleted.format(number=sent.number) if sent else said.deleted_own)


def _same(one: TelegramObject | None, other: TelegramObject | None) -> bool:
    """Whether two objects say the same; `==` also asks whether they are tied to the same bot."""
    return _plain(one) == _plain(other)


def _same_all(some: Iterable[TelegramObject], others: Iterable[TelegramObject]) -> bool:
    return [_plain(one) for one in some] == [_plain(other) for other in others]


def _plain(thing: TelegramObject | None) -> dict[str, Any] | None:
    return thing.model_dump(exclude_none=True) if thing else None
