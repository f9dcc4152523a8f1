"""Channels: who is read, and how links to their posts can open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.store import posts
from core.types import Channel, ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChannel:
    """A channel that is read: how many posts it brought of late, and when the last one was posted (None: undated)."""

    id: int
    name: str
    username: str | None
    kind: ChannelKind
    posts: int
    last_post: datetime | None


async def read(session: AsyncSession, *, since: datetime) -> list[ReadChannel]:
    """Channels that have posts or are followed, by name, with the count of posts since then; deleted posts are none."""
    rows = await session.execute(
        text("""
            SELECT c.id, c.name, c.username, c.kind, coalesce(p.posts, 0) AS posts, p.last_post
            FROM channels c LEFT JOIN (
                SELECT channel_id, count(*) FILTER (WHERE coalesce(date, first_seen) >= :since) AS posts,
                    max(date) AS last_post
                FROM posts WHERE deleted_at IS NULL GROUP BY channel_id
            ) p ON p.channel_id = c.id
            WHERE p.channel_id IS NOT NULL OR EXISTS (SELECT FROM follows f WHERE f.channel_id = c.id)
            ORDER BY lower(c.name), c.id
        """),
        {"since": since},
    )
    return [
        ReadChannel(
            id=row.id,
            name=row.name,
            username=row.username,
            kind=ChannelKind(row.kind),
            posts=row.posts,
            last_post=row.last_post,
        )
        for row in rows
    ]


async def upsert(session: AsyncSession, channel: Channel, *, member: bool = False) -> int:
    """Keep a channel, or its new name; a known username, a membership and a kind other than dump are never forgotten.

    A username that becomes known, or another one, sends the channel's posts through the index again: links to them by
    that name are then seen to be links to them.
    """
    target = "(tg_id)" if channel.tg_id is not None else "(name) WHERE tg_id IS NULL"
    row = await session.execute(
        text(f"""
            INSERT INTO channels (tg_id, name, kind, username, member)
            VALUES (:tg_id, :name, :kind, :username, :member)
            ON CONFLICT {target} DO UPDATE SET
                name = excluded.name,
                kind = excluded.kind,
                member = channels.member OR excluded.member
            RETURNING id, username
        """),
        {
            "tg_id": channel.tg_id,
            "name": channel.name.replace("\x00", ""),
            "kind": channel.kind.value,
            "username": channel.username,
            "member": member,
        },
    )
    kept = row.one()
    # The row is ours until the transaction ends, so no other import can slip a username in between.
    if channel.username is not None:
        await _rename(session, int(kept.id), before=kept.username, after=channel.username)
    return int(kept.id)


async def seen(session: AsyncSession, channel: Channel, *, member: bool) -> int:
    """Keep a channel as Telegram itself has just shown it: name, username or none, whether we are a member."""
    number = await upsert(session, channel, member=member)
    row = await session.execute(
        text("UPDATE channels SET member = :member WHERE id = :id RETURNING username"),
        {"id": number, "member": member},
    )
    await _rename(session, number, before=row.scalar_one(), after=channel.username)
    return number


async def by_id(session: AsyncSession, channel_id: int) -> tuple[Channel, bool]:
    """A channel, and whether it forbids copying, by what was last seen of it."""
    row = await session.execute(
        text("""
            SELECT tg_id, name, kind, username,
                EXISTS (SELECT FROM follows WHERE channel_id = channels.id AND state = 'protected') AS protected
            FROM channels WHERE id = :id
        """),
        {"id": channel_id},
    )
    found = row.one()
    channel = Channel(tg_id=found.tg_id, name=found.name, kind=ChannelKind(found.kind), username=found.username)
    return channel, found.protected


async def names(session: AsyncSession, ids: Sequence[int]) -> dict[int, str]:
    """Names of channels by the ids of their rows."""
    rows = await session.execute(text("SELECT id, name FROM channels WHERE id = ANY(:ids)"), {"ids": list(ids)})
    return {row.id: row.name for row in rows}


async def called(session: AsyncSession) -> dict[int, tuple[str, ...]]:
    """The names that each channel goes by, its username among them, by the ids of their rows."""
    rows = await session.execute(text("SELECT id, name, username FROM channels ORDER BY id"))
    return {row.id: tuple(name for name in (row.name, row.username) if name) for row in rows}


async def know(session: AsyncSession, channels: Sequence[Channel]) -> None:
    """Keep the names of channels that are only forwarded from, so that what comes from them can be linked."""
    for channel in sorted(channels, key=lambda item: item.tg_id or 0):
        await upsert(session, channel)


async def _rename(session: AsyncSession, channel_id: int, *, before: str | None, after: str | None) -> None:
    if before == after:
        return
    await session.execute(
        text("UPDATE channels SET username = :username WHERE id = :id"), {"username": after, "id": channel_id}
    )
    if (before or "").lower() != (after or "").lower():
        await posts.requeue_channel(session, channel_id)
