"""Answers that are watched go through the same books as all calls."""

from __future__ import annotations

from concurrent.futures import Executor

import pytest

from core.db.engine import Database
from core.errors import ModelError
from tests.fakes.openai import Abilities, Fault
from tests.flow.writing import Desk, Model, desk, question

SAID = '{"word": "да"}'


async def watched(at: Desk) -> list[str]:
    """All that is told of an answer while a worker has it written."""
    told: list[str] = []
    worker = await at.first()
    await worker.ask(question(), purpose="test", prompt="test.v1", subject="test", growing=told.append)
    return told


async def test_a_watched_call_is_in_the_books_as_any_other(database: Database, pool: Executor) -> None:
    """It is told as it grows, and costs what the endpoint says that it took."""
    async with desk(database, pool, Model(), tariff={"price_in": 2.0, "price_out": 8.0}) as at:
        worker = await at.first()
        await worker.ask(question(), purpose="test", prompt="test.v1", subject="test")
        told = await watched(at)
        plain, streamed = await at.calls()
    assert told[-1] == SAID
    assert len(told) > 1
    assert [one.body.get("stream") for one in at.endpoint.requests] == [None, True]
    for column in ("outcome", "tokens_in", "tokens_out", "cost", "purpose"):
        assert getattr(streamed, column) == getattr(plain, column), column


async def test_what_is_found_out_about_streams_is_remembered(database: Database, pool: Executor) -> None:
    """An endpoint that rejects streams is asked for one once, whichever worker asks later, and whatever it asks."""
    async with desk(database, pool, Model(), abilities=Abilities(streams="refused")) as at:
        assert await watched(at) == [SAID]
        before = len(at.endpoint.requests)
        other = await at.worker()
        told: list[str] = []
        await other.ask(question(), purpose="test", prompt="test.v1", subject="test")
        await other.ask(question(), purpose="test", prompt="test.v1", subject="test", growing=told.append)
    assert told == [SAID]
    assert [one.body.get("stream") for one in at.endpoint.requests] == [True, *[None] * (before - 1), None, None]


async def test_a_stream_that_breaks_is_paid_for_as_far_as_it_came(database: Database, pool: Executor) -> None:
    """What had come of an answer that broke off twice stands in the books, by an estimate."""
    async with desk(database, pool, Model(), fault=Fault.STREAM_ENDS) as at:
        with pytest.raises(ModelError):
            await watched(at)
        (call,) = await at.calls()
    assert call.outcome == "unreachable"
    assert call.tokens_out == 2 * 3
