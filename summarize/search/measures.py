"""How good a ranking is: nDCG, recall, reciprocal rank; and a line through features, fitted so that what answers comes first.

Pure numpy. Grades are 2 for a story that answers, 1 for one that only has to do with it; gains are 2^grade - 1 (Burges et al.,
ICML 2005), discounts log2(place + 1) (Järvelin and Kekäläinen, TOIS 2002).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: A grade that answers.
ANSWERS = 2


def ndcg(ranking: Sequence[Hashable], grades: Mapping[Hashable, int], *, depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` places, 0…1."""
    best = sorted(grades.values(), reverse=True)
    ideal = _gain(best[:depth])
    return _gain([grades.get(one, 0) for one in ranking[:depth]]) / ideal if ideal else 0.0


def _gain(grades: Sequence[int]) -> float:
    return math.fsum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def recall(ranking: Sequence[Hashable], grades: Mapping[Hashable, int], *, depth: int = 20) -> float:
    """Share of what answers that stands in the first `depth` places."""
    wanted = {one for one, grade in grades.items() if grade >= ANSWERS}
    return len(wanted.intersection(ranking[:depth])) / len(wanted) if wanted else 0.0


def reciprocal_rank(ranking: Sequence[Hashable], grades: Mapping[Hashable, int]) -> float:
    """1 / the place of the first that answers, 0 where none does."""
    return next((1.0 / place for place, one in enumerate(ranking, 1) if grades.get(one, 0) >= ANSWERS), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """The candidates of one question: `rows`, (n, k), their features; `grades`, (n,)."""

    rows: Array
    grades: Array


def fit_ranking(lots: Sequence[Lot], *, penalty: float, steps: int = 1200, rate: float = 0.1) -> Array:
    """Weights, (k,), by which the candidates that answer come first: softmax over each question's candidates (ListNet, Cao et
    al., ICML 2007), L2-penalised, by Adam (Kingma and Ba, 2015). Candidates of grade 1 neither help nor hurt.
    """
    size = lots[0].rows.shape[1]
    weights, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, steps + 1):
        gradient = penalty * weights + sum((_gradient(lot, weights) for lot in lots), np.zeros(size)) / len(lots)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        weights -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def _gradient(lot: Lot, weights: Array) -> Array:
    """Of the chance that a draw by the scores is one that answers; nothing where none does."""
    right = lot.grades >= ANSWERS
    if not right.any():
        return np.zeros_like(weights)
    scores = lot.rows @ weights
    chances = np.exp(scores - scores.max()) * (right | (lot.grades == 0))
    found: Array = lot.rows.T @ (chances / chances.sum() - chances * right / (chances * right).sum())
    return found
