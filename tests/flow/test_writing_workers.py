"""Several workers write the same stories at a time: each once, whoever is slow, stopped or dead."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from datetime import timedelta

from core.db.engine import Database
from core.store import summaries
from tests.fakes.openai import Fault, Request
from tests.fakes.openai.requests import Json
from tests.fakes.openai.writers import honest
from tests.flow import feed
from tests.flow.writing import OPENING, Desk, Model, desk, lone

FIRST = feed.post(1, 1, OPENING, minutes=0)
NOTHING = {"title": "", "gist": {"text": "", "posts": []}, "claims": [], "topics": [], "language": "ru"}


async def test_two_workers_write_each_story_once(database: Database, pool: Executor) -> None:
    """Both at work at the same time, each story is asked about once and has one version."""
    async with desk(database, pool) as at:
        await at.bring(*lone(8))
        one, two = await at.worker(), await at.worker()
        done = await asyncio.gather(at.write(one), at.write(two))
        assert sum(counts.written for counts in done) == len(at.asked()) == 8
        assert [len(await at.versions(card.id)) for card in await at.cards()] == [1] * 8


async def slow_worker(at: Desk, model: Model) -> None:
    """Three stories; one worker writes the first and the third while the other still waits for the second's answer."""
    await at.bring(*lone(3))
    one, two = await at.worker(at_once=3), await at.worker(at_once=3)
    one.at_once = two.at_once = 1
    arrived, second_may_end = asyncio.Event(), asyncio.Event()

    async def brain(request: Request) -> Json | str:
        number = len(at.asked())
        if number == 1:
            await arrived.wait()
        elif number == 2:
            arrived.set()
            await second_may_end.wait()
        return model(request)

    at.endpoint.brain = brain
    slow = asyncio.create_task(at.write(two))
    quick = asyncio.create_task(at.write(one))
    await asyncio.wait([slow, quick], return_when=asyncio.FIRST_COMPLETED)
    second_may_end.set()
    await asyncio.gather(slow, quick)


async def test_a_slow_worker_leaves_what_another_has_written(database: Database, pool: Executor) -> None:
    """A story that another worker has written since this one looked is not kept a second time."""
    async with desk(database, pool) as at:
        await slow_worker(at, Model())
        assert [len(await at.versions(card.id)) for card in await at.cards()] == [1, 1, 1]
        assert len(at.asked()) == 3


async def test_a_slow_worker_does_not_ask_what_another_has_given_up(database: Database, pool: Executor) -> None:
    """An answer that could not be used is not asked for again by a worker that looked before it came."""
    async with desk(database, pool) as at:
        await slow_worker(at, Model(says=NOTHING))
        assert len(at.asked()) == 3


async def test_the_work_of_a_dead_writer_is_taken_up(database: Database, pool: Executor) -> None:
    """A story that a worker has claimed and not come back for is left alone for the lease, then written by another."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        async with database.begin() as session:
            assert await summaries.claim(session, (await at.card()).id, "ru", now=at.now, lease=timedelta(minutes=10))
        assert (await at.write()).left == 1
        assert at.asked() == []
        at.now += timedelta(minutes=11)
        assert (await at.write()).written == 1


async def test_a_cancelled_writer_leaves_the_story_to_others(database: Database, pool: Executor) -> None:
    """A worker that is stopped in the middle of a call gives the story up at once."""
    async with desk(database, pool, fault=Fault.HANG) as at:
        await at.bring(FIRST)
        arrived = asyncio.Event()
        at.endpoint.on_request = lambda _request: arrived.set()
        stopped = asyncio.create_task(at.write())
        await arrived.wait()
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
        at.endpoint.fault = None
        assert (await at.write(await at.worker())).written == 1


async def test_a_writer_that_comes_back_late_does_not_free_what_another_holds(
    database: Database, pool: Executor
) -> None:
    """When a lease has run out and another worker writes the story, the first one's end does not let in a third."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        gates = [asyncio.Event(), asyncio.Event()]
        arrived = [asyncio.Event(), asyncio.Event()]

        async def brain(request: Request) -> Json | str:
            place = len(at.asked()) - 1
            if place < 2:
                arrived[place].set()
                await gates[place].wait()
            return honest(request)

        at.endpoint.brain = brain
        one, two, three = [await at.worker() for _ in range(3)]
        late = asyncio.create_task(at.write(one))
        await arrived[0].wait()
        at.now += timedelta(minutes=11)
        second = asyncio.create_task(at.write(two))
        await arrived[1].wait()
        gates[0].set()
        await late
        # The story has a new text, so that only the lease keeps the third worker from it.
        await at.edit(FIRST, OPENING.replace("4 трлн", "5 трлн"))
        counts = await at.write(three)
        gates[1].set()
        await second
        assert (counts.left, counts.written) == (1, 0)
