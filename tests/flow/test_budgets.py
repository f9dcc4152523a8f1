"""Calls of a model keep to the day's money and tokens, to places and to calls a minute, whoever makes them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.db.engine import Database
from core.errors import BudgetSpent, EndpointResting, ModelError
from summarize import questions
from summarize.model import llm
from summarize.model.meter import Meter
from summarize.prompts import load
from summarize.schemas import AdAnswer, SummaryAnswer
from tests.fakes.openai import Abilities, Fault, Request
from tests.fakes.openai.abilities import MODES
from tests.fakes.openai.requests import Json
from tests.flow.writing import Desk, Model, Word, desk, question

PRICES = {"price_in": 2.0, "price_out": 8.0}


async def ask(worker: Meter, asked: llm.Question[Any] | None = None, subject: str = "test") -> llm.Reply[Any]:
    return await worker.ask(asked or question(), purpose="test", prompt="test.v1", subject=subject)


async def tried(worker: Meter, asked: llm.Question[Any] | None = None) -> str:
    """The name of the error with which a call ends, "" for none."""
    try:
        await ask(worker, asked)
    except ModelError as error:
        return type(error).__name__
    return ""


async def planned(at: Desk, asked: llm.Question[Any] | None = None) -> Any:
    """The share that a call takes of a budget, read while it runs."""
    seen: list[Any] = []
    brain = at.endpoint.brain

    async def look(_request: Request) -> Json | str:
        seen.extend(await at.rows("SELECT * FROM model_calls WHERE outcome = 'open'"))
        return {"word": "да"}

    at.endpoint.brain = look
    await ask(await at.worker(), asked)
    at.endpoint.brain = brain
    await at.rows("DELETE FROM model_calls RETURNING 1")
    return seen[0]


def wordy(most_tokens: int) -> Any:
    """Answers with as many tokens as it may: first in prose, then with what was asked for."""
    size = 4 * most_tokens

    def brain(request: Request) -> Json | str:
        is_repair = len(request.messages) > 2 or "There is no JSON object" in request.user
        return '{"word": "' + "а" * (size - 13) + '"}' if is_repair else "прошу прощения " * (size // 15)

    return brain


# --- the books --------------------------------------------------------------------------------------------------------


async def test_every_call_is_in_the_books(database: Database, pool: Executor) -> None:
    """With purpose, prompt, subject, tokens, cost, seconds and how it ended; also one that failed."""
    script = [None, Fault.NOT_JSON, None, Fault.REFUSAL, Fault.NOT_JSON, Fault.NOT_JSON, Fault.RATE_429]
    async with desk(database, pool, Model(), tariff=PRICES, script=script) as at:
        worker = await at.first()
        for number in range(5):
            await asyncio.gather(ask(worker, subject=f"story {number}"), return_exceptions=True)
        found = await at.calls()
        assert [row.outcome for row in found] == ["answered", "repaired", "refused", "useless", "busy"]
        assert [row.subject for row in found] == [f"story {number}" for number in range(5)]
        assert {(row.purpose, row.prompt, row.model) for row in found} == {("test", "test.v1", "fake-model")}
        assert all(row.seconds is not None for row in found)
        for row in found[:4]:
            assert row.tokens_in > 0
            assert row.cost == pytest.approx((row.tokens_in * 2 + row.tokens_out * 8) / 1e6)
        assert found[1].tokens_in > 2 * found[0].tokens_in * 0.9
        assert (found[4].tokens_in, found[4].cost) == (0, 0)


async def test_a_call_that_times_out_is_paid_for(database: Database, pool: Executor) -> None:
    """Nobody knows what the model did with it, so what was sent counts."""
    async with desk(database, pool, fault=Fault.HANG, timeout=0.3, tariff=PRICES) as at:
        assert await tried(await at.first()) == "ModelTimeout"
        (row,) = await at.calls()
        assert (row.outcome, row.tokens_in > 0, row.cost > 0) == ("timeout", True, True)


async def test_embeddings_are_in_the_books(database: Database, pool: Executor) -> None:
    """They count for the same budgets as answers."""
    async with desk(database, pool, tariff=PRICES) as at:
        await (await at.first()).embed(["один", "два"], subject="posts 1 and 2")
        (row,) = await at.calls()
        assert (row.purpose, row.outcome, row.tokens_out, row.tokens_in > 0) == ("embed", "answered", 0, True)


# --- money and tokens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", ["daily_money", "daily_tokens"])
async def test_twenty_calls_of_two_workers_keep_to_the_budget(database: Database, pool: Executor, budget: str) -> None:
    """However many tokens the answers take, what is spent stays within the day's budget, and some calls are made."""
    asked = question("Что нового? " * 40, most_tokens=300)
    async with desk(database, pool, wordy(300), tariff={**PRICES, "at_once": 20}) as at:
        share = await planned(at, asked)
        limit = 4.5 * (share.cost if budget == "daily_money" else share.tokens_in + share.tokens_out)
        workers = [await at.worker(**{budget: limit}) for _ in range(2)]
        ended = await asyncio.gather(*(tried(workers[number % 2], asked) for number in range(20)))
        found = await at.calls()
        assert ended.count("BudgetSpent") == 20 - len(found) > 0
        assert len(found) >= 4
        assert all(row.outcome == "repaired" for row in found)
        spent = sum(row.cost if budget == "daily_money" else row.tokens_in + row.tokens_out for row in found)
        assert spent <= limit
        # It is hard also at every moment, also when calls come one by one.
        while not await tried(workers[0], asked):
            pass
        found = await at.calls()
        assert sum(row.cost if budget == "daily_money" else row.tokens_in + row.tokens_out for row in found) <= limit


@pytest.mark.parametrize(
    "asked",
    [
        question("What is new? " * 500, most_tokens=200),
        llm.Question(system=load(questions.AD).text, user="Пост " * 50, name="ad", schema=AdAnswer, most_tokens=200),
        llm.Question(
            system=load("summary").text, user="Пост " * 50, name="summary", schema=SummaryAnswer, most_tokens=600
        ),
    ],
    ids=["long", "ad", "summary"],
)
@pytest.mark.parametrize(
    "script",
    [[], [Fault.RESET, None, Fault.RESET, None], [None, Fault.RESET, Fault.RESET]],
    ids=["plain", "cut", "lost"],
)
async def test_no_call_takes_more_than_its_share(
    database: Database, pool: Executor, asked: llm.Question[Any], script: list[Fault | None]
) -> None:
    """With the schema in the prompt, a repair, and connections that are cut, a call takes at most what was set aside."""
    abilities = Abilities(modes=MODES - {"json_schema", "json_object"})
    open_: list[Any] = []

    async def brain(_request: Request) -> Json | str:
        open_.extend(await at.rows("SELECT * FROM model_calls WHERE outcome = 'open'"))
        return "x" * 4 * asked.most_tokens

    async with desk(database, pool, brain, tariff=PRICES, abilities=abilities) as at:
        # What the endpoint can do is found out first, so that the script is of the call alone.
        await tried(await at.first())
        await at.rows("DELETE FROM model_calls RETURNING 1")
        open_.clear()
        at.endpoint.script = [*script]
        await tried(await at.first(), asked)
        (row,) = await at.calls()
        assert row.tokens_in + row.tokens_out <= open_[0].tokens_in + open_[0].tokens_out
        assert row.cost <= open_[0].cost


@pytest.mark.parametrize(("budget", "setting"), [("daily_money", "MONEY"), ("daily_tokens", "TOKENS")])
async def test_a_budget_of_nothing_asks_nothing(database: Database, pool: Executor, budget: str, setting: str) -> None:
    """No request is made, and the message names the setting."""
    async with desk(database, pool, tariff={**PRICES, budget: 0}) as at:
        with pytest.raises(BudgetSpent, match=f"SVODKA_LLM_DAILY_{setting}"):
            await ask(await at.first())
        assert at.endpoint.requests == []
        assert await at.calls() == []


async def test_what_is_free_needs_no_money(database: Database, pool: Executor) -> None:
    """A model without prices is asked though the budget of money is nothing."""
    async with desk(database, pool, tariff={"daily_money": 0}) as at:
        assert await tried(await at.first()) == ""


async def test_a_day_ends_at_midnight_where_the_operator_lives(database: Database, pool: Executor) -> None:
    """In Moscow the budget is whole again at 21:00 UTC, not before and not at midnight UTC."""
    async with desk(database, pool, tariff=PRICES) as at:
        share = await planned(at)
        worker = await at.worker(daily_money=share.cost)
        at.now = datetime(2026, 9, 1, 20, 58, tzinfo=UTC)
        assert await tried(worker) == ""
        at.now = datetime(2026, 9, 1, 20, 59, 59, tzinfo=UTC)
        assert await tried(worker) == "BudgetSpent"
        at.now = datetime(2026, 9, 1, 21, 0, tzinfo=UTC)
        assert await tried(worker) == ""
        at.now = datetime(2026, 9, 2, 0, 1, tzinfo=UTC)
        assert await tried(worker) == "BudgetSpent"


async def test_a_lost_call_keeps_its_share_and_frees_its_place(database: Database, pool: Executor) -> None:
    """What a dead worker asked for may have been paid for; once its time is over, others take its place."""
    async with desk(database, pool, tariff={**PRICES, "at_once": 1}, fault=Fault.HANG, timeout=5) as at:
        share = (await lost(at))[0]
        at.endpoint.fault = None
        at.now += timedelta(seconds=4 * 5 + 31)
        poor = await at.worker(daily_money=1.5 * share.cost)
        assert await tried(poor) == "BudgetSpent"
        assert await tried(await at.worker(daily_money=2.5 * share.cost)) == ""
        assert [row.outcome for row in await at.calls()] == ["open", "answered"]


async def lost(at: Desk) -> list[Any]:
    """The call of a worker that was stopped while it waited for the answer."""
    arrived = asyncio.Event()
    at.endpoint.on_request = lambda _request: arrived.set()
    stopped = asyncio.create_task(ask(await at.worker()))
    await arrived.wait()
    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)
    at.endpoint.on_request = None
    return list(await at.calls())


# --- places and minutes -----------------------------------------------------------------------------------------------


async def test_two_workers_share_the_places(database: Database, pool: Executor) -> None:
    """Of twelve calls of two workers never more than three are on their way, and three are."""
    async with desk(database, pool, tariff={"at_once": 3}, together=3) as at:
        workers = [await at.worker(), await at.worker()]
        assert await asyncio.gather(*(tried(workers[number % 2]) for number in range(12))) == [""] * 12
        assert at.endpoint.most_at_once == 3


async def test_two_workers_share_the_minutes(database: Database, pool: Executor) -> None:
    """Of eight calls no more than three begin within any minute."""
    async with desk(database, pool, tariff={"per_minute": 3, "at_once": 8}) as at:
        at.tick = timedelta(seconds=3)
        workers = [await at.worker(), await at.worker()]
        assert await asyncio.gather(*(tried(workers[number % 2]) for number in range(8))) == [""] * 8
        begun = sorted(row.started_at for row in await at.calls())
        assert len(begun) == 8
        assert all(later - earlier >= timedelta(minutes=1) for earlier, later in zip(begun, begun[3:], strict=False))


async def test_who_would_wait_too_long_is_told_so(
    database: Database, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full minute is no failure of the endpoint: the call is given up, and the endpoint is not left alone."""
    monkeypatch.setattr("summarize.model.meter.PATIENCE", 0.0)
    async with desk(database, pool, tariff={"per_minute": 1}, timeout=1) as at:
        worker = await at.first()
        assert await tried(worker) == ""
        with pytest.raises(EndpointResting, match="per minute"):
            await ask(worker)
        assert await at.rows("SELECT 1 FROM endpoints WHERE rests_until IS NOT NULL") == []


# --- what is remembered -----------------------------------------------------------------------------------------------


async def test_what_an_endpoint_can_do_is_found_out_once(database: Database, pool: Executor) -> None:
    """A worker that comes later does not ask for a schema where another was told that there is none."""
    async with desk(database, pool, abilities=Abilities(modes=MODES - {"json_schema"})) as at:
        await ask(await at.worker())
        assert [request.mode for request in at.endpoint.requests] == ["json_schema", "json_object"]
        await ask(await at.worker())
        assert [request.mode for request in at.endpoint.requests][2:] == ["json_object"]


async def test_a_word_is_a_word(database: Database, pool: Executor) -> None:
    """An answer comes back as what was asked for."""
    async with desk(database, pool) as at:
        assert (await ask(await at.first())).value == Word(word="да")
