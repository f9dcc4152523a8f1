"""Lines that are typed: from terminals, pipes, files and nowhere, while the event loop goes on."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from bot.console.people import PEOPLE
from bot.console.screen import Screen
from bot.console.typed import typed
from tests.unit.bot.console_bot import Console, talkative

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio, fcntl, sys, termios
from pathlib import Path
from bot.console.screen import Screen
from bot.console.typed import typed
from tests.unit.bot.console_bot import Console, talkative

fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C at this terminal is a signal for this program
console = Console(Path(sys.argv[1]), routers=[talkative()], screen=Screen.on(sys.stdout, typed=sys.stdin))
try:
    asyncio.run(console.hear(typed(sys.stdin)))
except KeyboardInterrupt:
    print("interrupted")
"""


@contextmanager
def pipe() -> Iterator[tuple[TextIO, int]]:
    """The end to read of a pipe, as text, and the end to write as a number."""
    read, write = os.pipe()
    with os.fdopen(read) as source:
        yield source, write


async def test_a_pipe() -> None:
    """Lines of a pipe come one by one, also when they come in pieces, end in the Windows way, or not at all."""
    with pipe() as (source, write):
        lines = typed(source)
        os.write(write, "раз\r\nд".encode())
        assert await anext(lines) == "раз"
        later = asyncio.ensure_future(anext(lines))
        os.write(write, "ва".encode()[:3])
        await asyncio.sleep(0)
        assert not later.done()
        os.write(write, "ва".encode()[3:] + b"\n\n\xff\xfe")
        assert await later == "два"
        os.close(write)
        assert [line async for line in lines] == ["", "\ufffd\ufffd"]


async def test_files(tmp_path: Path) -> None:
    """A file is read to its end, and the null device has no lines."""
    (tmp_path / "lines").write_text("раз\n\nдва", "utf-8")
    with (tmp_path / "lines").open() as source:
        assert [line async for line in typed(source)] == ["раз", "", "два"]
    with open(os.devnull) as source:  # noqa: ASYNC230, PTH123
        assert [line async for line in typed(source)] == []


async def test_the_loop_goes_on(tmp_path: Path) -> None:
    """While a line is waited for, what the bot sends by itself is shown, before any line comes."""
    out, reader = io.StringIO(), PEOPLE[0]
    console = Console(tmp_path, routers=[talkative()], screen=Screen(out, width=80))
    with pipe() as (source, write):
        talk = asyncio.create_task(console.hear(typed(source)))
        os.write(write, "привет\n".encode())
        while "привет" not in out.getvalue():  # noqa: ASYNC110 - the screen has no event for what it has shown
            await asyncio.sleep(0)
        await console.bot.send_message(reader.id, "Дайджест готов")
        assert "Дайджест готов" in out.getvalue()
        assert not talk.done()
        os.close(write)
        await talk


async def test_the_reader_is_taken_away() -> None:
    """Whoever stops reading leaves nothing behind in the event loop."""
    with pipe() as (source, write):
        lines = typed(source)
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await lines.aclose()
        assert not asyncio.get_running_loop().remove_reader(source.fileno())
        os.close(write)


async def test_a_terminal(tmp_path: Path) -> None:
    """At a terminal: a greeting, a prompt, bold names, hyperlinks; Ctrl-D leaves, in a row of its own."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="utf-8") as source, os.fdopen(os.dup(slave), "w", encoding="utf-8") as out:
        screen = Screen.on(out, typed=source, env={"TERM": "xterm"})
        os.write(master, b"/start\n\x04")
        await Console(tmp_path, routers=[talkative()], screen=screen).hear(typed(source))
    written = b""
    while not (written.count("reader › ".encode()) == 2 and written.endswith(b"\n")):
        written += os.read(master, 1 << 16)
    os.close(master)
    shown = written.decode().replace("\r\n", "\n")
    assert "говорит reader" in shown
    assert "reader › \n\x1b[1mСводка\x1b[0m" in shown
    assert "\x1b]8;;https://t.me/polynya_lab/211\x1b\\" in shown
    assert shown.endswith("reader › \n")


@pytest.mark.slow
def test_interrupting(tmp_path: Path) -> None:
    """Ctrl-C ends the conversation at once, the terminal in order and nobody complaining."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    ) as run:
        os.close(slave)
        shown = b""
        while not shown.endswith("reader › ".encode()):
            shown += os.read(master, 4096)
        os.write(master, b"\x03")
        assert run.wait() == 0
    assert os.read(master, 4096).decode().replace("^C", "").split() == ["interrupted"]
    os.close(master)
