"""What the bot tells of itself: help, what is kept of a reader, and what becomes of it when a reader goes.

Pure. What the page on privacy says is what the tables hold; a test looks through them.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.types import BotCommand
from aiogram.utils.formatting import Bold, Text

from bot.keyboards import AdminChannelsPress, AdminTopicsPress
from bot.pages.presses import ForgetPress, button, setting
from bot.pages.settings import title
from bot.screens import Screen
from bot.speech import Say
from core.readers import Reader, ReaderKind


def help_page(commands: Sequence[BotCommand], admins: Sequence[BotCommand], reader: Reader | None, say: Say) -> Screen:
    """What can be done here; `admins`: what only those may do who steer the bot, for whom it is one of them that asks."""
    lines: list[object] = [Bold(say("What I can do")), "\n\n", *_listed(commands)]
    lines += [
        "\n",
        say(
            "A number below a digest opens the menu of its story: see the whole of it, save it, get more or less like it, mute"
            " its topic or a channel."
        ),
        "\n\n",
        say("/digest takes a time and a topic: /digest yesterday agents, /digest week."),
        *("\n\n", say("Ask me anything about what the channels write, just like that; reply to an answer to go on.")),
        *("\n\n", say("In a group: add me, then one of its admins says /subscribe.")),
        *(" ", say("In a channel: make me an administrator with the right to post messages.")),
    ]
    if admins:
        lines += ["\n\n", Bold(say("For admins")), "\n\n", *_editors(say), *_listed(admins)]
    row = [setting("⚙️ " + say("Settings"), "home", reader.id)] if reader is not None else []
    edit = [
        button("✏️ " + say("Edit topics"), AdminTopicsPress(do="list", slug="", page=0)),
        button("✏️ " + say("Edit channels"), AdminChannelsPress(do="list", channel=0, page=0)),
    ]
    return Screen(text=Text(*lines), buttons=[row, edit if admins else []])


def _editors(say: Say) -> list[str]:
    """What a list of commands cannot name, since it takes single words."""
    return [
        "/topics edit — " + say("add topics, change, merge or switch them off") + "\n",
        "/channels edit — " + say("add or pause channels, set how much each counts") + "\n",
    ]


def _listed(commands: Sequence[BotCommand]) -> list[str]:
    return [f"/{command.command} — {command.description}\n" for command in commands]


def privacy_page(say: Say, *, days: int, is_admin: bool) -> Screen:
    """What is kept, for how long, and how to see it or to have it deleted. `days`: how long sent messages are kept."""
    kept = [
        say("the number of your chat at Telegram, but no name, no @name, no phone number;"),
        say("what you chose: language, time zone, hour and days, length, topics, limits for channels;"),
        say("your thumbs up and down and the stories that you saved, until you take them back;"),
        say.many(
            "which digests you were sent and their text: {n} day, then they are deleted;",
            "which digests you were sent and their text: {n} days, then they are deleted;",
            days,
        ),
        say.many(
            "what you ask me, and my answers: {n} day, then they are deleted;",
            "what you ask me, and my answers: {n} days, then they are deleted;",
            days,
        ),
        say("where you are in a dialogue (I have just asked for your city, say), until it is over, a week at most;"),
        say("about groups and channels: their number, their title, and the number of whoever subscribed them."),
    ]
    lines: list[object] = [Bold(say("What I keep about you")), "\n\n", *(f"• {line}\n" for line in kept), "\n"]
    lines += [
        say("A location is used once, to find the time zone, and forgotten."),
        *(
            "\n",
            say(
                "Models that help to write see posts of channels and the words of a question, and nothing else of you."
            ),
        ),
        *("\n\n", say("/export sends you all of it as a file. /forget deletes all of it at once.")),
    ]
    if is_admin:
        lines += ["\n\n", say("Of admins I also keep the number, the name, and a log of what they changed.")]
    return Screen(text=Text(*lines))


def ask_forget(reader: Reader, say: Say, *, is_admin: bool, channels: int) -> Screen:
    """Whether that is meant. `channels`: how many channels this person subscribed."""
    lines: list[object] = [Bold(_question(reader, say)), "\n\n"]
    lines.append(
        say(
            "Settings, saved stories, thumbs, questions and everything sent will be deleted at once. There is no way back."
        )
    )
    if channels:
        gone = say.many(
            "The {n} channel that you subscribed goes on; to end that as well, remove me from it.",
            "The {n} channels that you subscribed go on; to end that as well, remove me from them.",
            channels,
        )
        lines += ["\n\n", gone]
    if is_admin and reader.kind is ReaderKind.PERSON:
        lines += ["\n\n", say("You stay an admin, and the log of what you changed stays.")]
    return Screen(
        text=Text(*lines),
        buttons=[
            [
                button("🗑 " + say("Yes, delete"), ForgetPress(do="yes", reader=reader.id)),
                button(say("No, keep it"), ForgetPress(do="no", reader=reader.id)),
            ]
        ],
    )


def forgotten(reader: Reader, say: Say) -> Screen:
    """It has been done."""
    if reader.kind is ReaderKind.PERSON:
        return Screen(
            text=Text(say("Done: nothing about you is left here. If you write again, we start from scratch."))
        )
    return Screen(text=Text(say("Done: nothing about it is left here, and no digests come.")))


def kept_after_all(say: Say) -> Screen:
    """It was not meant."""
    return Screen(text=Text(say("Nothing was deleted.")))


def _question(reader: Reader, say: Say) -> str:
    match reader.kind:
        case ReaderKind.PERSON:
            return say("Delete everything that I keep about you?")
        case ReaderKind.GROUP:
            return say("Delete everything that I keep about this group?")
        case ReaderKind.CHANNEL:
            return say("Delete everything that I keep about the channel “{name}”?", name=title(reader, say))
