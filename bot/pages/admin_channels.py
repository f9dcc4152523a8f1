"""The admins' list of channels: how each is read, how much it counts, and what can be done about it.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text, TextLink

from bot.editors.drafts import Draft
from bot.keyboards import AdminChannelsPress
from bot.pages.admin_presses import FollowPress, cancel, decimal, fitting
from bot.pages.presses import ChannelPress, button, in_rows, marked, turns
from bot.screens import Screen
from bot.spans import clean, cut, safe_url
from bot.speech import Say
from bot.texts import words
from core.store.steering import SteeredChannel
from core.types import Follow, FollowState

#: This editor's drafts.
OF = "c"
#: How much a channel may count, by what its button says.
WEIGHTS: Mapping[str, float] = {"w0": 0.0, "w05": 0.5, "w1": 1.0, "w2": 2.0}
#: Days of history that are read of a new channel, and channels that may be added at once.
HISTORY_DAYS, MOST_AT_ONCE = 7, 10
#: UTF-16 units of a name in the list, on a button, and of why a channel is not read.
NAME_UNITS, BUTTON_UNITS, REASON_UNITS = 60, 32, 300


def name(channel: SteeredChannel, say: Say) -> str:
    """A channel's name as it may be shown."""
    return cut(clean(channel.name), NAME_UNITS) or say("untitled")


def is_settled(follow: Follow) -> bool:
    """Whether it has been looked up, or there is a reason why not yet."""
    return follow.state is not FollowState.WANTED or follow.wait_until is not None or follow.reason is not None


# --- the list --------------------------------------------------------------------------------------------------------


def channels_page(
    channels: Sequence[SteeredChannel],
    page: int,
    say: Say,
    *,
    reader_id: int,
    tz: str,
    now: datetime,
    lead: str = "",
) -> Screen:
    """All channels; `reader_id`: whose own list the way back leads to."""
    shown, page, last = fitting(channels, page)
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines.append(Bold(say("All channels: {n}", n=len(channels))))
    for channel in shown:
        lines += ["\n\n", *_listed(channel, say, tz=tz, now=now)]
    if last:
        lines += ["\n\n", say("Page {n} of {all}", n=page + 1, all=last + 1)]
    opens = [button(cut(name(channel, say), BUTTON_UNITS), _opens(channel, page)) for channel in shown]
    return Screen(
        text=Text(*lines),
        buttons=[
            *in_rows(opens, 2),
            turns(page, last, lambda number: AdminChannelsPress(do="list", channel=0, page=number)),
            [button("➕ " + say("Add a channel"), AdminChannelsPress(do="add", channel=0, page=page))],
            [button("‹ " + say("Back"), ChannelPress(do="list", channel=1, page=0, reader=reader_id))],
        ],
    )


def _opens(channel: SteeredChannel, page: int) -> AdminChannelsPress | FollowPress:
    if channel.id or channel.follow is None:
        return AdminChannelsPress(do="open", channel=channel.id, page=page)
    return FollowPress(do="open", follow=channel.follow.id, page=page)


def _listed(channel: SteeredChannel, say: Say, *, tz: str, now: datetime) -> list[object]:
    facts = [_short(channel.follow, say)]
    if channel.id:
        facts.append(say.many("{n} post a week", "{n} posts a week", channel.posts))
    if channel.last_post is not None:
        facts.append(say("last post {day}", day=_day(channel.last_post, say, tz=tz, now=now)))
    if channel.weight != 1:
        facts.append(say("weight {weight}", weight=decimal(channel.weight, say)))
    return [Bold(_linked(channel, say)), "\n", " · ".join(facts)]


def _linked(channel: SteeredChannel, say: Say) -> Text:
    url = safe_url(f"https://t.me/{channel.username}") if channel.username else None
    return TextLink(name(channel, say), url=url) if url else Text(name(channel, say))


def _day(at: datetime, say: Say, *, tz: str, now: datetime) -> str:
    zone = ZoneInfo(tz)
    day = at.astimezone(zone).date()
    return words(say.lang).day(day, year=day.year != now.astimezone(zone).year)


# --- how it is read --------------------------------------------------------------------------------------------------


def _short(follow: Follow | None, say: Say) -> str:
    return say("not through an account") if follow is None else state(follow.state, say)


def state(of: FollowState, say: Say) -> str:
    """How an account follows a channel, in a word or two."""
    return {
        FollowState.WANTED: say("to be looked up"),
        FollowState.REQUESTED: say("asked to join"),
        FollowState.READING: say("being read"),
        FollowState.PROTECTED: say("being read without texts"),
        FollowState.PAUSED: say("paused"),
        FollowState.NOT_FOUND: say("not found"),
        FollowState.PRIVATE: say("private"),
        FollowState.BANNED: say("no access"),
        FollowState.TOO_MANY: say("too many channels"),
    }[of]


def _long(follow: Follow | None, say: Say, *, is_running: bool) -> str:
    if follow is None:
        return say("No account reads it: its posts come through me, or came from a file.")
    looked_up = (
        say("It is being looked up…")
        if is_running
        else say("It is looked up once the ingester runs (svodka ingest, or svodka up).")
    )
    return {
        FollowState.WANTED: looked_up,
        FollowState.REQUESTED: say("The account has asked to join; the channel's admins have to agree."),
        FollowState.READING: say("It is being read."),
        FollowState.PROTECTED: say("It is being read, but it forbids copying: posts are kept without their texts."),
        FollowState.PAUSED: say("It is paused: nothing of it is read until you resume it."),
        FollowState.NOT_FOUND: say("There is no such channel: check the name, or add it by another link."),
        FollowState.PRIVATE: say(
            "It is private, and the account is not in it: join it in Telegram as that account, then resume it here."
        ),
        FollowState.BANNED: say("The account may not read it: it was banned there, or Telegram shows it to nobody."),
        FollowState.TOO_MANY: say(
            "The account is in as many channels as Telegram allows: leave some, then resume it here."
        ),
    }[follow.state]


# --- one channel -----------------------------------------------------------------------------------------------------


def channel_page(
    channel: SteeredChannel,
    page: int,
    say: Say,
    *,
    is_running: bool,
    tz: str,
    now: datetime,
    lead: str = "",
) -> Screen:
    """One channel. `is_running`: an ingester speaks for the account."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines += [Bold(_linked(channel, say)), "\n", _long(channel.follow, say, is_running=is_running)]
    if channel.follow is not None:
        lines += _details(channel.follow, say, tz=tz, now=now)
    if channel.id:
        lines += ["\n\n", say.many("{n} post a week", "{n} posts a week", channel.posts)]
        if channel.last_post is not None:
            lines += ["\n", say("Last post: {day}", day=_day(channel.last_post, say, tz=tz, now=now))]
        lines += [
            "\n",
            say(
                "Weight {weight}: the greater, the higher its stories stand. At 0 they stand lower, and still come.",
                weight=decimal(channel.weight, say),
            ),
        ]
    return Screen(
        text=Text(*lines),
        buttons=[
            _weights(channel, page, say) if channel.id else [],
            *(_following(channel.follow, page, say) if channel.follow is not None else []),
            [button("‹ " + say("All channels"), AdminChannelsPress(do="list", channel=0, page=page))],
        ],
    )


def _details(follow: Follow, say: Say, *, tz: str, now: datetime) -> list[object]:
    lines: list[object] = []
    if follow.wait_until is not None:
        at = follow.wait_until.astimezone(ZoneInfo(tz))
        lines += ["\n", say("Telegram asks to wait until {time}.", time=f"{at:%d.%m %H:%M}")]
    if follow.reason:
        lines += ["\n", say("Details: {reason}", reason=cut(clean(follow.reason), REASON_UNITS))]
    if follow.state.is_read and follow.backfill_since is not None:
        day = _day(follow.backfill_since, say, tz=tz, now=now)
        lines += ["\n", say("Its history is still being read, back to {day}.", day=day)]
    return lines


def _weights(channel: SteeredChannel, page: int, say: Say) -> list[InlineKeyboardButton]:
    return [
        button(
            marked(f"× {decimal(weight, say)}", chosen=weight == channel.weight),
            AdminChannelsPress(do=do, channel=channel.id, page=page),
        )
        for do, weight in WEIGHTS.items()
    ]


def _following(follow: Follow, page: int, say: Say) -> list[list[InlineKeyboardButton]]:
    def press(text: str, do: str) -> InlineKeyboardButton:
        return button(text, FollowPress(do=do, follow=follow.id, page=page))

    goes_on = follow.state.is_read or follow.state in {FollowState.WANTED, FollowState.REQUESTED}
    again = not follow.state.is_read or follow.backfill_since is not None
    return [
        [press("🔄 " + say("Look again"), "again")] if again else [],
        [press("⏸ " + say("Pause"), "pause") if goes_on else press("▶️ " + say("Resume"), "resume")],
        [press("🗑 " + say("Remove"), "remove")],
    ]


def confirm_remove(channel: SteeredChannel, follow: Follow, page: int, say: Say) -> Screen:
    """Whether a channel is really not to be followed any longer, and what that means."""
    return Screen(
        text=Text(
            Bold(say("Stop following “{name}”?", name=name(channel, say))),
            "\n\n",
            say(
                "Nothing new of it is read. Its posts stay in the archive and in their stories, and the account stays in the"
                " channel. To erase its posts as well: svodka channels remove --erase."
            ),
        ),
        buttons=[
            [
                button("🗑 " + say("Yes, remove"), FollowPress(do="removed", follow=follow.id, page=page)),
                button(say("No, keep it"), FollowPress(do="open", follow=follow.id, page=page)),
            ]
        ],
    )


# --- adding ----------------------------------------------------------------------------------------------------------


def asked(draft: Draft, say: Say, *, lead: str = "") -> Screen:
    """Which channel it is to be."""
    lines: list[object] = [lead, "\n\n"] if lead else []
    lines.append(
        say(
            "Send @name, a link such as https://t.me/name, or an invite link. Several will do, one a line: at most {most}.",
            most=MOST_AT_ONCE,
        )
    )
    return Screen(text=Text(*lines), buttons=[[cancel(say, OF, draft.id)]])


def no_account(say: Say) -> Screen:
    """How channels come in where no account reads for us."""
    return Screen(
        text=Text(
            Bold(say("No Telegram account is logged in, so I cannot look channels up by their names.")),
            "\n\n",
            say("There are other ways:"),
            "\n• ",
            say(
                "Make me an administrator of a channel: its posts come to me as they appear. Without the right to post"
                " messages I only read; with it the channel gets digests as well."
            ),
            "\n• ",
            say("Forward posts to me, one or many: each is kept as a post of its channel."),
            "\n• ",
            say("Log an account in on the server: svodka login. Then I read any public channel, with its history."),
        ),
        buttons=[[button("‹ " + say("All channels"), AdminChannelsPress(do="list", channel=0, page=0))]],
    )


def no_channel(typed: str, say: Say) -> str:
    """What was typed names no channel."""
    shown = cut(clean(typed), NAME_UNITS)
    if "t.me/c/" in typed.lower():
        return say("“{typed}” is of a private channel, and tells no outsider which: send its invite link.", typed=shown)
    return say("“{typed}” names no channel.", typed=shown)
