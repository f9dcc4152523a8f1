"""Chats that are lost and chats that move, on a real Postgres."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from core.readers import Reader, ReaderState
from core.store import chats, readers
from tests.flow import mail
from tests.flow.mail import NOW

OLD, NEW = -4001, -1001234567890


async def found(session: AsyncSession, reader: Reader) -> Reader | None:
    return next(iter(await readers.by_ids(session, [reader.id])), None)


async def test_a_lost_reader_gets_nothing_more(session: AsyncSession) -> None:
    """It is due no more, what waits for it fails with the reason, and others are not concerned."""
    lost, other = await mail.reader(session, 1), await mail.reader(session, 2)
    await mail.put(session, lost, "1", "2")
    await mail.put(session, other, "3")
    await chats.lose(session, lost.id, reason="blocked", now=NOW)
    after = await found(session, lost)
    assert after is not None
    assert (after.state, after.reason, after.due_at) == (ReaderState.LOST, "blocked", None)
    rows = await mail.rows(session)
    assert {key: (row.state, row.error) for key, row in rows.items()} == {
        "1": ("failed", "blocked"),
        "2": ("failed", "blocked"),
        "3": ("pending", None),
    }


async def test_a_group_that_becomes_a_supergroup_is_followed(session: AsyncSession) -> None:
    """Its reader keeps everything but the number, and what waits goes to the new one, at once. Twice is as once."""
    reader = await mail.reader(session, OLD)
    await mail.put(session, reader, "1", "2")
    for _ in range(2):
        await chats.migrate(session, OLD, NEW, now=NOW)
    after = await found(session, reader)
    assert after is not None
    assert (after.chat_id, after.state) == (NEW, ReaderState.ACTIVE)
    assert [taken.message.chat_id for taken in await mail.claim(session)] == [NEW]


@pytest.mark.parametrize(
    ("old_active", "new_active", "stays"), [(True, False, "old"), (False, True, "new"), (True, True, "new")]
)
async def test_two_readers_of_one_group_become_one(
    session: AsyncSession, old_active: bool, new_active: bool, stays: str
) -> None:
    """If the supergroup reads already, the active one stays, or that of the supergroup; a digest goes out once."""
    old, new = await mail.reader(session, OLD), await mail.reader(session, NEW)
    for one, is_active in ((old, old_active), (new, new_active)):
        await mail.put(session, one, f"дайджест {one.chat_id}")
        if not is_active:
            await readers.stop(session, one.id, state=ReaderState.PAUSED, reason=None)
    await chats.migrate(session, OLD, NEW, now=NOW)
    kept = await readers.of_chat(session, NEW, thread_id=None)
    assert kept is not None
    assert kept.id == (old if stays == "old" else new).id
    assert kept.state is ReaderState.ACTIVE
    taken = await mail.claim(session)
    assert mail.words(taken) == [f"дайджест {OLD if stays == 'old' else NEW}"]
    assert [one.message.chat_id for one in taken] == [NEW]
    if stays == "new":
        left = await found(session, old)
        assert left is not None
        assert (left.state, left.reason) == (ReaderState.LOST, "moved")
    await chats.migrate(session, OLD, NEW, now=NOW)
    assert await readers.of_chat(session, NEW, thread_id=None) == kept
