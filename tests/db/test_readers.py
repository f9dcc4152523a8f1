"""Whose digest is due, on a real Postgres: locked, passed over, advanced; and until when the shelf is whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.readers import Cap, Length, Reader, ReaderKind, ReaderState
from core.store import channels, readers, shelf, stories
from core.types import Channel

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def add(session: AsyncSession, chat: int, *, due_at: datetime | None = None, thread: int | None = None) -> Reader:
    """A reader; with `due_at` an active one."""
    made = await readers.add(
        session, chat_id=chat, thread_id=thread, kind=ReaderKind.PERSON, title="", lang="ru", tz="UTC", hour=9,
        subscribed_by=None, now=NOW,
    )  # fmt: skip
    if due_at is not None:
        await readers.activate(session, made.id, since=NOW - HOUR, due_at=due_at)
    return (await readers.by_ids(session, [made.id]))[0]


async def due(session: AsyncSession, *, now: datetime = NOW, limit: int = 100) -> list[int]:
    return [reader.id for reader in await readers.due(session, now=now, limit=limit)]


async def test_who_is_due(session: AsyncSession) -> None:
    """Active readers whose moment has come, the longest overdue first; none that is new, paused or lost."""
    new = await add(session, 1)
    late, exact, later = [await add(session, 5 + place, due_at=NOW + place * HOUR) for place in (-1, 0, 1)]
    paused, lost = [await add(session, 10 + place, due_at=NOW - HOUR) for place in range(2)]
    await readers.stop(session, paused.id, state=ReaderState.PAUSED, reason=None)
    await readers.stop(session, lost.id, state=ReaderState.LOST, reason="blocked")
    assert await due(session) == [late.id, exact.id]
    assert await due(session, limit=1) == [late.id]
    assert await due(session, now=NOW + HOUR) == [late.id, exact.id, later.id]
    assert await readers.next_due(session) == NOW - HOUR
    assert (await readers.by_ids(session, [new.id]))[0].due_at is None


async def test_what_another_has_is_passed_over(database: Database) -> None:
    """While one process makes somebody's digest, another finds the others, and nobody waits."""
    async with database.begin() as session:
        found = [(await add(session, chat, due_at=NOW)).id for chat in range(1, 6)]
    async with database.begin() as first, database.begin() as second:
        assert await due(first, limit=2) == found[:2]
        assert await due(second) == found[2:]
        await readers.advance(first, [(number, NOW, NOW + 24 * HOUR) for number in found[:2]])
    async with database.begin() as session:
        assert await due(session) == found[2:]


async def test_advancing(session: AsyncSession) -> None:
    """Who had no digest keeps its past; who has stopped meanwhile stays stopped; nobody else is touched."""
    one, two, three, four = [await add(session, chat, due_at=NOW) for chat in range(1, 5)]
    await readers.stop(session, three.id, state=ReaderState.PAUSED, reason=None)
    await readers.advance(session, [])
    await readers.advance(
        session, [(one.id, NOW, NOW + HOUR), (two.id, None, NOW + 2 * HOUR), (three.id, NOW, NOW + HOUR)]
    )
    after = await readers.by_ids(session, [one.id, two.id, three.id, four.id])
    assert [(reader.since, reader.due_at) for reader in after] == [
        (NOW, NOW + HOUR), (NOW - HOUR, NOW + 2 * HOUR), (NOW - HOUR, None), (NOW - HOUR, NOW),
    ]  # fmt: skip


async def test_a_reader_comes_back_as_it_was_made(session: AsyncSession) -> None:
    """All that was chosen; a topic of a forum is another reader than its group."""
    number = await channels.upsert(session, Channel(tg_id=5, name="Первый"))
    group, topic = await add(session, -5), await add(session, -5, thread=7)
    assert group.id != topic.id
    assert (await add(session, -5, thread=7)).id == topic.id
    await readers.set_topics(session, topic.id, ["llm", "agents", "gone"], all_topics=False)
    await readers.set_cap(session, topic.id, number, 2)
    await readers.set_cap(session, topic.id, 999, 2)
    await readers.set_length(session, topic.id, Length.LONG)
    await readers.set_quiet(session, topic.id, quiet=True)
    await readers.schedule(session, topic.id, hour=23, days=[7, 1, 7], tz="Asia/Omsk", due_at=NOW)
    found = await readers.of_chat(session, -5, thread_id=7)
    assert found is not None
    assert (found.topics, found.caps) == ({"llm", "agents"}, (Cap(channel_id=number, most=2),))
    assert (found.length, found.quiet, found.hour, found.days, found.tz) == (Length.LONG, True, 23, (1, 7), "Asia/Omsk")
    assert (found.due_at, found.state) == (None, ReaderState.NEW)
    assert await readers.of_chat(session, -5, thread_id=None) == group
    assert {reader.id for reader in await readers.in_chat(session, -5)} == {group.id, topic.id}


async def test_all_readers_page_by_page(session: AsyncSession) -> None:
    """Each once, in the order of their ids; of one state where one is asked for."""
    found = [(await add(session, chat, due_at=NOW if chat % 2 else None)).id for chat in range(1, 8)]
    seen: list[int] = []
    after = 0
    while part := await readers.page(session, after=after, limit=3):
        seen += [reader.id for reader in part]
        after = part[-1].id
    assert seen == found
    active = await readers.page(session, after=0, limit=9, state=ReaderState.ACTIVE)
    assert [reader.id for reader in active] == found[::2]
    assert await readers.counts(session) == {ReaderState.ACTIVE: 4, ReaderState.NEW: 3}


# --- until when the shelf is whole -----------------------------------------------------------------------------------


async def archive(session: AsyncSession, *came: datetime, state: str = "indexed") -> list[int]:
    """A story for each moment, with a post that came then and was indexed; nothing stands on the shelf."""
    numbers = await stories.create(session, len(came), now=NOW)
    await session.execute(
        text("""
            WITH c AS (INSERT INTO channels (tg_id, name, kind) VALUES (1, 'Канал', 'public') RETURNING id),
            p AS (
                INSERT INTO posts (channel_id, message_id, date, first_seen, text, entities, media, album_ids, raw,
                    content_hash, state)
                SELECT c.id, n, at, at, 'Текст', '[]', '{}', '{}', '{}', '', :state
                FROM c CROSS JOIN unnest(CAST(:came AS timestamptz[])) WITH ORDINALITY AS m(at, n)
                RETURNING id, channel_id, message_id, date
            )
            INSERT INTO indexed_posts (post_id, channel_id, sequence, time, dated, source, holder, lang, clean_text, ad,
                ad_reasons, keys, self_keys, refers, features, topics, made_by, story_id)
            SELECT p.id, p.channel_id, p.message_id, p.date, true, 'канал', '1', 'ru', 'Текст', '', '{}', '{}', '{}', '{}',
                '{}', '{}', 'rules', (CAST(:stories AS bigint[]))[p.message_id] FROM p
        """),
        {"came": list(came), "stories": numbers, "state": state},
    )
    return numbers


async def stand(session: AsyncSession, *numbers: int, arrived_at: datetime) -> None:
    """Stories are made, as a worker does it."""
    terms = shelf.Terms.at(NOW, langs=("ru",), rules="rules", counted=HOUR, fresh=HOUR)
    for one in await shelf.take(session, numbers, terms):
        await run(
            session,
            """
            INSERT INTO shelf (story_id, lang, card, topics, channels, rank, pinned, arrived_at, last_seen, made_at, made_by)
            VALUES (:story, 'ru', '{}', '{}', '{}', 0, false, :at, :at, :at, :mark)
            ON CONFLICT (story_id, lang) DO UPDATE SET made_by = :mark, arrived_at = :at
            """,
            story=one.story_id, at=arrived_at, mark=one.made_by,
        )  # fmt: skip


async def run(session: AsyncSession, statement: str, **values: Any) -> None:
    await session.execute(text(statement), values)


async def whole(session: AsyncSession) -> datetime:
    return await shelf.complete_until(session, since=NOW - 48 * HOUR, now=NOW)


async def test_an_idle_shelf_is_whole(session: AsyncSession) -> None:
    """Empty, or with all stories standing there."""
    assert await whole(session) == NOW
    numbers = await archive(session, NOW - 3 * HOUR, NOW - 2 * HOUR)
    await stand(session, *numbers, arrived_at=NOW - 2 * HOUR)
    assert await whole(session) == NOW


async def test_what_was_indexed_and_does_not_stand_there_is_missing(session: AsyncSession) -> None:
    """Until it is made: the first of those that are missing says until when the shelf is whole."""
    one, two, three = await archive(session, NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR)
    assert await whole(session) == NOW - 3 * HOUR
    await stand(session, one, arrived_at=NOW - 3 * HOUR)
    assert await whole(session) == NOW - 2 * HOUR
    await stand(session, two, three, arrived_at=NOW - HOUR)
    assert await whole(session) == NOW


async def test_what_was_never_indexed_is_missing(session: AsyncSession) -> None:
    """A post that nobody has looked at; one that is deleted, or from long before, is not waited for."""
    await archive(session, NOW - 3 * HOUR, NOW - 99 * HOUR, state="new")
    await run(session, "DELETE FROM indexed_posts")
    assert await whole(session) == NOW - 3 * HOUR
    await run(session, "UPDATE posts SET deleted_at = :now", now=NOW)
    assert await whole(session) == NOW


async def test_what_changes_is_not_missing(session: AsyncSession) -> None:
    """An edit sends a post through the index again and has its story made anew: what it told came long ago."""
    numbers = await archive(session, NOW - 3 * HOUR)
    await stand(session, *numbers, arrived_at=NOW - 3 * HOUR)
    await run(session, "UPDATE posts SET state = 'new'")
    await run(session, "UPDATE stories SET changed_at = changed_at + interval '1 minute'")
    assert await shelf.waiting(session) == 1
    assert await whole(session) == NOW


async def test_another_post_of_a_known_story_is_missing(session: AsyncSession) -> None:
    """A story that stands there without its newest post."""
    one, two = await archive(session, NOW - 3 * HOUR, NOW - HOUR)
    await stand(session, one, arrived_at=NOW - 3 * HOUR)
    await run(session, "UPDATE indexed_posts SET story_id = :one WHERE story_id = :two", one=one, two=two)
    await run(session, "UPDATE stories SET changed_at = changed_at + interval '1 minute' WHERE id = :one", one=one)
    assert await whole(session) == NOW - HOUR
    await stand(session, one, arrived_at=NOW - HOUR)
    assert await whole(session) == NOW


async def test_what_was_taken_off_is_not_missing(session: AsyncSession) -> None:
    """A story that a filter dropped and that is made anew brings no yesterday back."""
    numbers = await archive(session, NOW - 3 * HOUR)
    await stand(session, *numbers, arrived_at=NOW - 3 * HOUR)
    await shelf.drop(session, numbers, now=NOW)
    assert await shelf.waiting(session) == 1
    assert await whole(session) == NOW
