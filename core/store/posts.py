"""Posts that are kept: claimed by whoever indexes them, marked as deleted, read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.types import Channel, ChannelKind, Entity, EntityKind, MediaKind, Origin, StoredPost


async def mark_deleted(session: AsyncSession, ids: Sequence[int], *, now: datetime) -> int:
    """Mark posts as deleted at Telegram: they leave their stories, not the archive. Says how many were not yet."""
    result = await session.execute(
        text("""
            UPDATE posts SET deleted_at = :now, state = 'new', lease_until = NULL
            WHERE id = ANY(:ids) AND deleted_at IS NULL RETURNING id
        """),
        {"ids": list(ids), "now": now},
    )
    return len(result.all())


async def take_out(session: AsyncSession, dump_key: str, *, came_since: datetime, now: datetime) -> bool:
    """Mark a post of a dump as deleted, unless it was there before `came_since`; says whether it was so marked."""
    result = await session.execute(
        text("SELECT id FROM posts WHERE dump_key = :key AND first_seen >= :since"),
        {"key": dump_key, "since": came_since},
    )
    return await mark_deleted(session, list(result.scalars()), now=now) > 0


async def waiting(session: AsyncSession) -> dict[str, int]:
    """How many posts are in each state on the way into the index."""
    rows = await session.execute(
        text("SELECT state, count(*) AS posts FROM posts WHERE state <> 'indexed' GROUP BY state")
    )
    return {row.state: row.posts for row in rows}


async def requeue(session: AsyncSession, *, but_made_by: str | None) -> int:
    """Send posts through the index again: all, or those whose index row was not made by these rules; says how many."""
    stale = "" if but_made_by is None else "WHERE id IN (SELECT post_id FROM indexed_posts WHERE made_by <> :made_by)"
    result = await session.execute(
        text(f"UPDATE posts SET state = 'new', lease_until = NULL {stale} RETURNING 1"),
        {} if but_made_by is None else {"made_by": but_made_by},
    )
    return len(result.all())


async def requeue_channel(session: AsyncSession, channel_id: int) -> int:
    """Have the keys of a channel's posts found again, since its username has changed; says how many.

    Their lines do not depend on it, so they need not be learned again.
    """
    result = await session.execute(
        text("""
            UPDATE posts SET state = 'lined', lease_until = NULL
            WHERE channel_id = :channel AND message_id IS NOT NULL AND state <> 'new' AND deleted_at IS NULL RETURNING 1
        """),
        {"channel": channel_id},
    )
    return len(result.all())


_STORED = """
    p.id, p.channel_id, c.tg_id, c.name, c.kind, c.username, c.member, c.weight, p.message_id, p.position, p.date,
    p.first_seen, p.edited_at, p.deleted_at IS NOT NULL AS deleted, p.text, p.entities, p.origin_name, p.origin_channel,
    p.origin_message, p.origin_author, p.origin_date, p.media, p.reply_to, p.views, p.forwards, p.reactions, p.version
"""


async def claim(
    session: AsyncSession, *, state: str, limit: int, now: datetime, lease: timedelta | None
) -> list[StoredPost]:
    """Take up to `limit` posts that wait in `state`, oldest first, passing over what another worker holds.

    With a `lease`, they stay ours until it runs out, also after this transaction; without, until it ends.
    """
    rows = await session.execute(
        text("""
            SELECT id FROM posts WHERE state = :state AND (lease_until IS NULL OR lease_until < :now)
            ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
        """),
        {"state": state, "now": now, "limit": limit},
    )
    ids = [row.id for row in rows]
    if ids and lease is not None:
        await session.execute(
            text("UPDATE posts SET lease_until = :until WHERE id = ANY(:ids)"), {"ids": ids, "until": now + lease}
        )
    return await by_ids(session, ids)


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> list[StoredPost]:
    """Posts by id, in the order of their ids; unknown ids are passed over."""
    rows = await session.execute(
        text(
            f"SELECT {_STORED} FROM posts p JOIN channels c ON c.id = p.channel_id WHERE p.id = ANY(:ids) ORDER BY p.id"
        ),
        {"ids": list(ids)},
    )
    return [_stored(row) for row in rows]


async def find(session: AsyncSession, *, username: str | None, tg_id: int | None, message_id: int) -> int | None:
    """The post that is this message of a channel, named by its username (in any case) or its bare id."""
    row = await session.execute(
        text("""
            SELECT p.id FROM posts p JOIN channels c ON c.id = p.channel_id
            WHERE (lower(c.username) = lower(:username) OR c.tg_id = :tg_id)
                AND (p.message_id = :message OR p.album_ids @> ARRAY[CAST(:message AS bigint)])
            ORDER BY p.id LIMIT 1
        """),
        {"username": username, "tg_id": tg_id, "message": message_id},
    )
    found = row.scalar_one_or_none()
    return None if found is None else int(found)


async def advance(session: AsyncSession, ids: Sequence[int], *, state: str) -> None:
    """Move posts to the next state and give up their leases."""
    await session.execute(
        text("UPDATE posts SET state = :state, lease_until = NULL WHERE id = ANY(:ids)"),
        {"ids": list(ids), "state": state},
    )


async def send_back(session: AsyncSession, ids: Sequence[int]) -> None:
    """Have posts cleaned again whose boilerplate has changed; those that are on their way there anyway stay."""
    await session.execute(
        text("""
            UPDATE posts SET state = 'lined', lease_until = NULL
            WHERE id = ANY(:ids) AND state <> 'new' AND deleted_at IS NULL
        """),
        {"ids": list(ids)},
    )


async def match_again(session: AsyncSession, ids: Sequence[int] | None, *, state: str = "prepared") -> int:
    """Have posts that are in the index judged anew, these or all, as they are, or, from `lined` on, cleaned once more; says
    how many. What is on its way there anyway stays.
    """
    chosen = "" if ids is None else "AND id = ANY(:ids)"
    result = await session.execute(
        text(f"""
            UPDATE posts SET state = :state, lease_until = NULL
            WHERE state = 'indexed' AND deleted_at IS NULL {chosen} RETURNING 1
        """),
        {"state": state} if ids is None else {"state": state, "ids": list(ids)},
    )
    return len(result.all())


async def still_leased(session: AsyncSession, ids: Sequence[int], *, until: datetime) -> set[int]:
    """Which posts are still ours under the lease that runs `until`; they are locked until the transaction ends.

    A post that changed, or whose lease ran out and that another worker took, is not.
    """
    rows = await session.execute(
        text("SELECT id FROM posts WHERE id = ANY(:ids) AND lease_until = :until ORDER BY id FOR UPDATE"),
        {"ids": list(ids), "until": until},
    )
    return {row.id for row in rows}


async def deleted(session: AsyncSession, ids: Sequence[int]) -> list[int]:
    """Which of the posts are deleted at Telegram."""
    rows = await session.execute(
        text("SELECT id FROM posts WHERE id = ANY(:ids) AND deleted_at IS NOT NULL"), {"ids": list(ids)}
    )
    return [row.id for row in rows]


async def prepared(session: AsyncSession, *, limit: int) -> list[int]:
    """Ids of posts that wait to be matched, in the order of their time, so that a batch spans little of it."""
    rows = await session.execute(
        text("""
            SELECT id FROM posts WHERE state = 'prepared' ORDER BY coalesce(date, first_seen), id LIMIT :limit FOR UPDATE
        """),
        {"limit": limit},
    )
    return [row.id for row in rows]


def _stored(row: Row[Any]) -> StoredPost:
    has_origin = any((row.origin_name, row.origin_channel, row.origin_author))
    return StoredPost(
        id=row.id,
        channel_id=row.channel_id,
        channel=Channel(tg_id=row.tg_id, name=row.name, kind=ChannelKind(row.kind), username=row.username),
        member=row.member,
        weight=row.weight,
        message_id=row.message_id,
        position=row.position,
        date=row.date,
        first_seen=row.first_seen,
        edited_at=row.edited_at,
        deleted=row.deleted,
        text=row.text,
        entities=tuple(
            Entity(
                kind=EntityKind(value["kind"]),
                offset=value["offset"],
                length=value["length"],
                url=value.get("url"),
                language=value.get("language"),
            )
            for value in row.entities
        ),
        origin=Origin(
            name=row.origin_name,
            channel_id=row.origin_channel,
            message_id=row.origin_message,
            author=row.origin_author,
            date=row.origin_date,
        )
        if has_origin
        else None,
        media=tuple(MediaKind(value) for value in row.media),
        reply_to=row.reply_to,
        views=row.views,
        forwards=row.forwards,
        reactions=row.reactions,
        version=row.version,
    )
