"""JSON is found in whatever a model says around it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.model.answers import first_object, without_thoughts
from tests.unit.summarize.talking import GOOD, Loose, Note


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "a", "posts": [1, 2,],}',
        'Here: {"title": "a", "posts": [1, 2]} and {"title": "b", "posts": []}',
        '{"note": {"title": "a", "posts": [1, 2]}}',
        '{"title": 5} or better {"title": "a", "posts": [1, 2]}',
        '```\n{"title": "a", "posts": [1, 2]}\n```',
        'the plan {x} is {"y"}: {"title": "a", "posts": [1, 2]}',
        'so {"title": "draft", "posts": []} it is</think>{"title": "a", "posts": [1, 2]}',
        '<think>{"title": "draft", "posts": []}</think>\n{"title": "a", "posts": [1, 2]}',
        '{"title": "a", "posts": [1, 2]}' + "{" * 5000,
    ],
)
def test_first_object_that_fits_is_found(text: str) -> None:
    """The first object that the schema accepts is the answer, wherever it stands, with trailing commas if need be."""
    assert first_object(without_thoughts(text), Note) == Note(title="a", posts=[1, 2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "no JSON",
        "{'title': 'a', 'posts': [1]}",
        '{title: "a", posts: [1]}',
        '{"title": "a", "posts": [1,,]}',
        '{"title": "a" "posts": [1]}',
        '{"title": "a", "posts": [NaN]}',
        '[{"titel": "a"}]',
        '{"title":' * 3000,
        '{"title": "a", "posts": [' + "9" * 5000 + "]}",
        "<think>{}",
    ],
)
def test_what_is_no_json_is_not_guessed_at(text: str) -> None:
    """Nonsense gives no answer, whatever it may have meant."""
    assert not isinstance(first_object(without_thoughts(text), Note), Note)


def test_words_of_thought_inside_json_stay() -> None:
    """A tag of thought in a string of the answer is a part of the answer."""
    text = json.dumps({"title": "тег <think> и </think>", "posts": []}, ensure_ascii=False)
    assert first_object(without_thoughts(text), Note) == Note(title="тег <think> и </think>", posts=[])


def test_an_object_of_other_keys_is_no_answer_of_defaults() -> None:
    """A schema of nothing but defaults is not satisfied by whatever object comes along."""
    assert first_object('{"result": 1} {}', Loose) is None
    assert first_object('{"result": 1} {"posts": [3]}', Loose) == Loose(posts=[3])


@given(st.text(alphabet=st.sampled_from('{}[]",:\\ a1\n<think>/')))
def test_no_text_breaks_the_search(text: str) -> None:
    """Whatever a model says, looking for JSON in it ends without an error."""
    first_object(without_thoughts(text), Note)


@given(st.text(alphabet=st.characters(exclude_characters="{}<>`")), st.text(alphabet=st.characters(codec="utf-8")))
def test_any_prose_may_stand_around(before: str, after: str) -> None:
    """An object is found between any words before and after it."""
    text = f"{before}{json.dumps(GOOD)}{after.replace('</think', '')}"
    assert first_object(without_thoughts(text), Note) == Note(**GOOD)
