"""Searching an archive that was read, indexed and shelved: across languages, by meaning and by identifiers, never what is gone."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from core.db.engine import Database
from core.search import Limits
from core.store import channels as channel_store
from core.store import posts as post_store
from summarize.answers import finding
from summarize.mistakes import Fault
from summarize.search import question
from summarize.search.retrieve import FoundStory, Search
from tests.flow import feed


async def found(database: Database, pool: Executor, text: str, limits: Limits | None = None) -> list[FoundStory]:
    """What is found when the feed has ended."""
    read = question.read(text, asked=feed.NOW, tz=ZoneInfo("UTC"))
    return await Search(database=database, pool=pool).find(read, asked=feed.NOW, limits=limits)


def texts(stories: list[FoundStory]) -> list[str]:
    return [one.posts[0].post.clean_text for one in stories]


async def test_questions_find_their_stories(database: Database, pool: Executor) -> None:
    """In the other language, in other words, by a paper's number; the sentence that is nearest comes first."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    english = await found(database, pool, "which company released an open model under the MIT licence?")
    assert "Quillfin-3" in texts(english)[0]
    assert english[0].sentences[0].cosine is not None
    assert english[0].sentences[0].text in english[0].posts[0].post.clean_text or len(english[0].posts) > 1
    assert "Sparse Tides" in texts(await found(database, pool, "можно ли выключить головы внимания"))[0]
    assert "Sparse Tides" in texts(await found(database, pool, "arxiv.org/abs/2608.01234"))[0]
    assert "кот лёг" in texts(await found(database, pool, "котик уснул на кнопках"))[0]


async def test_a_story_is_found_once(database: Database, pool: Executor) -> None:
    """However many of its posts are found."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    stories = await found(database, pool, "Quillfin-3")
    numbers = [one.story_id for one in stories]
    assert len(numbers) == len(set(numbers))
    assert len(stories[0].posts) > 1


async def test_what_is_deleted_is_gone_at_once(database: Database, pool: Executor) -> None:
    """Before anybody indexes again."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    before = await found(database, pool, "Вакансия: инженер по распознаванию речи")
    gone = [candidate.post.post_id for candidate in before[0].posts]
    async with database.begin() as session:
        await post_store.mark_deleted(session, gone, now=feed.NOW)
    after = await found(database, pool, "Вакансия: инженер по распознаванию речи")
    assert not {candidate.post.post_id for one in after for candidate in one.posts} & set(gone)


async def test_limits_hold(database: Database, pool: Executor) -> None:
    """Nothing from before a time that was asked for."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    assert await found(database, pool, "модель", Limits(since=feed.NOW + timedelta(days=1))) == []


async def test_nothing_but_limits(database: Database, pool: Executor) -> None:
    """The newest stories of a channel; a search without anything to look for or to keep to is a mistake."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    search = Search(database=database, pool=pool)
    async with database.begin() as session:
        names = await channel_store.called(session)
    name = next(iter(names.values()))[0]
    _, stories = await finding.find(search, f'channel:"{name}"', tz=ZoneInfo("UTC"), asked=feed.NOW)
    times = [one.posts[0].post.time for one in stories]
    assert len(times) > 1
    assert times == sorted(times, reverse=True)
    assert {post.post.channel for one in stories for post in one.posts} == {name}
    with pytest.raises(Fault):
        await finding.find(search, "-роботы", tz=ZoneInfo("UTC"), asked=feed.NOW)


async def test_one_word_of_many_is_not_found(database: Database, pool: Executor) -> None:
    """What holds only the commonest of the words that were typed is no find; what holds all is, first of all."""
    await feed.store(database, feed.feed())
    await feed.indexed(database, pool)
    search = Search(database=database, pool=pool)
    _, one = await finding.find(search, "модель", tz=ZoneInfo("UTC"), asked=feed.NOW)
    _, many = await finding.find(search, "модель Quillfin-3 лицензия MIT", tz=ZoneInfo("UTC"), asked=feed.NOW)
    assert "Quillfin-3" in many[0].posts[0].post.clean_text
    assert {story.story_id for story in one} - {story.story_id for story in many}
