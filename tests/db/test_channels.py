"""Channels on a real Postgres: what is remembered, and what a username that becomes known sets going."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.store import channels, incoming, stories
from tests.flow import feed
from tests.flow.feed import NOW, post


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [(None, "Owl", "lined"), ("owl", "hedgehog", "lined"), ("owl", None, "indexed"), ("owl", "Owl", "indexed")],
)
async def test_a_new_username_sends_the_posts_back(
    session: AsyncSession, before: str | None, after: str | None, state: str
) -> None:
    """Keys hold the username in small letters: where that changes, the channel's posts go through the index again."""
    batch = [post(1, 1, "первый", minutes=0), post(1, 2, "второй", minutes=1), post(2, 1, "чужой", minutes=2)]
    known = {item.channel: await channels.upsert(session, replace(item.channel, username=before)) for item in batch}
    await incoming.upsert(session, batch, channels=known, now=NOW)
    await session.execute(text("UPDATE posts SET state = 'indexed', lease_until = now()"))
    named = replace(batch[0].channel, username=after)
    assert await channels.upsert(session, named) == known[batch[0].channel]
    rows = await session.execute(text("SELECT channel_id, state, lease_until IS NULL AS free FROM posts ORDER BY id"))
    own = (known[batch[0].channel], state, state == "lined")
    assert [tuple(row) for row in rows] == [own, own, (known[batch[2].channel], "indexed", False)]
    kept = await session.execute(text("SELECT username FROM channels WHERE tg_id = 1001"))
    assert kept.scalar_one() == (after or before)


async def test_what_must_be_read_first_or_is_gone_stays(session: AsyncSession) -> None:
    """A post that has not been read at all is on its way anyway; a deleted one has left the index for good."""
    batch = [post(1, 1, "новый", minutes=0), post(1, 2, "удалённый", minutes=1)]
    known = {item.channel: await channels.upsert(session, item.channel) for item in batch}
    await incoming.upsert(session, batch, channels=known, now=NOW)
    await session.execute(text("UPDATE posts SET state = 'indexed', deleted_at = now() WHERE message_id = 2"))
    await channels.upsert(session, replace(batch[0].channel, username="owl"))
    rows = await session.execute(text("SELECT state FROM posts ORDER BY message_id"))
    assert list(rows.scalars()) == ["new", "indexed"]


async def test_a_link_by_username_counts_once_the_username_is_known(database: Database, pool: Executor) -> None:
    """A post that links another by `t.me/NAME/ID` is linked with it when a later import tells the name."""
    linked = post(1, 7, feed.RELEASE, minutes=0)
    linking = post(2, 1, "Подробности и замеры Quillfin-3 читайте там: https://t.me/Quiet_Owl/7", minutes=30)
    await feed.store(database, [linked, linking])
    await feed.indexed(database, pool)
    assert not await _refers(database)
    await feed.store(database, [replace(linked, channel=replace(linked.channel, username="quiet_owl"))])
    assert (await feed.indexed(database, pool)).matched >= 1
    assert await _refers(database)


async def _refers(database: Database) -> bool:
    """Whether the only two posts are judged to refer to each other."""
    async with database.begin() as session:
        ids = list((await session.execute(text("SELECT id FROM posts"))).scalars())
        return any("refers" in link.reasons for link in await stories.links_of(session, ids))
