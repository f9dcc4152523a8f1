"""The buttons that unfold below a digest when a story's number is pressed.

Pure. The numbers stay where they are; the menu of one story at a time stands below them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.keyboards import MorePress, MutePress, StoryPress
from bot.screens import Buttons
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Memory, Reader, ShelfStory
from core.types import Topic

#: Channels of a story that can be muted from its menu.
MOST_CHANNELS = 3
_NAME_UNITS = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A story as a reader sees it: what it is about, who posted it (row id, name), what the reader has done with it."""

    story: ShelfStory
    topic: Topic | None
    channels: Sequence[tuple[int, str]]
    thumb: int
    is_saved: bool
    memory: Memory


def numbers(markup: InlineKeyboardMarkup | None) -> list[list[InlineKeyboardButton]]:
    """The rows of a digest's own buttons, without an open menu; none of them is marked as open."""
    rows = markup.inline_keyboard if markup else []
    return [[_closed(button) for button in row] for row in rows if any(_is_own(button) for button in row)]


def is_open(markup: InlineKeyboardMarkup | None, story: int) -> bool:
    """Whether the menu of a story stands there already."""
    presses = [_press(button) for row in (markup.inline_keyboard if markup else []) for button in row]
    return any(press is not None and press.do != "menu" and press.story == story for press in presses)


def rows(opened: Opened, reader: Reader, place: int, say: Say) -> Buttons:
    """The menu of a story: what can be done with it."""

    def button(do: str, text: str) -> InlineKeyboardButton:
        press = StoryPress(do=do, story=opened.story.card.id, place=place)
        return InlineKeyboardButton(text=text, callback_data=press.pack())

    first = [
        button("up", "👍 ✓" if opened.thumb > 0 else "👍"),
        button("down", "👎 ✓" if opened.thumb < 0 else "👎"),
        button("save", say("🔖 Saved") if opened.is_saved else say("🔖 Save")),
    ]
    second = [button("open", say("Whole story")), button("why", say("Why?"))]
    return [
        first,
        second,
        *([row] if (row := _topic(opened, reader, say, button("topic", ""))) else []),
        *_channels(opened, reader, place, say),
    ]


def marked(found: Sequence[Sequence[InlineKeyboardButton]], place: int) -> list[list[InlineKeyboardButton]]:
    """The rows with the number of the open story marked: the number that it has, since it may have been merged into another."""
    return [[_opened(button) if _stands_at(button, place) else button for button in row] for row in found]


def _topic(opened: Opened, reader: Reader, say: Say, button: InlineKeyboardButton) -> list[InlineKeyboardButton]:
    if opened.topic is None:
        return []
    title = cut(clean(opened.topic.title(say.lang)), _NAME_UNITS)
    text = (
        say("🔕 Mute “{name}”", name=title)
        if reader.wants(opened.topic.slug)
        else say("🔔 Unmute “{name}”", name=title)
    )
    return [button.model_copy(update={"text": text})]


def _channels(opened: Opened, reader: Reader, place: int, say: Say) -> list[list[InlineKeyboardButton]]:
    muted = {cap.channel_id for cap in reader.caps if cap.most == 0}
    found = []
    for channel, name in opened.channels[:MOST_CHANNELS]:
        title = cut(clean(name), _NAME_UNITS)
        text = say("🔔 Unmute “{name}”", name=title) if channel in muted else say("🔕 Mute “{name}”", name=title)
        press = MutePress(story=opened.story.card.id, channel=channel, place=place)
        found.append([InlineKeyboardButton(text=text, callback_data=press.pack())])
    return found


# --- reading buttons -------------------------------------------------------------------------------------------------

_OPEN = "▾ "


def _press(button: InlineKeyboardButton) -> StoryPress | None:
    data = button.callback_data or ""
    if not data.startswith(f"{StoryPress.__prefix__}:"):
        return None
    try:
        return StoryPress.unpack(data)
    except (TypeError, ValueError):
        return None


def _is_own(button: InlineKeyboardButton) -> bool:
    press = _press(button)
    is_more = (button.callback_data or "").startswith(f"{MorePress.__prefix__}:")
    return is_more or (press is not None and press.do == "menu")


def _stands_at(button: InlineKeyboardButton, place: int) -> bool:
    press = _press(button)
    return press is not None and press.do == "menu" and press.place == place


def _closed(button: InlineKeyboardButton) -> InlineKeyboardButton:
    return button.model_copy(update={"text": button.text.removeprefix(_OPEN)})


def _opened(button: InlineKeyboardButton) -> InlineKeyboardButton:
    return button.model_copy(update={"text": _OPEN + button.text.removeprefix(_OPEN)})
