"""Messages that the bot sends: kept, numbered, shown. Drafts, and that it is typing, are told in the status row."""

from __future__ import annotations

from typing import Any, TypeVar

from aiogram import Bot
from aiogram.client.default import Default
from aiogram.methods import AnswerCallbackQuery, SendChatAction, SendDocument, SendMessage, SendMessageDraft, SendPhoto
from aiogram.types import (
    ForceReply,
    InlineKeyboardMarkup,
    Message,
    ReplyKeyboardRemove,
    ReplyParameters,
    TelegramObject,
    User,
)

from bot.console.desk import Desk, Room, Sent
from bot.console.files import attach
from bot.console.formatting import CAPTION_UNITS, Formatted, formatted, message_text
from bot.console.keyboards import Markup, check, keyboard
from bot.console.refusals import NotTaken
from bot.spans import units

Sending = SendMessage | SendDocument | SendPhoto
T = TypeVar("T", bound=TelegramObject)

#: What a message may carry at Telegram but not here: business accounts, topics, suggested posts, ephemeral messages.
_ELSEWHERE = (
    "business_connection_id",
    "message_thread_id",
    "direct_messages_topic_id",
    "suggested_post_parameters",
    "message_effect_id",
    "allow_paid_broadcast",
    "ephemeral_message_parameters",
    "receiver_user_id",
    "callback_query_id",
)
#: Longest answer to a press.
_ANSWER = 200


async def send_message(desk: Desk, bot: Bot, method: SendMessage) -> Message:
    """A text."""
    if not method.text:
        raise NotTaken("Message text is empty")
    kept = message_text(parsed(bot, method.text, method.entities, method.parse_mode))
    return _deliver(desk, bot, method, kept, {"text": kept.text, "entities": list(kept.entities) or None})


async def send_file(desk: Desk, bot: Bot, method: SendDocument | SendPhoto) -> Message:
    """A document or a photo with its caption; the file is written and its path shown."""
    kept = parsed(bot, method.caption or "", method.caption_entities, method.parse_mode)
    if units(kept.text) > CAPTION_UNITS:
        raise NotTaken("Message caption is too long")
    desk.open_room(method.chat_id)
    attached = await attach(desk, bot, method)
    content = {**attached.content, "caption": kept.text or None, "caption_entities": list(kept.entities) or None}
    return _deliver(desk, bot, method, kept, content, files=(attached.line,))


async def send_draft(desk: Desk, bot: Bot, method: SendMessageDraft) -> bool:
    """A text that is still being written: its end is told in the status row."""
    if not method.draft_id:
        raise NotTaken("draft_id must be non-zero")
    kept = parsed(bot, method.text or "", method.entities, method.parse_mode)
    text = message_text(kept).text if method.text else ""
    room = desk.open_room(method.chat_id)
    if room.person == desk.speaking:
        desk.screen.status(text or desk.words(room).typing.format(bot=desk.name))
    return True


async def send_action(desk: Desk, _bot: Bot, method: SendChatAction) -> bool:
    """Typing, uploading and the like."""
    room = desk.open_room(method.chat_id)
    if room.person == desk.speaking:
        desk.screen.status(desk.words(room).typing.format(bot=desk.name))
    return True


async def answer_call(desk: Desk, _bot: Bot, method: AnswerCallbackQuery) -> bool:
    """The answer to a press of an inline button; each is answered once."""
    if len(method.text or "") > _ANSWER:
        raise NotTaken("MESSAGE_TOO_LONG")
    if method.url:
        raise NotTaken("URL_INVALID")  # games and deep links only: this bot has neither
    if method.callback_query_id not in desk.calls:
        raise NotTaken("query is too old and response timeout expired or query ID is invalid")
    desk.calls.remove(method.callback_query_id)
    if method.text:
        desk.screen.notice(method.text, alert=bool(method.show_alert))
    return True


def parsed(bot: Bot, text: str, entities: Any, parse_mode: str | Default | None) -> Formatted:  # noqa: ANN401
    """The text as it is kept; what the method leaves open is as the bot has it by default."""
    mode = bot.default[parse_mode.name] if isinstance(parse_mode, Default) else parse_mode
    return formatted(text, entities=entities, parse_mode=mode)


def bound(event: T, bot: Bot) -> T:
    """The same, with every part of it tied to the bot, so that it can be answered, edited and so on."""
    return type(event).model_validate(event.model_dump(), context={"bot": bot})


def _deliver(
    desk: Desk, bot: Bot, method: Sending, kept: Formatted, content: dict[str, Any], files: tuple[str, ...] = ()
) -> Message:
    """Keep a message, and show it."""
    strange = next((name for name in _ELSEWHERE if getattr(method, name, None)), None)
    if strange:
        raise NotTaken(f"a private chat in the console has nothing like {strange}")
    room = desk.open_room(method.chat_id)
    check(method.reply_markup)
    replied = _replied(room, method.reply_parameters)
    inline = method.reply_markup if isinstance(method.reply_markup, InlineKeyboardMarkup) else None
    message = Message(
        message_id=desk.next_id(),
        date=desk.clock(),
        chat=room.person.chat(),
        from_user=myself(desk, bot),
        reply_to_message=replied,
        reply_markup=inline,
        **content,
    )
    fixed = inline is None and method.reply_markup is not None
    sent = Sent(message=bound(message, bot), number=desk.next_number(), fixed=fixed)
    room.sent[message.message_id] = sent
    _show(desk, room, sent, kept, method.reply_markup, files)
    return sent.message


def _show(desk: Desk, room: Room, sent: Sent, kept: Formatted, markup: Markup | None, files: tuple[str, ...]) -> None:
    board = keyboard(markup, message_id=sent.message.message_id, message=sent.number)
    if isinstance(markup, ReplyKeyboardRemove):
        room.clear()
    if isinstance(markup, ForceReply):
        room.asked = sent.message.message_id
    if board:
        room.put(board)
    desk.bubble(room, sent, content=kept, keyboard=board, files=files)


def _replied(room: Room, reply: ReplyParameters | None) -> Message | None:
    """The message that is replied to."""
    if reply is None or reply.message_id is None:
        return None
    known = room.sent.get(reply.message_id)
    found = known.message if known else room.heard.get(reply.message_id)
    if found is None and reply.allow_sending_without_reply is not True:
        raise NotTaken("Message to be replied not found")
    return found.model_copy(update={"reply_to_message": None}) if found else None


def myself(desk: Desk, bot: Bot) -> User:
    """The bot."""
    return User(
        id=bot.id,
        is_bot=True,
        first_name=desk.name,
        username="svodka_console_bot",
        can_join_groups=True,
        can_read_all_group_messages=False,
        supports_inline_queries=False,
    )
