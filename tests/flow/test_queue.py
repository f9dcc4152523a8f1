"""The queue at work: what fails is told, what is stopped has ended, ticks come again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.queue import ASK_QUEUE, INDEX_QUEUE, Tick, bury, open_queue, stop, ticking, wake_index, work

LONG, SOON = timedelta(minutes=10), timedelta(milliseconds=1)


class Told:
    """Whoever is told of what has failed."""

    def __init__(self) -> None:
        self.of: list[tuple[str, str]] = []
        self.at_all = asyncio.Event()

    async def __call__(self, name: str, error: Exception) -> None:
        self.of.append((name, str(error)))
        self.at_all.set()


async def nothing() -> None:
    """A job with nothing to do."""


async def wake(database: Database) -> None:
    async with database.begin() as session:
        await wake_index(session)


async def states(database: Database) -> Sequence[str]:
    async with database.begin() as session:
        return (await session.execute(text("SELECT status::text FROM procrastinate_jobs ORDER BY id"))).scalars().all()


async def until_workers(database: Database, count: int) -> None:
    """Waits until so many workers are known."""
    known = -1
    while known != count:
        async with database.begin() as session:
            known = (await session.execute(text("SELECT count(*) FROM procrastinate_workers"))).scalar_one()


async def stopped_while_at(
    database: Database, handler: Callable[[], Awaitable[None]], begun: asyncio.Event, *, grace: timedelta
) -> asyncio.Task[None]:
    """A worker of two queues that has been told to stop, twice, while a job of the one runs and the other is idle."""

    async def worker() -> None:
        async with open_queue(database, {INDEX_QUEUE: handler, ASK_QUEUE: nothing}, failed=Told()) as app:
            await work(app, [INDEX_QUEUE, ASK_QUEUE], grace=grace)

    task = asyncio.create_task(worker())
    await wake(database)
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    return task


async def test_what_runs_ends_before_the_worker(database: Database) -> None:
    """A worker that is told to stop, even twice, ends only after the job that it is at, and that job counts as done."""
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handler() -> None:
        begun.set()
        await go_on.wait()
        async with database.begin() as session:
            await session.execute(text("SELECT 1"))
        ended.set()

    task = await stopped_while_at(database, handler, begun, grace=LONG)
    await until_workers(database, 1)  # the idle one has gone
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert await states(database) == ["succeeded"]


async def test_what_takes_too_long_is_broken_off(database: Database) -> None:
    """After its time a job is cancelled, and still ends before the worker; nobody takes its worker for dead later."""
    begun, broken_off = asyncio.Event(), asyncio.Event()

    async def handler() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            async with database.begin() as session:
                await session.execute(text("SELECT 1"))
            broken_off.set()

    task = await stopped_while_at(database, handler, begun, grace=timedelta())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert broken_off.is_set()
    assert await states(database) == ["aborted"]
    async with open_queue(database, {}, failed=Told()) as app:
        assert await bury(app) == 0


async def test_a_job_that_fails_is_told_of(database: Database) -> None:
    """Whoever asked to be told hears which job failed and of what, and the next job is taken."""
    told, again = Told(), asyncio.Event()

    async def handler() -> None:
        if told.of:
            again.set()
        else:
            raise ValueError("a broken post")

    async with open_queue(database, {INDEX_QUEUE: handler}, failed=told) as app:
        worker = asyncio.create_task(work(app, [INDEX_QUEUE], grace=LONG))
        await wake(database)
        await told.at_all.wait()
        await wake(database)
        await again.wait()
        await stop([worker])
    assert told.of == [(INDEX_QUEUE, "a broken post")]


async def test_a_tick_that_fails_is_told_of() -> None:
    """A tick that fails is told of, by its name, and comes again."""
    told, again = Told(), asyncio.Event()

    async def ask() -> None:
        if told.of:
            again.set()
        else:
            raise ValueError("no such table")

    async with ticking([Tick(name="delivering", ask=ask, every=SOON)], failed=told):
        await again.wait()
    assert told.of == [("delivering", "no such table")]


async def test_no_tick_outlives_its_program() -> None:
    """A tick that is under way when its program ends is cancelled, has ended before it, and is no failure."""
    told, begun, ended = Told(), asyncio.Event(), asyncio.Event()

    async def ask() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    async with ticking([Tick(name="delivering", ask=ask, every=SOON)], failed=told):
        await begun.wait()
    assert ended.is_set()
    assert told.of == []


@pytest.mark.parametrize("turns", range(8))
async def test_no_tick_begins_after_its_program(turns: int) -> None:
    """A tick that was due as its program ended, at whatever turn of the loop, asks nothing any more."""
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1

    async with ticking([Tick(name="delivering", ask=ask, every=SOON)], failed=Told()):
        time.sleep(0.01)  # noqa: ASYNC251  the loop shall find it due
        for _ in range(turns):
            await asyncio.sleep(0)
    before = asked
    for _ in range(10):
        await asyncio.sleep(0)
    assert asked == before


async def test_a_tick_never_runs_twice_at_once() -> None:
    """One that takes longer than its interval is waited for."""
    running, most, rounds = 0, 0, 0
    enough = asyncio.Event()

    async def ask() -> None:
        nonlocal running, most, rounds
        running, rounds = running + 1, rounds + 1
        most = max(most, running)
        for _ in range(50):
            await asyncio.sleep(0)
        running -= 1
        if rounds >= 5:
            enough.set()

    async with ticking([Tick(name="delivering", ask=ask, every=SOON)], failed=Told()):
        await enough.wait()
    assert most == 1
