"""Which topics a post is about, without a model: names decide, stems speak, embeddings help where words do not.

Pure. A topic's score is a logistic of what its names, its stems and its embedding say of the post; the weights and the
threshold are fitted (`data/topics.json`) and belong to the embedding model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Topic
from summarize import text as texts
from summarize.embed import Encoder

#: Names and stems in the opening say more about the subject than those further down.
LEAD_TOKENS = 40
EVIDENCE = ("name_lead", "name_count", "name_share", "stem_lead", "stem_share", "cos", "cos_margin", "brief")


@dataclass(frozen=True, slots=True)
class Profile:
    """A topic ready to be compared: `names` as runs of stems, `about` as a unit vector."""

    slug: str
    names: tuple[tuple[str, ...], ...]
    stems: frozenset[str]
    about: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A fitted logistic over EVIDENCE; a post has the topics with a probability of at least `threshold`, at most `most`."""

    weights: Mapping[str, float]
    bias: float
    threshold: float
    most: int


@cache
def weights() -> Weights:
    """The committed weights (`data/topics.json`, written by `svodka eval fit`)."""
    value = json.loads(resources.files("summarize").joinpath("data/topics.json").read_text("utf-8"))
    return Weights(weights=value["weights"], bias=value["bias"], threshold=value["threshold"], most=value["most"])


def profiles(topics: Sequence[Topic], encode: Encoder) -> list[Profile]:
    """Make topics ready to be compared."""
    about = encode([topic.about for topic in topics])
    return [
        Profile(
            slug=topic.slug,
            names=tuple(sorted({run for name in topic.names if (run := tuple(_tokens(name)))})),
            stems=frozenset(stem for word in topic.stems for stem in _tokens(word)),
            about=vector,
        )
        for topic, vector in zip(topics, about, strict=True)
    ]


def _tokens(text: str) -> list[str]:
    return texts.keywords_stems(text)


def scores(text: str, vectors: NDArray[np.float32] | None, among: Sequence[Profile], using: Weights) -> dict[str, float]:
    """Probability of each topic that the post passes the threshold for, best first, at most `using.most`."""
    found = {
        slug: 1 / (1 + math.exp(-using.bias - sum(weight * values[name] for name, weight in using.weights.items())))
        for slug, values in evidence(text, vectors, among).items()
    }
    best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[: using.most]
    return {slug: round(score, 4) for slug, score in best if score >= using.threshold}


def evidence(text: str, vectors: NDArray[np.float32] | None, among: Sequence[Profile]) -> dict[str, dict[str, float]]:
    """What speaks for each topic: slug → name in EVIDENCE → about 0…1."""
    tokens = _tokens(text)
    if not tokens:
        return {}
    places = _places(tokens)
    cosines = _cosines(vectors, among)
    mean = float(np.mean(list(cosines.values()))) if cosines else 0.0
    hits = {profile.slug: _name_hits(tokens, places, profile) for profile in among}
    every = sum(len(found) for found in hits.values()) or 1
    return {
        profile.slug: {
            "name_lead": float(any(place < LEAD_TOKENS for place in hits[profile.slug])),
            "name_count": 1 - math.exp(-len(hits[profile.slug]) / 2),
            "name_share": len(hits[profile.slug]) / every,
            "stem_lead": 1 - math.exp(-sum(token in profile.stems for token in tokens[:LEAD_TOKENS]) / 2),
            "stem_share": min(1.0, 5 * sum(token in profile.stems for token in tokens) / len(tokens)),
            "cos": cosines.get(profile.slug, 0.0),
            "cos_margin": cosines.get(profile.slug, 0.0) - mean,
            "brief": float(len(tokens) < 25),
        }
        for profile in among
    }


def _places(tokens: Sequence[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        places.setdefault(token, []).append(place)
    return places


def _name_hits(tokens: Sequence[str], places: Mapping[str, list[int]], profile: Profile) -> list[int]:
    """Where the topic's names begin in the post; a versioned name ("qwen3-72b") counts as its family ("qwen")."""
    found: set[int] = set()
    for run in profile.names:
        for place in places.get(run[0], ()):
            if tuple(tokens[place : place + len(run)]) == run:
                found.add(place)
    return sorted(found)


def _cosines(vectors: NDArray[np.float32] | None, among: Sequence[Profile]) -> dict[str, float]:
    if vectors is None or not len(vectors):
        return {}
    return {profile.slug: float(vectors[0] @ profile.about) for profile in among}


def of_story(posts: Sequence[Mapping[str, Any]], using: Weights) -> list[str]:
    """Topics of a story from those of its independent posts: the mean probability decides, best first."""
    if not posts:
        return []
    slugs = {slug for scores_of in posts for slug in scores_of}
    mean = {slug: sum(float(found.get(slug, 0.0)) for found in posts) / len(posts) for slug in slugs}
    ordered = sorted(mean.items(), key=lambda item: (-item[1], item[0]))
    return [slug for slug, score in ordered if score >= using.threshold * 0.75][: using.most]
