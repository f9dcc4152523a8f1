"""Moments, hours and weekdays as a reader is told them, on the reader's own clocks.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.speech import Say
from bot.texts import words

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WEEKDAYS = (1, 2, 3, 4, 5)


def when(moment: datetime, say: Say, *, tz: str, now: datetime) -> str:
    """A moment to come: `today at 18:00`, `tomorrow, 26 November, at 09:00`, `on 28 November at 09:00`."""
    zone = ZoneInfo(tz)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    time = f"{local:%H:%M}"
    if local.date() == today:
        return say("today at {time}", time=time)
    day = words(say.lang).day(local.date(), year=False)
    if local.date() == today + timedelta(days=1):
        return say("tomorrow, {day}, at {time}", day=day, time=time)
    return say("on {day} at {time}", day=day, time=time)


def clock(hour: int) -> str:
    """An hour as clocks show it."""
    return f"{hour:02d}:00"


def day_names(say: Say) -> tuple[str, ...]:
    """The short names of the days of the week, Monday first."""
    return say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun")


def rhythm(hour: int, days: Sequence[int], say: Say) -> str:
    """When digests come: `every day at 09:00`, `on weekdays at 09:00`, `Mon, Thu at 09:00`."""
    time, chosen = clock(hour), tuple(sorted(set(days)))
    if chosen == EVERY_DAY:
        return say("every day at {time}", time=time)
    if chosen == WEEKDAYS:
        return say("on weekdays at {time}", time=time)
    names = day_names(say)
    return say("{days} at {time}", days=", ".join(names[day - 1] for day in chosen), time=time)
