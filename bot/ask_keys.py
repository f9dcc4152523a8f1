"""Buttons under answers and searches, and where questions come from.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from bot import answers, keyboards
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


def page_rows(question: int, page: int, pages: int, *, stories: Sequence[int] = ()) -> Buttons:
    """To the menus of the stories on this page, and to the pages before and after.

    In one row (Telegram takes eight buttons in it): the rows that hold stories stay when a menu opens below them.
    """
    row = turns(page, pages - 1, lambda to: FoundPress(question=question, page=to))
    back, on = [row[:1], row[1:]] if page > 0 else [[], row]
    numbers = [one for line in keyboards.story_rows(stories, page * answers.ON_A_PAGE + 1) for one in line]
    return [[*back, *numbers, *on]] if row or numbers else []


# --- where a question comes from -------------------------------------------------------------------------------------


def of_message(message_id: int, *, replies: bool) -> str:
    """A message that asks; `replies`: to an answer, so that it goes on with it for sure."""
    return f"{'reply' if replies else 'message'} {message_id}"


def of_button(press: FollowPress) -> str:
    """A button that asks."""
    return f"button {press.place} of {press.question}"


def of_inline(query_id: str) -> str:
    """Words that are typed inline."""
    return f"inline {query_id}"


def message_of(place: str) -> int | None:
    """The number of the message that asks, if one does."""
    found = _MESSAGE.fullmatch(place)
    return int(found[1]) if found else None
