"""Telegram's rich messages (headings, lists, tables, quotations …) as plain text with entities, in reading order.

Pure. Works on records (`ingest.records`) of RichMessage, PageBlock* and RichText. Whatever has no text of its own
(a picture, an anchor, a line) is nothing; a block that is unknown gives whatever rich text it holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from core.types import Entity, EntityKind
from ingest.bounds import count, safe

#: Blocks and markup inside each other; what lies deeper is left out, so that no message can exhaust the stack.
DEEPEST = 64
#: RichText that has its text in `text`, and the entity made of it.
MARKUP = {
    "TextAutoEmail": EntityKind.EMAIL,
    "TextAutoPhone": EntityKind.PHONE,
    "TextAutoUrl": EntityKind.URL,
    "TextBankCard": EntityKind.OTHER,
    "TextBold": EntityKind.BOLD,
    "TextBotCommand": EntityKind.COMMAND,
    "TextCashtag": EntityKind.CASHTAG,
    "TextDate": EntityKind.OTHER,
    "TextDiff": EntityKind.OTHER,
    "TextEmail": EntityKind.EMAIL,
    "TextFixed": EntityKind.CODE,
    "TextHashtag": EntityKind.HASHTAG,
    "TextItalic": EntityKind.ITALIC,
    "TextMention": EntityKind.MENTION,
    "TextMentionName": EntityKind.MENTION,
    "TextPhone": EntityKind.PHONE,
    "TextSpoiler": EntityKind.SPOILER,
    "TextStrike": EntityKind.STRIKE,
    "TextUnderline": EntityKind.UNDERLINE,
}
#: RichText without parts: where its text is, and the entity made of it.
LEAVES: dict[str, tuple[str, EntityKind | None]] = {
    "TextCustomEmoji": ("alt", EntityKind.CUSTOM_EMOJI),
    "TextImage": ("alt", None),
    "TextMath": ("source", EntityKind.CODE),
}
#: In blocks that are unknown: what is read first and last; the rest in the order of its names, for ever the same.
FIRST = {"title": 0, "text": 1, "caption": 3}
ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)

Block = Mapping[str, Any]


def flatten(rich: Mapping[str, Any]) -> tuple[str, tuple[Entity, ...]]:
    """The text of a rich message and its entities, by (offset, longest first), in code points of that text.

    Blocks are separated by blank lines, the points of a list and the rows of a table by line breaks. Blank space
    around a block is trimmed; only code keeps the indentation of its first line.
    """
    text, marks = _stack(rich.get("blocks"), DEEPEST)
    return text, tuple(
        Entity(kind=mark.kind, offset=mark.start, length=mark.end - mark.start, url=mark.url, language=mark.language)
        for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end))
    )


def listing(title: str, items: Iterable[str]) -> str:
    """A title and its items as lines, as both parsers write polls and to-do lists; blank ones are left out."""
    lines = [title, *(f"• {item}" if item else "" for item in items)]
    return "\n".join(line for line in lines if line.strip())


# --- pieces of text ------------------------------------------------------------------------------------------------


class _Mark(NamedTuple):
    kind: EntityKind
    start: int
    end: int
    url: str | None = None
    language: str | None = None


class _Piece(NamedTuple):
    """A text and what is marked in it; no mark is empty or reaches beyond the text."""

    text: str
    marks: tuple[_Mark, ...] = ()


NOTHING = _Piece("")


def _joined(pieces: Iterable[_Piece], separator: str = "", *, blank: bool = False) -> _Piece:
    """The pieces one after the other; empty ones only if `blank`."""
    texts: list[str] = []
    marks: list[_Mark] = []
    offset = 0
    for piece in pieces:
        if not piece.text and not blank:
            continue
        marks += [mark._replace(start=mark.start + offset, end=mark.end + offset) for mark in piece.marks]
        texts.append(piece.text)
        offset += len(piece.text) + len(separator)
    return _Piece(separator.join(texts), tuple(marks))


def _marked(piece: _Piece, kind: EntityKind | None, *, url: str | None = None, language: str | None = None) -> _Piece:
    if kind is None or not piece.text or (kind is EntityKind.TEXT_LINK and not url):
        return piece
    return _Piece(piece.text, (_Mark(kind, 0, len(piece.text), url, language), *piece.marks))


def _trimmed(piece: _Piece, *, indented: bool = False) -> _Piece:
    """Without blank space at the ends; with that of the first line if `indented`."""
    text = piece.text.rstrip()
    start = len(text) - len(text.lstrip())
    if indented:
        start = text.rfind("\n", 0, start) + 1
    if not start and len(text) == len(piece.text):
        return piece
    size = len(text) - start
    moved = (mark._replace(start=max(mark.start - start, 0), end=min(mark.end - start, size)) for mark in piece.marks)
    return _Piece(text[start:], tuple(mark for mark in moved if mark.start < mark.end))


def _hung(marker: str, piece: _Piece) -> _Piece:
    """The piece behind a marker, its further lines indented as far."""
    breaks = [index for index, char in enumerate(piece.text) if char == "\n"]
    width = len(marker)
    text = marker + piece.text.replace("\n", "\n" + " " * width)
    marks = (
        mark._replace(
            start=mark.start + width * (1 + bisect_left(breaks, mark.start)),
            end=mark.end + width * (1 + bisect_left(breaks, mark.end - 1)),
        )
        for mark in piece.marks
    )
    return _Piece(text, tuple(marks))


# --- RichText ------------------------------------------------------------------------------------------------------


def _string(value: object) -> str:
    return safe(value) if isinstance(value, str) else ""


def _inline(value: object, depth: int) -> _Piece:
    """The piece of any RichText, of a list of them, or of a plain string."""
    if isinstance(value, str):
        return _Piece(safe(value))
    if depth <= 0:
        return NOTHING
    if isinstance(value, list):
        return _joined(_inline(item, depth - 1) for item in value)
    if not isinstance(value, dict):
        return NOTHING
    return _element(value, _string(value.get("_")), depth - 1)


def _element(value: Mapping[str, Any], kind: str, depth: int) -> _Piece:
    if kind in LEAVES:
        key, entity = LEAVES[kind]
        return _marked(_Piece(_string(value.get(key))), entity)
    inner = _inline(value.get("texts") if "texts" in value else value.get("text"), depth)
    if kind in {"TextUrl", "TextButton"}:
        return _marked(inner, EntityKind.TEXT_LINK, url=_target(value))
    return _marked(inner, MARKUP.get(kind))


def _target(value: Mapping[str, Any]) -> str | None:
    """Where a link or a button leads."""
    holder = value.get("type", value)
    return _string(holder.get("url")) or None if isinstance(holder, dict) else None


def _line(value: object, depth: int) -> _Piece:
    return _trimmed(_inline(value, depth))


def _single(value: object, depth: int) -> _Piece:
    """RichText on one line; a space for each line break keeps the marks where they are."""
    piece = _line(value, depth)
    return _Piece(piece.text.replace("\n", " "), piece.marks)


# --- blocks --------------------------------------------------------------------------------------------------------


def _mappings(value: object) -> Iterator[Block]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item


def _stack(blocks: object, depth: int, separator: str = "\n\n") -> _Piece:
    return _joined((_block(block, depth) for block in _mappings(blocks)), separator)


def _block(block: Block, depth: int) -> _Piece:
    if depth <= 0:
        return NOTHING
    return BLOCKS.get(_string(block.get("_")), _unknown)(block, depth - 1)


def _unknown(block: Block, depth: int) -> _Piece:
    """All rich text and all blocks that it holds, in lines."""
    lines: list[_Piece] = []
    for key in sorted(block, key=lambda key: (FIRST.get(key, 2), str(key))):
        value = block[key]
        for item in value if isinstance(value, list) else [value]:
            kind = _string(item.get("_")) if isinstance(item, dict) else ""
            if kind.startswith("Text"):
                lines.append(_line(item, depth))
            elif isinstance(item, dict):
                lines.append(_block(item, depth))
    return _joined(lines, "\n")


def _text(block: Block, depth: int) -> _Piece:
    return _line(block.get("text"), depth)


def _heading(block: Block, depth: int) -> _Piece:
    return _marked(_text(block, depth), EntityKind.HEADING)


def _preformatted(block: Block, depth: int) -> _Piece:
    code = _trimmed(_inline(block.get("text"), depth), indented=True)
    return _marked(code, EntityKind.PRE, language=_string(block.get("language")) or None)


def _math(block: Block, _: int) -> _Piece:
    return _marked(_trimmed(_Piece(_string(block.get("source")))), EntityKind.CODE)


def _quote(block: Block, depth: int) -> _Piece:
    """The quoted words, and on a line of its own, unquoted, who said them."""
    words = _joined([_text(block, depth), _stack(block.get("blocks"), depth)], "\n\n")
    return _joined([_marked(words, EntityKind.QUOTE), _line(block.get("caption"), depth)], "\n")


def _caption(block: object, depth: int) -> _Piece:
    caption = block.get("caption") if isinstance(block, dict) else None
    if not isinstance(caption, dict):
        return NOTHING
    return _joined([_line(caption.get("text"), depth), _line(caption.get("credit"), depth)], "\n")


def _medium(block: Block, depth: int) -> _Piece:
    """Of pictures, films, maps and rows of them: what stands below."""
    return _joined([_stack(block.get("items"), depth, "\n"), _caption(block, depth)], "\n")


def _embed(block: Block, depth: int) -> _Piece:
    return _joined([_marked(_Piece(_string(block.get("url"))), EntityKind.URL), _caption(block, depth)], "\n")


def _byline(author: _Piece, published: object) -> _Piece:
    """Author and day; a post without a date says 1970."""
    day = _string(published)[:10]
    return _joined([author, NOTHING if day.startswith("1970") else _Piece(day)], ", ")


def _author_date(block: Block, depth: int) -> _Piece:
    return _byline(_line(block.get("author"), depth), block.get("published_date"))


def _embedded_post(block: Block, depth: int) -> _Piece:
    author = _marked(_single(block.get("author"), depth), EntityKind.TEXT_LINK, url=_target(block))
    parts = [_byline(author, block.get("date")), _stack(block.get("blocks"), depth), _caption(block, depth)]
    return _joined(parts, "\n\n")


def _details(block: Block, depth: int) -> _Piece:
    return _joined([_line(block.get("title"), depth), _stack(block.get("blocks"), depth)], "\n\n")


def _table(block: Block, depth: int) -> _Piece:
    """Its title, and a line for each row; an empty cell keeps its place."""
    rows = [_line(block.get("title"), depth)]
    for row in _mappings(block.get("rows")):
        cells = [_single(cell.get("text"), depth) for cell in _mappings(row.get("cells"))]
        if any(cell.text for cell in cells):
            rows.append(_trimmed(_joined(cells, " | ", blank=True)))
    return _joined(rows, "\n")


def _related(block: Block, depth: int) -> _Piece:
    lines = [_marked(_line(block.get("title"), depth), EntityKind.HEADING)]
    for article in _mappings(block.get("articles")):
        keys = ("title", "description", "author", "url")
        title = next((text for key in keys if (text := _string(article.get(key)).strip())), "")
        lines.append(_marked(_Piece(title), EntityKind.TEXT_LINK, url=_target(article)))
    return _joined(lines, "\n")


def _channel(block: Block, _: int) -> _Piece:
    channel = block.get("channel")
    if not isinstance(channel, dict):
        return NOTHING
    username = _string(channel.get("username"))
    title = _trimmed(_Piece(_string(channel.get("title"))))
    return _marked(title, EntityKind.TEXT_LINK, url=f"https://t.me/{username}" if username else None)


def _buttons(block: Block, depth: int) -> _Piece:
    found = _mappings(block.get("buttons"))
    texts = (_marked(_single(button.get("text"), depth), EntityKind.TEXT_LINK, url=_target(button)) for button in found)
    return _joined(texts, " | ")


# --- lists ---------------------------------------------------------------------------------------------------------


def _points(block: Block, depth: int) -> _Piece:
    points = (
        _hung(_box(item) or "• ", content)
        for item in _mappings(block.get("items"))
        if (content := _content(item, depth)).text
    )
    return _joined(points, "\n")


def _numbered(block: Block, depth: int) -> _Piece:
    """Numbers as the message gives them; where it does not, counted on from the one before."""
    items = list(_mappings(block.get("items")))
    step = -1 if block.get("reversed") is True else 1
    start = count(block.get("start"))
    number = start if start is not None else (len(items) if step < 0 else 1)
    points: list[_Piece] = []
    for item in items:
        given = count(item.get("value"))
        number = number if given is None else given
        label = _string(item.get("num")).strip().rstrip(".)") or _label(number, item.get("type") or block.get("type"))
        content = _content(item, depth)
        points.append(_hung(f"{label}. {_box(item)}", content) if content.text else NOTHING)
        number += step
    return _joined(points, "\n")


def _content(item: Block, depth: int) -> _Piece:
    return _joined([_text(item, depth), _stack(item.get("blocks"), depth, "\n")], "\n")


def _box(item: Block) -> str:
    if item.get("checkbox") is not True:
        return ""
    return "☑ " if item.get("checked") is True else "☐ "


def _label(number: int, kind: object) -> str:
    """A number as a list of this type (of HTML's `1`, `a`, `A`, `i`, `I`) writes it."""
    if kind in ("a", "A") and 1 <= number <= 26:
        return chr(ord(str(kind)) + number - 1)
    if kind not in ("i", "I") or not 1 <= number < 4000:
        return str(number)
    text = ""
    for value, digits in ROMAN:
        text += digits * (number // value)
        number %= value
    return text if kind == "i" else text.upper()


BLOCKS: dict[str, Callable[[Block, int], _Piece]] = {
    **dict.fromkeys(
        ["PageBlockParagraph", "PageBlockKicker", "PageBlockSubtitle", "PageBlockFooter", "PageBlockThinking"], _text
    ),
    **dict.fromkeys(["PageBlockTitle", "PageBlockHeader", "PageBlockSubheader"], _heading),
    **dict.fromkeys([f"PageBlockHeading{level}" for level in range(1, 7)], _heading),
    **dict.fromkeys(["PageBlockBlockquote", "PageBlockBlockquoteBlocks", "PageBlockPullquote"], _quote),
    **dict.fromkeys([f"PageBlock{medium}" for medium in ("Audio", "Document", "Map", "Photo", "Video")], _medium),
    **dict.fromkeys(["PageBlockCollage", "PageBlockSlideshow"], _medium),
    "PageBlockAuthorDate": _author_date,
    "PageBlockButtonRow": _buttons,
    "PageBlockChannel": _channel,
    "PageBlockDetails": _details,
    "PageBlockEmbed": _embed,
    "PageBlockEmbedPost": _embedded_post,
    "PageBlockList": _points,
    "PageBlockMath": _math,
    "PageBlockOrderedList": _numbered,
    "PageBlockPreformatted": _preformatted,
    "PageBlockRelatedArticles": _related,
    "PageBlockTable": _table,
}
