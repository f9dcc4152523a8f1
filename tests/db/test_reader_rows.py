"""Readers on a real Postgres: found by who subscribed them, locked one after the other, forgotten with every trace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.readers import NewDelivery, Reader, ReaderKind
from core.store import channels, conversations, incoming, memories, outbox, readers
from tests.flow.feed import NOW, post


async def add(
    session: AsyncSession, chat: int, *, kind: ReaderKind = ReaderKind.PERSON, by: int | None = None
) -> Reader:
    return await readers.add(
        session,
        chat_id=chat,
        thread_id=None,
        kind=kind,
        title=f"Чат {chat}",
        lang="ru",
        tz="Europe/Moscow",
        hour=9,
        subscribed_by=by,
        now=NOW,
    )


async def test_what_somebody_subscribed_is_found(session: AsyncSession) -> None:
    """Channels and groups are found by who subscribed them, by title; who takes over has them from then on."""
    first = await add(session, -2, kind=ReaderKind.CHANNEL, by=7)
    second = await add(session, -1, kind=ReaderKind.CHANNEL, by=7)
    await add(session, -3, kind=ReaderKind.GROUP, by=7)
    await add(session, -4, kind=ReaderKind.CHANNEL, by=8)
    found = await readers.subscribed_by(session, 7, ReaderKind.CHANNEL)
    assert [reader.id for reader in found] == [second.id, first.id]
    await readers.hand_over(session, first.id, 8)
    assert len(await readers.subscribed_by(session, 8, ReaderKind.CHANNEL)) == 2


async def test_the_last_day_that_was_delivered(session: AsyncSession) -> None:
    """The newest period counts; digests that were asked for have none, and others' don't count."""
    reader, other = await add(session, 1), await add(session, 2)
    assert await readers.last_period(session, reader.id) is None

    def delivery(of: Reader, period: date | None) -> NewDelivery:
        return NewDelivery(
            reader_id=of.id,
            chat_id=of.chat_id,
            thread_id=None,
            period=period,
            since=NOW,
            until=NOW,
            lang="ru",
            stories=(),
            bodies=(),
        )

    periods = [date(2026, 9, 2), date(2026, 9, 3), date(2026, 9, 1), None]
    await outbox.put(session, [delivery(reader, period) for period in periods], urgent=False, now=NOW)
    await outbox.put(session, [delivery(other, date(2026, 9, 9))], urgent=False, now=NOW)
    assert await readers.last_period(session, reader.id) == date(2026, 9, 3)


async def test_a_reader_that_is_gone_is_not_locked(session: AsyncSession) -> None:
    """Locking says that there is none."""
    reader = await add(session, 1)
    assert await readers.locked(session, reader.id) == reader
    await readers.forget(session, reader.id)
    assert await readers.locked(session, reader.id) is None


async def test_forgetting_takes_dialogues_and_names_along(session: AsyncSession) -> None:
    """Dialogues in private and in groups go, those of people with a longer or shorter number stay; so do their channels."""
    reader = await add(session, 77)
    channel = await add(session, -5, kind=ReaderKind.CHANNEL, by=77)
    for key in ("77:77:0", "-100:77:3", "177:177:0", "7:7:0", "-100:777:77"):
        await conversations.put(session, key, state="asked", data={}, now=NOW)
    assert [row["state"] for row in (await memories.everything(session, reader.id))["dialogues"]] == ["asked"] * 2
    assert len((await memories.everything(session, reader.id))["subscribed"]) == 1
    await readers.forget(session, reader.id)
    kept = [key for key in ("177:177:0", "7:7:0", "-100:777:77") if (await conversations.get(session, key))[0]]
    gone = [key for key in ("77:77:0", "-100:77:3") if (await conversations.get(session, key))[0]]
    assert (len(kept), gone) == (3, [])
    found = await readers.by_ids(session, [channel.id])
    assert [reader.subscribed_by for reader in found] == [None]


async def test_channels_that_are_read(session: AsyncSession) -> None:
    """Channels with posts stand by name with the count since then; deleted posts are none, and names alone are no channels."""
    batch = [post(1, 1, "старый", minutes=0), post(1, 2, "новый", minutes=60), post(2, 1, "удалённый", minutes=60)]
    batch += [post(2, 2, "живой", minutes=90), post(3, 1, "удалённый", minutes=60)]
    known = {item.channel: await channels.upsert(session, item.channel) for item in batch}
    await incoming.upsert(session, batch, channels=known, now=NOW)
    await session.execute(text("UPDATE posts SET deleted_at = now() WHERE text = 'удалённый'"))
    found = await channels.read(session, since=datetime(2026, 9, 1, 8, 30, tzinfo=UTC))
    assert [(channel.name, channel.posts) for channel in found] == [("Канал 1", 1), ("Канал 2", 1)]
    assert found[0].last_post == datetime(2026, 9, 1, 9, tzinfo=UTC)
    late = await channels.read(session, since=NOW + timedelta(days=1))
    assert [channel.posts for channel in late] == [0, 0]
