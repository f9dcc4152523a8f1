"""The shelf: stories as they stand ready for digests in each language, and which of them are due to be made again.

A row bears the mark of what it was made of (`made_by`). A story is due where the mark would be another now, whatever it was
that changed: its posts, their topics, what filters met, what was written of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable_json
from core.readers import ShelfStory
from core.store import card_json
from core.store.stories import Membership

#: Where on the line of time a row lies whose story has nothing to show: it only says that the story was looked at.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: The advisory locks by which workers keep out of each other's way, one a story.
STORY_LOCK = 7_110_004


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a row holds: made by these rules, in these languages; and where the posts' counters still matter, recently.

    That is where the story was seen last at or after `counted_since`; such a row must have been made at or after
    `made_since`. `now` decides which filters still do something.
    """

    langs: tuple[str, ...]
    rules: str
    now: datetime
    counted_since: datetime
    made_since: datetime

    @classmethod
    def at(cls, now: datetime, *, langs: Sequence[str], rules: str, counted: timedelta, fresh: timedelta) -> Terms:
        """The terms of a moment: counters matter for `counted`, and are looked at every `fresh`."""
        return cls(langs=tuple(langs), rules=rules, now=now, counted_since=now - counted, made_since=now - fresh)

    def values(self) -> dict[str, Any]:
        """As parameters of statements."""
        return {
            "langs": list(self.langs),
            "rules": self.rules,
            "now": self.now,
            "counted_since": self.counted_since,
            "made_since": self.made_since,
            "never": NEVER,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A story that is to be made in a language, and the mark that its row shall bear."""

    story_id: int
    lang: str
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """What a story is on the shelf in a language; with `story` None it has nothing to show."""

    story_id: int
    lang: str
    story: ShelfStory | None
    made_by: str
    made_at: datetime


# --- which are due ---------------------------------------------------------------------------------------------------

#: Filters that do something now.
_ACTIVE = "f.enabled AND (f.expires_at IS NULL OR f.expires_at > :now)"
_MICROSECONDS = "CAST(extract(epoch FROM {}) * 1000000 AS bigint)"
#: When a story changed last, as the second part of a mark says it.
_CHANGED = _MICROSECONDS.format("s.changed_at")
#: What is due of the stories that {which} picks by a column `story_id`. A mark names the rules, and what the story was made
#: of: its posts, their topics, what filters met, what was written of it. A story lives while it has posts and was not merged
#: into another; one that does not must only not be shown. Posts that filters have still to look at keep a story waiting.
_DUE = f"""
    WITH steering AS MATERIALIZED (SELECT EXISTS (SELECT FROM filters f WHERE {_ACTIVE}) AS filtered),
    told AS (
        SELECT i.story_id, max(i.time) AS newest, bool_and(i.filtered_by <> '') AS looked,
            bit_xor(jsonb_hash_extended(i.topics, i.post_id)) AS topics
        FROM indexed_posts i WHERE i.{{which}} GROUP BY i.story_id
    ),
    met AS (
        SELECT i.story_id,
            bit_xor(hashint8extended({_MICROSECONDS.format("f.changed_at")}, h.post_id * 1009 + f.id)) AS hits
        FROM filters f JOIN filter_hits h ON h.filter_id = f.id JOIN indexed_posts i ON i.post_id = h.post_id
        WHERE {_ACTIVE} AND i.{{which}} GROUP BY i.story_id
    ),
    written AS (
        SELECT m.story_id, m.lang, bit_xor(jsonb_hash_extended(m.told, m.id)) AS versions
        FROM summaries m WHERE m.{{which}} GROUP BY m.story_id, m.lang
    ),
    state AS (
        SELECT s.id, l.lang, told.newest, told.newest IS NOT NULL AND s.merged_into IS NULL AS lives,
            told.looked OR NOT steering.filtered AS looked, r.made_by AS held, r.made_at, r.last_seen,
            concat(CAST(:rules AS text), '|', {_CHANGED}, '|', told.topics, '|', met.hits, '|', written.versions) AS made_by
        FROM steering CROSS JOIN (SELECT id AS story_id, * FROM stories) AS s
        CROSS JOIN unnest(CAST(:langs AS text[])) AS l(lang)
        LEFT JOIN shelf r ON r.story_id = s.id AND r.lang = l.lang
        LEFT JOIN told ON told.story_id = s.id LEFT JOIN met ON met.story_id = s.id
        LEFT JOIN written ON written.story_id = s.id AND written.lang = l.lang
        WHERE s.{{which}}
    ),
    due AS (
        SELECT id, lang, newest, made_by FROM state
        WHERE CASE WHEN lives THEN
            looked AND (held IS DISTINCT FROM made_by OR (last_seen >= :counted_since AND made_at < :made_since))
        ELSE last_seen > :never END
    )
"""
_ALL, _THESE = "story_id IS NOT NULL", "story_id = ANY(:ids)"


async def due(session: AsyncSession, terms: Terms, *, limit: int) -> list[int]:
    """Stories that are due in some language, at most `limit`: those first that must not be shown, then the newest."""
    rows = await session.execute(
        text(
            _DUE.format(which=_ALL)
            + "SELECT id FROM due GROUP BY id ORDER BY max(newest) DESC NULLS FIRST, id DESC LIMIT :limit"
        ),
        {**terms.values(), "limit": limit},
    )
    return [row.id for row in rows]


async def waiting(session: AsyncSession) -> int:
    """How many stories are on their way to the shelf: those that are new to it, or whose posts have changed since."""
    row = await session.execute(
        text(f"""
            SELECT count(*) FROM stories s
            WHERE s.merged_into IS NULL AND EXISTS (SELECT FROM indexed_posts i WHERE i.story_id = s.id) AND NOT EXISTS (
                SELECT FROM shelf r WHERE r.story_id = s.id AND split_part(r.made_by, '|', 2) = CAST({_CHANGED} AS text)
            )
        """)
    )
    return int(row.scalar_one())


async def complete_until(session: AsyncSession, *, since: datetime, now: datetime) -> datetime:
    """Until when all that came stands here, `now` at most: what came then and later may still be on its way. From before
    `since` nothing is waited for. A post that is indexed anew, or whose story is made anew, came long ago.
    """
    row = await session.execute(
        text(f"""
            SELECT least(CAST(:now AS timestamptz), min(came)) FROM (
                SELECT min(p.first_seen) AS came FROM posts p
                WHERE p.state <> 'indexed' AND p.deleted_at IS NULL AND p.first_seen >= :since
                    AND NOT EXISTS (SELECT FROM indexed_posts i WHERE i.post_id = p.id)
                UNION ALL
                SELECT min(p.first_seen) FROM stories s JOIN indexed_posts i ON i.story_id = s.id JOIN posts p ON p.id = i.post_id
                WHERE s.changed_at >= :since AND s.merged_into IS NULL AND p.first_seen >= :since AND p.deleted_at IS NULL
                    AND NOT EXISTS (
                        SELECT FROM shelf r WHERE r.story_id = s.id
                            AND (split_part(r.made_by, '|', 2) = CAST({_CHANGED} AS text) OR r.arrived_at >= p.first_seen
                                OR r.last_seen = :never)
                    )
            ) AS waiting
        """),
        {"since": since, "now": now, "never": NEVER},
    )
    moment: datetime = row.scalar_one()
    return moment


async def take(session: AsyncSession, story_ids: Sequence[int], terms: Terms) -> list[Due]:
    """Which of the stories are due, and nobody else's: they are ours until the transaction ends.

    What is read of them afterwards is at least as new as their marks.
    """
    rows = await session.execute(
        text("""
            SELECT id FROM unnest(CAST(:ids AS bigint[])) AS id
            WHERE pg_try_advisory_xact_lock(:space, CAST(id % 2147483647 AS integer))
        """),
        {"ids": list(story_ids), "space": STORY_LOCK},
    )
    # Looked at once they are ours, by a statement of its own: another may have made them until then.
    ours = [row.id for row in rows]
    rows = await session.execute(
        text(_DUE.format(which=_THESE) + "SELECT id, lang, made_by FROM due ORDER BY id, lang"),
        {**terms.values(), "ids": ours},
    )
    return [Due(story_id=row.id, lang=row.lang, made_by=row.made_by) for row in rows]


async def members(session: AsyncSession, story_ids: Sequence[int]) -> list[Membership]:
    """The stories with their posts in order of time, less those that are deleted and still to leave the index."""
    rows = await session.execute(
        text("""
            SELECT i.story_id, array_agg(i.post_id ORDER BY i.time, i.sequence, i.post_id) AS posts
            FROM indexed_posts i JOIN posts p ON p.id = i.post_id JOIN stories s ON s.id = i.story_id
            WHERE i.story_id = ANY(:ids) AND s.merged_into IS NULL AND p.deleted_at IS NULL
            GROUP BY i.story_id ORDER BY i.story_id
        """),
        {"ids": list(story_ids)},
    )
    return [Membership(id=row.story_id, post_ids=tuple(row.posts)) for row in rows]


# --- writing ---------------------------------------------------------------------------------------------------------


async def put(session: AsyncSession, rows: Sequence[NewRow]) -> None:
    """Put stories on the shelf, in place of what stood there."""
    if rows:
        await session.execute(
            text("""
                INSERT INTO shelf (story_id, lang, card, topics, channels, rank, pinned, arrived_at, last_seen, made_at, made_by)
                VALUES (:story_id, :lang, CAST(:card AS jsonb), :topics, :channels, :rank, :pinned, :arrived_at, :last_seen,
                    :made_at, :made_by)
                ON CONFLICT (story_id, lang) DO UPDATE SET card = excluded.card, topics = excluded.topics,
                    channels = excluded.channels, rank = excluded.rank, pinned = excluded.pinned,
                    arrived_at = excluded.arrived_at, last_seen = excluded.last_seen, made_at = excluded.made_at,
                    made_by = excluded.made_by
            """),
            # In one order, so that two who write never wait for each other.
            [_values(row) for row in sorted(rows, key=lambda row: (row.story_id, row.lang))],
        )


def _values(row: NewRow) -> dict[str, Any]:
    story = row.story
    return {
        "story_id": row.story_id,
        "lang": row.lang,
        "card": storable_json(card_json.to_json(story.card)) if story else "{}",
        "topics": list(story.card.topics) if story else [],
        "channels": list(story.channels) if story else [],
        "rank": story.card.rank if story else 0.0,
        "pinned": story is not None and story.pinned,
        "arrived_at": story.arrived_at if story else NEVER,
        "last_seen": story.card.last_seen if story else NEVER,
        "made_at": row.made_at,
        "made_by": row.made_by,
    }


async def drop(session: AsyncSession, story_ids: Collection[int], *, now: datetime) -> None:
    """Take stories off the shelf in every language, at once. One that is due again comes back."""
    await session.execute(
        text("""
            UPDATE shelf r SET card = '{}', topics = '{}', channels = '{}', rank = 0, pinned = false, arrived_at = :never,
                last_seen = :never, made_at = :now, made_by = ''
            FROM (
                SELECT story_id, lang FROM shelf WHERE story_id = ANY(:ids) AND last_seen > :never
                ORDER BY story_id, lang FOR UPDATE
            ) AS gone
            WHERE r.story_id = gone.story_id AND r.lang = gone.lang
        """),
        {"ids": sorted(story_ids), "now": now, "never": NEVER},
    )


# --- what the bot reads ----------------------------------------------------------------------------------------------

#: A story that was merged into another stands under that; its row may outlive it for a moment.
_SHOWN = """
    SELECT r.card, r.arrived_at, r.channels, r.pinned FROM shelf r
    WHERE r.lang = :lang AND r.last_seen > :never
        AND NOT EXISTS (SELECT FROM stories s WHERE s.id = r.story_id AND s.merged_into IS NOT NULL)
"""
_BEST_FIRST = "ORDER BY r.pinned DESC, r.rank DESC, r.last_seen DESC, r.story_id LIMIT :limit"


async def fresh(
    session: AsyncSession, *, lang: str, arrived_since: datetime, seen_since: datetime, limit: int
) -> list[ShelfStory]:
    """Stories of which something came to us since then, and was posted since then; pinned ones first, then by rank."""
    rows = await session.execute(
        text(f"{_SHOWN} AND r.arrived_at >= :arrived AND r.last_seen >= :seen {_BEST_FIRST}"),
        {"lang": lang, "arrived": arrived_since, "seen": seen_since, "limit": limit, "never": NEVER},
    )
    return [_story(row) for row in rows]


async def in_window(
    session: AsyncSession, *, lang: str, since: datetime, until: datetime, limit: int
) -> list[ShelfStory]:
    """Stories whose newest post is of [since, until); pinned ones first, then by rank."""
    rows = await session.execute(
        text(f"{_SHOWN} AND r.last_seen >= :since AND r.last_seen < :until {_BEST_FIRST}"),
        {"lang": lang, "since": since, "until": until, "limit": limit, "never": NEVER},
    )
    return [_story(row) for row in rows]


async def by_ids(session: AsyncSession, ids: Collection[int], *, lang: str) -> dict[int, ShelfStory]:
    """Stories by the ids that they were known by, also before they were merged; those that have something to show."""
    rows = await session.execute(
        text("""
            SELECT s.id AS asked, r.card, r.arrived_at, r.channels, r.pinned
            FROM stories s JOIN shelf r ON r.story_id = coalesce(s.merged_into, s.id) AND r.lang = :lang
            WHERE s.id = ANY(:ids) AND r.last_seen > :never ORDER BY s.id
        """),
        {"ids": sorted(set(ids)), "lang": lang, "never": NEVER},
    )
    return {row.asked: _story(row) for row in rows}


async def topic_counts(session: AsyncSession, *, lang: str, since: datetime) -> dict[str, int]:
    """How many stories whose newest post is of that time or later have each topic (slug)."""
    rows = await session.execute(
        text("""
            SELECT slug, count(*) AS stories
            FROM shelf r JOIN stories s ON s.id = r.story_id CROSS JOIN unnest(r.topics) AS slug
            WHERE s.merged_into IS NULL AND r.lang = :lang AND r.last_seen > :never AND r.last_seen >= :since
            GROUP BY slug
        """),
        {"lang": lang, "since": since, "never": NEVER},
    )
    return {row.slug: row.stories for row in rows}


async def newest(session: AsyncSession) -> datetime | None:
    """When a row of the shelf was last made or emptied: what was read after that still holds."""
    return (await session.execute(text("SELECT max(made_at) FROM shelf"))).scalar_one_or_none()


def _story(row: Row[Any]) -> ShelfStory:
    card: Mapping[str, Any] = row.card
    return ShelfStory(
        card=card_json.from_json(card),
        arrived_at=row.arrived_at,
        channels=tuple(row.channels),
        pinned=row.pinned,
    )
