"""What is said to what nobody has asked for: words, files, places and commands that there are not.

Pure.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Text

from bot import zones
from bot.pages.presses import setting
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Reader

#: What somebody typed is repeated up to this length.
_ECHO_UNITS = 32


def plain(say: Say) -> Screen:
    """Words that answer nothing."""
    told = say("I understand commands and buttons. /digest brings what is new, /help tells what else I can do.")
    return Screen(text=Text(told))


def not_words(say: Say) -> Screen:
    """A file, a picture, a voice message."""
    told = say("I can't do anything with files, pictures or voice messages. /help tells what I can do.")
    return Screen(text=Text(told))


def unknown(typed: str, near: str | None, say: Say) -> Screen:
    """A command that there is not. `near`: the one that may have been meant."""
    lines = [say("I don't know the command {command}.", command="/" + cut(clean(typed), _ECHO_UNITS))]
    if near is not None:
        lines.append(say("Did you mean {command}?", command="/" + near))
    lines.append(say("/help tells what I can do."))
    return Screen(text=Text(" ".join(lines)))


def located(reader: Reader, tz: str, say: Say, *, now: datetime) -> Screen:
    """A place, with its time zone `tz` (an IANA name), which may become the reader's."""
    zone = zones.label(tz, lang=say.lang, now=now)
    if tz == reader.tz:
        return Screen(
            text=Text(say("Your time zone is set like that already: {zone}.", zone=zone)),
            buttons=[[setting("⚙️ " + say("Settings"), "home", reader.id)]],
        )
    time = f"{now.astimezone(ZoneInfo(tz)):%H:%M}"
    return Screen(
        text=Text(
            say("It is {time} there: {zone}. Shall digests come by that clock?", time=time, zone=zone),
            *("\n", say("I don't keep the location.")),
        ),
        buttons=[
            [setting("✅ " + say("Set this time zone"), "tz", reader.id, tz)],
            [setting("🌍 " + say("Another one"), "zone", reader.id)],
        ],
    )
