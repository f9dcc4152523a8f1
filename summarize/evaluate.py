"""Measures stories and topics on labelled posts.

Pure but for the embedding model. What is fitted is fitted on posts marked `fit`, and reported on the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.types import Indexed, StoredPost, Topic
from summarize import embed, match, prepare
from summarize import topics as topic_rules
from summarize.together import together


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
    found = together(labelled.indexed, using)
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
        f1=f1_of_counts(len(right), len(joined), len(same)),
        low=low,
        high=high,
        joined_apart=tuple(sorted(pair for pair in joined - same if truth[pair[0]].apart & truth[pair[1]].apart)),
        wrong=tuple(sorted(joined - same)),
        missed=tuple(sorted(same - joined)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def f1_of_counts(right: int, joined: int, same: int) -> float:
    """The F1 of `right` hits among `joined` found and `same` true ones; 1 where there is nothing to find and nothing found."""
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
        figures.append(f1_of_counts(total(both), total(joined), total(same)))
    return float(np.percentile(figures, 2.5)), float(np.percentile(figures, 97.5))


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
        f1=f1_of_counts(right, out, there),
        each={slug: (counts[0], counts[1], counts[2]) for slug, counts in sorted(each.items())},
    )
