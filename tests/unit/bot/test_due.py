"""When a digest is due: by the reader's clocks, whatever is done to these, each day once, and never much too late."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.due import LATE, Due, Schedule, latest_due, next_due, outstanding

EVERY_DAY = frozenset(range(1, 8))
QUARTER = timedelta(minutes=15)
#: Clocks moved by an hour, by two (Troll), by half an hour (Lord Howe), at midnight (Santiago, Havana, Cairo), into the next
#: day (Nuuk), at a quarter to three (Chatham), in winter on the southern half, and by the moon (Casablanca).
MOVED = [
    "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "America/Nuuk", "Africa/Cairo", "Africa/Casablanca",
    "Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll",
]  # fmt: skip


def schedule(hour: int, tz: str, days: frozenset[int] = EVERY_DAY) -> Schedule:
    return Schedule(hour=hour, days=days, tz=tz)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changes(tz: str) -> list[datetime]:
    """The moments of 2026 and 2027 at which a zone changes its offset, to the second."""
    zone = ZoneInfo(tz)
    found = []
    for day in range(2 * 365):
        before = moment("2026-01-01T00:00") + timedelta(days=day)
        after = before + timedelta(days=1)
        if before.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
            continue
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
                before = middle
            else:
                after = middle
        found.append(after.replace(microsecond=0))
    return found


def ticks(start: datetime, end: datetime) -> Iterator[datetime]:
    while start <= end:
        yield start
        start += QUARTER


def delivered(plan: Schedule, start: datetime, end: datetime) -> list[tuple[datetime, Due]]:
    """What is delivered, and when, where somebody looks every quarter of an hour what is outstanding."""
    due_at = next_due(plan, after=start).at
    found = []
    for now in ticks(start, end):
        if now >= due_at:
            due = outstanding(plan, due_at=due_at, now=now)
            if due is not None:
                found.append((now, due))
            due_at = next_due(plan, after=now).at
    return found


@pytest.mark.parametrize("tz", MOVED)
def test_each_day_has_one_digest_whatever_the_clocks_do(tz: str) -> None:
    """For two days on either side of each change, at every hour: each day once, at the hour or the first moment after it."""
    zone = ZoneInfo(tz)
    assert changes(tz)
    for change in changes(tz):
        start, end = change - timedelta(days=2), change + timedelta(days=2)
        shown = [(now, now.astimezone(zone).replace(tzinfo=None)) for now in ticks(start, end)]
        first, last = shown[0][1], shown[-1][1]
        days = [first.date() + timedelta(days=count) for count in range(6)]
        for hour in range(24):
            walls = {day: datetime.combine(day, time(hour)) for day in days}
            expected = [
                (day, next(now for now, clock in shown if clock >= wall))
                for day, wall in walls.items()
                if first < wall <= last
            ]
            seen = delivered(schedule(hour, tz), start, end)
            assert [(due.period, due.at) for _, due in seen] == expected, (change, hour)
            assert all(now == due.at for now, due in seen), (change, hour)


def test_a_zone_without_changes_keeps_its_hour() -> None:
    """Moscow has not moved its clocks since 2014: nine o'clock is six by UTC in every month."""
    assert changes("Europe/Moscow") == []
    dues = delivered(schedule(9, "Europe/Moscow"), moment("2026-01-01T00:00"), moment("2027-12-31T23:45"))
    assert len(dues) == 2 * 365
    assert {due.at.time() for _, due in dues} == {time(6)}


@pytest.mark.parametrize(
    ("tz", "hour", "after", "at", "period"),
    [
        ("Europe/Moscow", 9, "2026-11-25T05:59", "2026-11-25T06:00", date(2026, 11, 25)),
        ("Europe/Moscow", 9, "2026-11-25T06:00", "2026-11-26T06:00", date(2026, 11, 26)),
        ("Europe/Moscow", 1, "2026-11-25T00:00", "2026-11-25T22:00", date(2026, 11, 26)),
        ("Asia/Kolkata", 8, "2026-11-25T00:00", "2026-11-25T02:30", date(2026, 11, 25)),
        ("Asia/Kathmandu", 8, "2026-11-25T00:00", "2026-11-25T02:15", date(2026, 11, 25)),
        ("Pacific/Kiritimati", 7, "2026-11-25T00:00", "2026-11-25T17:00", date(2026, 11, 26)),
        ("Pacific/Pago_Pago", 7, "2026-11-25T00:00", "2026-11-25T18:00", date(2026, 11, 25)),
        # skipped: 02:00 to 03:00 in Berlin, and the first half hour of it at Lord Howe
        ("Europe/Berlin", 2, "2026-03-28T12:00", "2026-03-29T01:00", date(2026, 3, 29)),
        ("Europe/Berlin", 3, "2026-03-28T12:00", "2026-03-29T01:00", date(2026, 3, 29)),
        ("Australia/Lord_Howe", 2, "2026-10-03T12:00", "2026-10-03T15:30", date(2026, 10, 4)),
        # twice
        ("Europe/Berlin", 2, "2026-10-24T12:00", "2026-10-25T00:00", date(2026, 10, 25)),
        ("America/New_York", 1, "2026-10-31T12:00", "2026-11-01T05:00", date(2026, 11, 1)),
        # two hours are skipped at Troll: both are due where the clocks go on
        ("Antarctica/Troll", 1, "2026-03-28T12:00", "2026-03-29T01:00", date(2026, 3, 29)),
        ("Antarctica/Troll", 2, "2026-03-28T12:00", "2026-03-29T01:00", date(2026, 3, 29)),
        # midnight is skipped, and the last hour of a Saturday
        ("America/Havana", 0, "2026-03-07T12:00", "2026-03-08T05:00", date(2026, 3, 8)),
        ("America/Nuuk", 23, "2026-03-28T12:00", "2026-03-29T01:00", date(2026, 3, 28)),
        ("America/Nuuk", 0, "2026-03-28T12:00", "2026-03-29T01:00", date(2026, 3, 29)),
    ],
)
def test_next_due(tz: str, hour: int, after: str, at: str, period: date) -> None:
    """The hour of the reader's clocks as UTC, and the day that it is the digest of."""
    due = next_due(schedule(hour, tz), after=moment(after))
    assert due == Due(at=moment(at), period=period)
    assert latest_due(schedule(hour, tz), until=due.at) == due


@pytest.mark.parametrize(
    ("tz", "missing"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Fakaofo", date(2011, 12, 30)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
    ],
)
@pytest.mark.parametrize("hour", [0, 9, 23])
def test_a_day_that_does_not_exist_has_no_digest(tz: str, missing: date, hour: int) -> None:
    """Where the date line was crossed, the day before and the day after have theirs; a week's digest waits a week."""
    plan = schedule(hour, tz)
    before = latest_due(plan, until=datetime.combine(missing, time(hour), tzinfo=ZoneInfo(tz)) - timedelta(days=1))
    after = next_due(plan, after=before.at)
    assert (before.period, after.period) == (missing - timedelta(days=1), missing + timedelta(days=1))
    assert after.at - before.at == timedelta(days=1)
    weekly = schedule(hour, tz, frozenset({missing.isoweekday()}))
    assert next_due(weekly, after=before.at).period == missing + timedelta(days=7)
    assert latest_due(weekly, until=after.at).period == missing - timedelta(days=7)


@pytest.mark.parametrize(
    ("days", "after", "period"),
    [
        ({1}, "2026-11-25T12:00", date(2026, 11, 30)),
        ({1, 4}, "2026-11-25T12:00", date(2026, 11, 26)),
        ({3}, "2026-11-25T12:00", date(2026, 12, 2)),
        ({6, 7}, "2026-11-29T12:00", date(2026, 12, 5)),
        ({1, 2, 3, 4, 5}, "2026-11-27T12:00", date(2026, 11, 30)),
    ],
)
def test_only_chosen_days_have_a_digest(days: set[int], after: str, period: date) -> None:
    """Days are the reader's own weekdays, from Monday, 1, to Sunday, 7."""
    assert next_due(schedule(9, "Europe/Moscow", frozenset(days)), after=moment(after)).period == period


def test_a_chosen_day_is_the_readers_day() -> None:
    """On Kiritimati Monday begins while it is Sunday morning in London."""
    due = next_due(schedule(0, "Pacific/Kiritimati", frozenset({1})), after=moment("2026-11-27T00:00"))
    assert due == Due(at=moment("2026-11-29T10:00"), period=date(2026, 11, 30))


ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
SCHEDULES = st.builds(
    Schedule,
    hour=st.integers(0, 23),
    days=st.frozensets(st.integers(1, 7), min_size=1),
    tz=ZONES | st.sampled_from(MOVED),
)
MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(SCHEDULES, MOMENTS)
@example(schedule(23, "Pacific/Apia"), moment("2011-12-30T09:59"))
@example(schedule(0, "Pacific/Kwajalein", frozenset({6})), moment("1993-08-20T12:00"))
@example(schedule(23, "America/Nuuk", frozenset({6})), moment("2026-03-29T01:00"))
@example(schedule(0, "America/St_Johns"), moment("2006-10-29T02:45"))  # a minute after midnight it was yesterday again
def test_next_and_latest_agree(plan: Schedule, when: datetime) -> None:
    """Between the latest and the next nothing is due; each finds the other."""
    latest, following = latest_due(plan, until=when), next_due(plan, after=when)
    assert latest.at <= when < following.at
    assert latest.period < following.period
    assert next_due(plan, after=latest.at) == following
    assert latest_due(plan, until=following.at) == following
    assert latest_due(plan, until=following.at - timedelta(microseconds=1)) == latest


@given(SCHEDULES, MOMENTS)
def test_dues_are_the_chosen_days_in_order(plan: Schedule, when: datetime) -> None:
    """A fortnight of digests: moments and days ascend, every chosen day is there, none other, none before its hour."""
    zone = ZoneInfo(plan.tz)
    dues = [next_due(plan, after=when)]
    while len(dues) < 2 * len(plan.days):
        dues.append(next_due(plan, after=dues[-1].at))
    assert all(early.at < late.at and early.period < late.period for early, late in itertools.pairwise(dues))
    for due in dues:
        clock = due.at.astimezone(zone).replace(tzinfo=None)
        assert due.period.isoweekday() in plan.days
        assert clock >= datetime.combine(due.period, time(plan.hour))
        just_before = (due.at - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert just_before < datetime.combine(due.period, time(plan.hour))
    between = {dues[0].period + timedelta(days=count) for count in range((dues[-1].period - dues[0].period).days)}
    missed = {day for day in between if day.isoweekday() in plan.days} - {due.period for due in dues}
    assert not [
        day
        for day in missed
        if datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC).astimezone(zone).date() == day
    ]


@pytest.mark.parametrize(
    ("due_at", "now", "period"),
    [
        ("2026-11-25T06:00", "2026-11-25T05:59", None),  # not yet
        ("2026-11-25T06:00", "2026-11-25T06:00", date(2026, 11, 25)),
        ("2026-11-25T06:00", "2026-11-25T12:00", date(2026, 11, 25)),  # six hours late
        ("2026-11-25T06:00", "2026-11-25T12:01", None),  # it joins the next
        ("2026-11-22T06:00", "2026-11-25T07:00", date(2026, 11, 25)),  # after three days, one
        ("2026-11-22T06:00", "2026-11-25T05:00", None),
        ("2026-11-26T06:00", "2026-11-25T07:00", None),  # the one of today was delivered
        ("2026-11-25T06:30", "2026-11-25T07:00", date(2026, 11, 25)),  # reckoned by rules that have changed since
        ("2026-11-25T05:00", "2026-11-25T05:30", None),
    ],
)
def test_outstanding(due_at: str, now: str, period: date | None) -> None:
    """After downtime one digest, not several, and none later than six hours after the reader's hour."""
    due = outstanding(schedule(9, "Europe/Moscow"), due_at=moment(due_at), now=moment(now))
    assert (due and due.period) == period


@given(SCHEDULES, st.lists(st.timedeltas(timedelta(), timedelta(days=9)), min_size=1, max_size=12), MOMENTS)
def test_whenever_somebody_looks_nothing_is_delivered_twice(
    plan: Schedule, pauses: list[timedelta], start: datetime
) -> None:
    """With pauses of any length: days ascend, nothing comes early or more than six hours late, what is fresh is not lost."""
    now, due_at, seen = start, next_due(plan, after=start).at, []
    for pause in pauses:
        now += pause
        due = outstanding(plan, due_at=due_at, now=now)
        latest = latest_due(plan, until=now)
        if due is not None:
            assert due == latest
            assert timedelta() <= now - due.at <= LATE
            seen.append(due.period)
        elif now >= due_at:
            assert now - latest.at > LATE
        if now >= due_at:
            due_at = next_due(plan, after=now).at
    assert seen == sorted(set(seen))


def test_a_zone_that_is_none_is_told() -> None:
    """A zone that this machine does not know raises what zoneinfo raises."""
    with pytest.raises(ZoneInfoNotFoundError):
        next_due(schedule(9, "Europe/Atlantis"), after=moment("2026-11-25T00:00"))


@pytest.mark.parametrize(("hour", "days"), [(24, {1}), (-1, {1}), (9, set()), (9, {0}), (9, {1, 8})])
def test_a_schedule_has_an_hour_and_days(hour: int, days: set[int]) -> None:
    """An hour that no clock shows, no day at all, or one that no week has, is no schedule."""
    with pytest.raises(AssertionError):
        schedule(hour, "UTC", frozenset(days))
