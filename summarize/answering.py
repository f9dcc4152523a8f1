"""Answers requests of other programs: takes them up as they come, several at once, and keeps them alive while it works.

Who can answer which kind is an argument. What goes wrong on purpose is told to whoever asked; what should never happen is told,
too, and raised once the others are answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from core import log
from core.db.engine import Database
from core.errors import SvodkaError
from core.filters import Request
from core.store import requests as store
from summarize.mistakes import Fault

#: Who does not renew its lease for so long is dead, and another takes up what it was at.
LEASE = timedelta(seconds=30)
#: Nobody waits for longer. It also ends what kills every worker that takes it up.
PATIENCE = timedelta(minutes=10)
#: So many are answered at once: one that takes long must not keep the others waiting.
AT_ONCE = 4
#: Seconds between two looks for more while some are being answered.
PAUSE = 0.2

_logger = log.get("summarize.answering")

Clock = Callable[[], datetime]
#: Makes the answer to what was asked, both plain JSON; raises an error of ours where there is none.
Answerer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


async def answer_waiting(
    database: Database,
    answerers: Mapping[str, Answerer],
    *,
    clock: Clock,
    lease: timedelta = LEASE,
    at_once: int = AT_ONCE,
) -> int:
    """Answer requests until none waits that nobody is at; says how many. Kinds that nobody here answers fail."""
    async with database.begin() as session:
        await store.give_up(session, before=clock() - PATIENCE, reason="nobody could answer in time: ask again")
    running: dict[asyncio.Task[None], int] = {}
    total, fault = 0, None
    renewed = clock()
    try:
        while True:
            request = await _claim(database, clock(), lease) if len(running) < at_once else None
            if request is not None:
                running[asyncio.create_task(_answer(database, answerers, request))] = request.id
                continue
            if not running:
                break
            if clock() - renewed >= lease / 3:
                renewed = clock()
                async with database.begin() as session:
                    await store.extend(session, list(running.values()), now=renewed, lease=lease)
            done, _ = await asyncio.wait(running, timeout=PAUSE, return_when=asyncio.FIRST_COMPLETED)
            total += len(done)
            for task in done:
                fault = await _ended(database, running.pop(task), task) or fault
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if fault is not None:
        raise fault
    return total


async def _claim(database: Database, now: datetime, lease: timedelta) -> Request | None:
    async with database.begin() as session:
        return await store.claim(session, now=now, lease=lease)


async def _answer(database: Database, answerers: Mapping[str, Answerer], request: Request) -> None:
    answerer = answerers.get(request.kind)
    reason, answer = f"nothing here answers a {request.kind!r}", None
    if answerer is not None:
        try:
            answer = await answerer(request.asked)
        except Fault as error:
            reason = error.told(str(request.asked.get("lang", "en")))
        except SvodkaError as error:
            reason = str(error)
    async with database.begin() as session:
        if answer is not None:
            await store.finish(session, request.id, answer)
        else:
            await store.fail(session, request.id, reason)


async def _ended(database: Database, request_id: int, task: asyncio.Task[None]) -> BaseException | None:
    """What has gone wrong that nobody foresaw, if anything has; the request is not tried again, here or elsewhere."""
    error = task.exception()
    if error is not None:
        _logger.error("a request could not be answered", request=request_id, error=type(error).__name__)
        async with database.begin() as session:
            await store.fail(session, request_id, "something went wrong here: the log of the summarizer says what")
    return error
