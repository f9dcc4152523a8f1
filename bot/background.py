"""What fails beside the conversation, in a job or a tick: a line in the log, and a trouble that admins find under /errors."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from core import log
from core.db.engine import Database
from core.errors import DatabaseError, SvodkaError
from core.queue import Failed
from core.store import troubles

#: What fails again and again, at each tick, is kept so often.
AGAIN = timedelta(minutes=30)

Clock = Callable[[], datetime]

_logger = log.get("bot.background")


def troubled(database: Database, *, clock: Clock) -> Failed:
    """Whom the queue and the ticks of a program tell of what has failed there."""

    async def failed(place: str, error: Exception) -> None:
        if isinstance(error, SvodkaError):  # its message says it all
            _logger.error("background work failed", place=place, error=str(error))
        else:
            _logger.error("background work failed", place=place, exc_info=error)
        now = clock()
        # The database itself may be what has failed; the log has it in any case.
        with contextlib.suppress(DatabaseError):
            async with database.begin() as session:
                told = f"{type(error).__name__}: {error}"
                await troubles.note(session, place=place, error=told, now=now, unless_since=now - AGAIN)

    return failed
