"""Measures and fits the matcher and the topics on labelled posts.

Pure but for the embedding model. Thresholds are fitted on posts marked `fit` and reported on the others; a file of
pairs is measured by cross-validation, everything chosen inside the folds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Indexed, StoredPost, Topic
from summarize import embed, match, prepare, views
from summarize import text as texts
from summarize import topics as topic_rules
from summarize.features import Features, features, names
from summarize.rarity import idf, number_rarity

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
        lines.update(
            (prepare.source_of(post), line) for line in prepare.line_hashes(post) if prepare.counts_lines(post)
        )
    learned: dict[str, set[int]] = defaultdict(set)
    for (source, line), count in lines.items():
        if count >= prepare.BOILERPLATE_POSTS:
            learned[source].add(line)
    read = [prepare.read(post, boilerplate=frozenset(learned[prepare.source_of(post)])) for post in posts]
    vectors = embed.by_hash([passage for item in read for passage in item.passages], encode)
    profiles = topic_rules.profiles(among, encode)
    return tuple(prepare.finish(item, vectors, profiles) for item in read)


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
PENALTY, SAME, MAYBE, LINKAGE = 3.0, 0.25, 0.12, 0.32
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
        "maybe": using.maybe, "linkage": using.linkage, "left_out": left_out,
        "background": [list(row) for row in using.background],
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


# --- frequencies -----------------------------------------------------------------------------------------------------


def frequencies(
    cleaned: Iterable[str], *, least: int, topics: Sequence[Topic], english: Mapping[str, int]
) -> dict[str, Any]:
    """In how many of the texts each stem stands, for stems in at least `least`: what `match.idf` reads.

    `english` counts words of general English: the texts may have little of it, so a word is taken to be in as many of
    them as in texts of WORDS_A_POST words drawn from there. A word of the
    taxonomy names a field, not an event, so it counts as being in every twentieth text at least.
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
        stems.update(dict.fromkeys(texts.keywords_stems(word, "en")[:1], count))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFileFigures:
    """On pairs of texts, out of fold, means over seeds: the model, stemmed TF-IDF alone, and "always the same story".

    `gain`: F1 of the model less that of TF-IDF, with a 95 % interval of the paired bootstrap over pairs (low, high).
    """

    pairs: int
    same: int
    f1: float
    auc: float
    tfidf_f1: float
    tfidf_auc: float
    always_f1: float
    gain: float
    low: float
    high: float


#: Penalties that the folds choose among; evidence is standardised first.
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
MOST_SENTENCES = 14
INNER = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A text to be paired: its features, and (n, dimension) unit vectors of its first sentences, the title first."""

    found: Features
    title: frozenset[str]
    title_names: frozenset[str]
    vectors: Array


def pairs(given: Sequence[TextPair], encode: embed.Encoder, *, seeds: int = 5, folds: int = 5) -> PairFileFigures:
    """Measure on a file of pairs by cross-validation; IDF, penalty and thresholds come from the training folds alone."""
    read = _read_texts({text for pair in given for text in (pair.a, pair.b)}, encode)
    sides = [(read[pair.a], read[pair.b]) for pair in given]
    fixed = np.array([_wording(a, b) for a, b in sides])
    truth = np.array([float(pair.same) for pair in given])
    runs = [_cross_validated(given, sides, fixed, truth, folds=folds, seed=seed) for seed in range(seeds)]
    model, tfidf = ([run[place] for run in runs] for place in (0, 1))
    low, high = _gain_interval([run[0][1] for run in runs], [run[1][1] for run in runs], truth)
    f1, plain = (float(np.mean([_f1_of(guessed, truth) for _, guessed in each])) for each in (model, tfidf))
    auc, plain_auc = (float(np.mean([area_under_curve(score, truth) for score, _ in each])) for each in (model, tfidf))
    return PairFileFigures(
        pairs=len(given), same=int(truth.sum()), f1=f1, auc=auc, tfidf_f1=plain, tfidf_auc=plain_auc,
        always_f1=_f1_of(np.ones_like(truth), truth), gain=f1 - plain, low=low, high=high,
    )  # fmt: skip


def _read_texts(given: Collection[str], encode: embed.Encoder) -> dict[str, _Text]:
    """Features and sentence vectors of each text; the first line is its title."""
    sentences = {
        text: [text[part.start : part.end][:400] for part in texts.sentences(text)[:MOST_SENTENCES]] or [text[:400]]
        for text in sorted(given)
    }
    every = list(dict.fromkeys(sentence for found in sentences.values() for sentence in found))
    rows = {sentence: row for start in range(0, len(every), 256)
            for sentence, row in zip(every[start : start + 256], encode(every[start : start + 256]), strict=True)}  # fmt: skip
    return {
        text: _Text(
            found=features(text, texts.language(text)),
            title=frozenset(texts.keywords_stems(text.split("\n", 1)[0][:200])),
            title_names=frozenset(names(text.split("\n", 1)[0][:200])),
            vectors=np.stack([rows[sentence] for sentence in found]).astype(np.float64),
        )
        for text, found in sentences.items()
    }


def _wording(a: _Text, b: _Text) -> list[float]:
    """What speaks for or against one story and needs no training: wording, names, numbers, dates, length."""
    one, two = a.found, b.found
    shingles = len(one.shingles & two.shingles) / max(1, min(len(one.shingles), len(two.shingles)))
    dates = bool(one.dates and two.dates)
    return [
        math.sqrt(shingles), _shared(a.title, b.title), _shared(a.title, two.stems.keys()) + _shared(b.title, one.stems.keys()),
        _shared(one.names.keys(), two.names.keys()),
        _shared(a.title_names, two.names.keys()) + _shared(b.title_names, one.names.keys()),
        _shared(one.lead, two.lead), math.log1p(sum(number_rarity(number) for number in one.numbers & two.numbers)),
        float(dates and bool(one.dates & two.dates)), float(dates and not one.dates & two.dates),
        abs(math.log((one.words + 1) / (two.words + 1))),
    ]  # fmt: skip


def _meaning(sides: Sequence[tuple[_Text, _Text]], train: NDArray[np.bool_]) -> Array:
    """Cosines of titles, of each sentence with its best match, of titles with theirs, of the three best, of whole texts.

    The training texts' mean and DIRECTIONS of greatest variance are taken from the sentence vectors first.
    """
    known = np.vstack([side.vectors for place in np.flatnonzero(train).tolist() for side in sides[place]])
    mean = known.mean(axis=0)
    directions = np.linalg.svd(known - mean, full_matrices=False)[2][:DIRECTIONS]
    rows = []
    for pair in sides:
        one, two = (_centred(side.vectors, mean, directions) for side in pair)
        every = one @ two.T
        whole = one.mean(axis=0), two.mean(axis=0)
        rows.append([
            every[0, 0], (every.max(axis=1).mean() + every.max(axis=0).mean()) / 2, (every[0].max() + every[:, 0].max()) / 2,
            np.sort(every, axis=None)[-3:].mean(),
            whole[0] @ whole[1] / (np.linalg.norm(whole[0]) * np.linalg.norm(whole[1]) + 1e-9),
        ])  # fmt: skip
    return np.array(rows)


def _centred(vectors: Array, mean: Array, directions: Array) -> Array:
    rows = vectors - mean
    rows = rows - (rows @ directions.T) @ directions
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float64)


def _shared(a: Collection[str], b: Collection[str]) -> float:
    """The share of the poorer side's rarity that the other has, too."""
    least = min(sum(idf(stem) for stem in a), sum(idf(stem) for stem in b))
    return sum(idf(stem) for stem in set(a) & set(b)) / least if least else 0.0


def _cross_validated(
    given: Sequence[TextPair],
    sides: Sequence[tuple[_Text, _Text]],
    fixed: Array,
    truth: Array,
    *,
    folds: int,
    seed: int,
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Scores and guesses of the model and of TF-IDF for each pair, made when its fold was left out."""
    found = [(np.zeros(len(truth)), np.zeros(len(truth))) for _ in range(2)]
    part = _folds(given, folds, seed)
    for fold in range(folds):
        train, test = part != fold, part == fold
        cosines = _tfidf(sides, train)
        rows = np.column_stack([fixed, _meaning(sides, train), cosines])
        penalty, threshold = _chosen(rows[train], truth[train], seed)
        found[0][0][test] = _predicted(rows[train], truth[train], rows[test], penalty)
        found[0][1][test] = found[0][0][test] >= threshold
        found[1][0][test] = cosines[test]
        found[1][1][test] = cosines[test] >= best_threshold(cosines[train], truth[train])[0]
    return found[0], found[1]


def _folds(given: Sequence[TextPair], folds: int, seed: int) -> NDArray[np.int64]:
    """The fold of each pair at random; pairs that have a text in common share one, so that no text is in two folds."""
    holders: dict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(given):
        holders[pair.a].append(place)
        holders[pair.b].append(place)
    linked = [(held[0], other) for held in holders.values() for other in held[1:]]
    groups = views.components(range(len(given)), linked)
    part = np.zeros(len(given), dtype=np.int64)
    filled = np.zeros(folds)
    for number in np.random.default_rng(seed).permutation(len(groups)):
        fold = int(np.argmin(filled))
        part[groups[number]] = fold
        filled[fold] += len(groups[number])
    return part


def _tfidf(sides: Sequence[tuple[_Text, _Text]], train: NDArray[np.bool_]) -> Array:
    """Cosines of stemmed TF-IDF vectors, sublinear in counts, the IDF taken from the texts of the training pairs."""
    known = [side for place in np.flatnonzero(train).tolist() for side in sides[place]]
    held = Counter(stem for text in known for stem in text.found.stems)

    def weighed(text: _Text) -> dict[str, float]:
        return {
            stem: (1 + math.log(count)) * (1 + math.log((1 + len(known)) / (1 + held[stem])))
            for stem, count in text.found.stems.items()
        }

    return np.array([cosine(weighed(a), weighed(b)) for a, b in sides])


def _chosen(rows: Array, truth: Array, seed: int) -> tuple[float, float]:
    """The penalty with the best likelihood on inner folds, and the threshold with the best F1 there.

    The inner folds are drawn INNER times: a threshold found on one draw of so few pairs is mostly noise.
    """
    generator = np.random.default_rng(1000 + seed)
    parts = [generator.permutation(len(truth)) % 5 for _ in range(INNER)]
    again = np.tile(truth, INNER)
    scored = {
        penalty: np.concatenate([_left_out(rows, truth, part, penalty) for part in parts]) for penalty in PENALTIES
    }
    loss = {
        penalty: -float(np.log(np.where(again == 1, score, 1 - score) + 1e-9).mean())
        for penalty, score in scored.items()
    }
    best = min(loss, key=lambda penalty: (loss[penalty], penalty))
    return best, best_threshold(scored[best], again)[0]


def _left_out(rows: Array, truth: Array, part: NDArray[np.int64], penalty: float) -> Array:
    """The score of each row by a regression fitted without its fold."""
    score = np.zeros(len(truth))
    for fold in range(int(part.max()) + 1):
        score[part == fold] = _predicted(rows[part != fold], truth[part != fold], rows[part == fold], penalty)
    return score


def _predicted(train: Array, truth: Array, test: Array, penalty: float) -> Array:
    """Probabilities of the rows of `test` by a regression fitted on standardised `train`."""
    mean, spread = train.mean(axis=0), train.std(axis=0) + 1e-6
    beta = fit_logistic((train - mean) / spread, truth, penalty=penalty)
    z = np.clip(((test - mean) / spread) @ beta[:-1] + beta[-1], -30, 30)
    return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float64)


def _f1_of(guessed: Array, truth: Array) -> float:
    return _f1(int((guessed * truth).sum()), int(guessed.sum()), int(truth.sum()))


def _gain_interval(model: Sequence[Array], plain: Sequence[Array], truth: Array) -> tuple[float, float]:
    """The paired bootstrap: pairs drawn with replacement, the gain averaged over the seeds, its 2.5th and 97.5th percentile."""
    generator = np.random.default_rng(7)
    gains = []
    for _ in range(1000):
        drawn = generator.integers(0, len(truth), size=len(truth))
        each = [
            _f1_of(a[drawn], truth[drawn]) - _f1_of(b[drawn], truth[drawn]) for a, b in zip(model, plain, strict=True)
        ]
        gains.append(float(np.mean(each)))
    return float(np.percentile(gains, 2.5)), float(np.percentile(gains, 97.5))


def cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Cosine of two sparse vectors."""
    norm = math.sqrt(sum(value * value for value in a.values())) * math.sqrt(sum(value * value for value in b.values()))
    return sum(value * b[key] for key, value in a.items() if key in b) / norm if norm else 0.0
