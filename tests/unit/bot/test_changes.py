"""What presses make of a reader's choices, and when the next digest comes after them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import changes, due
from bot.subscribing import next_after
from core.readers import Cap, Length, Reader, ReaderKind, ReaderState

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
READER = Reader(
    id=1,
    chat_id=1,
    thread_id=None,
    kind=ReaderKind.PERSON,
    title="",
    lang="ru",
    tz="Europe/Moscow",
    hour=9,
    days=(1, 2, 3),
    length=Length.NORMAL,
    quiet=False,
    all_topics=True,
    state=ReaderState.ACTIVE,
    since=NOW,
    due_at=NOW,
    created_at=NOW,
)

SETTINGS = [
    ("hour", "0", {"hour": 0}),
    ("hour", "23", {"hour": 23}),
    ("day", "+7", {"days": (1, 2, 3, 7)}),
    ("day", "+1", {"days": (1, 2, 3)}),
    ("day", "-2", {"days": (1, 3)}),
    ("day", "-7", {"days": (1, 2, 3)}),
    ("week", "7771", {"days": (1, 7)}),
    ("lang", "en", {"lang": "en"}),
    ("tz", "asia/calcutta", {"tz": "Asia/Kolkata"}),
    ("length", "short", {"length": Length.SHORT}),
    ("quiet", "1", {"quiet": True}),
]


@pytest.mark.parametrize(("do", "value", "fields"), SETTINGS)
def test_a_press_says_what_is_to_be(do: str, value: str, fields: dict[str, object]) -> None:
    """A press changes the one thing that it names; pressing it twice changes nothing more."""
    once = changes.changed(READER, do, value)
    assert once == replace(READER, **fields)  # type: ignore[arg-type]
    assert once is not None
    assert changes.changed(once, do, value) == once


def test_the_last_day_stays() -> None:
    """A digest without days is none."""
    assert changes.changed(replace(READER, days=(2,)), "day", "-2") is None


@given(do=st.text(max_size=8) | st.sampled_from([name for name, _, _ in SETTINGS]), value=st.text(max_size=40))
def test_no_press_makes_a_reader_that_cannot_be(do: str, value: str) -> None:
    """Whatever a forged button holds, what comes out is a reader whose next digest can be reckoned, or nothing."""
    made = changes.changed(READER, do, value)
    if made is not None:
        schedule = due.Schedule(hour=made.hour, days=frozenset(made.days), tz=made.tz)
        assert next_after(schedule, had=None, now=NOW).at > NOW
        assert made.lang in {"ru", "en"}


@given(
    presses=st.lists(st.tuples(st.sampled_from(["on", "off", "all", "none"]), st.sampled_from("abc")), max_size=12),
    all_topics=st.booleans(),
    topics=st.frozensets(st.sampled_from("abc")),
)
def test_a_topic_is_as_it_was_pressed_last(
    presses: list[tuple[str, str]], all_topics: bool, topics: frozenset[str]
) -> None:
    """After "on" a topic is wanted, after "off" it is not, in either way of choosing, and no other topic changes."""
    reader = replace(READER, all_topics=all_topics, topics=topics)
    for do, slug in presses:
        after = changes.with_topic(reader, do, slug)
        assert after is not None
        for other in "abc":
            expected = do in {"on", "all"} if other == slug or do in {"all", "none"} else reader.wants(other)
            assert after.wants(other) is expected
        reader = after


def test_new_topics_come_to_who_wants_all() -> None:
    """Leaving one out is not choosing the others: what appears later comes as well, until one begins with none."""
    left_out = changes.with_topic(READER, "off", "a")
    assert left_out is not None
    assert left_out.wants("new")
    none = changes.with_topic(READER, "none", "")
    assert none is not None
    assert not none.wants("new")
    assert not changes.wants_any(none, ["a"])
    assert changes.wants_any(none, [])


def test_limits_replace_each_other() -> None:
    """A channel has one limit, or none; other channels keep theirs."""
    reader = replace(READER, caps=(Cap(channel_id=1, most=2), Cap(channel_id=2, most=0)))
    assert changes.with_cap(reader, 1, "3") == replace(
        READER, caps=(Cap(channel_id=2, most=0), Cap(channel_id=1, most=3))
    )
    assert changes.with_cap(reader, 1, "free") == replace(READER, caps=(Cap(channel_id=2, most=0),))
    assert changes.with_cap(reader, 1, "4") is None


@given(
    hours=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    zones=st.tuples(
        *[st.sampled_from(["Europe/Moscow", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata"])] * 2
    ),
    days=st.frozensets(st.integers(1, 7), min_size=1),
    minutes=st.integers(0, 60 * 24 * 30),
)
def test_no_day_is_delivered_twice(
    hours: tuple[int, int], zones: tuple[str, str], days: frozenset[int], minutes: int
) -> None:
    """After a digest, whatever hour, days and zone are changed to, the next digest is that of a later day, and to come."""
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    had = due.next_due(due.Schedule(hour=hours[0], days=frozenset(range(1, 8)), tz=zones[0]), after=begun)
    now = had.at + timedelta(minutes=minutes % (60 * 24))
    found = next_after(due.Schedule(hour=hours[1], days=days, tz=zones[1]), had=had.period, now=now)
    assert found.at > now
    assert found.period > had.period
    assert found.at.astimezone(ZoneInfo(zones[1])).hour == hours[1]


def test_moving_the_hour_before_and_after_the_digest() -> None:
    """At noon, moved from nine to eighteen: today if the digest of nine has not come, tomorrow if it has."""
    schedule = due.Schedule(hour=18, days=frozenset(range(1, 8)), tz="Europe/Moscow")
    assert next_after(schedule, had=date(2026, 11, 24), now=NOW).period == date(2026, 11, 25)
    assert next_after(schedule, had=date(2026, 11, 25), now=NOW).period == date(2026, 11, 26)
