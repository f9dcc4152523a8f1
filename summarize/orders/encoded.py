"""What a post hides in its characters: text that nobody sees, and text in base64, hexadecimal digits, rot13 or backwards.

Pure.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator

from summarize.orders.order_sentences import is_order
from summarize.orders.order_words import rule
from summarize.orders.shadow import lower

Span = tuple[int, int]

_INVISIBLE = "\u00ad\u200b-\u200d\u2060-\u2064\ufeff"
_SMUGGLED = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}|[\U000e0000-\U000e007f]+|[\u200b\u200c\u200d\u2060-\u2064\ufeff]{12,}"
    f"|(?:[^\\n{_INVISIBLE}][{_INVISIBLE}]){{8,}}[^\\W{_INVISIBLE}]?"
)
_NOT_SEEN = re.compile(f"[{_INVISIBLE}\ufe00-\ufe0f\U000e0000-\U000e007f\U000e0100-\U000e01ef]")
# A flag of England, Scotland or Wales is spelt with tag characters too.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_BLOB = re.compile(r"(?<![\w/=&?.-])(?:[A-Za-z0-9+/_-]{24,}={0,2}|(?:[0-9A-Fa-f]{2}[ :]?){16,})(?![\w/])")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?){16}")
_LONG = 24
_DECODE = rule(
    r"\b(?:decode|decipher|decrypt|unscramble|base64|rot-?13|декодируй|расшифруй|раскодируй|дешифруй|reverse"
    r"|read…backwards)(?:те)?\b|\b(?:base64|rot-?13|hex)…(?:follow|выполни|execute|obey|следуй)"
)
# "ignore … previous|prior|above|all … instructions" in rot13, and backwards
_TURNED_WORDS = ("vtaber", "qvfertneq", "sbetrg", "snoitcurtsni", "stpmorp")
_TURNED = re.compile(
    r"\b(?:vtaber|qvfertneq|sbetrg)\b.{0,40}\b(?:cerivbhf|cevbe|nobir|nyy|lbhe)\b|\b(?:snoitcurtsni"
    r"|stpmorp)\b.{0,40}\b(?:erongi|dragersid|tegrof)\b"
)
_NEAR = 600


def may_be(text: str, low: str) -> bool:
    """Whether `hidden` or `blobs` may find anything."""
    return _has_unseen(text) or _has_blob(text) or _turned(low) is not None


def _turned(low: str) -> re.Match[str] | None:
    return _TURNED.search(low) if any(word in low for word in _TURNED_WORDS) else None


def _has_unseen(text: str) -> bool:
    return not text.isascii() and _NOT_SEEN.search(text) is not None and _SMUGGLED.search(text) is not None


def _has_blob(text: str) -> bool:
    longest = max(map(len, text.split()), default=0)
    return (longest >= _LONG or _HEX.search(text) is not None) and _BLOB.search(text) is not None


def hidden(text: str) -> Iterator[Span]:
    """Spans of characters that are not seen, or each of which has one after it."""
    if _has_unseen(text):
        bare = _FLAG.sub(lambda flag: " " * len(flag.group()), text)
        yield from (match.span() for match in _SMUGGLED.finditer(bare))


def blobs(text: str) -> Iterator[Span]:
    """Encoded text with an order to decode it, or that is an order itself."""
    low = lower(text)
    if (match := _turned(low)) is not None:
        yield match.start(), _line_end(text, match.end())
    found = list(_BLOB.finditer(text)) if _has_blob(text) else []
    told = [match.start() for match in _DECODE.finditer(low)] if found else []
    for match in found:
        near = any(-_NEAR <= match.start() - place <= _NEAR for place in told)
        if near or any(is_order(lower(plain)) for plain in _decoded(match.group())):
            yield match.span()
            yield from ((place, _sentence_end(text, place)) for place in told if abs(match.start() - place) <= _NEAR)


def _sentence_end(text: str, start: int) -> int:
    match = re.compile(r"[.!?:]\s|\n|\Z").search(text, start + 1)
    return match.end() if match else len(text)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _decoded(blob: str) -> Iterator[str]:
    """What the blob spells as base64 or in hexadecimal digits, if that is text."""
    bare = blob.rstrip("=")
    with contextlib.suppress(ValueError, binascii.Error):
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if {"-", "_"} & set(bare) else None)
        yield raw.decode("utf-8")
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(re.sub(r"[ :]", "", blob)).decode("utf-8")
