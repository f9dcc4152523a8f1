"""`svodka index`: bring the index up to date, once."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated

import typer

from cli import embedding, progress, shell
from core.db.engine import Database
from core.settings import Settings
from core.store import posts as post_store
from core.store import stories as story_store
from summarize import index as indexer
from summarize import reembed


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


async def work(
    settings: Settings, database: Database, bars: progress.Bars, *, clock: indexer.Clock = indexer.utcnow
) -> indexer.Counts:
    """Index all that waits, in this process, beside any worker that runs."""
    await indexer.refresh(database)
    async with embedding.configured(settings, database) as remote:
        await reembed.fill(database, remote)
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
            return await indexer.run(
                database,
                pool,
                remote=remote,
                clock=clock,
                progress=bars.advance,
                width=processes,
                lease=lease(settings),
            )


def worker_processes(settings: Settings) -> int:
    """As many as the settings say, by default one per core, at most four."""
    return settings.index_processes or min(4, os.cpu_count() or 1)


def lease(settings: Settings) -> timedelta:
    """How long a batch is a worker's own."""
    return timedelta(seconds=settings.lease_seconds)
