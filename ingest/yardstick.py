"""What the bench of live reading compares with: a bare Telethon client that counts posts and does nothing with them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telethon import events
from telethon.tl import types

from core.settings import Settings
from ingest.client import connect
from ingest.pace import Pace


class Counted:
    """Posts that have come, when the last one did, and, of those that tell when they were sent, how long they took."""

    def __init__(self) -> None:
        self.posts = 0
        self.last = 0.0
        self.seconds: list[float] = []

    def take(self, text: str) -> None:
        """Count a post by its text; `sent=NANOSECONDS ` at its head is when it was sent."""
        self.posts += 1
        self.last = time.perf_counter()
        if text.startswith("sent="):
            sent = int(text[len("sent=") : text.index(" ")])
            self.seconds.append((time.time_ns() - sent) / 1e9)

    async def reach(self, posts: int, *, patience: float) -> None:
        """Wait until so many have come.

        Raises:
            TimeoutError: they have not within `patience` seconds.
        """
        async with asyncio.timeout(patience):
            while self.posts < posts:  # noqa: ASYNC110  what counts must not also have to signal
                await asyncio.sleep(0.005)


@asynccontextmanager
async def counting(settings: Settings, session: str) -> AsyncIterator[Counted]:
    """A connected client that counts new posts, for the duration of the block."""
    counted = Counted()

    async def take(update: Any) -> None:
        counted.take(update.message.message)

    async with connect(settings, session, pace=Pace(0)) as (_, client):
        client.add_event_handler(take, events.Raw(types=types.UpdateNewChannelMessage))
        await client.get_me()
        yield counted
