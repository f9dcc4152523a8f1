"""Embeddings without a model: texts that share character trigrams lie close to each other."""

import hashlib
import math


def embedding(text: str, dimension: int) -> list[float]:
    """A unit vector that depends on the text alone."""
    sums = [0.0] * dimension
    padded = f"  {text.casefold()} "
    for trigram in (padded[at : at + 3] for at in range(len(padded) - 2)):
        number = int.from_bytes(hashlib.blake2b(trigram.encode("utf-8", "replace"), digest_size=8).digest())
        sums[number % dimension] += 1.0 if number >> 63 else -1.0
    return shortened(sums, dimension)


def shortened(vector: list[float], dimension: int) -> list[float]:
    """The first numbers of a vector, of length one again."""
    kept = vector[:dimension]
    length = math.hypot(*kept)
    return [one / length for one in kept] if length else [1.0, *kept[1:]]


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
