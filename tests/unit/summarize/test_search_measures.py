"""Measures of rankings by hand-made numbers, and a line that learns what answers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from summarize.search.measures import Lot, fit_ranking, ndcg, recall, reciprocal_rank


def test_ndcg() -> None:
    """Gains of 3 and 1, discounted by the place; of the best order 1, of nothing found 0."""
    grades = {"a": 2, "b": 1}
    assert ndcg(["a", "b", "x"], grades) == 1.0
    assert ndcg(["x", "b", "a"], grades) == pytest.approx((1 / math.log2(3) + 3 / 2) / (3 + 1 / math.log2(3)))
    assert ndcg(["x", "y"], grades) == 0.0
    assert ndcg(["x"] * 10 + ["a"], grades) == 0.0


def test_recall_and_reciprocal_rank() -> None:
    """Of what answers; what only has to do with it counts for neither."""
    grades = {"a": 2, "b": 1, "c": 2}
    assert recall(["b", "x", "c"], grades) == 0.5
    assert reciprocal_rank(["b", "x", "c"], grades) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"], grades) == 0.0


def test_a_line_learns_what_answers() -> None:
    """With a feature that tells it, and one that is noise, the first is weighed; what is half right is left alone."""
    noise = np.random.default_rng(7)
    lots = []
    for _ in range(60):
        grades = np.array([2.0, 0, 0, 0, 1])
        telling = np.where(grades == 2, 1.0, 0.0) + 0.1 * noise.standard_normal(5)
        lots.append(Lot(rows=np.column_stack([telling, noise.standard_normal(5)]), grades=grades))
    weights = fit_ranking(lots, penalty=0.01)
    assert weights[0] > 10 * abs(weights[1])


def test_questions_without_an_answer_teach_nothing() -> None:
    """A lot in which nothing answers leaves the weights at nothing."""
    lot = Lot(rows=np.array([[1.0, 0.0], [0.0, 1.0]]), grades=np.array([0.0, 1.0]))
    assert fit_ranking([lot], penalty=0.01).tolist() == [0.0, 0.0]
