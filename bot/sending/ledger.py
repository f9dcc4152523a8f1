"""What is written down of messages: that they are being sent, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.known import Clock
from bot.outcomes import Settled
from bot.sending.together import Sleep, Together
from core.db.engine import Database, Session
from core.db.statements import Statements
from core.errors import DatabaseError
from core.store import chats, claims, pace, troubles
from core.store.claims import Taken

_PLACE = "sending"


@dataclass(frozen=True, slots=True)
class _Begin:
    taken: Taken


@dataclass(frozen=True, slots=True)
class _Finish:
    settled: Settled


class Ledger:
    """Marks and outcomes of one sender, in one transaction for all that are there at a time.

    What is finished and begun without a pause between is committed together: so there are never more messages between
    the mark and the outcome than are being sent.
    """

    def __init__(self, database: Database, *, lease: timedelta, clock: Clock, sleep: Sleep) -> None:
        self._database = database
        self._statements = Statements(database)
        self._lease = lease
        self._clock = clock
        self._together: Together[_Begin | _Finish, datetime | None] = Together(self._write, sleep=sleep)

    def begin(self, taken: Taken) -> asyncio.Future[datetime | None]:
        """Mark a message as being sent: until when it is ours; None if it may not be sent (any more, or just now)."""
        return self._together.ask(_Begin(taken))

    def finish(self, settled: Settled) -> asyncio.Future[datetime | None]:
        """Write down what became of a message."""
        return self._together.ask(_Finish(settled))

    async def close(self) -> None:
        """Give up the connection that most of this is written on."""
        await self._statements.close()

    async def _write(self, asked: Sequence[_Begin | _Finish]) -> Sequence[datetime | None]:
        now = self._clock()
        finished = [one.settled for one in asked if isinstance(one, _Finish)]
        wanted = [one.taken for one in asked if isinstance(one, _Begin)]
        besides = [one for one in finished if one.is_more]
        results = [one.result for one in finished]
        if besides:
            async with self._database.begin() as session:
                await _pause(session, besides, now=now)
                begun = await claims.turn(session, results, _ours(wanted), lease=self._lease, now=now)
                await _follow(session, besides, now=now)
        else:
            async with self._statements.session() as session:
                begun = await claims.turn(session, results, _ours(wanted), lease=self._lease, now=now)
        refused = [one for one in wanted if one.message.id not in begun]
        if refused:
            # If this fails, their lease ends of itself; to do all of it again would unsay what was begun.
            with contextlib.suppress(DatabaseError):
                async with self._statements.session() as session:
                    await claims.release(session, _ours(refused), now=now)
        until = now + self._lease
        return [until if isinstance(one, _Begin) and one.taken.message.id in begun else None for one in asked]


async def _pause(session: Session, finished: Sequence[Settled], *, now: datetime) -> None:
    for one in finished:
        if one.pause_until is not None:
            await pace.pause(session, one.pause_until, now=now)


async def _follow(session: Session, finished: Sequence[Settled], *, now: datetime) -> None:
    """What follows for others from what became of messages."""
    for one in finished:
        if one.lost is not None:
            await chats.lose(session, one.lost[0], reason=one.lost[1].value, now=now)
        if one.moved is not None:
            await chats.migrate(session, *one.moved, now=now)
        if one.trouble is not None:
            await troubles.note(session, place=_PLACE, error=one.trouble, now=now)


def _ours(taken: Sequence[Taken]) -> list[tuple[int, datetime]]:
    return [(one.message.id, one.until) for one in taken]
