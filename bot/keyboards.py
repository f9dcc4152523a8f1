"""Buttons under digests, and what they say to the bot when they are pressed.

Pure. Digests are shared by readers, so that their buttons name stories and windows of time, and never a reader.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field

#: So many numbers stand in a row below a digest.
IN_A_ROW = 6

#: What buttons may name, so that forged ones are no presses: ids of rows, 0 for none; places in a digest; seconds since 1970.
Id = Annotated[int, Field(ge=0, le=2**63 - 1)]
Place = Annotated[int, Field(ge=0, le=10_000)]
Seconds = Annotated[int, Field(ge=0, le=2**33)]
#: What is muted, or let in again, once a button is pressed, however often: buttons say what is to be, and flip nothing.
Muting = Literal["off", "on"]


class StoryPress(CallbackData, prefix="s"):
    """A button about one story: `do` is what to do with it, `place` the number that it has in its message.

    "menu" opens and closes its menu; the others say what is to be: "up", "down" or "even" of thumbs, "save" or "unsave"; or
    what is to be shown: "open", "why".
    """

    do: str
    story: Id
    place: Place


class PreviewPress(CallbackData, prefix="pv"):
    """Show a digest to an admin: a reader's (`show`), or one of all topics (`ru`, `en`); `page`: readers after this one."""

    do: str
    reader: Id


class BroadcastPress(CallbackData, prefix="bc"):
    """Send a broadcast, cancel it, look how far it is, or stop it."""

    do: str
    broadcast: Id


class LogPress(CallbackData, prefix="log"):
    """Entries of the admins' log before this one; 0: the newest."""

    before: Id


class MutePress(CallbackData, prefix="mu"):
    """Leave the stories of a channel (row id) out of a reader's digests, or let them in; from the menu of a story."""

    do: Muting
    story: Id
    channel: Id
    place: Place


class MuteTopicPress(CallbackData, prefix="mt"):
    """Leave the stories of a topic (slug) out of a reader's digests, or let them in; from the menu of a story."""

    do: Muting
    story: Id
    topic: str
    place: Place


class MorePress(CallbackData, prefix="more"):
    """Show further stories of a window of time; `topic` "" for all.

    `asked` is 0 where the window is of when posts came. Where it is of when they were posted, that is when it was asked for:
    what was shown since then is left out, and what was shown before comes again.
    """

    since: Seconds
    until: Seconds
    topic: str
    asked: Seconds


class AdminTopicsPress(CallbackData, prefix="at"):
    """A button of the editor of topics, which only admins see; `slug` "" where it is about all of them."""

    do: str
    slug: str
    page: int


class AdminChannelsPress(CallbackData, prefix="ac"):
    """A button of the admins' list of channels; `channel` is a row's id, 0 where it is about all of them."""

    do: str
    channel: int
    page: int


def story_rows(stories: Sequence[int], first: int) -> list[list[InlineKeyboardButton]]:
    """A numbered button for each story of a message, which opens its menu."""
    numbers = [
        InlineKeyboardButton(text=str(place), callback_data=StoryPress(do="menu", story=story, place=place).pack())
        for place, story in enumerate(stories, first)
    ]
    return [numbers[start : start + IN_A_ROW] for start in range(0, len(numbers), IN_A_ROW)]


def more_row(
    text: str, *, since: datetime, until: datetime, topic: str, asked: datetime | None
) -> list[InlineKeyboardButton]:
    """The button for further stories of the window."""
    press = MorePress(
        since=int(since.timestamp()),
        # Rounded up, so that the window does not lose its last moment.
        until=math.ceil(until.timestamp()),
        topic=topic,
        asked=0 if asked is None else int(asked.timestamp()),
    )
    return [InlineKeyboardButton(text=text, callback_data=press.pack())]


def window(press: MorePress) -> tuple[datetime, datetime, datetime | None]:
    """The window that a button names, and when a window of the past was asked for."""
    since, until, asked = (datetime.fromtimestamp(moment, UTC) for moment in (press.since, press.until, press.asked))
    return since, until, asked if press.asked else None
