"""Measures and fits the matcher and the topics on labelled posts.

Pure but for the embedding model. Thresholds are fitted on posts marked `fit` and reported on the others; a file of
pairs is measured by cross-validation, everything chosen inside the folds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Channel, ChannelKind, Indexed, StoredPost, Topic
from summarize import embed, match, prepare, views
from summarize import topics as topic_rules
from summarize import text as texts

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What an annotator says of a post. `apart`: names of groups of look-alikes that it belongs to."""

    story: str
    topics: frozenset[str]
    ad: bool
    half: str
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A set of posts with labels, indexed together; `labels` by post id, posts without one take part unlabelled."""

    posts: tuple[StoredPost, ...]
    labels: Mapping[int, Label]
    indexed: tuple[Indexed, ...]


def index(posts: Sequence[StoredPost], among: Sequence[Topic], encode: embed.Encoder) -> tuple[Indexed, ...]:
    """Index a few posts in memory, boilerplate learned from all of them first."""
    lines: Counter[tuple[str, int]] = Counter()
    for post in posts:
        lines.update((prepare.source_of(post), line) for line in prepare.learnable(post))
    learned: dict[str, set[int]] = defaultdict(set)
    for (source, line), count in lines.items():
        if count >= prepare.BOILERPLATE_POSTS:
            learned[source].add(line)
    read = [prepare.read(post, boilerplate=frozenset(learned[prepare.source_of(post)])) for post in posts]
    vectors = embedded([passage for item in read for passage in item.passages], encode)
    profiles = topic_rules.profiles(among, encode)
    return tuple(prepare.finish(item, vectors, profiles) for item in read)


def embedded(passages: Iterable[embed.Passage], encode: embed.Encoder) -> dict[bytes, embed.Vectors]:
    """Vectors of passages by the hash of their text, each text embedded once."""
    fresh = {passage.hash: passage.text for passage in passages}
    return dict(zip(fresh, encode(list(fresh.values())), strict=True)) if fresh else {}


# --- stories ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigures:
    """Of the pairs of posts of one story: precision, recall, F1 with a 95 % interval over resampled stories."""

    posts: int
    stories: int
    pairs: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float
    joined_apart: tuple[tuple[int, int], ...]
    wrong: tuple[tuple[int, int], ...]
    missed: tuple[tuple[int, int], ...]


def stories(labelled: Labelled, using: match.Weights, *, halves: Collection[str], seed: int = 7) -> PairFigures:
    """Match all posts and count pairs among the labelled ones of `halves`; ads form no story and are left out."""
    found = views.together(labelled.indexed, using)
    truth = {post: label for post, label in labelled.labels.items() if label.half in halves and not label.ad}
    part = {post: number for number, story in enumerate(found.stories) for post in story}
    same = {pair for pair in combinations(sorted(truth), 2) if truth[pair[0]].story == truth[pair[1]].story}
    joined = {pair for pair in combinations(sorted(truth), 2) if part[pair[0]] == part[pair[1]]}
    right = same & joined
    low, high = _bootstrap(truth, same, joined, seed)
    return PairFigures(
        posts=len(truth),
        stories=len({label.story for label in truth.values()}),
        pairs=len(same),
        precision=_share(len(right), len(joined)),
        recall=_share(len(right), len(same)),
        f1=_f1(len(right), len(joined), len(same)),
        low=low,
        high=high,
        joined_apart=tuple(sorted(pair for pair in joined - same if truth[pair[0]].apart & truth[pair[1]].apart)),
        wrong=tuple(sorted(joined - same)),
        missed=tuple(sorted(same - joined)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _f1(right: int, joined: int, same: int) -> float:
    return 2 * right / (joined + same) if joined + same else 1.0


def _bootstrap(
    truth: Mapping[int, Label], same: Collection[tuple[int, int]], joined: Collection[tuple[int, int]], seed: int
) -> tuple[float, float]:
    """Resample stories with replacement; a pair counts by how often both its stories were drawn."""
    names = sorted({label.story for label in truth.values()})
    generator = np.random.default_rng(seed)
    figures = []
    for _ in range(1000):
        drawn = Counter(generator.choice(len(names), size=len(names)))
        weight = {name: drawn.get(place, 0) for place, name in enumerate(names)}

        def total(pairs: Iterable[tuple[int, int]], weight: Mapping[str, int] = weight) -> int:
            return sum(min(weight[truth[one].story], weight[truth[two].story]) for one, two in pairs)

        both = set(same) & set(joined)
        figures.append(_f1(total(both), total(joined), total(same)))
    return float(np.percentile(figures, 2.5)), float(np.percentile(figures, 97.5))


#: An ordinary post has about so many words.
WORDS_A_POST = 100
#: Judges copies, continuations and vetoes, and weighs nothing: what fitting starts from.
UNFITTED = match.Weights(version="0", model=embed.LOCAL_MODEL, weights={}, bias=0.0, same=1.0, maybe=1.0, linkage=1.0)

# --- fitting ---------------------------------------------------------------------------------------------------------


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
    found = views.together(labelled.indexed, using)
    truth = {post: label for post, label in labelled.labels.items() if label.half in halves and not label.ad}
    rows, same, importance = [], [], []
    sizes = Counter(label.story for label in truth.values())
    for (one, two), verdict in found.verdicts.items():
        if one not in truth or two not in truth or verdict.kind == "copy":
            continue
        if "veto" in verdict.reasons or "continuation" in verdict.reasons:
            continue
        evidence = match.evidence(
            found.views[one], found.views[two], adjacent=(one, two) in found.adjacent, using=using
        )
        rows.append([evidence[name] for name in match.EVIDENCE])
        is_same = truth[one].story == truth[two].story
        same.append(float(is_same))
        importance.append(2 / (sizes[truth[one].story] - 1) if is_same else 1.0)
    return PairRows(rows=np.array(rows), truth=np.array(same), importance=np.array(importance))


#: Directions of the background that are taken from vectors before these are compared, beside the mean.
DIRECTIONS = 2
#: Chosen on sets that were left out: of the pairs' probabilities, what makes a component, and what joins two groups.
PENALTY, SAME, MAYBE, LINKAGE = 3.0, 0.25, 0.12, 0.35
#: What no labelled pair happens to show, but what the words mean: a post that links or answers another speaks of it.
PRIORS = {"refers": 1.5}


def background(sets: Sequence[Labelled], *, halves: Collection[str]) -> tuple[tuple[float, ...], ...]:
    """What posts have in common: the mean of their passages' vectors, then the DIRECTIONS of greatest variance."""
    rows = [
        post.vectors[1:]
        for labelled in sets
        for post in labelled.indexed
        if post.vectors is not None and post.post_id in labelled.labels and labelled.labels[post.post_id].half in halves
    ]
    every = np.vstack(rows).astype(np.float64)
    mean = every.mean(axis=0)
    directions = np.linalg.svd(every - mean, full_matrices=False)[2][:DIRECTIONS]
    directions *= np.where(directions[:, :1] < 0, -1.0, 1.0)
    return tuple(tuple(round(float(value), 4) for value in row) for row in (mean, *directions))


def fit(sets: Sequence[Labelled], *, halves: Collection[str] = ("fit",), version: str = "2") -> match.Weights:
    """Fit the matcher's weights on labelled sets, each pair weighed by the size of its story; thresholds are constants."""
    start = replace(UNFITTED, background=background(sets, halves=halves))
    found = [pair_rows(labelled, halves=halves, using=start) for labelled in sets]
    rows = np.vstack([each.rows for each in found])
    truth = np.concatenate([each.truth for each in found])
    importance = np.concatenate([each.importance for each in found])
    *slopes, bias = fit_logistic(rows, truth, penalty=PENALTY, importance=importance).tolist()
    weights = {
        name: round(max(slope, PRIORS.get(name, slope)), 4) for name, slope in zip(match.EVIDENCE, slopes, strict=True)
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
        "maybe": using.maybe, "linkage": using.linkage, "left_out": left_out, "background": [list(row) for row in using.background],
    }  # fmt: skip


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


# --- topics ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFigures:
    """Micro-averaged over (post, topic) pairs; `each`: slug → (right, given, labelled)."""

    posts: int
    precision: float
    recall: float
    f1: float
    each: Mapping[str, tuple[int, int, int]]


def topic_figures(labelled: Labelled, *, halves: Collection[str]) -> TopicFigures:
    """Compare the topics of indexed posts with the labels of those in `halves`, ads left out."""
    given = {post.post_id: set(post.topics) for post in labelled.indexed}
    each: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    posts = 0
    for post, label in labelled.labels.items():
        if label.half not in halves or label.ad:
            continue
        posts += 1
        for slug in given[post] | label.topics:
            each[slug][0] += slug in given[post] and slug in label.topics
            each[slug][1] += slug in given[post]
            each[slug][2] += slug in label.topics
    right, out, there = (sum(counts[place] for counts in each.values()) for place in range(3))
    return TopicFigures(
        posts=posts,
        precision=_share(right, out),
        recall=_share(right, there),
        f1=_f1(right, out, there),
        each={slug: (counts[0], counts[1], counts[2]) for slug, counts in sorted(each.items())},
    )


def topic_rows(
    labelled: Labelled, profiles: Sequence[topic_rules.Profile], *, halves: Collection[str]
) -> tuple[Array, Array, list[int]]:
    """Evidence on every (post, topic) of `halves`: rows (n, len(EVIDENCE)), truth (n,), and the post of each row."""
    rows, truth, posts = [], [], []
    for post in labelled.indexed:
        label = labelled.labels.get(post.post_id)
        if label is None or label.ad or label.half not in halves:
            continue
        for slug, evidence in topic_rules.evidence(post.clean_text, post.vectors, profiles).items():
            rows.append([evidence[name] for name in topic_rules.EVIDENCE])
            truth.append(float(slug in label.topics))
            posts.append(post.post_id)
    return np.array(rows), np.array(truth), posts


# --- frequencies -----------------------------------------------------------------------------------------------------


def frequencies(
    cleaned: Iterable[str], *, least: int, topics: Sequence[Topic], english: Mapping[str, int]
) -> dict[str, Any]:
    """In how many of the texts each stem stands, for stems in at least `least`: what `match.idf` reads.

    `english` counts words of general English: the texts may have little of it, so a word is taken to be in as many of
    them as in texts of WORDS_A_POST words drawn from there. A word of the taxonomy names a field, not an event, so it counts as being in every twentieth text at least.
    """
    counted: Counter[str] = Counter()
    posts = 0
    for text in cleaned:
        posts += 1
        counted.update(set(texts.keywords_stems(text)))
    counted.update(_expected(english, posts, counted))
    words = {stem for topic in topics for name in (*topic.names, *topic.stems) for stem in texts.keywords_stems(name)}
    counted.update({stem: max(0, posts // 20 - counted[stem]) for stem in words if not any(map(str.isdigit, stem))})
    kept = {stem: count for stem, count in sorted(counted.items()) if count >= least and len(stem) < 40}
    return {"posts": posts, "stems": kept}


def _expected(english: Mapping[str, int], posts: int, counted: Mapping[str, int]) -> dict[str, int]:
    """How many posts more would hold each English stem if all were English."""
    stems: Counter[str] = Counter()
    for word, count in english.items():
        stems.update({stem: count for stem in texts.keywords_stems(word, "en")[:1]})
    total = sum(english.values())
    return {
        stem: max(0, round(posts * (1 - (1 - count / total) ** WORDS_A_POST)) - counted.get(stem, 0))
        for stem, count in stems.items()
    }


# --- pairs of texts --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPair:
    """Two texts and whether they tell one story."""

    a: str
    b: str
    same: bool


def as_post(post_id: int, text: str, *, date: datetime | None = None) -> StoredPost:
    """A text as a post of a channel of its own, for measuring texts that never were posts."""
    return StoredPost(
        id=post_id, channel_id=post_id, channel=Channel(tg_id=post_id, name=f"text {post_id}", kind=ChannelKind.PUBLIC),
        member=False, weight=1.0, message_id=1, position=None, date=date or datetime(2020, 1, 1, tzinfo=UTC),
        first_seen=datetime(2020, 1, 1, tzinfo=UTC), edited_at=None, deleted=False, text=text, entities=(), origin=None,
        media=(), reply_to=None, views=None, forwards=None, reactions=None, version=1,
    )  # fmt: skip


def cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Cosine of two sparse vectors."""
    norm = math.sqrt(sum(value * value for value in a.values())) * math.sqrt(sum(value * value for value in b.values()))
    return sum(value * b[key] for key, value in a.items() if key in b) / norm if norm else 0.0


Scorer = Callable[[Sequence[int], Sequence[int]], Array]
