"""Requests of an account start one after the other, evenly spaced, and not at all while Telegram wants that."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from ingest.pace import Pace
from tests.flow.test_telegram_login import at_once


async def starts(pace: Pace, count: int) -> list[float]:
    """When each of so many requests that are asked for at once starts, in the order of asking."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    found: dict[int, float] = {}

    async def one(number: int) -> None:
        await pace.turn()
        found[number] = loop.time() - begun

    await asyncio.gather(*(one(number) for number in range(count)))
    assert list(found) == sorted(found), "in the order in which they have asked"
    return list(found.values())


def test_requests_are_evenly_spaced() -> None:
    """Ten requests that are asked for at once start a second apart, the first at once."""

    async def work() -> None:
        pace = Pace(1.0)
        found = await starts(pace, 10)
        assert [round(moment) for moment in found] == list(range(10))
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(found))
        assert pace.requests == 10

    at_once(work())


def test_a_quiet_time_earns_no_burst() -> None:
    """After a pause the requests are spaced as ever: the time that was not used is gone."""

    async def work() -> None:
        pace = Pace(1.0)
        await pace.turn()
        await asyncio.sleep(100)
        assert [round(moment) for moment in await starts(pace, 3)] == [0, 1, 2]

    at_once(work())


def test_without_a_pace_nothing_waits() -> None:
    """A pace of no seconds lets all start at once, and counts them."""

    async def work() -> None:
        pace = Pace(0)
        assert all(moment < 1 for moment in await starts(pace, 50))
        assert pace.take() == (50, 0.0)

    at_once(work())


def test_nothing_starts_while_the_account_stands_still() -> None:
    """A wait holds up all that come after it, those too that wait for their turn already; it is counted in seconds."""

    async def work() -> None:
        pace = Pace(1.0)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await pace.turn()
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(0.1)
        pace.stand_still(30)
        await waiting
        assert round(loop.time() - begun) == 30
        await pace.turn()
        assert round(loop.time() - begun) == 31
        assert pace.waited == 30

    at_once(work())


def test_the_longest_wait_counts() -> None:
    """A shorter wait that is asked for later does not end a longer one."""

    async def work() -> None:
        pace = Pace(0)
        begun = asyncio.get_running_loop().time()
        pace.stand_still(30)
        pace.stand_still(5)
        await pace.turn()
        assert round(asyncio.get_running_loop().time() - begun) == 30

    at_once(work())


def test_who_gives_up_keeps_no_turn() -> None:
    """A request that is cancelled while it waits is not counted and holds nobody up."""

    async def work() -> None:
        pace = Pace(10.0)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await pace.turn()
        given_up = asyncio.create_task(pace.turn())
        after = asyncio.create_task(pace.turn())
        await asyncio.sleep(1)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        await after
        assert round(loop.time() - begun) == 10
        assert pace.requests == 2

    at_once(work())


async def test_what_was_counted_is_taken_once() -> None:
    """Requests and seconds are handed over since the last time; the clock may be another."""
    now = 100.0
    pace = Pace(5, clock=lambda: now)
    await pace.turn()
    pace.stand_still(2.5)
    assert pace.take() == (1, 2.5)
    assert pace.take() == (0, 0.0)
    now += 5
    await pace.turn()
    assert pace.take() == (1, 0.0)
