"""What is said once a topic or a channel was muted from the menu of a story, or let in again: what comes from now on.

Pure.
"""

from __future__ import annotations

from aiogram.utils.formatting import Text

from bot.pages.presses import TopicPress, button
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Reader

#: Telegram shows 200 characters of an answer to a press.
_NAME_UNITS = 60


def topic(title: str, reader: Reader, say: Say, *, is_muted: bool, left_none: bool) -> str:
    """What is said of a topic; `reader` as it is now, `left_none` if it was the last."""
    name = cut(clean(title), _NAME_UNITS)
    if not is_muted:
        return say("“{name}” is back in your digests.", name=name)
    if left_none:
        return say("“{name}” is muted.", name=name)
    if reader.all_topics:
        return say("“{name}” is muted: stories that are mostly about it don't come any more.", name=name)
    return say("“{name}” is muted. Stories that are about another topic of yours as well still come.", name=name)


def channel(title: str, say: Say, *, is_muted: bool) -> str:
    """What is said of a channel: a story that others tell as well is no story of its own."""
    name = cut(clean(title), _NAME_UNITS) or say("untitled")
    if not is_muted:
        return say("“{name}” is back in your digests.", name=name)
    return say(
        "“{name}” is muted: what it alone writes about doesn't come. What others write about as well does.", name=name
    )


def last_topic(reader: Reader, say: Say) -> Screen:
    """No topic is left, and what can be done about it."""
    return Screen(
        text=Text(say("That was your last topic: with none, nothing comes. What would you like to read?")),
        buttons=[
            [button(say("All topics"), TopicPress(do="all", slug="", page=0, reader=reader.id))],
            [button("📚 " + say("Choose topics"), TopicPress(do="list", slug="", page=0, reader=reader.id))],
        ],
    )


def last_of_channel(say: Say) -> str:
    """The same, to an administrator of a channel."""
    return say("That was the last topic: with none, nothing comes here. Choose others in private: /settings.")
