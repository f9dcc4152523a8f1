"""What arrives at the fake endpoint: a request as a brain and a test look at it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to /chat/completions or /embeddings as it has arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[Json]:
        return list(self.body.get("messages") or ())

    @property
    def system(self) -> str:
        return "\n".join(str(one.get("content") or "") for one in self.messages if one.get("role") == "system")

    @property
    def user(self) -> str:
        """The text of the first user message: the prompt, in a repair as well."""
        return next((str(one["content"]) for one in self.messages if one.get("role") == "user"), "")

    @property
    def last(self) -> str:
        """The text of the last message: in a repair, what is wrong."""
        return str(self.messages[-1].get("content") or "") if self.messages else ""

    @property
    def mode(self) -> Literal["json_schema", "json_object", "text"]:
        held = (self.body.get("response_format") or {}).get("type", "text")
        assert held in {"json_schema", "json_object", "text"}, held
        return held  # type: ignore[no-any-return]

    @property
    def name(self) -> str | None:
        """What the schema is called; None where it is sent as text or not at all."""
        return ((self.body.get("response_format") or {}).get("json_schema") or {}).get("name")

    @property
    def schema(self) -> Json | None:
        """The schema that the answer has to match: of the response format, else the one in the system message."""
        held = ((self.body.get("response_format") or {}).get("json_schema") or {}).get("schema")
        return held if held is not None else schema_in(self.system)


#: Answers a request: with an object, which becomes JSON, or with a text as it is.
Brain = Callable[[Request], Json | str | Awaitable[Json | str]]


def schema_in(text: str) -> Json | None:
    """The last JSON object in a text that looks like the schema of an object."""
    found, position = None, text.find("{")
    while position >= 0:
        try:
            held, end = json.JSONDecoder().raw_decode(text, position)
        except ValueError:
            end = position + 1
        else:
            if held.get("type") == "object" and "properties" in held:
                found = held
        position = text.find("{", end)
    return found
