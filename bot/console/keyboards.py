"""Keyboards: what Telegram takes for one, and their buttons as numbered choices. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiogram.types import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.console import links
from bot.console.refusals import NotTaken

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply

#: What a button may carry, and what a whole keyboard may weigh as JSON.
DATA_BYTES, MARKUP_BYTES, BUTTONS = 64, 10_000, 100
#: How an inline button may be meant: it has to name exactly one of these.
_MEANINGS = (
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat"
    " switch_inline_query_chosen_chat copy_text callback_game pay disabled"
).split()


class Act(enum.Enum):
    """What pressing a button does."""

    CALL = enum.auto()
    OPEN = enum.auto()
    SAY = enum.auto()
    LOCATE = enum.auto()
    COPY = enum.auto()
    NOTHING = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button: what stands on it, what it does, and with what (data, an address, a text)."""

    text: str
    act: Act
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """The buttons of a message. `message` is its number on the screen, `once` says that it goes when one is pressed."""

    message_id: int
    message: int
    rows: tuple[tuple[Choice, ...], ...]
    inline: bool
    once: bool = False

    def choice(self, number: int) -> Choice | None:
        """The button with this number, counted from 1 along the rows."""
        choices = [choice for row in self.rows for choice in row]
        return choices[number - 1] if 0 < number <= len(choices) else None

    def __len__(self) -> int:
        return sum(map(len, self.rows))


def keyboard(markup: Markup | None, *, message_id: int, message: int) -> Keyboard | None:
    """The keyboard that a message brings, None if it brings none."""
    if isinstance(markup, InlineKeyboardMarkup):
        rows = tuple(tuple(_inline(button) for button in row) for row in markup.inline_keyboard if row)
        return Keyboard(message_id=message_id, message=message, rows=rows, inline=True) if rows else None
    if isinstance(markup, ReplyKeyboardMarkup):
        rows = tuple(tuple(_reply(button) for button in row) for row in markup.keyboard if row)
        once = bool(markup.one_time_keyboard)
        return Keyboard(message_id=message_id, message=message, rows=rows, inline=False, once=once) if rows else None
    return None


def check(markup: Markup | None) -> None:
    """Look whether Telegram would take the markup.

    Raises:
        NotTaken: it would not.
    """
    if markup is None:
        return
    for button in _buttons(markup):
        if not button.text.strip():
            raise NotTaken(f"can't parse {_named(button)}: Text of the button must be non-empty")
        if isinstance(button, InlineKeyboardButton):
            _check_inline(button)
    heavy = len(markup.model_dump_json(exclude_none=True).encode("utf-8", "replace")) > MARKUP_BYTES
    if heavy or len(list(_buttons(markup))) > BUTTONS:
        raise NotTaken("reply markup is too long")


def _buttons(markup: Markup) -> Iterator[InlineKeyboardButton | KeyboardButton]:
    rows: Sequence[Sequence[InlineKeyboardButton | KeyboardButton]] = ()
    if isinstance(markup, InlineKeyboardMarkup):
        rows = markup.inline_keyboard
    elif isinstance(markup, ReplyKeyboardMarkup):
        rows = markup.keyboard
    return (button for row in rows for button in row)


def _named(button: InlineKeyboardButton | KeyboardButton) -> str:
    return "inline keyboard button" if isinstance(button, InlineKeyboardButton) else "keyboard button"


def _check_inline(button: InlineKeyboardButton) -> None:
    meant = [name for name in _MEANINGS if getattr(button, name) not in {None, ""}]
    if not meant:
        raise NotTaken("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(meant) > 1:
        # Telegram takes the first that it knows and forgets the others: nobody can have meant that.
        raise NotTaken(f"an inline button has one meaning, and {button.text!r} has {' and '.join(meant)}")
    if button.callback_data and len(button.callback_data.encode("utf-8", "replace")) > DATA_BYTES:
        raise NotTaken("BUTTON_DATA_INVALID")
    if button.pay or button.callback_game:
        raise NotTaken("BUTTON_TYPE_INVALID")
    if button.copy_text and not 0 < len(button.copy_text.text) <= 256:
        raise NotTaken("BUTTON_COPY_TEXT_INVALID")
    _check_address(button.url, "inline keyboard button URL", https_only=False)
    _check_address(
        button.login_url.url if button.login_url else None, "inline keyboard button login URL", https_only=False
    )
    _check_address(
        button.web_app.url if button.web_app else None, "inline keyboard button Web App URL", https_only=True
    )


def _check_address(url: str | None, what: str, *, https_only: bool) -> None:
    if not url:
        return
    try:
        links.checked(url, https_only=https_only)
    except NotTaken as wrong:
        raise NotTaken(f"{what} '{url}' is invalid: {wrong}") from None


def _inline(button: InlineKeyboardButton) -> Choice:
    if button.callback_data:
        return Choice(text=button.text, act=Act.CALL, value=button.callback_data)
    address = button.url or (button.web_app and button.web_app.url) or (button.login_url and button.login_url.url)
    if address:
        return Choice(text=button.text, act=Act.OPEN, value=links.checked(address))
    if button.copy_text:
        return Choice(text=button.text, act=Act.COPY, value=button.copy_text.text)
    return Choice(text=button.text, act=Act.NOTHING)


def _reply(button: KeyboardButton) -> Choice:
    if button.request_location:
        return Choice(text=button.text, act=Act.LOCATE)
    asks = (button.request_users, button.request_chat, button.request_contact, button.request_poll, button.web_app)
    return Choice(text=button.text, act=Act.NOTHING if any(asks) else Act.SAY, value=button.text)
