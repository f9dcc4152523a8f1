"""Which sentences of a post may speak to a machine that retells it, also where no rule of `hostile` names them.

A logistic over what a sentence means (its embedding) and how it is worded (hashed words and pairs), fitted on labelled
sentences (`order_fit`, `data/orders.json`). It errs on the side of suspicion: what it marks is not cut out of a post, only
no summary is made of it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from summarize import text as texts
from summarize.embed import Encoder

#: Words and pairs of words fall into so many bins (feature hashing; Weinberger et al. 2009).
BINS = 2048
#: Words are compared by their beginnings, which carry the meaning in an inflected language.
STEM, PAIR_STEM, SHORT = 5, 4, 6
Span = tuple[int, int]
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`row`: weights of (dimension + BINS,) features. Of log-odds: from `sure` on a sentence is taken for an order, and in a
    post that holds an order, from `threshold` on others are suspect too.
    """

    row: NDArray[np.float32]
    bias: float
    threshold: float
    sure: float
    model: str


@cache
def weights() -> Weights:
    """The committed weights."""
    value = json.loads(resources.files("summarize").joinpath("data/orders.json").read_text("utf-8"))
    return Weights(
        row=np.array(value["row"], dtype=np.float32),
        bias=value["bias"],
        threshold=value["threshold"],
        sure=value["sure"],
        model=value["model"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """Spans of sentences of cleaned posts by post, in order; posts without any are left out.

    `orders` are not believed. `doubtful` ones are, but a title or a quotation is not made of them: one such sentence alone
    makes no post hostile.
    """

    orders: Mapping[int, Sequence[Span]]
    doubtful: Mapping[int, Sequence[Span]]


def suspects(
    posts: Mapping[int, str], encode: Encoder, *, hostile: Collection[int] = (), using: Weights | None = None
) -> Suspects:
    """What in cleaned posts (by id) speaks to a machine, or may.

    A sentence that only may is taken for an order in posts of which another sentence surely is one, or of which it is
    known that they hold one (`hostile`).
    """
    using = using or weights()
    found = [(post, sentence) for post, text in posts.items() for sentence in texts.sentences(text)]
    if not found:
        return Suspects(orders={}, doubtful={})
    odds = scores([sentence.text for _, sentence in found], encode, using=using)
    known = {*hostile, *(post for (post, _), value in zip(found, odds, strict=True) if value >= using.sure)}
    orders: dict[int, list[Span]] = {}
    doubtful: dict[int, list[Span]] = {}
    for (post, sentence), value in zip(found, odds, strict=True):
        if value >= using.threshold:
            (orders if post in known else doubtful).setdefault(post, []).append((sentence.start, sentence.end))
    return Suspects(orders=orders, doubtful=doubtful)


NONE = Suspects(orders={}, doubtful={})


def scores(sentences: Sequence[str], encode: Encoder, *, using: Weights) -> NDArray[np.float32]:
    """Log-odds, shape (n,), of each sentence being an order."""
    return np.asarray(rows(sentences, encode) @ using.row + using.bias, dtype=np.float32)


def rows(sentences: Sequence[str], encode: Encoder) -> NDArray[np.float32]:
    """Features of sentences, shape (n, dimension + BINS): unit embedding, then unit bag of hashed words."""
    return np.hstack([encode(sentences), np.stack([_bag(sentence) for sentence in sentences])])


def _bag(sentence: str) -> NDArray[np.float32]:
    bag = np.zeros(BINS, dtype=np.float32)
    for feature in set(_worded(sentence)):
        bag[zlib.crc32(feature.encode("utf-8", "replace")) % BINS] = 1.0
    return bag / max(float(np.linalg.norm(bag)), 1.0)


def _worded(sentence: str) -> Iterator[str]:
    """Stems, short words as they are, beginnings of words, and pairs of neighbours."""
    words = [word.replace("ё", "е") for word in _WORD.findall(sentence.lower())]
    yield from (f"s{stem}" for stem in texts.keywords_stems(sentence))
    yield from (f"r{word}" for word in words if len(word) < SHORT)
    yield from (f"p{word[:STEM]}" for word in words)
    for one, two in pairwise(words):
        yield f"b{one} {two}"
        yield f"t{one[:PAIR_STEM]} {two[:PAIR_STEM]}"
    if words:
        yield f"^{words[0][:STEM]}"
