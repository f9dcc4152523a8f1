"""Fits the matcher's weights on labelled posts.

Pure but for what its callers embedded. Weights are fitted on posts marked `fit`; how they do on others is `evaluate`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from summarize import embed, evidence, match
from summarize.evaluate import Labelled, PairFigures, stories
from summarize.logistic import Array, fit_logistic
from summarize.together import together
from summarize.views import Background

#: Judges copies, continuations and vetoes, and weighs nothing: what fitting starts from.
UNFITTED = match.Weights(version="0", model=embed.LOCAL_MODEL, weights={}, bias=0.0, same=1.0, maybe=1.0, linkage=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRows:
    """Pairs of posts as evidence: `rows` (n, len(EVIDENCE)), `truth` (n,), and how much each pair counts."""

    rows: Array
    truth: Array
    importance: Array


def pair_rows(labelled: Labelled, *, halves: Collection[str], using: match.Weights = UNFITTED) -> PairRows:
    """Evidence on every pair that the weights decide: nominated, neither a copy, a continuation nor vetoed.

    Each story counts alike however many pairs it has, since its size is an accident of the sample.
    """
    found = together(labelled.indexed, using)
    truth = {post: label for post, label in labelled.labels.items() if label.half in halves and not label.ad}
    rows, same, importance = [], [], []
    sizes = Counter(label.story for label in truth.values())
    for (one, two), verdict in found.verdicts.items():
        if one not in truth or two not in truth or verdict.kind == "copy":
            continue
        if "veto" in verdict.reasons or "continuation" in verdict.reasons:
            continue
        seen = evidence.evidence(found.views[one], found.views[two], adjacent=(one, two) in found.adjacent)
        rows.append([seen[name] for name in evidence.EVIDENCE])
        is_same = truth[one].story == truth[two].story
        same.append(float(is_same))
        importance.append(2 / (sizes[truth[one].story] - 1) if is_same else 1.0)
    return PairRows(rows=np.array(rows), truth=np.array(same), importance=np.array(importance))


#: Chosen on sets that were left out: of the pairs' probabilities, what makes a component, and what joins two groups.
PENALTY, SAME, MAYBE, LINKAGE = 3.0, 0.25, 0.12, 0.32
#: What no labelled pair happens to show, but what the words mean: a post that links or answers another speaks of it.
PRIORS = {"refers": 1.5}


def background(sets: Sequence[Labelled], *, halves: Collection[str]) -> Background:
    """What the passages of labelled posts have in common."""
    rows = [
        post.vectors[1:]
        for labelled in sets
        for post in labelled.indexed
        if post.vectors is not None and post.post_id in labelled.labels and labelled.labels[post.post_id].half in halves
    ]
    return Background.learned(np.vstack(rows).astype(np.float64), digits=4)


def fit(sets: Sequence[Labelled], *, halves: Collection[str] = ("fit",), version: str = "2") -> match.Weights:
    """Fit the matcher's weights on labelled sets, each pair weighed by the size of its story; thresholds are constants."""
    start = replace(UNFITTED, background=background(sets, halves=halves))
    found = [pair_rows(labelled, halves=halves, using=start) for labelled in sets]
    rows = np.vstack([each.rows for each in found])
    truth = np.concatenate([each.truth for each in found])
    importance = np.concatenate([each.importance for each in found])
    *slopes, bias = fit_logistic(rows, truth, penalty=PENALTY, importance=importance).tolist()
    weights = {
        name: round(max(slope, PRIORS.get(name, slope)), 4)
        for name, slope in zip(evidence.EVIDENCE, slopes, strict=True)
    }
    return replace(
        start, version=version, weights=weights, bias=round(bias, 4), same=SAME, maybe=MAYBE, linkage=LINKAGE
    )


def leave_one_out(sets: Mapping[str, Labelled], *, halves: Collection[str] = ("fit",)) -> dict[str, PairFigures]:
    """For each set: how weights that were fitted on the others alone do on it."""
    return {
        name: stories(left, fit([other for key, other in sets.items() if key != name], halves=halves), halves=halves)
        for name, left in sets.items()
    }


def to_json(using: match.Weights, figures: Mapping[str, PairFigures]) -> dict[str, Any]:
    """What `data/matcher.json` holds: the weights, and how they do on each set when that set is left out."""
    left_out = {
        name: {
            "posts": each.posts, "pairs": each.pairs, "precision": round(each.precision, 3), "recall": round(each.recall, 3),
            "f1": round(each.f1, 3), "interval": [round(each.low, 3), round(each.high, 3)],
        }
        for name, each in figures.items()
    }  # fmt: skip
    return {
        "version": using.version, "model": using.model, "weights": dict(using.weights), "bias": using.bias, "same": using.same,
        "maybe": using.maybe, "linkage": using.linkage, "left_out": left_out,
        "background": [list(row) for row in using.background.rows],
    }  # fmt: skip
