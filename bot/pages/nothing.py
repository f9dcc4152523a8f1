"""What is said to who asked for a digest where there are no stories: why, and what is coming.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Bold, Text, as_list

from bot import zones
from bot.pages import moments
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from bot.texts import words
from core.readers import Reader, ReaderState
from core.store.archive import Extent
from core.types import Topic

_TOPIC_UNITS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The archive, how many stories are on their way, and what was asked for: the first and last day, the topic, or neither."""

    extent: Extent
    waiting: int
    days: tuple[date, date] | None
    topic: Topic | None


def page(reader: Reader, state: State, say: Say, *, now: datetime) -> Screen:
    """Why there is nothing, what was read last, and when the next digest comes, on the reader's own clocks."""
    if not state.extent.posts:
        return Screen(text=Text(say("There are no posts yet. As soon as channels are read, stories come.")))
    lines = [_none(state.days, say, today=now.astimezone(ZoneInfo(reader.tz)).date())]
    if state.waiting:
        lines.append(
            say.many(
                "{n} story is being prepared; try again in a minute.",
                "{n} stories are being prepared; try again in a minute.",
                state.waiting,
            )
        )
    elif state.extent.last is not None:
        lines.append(say("The newest post: {when}.", when=past(state.extent.last, say, tz=reader.tz, now=now)))
    if reader.state is ReaderState.ACTIVE and reader.due_at is not None:
        when = moments.when(reader.due_at, say, tz=reader.tz, now=now)
        zone = zones.label(reader.tz, lang=say.lang, now=now)
        lines.append(say("The next digest comes {when} ({zone}).", when=when, zone=zone))
    topic = state.topic and cut(clean(state.topic.title(say.lang)), _TOPIC_UNITS)
    return Screen(text=as_list(*([Bold(topic)] if topic else []), *lines, sep="\n\n"))


def past(moment: datetime, say: Say, *, tz: str, now: datetime) -> str:
    """A moment gone by: `today at 11:40`, `yesterday at 20:10`, `15 September at 20:10`, with the year if it is another."""
    local, today = moment.astimezone(ZoneInfo(tz)), now.astimezone(ZoneInfo(tz)).date()
    time = f"{local:%H:%M}"
    if local.date() == today:
        return say("today at {time}", time=time)
    if local.date() == today - timedelta(days=1):
        return say("yesterday at {time}", time=time)
    day = words(say.lang).day(local.date(), year=local.year != today.year)
    return say("{day} at {time}", day=day, time=time)


def _none(days: tuple[date, date] | None, say: Say, *, today: date) -> str:
    """That there are no stories of those days, or nothing new; days are called as people call them."""
    if days is None:
        return say("There is nothing new for you yet.")
    first, last = days
    if first == last == today:
        return say("No stories today so far.")
    if first == last == today - timedelta(days=1):
        return say("There were no stories yesterday.")
    if first == last:
        return say("No stories for {day}.", day=words(say.lang).day(first, year=first.year != today.year))
    return say("No stories in the past week.")
