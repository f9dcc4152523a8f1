"""Readers and what is on its way to them, in a form that is short to write and can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.readers import Body, MessageState, NewDelivery, Reader, ReaderKind
from core.store import claims, outbox, readers
from core.store.claims import Result, Taken

NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)
LEASE = timedelta(seconds=45)
TODAY = date(2026, 9, 14)


def after(seconds: float) -> datetime:
    """So many seconds later."""
    return NOW + timedelta(seconds=seconds)


async def reader(session: AsyncSession, chat_id: int = 1001, *, thread_id: int | None = None) -> Reader:
    """An active reader: a person, or, with a negative number, a group."""
    made = await readers.add(
        session,
        chat_id=chat_id,
        thread_id=thread_id,
        kind=ReaderKind.PERSON if chat_id > 0 else ReaderKind.GROUP,
        title="",
        lang="ru",
        tz="Europe/Moscow",
        hour=9,
        subscribed_by=None,
        now=NOW,
    )
    await readers.activate(session, made.id, since=NOW, due_at=NOW + timedelta(days=1))
    return made


def digest(to: Reader, *texts: str, period: date | None = TODAY) -> NewDelivery:
    """A digest with a message for each text."""
    return NewDelivery(
        reader_id=to.id,
        chat_id=to.chat_id,
        thread_id=to.thread_id,
        period=period,
        since=NOW - timedelta(days=1),
        until=NOW,
        lang="ru",
        stories=(7, 8),
        bodies=tuple(Body(text=words, stories=(7,)) for words in texts),
    )


async def put(session: AsyncSession, to: Reader, *texts: str, urgent: bool = False, now: datetime = NOW) -> list[int]:
    """Write a digest that was asked for."""
    return await outbox.put(session, [digest(to, *texts, period=None)], urgent=urgent, now=now)


async def claim(session: AsyncSession, limit: int = 100, *, now: datetime = NOW, urgent: bool = False) -> list[Taken]:
    return await claims.claim(session, limit=limit, lease=LEASE, now=now, urgent=urgent)


async def begin(session: AsyncSession, taken: Sequence[Taken], *, now: datetime = NOW) -> set[int]:
    return await claims.begin(session, [(one.message.id, one.until) for one in taken], lease=LEASE, now=now)


def sent(taken: Taken, *, now: datetime = NOW, number: int = 5) -> Result:
    """The result of a message that was begun then and has arrived."""
    return Result(id=taken.message.id, until=now + LEASE, state=MessageState.SENT, telegram_id=number)


async def send(session: AsyncSession, taken: Sequence[Taken], *, now: datetime = NOW) -> None:
    """Begin claimed messages and have them arrive."""
    assert len(await begin(session, taken, now=now)) == len(taken)
    await claims.finish(session, [sent(one, now=now) for one in taken], now=now)


def words(taken: Sequence[Taken]) -> list[str]:
    return [one.message.body.text for one in taken]


async def rows(session: AsyncSession) -> dict[str, Row[Any]]:
    """The messages, by their texts."""
    found = await session.execute(
        text("SELECT m.*, b.text FROM messages m JOIN bodies b ON b.id = m.body_id ORDER BY m.id")
    )
    return {row.text: row for row in found}


async def states(session: AsyncSession) -> dict[str, str]:
    """Where each message is, by its text."""
    return {words: row.state for words, row in (await rows(session)).items()}
