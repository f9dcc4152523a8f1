"""What is sent as a schema is what strict mode takes."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from summarize.model import llm
from summarize.model.asking import Question
from summarize.model.endpoints import Ability
from summarize.model.strict_schema import schema_text, strict_schema
from tests.fakes.openai import obedient
from tests.fakes.openai.abilities import strict_problem
from tests.unit.summarize.talking import PROMPT, Loose, Note, talking


class Step(BaseModel):
    """A part that is used twice."""

    title: str = Field(default="", max_length=10)
    kind: Literal["one"] | None = None


class Other(BaseModel):
    """One of two."""

    type: Literal["other"] = "other"
    weight: float = Field(default=0.5, ge=0, le=1, description="of the whole")


class Same(BaseModel):
    """Two of two."""

    type: Literal["same"]
    score: float = Field(ge=0, le=1)


class Plan(BaseModel):
    """Everything that a schema of ours may hold."""

    format: str = Field(default="x", title="Format", description="a name like a keyword")
    step: Step = Field(default=Step(), description="stands beside a reference")
    steps: list[Step] = Field(default=[], max_length=3)
    other: Other | Same = Field(default=Other(), discriminator="type")


class Tree(BaseModel):
    """A schema that holds itself."""

    name: str
    parent: Tree | None = None


@pytest.mark.parametrize("schema", [Note, Loose, Plan, Tree])
async def test_schemas_are_strict(schema: type[BaseModel]) -> None:
    """Whatever pydantic says, what is sent is what OpenAI's strict mode takes, and answers of its shape are read."""
    assert strict_problem(strict_schema(schema)) is None
    question = Question(system="", user=PROMPT, name="any", schema=schema, most_tokens=10)
    async with talking(obedient) as (_, client):
        assert isinstance((await llm.ask(client, question, Ability())).value, schema)


def test_properties_are_not_taken_for_keywords() -> None:
    """A property called like a keyword stays, while the keyword goes."""
    schema = strict_schema(Plan)
    assert sorted(schema["properties"]) == ["format", "other", "step", "steps"]
    assert schema["properties"]["format"] == {"type": "string", "description": "a name like a keyword"}
    assert schema["required"] == ["format", "step", "steps", "other"]
    assert list(schema["$defs"]["Step"]["properties"]) == ["title", "kind"]


def test_bounds_are_told_as_text() -> None:
    """The schema as text holds what strict mode does not take and a model can read."""
    text = schema_text(Plan)
    assert '"maxLength":10' in text
    assert '"maximum":1' in text
    assert "title" in json.loads(text)["$defs"]["Step"]["properties"]
