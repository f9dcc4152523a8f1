"""A question, its answers and a client beside a fake endpoint, for the tests of what asks models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from pydantic import BaseModel, Field, field_validator

from core.errors import ModelDenied, ModelError
from summarize.model import llm
from summarize.model.asking import Question
from summarize.model.endpoints import Ability, Endpoint
from summarize.model.heard import Growing
from summarize.model.llm import Client, Reply
from tests.fakes.openai import Brain, FakeEndpoint, constant

KEY = "sk-test-0123456789"
PROMPT = "Пост 7: вышла модель Сверчок-2"


class Note(BaseModel):
    """What the tests ask for."""

    title: str = Field(max_length=60)
    posts: list[int]

    @field_validator("posts")
    @classmethod
    def _known(cls, posts: list[int]) -> list[int]:
        if 99 in posts:
            raise ValueError("post 99 is not among the sources")
        return posts


class Loose(BaseModel):
    """A schema that any object would satisfy."""

    title: str = ""
    posts: list[int] = []


GOOD = {"title": "Вышел Сверчок-2", "posts": [7]}
UNKNOWN_POST = {"title": "Вышел Сверчок-2", "posts": [99]}
QUESTION = Question(system="Кратко перескажи.", user=PROMPT, name="note", schema=Note, most_tokens=300)


@asynccontextmanager
async def talking(
    brain: Brain | None = None, *, seconds: float = 20.0, key: str | None = KEY, **options: Any
) -> AsyncIterator[tuple[FakeEndpoint, Client]]:
    async with FakeEndpoint(brain or constant(GOOD), **options) as endpoint:
        held = Endpoint(url=endpoint.url, model="fake-model", key=key, timeout=seconds)
        async with llm.open_client(held, pause=0) as client:
            yield endpoint, client


async def ask(client: Client, ability: Ability | None = None, growing: Growing | None = None) -> Reply[Note]:
    return await llm.ask(client, QUESTION, ability or Ability(), growing=growing)


async def failure(client: Client, ability: Ability | None = None, growing: Growing | None = None) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await ask(client, ability, growing)
    return caught.value


@contextmanager
def denied(setting: str) -> Iterator[None]:
    with pytest.raises(ModelDenied) as caught:
        yield
    assert caught.value.setting == setting
