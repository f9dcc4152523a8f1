"""Fits what `suspicion` knows: on sentences with labels, and on sentences of honest posts, which are hardly ever orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from summarize import embed
from summarize.embed import Encoder
from summarize.logistic import area_under_curve, fit_logistic
from summarize.orders import suspicion
from summarize.orders.suspicion import Weights

#: Of the sentences of honest posts that took no part in fitting, so many may be suspected, and taken for orders.
SUSPECTED, SURE = 0.015, 0.003
PENALTY = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """On sentences that took no part in fitting: shares of orders that are found, and for sure; of those that look like one,
    and of ordinary ones, that are wrongly suspected; area under the ROC curve between orders and ordinary sentences.
    """

    orders: int
    found: float
    sure: float
    alike: int
    suspected_alike: float
    ordinary: int
    suspected: float
    auc: float


def fit(
    labelled: Sequence[tuple[str, bool]], honest: Sequence[str], calibration: Sequence[str], encode: Encoder
) -> Weights:
    """Weights from labelled sentences and honest ones; the threshold from others of honest posts."""
    texts = [*(text for text, _ in labelled), *honest]
    truth = np.array([*(float(order) for _, order in labelled), *([0.0] * len(honest))])
    beta = fit_logistic(suspicion.rows(texts, encode).astype(np.float64), truth, penalty=PENALTY)
    row = np.round(beta[:-1], 3).astype(np.float32)
    bare = Weights(row=row, bias=round(float(beta[-1]), 3), threshold=0.0, sure=0.0, model=embed.LOCAL_MODEL)
    odds = suspicion.scores(calibration, encode, using=bare)
    threshold, sure = (round(float(np.quantile(odds, 1 - share)), 3) for share in (SUSPECTED, SURE))
    return Weights(row=row, bias=bare.bias, threshold=threshold, sure=sure, model=embed.LOCAL_MODEL)


def figures(using: Weights, labelled: Sequence[tuple[str, bool]], honest: Sequence[str], encode: Encoder) -> Figures:
    """How well the weights do on sentences that they were not fitted on."""
    odds = suspicion.scores([text for text, _ in labelled], encode, using=using)
    truth = np.array([order for _, order in labelled])
    ordinary = suspicion.scores(honest, encode, using=using)
    both = np.concatenate([odds[truth], ordinary]).astype(np.float64)
    return Figures(
        orders=int(truth.sum()),
        found=float((odds[truth] >= using.threshold).mean()),
        sure=float((odds[truth] >= using.sure).mean()),
        alike=int((~truth).sum()),
        suspected_alike=float((odds[~truth] >= using.threshold).mean()),
        ordinary=len(honest),
        suspected=float((ordinary >= using.threshold).mean()),
        auc=area_under_curve(both, np.array([1.0] * int(truth.sum()) + [0.0] * len(ordinary))),
    )


def to_json(found: Weights) -> dict[str, Any]:
    """The weights as `data/orders.json` holds them."""
    return {
        "model": found.model,
        "bias": found.bias,
        "threshold": found.threshold,
        "sure": found.sure,
        "row": [round(float(value), 3) for value in found.row],
    }
