"""What fails beside the conversation reaches the admins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import background
from core.db.engine import Database
from core.errors import DatabaseError
from core.queue import Tick, ticking
from core.store import troubles

NOW = datetime(2026, 9, 18, 6, tzinfo=UTC)


async def kept(database: Database) -> list[tuple[str, str]]:
    async with database.begin() as session:
        return [(one.place, one.error) for one in await troubles.recent(session, limit=10)]


async def test_a_tick_that_fails_is_kept(database: Database) -> None:
    """What a tick meets when APScheduler runs it stands under /errors."""

    async def ask() -> None:
        raise ValueError("no such table")

    async with ticking(
        [Tick(name="delivering", ask=ask, every=timedelta(milliseconds=1))],
        failed=background.troubled(database, clock=lambda: NOW),
    ):
        while not (found := await kept(database)):
            pass
    assert found == [("delivering", "ValueError: no such table")]


async def test_what_fails_again_and_again_is_kept_once_in_a_while(database: Database) -> None:
    """A tick comes every ten seconds: its failure is kept again only after half an hour; another place's at once."""
    now = NOW
    failed = background.troubled(database, clock=lambda: now)
    await failed("delivering", ValueError("a"))
    await failed("delivering", ValueError("b"))
    await failed("forgetting", ValueError("c"))
    now += background.AGAIN + timedelta(seconds=1)
    await failed("delivering", ValueError("d"))
    assert [error for _, error in await kept(database)] == ["ValueError: d", "ValueError: c", "ValueError: a"]


async def test_an_error_of_ours_is_a_sentence_in_the_log(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """What we raise on purpose has no traceback: its sentence is enough; what nobody foresaw has one."""
    failed = background.troubled(database, clock=lambda: NOW)
    await failed("delivering", DatabaseError("the database gave up: the disk is full"))
    out = capsys.readouterr().out
    assert "the disk is full" in out
    assert "Traceback" not in out
    try:
        raise ValueError("unforeseen")
    except ValueError as error:
        await failed("delivering", error)
    assert "Traceback" in capsys.readouterr().out
