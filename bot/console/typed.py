"""Messages as they are typed, or come through a pipe or from a file, without the event loop waiting for them."""

from __future__ import annotations

import asyncio
import codecs
import errno
import os
from collections.abc import AsyncGenerator
from typing import TextIO

_CHUNK = 1 << 16


async def messages(source: TextIO) -> AsyncGenerator[str, None]:
    """The lines of `source` as `typed` has them; one that ends in a backslash goes on with the next."""
    begun = ""
    async for line in typed(source):
        if line.endswith("\\"):
            begun += line.removesuffix("\\") + "\n"
            continue
        yield begun + line
        begun = ""
    if begun:
        yield begun


async def typed(source: TextIO) -> AsyncGenerator[str, None]:
    """The lines of `source` (standard input, say) without their ends, as they come, until it ends.

    It is read past the buffer of `source`, which nobody else may have begun to read. What is not UTF-8 is replaced.
    """
    number = source.fileno()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    left = ""
    async for chunk in _watched(number) if _can_be_watched(number) else _read(number):
        *lines, left = (left + decoder.decode(chunk)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")
    left += decoder.decode(b"", final=True)
    if left:
        yield left


def _can_be_watched(number: int) -> bool:
    """Terminals, pipes and sockets can; files and the null device cannot, and nothing can where the loop knows no readers."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_reader(number, lambda: None)
    except (PermissionError, NotImplementedError):
        return False
    return loop.remove_reader(number)


async def _read(number: int) -> AsyncGenerator[bytes, None]:
    """What can be read at any time."""
    while chunk := await asyncio.to_thread(os.read, number, _CHUNK):
        yield chunk


async def _watched(number: int) -> AsyncGenerator[bytes, None]:
    """Read when there is something, so that terminals and pipes may stay as they are (not non-blocking)."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    while True:
        ready.clear()
        loop.add_reader(number, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(number)
        chunk = _now(number)
        if not chunk:
            return
        yield chunk


def _now(number: int) -> bytes:
    """What is there; nothing if the other end is gone."""
    try:
        return os.read(number, _CHUNK)
    except OSError as error:
        if error.errno != errno.EIO:  # a terminal whose window has been closed
            raise
        return b""
