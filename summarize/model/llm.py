"""Asks any OpenAI-compatible endpoint (OpenAI, vLLM, Ollama, llama.cpp) and returns what it said, validated.

What an endpoint can do is found out by asking, and handed back for the caller to remember. It knows nothing of the
database, of budgets or of prompts.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic

from core.errors import ModelAnswerError, ModelDenied, ModelError, ModelRefused, ModelTimeout, ModelUnreachable
from summarize.model import answers
from summarize.model.asking import Answer, Flaw, Question, chat_request, embeddings_request
from summarize.model.complaints import REJECTED, adapted, busy, complaint, rejection
from summarize.model.endpoints import Ability, Endpoint, Mode
from summarize.model.heard import Growing, Heard, Json, Lost, Send

#: All that is needed for asking has its name here too.
__all__ = [
    "Ability",
    "Answer",
    "Client",
    "Endpoint",
    "Growing",
    "Question",
    "Reply",
    "Spent",
    "ask",
    "embed",
    "open_client",
]

CHARACTERS_PER_TOKEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was used up. `told` is False where the endpoint did not say and tokens are estimated from characters."""

    tokens_in: int
    tokens_out: int
    seconds: float
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[Answer]):
    """A validated answer. `calls` counts the requests on which the model worked; `spent` is of all of them."""

    value: Answer
    text: str
    spent: Spent
    ability: Ability
    repaired: bool
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An open connection to an endpoint, which any number of tasks may share. `pause`: seconds before a second try."""

    endpoint: Endpoint
    pause: float
    send: Send = field(repr=False)


@asynccontextmanager
async def open_client(endpoint: Endpoint, *, pause: float = 1.0) -> AsyncIterator[Client]:
    """Open a client of the endpoint; nothing is sent yet.

    Raises:
        ModelDenied: the address or the key cannot be right.
    """
    from summarize.model import sending  # noqa: PLC0415  a second, for openai, that commands without a model should not pay

    async with sending.open_sender(endpoint) as send:
        yield Client(endpoint=endpoint, pause=pause, send=send)


async def ask(
    client: Client, question: Question[Answer], ability: Ability, *, growing: Growing | None = None
) -> Reply[Answer]:
    """Ask, adapting to what the endpoint can do, and have a bad answer repaired once.

    `growing` is told the text so far each time that it has grown, once if the endpoint sends it all at once. It is the text
    as the model says it, nothing of it is validated; where the answer begins anew, so does the text.

    Raises:
        ModelError: one of its kinds, with what was spent and what was found out about the endpoint until then.
    """
    talk = _Talk(client, ability, growing)
    try:
        return await _ask(talk, question)
    except ModelError as error:
        error.spent, error.ability = talk.spent, talk.ability
        raise


async def _ask(talk: _Talk, question: Question[Answer]) -> Reply[Answer]:
    said, _ = await talk.chat(question, talk.ability)
    found = answers.read(said, question)
    repaired = isinstance(found, Flaw)
    if isinstance(found, Flaw):
        # Whoever takes a schema and answers something else does not enforce it, so that it has to stand in the prompt.
        ignored = found.is_shapeless and talk.ability.mode is Mode.SCHEMA
        wanted = replace(talk.ability, mode=Mode.OBJECT) if ignored else talk.ability
        said, ability = await talk.chat(question, wanted, found)
        found = answers.read(said, question)
        if isinstance(found, Flaw):
            raise ModelAnswerError(f"The answer of {talk.endpoint.model} is of no use, twice: {found.name}")
        talk.ability = ability
    assert talk.spent  # the model has answered
    return Reply(
        value=found, text=said.text, spent=talk.spent, ability=talk.ability, repaired=repaired, calls=talk.calls
    )


async def embed(client: Client, texts: Sequence[str], *, dimensions: int | None) -> tuple[list[list[float]], Spent]:
    """Embed texts: one vector each, in their order, all of one length (`dimensions`, if it is given), not normalised.

    Raises:
        ModelError: one of its kinds, with what was spent until then.
    """
    if not texts:
        return [], Spent(tokens_in=0, tokens_out=0, seconds=0.0, told=True)
    talk = _Talk(client, Ability())
    try:
        vectors = await talk.embed(texts, dimensions)
    except ModelError as error:
        error.spent = talk.spent
        raise
    assert talk.spent  # the model has answered
    return vectors, talk.spent


class _Talk:
    """The requests for one question: what they have cost, and what they have shown about the endpoint."""

    def __init__(self, client: Client, ability: Ability, growing: Growing | None = None) -> None:
        self.endpoint = client.endpoint
        self.ability = ability
        self.calls = 0
        self._client = client
        self._growing = growing
        self._tokens_in = self._tokens_out = 0
        self._seconds = 0.0
        self._told = True

    @property
    def spent(self) -> Spent | None:
        """None if nothing has reached the model."""
        if not self.calls:
            return None
        return Spent(
            tokens_in=self._tokens_in, tokens_out=self._tokens_out, seconds=round(self._seconds, 3), told=self._told
        )

    async def chat(
        self, question: Question[Answer], wanted: Ability, flaw: Flaw | None = None
    ) -> tuple[answers.Said, Ability]:
        """What the model says, asked with as much of the wanted ability as the endpoint accepts, and how much that is.

        The ability of a repair (of a `flaw`) is not remembered: it is worth what its answer is worth.
        """
        known, trial, is_sure = self.ability, wanted, flaw is None
        while True:
            request = chat_request(self.endpoint.model, question, trial, flaw, is_watched=self._growing is not None)
            heard = await self._post("/chat/completions", request)
            if heard.is_ok and not _is_idle(heard, request):
                said = self._said(heard)
                self._count(heard, request, said.text)
                if flaw is None:
                    self.ability = trial
                if said.is_refusal:
                    raise ModelRefused(f"The model {self.endpoint.model} refuses to answer the question")
                self._tell(said, heard)
                return said, trial
            objection = complaint(heard, is_streamed="stream" in request)
            lesser = adapted(trial, wanted, heard, objection)
            if lesser is None:
                self.ability = known
                raise rejection(self.endpoint, heard, objection)
            # An objection to nothing in particular proves something only once the endpoint takes the request without it.
            trial, is_sure = lesser, is_sure and objection.is_specific
            if is_sure:
                self.ability = trial

    def _tell(self, said: answers.Said, heard: Heard) -> None:
        """Tell of an answer that has not been told of as it came."""
        if self._growing and said.text not in {"", heard.grown}:
            self._growing(said.text)

    async def embed(self, texts: Sequence[str], dimensions: int | None) -> list[list[float]]:
        request = embeddings_request(self.endpoint.model, texts, dimensions)
        heard = await self._post("/embeddings", request)
        if not heard.is_ok:
            objection = complaint(heard)
            if heard.status in REJECTED and "dimensions" in objection.reason:
                raise ModelDenied(
                    f"The model {self.endpoint.model} does not give vectors of {dimensions} numbers",
                    f"{self.endpoint.settings}_MODEL",
                )
            raise rejection(self.endpoint, heard, objection)
        data = self._payload(heard).get("data")
        if not isinstance(data, list):
            raise ModelUnreachable(f"What answers at {self.endpoint.host} gives no embeddings")
        self._count(heard, request, "")
        return answers.vectors(data, len(texts), dimensions)

    async def _post(self, path: str, request: Json) -> Heard:
        """An answer, once more after a pause if the server fails; its status is 2xx, 3xx, 4xx but 429, or 501."""
        for is_last in (False, True):
            started = time.monotonic()
            heard = await self._client.send(path, request, self._growing)
            self._seconds += time.monotonic() - started
            if heard.lost in {Lost.CUT, Lost.LATE} or (heard.grown and not heard.is_ok):
                # Nobody knows what else the model did with it; it has been sent all the same.
                self._count(heard, request, heard.grown)
            if heard.lost in {Lost.LATE, Lost.NO_CONNECTION_YET} or heard.status == 408:
                raise ModelTimeout(f"No answer of {self.endpoint.host} within {self.endpoint.timeout:g} s")
            if heard.status == 429 and not complaint(heard).is_about_money:
                raise busy(self.endpoint, heard.headers, now=datetime.now(UTC))
            objection = complaint(heard, is_streamed="stream" in request)
            if not heard.is_failure or objection.is_about_format or objection.is_about_streaming:
                return heard
            if not is_last:
                await asyncio.sleep(self._client.pause)
        if heard.lost:
            raise ModelUnreachable(
                f"No connection to {self.endpoint.host}: is a model there, and is {self.endpoint.settings}_URL right?"
            )
        raise ModelUnreachable(f"The model at {self.endpoint.host} fails on its side (HTTP {heard.status})")

    def _said(self, heard: Heard) -> answers.Said:
        said = answers.said(self._payload(heard))
        if said is None:
            raise ModelUnreachable(f"What answers at {self.endpoint.host} gives no answer of a model")
        return said

    def _payload(self, heard: Heard) -> Json:
        """The object that an answer holds."""
        payload = heard.payload
        if not isinstance(payload, dict):
            raise ModelUnreachable(
                f"What answers at {self.endpoint.host} is not a model: is {self.endpoint.settings}_URL right?"
            )
        return payload

    def _count(self, heard: Heard, request: Json, text: str) -> None:
        told_in = heard.tokens("prompt_tokens")
        # A model that thinks may use up tokens and say nothing; one that says something has used some.
        told_out = heard.tokens("completion_tokens") or (None if text else 0)
        self.calls += 1
        self._tokens_in += told_in or _estimate(json.dumps(request, ensure_ascii=False))
        self._tokens_out += _estimate(text) if told_out is None else told_out
        self._told = self._told and bool(told_in) and told_out is not None


def _is_idle(heard: Heard, request: Json) -> bool:
    """Whether an answer was to come in chunks, and nothing has come that is one."""
    return "stream" in request and answers.said(heard.payload) is None


def _estimate(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
