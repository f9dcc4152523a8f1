"""The buttons that unfold below a digest when a story's number is pressed.

Pure. The numbers stay where they are; the menu of one story at a time stands below them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.keyboards import MorePress, MutePress, MuteTopicPress, StoryPress
from bot.screens import Buttons
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Memory, Reader, ShelfStory
from core.types import StoryPost, Topic

#: Channels of a story that can be muted from its menu.
MOST_CHANNELS = 3
_NAME_UNITS = 22

_Press = TypeVar("_Press", bound=CallbackData)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A story as a reader sees it: the topic that can be muted, who posted it (row id, name; see `in_order`), what the reader
    did with it.
    """

    story: ShelfStory
    topic: Topic | None
    channels: Sequence[tuple[int, str]]
    thumb: int
    is_saved: bool
    memory: Memory


def topic_of(topics: Sequence[Topic], reader: Reader, shown: str | None = None) -> Topic | None:
    """The topic to mute, or to let in again, of those of a story in their order; None if it has none.

    Who wants all topics but some misses stories by their first one; with who has chosen a few a story stands under the first
    that is wanted. `shown`: the slug that the open menu offers, which stays until that is closed, so that it can be undone.
    """
    named = next((topic for topic in topics if topic.slug == shown), None)
    wanted = topics if reader.all_topics else [topic for topic in topics if reader.wants(topic.slug)]
    return named or next(iter([*wanted, *topics]), None)


def in_order(names: Mapping[int, str], posts: Sequence[StoryPost]) -> list[tuple[int, str]]:
    """The channels of a story (names by row id): whose posts others forward first, then by their first posts.

    `posts` in reading order. Only so many have a button, and who told it first is looked for.
    """
    origins = {clean(post.origin) for post in posts if post.origin}
    first = {clean(post.channel): place for place, post in reversed(list(enumerate(posts)))}

    def key(channel: int) -> tuple[bool, int, int]:
        name = clean(names[channel])
        return name not in origins, first.get(name, len(posts)), channel

    return [(channel, names[channel]) for channel in sorted(names, key=key)]


def numbers(markup: InlineKeyboardMarkup | None) -> list[list[InlineKeyboardButton]]:
    """The rows of a digest's own buttons, without an open menu; none of them is marked as open."""
    rows = markup.inline_keyboard if markup else []
    return [[_closed(button) for button in row] for row in rows if any(_is_own(button) for button in row)]


def without_more(markup: InlineKeyboardMarkup | None) -> list[list[InlineKeyboardButton]]:
    """The rows as they stand there, without the button for more stories."""
    return [[button for button in row if not _is_more(button)] for row in (markup.inline_keyboard if markup else [])]


def is_open(markup: InlineKeyboardMarkup | None, story: int) -> bool:
    """Whether the menu of a story stands there already."""
    presses = [_press(button, StoryPress) for button in _buttons(markup)]
    return any(press is not None and press.do != "menu" and press.story == story for press in presses)


def topic_shown(markup: InlineKeyboardMarkup | None, story: int) -> str | None:
    """The slug of the topic that the menu of a story offers, where that stands there."""
    presses = [_press(button, MuteTopicPress) for button in _buttons(markup)]
    return next((press.topic for press in presses if press is not None and press.story == story), None)


def rows(opened: Opened, reader: Reader, place: int, say: Say) -> Buttons:
    """The menu of a story: what can be done with it."""

    def button(do: str, text: str) -> InlineKeyboardButton:
        press = StoryPress(do=do, story=opened.story.card.id, place=place)
        return InlineKeyboardButton(text=text, callback_data=press.pack())

    first = [
        button("even", "👍 ✓") if opened.thumb > 0 else button("up", "👍"),
        button("even", "👎 ✓") if opened.thumb < 0 else button("down", "👎"),
        button("unsave", say("🔖 Saved")) if opened.is_saved else button("save", say("🔖 Save")),
    ]
    second = [button("open", say("Whole story")), button("why", say("Why?"))]
    return [
        first,
        second,
        *([_topic(opened.story.card.id, opened.topic, reader, place, say)] if opened.topic is not None else []),
        *_channels(opened, reader, place, say),
    ]


def marked(found: Sequence[Sequence[InlineKeyboardButton]], place: int) -> list[list[InlineKeyboardButton]]:
    """The rows with the number of the open story marked: the number that it has, since it may have been merged into another."""
    return [[_opened(button) if _stands_at(button, place) else button for button in row] for row in found]


def _topic(story: int, topic: Topic, reader: Reader, place: int, say: Say) -> list[InlineKeyboardButton]:
    is_muted = not reader.wants(topic.slug)
    press = MuteTopicPress(do="on" if is_muted else "off", story=story, topic=topic.slug, place=place)
    text = _muting(topic.title(say.lang), say, is_muted=is_muted)
    return [InlineKeyboardButton(text=text, callback_data=press.pack())]


def _channels(opened: Opened, reader: Reader, place: int, say: Say) -> list[list[InlineKeyboardButton]]:
    muted = {cap.channel_id for cap in reader.caps if cap.most == 0}
    found = []
    for channel, name in opened.channels[:MOST_CHANNELS]:
        is_muted = channel in muted
        press = MutePress(do="on" if is_muted else "off", story=opened.story.card.id, channel=channel, place=place)
        text = _muting(name, say, is_muted=is_muted)
        found.append([InlineKeyboardButton(text=text, callback_data=press.pack())])
    return found


def _muting(name: str, say: Say, *, is_muted: bool) -> str:
    title = cut(clean(name), _NAME_UNITS)
    return say("🔔 Unmute “{name}”", name=title) if is_muted else say("🔕 Mute “{name}”", name=title)


# --- reading buttons -------------------------------------------------------------------------------------------------

_OPEN = "▾ "


def _buttons(markup: InlineKeyboardMarkup | None) -> Iterator[InlineKeyboardButton]:
    return (button for row in (markup.inline_keyboard if markup else []) for button in row)


def _press(button: InlineKeyboardButton, kind: type[_Press]) -> _Press | None:
    data = button.callback_data or ""
    if not data.startswith(f"{kind.__prefix__}:"):
        return None
    try:
        return kind.unpack(data)
    except (TypeError, ValueError):
        return None


def _is_own(button: InlineKeyboardButton) -> bool:
    press = _press(button, StoryPress)
    return _is_more(button) or (press is not None and press.do == "menu")


def _is_more(button: InlineKeyboardButton) -> bool:
    return (button.callback_data or "").startswith(f"{MorePress.__prefix__}:")


def _stands_at(button: InlineKeyboardButton, place: int) -> bool:
    press = _press(button, StoryPress)
    return press is not None and press.do == "menu" and press.place == place


def _closed(button: InlineKeyboardButton) -> InlineKeyboardButton:
    return button.model_copy(update={"text": button.text.removeprefix(_OPEN)})


def _opened(button: InlineKeyboardButton) -> InlineKeyboardButton:
    return button.model_copy(update={"text": _OPEN + button.text.removeprefix(_OPEN)})
