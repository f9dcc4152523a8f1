"""What is looked for in the archive, and what is found there: plain values that the summarizer and the store share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Which posts may be found at all. Empty tuples and None limit nothing; `since` ≤ time < `until`.

    `channels` (ids of rows) posted it, or it was forwarded from one of them; `topics` are slugs, one of which it has;
    `phrases` all stand in it, word for word, and none of `without` (words or phrases) does.
    """

    channels: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A search as the store makes it: by words, by meaning and by keys at once, each as far as it is given.

    `words`: any of them is enough, rarer ones count for more; `beginnings` are words of which only the beginning is given.
    `vector`: a unit vector, float32, of the active model (`model_id`, `dimension`). `keys` are "kind:value". Posts since
    `fresh_since` are looked for among each other, too.
    """

    now: datetime
    fresh_since: datetime

    words: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    vector: Any = None
    model_id: int = 0
    dimension: int = 0
    keys: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPassage:
    """A passage, `start`:`stop` of the post's clean text, and the cosine between it and the question."""

    start: int
    stop: int
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPost:
    """A post that a search has found, with what found it.

    `by_words`, `by_meaning`: its place in each list, from 1, None where it is in none; `words`: which of the words asked for
    (places from 0) it has; `by_key`: it holds one of the keys. `fused`: the reciprocal rank fusion of the lists (Cormack,
    Clarke and Büttcher, SIGIR 2009). `passages` are all of the post, nearest first; `cosine` is that of the post as a whole.
    """

    post_id: int
    story_id: int
    channel_id: int
    channel: str
    time: datetime
    lang: str
    clean_text: str
    source: str
    topics: Mapping[str, Any]
    keys: tuple[str, ...]
    by_words: int | None
    by_meaning: int | None
    by_key: bool
    words: tuple[int, ...]
    fused: float
    passages: tuple[FoundPassage, ...]
    cosine: float | None

    @property
    def names(self) -> tuple[str, str]:
        """Who says it: the true origin, and the channel that it was found in."""
        return self.source, self.channel
