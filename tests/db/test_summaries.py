"""What was written of stories, and what models answered, on a real Postgres."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.store import channels, incoming, judgements, posts, stories, summaries
from core.types import Channel, ClaimKind, Post
from core.written import Claim, Judgement, Summary
from tests.flow import feed

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
CLAIM = Claim(text="Модель обучена на 4 трлн токенов.", post_ids=(1, 2), kind=ClaimKind.AGREED, is_new=True, lang="ru")


async def story(session: AsyncSession) -> int:
    (only,) = await stories.create(session, 1, now=NOW)
    return only


def summary(story_id: int, **over: Any) -> Summary:
    fields: dict[str, Any] = {
        "story_id": story_id,
        "lang": "ru",
        "version": 0,
        "key": b"key",
        "written": True,
        "title": "Вышла Torvex-9B",
        "gist": (CLAIM,),
        "claims": (replace(CLAIM, kind=ClaimKind.DISPUTED, extracted=True, is_new=False),),
        "topics": ("llm",),
        "told": {1: "aa", 2: "bb"},
        "model": "model",
        "prompt": "summary.v1",
        "faults": {"number": 2},
        "covers_until": NOW,
        "made_at": NOW,
    }
    return Summary(**(fields | over))


# --- versions ---------------------------------------------------------------------------------------------------------


async def test_what_is_kept_comes_back(session: AsyncSession) -> None:
    """All of a summary survives the way into the table and back, with its number."""
    number = await story(session)
    assert await summaries.add(session, summary(number)) == 1
    found = await summaries.newest(session, [number], lang="ru")
    assert found == {number: summary(number, version=1)}


async def test_versions_are_counted_by_story_and_language(session: AsyncSession) -> None:
    """Each language of each story has a first version, and the newest is the one that counts."""
    one, two = await story(session), await story(session)
    for item in [summary(one), summary(one, title="Вторая"), summary(one, lang="en"), summary(two)]:
        await summaries.add(session, item)
    newest = await summaries.newest(session, [one, two], lang="ru")
    assert {number: (found.version, found.title) for number, found in newest.items()} == {
        one: (2, "Вторая"),
        two: (1, "Вышла Torvex-9B"),
    }
    assert [(found.lang, found.version) for found in await summaries.versions(session, one)] == [
        ("en", 1),
        ("ru", 1),
        ("ru", 2),
    ]
    assert await summaries.newest(session, [one], lang="de") == {}


@pytest.mark.parametrize("nasty", ["нуль \x00 внутри", "\\u0000 буквами", '{"a": "\\\\u0000"}', 'кавычка " и \\'])
async def test_sentences_that_postgres_refuses_are_mended(session: AsyncSession, nasty: str) -> None:
    """NUL goes, and a text that only speaks of it stays as it is."""
    number = await story(session)
    await summaries.add(session, summary(number, gist=(replace(CLAIM, text=nasty),)))
    found = (await summaries.newest(session, [number], lang="ru"))[number].gist[0].text
    assert found == nasty.replace("\x00", "")


async def test_an_answer_that_did_not_hold_is_no_history(session: AsyncSession) -> None:
    """It is the newest, so that it is not asked for again, and is told by `why`, but nobody has read it."""
    number = await story(session)
    await summaries.add(session, summary(number))
    await summaries.add(session, summary(number, written=False, title="", gist=(), claims=()))
    assert not (await summaries.newest(session, [number], lang="ru"))[number].written
    assert [found.version for found in (await summaries.history(session, [number], lang="ru"))[number]] == [1]
    assert len(await summaries.versions(session, number)) == 2


async def test_history_follows_a_merge(session: AsyncSession) -> None:
    """What was written of a story that has been merged into another belongs to that one, in the order of time."""
    one, two = await story(session), await story(session)
    await summaries.add(session, summary(two, made_at=NOW))
    await summaries.add(session, summary(one, made_at=NOW + timedelta(hours=1)))
    await stories.redirect(session, {two: one})
    found = await summaries.history(session, [one], lang="ru")
    assert [item.story_id for item in found[one]] == [two, one]
    assert list(found) == [one]


async def test_a_key_finds_the_newest_of_any_story(session: AsyncSession) -> None:
    """What was made of just these texts is found, whichever story they were in."""
    one, two = await story(session), await story(session)
    await summaries.add(session, summary(one, title="Первая"))
    await summaries.add(session, summary(two, title="Вторая"))
    found = await summaries.by_key(session, b"key")
    assert found is not None
    assert found.title == "Вторая"
    assert await summaries.by_key(session, b"other") is None


async def test_two_workers_may_keep_a_version_at_a_time(database: Database) -> None:
    """Whoever comes second has the next number, also when it began before the first was done."""
    async with database.begin() as opened:
        number = await story(opened)

    async def keep() -> int:
        async with database.begin() as later:
            return await summaries.add(later, summary(number, title="Вторая"))

    async with database.begin() as opened:
        assert await summaries.add(opened, summary(number)) == 1
        second = asyncio.create_task(keep())
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not second.done() and not (await opened.execute(waits)).scalar_one():  # noqa: ASYNC110  rows are looked at
            await asyncio.sleep(0.01)
    assert await second == 2


# --- claims to write --------------------------------------------------------------------------------------------------


async def test_a_story_is_claimed_by_one(session: AsyncSession) -> None:
    """In each language; given up or run out, it is anybody's."""
    number = await story(session)
    assert await summaries.claim(session, number, "ru", now=NOW, lease=LEASE)
    assert not await summaries.claim(session, number, "ru", now=NOW + LEASE, lease=LEASE)
    assert await summaries.claim(session, number, "en", now=NOW, lease=LEASE)
    later = NOW + LEASE + timedelta(seconds=1)
    mine = await summaries.claim(session, number, "ru", now=later, lease=LEASE)
    assert mine == later + LEASE
    assert not await summaries.claim(session, number, "ru", now=later, lease=LEASE)
    assert not await summaries.release(session, number, "ru", until=NOW + LEASE)
    assert await summaries.release(session, number, "ru", until=mine)
    assert await summaries.claim(session, number, "ru", now=later, lease=LEASE)


async def test_of_many_who_claim_at_once_one_has_it(database: Database) -> None:
    """Eight workers ask in the same moment, and one is told that it is theirs."""
    async with database.begin() as opened:
        number = await story(opened)

    async def claim() -> bool:
        async with database.begin() as opened:
            return await summaries.claim(opened, number, "ru", now=NOW, lease=LEASE) is not None

    assert sum(await asyncio.gather(*(claim() for _ in range(8)))) == 1


# --- what the checks found --------------------------------------------------------------------------------------------


async def test_faults_are_summed(session: AsyncSession) -> None:
    """By name, most often first, of what was made since then."""
    number = await story(session)
    await summaries.add(session, summary(number, faults={"number": 1, "name": 4}))
    await summaries.add(session, summary(number, faults={"number": 2}, written=False))
    await summaries.add(session, summary(number, faults={"link": 9}, made_at=NOW - timedelta(days=1)))
    assert list((await summaries.faults(session, since=NOW)).items()) == [("name", 4), ("number", 3)]
    assert await summaries.written(session, since=NOW) == (1, 1)


# --- judgements -------------------------------------------------------------------------------------------------------


def judgement(**over: Any) -> Judgement:
    fields: dict[str, Any] = {
        "purpose": "same",
        "key": b"pair",
        "made_by": "same.v1",
        "model": "model",
        "posts": (1, 2),
        "verdict": "yes",
        "why": "одно событие",
        "made_at": NOW,
    }
    return Judgement(**(fields | over))


async def test_the_first_answer_stays(session: AsyncSession) -> None:
    """A second one to the same question changes nothing; another prompt is another question."""
    for item in [judgement(), judgement(verdict="no"), judgement(made_by="same.v2", verdict="unsure")]:
        await judgements.add(session, item)
    assert await judgements.known(session, "same", [b"pair", b"none"], made_by="same.v1") == {b"pair": judgement()}
    assert (await judgements.known(session, "same", [b"pair"], made_by="same.v2"))[b"pair"].verdict == "unsure"
    assert await judgements.known(session, "ad", [b"pair"], made_by="same.v1") == {}


async def test_answers_are_found_by_post(session: AsyncSession) -> None:
    """Of each post that they concern, the newest first; NUL in a reason does no harm."""
    await judgements.add(session, judgement(why="а\x00б"))
    await judgements.add(
        session, judgement(purpose="ad", key=b"ad", posts=(2,), verdict="ad", made_at=NOW + timedelta(hours=1))
    )
    assert [found.purpose for found in await judgements.of_post(session, 2)] == ["ad", "same"]
    assert [found.why for found in await judgements.of_post(session, 1)] == ["аб"]
    assert await judgements.of_post(session, 3) == []


# --- posts by their links ---------------------------------------------------------------------------------------------


async def test_a_post_is_found_by_its_link(session: AsyncSession) -> None:
    """By the username in any case, by the bare id, and by any part of an album; by nothing it is not found."""
    channel = Channel(tg_id=1001, name="Канал 1", username="Copper_Cat")
    album = replace(feed.post(1, 7, "текст", minutes=0), channel=channel, album_ids=(8, 9))
    known: dict[Channel, Any] = {channel: await channels.upsert(session, channel)}
    batch: list[Post] = [album]
    await incoming.upsert(session, batch, channels=known, now=NOW)
    by_name = await posts.find(session, username="copper_CAT", tg_id=None, message_id=7)
    assert by_name is not None
    for message in (7, 8, 9):
        assert await posts.find(session, username=None, tg_id=1001, message_id=message) == by_name
    for username, tg_id, message in [
        ("copper_cat", None, 6),
        (None, None, 7),
        ("other", 1002, 7),
        (None, 1001, 10**17),
    ]:
        assert await posts.find(session, username=username, tg_id=tg_id, message_id=message) is None
