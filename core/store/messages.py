"""Posts as messages of their channel: found and counted by Telegram's numbers; messages that became no post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable_json
from core.types import Counters, KeptMessages, UnreadMessage

_KEPT = "id, message_id, album_ids, raw, edited_at"


async def holding(session: AsyncSession, channel_id: int, message_ids: Sequence[int]) -> list[KeptMessages]:
    """The posts of a channel that are there and that hold any of these messages: as themselves or as a part of an album."""
    rows = await session.execute(
        text(f"""
            SELECT {_KEPT} FROM posts
            WHERE channel_id = :channel AND deleted_at IS NULL AND message_id = ANY(:ids)
            UNION ALL
            SELECT {_KEPT} FROM posts
            WHERE channel_id = :channel AND deleted_at IS NULL AND group_id IS NOT NULL
                AND album_ids && CAST(:ids AS bigint[]) AND message_id <> ALL(:ids)
        """),
        {"channel": channel_id, "ids": list(message_ids)},
    )
    return [_kept(row) for row in rows]


async def albums(session: AsyncSession, channel_id: int, group_ids: Sequence[int]) -> dict[int, KeptMessages]:
    """What is kept of a channel's albums, by their group; deleted ones are passed over."""
    rows = await session.execute(
        text(f"""
            SELECT group_id, {_KEPT} FROM posts
            WHERE channel_id = :channel AND group_id = ANY(:groups) AND deleted_at IS NULL
        """),
        {"channel": channel_id, "groups": list(group_ids)},
    )
    return {row.group_id: _kept(row) for row in rows}


async def known(
    session: AsyncSession, channel_id: int, *, above: int, upto: int | None, before: datetime, limit: int
) -> set[int]:
    """Numbers of messages that are kept and not deleted, of the newest `limit` posts with `above` < number <= `upto`.

    Only of posts that were first seen before `before`: what came since cannot be missed in a page that was asked for then.
    """
    rows = await session.execute(
        text("""
            SELECT message_id, album_ids FROM posts
            WHERE channel_id = :channel AND message_id > :above AND deleted_at IS NULL AND first_seen < :before
                AND (CAST(:upto AS bigint) IS NULL OR message_id <= :upto)
            ORDER BY message_id DESC LIMIT :limit
        """),
        {"channel": channel_id, "above": above, "upto": upto, "before": before, "limit": limit},
    )
    return {
        number
        for row in rows
        for number in (row.message_id, *row.album_ids)
        # A part may be younger than its post.
        if number > above and (upto is None or number <= upto)
    }


async def count(session: AsyncSession, channel_id: int, counters: Mapping[int, Counters]) -> int:
    """Note how often messages were seen, forwarded and reacted to; says how many posts' counters have changed."""
    if not counters:
        return 0
    result = await session.execute(
        text("""
            UPDATE posts p SET
                views = coalesce(c.views, p.views),
                forwards = coalesce(c.forwards, p.forwards),
                reactions = coalesce(c.reactions, p.reactions)
            FROM unnest(
                CAST(:ids AS bigint[]), CAST(:views AS bigint[]), CAST(:forwards AS bigint[]), CAST(:reactions AS bigint[])
            ) AS c (message_id, views, forwards, reactions)
            WHERE p.channel_id = :channel AND p.message_id = c.message_id
            RETURNING 1
        """),
        {
            "channel": channel_id,
            "ids": list(counters),
            "views": [value.views for value in counters.values()],
            "forwards": [value.forwards for value in counters.values()],
            "reactions": [value.reactions for value in counters.values()],
        },
    )
    return len(result.all())


_FORGET = """
    text = '', entities = '[]', preview = NULL, origin_name = NULL, origin_author = NULL, raw = '{"_withheld": true}',
    content_hash = '', version = version + 1, state = 'new', lease_until = NULL
"""


async def withhold(session: AsyncSession, channel_id: int) -> int:
    """Forget the texts of a channel that has come to forbid copying, former versions too; says of how many posts.

    Messages that could not be read have to be had from Telegram once more.
    """
    await session.execute(
        text("UPDATE unread_messages SET raw = NULL WHERE channel_id = :channel"), {"channel": channel_id}
    )
    result = await session.execute(
        text(
            f"UPDATE posts SET {_FORGET}, protected = true WHERE channel_id = :channel AND NOT protected RETURNING id"
        ),
        {"channel": channel_id},
    )
    return await _forget_versions(session, [row.id for row in result])


async def erase(session: AsyncSession, channel_id: int, *, now: datetime) -> int:
    """Forget a channel's posts, since whoever writes it wants that: they leave their stories, and nothing is kept but
    that they were there. Says how many.
    """
    await session.execute(text("DELETE FROM unread_messages WHERE channel_id = :channel"), {"channel": channel_id})
    result = await session.execute(
        text(f"""
            UPDATE posts SET {_FORGET}, deleted_at = coalesce(deleted_at, :now) WHERE channel_id = :channel RETURNING id
        """),
        {"channel": channel_id, "now": now},
    )
    return await _forget_versions(session, [row.id for row in result])


async def forget(
    session: AsyncSession, *, deleted_before: datetime, posted_before: datetime | None, now: datetime, limit: int
) -> int:
    """Forget the texts of at most `limit` posts whose channels deleted them, or that were posted, before given times.

    What is forgotten for its age leaves its story, as if it were deleted; messages that could not be read and were seen so
    long ago go altogether. Says how many posts.
    """
    await session.execute(
        text("DELETE FROM unread_messages WHERE first_seen < CAST(:posted AS timestamptz)"), {"posted": posted_before}
    )
    result = await session.execute(
        text(f"""
            UPDATE posts SET {_FORGET}, deleted_at = coalesce(deleted_at, :now)
            WHERE id IN (
                SELECT id FROM posts
                WHERE raw <> '{{"_withheld": true}}'
                    AND (deleted_at < :deleted OR date < CAST(:posted AS timestamptz))
                ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
            )
            RETURNING id
        """),
        {"deleted": deleted_before, "posted": posted_before, "now": now, "limit": limit},
    )
    return await _forget_versions(session, [row.id for row in result])


async def _forget_versions(session: AsyncSession, ids: Sequence[int]) -> int:
    """Forget what was kept of posts elsewhere: former versions, what was written of them, what a model said of them."""
    await session.execute(
        text("DELETE FROM summaries WHERE told ?| CAST(:ids AS text[])"), {"ids": [str(post) for post in ids]}
    )
    await session.execute(text("DELETE FROM judgements WHERE posts && CAST(:ids AS bigint[])"), {"ids": list(ids)})
    await session.execute(text("DELETE FROM post_versions WHERE post_id = ANY(:ids)"), {"ids": list(ids)})
    return len(ids)


# --- messages that became no post ----------------------------------------------------------------------------------


async def keep_unread(session: AsyncSession, messages: Sequence[UnreadMessage], *, now: datetime) -> None:
    """Keep messages that could not be read, and why; one that is kept already is brought up to date."""
    for message in messages:
        await session.execute(
            text("""
                INSERT INTO unread_messages (channel_id, message_id, raw, error, first_seen, tried_at)
                VALUES (:channel, :message, CAST(:raw AS jsonb), :error, :now, :now)
                ON CONFLICT (channel_id, message_id) DO UPDATE SET
                    raw = coalesce(excluded.raw, unread_messages.raw), error = excluded.error, tried_at = excluded.tried_at
            """),
            {
                "channel": message.channel_id,
                "message": message.message_id,
                "raw": None if message.raw is None else storable_json(message.raw),
                "error": message.error,
                "now": now,
            },
        )


async def forget_unread(session: AsyncSession, messages: Sequence[tuple[int, int]]) -> int:
    """Forget messages, by channel and number, that have been read after all or are gone; says how many there were."""
    if not messages:
        return 0
    result = await session.execute(
        text("""
            DELETE FROM unread_messages u USING unnest(CAST(:channels AS bigint[]), CAST(:ids AS bigint[])) AS r (channel, id)
            WHERE u.channel_id = r.channel AND u.message_id = r.id RETURNING 1
        """),
        {"channels": [channel for channel, _ in messages], "ids": [number for _, number in messages]},
    )
    return len(result.all())


async def unread(session: AsyncSession, *, channel_id: int | None = None) -> list[UnreadMessage]:
    """Messages that could not be read, by channel and number; of one channel or of all."""
    rows = await session.execute(
        text("""
            SELECT channel_id, message_id, raw, error FROM unread_messages
            WHERE CAST(:channel AS bigint) IS NULL OR channel_id = :channel ORDER BY channel_id, message_id
        """),
        {"channel": channel_id},
    )
    return [
        UnreadMessage(channel_id=row.channel_id, message_id=row.message_id, raw=row.raw, error=row.error)
        for row in rows
    ]


def _kept(row: Row[Any]) -> KeptMessages:
    return KeptMessages(
        post_id=row.id,
        message_ids=tuple(sorted({row.message_id, *row.album_ids})),
        raw=row.raw,
        edited_at=row.edited_at,
    )
