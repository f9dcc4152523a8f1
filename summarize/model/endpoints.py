"""Where a model answers, and what the endpoint was found to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

#: The names by which endpoints know the most tokens of an answer.
Limit = Literal["max_tokens", "max_completion_tokens"]


class Mode(StrEnum):
    """How an answer in JSON is asked for."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


class Streaming(StrEnum):
    """How an answer that somebody watches comes: in chunks, with or without the tokens that it took, or all at once."""

    COUNTED = "counted"
    PLAIN = "plain"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What an endpoint was found to do."""

    mode: Mode = Mode.SCHEMA
    limit: Limit = "max_tokens"
    temperature: bool = True
    streaming: Streaming = Streaming.COUNTED

    def to_json(self) -> dict[str, Any]:
        return {
            "mode": self.mode.value,
            "limit": self.limit,
            "temperature": self.temperature,
            "streaming": self.streaming.value,
        }

    @classmethod
    def from_json(cls, held: object) -> Ability:
        """What `to_json` gave; the default for anything else, such as what an older version has kept."""
        try:
            return _ABILITY.validate_python(held)
        except ValidationError:
            return cls()


_ABILITY = TypeAdapter(Ability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model answers. `timeout` is in seconds, for one request with all of its answer."""

    url: str
    model: str
    key: str | None = field(repr=False)
    timeout: float
    #: What the variables of this endpoint begin with, for messages to the operator.
    settings: str = "SVODKA_LLM"

    @property
    def host(self) -> str:
        """The host of the address, with its port if it names one; never a password or a path."""
        return urlsplit(self.url).netloc.rpartition("@")[2] or "an address without a host"


def without_password(url: str) -> str:
    """The address as it may be kept and shown."""
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}{found.path}"
