"""What a post is boiled down to: names, numbers, versions, events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.features import Features, features, first_versions, names, variants, versions


@given(st.text(max_size=400), st.sampled_from(["ru", "en", "uk", "kk", "zh", "und"]))
def test_json_round_trip(text: str, lang: str) -> None:
    """Features of any text come back from JSON as they were, and equal features are equal JSON."""
    found = features(text, lang)
    stored = json.loads(json.dumps(found.to_json()))
    assert Features.from_json(stored) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brindle ships Osprel 2.1 today", {"osprel": {"2.1"}}),
        ("Marlin-3 90B is here", {"marlin": {"3"}}),
        ("quirkdb 1.4.0 вышел", {"kuirkdb": {"1.4"}}),
        ("Released under Apache 2.0", {}),
        ("Выросло до 12 процентов", {}),
    ],
)
def test_versions(text: str, expected: dict[str, set[str]]) -> None:
    """Versions are found with what they are versions of; a licence or a plain number is none."""
    assert {base: set(found) for base, found in versions(text).items()} == expected


def test_names_that_begin_like_months_have_versions() -> None:
    """`Marlin` and `Decora` begin like months and are names nevertheless; `March 3` is a date."""
    assert first_versions("Marlin 3, Decora 2 and March 3") == {"marlin": "3", "dekor": "2"}


def test_first_version_is_the_subject() -> None:
    """Of several versions of one thing the first is what the post is about."""
    assert first_versions("Osprel 2.2 brings images back, which Osprel 2.1 had dropped") == {"osprel": "2.2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lumra-7B и Lumra-70B", {"lumr": {"7b", "70b"}}),
        ("Osprel-2 Mini 9B", {"osprel": {"mini", "9b"}}),
        ("Osprel 2", {}),
    ],
)
def test_variants(text: str, expected: dict[str, set[str]]) -> None:
    """Sizes and variants are kept by family."""
    assert {base: set(found) for base, found in variants(text).items()} == expected


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("1 140 песен", "1,140 songs"),
        ("310 млн долларов", "$310M"),
        ("11,4 тыс. статей", "11,400 papers"),
        ("9 трлн токенов", "9T tokens"),
        ("цена $1,10", "price $1.10"),
        ("38,5 % задач", "38.5% of tasks"),
    ],
)
def test_numbers_meet_across_languages(one: str, two: str) -> None:
    """A quantity is the same number however the two languages write it."""
    assert features(one, "ru").numbers & features(two, "en").numbers


def test_names_meet_across_scripts() -> None:
    """A surname is one name in Russian, inflected or not, and in English; an apostrophe's ending is cut off."""
    russian, english = names("Вчера лекция Лунина прошла"), names("A talk by Arkady Lunin")
    assert russian.keys() & english.keys()
    assert names("Запустил Marlin'а дома").keys() & names("We run Marlin at home").keys()


def test_round_up_needs_a_list() -> None:
    """A heading about the week makes a round-up only above a list."""
    listed = "Week in links:\n• one thing happened\n• another thing happened\n• and a third one"
    assert features(listed, "en").round_up
    assert not features("Week in links is what I am reading now", "en").round_up
