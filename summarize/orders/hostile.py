"""Which stretches of a post speak to a machine that summarises it, rather than to readers, and the post without them.

Pure: rules for Russian and English and the commonest forms in Ukrainian, German, Spanish, French and Chinese. They
read a shadow of the text, in which tricks of writing are undone, and leave alone what a post reports or quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from summarize.orders import forged, order_sentences, quoted
from summarize.orders.shadow import lower, shadow
from summarize.text import Sentence, sentences

_LETTER = re.compile(r"[^\W\d_]")


def orders(text: str) -> list[tuple[int, int]]:
    """Spans (code points) of what speaks to a machine that summarises: orders with what they want said, forged markup.

    Sorted and not overlapping. What a post reports or quotes in a sentence of its own is not an order, nor is a call
    to human readers.
    """
    plain = shadow(text)
    low = lower(plain.text)
    look = order_sentences.look(low)
    may_be_forged = forged.may_be_forged(text, low, look.rules)
    if not look.open and not may_be_forged:
        return []
    masked = quoted.masked(plain.text)
    found = sentences(masked)
    masked = lower(masked)
    taken = order_sentences.taken(masked, found, look.open)
    spans = [plain.span(s.start, s.end) for s, is_taken in zip(found, taken, strict=True) if is_taken]
    if may_be_forged:
        spans.extend(forged.blocks(plain, text, _lined(masked, found), low))
    return _merged(text, spans)


def _lined(masked: str, found: Sequence[Sentence]) -> str:
    """The text with each sentence on a line of its own, character for character."""
    chars = list(masked)
    for sentence in found:
        if sentence.start and chars[sentence.start - 1].isspace():
            chars[sentence.start - 1] = "\n"
    return "".join(chars)


def _merged(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those made one that overlap or have but white space between them."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and (start <= merged[-1][1] or not text[merged[-1][1] : start].strip()):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


_LOOSE = re.compile(r"[ \t]{2,}")
_LOOSE_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n){2,}")


def without_orders(text: str) -> str:
    """The text less its orders, with white space tidied where they stood; empty if nothing with a letter is left."""
    spans = orders(text)
    if not spans:
        return text
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    left = _LOOSE_LINES.sub("\n\n", _LOOSE.sub(" ", " ".join(pieces))).strip()
    return left if _LETTER.search(left) else ""


def is_hostile(text: str) -> bool:
    """Whether any of the text speaks to a machine that summarises it."""
    return bool(orders(text))


def blanked(text: str) -> str:
    """The text with its orders blanked character for character, so that offsets of its markup stay."""
    spans = orders(text)
    if not spans:
        return text
    chars = list(text)
    for start, stop in spans:
        chars[start:stop] = ["\n"] * (stop - start)
    return "".join(chars)
