"""A chat as lines of a terminal: messages, keyboards, notices, what the console itself says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aiogram.types import MessageEntity
from rich.cells import cell_len

from bot.console.formatting import Formatted
from bot.console.glyphs import BOLD, DIM, Piece, addresses, painted, pieces, raised, rows
from bot.console.keyboards import Act, Choice, Keyboard
from bot.console.words import Words
from bot.spans import clean

#: Below this width a message is not moved in from the edge.
_NARROW = 24
_CHOICE_SGR = ("1", "36")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the terminal is like: cells in a row (at least one), and whether it understands escape sequences."""

    width: int
    color: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A message of the bot as it appears: `to` names who gets it, when that is not who speaks; "" otherwise.

    Of an edit that left the text as it was, `content` is None. `files` are lines about what is attached.
    """

    name: str
    to: str
    number: int
    edited: bool
    content: Formatted | None
    files: tuple[str, ...] = ()
    keyboard: Keyboard | None = None


def bubble(shown: Bubble, look: Look) -> list[str]:
    """The message under its name, an empty line before it."""
    lines = ["", *_lines(_title(shown), look, indent=0)]
    indent = 2 if look.width >= _NARROW else 0
    for file in shown.files:
        lines += _lines([Piece(clean(file))], look, indent=indent)
    if shown.content and shown.content.text:
        lines += _content(shown.content, look, indent)
    if shown.keyboard:
        lines += _keyboard(shown.keyboard, look, indent)
    return lines


def note(text: str, look: Look) -> list[str]:
    """What the console itself says."""
    return _said(text, look, DIM)


def notice(text: str, look: Look, *, alert: bool) -> list[str]:
    """The answer to a press: a notice, or, as an alert, one that waits to be read."""
    return _said(f"❗ {text}", look, BOLD) if alert else _said(f"🔔 {text}", look)


def status(text: str, look: Look) -> str:
    """One row that tells what is going on: the end of the text, as far as it fits."""
    flat = clean(text)[-4 * look.width :]
    while cell_len(flat) > max(look.width - 1, 0):
        flat = flat[1:]
    return painted([Piece(flat, (DIM,))], color=look.color)


def listing(words: Words, menu: Iterable[tuple[str, str]], names: Iterable[str]) -> str:
    """What can be typed: the bot's own commands, then the console's."""
    commands = [f"  /{command} — {about}" for command, about in menu]
    lines = ([words.menu, *commands] if commands else []) + list(words.usage.values())
    return "\n".join(line.replace("{names}", ", ".join(names)) for line in lines)


def _said(text: str, look: Look, *sgr: str) -> list[str]:
    stretches = [Piece(piece.text, sgr) for piece in pieces(text, ())]
    return [painted(row, color=look.color) for row in rows(stretches, look.width)]


def _title(shown: Bubble) -> list[Piece]:
    title = [Piece(clean(shown.name), (BOLD,))]
    if shown.to:
        title.append(Piece(f" → {clean(shown.to)}", (BOLD,)))
    if shown.keyboard and shown.keyboard.inline:
        title.append(Piece(f" #{shown.number}", (DIM,)))
    return [*title, Piece(" ✎", (DIM,))] if shown.edited else title


def _content(content: Formatted, look: Look, indent: int) -> Iterator[str]:
    for row in rows(pieces(content.text, content.entities), look.width - indent):
        yield " " * indent * bool(row) + painted(row, color=look.color)
    if not look.color:
        yield from _footnotes(content.entities, look, indent)


def _footnotes(entities: Iterable[MessageEntity], look: Look, indent: int) -> Iterator[str]:
    """Where the links lead to; a terminal with colours has that in the links themselves."""
    for number, url in enumerate(addresses(entities), start=1):
        yield from _lines([Piece(f"{raised(number)} {clean(url)}")], look, indent=indent)


def _keyboard(keyboard: Keyboard, look: Look, indent: int) -> Iterator[str]:
    """Its rows, each from a new line on; a keyboard that stands below the chat has a sign before them."""
    number = 0
    for choices in keyboard.rows:
        line = [] if keyboard.inline else [Piece("⌨ ")]
        for choice in choices:
            number += 1
            label = _label(number, choice)
            if line and _cells(line) + 2 + _cells(label) > look.width - indent and _cells(line) > 2:
                yield from _lines(line, look, indent=indent)
                line = []
            line += [*([Piece("  ")] if line and line[-1].text != "⌨ " else []), *label]
        yield from _lines(line, look, indent=indent)


def _label(number: int, choice: Choice) -> list[Piece]:
    url = choice.value if choice.act is Act.OPEN else None
    text = f" {clean(choice.text)}" + (" ↗" if url else "")
    return [Piece(f"[{number}]", _CHOICE_SGR), Piece(text, url=url)]


def _cells(line: Iterable[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in line)


def _lines(line: list[Piece], look: Look, *, indent: int) -> Iterator[str]:
    """One line, wrapped."""
    for row in rows(line, look.width - indent):
        yield " " * indent + painted(row, color=look.color)
