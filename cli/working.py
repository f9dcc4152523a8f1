"""`svodka summarize`, the worker: posts are indexed and summaries written as posts arrive."""

from __future__ import annotations

from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from cli import embedding, indexing, shell, writing
from core import log
from core.db.engine import Database
from core.queue import INDEX_QUEUE, WRITE_QUEUE, Queue, bury, open_queue, wake_index, wake_write, work
from core.store import posts as post_store
from summarize import index, reembed
from summarize.model import meter

#: How often a worker looks for posts and jobs that nobody works on. Harmless when several do.
TICK = timedelta(seconds=10)
#: How often stories are looked at that were left when the model could not be asked.
WRITE_TICK = timedelta(minutes=1)

_logger = log.get("cli.working")


def summarize() -> None:
    """Run the worker: index posts and write summaries as posts arrive, until stopped (Ctrl-C or SIGTERM)."""
    shell.run(_summarize())


async def _summarize() -> None:
    async with (
        shell.database() as (settings, database),
        meter.writer(settings, database) as writer,
        embedding.configured(settings, database) as remote,
    ):
        await index.refresh(database)
        processes = indexing.worker_processes(settings)
        with index.executor(processes) as pool:

            async def bring_up_to_date() -> None:
                counts = await index.run(database, pool, width=processes, lease=indexing.lease(settings), remote=remote)
                if counts.matched:
                    async with database.begin() as session:
                        await wake_write(session)

            async def write_summaries() -> None:
                # Posts that came while the endpoint for embeddings failed.
                await reembed.fill(database, remote)
                if writer is not None:
                    await writing.judge_and_write(settings, database, writer)

            handlers = {INDEX_QUEUE: bring_up_to_date, WRITE_QUEUE: write_summaries}
            async with open_queue(database, handlers) as app:
                await _work_until_stopped(app, database)


async def _work_until_stopped(app: Queue, database: Database) -> None:
    """Take jobs as they come: indexing and writing beside each other, so that neither waits for the other."""

    async def tick() -> None:
        """Jobs of dead workers go; posts that wait without a job get one; stories that could not be written, another try."""
        buried = await bury(app)
        async with database.begin() as session:
            if await post_store.waiting(session):
                await wake_index(session)
        if buried:
            _logger.warning("worker died", jobs=buried)

    async def write_tick() -> None:
        async with database.begin() as session:
            await wake_write(session)

    await tick()
    await write_tick()
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(tick, "interval", seconds=TICK.total_seconds(), coalesce=True, max_instances=1)
    scheduler.add_job(write_tick, "interval", seconds=WRITE_TICK.total_seconds(), coalesce=True, max_instances=1)
    scheduler.start()
    print("svodka: working; stop with Ctrl-C", flush=True)
    try:
        await shell.until_stopped(work(app, (INDEX_QUEUE, WRITE_QUEUE)))
    finally:
        scheduler.shutdown(wait=False)
