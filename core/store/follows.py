"""Channels that accounts read: what was asked for, how far each is read, what keeps it from being read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.types import Channel, ChannelKind, Follow, FollowReport, FollowState

_COLUMNS = """
    f.id, f.account_id, f.asked, f.state, f.added_at, f.reason, f.wait_until, f.channel_id, f.access_hash, f.watermark,
    f.floor, f.backfill_since, f.read_at, c.tg_id, c.name, c.kind, c.username, coalesce(c.weight, 1) AS weight
"""
_FROM = "FROM follows f LEFT JOIN channels c ON c.id = f.channel_id"


async def add(
    session: AsyncSession, account_id: int, asked: str, *, backfill_since: datetime | None, now: datetime
) -> tuple[int, bool]:
    """Ask for a channel by what `asked` names; its id, and whether it is new. One that is there stays as it is."""
    row = await session.execute(
        text("""
            INSERT INTO follows (account_id, asked, state, backfill_since, added_at)
            VALUES (:account, :asked, 'wanted', :since, :now)
            ON CONFLICT (account_id, asked) DO NOTHING RETURNING id
        """),
        {"account": account_id, "asked": asked, "since": backfill_since, "now": now},
    )
    made = row.scalar_one_or_none()
    if made is not None:
        return int(made), True
    known = await session.execute(
        text("SELECT id FROM follows WHERE account_id = :account AND asked = :asked"),
        {"account": account_id, "asked": asked},
    )
    return int(known.scalar_one()), False


async def of_account(session: AsyncSession, account_id: int) -> list[Follow]:
    """Everything that an account follows, in the order in which it was added."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE f.account_id = :account ORDER BY f.id"), {"account": account_id}
    )
    return [_follow(row) for row in rows]


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> list[Follow]:
    """Follows by id; those that are gone are passed over."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE f.id = ANY(:ids) ORDER BY f.id"), {"ids": list(ids)}
    )
    return [_follow(row) for row in rows]


async def locked(session: AsyncSession, ids: Sequence[int]) -> list[Follow]:
    """Follows by id, which nobody else changes until the transaction ends; those that are gone are passed over."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE f.id = ANY(:ids) ORDER BY f.id FOR UPDATE OF f"), {"ids": list(ids)}
    )
    return [_follow(row) for row in rows]


async def by_tg_id(session: AsyncSession, account_id: int, tg_id: int) -> Follow | None:
    """How an account follows a channel of that number at Telegram, if it does."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE f.account_id = :account AND c.tg_id = :tg_id"),
        {"account": account_id, "tg_id": tg_id},
    )
    row = rows.one_or_none()
    return None if row is None else _follow(row)


async def resolve(
    session: AsyncSession,
    follow_id: int,
    *,
    channel_id: int,
    access_hash: int,
    state: FollowState,
    reason: str | None = None,
) -> None:
    """Note which channel it is that was asked for; in a state in which it is read, reading begins, unless it was paused."""
    await session.execute(
        text("""
            UPDATE follows SET channel_id = :channel, access_hash = :hash, reason = :reason, wait_until = NULL,
                state = CASE WHEN state = 'paused' THEN state ELSE :state END
            WHERE id = :id
        """),
        {"id": follow_id, "channel": channel_id, "hash": access_hash, "state": state.value, "reason": reason},
    )


async def set_state(
    session: AsyncSession, follow_id: int, state: FollowState, *, reason: str | None = None, unless_paused: bool = False
) -> bool:
    """Change whether a channel is read, and why; False if nothing changed. If it is, its last posts are due to be read.

    `unless_paused`: what the ingester finds out does not undo what the operator has asked for meanwhile.
    """
    result = await session.execute(
        text("""
            UPDATE follows SET state = :state, reason = :reason, wait_until = NULL, read_at = NULL
            WHERE id = :id AND (state, coalesce(reason, '')) <> (:state, coalesce(:reason, ''))
                AND NOT (:careful AND state = 'paused') RETURNING 1
        """),
        {"id": follow_id, "state": state.value, "reason": reason, "careful": unless_paused},
    )
    return bool(result.all())


async def renamed(session: AsyncSession, follow: Follow, channel: Channel) -> None:
    """A channel has another name: what it was asked for by may be somebody else's by now, and may be asked for again."""
    if not follow.asked.startswith("@"):
        return
    asked = f"@{channel.username.lower()}" if channel.username else f"channel:{channel.tg_id}"
    await session.execute(
        text("""
            UPDATE follows SET asked = :asked WHERE id = :id
                AND NOT EXISTS (SELECT FROM follows WHERE account_id = :account AND asked = :asked)
        """),
        {"asked": asked, "id": follow.id, "account": follow.account_id},
    )


async def forget_hashes(session: AsyncSession, account_id: int) -> None:
    """Another user of Telegram speaks for the account: channels have to be looked up anew, what was read stays read."""
    await session.execute(
        text("""
            UPDATE follows SET access_hash = NULL, reason = NULL, wait_until = NULL,
                state = CASE WHEN state = 'paused' THEN state ELSE 'wanted' END
            WHERE account_id = :account
        """),
        {"account": account_id},
    )


async def wait(session: AsyncSession, follow_id: int, *, until: datetime, reason: str) -> None:
    """Leave a channel be until a time, as Telegram has asked."""
    await session.execute(
        text("UPDATE follows SET wait_until = :until, reason = :reason WHERE id = :id"),
        {"id": follow_id, "until": until, "reason": reason},
    )


async def waited(session: AsyncSession, follow_id: int) -> None:
    """A wait is over."""
    await session.execute(
        text("UPDATE follows SET wait_until = NULL, reason = NULL WHERE id = :id AND wait_until IS NOT NULL"),
        {"id": follow_id},
    )


async def start(session: AsyncSession, follow_id: int, *, top: int) -> None:
    """Where reading begins, if it has not begun: what comes after message `top` is read, what lies before is history."""
    await session.execute(
        text("UPDATE follows SET watermark = :top, floor = :top WHERE id = :id AND watermark IS NULL"),
        {"id": follow_id, "top": top},
    )


async def advance(session: AsyncSession, follow_id: int, *, watermark: int) -> None:
    """Every message up to `watermark` has been read; it never goes back."""
    await advance_all(session, {follow_id: watermark})


async def advance_all(session: AsyncSession, watermarks: Mapping[int, int]) -> None:
    """The same of several follows."""
    if not watermarks:
        return
    await session.execute(
        text("""
            UPDATE follows f SET watermark = w.watermark
            FROM unnest(CAST(:ids AS bigint[]), CAST(:watermarks AS bigint[])) AS w (id, watermark)
            WHERE f.id = w.id AND f.watermark < w.watermark
        """),
        {"ids": list(watermarks), "watermarks": list(watermarks.values())},
    )


async def backfilled(session: AsyncSession, follow_id: int, *, floor: int, done: bool) -> None:
    """History has been read down to, not including, message `floor`; `done`: as far as was asked for."""
    await session.execute(
        text("""
            UPDATE follows SET floor = least(floor, :floor),
                backfill_since = CASE WHEN :done THEN NULL ELSE backfill_since END
            WHERE id = :id
        """),
        {"id": follow_id, "floor": floor, "done": done},
    )


async def backfill(session: AsyncSession, follow_id: int, *, since: datetime) -> None:
    """Ask for history back to a time, further than before if it was asked for already."""
    await session.execute(
        text("UPDATE follows SET backfill_since = least(backfill_since, :since) WHERE id = :id"),
        {"id": follow_id, "since": since},
    )


async def reread(session: AsyncSession, follow_id: int, *, now: datetime) -> None:
    """The last posts have been read again."""
    await session.execute(text("UPDATE follows SET read_at = :now WHERE id = :id"), {"id": follow_id, "now": now})


async def remove(session: AsyncSession, follow_id: int) -> None:
    """Follow a channel no longer; its posts stay."""
    await session.execute(text("DELETE FROM follows WHERE id = :id"), {"id": follow_id})


async def set_weight(session: AsyncSession, channel_id: int, weight: float) -> None:
    """How much a channel counts when stories are ranked; 1 is as much as any other."""
    await session.execute(
        text("UPDATE channels SET weight = :weight WHERE id = :id"), {"id": channel_id, "weight": weight}
    )


async def reached(session: AsyncSession, ids: Sequence[int]) -> dict[int, datetime]:
    """How far back in time the history of follows has been read, by follow; those of which nothing is kept are left out."""
    rows = await session.execute(
        text("""
            SELECT f.id, min(p.date) AS oldest FROM follows f JOIN posts p ON p.channel_id = f.channel_id
            WHERE f.id = ANY(:ids) AND p.message_id > f.floor GROUP BY f.id
        """),
        {"ids": list(ids)},
    )
    return {row.id: row.oldest for row in rows if row.oldest is not None}


async def reports(session: AsyncSession, account_id: int) -> list[FollowReport]:
    """What an account follows, with what there is of each, in the order in which it was added."""
    rows = await session.execute(
        text(f"""
            SELECT {_COLUMNS}, coalesce(p.posts, 0) AS posts, p.last_post, coalesce(u.unread, 0) AS unread {_FROM}
            LEFT JOIN LATERAL (
                SELECT count(*) AS posts, max(date) AS last_post FROM posts
                WHERE channel_id = f.channel_id AND deleted_at IS NULL
            ) p ON true
            LEFT JOIN LATERAL (
                SELECT count(*) AS unread FROM unread_messages WHERE channel_id = f.channel_id
            ) u ON true
            WHERE f.account_id = :account ORDER BY f.id
        """),
        {"account": account_id},
    )
    return [
        FollowReport(follow=_follow(row), posts=row.posts, unread=row.unread, last_post=row.last_post) for row in rows
    ]


def _follow(row: Row[Any]) -> Follow:
    known = row.channel_id is not None
    return Follow(
        id=row.id,
        account_id=row.account_id,
        asked=row.asked,
        state=FollowState(row.state),
        added_at=row.added_at,
        reason=row.reason,
        wait_until=row.wait_until,
        channel_id=row.channel_id,
        channel=Channel(tg_id=row.tg_id, name=row.name, kind=ChannelKind(row.kind), username=row.username)
        if known
        else None,
        access_hash=row.access_hash,
        weight=row.weight,
        watermark=row.watermark,
        floor=row.floor,
        backfill_since=row.backfill_since,
        read_at=row.read_at,
    )
