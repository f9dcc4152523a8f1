"""What admins see of channels, filters and topics beyond what the programs need, and what they set of them field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core import queue
from core.db.storable import storable
from core.filters import Filter
from core.store import filters, follows
from core.store.filters import MOST_NOTE
from core.types import ChannelKind, Follow, FollowState


@dataclass(frozen=True, slots=True, kw_only=True)
class SteeredChannel:
    """A channel as admins see it: what it brought of late, how much it counts, and how an account follows it.

    `id` is 0 and `name` what was asked for where a follow has not been looked up; `follow` is None where posts come
    through the bot, or came from a file.
    """

    id: int
    name: str
    username: str | None
    kind: ChannelKind
    weight: float
    posts: int
    last_post: datetime | None
    follow: Follow | None


# --- channels --------------------------------------------------------------------------------------------------------


async def channels(session: AsyncSession, account_id: int, *, since: datetime) -> list[SteeredChannel]:
    """Channels that have posts or are followed, with the count of posts since then: those first that were not looked up
    yet, the others by name.
    """
    followed = await follows.of_account(session, account_id)
    by_channel = {follow.channel_id: follow for follow in followed if follow.channel_id is not None}
    rows = await session.execute(
        text("""
            SELECT c.id, c.name, c.username, c.kind, c.weight, coalesce(p.posts, 0) AS posts, p.last_post
            FROM channels c LEFT JOIN (
                SELECT channel_id, count(*) FILTER (WHERE coalesce(date, first_seen) >= :since) AS posts,
                    max(date) AS last_post
                FROM posts WHERE deleted_at IS NULL GROUP BY channel_id
            ) p ON p.channel_id = c.id
            WHERE p.channel_id IS NOT NULL OR c.id = ANY(:followed)
            ORDER BY lower(c.name), c.id
        """),
        {"since": since, "followed": list(by_channel)},
    )
    known = [
        SteeredChannel(
            id=row.id,
            name=row.name,
            username=row.username,
            kind=ChannelKind(row.kind),
            weight=row.weight,
            posts=row.posts,
            last_post=row.last_post,
            follow=by_channel.get(row.id),
        )
        for row in rows
    ]
    return [*(_wanted(follow) for follow in followed if follow.channel_id is None), *known]


def _wanted(follow: Follow) -> SteeredChannel:
    return SteeredChannel(
        id=0,
        name=follow.asked,
        username=None,
        kind=ChannelKind.PUBLIC,
        weight=1.0,
        posts=0,
        last_post=None,
        follow=follow,
    )


async def pause(session: AsyncSession, follow_id: int) -> Follow | None:
    """Read a channel no longer, until it is resumed; how it was followed before, None where it is not followed."""
    before = next(iter(await follows.locked(session, [follow_id])), None)
    if before is not None:
        await follows.set_state(session, follow_id, FollowState.PAUSED)
    return before


async def resume(session: AsyncSession, follow_id: int) -> Follow | None:
    """Read a channel again that was paused, or that could not be read for a reason that is mended; how it was followed
    before, None where it is not followed.

    It goes on where it was, or, where that is not known to be possible, with a new lookup.
    """
    before = next(iter(await follows.locked(session, [follow_id])), None)
    if before is not None and not before.state.is_read:
        await follows.set_state(session, follow_id, resumed(before))
    return before


def resumed(follow: Follow) -> FollowState:
    """Where a follow goes on: reading what it missed, or, where that is not known to be possible, with a new lookup."""
    if follow.state.is_read:
        return follow.state
    was_read = follow.access_hash is not None and follow.watermark is not None
    return FollowState.READING if follow.state is FollowState.PAUSED and was_read else FollowState.WANTED


async def weigh(session: AsyncSession, channel_id: int, weight: float) -> float | None:
    """Set how much a channel counts; what it was before, None where there is no such channel."""
    row = await session.execute(
        text("SELECT weight FROM channels WHERE id = :id FOR NO KEY UPDATE"), {"id": channel_id}
    )
    before = row.scalar_one_or_none()
    if before is not None:
        await follows.set_weight(session, channel_id, weight)
    return before


# --- filters ---------------------------------------------------------------------------------------------------------


async def held(session: AsyncSession, filter_id: int) -> Filter | None:
    """A filter, theirs to change until the transaction ends; None where it has been removed."""
    await session.execute(text("SELECT 1 FROM filters WHERE id = :id FOR NO KEY UPDATE"), {"id": filter_id})
    return await filters.get(session, filter_id)


async def set_note(session: AsyncSession, filter_id: int, note: str) -> None:
    """Say why there is a filter. What it has met stays."""
    await session.execute(
        text("UPDATE filters SET note = :note WHERE id = :id"),
        {"id": filter_id, "note": storable(note.replace("\x00", ""))[:MOST_NOTE]},
    )


async def set_expiry(session: AsyncSession, filter_id: int, expires_at: datetime | None) -> None:
    """Let a filter do something until then, or for ever. What it has met stays."""
    await session.execute(
        text("UPDATE filters SET expires_at = :at WHERE id = :id"), {"id": filter_id, "at": expires_at}
    )
    await queue.wake_index(session)


async def met_by(session: AsyncSession, filter_id: int, *, limit: int) -> Sequence[int]:
    """The newest posts that a filter has met, and that are not deleted, newest first."""
    rows = await session.execute(
        text("""
            SELECT p.id FROM filter_hits h JOIN posts p ON p.id = h.post_id
            WHERE h.filter_id = :id AND p.deleted_at IS NULL
            ORDER BY coalesce(p.date, p.first_seen) DESC, p.id DESC LIMIT :limit
        """),
        {"id": filter_id, "limit": limit},
    )
    return [row.id for row in rows]


# --- topics ----------------------------------------------------------------------------------------------------------


async def choosers(session: AsyncSession, slug: str) -> int:
    """How many active readers have chosen a topic by itself; who wants all but some is none of them."""
    row = await session.execute(
        text("""
            SELECT count(*) FROM reader_topics t JOIN readers r ON r.id = t.reader_id
            WHERE t.slug = :slug AND NOT r.all_topics AND r.state = 'active'
        """),
        {"slug": storable(slug)},
    )
    return int(row.scalar_one())
