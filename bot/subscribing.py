"""Subscribing, pausing and changing what a reader chose, with the next digest's moment reckoned anew.

Everything here runs in the caller's transaction, with the reader locked, so that two presses at once, or a press and a
delivery, follow one another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from bot import due
from bot.deliver import schedule_of
from core.db.engine import Session
from core.readers import Reader, ReaderState
from core.store import deliveries, readers

#: The first digest tells what came in so much time before.
LOOK_BACK = timedelta(hours=24)


def next_after(schedule: due.Schedule, *, had: date | None, now: datetime) -> due.Due:
    """The next digest of a reader whose last one was that of the day `had`: a day has one, whatever its hour was."""
    found = due.next_due(schedule, after=now)
    while had is not None and found.period <= had:
        found = due.next_due(schedule, after=found.at)
    return found


async def subscribe(session: Session, reader_id: int, *, now: datetime) -> tuple[Reader | None, Reader | None]:
    """Make a reader active; the reader before and afterwards, or (None, None) if there is none any more.

    Who is active already stays as it is. Who comes back is told nothing twice, and not everything that was missed.
    """
    before = await readers.locked(session, reader_id)
    if before is None or before.state is ReaderState.ACTIVE:
        return before, before
    since = now - LOOK_BACK if before.state is ReaderState.NEW else max(before.since, now - LOOK_BACK)
    found = next_after(schedule_of(before), had=await readers.last_period(session, reader_id), now=now)
    await readers.activate(session, reader_id, since=since, due_at=found.at)
    return before, next(iter(await readers.by_ids(session, [reader_id])))


async def pause(session: Session, reader_id: int, *, now: datetime) -> tuple[Reader | None, Reader | None]:
    """Send nothing until the reader wants it again, nor what was written already; the reader before and afterwards.

    Who never subscribed stays so.
    """
    before = await readers.locked(session, reader_id)
    if before is None or before.state not in {ReaderState.ACTIVE, ReaderState.LOST}:
        return before, before
    await readers.stop(session, reader_id, state=ReaderState.PAUSED, reason=None)
    await deliveries.hold_back(session, reader_id, now=now)
    return before, next(iter(await readers.by_ids(session, [reader_id])))


async def change(
    session: Session, reader_id: int, become: Callable[[Reader], Reader | None], *, now: datetime
) -> tuple[Reader | None, Reader | None]:
    """Change what a reader chose; the reader before and afterwards.

    (None, None) if there is none any more; (reader, None) if `become` finds no sense in the change.
    """
    before = await readers.locked(session, reader_id)
    if before is None:
        return None, None
    after = become(before)
    if after is None:
        return before, None
    await _keep(session, before, after, now=now)
    return before, next(iter(await readers.by_ids(session, [reader_id])))


async def unmute(session: Session, reader_id: int, channel_id: int) -> None:
    """Let the stories of a muted channel in again, as many of them as before; nothing changes if it is not muted."""
    if await readers.locked(session, reader_id) is not None:
        await readers.unmute(session, reader_id, channel_id)


async def _keep(session: Session, before: Reader, after: Reader, *, now: datetime) -> None:
    if (before.hour, before.days, before.tz) != (after.hour, after.days, after.tz):
        await _reschedule(session, after, now=now)
    if before.lang != after.lang:
        await readers.set_language(session, after.id, after.lang)
    if before.length is not after.length:
        await readers.set_length(session, after.id, after.length)
    if before.quiet != after.quiet:
        await readers.set_quiet(session, after.id, quiet=after.quiet)
    if (before.all_topics, before.topics) != (after.all_topics, after.topics):
        await readers.set_topics(session, after.id, after.topics, all_topics=after.all_topics)
    limits = {cap.channel_id: cap.most for cap in after.caps}
    for channel in {cap.channel_id for cap in set(before.caps) ^ set(after.caps)}:
        await readers.set_cap(session, after.id, channel, limits.get(channel))


async def _reschedule(session: Session, reader: Reader, *, now: datetime) -> None:
    due_at = None
    if reader.state is ReaderState.ACTIVE:
        due_at = next_after(schedule_of(reader), had=await readers.last_period(session, reader.id), now=now).at
    await readers.schedule(session, reader.id, hour=reader.hour, days=reader.days, tz=reader.tz, due_at=due_at)
