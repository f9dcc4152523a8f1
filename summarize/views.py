"""Posts as the matcher sees them: what the index holds, made ready for comparing, and which posts are neighbours.

Pure. Whatever a judgement needs of one post alone is computed here, once, since each post meets many others.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.types import Indexed
from summarize.features import Features
from summarize.keys import THINGS, Key, KeyKind
from summarize.rarity import idf, number_rarity

#: Posts of one channel further apart than this are no neighbours.
CONTINUATION_GAP = timedelta(hours=1)
#: So many directions are taken from vectors, beside the mean.
DIRECTIONS = 2
_THINGS = tuple(f"{kind}:" for kind in THINGS)
_DIGITS = re.compile(r"[\d№#.:/-]+")


@dataclass(frozen=True)
class Background:
    """What all posts of the field have in common, to be taken from their vectors before these are compared.

    `rows`: the mean, then the directions in which they vary most (Mu and Viswanath 2018, "All-but-the-Top"); none: nothing.
    """

    rows: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def learned(cls, vectors: NDArray[np.float64], *, digits: int = 16) -> Self:
        """The mean of (n, dimension) vectors and the DIRECTIONS of their greatest variance, rounded to `digits`."""
        mean = vectors.mean(axis=0)
        directions = np.linalg.svd(vectors - mean, full_matrices=False)[2][:DIRECTIONS]
        directions *= np.where(directions[:, :1] < 0, -1.0, 1.0)
        return cls(tuple(tuple(round(float(value), digits) for value in row) for row in (mean, *directions)))

    @cached_property
    def _array(self) -> NDArray[np.float64]:
        return np.array(self.rows)

    def taken_from(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n, dimension) rows → unit rows of what is a post's own."""
        rows = vectors.astype(np.float64)
        if self.rows and self._array.shape[1] == rows.shape[1]:
            mean, directions = self._array[0], self._array[1:]
            rows = rows - mean
            rows = rows - (rows @ directions.T) @ directions
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float64)


NO_BACKGROUND = Background()


@dataclass(frozen=True, slots=True)
class Scale:
    """What cosines of another model are worth in those of the model that the weights were fitted on.

    `points`: by the name of a cosine (`evidence.COSINES`), rising values and what these are worth; straight lines between.
    """

    points: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]

    def worth(self, name: str, value: float) -> float:
        """The cosine that this one is worth; itself where nothing is known of the name."""
        if name not in self.points:
            return value
        theirs, ours = self.points[name]
        return float(np.interp(value, theirs, ours))


@dataclass(frozen=True, slots=True)
class Weighed:
    """Words or numbers with how much each says, and the sum of that."""

    weights: Mapping[str, float]
    total: float

    @classmethod
    def stems(cls, found: Iterable[str]) -> Self:
        """Stems by their squared rarity."""
        return cls._of({stem: idf(stem) ** 2 for stem in found})

    @classmethod
    def numbers(cls, found: Iterable[str]) -> Self:
        """Numbers by how telling they are."""
        return cls._of({number: number_rarity(number) for number in found})

    @classmethod
    def _of(cls, weights: Mapping[str, float]) -> Self:
        return cls(weights, math.fsum(weights.values()))

    def shared(self, other: Self) -> float:
        """The sum over what both have; by `fsum`, so that the order in which a set yields does not show."""
        return math.fsum(map(self.weights.__getitem__, self.weights.keys() & other.weights.keys()))

    def contained(self, other: Self) -> float:
        """The share of the poorer side that the other has, too."""
        least = min(self.total, other.total)
        return self.shared(other) / least if least else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A post as the matcher sees it.

    `keys`: what it names and that is not common around it; `self_keys`: the messages that it is (its own, its origin's);
    `refers`: messages that it links or replies to; `names`: its names that are not common around it; `vectors`: (1 + n,
    dimension) unit rows without the background, the whole post first; `scale`: what their cosines are worth, None: as they
    are; `recurring`: its very text keeps returning; `heading`: its first line without what numbers an issue of a series.
    """

    post_id: int
    channel_id: int
    source: str
    time: datetime
    dated: bool
    position: int | None
    lang: str
    ad: bool
    text_hash: bytes | None
    recurring: bool
    keys: frozenset[Key]
    self_keys: frozenset[Key]
    refers: frozenset[Key]
    names: Mapping[str, float]
    features: Features
    heading: str
    stems: Weighed
    lead: Weighed
    numbers: Weighed
    releases: frozenset[tuple[str, str]]
    vectors: NDArray[np.float64]
    scale: Scale | None = None


def view(post: Indexed, background: Background, scale: Scale | None = None) -> View:
    """An indexed post for the matcher, without the keys that mean nothing around it."""
    found = Features.from_json(dict(post.features))
    telling = [_key(value) for value in post.keys if value.startswith(_THINGS) and value not in post.common]
    recurring = any(value.startswith(f"{KeyKind.TEXT}:") for value in post.common)
    common_names = {value.split(":", 1)[1] for value in post.common if value.startswith(f"{KeyKind.NAME}:")}
    vectors = np.zeros((0, 1), dtype=np.float32) if post.vectors is None else post.vectors
    return View(
        post_id=post.post_id,
        channel_id=post.channel_id,
        source=post.source,
        time=post.time,
        dated=post.dated,
        position=post.sequence,
        lang=post.lang,
        ad=post.ad == "ad",
        text_hash=post.text_hash,
        recurring=recurring,
        keys=frozenset(telling),
        self_keys=frozenset(Key(KeyKind.MESSAGE, value) for value in post.self_keys),
        refers=frozenset(Key(KeyKind.MESSAGE, value) for value in post.refers),
        names={name: value for name, value in found.names.items() if name not in common_names},
        features=found,
        heading=_DIGITS.sub("", found.opening.casefold()).strip(),
        stems=Weighed.stems(found.stems),
        lead=Weighed.stems(found.lead),
        numbers=Weighed.numbers(found.numbers),
        releases=_releases(found),
        vectors=background.taken_from(vectors),
        scale=scale,
    )


def _key(value: str) -> Key:
    kind, _, rest = value.partition(":")
    return Key(KeyKind(kind), rest)


def _releases(post: Features) -> frozenset[tuple[str, str]]:
    """Versions and sizes with what has them."""
    versions = {(base, version) for base, found in post.versions.items() if base for version in found}
    return frozenset(versions | {(base, size) for base, sizes in post.variants.items() for size in sizes})


def order(view: View) -> tuple[datetime, int, int]:
    """The order of posts at one origin: by time, then by place in the dump, then by id."""
    return (view.time, view.position if view.position is not None else -1, view.post_id)


def adjacent(posts: Sequence[Indexed]) -> frozenset[tuple[int, int]]:
    """Pairs (smaller id first) that follow each other directly in their channel within an hour, or in their dump."""
    channels: dict[int, list[Indexed]] = defaultdict(list)
    for post in posts:
        channels[post.channel_id].append(post)
    pairs = set()
    for held in channels.values():
        ordered = sorted(held, key=lambda post: post.sequence)
        for first, second in pairwise(ordered):
            if follows(first, second):
                pairs.add((min(first.post_id, second.post_id), max(first.post_id, second.post_id)))
    return frozenset(pairs)


def follows(first: Indexed | View, second: Indexed | View) -> bool:
    """Whether the next post of a channel comes soon enough after the one before to be its neighbour."""
    if first.dated and second.dated:
        return abs(second.time - first.time) <= CONTINUATION_GAP
    places = [post.sequence if isinstance(post, Indexed) else post.position or 0 for post in (first, second)]
    return places[1] - places[0] == 1
