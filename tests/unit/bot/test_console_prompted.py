"""Messages that are typed at a terminal: what is entered, what is shown meanwhile, and how the terminal is left."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

import pytest

from bot.console.people import PEOPLE
from bot.console.prompted import PromptedScreen
from bot.console.typed import messages
from tests.unit.bot.console_bot import Console, talkative
from tests.unit.bot.test_console_typed import pipe

_SEQUENCE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|\x1b\]8;;[^\x1b]*\x1b\\|\x1b[=>]")


class Terminal:
    """A pair of ends: the program's, as files, and the person's, who presses keys and sees what is written."""

    def __init__(self, source: TextIO, out: TextIO, master: int) -> None:
        self.source, self._master = source, master
        self.screen = PromptedScreen.on(out, typed=source, env={"TERM": "xterm"})
        self._written = ""

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    @property
    def written(self) -> str:
        """All that has been written, with its escape sequences."""
        os.set_blocking(self._master, False)
        try:
            while data := os.read(self._master, 1 << 16):
                self._written += data.decode("utf-8", "replace")
                # Terminals tell where the cursor is when they are asked.
                self.press("\x1b[1;1R" * data.count(b"\x1b[6n"))
        except BlockingIOError:
            pass
        return self._written

    async def until(self, text: str) -> None:
        """Waits until this has been written, leaving sequences out."""
        while text not in _SEQUENCE.sub("", self.written):  # noqa: ASYNC110 - a terminal has no event for what it shows
            await asyncio.sleep(0.01)


@asynccontextmanager
async def terminal() -> AsyncIterator[Terminal]:
    """A terminal of 60 columns and 20 rows."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (20, 60))
    with os.fdopen(slave, "r", encoding="utf-8") as source, os.fdopen(os.dup(slave), "w", encoding="utf-8") as out:
        yield Terminal(source, out, master)
    os.close(master)


async def entered(at: Terminal, keys: str) -> list[str]:
    """The messages that come of these keys, of which the last is Ctrl-D."""
    at.screen.ask("reader › ")
    reading = asyncio.ensure_future(_all(at))
    await at.until("reader ›")
    at.press(keys)
    return await reading


async def _all(at: Terminal) -> list[str]:
    return [line async for line in at.screen.lines(at.source)]


@pytest.mark.parametrize(
    ("keys", "messages"),
    [
        ("прет\x1b[D\x1b[Dив\r\x04", ["привет"]),
        ("раз\rдва\r\x04", ["раз", "два"]),
        ("одно\\\rдругое\r\x04", ["одно\nдругое"]),
        ("одно\x1b\rдругое\r\x04", ["одно\nдругое"]),
        ("\x1b[200~раз\rдва\r\x1b[201~!\r\x04", ["раз\nдва\n!"]),
        ("я" * 4000 + "\r\x04", ["я" * 4000]),
    ],
    ids=["edited", "two", "backslash", "alt-enter", "pasted", "longer than a terminal's own line"],
)
async def test_what_is_entered(keys: str, messages: list[str]) -> None:
    """Messages come as they were edited; what is pasted, and lines that are joined, are one; Ctrl-D ends it."""
    async with terminal() as at:
        assert await entered(at, keys) == messages


async def test_the_terminal_is_left_as_it_was() -> None:
    """Whoever stops reading leaves a terminal that shows what is typed and marks no pastes."""
    async with terminal() as at:
        before = termios.tcgetattr(at.source.fileno())
        at.screen.ask("reader › ")
        reading = asyncio.ensure_future(_all(at))
        await at.until("reader ›")
        assert termios.tcgetattr(at.source.fileno()) != before
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert termios.tcgetattr(at.source.fileno()) == before
        assert at.written.rindex("\x1b[?2004l") > at.written.rindex("\x1b[?2004h")


async def test_an_interrupt_is_a_signal() -> None:
    """Ctrl-C is what it is elsewhere: whoever leaves in good order hears of it."""
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, heard.set)
    try:
        async with terminal() as at:
            at.screen.ask("reader › ")
            reading = asyncio.ensure_future(_all(at))
            await at.until("reader ›")
            at.press("нач\x03")
            await heard.wait()
            assert not reading.done()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def test_what_comes_while_somebody_types(tmp_path: Path) -> None:
    """What the bot sends of its own accord stands above what is being typed, which stays as it is."""
    async with terminal() as at:
        console = Console(tmp_path, routers=[talkative()], screen=at.screen)
        talk = asyncio.create_task(console.hear(at.screen.lines(at.source)))
        await at.until("reader ›")
        at.press("/start\r")
        await at.until("[3] Сайт ↗")
        at.press("прив")
        await at.until("reader › прив")
        await console.bot.send_message(PEOPLE[0].id, "Дайджест готов")
        await at.until("Дайджест готов")
        shown = _SEQUENCE.sub("", at.written)
        at.press("ет\r\x04")
        await at.until("  привет")
        await talk
        assert shown.index("Дайджест готов") > shown.index("reader › прив")


async def test_a_pipe_goes_on_too() -> None:
    """Also in a pipe a line that ends in a backslash goes on, and several lines at once are several messages."""
    with pipe() as (source, write):
        os.write(write, "раз\\\nдва\nтри\nчетыре\\".encode())
        os.close(write)
        assert [line async for line in messages(source)] == ["раз\nдва", "три", "четыре\n"]
