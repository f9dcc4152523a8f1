"""What the fake endpoint accepts, and the errors, in OpenAI's words, for what it does not."""

from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.openai.faults import Response, as_json, error
from tests.fakes.openai.requests import Request

Json = dict[str, Any]

MODES = frozenset({"json_schema", "json_object", "text"})
LIMITS = frozenset({"max_tokens", "max_completion_tokens"})

#: The keywords that OpenAI's strict mode has always taken.
STRICT = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "$defs", "description"}
)


@dataclass(kw_only=True)
class Abilities:
    """What is accepted. `status` and `tells`: how, and whether in understandable words, the rest is rejected.

    `streams`: an endpoint may as well take no notice of the wish for one.
    """

    modes: frozenset[str] = MODES
    limits: frozenset[str] = LIMITS
    temperature: bool = True
    streams: Literal["yes", "ignored", "refused"] = "yes"
    stream_options: bool = True
    dimensions: bool = True
    models: frozenset[str] | None = None  # None: any
    status: int = 400
    tells: bool = True

    def objection(self, request: Request) -> Response | None:
        """The error for a request that asks for more than the endpoint can do; None if it can."""
        if self.models is not None and request.model not in self.models:
            return error(404, f"The model `{request.model}` does not exist", code="model_not_found")
        is_chat = request.path.endswith("/chat/completions")
        found = self._streams(request) or self._chat(request) if is_chat else self._embeddings(request)
        if found and not self.tells:
            return as_json({"error": "bad request"}, status=self.status)
        return found

    def _streams(self, request: Request) -> Response | None:
        options = request.body.get("stream_options")
        if request.body.get("stream") and self.streams == "refused":
            message = "Unsupported value: 'stream' does not support true with this model. Only false is supported."
            return error(self.status, message, code="unsupported_value", param="stream")
        if options and not self.stream_options:
            return as_json(_extra("stream_options", options, self.status), status=self.status)
        if options and not request.body.get("stream"):
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            return error(400, message, param="stream_options")
        return None

    def _chat(self, request: Request) -> Response | None:
        body, mode = request.body, request.mode
        limit = next((name for name in sorted(LIMITS - self.limits) if name in body), None)
        if limit:
            (other,) = LIMITS - {limit}
            message = f"Unsupported parameter: '{limit}' is not supported with this model. Use '{other}' instead."
            return error(self.status, message, code="unsupported_parameter", param=limit)
        if "temperature" in body and not self.temperature:
            message = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) is supported."
            return error(self.status, message, code="unsupported_value", param="temperature")
        if mode not in self.modes:
            message = f"Invalid parameter: 'response_format' of type '{mode}' is not supported with this model."
            return error(self.status, message, param="response_format")
        if mode == "json_object" and not any("json" in str(one["content"]).lower() for one in request.messages):
            return error(400, "'messages' must contain the word 'json' in some form", param="messages")
        return _schema_objection(request) if mode == "json_schema" else None

    def _embeddings(self, request: Request) -> Response | None:
        if "dimensions" in request.body and not self.dimensions:
            return error(self.status, "This model does not support specifying dimensions.", param="dimensions")
        return None


def _extra(name: str, value: object, status: int) -> Json:
    """The error of vLLM for a parameter that it does not know."""
    problem = {
        "type": "extra_forbidden",
        "loc": ("body", name),
        "msg": "Extra inputs are not permitted",
        "input": value,
    }
    return {"object": "error", "message": str([problem]), "type": "BadRequestError", "param": None, "code": status}


def _schema_objection(request: Request) -> Response | None:
    held = request.body["response_format"]["json_schema"]
    problem = strict_problem(held["schema"]) if held.get("strict") else None
    if problem is None:
        return None
    message = f"Invalid schema for response_format '{held['name']}': {problem}"
    return error(400, message, param="response_format")


def strict_problem(schema: Json) -> str | None:
    """What OpenAI's strict mode does not take about a schema; None if it takes it."""
    pending: list[Json] = [schema]
    while pending:
        node = pending.pop()
        unknown = sorted(node.keys() - STRICT)
        if unknown:
            return f"In context=(), {unknown} is not permitted."
        if "$ref" in node and len(node) > 1 and node is not schema:
            return "$ref cannot have keywords beside it."
        if node.get("type") == "object":
            if node.get("additionalProperties") is not False:
                return "'additionalProperties' is required to be supplied and to be false."
            if sorted(node.get("required", ())) != sorted(node.get("properties", {})):
                return "'required' is required to be an array including every key in properties."
        pending += [*node.get("properties", {}).values(), *node.get("$defs", {}).values(), *node.get("anyOf", ())]
        pending += [node["items"]] if "items" in node else []
    return None if schema.get("type") == "object" else "schema must be a JSON Schema of 'type: \"object\"'."
