"""Messages into the archive: parsed, albums put together, deletions and counters noted, in the caller's transaction.

Live events, gaps, re-reads and history all come this way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.db.engine import Database, Session
from core.queue import wake_index
from core.store import incoming
from core.store import messages as message_store
from core.store import posts as post_store
from core.types import Channel, Counters, Follow, FollowState, ImportCounts, KeptMessages, Post, Skipped, UnreadMessage
from ingest import albums, parse
from ingest.records import Record, parts_of, withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The channel whose messages are kept; `protected`: it forbids copying."""

    channel_id: int
    channel: Channel
    protected: bool = False


def place_of(follow: Follow) -> Place:
    """Where a follow's messages go, once it has been looked up."""
    assert follow.channel_id is not None
    assert follow.channel is not None
    return Place(channel_id=follow.channel_id, channel=follow.channel, protected=follow.state is FollowState.PROTECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was learnt of one channel's messages. `alive_at`: when the records were what Telegram showed."""

    place: Place
    alive_at: datetime
    records: Sequence[Record] = ()
    gone: frozenset[int] = frozenset()
    counters: Mapping[int, Counters] = field(default_factory=dict)
    undecodable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a batch."""

    counts: ImportCounts = field(default_factory=ImportCounts)
    deleted: int = 0
    unread: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            counts=self.counts + other.counts, deleted=self.deleted + other.deleted, unread=self.unread + other.unread
        )

    @property
    def news(self) -> int:
        """How many posts the index has to look at."""
        return self.counts.new + self.counts.changed + self.deleted


class Writing:
    """Transactions of one process, one after the other: events and histories bring the same messages, and would otherwise
    wait for each other's rows in opposite orders. `retention`: how old a post may be to be kept.
    """

    def __init__(self, database: Database, *, retention: timedelta | None = None) -> None:
        self._database = database
        self._retention = retention
        self._turn = asyncio.Lock()

    async def keep(self, session: Session, batches: Sequence[Batch], *, now: datetime) -> list[Kept]:
        """`keep`, of posts that are not too old."""
        return await keep(session, batches, now=now, since=None if self._retention is None else now - self._retention)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Session]:
        """A session in a transaction, as `Database.begin` gives it."""
        async with self._turn, self._database.begin() as session:
            yield session


UNDECODABLE = "Telegram sent something that this version cannot decode"


async def keep(
    session: Session, batches: Sequence[Batch], *, now: datetime, since: datetime | None = None
) -> list[Kept]:
    """Write what was learnt of channels, each at most once in `batches`; what became of each.

    What cannot be parsed is kept as it came, and stops nothing. Posts from before `since` are passed over: texts as old as
    that are forgotten.
    """
    removed, posts, unread = [], [], []
    for batch in batches:
        removed.append(await _remove(session, batch, now=now))
        made, failed = await _posts(session, batch, since)
        posts.append([*removed[-1].shrunk, *made])
        unread.append(failed)
    counts = await incoming.upsert_each(
        session,
        [post for made in posts for post in made],
        channels={
            post.channel: batch.place.channel_id for batch, made in zip(batches, posts, strict=True) for post in made
        },
        now=now,
        alive_at=min((batch.alive_at for batch in batches), default=now),
    )
    for batch in batches:
        await message_store.count(session, batch.place.channel_id, batch.counters)
    await _note_unread(session, batches, [message for failed in unread for message in failed], now=now)
    kept = [
        Kept(counts=counts.get(batch.place.channel_id, ImportCounts()), deleted=gone.posts, unread=len(failed))
        for batch, gone, failed in zip(batches, removed, unread, strict=True)
    ]
    if any(one.news for one in kept):
        await wake_index(session)
    return kept


@dataclass(frozen=True, slots=True)
class _Removed:
    """Posts that are gone, by number, and albums that have lost parts."""

    posts: int = 0
    shrunk: tuple[Post, ...] = ()


async def _remove(session: Session, batch: Batch, *, now: datetime) -> _Removed:
    if not batch.gone:
        return _Removed()
    kept = await message_store.holding(session, batch.place.channel_id, sorted(batch.gone))
    whole = {one.post_id for one in kept if batch.gone.issuperset(one.message_ids)}
    return _Removed(
        posts=await post_store.mark_deleted(session, sorted(whole), now=now) if whole else 0,
        shrunk=tuple(
            post for one in kept if one.post_id not in whole for post in _shrunk(batch.place, one, batch.gone)
        ),
    )


async def _note_unread(
    session: Session, batches: Sequence[Batch], unread: Sequence[UnreadMessage], *, now: datetime
) -> None:
    if unread:
        await message_store.keep_unread(session, unread, now=now)
    bad = {(message.channel_id, message.message_id) for message in unread}
    known = {
        (batch.place.channel_id, number)
        for batch in batches
        for number in (*(message["id"] for message in batch.records), *batch.gone)
    }
    await message_store.forget_unread(session, sorted(known - bad))


async def _posts(session: Session, batch: Batch, since: datetime | None) -> tuple[list[Post], list[UnreadMessage]]:
    """Posts of the records, albums completed by what is kept of them; and what could not be read."""
    place = batch.place
    records = [_allowed(place, message) for message in batch.records]
    grouped = {message["grouped_id"] for message in records if message.get("grouped_id")}
    known = await message_store.albums(session, place.channel_id, sorted(grouped)) if grouped else {}
    have = {message["id"] for message in records}
    for kept in known.values():
        records += [part for part in _parts(kept) if part["id"] not in have and part["id"] not in batch.gone]
    posts: list[Post] = []
    unread = [
        UnreadMessage(channel_id=place.channel_id, message_id=number, raw=None, error=UNDECODABLE)
        for number in sorted(batch.undecodable)
    ]
    for group in albums.group(records):
        made, failed = read(place, group)
        posts += made
        unread += failed
    fresh = [post for post in posts if since is None or post.date is None or post.date >= since]
    return [_not_older(post, known) for post in fresh], unread


def read(place: Place, group: Sequence[Mapping[str, Any]]) -> tuple[list[Post], list[UnreadMessage]]:
    """The post of a message, or of the parts of an album that can be read; none of a service message."""
    with contextlib.suppress(parse.UnreadableMessage):
        if len(group) > 1:
            return [parse.album(group, channel=place.channel)], []
    posts: list[Post] = []
    unread: list[UnreadMessage] = []
    for message in group:
        try:
            post = parse.message(message, channel=place.channel)
        except parse.UnreadableMessage as error:
            unread.append(
                UnreadMessage(channel_id=place.channel_id, message_id=message["id"], raw=message, error=str(error))
            )
            continue
        if not isinstance(post, Skipped):
            posts.append(post)
    return [albums.merge(posts)] if len(posts) > 1 else posts, unread


def _allowed(place: Place, message: Record) -> Record:
    """A message as we may keep it: of one that must not be copied, only what it is and when it came."""
    return withheld(message) if place.protected or message.get("noforwards") else message


def _shrunk(place: Place, kept: KeptMessages, gone: frozenset[int]) -> list[Post]:
    """An album without the parts that are gone."""
    posts, _ = read(place, [part for part in _parts(kept) if part["id"] not in gone])
    return [_at_least(post, kept.edited_at) for post in posts]


def _not_older(post: Post, known: Mapping[int, KeptMessages]) -> Post:
    kept = known.get(post.group_id or 0)
    return post if kept is None else _at_least(post, kept.edited_at)


def _at_least(post: Post, edited_at: datetime | None) -> Post:
    """A part that is gone may have been the last one edited: the album must not seem older than it was."""
    times = [moment for moment in (post.edited_at, edited_at) if moment is not None]
    return replace(post, edited_at=max(times, default=None))


def _parts(kept: KeptMessages) -> list[Record]:
    """The records of a kept post, as far as they came from Telegram itself and not from an export."""
    return [dict(part) for part in parts_of(kept.raw) if "_" in part and isinstance(part.get("id"), int)]
