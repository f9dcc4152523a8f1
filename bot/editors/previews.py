"""Asks the summarizer what a change would do, and waits for its answer while the bot goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from bot.pages.admin_presses import WEEK_DAYS
from bot.waiting import Waiting
from core.db.engine import Database, Session
from core.errors import NotFound
from core.filters import Request
from core.store import requests

#: The kinds of requests that the summarizer answers.
FILTER, TOPIC, CHECK = "preview filter", "preview topic", "check filter"
#: Seconds after which a preview counts as late: whoever waits may go on without it.
PATIENCE = 60.0


async def ask(session: Session, kind: str, asked: Mapping[str, Any], *, lang: str, now: datetime) -> int:
    """Ask for a preview of the last week, with titles in `lang`; the number of the request."""
    return await requests.ask(session, kind, {**asked, "lang": lang, "days": WEEK_DAYS}, now=now)


async def is_lost(session: Session, request_id: int | None) -> bool:
    """Whether a preview has to be asked for once more: it was forgotten, or could not be answered."""
    found = await requests.get(session, request_id or 0)
    return found is None or (found.done and found.answer is None)


class Previews(Waiting):
    """Waits for previews, and has them shown."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        super().__init__()
        self._patience = patience

    def wait(self, database: Database, request_id: int, then: Callable[[Request], Awaitable[None]]) -> None:
        """Have `then` show a request once it is answered, or as it stands when it is late."""
        self.begin(self._wait(database, request_id, then))

    async def _wait(self, database: Database, request_id: int, then: Callable[[Request], Awaitable[None]]) -> None:
        async with self.listening(database) as listener:
            try:
                found = await requests.answered(database, listener, request_id, timeout=self._patience)
            except NotFound:
                return  # it is so old that it was forgotten
        await then(found)
