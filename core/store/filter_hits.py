"""Posts as filters look at them, which still have to be looked at, and which filters met which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.filters import Filter, FilterKind
from core.store import filters

#: Digests look back a day or a week, a story lives for weeks; what is older is not shown to anyone who did not ask for it, and
#: looking at it would make each change of a filter cost as much as the whole archive.
LOOK_BACK = timedelta(days=90)
#: What `indexed_posts.filtered_by` says of posts that lost a hit of a filter that does nothing now: they are looked at again,
#: but nobody has to wait for it, as for a post that no filter has seen ('').
LOOK_AGAIN = "again"
#: What it says of posts that are too old to be looked at.
TOO_OLD = "too old"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredPost:
    """A post as filters look at it. `row` names this state of its index row; `channels` are those that posted it or that it
    comes from (ids of rows); `links` the addresses behind its words.
    """

    post_id: int
    row: str
    time: datetime
    story_id: int | None
    channels: frozenset[int]
    lang: str
    ad: str
    topics: Mapping[str, Any]
    clean_text: str
    text: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of looking at a post: `filtered_by` names the filters, `met` are the ids of those that met it; what was known
    of `unknown` ones stays.
    """

    post_id: int
    row: str
    filtered_by: str
    met: frozenset[int]
    unknown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What `filtered_by` is of posts that need no look: `whole` and, while there are no vectors of the `models`, `partly`."""

    whole: str
    partly: str
    models: tuple[int, ...]


# --- which filters ---------------------------------------------------------------------------------------------------


def names_of(asked: Sequence[Filter]) -> Names:
    """What posts say that were looked at with these filters."""
    whole = name_of(asked)
    models = {each.model_id for each in asked if each.kind is FilterKind.MEANING and each.model_id is not None}
    return Names(whole=whole, partly=f"{whole}, without vectors", models=tuple(sorted(models)))


def name_of(asked: Sequence[Filter]) -> str:
    """Names a set of filters by what decides which posts they meet, as `indexed_posts.filtered_by` has it.

    `changed_at` is part of it, since what a filter met is forgotten when it is changed, also back to what it was.
    """
    content = [
        (
            *(each.id, each.kind.value, each.pattern, sorted(each.scope.topics), sorted(each.scope.channels)),
            *(
                each.threshold,
                each.model_id,
                None if each.vector is None else [round(float(x), 4) for x in each.vector],
            ),
            None if each.changed_at is None else each.changed_at.timestamp(),
        )
        for each in sorted(asked, key=lambda each: each.id)
    ]
    written = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return f"filters {hashlib.blake2b(written, digest_size=8).hexdigest()}"


# --- which posts -----------------------------------------------------------------------------------------------------

_STALE = """
    FROM indexed_posts i WHERE i.time >= :since AND i.filtered_by <> :whole AND (i.filtered_by <> :partly OR EXISTS (
        SELECT FROM vectors v WHERE v.post_id = i.post_id AND v.part = 0 AND v.model_id = ANY(:models)
    ))
"""


async def stale(
    session: AsyncSession, names: Names, *, since: datetime, limit: int, before: FilteredPost | None = None
) -> list[int]:
    """Posts that have not been looked at with these filters as they are now, newest first; those that come `before` another."""
    later = "" if before is None else "AND (i.time, i.post_id) < (:time, :post)"
    bounds = {} if before is None else {"time": before.time, "post": before.post_id}
    rows = await session.execute(
        text(f"SELECT i.post_id {_STALE} {later} ORDER BY i.time DESC, i.post_id DESC LIMIT :limit"),
        {**_named(names), "since": since, "limit": limit, **bounds},
    )
    return [row.post_id for row in rows]


async def waiting(session: AsyncSession, names: Names, *, since: datetime) -> bool:
    """Whether there is any such post."""
    found = await session.execute(text(f"SELECT EXISTS (SELECT 1 {_STALE})"), {**_named(names), "since": since})
    return bool(found.scalar_one())


async def is_due(session: AsyncSession, now: datetime) -> bool:
    """Whether posts wait to be looked at, also because a filter was changed or its time has run out: until they were, the
    filters have met more than is known.
    """
    asked = await filters.active(session, now)
    return bool(asked) and await waiting(session, names_of(asked), since=now - LOOK_BACK)


def _named(names: Names) -> dict[str, Any]:
    return {"whole": names.whole, "partly": names.partly, "models": list(names.models)}


async def pass_over(session: AsyncSession, *, older_than: datetime, limit: int) -> int:
    """Note of up to `limit` posts that nobody has looked at that they are too old for it; says of how many."""
    rows = await session.execute(
        text("""
            UPDATE indexed_posts i SET filtered_by = :too_old FROM (
                SELECT post_id FROM indexed_posts WHERE filtered_by = '' AND time < :older ORDER BY post_id LIMIT :limit
                FOR UPDATE SKIP LOCKED
            ) AS old
            WHERE i.post_id = old.post_id RETURNING 1
        """),
        {"too_old": TOO_OLD, "older": older_than, "limit": limit},
    )
    return len(rows.all())


async def in_window(session: AsyncSession, *, since: datetime, until: datetime) -> list[int]:
    """Posts of the index in [since, until] that are not deleted, newest first."""
    rows = await session.execute(
        text("""
            SELECT i.post_id FROM indexed_posts i JOIN posts p ON p.id = i.post_id
            WHERE i.time BETWEEN :since AND :until AND p.deleted_at IS NULL ORDER BY i.time DESC, i.post_id DESC
        """),
        {"since": since, "until": until},
    )
    return [row.post_id for row in rows]


async def load(session: AsyncSession, post_ids: Sequence[int]) -> list[FilteredPost]:
    """Posts as filters look at them, newest first.

    A forward is also of the channel that it comes from, where Telegram says by number which that is; a name alone, as in a
    dump, can be anybody's.
    """
    rows = await session.execute(
        text("""
            SELECT i.post_id, CAST(i.xmin AS text) AS row, i.time, i.story_id, i.channel_id, o.id AS origin, i.lang, i.ad,
                i.topics, i.clean_text, p.text, p.entities
            FROM indexed_posts i JOIN posts p ON p.id = i.post_id LEFT JOIN channels o ON o.tg_id = p.origin_channel
            WHERE i.post_id = ANY(:ids) ORDER BY i.time DESC, i.post_id DESC
        """),
        {"ids": list(post_ids)},
    )
    return [_post(row) for row in rows]


def _post(row: Row[Any]) -> FilteredPost:
    return FilteredPost(
        post_id=row.post_id,
        row=row.row,
        time=row.time,
        story_id=row.story_id,
        channels=frozenset(channel for channel in (row.channel_id, row.origin) if channel is not None),
        lang=row.lang,
        ad=row.ad,
        topics=row.topics,
        clean_text=row.clean_text,
        text=row.text,
        links=tuple(entity["url"] for entity in row.entities if entity.get("url")),
    )


# --- hits ------------------------------------------------------------------------------------------------------------


async def keep(session: AsyncSession, looked: Sequence[Looked]) -> int:
    """Keep what came of looking at posts, replacing what filters met before; says of how many posts.

    A post whose index row has changed since, or that somebody else holds, is left for the next time. The caller holds the
    filters' rows (`hold`).
    """
    rows = await session.execute(
        text("""
            SELECT i.post_id FROM indexed_posts i
            JOIN unnest(CAST(:ids AS bigint[]), CAST(:rows AS text[])) AS w(post_id, row)
                ON w.post_id = i.post_id AND w.row = CAST(i.xmin AS text)
            ORDER BY i.post_id FOR UPDATE OF i SKIP LOCKED
        """),
        {"ids": [post.post_id for post in looked], "rows": [post.row for post in looked]},
    )
    ours = {row.post_id for row in rows}
    current = [post for post in looked if post.post_id in ours]
    await _replace(session, current)
    await session.execute(
        text("""
            UPDATE indexed_posts i SET filtered_by = w.name
            FROM unnest(CAST(:ids AS bigint[]), CAST(:names AS text[])) AS w(post_id, name) WHERE i.post_id = w.post_id
        """),
        {"ids": [post.post_id for post in current], "names": [post.filtered_by for post in current]},
    )
    return len(current)


async def _replace(session: AsyncSession, looked: Sequence[Looked]) -> None:
    kept = [(post.post_id, number) for post in looked for number in sorted(post.met | post.unknown)]
    await session.execute(
        text("""
            DELETE FROM filter_hits h WHERE h.post_id = ANY(:ids) AND NOT EXISTS (
                SELECT FROM unnest(CAST(:posts AS bigint[]), CAST(:filters AS bigint[])) AS k(post_id, filter_id)
                WHERE k.post_id = h.post_id AND k.filter_id = h.filter_id
            )
        """),
        {
            "ids": [post.post_id for post in looked],
            "posts": [post for post, _ in kept],
            "filters": [number for _, number in kept],
        },
    )
    hits = [(number, post.post_id) for post in looked for number in sorted(post.met)]
    await session.execute(
        text("""
            INSERT INTO filter_hits (filter_id, post_id)
            SELECT * FROM unnest(CAST(:filters AS bigint[]), CAST(:posts AS bigint[])) ON CONFLICT DO NOTHING
        """),
        {"filters": [number for number, _ in hits], "posts": [post for _, post in hits]},
    )


async def hold(session: AsyncSession) -> None:
    """Keep the filters as they are, those that exist, until the transaction ends."""
    await session.execute(text("SELECT id FROM filters ORDER BY id FOR SHARE"))


async def forget_but(session: AsyncSession, active: Collection[int], *, limit: int) -> int:
    """Forget hits of all filters but these, of up to `limit` posts, which are looked at again; says of how many.

    They count for nothing, but if such a filter is switched on again, posts that came meanwhile must not differ from these.
    """
    rows = await session.execute(
        text("""
            SELECT i.post_id FROM indexed_posts i WHERE i.post_id IN (
                SELECT h.post_id FROM filter_hits h JOIN indexed_posts o ON o.post_id = h.post_id
                WHERE h.filter_id <> ALL(:active) ORDER BY h.filter_id, h.post_id LIMIT :limit
            ) ORDER BY i.post_id FOR UPDATE SKIP LOCKED
        """),
        {"active": sorted(active), "limit": limit},
    )
    values = {"ids": [row.post_id for row in rows], "active": sorted(active), "again": LOOK_AGAIN}
    await session.execute(
        text("DELETE FROM filter_hits WHERE post_id = ANY(:ids) AND filter_id <> ALL(:active)"), values
    )
    await session.execute(text("UPDATE indexed_posts SET filtered_by = :again WHERE post_id = ANY(:ids)"), values)
    return len(values["ids"])


async def of_filter(session: AsyncSession, filter_id: int, post_ids: Sequence[int]) -> set[int]:
    """Which of the posts a filter has met."""
    rows = await session.execute(
        text("SELECT post_id FROM filter_hits WHERE filter_id = :id AND post_id = ANY(:ids)"),
        {"id": filter_id, "ids": list(post_ids)},
    )
    return {row.post_id for row in rows}
