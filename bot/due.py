"""When a reader's digest is due: at their hour, by their clock, on the days that they chose.

Pure. Every moment is reckoned anew with zoneinfo, so that a country that changes its clocks is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: How late a digest may still come; after that what it would have told stands in the next one.
LATE = timedelta(hours=6)

#: Clocks were moved by up to a day (Samoa crossed the date line), so the search begins this many days aside.
_ASIDE = 2
#: A weekly digest whose day did not exist is due within two weeks.
_FAR = 2 * 7 + 2 * _ASIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The hour (0–23) and the weekdays (ISO, 1–7, at least one) of a reader's digest, on the clocks of `tz` (IANA)."""

    hour: int
    days: frozenset[int]
    tz: str

    def __post_init__(self) -> None:
        assert 0 <= self.hour <= 23, self.hour
        assert self.days, "a digest without days is no schedule: it is switched off elsewhere"
        assert self.days <= frozenset(range(1, 8)), self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The moment (UTC) at which a digest is due, and the reader's local day that it is the digest of."""

    at: datetime
    period: date


def next_due(schedule: Schedule, *, after: datetime) -> Due:
    """The first digest that is due strictly after a moment (aware).

    Each chosen day has one digest, at the first moment at which the reader's clocks have reached the hour: an hour that
    the clocks skip is due where they go on, perhaps on the next day, and an hour that comes twice is due the first time.
    A day that does not exist has none. Raises zoneinfo.ZoneInfoNotFoundError for a zone that this machine does not know.
    """
    return next(due for due in _dues(schedule, around=after, step=1) if due.at > after)


def latest_due(schedule: Schedule, *, until: datetime) -> Due:
    """The last digest that was due at a moment (aware) or before it; see `next_due`."""
    return next(due for due in _dues(schedule, around=until, step=-1) if due.at <= until)


def outstanding(schedule: Schedule, *, due_at: datetime, now: datetime) -> Due | None:
    """Which digest is to be delivered now, when the next one was expected at `due_at`; None if none.

    After a time in which nothing ran this is one digest, the latest, and none once `LATE` has passed since it was due:
    what it would have told joins the next. Both moments are aware. Whatever comes out, the digest to expect from here on
    is `next_due(after=now)`.

    It is today's rules that count, not those by which `due_at` was reckoned: a zone may have changed its clocks since.
    """
    if now < due_at:
        return None
    latest = latest_due(schedule, until=now)
    return latest if now - latest.at <= LATE else None


def _dues(schedule: Schedule, *, around: datetime, step: int) -> Iterator[Due]:
    """The digests of the days from just before `around` on, or, with a step of -1, from just after it back."""
    zone = ZoneInfo(schedule.tz)
    start = around.astimezone(zone).date() - step * timedelta(days=_ASIDE)
    for count in range(_FAR + 1):
        day = start + step * timedelta(days=count)
        if day.isoweekday() in schedule.days and _exists(day, zone):
            yield Due(at=_reached(datetime.combine(day, time(schedule.hour)), zone), period=day)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether a local day has a single moment."""
    return _reached(datetime.combine(day, time.min), zone).astimezone(zone).date() == day


def _reached(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) at which the clocks of a zone show a time (naive), or, where they skip it, a later one."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:  # the time comes once, or twice
        return first
    # It is skipped. The two readings, by the offset before and the one after, lie on either side of the leap.
    before, after = second, first
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after
