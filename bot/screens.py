"""What a handler shows: a text with its marks and buttons, sent as a new message or put in place of the one above."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiogram.enums import MessageEntityType
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram.utils.formatting import Text

from bot.typography import bound

Buttons = Sequence[Sequence[InlineKeyboardButton]]

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
#: What Telegram says of an edit that changes nothing: somebody pressed twice.
_UNCHANGED = "message is not modified"
#: What stands so is copied and sent back: its spaces stay what they are.
_AS_TYPED = frozenset({MessageEntityType.CODE, MessageEntityType.PRE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A text of at most 4,096 UTF-16 units with its marks, and rows of buttons below it."""

    text: Text
    buttons: Buttons = ()


def settled(text: Text) -> dict[str, Any]:
    """A text as it is sent, with its marks: where a row must not end, there is a no-break space (see `typography`).

    Whatever the bot says in dialogues goes through here; digests and answers see to it themselves.
    """
    sent: dict[str, Any] = text.as_kwargs()
    return sent | {"text": _bound(sent["text"], sent["entities"])}


def _bound(text: str, marks: Sequence[MessageEntity]) -> str:
    """No text changes its length by it, so that marks, whose offsets are in UTF-16 units, stay right."""
    typed = text.encode("utf-16-le", "surrogatepass")
    shown = bytearray("\n".join(map(bound, text.split("\n"))).encode("utf-16-le", "surrogatepass"))
    for mark in marks:
        if mark.type in _AS_TYPED:
            span = slice(2 * mark.offset, 2 * (mark.offset + mark.length))
            shown[span] = typed[span]
    return shown.decode("utf-16-le", "surrogatepass")


async def tell(
    message: Message, words: Text | str, *, keyboard: ReplyKeyboardMarkup | ReplyKeyboardRemove | None = None
) -> Message:
    """Say something below the message; `keyboard`: another one below the chat, or none any more."""
    return await message.answer(**settled(Text(words)), reply_markup=keyboard, link_preview_options=NO_PREVIEW)


async def send(message: Message, screen: Screen) -> Message:
    """Show a screen below the message, in its chat and topic."""
    return await message.answer(
        **settled(screen.text), reply_markup=keyboard(screen.buttons), link_preview_options=NO_PREVIEW
    )


async def redraw(query: CallbackQuery, screen: Screen) -> None:
    """Show a screen in place of the message whose button was pressed; below it, where it cannot be changed any more."""
    if not isinstance(query.message, Message):
        if query.message is not None and query.bot is not None:
            await query.bot.send_message(
                query.message.chat.id,
                **settled(screen.text),
                reply_markup=keyboard(screen.buttons),
                link_preview_options=NO_PREVIEW,
            )
        return
    try:
        await query.message.edit_text(
            **settled(screen.text), reply_markup=keyboard(screen.buttons), link_preview_options=NO_PREVIEW
        )
    except TelegramBadRequest as error:
        if _UNCHANGED in error.message:
            return
        await send(query.message, screen)


async def relabel(query: CallbackQuery, buttons: Buttons) -> None:
    """Put other buttons below the message whose button was pressed; its text stays."""
    if isinstance(query.message, Message):
        with contextlib.suppress(TelegramBadRequest):
            await query.message.edit_reply_markup(reply_markup=keyboard(buttons))


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """Rows of buttons as Telegram has them; None for none."""
    rows = [list(row) for row in buttons if row]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
