"""Odd errors: of Telethon, of Telegram and of Postgres. What cannot be decoded hides nothing else; reading goes on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from telethon.tl import types

from core import log
from core.db.engine import Database, open_database
from core.errors import DatabaseError, TelegramUnreachable
from core.store import accounts
from core.types import Channel as KnownChannel
from core.types import Follow, FollowState
from ingest.account import connected
from ingest.pace import Pace
from ingest.plan import Step, Turns, next_task
from ingest.reading import Order, read
from tests import logs
from tests.fakes.telegram import Channel, FakeTelegram
from tests.fakes.telegram.connection import Connection
from tests.flow.telegram import PATIENCE, Desk, desk, eventually
from tests.flow.test_telegram_races import a_minute_later, holds, joined, missing, reader

SECRET = "тайна"
HOURS = 14 * 3_600


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk without an archive, for what concerns a connection alone."""
    async with desk(None, tmp_path) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
async def channel(at: Desk) -> Channel:
    """A channel that is followed and has been read."""
    made = joined(at)
    await at.follow_all([made])
    return made


@pytest.fixture
def told() -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """The log lines of an event."""
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        log.configure(level="info", json=True)
    yield lambda event: [line for line in map(json.loads, stream.getvalue().splitlines()) if line["event"] == event]
    logs.as_ever()
    logging.basicConfig(force=True)


def happens(told: Callable[[str], list[dict[str, Any]]], event: str) -> Callable[[], Awaitable[bool]]:
    """Whether an event has been logged."""

    async def has() -> bool:
        return bool(told(event))

    return has


# --- Telethon's errors ------------------------------------------------------------------------------------------------


def connection(telegram: FakeTelegram) -> Connection:
    """The only connection that there is."""
    (only,) = telegram._connections
    return only


def too_many_requests(telegram: FakeTelegram) -> None:
    """Telegram's transport error -429, in place of a packet."""
    connection(telegram)._write(struct.pack("<i", -429))


def broken_frame(telegram: FakeTelegram) -> None:
    """A packet whose checksum does not fit."""
    connection(telegram)._writer.write(struct.pack("<iiiI", 16, 0, 0, 0))


def no_frame(telegram: FakeTelegram) -> None:
    """A packet of a length that none can have."""
    connection(telegram)._writer.write(struct.pack("<iii", -429, -429, -429))


def nothing_more(telegram: FakeTelegram) -> None:
    """The end of the connection."""
    connection(telegram).cut()


@pytest.mark.parametrize("fault", [too_many_requests, broken_frame, no_frame, nothing_more])
async def test_however_a_connection_ends_it_is_told_as_lost(bare: Desk, fault: Callable[[FakeTelegram], None]) -> None:
    """Whatever Telethon gives as the reason for which a connection has ended, it is one of our errors."""
    async with connected(bare.settings, pace=Pace(0)) as telegram, asyncio.timeout(PATIENCE):
        fault(bare.telegram)
        with pytest.raises(TelegramUnreachable):
            await telegram.ended()


async def test_reading_goes_on_after_a_fault_of_the_transport(at: Desk, channel: Channel) -> None:
    """After something that is no packet, the next connection reads what was missed."""
    async with at.reading():
        too_many_requests(at.telegram)
        channel.post("после")
        await eventually(lambda: at.agrees(channel))


async def test_a_request_that_telegram_finds_bad_is_told(bare: Desk) -> None:
    """A message that the transport layer rejects, without an answer of Telegram's, ends as one of our errors."""
    async with connected(bare.settings, pace=Pace(0)) as telegram, asyncio.timeout(PATIENCE):

        def reject(_: object) -> None:
            for number in telegram._client._sender._pending_state:
                connection(bare.telegram)._service(types.BadMsgNotification(number, 0, 20))

        bare.telegram.on_request = reject
        with pytest.raises(TelegramUnreachable):
            await telegram.me()


async def test_telegram_may_have_more_to_tell_than_it_tells(at: Desk, channel: Channel) -> None:
    """When Telegram says that there are too many updates to send, histories are read, though nothing else comes."""
    async with at.reading():
        at.telegram.lose_updates(1.0)
        channel.post("не сказано")
        at.telegram._push(types.UpdatesTooLong(), [connection(at.telegram)])
        await eventually(lambda: at.agrees(channel))


# --- errors of Telegram's that nobody knows ---------------------------------------------------------------------------


async def test_an_unknown_refusal_is_no_end_of_a_session(at: Desk) -> None:
    """Of the errors that come with the codes of ended sessions, one that we do not know puts a single channel aside."""
    new, odd, other = channels = [joined(at, f"lab_{number}") for number in range(3)]
    await at.follow_all(channels)
    for one in channels:
        one.post("пост")
    at.telegram.fail("messages.getHistory", 406, "SOMETHING_NEW", channel=new)
    at.telegram.fail("messages.getHistory", 401, "ACTIVE_USER_REQUIRED", channel=odd)
    await at.read_once()
    assert await at.agrees(other)
    for follow, error in zip(await at.follows(), ("SOMETHING_NEW", "ACTIVE_USER_REQUIRED"), strict=False):
        assert (follow.state, follow.wait_until is None) == (FollowState.READING, False)
        assert error in (follow.reason or "")
    await at.change("UPDATE follows SET wait_until = now() - interval '1 second' WHERE wait_until IS NOT NULL")
    await at.read_once()
    assert await at.agrees(*channels)


# --- what cannot be decoded -------------------------------------------------------------------------------------------


async def test_reading_begins_at_the_newest_message_whatever_can_be_decoded(at: Desk) -> None:
    """A message near the top that cannot be decoded does not let reading begin below it."""
    channel = joined(at)
    channel.backlog(400)
    at.telegram.undecodable(channel, 390)
    await at.follow_all([channel])
    assert (await at.the_follow()).watermark == 400


async def deleted_stretch(at: Desk, channel: Channel, *more: int) -> None:
    """Five posts that are kept, then 150 numbers that belong to nothing any more, then posts of which some are broken."""
    channel.backlog(5)
    await at.read_once()
    channel.backlog(150)
    channel.delete(*range(6, 156))
    for number in more:
        at.telegram.undecodable(channel, number)


async def test_behind_a_long_stretch_of_deleted_numbers(at: Desk, channel: Channel) -> None:
    """A message that cannot be decoded, far above the last one that was read, hides neither its neighbours nor the rest."""
    await deleted_stretch(at, channel, 160)
    channel.backlog(250)
    await at.read_once()
    await at.read_once()
    assert await missing(at, channel) == set()


@pytest.mark.parametrize("broken", [156, 161])
async def test_a_gap_that_is_open_when_the_reader_stops(at: Desk, channel: Channel, broken: int) -> None:
    """Posts that came as events beyond a gap with a message that cannot be decoded are not taken for deleted later."""
    await deleted_stretch(at, channel, broken)
    channel.backlog(1 if broken == 156 else 0)
    async with at.reading():
        for number in range(5):
            channel.post(f"живой {number}")
        await eventually(lambda: holds(at, channel, channel.top))
    channel.backlog(30)
    await a_minute_later(at)
    await at.read_once()
    await at.read_once()
    assert await missing(at, channel) == set()


async def test_history_that_ends_with_what_cannot_be_decoded_ends(at: Desk) -> None:
    """History below a long stretch of deleted numbers is done at its first message, although that cannot be decoded."""
    channel = joined(at)
    channel.backlog(250)
    channel.delete(*range(6, 151))
    at.telegram.undecodable(channel, 5)
    await at.follow_all([channel], days=30)
    follow = await at.the_follow()
    assert follow.backfill_since is None
    assert await missing(at, channel) == set()
    assert at.telegram.count("messages.getHistory") < 20


async def test_what_is_known_not_to_be_decodable_costs_little(at: Desk, channel: Channel) -> None:
    """A re-read of posts among which ten cannot be decoded, which is known, asks no ten times."""
    channel.backlog(200)
    for number in range(105, 200, 10):
        at.telegram.undecodable(channel, number)
    await at.read_once()
    async with reader(at) as reading:
        await reading.take(Step.REREAD)
        before = len(at.telegram.requests)
        await reading.take(Step.REREAD)
        assert len(at.telegram.requests) - before < 10
    assert await missing(at, channel) == set()


async def test_all_that_could_not_be_decoded_is_asked_for_again(at: Desk, channel: Channel) -> None:
    """After an upgrade that can decode them, more messages than fit a page, further back than a page, are read."""
    channel.backlog(250)
    channel.broken.update(range(1, 131))
    await at.read_once()
    assert await at.rows("SELECT count(*) FROM unread_messages") == [(130,)]
    channel.broken.clear()
    await at.read_once()
    assert await at.rows("SELECT count(*) FROM unread_messages") == [(0,)]
    assert await at.agrees(channel)


# --- floods -----------------------------------------------------------------------------------------------------------


async def test_a_flood_while_connecting_is_waited_out(at: Desk, told: Callable[[str], list[dict[str, Any]]]) -> None:
    """A wait that is met while connecting holds up the next attempt for as long as Telegram asks, not for seconds."""
    at.telegram.flood("users.getUsers", HOURS, times=1_000)
    task = asyncio.create_task(read(Order(settings=at.settings, database=at.database)))
    try:
        await eventually(happens(told, "connection lost"))
        (line,) = told("connection lost")
        assert line["again_in"] == HOURS
        assert at.telegram.count("users.getUsers") == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_rich_texts_are_not_tried_one_after_another(at: Desk) -> None:
    """A wait of 14 hours for whole rich texts: two are tried, and the posts of all channels are kept as far as they are had."""

    def rich(*paragraphs: str, part: bool) -> types.RichMessage:
        blocks = [types.PageBlockParagraph(types.TextPlain(paragraph)) for paragraph in paragraphs]
        return types.RichMessage(blocks=blocks, photos=[], documents=[], part=part)

    channels = [joined(at, f"lab_{number}") for number in range(4)]
    await at.follow_all(channels)
    for one in channels:
        one.post("", rich_message=rich("начало", part=True), full_rich_message=rich("начало", "конец", part=False))
        one.post("следующий")
    at.telegram.flood("messages.getRichMessage", HOURS, times=100)
    await at.read_once()
    assert at.telegram.count("messages.getRichMessage") <= 2
    assert [set(await at.kept(one)) for one in channels] == [{1, 2}] * len(channels)


def test_short_connections_starve_nobody() -> None:
    """Of 60 channels over connections that live for 40 requests each, every one is read, as often as any other."""
    now = datetime(2026, 9, 14, tzinfo=UTC)
    follows = {
        number: Follow(
            id=number, account_id=1, asked=f"@lab_{number}", state=FollowState.READING, added_at=now, channel_id=number,
            channel=KnownChannel(tg_id=number, name="Лаборатория"), access_hash=1, watermark=1, floor=1, read_at=now,
        )
        for number in range(1, 61)
    }  # fmt: skip
    count = dict.fromkeys(follows, 0)
    for _ in range(21):
        now += timedelta(seconds=1)
        turns = Turns(connected_at=now)
        for _ in range(40):
            now += timedelta(seconds=1)
            task = next_task(follows.values(), turns, now=now, reread_every=timedelta(minutes=15))
            assert task is not None
            turns.serve(task.follow.id)
            count[task.follow.id] += 1
            follows[task.follow.id] = replace(task.follow, read_at=now)
    assert max(count.values()) - min(count.values()) <= 1


# --- faults of Postgres -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["posts", "procrastinate_jobs"])
async def test_a_deadlock_ends_nothing(
    at: Desk, channel: Channel, told: Callable[[str], list[dict[str, Any]]], table: str
) -> None:
    """A transaction that Postgres gives up for a deadlock is followed by one that writes what it would have written."""
    await at.change("""
        CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$
    """)
    await at.change(f"CREATE TRIGGER deadlock BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION deadlock()")
    async with at.reading():
        channel.post("пост")
        await eventually(happens(told, "database lost"))
        await at.change(f"DROP TRIGGER deadlock ON {table}")
        await eventually(lambda: at.agrees(channel))


async def test_ones_own_lock_may_outlive_its_connection(
    at: Desk, channel: Channel, told: Callable[[str], list[dict[str, Any]]]
) -> None:
    """A reader that has lost its connections, and whose lock Postgres still believes to be held, tries until it is free."""
    async with at.database.begin() as session:
        owner = await accounts.ensure(session)
    async with at.reading():
        async with await psycopg.AsyncConnection.connect(at.database.dsn, autocommit=True) as dead:
            await dead.execute("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
            await dead.execute("SELECT pg_advisory_lock(%s, %s)", [accounts._LOCK, owner.id])
            channel.post("пост")
            await eventually(happens(told, "account still held"))

        async def agrees() -> bool:
            # The test looks through connections that were ended, each of which fails once.
            with contextlib.suppress(DatabaseError):
                return await at.agrees(channel)
            return False

        await eventually(agrees)


async def test_no_text_stands_in_an_error_of_the_database(database_url: str, tmp_path: Path) -> None:
    """What Postgres refuses for a reason that nobody expects is told without what should have been written."""
    async with desk(None, tmp_path) as at:  # type: ignore[arg-type]
        settings = at.settings.model_copy(update={"database_url": database_url})
        async with open_database(settings, migrated=False) as at.database:
            channel = joined(at)
            await at.follow_all([channel])
            await at.change("ALTER TABLE unread_messages ADD CHECK (message_id > 5)")
            channel.post(SECRET, date=datetime(1999, 1, 1, tzinfo=UTC))
            with pytest.raises(DBAPIError, match="unread_messages") as error:
                await at.read_once()
            assert SECRET not in str(error.value)
