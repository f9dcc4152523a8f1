"""The store of posts on a real Postgres."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database, driver
from core.errors import DatabaseError
from core.queue import wake_index
from core.store import channels, incoming, posts
from core.types import Channel, ChannelKind, Entity, EntityKind, ImportCounts, Post
from tests.flow.feed import NOW, post


async def stored(session: AsyncSession, *batch: Post) -> ImportCounts:
    """Import posts with their channels."""
    known = {item.channel: await channels.upsert(session, item.channel) for item in batch}
    return await incoming.upsert(session, batch, channels=known, now=NOW)


async def test_what_is_stored_comes_back(session: AsyncSession) -> None:
    """Text, markup, origin and dates survive the way into the table and back."""
    entity = Entity(kind=EntityKind.PRE, offset=0, length=3, language="python")
    await stored(session, replace(post(1, 1, "код и текст", minutes=0), entities=(entity,), edited_at=NOW, reply_to=7))
    ids = (await session.execute(text("SELECT id FROM posts"))).scalars().all()
    found = (await posts.by_ids(session, ids))[0]
    assert (found.text, found.entities, found.edited_at, found.reply_to) == ("код и текст", (entity,), NOW, 7)
    assert found.channel == Channel(tg_id=1001, name="Канал 1")


@pytest.mark.parametrize("nasty", ["нуль \x00 внутри", "половина \ud83d пары", "\\u0000 буквами", '{"a": "\\\\u0000"}'])
async def test_texts_that_postgres_refuses_are_mended(session: AsyncSession, nasty: str) -> None:
    """NUL and lone surrogates become replacement characters, in the text and in the raw record; all else stays."""
    await stored(session, replace(post(1, 1, nasty, minutes=0), raw={"text": nasty, nasty: 1}))
    row = (await session.execute(text("SELECT text, raw FROM posts"))).one()
    assert row.text == nasty.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd")
    if "\\u0000" in nasty:
        assert row.raw["text"] == nasty


async def test_counters_change_without_the_post_changing(session: AsyncSession) -> None:
    """More views are taken over, but the post is unchanged and is not indexed again."""
    await stored(session, replace(post(1, 1, "текст", minutes=0), views=10))
    await session.execute(text("UPDATE posts SET state = 'indexed'"))
    assert await stored(session, replace(post(1, 1, "текст", minutes=0), views=99)) == ImportCounts(unchanged=1)
    assert (await session.execute(text("SELECT views, state FROM posts"))).one() == (99, "indexed")


async def test_a_change_keeps_the_former_text(session: AsyncSession) -> None:
    """An edit is a new version, and what stood before is kept."""
    await stored(session, post(1, 1, "было", minutes=0))
    assert (await stored(session, replace(post(1, 1, "стало", minutes=0), edited_at=NOW))).changed == 1
    assert (await session.execute(text("SELECT version, text FROM post_versions"))).one() == (1, "было")
    assert (await session.execute(text("SELECT version, text, state FROM posts"))).one() == (2, "стало", "new")


async def test_a_dump_is_one_post_under_any_name(session: AsyncSession) -> None:
    """Without ids a post is known by its key, whichever dump it stands in; a grown dump adds only what is new."""

    def dumped(name: str, key: str, position: int) -> Post:
        channel = Channel(tg_id=None, name=name, kind=ChannelKind.DUMP)
        return replace(
            post(1, 1, key, minutes=0), channel=channel, message_id=None, dump_key=key, position=position, date=None
        )

    assert (await stored(session, dumped("a", "k1", 0), dumped("a", "k2", 1))).new == 2
    assert await stored(session, dumped("b", "k1", 0), dumped("b", "k3", 1)) == ImportCounts(new=1, unchanged=1)


async def test_repeats_within_a_batch_count_once(session: AsyncSession) -> None:
    """Of two records with one identity the last is kept."""
    assert await stored(session, post(1, 1, "а", minutes=0), post(1, 1, "б", minutes=0)) == ImportCounts(new=1)
    assert (await session.execute(text("SELECT text FROM posts"))).scalar_one() == "б"


async def test_claims_pass_over_what_others_hold(database: Database) -> None:
    """Two workers never hold the same post; a lease that is over frees it."""
    async with database.begin() as session:
        await stored(session, *(post(1, number, f"текст {number}", minutes=number) for number in range(1, 7)))
    async with database.begin() as one, database.begin() as two:
        first = await posts.claim(one, state="new", limit=4, now=NOW, lease=timedelta(seconds=30))
        second = await posts.claim(two, state="new", limit=4, now=NOW, lease=timedelta(seconds=30))
        assert len(first) == 4
        assert len(second) == 2
        assert not {item.id for item in first} & {item.id for item in second}
    async with database.begin() as session:
        assert await posts.claim(session, state="new", limit=9, now=NOW, lease=None) == []
        later = NOW + timedelta(seconds=31)
        assert len(await posts.claim(session, state="new", limit=9, now=later, lease=None)) == 6


async def test_a_second_wake_up_neither_doubles_nor_spoils_the_transaction(database: Database) -> None:
    """While a wake-up waits, another adds nothing, and what else the transaction wrote is committed."""
    for number in (1, 2, 3):
        async with database.begin() as session:
            await stored(session, post(1, number, f"текст {number}", minutes=number))
            await wake_index(session)
    async with database.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM posts"))).scalar_one() == 3
        assert (await session.execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one() == 1


async def test_a_transaction_that_failed_unseen_is_not_taken_for_written(database: Database) -> None:
    """PostgreSQL turns the COMMIT of a failed transaction into a ROLLBACK without a word; we say it."""

    async def careless() -> None:
        async with database.begin() as session:
            with contextlib.suppress(psycopg.Error):
                await (await driver(session)).execute("SELECT 1/0")

    with pytest.raises(DatabaseError, match="nothing was written"):
        await careless()
