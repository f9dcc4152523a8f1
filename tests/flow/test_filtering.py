"""Filters look at posts, and stories follow, on a real Postgres with the real local model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store import filter_hits as hit_store
from core.store import filters as store
from core.store import posts as post_store
from core.store import vectors as vector_store
from core.types import Origin
from summarize import cards, embed, filtering, meanings, reembed
from summarize.cards import Ranked
from tests.fakes.embedder import FakeEmbedder
from tests.flow import feed

LATER = feed.NOW + timedelta(days=1)


def rule(pattern: str, kind: FilterKind = FilterKind.KEYWORD, **changes: Any) -> Filter:
    values: dict[str, Any] = {"id": 0, "action": FilterAction.DROP, "kind": kind, "pattern": pattern}
    return Filter(**(values | changes))


async def add(database: Database, pattern: str, kind: FilterKind = FilterKind.KEYWORD, **changes: Any) -> Filter:
    async with database.begin() as session:
        return await store.add(session, rule(pattern, kind, **changes), now=feed.NOW)


async def ran(database: Database, **changes: Any) -> int:
    return await filtering.run(database, **({"clock": lambda: feed.NOW} | changes))


async def hits(database: Database, filter_id: int) -> set[tuple[int | None, int | None]]:
    """The posts that a filter has met, by channel and message."""
    async with database.begin() as session:
        rows = await session.execute(text("SELECT post_id FROM filter_hits WHERE filter_id = :id"), {"id": filter_id})
        posts = await post_store.by_ids(session, [row.post_id for row in rows])
    return {(post.channel.tg_id, post.message_id) for post in posts}


async def ranked(database: Database) -> list[Ranked]:
    async with database.begin() as session:
        return await cards.in_window(session, since=None, until=None, now=feed.NOW)


async def id_of(database: Database, channel: int, message: int) -> int:
    async with database.begin() as session:
        found = await post_store.find(session, username=None, tg_id=channel, message_id=message)
    assert found is not None
    return found


async def story_of(database: Database, channel: int, message: int) -> Ranked | None:
    """The story of a post, if it may be shown."""
    post = await id_of(database, channel, message)
    return next((story for story in await ranked(database) if post in story.post_ids), None)


@pytest.fixture
async def archive(database: Database, pool: Executor) -> Database:
    """The feed, indexed."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    return database


# --- what becomes of stories -----------------------------------------------------------------------------------------


async def test_dropped_posts_are_not_shown(archive: Database) -> None:
    """A story of theirs alone vanishes, another goes on without them; switched off, the filter ceases to act at once."""
    before = await ranked(archive)
    dropped = await add(archive, "DeskBench")
    english = await add(archive, "en", FilterKind.LANGUAGE)
    assert await ran(archive) == len(feed.feed())
    assert await hits(archive, dropped.id) == {(1001, 1), (1002, 1), (1003, 1), (1004, 1)}
    assert (1002, 2) in await hits(archive, english.id)
    assert await story_of(archive, 1001, 1) is None
    paper = await story_of(archive, 1001, 2)
    assert paper is not None
    assert await id_of(archive, 1002, 2) not in paper.post_ids
    async with archive.begin() as session:
        for each in (dropped, english):
            await store.set_enabled(session, each.id, enabled=False)
    assert await ranked(archive) == before


async def test_boosts_add_up_and_are_bounded(archive: Database) -> None:
    """Each filter once, however many posts of a story it meets; together no more than one up or down."""
    plain = await story_of(archive, 1001, 1)
    await add(archive, "DeskBench", action=FilterAction.BOOST, weight=0.5)
    await add(archive, "Quillfin-3", action=FilterAction.BOOST, weight=-0.2)
    await add(archive, "кот", action=FilterAction.BOOST, weight=-0.9)
    await ran(archive)
    boosted = await story_of(archive, 1001, 1)
    assert plain is not None
    assert boosted is not None
    assert boosted.parts["filter"] == pytest.approx(0.3)
    assert boosted.rank == pytest.approx(plain.rank + 0.3)
    assert "filter" not in plain.parts
    await add(archive, "токен", action=FilterAction.BOOST, weight=0.9)
    await ran(archive)
    most = await story_of(archive, 1001, 1)
    assert most is not None
    assert most.parts["filter"] == 1.0


async def test_a_pinned_story_stands_first(archive: Database) -> None:
    """Whatever its rank."""
    last = (await ranked(archive))[-1]
    assert not last.pinned
    async with archive.begin() as session:
        (post,) = await post_store.by_ids(session, last.post_ids[:1])
    await add(archive, f'"{" ".join(post.text.split()[:4])}"', action=FilterAction.PIN)
    await ran(archive)
    first, second, *_ = await ranked(archive)
    assert (first.id, first.pinned, second.pinned) == (last.id, True, False)
    assert first.rank == pytest.approx(last.rank)


async def test_scope_and_channels(archive: Database, pool: Executor) -> None:
    """A forward is of the channel that it comes from as well, where Telegram says which that is; a name is nobody's."""
    named = feed.post(6, 1, "Пересказ чужими словами, ничего нового.", minutes=9, origin=Origin(name="Канал 1"))
    await feed.store(archive, [named])
    await feed.indexed(archive, pool)
    async with archive.begin() as session:
        rows = await session.execute(text("SELECT id, tg_id FROM channels"))
        channels = {row.tg_id: row.id for row in rows}
    of_channel = await add(archive, str(channels[1001]), FilterKind.CHANNEL)
    within = await add(archive, "Quillfin-3", scope=Scope(channels=(channels[1002], channels[1004])))
    await ran(archive)
    assert await hits(archive, of_channel.id) == {(1001, 1), (1001, 2), (1001, 3), (1001, 4), (1003, 1)}
    assert await hits(archive, within.id) == {(1002, 1), (1004, 1)}


# --- which posts are looked at ---------------------------------------------------------------------------------------


async def test_nothing_is_looked_at_twice(archive: Database) -> None:
    """Only what is new, or changed, or what a changed filter has not seen; without filters nothing at all."""
    assert await ran(archive) == 0
    first = await add(archive, "кот")
    assert await filtering.is_due(archive, now=feed.NOW)
    assert await ran(archive) == len(feed.feed())
    assert not await filtering.is_due(archive, now=feed.NOW)
    assert await ran(archive) == 0
    async with archive.begin() as session:
        await store.change(session, replace(first, pattern="робот"), now=LATER)
    assert await hits(archive, first.id) == set()
    assert await ran(archive) == len(feed.feed())
    assert await hits(archive, first.id) == {(1005, 15)}


async def test_a_changed_post_is_looked_at_again(archive: Database, pool: Executor) -> None:
    """An edit, or indexing by other rules, forgets what was known of it; nobody else is looked at again."""
    kept = await add(archive, "кот")
    await ran(archive)
    (edited,) = [item for item in feed.feed() if "кот" in item.text]
    await feed.store(archive, [replace(edited, text="Хозяйке на заметку: собака спит.", edited_at=feed.NOW)])
    await feed.indexed(archive, pool)
    assert await ran(archive) == 1
    assert await hits(archive, kept.id) == set()


async def test_a_filter_whose_time_runs_out_ceases(archive: Database) -> None:
    """At once; what it met is forgotten by the next run, and the others' hits stay."""
    brief = await add(archive, "DeskBench", expires_at=LATER)
    stays = await add(archive, "кот")
    await ran(archive)
    assert await story_of(archive, 1001, 1) is None
    assert not await filtering.is_due(archive, now=feed.NOW)
    assert await filtering.is_due(archive, now=LATER)
    await ran(archive, clock=lambda: LATER)
    assert await hits(archive, brief.id) == set()
    assert await hits(archive, stays.id) == {(1005, 11)}


async def test_a_filter_that_is_switched_on_again_misses_nothing(archive: Database, pool: Executor) -> None:
    """Posts that came while it was off are met as those before are."""
    kept = await add(archive, "DeskBench")
    await ran(archive)
    async with archive.begin() as session:
        await store.set_enabled(session, kept.id, enabled=False)
    await ran(archive)
    await feed.store(archive, [feed.post(5, 90, "Ещё раз о DeskBench, теперь подробно и с картинками.", minutes=9000)])
    await feed.indexed(archive, pool)
    await ran(archive)
    assert await hits(archive, kept.id) == set()
    async with archive.begin() as session:
        await store.set_enabled(session, kept.id, enabled=True)
    await ran(archive)
    assert await hits(archive, kept.id) == {(1001, 1), (1002, 1), (1003, 1), (1004, 1), (1005, 90)}


async def test_a_run_does_so_much_and_asks_for_another(archive: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first; any number of runs come to what one would."""
    monkeypatch.setattr(filtering, "BATCH", 3)
    kept = await add(archive, "Quillfin-3")
    async with archive.begin() as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
    assert await ran(archive, most=6) == 6
    async with archive.begin() as session:
        jobs = await session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'index'"))
        assert jobs.scalar_one() == 1
        looked = await session.execute(
            text("SELECT filtered_by <> '' AS looked FROM indexed_posts ORDER BY time DESC, post_id DESC")
        )
        assert [row.looked for row in looked] == [True] * 6 + [False] * (len(feed.feed()) - 6)
    while await ran(archive, most=6):
        pass
    assert len(await hits(archive, kept.id)) == 4


async def test_two_workers_do_no_harm(archive: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is written by one of them, and all come to be."""
    monkeypatch.setattr(filtering, "BATCH", 4)
    kept = await add(archive, "Quillfin-3")
    await asyncio.gather(*(ran(archive) for _ in range(4)))
    await ran(archive)
    assert not await filtering.is_due(archive, now=feed.NOW)
    assert len(await hits(archive, kept.id)) == 4


async def test_what_changes_meanwhile_is_not_taken_for_looked_at(archive: Database) -> None:
    """A post that was indexed again between reading and writing keeps nothing of the old text."""
    kept = await add(archive, "кот")
    post = await id_of(archive, 1005, 11)
    async with archive.begin() as session:
        (read,) = await hit_store.load(session, [post])
    async with archive.begin() as session:
        await session.execute(text("UPDATE indexed_posts SET lang = 'en' WHERE post_id = :id"), {"id": post})
    looked = hit_store.Looked(post_id=post, row=read.row, filtered_by="x", met=frozenset({kept.id}))
    async with archive.begin() as session:
        assert await hit_store.keep(session, [looked]) == 0
        (now,) = await hit_store.load(session, [post])
        assert await hit_store.keep(session, [replace(looked, row=now.row)]) == 1


async def test_old_posts_are_passed_over_and_said_to_be(archive: Database) -> None:
    """Nobody has to wait for a look at them that never comes."""
    kept = await add(archive, "кот")
    old = feed.NOW + hit_store.LOOK_BACK
    assert await ran(archive, clock=lambda: old) == 0
    assert await hits(archive, kept.id) == set()
    async with archive.begin() as session:
        rows = await session.execute(text("SELECT DISTINCT filtered_by FROM indexed_posts"))
        assert [row.filtered_by for row in rows] == [hit_store.TOO_OLD]


# --- filters that make trouble ---------------------------------------------------------------------------------------


async def test_a_broken_filter_does_not_stop_the_others(archive: Database) -> None:
    """It meets nothing; a slow one meets what it is quick on."""
    broken = await add(archive, "(", FilterKind.REGEX)
    slow = await add(archive, r"(?:\p{L}+\s*)+[0-9]|лидар", FilterKind.REGEX)
    fine = await add(archive, "лидар", FilterKind.REGEX)
    await ran(archive)
    assert await hits(archive, broken.id) == set()
    assert await hits(archive, slow.id) <= {(item.channel.tg_id, item.message_id) for item in feed.feed()}
    assert await hits(archive, fine.id) == {(1005, 15)}
    assert not await filtering.is_due(archive, now=feed.NOW)


async def test_a_filter_that_is_removed_meanwhile_leaves_nothing(archive: Database) -> None:
    """However far a run has come."""
    first, second = await add(archive, "кот"), await add(archive, "робот")
    await ran(archive)
    async with archive.begin() as session:
        await store.remove(session, first.id)
    await ran(archive)
    async with archive.begin() as session:
        rows = await session.execute(text("SELECT DISTINCT filter_id FROM filter_hits"))
        assert [row.filter_id for row in rows] == [second.id]


# --- meanings --------------------------------------------------------------------------------------------------------


async def test_a_phrase_is_embedded_and_meets_what_is_like_it(archive: Database) -> None:
    """By the bundled model, when it is first needed; the filter keeps the vector."""
    kept = await add(archive, "роботы-курьеры ездят зимой", FilterKind.MEANING, threshold=0.35)
    await ran(archive)
    assert await hits(archive, kept.id) == {(1005, 15)}
    async with archive.begin() as session:
        (found,) = await store.every(session)
    assert found.model_id == vector_store.LOCAL
    assert float(np.linalg.norm(found.vector)) == pytest.approx(1.0, abs=1e-2)


async def test_posts_like_a_given_one(archive: Database) -> None:
    """The post itself is the nearest; its copies and its translation are near."""
    post = await id_of(archive, 1001, 1)
    kept = await add(archive, f"post:{post}", FilterKind.MEANING, threshold=0.5)
    await ran(archive)
    assert {(1001, 1), (1002, 1), (1003, 1), (1004, 1)} <= await hits(archive, kept.id)
    assert (1005, 11) not in await hits(archive, kept.id)


async def moved(database: Database, embedder: FakeEmbedder) -> vector_store.EmbeddingModel:
    model = await reembed.target(database, embedder)
    await reembed.move(database, model, embedder, like=[embed.passages(post.text) for post in feed.feed()])
    return model


async def test_another_model_embeds_the_phrase_anew(archive: Database, pool: Executor) -> None:
    """Its threshold is where as many posts meet it as did before, and the note says so; until then what it met stays."""
    kept = await add(archive, "роботы-курьеры ездят зимой", FilterKind.MEANING, threshold=0.35, note="про роботов")
    await ran(archive)
    before = await hits(archive, kept.id)
    embedder = FakeEmbedder(corner=2.0)
    model = await moved(archive, embedder)
    await feed.indexed(archive, pool)
    async with archive.begin() as session:
        await session.execute(text("DELETE FROM vectors WHERE model_id = 1"))
    # The endpoint is away: nobody can tell, and nothing is forgotten.
    await ran(archive)
    assert await hits(archive, kept.id) == before
    await ran(archive, remote=embedder)
    async with archive.begin() as session:
        (found,) = await store.every(session)
    assert found.model_id == model.id
    assert found.threshold > 0.5, "this model finds all posts alike"
    assert found.note.startswith("про роботов\n≥ 0.35 → ≥ 0.")
    assert len(await hits(archive, kept.id)) == len(before) == 1


async def test_posts_without_vectors_are_looked_at_when_they_have_some(archive: Database, pool: Executor) -> None:
    """An endpoint was away while they were indexed; until it is back nobody looks at them again and again."""
    embedder = FakeEmbedder()
    await moved(archive, embedder)
    await feed.indexed(archive, pool)
    kept = await add(archive, "шёпот в тихой комнате", FilterKind.MEANING, threshold=0.6)
    await ran(archive, remote=embedder)
    await feed.store(archive, [feed.post(5, 91, "Шёпот в тихой комнате", minutes=9000)])
    await feed.indexed(archive, pool)
    assert await ran(archive, remote=embedder) == 1
    assert await ran(archive, remote=embedder) == 0
    assert await hits(archive, kept.id) == set()
    assert await reembed.fill(archive, embedder) == 1
    await feed.indexed(archive, pool)
    await ran(archive, remote=embedder)
    assert await hits(archive, kept.id) == {(1005, 91)}


@pytest.mark.parametrize(
    ("cosines", "met", "least"),
    [
        ([], 3, None),
        ([0.9, 0.8, 0.2], 2, 0.5),
        ([0.2, 0.9, 0.8], 1, 0.85),
        ([0.2, 0.9, 0.8], 0, 0.92),
        ([0.2, 0.9, 0.8], 3, 0.2),
        ([-0.5], 1, meanings.MARGIN),
        ([1.0], 0, 1.0),
    ],
)
def test_a_threshold_stands_between_what_is_met_and_what_is_not(
    cosines: Sequence[float], met: int, least: float | None
) -> None:
    """In the middle of the gap; above everything where nothing was met; and always where a threshold may stand."""
    assert meanings.cut(cosines, met) == (None if least is None else pytest.approx(least))
