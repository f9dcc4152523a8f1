"""What the fake model answers: a brain maps a request to an object, or to a text."""

from collections.abc import Iterable
from typing import Any

from tests.fakes.openai.requests import Brain, Json, Request, schema_in


def constant(value: Json | str) -> Brain:
    """Answers everything alike."""
    return lambda _: value


def scripted(values: Iterable[Json | str]) -> Brain:
    """Answers with one value after the other. IndexError, which the endpoint hands on to the test, after the last."""
    left = list(values)
    return lambda _: left.pop(0)


def deaf(value: Json | str, prose: Json | str = "The posts are about a new model.") -> Brain:
    """Takes a response format and does not care: answers as it should only if the schema stands in the prompt."""
    return lambda request: value if schema_in(request.system) else prose


def obedient(request: Request) -> Json | str:
    """Answers with the least that the schema allows: a stranger to the prompt, but never out of shape."""
    schema = request.schema
    if schema is None:
        return "I was not told what to answer."
    answer: Json = sample(schema, schema.get("$defs", {}))
    return answer


def sample(schema: Json, definitions: Json) -> Any:
    """The simplest value of a schema: first choices, one item per list."""
    if "$ref" in schema:
        return sample(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        # Where null will do, it ends what may hold itself.
        return sample(
            next((one for one in schema["anyOf"] if one.get("type") == "null"), schema["anyOf"][0]), definitions
        )
    simple = {"string": "text", "integer": 1, "number": 0.5, "boolean": True, "null": None}
    if schema.get("type") in simple:
        return simple[schema["type"]]
    if schema.get("type") == "array":
        return [sample(schema["items"], definitions)] if schema.get("items") else []
    return {name: sample(one, definitions) for name, one in schema.get("properties", {}).items()}


#: What the command line offers; others add theirs.
BRAINS: dict[str, Brain] = {"obedient": obedient}
