"""The client of models against an endpoint on loopback: answers, repairs, time and money."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.errors import ModelAnswerError, ModelRefused, ModelTimeout
from summarize.model import llm
from summarize.model.answers import BAD_ANSWER_SHOWN
from summarize.model.endpoints import Ability, Mode
from tests.fakes.openai import Abilities, Fault, Request, constant, deaf, scripted
from tests.unit.summarize.talking import GOOD, PROMPT, QUESTION, UNKNOWN_POST, Note, ask, failure, talking


async def test_answer_is_validated_and_paid_for_as_told() -> None:
    """A good endpoint is asked once, with its schema, and the reply says what the endpoint said it took."""
    async with talking() as (endpoint, client):
        reply = await ask(client)
    assert reply.value == Note(title="Вышел Сверчок-2", posts=[7])
    assert json.loads(reply.text) == GOOD
    assert (reply.ability, reply.repaired, reply.calls) == (Ability(), False, 1)
    assert (reply.spent.tokens_in, reply.spent.told) == ((len(QUESTION.system) + len(PROMPT)) // 4, True)
    assert reply.spent.tokens_out == len(reply.text) // 4
    assert reply.spent.seconds > 0
    body = endpoint.last.body
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("fake-model", 300, 0.0)
    assert body["response_format"]["json_schema"]["strict"] is True
    assert [one["role"] for one in body["messages"]] == ["system", "user"]


@pytest.mark.parametrize("fault", [Fault.PROSE, Fault.THINK, Fault.PARTS, Fault.TRUNCATED_WHOLE])
async def test_json_is_taken_from_what_is_around_it(fault: Fault) -> None:
    """JSON in prose and fences, after a thought, in parts or at the very limit is taken without another question."""
    async with talking(fault=fault) as (_, client):
        reply = await ask(client)
    assert (reply.value, reply.repaired, reply.calls) == (Note(**GOOD), False, 1)


async def test_halves_of_characters_are_neither_sent_nor_returned() -> None:
    """Lone surrogates and NUL, which no database takes, are cleaned away on both ways."""
    question = replace(QUESTION, user="a\ud83d\0b")
    async with talking(constant('{"title": "\\u0000", "posts": []} \\ud83d'.replace("\\ud83d", "\0"))) as (
        endpoint,
        client,
    ):
        reply = await llm.ask(client, question, Ability())
    assert endpoint.last.user == "a?b"
    assert "\0" not in reply.text


# Repairs


@pytest.mark.parametrize(
    "fault",
    [Fault.EMPTY, Fault.NULL_CONTENT, Fault.TOOL_CALL, Fault.TRUNCATED, Fault.NOT_JSON, Fault.WRONG_KEYS],
)
async def test_a_useless_answer_is_repaired_once(fault: Fault) -> None:
    """After one useless answer the model is asked once more, and both answers are paid for."""
    async with talking(script=[fault]) as (endpoint, client):
        reply = await ask(client)
    assert (reply.value, reply.repaired, reply.calls) == (Note(**GOOD), True, 2)
    assert len(endpoint.requests) == 2
    assert reply.spent.told
    assert reply.spent.tokens_in > len(PROMPT) // 2
    repair = endpoint.last
    assert '"maxLength":60' in repair.system
    assert PROMPT in repair.user


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Fault.EMPTY, "empty"),
        (Fault.NULL_CONTENT, "empty"),
        (Fault.TOOL_CALL, "empty"),
        (Fault.TRUNCATED, "cut off"),
        (Fault.NOT_JSON, "not the JSON"),
        (Fault.WRONG_KEYS, "not the JSON"),
    ],
)
async def test_a_second_useless_answer_ends_it(fault: Fault, name: str) -> None:
    """Two useless answers are an error that says what was wrong and what both have cost."""
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client)
    assert isinstance(error, ModelAnswerError)
    assert name in str(error)
    assert len(endpoint.requests) == 2
    assert error.spent.told
    assert error.spent.tokens_in > 0
    assert error.ability == Ability()


async def test_a_repair_tells_what_is_wrong() -> None:
    """The bad answer is shown to the model, cut to a sane length, with what pydantic has to say about it."""
    long = {"title": "x" * 10_000, "posts": [1]}
    async with talking(scripted([long, GOOD])) as (endpoint, client):
        reply = await ask(client)
    system, user, assistant, wish = endpoint.last.messages
    assert [one["role"] for one in endpoint.last.messages] == ["system", "user", "assistant", "user"]
    assert user["content"] == PROMPT
    assert len(assistant["content"]) == BAD_ANSWER_SHOWN
    assert "title: String should have at most 60 characters" in wish["content"]
    assert "xxx" not in wish["content"]
    assert "JSON schema" in system["content"]
    assert reply.repaired


async def test_an_answer_that_only_breaks_a_rule_does_not_cost_the_schema() -> None:
    """An endpoint that enforces the schema is not blamed for a value that the schema cannot rule out."""
    async with talking(scripted([UNKNOWN_POST, GOOD])) as (endpoint, client):
        reply = await ask(client)
    assert reply.repaired
    assert reply.ability == Ability()
    assert endpoint.last.mode == "json_schema"
    assert "post 99 is not among the sources" in endpoint.last.last


async def test_a_cut_answer_is_asked_for_again_shorter() -> None:
    """After an answer that was cut off, a shorter one is asked for, without the torso of the first."""
    async with talking(script=[Fault.TRUNCATED]) as (endpoint, client):
        await ask(client)
    assert [one["role"] for one in endpoint.last.messages] == ["system", "user"]
    assert "shorter" in endpoint.last.user


@pytest.mark.parametrize("prose", ["The posts are about a new model.", {"result": "done"}, {"title": "a"}])
async def test_an_endpoint_that_ignores_the_schema_is_found_out(prose: Any) -> None:
    """When only the schema as text helps, the ability says so, and the next question begins with it."""
    async with talking(deaf(GOOD, prose)) as (endpoint, client):
        reply = await ask(client)
        again = await ask(client, reply.ability)
    assert reply.repaired
    assert reply.ability == Ability(mode=Mode.OBJECT)
    assert (again.repaired, again.calls, again.ability) == (False, 1, reply.ability)
    assert len(endpoint.requests) == 3


async def test_a_repair_adapts_as_well() -> None:
    """An endpoint that ignores schemas and rejects json_object ends up with text."""
    abilities = Abilities(modes=frozenset({"json_schema", "text"}))
    async with talking(deaf(GOOD), abilities=abilities) as (_, client):
        reply = await ask(client)
    assert (reply.ability, reply.calls) == (Ability(mode=Mode.TEXT), 2)


async def test_a_repair_that_fails_proves_nothing() -> None:
    """If the schema as text does not help either, the endpoint keeps its mode."""
    async with talking(constant("no JSON")) as (_, client):
        error = await failure(client)
    assert error.ability == Ability()


@pytest.mark.parametrize("fault", [Fault.REFUSAL, Fault.CONTENT_FILTER])
async def test_a_refusal_is_not_argued_with(fault: Fault) -> None:
    """A refusal ends the matter after one request, which is paid for."""
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client)
    assert isinstance(error, ModelRefused)
    assert len(endpoint.requests) == 1
    assert error.spent.told


# Time


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.SLOW])
async def test_time_runs_out(fault: Fault) -> None:
    """An endpoint that never answers, or a byte at a time, ends in a time-out, once, and its prompt counts."""
    async with talking(fault=fault, seconds=0.3) as (endpoint, client):
        error = await failure(client)
        endpoint.fault = None
        reply = await ask(client)
    assert isinstance(error, ModelTimeout)
    assert len(endpoint.requests) == 2
    assert error.spent == replace(error.spent, tokens_out=0, told=False)
    assert error.spent.tokens_in > 0
    assert reply.value == Note(**GOOD)


async def test_cancelling_is_no_time_out() -> None:
    """A question that its caller gives up ends as cancelled."""
    arrived = asyncio.Event()
    async with talking(fault=Fault.HANG) as (endpoint, client):
        endpoint.on_request = lambda _: arrived.set()
        task = asyncio.create_task(ask(client))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_many_questions_share_a_client() -> None:
    """Twenty questions are on their way at the same time, and each gets its own answer."""

    def echo(request: Request) -> dict[str, Any]:
        return {"title": request.user, "posts": []}

    async with talking(echo, together=20) as (endpoint, client):
        questions = [replace(QUESTION, user=f"question {number}") for number in range(20)]
        replies = await asyncio.gather(*(llm.ask(client, question, Ability()) for question in questions))
        assert endpoint.most_at_once == 20
        await ask(client)
        assert endpoint.connections == 20
    assert [reply.value.title for reply in replies] == [question.user for question in questions]


# Money


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NULL_USAGE])
async def test_untold_tokens_are_estimated(fault: Fault) -> None:
    """Where the endpoint does not say what it took, a token is three characters of what was sent and received."""
    async with talking(fault=fault) as (endpoint, client):
        reply = await ask(client)
    sent = len(json.dumps(endpoint.last.body, ensure_ascii=False))
    assert reply.spent.told is False
    assert reply.spent.tokens_in == -(-sent // 3)
    assert reply.spent.tokens_out == -(-len(reply.text) // 3)


async def test_one_untold_call_makes_the_sum_an_estimate() -> None:
    """The sum of a told and an untold call is not called told."""
    async with talking(scripted([UNKNOWN_POST, GOOD]), script=[None, Fault.NO_USAGE]) as (_, client):
        reply = await ask(client)
    assert (reply.calls, reply.spent.told) == (2, False)


# The fake itself


@pytest.mark.parametrize("brain", [scripted([]), lambda _: {}["missing"]])
async def test_a_brain_that_breaks_fails_the_test(brain: Callable[[Request], Any]) -> None:
    """What goes wrong inside a brain comes out of the endpoint, whatever the client has made of it."""
    with pytest.raises((IndexError, KeyError)):
        async with talking(brain) as (_, client):
            await failure(client)
