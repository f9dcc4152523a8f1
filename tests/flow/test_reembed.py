"""The archive moves to another embedding model and back on a real Postgres, while posts come and change and workers die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from cli import feed as cli_feed
from core.db.engine import Database
from core.errors import ModelError, UsageError
from core.store import index as index_store
from core.store import posts, stories, vectors
from core.store.vectors import EmbeddingModel
from summarize import cards, embed, index, reembed, scale
from tests.fakes.embedder import FakeEmbedder
from tests.flow import feed

#: Posts that the scale is learned from, beside the archive.
LIKE = [embed.passages(post.text) for post in feed.feed()]
LATER = feed.post(5, 50, "Свежая заметка: лаборатория «Тихий звук» открыла корпус шёпота на 300 часов.", minutes=5000)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few posts at a time that a small archive takes several batches."""
    monkeypatch.setattr(reembed, "BATCH", 5)


async def indexed(database: Database, pool: Executor, remote: FakeEmbedder | None = None) -> index.Counts:
    return await index.run(database, pool, remote=remote)


async def moved(database: Database, embedder: FakeEmbedder) -> EmbeddingModel:
    """The archive on the way that `svodka reembed` takes, but for the matching."""
    model = await reembed.target(database, embedder)
    await reembed.move(database, model, embedder, like=LIKE)
    return model


async def moved_back(database: Database, pool: Executor) -> None:
    async with database.begin() as session:
        local = await vectors.local(session)
    await reembed.move(database, local, embed.LocalEmbedder(pool=pool), like=LIKE)


async def held(database: Database, model_id: int) -> dict[tuple[int, int], Any]:
    """The vectors of a model, by post and part."""
    async with database.begin() as session:
        rows = await session.execute(
            text("SELECT post_id, part, text_hash, vector::text FROM vectors WHERE model_id = :id"), {"id": model_id}
        )
        return {(row.post_id, row.part): (bytes(row.text_hash), row.vector) for row in rows}


async def without_vectors(database: Database, model_id: int) -> int:
    async with database.begin() as session:
        return (await vectors.lacking(session, model_id, longest=10))[0]


async def active(database: Database) -> EmbeddingModel:
    async with database.begin() as session:
        return await vectors.active(session)


async def members(database: Database) -> dict[int, int]:
    async with database.begin() as session:
        return await stories.partition(session)


async def test_the_former_model_serves_until_all_is_done(database: Database, pool: Executor) -> None:
    """While a model embeds the archive, stories are read and new posts placed by the former one; then all have its vectors."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    before = await members(database)
    embedder = FakeEmbedder()
    model = await reembed.target(database, embedder)
    seen: list[int] = []

    async def meanwhile(_batch: Sequence[str]) -> None:
        assert (await active(database)).id == vectors.LOCAL
        async with database.begin() as session:
            ranked = await cards.in_window(session, since=None, until=None, now=feed.NOW)
        seen.append(len(ranked))
        if len(seen) == 2:
            await feed.store(database, [LATER])
            assert (await indexed(database, pool)).matched == 1

    embedder.meanwhile = meanwhile
    assert await reembed.move(database, model, embedder, like=LIKE) == len(before) + 1
    assert len(seen) > 3
    assert min(seen) > 5
    assert (await active(database)).id == model.id
    assert await without_vectors(database, model.id) == 0
    assert LATER.text in embedder.asked
    embedder.meanwhile = None
    assert (await indexed(database, pool, embedder)).matched == len(before) + 1
    after = await members(database)
    assert set(after) > set(before)
    assert set(after.values()) & set(before.values()), "stories keep their numbers"


async def test_nothing_is_embedded_twice_after_a_crash(database: Database, pool: Executor) -> None:
    """When a model fails midway, the former one goes on serving, and the next try asks only for what is missing."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    dying = FakeEmbedder()
    dying.lives = 3
    with pytest.raises(ModelError):
        await moved(database, dying)
    assert (await active(database)).id == vectors.LOCAL
    done = set(dying.asked)
    assert len(done) > 5
    alive = FakeEmbedder()
    model = await reembed.target(database, alive)
    alive.asked.clear()
    await reembed.move(database, model, alive, like=[])
    assert not done & set(alive.asked)
    assert len(alive.asked) == len(set(alive.asked)), "equal passages are asked for once"


async def test_edits_meanwhile_are_embedded_as_they_are(database: Database, pool: Executor) -> None:
    """A post edited after its vectors came, or while they were on their way, has those of its new text at the end."""
    batch = feed.feed()
    await feed.store(database, batch)
    await indexed(database, pool)
    embedder = FakeEmbedder()
    model = await reembed.target(database, embedder)
    early, late = batch[15], batch[0]  # newest first: the one is on its way when the other has not been asked for
    edits = {
        1: replace(early, text="Другая запись: собрали стенд из восьми плат.", edited_at=feed.NOW),
        3: replace(early, text="И третья запись: разобрали стенд обратно.", edited_at=feed.NOW + timedelta(hours=1)),
        4: replace(late, text="Выпуск отозван, ждём исправлений до пятницы.", edited_at=feed.NOW),
    }
    requests = 0

    async def meanwhile(_batch: Sequence[str]) -> None:
        nonlocal requests
        requests += 1
        if requests in edits:
            await feed.store(database, [edits[requests]])
            await indexed(database, pool)

    embedder.meanwhile = meanwhile
    await reembed.move(database, model, embedder, like=LIKE)
    embedder.meanwhile = None
    await indexed(database, pool, embedder)
    async with database.begin() as session:
        loaded = await index_store.load(session, sorted(await stories.partition(session)), model_id=model.id)
    kept = await held(database, model.id)
    for post in loaded.values():
        cut = embed.passages(post.clean_text)
        assert [kept[post.post_id, part][0] for part in range(1, len(cut) + 1)] == [passage.hash for passage in cut]
        assert len(post.vectors) == len(cut) + 1
    texts = {post.clean_text for post in loaded.values()}
    assert {edits[3].text, edits[4].text} <= texts


async def test_an_index_of_the_same_text_keeps_what_was_paid_for(database: Database, pool: Executor) -> None:
    """Posts that are indexed again with the text that they had keep their vectors of the model on its way in."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    embedder = FakeEmbedder()
    model = await moved(database, embedder)
    await moved_back(database, pool)
    before = await held(database, model.id)
    async with database.begin() as session:
        await posts.requeue(session, but_made_by=None)
    await indexed(database, pool)
    assert await held(database, model.id) == before
    asked = len(embedder.asked)
    await reembed.move(database, model, embedder, like=[])
    assert len(embedder.asked) == asked
    async with database.begin() as session:
        await posts.requeue(session, but_made_by=None)
    await indexed(database, pool, embedder)
    assert len(embedder.asked) == asked, "the indexer takes what is kept, by content"
    assert await held(database, model.id) == before


async def test_the_switch_is_one_step(database: Database, pool: Executor) -> None:
    """Nobody ever sees the new model serve while a post lacks its vectors or is still placed by the former one's."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    embedder = FakeEmbedder()
    model = await reembed.target(database, embedder)
    look = text("""
        SELECT m.id, (SELECT count(*) FROM posts p WHERE p.state = 'indexed') AS placed,
            (SELECT count(*) FROM vectors v WHERE v.model_id = m.id AND v.part = 0) AS embedded
        FROM embedding_models m WHERE m.active
    """)
    seen = set()
    moving = asyncio.create_task(reembed.move(database, model, embedder, like=LIKE))
    while True:
        last = moving.done()
        async with database.begin() as session:
            rows = (await session.execute(look)).all()
        seen.update((row.id, row.placed, row.embedded) for row in rows)
        assert len(rows) == 1
        if last:
            break
    await moving
    count = len(feed.feed())
    assert seen == {(vectors.LOCAL, count, count), (model.id, 0, count)}


async def test_going_back_gives_the_same_stories(database: Database, pool: Executor) -> None:
    """By the bundled model again, posts are together as they were, and have the vectors that they had."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    before, partition = await members(database), await feed.partition(database)
    async with database.begin() as session:
        own = await vectors.load(session, list(before), vectors.LOCAL)
    embedder = FakeEmbedder()
    model = await moved(database, embedder)
    await indexed(database, pool, embedder)
    assert await reembed.drop_others(database, model) == len(before)
    assert await held(database, vectors.LOCAL) == {}
    await moved_back(database, pool)
    await indexed(database, pool, embedder)
    assert await feed.partition(database) == partition
    async with database.begin() as session:
        again = await vectors.load(session, list(before), vectors.LOCAL)
    assert again.keys() == own.keys()
    for post, rows in own.items():
        # What else is in its batch shows in the last bit of what the bundled model makes of a text.
        assert np.allclose(again[post], rows, atol=1e-3)


async def test_a_dead_endpoint_holds_nothing_up(database: Database, pool: Executor) -> None:
    """Without the endpoint posts are indexed without vectors, and found by what they name; they are embedded later."""
    batch = feed.feed()
    await feed.store(database, batch[:5])
    await indexed(database, pool)
    embedder = FakeEmbedder()
    model = await moved(database, embedder)
    await indexed(database, pool, embedder)
    embedder.lives = 0
    await feed.store(database, batch[5:12])
    assert (await indexed(database, pool, embedder)).matched >= 7
    await feed.store(database, batch[12:14])
    assert (await indexed(database, pool, None)).matched >= 2
    await feed.store(database, batch[14:])
    assert (await indexed(database, pool, FakeEmbedder(name="another"))).matched >= 3
    lacking = await without_vectors(database, model.id)
    assert lacking >= 12
    found = {post: story for story in await feed.partition(database) for post in story}
    assert found[1001, 2] == found[1002, 2], "two posts on one paper"
    assert await reembed.fill(database, embedder) == 0
    assert await reembed.fill(database, FakeEmbedder(name="another")) == 0
    embedder.lives = None
    assert await reembed.fill(database, embedder) == lacking
    assert await without_vectors(database, model.id) == 0
    assert (await indexed(database, pool, embedder)).matched == lacking
    late = await feed.partition(database)
    async with database.begin() as session:
        await posts.requeue(session, but_made_by=None)
    await indexed(database, pool, embedder)
    assert await feed.partition(database) == late, "as if the endpoint had never been dead"


class _Halting(Executor):
    """A pool that has finished, but whose answer has not arrived, until it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.halted = asyncio.Event()
        self.halts = True

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.halts:
            self.waiting.append((future, lambda: fn(*args, **kwargs)))
            self.halted.set()
        else:
            future.set_result(fn(*args, **kwargs))
        return future

    def go_on(self) -> None:
        self.halts = False
        for future, work in self.waiting:
            future.set_result(work())


async def test_what_is_prepared_during_the_switch_is_prepared_again(database: Database, pool: Executor) -> None:
    """A batch that was embedded by the former model, and comes when the new one serves, goes through the new one."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    await feed.store(database, [LATER])
    embedder, halting = FakeEmbedder(), _Halting()
    running = asyncio.create_task(index.run(database, halting, remote=embedder))
    await halting.halted.wait()
    model = await moved(database, embedder)
    halting.go_on()
    await running
    assert await without_vectors(database, model.id) == 0
    assert len({post for post, _part in await held(database, vectors.LOCAL)}) == len(feed.feed())
    assert len(await members(database)) == len(feed.feed()) + 1


@pytest.mark.parametrize("dimension", [3072, 4000])
async def test_long_vectors_are_searched_by_their_own_index(
    database: Database, pool: Executor, dimension: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors of as many dimensions as the index can take are found by it as by comparing them one by one."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    embedder = FakeEmbedder(dimension)
    model = await moved(database, embedder)
    await indexed(database, pool, embedder)
    async with database.begin() as session:
        ids = sorted(await stories.partition(session))
        wanted = {
            "model_id": model.id,
            "dimension": dimension,
            "window": timedelta(days=30),
            "farthest": 0.9,
            "limit": 5,
        }
        exactly = await index_store.nearest(session, ids, **wanted)  # type: ignore[arg-type]
        monkeypatch.setattr(index_store, "EXACT", 0)
        walked = await index_store.nearest(session, ids, **wanted)  # type: ignore[arg-type]
        definition = await session.scalar(
            text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), {"name": f"ix_vectors_hnsw_{model.id}"}
        )
    assert exactly
    assert set(walked) == set(exactly)
    assert f"halfvec({dimension})" in str(definition)


async def test_longer_vectors_are_refused(database: Database) -> None:
    """A model whose vectors the database cannot search is refused with the setting that shortens them."""
    with pytest.raises(UsageError, match="SVODKA_EMBED_DIMENSION"):
        await reembed.target(database, FakeEmbedder(4001))
    async with database.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM embedding_models"))).scalar_one() == 1


async def test_another_model_under_a_known_name_is_refused(database: Database) -> None:
    """Vectors of another length under the same name are of another model."""
    await reembed.target(database, FakeEmbedder(96))
    with pytest.raises(UsageError, match="another model under the same name"):
        await reembed.target(database, FakeEmbedder(128))


async def test_dropping_spares_the_active_model(database: Database, pool: Executor) -> None:
    """Only vectors of other models are dropped, and their index with them; the model may come back."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    embedder = FakeEmbedder()
    model = await moved(database, embedder)
    await moved_back(database, pool)
    assert await reembed.drop_others(database, await active(database)) == len(feed.feed())
    assert await held(database, model.id) == {}
    async with database.begin() as session:
        assert (
            await session.scalar(text("SELECT to_regclass(:name)"), {"name": f"ix_vectors_hnsw_{model.id}"})
        ) is None
    assert (await moved(database, embedder)).id == model.id


async def test_one_command_moves_at_a_time(database: Database) -> None:
    """Who moves the archive holds a lock that ends with the connection."""
    async with vectors.moving(database) as first, vectors.moving(database) as second:
        assert (first, second) == (True, False)
    async with vectors.moving(database) as third:
        assert third


async def test_the_scale_is_kept_with_the_model(database: Database, pool: Executor) -> None:
    """What is learned of a model's cosines stands in its row; the bundled one has none."""
    await feed.store(database, feed.feed())
    await indexed(database, pool)
    await moved(database, FakeEmbedder())
    space = scale.from_json((await active(database)).scale)
    assert space.scale is not None
    assert set(space.scale.points) == {"cos", "cos_lead", "cos_best", "cos_lead_best"}
    assert len(space.background.rows[0]) == 96
    await moved_back(database, pool)
    assert (await active(database)).scale is None


@pytest.mark.long
async def test_a_model_with_cosines_of_its_own_finds_the_same_stories(
    database: Database, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a model to which all posts look alike, whose cosines mean others than ours, the sample's stories come out as before."""
    monkeypatch.setattr(reembed, "BATCH", 64)
    sample = [item for item in cli_feed._read(cli_feed.folder()) if item.text]
    await feed.store(database, sample, now=cli_feed.ENDS)
    await indexed(database, pool)
    before = pairs(await members(database))
    embedder = FakeEmbedder(256, corner=1.6)
    await moved(database, embedder)
    await indexed(database, pool, embedder)
    after = pairs(await members(database))
    assert len(before) > 100
    assert len(before & after) > 0.9 * max(len(before), len(after))


def pairs(found: dict[int, int]) -> set[tuple[int, int]]:
    """Pairs of posts of one story."""
    return {(one, two) for one, two in combinations(sorted(found), 2) if found[one] == found[two]}
