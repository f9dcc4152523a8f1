"""Endpoints that fail and answers that cannot be used: the posts' own sentences are shown, and nobody is asked in vain."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from datetime import timedelta

import pytest

from core.db.engine import Database
from tests.fakes.openai import Fault, Request
from tests.fakes.openai.requests import Json
from tests.fakes.openai.writers import honest
from tests.flow import feed
from tests.flow.writing import NOW, OPENING, Model, desk, lone

FIRST = feed.post(1, 1, OPENING, minutes=0)


# --- endpoints that fail ----------------------------------------------------------------------------------------------


async def test_a_dead_endpoint_costs_one_time_out(database: Database, pool: Executor) -> None:
    """Of thirty stories only those that were asked about at once wait; digests have them all in the posts' own words."""
    async with desk(database, pool, fault=Fault.HANG, timeout=0.3) as at:
        await at.bring(*lone(30))
        counts = await at.write(langs=("ru", "en"))
        assert counts.left == 60
        assert "within 0.3 s" in counts.halted
        assert len(at.endpoint.requests) <= 4
        cards = await at.cards()
        assert len(cards) == 30
        assert all(card.title and not card.written_by for card in cards)


async def test_an_endpoint_is_left_alone_then_tried_by_one_call(database: Database, pool: Executor) -> None:
    """After a time-out nobody asks for a while; then one call goes first, and when it is answered, all is written."""
    async with desk(database, pool, fault=Fault.HANG, timeout=2) as at:
        await at.bring(*lone(6))
        await at.write()
        asked = len(at.endpoint.requests)
        at.endpoint.fault = None
        other = await at.worker()
        assert (await at.write(other)).left == 6
        assert len(at.endpoint.requests) == asked
        at.now += timedelta(seconds=61)
        alone: list[bool] = []

        async def brain(request: Request) -> Json | str:
            for _ in range(20 * (not alone)):
                await at.rows("SELECT 1")
            alone.append(len(at.endpoint.requests) == asked + 1)
            return honest(request)

        at.endpoint.brain = brain
        assert (await at.write(other)).written >= 1
        assert alone[0]
        assert (await at.write()).left == 0
        assert all(card.written_by for card in await at.cards())


async def test_an_endpoint_that_fails_again_rests_longer(database: Database, pool: Executor) -> None:
    """The second failure in a row doubles the rest."""
    async with desk(database, pool, fault=Fault.HTML_502) as at:
        await at.bring(FIRST)
        await at.write()
        at.now += timedelta(seconds=31)
        await at.write()
        asked = len(at.endpoint.requests)
        at.now += timedelta(seconds=31)
        await at.write()
        assert len(at.endpoint.requests) == asked
        at.now += timedelta(seconds=30)
        at.endpoint.fault = None
        assert (await at.write()).written == 1


async def test_retry_after_is_obeyed_by_all_workers(database: Database, pool: Executor) -> None:
    """An endpoint that asks for seven seconds is asked by no worker before they are over."""
    async with desk(database, pool, script=[Fault.RATE_429]) as at:
        await at.bring(FIRST)
        one, two = await at.worker(), await at.worker()
        assert (await at.write(one)).left == 1
        at.now += timedelta(seconds=6)
        assert [(await at.write(worker)).left for worker in (one, two)] == [1, 1]
        assert len(at.endpoint.requests) == 1
        at.now += timedelta(seconds=2)
        assert (await at.write(two)).written == 1


async def test_an_answer_on_its_way_does_not_end_a_rest(database: Database, pool: Executor) -> None:
    """A call that was sent before the endpoint asked to be left alone, and is answered after, lets nobody in."""
    async with desk(database, pool) as at:
        await at.bring(*lone(3))
        answered, refused = asyncio.Event(), asyncio.Event()

        async def brain(request: Request) -> Json | str:
            if len(at.endpoint.requests) == 1:
                refused.set()
                await answered.wait()
            return honest(request)

        at.endpoint.brain = brain
        one, two = await at.worker(), await at.worker()
        one.at_once = two.at_once = 1
        slow = asyncio.create_task(at.write(one))
        await refused.wait()
        at.endpoint.script = [Fault.RATE_429]
        assert (await at.write(two)).left >= 2
        assert len(at.endpoint.requests) == 2
        answered.set()
        await slow
        assert len(at.endpoint.requests) == 2


async def test_a_wrong_key_is_said_to_be_one(database: Database, pool: Executor) -> None:
    """Who is not let in is told which setting to look at, and the key is in no message."""
    async with desk(database, pool, fault=Fault.DENIED_401) as at:
        await at.bring(*lone(5))
        counts = await at.write()
        assert counts.left == 5
        assert "SVODKA_LLM_KEY" in counts.halted
        (resting,) = await at.rows("SELECT reason FROM endpoints")
        assert "SVODKA_LLM_KEY" in resting.reason
        assert "sk-test" not in resting.reason + counts.halted


async def test_calls_that_fail_together_are_one_failure(database: Database, pool: Executor) -> None:
    """An endpoint that lets four calls time out at once rests as long as after one."""
    async with desk(database, pool, fault=Fault.HANG, timeout=0.3, together=4) as at:
        await at.bring(*lone(4))
        await at.write()
        (row,) = await at.rows("SELECT failures, rests_until FROM endpoints")
        assert len(at.endpoint.requests) == 4
        assert (row.failures, row.rests_until) == (1, NOW + timedelta(seconds=30))


# --- answers that cannot be used --------------------------------------------------------------------------------------


UNSUPPORTED = {
    "title": "Компания Quorvexa купила Vilmaris за 912 млрд долларов",
    "gist": {"text": "Компания Quorvexa купила Vilmaris за 912 млрд долларов.", "posts": [1]},
    "claims": [{"text": "Сделку подтвердил Игорь Заблудшев из Quorvexa Labs.", "posts": [1], "kind": "agreed"}],
    "topics": ["llm"],
    "language": "ru",
}
WRONG_IDS = {
    "title": "Лаборатория «Медный кот» открыла веса модели Torvex-9B",
    "gist": {"text": "Модель Torvex-9B обучена на 4 трлн токенов.", "posts": [41]},
    "claims": [{"text": "Модель Torvex-9B обучена на 4 трлн токенов.", "posts": [42, 0], "kind": "agreed"}],
    "topics": [],
    "language": "ru",
}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.TRUNCATED, None),
        (Fault.REFUSAL, None),
        (Fault.CONTENT_FILTER, None),
        (Fault.NOT_JSON, None),
        (Fault.EMPTY, None),
        (Fault.WRONG_KEYS, None),
        (Fault.TOO_LONG_400, None),
        (None, UNSUPPORTED),
        (None, WRONG_IDS),
        (None, {**WRONG_IDS, "gist": {"text": "\x00", "posts": [1]}, "claims": [], "title": "\x00\x00"}),
    ],
)
async def test_a_useless_answer_is_asked_for_once(
    database: Database, pool: Executor, fault: Fault | None, says: Json | None
) -> None:
    """The card keeps the posts' own sentences, and the model is asked again only when the texts have changed."""
    model = Model(says=says)
    async with desk(database, pool, model, fault=fault) as at:
        await at.bring(FIRST)
        counts = await at.write()
        assert (counts.extracted, counts.halted) == (1, "")
        card = await at.card()
        assert (card.written_by, bool(card.sentences)) == ("", True)
        assert "Quorvexa" not in str(card)
        asked = len(at.endpoint.requests)
        assert (await at.write()).current == 1
        assert len(at.endpoint.requests) == asked
        at.endpoint.fault, model.says = None, None
        await at.edit(FIRST, OPENING.replace("4 трлн", "5 трлн"))
        assert (await at.write()).written == 1


async def test_prose_around_an_answer_does_no_harm(database: Database, pool: Executor) -> None:
    """JSON in prose and fences is read as what it holds."""
    async with desk(database, pool, fault=Fault.PROSE) as at:
        await at.bring(FIRST)
        assert (await at.write()).written == 1


async def test_one_useless_answer_does_not_stop_the_others(database: Database, pool: Executor) -> None:
    """A refusal is of one story; the next ones are asked about and written."""
    async with desk(database, pool, script=[Fault.REFUSAL]) as at:
        await at.bring(*lone(4))
        counts = await at.write()
        assert (counts.written, counts.extracted, counts.left) == (3, 1, 0)
