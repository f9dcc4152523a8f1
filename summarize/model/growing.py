"""Reads an answer in JSON while it still grows: what of its object is there whole, and may be shown. Pure."""

from __future__ import annotations

import re

from summarize.model.answers import MOST_OBJECTS, object_at, without_thoughts

#: What may be an object; prose, too, has braces.
_OPENING = re.compile(r'\{\s*(?=["}])')
#: What JSON is built of, besides numbers and names; a quotation mark alone opens a string that has not ended.
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|["{}\[\],:]', re.DOTALL)


def so_far(text: str) -> dict[str, object]:
    """As much of the first JSON object in a growing answer as is whole; {} while there is none.

    A string, a number or a word is there once it has ended, an item of a list once all of it is there, an object elsewhere as
    far as it has come. Thoughts and fences are passed over as in an answer; a thought that the endpoint does not mark at its
    beginning is known to be one only at its end.
    """
    spoken = without_thoughts(text)
    place = 0
    for _ in range(MOST_OBJECTS):
        opening = _OPENING.search(spoken, place)
        if opening is None:
            break
        whole, end = _closed(spoken[opening.start() :])
        held = object_at(whole, 0)
        if end is None or (held and held[0]):
            return dict(held[0]) if held else {}
        place = opening.start() + end
    return {}


def _closed(text: str) -> tuple[str, int | None]:
    """As much as is whole of the object that a text begins with, and where it ends, if it has.

    pydantic_core's `from_json(allow_partial=True)` does not do: it hands on half an object in a list, half a number, and
    nothing at all after a trailing comma, which answers may have.
    """
    closers: list[str] = []
    lists = end = depth = 0
    before = ""
    for match in _MARK.finditer(text):
        mark = match[0][0]
        if match[0] == '"' or (mark in "}]" and closers[-1] != mark):
            break
        if mark in "{[":
            closers.append("}" if mark == "{" else "]")
        elif mark in "}]":
            closers.pop()
        lists += (mark == "[") - (mark == "]")
        is_item = closers[-1:] == ["]"]
        is_value = mark in ",}]" or (mark == '"' and (is_item or before == ":"))
        # Of what stands in a list, nothing is whole before all of it is.
        if is_value and lists == is_item:
            end, depth = match.start() if mark == "," else match.end(), len(closers)
        if not closers:
            return text[:end], end
        before = mark
    return (text[:end] + "".join(reversed(closers[:depth])) if end else "{}"), None
