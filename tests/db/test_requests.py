"""Requests and their answers on a real Postgres: taken once, taken up again, heard of on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from core.db.engine import Database, Session
from core.db.listen import Listener, listening
from core.errors import NotFound, UsageError
from core.store import requests
from tests.flow.feed import NOW

LEASE = timedelta(seconds=30)


@pytest.fixture
async def listener(database: Database) -> AsyncIterator[Listener]:
    async with listening(database, requests.ANSWERS) as opened:
        yield opened


async def asked(database: Database, kind: str = "preview filter", **values: object) -> int:
    async with database.begin() as session:
        return await requests.ask(session, kind, values, now=NOW)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to be so."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110  rows are looked at
            await asyncio.sleep(0.01)


async def test_a_request_is_taken_once_and_answered(database: Database) -> None:
    """Oldest first; whoever comes while it is held gets the next one, or nothing."""
    first, second = await asked(database, days=7), await asked(database, "preview topic")
    async with database.begin() as session:
        assert await requests.is_waiting(session)
        taken = await requests.claim(session, now=NOW, lease=LEASE)
        async with database.begin() as other:
            next_one = await requests.claim(other, now=NOW, lease=LEASE)
            assert await requests.claim(other, now=NOW, lease=LEASE) is None
    assert taken is not None
    assert next_one is not None
    assert (taken.id, taken.kind, taken.asked, taken.done) == (first, "preview filter", {"days": 7}, False)
    assert next_one.id == second
    async with database.begin() as session:
        assert await requests.claim(session, now=NOW, lease=LEASE) is None
        assert await requests.finish(session, first, {"posts": 3})
        assert await requests.fail(session, second, "Такой темы нет")
        done, failed = await requests.get(session, first), await requests.get(session, second)
        assert not await requests.is_waiting(session)
    assert done is not None
    assert failed is not None
    assert (done.done, done.answer, done.reason) == (True, {"posts": 3}, None)
    assert (failed.done, failed.answer, failed.reason) == (True, None, "Такой темы нет")


async def test_what_a_dead_worker_held_is_taken_up(database: Database) -> None:
    """Once its lease has run out, unless it was extended; the first answer stands."""
    number = await asked(database)
    async with database.begin() as session:
        await requests.claim(session, now=NOW, lease=LEASE)
        assert await requests.claim(session, now=NOW + LEASE, lease=LEASE) is None
        await requests.extend(session, [number], now=NOW + LEASE, lease=LEASE)
        assert await requests.claim(session, now=NOW + LEASE + timedelta(seconds=1), lease=LEASE) is None
        again = await requests.claim(session, now=NOW + 2 * LEASE + timedelta(seconds=1), lease=LEASE)
        assert again is not None
        assert await requests.finish(session, number, {"by": "second"})
        assert not await requests.finish(session, number, {"by": "first"})
        assert not await requests.fail(session, number, "late")
        found = await requests.get(session, number)
    assert found is not None
    assert found.answer == {"by": "second"}


async def test_only_kinds_that_are_asked_for_are_taken(session: Session) -> None:
    """A worker that knows fewer kinds leaves the others."""
    await requests.ask(session, "question", {}, now=NOW)
    number = await requests.ask(session, "preview topic", {}, now=NOW)
    taken = await requests.claim(session, kinds=["preview topic"], now=NOW, lease=LEASE)
    assert taken is not None
    assert taken.id == number
    assert await requests.claim(session, kinds=["preview topic"], now=NOW, lease=LEASE) is None


async def test_a_request_wakes_whoever_answers_once(session: Session) -> None:
    """However many there are: a job is only a wake-up."""
    for _ in range(3):
        await requests.ask(session, "preview filter", {}, now=NOW)
    jobs = await session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'ask'"))
    assert jobs.scalar_one() == 1


async def test_hostile_words_are_kept_as_far_as_they_can_be(session: Session) -> None:
    """NUL and lone surrogates are no texts of PostgreSQL, and NaN no number of JSON."""
    number = await requests.ask(session, "x\x00", {"pattern": "a\x00b\ud800" * 5000}, now=NOW)
    await requests.finish(session, number, {"title": "a\x00b"})
    found = await requests.get(session, number)
    assert found is not None
    assert found.asked == {"pattern": "ab\ufffd" * 5000}
    assert found.answer == {"title": "ab"}
    with pytest.raises(UsageError):
        await requests.ask(session, "preview filter", {"threshold": float("nan")}, now=NOW)


async def test_old_requests_are_given_up_and_forgotten(session: Session) -> None:
    """Nobody waits for them any longer."""
    old = await requests.ask(session, "preview filter", {}, now=NOW - timedelta(hours=1))
    new = await requests.ask(session, "preview filter", {}, now=NOW)
    assert await requests.give_up(session, before=NOW - timedelta(minutes=10), reason="nobody was there") == 1
    found = await requests.get(session, old)
    assert found is not None
    assert found.reason == "nobody was there"
    assert await requests.forget(session, before=NOW) == 1
    assert await requests.get(session, old) is None
    assert await requests.get(session, new) is not None


# --- waiting ---------------------------------------------------------------------------------------------------------


async def connections(database: Database) -> list[int]:
    """The processes of Postgres that listen for us."""
    async with database.begin() as session:
        rows = await session.execute(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        )
        return [row.pid for row in rows]


async def test_hundreds_wait_on_one_connection(
    database: Database, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hears of its own answer, though nobody looks for itself."""
    monkeypatch.setattr(requests, "LOOK", 3600.0)
    numbers = [await asked(database, number=number) for number in range(200)]
    waiting = [asyncio.create_task(requests.answered(database, listener, number, timeout=120)) for number in numbers]
    await until(lambda: _are(connections(database), 1))
    for number in reversed(numbers):
        async with database.begin() as session:
            await requests.finish(session, number, {"to": number})
    found = await asyncio.gather(*waiting)
    assert [request.answer for request in found] == [{"to": number} for number in numbers]
    assert len(await connections(database)) == 1


async def _are(found: Awaitable[list[int]], count: int) -> bool:
    return len(await found) == count


async def test_an_answer_that_is_there_is_not_waited_for(database: Database, listener: Listener) -> None:
    """It may have come before anybody listened."""
    number = await asked(database)
    async with database.begin() as session:
        await requests.fail(session, number, "nothing")
    found = await requests.answered(database, listener, number, timeout=0)
    assert found.reason == "nothing"


async def test_who_has_waited_long_enough_gets_the_request_as_it_stands(database: Database, listener: Listener) -> None:
    """A late answer is no error; a request that never was is."""
    number = await asked(database)
    assert not (await requests.answered(database, listener, number, timeout=0)).done
    assert not (await requests.answered(database, listener, number, timeout=0.05)).done
    with pytest.raises(NotFound):
        await requests.answered(database, listener, number + 1000, timeout=60)


async def test_an_answer_is_heard_after_the_connection_was_lost(
    database: Database, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said while nobody listened is found when the connection is made anew, and what comes after is heard."""
    monkeypatch.setattr(requests, "LOOK", 3600.0)
    monkeypatch.setattr("core.db.listen.PAUSE", 0.01)
    first, second = await asked(database), await asked(database)
    tasks = [
        asyncio.create_task(requests.answered(database, listener, number, timeout=120)) for number in (first, second)
    ]
    await until(lambda: _are(connections(database), 1))
    (before,) = await connections(database)
    async with database.begin() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
        await requests.finish(session, first, {"while": "away"})
    assert (await tasks[0]).answer == {"while": "away"}
    await until(lambda: _are(connections(database), 1))
    assert await connections(database) != [before]
    async with database.begin() as session:
        await requests.finish(session, second, {"after": "that"})
    assert (await tasks[1]).answer == {"after": "that"}


async def test_a_lost_notification_only_costs_time(
    database: Database, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits looks now and then."""
    monkeypatch.setattr(requests, "LOOK", 0.02)
    number = await asked(database)
    waiting = asyncio.create_task(requests.answered(database, listener, number, timeout=120))
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await connection.execute(
            "UPDATE requests SET state = 'done', answer = '{\"quiet\": true}' WHERE id = %s", [number]
        )
    assert (await waiting).answer == {"quiet": True}


async def test_who_ceases_to_wait_leaves_nothing_behind(database: Database, listener: Listener) -> None:
    """A listener serves a process for its whole life."""
    number = await asked(database)
    waiting = asyncio.create_task(requests.answered(database, listener, number, timeout=120))
    await until(lambda: _knows(listener, str(number)))
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not listener._waiting


async def _knows(listener: Listener, payload: str) -> bool:
    return payload in listener._waiting
