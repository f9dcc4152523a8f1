"""The channels that are read, and how much of each a reader wants in a digest.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text, TextLink

from bot.changes import CAPS, FREE, MUTED
from bot.keyboards import AdminChannelsPress
from bot.pages.presses import ChannelPress, button, in_rows, marked, setting, turns
from bot.screens import Screen
from bot.spans import clean, cut, safe_url
from bot.speech import Say
from bot.texts import words
from core.readers import Reader
from core.store.channels import ReadChannel

#: Channels on a page.
IN_A_PAGE = 10
#: Longest name in the list, and on a button.
NAME_UNITS, BUTTON_UNITS = 80, 32


def channels_page(
    reader: Reader, channels: Sequence[ReadChannel], page: int, say: Say, *, is_admin: bool = False
) -> Screen:
    """The channels, each with what it brought in the last week and what this reader makes of it."""
    last = max(len(channels) - 1, 0) // IN_A_PAGE
    page = min(page, last)
    shown = channels[page * IN_A_PAGE : (page + 1) * IN_A_PAGE]
    lines: list[object] = [Bold(say("What I read")), "\n\n"]
    lines += _listed(reader, shown, say) if channels else [say("No channels yet.")]
    if channels:
        lines += ["\n", say("Press a channel to mute it, or to have less of it.")]
    if last:
        lines += ["\n", say("Page {n} of {all}", n=page + 1, all=last + 1)]
    presses = [
        button(_label(reader, channel, say), ChannelPress(do="open", channel=channel.id, page=page, reader=reader.id))
        for channel in shown
    ]
    admins = [button("✏️ " + say("Edit channels"), AdminChannelsPress(do="list", channel=0, page=0))]
    return Screen(
        text=Text(*lines),
        buttons=[
            *in_rows(presses, 2),
            turns(page, last, lambda to: ChannelPress(do="list", channel=1, page=to, reader=reader.id)),
            [setting("‹ " + say("Back"), "home", reader.id)],
            admins if is_admin else [],
        ],
    )


def channel_page(reader: Reader, channel: ReadChannel, page: int, say: Say, *, now: datetime) -> Screen:
    """One channel: what it brings, and how much of it this reader wants."""
    most = limit(reader, channel.id)
    lines: list[object] = [Bold(_linked(channel, say)), "\n", _brought(channel, say)]
    if channel.last_post is not None:
        zone = ZoneInfo(reader.tz)
        day = channel.last_post.astimezone(zone).date()
        is_this_year = day.year == now.astimezone(zone).year
        lines += ["\n", say("Last post: {day}", day=words(say.lang).day(day, year=not is_this_year))]
    lines += ["\n\n", _wanted(most, say)]

    def choice(text: str, do: str) -> InlineKeyboardButton:
        is_chosen = do == (FREE if most is None else str(most))
        press = ChannelPress(do=do, channel=channel.id, page=page, reader=reader.id)
        return button(marked(text, chosen=is_chosen), press)

    return Screen(
        text=Text(*lines),
        buttons=[
            [choice("🔇 " + say("Mute"), MUTED), choice(say("No limit"), FREE)],
            [choice(say("At most {n}", n=cap), cap) for cap in CAPS[1:]],
            [button("‹ " + say("Back"), ChannelPress(do="list", channel=1, page=page, reader=reader.id))],
        ],
    )


def limit(reader: Reader, channel_id: int) -> int | None:
    """How many stories of a channel this reader wants in a digest; None: no limit."""
    return next((cap.most for cap in reader.caps if cap.channel_id == channel_id), None)


def name(channel: ReadChannel, say: Say) -> str:
    """A channel's name as it may be shown."""
    return cut(clean(channel.name), NAME_UNITS) or say("untitled")


def _listed(reader: Reader, channels: Sequence[ReadChannel], say: Say) -> list[object]:
    lines: list[object] = []
    for channel in channels:
        most = limit(reader, channel.id)
        lines += ["• ", _linked(channel, say), " · ", _brought(channel, say)]
        lines += [] if most is None else [" · ", _short(most, say)]
        lines.append("\n")
    return lines


def _linked(channel: ReadChannel, say: Say) -> Text:
    url = safe_url(f"https://t.me/{channel.username}") if channel.username else None
    return TextLink(name(channel, say), url=url) if url else Text(name(channel, say))


def _brought(channel: ReadChannel, say: Say) -> str:
    return say.many("{n} post a week", "{n} posts a week", channel.posts)


def _short(most: int, say: Say) -> str:
    return say("muted") if most == 0 else say("at most {n} in a digest", n=most)


def _wanted(most: int | None, say: Say) -> str:
    if most is None:
        return say("There is no limit on its stories.")
    if most == 0:
        return say("Muted: stories that it alone writes about don't come.")
    return say.many("At most {n} of its stories in a digest.", "At most {n} of its stories in a digest.", most)


def _label(reader: Reader, channel: ReadChannel, say: Say) -> str:
    most = limit(reader, channel.id)
    sign = "" if most is None else "🔇 " if most == 0 else f"≤{most} "
    return sign + cut(name(channel, say), BUTTON_UNITS)
