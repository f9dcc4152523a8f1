"""What a line that was typed asks for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """A message to the bot."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button: of the newest keyboard, or of the message with a number. `typed` is what stood there."""

    number: int
    message: int | None
    typed: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Another person speaks from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class Locate:
    """A location, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Forward:
    """A post that is forwarded from a channel."""

    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class Open:
    """Where does a link or a button lead to?"""

    number: int


@dataclass(frozen=True, slots=True)
class Help:
    """What can be done here?"""


@dataclass(frozen=True, slots=True)
class Quit:
    """Enough."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A command of the console (its name) with something else after it than belongs there."""

    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word with a colon that is no command."""

    typed: str


Asked = Say | Press | Speak | Locate | Forward | Open | Help | Quit | Wrong | Unknown

#: The commands of the console, as they are listed.
NAMES = ("say", "as", "location", "forward", "open", "help", "quit")
#: How people leave other programs; the bot itself knows none of them. `:say /quit` still says it.
_FAREWELLS = frozenset({"/quit", "/exit", ":exit", ":q"})
_COMMAND = re.compile(r":([^\W\d_][\w-]*)(?:\s+(.*))?", re.DOTALL)
_PRESS = re.compile(r"(?:(\d{1,6})\.)?(\d{1,3})", re.ASCII)
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_PLACE = re.compile(r"(-?\d{1,3}(?:\.\d+)?)(?:\s*,\s*|\s+)(-?\d{1,3}(?:\.\d+)?)", re.ASCII)


def asked(line: str) -> Asked | None:
    """What the line asks for; None if it is empty."""
    line = line.strip()
    if not line:
        return None
    if line.lower() in _FAREWELLS:
        return Quit()
    pressed = _PRESS.fullmatch(line)
    if pressed:
        return Press(int(pressed[2]), int(pressed[1]) if pressed[1] else None, line)
    command = _COMMAND.fullmatch(line)
    # a smile is no command: after its colon comes no letter
    return _command(command[1].lower(), (command[2] or "").strip(), line) if command else Say(line)


def _command(name: str, rest: str, line: str) -> Asked:  # noqa: PLR0911 - one return for each command
    match name:
        case "help" | "quit" if rest:
            return Wrong(name)
        case "help":
            return Help()
        case "quit":
            return Quit()
        case "say":
            return Say(rest) if rest else Wrong(name)
        case "as":
            return Speak(rest) if rest else Wrong(name)
        case "open":
            return Open(int(rest)) if _NUMBER.fullmatch(rest) else Wrong(name)
        case "location":
            return _location(rest)
        case "forward":
            channel, bar, text = (part.strip() for part in rest.partition("|"))
            return Forward(channel, text) if channel and bar and text else Wrong(name)
        case _:
            return Unknown(line.split(maxsplit=1)[0])


def _location(rest: str) -> Locate | Wrong:
    found = _PLACE.fullmatch(rest)
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        return Wrong("location")
    return Locate(float(found[1]), float(found[2]))
