"""Posts become stories on a real Postgres with the real local model, whatever the order and the batches."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from core.db.embedded import EmbeddedServer
from core.db.engine import Database
from core.store import index as index_store
from core.store import posts, stories
from core.types import Indexed
from summarize import cluster, index, match
from summarize.together import together
from tests.flow import feed


async def test_the_same_stories_come_out_as_in_memory(database: Database, pool: Executor) -> None:
    """The incremental index agrees with matching everything at once."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    members, loaded = await kept(database)
    assert grouped(members) == set(together(list(loaded.values()), match.weights()).stories)


async def kept(database: Database) -> tuple[dict[int, int], dict[int, Indexed]]:
    """The story of each post, and what the index holds of the posts."""
    async with database.begin() as session:
        members = await stories.partition(session)
        return members, await index_store.load(session, sorted(members), model_id=index.LOCAL_MODEL_ID)


def grouped(members: Mapping[int, int]) -> set[frozenset[int]]:
    """The posts of each story."""
    groups: dict[int, set[int]] = {}
    for post, story in members.items():
        groups.setdefault(story, set()).add(post)
    return set(map(frozenset, groups.values()))


async def test_crowds_are_cut_alike(database: Database, pool: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more posts hang together than are taken together, the index still agrees with matching all at once."""
    monkeypatch.setattr(cluster, "MOST_TOGETHER", 3)
    for item in feed.feed():
        await feed.store(database, [item])
        await feed.indexed(database, pool)
    members, loaded = await kept(database)
    assert grouped(members) == set(together(list(loaded.values()), match.weights()).stories)


async def test_what_belongs_together_is_one_story(database: Database, pool: Executor) -> None:
    """Forward, copy, translation and second part join; two meetups of one series do not."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    found = await feed.partition(database)
    together = {post: story for story in found for post in story}
    assert together[1001, 1] == together[1003, 1] == together[1004, 1]
    assert together[1001, 1] == together[1002, 1]
    assert together[1001, 2] == together[1002, 2]
    assert together[1001, 3] == together[1001, 4]
    assert together[1003, 2] != together[1005, 1]


@pytest.fixture(scope="module")
async def in_one_go(server: EmbeddedServer, pool: Executor) -> frozenset[frozenset[tuple[int | None, int | None]]]:
    """The partition of the feed, imported and indexed at once."""
    with psycopg.connect(server.dsn.replace("dbname=svodka", "dbname=postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE in_one_go TEMPLATE svodka")
    url = server.url.replace("/svodka?", "/in_one_go?")
    engine = create_async_engine(url)
    database = Database(engine=engine, url=url)
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    found = await feed.partition(database)
    await engine.dispose()
    return found


@pytest.mark.parametrize("seed", range(6))
async def test_neither_order_nor_batches_matter(
    database: Database, pool: Executor, seed: int, in_one_go: frozenset[frozenset[tuple[int | None, int | None]]]
) -> None:
    """Any order of arrival, cut into any imports and batches, gives the partition of one big import."""
    dice = random.Random(seed)
    shuffled = feed.feed()
    dice.shuffle(shuffled)
    while shuffled:
        size = dice.choice([1, 2, 5, 20])
        await feed.store(database, shuffled[:size])
        del shuffled[:size]
        await feed.indexed(database, pool, batch=dice.choice([1, 3, 64]))
    assert await feed.partition(database) == in_one_go


async def test_indexing_again_changes_nothing(database: Database, pool: Executor) -> None:
    """A second run has nothing to do, and a forced one gives the same stories under the same ids."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    async with database.begin() as session:
        before = await stories.partition(session)
    assert await feed.indexed(database, pool) == index.Counts()
    async with database.begin() as session:
        await posts.requeue(session, but_made_by=None)
    assert (await feed.indexed(database, pool)).matched == len(before)
    async with database.begin() as session:
        assert await stories.partition(session) == before


async def test_a_second_import_changes_nothing(database: Database) -> None:
    """The same posts again are unchanged; one that was edited is changed, and its former text is kept."""
    batch = feed.feed()
    assert (await feed.store(database, batch)).new == len(batch)
    assert (await feed.store(database, batch)).unchanged == len(batch)
    edited = replace(batch[0], text="Совсем другой текст", edited_at=feed.NOW)
    assert (await feed.store(database, [edited, *batch[1:]])).changed == 1


async def test_an_older_edit_does_not_win(database: Database) -> None:
    """A file read late does not bring back what was edited since."""
    newer = replace(feed.feed()[0], text="Новый текст", edited_at=feed.NOW)
    older = replace(feed.feed()[0], text="Старый текст", edited_at=feed.NOW - timedelta(days=1))
    await feed.store(database, [newer])
    assert (await feed.store(database, [older])).unchanged == 1


async def test_an_edited_post_is_judged_again(database: Database, pool: Executor) -> None:
    """A post edited into another text leaves its story, and comes back when it is edited back; ids live on."""
    batch = feed.feed()
    await feed.store(database, batch)
    await feed.indexed(database, pool)
    whole = await feed.partition(database)
    changed = replace(
        batch[3], text="Пеку хлеб на закваске по выходным, вот рецепт на ржаной муке.", edited_at=feed.NOW
    )
    await feed.store(database, [changed])
    await feed.indexed(database, pool)
    assert frozenset({(1004, 1)}) in await feed.partition(database)
    await feed.store(database, [replace(batch[3], edited_at=feed.NOW + timedelta(hours=1))])
    await feed.indexed(database, pool)
    assert await feed.partition(database) == whole


async def test_a_deleted_post_leaves_its_story(database: Database, pool: Executor) -> None:
    """It is gone from the index and from its story; the archive keeps it; the others stay together."""
    batch = feed.feed()
    await feed.store(database, batch)
    await feed.indexed(database, pool)
    async with database.begin() as session:
        gone = [
            item.id
            for item in await posts.by_ids(session, list(range(1, 100)))
            if item.message_id == 1 and item.channel.tg_id == 1003
        ]
        assert await posts.mark_deleted(session, gone, now=feed.NOW) == 1
    await feed.indexed(database, pool)
    found = {post: story for story in await feed.partition(database) for post in story}
    assert (1003, 1) not in found
    assert found[1001, 1] == found[1004, 1]
    async with database.begin() as session:
        assert (await posts.by_ids(session, gone))[0].deleted


async def test_a_merged_story_redirects(database: Database, pool: Executor) -> None:
    """When a late post joins two stories, the old id leads to the one that took the posts."""
    batch = feed.feed()
    await feed.store(database, [batch[0], batch[8]])
    await feed.indexed(database, pool)
    async with database.begin() as session:
        before = await stories.partition(session)
    edited = replace(batch[8], text=batch[0].text, date=batch[0].date, edited_at=feed.NOW)
    await feed.store(database, [edited])
    await feed.indexed(database, pool)
    async with database.begin() as session:
        after = set((await stories.partition(session)).values())
        assert len(after) == 1
        assert {await stories.resolve(session, story) for story in before.values()} == after


async def test_boilerplate_is_learned_whenever_it_shows(database: Database, pool: Executor) -> None:
    """A footer is cut from posts that came before it was known to be one."""
    for item in feed.feed():
        await feed.store(database, [item])
        await feed.indexed(database, pool)
    _members, loaded = await kept(database)
    assert not [post.clean_text for post in loaded.values() if "приходите по средам" in post.clean_text]


async def test_work_of_a_dead_worker_is_taken_up(database: Database, pool: Executor) -> None:
    """Posts leased to a worker that never comes back are indexed by another once the lease is over."""
    await feed.store(database, feed.feed())
    now = datetime.now(UTC)
    async with database.begin() as session:
        taken = await posts.claim(session, state="new", limit=5, now=now, lease=None)
        await posts.advance(session, [item.id for item in taken], state="lined")
        held = await posts.claim(session, state="lined", limit=5, now=now, lease=timedelta(seconds=2))
    assert len(held) == 5
    assert (await feed.indexed(database, pool)).matched == len(feed.feed())


async def test_a_text_that_keeps_returning_is_no_story(database: Database, pool: Executor) -> None:
    """The same text four times in one channel is a rubric: its posts stay apart."""
    text = "Каждую пятницу напоминаем: вопросы для разбора присылайте в комментарии до восьми вечера по Москве."
    batch = [feed.post(1, number, text, minutes=number * 2000) for number in range(1, 6)]
    await feed.store(database, batch)
    await feed.indexed(database, pool)
    assert len(await feed.partition(database)) == 5
