"""Long posts cut to a budget of tokens: what is kept, in which order, and that the budget holds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summarize.brief import LEFT_OUT, Told, brief, tokens

_WORDS = st.sampled_from(
    "Вектор Лира-2 открыла модель 7 млрд the model, runs on 512 GPUs. Как так? Да! 模型发布了。 👍 \n \n\n x".split(" ")
)
_POSTS = st.lists(st.one_of(st.text(max_size=200), st.lists(_WORDS, max_size=80).map(" ".join)), max_size=6)


def _told(*texts: str, lang: str = "ru") -> list[Told]:
    return [Told(key=10 * number, text=text, lang=lang) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("the model", 3),
        ("tokenization", 3),
        ("модель", 3),
        ("1234567", 4),
        ("3.5%", 4),
        ("模型发布", 4),
        ("a\n\nb", 3),
        ("👍", 3),
        ("a    b", 3),
    ],
)
def test_tokens_follow_the_rule(text: str, count: int) -> None:
    """Letters, digits, signs and wide characters count as the rule says, each started rest as a whole."""
    assert tokens(text) == count


@pytest.mark.parametrize(
    ("text", "known"),
    [
        # counts of a public byte-pair vocabulary of 100,000 entries (cl100k)
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Hello, world!", 4),
    ],
)
def test_tokens_are_not_too_few(text: str, known: int) -> None:
    """The estimate is no lower than known counts, and less than twice as high."""
    assert known <= tokens(text) < 2 * known


@given(st.text(max_size=60), st.text(max_size=60))
@example(" ", " ")
@example("a\t", "        b")
def test_joining_costs_nothing(one: str, two: str) -> None:
    """Two texts together take at most what they take apart, and one more where blanks meet."""
    blanks_meet = one[-1:] in {" ", "\t"} and two[:1] in {" ", "\t"}
    assert tokens(one + two) <= tokens(one) + tokens(two) + blanks_meet


def test_what_fits_is_left_alone() -> None:
    """Posts within the budget are given whole, in their order; one without words is left out."""
    assert brief(_told("Раз. Два.", " ", "Три."), budget=100) == {10: "Раз. Два.", 30: "Три."}


_LONG = (
    "Лаборатория «Вектор» открыла модель Лира-2 на 7 млрд параметров. Всем привет и хорошего дня. "
    "Ну и вот такие дела, друзья, как обычно. Обучение заняло 40 дней на 512 ускорителях Нимб. Подписывайтесь на канал!"
)


def test_the_telling_sentences_stay_in_order() -> None:
    """Openings, numbers and names stay, small talk and calls go, and a mark shows where."""
    found = brief(_told(_LONG), budget=62)[10]
    assert found == (
        "Лаборатория «Вектор» открыла модель Лира-2 на 7 млрд параметров. […] "
        "Обучение заняло 40 дней на 512 ускорителях Нимб. […]"
    )


def test_what_was_said_comes_last() -> None:
    """A sentence that an earlier post has makes room for one that is new."""
    said = "Лаборатория «Вектор» открыла модель Лира-2 на 7 млрд параметров."
    new = "Лицензия запрещает военное применение модели."
    found = brief(_told(f"{said} Она работает на одной видеокарте.", f"{said} {new}"), budget=75)
    assert said in found[10]
    assert new in found[20]
    assert said not in found[20]


def test_each_post_has_a_sentence_while_the_budget_allows() -> None:
    """With a tight budget every post says one sentence; with a tighter one the first posts do."""
    texts = [f"Новость номер {number}: вышла модель. Ещё одно длинное предложение про неё." for number in range(10)]
    assert len(brief(_told(*texts), budget=220)) == 10
    fewer = brief(_told(*texts), budget=60)
    assert 0 < len(fewer) < 10
    assert list(fewer) == [10 * number for number in range(1, len(fewer) + 1)]


def test_a_heavier_post_keeps_more() -> None:
    """Of two like posts the one with more weight has more sentences."""
    one = "Модель открыли. Веса заняли 14 ГБ. Цена выросла на 3 рубля. Тираж составил 50 копий."
    two = "Робота показали. Корпус весит 20 кг. Скорость упала до 2 км. Запас хода 90 минут."
    posts = [Told(key=1, text=one, lang="ru"), Told(key=2, text=two, lang="ru", weight=4.0)]
    found = brief(posts, budget=55)
    assert len(found[2].replace(LEFT_OUT, "")) > len(found[1].replace(LEFT_OUT, ""))


def test_a_sentence_without_end_is_cut_too() -> None:
    """A post without full stops or spaces is cut to the budget like any other."""
    for text in ("слово " * 600, "х" * 4000, "模" * 4000):
        found = brief(_told(text), budget=200)[10]
        assert LEFT_OUT in found
        assert 50 < tokens(found) <= 200


@given(_POSTS, st.integers(min_value=-5, max_value=300))
def test_the_budget_is_kept(texts: list[str], budget: int) -> None:
    """Whatever the posts, the briefs are within the budget, in the order of the posts, and the same each time."""
    posts = _told(*texts)
    found = brief(posts, budget=budget)
    assert sum(map(tokens, found.values())) <= max(0, budget)
    assert list(found) == [post.key for post in posts if post.key in found]
    assert brief(posts, budget=budget) == found


@given(_POSTS)
def test_sentences_are_those_of_the_post(texts: list[str]) -> None:
    """Each part between marks stands in its post, white space aside."""
    for key, told in brief(_told(*texts), budget=60).items():
        text = " ".join(texts[key // 10 - 1].split())
        for part in told.split(LEFT_OUT):
            assert LEFT_OUT in text or " ".join(part.split()).replace(" ", "") in text.replace(" ", "")
