"""What both parsers hold a message against: the largest number, the first and the last date, the longest text.

Pure. Whatever does not pass is either no number, or a text made fit to be stored, or a sentence for a Problem.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TypeGuard

LONGEST_TEXT = 100_000
LARGEST_ID = (1 << 63) - 1
EARLIEST = datetime(2013, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def is_id(value: object) -> TypeGuard[int]:
    """Whether this can be the number of a message or of a channel."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID


def count(value: object) -> int | None:
    """A number of views, votes …, zero included; None if it is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_ID:
        return value
    return None


def shown(value: object) -> str:
    """A value of somebody's file in a sentence: short, on one line."""
    if isinstance(value, int) and abs(value) > 1 << 128:
        # Python refuses to write numbers of thousands of digits.
        return "a number of many digits"
    text = json.dumps(value, ensure_ascii=False) if value is None or isinstance(value, str | int) else "a structure"
    return text if len(text) <= 60 else text[:60] + "…"


def safe(text: str) -> str:
    """The text as Postgres takes it: for NUL and lone surrogates U+FFFD; true pairs of halves are one character.

    Its length in UTF-16 units, in which Telegram counts, stays.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd") if "\0" in text else text
