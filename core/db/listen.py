"""Notifications of Postgres on one connection, however many wait for them.

A notification is a hint: it can be lost with the connection. Whoever waits looks now and then for itself, and at once after the
connection was made anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql

from core import log
from core.db.engine import Database

#: Seconds before a lost connection is tried again, and after which a silent one is asked whether it is still there.
PAUSE, SILENCE = 1.0, 30.0

_logger = log.get("core.db.listen")


class Listener:
    """What is heard on a channel, for all of one process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    @asynccontextmanager
    async def awaited(self, payload: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the payload is heard, or may have been missed; the caller clears it."""
        event = asyncio.Event()
        self._waiting[payload].add(event)
        try:
            yield event
        finally:
            self._waiting[payload].discard(event)
            if not self._waiting[payload]:
                del self._waiting[payload]

    def heard(self, payload: str) -> None:
        """Wake those who wait for this payload."""
        for event in self._waiting.get(payload, ()):
            event.set()

    def missed(self) -> None:
        """Wake everybody: something may have been said that was not heard."""
        for events in self._waiting.values():
            for event in events:
                event.set()


@asynccontextmanager
async def listening(database: Database, channel: str) -> AsyncIterator[Listener]:
    """A listener on a channel for the block, also while the database is away."""
    listener = Listener()
    task = asyncio.create_task(_listen(database, channel, listener))
    try:
        yield listener
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _listen(database: Database, channel: str, listener: Listener) -> None:
    """Listen for ever."""
    told = False
    while True:
        try:
            # A connection of its own, which a network that has gone silent does not hold up for long.
            connection = await psycopg.AsyncConnection.connect(
                database.dsn, autocommit=True, keepalives_idle=10, tcp_user_timeout=20_000
            )
            async with connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                listener.missed()
                told = False
                while True:
                    async for notification in connection.notifies(timeout=SILENCE):
                        listener.heard(notification.payload)
                    await connection.execute("SELECT 1")
        except (psycopg.Error, OSError) as error:
            if not told:
                _logger.warning("connection lost", channel=channel, reason=str(error).strip().split("\n", 1)[0])
            told = True
            await asyncio.sleep(PAUSE)
