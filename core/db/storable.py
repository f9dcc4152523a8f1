"""Texts and JSON as PostgreSQL takes them: it knows neither NUL nor halves of surrogate pairs."""

from __future__ import annotations

import json
import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def storable_json(value: object) -> str:
    """JSON as a `jsonb` column takes it; NUL is left out."""
    written = _encode(value)
    # A NUL is always escaped by json.dumps; the doubled backslash of a literal "\u0000" in a text must survive.
    if "\\u0000" in written:
        written = re.sub(r"(?<!\\)((?:\\\\)*)\\u0000", r"\1", written)
    return storable(written)


def storable(value: str) -> str:
    """The text with U+FFFD in place of what cannot be stored."""
    try:
        value.encode("utf-8")  # far faster than looking for what is hardly ever there
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\ufffd", value)
    return value.replace("\x00", "\ufffd")
