"""The line by which questions are refused, fitted on labelled ones, and how well it tells those that the archive answers.

Pure numpy. A question is as good as its best story: which one that is, and the line, are found in turn, as for a bag of which
one member decides (Andrews, Tsochantaridis and Hofmann, NIPS 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarize.logistic import area_under_curve, fit_logistic

Array = NDArray[np.float64]

#: The penalty on weights of features of one scale, and how often stories are chosen anew.
PENALTY, ROUNDS = 2.0, 5
#: A question without its answers counts so much: people would rather ask of what is there.
TAKEN = 0.1
FOLDS, SEEDS = 5, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A labelled question: `rows`, (stories, k), the features of what was found, none where it is refused without a line;
    whether that answers it.

    `without`: the same question with its answers taken away, as long and as odd as before, but unanswerable; or none.
    """

    rows: Array
    answered: bool
    without: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`weights`, (k,), and the `bias` at which either is as likely."""

    weights: Array
    bias: float

    def score(self, rows: Array) -> float:
        """Of the best story; minus infinity where there is none."""
        return float((rows @ self.weights).max()) if len(rows) else -np.inf


def fit(asked: Sequence[Asked]) -> Line:
    """The line that tells questions that are answered best, L2-penalised."""
    lots = [(one.rows, one.answered, 1.0) for one in asked if len(one.rows)]
    lots += [(one.without, False, TAKEN) for one in asked if len(one.without)]
    every = np.vstack([rows for rows, _, _ in lots])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 1e-9
    scaled = [(rows - mean) / scale for rows, _, _ in lots]
    truth, importance = np.array([[float(answered), weight] for _, answered, weight in lots]).T
    picks = [0] * len(lots)
    for _ in range(ROUNDS):
        chosen = np.array([rows[pick] for rows, pick in zip(scaled, picks, strict=True)])
        found = fit_logistic(chosen, truth, penalty=PENALTY, importance=importance)
        again = [int(np.argmax(rows @ found[:-1])) for rows in scaled]
        if again == picks:
            break
        picks = again
    weights = found[:-1] / scale
    return Line(weights=weights, bias=float(found[-1] - weights @ mean))


def cross_validated(asked: Sequence[Asked]) -> Array:
    """The log-odds of each question being answered, (n,), by lines that were fitted without it; the mean of SEEDS divisions."""
    scores = np.zeros(len(asked))
    for seed in range(SEEDS):
        fold = _folds(asked, np.random.default_rng(seed))
        for number in range(FOLDS):
            line = fit([one for one, mine in zip(asked, fold, strict=True) if mine != number])
            for place in np.flatnonzero(fold == number).tolist():
                scores[place] += (line.score(asked[place].rows) + line.bias) / SEEDS
    return scores


def _folds(asked: Sequence[Asked], order: np.random.Generator) -> NDArray[np.int64]:
    """The fold of each question; answered and unanswerable ones are spread alike."""
    fold = np.zeros(len(asked), dtype=np.int64)
    for answered in (True, False):
        places = np.array([place for place, one in enumerate(asked) if one.answered == answered], dtype=np.int64)
        order.shuffle(places)
        fold[places] = np.arange(len(places)) % FOLDS
    return fold


def threshold(scores: Array, answered: NDArray[np.bool_], *, wrong: float) -> float:
    """The score from which on questions are answered if at most the share `wrong` of those that are answered is refused."""
    own = np.sort(scores[answered])
    return float(own[int(wrong * len(own))])


def right(scores: Array, answered: NDArray[np.bool_], *, wrong: float) -> float:
    """The share of the unanswerable that is refused then."""
    return float(np.mean(scores[~answered] < threshold(scores, answered, wrong=wrong)))


def area(scores: Array, answered: NDArray[np.bool_]) -> float:
    """The chance that a question that is answered scores above one that is not."""
    return area_under_curve(np.maximum(scores, -1e9), answered.astype(np.float64))
