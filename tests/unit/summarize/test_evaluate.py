"""Figures, fitting and the cross-validation on pairs of texts, on invented data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize import logistic, text_pairs
from summarize.embed import Vectors


def hashed(batch: Sequence[str]) -> Vectors:
    """An encoder for tests: words counted into a few places, so that equal words are near."""
    rows = np.full((len(batch), 64), 0.01, dtype=np.float32)
    for row, text in zip(rows, batch, strict=True):
        for word in text.lower().split():
            row[sum(word.encode()) % 64] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def invented(count: int) -> list[text_pairs.TextPair]:
    """Pairs that tell of one made-up town each, and pairs that tell of two."""
    found = []
    for number in range(count):
        town, other = f"Бурановск{number}", f"Залесье{number}"
        first = f"В городе {town} открыли мост. Его строили {number + 11} лет. Мэр сказал, что рад."
        again = f"Мост открыт: {town} дождался. Стройка шла {number + 11} лет, мэр доволен."
        second = f"В городе {other} сгорел склад. Тушили {number + 31} часов. Мэр сказал, что жаль."
        same = number % 2 == 0
        found.append(text_pairs.TextPair(a=first, b=again if same else second, same=same))
    return found


def test_pairs_are_told_apart() -> None:
    """Where names and numbers tell, pairs are told apart far better than by saying always the same."""
    found = text_pairs.pairs(invented(40), hashed, seeds=2)
    assert (found.pairs, found.same) == (40, 20)
    assert found.auc > 0.9
    assert found.f1 > found.always_f1
    assert found.low <= found.gain <= found.high


def test_pairs_are_reproducible() -> None:
    """The same file gives the same figures."""
    assert text_pairs.pairs(invented(30), hashed, seeds=2) == text_pairs.pairs(invented(30), hashed, seeds=2)


def test_no_text_is_in_two_folds() -> None:
    """Pairs that share a text are tested together, so that no text is both trained on and tested."""
    texts = [("a", "b"), ("b", "c"), ("d", "e"), ("f", "g"), ("h", "c"), ("i", "j")]
    part = text_pairs._folds([text_pairs.TextPair(a=a, b=b, same=True) for a, b in texts], 3, 0)
    assert part[0] == part[1] == part[4]
    assert len(set(part.tolist())) == 3


def test_idf_sees_training_texts_alone() -> None:
    """What stands in the test pairs changes no cosine among the training pairs."""
    one, two = invented(10), [*invented(9), text_pairs.TextPair(a="мост мост", b="мост", same=True)]
    train = np.array([True] * 9 + [False])

    def cosines(given: list[text_pairs.TextPair]) -> list[float]:
        read = text_pairs._read_texts({text for pair in given for text in (pair.a, pair.b)}, hashed)
        return text_pairs._tfidf([(read[pair.a], read[pair.b]) for pair in given], train)[:9].tolist()

    assert cosines(one) == cosines(two)


def test_logistic_finds_the_side() -> None:
    """The regression recovers which of two columns tells, and which way."""
    rows = np.random.default_rng(3).normal(size=(400, 2))
    beta = logistic.fit_logistic(rows, (rows[:, 0] > 0).astype(float), penalty=1.0)
    assert beta[0] > 2
    assert abs(beta[1]) < 1


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=30).filter(
        lambda each: any(y for _, y in each)
    )
)
def test_best_threshold_lies_between_scores(given_pairs: list[tuple[float, bool]]) -> None:
    """The threshold lies within the scores and its F1 is no worse than taking everything."""
    scores = np.array([score for score, _ in given_pairs])
    truth = np.array([float(label) for _, label in given_pairs])
    threshold, f1 = logistic.best_threshold(scores, truth)
    assert 0.0 <= threshold <= 1.0
    assert f1 >= 2 * truth.sum() / (len(truth) + truth.sum()) - 1e-9


@pytest.mark.parametrize(
    ("scores", "expected"), [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.5] * 4, 0.5)]
)
def test_area_under_curve(scores: list[float], expected: float) -> None:
    """The area is 1 for a perfect order, 0 for the reverse, and a half where nothing is told apart."""
    assert logistic.area_under_curve(np.array(scores), np.array([1.0, 1.0, 0.0, 0.0])) == expected
