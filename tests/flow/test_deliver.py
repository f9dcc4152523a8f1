"""Digests that are due on a real Postgres: one a period for each reader, shared where the choice is equal, nothing lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from bot import deliver, subscribing
from bot.speech import Catalogues
from core.db.engine import Database
from core.readers import Length, Reader, ReaderState
from core.store import readers, stories
from core.types import Channel, Post
from tests.flow.bot.telegram_digests import (
    DAY,
    HOUR,
    again,
    channel,
    deliveries,
    grown,
    many,
    numbered,
    put,
    reading,
    rows,
    shelved,
    texts,
    told,
)
from tests.flow.bot.telegram_readers import NOW
from tests.flow.feed import store

CATALOGUES = Catalogues()
MINUTE = timedelta(minutes=1)


async def due(database: Database, now: datetime = NOW, **how: Any) -> deliver.Counts:
    return await deliver.deliver_due(database, CATALOGUES, clock=lambda: now, **how)


# --- once a period ---------------------------------------------------------------------------------------------------


async def test_a_digest_is_written_once_a_period(database: Database) -> None:
    """Who is due gets one digest of the local day with the stories that came; looking again at once writes nothing."""
    numbers = await shelved(database, 3)
    reader = await reading(database)
    assert await due(database) == deliver.Counts(due=1, digests=1, different=1)
    (one,) = await deliveries(database)
    assert (one.reader_id, one.period, list(one.stories)) == (reader.id, date(2026, 11, 25), numbers)
    after = await again(database, reader)
    assert (after.since, after.due_at) == (NOW, NOW + DAY)
    assert await due(database) == deliver.Counts()
    assert await due(database, NOW + DAY - MINUTE) == deliver.Counts()
    assert len(await deliveries(database)) == 1


async def test_two_processes_at_once_double_nothing(database: Database, database_url: str) -> None:
    """Three that look at once, in small batches, write one digest for each of sixty readers."""
    await shelved(database, 12)
    found = await many(database, 60)
    others = [Database(engine=create_async_engine(database_url), url=database_url) for _ in range(2)]
    try:
        counts = await asyncio.gather(*(due(one, batch=7) for one in (database, *others)))
    finally:
        for other in others:
            await other.engine.dispose()
    assert sum(count.digests for count in counts) == 60
    assert sorted(row.reader_id for row in await deliveries(database)) == [reader.id for reader in found]
    assert len(await rows(database, "SELECT FROM messages WHERE state = 'pending'")) == 60


class Mortal(Catalogues):
    """Catalogues that are the end of the process when they are asked for the nth time."""

    def __init__(self, lives: int) -> None:
        super().__init__()
        self.lives = lives

    def gettext(self, *args: Any, **kwargs: Any) -> str:
        self.lives -= 1
        if self.lives < 0:
            raise SystemExit
        return super().gettext(*args, **kwargs)


async def test_a_crash_between_batches_loses_and_doubles_nothing(database: Database) -> None:
    """What was committed stays, the batch that was being made is as if never begun, and the next process does the rest."""
    await shelved(database, 12)
    # The same hour, and yet a digest of its own for each batch.
    zones = ("Europe/Moscow", "Europe/Minsk", "Europe/Istanbul", "Asia/Riyadh")
    found = [
        reader for place, tz in enumerate(zones) for reader in await many(database, 5, first=7001 + 5 * place, tz=tz)
    ]
    mortal = Mortal(2)
    with pytest.raises(SystemExit):
        await deliver.deliver_due(database, mortal, clock=lambda: NOW, batch=5)
    assert len(await deliveries(database)) == 10
    assert [(await again(database, reader)).since for reader in found[10:]] == [NOW - DAY] * 10
    assert (await due(database, NOW + MINUTE, batch=5)).digests == 10
    assert sorted(row.reader_id for row in await deliveries(database)) == [reader.id for reader in found]
    assert len(await rows(database, "SELECT FROM messages")) == 20


async def test_a_process_that_is_cancelled_leaves_nothing_half_done(database: Database) -> None:
    """Cancelled at many places, again and again, the work still ends with one digest and one message for each reader."""
    await shelved(database, 12)
    found = await many(database, 12)
    for breaths in (1, 2, 3, 5, 8, 13, 21, 34):
        task = asyncio.create_task(due(database, batch=3))
        for _ in range(breaths):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await due(database, batch=3)
    assert sorted(row.reader_id for row in await deliveries(database)) == [reader.id for reader in found]
    assert len(await rows(database, "SELECT FROM messages")) == 12


async def test_equal_choices_share_one_body(database: Database) -> None:
    """Forty readers of two kinds have two bodies between them, also over several batches; each is rendered once."""
    await shelved(database, 4)
    await many(database, 20)
    await many(database, 20, first=8001, length=Length.SHORT)
    counts = await due(database, batch=7)
    assert (counts.digests, counts.different) == (40, 2)
    assert len(await rows(database, "SELECT FROM messages")) == 40
    assert len(await rows(database, "SELECT DISTINCT body_id FROM messages")) == 2
    assert len(await rows(database, "SELECT FROM bodies")) == 2


async def test_readers_cost_no_statements(database: Database) -> None:
    """With twice as many readers, whose choices differ, there are hardly more statements: none for each reader."""
    await shelved(database, 12)
    counted: list[int] = []
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    for turn, size in enumerate((200, 400)):
        at = NOW + turn * DAY
        for place, one in enumerate(await many(database, size, first=10_000 * (turn + 1), due_at=at)):
            if place % 5 == 0:
                async with database.begin() as session:
                    await readers.set_topics(session, one.id, ["llm", "agents"][: 1 + place % 2], all_topics=False)
        statements = 0
        assert (await due(database, at)).digests == size
        counted.append(statements)
        await rows(database, "DELETE FROM readers RETURNING id")
    event.remove(database.engine.sync_engine, "before_cursor_execute", count)
    assert counted[1] - counted[0] <= 0.1 * 200
    assert counted[0] <= 30


# --- nothing to tell -------------------------------------------------------------------------------------------------


async def test_nothing_new_is_said_briefly_or_not_at_all(database: Database) -> None:
    """A quiet reader gets nothing when there is nothing, and another a note; both are done for the day."""
    loud = await reading(database, 7001)
    quiet = await reading(database, 7002, quiet=True)
    english = await reading(database, 7003, lang="en")
    assert (await due(database)).digests == 2
    (note,) = await texts(database, loud)
    assert note.startswith("Дайджест")
    assert len(note) < 200
    assert (await texts(database, english))[0].startswith("Digest")
    assert await deliveries(database, quiet) == []
    assert [(await again(database, one)).due_at for one in (loud, quiet)] == [NOW + DAY] * 2
    (told_nothing,) = await deliveries(database, loud)
    assert list(told_nothing.stories) == []


async def test_a_quiet_reader_hears_of_the_next_story(database: Database) -> None:
    """After silent days the first story is told, though it came right after the silent digest."""
    quiet = await reading(database, quiet=True)
    await due(database)
    (one,) = await numbered(database, 1)
    await put(database, told(one, at=NOW + MINUTE))
    await due(database, NOW + DAY)
    (digest,) = await deliveries(database, quiet)
    assert list(digest.stories) == [one]


# --- after a time in which nothing ran -------------------------------------------------------------------------------


async def test_after_days_without_a_process_there_is_one_digest(database: Database) -> None:
    """It is the latest day's, and tells what came on all of those days."""
    first, second, third = await numbered(database, 3)
    reader = await reading(database)
    await put(database, *(told(one, at=NOW + days * DAY - HOUR) for one, days in ((first, 0), (second, 1), (third, 3))))
    late = NOW + 3 * DAY + 5 * HOUR
    assert (await due(database, late)).digests == 1
    (one,) = await deliveries(database, reader)
    assert (one.period, set(one.stories)) == (date(2026, 11, 28), {first, second, third})
    assert (await again(database, reader)).due_at == NOW + 4 * DAY


async def test_no_digest_comes_later_than_six_hours_after_its_hour(database: Database) -> None:
    """It joins the next one, which tells the stories of both days."""
    first, second = await numbered(database, 2)
    reader = await reading(database)
    await put(database, told(first, at=NOW - HOUR))
    assert (await due(database, NOW + 6 * HOUR + MINUTE)) == deliver.Counts(due=1)
    after = await again(database, reader)
    assert (after.since, after.due_at) == (NOW - DAY, NOW + DAY)
    await put(database, told(second, at=NOW + 12 * HOUR))
    await due(database, NOW + DAY)
    (one,) = await deliveries(database, reader)
    assert set(one.stories) == {first, second}


async def test_six_hours_late_is_still_in_time(database: Database) -> None:
    """The last moment counts."""
    await reading(database)
    assert (await due(database, NOW + 6 * HOUR)).digests == 1


# --- what was shown and what is new ----------------------------------------------------------------------------------


async def test_a_story_comes_back_only_with_what_is_new(database: Database) -> None:
    """What was told is not told again; with another post that says more, the new sentence alone is, once."""
    one, other = await numbered(database, 2)
    reader = await reading(database)
    before = told(one, at=NOW - HOUR)
    await put(database, before, told(other, at=NOW - HOUR))
    await due(database)
    # Another post that says nothing new.
    await put(database, told(other, at=NOW - HOUR, arrived_at=NOW + HOUR, last_seen=NOW + HOUR))
    await put(database, grown(before, "Веса открыли под лицензией MIT.", at=NOW + HOUR))
    await due(database, NOW + DAY)
    first, second = await deliveries(database, reader)
    assert (set(first.stories), list(second.stories)) == ({one, other}, [one])
    update = (await texts(database, reader))[-1]
    assert "Веса открыли под лицензией MIT." in update
    assert f"Это случилось в сюжете {one}." not in update
    await due(database, NOW + 2 * DAY)
    assert list((await deliveries(database, reader))[-1].stories) == []


async def test_a_story_that_was_merged_away_is_not_told_again(database: Database) -> None:
    """What was shown under its old number counts for the story that took it in."""
    old, new = await numbered(database, 2)
    reader = await reading(database)
    await put(database, told(old, at=NOW - HOUR))
    await due(database)
    await put(database, told(new, at=NOW - HOUR, arrived_at=NOW + HOUR, last_seen=NOW + HOUR))
    async with database.begin() as session:
        await stories.redirect(session, {old: new})
    await due(database, NOW + DAY)
    assert [list(row.stories) for row in await deliveries(database, reader)] == [[old], []]


async def test_late_posts_come_and_a_channels_past_does_not(database: Database) -> None:
    """What was posted up to 48 hours before the window and comes in it is news; what is read of the past is not."""
    late, past = await numbered(database, 2)
    reader = await reading(database)
    since = NOW - DAY
    await put(
        database,
        told(late, at=since - 48 * HOUR, arrived_at=NOW - HOUR),
        told(past, at=since - 48 * HOUR - MINUTE, arrived_at=NOW - HOUR),
    )
    await due(database)
    (one,) = await deliveries(database, reader)
    assert list(one.stories) == [late]


async def arrives(database: Database, number: int, at: datetime) -> None:
    """A post comes; nobody has indexed it yet."""
    post = Post(channel=Channel(tg_id=77, name="Медленный"), message_id=number, text="Новость", raw={}, date=at)
    await store(database, [post], now=at)


async def test_what_is_on_its_way_to_the_shelf_is_told_next_time(database: Database) -> None:
    """A post that came before the digest and was indexed after it is not lost, and nothing else is told twice."""
    early, slow = await numbered(database, 2)
    reader = await reading(database)
    await put(database, told(early, at=NOW - HOUR))
    await arrives(database, 1, NOW - MINUTE)
    await due(database)
    await put(database, told(slow, at=NOW - MINUTE))
    await rows(database, "UPDATE posts SET state = 'indexed' RETURNING id")
    await due(database, NOW + DAY)
    assert [list(row.stories) for row in await deliveries(database, reader)] == [[early], [slow]]
    assert (await again(database, reader)).since == NOW + DAY


async def test_an_update_on_its_way_to_a_story_that_is_told_comes_next_time(database: Database) -> None:
    """Of a story that a digest tells, what came before the digest and was indexed after it is told by the next, alone."""
    (one,) = await numbered(database, 1)
    reader = await reading(database)
    before = told(one, at=NOW - HOUR)
    await put(database, before)
    await arrives(database, 1, NOW - MINUTE)
    await due(database)
    await put(database, grown(before, "Веса открыли под лицензией MIT.", at=NOW - MINUTE))
    await rows(database, "UPDATE posts SET state = 'indexed' RETURNING id")
    await due(database, NOW + DAY)
    assert [list(row.stories) for row in await deliveries(database, reader)] == [[one], [one]]
    update = (await texts(database, reader))[-1]
    assert "Веса открыли под лицензией MIT." in update
    assert f"Это случилось в сюжете {one}." not in update
    await due(database, NOW + 2 * DAY)
    assert list((await deliveries(database, reader))[-1].stories) == []


async def test_a_night_without_the_summarizer_is_made_up_for(database: Database) -> None:
    """Posts that lay unindexed over two digests are told in the third, and what was known of a story stays known."""
    known, slow = await numbered(database, 2)
    reader = await reading(database)
    await put(database, told(known, at=NOW - 10 * HOUR))
    await arrives(database, 1, NOW - 9 * HOUR)
    await due(database)
    await due(database, NOW + DAY)
    await rows(database, "UPDATE posts SET state = 'indexed' RETURNING id")
    await put(database, told(slow, at=NOW - 9 * HOUR))
    await due(database, NOW + 2 * DAY)
    assert [list(row.stories) for row in await deliveries(database, reader)] == [[known], [], [slow]]


async def test_an_edit_on_its_way_brings_nothing_back(database: Database) -> None:
    """A post that goes through the index again came long ago: it does not hold the moment back."""
    await arrives(database, 1, NOW - 12 * HOUR)
    await rows(
        database,
        """
        INSERT INTO indexed_posts (post_id, channel_id, sequence, time, dated, source, holder, lang, clean_text, ad,
            ad_reasons, keys, self_keys, refers, features, topics, made_by)
        SELECT id, channel_id, 1, date, true, '', '', 'ru', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '' FROM posts
        RETURNING 1
        """,
    )
    reader = await reading(database)
    await due(database)
    assert (await again(database, reader)).since == NOW


# --- whose, when -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tz", "hour", "days", "at", "period"),
    [
        ("Asia/Vladivostok", 7, "{1,2,3,4,5,6,7}", datetime(2026, 11, 25, 21, tzinfo=UTC), date(2026, 11, 26)),
        ("America/New_York", 23, "{1,2,3,4,5,6,7}", datetime(2026, 11, 26, 4, tzinfo=UTC), date(2026, 11, 25)),
        ("Europe/Moscow", 9, "{6,7}", datetime(2026, 11, 28, 6, tzinfo=UTC), date(2026, 11, 28)),
        ("Asia/Kolkata", 9, "{4}", datetime(2026, 11, 26, 3, 30, tzinfo=UTC), date(2026, 11, 26)),
    ],
)
async def test_digests_follow_the_readers_clock(
    database: Database, tz: str, hour: int, days: str, at: datetime, period: date
) -> None:
    """Not a minute before the local hour of a chosen day, and with that day as the period; then the next chosen day."""
    reader = await reading(database, tz=tz, hour=hour, due_at=at)
    chosen = [int(day) for day in days.strip("{}").split(",")]
    async with database.begin() as session:
        await readers.schedule(session, reader.id, hour=hour, days=chosen, tz=tz, due_at=at)
    assert await due(database, at - MINUTE) == deliver.Counts()
    assert (await due(database, at)).digests == 1
    (one,) = await deliveries(database, reader)
    assert one.period == period
    after = (await again(database, reader)).due_at
    assert after is not None
    assert after - at == (7 * DAY if len(chosen) == 1 else DAY)


async def test_who_pauses_gets_nothing(database: Database) -> None:
    """Not though the hour had come when they did; who comes back gets the next one, and not what was missed long ago."""
    reader = await reading(database)
    async with database.begin() as session:
        await subscribing.pause(session, reader.id, now=NOW)
    assert await due(database) == deliver.Counts()
    async with database.begin() as session:
        await subscribing.subscribe(session, reader.id, now=NOW + HOUR)
    assert await due(database, NOW + DAY - MINUTE) == deliver.Counts()
    assert (await due(database, NOW + DAY)).digests == 1


async def test_who_pauses_while_digests_are_made_is_passed_over(database: Database) -> None:
    """A reader that somebody changes at this moment is left to the next look, and then has paused."""
    reader, other = await many(database, 2)
    async with database.begin() as session:
        await subscribing.pause(session, reader.id, now=NOW)
        assert (await due(database)).digests == 1
    assert await due(database) == deliver.Counts()
    assert [row.reader_id for row in await deliveries(database)] == [other.id]
    assert (await again(database, reader)).state is ReaderState.PAUSED


async def test_a_topic_of_a_forum_is_written_to(database: Database) -> None:
    """Chat and topic go along with the message."""
    await shelved(database, 1)
    await reading(database, -1007, thread_id=5)
    await due(database)
    ((chat, thread),) = await rows(database, "SELECT chat_id, thread_id FROM messages")
    assert (chat, thread) == (-1007, 5)


async def test_muted_topics_and_channels_are_left_out(database: Database) -> None:
    """Each reader gets what is for it."""
    one, two = await channel(database, 1, "Первый"), await channel(database, 2, "Второй")
    llm, agents, alone = await numbered(database, 3)
    await put(
        database,
        told(llm, at=NOW - HOUR, channel=one),
        told(agents, at=NOW - HOUR, channel=one, topics=("agents",)),
        told(alone, at=NOW - HOUR, channel=two),
    )

    async def gets(reader: Reader) -> set[int]:
        return {story for row in await deliveries(database, reader) for story in row.stories}

    everything, no_agents, only_agents, no_second = await many(database, 4)
    async with database.begin() as session:
        await readers.set_topics(session, no_agents.id, ["agents"], all_topics=True)
        await readers.set_topics(session, only_agents.id, ["agents"], all_topics=False)
        await readers.set_cap(session, no_second.id, two, 0)
    await due(database)
    assert [await gets(one) for one in (everything, no_agents, only_agents, no_second)] == [
        {llm, agents, alone}, {llm, alone}, {agents}, {llm, agents},
    ]  # fmt: skip


async def test_what_was_asked_for_is_not_told_again(database: Database) -> None:
    """A story of a digest that was asked for in the night does not come in the morning; what came since does."""
    first, second, third = await shelved(database, 3, at=NOW - 5 * HOUR)
    reader = await reading(database)
    wish = deliver.Wish(since=NOW - DAY, until=NOW - HOUR)
    assert await deliver.deliver_now(database, CATALOGUES, reader, wish, now=NOW - HOUR) == 3
    (fourth,) = await shelved(database, 1, at=NOW - MINUTE)
    await due(database)
    assert [list(row.stories) for row in await deliveries(database, reader)] == [[first, second, third], [fourth]]
