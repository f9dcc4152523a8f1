"""What came over the wire from an endpoint, or the reason why nothing came, before anybody makes sense of it. Pure."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cached_property
from typing import Any

Json = dict[str, Any]


class Lost(Enum):
    """Why no answer came."""

    NO_CONNECTION = auto()
    NO_CONNECTION_YET = auto()
    CUT = auto()
    LATE = auto()


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An answer as it came over the wire, or the reason why there is none. Without slots, which cannot be cached in."""

    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: Lost | None = None
    #: As much of the answer as was told while it grew, whatever came of the rest.
    grown: str = ""

    @cached_property
    def payload(self) -> object:
        """What the body holds as JSON, which for embeddings may be megabytes; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_failure(self) -> bool:
        """Whether the server failed; 501 says that it does not know what was asked for."""
        return self.lost is not None or (self.status >= 500 and self.status != 501)

    def tokens(self, name: str) -> int | None:
        """The tokens that the endpoint says were used, under one of the names of `usage`; None if it does not say."""
        count = at(self.payload, "usage", name)
        return count if type(count) is int and count >= 0 else None


#: Is told the whole text of an answer, thoughts and all, each time that it has grown. A text that does not begin with the
#: one before is of another answer, which takes the place of the first: after a lost connection, or as a repair.
Growing = Callable[[str], None]

#: Sends a request to a path of an endpoint and hands back whatever comes of it; tells of it meanwhile, if it comes in chunks.
Send = Callable[[str, Json, Growing | None], Awaitable[Heard]]


def unwrapped(heard: Heard) -> Heard:
    """Some routers put an error with its status into an answer that claims that all is well."""
    payload = heard.payload if heard.is_ok else None
    if not isinstance(payload, dict) or "choices" in payload or "data" in payload:
        return heard
    code = at(payload, "error", "code")
    return replace(heard, status=code) if isinstance(code, int) and 400 <= code < 600 else heard


def words(content: object) -> str:
    """The text of a message's content, which some endpoints give in parts; empty if it has none."""
    if isinstance(content, list):
        return "".join(part for part in (at(one, "text") for one in content) if isinstance(part, str))
    return content if isinstance(content, str) else ""


def at(held: object, *path: str | int) -> object:
    """What lies at a path into JSON; None if the path leads nowhere."""
    for step in path:
        if isinstance(held, dict):
            held = held.get(step)
        elif isinstance(held, list) and isinstance(step, int) and step < len(held):
            held = held[step]
        else:
            return None
    return held
