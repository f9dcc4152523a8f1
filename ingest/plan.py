"""Which request comes next, of all that an account has to ask. Pure.

What cannot wait comes first: gaps, then channels to be looked up; but every second turn belongs to the rest. Among channels it
is theirs whose last turn is longest ago. So neither a long gap nor a large history nor a large number of channels holds up
the others.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.types import Follow, FollowState


class Step(enum.StrEnum):
    """What is done with a channel, in one or a few requests."""

    LOOK_UP = "look up"
    FILL = "fill"
    REREAD = "reread"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A step for one channel."""

    step: Step
    follow: Follow


@dataclass(slots=True, kw_only=True)
class Turns:
    """What is remembered between requests of one connection.

    `gaps`: follows with messages missing between what was read and what has been seen since. `restless`: those whose last
    posts should be read again soon, whatever the clock says. `partial`: numbers of messages of which an event told only
    the beginning. `served`: when each had its turn, by count.
    """

    connected_at: datetime
    gaps: set[int] = field(default_factory=set)
    restless: set[int] = field(default_factory=set)
    partial: dict[int, set[int]] = field(default_factory=dict)
    served: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def serve(self, follow_id: int) -> None:
        """Note that a follow has had its turn."""
        self.count += 1
        self.served[follow_id] = self.count


def next_task(follows: Iterable[Follow], turns: Turns, *, now: datetime, reread_every: timedelta) -> Task | None:
    """The next thing to ask; None if nothing is due."""
    free = [follow for follow in follows if follow.wait_until is None or follow.wait_until <= now]
    due: Mapping[Step, Sequence[Follow]] = {
        Step.FILL: [follow for follow in free if follow.state.is_read and follow.id in turns.gaps],
        Step.LOOK_UP: [follow for follow in free if _is_unknown(follow)],
        Step.REREAD: [follow for follow in free if _is_stale(follow, turns, now, reread_every)],
        Step.BACKFILL: [follow for follow in free if _has_history(follow)],
    }
    for step in _order(turns.count):
        if due[step]:
            return Task(step=step, follow=min(due[step], key=lambda follow: _last(follow, turns)))
    return None


def _order(count: int) -> tuple[Step, ...]:
    """What goes before what in a turn: gaps in every second one, in the others all that they would hold up."""
    if count % 2 == 0:
        return Step.FILL, Step.LOOK_UP, Step.REREAD, Step.BACKFILL
    late = (Step.REREAD, Step.BACKFILL) if count % 4 == 3 else (Step.BACKFILL, Step.REREAD)
    return Step.LOOK_UP, *late, Step.FILL


def _last(follow: Follow, turns: Turns) -> tuple[int, datetime]:
    """When a follow had its last turn: on this connection, else on those before, which may have been short."""
    return turns.served.get(follow.id, 0), follow.read_at or datetime.min.replace(tzinfo=UTC)


def next_time(follows: Iterable[Follow], *, now: datetime, reread_every: timedelta) -> datetime:
    """When something will be due, if nothing happens until then; at the latest in `reread_every`."""
    times = [now + reread_every]
    for follow in follows:
        if follow.state.is_read or follow.state in {FollowState.WANTED, FollowState.REQUESTED}:
            if follow.wait_until is not None and follow.wait_until > now:
                times.append(follow.wait_until)
            elif follow.state.is_read and follow.read_at is not None:
                times.append(follow.read_at + reread_every)
    return max(now, min(times))


def _is_unknown(follow: Follow) -> bool:
    return follow.state is FollowState.WANTED or (
        follow.state is FollowState.REQUESTED and follow.wait_until is not None
    )


def _is_stale(follow: Follow, turns: Turns, now: datetime, reread_every: timedelta) -> bool:
    if not follow.state.is_read or follow.id in turns.gaps:
        return False
    read_at = follow.read_at
    return (
        follow.watermark is None
        or follow.id in turns.restless
        or read_at is None
        or read_at < turns.connected_at
        or read_at <= now - reread_every
    )


def _has_history(follow: Follow) -> bool:
    return follow.state.is_read and follow.backfill_since is not None and follow.floor is not None


class Floods:
    """Which methods Telegram wants to be left alone for all channels: one wait is one channel's, a second one the method's.

    A wait may be for the channel or for the method, and Telegram does not say. So others are still tried, but not all.
    """

    def __init__(self) -> None:
        self._waits: dict[str, dict[int, datetime]] = {}

    def hit(self, method: str, follow_id: int, until: datetime) -> None:
        """Note that a channel's request has to wait."""
        self._waits.setdefault(method, {})[follow_id] = until

    def until(self, method: str, follow_id: int, *, now: datetime) -> datetime | None:
        """Until when a channel should not ask for a method, because of others' waits; None if it may be tried."""
        waits = self._waits.get(method, {})
        others = sorted(until for other, until in waits.items() if until > now and other != follow_id)
        return others[0] if len(others) > 1 else None

    def passed(self, method: str) -> None:
        """A request went through after all."""
        self._waits.pop(method, None)
