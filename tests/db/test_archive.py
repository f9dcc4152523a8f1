"""How far the archive reaches, on a real Postgres."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import timedelta

from core.db.engine import Database
from core.store import archive
from tests.flow import feed


async def test_extent(database: Database, pool: Executor) -> None:
    """Nothing; posts that wait; then the times of the first and the last post of the index."""
    batch = [feed.post(1, 1, feed.RELEASE, minutes=0), feed.post(1, 2, feed.PAPER, minutes=90)]
    async with database.begin() as session:
        assert await archive.extent(session) == archive.Extent(posts=False, first=None, last=None)
    await feed.store(database, batch)
    async with database.begin() as session:
        assert await archive.extent(session) == archive.Extent(posts=True, first=None, last=None)
    await feed.indexed(database, pool)
    async with database.begin() as session:
        found = await archive.extent(session)
    assert (found.first, found.last) == (feed.START, feed.START + timedelta(minutes=90))
