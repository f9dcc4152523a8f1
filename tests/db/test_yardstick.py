"""What benches stand on: the feed they generate, the bare way in, an index copied within itself."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Executor
from pathlib import Path

from sqlalchemy import text

from cli import bench_feed, importing
from core.db.engine import Database
from core.store import stories, yardstick
from summarize import index, keys


def _fine(report: importing.Report) -> None:
    assert not report.problems


def test_a_feed_is_the_same_for_the_same_seed() -> None:
    """And of another seed another; most posts stand alone, some are forwards."""
    one, two = ([made.message for made in bench_feed.posts(300, seed=seed)] for seed in (1, 2))
    assert one == [made.message for made in bench_feed.posts(300, seed=1)]
    assert one != two
    forwards = Counter("forwarded_from" in message for message in one)
    assert 0 < forwards[True] < forwards[False]


async def test_the_bare_way_in_writes_what_the_import_wrote(database: Database, tmp_path: Path) -> None:
    """Else a bench would compare different work."""
    bench_feed.write(tmp_path, 120)
    await importing.import_path(database, tmp_path, names={}, report_to=_fine)
    async with database.begin() as session:
        written = await yardstick.rows(session)
        await yardstick.empty(session)
    async with database.begin() as session:
        assert await yardstick.rows(session) == []
        await yardstick.copy(session, written)
    async with database.begin() as session:
        assert await yardstick.rows(session) == written
    assert len(written) == 120


async def test_an_index_is_multiplied(database: Database, pool: Executor, tmp_path: Path) -> None:
    """Every copy of a post has a story, keys and vectors of its own, and one more post is indexed beside them."""
    bench_feed.write(tmp_path / "feed", 60)
    await importing.import_path(database, tmp_path / "feed", names={}, report_to=_fine)
    await index.run(database, pool)
    async with database.begin() as session:
        before = await stories.counts(session)
        assert await yardstick.multiply(session, 3, window=keys.WINDOW) == 240
    async with database.begin() as session:
        assert await stories.counts(session) == (4 * before[0], 4 * before[1])
        vectors = await session.execute(text("SELECT count(*) FROM vectors WHERE part = 0"))
        assert vectors.scalar_one() == 240
    bench_feed.write_posts(tmp_path / "more", list(bench_feed.posts(61))[60:])
    await importing.import_path(database, tmp_path / "more", names={}, report_to=_fine)
    assert (await index.run(database, pool)).matched == 1
