"""What an endpoint can do about streams is found out by asking for one, and remembered."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from core.errors import ModelRefused
from summarize.model.complaints import adapted, complaint
from summarize.model.endpoints import Ability, Mode, Streaming
from summarize.model.heard import Heard
from tests.fakes.openai import Abilities, Fault
from tests.fakes.openai.abilities import MODES
from tests.unit.summarize.talking import GOOD, Note, ask, failure, talking

WHOLE = json.dumps(GOOD, ensure_ascii=False)
#: Statuses with which an endpoint may reject a request for what it asks.
STATUSES = [400, 404, 405, 406, 409, 415, 422, 500, 501]


async def test_an_endpoint_may_take_no_notice() -> None:
    """Where the answer comes at once, it is told once, and nothing is wrong with that."""
    told: list[str] = []
    async with talking(abilities=Abilities(streams="ignored")) as (endpoint, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.spent.told, reply.ability, told) == (Note(**GOOD), True, Ability(), [WHOLE])
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize(
    ("streams", "stream_options", "expected"),
    [("yes", False, Streaming.PLAIN), ("refused", True, Streaming.NONE), ("refused", False, Streaming.NONE)],
)
async def test_a_rejected_stream_is_found_out(
    streams: Literal["yes", "refused"], stream_options: bool, expected: Streaming, tells: bool
) -> None:
    """Whatever an endpoint says to reject streams or their options, it is asked without, and that is remembered."""
    abilities = Abilities(streams=streams, stream_options=stream_options, tells=tells)
    async with talking(abilities=abilities) as (endpoint, client):
        # A failure that is not explained is one.
        for endpoint.abilities.status in [one for one in STATUSES if tells or one != 500]:
            told: list[str] = []
            reply = await ask(client, growing=told.append)
            assert (reply.value, reply.ability) == (Note(**GOOD), Ability(streaming=expected))
            assert (reply.calls, reply.repaired) == (1, False)
            assert told[-1] == WHOLE
            assert (len(told) > 1) == (expected is Streaming.PLAIN)
            asked = len(endpoint.requests)
            again = await ask(client, reply.ability, told.append)
            assert (again.ability, len(endpoint.requests) - asked) == (reply.ability, 1)
            assert (again.spent.told, told[-1]) == (expected is Streaming.NONE, WHOLE)


async def test_a_mode_that_is_rejected_without_reason_does_not_cost_the_stream() -> None:
    """Where neither streams nor their options were to blame, both are asked for again in the next lower mode."""
    for modes, mode in ((MODES, Mode.SCHEMA), ({"json_object", "text"}, Mode.OBJECT), ({"text"}, Mode.TEXT)):
        async with talking(abilities=Abilities(modes=frozenset(modes), tells=False)) as (_, client):
            reply = await ask(client, growing=[].append)
        assert reply.ability == Ability(mode=mode)


@pytest.mark.parametrize("tells", [True, False])
async def test_all_abilities_are_found_out_in_one_watched_question(tells: bool) -> None:
    """An endpoint that can do next to nothing is understood within one question, told what is wrong or not."""
    abilities = Abilities(modes=frozenset({"text"}), streams="refused", tells=tells)
    if tells:
        abilities.limits, abilities.temperature = frozenset({"max_completion_tokens"}), False
    told: list[str] = []
    async with talking(abilities=abilities) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.calls, told) == (1, [WHOLE])
    assert (reply.ability.mode, reply.ability.streaming) == (Mode.TEXT, Streaming.NONE)


async def test_a_hopeless_endpoint_teaches_nothing_about_streams() -> None:
    """An endpoint that rejects whatever it is asked leaves the ability as it was."""
    async with talking(abilities=Abilities(modes=frozenset(), tells=False)) as (endpoint, client):
        error = await failure(client, growing=[].append)
    assert isinstance(error, ModelRefused)
    assert (error.ability, error.spent) == (Ability(), None)
    assert len(endpoint.requests) == len(Streaming) * len(Mode)


@pytest.mark.parametrize("fault", [Fault.STREAM_NOTHING, Fault.STREAM_ERROR_FIELD])
async def test_a_stream_that_tells_nothing_is_asked_for_at_once(fault: Fault) -> None:
    """Where a stream holds nothing that can be read, the answer is had without it, and that is remembered."""
    told: list[str] = []
    async with talking(fault=fault) as (endpoint, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.ability, told) == (Note(**GOOD), Ability(streaming=Streaming.NONE), [WHOLE])
    assert len(endpoint.requests) == 2


def test_who_speaks_of_upstream_does_not_speak_of_streams() -> None:
    """A proxy's word for what lies behind it is not taken for an objection; without a stream, nothing is."""
    heard = Heard(status=400, body=json.dumps({"error": {"message": "Bad response_format of upstream request"}}))
    objection = complaint(heard, is_streamed=True)
    assert not objection.is_about_streaming
    assert adapted(Ability(), Ability(), heard, objection) == Ability(mode=Mode.OBJECT)
    stream = Heard(status=400, body=json.dumps({"error": {"message": "stream is not supported"}}))
    assert complaint(stream, is_streamed=True).is_about_streaming
    assert not complaint(stream).is_about_streaming
    assert adapted(Ability(), Ability(), stream, complaint(stream)) == Ability(mode=Mode.OBJECT)
