"""How rare words, names and numbers are, and how names sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.rarity import folded, idf, number_rarity, rarity


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
