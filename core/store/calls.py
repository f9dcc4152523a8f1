"""Calls of models: a place and a budget are taken before a call is made, and what it took is written down after it."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.written import CallCosts, Limits, PlannedCall

#: One reservation at a time, so that no two workers take the last of a budget.
CALLS_LOCK = 7_110_004
_MINUTE = timedelta(minutes=1)
#: An endpoint that failed is left alone for so long, twice as long each time, up to the second.
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=15)


class Obstacle(enum.StrEnum):
    """What keeps a call from being made now."""

    MONEY = "money"
    TOKENS = "tokens"
    AT_ONCE = "at once"
    PER_MINUTE = "per minute"
    RESTING = "resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """Why a call is not made, and after how many seconds to ask again; None: not today."""

    obstacle: Obstacle
    wait: float | None
    detail: str = ""


async def reserve(session: AsyncSession, call: PlannedCall, *, limits: Limits, now: datetime) -> int | NotNow:
    """Take a place for a call and its share of the day's budgets; the call's number, or what keeps it from being made.

    The share is what the call may take at most, until `finish` says what it took; a call that was lost keeps it.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": CALLS_LOCK})
    obstacle = (
        await _resting(session, call.endpoint, now=now)
        or await _over_budget(session, call, limits=limits)
        or await _crowded(session, call.endpoint, limits=limits, now=now)
    )
    if obstacle:
        return obstacle
    row = await session.execute(
        text("""
            INSERT INTO model_calls (endpoint, model, purpose, prompt, subject, started_at, due, tokens_in, tokens_out, cost)
            VALUES (:endpoint, :model, :purpose, :prompt, :subject, :now, :due, :tokens_in, :tokens_out, :cost)
            RETURNING id
        """),
        {**asdict(call), "now": now, "due": now + timedelta(seconds=limits.expires)},
    )
    return int(row.scalar_one())


async def _resting(session: AsyncSession, endpoint: str, *, now: datetime) -> NotNow | None:
    """An endpoint that failed is asked by one call at first, and by none before it has rested."""
    row = (
        await session.execute(
            text("""
                SELECT e.rests_until, e.reason, e.failures, (
                    SELECT min(c.due) FROM model_calls c
                    WHERE c.endpoint = e.name AND c.outcome = 'open' AND c.due > :now
                ) AS asked_until
                FROM endpoints e WHERE e.name = :name
            """),
            {"name": endpoint, "now": now},
        )
    ).one_or_none()
    if row is None:
        return None
    if row.rests_until is not None and row.rests_until > now:
        wait = (row.rests_until - now).total_seconds()
        return NotNow(obstacle=Obstacle.RESTING, wait=wait, detail=row.reason or "")
    if row.failures and row.asked_until is not None:
        return NotNow(obstacle=Obstacle.AT_ONCE, wait=0.1, detail=row.reason or "")
    return None


async def _over_budget(session: AsyncSession, call: PlannedCall, *, limits: Limits) -> NotNow | None:
    money, tokens = await spent(session, since=limits.day_began)
    if call.cost > 0 and money + call.cost > limits.money:
        return NotNow(obstacle=Obstacle.MONEY, wait=None, detail=f"{money:.4f} of {limits.money:g} spent")
    if tokens + call.tokens_in + call.tokens_out > limits.tokens:
        return NotNow(obstacle=Obstacle.TOKENS, wait=None, detail=f"{tokens:,} of {limits.tokens:,} tokens used")
    return None


async def _crowded(session: AsyncSession, endpoint: str, *, limits: Limits, now: datetime) -> NotNow | None:
    row = (
        await session.execute(
            text("""
                SELECT count(*) FILTER (WHERE outcome = 'open' AND due > :now) AS running,
                    count(*) FILTER (WHERE started_at > :minute_ago) AS recent,
                    min(started_at) FILTER (WHERE started_at > :minute_ago) AS earliest
                FROM model_calls WHERE endpoint = :name AND started_at > :begin
            """),
            {
                "name": endpoint,
                "now": now,
                "minute_ago": now - _MINUTE,
                "begin": now - max(_MINUTE, timedelta(seconds=limits.expires)),
            },
        )
    ).one()
    if row.running >= limits.at_once:
        return NotNow(obstacle=Obstacle.AT_ONCE, wait=0.05)
    if row.recent >= limits.per_minute:
        wait = (row.earliest + _MINUTE - now).total_seconds()
        return NotNow(obstacle=Obstacle.PER_MINUTE, wait=max(0.05, wait))
    return None


async def spent(session: AsyncSession, *, since: datetime) -> tuple[float, int]:
    """(money, tokens) of the calls since then; those that run, or were lost, count as the most that they may take."""
    row = (
        await session.execute(
            text("""
                SELECT coalesce(sum(cost), 0) AS cost, coalesce(sum(tokens_in + tokens_out), 0) AS tokens
                FROM model_calls WHERE started_at >= :since
            """),
            {"since": since},
        )
    ).one()
    return float(row.cost), int(row.tokens)


async def finish(
    session: AsyncSession, call_id: int, *, tokens_in: int, tokens_out: int, cost: float, seconds: float, outcome: str
) -> None:
    """Write down what a call took and how it ended."""
    await session.execute(
        text("""
            UPDATE model_calls SET tokens_in = :tokens_in, tokens_out = :tokens_out, cost = :cost, seconds = :seconds,
                outcome = :outcome
            WHERE id = :id
        """),
        {
            "id": call_id,
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "cost": cost,
            "seconds": seconds,
            "outcome": outcome,
        },
    )


async def costs(session: AsyncSession, *, since: datetime) -> list[CallCosts]:
    """What calls since then took, by purpose, prompt and model; the dearest first."""
    rows = await session.execute(
        text("""
            SELECT purpose, prompt, model, count(*) AS calls,
                count(*) FILTER (WHERE outcome NOT IN ('open', 'answered', 'repaired')) AS failed,
                count(*) FILTER (WHERE outcome = 'open') AS open,
                sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(cost) AS cost,
                coalesce(sum(seconds), 0) AS seconds
            FROM model_calls WHERE started_at >= :since GROUP BY purpose, prompt, model
            ORDER BY sum(cost) DESC, sum(tokens_in + tokens_out) DESC, purpose, prompt, model
        """),
        {"since": since},
    )
    return [CallCosts(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's public name of a row's mapping


# --- endpoints -------------------------------------------------------------------------------------------------------


async def ability(session: AsyncSession, endpoint: str) -> dict[str, Any]:
    """What the endpoint was found to do; {} where nothing is known."""
    row = await session.execute(text("SELECT ability FROM endpoints WHERE name = :name"), {"name": endpoint})
    return dict(row.scalar_one_or_none() or {})


async def answered(session: AsyncSession, endpoint: str, *, ability: Mapping[str, Any], now: datetime) -> None:
    """Note that an endpoint answers, and what it can do. A rest that is not over yet goes on: the call had begun before."""
    # Nearly always nothing is new; then the row is not written.
    await session.execute(
        text("""
            INSERT INTO endpoints (name, ability) VALUES (:name, CAST(:ability AS jsonb))
            ON CONFLICT (name) DO UPDATE SET ability = excluded.ability,
                failures = CASE WHEN endpoints.rests_until > :now THEN endpoints.failures ELSE 0 END,
                rests_until = CASE WHEN endpoints.rests_until > :now THEN endpoints.rests_until END,
                reason = CASE WHEN endpoints.rests_until > :now THEN endpoints.reason END
            WHERE endpoints.ability <> excluded.ability OR endpoints.failures > 0 OR endpoints.rests_until IS NOT NULL
        """),
        {"name": endpoint, "ability": json.dumps(ability), "now": now},
    )


async def failed(
    session: AsyncSession, endpoint: str, *, reason: str, now: datetime, rest: timedelta | None = None
) -> datetime:
    """Leave an endpoint alone: for `rest`, or the longer the more often it has failed; says until when."""
    row = await session.execute(
        text("""
            INSERT INTO endpoints AS e (name, failures, rests_until, reason)
            VALUES (:name, 1, :now + CAST(:first AS interval), :reason)
            ON CONFLICT (name) DO UPDATE SET
                -- Calls that were on their way together fail together: that is one failure, and one rest.
                failures = e.failures + CASE WHEN e.rests_until > :now THEN 0 ELSE 1 END,
                rests_until = CASE
                    WHEN CAST(:given AS boolean) THEN greatest(e.rests_until, :now + CAST(:first AS interval))
                    WHEN e.rests_until > :now THEN e.rests_until
                    ELSE :now + least(
                        CAST(:longest AS interval), CAST(:first AS interval) * power(2, least(e.failures, 20))
                    )
                END,
                reason = excluded.reason
            RETURNING rests_until
        """),
        {
            "name": endpoint,
            "now": now,
            "first": rest or FIRST_REST,
            "longest": LONGEST_REST,
            "given": rest is not None,
            "reason": reason,
        },
    )
    return row.scalar_one()  # type: ignore[no-any-return]


async def resting(session: AsyncSession, *, now: datetime) -> list[tuple[str, datetime, str]]:
    """Endpoints that are left alone: name, until when, and why."""
    rows = await session.execute(
        text("SELECT name, rests_until, reason FROM endpoints WHERE rests_until > :now ORDER BY name"), {"now": now}
    )
    return [(row.name, row.rests_until, row.reason or "") for row in rows]
