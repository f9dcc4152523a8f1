"""A digest as Telegram messages: text and marks as plain data, as many stories in each as Telegram's limits allow.

Pure. Offsets and lengths of marks are in UTF-16 units, as Telegram counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.enums import MessageEntityType
from aiogram.utils.formatting import Bold, Text

from bot import message_parts
from bot.blocks import Detail, Heading, Note, StoryBlock, render_blocks
from bot.select import Digest
from bot.spans import cut, units
from bot.texts import words
from core.readers import Length

#: What one message may hold: UTF-16 units of text, entities (Telegram drops those beyond), and bytes of entities (it
#: refuses about 9,500).
MESSAGE_UNITS, MESSAGE_MARKS, MARKS_BYTES = 4096, 100, 9000
_TOPIC_UNITS = 120
_GAP = "\n\n"


_DETAILS = {
    Length.SHORT: Detail(sentences=0, claims=0, sources=2, further=1, arrows=True),
    Length.NORMAL: Detail(sentences=2, claims=3, sources=3, further=8, arrows=True),
    Length.LONG: Detail(sentences=3, claims=6, sources=4, further=12, arrows=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A Telegram message entity: `type` as Telegram names it, `url` for a text_link alone."""

    type: str
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, and the ids of its stories in order; they are shown with the numbers `first`, `first` + 1, …"""

    text: str
    marks: tuple[Mark, ...]
    stories: tuple[int, ...]
    first: int


def messages(digest: Digest, *, now: datetime, tz: ZoneInfo, length: Length) -> list[Message]:
    """The digest in messages (at least one), each story in one of them, in the digest's order.

    Times are those of `tz`; `now` is aware. A story that a message alone cannot hold loses what is least needed of it.
    """
    said = words(digest.lang)
    pieces: list[_Piece] = []
    ahead: list[Text | str] = []
    for block in render_blocks(digest, now=now, tz=tz, detail=_DETAILS[length]):
        match block:
            case Heading(level=1):
                ahead = [Bold(block.text), _GAP]
            case Heading():
                ahead += [Bold(cut(block.text.upper(), _TOPIC_UNITS)), "\n"]
            case Note():
                pieces.append(_piece([*ahead, block.text], stories=()))
            case StoryBlock():
                forms = message_parts.story(block, number=len(pieces) + 1, said=said, quote=length is not Length.SHORT)
                pieces.append(_fitting(ahead, forms, block.id))
                ahead = []
    return list(_packed(pieces))


def plain(text: Text) -> tuple[str, tuple[Mark, ...]]:
    """Formatted text as plain data, without the white space around it, which Telegram would take away.

    Links are the only entities with anything to say besides their kind: no mentions by id, no code in a language.
    """
    whole, entities = text.render()
    shown = whole.strip()
    skipped, end = units(whole[: len(whole) - len(whole.lstrip())]), units(shown)
    marks = []
    for entity in entities:
        start = max(entity.offset - skipped, 0)
        stop = min(entity.offset + entity.length - skipped, end)
        if start < stop:
            kind = MessageEntityType(entity.type).value
            marks.append(Mark(type=kind, offset=start, length=stop - start, url=entity.url))
    return shown, tuple(sorted(marks, key=_outer_first))


def _outer_first(mark: Mark) -> tuple[int, int, int]:
    """The order in which Telegram nests entities: of two over one stretch, the quote is around the link around the rest."""
    return mark.offset, -mark.length, {"expandable_blockquote": 0, "blockquote": 0, "text_link": 1}.get(mark.type, 2)


def fits(text: str, marks: Sequence[Mark]) -> bool:
    """Whether one message holds all of it."""
    sent = len(json.dumps([asdict(mark) for mark in marks]))
    return units(text) <= MESSAGE_UNITS and len(marks) <= MESSAGE_MARKS and sent <= MARKS_BYTES


# --- into messages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What is never torn: a story with the headings before it. `room` is what it takes of a message's limits."""

    text: str
    marks: tuple[Mark, ...]
    stories: tuple[int, ...]
    room: tuple[int, int, int]


def _piece(nodes: Iterable[Text | str], *, stories: tuple[int, ...]) -> _Piece:
    text, marks = plain(Text(*nodes))
    room = (units(text) + len(_GAP), len(marks), sum(map(_bytes, marks)))
    return _Piece(text=text, marks=marks, stories=stories, room=room)


def _bytes(mark: Mark) -> int:
    """The size of an entity as it is sent, wherever it comes to stand: JSON without letters beyond ASCII."""
    return len(json.dumps(asdict(replace(mark, offset=MESSAGE_UNITS)))) + len(", ")


def _fit(pieces: Sequence[_Piece]) -> bool:
    text, marks, sent = (sum(piece.room[limit] for piece in pieces) for limit in range(3))
    return text - len(_GAP) <= MESSAGE_UNITS and marks <= MESSAGE_MARKS and sent + len("[]") <= MARKS_BYTES


def _fitting(ahead: Sequence[Text | str], forms: Iterator[Text], story: int) -> _Piece:
    """The story in the first of its forms that a message can hold with the headings before it, or in the last."""
    piece = _piece([*ahead, next(forms)], stories=(story,))
    while not _fit([piece]) and (form := next(forms, None)) is not None:
        piece = _piece([*ahead, form], stories=(story,))
    return piece


def _packed(pieces: Iterable[_Piece]) -> Iterator[Message]:
    """As many pieces in each message as it can hold."""
    taken: list[list[_Piece]] = []
    for piece in pieces:
        if not taken or not _fit([*taken[-1], piece]):
            taken.append([])
        taken[-1].append(piece)
    first = 1
    for held in taken:
        stories = tuple(story for piece in held for story in piece.stories)
        marks: list[Mark] = []
        start = 0
        for piece in held:
            marks += (replace(mark, offset=mark.offset + start) for mark in piece.marks)
            start += units(piece.text) + len(_GAP)
        text = _GAP.join(piece.text for piece in held)
        yield Message(text=text, marks=tuple(marks), stories=stories, first=first)
        first += len(stories)
