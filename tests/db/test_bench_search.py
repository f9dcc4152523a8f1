"""The bench of searching: the archive that it invents, the questions about it, and what it measures, on a small one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import text

from cli import bench_archive, bench_search
from cli.bench_archive import Archive, Kind, Question
from core.db.engine import Database
from core.search import Limits, Wanted
from core.store import channels, search, yardstick
from core.store.yardstick import Invented
from core.types import Channel

ENDS = datetime(2026, 9, 18, tzinfo=UTC)
POSTS = 1000


def _archive(count: int = POSTS, ids: Sequence[int] = range(40), *, seed: int = 1) -> tuple[Archive, list[Invented]]:
    archive = Archive(count, ends=ENDS, channels=ids, seed=seed)
    return archive, [post for batch in archive.batches() for post in batch]


def test_an_archive_is_the_same_for_the_same_seed() -> None:
    """And of another seed another; its posts are in the order of their times, with a vector of unit length for each passage."""
    (_, one), (_, again), (_, other) = _archive(30), _archive(30), _archive(30, seed=2)
    assert [post.text for post in one] == [post.text for post in again] != [post.text for post in other]
    assert [post.time for post in one] == sorted(post.time for post in one)
    for post in one:
        assert len(post.vectors) == 1 + len(post.spans)
        assert np.linalg.norm(post.vectors, axis=1) == pytest.approx(1.0, abs=1e-3)
        assert "\n".join(post.text[start:stop] for start, stop, _ in post.spans) == post.text


def test_the_last_days_are_denser() -> None:
    """A day of the last sixty has more posts than a day before."""
    archive, _ = _archive()
    late = sum(time >= ENDS - bench_archive.LATELY for time in archive.times)
    before = (bench_archive.SPAN - bench_archive.LATELY) / bench_archive.LATELY
    assert late > 2 * (POSTS - late) / before


def test_limits_let_their_share_through() -> None:
    """A tenth or a hundredth of the posts, one of which is what the question is about."""
    archive, posts = _archive(3_000)
    asked = list(archive.questions(posts[::30]))
    assert {one.kind for one in asked} == set(Kind)
    assert {bool(one.limits.channels) for one in asked} == {bool(one.limits.topics) for one in asked} == {True, False}
    for kind, share in ((Kind.TENTH, 0.1), (Kind.HUNDREDTH, 0.01)):
        kept = [_kept(one, posts) for one in asked if one.kind is kind]
        assert min(kept) > 0
        assert np.mean(kept) / len(posts) == pytest.approx(share, rel=0.35)
    assert all(one.limits == Limits() for one in asked if one.kind in {Kind.PLAIN, Kind.PAPER})


def _kept(question: Question, posts: Sequence[Invented]) -> int:
    limits = question.limits
    assert limits.since is not None
    assert limits.until is not None
    return sum(
        limits.since <= post.time < limits.until
        and (not limits.channels or post.channel_id in limits.channels)
        and (not limits.topics or bool(post.topics.keys() & set(limits.topics)))
        for post in posts
    )


async def test_the_archive_can_be_searched(database: Database) -> None:
    """What is written is found by words, keys and vectors, but for what is deleted or sells; the exact list agrees."""
    async with database.begin() as session:
        ids = [await channels.upsert(session, Channel(tg_id=place, name=str(place))) for place in range(3)]
        archive, posts = _archive(200, ids)
        await yardstick.fill(session, posts, model_id=1)
    shown = [post for post in posts if not post.deleted and post.ad != "ad"]
    assert len(shown) < len(posts)
    about = shown[7]
    (question,) = archive.questions([about])
    paper = tuple(key for key in about.keys if key.startswith("arxiv:"))
    vector = about.vectors[1]
    wanted = Wanted(
        now=ENDS, fresh_since=ENDS, words=question.words, vector=vector, model_id=1, dimension=len(vector), keys=paper
    )
    async with database.begin() as session:
        found = await search.find(session, wanted, most=200)
        near = await yardstick.nearest(session, wanted, most=200)
    assert {post.post_id for post in found} <= {post.id for post in shown} == set(near)
    best = found[0]
    assert (best.post_id, best.by_meaning, best.by_key, len(best.words)) == (about.id, 1, True, len(wanted.words))
    similar = {post.id: float((post.vectors[1:] @ vector).max()) for post in shown}
    assert near[:20] == sorted(similar, key=lambda post: -similar[post])[:20]


async def test_indexes_are_as_before(database: Database) -> None:
    """Those that are dropped can be built again from what was said of them."""
    listed = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    async with database.begin() as session:
        before = (await session.execute(listed)).all()
        dropped = await yardstick.drop_indexes(session)
        assert {bench_search.WORDS, bench_search.PASSAGES} <= dropped.keys()
        assert await yardstick.drop_indexes(session) == {}
        for definition in dropped.values():
            await yardstick.build_index(session, definition, megabytes=64)
        assert (await session.execute(listed)).all() == before
        assert await yardstick.size(session, bench_search.PASSAGES) > 0


async def test_what_the_bench_measures(database: Database) -> None:
    """Every figure is there for each size; among few posts nothing is missed, since all are compared."""
    steps: list[str] = []
    found = await bench_search.measure(database, POSTS, steps.append, questions=40)
    assert [size.posts for size in found.sizes] == [POSTS // 10, POSTS, POSTS * 2]
    assert steps
    for size in found.sizes:
        assert size.passages > 2 * size.posts
        assert min(size.built.words_size, size.built.passages_size) > 0
        assert min(size.built.words_seconds, size.built.passages_seconds) > 0
        for middle, slow in (
            (size.find, size.find_p95),
            (size.words, size.words_p95),
            (size.vectors, size.vectors_p95),
        ):
            assert 0 < middle <= slow
        assert size.ratio == size.find / (size.words + size.vectors)
        assert size.recall_hundredth == size.recall_tenth == 1.0
        assert size.recall > 0.8
