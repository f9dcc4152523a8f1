"""Nothing is missed: gaps, re-reads, history and albums across pages, against the fake Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.db.engine import Database
from tests.fakes.telegram import Channel
from tests.flow.telegram import Desk, album, desk, eventually, shown


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


async def test_what_came_while_nobody_read_is_read_at_the_next_start(at: Desk) -> None:
    """New posts, edits and deletions of the time between two runs are all there after the second."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    at.account.join(channel)
    await at.follow_all([channel])
    for number in range(30):
        channel.post(f"пост {number}")
    await at.read_once()
    channel.edit(3, "исправлено")
    channel.delete(7, 30)
    channel.post("последний")
    await at.read_once()
    assert await at.kept(channel) == shown(channel)
    assert (await at.rows("SELECT text FROM post_versions")) == [("пост 2",)]


async def test_a_long_gap_is_filled_in_order_within_its_budget(at: Desk) -> None:
    """2,000 missed posts take one request a hundred, come oldest first, and the difference that is too long costs nothing."""
    channel = at.telegram.add_channel("Гигантский канал", "giant")
    at.account.join(channel)
    await at.follow_all([channel])
    async with at.reading():
        channel.post("перед тишиной")
        await eventually(lambda: at.agrees(channel))
        channel.backlog(2_000, first_date=datetime.now(UTC) - timedelta(days=3), every=timedelta(seconds=30))
        before = len(at.telegram.requests)
        channel.post("и снова здесь")
        await eventually(lambda: at.agrees(channel))
        asked = [request.method for request in at.telegram.requests[before:]]
    assert asked.count("messages.getHistory") <= 23
    assert len(asked) <= 26
    rows = await at.rows("SELECT message_id FROM posts WHERE message_id < 2002 ORDER BY id")
    assert [row.message_id for row in rows] == sorted(row.message_id for row in rows)


async def test_an_interrupted_gap_goes_on_where_it_was(at: Desk) -> None:
    """A connection that is cut again and again while a gap is filled loses no page, and hardly repeats one."""
    channel = at.telegram.add_channel("Перерывы", "breaks")
    at.account.join(channel)
    await at.follow_all([channel])
    channel.backlog(1_500, first_date=datetime.now(UTC) - timedelta(days=3), every=timedelta(minutes=1))
    at.telegram.cut_after(9)
    await at.read_once()
    assert await at.kept(channel) == shown(channel)
    assert at.telegram.count("messages.getHistory") <= 15 + 12


async def test_lost_updates_are_noticed_by_their_numbers(at: Desk) -> None:
    """Of posts whose updates are lost, the next update that comes tells that they are missing."""
    channel = at.telegram.add_channel("Дырявый", "leaky")
    at.account.join(channel)
    await at.follow_all([channel])
    async with at.reading():
        at.telegram.lose_updates(1.0)
        for number in range(5):
            channel.post(f"потерян {number}")
        await at.telegram.flushed()
        at.telegram.lose_updates(0.0)
        channel.post("дошёл")
        await eventually(lambda: at.agrees(channel))


async def test_the_last_posts_are_read_again(database: Database, tmp_path: Path) -> None:
    """Edits, deletions and counters whose updates are lost show at the next re-read, the newest post's deletion too."""
    async with desk(database, tmp_path, telegram_reread_minutes=0.005) as at:
        channel = at.telegram.add_channel("Тихий", "quiet")
        at.account.join(channel)
        await at.follow_all([channel])
        for number in range(10):
            channel.post(f"пост {number}")
        await at.read_once()
        await at.change("UPDATE posts SET first_seen = first_seen - interval '1 minute'")
        async with at.reading():
            at.telegram.lose_updates(1.0)
            channel.edit(2, "правка")
            channel.delete(4, 10)
            channel.count(5, views=500, forwards=7, reactions={"🔥": 3, "👍": 4})
            await eventually(lambda: at.agrees(channel))
            counted = "SELECT views, forwards, reactions FROM posts WHERE message_id = 5"

            async def told() -> bool:
                return await at.rows(counted) == [(500, 7, 7)]

            await eventually(told)


async def test_history_goes_back_as_far_as_asked(at: Desk) -> None:
    """Of ten days of posts every three hours, five days are read, and neither more nor twice."""
    channel = at.telegram.add_channel("Архив", "archive_ch")
    at.account.join(channel)
    first = datetime.now(UTC) - timedelta(days=10)
    channel.backlog(5 * 80, first_date=first, every=timedelta(minutes=36))
    await at.follow_all([channel], days=5)
    since = datetime.now(UTC) - timedelta(days=5)
    expected = {number for number, message in channel.messages.items() if message.date >= since}
    assert set(await at.kept(channel)) == expected
    assert (await at.the_follow()).backfill_since is None
    before = at.telegram.count("messages.getHistory")
    await at.read_once()
    assert at.telegram.count("messages.getHistory") == before + 1


async def test_history_that_was_interrupted_goes_on(at: Desk) -> None:
    """A cut connection in the middle of history loses nothing of it."""
    channel = at.telegram.add_channel("Длинная история", "long_story")
    at.account.join(channel)
    channel.backlog(900, first_date=datetime.now(UTC) - timedelta(days=20), every=timedelta(minutes=30))
    await at.follow("@long_story", days=30)
    at.telegram.cut_after(8)
    await at.read_once()
    assert await at.kept(channel) == shown(channel)


async def test_what_is_too_old_to_be_kept_is_not_read_again(database: Database, tmp_path: Path) -> None:
    """Where texts are forgotten after five days, older posts stay forgotten, though they are among the last and are read."""
    async with desk(database, tmp_path, keep_days=5) as at:
        channel = at.telegram.add_channel("Редкий", "rare_ch")
        at.account.join(channel)
        channel.backlog(20, first_date=datetime.now(UTC) - timedelta(days=10), every=timedelta(hours=12))
        await at.follow_all([channel], days=30)
        since = datetime.now(UTC) - timedelta(days=5)
        young = {number for number, message in channel.messages.items() if message.date >= since}
        assert set(await at.kept(channel)) == young
        await at.change("UPDATE follows SET floor = 0")
        async with at.reading():
            channel.edit(1, "правка в старом")
            newest = channel.post("новое")
            await eventually(lambda: _is_kept(at, channel, newest.id))
        assert set(await at.kept(channel)) == young | {newest.id}


async def test_albums_are_one_post_wherever_a_page_ends(at: Desk) -> None:
    """Albums of three to ten parts, read as history, as a gap and as events, are one post each, with the caption of any part."""
    channel = at.telegram.add_channel("Альбомы", "albums_ch")
    at.account.join(channel)
    for number in range(40):
        captions = [""] * (3 + number % 8)
        captions[number % len(captions)] = f"альбом {number}"
        album(channel, *captions)
    await at.follow("@albums_ch", days=30)
    await at.read_once()
    assert await at.kept(channel) == shown(channel)
    for number in range(40, 90):
        captions = [""] * (2 + number % 9)
        captions[-1] = f"альбом {number}"
        album(channel, *captions)
    await at.read_once()
    assert await at.kept(channel) == shown(channel)
    async with at.reading():
        album(channel, "", "живой альбом", "")
        await eventually(lambda: at.agrees(channel))


async def test_an_album_loses_parts_and_keeps_its_place(at: Desk) -> None:
    """Parts that are deleted leave the album, the first one too; it stays the same post, until none is left."""
    channel = at.telegram.add_channel("Альбомы", "albums_ch")
    at.account.join(channel)
    await at.follow_all([channel])
    async with at.reading():
        first, second, third = album(channel, "подпись", "", "")
        await eventually(lambda: at.agrees(channel))
        (before,) = await at.rows("SELECT id FROM posts WHERE deleted_at IS NULL")
        channel.delete(second.id)
        await eventually(lambda: at.agrees(channel))
        channel.edit(third.id, "подпись переехала")
        channel.delete(first.id)
        await eventually(lambda: at.agrees(channel))
        assert await at.rows("SELECT id FROM posts WHERE deleted_at IS NULL") == [before]
        channel.delete(third.id)
        await eventually(lambda: at.agrees(channel))
    assert shown(channel) == {}


async def test_what_cannot_be_decoded_stops_nothing(at: Desk) -> None:
    """A message of an unknown kind is noted by its number, everything around it is read, and it is asked for again later."""
    channel = at.telegram.add_channel("Будущее", "future_ch")
    at.account.join(channel)
    await at.follow_all([channel])
    at.telegram.undecodable(channel, 14)
    for number in range(40):
        channel.post(f"пост {number}")
    await at.read_once()
    async with at.reading():
        channel.post("после")
        await eventually(lambda: _holds(at, channel, but=14))
    assert await at.rows("SELECT message_id, raw FROM unread_messages") == [(14, None)]


async def _is_kept(at: Desk, channel: Channel, number: int) -> bool:
    return number in await at.kept(channel)


async def _holds(at: Desk, channel: Channel, *, but: int) -> bool:
    return await at.kept(channel) == {number: post for number, post in shown(channel).items() if number != but}
