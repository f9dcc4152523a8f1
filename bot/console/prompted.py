"""A terminal at which messages are typed with all that lines need: keys to edit with, a history, several lines, what is pasted.

prompt_toolkit keeps what is typed below what the bot sends meanwhile, and leaves the terminal as it was.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output

from bot.console.screen import Screen


class PromptedScreen(Screen):
    """A Screen in whose last rows somebody types: `lines` are what is entered there."""

    _session: PromptSession[str] | None = None

    def ask(self, prompt: str) -> None:
        """Wait for a message, below all that was shown."""
        super().ask("")
        self._waiting = prompt

    def close(self) -> None:
        """Nothing is asked for any more."""
        self._waiting = ""
        super().close()

    async def lines(self, source: TextIO) -> AsyncGenerator[str, None]:
        """The messages that are typed at `source`, of one line or of several, until Ctrl-D in an empty line, or until the
        terminal is gone. Ctrl-C is the signal that it is elsewhere.
        """
        self._session = PromptSession(
            input=create_input(source),
            output=create_output(self._out),
            key_bindings=_bindings(),
            multiline=True,
            reserve_space_for_menu=0,
            prompt_continuation="",
        )
        while True:
            try:
                yield await self._session.prompt_async(ANSI(self._waiting), handle_sigint=False)
            except EOFError:
                return
            except KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)
                await asyncio.Event().wait()

    def _write(self, text: str) -> None:
        if self._session is None or not self._session.app.is_running:
            super()._write(text)
            return
        write = super()._write
        # One after the other, each above what is being typed.
        run_in_terminal(lambda: write(text))

    def _show(self, lines: list[str]) -> None:
        prompt, self._waiting = self._waiting, ""
        super()._show(lines)
        self._waiting = prompt


def _bindings() -> KeyBindings:
    """Enter sends; with Alt, and behind a backslash, it begins another line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _another(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
