"""Reading a channel's history: what is new after the watermark, the last posts once more, and what lies further back.

Each function is one step: a few requests, then one transaction, begun with the follow as it then is: what an operator has
changed meanwhile counts, and so do events of the time in between. A step that is interrupted is done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.db.engine import Session
from core.errors import FloodWait, Refused, Undecodable
from core.store import channels as channel_store
from core.store import follows as follow_store
from core.store import messages as message_store
from core.types import Channel, Follow, FollowState
from ingest.client import PAGE
from ingest.keep import Batch, Kept, place_of
from ingest.line import Line
from ingest.places import Places, pieces
from ingest.records import Record, parts_of
from ingest.shown import Page, Peer, Shown

#: A post that came less than this before a page was asked for may be missing from it without having been deleted: of
#: Telegram's servers, the one that answers may lag behind the one that pushed.
LAG = timedelta(seconds=10)

PROTECTED = "the channel forbids copying: posts are counted, their texts are not kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step did. `gap`: messages are missing after the watermark. `again`: the same step should follow soon. `stuck`:
    Telegram contradicts itself; why.
    """

    kept: Kept = field(default_factory=Kept)
    gap: bool = False
    again: bool = False
    stuck: str | None = None


class History:
    """Steps on the channels of one account, over one connection."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._telegram = line.telegram
        self._writing = line.writing
        self._clock = line.clock
        self._origins: dict[int, Channel] = {}

    async def begin(self, follow: Follow) -> Outcome:
        """Where reading begins: what comes after the newest message is read, what lies before is history."""
        peer = peer_of(follow)
        try:
            page = await self._telegram.latest(peer)
        except Undecodable:
            page = (await Places(self._telegram, peer).latest()).page
        async with self._writing.begin() as session:
            current = await self._current(session, follow)
            if current is not None:
                await follow_store.start(session, follow.id, top=max(page.ids, default=0))
                await follow_store.reread(session, follow.id, now=self._clock())
                await follow_store.waited(session, follow.id)
                await self._note_shown(session, current, page.shown)
        # What came between the page and the row was no news yet.
        return Outcome(again=True)

    async def reread(self, follow: Follow) -> Outcome:
        """Read the last posts again: what is new, edited or deleted, and how often each was seen.

        A page that begins beyond the watermark is left for when the gap is filled.
        """
        if follow.watermark is None:
            return await self.begin(follow)
        peer = peer_of(follow)
        try:
            page = await self._telegram.latest(peer)
        except Undecodable:
            # What is new is for `fill`, which looks for what cannot be decoded; the rest is known by number.
            page = Page(records=(), shown=(), asked_at=self._clock())
            gap = True
        else:
            gap = not self._joins(page, follow.watermark)
            if gap:
                return Outcome(gap=True)
        page = await self._completed(follow, page)
        missing = await self._missing(follow, page)
        looked = await pieces(self._telegram, peer, sorted(missing)) if missing else None
        found = page if looked is None else _joined(page, looked.page)
        gone = frozenset() if looked is None else missing - frozenset(looked.page.ids) - looked.undecodable
        kept = await self._write(follow, found, gone=gone, top=None if gap else max(page.ids, default=0), reread=True)
        return Outcome(kept=kept, gap=gap, again=len(missing) >= PAGE and bool(gone))

    async def fill(self, follow: Follow) -> Outcome:
        """Read on after the watermark, oldest first: one page of a gap."""
        peer = peer_of(follow)
        assert follow.watermark is not None, "a gap lies after a watermark"
        after = follow.watermark
        try:
            page, undecodable = await self._telegram.after(peer, after), frozenset[int]()
        except Undecodable:
            found = await Places(self._telegram, peer).after(after)
            page, undecodable = found.page, found.undecodable
        ids = [number for number in (*page.ids, *undecodable) if number > after]
        if not ids:
            return await self._nothing_after(follow, after)
        page = await self._completed(follow, page)
        kept = await self._write(follow, page, undecodable=undecodable, top=max(ids))
        return Outcome(kept=kept, gap=True)

    async def _nothing_after(self, follow: Follow, after: int) -> Outcome:
        """Make sure that a gap is really none: that nothing lies between the watermark and the newest messages."""
        peer = peer_of(follow)
        try:
            page = await self._telegram.latest(peer)
        except Undecodable:
            return Outcome()
        if max(page.ids, default=0) <= after:
            return Outcome(kept=await self._write(follow, replace(page, records=())))
        lowest = min(page.ids)
        if lowest > after + 1 and not self._joins(page, after):
            between = await self._telegram.before(peer, lowest)
            if max(between.ids, default=0) > after:
                return Outcome(gap=True, stuck="Telegram shows messages that it does not show when asked for them")
        kept = await self._write(follow, await self._completed(follow, page), top=max(page.ids))
        return Outcome(kept=kept)

    async def backfill(self, follow: Follow) -> Outcome:
        """Read further back, newest first: one page of history, until it is older than asked for or there is no more."""
        peer = peer_of(follow)
        floor, since = follow.floor, follow.backfill_since
        assert floor is not None, "history lies below a floor"
        assert since is not None, "history is read back to a time"
        try:
            page, undecodable = await self._telegram.before(peer, floor + 1), frozenset[int]()
        except Undecodable:
            found = await Places(self._telegram, peer).before(floor + 1)
            page, undecodable = found.page, found.undecodable
        wanted = tuple(message for message in page.records if message["id"] <= floor and _date(message) >= since)
        done = not undecodable and (not page.records or len(wanted) < len(page.records))
        lowest = min((*(message["id"] for message in wanted), *undecodable), default=floor + 1)
        page = await self._completed(follow, replace(page, records=wanted))
        kept = await self._write(follow, page, undecodable=undecodable, floor=(lowest - 1, done or lowest <= 1))
        return Outcome(kept=kept)

    async def complete(self, follow: Follow, numbers: Sequence[int]) -> Outcome:
        """Read messages by number: of those that an event told only the beginning of, the whole."""
        found = await pieces(self._telegram, peer_of(follow), sorted(numbers))
        return Outcome(kept=await self._write(follow, await self._completed(follow, found.page)))

    async def retry(self, follow: Follow) -> Outcome:
        """Ask once more for the messages that could not be decoded: this version may be a newer one."""
        assert follow.channel_id is not None
        async with self._writing.begin() as session:
            unread = await message_store.unread(session, channel_id=follow.channel_id)
        ids = [message.message_id for message in unread if message.raw is None]
        total = Kept()
        for start in range(0, len(ids), PAGE):
            part = ids[start : start + PAGE]
            found = await pieces(self._telegram, peer_of(follow), part)
            gone = frozenset(part) - frozenset(found.page.ids) - found.undecodable
            total += await self._write(follow, found.page, gone=gone, undecodable=found.undecodable)
        return Outcome(kept=total)

    # --- pages ------------------------------------------------------------------------------------------------------

    def _joins(self, page: Page, watermark: int) -> bool:
        """Whether the newest messages reach back to the watermark, so that none is missing between.

        A page that is not full may be the whole history; but Telegram gives short pages at times, so that only numbers
        count, and the watermark of an empty channel.
        """
        return not page.records or min(page.ids) <= watermark + 1

    async def _write(
        self,
        follow: Follow,
        page: Page,
        *,
        gone: frozenset[int] = frozenset(),
        undecodable: frozenset[int] = frozenset(),
        top: int | None = None,
        floor: tuple[int, bool] | None = None,
        reread: bool = False,
    ) -> Kept:
        """Write a page, and how far reading has come: up to `top`, down to the first of `floor` (the second: and it is all)."""
        now = self._clock()
        async with self._writing.begin() as session:
            current = await self._current(session, follow)
            if current is None:
                return Kept()
            # What an event has told of the channel since is newer than what the page shows of it.
            told = current.state is follow.state
            current = await self._note_shown(session, current, page.shown if told else ())
            batch = await self._batch(
                session, current, page, gone=gone, undecodable=undecodable, history=floor is not None
            )
            (kept,) = await self._writing.keep(session, [batch], now=now)
            if top is not None:
                await follow_store.advance(session, follow.id, watermark=top)
            if floor is not None:
                await follow_store.backfilled(session, follow.id, floor=floor[0], done=floor[1])
            if reread:
                await follow_store.reread(session, follow.id, now=now)
            await follow_store.waited(session, follow.id)
        return kept

    async def _current(self, session: Session, follow: Follow) -> Follow | None:
        """The follow as it is now, locked; None if it is gone, or is no longer to be read."""
        found = await follow_store.locked(session, [follow.id])
        return found[0] if found and found[0].state.is_read else None

    async def _batch(
        self,
        session: Session,
        follow: Follow,
        page: Page,
        *,
        gone: frozenset[int],
        undecodable: frozenset[int],
        history: bool,
    ) -> Batch:
        """What a page tells, but for what events have told since it was asked for."""
        meanwhile = self._line.meanwhile.get(follow.id)
        records = page.records if history else await wanted(session, follow, page.records)
        if meanwhile is not None:
            gone = gone - meanwhile.records.keys()
            records = tuple(
                meanwhile.records.get(message["id"], message)
                for message in records
                if message["id"] not in meanwhile.gone
            )
        return Batch(
            place=place_of(follow), alive_at=page.asked_at, records=records, gone=gone, undecodable=undecodable
        )

    # --- what a page shows besides messages ---------------------------------------------------------------------------

    async def _missing(self, follow: Follow, page: Page) -> frozenset[int]:
        """Messages that we keep of the last posts and that a page of the newest messages does not show."""
        assert follow.channel_id is not None
        here = frozenset(page.ids)
        top = max(here, default=0)
        # A page that is not full may tell of the whole channel.
        above = min(here) - 1 if len(here) >= PAGE else 0
        missing: set[int] = set()
        async with self._writing.begin() as session:
            for upto, before in ((top, page.asked_at), (None, page.asked_at - LAG)):
                missing |= await message_store.known(
                    session, follow.channel_id, above=above, upto=upto, before=before, limit=PAGE
                )
            unread = await message_store.unread(session, channel_id=follow.channel_id)
        missing |= {message.message_id for message in unread if message.raw is not None and message.message_id > above}
        return frozenset(missing) - here

    async def _completed(self, follow: Follow, page: Page) -> Page:
        """The messages with all of their rich text, of which a page may hold only the beginning.

        What is kept already, and was not edited since, is not asked for again.
        """
        partial = {message["id"]: message for message in page.records if is_partial(message)}
        if not partial:
            return page
        assert follow.channel_id is not None
        async with self._writing.begin() as session:
            kept = await message_store.holding(session, follow.channel_id, sorted(partial))
        whole = {part.get("id"): part for post in kept for part in parts_of(post.raw) if not is_partial(part)}
        for number, message in partial.items():
            known = whole.get(number, {})
            if known.get("edit_date") != message.get("edit_date") or "rich_message" not in known:
                known = await self._rich(peer_of(follow), number) or message
            partial[number] = {**message, "rich_message": known["rich_message"]}
        return replace(page, records=tuple(partial.get(message["id"], message) for message in page.records))

    async def _rich(self, peer: Peer, number: int) -> Mapping[str, Any] | None:
        """A rich message in full; None where it is not to be had, so that its beginning has to do."""
        try:
            found = await self._telegram.rich(peer, number)
        except (Refused, Undecodable, FloodWait):
            return None
        return found if found is not None and "rich_message" in found else None

    async def _note_shown(self, session: Session, follow: Follow, shown: Sequence[Shown]) -> Follow:
        """Follow renames and a change of whether the channel may be copied; the follow as it then is."""
        await self.know(session, [channel for channel in shown if channel.tg_id != follow.tg_id])
        own = next((channel for channel in shown if channel.tg_id == follow.tg_id), None)
        return follow if own is None else await note(session, follow, own)

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


async def wanted(session: Session, follow: Follow, records: Sequence[Record]) -> tuple[Record, ...]:
    """The messages that concern us: those above the floor, and those below that are kept all the same."""
    floor = follow.floor or 0
    below = [message["id"] for message in records if message["id"] <= floor]
    if not below or follow.channel_id is None:
        return tuple(records)
    kept = await message_store.holding(session, follow.channel_id, below)
    known = {number for post in kept for number in post.message_ids}
    return tuple(message for message in records if message["id"] > floor or message["id"] in known)


async def note(session: Session, follow: Follow, own: Shown) -> Follow:
    """Keep what Telegram shows of a followed channel: its names, and that it has begun or ceased to forbid copying."""
    assert follow.channel is not None
    assert follow.channel_id is not None
    if own.access_hash is None:
        # A "min" channel tells less than there is.
        return follow
    changed = follow
    if own.channel != follow.channel:
        await channel_store.seen(session, own.channel, member=own.member)
        await follow_store.renamed(session, follow, own.channel)
        changed = replace(changed, channel=own.channel)
    if own.protected != (follow.state is FollowState.PROTECTED) and follow.state.is_read:
        state = FollowState.PROTECTED if own.protected else FollowState.READING
        reason = PROTECTED if own.protected else None
        await follow_store.set_state(session, follow.id, state, reason=reason, unless_paused=True)
        if own.protected:
            await message_store.withhold(session, follow.channel_id)
        changed = replace(changed, state=state)
    return changed


def peer_of(follow: Follow) -> Peer:
    """The channel as its account addresses it."""
    assert follow.access_hash is not None
    return Peer(tg_id=follow.tg_id, access_hash=follow.access_hash)


def is_partial(message: Mapping[str, Any]) -> bool:
    """Whether a message holds only the beginning of its rich text."""
    rich = message.get("rich_message")
    return isinstance(rich, Mapping) and bool(rich.get("part"))


def _joined(page: Page, other: Page) -> Page:
    """Two answers as one, as old as the older one."""
    records = {message["id"]: message for message in (*page.records, *other.records)}
    return Page(
        records=tuple(records[number] for number in sorted(records)),
        shown=(*page.shown, *other.shown),
        asked_at=min(page.asked_at, other.asked_at),
    )


def _date(message: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(message["date"])
