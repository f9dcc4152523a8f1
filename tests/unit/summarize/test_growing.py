"""Of an answer that still grows, what is whole is told, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.model.growing import so_far

ANSWER = '{"title": "Вышел \\"Сверчок\\"", "claims": [{"text": "a", "posts": [1, 2]}, {"text": "b"}], "count": 12, "sure": true}'


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ('{"title": "Вышел \\"Све', {}),
        ('{"title": "Вышел \\"Сверчок\\""', {"title": 'Вышел "Сверчок"'}),
        ('"claims": [', {"title": 'Вышел "Сверчок"'}),
        ('"posts": [1, 2]', {"title": 'Вышел "Сверчок"'}),
        ("[1, 2]}", {"title": 'Вышел "Сверчок"', "claims": [{"text": "a", "posts": [1, 2]}]}),
        ('{"text": "b"', {"title": 'Вышел "Сверчок"', "claims": [{"text": "a", "posts": [1, 2]}]}),
        (
            '"count": 12',
            {"title": 'Вышел "Сверчок"', "claims": [{"text": "a", "posts": [1, 2]}, {"text": "b"}]},
        ),
    ],
)
def test_what_has_come_whole_is_told(until: str, expected: object) -> None:
    """Half a string, half a number, a key without its value and an object of a list that is still open are left out."""
    assert so_far(ANSWER[: ANSWER.index(until) + len(until)]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("Sure! Here is {what} you asked for {}: {", {}),
        ('Sure! Here is {what} you asked for {} in {"json"}:\n```json\n{"title": "a", "po', {"title": "a"}),
        ('```json\n{"title": "a"', {"title": "a"}),
        ('<think>{"title": "draft"}', {}),
        ('<think>{"title": "draft"}</think>{"title": "a"', {"title": "a"}),
        ('{"title": "so it was <think>"', {"title": "so it was <think>"}),
        ('{"title": "a"} or {"title": "b"}', {"title": "a"}),
        ('{"tags": ["x", "y,', {"tags": ["x"]}),
        ('{"pairs": [[1, 2], [3', {"pairs": [[1, 2]]}),
        ('{"gist": {"text": "a", "posts": [7, 12', {"gist": {"text": "a", "posts": [7]}}),
        ('{"posts": [1, 2,], "gist": {"text": "a",}, "ti', {"posts": [1, 2], "gist": {"text": "a"}}),
        ('{"title": "}{][", "n": 1}', {"title": "}{][", "n": 1}),
        ('{"title": "a"]', {"title": "a"}),
        ('{"title": NaN, "n": 1}', {}),
        ('{"a": ' * 5000, {}),
        ('{"a": [' * 5000 + "1", {}),
    ],
)
def test_what_is_around_the_object_does_not_matter(text: str, expected: object) -> None:
    """Prose, fences and thoughts are passed over, trailing commas forgiven, and nothing that is no JSON does any harm."""
    assert so_far(text) == expected


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text('а"\\{}[],: 😀', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('к"{,', max_size=3), inner, max_size=3),
    max_leaves=12,
)


def is_part(part: object, whole: object) -> bool:
    """Is a value all of another, or as far as it may be told?"""
    match part, whole:
        case dict(), dict():
            return part.keys() <= whole.keys() and all(is_part(part[key], whole[key]) for key in part)
        case list(), list():
            return part == whole[: len(part)]
    return type(part) is type(whole) and part == whole


@given(
    st.dictionaries(st.text("ключ", min_size=1, max_size=3), _values, min_size=1, max_size=4), st.booleans(), st.data()
)
def test_whatever_grows_only_grows(answer: dict[str, object], is_plain: bool, data: st.DataObject) -> None:
    """Of any object cut anywhere, what is told is part of it and of what is told later; in the end all of it is told."""
    text = json.dumps(answer, ensure_ascii=is_plain, indent=None if is_plain else 1)
    later = so_far(text)
    assert later == answer
    for cut in sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)), reverse=True):
        told = so_far(text[:cut])
        assert is_part(told, later)
        later = told


@given(st.text('{}[]",:\\ 1aе<think>/`\n', max_size=60))
def test_nothing_breaks_it(text: str) -> None:
    """Whatever a model says, something can be told of it, if only nothing."""
    assert isinstance(so_far(text), dict)
