"""What the buttons of the admins' editors say to the bot, and what their lists and dialogues have in common.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field

from bot.pages.presses import Id, Page, button
from bot.speech import Say

#: Entries of a list on one page.
PER_PAGE = 8
#: Pages that a list may have.
MOST_PAGES = 10_000
#: Days of the last week, which counts and previews speak of.
WEEK_DAYS = 7

T = TypeVar("T")


class FilterPress(CallbackData, prefix="fl"):
    """A button of the list of filters, or of one; `number` is 0 where it is about all of them."""

    do: str
    number: Annotated[int, Field(ge=0, le=2**63 - 1)]
    page: Page


class FollowPress(CallbackData, prefix="fw"):
    """A button about how an account follows a channel."""

    do: str
    follow: Id
    page: Page


class DraftPress(CallbackData, prefix="dr"):
    """A button of a dialogue: `of` is the editor, `draft` the number of what is being written there."""

    of: str
    do: str
    value: str
    draft: int


def fitting(items: Sequence[T], page: int) -> tuple[Sequence[T], int, int]:
    """What stands on a page, and which page that is of which last one: one past the end is the last one."""
    last = max(len(items) - 1, 0) // PER_PAGE
    page = min(max(page, 0), last)
    return items[page * PER_PAGE : (page + 1) * PER_PAGE], page, last


def page_of(number: int) -> int:
    """The number of a page that a button may have: forged ones are cut down, so that other buttons can carry them on."""
    return min(max(number, 0), MOST_PAGES)


def decimal(value: float, say: Say, *, digits: int | None = None) -> str:
    """A number as the language writes it; `digits` after the comma, or as many as it has."""
    shown = f"{value:g}" if digits is None else f"{value:.{digits}f}"
    return shown.replace(".", ",") if say.lang == "ru" else shown


def cancel(say: Say, of: str, draft: int) -> InlineKeyboardButton:
    """The button that ends a dialogue."""
    return button(say("Cancel"), DraftPress(of=of, do="cancel", value="", draft=draft))
