"""How rare words, names and numbers are, and how names sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Topic
from summarize import frequencies
from summarize.rarity import folded, idf, number_rarity, rarity
from summarize.text import keywords_stems


@given(st.text(max_size=40))
def test_bounds(text: str) -> None:
    """Whatever the string, rarity stays between 0 and 1, and folding does not fail."""
    assert 0.0 <= idf(text) <= 1.0
    assert 0.0 <= rarity(text) <= 1.0
    folded(text)


@pytest.mark.parametrize(("rarer", "commoner"), [("zqorvex", "model"), ("тындрюк", "данные"), ("osprel", "python")])
def test_order(rarer: str, commoner: str) -> None:
    """An invented name is rarer than a word of the field."""
    assert rarity(rarer) > rarity(commoner)


@pytest.mark.parametrize(
    ("one", "two"),
    [("Лунин", "Lunin"), ("Кестрел", "Kestrel"), ("Халярд", "Haliard"), ("Фармикс", "Pharmix"), ("Одуйя", "Oduya")],
)
def test_folding(one: str, two: str) -> None:
    """Russian and Latin spellings of a name sound alike."""
    assert folded(one) == folded(two)


def test_numbers() -> None:
    """A year or a round number tells little, a precise one much."""
    assert number_rarity("2026") < number_rarity("100") < number_rarity("1140")
    assert number_rarity("44.5") == 1.0


def test_frequencies_are_counted() -> None:
    """A stem counts once a text; rare ones are dropped, general English is added, the taxonomy's words are made common."""
    topic = Topic(slug="rag", position=0, title_ru="Поиск", title_en="Search", about="", names=("retrieval",), stems=())
    texts = ["кошка кошка спит", "кошка ест", "кошка и пёс", *["пёс лает"] * 97]
    found = frequencies.count(texts, topics=[topic], english={"weather": 999, "umbrella": 1})
    assert found["posts"] == 100
    counted = found["stems"]
    assert counted[stem("кошка")] == 3
    assert counted[stem("пёс")] == 98
    assert stem("спит") not in counted
    assert counted[stem("retrieval")] == 5
    assert counted[stem("weather")] == 100
    assert 0 < counted[stem("umbrella")] < 20


def stem(word: str) -> str:
    """The one stem of a word."""
    (found,) = keywords_stems(word)
    return found
