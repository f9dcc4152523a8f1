"""`svodka index` and `svodka summarize`: bring the index up to date, once or as posts arrive."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated

import typer
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from cli import progress, shell
from core import log
from core.db.engine import Database
from core.queue import INDEX_QUEUE, bury, open_queue, wake_index
from core.settings import Settings
from core.store import posts as post_store
from core.store import stories as story_store
from summarize import index as indexer

#: How often a worker looks for posts and jobs that nobody works on. Harmless when several do.
TICK = timedelta(seconds=10)

_logger = log.get("cli.indexing")


def index(*, all_: Annotated[bool, typer.Option("--all", help="index every post again")] = False) -> None:
    """Find the stories in all posts that are new or have changed."""
    shell.run(_index(everything=all_))


async def _index(*, everything: bool) -> None:
    async with shell.database() as (settings, database):
        if everything:
            async with database.begin() as session:
                await post_store.requeue(session, but_made_by=None)
        with progress.bars() as bars:
            counts = await work(settings, database, bars)
        async with database.begin() as session:
            posts, stories = await story_store.counts(session)
    done = f"{shell.counted(counts.matched, 'post')} indexed" if counts.matched else "nothing new"
    print(f"{done}; {shell.counted(posts, 'post')} in {shell.counted(stories, 'story', 'stories')}")


async def work(settings: Settings, database: Database, bars: progress.Bars) -> indexer.Counts:
    """Index all that waits, in this process, beside any worker that runs."""
    await indexer.refresh(database)
    async with database.begin() as session:
        waiting = await post_store.waiting(session)
    if not waiting:
        return indexer.Counts()
    total = sum(waiting.values())
    bars.expect("lines", waiting.get("new", 0))
    for step in ("prepare", "match"):
        bars.expect(step, total)
    processes = worker_processes(settings)
    with indexer.executor(processes) as pool:
        return await indexer.run(database, pool, progress=bars.advance, width=processes, lease=lease(settings))


def worker_processes(settings: Settings) -> int:
    """As many as the settings say, by default one per core, at most four."""
    return settings.index_processes or min(4, os.cpu_count() or 1)


def lease(settings: Settings) -> timedelta:
    """How long a batch is a worker's own."""
    return timedelta(seconds=settings.lease_seconds)


def summarize() -> None:
    """Run the worker: index posts as they arrive, until stopped (Ctrl-C or SIGTERM)."""
    shell.run(_summarize())


async def _summarize() -> None:
    async with shell.database() as (settings, database):
        await indexer.refresh(database)
        processes = worker_processes(settings)
        with indexer.executor(processes) as pool:

            async def bring_up_to_date() -> None:
                await indexer.run(database, pool, width=processes, lease=lease(settings))

            async with open_queue(database, index=bring_up_to_date) as app:

                async def tick() -> None:
                    """Jobs of dead workers go; posts that wait without a job get one."""
                    buried = await bury(app)
                    async with database.begin() as session:
                        if await post_store.waiting(session):
                            await wake_index(session)
                    if buried:
                        _logger.warning("worker died", jobs=buried)

                await tick()
                scheduler = AsyncIOScheduler(timezone="UTC")
                scheduler.add_job(tick, "interval", seconds=TICK.total_seconds(), coalesce=True, max_instances=1)
                scheduler.start()
                print("svodka: working; stop with Ctrl-C", flush=True)
                try:
                    await shell.until_stopped(app.run_worker_async(queues=[INDEX_QUEUE], install_signal_handlers=False))
                finally:
                    scheduler.shutdown(wait=False)
