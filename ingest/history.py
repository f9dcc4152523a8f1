"""Reading a channel's history: what is new after the watermark, the last posts once more, and what lies further back.

Each function is one step: at most a few requests, then one transaction. A step that is interrupted is done again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.db.engine import Session
from core.errors import Refused, Undecodable
from core.store import channels as channel_store
from core.store import follows as follow_store
from core.store import messages as message_store
from core.types import Channel, Follow, FollowState
from ingest.client import PAGE
from ingest.keep import Batch, Kept, place_of
from ingest.line import Line
from ingest.records import Record, parts_of
from ingest.shown import Page, Peer, Shown

#: A post that came less than this before a page was asked for may be missing from it without having been deleted: of
#: Telegram's servers, the one that answers may lag behind the one that pushed.
LAG = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step did. `gap`: messages are missing after the watermark; `nothing`: of those that were, none was shown."""

    kept: Kept = field(default_factory=Kept)
    gap: bool = False
    nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a channel's history in which nothing is left out: all messages from number `lower` up to the last one.

    `undecodable`: numbers of messages in it that could not be decoded. `full`: there may be more beyond it.
    """

    records: tuple[Record, ...]
    shown: tuple[Shown, ...]
    asked_at: datetime
    lower: int
    full: bool
    undecodable: frozenset[int] = frozenset()

    @property
    def ids(self) -> list[int]:
        return sorted({*(message["id"] for message in self.records), *self.undecodable})


class History:
    """Steps on the channels of one account, over one connection."""

    def __init__(self, line: Line) -> None:
        self._telegram = line.telegram
        self._writing = line.writing
        self._clock = line.clock
        self._origins: dict[int, Channel] = {}

    async def reread(self, follow: Follow, *, anyway: bool = False) -> Outcome:
        """Read the last posts again: what is new, edited or deleted, and how often each was seen.

        Of a channel that is read for the first time, this is where reading begins. A page that begins beyond the watermark
        is left for when the gap is filled; or taken `anyway`, when there is nothing to fill it with.
        """
        peer = peer_of(follow)
        guess = range(max(1, (follow.watermark or 0) - PAGE + 1), (follow.watermark or 0) + PAGE + 1)
        stretch = await self._stretch(follow, lambda: self._telegram.latest(peer), guess)
        watermark, floor = follow.watermark, follow.floor
        top = max(stretch.ids, default=0)
        if watermark is None or floor is None:
            async with self._writing.begin() as session:
                await follow_store.start(session, follow.id, top=top)
                await follow_store.reread(session, follow.id, now=self._clock())
                await self._note_shown(session, follow, stretch.shown)
            return Outcome()
        if stretch.full and stretch.lower > watermark + 1 and not anyway:
            return Outcome(gap=True)
        async with self._writing.begin() as session:
            follow = await self._note_shown(session, follow, stretch.shown)
            gone = await self._missing(session, follow, stretch, above=max(floor, stretch.lower - 1))
            (kept,) = await self._writing.keep(session, [_batch(follow, stretch, floor, gone)], now=self._clock())
            await follow_store.advance(session, follow.id, watermark=top)
            await follow_store.reread(session, follow.id, now=self._clock())
            await follow_store.waited(session, follow.id)
        return Outcome(kept=kept, gap=bool(stretch.undecodable) and top > watermark)

    async def fill(self, follow: Follow) -> Outcome:
        """Read on after the watermark, oldest first: one page of a gap."""
        peer = peer_of(follow)
        assert follow.watermark is not None, "a gap lies after a watermark"
        after = follow.watermark
        stretch = await self._stretch(
            follow, lambda: self._telegram.after(peer, after), range(after + 1, after + PAGE + 1)
        )
        ids = [number for number in stretch.ids if number > after]
        async with self._writing.begin() as session:
            follow = await self._note_shown(session, follow, stretch.shown)
            (kept,) = await self._writing.keep(session, [_batch(follow, stretch, after)], now=self._clock())
            await follow_store.advance(session, follow.id, watermark=max(ids, default=after))
            await follow_store.waited(session, follow.id)
        return Outcome(kept=kept, gap=stretch.full and bool(ids), nothing=not ids)

    async def backfill(self, follow: Follow) -> Outcome:
        """Read further back, newest first: one page of history."""
        peer = peer_of(follow)
        assert follow.floor is not None, "history lies below a floor"
        floor, since = follow.floor, follow.backfill_since
        assert since is not None, "history is read back to a time"
        stretch = await self._stretch(
            follow, lambda: self._telegram.before(peer, floor + 1), range(max(1, floor - PAGE + 1), floor + 1)
        )
        wanted = [message for message in stretch.records if message["id"] <= floor and _date(message) >= since]
        done = not stretch.full or len(wanted) < len(stretch.records)
        lowest = min((*(message["id"] for message in wanted), *stretch.undecodable), default=floor + 1)
        batch = Batch(
            place=place_of(follow), alive_at=stretch.asked_at, records=wanted, undecodable=stretch.undecodable
        )
        async with self._writing.begin() as session:
            (kept,) = await self._writing.keep(session, [batch], now=self._clock())
            await follow_store.backfilled(session, follow.id, floor=lowest - 1, done=done)
            await follow_store.waited(session, follow.id)
            await self._note_origins(session, follow, stretch.shown)
        return Outcome(kept=kept)

    async def retry(self, follow: Follow) -> Outcome:
        """Ask once more for the messages that could not be decoded: this version may be a newer one."""
        peer = peer_of(follow)
        async with self._writing.begin() as session:
            unread = await message_store.unread(session, channel_id=follow.channel_id)
        ids = [message.message_id for message in unread if message.raw is None][:PAGE]
        if not ids:
            return Outcome()
        stretch = await self._pieces(peer, ids)
        gone = frozenset(ids) - frozenset(stretch.ids)
        async with self._writing.begin() as session:
            (kept,) = await self._writing.keep(session, [_batch(follow, stretch, 0, gone)], now=self._clock())
        return Outcome(kept=kept)

    # --- pages ------------------------------------------------------------------------------------------------------

    async def _stretch(self, follow: Follow, ask: Callable[[], Awaitable[Page]], ids: range) -> Stretch:
        """A page; or, where something in it cannot be decoded, the messages `ids` one by one as far as need be."""
        try:
            page = await ask()
        except Undecodable:
            stretch = await self._pieces(peer_of(follow), ids)
        else:
            full = len(page.records) >= PAGE
            lower = min(page.ids, default=1) if full else 1
            stretch = Stretch(records=page.records, shown=page.shown, asked_at=page.asked_at, lower=lower, full=full)
        return replace(stretch, records=await self._completed(follow, stretch.records))

    async def _pieces(self, peer: Peer, ids: Sequence[int]) -> Stretch:
        """Messages by number, by halves down to those that cannot be decoded."""
        if len(ids) > PAGE:
            return _joined([await self._pieces(peer, ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)])
        lower, full = min(ids), min(ids) > 1
        try:
            page = await self._telegram.messages(peer, ids)
        except Undecodable:
            if len(ids) > 1:
                half = len(ids) // 2
                return _joined([await self._pieces(peer, ids[:half]), await self._pieces(peer, ids[half:])])
            nothing = Stretch(records=(), shown=(), asked_at=self._clock(), lower=lower, full=full)
            return replace(nothing, undecodable=frozenset(ids))
        return Stretch(records=page.records, shown=page.shown, asked_at=page.asked_at, lower=lower, full=full)

    async def _completed(self, follow: Follow, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """The messages with all of their rich text, of which a page may hold only the beginning.

        What is kept already, and was not edited since, is not asked for again.
        """
        partial = {message["id"]: message for message in records if _is_partial(message)}
        if not partial:
            return records
        assert follow.channel_id is not None
        async with self._writing.begin() as session:
            kept = await message_store.holding(session, follow.channel_id, sorted(partial))
        whole = {part.get("id"): part for post in kept for part in parts_of(post.raw) if not _is_partial(part)}
        for number, message in partial.items():
            known = whole.get(number, {})
            if known.get("edit_date") != message.get("edit_date") or "rich_message" not in known:
                known = await self._rich(peer_of(follow), number) or message
            partial[number] = {**message, "rich_message": known["rich_message"]}
        return tuple(partial.get(message["id"], message) for message in records)

    async def _rich(self, peer: Peer, number: int) -> Mapping[str, Any] | None:
        try:
            found = await self._telegram.rich(peer, number)
        except (Refused, Undecodable):
            return None
        return found if found is not None and "rich_message" in found else None

    # --- what a page shows besides messages ---------------------------------------------------------------------------

    async def _missing(self, session: Session, follow: Follow, stretch: Stretch, *, above: int) -> frozenset[int]:
        """Messages that we keep and that Telegram no longer shows: they were deleted."""
        assert follow.channel_id is not None
        here = frozenset(stretch.ids)
        top = max(here, default=0)
        missing: set[int] = set()
        for upto, before in ((top, stretch.asked_at), (None, stretch.asked_at - LAG)):
            missing |= await message_store.known(
                session, follow.channel_id, above=above, upto=upto, before=before, limit=PAGE
            )
        return frozenset(missing) - here

    async def _note_shown(self, session: Session, follow: Follow, shown: Sequence[Shown]) -> Follow:
        """Follow renames and a change of whether the channel may be copied; the follow as it then is."""
        assert follow.channel is not None
        await self._note_origins(session, follow, shown)
        own = next((channel for channel in shown if channel.tg_id == follow.channel.tg_id), None)
        return follow if own is None else await note(session, follow, own)

    async def _note_origins(self, session: Session, follow: Follow, shown: Sequence[Shown]) -> None:
        """Keep the names of channels that are forwarded from, when they are new to us."""
        await self.know(session, [channel for channel in shown if channel.tg_id != _tg_id(follow)])

    async def know(self, session: Session, shown: Sequence[Shown]) -> None:
        """Keep the names of channels seen in passing, unless they are known by these names already."""
        fresh = {
            channel.tg_id: channel.channel
            for channel in shown
            if channel.broadcast and channel.username and self._origins.get(channel.tg_id) != channel.channel
        }
        if fresh:
            await channel_store.know(session, list(fresh.values()))
            self._origins |= fresh


async def note(session: Session, follow: Follow, own: Shown) -> Follow:
    """Keep what Telegram shows of a followed channel: its names, and that it has begun or ceased to forbid copying."""
    assert follow.channel is not None
    assert follow.channel_id is not None
    changed = follow
    if own.channel != follow.channel:
        await channel_store.seen(session, own.channel, member=own.member)
        changed = replace(changed, channel=own.channel)
    if own.protected != (follow.state is FollowState.PROTECTED) and follow.state.is_read:
        state = FollowState.PROTECTED if own.protected else FollowState.READING
        reason = PROTECTED if own.protected else None
        await follow_store.set_state(session, follow.id, state, reason=reason, unless_paused=True)
        if own.protected:
            await message_store.withhold(session, follow.channel_id)
        changed = replace(changed, state=state)
    return changed


PROTECTED = "the channel forbids copying: posts are counted, their texts are not kept"


def peer_of(follow: Follow) -> Peer:
    """The channel as its account addresses it."""
    assert follow.channel is not None
    assert follow.channel.tg_id is not None
    assert follow.access_hash is not None
    return Peer(tg_id=follow.channel.tg_id, access_hash=follow.access_hash)


def _batch(follow: Follow, stretch: Stretch, above: int, gone: frozenset[int] = frozenset()) -> Batch:
    return Batch(
        place=place_of(follow),
        alive_at=stretch.asked_at,
        records=[message for message in stretch.records if message["id"] > above],
        gone=gone,
        undecodable=frozenset(number for number in stretch.undecodable if number > above),
    )


def is_whole(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no message holds only the beginning of its text."""
    return not any(_is_partial(message) for message in messages)


def _is_partial(message: Mapping[str, Any]) -> bool:
    rich = message.get("rich_message")
    return isinstance(rich, Mapping) and bool(rich.get("part"))


def _joined(parts: Sequence[Stretch]) -> Stretch:
    return Stretch(
        records=tuple(message for part in parts for message in part.records),
        shown=tuple({channel.tg_id: channel for part in parts for channel in part.shown}.values()),
        asked_at=min(part.asked_at for part in parts),
        lower=min(part.lower for part in parts),
        full=any(part.full for part in parts),
        undecodable=frozenset().union(*(part.undecodable for part in parts)),
    )


def _date(message: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(message["date"])


def _tg_id(follow: Follow) -> int | None:
    return None if follow.channel is None else follow.channel.tg_id
