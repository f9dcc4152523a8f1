"""A formatted text as the rows of a terminal: what is visible of it, styles, numbered links, quotes, wrapping. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote

from aiogram.types import MessageEntity
from rich.cells import cell_len, split_graphemes

from bot.spans import clean, safe_url, units

#: Styles of entities, as parameters of the escape sequence.
SGR = {
    "bold": "1",
    "italic": "3",
    "underline": "4",
    "strikethrough": "9",
    "spoiler": "7",
    "code": "36",
    "pre": "36",
    "text_link": "4",
}
DIM, BOLD = "2", "1"
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TOKENS = re.compile(r" +|[^ ]+")
_MARKS_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of visible text in one style; `url` may be opened, `quoted` stretches have a bar before them."""

    text: str
    sgr: tuple[str, ...] = ()
    url: str | None = None
    quoted: bool = False


Row = list[Piece]


def addresses(entities: Iterable[MessageEntity]) -> list[str]:
    """Where the links of a text lead to, each address once, in order: the first has number 1."""
    ordered = sorted(entities, key=lambda entity: (entity.offset, entity.length))
    return list(dict.fromkeys(entity.url for entity in ordered if entity.type == "text_link" and entity.url))


def raised(number: int) -> str:
    """The number as it stands beside a link."""
    return str(number).translate(_RAISED)


def pieces(text: str, entities: Sequence[MessageEntity]) -> list[Piece]:
    """The visible text in stretches, a raised number after each link. Newlines stay; nothing else has power over a terminal."""
    numbers = {url: number for number, url in enumerate(addresses(entities), start=1)}
    found: list[Piece] = []
    ends = _link_ends(entities)
    borders = {0, *(bound for entity in entities for bound in (entity.offset, entity.offset + entity.length))}
    style = Piece("")
    at = marks = 0
    for char in text:
        style = _style_at(at, entities) if at in borders else style
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        shown = visible(char) if marks <= _MARKS_IN_A_ROW else ""
        at += units(char)
        if shown:
            found.append(replace(style, text=shown))
        if at in ends:
            found.append(Piece(raised(numbers[ends[at]]), (DIM,), quoted=style.quoted))
    return _joined(found)


def rows(stretches: Sequence[Piece], width: int) -> Iterator[Row]:
    """Rows of at most `width` cells, a bar before those that are quoted; only an address may be wider."""
    for paragraph in _paragraphs(stretches):
        text = "".join(piece.text for piece in paragraph)
        quoted = paragraph[0].quoted
        bar = [Piece("│ " if width > 2 else "│", (DIM,))] if quoted else []
        room = max(width - sum(len(piece.text) for piece in bar), 1)
        for start, end in wrapped(text, room):
            yield bar + list(_slice(paragraph, start, end))


def wrapped(text: str, room: int) -> list[tuple[int, int]]:
    """Where the rows of one paragraph begin and end: broken between words, inside of one only where it must be."""
    found: list[tuple[int, int]] = []
    start = end = gap = taken = 0
    for token in _TOKENS.finditer(text):
        word = token.group()
        cells = cell_len(word)
        if word.isspace():
            gap = cells
            continue
        if taken + gap + cells > room and token.start() > start:
            if end > start:
                found.append((start, end))
            start, taken, gap = token.start(), 0, 0
        for cut, rest in _cuts(word, room):
            found.append((start, token.start() + cut))
            start, cells = token.start() + cut, rest
        end, taken, gap = token.end(), taken + gap + cells, 0
    return [*found, (start, end)]


def painted(row: Iterable[Piece], *, color: bool) -> str:
    """The row as it is written, with escape sequences for styles and links if the terminal has colours."""
    if not color:
        return "".join(piece.text for piece in row)
    return "".join(_painted(piece) for piece in row)


def _painted(piece: Piece) -> str:
    text = f"\x1b[{';'.join(piece.sgr)}m{piece.text}\x1b[0m" if piece.sgr else piece.text
    url = safe_url(piece.url)
    if url is None:
        return text
    return f"\x1b]8;;{quote(url, safe=':/?#[]@!$&()*+,;=%~-._')}\x1b\\{text}\x1b]8;;\x1b\\"


@lru_cache(maxsize=4096)
def visible(char: str) -> str:
    """A character as it may be written to a terminal: nothing, where it would have power over it."""
    if char == "\n" or unicodedata.category(char) == "Zs":
        return char if char in "\n\u00a0" else " "
    return clean(char)


def _link_ends(entities: Iterable[MessageEntity]) -> dict[int, str]:
    """At which unit a link is over, and which."""
    return {link.offset + link.length: link.url for link in entities if link.type == "text_link" and link.url}


def _style_at(at: int, entities: Sequence[MessageEntity]) -> Piece:
    """How what stands at a unit of the text is drawn, without the text."""
    around = [entity for entity in entities if entity.offset <= at < entity.offset + entity.length]
    sgr = dict.fromkeys(SGR[entity.type] for entity in around if entity.type in SGR)
    url = next((entity.url for entity in around if entity.type == "text_link"), None)
    return Piece("", tuple(sgr), url, any(entity.type in _QUOTES for entity in around))


def _joined(stretches: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one style made one."""
    groups = groupby(stretches, key=lambda piece: replace(piece, text=""))
    return [replace(style, text="".join(piece.text for piece in group)) for style, group in groups]


def _paragraphs(stretches: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The stretches between newlines; a quote begins a paragraph, and what follows it another."""
    paragraph: list[Piece] = []
    for piece in stretches:
        if paragraph and paragraph[-1].quoted != piece.quoted:
            if any(part.text for part in paragraph):
                yield paragraph
            # what begins with a newline only ends the line that is over already
            text = piece.text.removeprefix("\n") if any(part.text for part in paragraph) else piece.text
            paragraph = []
        else:
            text = piece.text
        first, *others = text.split("\n")
        paragraph.append(replace(piece, text=first))
        for other in others:
            yield paragraph
            paragraph = [replace(piece, text=other)]
    if any(part.text for part in paragraph):
        yield paragraph


def _slice(paragraph: Iterable[Piece], start: int, end: int) -> Iterator[Piece]:
    offset = 0
    for piece in paragraph:
        text = piece.text[max(start - offset, 0) : max(end - offset, 0)]
        offset += len(piece.text)
        if text:
            yield replace(piece, text=text)


def _cuts(word: str, room: int) -> Iterator[tuple[int, int]]:
    """Where to cut a word that has a row of its own, and how many cells are left after each cut; addresses stay whole."""
    spans, left = split_graphemes(word)
    if left <= room or "://" in word:
        return
    free = room
    for start, _, cells in spans:
        if cells > free and start:
            yield start, left
            free = room
        free -= cells
        left -= cells
