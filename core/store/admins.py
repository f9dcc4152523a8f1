"""Who may steer the bot, one-time codes that make an admin, and the log of what admins changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable, storable_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Somebody who may steer, beside those that the settings name; `granted_by` is None for who came with a code."""

    user_id: int
    name: str
    granted_by: int | None
    granted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry of the log: who did what to what, before and after."""

    id: int
    at: datetime
    admin_id: int
    action: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


async def every(session: AsyncSession) -> list[Admin]:
    """Admins by the time that they became it."""
    rows = await session.execute(text("SELECT * FROM admins ORDER BY granted_at, user_id"))
    return [
        Admin(user_id=row.user_id, name=row.name, granted_by=row.granted_by, granted_at=row.granted_at) for row in rows
    ]


async def is_admin(session: AsyncSession, user_id: int) -> bool:
    """Whether somebody has been made an admin."""
    row = await session.execute(text("SELECT 1 FROM admins WHERE user_id = :id"), {"id": user_id})
    return row.scalar_one_or_none() is not None


async def grant(session: AsyncSession, user_id: int, *, name: str, by: int | None, now: datetime) -> bool:
    """Make somebody an admin; False if they are one."""
    rows = await session.execute(
        text("""
            INSERT INTO admins (user_id, name, granted_by, granted_at) VALUES (:id, :name, :by, :now)
            ON CONFLICT (user_id) DO NOTHING RETURNING 1
        """),
        {"id": user_id, "name": storable(name), "by": by, "now": now},
    )
    return rows.scalar_one_or_none() is not None


async def revoke(session: AsyncSession, user_id: int) -> bool:
    """Make somebody an admin no longer; False if they were none."""
    rows = await session.execute(text("DELETE FROM admins WHERE user_id = :id RETURNING 1"), {"id": user_id})
    return rows.scalar_one_or_none() is not None


async def set_code(session: AsyncSession, code_hash: bytes, *, now: datetime) -> None:
    """Let a code make an admin, once; codes that were not used yet are void."""
    await session.execute(text("DELETE FROM admin_codes WHERE used_by IS NULL"))
    await session.execute(
        text("INSERT INTO admin_codes (code_hash, made_at) VALUES (:hash, :now)"), {"hash": code_hash, "now": now}
    )


async def use_code(session: AsyncSession, code_hash: bytes, *, user_id: int, since: datetime) -> bool:
    """Use a code that was made since then; False if there is none, or it has been used."""
    rows = await session.execute(
        text("""
            UPDATE admin_codes SET used_by = :id
            WHERE code_hash = :hash AND used_by IS NULL AND made_at >= :since RETURNING 1
        """),
        {"hash": code_hash, "id": user_id, "since": since},
    )
    return rows.scalar_one_or_none() is not None


async def note(
    session: AsyncSession,
    *,
    admin_id: int,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write a change into the log."""
    await session.execute(
        text("""
            INSERT INTO audit (at, admin_id, action, subject, before, after)
            VALUES (:now, :admin, :action, :subject, CAST(:before AS jsonb), CAST(:after AS jsonb))
        """),
        {
            "now": now,
            "admin": admin_id,
            "action": action,
            "subject": storable(subject),
            "before": None if before is None else storable_json(before),
            "after": None if after is None else storable_json(after),
        },
    )


async def newer(session: AsyncSession, than: int, *, limit: int) -> list[int]:
    """The ids of the entries of the log that follow one, oldest first."""
    rows = await session.execute(
        text("SELECT id FROM audit WHERE id > :than ORDER BY id LIMIT :limit"), {"than": than, "limit": limit}
    )
    return [row.id for row in rows]


async def changes(session: AsyncSession, *, before_id: int | None, limit: int) -> Sequence[Change]:
    """Entries of the log, newest first."""
    rows = await session.execute(
        text("""
            SELECT * FROM audit WHERE id < coalesce(CAST(:before AS bigint), 9223372036854775807)
            ORDER BY id DESC LIMIT :limit
        """),
        {"before": before_id, "limit": limit},
    )
    return [
        Change(
            id=row.id,
            at=row.at,
            admin_id=row.admin_id,
            action=row.action,
            subject=row.subject,
            before=row.before,
            after=row.after,
        )
        for row in rows
    ]
