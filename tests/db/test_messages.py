"""Posts as messages of their channel on a real Postgres: albums that meet their rows, revival, silent changes, forgetting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.store import channels, incoming, messages
from core.types import Counters, ImportCounts, MediaKind, Post, Preview, UnreadMessage
from tests.flow.feed import NOW, post


async def stored(session: AsyncSession, *batch: Post, alive: bool = False) -> ImportCounts:
    """Write posts with their channels; `alive`: as just seen at Telegram."""
    known = {item.channel: await channels.upsert(session, item.channel) for item in batch}
    counts = await incoming.upsert_each(session, batch, channels=known, now=NOW, alive_at=NOW if alive else None)
    return sum(counts.values(), ImportCounts())


async def rows(session: AsyncSession, statement: str) -> list[Any]:
    return [tuple(row) for row in await session.execute(text(statement))]


def album(first: int, *others: int, group: int = 77, words: str = "подпись") -> Post:
    """An album of pictures, as an account sees it."""
    return replace(
        post(1, first, words, minutes=first),
        album_ids=others,
        group_id=group,
        media=(MediaKind.PHOTO,) * (1 + len(others)),
        raw={"parts": [{"_": "Message", "id": number} for number in (first, *others)]},
    )


LIVING = "SELECT message_id, album_ids FROM posts WHERE deleted_at IS NULL ORDER BY message_id"


async def test_an_album_stays_the_same_post_when_its_first_part_changes(session: AsyncSession) -> None:
    """A part that comes late before the others, or the first one's deletion, changes the number and not the row."""
    await stored(session, album(12, 13))
    (before,) = await rows(session, "SELECT id FROM posts")
    await stored(session, album(11, 12, 13))
    assert await rows(session, LIVING) == [(11, [12, 13])]
    await stored(session, album(13))
    assert await rows(session, LIVING) == [(13, [])]
    assert await rows(session, "SELECT id FROM posts") == [before]


async def test_an_album_that_an_export_took_for_single_posts_becomes_one(session: AsyncSession) -> None:
    """The row of the first part becomes the album's, those of the other parts are superseded."""
    await stored(session, post(1, 11, "подпись", minutes=0), post(1, 12, "", minutes=0), post(1, 13, "", minutes=0))
    await stored(session, album(11, 12, 13), alive=True)
    assert await rows(session, LIVING) == [(11, [12, 13])]
    assert await rows(session, "SELECT count(*) FROM posts WHERE deleted_at IS NOT NULL") == [(2,)]


async def test_an_album_whose_new_first_part_stands_alone_takes_its_number(session: AsyncSession) -> None:
    """A single post of an export that bears the number which the album now has gives it up."""
    await stored(session, post(1, 11, "подпись", minutes=0))
    await stored(session, album(12, 13))
    await stored(session, album(11, 12, 13), alive=True)
    assert await rows(session, LIVING) == [(11, [12, 13])]


async def test_albums_of_two_channels_do_not_meet(session: AsyncSession) -> None:
    """The same group number in another channel is another album."""
    other = replace(album(12, 13), channel=post(2, 1, "", minutes=0).channel)
    await stored(session, album(12, 13), other)
    assert await rows(session, LIVING) == [(12, [13]), (12, [13])]


async def test_a_post_that_is_seen_again_is_not_deleted(session: AsyncSession) -> None:
    """What Telegram shows after a deletion was noted is alive, and is indexed again; an import does not bring it back."""
    await stored(session, post(1, 1, "текст", minutes=0))
    await session.execute(
        text("UPDATE posts SET deleted_at = :then, state = 'indexed'"), {"then": NOW - timedelta(hours=1)}
    )
    await stored(session, post(1, 1, "текст", minutes=0))
    assert await rows(session, LIVING) == []
    await stored(session, post(1, 1, "текст", minutes=0), alive=True)
    assert await rows(session, "SELECT deleted_at, state FROM posts") == [(None, "new")]


async def test_a_deletion_after_the_look_stands(session: AsyncSession) -> None:
    """A page that was asked for before a deletion was noted does not undo it."""
    await stored(session, post(1, 1, "текст", minutes=0))
    await session.execute(text("UPDATE posts SET deleted_at = :then"), {"then": NOW + timedelta(seconds=1)})
    await stored(session, post(1, 1, "текст", minutes=0), alive=True)
    assert await rows(session, LIVING) == []


async def test_a_later_time_of_edit_alone_is_no_change(session: AsyncSession) -> None:
    """A reaction moves the time of edit: it is noted, and neither a version nor the index hears of it. So is a preview."""
    await stored(session, post(1, 1, "текст", minutes=0))
    await session.execute(text("UPDATE posts SET state = 'indexed'"))
    again = replace(post(1, 1, "текст", minutes=0), edited_at=NOW, preview=Preview(url="https://lab.example"))
    assert await stored(session, again) == ImportCounts(unchanged=1)
    seen = "SELECT edited_at, preview, state, version FROM posts"
    assert await rows(session, seen) == [(NOW, {"url": "https://lab.example"}, "indexed", 1)]
    older = replace(post(1, 1, "раньше", minutes=0), edited_at=NOW - timedelta(days=1))
    assert await stored(session, older) == ImportCounts(unchanged=1)


async def test_counts_are_told_by_channel(session: AsyncSession) -> None:
    """New, changed and unchanged posts are counted for each channel of a batch."""
    batch = [post(1, 1, "один", minutes=0), post(1, 2, "два", minutes=1), post(2, 1, "три", minutes=2)]
    known = {item.channel: await channels.upsert(session, item.channel) for item in batch}
    await incoming.upsert_each(session, batch[:1], channels=known, now=NOW)
    edited = replace(batch[0], text="другое")
    counts = await incoming.upsert_each(session, [edited, *batch[1:]], channels=known, now=NOW)
    assert counts == {
        known[batch[0].channel]: ImportCounts(new=1, changed=1),
        known[batch[2].channel]: ImportCounts(new=1),
    }


async def test_counters_leave_what_they_do_not_tell(session: AsyncSession) -> None:
    """Of a message that only reactions are told of, views and forwards stay."""
    await stored(session, replace(post(1, 1, "текст", minutes=0), views=10, forwards=1))
    ((channel,),) = await rows(session, "SELECT channel_id FROM posts")
    assert await messages.count(session, channel, {1: Counters(reactions=5), 99: Counters(views=1)}) == 1
    assert await rows(session, "SELECT views, forwards, reactions FROM posts") == [(10, 1, 5)]


async def test_what_is_known_is_bounded(session: AsyncSession) -> None:
    """Of the newest posts above a number and up to another, seen before a time, the numbers of all parts."""
    await stored(session, *(post(1, number, f"пост {number}", minutes=number) for number in range(1, 6)), album(6, 7))
    ((channel,), *_) = await rows(session, "SELECT channel_id FROM posts")
    later = NOW + timedelta(seconds=1)
    found = await messages.known(session, channel, above=2, upto=7, before=later, limit=3)
    assert found == {4, 5, 6, 7}
    assert await messages.known(session, channel, above=4, upto=6, before=later, limit=3) == {5, 6}
    assert await messages.known(session, channel, above=0, upto=None, before=NOW, limit=100) == set()


async def _texts(session: AsyncSession) -> str:
    """Everything that the tables of posts say, as one text."""
    tables = ("posts", "post_versions", "unread_messages")
    found = [await rows(session, f"SELECT to_jsonb(t)::text FROM {table} t") for table in tables]
    return "\n".join(row[0] for table in found for row in table)


async def _secret(session: AsyncSession) -> int:
    """A channel with a post that was edited, and a message that could not be read; its number."""
    await stored(session, post(1, 1, "секрет раз", minutes=0), post(2, 1, "чужой", minutes=0))
    await stored(session, replace(post(1, 1, "секрет два", minutes=0), raw={"message": "секрет два"}, edited_at=NOW))
    ((channel,),) = await rows(session, "SELECT id FROM channels WHERE tg_id = 1001")
    unread = UnreadMessage(channel_id=channel, message_id=9, raw={"message": "секрет три"}, error="дата")
    await messages.keep_unread(session, [unread], now=NOW)
    return int(channel)


async def test_erasing_a_channel_leaves_no_text_of_it(session: AsyncSession) -> None:
    """Texts, former versions, raw records and unread messages of the channel are gone, others stay."""
    channel = await _secret(session)
    assert await messages.erase(session, channel, now=NOW) == 1
    left = await _texts(session)
    assert "секрет" not in left
    assert "чужой" in left
    assert await rows(session, "SELECT count(*) FROM posts WHERE deleted_at IS NULL") == [(1,)]


async def test_withholding_a_channel_keeps_its_posts_without_texts(session: AsyncSession) -> None:
    """Posts of a channel that has come to forbid copying stay as metadata, and are indexed again without a text."""
    channel = await _secret(session)
    await session.execute(text("UPDATE posts SET state = 'indexed'"))
    assert await messages.withhold(session, channel) == 1
    assert "секрет" not in await _texts(session)
    kept = f"SELECT protected, deleted_at, state FROM posts WHERE channel_id = {channel}"
    assert await rows(session, kept) == [(True, None, "new")]
    assert await messages.withhold(session, channel) == 0


@pytest.mark.parametrize(("age", "deleted_days", "forgotten"), [(400, None, 1), (10, None, 0), (10, 40, 1), (10, 5, 0)])
async def test_texts_are_forgotten_in_time(
    session: AsyncSession, age: int, deleted_days: int | None, forgotten: int
) -> None:
    """A post older than a year, or deleted for more than thirty days, loses its text once; younger ones keep it."""
    await stored(session, replace(post(1, 1, "секрет", minutes=0), date=NOW - timedelta(days=age)))
    if deleted_days is not None:
        then = NOW - timedelta(days=deleted_days)
        await session.execute(text("UPDATE posts SET deleted_at = :then"), {"then": then})
    for expected in (forgotten, 0):
        found = await messages.forget(
            session,
            deleted_before=NOW - timedelta(days=30),
            posted_before=NOW - timedelta(days=365),
            now=NOW,
            limit=10,
        )
        assert found == expected
    assert ("секрет" in await _texts(session)) == (not forgotten)


async def test_nothing_is_forgotten_for_its_age_unless_asked(session: AsyncSession) -> None:
    """Without a span of retention, posts of any age keep their texts."""
    await stored(session, replace(post(1, 1, "старое", minutes=0), date=NOW - timedelta(days=5_000)))
    found = await messages.forget(
        session, deleted_before=NOW - timedelta(days=30), posted_before=None, now=NOW, limit=10
    )
    assert found == 0
