"""An endpoint that can do less than it should, and everything that goes wrong at it."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from typing import Literal

import pytest

from core.errors import ModelBusy, ModelDenied, ModelError, ModelRefused, ModelUnreachable
from summarize.model import llm
from summarize.model.complaints import adapted, complaint, rejection, retry_after
from summarize.model.endpoints import Ability, Endpoint, Mode
from summarize.model.heard import Heard
from tests.fakes.openai import Abilities, FakeEndpoint, Fault, constant
from tests.unit.summarize.talking import GOOD, KEY, Note, ask, failure, talking

# Abilities


STATUSES = [400, 404, 405, 415, 422, 501]


@pytest.mark.parametrize(("modes", "expected"), [({"json_object", "text"}, Mode.OBJECT), ({"text"}, Mode.TEXT)])
async def test_the_mode_is_stepped_down(modes: set[str], expected: Mode) -> None:
    """A rejected response format is replaced by the next lower one, which is remembered and then used at once."""
    async with talking(abilities=Abilities(modes=frozenset(modes))) as (endpoint, client):
        for status in [*STATUSES, 500]:
            endpoint.abilities.status = status
            reply = await ask(client)
            assert reply.ability == Ability(mode=expected)
            assert (reply.calls, reply.repaired) == (1, False)
            asked = len(endpoint.requests)
            again = await ask(client, reply.ability)
            assert (again.ability, len(endpoint.requests) - asked) == (reply.ability, 1)
            assert '"maxLength":60' in endpoint.last.system


async def test_an_objection_without_reason_steps_the_mode_down() -> None:
    """An endpoint that only says that it does not like the request is asked in the next lower mode."""
    async with talking(abilities=Abilities(modes=frozenset({"text"}), tells=False)) as (endpoint, client):
        for status in STATUSES:
            endpoint.abilities.status = status
            assert (await ask(client)).ability == Ability(mode=Mode.TEXT)


@pytest.mark.parametrize("known", ["max_tokens", "max_completion_tokens"])
async def test_the_name_of_the_limit_is_found_out(known: Literal["max_tokens", "max_completion_tokens"]) -> None:
    """Whichever name an endpoint knows for the most tokens is used, from either start."""
    for start in ("max_tokens", "max_completion_tokens"):
        async with talking(abilities=Abilities(limits=frozenset({known}))) as (endpoint, client):
            reply = await ask(client, Ability(limit=start))
        assert reply.ability == Ability(limit=known)
        assert endpoint.last.body[known] == 300


async def test_several_abilities_are_found_out_in_one_question() -> None:
    """A reasoning model without schemas, temperature and max_tokens is understood within one question."""
    abilities = Abilities(modes=frozenset({"text"}), limits=frozenset({"max_completion_tokens"}), temperature=False)
    async with talking(abilities=abilities) as (endpoint, client):
        reply = await ask(client)
    assert reply.ability == Ability(mode=Mode.TEXT, limit="max_completion_tokens", temperature=False)
    assert reply.calls == 1
    assert not endpoint.last.body.keys() & {"temperature", "max_tokens", "response_format"}


async def test_what_was_found_out_survives_an_error() -> None:
    """An error carries what was found out before it, as far as the endpoint said it in words."""
    async with talking(abilities=Abilities(temperature=False), script=[None, Fault.RATE_429]) as (_, client):
        busy = await failure(client)
    async with talking(constant("no"), abilities=Abilities(modes=frozenset({"text"}))) as (_, client):
        useless = await failure(client)
    assert busy.ability == Ability(temperature=False)
    assert busy.spent is None
    assert useless.ability == Ability(mode=Mode.TEXT)


async def test_a_hopeless_endpoint_teaches_nothing() -> None:
    """An endpoint that rejects whatever it is asked leaves the ability as it was."""
    async with talking(abilities=Abilities(modes=frozenset(), tells=False)) as (endpoint, client):
        error = await failure(client)
    assert isinstance(error, ModelRefused)
    assert (error.ability, error.spent) == (Ability(), None)
    assert [one.mode for one in endpoint.requests] == ["json_schema", "json_object", "text"]


def test_fastapi_repeats_the_request_and_is_understood_all_the_same() -> None:
    """Of a validation error of FastAPI only the place and the message count, not the request that it repeats."""
    detail = [{"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted", "input": "max_tokens"}]
    heard = Heard(status=422, body=json.dumps({"detail": detail}))
    objection = complaint(heard)
    assert objection.is_about_format
    assert not objection.is_about_limit


# Troubles of the endpoint


@pytest.mark.parametrize(
    ("fault", "kind", "setting", "requests"),
    [
        (Fault.DENIED_401, ModelDenied, "SVODKA_LLM_KEY", 1),
        (Fault.DENIED_403, ModelDenied, "SVODKA_LLM_KEY", 1),
        (Fault.UNPAID_402, ModelDenied, "SVODKA_LLM_KEY", 1),
        (Fault.QUOTA_429, ModelDenied, "SVODKA_LLM_KEY", 1),
        (Fault.UNKNOWN_MODEL_404, ModelDenied, "SVODKA_LLM_MODEL", 1),
        (Fault.REDIRECT_307, ModelDenied, "SVODKA_LLM_URL", 1),
        (Fault.NO_SUCH_PATH_404, ModelDenied, "SVODKA_LLM_URL", 3),
        (Fault.TOO_LONG_400, ModelRefused, None, 1),
        (Fault.POLICY_400, ModelRefused, None, 3),
        (Fault.HTML_502, ModelUnreachable, None, 2),
        (Fault.ERROR_500, ModelUnreachable, None, 2),
        (Fault.ERROR_IN_200, ModelUnreachable, None, 2),
        (Fault.HTML_200, ModelUnreachable, None, 1),
        (Fault.NO_CHOICES, ModelUnreachable, None, 1),
    ],
)
async def test_faults_are_told_apart(fault: Fault, kind: type[ModelError], setting: str | None, requests: int) -> None:
    """Each fault of an endpoint is an error of its kind, which names the setting if it is the operator's to mend."""
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client)
    assert type(error) is kind
    assert getattr(error, "setting", None) == setting
    assert (error.spent, error.ability) == (None, Ability())
    assert len(endpoint.requests) == requests
    assert setting is None or setting in str(error)
    assert "/v1" not in str(error)


async def test_settings_of_another_name_are_named() -> None:
    """An endpoint whose variables begin otherwise has them named in errors."""
    async with FakeEndpoint(constant(GOOD), fault=Fault.DENIED_401) as endpoint:
        held = Endpoint(url=endpoint.url, model="m", key=KEY, timeout=5, settings="SVODKA_EMBED")
        async with llm.open_client(held) as client:
            with pytest.raises(ModelDenied, match="SVODKA_EMBED_KEY"):
                await llm.embed(client, ["a"], dimensions=None)


@pytest.mark.parametrize(
    "message",
    [
        'model "x" not found, try pulling it first',
        "The model `x` does not exist.",
        "Model Not Exist",
        "x is not a valid model ID",
        "Invalid model name passed in model=x",
        "model x:8b is not available on this server",
    ],
)
def test_unknown_models_are_recognised_by_their_message(message: str) -> None:
    """However an endpoint says that it does not know the model, the operator is sent to the setting of the model."""
    heard = Heard(status=404, body=json.dumps({"error": {"message": message}}))
    objection = complaint(heard)
    held = Endpoint(url="http://h/v1", model="x", key=None, timeout=1)
    assert adapted(Ability(), Ability(), heard, objection) is None
    error = rejection(held, heard, objection)
    assert isinstance(error, ModelDenied)
    assert error.setting == "SVODKA_LLM_MODEL"


async def test_a_server_that_fails_is_tried_once_more() -> None:
    """One 503 is forgotten, and not paid for."""
    async with talking(fault=Fault.ERROR_503_THEN_OK) as (endpoint, client):
        reply = await ask(client)
    assert (reply.calls, len(endpoint.requests)) == (1, 2)
    assert reply.spent.told


async def test_a_connection_that_breaks_is_tried_once_more() -> None:
    """An answer that broke off is asked for again; since the model may have worked, its prompt counts."""
    async with talking(script=[Fault.RESET]) as (_, client):
        reply = await ask(client)
    assert (reply.value, reply.calls, reply.spent.told) == (Note(**GOOD), 2, False)
    async with talking(fault=Fault.RESET) as (endpoint, client):
        error = await failure(client)
    assert isinstance(error, ModelUnreachable)
    assert len(endpoint.requests) == 2
    assert error.spent.tokens_in > 0


async def test_nobody_at_the_address_costs_nothing() -> None:
    """Where no connection comes about, nothing was sent and nothing is spent."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        async with llm.open_client(Endpoint(url=url, model="m", key=None, timeout=5), pause=0) as client:
            error = await failure(client)
    assert isinstance(error, ModelUnreachable)
    assert "SVODKA_LLM_URL" in str(error)
    assert error.spent is None


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (Fault.RATE_429, 7, 7),
        (Fault.RATE_429_MS, 7.25, 7.25),
        (Fault.RATE_429_DATE, 3500, 3600),
    ],
)
async def test_busy_says_when_to_come_back(fault: Fault, least: float, most: float) -> None:
    """Retry-After is understood in seconds, in milliseconds and as a date, and nobody waits in here."""
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client)
    assert isinstance(error, ModelBusy)
    assert error.retry_after is not None
    assert least <= error.retry_after <= most
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("fault", [Fault.RATE_429_NONE, Fault.RATE_429_NONSENSE])
async def test_busy_may_not_say_when(fault: Fault) -> None:
    """A 429 without a time that can be read is busy all the same."""
    async with talking(fault=fault) as (_, client):
        error = await failure(client)
    assert isinstance(error, ModelBusy)
    assert error.retry_after is None


@pytest.mark.parametrize("text", ["-5", "inf", "1e400", "9" * 400, "Wed, 99 Foo", ""])
def test_nonsense_is_no_time_to_come_back(text: str) -> None:
    """A time that makes no sense is none."""
    assert retry_after({"retry-after": text}, datetime.now(UTC)) is None


def test_a_time_that_has_passed_is_now() -> None:
    """A date that lies behind asks for no wait."""
    past = {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert retry_after(past, datetime.now(UTC)) == 0
