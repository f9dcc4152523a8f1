"""Tries messages again that could not be read when they came: the program may have learnt since."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from core.db.engine import Database
from core.store import channels as channel_store
from core.store import messages as message_store
from core.types import UnreadMessage
from ingest.keep import Batch, Place, keep

#: Messages of one channel in one transaction.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reparsed:
    """How many messages were read after all, and which were not; `undecoded` have to come from Telegram once more."""

    read: int
    failed: tuple[UnreadMessage, ...]
    undecoded: int


async def reparse(database: Database, *, now: datetime) -> Reparsed:
    """Read what can be read by now of all messages that could not be."""
    async with database.begin() as session:
        waiting = await message_store.unread(session)
    by_channel: dict[int, list[UnreadMessage]] = defaultdict(list)
    for message in waiting:
        if message.raw is not None:
            by_channel[message.channel_id].append(message)
    for channel_id, messages in by_channel.items():
        for start in range(0, len(messages), BATCH):
            await _again(database, channel_id, messages[start : start + BATCH], now=now)
    async with database.begin() as session:
        left = await message_store.unread(session)
    failed = tuple(message for message in left if message.raw is not None)
    return Reparsed(read=len(waiting) - len(left), failed=failed, undecoded=len(left) - len(failed))


async def _again(database: Database, channel_id: int, messages: list[UnreadMessage], *, now: datetime) -> None:
    async with database.begin() as session:
        channel, protected = await channel_store.by_id(session, channel_id)
        place = Place(channel_id=channel_id, channel=channel, protected=protected)
        records = [dict(message.raw) for message in messages if message.raw is not None]
        # Not known to be alive by now: what was deleted meanwhile stays so.
        batch = Batch(place=place, alive_at=datetime.min.replace(tzinfo=now.tzinfo), records=records)
        await keep(session, [batch], now=now)
