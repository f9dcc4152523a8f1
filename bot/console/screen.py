"""The terminal: writes what is drawn, keeps the prompt and the status row out of its way."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import TextIO

from bot.console import draw
from bot.console.draw import Bubble, Look

_ERASE = "\r\x1b[K"
_WIDEST = 100
_UNKNOWN_WIDTH = 80


class Screen:
    """Where the console shows things: a terminal, a pipe or a file.

    `width` is the number of cells in a row, None for that of the terminal at each moment (at most 100). With `color` there
    are escape sequences; with `prompts`, somebody types at the same terminal: there is a prompt, and a status row.
    """

    def __init__(self, out: TextIO, *, width: int | None = None, color: bool = False, prompts: bool = False) -> None:
        self._out = out
        self._width = width
        self._color = color
        self._prompts = prompts
        self._waiting = ""
        self._status = ""

    @classmethod
    def on(cls, out: TextIO, *, typed: TextIO, env: Mapping[str, str] = os.environ) -> Screen:
        """The screen of a program that writes to `out` and is typed to at `typed`, as these two are."""
        terminal = out.isatty()
        color = terminal and not env.get("NO_COLOR") and env.get("TERM") != "dumb"
        return cls(out, color=color, prompts=terminal and typed.isatty())

    @property
    def prompts(self) -> bool:
        """Whether somebody types at the same terminal."""
        return self._prompts

    @property
    def obeys(self) -> bool:
        """Whether somebody types at the same terminal, and it understands escape sequences."""
        return self._prompts and self._color

    def bubble(self, shown: Bubble) -> None:
        """Show a message of the bot."""
        self._show(draw.bubble(shown, self._look()))

    def note(self, text: str) -> None:
        """Say something as the console."""
        self._show(draw.note(text, self._look()))

    def notice(self, text: str, *, alert: bool) -> None:
        """Show the answer to a press of a button."""
        self._show(draw.notice(text, self._look(), alert=alert))

    def status(self, text: str) -> None:
        """Tell what goes on in a row that the next thing shown takes the place of; only where it can be erased."""
        if self._prompts and self._color and not self._waiting:
            self._status = draw.status(text, self._look())
            self._write(_ERASE + self._status)

    def ask(self, prompt: str) -> None:
        """Wait for a line: show the prompt, if somebody types at this terminal."""
        if self._prompts:
            self._write((_ERASE if self._status else "") + prompt)
            self._waiting, self._status = prompt, ""

    def entered(self) -> None:
        """A line has been typed: the terminal itself has gone to the next row."""
        self._waiting = ""

    def close(self) -> None:
        """Leave the terminal at the beginning of an empty row."""
        if self._waiting or self._status:
            self._write(_ERASE if self._status else "\n")
        self._waiting = self._status = ""

    def _look(self) -> Look:
        return Look(width=max(self._cells(), 1), color=self._color)

    def _cells(self) -> int:
        if self._width is not None:
            return self._width
        try:
            return min(os.get_terminal_size(self._out.fileno()).columns or _UNKNOWN_WIDTH, _WIDEST)
        except OSError:  # no terminal, or (io.UnsupportedOperation) not even a file
            return _UNKNOWN_WIDTH

    def _show(self, lines: list[str]) -> None:
        before = ""
        if self._waiting or self._status:
            before = _ERASE if self._color else "\n"
        self._status = ""
        self._write(before + "".join(f"{line}\n" for line in lines) + self._waiting)

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        try:
            self._out.write(text.encode(encoding, "replace").decode(encoding))
            self._out.flush()
        except OSError as error:
            if error.errno != errno.EIO:  # the window has been closed: nobody is there to see it
                raise
