"""What is said in groups, and in private about channels.

Pure.
"""

from __future__ import annotations

from aiogram.utils.formatting import Text

from bot.pages.presses import TopicPress, button, setting
from bot.pages.settings import title
from bot.screens import Screen
from bot.speech import Say
from core.readers import Reader, ReaderKind


def hello(say: Say) -> Screen:
    """One sentence on how a group subscribes."""
    return Screen(
        text=Text(say("Hello! An admin of this group can subscribe it to a daily digest of AI news: /subscribe."))
    )


def back_again(say: Say) -> Screen:
    """The bot may write again."""
    return Screen(text=Text(say("I am back, and so are the digests. Admins of this group change them with /settings.")))


def only_admins(say: Say) -> Screen:
    """Somebody else asked."""
    return Screen(text=Text(say("Only admins of this group can change that.")))


def not_subscribed(say: Say) -> Screen:
    """There is nothing to set yet."""
    return Screen(text=Text(say("Nobody has subscribed here yet: /subscribe does it.")))


def in_private(say: Say) -> Screen:
    """What others should not read along."""
    return Screen(text=Text(say("That is between the two of us: write to me in private.")))


def channel_subscribed(reader: Reader, coming: str, say: Say) -> Screen:
    """What who subscribed a channel is told in private; `coming` says when the next digest comes."""
    return Screen(
        text=Text(say("The channel “{name}” is subscribed.", name=title(reader, say)), "\n", coming),
        buttons=[
            [button("📚 " + say("Topics"), TopicPress(do="list", slug="", page=0, reader=reader.id))],
            [
                setting("🕘 " + say("Time"), "hours", reader.id),
                setting("💬 " + say("Language"), "langs", reader.id),
            ],
            [setting("⚙️ " + say("Settings"), "home", reader.id)],
        ],
    )


def lost(reader: Reader, say: Say, *, is_removed: bool) -> Screen:
    """What who subscribed a group or channel is told when the bot cannot write there any more."""
    name = title(reader, say)
    if reader.kind is ReaderKind.CHANNEL:
        told = say(
            "I may not post in the channel “{name}” any more, so no digests come there. They come again once I am an"
            " administrator that may post messages.",
            name=name,
        )
    elif not is_removed:
        told = say("I may not write in the group “{name}” any more, so no digests come there.", name=name)
    else:
        told = say("I have been removed from the group “{name}”, so no digests come there.", name=name)
    return Screen(text=Text(told))
