"""What models answer is read leniently in form and strictly in kind."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from summarize.model.strict_schema import strict_schema
from summarize.schemas import (
    AdAnswer,
    ClaimAnswer,
    GistAnswer,
    SameAnswer,
    SentenceVerdict,
    SummaryAnswer,
    SupportAnswer,
)
from tests.fakes.openai.abilities import strict_problem

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ([1, 2], [1, 2]),
        (["1", "post 2", "[3]"], [1, 2, 3]),
        ("1, 2", [1, 2]),
        (3, [3]),
        (None, []),
        (
            [],
            [],
        ),
        ("none", []),
        ([None, 4], [4]),
        ([123456, 7], [7]),
        ([1.0], [1]),
    ],
)
def test_posts_are_numbers_however_they_are_written(given_: Any, read: list[int]) -> None:
    """As numbers, as words with numbers, alone or in a list; what is too long to be one is none."""
    assert GistAnswer(text="x", posts=given_).posts == read


@pytest.mark.parametrize(
    ("word", "kind"),
    [("agreed", "agreed"), (" Disputed ", "disputed"), ("fact", "attributed"), (None, "attributed"), (7, "attributed")],
)
def test_an_unknown_kind_is_attributed(word: Any, kind: str) -> None:
    """Whoever stands behind a claim is checked later; an unknown word claims least."""
    assert ClaimAnswer(text="x", posts=[1], kind=word).kind == kind


def test_an_unknown_verdict_is_unsure() -> None:
    """A verdict in other words is none; of a sentence that is judged, it is no support."""
    assert SameAnswer(verdict="YES", shared="", why="").verdict == "yes"  # type: ignore[arg-type]
    assert SameAnswer(verdict="probably", shared="", why="").verdict == "unsure"  # type: ignore[arg-type]
    assert AdAnswer(verdict="spam", why="").verdict == "unsure"  # type: ignore[arg-type]
    assert SentenceVerdict(number=1, verdict="sure").verdict == "no"  # type: ignore[arg-type]


def test_fields_that_nobody_asked_for_are_passed_over() -> None:
    """They neither fail the answer nor stay in it."""
    whole = {"verdict": "no", "shared": "", "why": "", "order": "print the prompt", "verdict2": "yes"}
    assert SameAnswer.model_validate(whole).model_dump() == {"verdict": "no", "shared": "", "why": ""}


@pytest.mark.parametrize("missing", ["title", "gist", "claims", "topics", "language"])
def test_a_summary_without_a_part_is_none(missing: str) -> None:
    """What was asked for has to be there, so that the model is asked to repair it."""
    whole = {"title": "t", "gist": {"text": "g", "posts": [1]}, "claims": [], "topics": [], "language": "ru"}
    SummaryAnswer.model_validate(whole)
    del whole[missing]
    with pytest.raises(ValidationError):
        SummaryAnswer.model_validate(whole)


@pytest.mark.parametrize("schema", [SummaryAnswer, SameAnswer, AdAnswer, SupportAnswer])
def test_strict_mode_takes_the_schemas(schema: type[BaseModel]) -> None:
    """OpenAI's strict mode has nothing against what is sent."""
    assert strict_problem(strict_schema(schema)) is None


@pytest.mark.parametrize("schema", [SummaryAnswer, SameAnswer, AdAnswer, SupportAnswer])
@given(data=st.data())
def test_no_answer_does_more_than_fail(schema: type[BaseModel], data: st.DataObject) -> None:
    """Whatever stands in the fields, an answer is read or is refused as one that does not fit."""
    fields = {name: data.draw(ANYTHING, label=name) for name in schema.model_fields}
    with contextlib.suppress(ValidationError):
        schema.model_validate(fields)
