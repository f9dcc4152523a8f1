"""Measures on pairs of bare texts, by cross-validation: everything is chosen inside the folds.

Pure but for the embedding model.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarize import cluster, embed
from summarize import text as texts
from summarize.evaluate import f1_of_counts
from summarize.features import Features, features, names
from summarize.logistic import Array, area_under_curve, best_threshold, fit_logistic
from summarize.rarity import idf, number_rarity
from summarize.views import Background


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

    The background of the training texts is taken from the sentence vectors first.
    """
    known = np.vstack([side.vectors for place in np.flatnonzero(train).tolist() for side in sides[place]])
    background = Background.learned(known)
    rows = []
    for pair in sides:
        one, two = (background.taken_from(side.vectors) for side in pair)
        every = one @ two.T
        whole = one.mean(axis=0), two.mean(axis=0)
        rows.append([
            every[0, 0], (every.max(axis=1).mean() + every.max(axis=0).mean()) / 2, (every[0].max() + every[:, 0].max()) / 2,
            np.sort(every, axis=None)[-3:].mean(),
            whole[0] @ whole[1] / (np.linalg.norm(whole[0]) * np.linalg.norm(whole[1]) + 1e-9),
        ])  # fmt: skip
    return np.array(rows)


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
    groups = cluster.components(range(len(given)), linked)
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
    return f1_of_counts(int((guessed * truth).sum()), int(guessed.sum()), int(truth.sum()))


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
