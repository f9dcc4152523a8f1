"""Events against pages, pages against rows: what happens between an answer of Telegram and its being written loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from telethon.tl import types

from core.db.engine import Database
from core.store import channels as channel_store
from core.store import follows as follow_store
from core.store import incoming
from core.store import messages as message_store
from core.types import Channel as KnownChannel
from core.types import FollowState, MediaKind, Post
from ingest.account import connected
from ingest.client import utcnow
from ingest.history import History
from ingest.keep import Writing
from ingest.line import Line
from ingest.listen import Listening
from ingest.pace import Pace
from ingest.plan import Step, Task, Turns, next_task
from ingest.records import record
from ingest.shown import Page
from ingest.steps import Steps
from tests.fakes.telegram import Channel
from tests.flow.telegram import PATIENCE, Desk, album, desk, eventually, photo, shown

SECRET = "тайна"
TEXTS = "SELECT text FROM posts WHERE text <> ''"

Change = Callable[[Any], Awaitable[Any]]


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def channel(at: Desk) -> Channel:
    """A channel that is followed and has been read."""
    made = joined(at)
    await at.follow_all([made])
    return made


def joined(at: Desk, username: str = "lab_notes") -> Channel:
    """A channel that the account is in."""
    made = at.telegram.add_channel("Лаборатория", username)
    at.account.join(made)
    return made


@dataclass
class Between:
    """A Telegram some of whose answers go through `change` before anybody has them."""

    telegram: Any
    change: Change
    methods: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.telegram, name)

        async def ask(*asked: Any) -> Any:
            return await self.change(await real(*asked))

        return ask if name in self.methods else real


def once(happens: Callable[[], Awaitable[None]]) -> Change:
    """Something that happens between the first answer and its use."""
    left = [happens]

    async def change(answer: Any) -> Any:
        if left:
            await left.pop()()
        return answer

    return change


def without(*hidden: int) -> Change:
    """Histories lack some messages, as they do of what a law forbids: the page is short."""

    async def change(page: Page) -> Page:
        return replace(page, records=tuple(message for message in page.records if message["id"] not in hidden))

    return change


class Reader:
    """Takes the steps of the channel @lab_notes one by one, while events are written as they come."""

    def __init__(self, at: Desk, telegram: Any) -> None:
        self._at = at
        # Of the connection's age nothing is due; only what has happened on it is.
        self._turns = Turns(connected_at=utcnow() - timedelta(hours=1))
        line = Line(telegram=telegram, writing=Writing(at.database), turns=self._turns, clock=utcnow)
        history = History(line)
        self._steps = Steps(line, history)
        self.listening = Listening(line, history)

    async def take(self, step: Step) -> None:
        follows = await self._at.follows()
        self.listening.watch(follows)
        (follow,) = [one for one in follows if one.asked == "@lab_notes"]
        async with asyncio.timeout(PATIENCE):
            await self._steps.take(Task(step=step, follow=follow))

    async def catch_up(self) -> None:
        """Take the steps that are due, until none is."""
        while task := next_task(await self._at.follows(), self._turns, now=utcnow(), reread_every=timedelta(hours=1)):
            await self.take(task.step)


async def as_it_is(answer: Any) -> Any:
    return answer


@asynccontextmanager
async def reader(at: Desk, change: Change = as_it_is, *methods: str) -> AsyncIterator[Reader]:
    """A reader over a connection on which the answers to `methods` go through `change`."""
    async with connected(at.settings, pace=Pace(0)) as telegram:
        made = Reader(at, Between(telegram, change, methods))
        made.listening.watch(await at.follows())
        task = asyncio.create_task(made.listening.run(asyncio.Event()))
        try:
            yield made
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def bell_of(at: Desk) -> Callable[[], Awaitable[None]]:
    """A bell that tells when all events up to now have been written: the posts of a second channel."""
    tower = joined(at, "bell_tower")
    await at.follow_all([tower])

    async def ring() -> None:
        tower.post("бом")
        await eventually(lambda: at.agrees(tower))

    return ring


async def holds(at: Desk, channel: Channel, number: int) -> bool:
    return number in await at.kept(channel)


async def missing(at: Desk, channel: Channel) -> set[int]:
    """Messages that the channel shows, that can be decoded, and that are not kept."""
    return set(shown(channel)) - set(await at.kept(channel)) - channel.broken


async def with_history(at: Desk, posts: int = 150) -> Channel:
    """A channel that has been read since now, and of whose posts from before history is to be read."""
    made = joined(at)
    made.backlog(posts, text=lambda number: f"{SECRET} {number}")
    await at.follow_all([made])
    await at.change("UPDATE follows SET backfill_since = now() - interval '30 days' WHERE asked = '@lab_notes'")
    return made


async def a_minute_later(at: Desk) -> None:
    await at.change("UPDATE posts SET first_seen = first_seen - interval '1 minute'")


# --- events against pages ---------------------------------------------------------------------------------------------


async def test_what_is_deleted_or_edited_while_its_page_is_on_its_way(at: Desk) -> None:
    """An event is newer than the page of history that was asked for before it, although it is written first."""
    bell = await bell_of(at)
    channel = await with_history(at)

    async def overtake() -> None:
        channel.delete(120)
        channel.edit(121, "исправлено")
        await bell()

    async with reader(at, once(overtake), "before") as reading:
        await reading.take(Step.BACKFILL)
    kept = await at.kept(channel)
    assert 119 in kept
    assert 120 not in kept
    assert kept[121][0] == "исправлено"


async def test_what_is_posted_during_the_first_read_is_news(at: Desk) -> None:
    """A post that comes after the page that tells where reading begins, and before that is noted, is not lost."""
    channel = joined(at)
    channel.backlog(3)
    bell = await bell_of(at)
    await at.follow("@lab_notes")

    async def post() -> None:
        channel.post("meanwhile")
        await bell()

    async with reader(at, once(post), "latest") as reading:
        await reading.take(Step.LOOK_UP)
        await reading.take(Step.REREAD)
        await reading.catch_up()
        assert set(await at.kept(channel)) == {4}


async def test_a_gap_that_opens_while_one_is_filled(at: Desk, channel: Channel) -> None:
    """What gets lost after a gap was asked for, and before it is written, is still missing, and is read soon."""
    bell = await bell_of(at)

    def lose(text: str) -> None:
        at.telegram.lose_updates(1.0)
        channel.post(text)
        at.telegram.lose_updates(0.0)

    async def lose_more() -> None:
        lose("потерян третий")
        channel.post("дошёл четвёртый")
        await bell()

    async with reader(at, once(lose_more), "after") as reading:
        lose("потерян первый")
        channel.post("дошёл второй")
        await bell()
        await reading.catch_up()
        assert await at.agrees(channel)


async def test_counters_that_come_with_their_post(at: Desk, channel: Channel) -> None:
    """A post and its counters in one packet of events: the counters are the later ones."""
    async with at.reading():
        post = channel.post("пост", views=1)
        channel.count(post.id, views=77, reactions={"🔥": 3})
        await eventually(lambda: at.agrees(channel))
    assert await at.rows("SELECT views, reactions FROM posts") == [(77, 3)]


async def test_an_edit_of_a_post_below_the_floor_that_is_kept(at: Desk, channel: Channel) -> None:
    """In a channel that is followed anew without its history, edits of the posts that are kept are still followed."""
    channel.backlog(2)
    await at.read_once()
    await at.change("DELETE FROM follows")
    await at.follow_all([channel])
    async with at.reading():
        channel.edit(1, "исправлено")
        channel.post("новое")
        await eventually(lambda: at.agrees(channel))


async def test_an_edit_of_an_old_rich_post_is_fetched_in_full(at: Desk, channel: Channel) -> None:
    """Of a long rich message far back, an edit tells the beginning only: the whole is asked for, wherever it stands."""

    def rich(*paragraphs: str, part: bool) -> types.RichMessage:
        blocks = [types.PageBlockParagraph(types.TextPlain(paragraph)) for paragraph in paragraphs]
        return types.RichMessage(blocks=blocks, photos=[], documents=[], part=part)

    async def reads(text: str) -> bool:
        return await at.rows("SELECT text FROM posts WHERE message_id = 1") == [(text,)]

    channel.post("", rich_message=rich("начало", part=True), full_rich_message=rich("начало", "конец", part=False))
    channel.backlog(150)
    await at.read_once()
    assert await reads("начало\n\nконец")
    async with at.reading():
        channel.whole[1] = rich("иное начало", "иной конец", part=False)
        channel.edit(1, rich_message=rich("иное начало", part=True))
        await eventually(lambda: reads("иное начало\n\nиной конец"))


# --- short pages ------------------------------------------------------------------------------------------------------


async def test_a_short_page_deletes_nothing(at: Desk, channel: Channel) -> None:
    """A page of the newest messages that lacks one tells nothing of those below it: nothing is taken for deleted."""
    channel.backlog(150)
    for number in range(20):
        album(channel, f"альбом {number}", "", "", "", "")
    await at.read_once()
    await a_minute_later(at)
    async with reader(at, without(200), "latest") as reading:
        await reading.take(Step.REREAD)
    assert await at.agrees(channel)


async def test_a_short_page_is_not_the_end_of_history(at: Desk) -> None:
    """History goes on below a page that lacks a message, to the first one."""
    channel = await with_history(at, 250)
    async with reader(at, without(200), "before") as reading:
        while (await at.the_follow()).backfill_since is not None:
            await reading.take(Step.BACKFILL)
    assert set(await at.kept(channel)) == set(range(1, 251)) - {200}


async def test_a_server_that_lags_behind_opens_no_hole(at: Desk, channel: Channel) -> None:
    """One server shows nothing after the watermark, another one does: what lies between is not passed over, but asked for
    again after a pause.
    """
    channel.backlog(5)
    await at.read_once()
    channel.backlog(300)

    async def lag(page: Page) -> Page:
        return replace(page, records=())

    async with reader(at, lag, "after") as reading:
        await reading.take(Step.REREAD)
        await reading.take(Step.FILL)
    follow = await at.the_follow()
    assert follow.watermark == 5
    assert follow.wait_until is not None
    assert "does not show when asked" in (follow.reason or "")
    await at.change("UPDATE follows SET wait_until = now() - interval '1 second'")
    await at.read_once()
    assert await at.agrees(channel)


# --- deletions and albums ---------------------------------------------------------------------------------------------


async def test_an_unreadable_message_that_is_deleted_is_forgotten(at: Desk, channel: Channel) -> None:
    """The record of a message that could not be read goes when Telegram shows the message no longer."""
    channel.post("из прошлого века", date=datetime(1999, 1, 1, tzinfo=UTC))
    channel.post("из этого")
    await at.read_once()
    assert await at.rows("SELECT message_id FROM unread_messages") == [(1,)]
    channel.delete(1)
    await at.read_once()
    assert await at.rows("SELECT message_id FROM unread_messages") == []


async def test_a_part_of_an_album_that_overtakes_a_page(at: Desk, channel: Channel) -> None:
    """A second part that comes as an event, while a page that shows only the first one is on its way, stays in the album."""
    bell = await bell_of(at)
    channel.post("подпись", media=photo(1), grouped_id=99)
    await at.read_once()

    async def post() -> None:
        channel.post("", media=photo(2), grouped_id=99)
        await bell()

    async with reader(at, once(post), "latest") as reading:
        await reading.take(Step.REREAD)
        assert await at.kept(channel) == {1: ("подпись", [2])}


async def test_an_import_leaves_an_album_its_group(session: AsyncSession) -> None:
    """An export, which knows no groups, may change an album's words, but the album stays known by its group."""
    known = KnownChannel(tg_id=5, name="Лаборатория")
    now = utcnow()
    raw = {"parts": [{"_": "Message", "id": 1}, {"_": "Message", "id": 2}]}
    live = Post(
        channel=known, message_id=1, text="подпись", raw=raw, date=now, album_ids=(2,), group_id=77,
        media=(MediaKind.PHOTO,) * 2,
    )  # fmt: skip
    export = replace(live, text="подпись, исправлено", raw={"id": 1}, group_id=None, edited_at=now)
    number = await channel_store.upsert(session, known)
    for post in (live, export):
        await incoming.upsert(session, [post], channels={known: number}, now=now)
    rows = await session.execute(text("SELECT text, group_id FROM posts"))
    assert [tuple(row) for row in rows] == [("подпись, исправлено", 77)]


# --- pages against rows, and protected texts --------------------------------------------------------------------------


async def test_a_page_of_a_channel_that_was_protected_meanwhile(at: Desk) -> None:
    """When an event has told that copying is forbidden, no page that was asked for before brings texts back."""
    await with_history(at)

    async def forbid() -> None:
        follow = await at.the_follow()
        assert follow.channel_id is not None
        async with at.database.begin() as session:
            await follow_store.set_state(session, follow.id, FollowState.PROTECTED)
            await message_store.withhold(session, follow.channel_id)

    async with reader(at, once(forbid), "before") as reading:
        await reading.take(Step.BACKFILL)
    assert await at.rows(TEXTS) == []
    assert len(await at.rows("SELECT FROM posts")) == 100


async def test_a_page_of_a_channel_that_was_erased_meanwhile(at: Desk) -> None:
    """When an operator removes and erases a channel, a page that is on its way is thrown away."""
    await with_history(at)

    async def erase() -> None:
        follow = await at.the_follow()
        assert follow.channel_id is not None
        async with at.database.begin() as session:
            await follow_store.remove(session, follow.id)
            await message_store.erase(session, follow.channel_id, now=utcnow())

    async with reader(at, once(erase), "before") as reading:
        await reading.take(Step.BACKFILL)
    assert await at.rows("SELECT FROM posts") == []


async def test_a_channel_that_is_paused_while_it_is_looked_up(at: Desk) -> None:
    """What an operator has said while Telegram was asked counts: the channel stays paused."""
    joined(at)
    await at.follow("@lab_notes")

    async def pause() -> None:
        async with at.database.begin() as session:
            await follow_store.set_state(session, (await at.the_follow()).id, FollowState.PAUSED)

    async with reader(at, once(pause), "by_username") as reading:
        await reading.take(Step.LOOK_UP)
    assert (await at.the_follow()).state is FollowState.PAUSED


async def test_a_channel_that_is_protected_when_it_is_followed_again(at: Desk, channel: Channel) -> None:
    """Texts from when copying was allowed are gone, however far back, once a channel is followed that forbids it now."""
    channel.backlog(150, text=lambda number: f"{SECRET} {number}")
    await at.read_once()
    channel.edit(150, f"{SECRET} исправлена")
    await at.read_once()
    await at.change("DELETE FROM follows")
    channel.protect()
    await at.follow_all([channel], days=7)
    assert (await at.the_follow()).state is FollowState.PROTECTED
    assert await at.rows(TEXTS) == []
    assert await at.rows("SELECT FROM post_versions") == []


async def test_the_index_hears_of_texts_that_are_withheld(at: Desk, channel: Channel) -> None:
    """Posts whose texts go when a channel is followed again that forbids copying are indexed again: the index is woken."""
    channel.post(SECRET)
    await at.read_once()
    await at.change("UPDATE posts SET state = 'indexed'")
    await at.change("DELETE FROM procrastinate_jobs")
    await at.change("DELETE FROM follows")
    channel.protect()
    await at.follow_all([channel])
    assert await at.rows("SELECT text, state FROM posts") == [("", "new")]
    assert len(await at.rows("SELECT FROM procrastinate_jobs")) == 1


async def test_a_message_that_becomes_protected_loses_its_text(at: Desk, channel: Channel) -> None:
    """A message that must not be copied any longer keeps neither its text nor the versions before."""
    channel.post(SECRET)
    await at.read_once()
    channel.edit(1, noforwards=True)
    await at.read_once()
    assert await at.rows("SELECT text, protected FROM posts") == [("", True)]
    assert await at.rows("SELECT FROM post_versions") == []


def test_a_contact_card_is_kept_without_its_number() -> None:
    """The phone number of a person whose card was posted is no part of what is kept."""
    card = types.MessageMediaContact("+70000000123", "Иван", "Петров", "", 0)
    message = types.Message(id=1, peer_id=types.PeerChannel(5), date=utcnow(), message="звоните", media=card)
    assert "70000000123" not in str(record(message.to_dict(), titles={}))
