"""Domain types of the filters that admins set: what a filter looks at, what it does, where it holds.

Plain frozen dataclasses, as in `core.types`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class FilterAction(enum.StrEnum):
    """What happens to posts that a filter meets: they vanish, their stories rise (or sink) or stand first."""

    DROP = "drop"
    BOOST = "boost"
    PIN = "pin"


class FilterKind(enum.StrEnum):
    """What a filter looks at. `pattern` is words, a regular expression, a channel's id, a topic's slug, a language's
    code, an ad verdict ('ad', 'grey'), or, for `meaning`, a phrase that posts are compared with.
    """

    KEYWORD = "keyword"
    REGEX = "regex"
    CHANNEL = "channel"
    TOPIC = "topic"
    LANGUAGE = "language"
    AD = "ad"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a filter holds; empty: everywhere. A post must have one of the topics and be of one of the channels."""

    topics: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """An admin's rule. `weight` is what a boost adds to a story's rank (negative: takes away).

    `threshold` is the least cosine of a `meaning` filter, whose phrase was embedded as `vector` (unit, float32) by the
    model `model_id`. `id` is 0 for one that is not saved yet. Past `expires_at` it does nothing.
    """

    id: int
    action: FilterAction
    kind: FilterKind
    pattern: str
    scope: Scope = Scope()
    weight: float = 0.0
    threshold: float | None = None
    vector: Any = None
    model_id: int | None = None
    note: str = ""
    enabled: bool = True
    expires_at: datetime | None = None
    made_by: int = 0
    hits: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Work that needs an embedding or the index, asked for by one program and done by another.

    `kind` names who does it ('preview filter', 'preview topic'), `asked` and `answer` are plain JSON; `reason` says in a
    sentence why there is no answer.
    """

    id: int
    kind: str
    asked: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None
    reason: str | None = None
    done: bool = False
