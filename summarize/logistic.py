"""Logistic regression, and what its scores are worth: the threshold with the best F1, the area under the ROC curve.

Pure numpy: rows are few (hundreds to thousands) and evidence is narrow, so that Newton's method is exact and at once done.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def fit_logistic(rows: Array, truth: Array, *, penalty: float, importance: Array | None = None) -> Array:
    """L2-penalised logistic regression by Newton's method (IRLS; Hastie et al., ESL 4.4.1).

    `rows`: (n, k); `truth`: (n,) of 0 and 1; returns (k + 1,), the bias last and unpenalised.
    """
    x = np.hstack([rows, np.ones((len(rows), 1))])
    w = importance if importance is not None else np.ones(len(rows))
    shrink = np.full(x.shape[1], penalty)
    shrink[-1] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (w * (truth - p)) - shrink * beta
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(shrink)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if float(np.abs(step).max()) < 1e-8:
            break
    return beta


def best_threshold(scores: Array, truth: Array) -> tuple[float, float]:
    """The threshold with the best F1, in the middle between two scores, and that F1."""
    order = np.argsort(-scores)
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + truth.sum())
    place = int(np.argmax(f1))
    below = scores[order[place + 1]] if place + 1 < len(scores) else 0.0
    return float((scores[order[place]] + below) / 2), float(f1[place])


def area_under_curve(scores: Array, truth: Array) -> float:
    """Area under the ROC curve: the chance that a same pair scores above another (ties count half)."""
    positive, negative = scores[truth == 1], scores[truth == 0]
    above = (positive[:, None] > negative[None, :]).sum() + 0.5 * (positive[:, None] == negative[None, :]).sum()
    return float(above / (len(positive) * len(negative)))
