"""Figures for admins: what came in and what went out, by day and in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day: posts and stories that came to us, digests made, messages sent, money that models took."""

    day: date
    posts: int
    stories: int
    digests: int
    sent: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All that is kept; `last`: when the last of the posts came to us."""

    channels: int
    posts: int
    stories: int
    opinions: int
    saved: int
    last: datetime | None


async def days(session: AsyncSession, *, since: datetime, until: datetime, tz: str) -> Sequence[Day]:
    """Each day since then, oldest first, up to the day of `until`, also those on which nothing happened; days are those of `tz`."""
    rows = await session.execute(
        text("""
            WITH span AS (
                SELECT generate_series(
                    CAST(CAST(:since AS timestamptz) AT TIME ZONE :tz AS date), CAST(CAST(:until AS timestamptz) AT TIME ZONE :tz AS date),
                    '1 day'
                )::date AS day
            ),
            posts AS (SELECT (first_seen AT TIME ZONE :tz)::date AS day, count(*) AS n FROM posts
                WHERE first_seen >= :since GROUP BY 1),
            stories AS (SELECT (created_at AT TIME ZONE :tz)::date AS day, count(*) AS n FROM stories
                WHERE created_at >= :since AND merged_into IS NULL GROUP BY 1),
            digests AS (SELECT (made_at AT TIME ZONE :tz)::date AS day, count(*) AS n FROM deliveries
                WHERE made_at >= :since GROUP BY 1),
            sent AS (SELECT (changed_at AT TIME ZONE :tz)::date AS day, count(*) AS n FROM messages
                WHERE changed_at >= :since AND state = 'sent' GROUP BY 1),
            costs AS (SELECT (started_at AT TIME ZONE :tz)::date AS day, sum(cost) AS n FROM model_calls
                WHERE started_at >= :since GROUP BY 1)
            SELECT span.day, coalesce(posts.n, 0) AS posts, coalesce(stories.n, 0) AS stories,
                coalesce(digests.n, 0) AS digests, coalesce(sent.n, 0) AS sent, coalesce(costs.n, 0) AS cost
            FROM span LEFT JOIN posts USING (day) LEFT JOIN stories USING (day) LEFT JOIN digests USING (day)
                LEFT JOIN sent USING (day) LEFT JOIN costs USING (day)
            ORDER BY span.day
        """),
        {"since": since, "until": until, "tz": tz},
    )
    return [
        Day(
            day=row.day,
            posts=row.posts,
            stories=row.stories,
            digests=row.digests,
            sent=row.sent,
            cost=float(row.cost),
        )
        for row in rows
    ]


async def totals(session: AsyncSession) -> Totals:
    """How much there is in all."""
    row = (
        await session.execute(
            text("""
                SELECT
                    (SELECT count(DISTINCT channel_id) FROM posts WHERE deleted_at IS NULL) AS channels,
                    (SELECT count(*) FROM posts WHERE deleted_at IS NULL) AS posts,
                    (SELECT count(*) FROM stories WHERE merged_into IS NULL) AS stories,
                    (SELECT count(*) FROM opinions) AS opinions,
                    (SELECT count(*) FROM saved_stories) AS saved,
                    (SELECT max(first_seen) FROM posts WHERE deleted_at IS NULL) AS last
            """)
        )
    ).one()
    return Totals(
        channels=row.channels,
        posts=row.posts,
        stories=row.stories,
        opinions=row.opinions,
        saved=row.saved,
        last=row.last,
    )
