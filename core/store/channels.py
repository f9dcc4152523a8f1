"""Channels: who is read, and how links to their posts can open."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.store import posts
from core.types import Channel


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
    if channel.username is not None and channel.username != kept.username:
        await session.execute(
            text("UPDATE channels SET username = :username WHERE id = :id"),
            {"username": channel.username, "id": kept.id},
        )
        if channel.username.lower() != (kept.username or "").lower():
            await posts.requeue_channel(session, kept.id)
    return int(kept.id)
