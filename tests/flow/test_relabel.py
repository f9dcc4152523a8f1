"""The taxonomy changes, and posts and stories with it, on a real Postgres with the real local model."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.store import index as index_store
from core.store import labels as store
from core.store import topics as topic_store
from core.types import Indexed
from summarize import cards, embed, labels, reembed, relabel
from tests.fakes.embedder import FakeEmbedder
from tests.flow import feed

LATER = feed.NOW + timedelta(days=1)


@pytest.fixture
async def archive(database: Database, pool: Executor) -> Database:
    """The feed, indexed."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    return database


async def indexed(database: Database) -> dict[int, Indexed]:
    async with database.begin() as session:
        ids = [row.post_id for row in await session.execute(text("SELECT post_id FROM indexed_posts"))]
        return await index_store.load(session, ids, model_id=0, vectors=False)


async def labelled(database: Database) -> dict[str, frozenset[str]]:
    """The topics of each post, by how it begins."""
    return {post.clean_text[:20]: frozenset(post.topics) for post in (await indexed(database)).values()}


async def of_stories(database: Database) -> set[str]:
    """Every topic that a story has."""
    async with database.begin() as session:
        found = await cards.in_window(session, since=None, until=None, now=feed.NOW)
    return {slug for story in found for slug in story.topics}


async def ran(database: Database, **changes: object) -> int:
    return await relabel.run(database, **({"clock": lambda: LATER} | changes))  # type: ignore[arg-type]


async def test_what_the_index_has_labelled_is_not_labelled_again(archive: Database) -> None:
    """It says by which taxonomy, titles and order of which mean nothing to it."""
    assert not await relabel.is_due(archive)
    assert await ran(archive) == 0
    async with archive.begin() as session:
        await topic_store.rename(session, "llm", title_ru="Модели", title_en="Models")
        await topic_store.reorder(session, ["safety"])
    assert not await relabel.is_due(archive)


async def test_what_was_labelled_by_nobody_is_labelled(archive: Database) -> None:
    """As archives are that were indexed before; they come to the same topics."""
    before = await labelled(archive)
    async with archive.begin() as session:
        await session.execute(text("UPDATE indexed_posts SET labelled_by = '', topics = '{}'"))
    assert await ran(archive) == len(feed.feed())
    assert await labelled(archive) == before


async def test_a_topic_that_is_switched_off_leaves_posts_and_stories(archive: Database) -> None:
    """And comes back with them."""
    before, stories = await labelled(archive), await of_stories(archive)
    assert "llm" in stories
    async with archive.begin() as session:
        await topic_store.set_enabled(session, "llm", enabled=False)
    assert await ran(archive) == len(feed.feed())
    assert "llm" not in await of_stories(archive)
    assert not any("llm" in topics for topics in (await labelled(archive)).values())
    async with archive.begin() as session:
        await topic_store.set_enabled(session, "llm", enabled=True)
    await ran(archive)
    assert await labelled(archive) == before
    assert await of_stories(archive) == stories


async def test_a_new_topic_is_found_without_fitting(archive: Database) -> None:
    """With titles, two examples and some keywords; posts that have nothing to do with it do not get it."""
    async with archive.begin() as session:
        topic = await topic_store.add(
            session, title_ru="Доставка", title_en="Delivery",
            about="Роботы-курьеры развозят заказы по городу.\nDelivery robots and drones carry parcels.",
            names=["робот-курьер", "роботы-курьеры", "доставка роботами", "delivery robot"], stems=["курьер", "доставка"],
        )  # fmt: skip
    await ran(archive)
    found = await labelled(archive)
    assert topic.slug in found["Роботы-курьеры в Инн"]
    assert sum(topic.slug in topics for topics in found.values()) <= 2


async def test_stories_that_get_other_topics_have_changed(archive: Database) -> None:
    """Theirs alone: the shelf is made anew, and filters look again at their posts alone."""
    before = await indexed(archive)
    async with archive.begin() as session:
        await session.execute(text("UPDATE indexed_posts SET filtered_by = 'x'"))
        await topic_store.set_enabled(session, "llm", enabled=False)
    await ran(archive)
    after = await indexed(archive)
    moved = {number for number in after if before[number].topics.keys() != after[number].topics.keys()}
    touched = {after[number].story_id for number in after if before[number].topics != after[number].topics}
    assert 0 < len(moved) < len(after)
    async with archive.begin() as session:
        rows = await session.execute(text("SELECT id FROM stories WHERE changed_at = :at"), {"at": LATER})
        assert {row.id for row in rows} == touched
        rows = await session.execute(text("SELECT post_id FROM indexed_posts WHERE filtered_by = ''"))
        assert {row.post_id for row in rows} == moved


async def test_a_run_does_so_much_and_asks_for_another(archive: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first; any number of runs, and of workers, come to what one would."""
    monkeypatch.setattr(relabel, "BATCH", 3)
    async with archive.begin() as session:
        await topic_store.set_enabled(session, "llm", enabled=False)
        await session.execute(text("DELETE FROM procrastinate_jobs"))
        name = labels.name_of(await topic_store.enabled(session))
    assert await ran(archive, most=3) == 3
    async with archive.begin() as session:
        jobs = await session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'index'"))
        assert jobs.scalar_one() == 1
        rows = await session.execute(text("SELECT labelled_by FROM indexed_posts ORDER BY time DESC, post_id DESC"))
        assert [row.labelled_by == name for row in rows] == [True] * 3 + [False] * (len(feed.feed()) - 3)
    await asyncio.gather(*(ran(archive) for _ in range(3)))
    await ran(archive)
    assert not await relabel.is_due(archive)


async def test_what_changes_meanwhile_is_labelled_another_time(archive: Database) -> None:
    """Topics of a former text are not kept."""
    async with archive.begin() as session:
        (first, *_) = await store.stale(session, "another", limit=5)
    async with archive.begin() as session:
        await session.execute(
            text("UPDATE indexed_posts SET clean_text = 'другое' WHERE post_id = :id"), {"id": first.post_id}
        )
    label = store.Label(post_id=first.post_id, row=first.row, topics={"llm": 0.9})
    async with archive.begin() as session:
        assert await store.keep(session, [label], labelled_by="another", now=LATER) == 0
        (now,) = await store.load(session, [first.post_id])
        assert await store.keep(session, [replace(label, row=now.row)], labelled_by="another", now=LATER) == 1


async def test_topics_are_found_by_the_bundled_model_whatever_is_active(archive: Database, pool: Executor) -> None:
    """Where its vectors are gone, the passages are embedded here once more."""
    before = await labelled(archive)
    embedder = FakeEmbedder()
    model = await reembed.target(archive, embedder)
    await reembed.move(archive, model, embedder, like=[embed.passages(post.text) for post in feed.feed()])
    await feed.indexed(archive, pool)
    await reembed.drop_others(archive, model)
    embedder.asked.clear()
    async with archive.begin() as session:
        await session.execute(text("UPDATE indexed_posts SET labelled_by = '', topics = '{}'"))
    await ran(archive, pool=pool)
    assert await labelled(archive) == before
    assert embedder.asked == []


async def test_without_topics_posts_have_none(archive: Database) -> None:
    """An admin may switch them all off."""
    async with archive.begin() as session:
        for topic in await topic_store.every(session):
            await topic_store.set_enabled(session, topic.slug, enabled=False)
    await ran(archive)
    assert set((await labelled(archive)).values()) == {frozenset()}


async def test_a_merged_topic_has_the_posts_of_both(archive: Database) -> None:
    """What the one was found by, the other is found by now."""
    before = await labelled(archive)
    both = {start for start, topics in before.items() if topics & {"industry", "learning"}}
    assert both
    async with archive.begin() as session:
        await topic_store.merge(session, "industry", into="learning", now=feed.NOW)
    await ran(archive)
    after = await labelled(archive)
    assert "industry" not in await of_stories(archive)
    assert {start for start, topics in after.items() if "learning" in topics} >= both
