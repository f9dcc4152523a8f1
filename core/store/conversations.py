"""Where people are in their dialogues with the bot; a restart loses none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable_json


async def get(session: AsyncSession, key: str) -> tuple[str | None, dict[str, Any]]:
    """State and data of a dialogue; (None, {}) where there is none."""
    row = (
        await session.execute(text("SELECT state, data FROM conversations WHERE key = :key"), {"key": key})
    ).one_or_none()
    return (None, {}) if row is None else (row.state, dict(row.data))


async def put(session: AsyncSession, key: str, *, state: str | None, data: Mapping[str, Any], now: datetime) -> None:
    """Keep state and data of a dialogue; one without either is forgotten."""
    if state is None and not data:
        await session.execute(text("DELETE FROM conversations WHERE key = :key"), {"key": key})
        return
    await session.execute(
        text("""
            INSERT INTO conversations (key, state, data, changed_at)
            VALUES (:key, :state, CAST(:data AS jsonb), :now)
            ON CONFLICT (key) DO UPDATE
                SET state = excluded.state, data = excluded.data, changed_at = excluded.changed_at
        """),
        {"key": key, "state": state, "data": storable_json(data), "now": now},
    )


async def take(session: AsyncSession, key: str, *, state: str, holding: Mapping[str, Any]) -> dict[str, Any] | None:
    """End a dialogue that is in this state and holds these values: its data; None if there is none such (any more).

    Of several who ask at once one gets it, and if its transaction fails, the dialogue goes on.
    """
    row = await session.execute(
        text("""
            DELETE FROM conversations WHERE key = :key AND state = :state AND data @> CAST(:holding AS jsonb) RETURNING data
        """),
        {"key": key, "state": state, "holding": storable_json(holding)},
    )
    found = row.scalar_one_or_none()
    return None if found is None else dict(found)


async def forget(session: AsyncSession, *, before: datetime) -> int:
    """Drop dialogues that nobody has gone on with; says how many."""
    rows = await session.execute(
        text("DELETE FROM conversations WHERE changed_at < :before RETURNING 1"), {"before": before}
    )
    return len(rows.all())
