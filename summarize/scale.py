"""Makes another model's cosines comparable: weights and thresholds were fitted on those of the bundled model.

Pure. What is learned is learned from posts that both models have embedded: what the posts of the field have in common in the
other model's vectors, and which of our cosines is as frequent among the same pairs as each of its cosines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summarize import match
from summarize.evidence import COSINES, cosines
from summarize.views import NO_BACKGROUND, Background, Scale

Array = NDArray[np.floating]
#: A post embedded by both models, by ours first: (1 + passages, dimension) unit rows each, the whole post first.
Both = tuple[Array, Array]

#: All pairs among so many posts stand for posts at random; pairs of each post and its so many nearest, by either model, for
#: posts that may tell one story, of which there are too few among those.
MOST_AT_RANDOM, NEAREST = 300, 10
#: A background is learned from so many passages: its cost grows with their square.
MOST_PASSAGES = 1500
#: At which shares of the pairs cosines are held against each other: ever more densely towards the top, where stories are.
SHARES = np.unique(np.concatenate([np.linspace(0.0, 0.9, 10), 1.0 - np.geomspace(0.1, 1e-4, 22), [1.0]]))
DIGITS = 6
#: Rows that are multiplied at once.
BLOCK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """How the vectors of a model are compared: what is taken from them first, what their cosines are worth, and how far
    apart (cosine distance of whole posts as they are) two posts may be to be worth judging.
    """

    background: Background
    scale: Scale | None
    farthest: float


@cache
def local() -> Space:
    """The bundled model's, on which the weights were fitted."""
    return Space(background=match.weights().background, scale=None, farthest=match.FARTHEST)


def from_json(value: Mapping[str, Any] | None) -> Space:
    """What `to_json` wrote; None: nothing is known of the model, and its cosines are taken as they are."""
    if value is None:
        return Space(background=NO_BACKGROUND, scale=None, farthest=match.FARTHEST)
    points = {name: (tuple(theirs), tuple(ours)) for name, (theirs, ours) in value["cosines"].items()}
    background = Background(tuple(tuple(row) for row in value["background"]))
    return Space(background=background, scale=Scale(points), farthest=value["farthest"])


def to_json(space: Space) -> dict[str, Any]:
    """What `embedding_models.scale` holds."""
    points = {} if space.scale is None else space.scale.points
    return {
        "background": [list(row) for row in space.background.rows],
        "cosines": {name: [list(theirs), list(ours)] for name, (theirs, ours) in points.items()},
        "farthest": space.farthest,
    }


def learn(posts: Sequence[Both]) -> Space:
    """How to compare the other model's vectors, from posts with at least one passage each; two posts at least."""
    background = Background.learned(_passages(posts), digits=DIGITS)
    own = [(local().background.taken_from(ours), background.taken_from(theirs)) for ours, theirs in posts]
    pairs = _pairs(own)
    ours, theirs = (np.array([cosines(own[a][side], own[b][side]) for a, b in pairs]) for side in (0, 1))
    points = {name: _points(theirs[:, place], ours[:, place]) for place, name in enumerate(COSINES)}
    raw = [np.array([float(posts[a][side][0] @ posts[b][side][0]) for a, b in pairs]) for side in (0, 1)]
    nearest = np.interp(1 - match.FARTHEST, *_points(raw[0], raw[1]))
    return Space(background=background, scale=Scale(points), farthest=round(1 - float(nearest), DIGITS))


def _passages(posts: Sequence[Both]) -> NDArray[np.float64]:
    rows = np.vstack([theirs[1:] for _, theirs in posts]).astype(np.float64)
    return rows[_spread(len(rows), MOST_PASSAGES)]


def _spread(count: int, most: int) -> NDArray[np.intp]:
    """Up to `most` of `count` places, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def _pairs(posts: Sequence[Both]) -> list[tuple[int, int]]:
    """Pairs of places: both models have a say in what is near, else the quantiles of one would be drawn upwards."""
    pairs = set(combinations(map(int, _spread(len(posts), MOST_AT_RANDOM)), 2))
    for side in (0, 1):
        pairs.update(_near(np.stack([post[side][0] for post in posts])))
    return sorted(pairs)


def _near(whole: Array) -> Iterator[tuple[int, int]]:
    count = min(NEAREST + 1, len(whole))
    for begin in range(0, len(whole), BLOCK):
        alike = whole[begin : begin + BLOCK] @ whole.T
        for place, others in enumerate(np.argpartition(-alike, count - 1, axis=1)[:, :count], start=begin):
            yield from ((min(place, other), max(place, other)) for other in map(int, others) if other != place)


def _points(given: NDArray[np.float64], worth: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A rising map from one distribution to another, by equal shares; equal texts have a cosine of 1 in every model."""
    rising = {-1.0: -1.0}
    for at, value in zip(np.quantile(given, SHARES), np.quantile(worth, SHARES), strict=True):
        rising[round(float(min(max(at, -1.0), 1.0)), DIGITS)] = round(float(value), DIGITS)
    rising[1.0] = 1.0
    return tuple(rising), tuple(rising.values())
