"""What is asked of a model: a question, its request in the form that the endpoint takes, and the wish for a repair. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel

from summarize.model.endpoints import Ability, Mode, Streaming
from summarize.model.strict_schema import Json, schema_text, strict_schema

Answer = TypeVar("Answer", bound=BaseModel)

_SCHEMA_AS_TEXT = "Answer with one JSON object and nothing else. It has to match this JSON schema:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[Answer]):
    """A prompt and the shape of its answer. `name` is of letters, digits, - and _; `schema` has no free-form dicts."""

    system: str = field(repr=False)
    user: str = field(repr=False)
    name: str
    schema: type[Answer]
    most_tokens: int
    temperature: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Why an answer is of no use: in a word for the operator, and as a wish for the model, beside its answer if any.

    `is_shapeless`: an endpoint that enforces the schema would not have let it pass.
    """

    name: str
    wish: str
    answer: str = ""
    is_shapeless: bool = False


def chat_request(
    model: str, question: Question[Answer], ability: Ability, flaw: Flaw | None = None, *, is_watched: bool = False
) -> Json:
    """The body of a request to answer a question, or to repair the answer that has a flaw; in chunks if it is watched and
    the endpoint can do that.
    """
    request: Json = {
        "model": model,
        "messages": _messages(question, ability.mode, flaw),
        ability.limit: question.most_tokens,
    }
    if ability.temperature:
        request["temperature"] = question.temperature
    if ability.mode is Mode.SCHEMA:
        schema = {"name": question.name, "strict": True, "schema": strict_schema(question.schema)}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif ability.mode is Mode.OBJECT:
        request["response_format"] = {"type": "json_object"}
    if is_watched and ability.streaming is not Streaming.NONE:
        request["stream"] = True
        if ability.streaming is Streaming.COUNTED:
            request["stream_options"] = {"include_usage": True}
    return request


def embeddings_request(model: str, texts: Sequence[str], dimensions: int | None) -> Json:
    """The body of a request to embed texts, shortened to so many dimensions if they are given."""
    request: Json = {"model": model, "input": [clean(text) for text in texts], "encoding_format": "float"}
    if dimensions is not None:
        request["dimensions"] = dimensions
    return request


def _messages(question: Question[Answer], mode: Mode, flaw: Flaw | None) -> list[Json]:
    """The conversation. A repair carries the schema as text, in case that it was not heard otherwise."""
    system, user = clean(question.system), clean(question.user)
    if mode is not Mode.SCHEMA or flaw:
        system = f"{system}\n\n{_SCHEMA_AS_TEXT}\n{schema_text(question.schema)}"
    if flaw and not flaw.answer:
        # Two messages of one side in a row, or an empty one, are more than some chat templates take.
        user = f"{user}\n\n{flaw.wish}"
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    if flaw and flaw.answer:
        messages += [{"role": "assistant", "content": flaw.answer}, {"role": "user", "content": flaw.wish}]
    return messages


def clean(text: str) -> str:
    """A text without what can be neither sent nor kept: halves of surrogate pairs, and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
