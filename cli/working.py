"""`svodka summarize`, the worker: posts are indexed, summaries written, stories shelved, and requests answered as they come."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta

from bot import background
from cli import answering, embedding, indexing, shell, writing
from core import log
from core.db.engine import Database
from core.queue import (
    ASK_QUEUE,
    INDEX_QUEUE,
    WRITE_QUEUE,
    Failed,
    Handler,
    Queue,
    Tick,
    bury,
    open_queue,
    ticking,
    wake_ask,
    wake_index,
    wake_write,
    work,
)
from core.settings import Settings
from core.store import posts as post_store
from core.store import questions
from summarize import filtering, index, previews, reembed, relabel, shelf
from summarize.answers.answer import Answering
from summarize.answers.asked import Asked
from summarize.embed import Embedder
from summarize.model import meter
from summarize.model.meter import Meter

#: How often a worker looks for posts and jobs that nobody works on. Harmless when several do.
TICK = timedelta(seconds=10)
#: How often stories are looked at that were left when the model could not be asked.
WRITE_TICK = timedelta(minutes=1)
#: What is being done when the worker is stopped has so much time to end by itself; then it is broken off, undone, and taken
#: up by another worker or at the next start.
GRACE = timedelta(seconds=5)
#: Languages that readers have: stories stand ready in both.
SHELVED = ("ru", "en")

_logger = log.get("cli.working")

Clock = Callable[[], datetime]


def summarize() -> None:
    """Run the worker: index posts and write summaries as posts arrive, until stopped (Ctrl-C or SIGTERM)."""
    shell.run(_summarize())


async def _summarize() -> None:
    async with shell.database() as (settings, database):
        print("svodka: working; stop with Ctrl-C", flush=True)
        await shell.until_stopped(summarizer(settings, database))


async def summarizer(
    settings: Settings, database: Database, *, clock: Clock = index.utcnow, grace: timedelta = GRACE
) -> None:
    """Work until cancelled: indexing, writing and answering beside each other, so that none waits for another.

    When this has ended nothing of it runs any more: first no jobs are begun, then those that run end, at the latest after
    `grace`, then their processes.
    """
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(meter.writer(settings, database))
        remote = await stack.enter_async_context(embedding.configured(settings, database))
        await index.refresh(database)
        processes = indexing.worker_processes(settings)
        pool = await stack.enter_async_context(_processes(processes))
        # Whoever asks does not wait for a batch of posts.
        ask_pool = await stack.enter_async_context(_processes(1))
        worker = _Worker(settings, database, pool, processes, ask_pool, writer, remote, clock)
        handlers: dict[str, Handler] = {
            INDEX_QUEUE: worker.bring_up_to_date,
            WRITE_QUEUE: worker.write_summaries,
            ASK_QUEUE: worker.answer,
        }
        failed = background.troubled(database, clock=clock)
        app = await stack.enter_async_context(open_queue(database, handlers, failed=failed))
        warming = asyncio.create_task(worker.warm_up())
        stack.callback(warming.cancel)
        await _work(app, database, list(handlers), failed=failed, grace=grace)


@asynccontextmanager
async def _processes(number: int) -> AsyncIterator[Executor]:
    """Where cleaning and embedding run; ended at once with the block, since what still runs there is for nobody any more."""
    others = set(multiprocessing.active_children())
    pool = index.executor(number)
    try:
        yield pool
    finally:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


class _Worker:
    """What the jobs of the summarizer do, with all that they need."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        pool: Executor,
        processes: int,
        ask_pool: Executor,
        writer: Meter | None,
        remote: Embedder | None,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._database = database
        self._pool = pool
        self._processes = processes
        self._ask_pool = ask_pool
        self._writer = writer
        self._remote = remote
        self._clock = clock

    async def bring_up_to_date(self) -> None:
        """Index what waits, then all that follows from it for readers."""
        counts = await index.run(
            self._database,
            self._pool,
            width=self._processes,
            lease=indexing.lease(self._settings),
            remote=self._remote,
            clock=self._clock,
        )
        await self._follow_up()
        if counts.matched:
            async with self._database.begin() as session:
                await wake_write(session)

    async def write_summaries(self) -> None:
        """Write the stories that have changed, and shelve them."""
        # Posts that came while the endpoint for embeddings failed.
        await reembed.fill(self._database, self._remote)
        if self._writer is not None:
            await writing.judge_and_write(self._settings, self._database, self._writer)
        await self._follow_up()

    async def warm_up(self) -> None:
        """Get ready for the first question while nobody waits. What goes wrong here does so again when somebody asks."""
        with suppress(BrokenExecutor):
            await self._answering().warm_up()

    async def answer(self) -> None:
        """Answer questions, previews and whatever else is asked."""
        asked = Asked(database=self._database, answering=self._answering())
        await previews.answer_waiting(
            self._database,
            clock=self._clock,
            remote=self._remote,
            pool=self._ask_pool,
            others={questions.KIND: asked.answer},
        )

    def _answering(self) -> Answering:
        return answering.answering(
            self._settings, self._database, writer=self._writer, remote=self._remote, pool=self._ask_pool
        )

    async def _follow_up(self) -> None:
        await follow_up(self._database, clock=self._clock, remote=self._remote, pool=self._pool, width=self._processes)


async def follow_up(
    database: Database,
    *,
    clock: Clock,
    remote: Embedder | None = None,
    pool: Executor | None = None,
    width: int = 1,
) -> None:
    """What follows for readers from posts and from admins' changes: topics, filters, stories on the shelf."""
    await relabel.run(database, pool=pool, width=width, clock=clock)
    await filtering.run(database, clock=clock, remote=remote, pool=pool)
    await shelf.fill(database, langs=SHELVED, clock=clock)


async def _work(app: Queue, database: Database, queues: list[str], *, failed: Failed, grace: timedelta) -> None:
    async def tick() -> None:
        """Jobs of dead workers go; posts, changes and requests that wait without a job get one."""
        buried = await bury(app)
        async with database.begin() as session:
            if await post_store.waiting(session):
                await wake_index(session)
            await wake_ask(session)
        if buried:
            _logger.warning("worker died", jobs=buried)

    async def write_tick() -> None:
        """Stories that could not be written get another try, and the shelf another look."""
        async with database.begin() as session:
            await wake_index(session)
            await wake_write(session)

    await tick()
    await write_tick()
    ticks = [
        Tick(name="waking", ask=tick, every=TICK),
        Tick(name="waking writers", ask=write_tick, every=WRITE_TICK),
    ]
    async with ticking(ticks, failed=failed):
        await work(app, queues, grace=grace)
