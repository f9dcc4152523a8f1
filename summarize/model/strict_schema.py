"""JSON schemas of pydantic models, as the strict mode of endpoints takes them and as a prompt holds them. Pure."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel

Json = dict[str, Any]

#: What the strict mode of OpenAI and the grammars of other servers understand.
_STRICT = frozenset({"type", "enum", "description", "required", "additionalProperties"})
#: What a model can read besides, where the schema is text.
_BOUNDS = frozenset(
    {"minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)


@cache
def strict_schema(schema: type[BaseModel]) -> Json:
    """The JSON schema of a model as strict mode wants it: all properties required, no others, no bounds, no defaults."""
    return _closed(schema, _STRICT)


@cache
def schema_text(schema: type[BaseModel]) -> str:
    """The same with bounds, as text for a prompt."""
    return json.dumps(_closed(schema, _STRICT | _BOUNDS), ensure_ascii=False, separators=(",", ":"))


def _closed(schema: type[BaseModel], kept: frozenset[str]) -> Json:
    whole = schema.model_json_schema()
    if "$ref" in whole:  # a model that holds itself
        whole = {**whole["$defs"][whole["$ref"].rpartition("/")[2]], "$defs": whole["$defs"]}
    return _pruned(whole, kept)


def _pruned(node: Json, kept: frozenset[str]) -> Json:
    if "$ref" in node:  # strict mode takes nothing beside it
        return {"$ref": node["$ref"]}
    pruned: Json = {}
    for key, value in node.items():
        if key in {"properties", "$defs"}:
            pruned[key] = {name: _pruned(part, kept) for name, part in value.items()}
        elif key in {"anyOf", "oneOf"}:
            pruned["anyOf"] = [_pruned(part, kept) for part in value]
        elif key == "items":
            pruned[key] = _pruned(value, kept) if isinstance(value, dict) else value
        elif key == "const":
            pruned["enum"] = [value]
        elif key in kept:
            pruned[key] = value
    if "properties" in pruned:
        pruned |= {"required": list(pruned["properties"]), "additionalProperties": False}
    return pruned
