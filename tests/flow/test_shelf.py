"""The shelf follows the archive on a real Postgres with the real local model: whatever changes a story changes its rows, and
no others.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.filters import Filter, FilterAction, FilterKind
from core.readers import ShelfStory
from core.store import filters, shelf
from core.types import CitedSentence, Origin, Post
from summarize import cards, filtering, relabel
from summarize import shelf as filling
from tests.flow import feed
from tests.flow.writing import FURTHER, NOW, OPENING, Desk, Model, desk

HOUR = timedelta(hours=1)
LANGS = ("ru", "en")
EPOCH = datetime(1971, 1, 1, tzinfo=UTC)

FIRST = feed.post(1, 1, OPENING, minutes=0)
COPY = feed.post(3, 1, OPENING, minutes=90, origin=Origin(name="Канал 1", channel_id=1001, message_id=1))
SECOND = feed.post(2, 1, FURTHER, minutes=120)
OTHER = feed.post(5, 1, feed.MEETUP, minutes=30)
BREAD = "Пеку хлеб на закваске по выходным, вот рецепт на ржаной муке и тмине: замес утром, печь вечером."
BAKING = feed.post(4, 1, BREAD, minutes=10)


@dataclass(kw_only=True)
class Shelf:
    """An archive, and the shelf that is made of it."""

    desk: Desk

    async def fill(self, *, after: timedelta = timedelta(minutes=1), **options: Any) -> int:
        """What a worker does when something may have changed, so long after what was done last."""
        self.desk.now += after
        return await filling.fill(self.desk.database, langs=LANGS, clock=self.desk.clock, **options)

    async def shown(self, lang: str = "ru") -> list[ShelfStory]:
        """Everything that stands there, best first."""
        async with self.desk.database.begin() as session:
            return await shelf.fresh(session, lang=lang, arrived_since=EPOCH, seen_since=EPOCH, limit=10_000)

    async def of(self, post: Post, lang: str = "ru") -> ShelfStory:
        """The story of a post."""
        number = await self.desk.number(post)
        (found,) = [story for story in await self.shown(lang) if number in {one.id for one in story.card.posts}]
        return found

    async def rows(self) -> dict[tuple[int, str], Any]:
        """All rows as they are, by story and language."""
        found = await self.desk.rows("SELECT * FROM shelf")
        return {(row.story_id, row.lang): row._asdict() for row in found}


@asynccontextmanager
async def shelved(database: Database, pool: Executor, *posts: Post, brain: Model | None = None) -> AsyncIterator[Shelf]:
    """A shelf that holds the stories of these posts."""
    async with desk(database, pool, brain) as at:
        held = Shelf(desk=at)
        if posts:
            await at.bring(*posts)
            assert await held.fill() > 0
        yield held


def changed(before: dict[tuple[int, str], Any], after: dict[tuple[int, str], Any]) -> set[tuple[int, str]]:
    """The rows that came or were made anew."""
    return {key for key, row in after.items() if before.get(key) != row}


def known(claims: Sequence[CitedSentence], part: str) -> datetime | None:
    """Since when the claim that holds these words is known."""
    (found,) = [claim for claim in claims if part in claim.text]
    return found.known_at


# --- an archive that is imported --------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.slow
async def test_an_import_fills_the_shelf(database: Database, pool: Executor) -> None:
    """Every story that has something to show stands there in both languages as it would be shown, and a second time does nothing."""
    async with shelved(database, pool, *feed.sample_posts()) as held:
        now = held.desk.now
        before = await held.rows()
        for lang in LANGS:
            shown = {story.card.id: story for story in await held.shown(lang)}
            async with database.begin() as session:
                ranked = await cards.in_window(session, since=None, until=None, now=now)
                wanted = await cards.cards(session, ranked, lang=lang)
            assert len(wanted) > 30
            bare = {number: replace(story.card, claims=(), sentences=()) for number, story in shown.items()}
            assert bare == {card.id: replace(card, claims=(), sentences=()) for card in wanted}
            for card in wanted:
                claims = shown[card.id].card.claims
                assert [one.text for one in claims[: len(card.sentences)]] == [one.text for one in card.sentences]
                assert all(claim.known_at == shown[card.id].arrived_at for claim in claims)
        assert await held.fill() == 0
        assert await held.rows() == before
        assert max(len(story.card.claims) for story in await held.shown()) > 3


async def test_neither_order_nor_batches_matter(database: Database, pool: Executor) -> None:
    """Posts that came in another order, in other batches, stand on the shelf as the same stories."""
    posts, at_once = feed.feed(), timedelta(0)
    async with shelved(database, pool) as held:
        await held.desk.bring(*posts)
        await held.fill(after=at_once)
        expected = await everything(held)
        async with database.begin() as session:
            await session.execute(text("TRUNCATE posts, stories CASCADE"))
        assert await everything(held) == []
        random.Random(5).shuffle(posts)
        for start in range(0, len(posts), 7):
            await held.desk.bring(*posts[start : start + 7])
            await held.fill(after=at_once, batch=3)
        assert await everything(held) == expected != []


async def everything(held: Shelf) -> list[Any]:
    """What stands on the shelf, without the numbers that it has there."""
    found = []
    for lang in LANGS:
        for story in await held.shown(lang):
            card = story.card
            names = {post.id: (post.channel, post.message_id) for post in card.posts}
            said = [(claim.text, names[claim.post_id], claim.lang, claim.known_at) for claim in card.claims]
            found.append((lang, card.title, said, card.topics, card.rank, story.arrived_at, sorted(names.values())))
    return sorted(found)


async def test_two_workers_share_the_work(database: Database, pool: Executor) -> None:
    """Two that fill at once make every story once, and end as one would."""
    async with shelved(database, pool) as held:
        await held.desk.bring(*feed.feed())
        async with database.begin() as session:
            waiting = await shelf.waiting(session)
        done = await asyncio.gather(*(held.fill(batch=2, after=timedelta(0)) for _ in range(2)))
        assert sum(done) == waiting > 10
        assert await held.fill() == 0
        assert len(await held.shown()) == len(await held.shown("en")) > 10


async def test_a_crash_loses_nothing(database: Database, pool: Executor) -> None:
    """What was made before stays, nothing is half made, and the next worker goes on where this one died."""
    async with shelved(database, pool) as held:
        await held.desk.bring(*feed.feed())
        async with database.begin() as session:
            waiting = await shelf.waiting(session)
        times = iter([held.desk.now] * 7)

        def dying() -> datetime:
            return next(times)  # raises StopIteration, which no coroutine lets through: the worker is gone

        with pytest.raises(RuntimeError):
            await filling.fill(database, langs=LANGS, clock=dying, batch=2)
        rows = await held.rows()
        made = {story for story, _ in rows}
        assert 0 < len(made) < waiting
        assert set(rows) == {(story, lang) for story in made for lang in LANGS}
        assert await held.fill() == waiting - len(made)
        assert changed(rows, await held.rows()).isdisjoint(rows)


async def test_at_most_so_many_are_made(database: Database, pool: Executor) -> None:
    """The newest stories are the first."""
    async with shelved(database, pool) as held:
        await held.desk.bring(*feed.feed())
        assert await held.fill(limit=3, batch=2) == 3
        shown = [story.card.last_seen for story in await held.shown()]
        assert await held.fill() > 0
        rest = [story.card.last_seen for story in await held.shown() if story.card.last_seen not in shown]
        assert min(shown) > max(rest)


# --- what changes a story ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("post", "was", "now"),
    [(FIRST, "4 трлн", "5 трлн"), (BAKING, "ржаной", "пшеничной")],
    ids=["of several posts", "without topics"],
)
async def test_an_edit_changes_its_story_alone(
    database: Database, pool: Executor, post: Post, was: str, now: str
) -> None:
    """Also one that leaves the post in its story, and its topics as they are: what it says now stands on the shelf."""
    async with shelved(database, pool, FIRST, SECOND, OTHER, BAKING) as held:
        before, story = await held.rows(), (await held.of(post)).card.id
        await held.desk.edit(post, post.text.replace(was, now))
        assert await held.fill() == 1
        assert changed(before, await held.rows()) == {(story, "ru"), (story, "en")}
        card = (await held.of(post)).card
        assert card.id == story
        assert now in " ".join((card.title, *(claim.text for claim in card.claims)))
        assert [one.text for one in card.posts if now in one.text] != []


async def test_a_deletion_changes_its_story_alone(database: Database, pool: Executor) -> None:
    """Nothing of a deleted post is left on the shelf."""
    async with shelved(database, pool, FIRST, SECOND, OTHER) as held:
        before, story = await held.rows(), (await held.of(FIRST)).card.id
        await held.desk.delete(SECOND)
        assert await held.fill() == 1
        assert changed(before, await held.rows()) == {(story, "ru"), (story, "en")}
        card = (await held.of(FIRST)).card
        assert len(card.posts) == 1
        assert "61,4" not in " ".join(claim.text for claim in card.claims)


async def test_a_story_without_posts_is_gone_at_once(database: Database, pool: Executor) -> None:
    """As soon as the index has heard of the deletion, before anything is made anew; and it stays away."""
    async with shelved(database, pool, FIRST, OTHER) as held:
        story = (await held.of(FIRST)).card.id
        await held.desk.delete(FIRST)
        assert story not in {found.card.id for lang in LANGS for found in await held.shown(lang)}
        assert await held.fill() == 0
        async with database.begin() as session:
            assert await shelf.by_ids(session, [story], lang="ru") == {}
            assert await shelf.waiting(session) == 0


async def test_a_merged_story_stands_under_its_new_number(database: Database, pool: Executor) -> None:
    """At once under that alone, and once it is made with all its posts; the old number leads there."""
    async with shelved(database, pool, FIRST, OTHER) as held:
        numbers = {(await held.of(post)).card.id for post in (FIRST, OTHER)}
        await held.desk.edit(OTHER, OPENING)
        assert await held.desk.together(FIRST, OTHER)
        assert len(await held.shown()) == 1
        assert await held.fill() == 1
        (merged,) = await held.shown()
        assert len(merged.card.posts) == 2
        async with database.begin() as session:
            found = await shelf.by_ids(session, numbers, lang="ru")
        assert {asked: story.card.id for asked, story in found.items()} == dict.fromkeys(numbers, merged.card.id)


async def test_a_split_changes_both_parts(database: Database, pool: Executor) -> None:
    """The post that left is a story of its own; the one that it left no longer has it."""
    async with shelved(database, pool, FIRST, SECOND, OTHER) as held:
        before, story = await held.rows(), (await held.of(FIRST)).card.id
        await held.desk.edit(SECOND, BREAD)
        assert await held.fill() == 2
        left, new = await held.of(FIRST), await held.of(SECOND)
        assert {left.card.id, new.card.id} > {story}
        assert changed(before, await held.rows()) == {
            (number, lang) for number in (left.card.id, new.card.id) for lang in LANGS
        }
        assert (len(left.card.posts), len(new.card.posts)) == (1, 1)


async def test_a_new_post_is_news_and_a_copy_is_none(database: Database, pool: Executor) -> None:
    """A copy is shown with its story, which has not arrived again for that; what another source adds has, and is known since."""
    async with shelved(database, pool, FIRST) as held:
        first = await held.of(FIRST)
        came = first.arrived_at
        held.desk.now += 2 * HOUR
        await held.desk.bring(COPY)
        assert await held.fill() == 1
        copied = await held.of(FIRST)
        assert (copied.arrived_at, len(copied.card.posts), len(copied.channels)) == (came, 2, 2)
        assert [claim.known_at for claim in copied.card.claims] == [claim.known_at for claim in first.card.claims]
        held.desk.now += 2 * HOUR
        later = held.desk.now
        await held.desk.bring(SECOND)
        assert await held.fill() == 1
        grown = await held.of(FIRST)
        assert (grown.arrived_at, grown.card.independent, len(grown.channels)) == (later, 2, 3)
        assert grown.card.last_seen == SECOND.date
        assert known(grown.card.claims, "61,4") == later
        assert {claim.known_at for claim in grown.card.claims if "61,4" not in claim.text} == {came}


async def test_an_origin_that_is_read_after_its_forward_is_no_news(database: Database, pool: Executor) -> None:
    """It is told as the source from then on, but has not arrived."""
    async with shelved(database, pool, COPY) as held:
        came = (await held.of(COPY)).arrived_at
        held.desk.now += 2 * HOUR
        await held.desk.bring(FIRST)
        assert await held.fill() == 1
        story = await held.of(FIRST)
        assert {claim.post_id for claim in story.card.claims} == {await held.desk.number(FIRST)}
        assert {claim.known_at for claim in story.card.claims} == {story.arrived_at} == {came}


async def test_counters_change_the_rank_for_three_days(database: Database, pool: Executor) -> None:
    """Reactions that came since are looked at after an hour, while the story is young; then no more."""
    others = [
        replace(feed.post(1, 10 + number, f"{BREAD} Часть {number}.", minutes=-number), reactions=10)
        for number in range(3)
    ]
    async with shelved(database, pool, replace(FIRST, reactions=1), *others) as held:
        held.desk.now = feed.START + 3 * HOUR
        quiet = (await held.of(FIRST)).card.parts["engagement"]
        await feed.store(database, [replace(FIRST, reactions=500)], now=held.desk.now)
        assert await held.fill(after=timedelta(minutes=30)) == 0
        assert await held.fill(after=timedelta(minutes=32)) > 0
        assert (await held.of(FIRST)).card.parts["engagement"] > quiet
        assert await held.fill(after=72 * HOUR) == 0


# --- what admins change -----------------------------------------------------------------------------------------------


async def steer(held: Shelf, action: FilterAction, pattern: str) -> Filter:
    """An admin's filter, with which posts are still to be looked at."""
    asked = Filter(id=0, action=action, kind=FilterKind.KEYWORD, pattern=pattern, weight=0.3, made_by=1)
    async with held.desk.database.begin() as session:
        return await filters.add(session, asked, now=held.desk.now)


async def look(held: Shelf) -> None:
    await filtering.run(held.desk.database, pool=held.desk.pool, clock=held.desk.clock)


async def test_a_filter_changes_what_it_meets(database: Database, pool: Executor) -> None:
    """What it drops leaves the shelf, and comes back without it; the rows of other stories are not touched."""
    async with shelved(database, pool, FIRST, SECOND, OTHER) as held:
        story, before = (await held.of(FIRST)).card.id, await held.rows()
        drop = await steer(held, FilterAction.DROP, "Torvex-9B")
        assert await held.fill() == 0
        await look(held)
        assert await held.fill() == 1
        assert story not in {found.card.id for lang in LANGS for found in await held.shown(lang)}
        assert changed(before, await held.rows()) == {(story, "ru"), (story, "en")}
        assert await held.fill() == 0
        async with database.begin() as session:
            await filters.remove(session, drop.id)
        assert await held.fill() == 1
        assert (await held.of(FIRST)).card.id == story


async def test_what_is_pinned_stands_first(database: Database, pool: Executor) -> None:
    """Whatever its rank; a boost adds to that."""
    async with shelved(database, pool, FIRST, SECOND, OTHER) as held:
        first = await held.shown()
        assert not any(story.pinned for story in first)
        await steer(held, FilterAction.PIN, "Нейровстреча")
        await steer(held, FilterAction.BOOST, "Torvex-9B")
        await look(held)
        assert await held.fill() == 2
        pinned, boosted = await held.shown()
        assert (pinned.pinned, boosted.pinned) == (True, False)
        assert pinned.card.id == (await held.of(OTHER)).card.id
        assert boosted.card.rank > first[0].card.rank


async def test_no_story_is_shelved_before_filters_have_looked(database: Database, pool: Executor) -> None:
    """What an admin wants dropped is not shown for a moment either."""
    async with shelved(database, pool) as held:
        await steer(held, FilterAction.DROP, "Torvex-9B")
        await held.desk.bring(FIRST, OTHER)
        assert await held.fill() == 0
        await look(held)
        assert await held.fill() == 2
        assert [story.card.posts[0].channel for story in await held.shown()] == [OTHER.channel.name]


async def test_other_topics_change_the_rows(database: Database, pool: Executor) -> None:
    """When an admin switches a topic off, the stories that had it have it no longer."""
    async with shelved(database, pool, FIRST, SECOND, OTHER) as held:
        story = await held.of(FIRST)
        slug = story.card.topics[0]
        await held.desk.rows("UPDATE topics SET enabled = false WHERE slug = :slug RETURNING 1", slug=slug)
        await relabel.run(database, pool=pool, clock=held.desk.clock)
        assert await held.fill() > 0
        assert slug not in (await held.of(FIRST)).card.topics


# --- what is written --------------------------------------------------------------------------------------------------


async def test_what_is_written_stands_there_in_its_language(database: Database, pool: Executor) -> None:
    """A summary changes the row of its language alone, and makes nothing known that the posts had said."""
    async with shelved(database, pool, FIRST, OTHER) as held:
        before, own = await held.rows(), await held.of(FIRST)
        held.desk.now += HOUR / 2
        await held.desk.write()
        assert await held.fill() == 2
        assert changed(before, await held.rows()) == {(story, "ru") for story, _ in before}
        card = (await held.of(FIRST)).card
        assert card.written_by == "summary.v1, fake-model"
        assert {claim.known_at for claim in card.claims} == {own.arrived_at}
        assert (await held.of(FIRST, "en")).card.written_by == ""


async def test_what_a_later_version_adds_is_known_since_then(database: Database, pool: Executor) -> None:
    """Not since its post came, which the first version, shown until then, did not tell."""
    async with shelved(database, pool, FIRST) as held:
        await held.desk.write()
        await held.fill()
        came = (await held.of(FIRST)).arrived_at
        held.desk.now += HOUR / 4
        await held.desk.bring(SECOND)
        await held.fill()
        between = (await held.of(FIRST)).card
        assert "61,4" not in " ".join(claim.text for claim in between.claims)
        held.desk.now += HOUR / 4
        written = held.desk.now
        await held.desk.write()
        await held.fill()
        card = (await held.of(FIRST)).card
        assert known(card.claims, "61,4") == written
        assert {claim.known_at for claim in card.claims if "61,4" not in claim.text} == {came}


async def test_what_no_longer_holds_gives_way_to_the_posts(database: Database, pool: Executor) -> None:
    """After an edit the posts' own sentences stand there; an edit that is taken back brings the summary, as old as it was."""
    async with shelved(database, pool, FIRST) as held:
        await held.desk.write()
        await held.fill()
        first = (await held.of(FIRST)).card
        await held.desk.edit(FIRST, OPENING.replace("4 трлн", "5 трлн"))
        assert await held.fill() == 1
        assert (await held.of(FIRST)).card.written_by == ""
        held.desk.now += HOUR / 4
        await held.desk.edit(FIRST, OPENING)
        await held.desk.write()
        await held.fill()
        again = (await held.of(FIRST)).card
        assert again.written_by
        assert [(claim.text, claim.known_at) for claim in again.claims] == [
            (claim.text, claim.known_at) for claim in first.claims
        ]


async def test_an_edit_that_says_nothing_new_brings_the_summary_back(database: Database, pool: Executor) -> None:
    """The version is noted to hold again, and its row is made again."""
    async with shelved(database, pool, FIRST) as held:
        await held.desk.write()
        await held.fill()
        await held.desk.edit(FIRST, OPENING + "\n")
        await held.fill()
        await held.desk.write()
        await held.fill()
        assert (await held.of(FIRST)).card.written_by
        assert len(held.desk.asked()) == 1


async def test_a_merged_story_keeps_what_was_known(database: Database, pool: Executor) -> None:
    """What was written of either part is known since then, when a third version tells both."""
    async with shelved(database, pool, FIRST) as held:
        await held.desk.bring(replace(SECOND, text=BREAD))
        await held.desk.write()
        await held.fill()
        old = {(await held.of(post)).card.id for post in (FIRST, SECOND)}
        held.desk.now += HOUR / 4
        edited = held.desk.now
        await held.desk.edit(SECOND, FURTHER)
        assert await held.desk.together(FIRST, SECOND)
        await held.desk.write()
        await held.fill()
        card = (await held.of(FIRST)).card
        assert card.id in old
        assert known(card.claims, "61,4") == edited
        assert known(card.claims, "4 трлн") == NOW
