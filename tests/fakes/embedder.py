"""An embedding model that is not ours: hashed trigrams of characters, in as many dimensions as wished; it can die."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

import numpy as np

from core.errors import ModelUnreachable
from summarize.embed import Vectors


class FakeEmbedder:
    """Behaves as `summarize.embed.RemoteEmbedder`; `asked` holds every text that it has embedded.

    `corner`: how far all vectors lean to one side, as those of many models do. `lives`: how many requests it still answers,
    None: all. `meanwhile` runs while a request is on its way.
    """

    def __init__(
        self, dimension: int = 96, *, name: str = "trigrams@https://fake.example/v1", corner: float = 0.0
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.corner = corner * np.ones(dimension) / np.sqrt(dimension)
        self.asked: list[str] = []
        self.lives: int | None = None
        self.meanwhile: Callable[[Sequence[str]], Awaitable[None]] | None = None

    async def embed(self, batch: Sequence[str]) -> Vectors:
        if self.lives == 0:
            raise ModelUnreachable("No connection to fake.example")
        if self.lives is not None:
            self.lives -= 1
        if self.meanwhile is not None:
            await self.meanwhile(batch)
        self.asked += batch
        return np.stack([self._row(text) for text in batch])

    def _row(self, text: str) -> Vectors:
        row = np.zeros(self.dimension)
        padded = f"  {text.casefold()}  "
        for place in range(len(padded) - 2):
            # A sign of its own for each trigram, so that texts with nothing in common are at right angles.
            value = crc32(padded[place : place + 3].encode("utf-8", "replace"))
            row[value % self.dimension] += 1.0 if value & 0x10000 else -1.0
        leaning = row / max(float(np.linalg.norm(row)), 1e-9) + self.corner
        rounded: Vectors = (leaning / max(float(np.linalg.norm(leaning)), 1e-9)).astype(np.float16).astype(np.float32)
        return rounded
