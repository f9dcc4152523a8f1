"""The worker as it is stopped: nothing of it is left, and what it was at is taken up by the next."""

from __future__ import annotations

import asyncio
import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from cli import working
from core.db.engine import Database
from core.queue import stop
from core.settings import Settings
from core.store import channels as channel_store
from core.store import incoming
from core.store import posts as post_store
from core.types import Channel, ChannelKind, Post

NOW = datetime(2026, 9, 18, 6, tzinfo=UTC)


async def brought(database: Database, count: int) -> None:
    channel = Channel(tg_id=7, name="Полынья", kind=ChannelKind.PUBLIC)
    posts = [
        Post(channel=channel, message_id=number, text=f"Лёд-{number} понимает {number} языков.", raw={}, date=NOW)
        for number in range(1, count + 1)
    ]
    async with database.begin() as session:
        number = await channel_store.upsert(session, channel)
        await incoming.upsert(session, posts, channels={channel: number}, now=NOW)


async def states(database: Database, table: str, column: str) -> set[str]:
    async with database.begin() as session:
        return set((await session.execute(text(f"SELECT DISTINCT {column}::text FROM {table}"))).scalars())


async def until(database: Database, column: str, *, seen: bool) -> None:
    """Waits until a column of posts has a value somewhere, or nowhere any more."""
    while True:
        async with database.begin() as session:
            statement = f"SELECT EXISTS (SELECT FROM posts WHERE {column})"
            if (await session.execute(text(statement))).scalar_one() is seen:
                return
        await asyncio.sleep(0)


@pytest.mark.slow
async def test_stopped_in_the_midst_of_indexing(database: Database) -> None:
    """Stopped while its processes are at a batch, the worker leaves no process, no running job and no half of a post behind;
    the next one indexes them all.
    """
    settings = Settings(_env_file=None, lease_seconds=2, index_processes=1)  # type: ignore[call-arg]
    before = set(multiprocessing.active_children())
    await brought(database, 70)
    worker = asyncio.create_task(working.summarizer(settings, database, grace=timedelta()))
    await until(database, "lease_until IS NOT NULL", seen=True)
    await stop([worker])
    assert worker.cancelled()
    assert set(multiprocessing.active_children()) == before
    assert await states(database, "procrastinate_jobs", "status") <= {"aborted", "succeeded", "todo"}
    again = asyncio.create_task(working.summarizer(settings, database))
    await until(database, "state <> 'indexed'", seen=False)
    await stop([again])
    async with database.begin() as session:
        assert await post_store.waiting(session) == {}


@pytest.mark.slow
async def test_it_gets_ready_before_anybody_asks(database: Database) -> None:
    """Whoever asks first does not wait until the process that reads questions has started; stopped meanwhile, none is left."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    before = set(multiprocessing.active_children())
    worker = asyncio.create_task(working.summarizer(settings, database, grace=timedelta()))
    while set(multiprocessing.active_children()) == before:
        assert not worker.done()
        await asyncio.sleep(0.01)
    await stop([worker])
    assert set(multiprocessing.active_children()) == before
