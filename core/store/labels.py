"""Topics of indexed posts: which posts were labelled by another taxonomy than the present one, and what they are labelled anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.store import index as index_store


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPost:
    """A post with its topics, and which taxonomy gave it these. `row` names this state of its index row."""

    post_id: int
    row: str
    time: datetime
    clean_text: str
    ad: str
    topics: Mapping[str, float]
    labelled_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The topics that a post is given, as its index row was when they were found (`row`)."""

    post_id: int
    row: str
    topics: Mapping[str, float]


async def stale(
    session: AsyncSession, labelled_by: str, *, limit: int, before: LabelledPost | None = None
) -> list[LabelledPost]:
    """Posts that another taxonomy has labelled, newest first; those that come `before` another."""
    later = "" if before is None else "AND (i.time, i.post_id) < (:time, :post)"
    bounds = {} if before is None else {"time": before.time, "post": before.post_id}
    return await _posts(
        session,
        f"WHERE i.labelled_by <> :name {later} ORDER BY i.time DESC, i.post_id DESC LIMIT :limit",
        {"name": labelled_by, "limit": limit, **bounds},
    )


async def waiting(session: AsyncSession, labelled_by: str) -> bool:
    """Whether there is any such post."""
    found = await session.execute(
        text("SELECT EXISTS (SELECT FROM indexed_posts WHERE labelled_by <> :name)"), {"name": labelled_by}
    )
    return bool(found.scalar_one())


async def load(session: AsyncSession, post_ids: Sequence[int]) -> list[LabelledPost]:
    """Posts by id, in the order of their ids."""
    return await _posts(session, "WHERE i.post_id = ANY(:ids) ORDER BY i.post_id", {"ids": list(post_ids)})


async def _posts(session: AsyncSession, which: str, values: Mapping[str, object]) -> list[LabelledPost]:
    rows = await session.execute(
        text(f"""
            SELECT i.post_id, CAST(i.xmin AS text) AS row, i.time, i.clean_text, i.ad, i.topics, i.labelled_by
            FROM indexed_posts i {which}
        """),
        values,
    )
    return [
        LabelledPost(
            post_id=row.post_id,
            row=row.row,
            time=row.time,
            clean_text=row.clean_text,
            ad=row.ad,
            topics=row.topics,
            labelled_by=row.labelled_by,
        )
        for row in rows
    ]


async def keep(session: AsyncSession, labels: Sequence[Label], *, labelled_by: str, now: datetime) -> int:
    """Keep topics of posts, and note that the stories of those whose topics are others have changed; says of how many posts.

    A post whose index row has changed since is left for the next time. Filters look again at posts with other topics.
    """
    # Stories and index rows are the matcher's: whoever holds its lock waits for nobody.
    await index_store.lock(session, index_store.MATCH_LOCK)
    rows = await session.execute(
        text("""
            UPDATE indexed_posts i SET topics = w.topics, labelled_by = :name,
                filtered_by = CASE WHEN w.same THEN i.filtered_by ELSE '' END
            FROM (
                SELECT i.post_id, i.topics AS former, CAST(w.topics AS jsonb) AS topics,
                    i.topics ?& ARRAY(SELECT jsonb_object_keys(CAST(w.topics AS jsonb)))
                    AND CAST(w.topics AS jsonb) ?& ARRAY(SELECT jsonb_object_keys(i.topics)) AS same
                FROM indexed_posts i
                JOIN unnest(CAST(:ids AS bigint[]), CAST(:rows AS text[]), CAST(:topics AS text[])) AS w(post_id, row, topics)
                    ON w.post_id = i.post_id AND w.row = CAST(i.xmin AS text)
                ORDER BY i.post_id FOR UPDATE OF i
            ) AS w
            WHERE i.post_id = w.post_id RETURNING i.story_id, w.former <> w.topics AS other
        """),
        {
            "name": labelled_by,
            "ids": [label.post_id for label in labels],
            "rows": [label.row for label in labels],
            "topics": [json.dumps(dict(label.topics)) for label in labels],
        },
    )
    kept = rows.all()
    await session.execute(
        text("UPDATE stories SET changed_at = :now WHERE id = ANY(:ids)"),
        {"now": now, "ids": sorted({row.story_id for row in kept if row.other and row.story_id is not None})},
    )
    return len(kept)
