"""What the buttons of the readers' screens say to the bot when they are pressed, and how such buttons are made.

Pure. Each names its reader: the screens of a channel stand in the private chat of whoever subscribed it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field

#: Ids of rows, as Postgres takes them: forged ones are no presses.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Page = Annotated[int, Field(ge=0, le=10_000)]


class SetPress(CallbackData, prefix="set"):
    """A settings button: `do` names a page ("hours") or a change ("hour"), `value` what it is changed to."""

    do: str
    value: str
    reader: Id


class TopicPress(CallbackData, prefix="t"):
    """A button of the list of topics: `do` is "list", "on", "off", "all" or "none"; `slug` "" where it is about all."""

    do: str
    slug: str
    page: Page
    reader: Id


class ChannelPress(CallbackData, prefix="c"):
    """A button of the list of channels: `do` is "open" or a limit ("0" to "3", "free"); "list" names no channel (1)."""

    do: str
    channel: Id
    page: Page
    reader: Id


class ForgetPress(CallbackData, prefix="fg"):
    """Whether a reader is to be forgotten: `do` is "ask", "yes" or "no"."""

    do: str
    reader: Id


def button(text: str, press: CallbackData) -> InlineKeyboardButton:
    """A button that says this to the bot."""
    return InlineKeyboardButton(text=text, callback_data=press.pack())


def setting(text: str, do: str, reader: int, value: str = "") -> InlineKeyboardButton:
    """A settings button."""
    return button(text, SetPress(do=do, value=value, reader=reader))


def marked(text: str, *, chosen: bool) -> str:
    """A button's text, ticked if it is what was chosen."""
    return f"✓ {text}" if chosen else text


def in_rows(buttons: list[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    """Buttons in rows of so many."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def turns(page: int, last: int, press: Callable[[int], CallbackData]) -> list[InlineKeyboardButton]:
    """The buttons to the pages before and after."""
    before = [button("‹", press(page - 1))] if page > 0 else []
    after = [button("›", press(page + 1))] if page < last else []
    return before + after
