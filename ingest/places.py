"""Around messages that cannot be decoded: one of them makes a whole page undecodable.

A page is asked for in halves, down to single places of the history, as far as need be; which numbers the undecodable ones
have is then told by asking for the numbers between their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.errors import Undecodable
from ingest.client import PAGE, Telegram
from ingest.shown import Page, Peer

#: Numbers that are asked for at the most, where a long stretch of them belongs to no message.
MOST = 10 * PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What of a page can be decoded, and the numbers of what cannot, as far as they can be told."""

    page: Page
    undecodable: frozenset[int] = frozenset()


NOTHING = Found(page=Page(records=(), shown=(), asked_at=datetime.max.replace(tzinfo=UTC)))


async def pieces(telegram: Telegram, peer: Peer, ids: Sequence[int]) -> Found:
    """Messages by number, by halves down to those that cannot be decoded; numbers that no message has are left out."""
    if len(ids) > PAGE:
        return _sum([await pieces(telegram, peer, ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)])
    if not ids:
        return NOTHING
    try:
        return Found(page=await telegram.messages(peer, ids))
    except Undecodable:
        if len(ids) == 1:
            return replace(NOTHING, undecodable=frozenset(ids))
        half = len(ids) // 2
        return _sum([await pieces(telegram, peer, ids[:half]), await pieces(telegram, peer, ids[half:])])


class Places:
    """A channel's history, by places: 0 is the first message older than an anchor, negative ones are newer."""

    def __init__(self, telegram: Telegram, peer: Peer) -> None:
        self._telegram = telegram
        self._peer = peer

    async def latest(self) -> Found:
        """What can be decoded of the newest messages."""
        return await self._places(anchor=0, first=0, count=PAGE)

    async def after(self, message_id: int) -> Found:
        """The first messages after one, at most PAGE."""
        found = await self._places(anchor=message_id + 1, first=-PAGE, count=PAGE)
        newer = [number for number in found.page.ids if number > message_id]
        # Beyond the last one that can be decoded, only asking for numbers tells.
        ids = range(message_id + 1, (max(newer) if newer else message_id + PAGE) + 1)
        return await self._with_numbers(found, [number for number in ids if number not in set(newer)][-MOST:])

    async def before(self, message_id: int) -> Found:
        """The last messages before one, at most PAGE."""
        found = await self._places(anchor=message_id, first=0, count=PAGE)
        older = set(found.page.ids)
        lowest = min(older) if older else max(1, message_id - PAGE)
        ids = [number for number in range(lowest, message_id) if number not in older]
        return await self._with_numbers(found, ids[-MOST:])

    async def _with_numbers(self, found: Found, ids: Sequence[int]) -> Found:
        return _sum([found, await pieces(self._telegram, self._peer, ids)])

    async def _places(self, *, anchor: int, first: int, count: int) -> Found:
        try:
            return Found(page=await self._telegram.window(self._peer, anchor=anchor, first=first, count=count))
        except Undecodable:
            if count == 1:
                return NOTHING
            half = count // 2
            return _sum(
                [
                    await self._places(anchor=anchor, first=first, count=half),
                    await self._places(anchor=anchor, first=first + half, count=count - half),
                ]
            )


def _sum(parts: Sequence[Found]) -> Found:
    records = {message["id"]: message for part in parts for message in part.page.records}
    return Found(
        page=Page(
            records=tuple(records[number] for number in sorted(records)),
            shown=tuple({channel.tg_id: channel for part in parts for channel in part.page.shown}.values()),
            asked_at=min(part.page.asked_at for part in parts),
        ),
        undecodable=frozenset().union(*(part.undecodable for part in parts)) - records.keys(),
    )
