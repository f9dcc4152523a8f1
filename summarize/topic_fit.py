"""Fits the weights of `topics` on labelled posts, and measures them on sets that they were not fitted on.

Pure but for the embedding model and one file of the package: invented posts of other fields (`data/offtopic.txt`), which
teach what has no topic.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import resources
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Topic
from summarize import embed, topics
from summarize.evaluate import Labelled
from summarize.logistic import fit_logistic

Array = NDArray[np.float64]

PENALTY = 3.0
#: A topic's own bias is penalised this many times as much as the evidence, since there are few posts of each topic.
BIAS_PENALTY = 2.0
FIELD_PENALTY = 0.3
#: How much a post of another field counts against having a topic: there may be as many as one likes of them.
OFF_TOPIC = 0.3
#: How much a post without a topic counts as one of another field.
UNSURE = 0.5
#: Of what is learned from vectors: the penalty, the least share of posts that a topic counts as having, the scale that
#: brings it to about −1…1, and the parts that are left out in turn.
RIDGE, LEAST_SHARE, LEARNED_SCALE, PARTS = 3.0, 0.01, 0.15, 5
FIELD_LIMIT = 0.8
MOST = 3
#: Joined in threes, off-topic posts are also as long as others, and as mixed as a round-up.
JOINED = 3
#: Thresholds that are tried. With lower ones, channels about everything get topics; the best of higher ones is chance.
FIRST = (0.25, 0.3, 0.35)
OTHERS = (0.3, 0.35, 0.4)


@dataclass(frozen=True, slots=True)
class Rows:
    """Posts as evidence: `words` (n, topics, len(EVIDENCE)), `field` (n, len(FIELD_EVIDENCE)), `truth` (n, topics), and
    `whole` (n, dimension), their vectors.
    """

    words: Array
    field: Array
    truth: Array
    whole: Array

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            np.concatenate([self.words, other.words]),
            np.concatenate([self.field, other.field]),
            np.concatenate([self.truth, other.truth]),
            np.concatenate([self.whole, other.whole]),
        )


#: Texts with the slugs of their topics.
Texts = Sequence[tuple[str, Collection[str]]]


def fit_topics(
    sets: Sequence[Labelled],
    among: Sequence[Topic],
    encode: embed.Encoder,
    *,
    halves: Collection[str] = ("fit",),
    texts: Sequence[Texts] = (),
) -> topics.Weights:
    """Fit on the posts of all sets that are marked with one of `halves`, and on sets of `texts`.

    `figures` are of leaving each set out in turn. Raises ValueError where no post is labelled.
    """
    profiles = topics.profiles(among, encode)
    rows = [found for labelled in sets if len((found := _rows(labelled, profiles, halves)).truth)]
    rows += [_of_texts(each, profiles, encode) for each in texts]
    if not rows:
        raise ValueError("no labelled post to fit topics on")
    slugs = [profile.slug for profile in profiles]
    off = _off_topic(profiles, encode)
    return _fit(_together(rows), off, slugs, _left_out(rows, off, slugs))


def to_json(using: topics.Weights) -> dict[str, Any]:
    """What `data/topics.json` holds, as `topics.weights` reads it."""
    learned = {slug: [round(float(value), 3) for value in row] for slug, row in using.learned.items()}
    return {**asdict(using), "learned": learned}


def _rows(labelled: Labelled, profiles: Sequence[topics.Profile], halves: Collection[str]) -> Rows:
    posts = []
    for post in labelled.indexed:
        label = labelled.labels.get(post.post_id)
        if label is not None and not label.ad and label.half in halves:
            posts.append((post.clean_text, post.vectors, label.topics))
    return _evidence(posts, profiles)


def _evidence(
    posts: Sequence[tuple[str, embed.Vectors | None, Collection[str]]], profiles: Sequence[topics.Profile]
) -> Rows:
    slugs = [profile.slug for profile in profiles]
    words, field, truth, whole = [], [], [], []
    for text, vectors, labels in posts:
        found = topics.evidence(text, vectors, profiles)
        if found:
            inside = topics.field_evidence(text, vectors, profiles)
            words.append([[found[slug][name] for name in topics.EVIDENCE] for slug in slugs])
            field.append([inside[name] for name in topics.FIELD_EVIDENCE])
            truth.append([float(slug in labels) for slug in slugs])
            whole.append(np.zeros(embed.LOCAL_DIMENSION) if vectors is None else vectors[0])
    return Rows(
        np.array(words, dtype=np.float64).reshape(-1, len(slugs), len(topics.EVIDENCE)),
        np.array(field, dtype=np.float64).reshape(-1, len(topics.FIELD_EVIDENCE)),
        np.array(truth, dtype=np.float64).reshape(-1, len(slugs)),
        np.array(whole, dtype=np.float64).reshape(-1, embed.LOCAL_DIMENSION),
    )


def _off_topic(profiles: Sequence[topics.Profile], encode: embed.Encoder) -> Rows:
    lines = [
        line
        for line in resources.files("summarize").joinpath("data/offtopic.txt").read_text("utf-8").splitlines()
        if line
    ]
    groups = len(lines) // JOINED
    return _of_texts([(text, ()) for text in [*lines, *_joined(lines, groups)]], profiles, encode)


def _joined(lines: Sequence[str], groups: int) -> list[str]:
    return ["\n\n".join(lines[start::groups]) for start in range(groups)]


def _of_texts(posts: Texts, profiles: Sequence[topics.Profile], encode: embed.Encoder) -> Rows:
    found = []
    for text, labels in posts:
        parts = encode([passage.text for passage in embed.passages(text)])
        found.append((text, np.vstack([embed.whole(parts)[None, :], parts]), labels))
    return _evidence(found, profiles)


def _together(rows: Sequence[Rows]) -> Rows:
    joined = rows[0]
    for more in rows[1:]:
        joined = joined + more
    return joined


def _fit(rows: Rows, off: Rows, slugs: Sequence[str], figures: dict[str, float]) -> topics.Weights:
    field = _fit_field(rows, off)
    every, importance = rows + off, np.r_[np.ones(len(rows.truth)), np.full(len(off.truth), OFF_TOPIC)]
    words, biases = _fit_words(every, _learned_elsewhere(every, importance), importance)
    learned = _learn(every.whole, every.truth, importance)
    names, bias = (*topics.EVIDENCE, topics.LEARNED), float(words[-1])
    unset = topics.Weights(
        weights={name: round(float(weight), 4) for name, weight in zip(names, words[:-1], strict=True)},
        bias=round(bias, 4),
        biases={slug: round(float(own), 4) for slug, own in zip(slugs, biases, strict=True)},
        learned={slug: np.round(row, 3).astype(np.float32) for slug, row in zip(slugs, learned, strict=True)},
        field={name: round(float(weight), 4) for name, weight in zip(topics.FIELD_EVIDENCE, field[:-1], strict=True)},
        field_bias=round(float(field[-1]), 4),
        field_limit=FIELD_LIMIT,
        first=1.0,
        threshold=1.0,
        most=MOST,
        model=embed.LOCAL_MODEL,
        figures=figures,
    )
    return _with_thresholds(unset, rows, off, slugs)


def _learn(whole: Array, truth: Array, importance: Array) -> Array:
    """Ridge regression of each topic on the vectors of posts (Hastie et al., ESL 3.4.1): (topics, dimension + 1).

    Truth is taken relative to how frequent a topic is, so that the rare ones reach as far.
    """
    mean = np.average(whole, axis=0, weights=importance)
    share = np.average(truth, axis=0, weights=importance)
    centred = whole - mean
    weighed = centred * importance[:, None]
    target = (truth - share) / np.maximum(share, LEAST_SHARE)
    slopes = np.linalg.solve(weighed.T @ centred + RIDGE * np.eye(whole.shape[1]), weighed.T @ target)
    return np.vstack([slopes, -mean @ slopes]).T * LEARNED_SCALE


def _learned_elsewhere(rows: Rows, importance: Array) -> Array:
    """What is learned of each post's topics, (n, topics), from posts other than it: else the fit would trust it too much."""
    part = np.random.default_rng(0).integers(0, PARTS, len(rows.truth))
    found = np.zeros_like(rows.truth)
    for each in range(PARTS):
        inside = part == each
        learned = _learn(rows.whole[~inside], rows.truth[~inside], importance[~inside])
        found[inside] = _by(learned, rows.whole[inside])
    return found


def _by(learned: Array, whole: Array) -> Array:
    return np.asarray(np.tanh(whole @ learned[:, :-1].T + learned[:, -1]), dtype=np.float64)


def _fit_field(rows: Rows, off: Rows) -> Array:
    """A post without a topic may be of the field or not: mostly it is not, so it counts half."""
    topical = rows.truth.any(axis=1)
    truth = np.r_[topical.astype(np.float64), np.zeros(len(off.field))]
    importance = np.r_[np.where(topical, 1.0, UNSURE), np.ones(len(off.field))]
    return fit_logistic(np.vstack([rows.field, off.field]), truth, penalty=FIELD_PENALTY, importance=importance)


def _fit_words(rows: Rows, learned: Array, importance: Array) -> tuple[Array, Array]:
    """Weights of the evidence, of what is `learned` and the common bias last, and the biases of topics."""
    posts, many, kinds = rows.words.shape
    scale = BIAS_PENALTY**-0.5
    evidence = np.concatenate([rows.words, learned[:, :, None]], axis=2).reshape(-1, kinds + 1)
    columns = np.concatenate([evidence, np.tile(np.eye(many) * scale, (posts, 1))], axis=1)
    beta = fit_logistic(columns, rows.truth.reshape(-1), penalty=PENALTY, importance=np.repeat(importance, many))
    return np.r_[beta[: kinds + 1], beta[-1]], beta[kinds + 1 : -1] * scale


def _with_thresholds(using: topics.Weights, rows: Rows, off: Rows, slugs: Sequence[str]) -> topics.Weights:
    """The thresholds with the best micro-F1, posts of other fields counting less than those of this one."""
    found, elsewhere = probabilities(using, rows, slugs), probabilities(using, off, slugs)

    def f1(thresholds: tuple[float, float]) -> float:
        right, given, there = _counts(chosen(found, *thresholds), rows.truth)
        return _f1(right, given + OFF_TOPIC * float(chosen(elsewhere, *thresholds).sum()), there)

    first, others = max(product(FIRST, OTHERS), key=f1)
    return replace(using, first=first, threshold=others)


def probabilities(using: topics.Weights, rows: Rows, slugs: Sequence[str]) -> Array:
    """Probability of each topic for each post, (n, topics), as `topics.scores` finds it."""
    weights = np.array([using.weights[name] for name in topics.EVIDENCE])
    own = np.array([using.biases.get(slug, 0.0) for slug in slugs])
    field = np.array([using.field[name] for name in topics.FIELD_EVIDENCE])
    inside = _logistic(rows.field @ field + using.field_bias)
    learned = _by(np.array([using.learned[slug] for slug in slugs], dtype=np.float64), rows.whole)
    given = _logistic(rows.words @ weights + using.weights[topics.LEARNED] * learned + own + using.bias)
    return np.minimum(1.0, inside / using.field_limit)[:, None] * given


def _logistic(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), dtype=np.float64)


def chosen(found: Array, first: float, others: float) -> Array:
    """Which topics pass, (n, topics) of 0 and 1: the likeliest at `first`, the next ones at `others`."""
    order = np.argsort(-found, axis=1, kind="stable")[:, :MOST]
    needed = np.full(order.shape, others)
    needed[:, 0] = first
    out = np.zeros_like(found)
    np.put_along_axis(out, order, (np.take_along_axis(found, order, axis=1) >= needed).astype(np.float64), axis=1)
    return out


def _counts(given: Array, truth: Array) -> tuple[float, float, float]:
    return float((given * truth).sum()), float(given.sum()), float(truth.sum())


def _f1(right: float, given: float, there: float) -> float:
    return 2 * right / (given + there) if given + there else 1.0


def _left_out(rows: Sequence[Rows], off: Rows, slugs: Sequence[str]) -> dict[str, float]:
    """Micro-averaged figures over all sets, each judged by weights fitted on the others; nothing for a single set."""
    if len(rows) < 2:
        return {}
    total = np.zeros(3)
    for place, judged in enumerate(rows):
        using = _fit(_together([*rows[:place], *rows[place + 1 :]]), off, slugs, {})
        given = chosen(probabilities(using, judged, slugs), using.first, using.threshold)
        total += _counts(given, judged.truth)
    right, out, there = map(float, total)
    return {
        "posts": float(sum(len(judged.truth) for judged in rows)),
        "precision": round(right / max(out, 1.0), 4),
        "recall": round(right / max(there, 1.0), 4),
        "micro_f1": round(_f1(right, out, there), 4),
    }
