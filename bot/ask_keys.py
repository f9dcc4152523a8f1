"""Buttons under answers and searches, and where questions come from.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from bot.keyboards import Id, Place
from bot.pages.presses import turns
from bot.screens import Buttons

_MESSAGE = re.compile(r"(?:message|reply) (\d+)")


class FollowPress(CallbackData, prefix="fq"):
    """Ask what may be asked next: the question after this one at this place, from 0."""

    question: Id
    place: Place


class FoundPress(CallbackData, prefix="fp"):
    """Show a page of the stories of a search, from 0."""

    question: Id
    page: Place


def follow_up_rows(question: int, follow_ups: Sequence[str]) -> Buttons:
    """What may be asked next, one a row."""
    return [
        [InlineKeyboardButton(text=text, callback_data=FollowPress(question=question, place=place).pack())]
        for place, text in enumerate(follow_ups)
    ]


def page_rows(question: int, page: int, pages: int) -> Buttons:
    """To the pages before and after."""
    row = turns(page, pages - 1, lambda to: FoundPress(question=question, page=to))
    return [row] if row else []


# --- where a question comes from -------------------------------------------------------------------------------------


def of_message(message_id: int, *, replies: bool) -> str:
    """A message that asks; `replies`: to an answer, so that it goes on with it for sure."""
    return f"{'reply' if replies else 'message'} {message_id}"


def of_button(press: FollowPress) -> str:
    """A button that asks."""
    return f"button {press.place} of {press.question}"


def message_of(place: str) -> int | None:
    """The number of the message that asks, if one does."""
    found = _MESSAGE.fullmatch(place)
    return int(found[1]) if found else None
