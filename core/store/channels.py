"""Channels: who is read, and how links to their posts can open."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.types import Channel


async def upsert(session: AsyncSession, channel: Channel, *, member: bool = False) -> int:
    """Keep a channel, or its new name; a known username, a membership and a kind other than dump are never forgotten."""
    target = "(tg_id)" if channel.tg_id is not None else "(name) WHERE tg_id IS NULL"
    row = await session.execute(
        text(f"""
            INSERT INTO channels (tg_id, name, kind, username, member)
            VALUES (:tg_id, :name, :kind, :username, :member)
            ON CONFLICT {target} DO UPDATE SET
                name = excluded.name,
                kind = excluded.kind,
                username = coalesce(excluded.username, channels.username),
                member = channels.member OR excluded.member
            RETURNING id
        """),
        {
            "tg_id": channel.tg_id,
            "name": channel.name.replace("\x00", ""),
            "kind": channel.kind.value,
            "username": channel.username,
            "member": member,
        },
    )
    return int(row.scalar_one())
