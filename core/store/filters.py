"""Filters that admins set, and the posts that they met: `summarize.filtering` looks, who ranks stories asks `met`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core import queue
from core.db.storable import storable
from core.errors import NotFound, UsageError
from core.filters import Filter, FilterAction, FilterKind, Scope

#: Longer patterns and notes are no work of a person; what a kind of filter bears is for `summarize.filters` to say.
MOST_PATTERN, MOST_NOTE = 2000, 500
#: Topics or channels of a scope.
MOST_SCOPE = 500
#: A filter does something now.
_ACTIVE = "f.enabled AND (f.expires_at IS NULL OR f.expires_at > :now)"
#: That a filter drops the post `{post}` now. OFFSET 0 has it looked up post by post: joined, all hits are read.
DROPPED = f"""
    EXISTS (
        SELECT FROM filter_hits h JOIN filters f ON f.id = h.filter_id
        WHERE h.post_id = {{post}} AND f.action = 'drop' AND {_ACTIVE} OFFSET 0
    )
"""
_COLUMNS = """
    f.id, f.action, f.kind, f.pattern, f.topics, f.channels, f.weight, f.threshold, halfvec_send(f.vector) AS vector,
    f.model_id, f.note, f.enabled, f.expires_at, f.made_by, f.changed_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A filter that met a post, and what it does: of a boost, `weight` is what it adds."""

    filter_id: int
    action: FilterAction
    weight: float


# --- what admins do --------------------------------------------------------------------------------------------------


async def every(session: AsyncSession) -> list[Filter]:
    """All filters by their ids, with how many posts each has met."""
    rows = await session.execute(
        text(f"""
            SELECT {_COLUMNS}, (SELECT count(*) FROM filter_hits h WHERE h.filter_id = f.id) AS hits
            FROM filters f ORDER BY f.id
        """)
    )
    return [_filter(row, hits=row.hits) for row in rows]


async def get(session: AsyncSession, filter_id: int) -> Filter | None:
    """One filter, with how many posts it has met."""
    return next((found for found in await every(session) if found.id == filter_id), None)


async def active(session: AsyncSession, now: datetime) -> list[Filter]:
    """The filters that do something now, by their ids; without their hits."""
    rows = await session.execute(text(f"SELECT {_COLUMNS} FROM filters f WHERE {_ACTIVE} ORDER BY f.id"), {"now": now})
    return [_filter(row) for row in rows]


async def add(session: AsyncSession, new: Filter, *, now: datetime) -> Filter:
    """Keep a new filter; posts are looked at with it once this transaction commits.

    Raises:
        UsageError: it cannot be kept as it is.
    """
    kept = _checked(new)
    row = await session.execute(
        text("""
            INSERT INTO filters (action, kind, pattern, topics, channels, weight, threshold, vector, model_id, note, enabled,
                expires_at, made_by, changed_at)
            VALUES (:action, :kind, :pattern, :topics, :channels, :weight, :threshold, CAST(:vector AS halfvec), :model_id,
                :note, :enabled, :expires_at, :made_by, :now)
            RETURNING id
        """),
        {**_values(kept), "made_by": kept.made_by, "now": now},
    )
    await queue.wake_index(session)
    return replace(kept, id=int(row.scalar_one()), changed_at=now, hits=0)


async def change(session: AsyncSession, changed: Filter, *, now: datetime) -> Filter:
    """Keep another content of the filter `changed.id`; what it met as it was is forgotten.

    A phrase that stays keeps its vector.

    Raises:
        NotFound: it has been removed.
        UsageError: it cannot be kept as it is.
    """
    kept = _checked(changed)
    row = await session.execute(
        text("""
            UPDATE filters SET action = :action, kind = :kind, topics = :topics, channels = :channels, weight = :weight,
                threshold = :threshold, note = :note, enabled = :enabled, expires_at = :expires_at, changed_at = :now,
                pattern = :pattern,
                vector = coalesce(CAST(:vector AS halfvec), CASE WHEN kind = :kind AND pattern = :pattern THEN vector END),
                model_id = coalesce(:model_id, CASE WHEN kind = :kind AND pattern = :pattern THEN model_id END)
            WHERE id = :id RETURNING id
        """),
        {**_values(kept), "id": kept.id, "now": now},
    )
    if row.scalar_one_or_none() is None:
        raise NotFound(f"there is no filter {kept.id} any longer")
    await session.execute(text("DELETE FROM filter_hits WHERE filter_id = :id"), {"id": kept.id})
    await queue.wake_index(session)
    return replace(kept, changed_at=now, hits=0)


async def set_enabled(session: AsyncSession, filter_id: int, *, enabled: bool) -> None:
    """Switch a filter on or off.

    Raises:
        NotFound: it has been removed.
    """
    row = await session.execute(
        text("UPDATE filters SET enabled = :enabled WHERE id = :id RETURNING id"), {"id": filter_id, "enabled": enabled}
    )
    if row.scalar_one_or_none() is None:
        raise NotFound(f"there is no filter {filter_id} any longer")
    await queue.wake_index(session)


async def remove(session: AsyncSession, filter_id: int) -> bool:
    """Forget a filter and what it met; says whether there was one."""
    row = await session.execute(text("DELETE FROM filters WHERE id = :id RETURNING id"), {"id": filter_id})
    if row.scalar_one_or_none() is None:
        return False
    await queue.wake_index(session)
    return True


async def keep_vector(session: AsyncSession, embedded: Filter, *, former: Filter) -> bool:
    """Keep the vector, model, threshold and note that a filter has been given, unless it was changed meanwhile."""
    row = await session.execute(
        text("""
            UPDATE filters SET vector = CAST(:vector AS halfvec), model_id = :model_id, threshold = :threshold, note = :note
            WHERE id = :id AND changed_at = :changed_at AND model_id IS NOT DISTINCT FROM :former RETURNING id
        """),
        {
            **{name: _values(embedded)[name] for name in ("vector", "model_id", "threshold", "note")},
            "id": embedded.id,
            "changed_at": former.changed_at,
            "former": former.model_id,
        },
    )
    return row.scalar_one_or_none() is not None


def _checked(given: Filter) -> Filter:
    """The filter as it can be stored; texts lose what PostgreSQL does not take."""
    pattern, note = storable(given.pattern.replace("\x00", "")).strip(), storable(given.note.replace("\x00", ""))
    if not pattern or len(pattern) > MOST_PATTERN:
        raise UsageError(f"a filter's pattern has 1 to {MOST_PATTERN:,} characters, and this one {len(pattern):,}")
    if not -1 <= given.weight <= 1:  # also where it is no number
        raise UsageError("a boost's weight lies between -1 and 1")
    if given.threshold is not None and not 0 < given.threshold <= 1:
        raise UsageError("a threshold lies above 0 and is at most 1")
    if max(len(given.scope.topics), len(given.scope.channels)) > MOST_SCOPE:
        raise UsageError(f"a filter holds for at most {MOST_SCOPE} topics and {MOST_SCOPE} channels")
    scope = Scope(topics=tuple(map(storable, given.scope.topics)), channels=given.scope.channels)
    return replace(given, pattern=pattern, note=note[:MOST_NOTE], scope=scope)


def _values(kept: Filter) -> dict[str, Any]:
    return {
        "action": kept.action.value,
        "kind": kept.kind.value,
        "pattern": kept.pattern,
        "topics": list(kept.scope.topics),
        "channels": list(kept.scope.channels),
        "weight": kept.weight,
        "threshold": kept.threshold,
        "vector": None if kept.vector is None else HalfVector(np.asarray(kept.vector)).to_text(),
        "model_id": None if kept.vector is None else kept.model_id,
        "note": kept.note,
        "enabled": kept.enabled,
        "expires_at": kept.expires_at,
    }


def _filter(row: Row[Any], *, hits: int = 0) -> Filter:
    return Filter(
        id=row.id,
        action=FilterAction(row.action),
        kind=FilterKind(row.kind),
        pattern=row.pattern,
        scope=Scope(topics=tuple(row.topics), channels=tuple(row.channels)),
        weight=row.weight,
        threshold=row.threshold,
        vector=None if row.vector is None else _vector(bytes(row.vector)),
        model_id=row.model_id,
        note=row.note,
        enabled=row.enabled,
        expires_at=row.expires_at,
        made_by=row.made_by,
        hits=hits,
        changed_at=row.changed_at,
    )


def _vector(sent: bytes) -> NDArray[np.float32]:
    return HalfVector.from_binary(sent).to_numpy().astype(np.float32)


# --- what they do to stories -----------------------------------------------------------------------------------------


async def met(
    session: AsyncSession, post_ids: Sequence[int], *, now: datetime, without: int = 0
) -> Mapping[int, tuple[Met, ...]]:
    """Which filters that do something now met each of the posts, but for the filter `without`; by post, where any did."""
    rows = await session.execute(
        text(f"""
            SELECT h.post_id, f.id, f.action, f.weight FROM filter_hits h JOIN filters f ON f.id = h.filter_id
            WHERE h.post_id = ANY(:ids) AND {_ACTIVE} AND f.id <> :without ORDER BY h.post_id, f.id
        """),
        {"ids": list(post_ids), "now": now, "without": without},
    )
    found: dict[int, list[Met]] = defaultdict(list)
    for row in rows:
        found[row.post_id].append(Met(filter_id=row.id, action=FilterAction(row.action), weight=row.weight))
    return {post_id: tuple(filters) for post_id, filters in found.items()}


# --- as JSON ---------------------------------------------------------------------------------------------------------


def to_json(given: Filter) -> dict[str, Any]:
    """A filter as requests carry it, without its vector, which is made again of its phrase."""
    return {
        "id": given.id,
        "action": given.action.value,
        "kind": given.kind.value,
        "pattern": given.pattern,
        "topics": list(given.scope.topics),
        "channels": list(given.scope.channels),
        "weight": given.weight,
        "threshold": given.threshold,
    }


def from_json(value: Mapping[str, Any]) -> Filter:
    """What `to_json` wrote; what is left out is as in a new filter.

    Raises:
        UsageError: it is no such object.
    """
    try:
        threshold = value.get("threshold")
        found = Filter(
            id=int(value.get("id", 0)),
            action=FilterAction(value["action"]),
            kind=FilterKind(value["kind"]),
            pattern=str(value["pattern"]),
            scope=Scope(
                topics=tuple(map(str, value.get("topics", ()))), channels=tuple(map(int, value.get("channels", ())))
            ),
            weight=float(value.get("weight", 0.0)),
            threshold=None if threshold is None else float(threshold),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"this is no filter: {error}") from None
    if any(not math.isfinite(number) for number in (found.weight, found.threshold or 0.0)):
        raise UsageError("a filter's weight and threshold are numbers")
    return found
