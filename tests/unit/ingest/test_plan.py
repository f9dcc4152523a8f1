"""What is asked next, and whether everybody has a turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.types import Channel, ChannelKind, Follow, FollowState
from ingest.plan import Floods, Step, Task, Turns, next_task, next_time

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
LONG_AGO = NOW - timedelta(days=30)
MINUTE = timedelta(minutes=1)
READ = [FollowState.READING, FollowState.PROTECTED]


def follow(number: int = 1, state: FollowState = FollowState.READING, **changed: object) -> Follow:
    """A channel of which everything has been read a minute ago."""
    known = state not in {FollowState.WANTED, FollowState.NOT_FOUND}
    made = Follow(
        id=number,
        account_id=1,
        asked=f"@lab_{number}",
        state=state,
        added_at=LONG_AGO,
        channel_id=number if known else None,
        channel=Channel(tg_id=1000 + number, name="Лаборатория", kind=ChannelKind.PUBLIC) if known else None,
        access_hash=1 if known else None,
        watermark=500,
        floor=400,
        read_at=NOW - MINUTE,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def turns(**changed: object) -> Turns:
    return replace(Turns(connected_at=NOW - timedelta(hours=1)), **changed)  # type: ignore[arg-type]


def task(follows: Iterable[Follow], known: Turns | None = None) -> tuple[Step, int] | None:
    """The step that comes next, and of which follow."""
    found = next_task(follows, known or turns(), now=NOW, reread_every=EVERY)
    return found and (found.step, found.follow.id)


# --- what is due ------------------------------------------------------------------------------------------------------


def test_nothing_is_due_when_all_is_read() -> None:
    """Channels that were read a minute ago ask for nothing; nor does an empty list."""
    assert task([]) is None
    assert task([follow(1), follow(2, FollowState.PROTECTED)]) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"read_at": NOW - EVERY},
        {"read_at": None},
        {"read_at": NOW - timedelta(hours=2)},
        {"watermark": None, "floor": None},
    ],
)
@pytest.mark.parametrize("state", READ)
def test_the_last_posts_are_read_again(state: FollowState, changed: dict[str, object]) -> None:
    """When they have not been for long, never were, or not since the connection began, and where reading has to begin."""
    assert task([follow(1, state, **changed)]) == (Step.REREAD, 1)


def test_the_restless_are_read_again_before_their_time() -> None:
    """A channel that something has happened to does not wait for the clock."""
    assert task([follow(1), follow(2)], turns(restless={2})) == (Step.REREAD, 2)


def test_history_is_read_back_to_a_time() -> None:
    """History that was asked for is due until it is done, but not before reading has begun."""
    assert task([follow(backfill_since=LONG_AGO)]) == (Step.BACKFILL, 1)
    assert task([follow(backfill_since=LONG_AGO, watermark=None, floor=None)]) == (Step.REREAD, 1)


def test_gaps_come_first_then_lookups() -> None:
    """What is missing comes before names, names before re-reads and history; none of them is forgotten."""
    everything = [
        follow(1, backfill_since=LONG_AGO),
        follow(2, read_at=None),
        follow(3, FollowState.WANTED),
        follow(4),
    ]
    assert task(everything, turns(gaps={4})) == (Step.FILL, 4)
    assert task(everything) == (Step.LOOK_UP, 3)
    assert task(everything[:2]) == (Step.REREAD, 2)
    assert task(everything[:2], turns(count=1)) == (Step.BACKFILL, 1)


@pytest.mark.parametrize(
    "state",
    [
        FollowState.PAUSED,
        FollowState.NOT_FOUND,
        FollowState.PRIVATE,
        FollowState.BANNED,
        FollowState.TOO_MANY,
        FollowState.REQUESTED,
    ],
)
def test_who_is_not_read_has_no_turn(state: FollowState) -> None:
    """Paused, or kept from being read, a channel asks for nothing, whatever there would be to do."""
    much = follow(1, state, read_at=None, backfill_since=LONG_AGO)
    assert task([much], turns(gaps={1}, restless={1})) is None


def test_a_request_to_join_is_looked_at_when_its_time_has_come() -> None:
    """Not before the hour is over; then by a lookup."""
    assert task([follow(1, FollowState.REQUESTED, wait_until=NOW + MINUTE)]) is None
    assert task([follow(1, FollowState.REQUESTED, wait_until=NOW)]) == (Step.LOOK_UP, 1)


@pytest.mark.parametrize("state", [*READ, FollowState.WANTED])
def test_waits_are_respected(state: FollowState) -> None:
    """A channel that has to wait has no turn for anything until then; afterwards it has."""
    much = follow(1, state, read_at=None, backfill_since=LONG_AGO, wait_until=NOW + timedelta(seconds=1))
    assert task([much], turns(gaps={1}, restless={1})) is None
    assert task([replace(much, wait_until=NOW)], turns(gaps={1})) is not None


# --- fairness ---------------------------------------------------------------------------------------------------------


def play(follows: list[Follow], known: Turns, rounds: int, *, seconds: int = 1) -> list[Task]:
    """Take the tasks of so many turns, as the ingester would: a re-read and a lookup are done at once, a gap and a history never are."""
    now, taken = NOW, []
    held = {one.id: one for one in follows}
    for _ in range(rounds):
        found = next_task(held.values(), known, now=now, reread_every=EVERY)
        if found is None:
            break
        known.serve(found.follow.id)
        taken.append(found)
        if found.step is Step.REREAD:
            held[found.follow.id] = replace(found.follow, read_at=now)
        elif found.step is Step.LOOK_UP:
            del held[found.follow.id]
        now += timedelta(seconds=seconds)
    return taken


def test_a_long_history_holds_up_no_channel() -> None:
    """Of 300 channels that are due, one with a long history, each is read again within 600 turns, and history goes on."""
    follows = [follow(number, read_at=None, backfill_since=LONG_AGO if number == 7 else None) for number in range(300)]
    taken = Counter((found.step, found.follow.id) for found in play(follows, turns(), 601))
    assert {number for step, number in taken if step is Step.REREAD} == set(range(300))
    assert taken[Step.BACKFILL, 7] >= 250


def test_many_channels_hold_up_no_history() -> None:
    """With more channels due than can be read in time, a good part of the turns is still history's; histories take turns."""
    follows = [follow(number, read_at=None, backfill_since=LONG_AGO if number < 3 else None) for number in range(300)]
    taken = play(follows, turns(), 400, seconds=60)
    histories = Counter(found.follow.id for found in taken if found.step is Step.BACKFILL)
    assert sum(histories.values()) >= 95
    assert max(histories.values()) - min(histories.values()) <= 2
    assert set(histories) == {0, 1, 2}


def test_gaps_take_turns() -> None:
    """Several long gaps are filled side by side, none before the other."""
    taken = play([follow(number) for number in range(5)], turns(gaps=set(range(5))), 50)
    assert Counter(found.follow.id for found in taken) == dict.fromkeys(range(5), 10)


def test_a_long_gap_holds_up_no_channel() -> None:
    """While one channel has a gap of hundreds of pages, 299 others are read again, and names looked up, within 900 turns."""
    follows = [follow(number, read_at=None) for number in range(299)]
    follows += [follow(299), follow(300, FollowState.WANTED)]
    taken = Counter((found.step, found.follow.id) for found in play(follows, turns(gaps={299}), 900))
    assert {number for step, number in taken if step is Step.REREAD} == set(range(299))
    assert taken[Step.LOOK_UP, 300] > 0


# --- when something is due --------------------------------------------------------------------------------------------


def when(*follows: Follow) -> timedelta:
    """How long until something will be due."""
    return next_time(follows, now=NOW, reread_every=EVERY) - NOW


def test_the_next_time_is_that_of_the_first() -> None:
    """The next re-read, the end of the next wait, and never later than a re-read's time from now, nor before now."""
    assert when() == EVERY
    assert when(follow(1)) == EVERY - MINUTE
    assert when(follow(1), follow(2, read_at=NOW - 3 * MINUTE)) == EVERY - 3 * MINUTE
    assert when(follow(1), follow(2, wait_until=NOW + MINUTE)) == MINUTE
    assert when(follow(1, FollowState.REQUESTED, wait_until=NOW + MINUTE)) == MINUTE
    assert when(follow(1, FollowState.WANTED, wait_until=NOW + MINUTE)) == MINUTE
    assert when(follow(1, wait_until=NOW + timedelta(hours=14))) == EVERY
    assert when(follow(1, read_at=LONG_AGO)) == timedelta(0)


def test_who_is_not_read_wakes_nobody() -> None:
    """The times of paused and unreadable channels do not count."""
    assert when(follow(1, FollowState.PAUSED, wait_until=NOW + MINUTE, read_at=LONG_AGO)) == EVERY
    assert when(follow(1, FollowState.BANNED, wait_until=NOW + MINUTE, read_at=LONG_AGO)) == EVERY


def test_at_the_next_time_there_is_something_to_do() -> None:
    """A reader that sleeps until the next time finds a task, and does not wake to sleep again."""
    for follows in (
        [follow(1), follow(2)],
        [follow(1, wait_until=NOW + MINUTE, read_at=None)],
        [follow(1, FollowState.REQUESTED, wait_until=NOW + MINUTE)],
    ):
        at = next_time(follows, now=NOW, reread_every=EVERY)
        assert next_task(follows, turns(), now=at, reread_every=EVERY) is not None


# --- floods -----------------------------------------------------------------------------------------------------------

METHOD = "contacts.resolveUsername"


def test_one_wait_is_a_channels_a_second_the_methods() -> None:
    """After one channel's wait others are tried; after a second one's all are left be, until the first wait is over."""
    floods = Floods()
    assert floods.until(METHOD, 3, now=NOW) is None
    floods.hit(METHOD, 1, NOW + 2 * MINUTE)
    assert floods.until(METHOD, 3, now=NOW) is None
    floods.hit(METHOD, 2, NOW + MINUTE)
    assert floods.until(METHOD, 3, now=NOW) == NOW + MINUTE
    assert floods.until("messages.getHistory", 3, now=NOW) is None, "another method is another matter"


def test_one_channels_two_waits_are_one() -> None:
    """A channel that has to wait again is not taken for two; its own wait does not hold it up once it is tried."""
    floods = Floods()
    floods.hit(METHOD, 1, NOW + MINUTE)
    floods.hit(METHOD, 1, NOW + 2 * MINUTE)
    assert floods.until(METHOD, 2, now=NOW) is None
    assert floods.until(METHOD, 1, now=NOW) is None


def test_waits_end_with_time() -> None:
    """Of two waits, one that is over counts no longer; then one channel is tried again."""
    floods = Floods()
    floods.hit(METHOD, 1, NOW + MINUTE)
    floods.hit(METHOD, 2, NOW + 2 * MINUTE)
    assert floods.until(METHOD, 3, now=NOW + MINUTE) is None
    assert floods.until(METHOD, 3, now=NOW + 3 * MINUTE) is None


def test_a_request_that_went_through_ends_the_waits() -> None:
    """A success shows that the waits were channels', so the others are tried again."""
    floods = Floods()
    floods.hit(METHOD, 1, NOW + MINUTE)
    floods.hit(METHOD, 2, NOW + MINUTE)
    floods.passed(METHOD)
    assert floods.until(METHOD, 3, now=NOW) is None
