"""What commands share: settings and the database opened for one command, dates as people type them, JSON Lines."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from core import log
from core.db.engine import Database, open_database
from core.errors import UsageError
from core.settings import Settings, load
from core.store import archive

T = TypeVar("T")

#: What commands that need a model say without one.
NO_MODEL = "no model is configured: set SVODKA_LLM_URL and SVODKA_LLM_MODEL (docs/models.md)"

#: What is said where there is nothing to speak of.
NO_POSTS = "there are no posts yet: `svodka import PATH` brings them in"

_AGO = re.compile(r"(\d+)\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Stopped(Exception):
    """SIGTERM has come; what was being done is undone or will be done again."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end; SIGTERM stops it as Ctrl-C does, so that nothing is left running."""

    async def stoppable() -> T:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(stoppable())
    except asyncio.CancelledError:
        raise Stopped from None


def settle() -> None:
    """Tell the garbage collector that what has been loaded so far stays, and to look less often: the thousands of classes of
    Telethon and SQLAlchemy are looked through again and again otherwise, which costs a sixth of the time of a post.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def until_stopped(worker: Coroutine[Any, Any, None]) -> None:
    """Run a worker until SIGINT or SIGTERM; what it was doing is finished or, at the next start, done again."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(worker)
    stopped = asyncio.Event()

    def stop() -> None:
        # Once: told again, what is ending already would break off its end.
        if not stopped.is_set():
            stopped.set()
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped.is_set():
            raise
        print("svodka: stopped")


def settings() -> Settings:
    """The settings, with logging set up as they say."""
    found = load()
    log.configure(level=found.log_level, json=found.log_json)
    return found


@asynccontextmanager
async def database() -> AsyncIterator[tuple[Settings, Database]]:
    """The settings and the database that they name, open for one command."""
    found = settings()
    async with open_database(found) as opened:
        yield found, opened


def moment(text: str, *, now: datetime, tz: ZoneInfo) -> datetime:
    """A point in time as typed: `24h`, `3d`, `2026-09-14`, `2026-09-14T10:00`, in the zone `tz` unless it names one.

    Raises:
        UsageError: it is none of these.
    """
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        value = datetime.fromisoformat(text.strip())
        if value.tzinfo is None:
            value = datetime.combine(value.date(), time(value.hour, value.minute, value.second), tzinfo=tz)
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is not a time: write 24h, 3d, 2026-09-14 or 2026-09-14T10:00") from None


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun in English: `1 post`, `2 posts`, `0 stories`; `many` where an s is not enough."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> None:
    """Rows below their headings; the first `words` columns to the left, the others, numbers, to the right."""
    widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    for row in (columns, *rows):
        cells = [
            cell.ljust(width) if place < words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def iso(moment: datetime | None) -> str | None:
    """A time as our JSON has it: ISO 8601 in UTC, with a Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def print_json(value: Mapping[str, Any]) -> None:
    """One object on one line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


async def expect_posts(database: Database) -> None:
    """Go on only with an archive that holds something.

    Raises:
        UsageError: it is empty.
    """
    async with database.begin() as session:
        if not (await archive.extent(session)).posts:
            raise UsageError(NO_POSTS)
