"""What is said to what nobody has asked for: words, files, places and commands that there are not.

Pure.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Text

from bot import zones
from bot.pages.presses import setting
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Reader

_SMALL_TALK = re.compile(
    r"[\W_]*(?:(?:привет\w*|здравствуй\w*|добр\w+ (?:день|вечер|утро|ночи)|хай|салют|пока|до свидания|спасибо\w*|благодарю|ок|окей|ага"
    r"|да|нет|понятно|ясно|тест|hi|hello|hey|good (?:morning|evening|afternoon|night)|bye|thanks?(?: you)?|thx|ok|okay|yes|no|test)"
    r"[\W_]*)*",
    re.IGNORECASE,
)
#: What somebody typed is repeated up to this length.
_ECHO_UNITS = 32


def is_small_talk(words: str) -> bool:
    """Whether words ask nothing: a greeting, thanks, an "ok", signs alone, a command that is none."""
    return words.startswith("/") or _SMALL_TALK.fullmatch(words) is not None


def plain(say: Say) -> Screen:
    """Words that ask nothing."""
    told = say(
        "Ask me about anything that the channels write: “what is new about agents?” /digest brings what is new, /help tells "
        "what else I can do."
    )
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
