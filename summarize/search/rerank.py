"""How well a post answers a question: exact features of the pair, and a line through them that was fitted on labelled questions.

Pure. The fusion of lists in the database brings what may answer; this decides which of it stands first. Weights belong to
the model whose cosines they weigh (`data/search.json`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from core.search import FoundPost
from summarize.claims import check_posts, name_sounds, named, named_words
from summarize.claims.check_sense import share
from summarize.keys import THINGS
from summarize.search import thesaurus
from summarize.search.question import Question
from summarize.search.thesaurus import MEANT

Array = NDArray[np.float64]

#: The features in their order. Cosines of the best passage, of the whole post and of its best sentence; shares of what the
#: question says in the title, the best passage and the post, in the same words and (`meant`) in any of the same sense; of its
#: names; identifiers; how old the post is; places in the lists of the search; whether it is of the time, and from the channel,
#: that the question names.
FEATURES = (
    "passage", "post", "sentence", "in title", "in passage", "in post", "meant in passage", "meant in post",
    "names", "no names", "key", "age", "fused",
    "first by words", "first by meaning", "in period", "out of period", "from source", "both",
)  # fmt: skip
#: Ages are counted on a logarithmic scale, in units of which the first is all alike: questions are about the last weeks,
#: rather than about the last hours. _OLDEST is 1.
_RECENT, _OLDEST = timedelta(days=30), timedelta(days=5 * 365)
#: What fusion gives to the first of all lists, about.
_FUSED = 0.08
_SEPARATOR = re.compile(r"\s*[|/•·:—–(]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One weight a feature: for posts before (`first`) and after (`then`) sentences have been compared, for sentences that are
    quoted (`quote`), and for stories that answer (`answerable`), which they do from the score `threshold` on; below `hopeless`
    hardly one does.
    """

    first: Mapping[str, float]
    then: Mapping[str, float]
    quote: Mapping[str, float]
    answerable: Mapping[str, float]
    threshold: float
    hopeless: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that was found, with its features and what they come to."""

    post: FoundPost
    features: Mapping[str, float]
    score: float


@cache
def weights() -> Weights:
    """Those that ship with the local model."""
    read = json.loads(resources.files("summarize").joinpath("data", "search.json").read_text("utf-8"))
    return Weights(
        first=read["first"],
        then=read["then"],
        quote=read["quote"],
        answerable=read["answerable"],
        threshold=read["threshold"],
        hopeless=read["hopeless"],
    )


def features(question: Question, post: FoundPost, *, asked: datetime) -> dict[str, float]:
    """What speaks for a post. Until sentences have been compared, the best passage stands for the best sentence."""
    text = post.clean_text
    best = post.passages[0] if post.passages else None
    passage = text[best.start : best.stop] if best else text[:400]
    nearest = best.cosine if best else 0.0
    known = named.known(f"{text}\n{post.source}\n{post.channel}")
    names = [named.stands(name, known) for name in question.names]
    period = question.period
    inside = period is not None and _inside(post.time, period.since, period.until)
    told = _shared(question, text)
    return {
        "passage": nearest,
        "post": post.cosine if post.cosine is not None else nearest,
        "sentence": nearest,
        "in title": _shared(question, text.split("\n", 1)[0]),
        "in passage": _shared(question, passage),
        "in post": told,
        "meant in passage": _meant(question, passage),
        "meant in post": _meant(question, text),
        "names": sum(names) / len(names) if names else 0.0,
        "no names": float(not names),
        "key": _identifies(question, post),
        "age": math.log1p(max(0.0, (asked - post.time) / _RECENT)) / math.log1p(_OLDEST / _RECENT),
        "fused": post.fused / _FUSED,
        "first by words": 0.0 if post.by_words is None else 1.0 / post.by_words,
        "first by meaning": 0.0 if post.by_meaning is None else 1.0 / post.by_meaning,
        "in period": float(inside),
        "out of period": float(period is not None and not inside),
        "from source": max(from_source(question, post.source), from_source(question, post.channel)),
        "both": max(0.0, nearest) * told,
    }


def _shared(question: Question, text: str) -> float:
    return share(question.meanings, check_posts.keys(text)) if question.meanings else 0.0


def _meant(question: Question, text: str) -> float:
    """The share of what the question says that the text says in some word."""
    if not question.meanings:
        return 0.0
    keys, senses = check_posts.keys(text), thesaurus.senses(text)
    found = sum(
        weight
        * (1.0 if key in keys else 0.0 if question.senses.get(key, thesaurus.NOTHING).isdisjoint(senses) else MEANT)
        for key, weight in question.meanings.items()
    )
    return found / sum(question.meanings.values())


def _identifies(question: Question, post: FoundPost) -> float:
    """How much an identifier of the question says of the post: all, if it has no other; of a round-up of ten links, little."""
    things = {key for key in post.keys if key.partition(":")[0] in THINGS}
    shared = things.intersection(question.keys)
    return 1.0 / math.sqrt(len(things)) if shared else 0.0


def _inside(time: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or time >= since) and (until is None or time < until)


def from_source(question: Question, name: str) -> float:
    """How much of a channel's name the question says, 0…1; the best of the names that it goes by ("ЛММ | Лаборатория…")."""
    return max((_said(question.text, part) for part in parts_of(name)), default=0.0)


def parts_of(name: str) -> list[str]:
    """The names that a channel goes by."""
    return [part for part in _SEPARATOR.split(name) if part.strip()]


@lru_cache(maxsize=4096)
def _said(text: str, name: str) -> float:
    """Of one channel among many posts it is asked again and again."""
    known = named.known(text)
    words = [
        word
        for word in re.findall(r"[^\W_]+", name)
        if len(word) > 1 and name_sounds.plain(word) not in named_words.FIELD
    ]
    if not words:
        return 0.0
    found = sum(named.stands(word, known) for word in words) / len(words)
    return found if found > 0.5 else 0.0


def score(values: Mapping[str, float], line: Mapping[str, float]) -> float:
    """What the features come to."""
    return sum(line.get(name, 0.0) * value for name, value in values.items())


def rank(
    question: Question, posts: Sequence[FoundPost], line: Mapping[str, float], *, asked: datetime
) -> list[Candidate]:
    """The posts, best first, while no sentences have been compared."""
    read = [(post, features(question, post, asked=asked)) for post in posts]
    return _best_first(Candidate(post=post, features=values, score=score(values, line)) for post, values in read)


def rank_again(
    candidates: Sequence[Candidate], line: Mapping[str, float], *, sentences: Mapping[int, float]
) -> list[Candidate]:
    """The same posts once sentences have been compared: the cosine of the best one, by post, of those that had any."""
    found = []
    for one in candidates:
        nearest = sentences.get(one.post.post_id, one.features["sentence"])
        values = {**one.features, "sentence": nearest}
        found.append(Candidate(post=one.post, features=values, score=score(values, line)))
    return _best_first(found)


def rank_by(candidates: Sequence[Candidate], line: Mapping[str, float]) -> list[Candidate]:
    """The same posts by another line."""
    return _best_first(replace(one, score=score(one.features, line)) for one in candidates)


def _best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: (-one.score, -one.post.time.timestamp(), one.post.post_id))
