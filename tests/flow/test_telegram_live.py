"""What Telegram sends by itself arrives as posts: every kind of it, against the fake Telegram."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telethon.tl import types

from core.db.engine import Database
from core.errors import DatabaseError
from core.store import stories
from ingest.reparse import reparse
from summarize import index
from tests.fakes.telegram import Channel
from tests.flow.feed import RELEASE, RELEASE_EN
from tests.flow.telegram import Desk, album, desk, eventually, photo, shown

MOMENT = datetime(2026, 9, 14, 10, tzinfo=UTC)


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def channel(at: Desk) -> Channel:
    """A channel that is followed and read."""
    made = at.telegram.add_channel("Градиент", "gradient_test")
    at.account.join(made)
    await at.follow_all([made])
    return made


async def test_posts_edits_and_deletions(at: Desk, channel: Channel) -> None:
    """A post arrives, its edit replaces it and keeps what stood before, its deletion takes it away."""
    async with at.reading():
        post = channel.post("Вышла Murmur-4", entities=[types.MessageEntityBold(0, 5)])
        await eventually(lambda: at.agrees(channel))
        channel.edit(post.id, "Вышла Murmur-4, 41 язык")
        await eventually(lambda: at.agrees(channel))
        assert await at.rows("SELECT text, version FROM post_versions") == [("Вышла Murmur-4", 1)]
        channel.delete(post.id)
        await eventually(lambda: at.agrees(channel))
    assert await at.rows("SELECT text FROM posts WHERE deleted_at IS NOT NULL") == [("Вышла Murmur-4, 41 язык",)]


async def test_events_alone_are_enough(at: Desk, channel: Channel) -> None:
    """While everything comes in order, no history is read: events cost no request."""
    async with at.reading():
        before = at.telegram.count("messages.getHistory")
        for number in range(50):
            channel.post(f"пост {number}")
        album(channel, "", "альбом", "")
        channel.service("pinned")
        channel.post("после закреплённого")
        channel.edit(2, "правка")
        await eventually(lambda: at.agrees(channel))
        assert at.telegram.count("messages.getHistory") == before
    assert (await at.the_follow()).watermark == channel.top


async def test_forwards_tell_their_true_origin(at: Desk, channel: Channel) -> None:
    """The channel and message of an origin are kept, its name and public name, an author, and a hidden user's name."""
    source = at.telegram.add_channel("Источник", "true_source")
    original = source.post("оригинал", date=MOMENT)
    async with at.reading():
        channel.post(
            "оригинал",
            fwd_from=types.MessageFwdHeader(
                date=original.date,
                from_id=types.PeerChannel(source.id),
                channel_post=original.id,
                post_author="Редактор",
            ),
        )
        channel.post("от человека", fwd_from=types.MessageFwdHeader(date=MOMENT, from_name="Скрытый Человек"))
        await eventually(lambda: at.agrees(channel))
    rows = await at.rows(
        "SELECT origin_name, origin_channel, origin_message, origin_author, origin_date FROM posts ORDER BY message_id"
    )
    assert rows == [
        ("Источник", source.id, original.id, "Редактор", MOMENT),
        ("Скрытый Человек", None, None, None, MOMENT),
    ]
    assert await at.rows("SELECT username FROM channels WHERE tg_id = :id", id=source.id) == [("true_source",)]


async def test_replies_previews_polls_documents_and_rich_messages(at: Desk, channel: Channel) -> None:
    """What a post carries beside text is kept: what it replies to, the card of its link, a poll's lines, kinds of media."""
    web = types.WebPage(
        id=1, url="https://lab.example/tide", display_url="lab.example/tide", hash=0, site_name="Lab",
        title="Tide", description="A model of tides",
    )  # fmt: skip
    plain = types.TextWithEntities
    poll = types.Poll(
        id=1, question=plain("Какой контекст вам нужен?", []), hash=0,
        answers=[types.PollAnswer(plain("8 тысяч", []), b"1"), types.PollAnswer(plain("миллион", []), b"2")],
    )  # fmt: skip
    file = types.Document(
        id=1, access_hash=1, file_reference=b"", date=MOMENT, mime_type="application/pdf", size=9, dc_id=2,
        attributes=[types.DocumentAttributeFilename("paper.pdf")],
    )  # fmt: skip
    rich = types.RichMessage(
        blocks=[
            types.PageBlockHeading1(types.TextPlain("Итоги")),
            types.PageBlockParagraph(
                types.TextConcat([types.TextPlain("Потери упали "), types.TextBold(types.TextPlain("вдвое"))])
            ),
        ],
        photos=[],
        documents=[],
    )
    async with at.reading():
        first = channel.post("https://lab.example/tide", media=types.MessageMediaWebPage(webpage=web))
        channel.post("ответ", reply_to=first.id)
        channel.post("", media=types.MessageMediaPoll(poll=poll, results=types.PollResults()))
        channel.post("статья", media=types.MessageMediaDocument(document=file))
        channel.post("", rich_message=rich)
        await eventually(lambda: _count(at, 5))
    rows = await at.rows("SELECT text, reply_to, media, preview, entities FROM posts ORDER BY message_id")
    assert rows[0].preview == {
        "url": "https://lab.example/tide", "site": "Lab", "title": "Tide", "description": "A model of tides",
    }  # fmt: skip
    assert rows[1].reply_to == first.id
    assert (rows[2].text, rows[2].media) == ("Какой контекст вам нужен?\n• 8 тысяч\n• миллион", ["poll"])
    assert rows[3].media == ["document"]
    assert rows[4].text == "Итоги\n\nПотери упали вдвое"
    assert [(entity["kind"], entity["offset"]) for entity in rows[4].entities] == [("heading", 0), ("bold", 20)]


async def test_a_rich_message_is_fetched_in_full_once(at: Desk, channel: Channel) -> None:
    """Of a long rich message an event holds the beginning: the rest is asked for, and not again while it stays the same."""

    def rich(*paragraphs: str, part: bool) -> types.RichMessage:
        blocks = [types.PageBlockParagraph(types.TextPlain(paragraph)) for paragraph in paragraphs]
        return types.RichMessage(blocks=blocks, photos=[], documents=[], part=part)

    async with at.reading():
        channel.post("", rich_message=rich("начало", part=True), full_rich_message=rich("начало", "конец", part=False))

        async def whole() -> bool:
            return await at.rows("SELECT text FROM posts") == [("начало\n\nконец",)]

        await eventually(whole)
    await at.read_once()
    assert at.telegram.count("messages.getRichMessage") == 1
    assert await whole()


async def test_counters_come_as_events(at: Desk, channel: Channel) -> None:
    """Views, forwards and reactions change without the post being indexed again."""
    async with at.reading():
        post = channel.post("пост", views=10)
        await eventually(lambda: at.agrees(channel))
        await at.change("UPDATE posts SET state = 'indexed'")
        channel.count(post.id, views=500, forwards=7, reactions={"🔥": 3, "👍": 4})

        async def counted() -> bool:
            rows = await at.rows("SELECT views, forwards, reactions, state, version FROM posts")
            return rows == [(500, 7, 7, "indexed", 1)]

        await eventually(counted)


async def test_an_album_that_comes_at_once_is_one_version(at: Desk, channel: Channel) -> None:
    """The parts of an album become one post at once, with the caption of whichever part has it."""
    async with at.reading():
        album(channel, "", "подпись", "")
        await eventually(lambda: at.agrees(channel))
    (row,) = await at.rows("SELECT text, media, album_ids, version FROM posts")
    assert row == ("подпись", ["photo"] * 3, [2, 3], 1)


async def test_a_picture_without_words_is_a_post(at: Desk, channel: Channel) -> None:
    """Media alone are kept as a post without text."""
    async with at.reading():
        channel.post("", media=photo())
        await eventually(lambda: _count(at, 1))
    assert await at.rows("SELECT text, media FROM posts") == [("", ["photo"])]


async def test_what_cannot_be_read_is_kept_and_stops_nothing(at: Desk, channel: Channel) -> None:
    """A message with an impossible date is kept raw with the reason, counted, and read again once it can be."""
    async with at.reading():
        channel.post("из прошлого", date=datetime(1999, 1, 1, tzinfo=UTC))
        channel.post("из настоящего")
        await eventually(lambda: _count(at, 1))
    ((number, raw, error),) = await at.rows("SELECT message_id, raw, error FROM unread_messages")
    assert (number, raw["message"]) == (1, "из прошлого")
    assert "1999" in error
    assert (await reparse(at.database, now=datetime.now(UTC))).read == 0
    await at.change("""UPDATE unread_messages SET raw = jsonb_set(raw, '{date}', '"2026-09-14T10:00:00+00:00"')""")
    assert (await reparse(at.database, now=datetime.now(UTC))).read == 1
    assert await at.kept(channel) == shown(channel)
    assert await at.rows("SELECT 1 FROM unread_messages") == []


async def test_other_channels_are_left_alone(at: Desk, channel: Channel) -> None:
    """Of a channel that the account is in but nobody follows, nothing is kept."""
    other = at.telegram.add_channel("Чужой", "not_followed")
    at.account.join(other)
    async with at.reading():
        other.post("секрет")
        channel.post("не секрет")
        await eventually(lambda: at.agrees(channel))
    assert await at.rows("SELECT text FROM posts") == [("не секрет",)]


async def test_a_lost_database_connection_loses_nothing(at: Desk, channel: Channel) -> None:
    """When Postgres ends every connection, the reader comes back by itself and reads what it missed."""
    async with at.reading():
        channel.post("до")
        await eventually(lambda: at.agrees(channel))
        await at.change(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for number in range(5):
            channel.post(f"во время {number}")

        async def agrees() -> bool:
            # The test looks through the same connections, each of which fails once.
            with contextlib.suppress(DatabaseError):
                return await at.agrees(channel)
            return False

        await eventually(agrees)


async def test_a_server_that_refuses_for_a_while_loses_nothing(at: Desk, channel: Channel) -> None:
    """When Telegram cannot be reached, the reader keeps trying, and then reads what it missed."""
    async with at.reading():
        at.telegram.refuse = True
        at.telegram.drop_connections()
        for number in range(5):
            channel.post(f"пост {number}")
        await asyncio.sleep(0)
        at.telegram.refuse = False
        await eventually(lambda: at.agrees(channel))


async def test_what_arrives_becomes_stories(at: Desk, channel: Channel, pool: Executor) -> None:
    """Posts that tell the same in two channels are one story after indexing, and leave it when they are deleted."""
    other = at.telegram.add_channel("Notes", "notes_test")
    at.account.join(other)
    await at.follow("@notes_test")
    async with at.reading():
        channel.post(RELEASE, date=MOMENT)
        second = other.post(RELEASE_EN, date=MOMENT + timedelta(minutes=5))
        await eventually(lambda: at.agrees(channel, other))
        await index.run(at.database, pool)
        async with at.database.begin() as session:
            assert len(set((await stories.partition(session)).values())) == 1
        other.delete(second.id)
        await eventually(lambda: at.agrees(channel, other))
    await index.run(at.database, pool)
    async with at.database.begin() as session:
        assert len(await stories.partition(session)) == 1


async def test_the_index_forgets_what_may_not_be_kept(at: Desk, channel: Channel, pool: Executor) -> None:
    """When a channel comes to forbid copying, nothing of its texts is left in what was found in them either."""
    channel.post(RELEASE, date=MOMENT)
    await at.read_once()
    await index.run(at.database, pool)
    assert await at.rows("SELECT 1 FROM indexed_posts WHERE clean_text LIKE '%Quillfin%'")
    channel.protect()
    await at.read_once()
    await index.run(at.database, pool)
    for table in ("posts", "post_versions", "indexed_posts", "post_keys", "links"):
        found = f"SELECT 1 FROM {table} t WHERE to_jsonb(t)::text ILIKE '%quillfin%'"
        assert await at.rows(found) == [], table


async def _count(at: Desk, posts: int) -> bool:
    return len(await at.rows("SELECT 1 FROM posts WHERE deleted_at IS NULL")) == posts
