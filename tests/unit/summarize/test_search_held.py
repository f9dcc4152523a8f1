"""What a story holds of a question's words: numbers with their units, ordinals, rounds of funding, words of the same sense."""

from __future__ import annotations

import pytest

from summarize.search import held, thesaurus
from tests.unit.summarize.found_stories import asking


def missing(question: str, said: str) -> set[str]:
    """The words of a question that a text does not hold, neither themselves nor in others of their senses."""
    told = held.text(said)
    return {
        word.text
        for word in held.words_of(asking(question))
        if not held.surely(word, told) and word.senses.isdisjoint(told.senses)
    }


@pytest.mark.parametrize(
    ("question", "said", "word"),
    [
        ("сколько ватт ест Слюда-1", "Слюда-1 потребляет 190 Вт.", "ватт"),
        ("почём карта на 40 гб", "Карта на 40 ГБ стоит 90 ₽ в час.", "40"),
        ("кто ведёт пятую лекцию", "5-я лекция: читает Иванова.", "пятую"),
        ("who leads the fifth lecture", "Лекция 5: читает Иванова.", "fifth"),
        ("кто возглавил раунд B", "Раунд «B» возглавил фонд.", "round b"),
        ("who led the Series B", "Раунд В возглавил фонд.", "round b"),
        ("почём подписка", "The price of a subscription is $9.", "почём"),
        ("во сколько оценили фирму", "Its valuation is $90 million.", "оценили"),
    ],
)
def test_figures_and_senses_are_held(question: str, said: str, word: str) -> None:
    """In either language, in digits or words, by a word of the same sense."""
    assert word in {one.text for one in held.words_of(asking(question))}
    assert word not in missing(question, said)


@pytest.mark.parametrize(
    ("question", "said", "word"),
    [
        ("сколько ватт ест Слюда-1", "Слюда-1 весит 190 кг.", "ватт"),
        ("почём карта на 40 гб", "Карта на 80 ГБ стоит 40 ₽ в час.", "40"),
        ("кто ведёт пятую лекцию", "Вторую лекцию читает Иванова, запись из 5 частей по 5 минут.", "пятую"),
        ("кто возглавил раунд С", "Раунд B возглавил фонд с оценкой.", "round c"),
        ("what salary does she get", "She joins the lab on Monday.", "salary"),
    ],
)
def test_another_figure_is_none(question: str, said: str, word: str) -> None:
    """Another unit, another value, another round, another thing altogether."""
    assert word in missing(question, said)


@pytest.mark.parametrize("text", ["раунд с оценкой $90 млн", "сериал о войне", "a series of talks"])
def test_what_only_looks_like_a_round(text: str) -> None:
    """Prepositions and articles after the word are no letters of rounds."""
    assert held.rounds(text) == frozenset()


def test_senses() -> None:
    """A word has several, in the form it stands in; a name, and what the table does not have, has none."""
    assert not thesaurus.senses("почём").isdisjoint(thesaurus.senses("The costs of it"))
    assert len(thesaurus.senses("share")) > 1
    assert thesaurus.senses("Quillfin qwzx") == thesaurus.NOTHING
