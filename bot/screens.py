"""What a handler shows: a text with its marks and buttons, sent as a new message or put in place of the one above."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)
from aiogram.utils.formatting import Text

Buttons = Sequence[Sequence[InlineKeyboardButton]]

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
#: What Telegram says of an edit that changes nothing: somebody pressed twice.
_UNCHANGED = "message is not modified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A text of at most 4,096 UTF-16 units with its marks, and rows of buttons below it."""

    text: Text
    buttons: Buttons = ()


async def send(message: Message, screen: Screen) -> Message:
    """Show a screen below the message, in its chat and topic."""
    return await message.answer(
        **screen.text.as_kwargs(), reply_markup=keyboard(screen.buttons), link_preview_options=NO_PREVIEW
    )


async def redraw(query: CallbackQuery, screen: Screen) -> None:
    """Show a screen in place of the message whose button was pressed; below it, where it cannot be changed any more."""
    if not isinstance(query.message, Message):
        if query.message is not None and query.bot is not None:
            await query.bot.send_message(
                query.message.chat.id,
                **screen.text.as_kwargs(),
                reply_markup=keyboard(screen.buttons),
                link_preview_options=NO_PREVIEW,
            )
        return
    try:
        await query.message.edit_text(
            **screen.text.as_kwargs(), reply_markup=keyboard(screen.buttons), link_preview_options=NO_PREVIEW
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
