"""The settings of a reader: what is chosen, and a page for each thing that can be changed.

Pure. Who has not subscribed yet sees the same choices as a proposal, to be taken as it is or changed on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from bot import zones
from bot.choose import LIMITS
from bot.pages import moments
from bot.pages.presses import ChannelPress, ForgetPress, TopicPress, button, in_rows, marked, setting
from bot.pages.topics import summary
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import LANGUAGES, Say
from core.readers import Length, Reader, ReaderKind, ReaderState
from core.types import Topic

#: Longest title of a group or channel that is shown, and so many of one's own channels that are named in a line.
TITLE_UNITS, NAMED = 60, 3


def title(reader: Reader, say: Say) -> str:
    """A group's or channel's title as it may be shown."""
    return cut(clean(reader.title), TITLE_UNITS) or say("untitled")


# --- what is chosen --------------------------------------------------------------------------------------------------


def proposal(
    reader: Reader, topics: Sequence[Topic], say: Say, *, now: datetime, yours: Sequence[Reader] = ()
) -> Screen:
    """The first screen: what this is, and a subscription that one tap takes as it is. `yours`: as in `home`."""
    text = Text(
        say(
            "I read channels about machine learning and AI, put posts about the same thing together into stories, and send"
            " you one short digest a day. Every sentence in it leads to the post that it comes from."
        ),
        "\n\n",
        say("Here is what I propose:"),
        "\n",
        *_choices(reader, topics, say, now=now),
        "\n",
        say("Subscribe right away, or change anything first."),
        *(("\n\n", _also(yours, say)) if yours else ()),
    )
    return Screen(
        text=text,
        buttons=[
            [setting("✅ " + say("Subscribe"), "sub", reader.id)],
            [_topics(reader, say), _hour(reader, say)],
            [_zone(reader, say), _language(reader, say)],
            _own_channels(reader, say) if yours else [],
        ],
    )


def home(reader: Reader, topics: Sequence[Topic], say: Say, *, now: datetime, yours: Sequence[Reader] = ()) -> Screen:
    """All that a reader chose, and the way to change it. `yours`: channels that this person subscribed as well."""
    if reader.state is ReaderState.NEW:
        return proposal(reader, topics, say, now=now, yours=yours)
    lines = [*_choices(reader, topics, say, now=now), "📏 ", _long(reader.length, say), "\n"]
    lines += ["🔕 ", _quiet(say, quiet=reader.quiet), "\n"]
    if yours:
        lines += ["\n", _also(yours, say), "\n"]
    return Screen(
        text=Text(Bold(_heading(reader, say)), "\n", state(reader, say, now=now), "\n\n", *lines),
        buttons=[*_buttons(reader, say), *_ways_out(reader, say, yours)],
    )


def _also(yours: Sequence[Reader], say: Say) -> str:
    names = ", ".join(title(channel, say) for channel in yours[:NAMED])
    return say("Your channels: {names}", names=names + ("…" if len(yours) > NAMED else ""))


def state(reader: Reader, say: Say, *, now: datetime) -> str:
    """Whether digests come, and when the next one does."""
    match reader.state:
        case ReaderState.ACTIVE if reader.due_at is not None:
            at = moments.when(reader.due_at, say, tz=reader.tz, now=now)
            return say("Subscribed. The next digest comes {when}.", when=at)
        case ReaderState.LOST:
            return say("I cannot write there any more, so no digests come.")
        case _:
            return say("Digests are paused.")


def subscribed(reader: Reader, say: Say, *, now: datetime, hello: str, is_first: bool) -> Screen:
    """What is said, after `hello`, to who has just subscribed (`is_first`), or come back."""
    lines = [hello, coming(reader, say, now=now, is_first=is_first)]
    if reader.kind is not ReaderKind.CHANNEL:
        lines.append(say("If you don't want to wait, /digest brings one now."))
    return Screen(
        text=Text("\n".join(lines)),
        buttons=[[setting("⚙️ " + say("Settings"), "home", reader.id), _topics(reader, say)]],
    )


def coming(reader: Reader, say: Say, *, now: datetime, is_first: bool) -> str:
    """When an active reader's next digest comes."""
    assert reader.due_at is not None
    at = moments.when(reader.due_at, say, tz=reader.tz, now=now)
    zone = zones.label(reader.tz, lang=say.lang, now=now)
    if is_first:
        return say("The first digest comes {when} ({zone}).", when=at, zone=zone)
    return say("The next digest comes {when} ({zone}).", when=at, zone=zone)


def paused(reader: Reader, say: Say, *, was_active: bool) -> Screen:
    """What is said to who wants no digests for now."""
    if reader.state is ReaderState.NEW:
        told = say("You have no subscription, so there is nothing to stop.")
        return Screen(text=Text(told), buttons=[[setting("✅ " + say("Subscribe"), "sub", reader.id)]])
    first = say("Digests are paused.") if was_active else say("Digests are paused already.")
    kept = say("Your settings are kept, and one tap brings the digests back.")
    return Screen(text=Text(first, " ", kept), buttons=[[setting("▶️ " + say("Resume"), "sub", reader.id)]])


def length_name(length: Length, say: Say) -> str:
    """A length in a word."""
    match length:
        case Length.SHORT:
            return say("short")
        case Length.NORMAL:
            return say("normal")
        case Length.LONG:
            return say("long")


def _long(length: Length, say: Say) -> str:
    most = say.many("at most {n} story", "at most {n} stories", LIMITS[length])
    return say("Length: {length}, {most}", length=length_name(length, say), most=most)


def _heading(reader: Reader, say: Say) -> str:
    match reader.kind:
        case ReaderKind.PERSON:
            return say("Your settings")
        case ReaderKind.GROUP:
            return say("Settings of this chat")
        case ReaderKind.CHANNEL:
            return say("Settings of the channel “{name}”", name=title(reader, say))


def _choices(reader: Reader, topics: Sequence[Topic], say: Say, *, now: datetime) -> list[object]:
    zone = zones.label(reader.tz, lang=say.lang, now=now)
    return [
        *("📚 ", say("Topics: {topics}", topics=summary(reader, topics, say)), "\n"),
        *("🕘 ", say("When: {when}", when=moments.rhythm(reader.hour, reader.days, say)), "\n"),
        *("🌍 ", say("Time zone: {zone}", zone=zone), "\n"),
        *("💬 ", say("Language: {language}", language=language_name(reader.lang)), "\n"),
    ]


def language_name(lang: str) -> str:
    """A language as those call it who speak it."""
    return {"ru": "русский", "en": "English"}[lang]


def _quiet(say: Say, *, quiet: bool) -> str:
    return say("No message when nothing is new") if quiet else say("A short message when nothing is new")


# --- buttons of the first page ---------------------------------------------------------------------------------------


def _buttons(reader: Reader, say: Say) -> list[list[InlineKeyboardButton]]:
    channels = ChannelPress(do="list", channel=1, page=0, reader=reader.id)
    return [
        [_topics(reader, say), button("📡 " + say("Channels"), channels)],
        [_hour(reader, say), setting("📅 " + say("Days"), "days", reader.id)],
        [_zone(reader, say), _language(reader, say)],
        [
            setting("📏 " + say("Length"), "lengths", reader.id),
            setting("🔕 " + say("When nothing is new"), "quiets", reader.id),
        ],
    ]


def _ways_out(reader: Reader, say: Say, yours: Sequence[Reader]) -> list[list[InlineKeyboardButton]]:
    rows = []
    if yours:
        rows.append(_own_channels(reader, say))
    last = []
    if reader.state is ReaderState.ACTIVE:
        last.append(setting("⏸ " + say("Pause"), "pause", reader.id))
    elif reader.state is not ReaderState.LOST or reader.kind is not ReaderKind.CHANNEL:
        last.append(setting("▶️ " + say("Resume"), "sub", reader.id))
    if reader.kind is ReaderKind.CHANNEL:
        last.append(button("🗑 " + say("Delete"), ForgetPress(do="ask", reader=reader.id)))
    rows.append(last)
    return rows


def _own_channels(reader: Reader, say: Say) -> list[InlineKeyboardButton]:
    return [setting("📣 " + say("Your channels"), "yours", reader.id, "0")]


def _topics(reader: Reader, say: Say) -> InlineKeyboardButton:
    return button("📚 " + say("Topics"), TopicPress(do="list", slug="", page=0, reader=reader.id))


def _hour(reader: Reader, say: Say) -> InlineKeyboardButton:
    return setting("🕘 " + say("Time"), "hours", reader.id)


def _zone(reader: Reader, say: Say) -> InlineKeyboardButton:
    return setting("🌍 " + say("Time zone"), "zone", reader.id)


def _language(reader: Reader, say: Say) -> InlineKeyboardButton:
    return setting("💬 " + say("Language"), "langs", reader.id)


def back(reader: Reader, say: Say) -> list[InlineKeyboardButton]:
    """The row that leads back to the first page."""
    return [setting("‹ " + say("Back"), "home", reader.id)]


# --- one thing to change ---------------------------------------------------------------------------------------------


def hours(reader: Reader, say: Say) -> Screen:
    """The hours of a day."""
    grid = [
        setting(marked(moments.clock(hour), chosen=hour == reader.hour), "hour", reader.id, str(hour))
        for hour in range(24)
    ]
    return Screen(text=Text(say("At what time should digests come?")), buttons=[*in_rows(grid, 4), back(reader, say)])


def days(reader: Reader, say: Say) -> Screen:
    """The days of the week, each on or off."""
    toggles = [
        setting(marked(name, chosen=day in reader.days), "day", reader.id, f"{'-' if day in reader.days else '+'}{day}")
        for day, name in enumerate(moments.day_names(say), 1)
    ]
    week = [
        setting(say("Every day"), "week", reader.id, "".join(map(str, moments.EVERY_DAY))),
        setting(say("On weekdays"), "week", reader.id, "".join(map(str, moments.WEEKDAYS))),
    ]
    now = moments.rhythm(reader.hour, reader.days, say)
    text = Text(
        say("On which days should digests come?"), "\n", say("Now: {when}.", when=now), "\n\n",
        say("What happens on the other days goes into the next digest."),
    )  # fmt: skip
    return Screen(text=text, buttons=[toggles[:4], toggles[4:], week, back(reader, say)])


def languages(reader: Reader, say: Say) -> Screen:
    """The languages of digests, and of all that the bot says."""
    rows = [
        [setting(marked(language_name(lang), chosen=lang == reader.lang), "lang", reader.id, lang)]
        for lang in LANGUAGES
    ]
    return Screen(text=Text(say("Which language should digests be in?")), buttons=[*rows, back(reader, say)])


def lengths(reader: Reader, say: Say) -> Screen:
    """How long digests may be."""
    told = {
        Length.SHORT: say("headlines only"),
        Length.NORMAL: say("the main thing of each"),
        Length.LONG: say("with details"),
    }
    lines = [
        f"• {length_name(length, say).capitalize()}: "
        + say.many("at most {n} story", "at most {n} stories", LIMITS[length])
        + f", {about}"
        for length, about in told.items()
    ]
    row = [
        setting(
            marked(length_name(length, say).capitalize(), chosen=length is reader.length),
            "length",
            reader.id,
            length.value,
        )
        for length in told
    ]
    text = Text(say("How long should digests be?"), "\n\n", "\n".join(lines))
    return Screen(text=text, buttons=[row, back(reader, say)])


def quiets(reader: Reader, say: Say) -> Screen:
    """What to do when there is nothing to tell."""
    rows = [
        [setting(marked(say("Tell me so"), chosen=not reader.quiet), "quiet", reader.id, "0")],
        [setting(marked(say("Send nothing"), chosen=reader.quiet), "quiet", reader.id, "1")],
    ]
    return Screen(text=Text(say("And if nothing is new by that hour?")), buttons=[*rows, back(reader, say)])


# --- channels of one's own -------------------------------------------------------------------------------------------

#: Channels of one's own on a page.
IN_A_PAGE = 8


def yours(reader: Reader, channels: Sequence[Reader], page: int, say: Say) -> Screen:
    """The channels that somebody subscribed."""
    last = max(len(channels) - 1, 0) // IN_A_PAGE
    page = min(page, last)
    rows = [
        [setting(f"{_sign(channel)} {title(channel, say)}", "home", channel.id)]
        for channel in channels[page * IN_A_PAGE : (page + 1) * IN_A_PAGE]
    ]
    turns = [setting("‹", "yours", reader.id, str(page - 1))] if page else []
    turns += [setting("›", "yours", reader.id, str(page + 1))] if page < last else []
    none = say("You have no channels here yet. Make me an administrator of one, with the right to post messages.")
    text = say("Channels where you have added me:") if channels else none
    return Screen(text=Text(text), buttons=[*rows, turns, back(reader, say)])


def _sign(reader: Reader) -> str:
    return {ReaderState.ACTIVE: "✅", ReaderState.LOST: "⚠️"}.get(reader.state, "⏸")
