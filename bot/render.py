"""A digest as plain text and as text for a terminal.

Pure.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from bot.blocks import Block, Heading, Note, StoryBlock, render_blocks
from bot.select import Digest
from bot.spans import JOINERS, Kind, Span
from bot.typography import NO_BREAK

_TERMINAL_WIDTH = 80


def render_text(digest: Digest, *, now: datetime, tz: ZoneInfo, width: int | None = None) -> str:
    """Plain text for pipes and files, addresses written out, no escapes; wrapped if `width` (in cells) is given.

    Where nothing is wrapped all spaces are plain ones, so that whoever searches the text finds what they type.
    """
    lines: list[str] = []
    for block in render_blocks(digest, now=now, tz=tz):
        for line in _layout(block, addresses=True):
            lines += ["".join(piece.text for piece in row) for row in _wrap(line, width)]
    if width is None:
        lines = [line.replace(NO_BREAK, " ") for line in lines]
    return "\n".join(lines) + "\n"


def render_terminal(digest: Digest, *, now: datetime, tz: ZoneInfo, width: int | None = None, color: bool) -> str:
    """Text for a terminal `width` cells wide: with `color`, bold titles and hyperlinks (OSC 8), else plain."""
    width = _TERMINAL_WIDTH if width is None else width
    if not color:
        return render_text(digest, now=now, tz=tz, width=width)
    lines: list[str] = []
    for block in render_blocks(digest, now=now, tz=tz):
        for line in _layout(block, addresses=False):
            lines += ["".join(_ansi(piece) for piece in row) for row in _wrap(line, width)]
    return "\n".join(lines) + "\n"


def render_lines(lines: Iterable[Iterable[Span]], *, width: int | None = None, color: bool = False) -> str:
    """Lines of spans as text: with `color` for a terminal, else plain, with addresses written out."""
    rows: list[str] = []
    for spans in lines:
        line = _Line(_pieces(spans, _Style.PLAIN, addresses=not color))
        rows += ["".join(_ansi(piece) if color else piece.text for piece in row) for row in _wrap(line, width)]
    if width is None:
        rows = [row.replace(NO_BREAK, " ") for row in rows]
    return "\n".join(rows) + "\n"


# --- lines -----------------------------------------------------------------------------------------------------------


class _Style(enum.StrEnum):
    """How a terminal draws a piece."""

    PLAIN = ""
    BOLD = "\x1b[1m"
    DIM = "\x1b[2m"
    SECTION = "\x1b[1;36m"


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    style: _Style = _Style.PLAIN
    url: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph to be wrapped; `indent` cells before every row, `bullet` in place of the first row's."""

    pieces: tuple[_Piece, ...] = ()
    indent: int = 0
    bullet: str = ""


def _layout(block: Block, *, addresses: bool) -> Iterator[_Line]:
    """A block's paragraphs, an empty one before each but the first."""
    if isinstance(block, Heading):
        if block.level == 1:
            yield _Line((_Piece(block.text, _Style.BOLD),))
        else:
            yield from (_Line(), _Line((_Piece(block.text.upper(), _Style.SECTION),)))
    elif isinstance(block, Note):
        yield from (_Line(), _Line((_Piece(block.text),)))
    else:
        yield from _story_lines(block, addresses=addresses)


def _story_lines(block: StoryBlock, *, addresses: bool) -> Iterator[_Line]:
    yield _Line()
    yield _Line((_Piece(block.title.text, _Style.BOLD, block.title.url),), 2, "• ")
    spans = [span for sentence in block.sentences for span in (Span(" "), *sentence)][1:]
    if spans:
        yield _Line(_pieces(spans, _Style.PLAIN, addresses=False), 2)
    tail = [(Span(text),) for text in (block.more, block.when) if text]
    if addresses and len(block.sources) > 1:  # with addresses written out, one long line would be hard to read
        for source in block.sources:
            yield _Line(_pieces(source, _Style.DIM, addresses=True), 2)
        yield _Line(_pieces(_join(tail), _Style.DIM, addresses=True), 2)
    else:
        yield _Line(_pieces(_join([*block.sources, *tail]), _Style.DIM, addresses=addresses), 2)


def _join(parts: Iterable[Iterable[Span]]) -> list[Span]:
    return [span for part in parts for span in (Span(" · "), *part)][1:]


def _pieces(spans: Iterable[Span], style: _Style, *, addresses: bool) -> tuple[_Piece, ...]:
    found = []
    for span in spans:
        dim = _Style.DIM if span.kind in {Kind.CITE, Kind.MARK} else style
        address = f" ({span.url})" if addresses and span.kind is Kind.LINK else ""
        found.append(_Piece(span.text + address, dim, span.url))
    return tuple(found)


def _ansi(piece: _Piece) -> str:
    """A piece with its style, and as a hyperlink if it has an address (bytes beyond ASCII are encoded in it)."""
    text = f"{piece.style}{piece.text}\x1b[0m" if piece.style else piece.text
    if piece.url is None:
        return text
    return f"\x1b]8;;{quote(piece.url, safe=':/?#[]@!$&()*+,;=%~-._')}\x1b\\{text}\x1b]8;;\x1b\\"


def _wrap(line: _Line, width: int | None) -> Iterator[list[_Piece]]:
    """The rows of a paragraph as pieces: broken between words, and inside a word only if it is no address."""
    text = "".join(piece.text for piece in line.pieces)
    room = None if width is None else max(width - line.indent, 1)
    for index, (start, end) in enumerate(_rows(text, room)):
        lead = line.bullet if index == 0 and line.bullet else " " * line.indent
        yield ([_Piece(lead)] if lead and end > start else []) + list(_slice(line.pieces, start, end))


def _slice(pieces: Iterable[_Piece], start: int, end: int) -> Iterator[_Piece]:
    offset = 0
    for piece in pieces:
        text = piece.text[max(start - offset, 0) : max(end - offset, 0)]
        offset += len(piece.text)
        if text:
            yield _Piece(text, piece.style, piece.url)


def _rows(text: str, room: int | None) -> list[tuple[int, int]]:
    """Where the rows of `text` begin and end, each at most `room` cells but for addresses."""
    if room is None:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start = end = 0
    for word in re.finditer(r"[^ ]+", text):
        if end > start and cell_len(text[start : word.end()]) > room:
            rows.append((start, end))
            end = start
        start = word.start() if end == start else start
        end = word.end()
        while cell_len(text[start:end]) > room and "://" not in word.group():
            cut = start + _fitting(text[start:end], room)
            rows.append((start, cut))
            start = cut
    return [*rows, (start, end)]


def _fitting(word: str, room: int) -> int:
    """How many characters fit into `room` cells; at least one, and no joiner or mark is parted from its base."""
    cells = count = 0
    for char in word:
        cells += cell_len(char)
        if cells > room and count:
            break
        count += 1
    while 1 < count < len(word) and (word[count] in JOINERS or word[count - 1] == "\u200d"):
        count -= 1
    return count
