"""A stretch of text and what it is; and how strangers' texts and addresses are made harmless before they become one.

Pure.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_URL_LENGTH = 2048


class Kind(enum.StrEnum):
    """What a stretch of text is: how it is drawn is up to the medium. An update says that news to the reader follow."""

    PLAIN = "plain"
    BOLD = "bold"
    LINK = "link"
    CITE = "cite"
    MARK = "mark"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one kind. `url` is safe to open, or None; `lang` is set on text in another language."""

    text: str
    kind: Kind = Kind.PLAIN
    url: str | None = None
    lang: str | None = None


# --- clean text and safe links ---------------------------------------------------------------------------------------

_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)")
# direction marks and overrides, soft hyphen, zero-width space and byte order mark, invisible operators, annotations
_INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\ufeff\ufff9\ufffa\ufffb") | frozenset(
    chr(code) for span in (range(0x202A, 0x202F), range(0x2060, 0x2070)) for code in span
)
_MARKS_IN_A_ROW = 4
#: What joins the characters before and after it into one sign, or belongs to the one before it.
JOINERS = "\u200c\u200d\ufe0f"
_SCHEMES = frozenset({"http", "https", "tg"})


def clean(text: str) -> str:
    """One line of visible text: no controls, escapes, direction overrides, stray surrogates or piled-up marks."""
    if text.isascii() and text.isprintable():  # most addresses are
        return " ".join(text.split())
    out: list[str] = []
    marks = 0
    for char in _ESCAPES.sub("", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in {"Zl", "Zp"} or char in "\t\n\r\v\f\x85":
            out.append(" ")
        elif category in {"Cc", "Cs"} or char in _INVISIBLE or marks > _MARKS_IN_A_ROW:
            continue
        else:
            out.append(char)
    return " ".join("".join(out).split())


def safe_url(url: str | None) -> str | None:
    """The address if it is one that a reader may open (http, https or tg, with a host, nothing hidden), else None."""
    if not url or len(url) > _URL_LENGTH or clean(url) != url or any(char in " <>\"'`\\^{|}" for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in _SCHEMES and parts.netloc else None


def first_url(urls: Iterable[str | None]) -> str | None:
    """The first of the addresses that a reader may open."""
    return next((safe for url in urls if (safe := safe_url(url))), None)


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` units, cut between words where there is a gap near, an ellipsis in the last place."""
    if units(text) <= limit:
        return text
    room, end = limit - 1, 0
    for char in text:
        room -= units(char)
        if room < 0:
            break
        end += 1
    gap = text.rfind(" ", end // 2, end + 1)
    return text[: gap if gap > 0 else end].rstrip(JOINERS + " ,;:–—-") + "…"
