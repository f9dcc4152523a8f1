"""What readers have been shown, what they said of it and what they keep: the past that choosing looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.readers import Memory, Opinion

#: So many of a reader's opinions are looked at, the newest.
MOST_OPINIONS = 200


async def of_readers(session: AsyncSession, reader_ids: Collection[int], *, since: datetime) -> dict[int, Memory]:
    """What each reader was shown since then, as of when, and what it said of stories, also before; two statements for all."""
    shown: dict[int, dict[int, datetime]] = defaultdict(dict)
    rows = await session.execute(
        text("""
            SELECT d.reader_id, coalesce(t.merged_into, t.id) AS story_id, max(coalesce(told.as_of, d.until)) AS at
            FROM deliveries d CROSS JOIN LATERAL unnest(d.stories, d.as_of) AS told(id, as_of) JOIN stories t ON t.id = told.id
            WHERE d.reader_id = ANY(:ids) AND d.made_at >= :since
            GROUP BY d.reader_id, coalesce(t.merged_into, t.id)
        """),
        {"ids": list(reader_ids), "since": since},
    )
    for row in rows:
        shown[row.reader_id][row.story_id] = row.at
    said = await _opinions(session, reader_ids)
    return {reader: Memory(shown=shown.get(reader, {}), opinions=tuple(said.get(reader, ()))) for reader in reader_ids}


async def _opinions(session: AsyncSession, reader_ids: Collection[int]) -> dict[int, list[Opinion]]:
    rows = await session.execute(
        text("""
            SELECT reader_id, story_id, value, topics, channels FROM (
                SELECT *, row_number() OVER (PARTITION BY reader_id ORDER BY at DESC, story_id) AS place
                FROM opinions WHERE reader_id = ANY(:ids)
            ) AS newest WHERE place <= :most ORDER BY reader_id, place
        """),
        {"ids": list(reader_ids), "most": MOST_OPINIONS},
    )
    found: dict[int, list[Opinion]] = defaultdict(list)
    for row in rows:
        found[row.reader_id].append(
            Opinion(story_id=row.story_id, value=row.value, topics=tuple(row.topics), channels=tuple(row.channels))
        )
    return found


#: A story under its number of now, and under those that it had before others were merged into it.
_ALIKE = "SELECT id FROM stories WHERE id = :story OR merged_into = :story"


async def judge(
    session: AsyncSession, reader_id: int, opinion: Opinion | None, *, story_id: int, now: datetime
) -> None:
    """Keep what a reader says of a story, in place of what it said before; None takes it back."""
    await session.execute(
        text(f"DELETE FROM opinions WHERE reader_id = :reader AND story_id IN ({_ALIKE})"),
        {"reader": reader_id, "story": story_id},
    )
    if opinion is not None:
        await session.execute(
            text("""
                INSERT INTO opinions (reader_id, story_id, value, topics, channels, at)
                VALUES (:reader, :story, :value, :topics, :channels, :now)
                ON CONFLICT (reader_id, story_id) DO UPDATE
                    SET value = excluded.value, topics = excluded.topics, channels = excluded.channels, at = excluded.at
            """),
            {
                "reader": reader_id,
                "story": story_id,
                "value": opinion.value,
                "topics": list(opinion.topics),
                "channels": list(opinion.channels),
                "now": now,
            },
        )


async def opinion(session: AsyncSession, reader_id: int, story_id: int) -> int:
    """What a reader said last of a story, also before others were merged into it: 1, -1, or 0 for nothing."""
    row = await session.execute(
        text(f"""
            SELECT value FROM opinions WHERE reader_id = :reader AND story_id IN ({_ALIKE})
            ORDER BY at DESC, story_id LIMIT 1
        """),
        {"reader": reader_id, "story": story_id},
    )
    return row.scalar_one_or_none() or 0


async def save(session: AsyncSession, reader_id: int, story_id: int, *, now: datetime) -> None:
    """Keep a story for a reader."""
    await session.execute(
        text("""
            INSERT INTO saved_stories (reader_id, story_id, at) VALUES (:reader, :story, :now) ON CONFLICT DO NOTHING
        """),
        {"reader": reader_id, "story": story_id, "now": now},
    )


async def unsave(session: AsyncSession, reader_id: int, story_id: int) -> None:
    """Keep a story no longer."""
    await session.execute(
        text(f"DELETE FROM saved_stories WHERE reader_id = :reader AND story_id IN ({_ALIKE})"),
        {"reader": reader_id, "story": story_id},
    )


async def saved(session: AsyncSession, reader_id: int) -> list[tuple[int, datetime]]:
    """What a reader keeps, newest first: (story under its id of now, when it was saved)."""
    rows = await session.execute(
        text("""
            SELECT coalesce(t.merged_into, t.id) AS story_id, max(s.at) AS at
            FROM saved_stories s JOIN stories t ON t.id = s.story_id WHERE s.reader_id = :reader
            GROUP BY coalesce(t.merged_into, t.id) ORDER BY max(s.at) DESC, story_id DESC
        """),
        {"reader": reader_id},
    )
    return [(row.story_id, row.at) for row in rows]


async def everything(session: AsyncSession, reader_id: int) -> dict[str, Any]:
    """All that is kept of a reader, as plain values, for whoever it belongs to."""
    queries = {
        "reader": "SELECT * FROM readers WHERE id = :id",
        "topics": "SELECT slug FROM reader_topics WHERE reader_id = :id ORDER BY slug",
        "channels": """
            SELECT c.name, greatest(r.most, 0) AS most, CASE WHEN r.most < 0 THEN -r.most END AS once_unmuted
            FROM reader_channels r JOIN channels c ON c.id = r.channel_id
            WHERE reader_id = :id ORDER BY c.name
        """,
        "opinions": "SELECT story_id, value, topics, at FROM opinions WHERE reader_id = :id ORDER BY at",
        "saved": "SELECT story_id, at FROM saved_stories WHERE reader_id = :id ORDER BY at",
        "digests": "SELECT period, since, until, stories, made_at FROM deliveries WHERE reader_id = :id ORDER BY id",
        "messages": """
            SELECT m.state, m.changed_at, b.text FROM messages m JOIN bodies b ON b.id = m.body_id
            WHERE reader_id = :id ORDER BY m.id
        """,
        "questions": """
            SELECT q.chat_id, q.text, q.asked_at, q.answer FROM questions q JOIN readers me ON me.chat_id = q.asker_id
            WHERE me.id = :id ORDER BY q.id
        """,
        "subscribed": """
            SELECT r.kind, r.title, r.chat_id, r.thread_id, r.state, r.created_at
            FROM readers r JOIN readers me ON me.chat_id = r.subscribed_by WHERE me.id = :id ORDER BY r.id
        """,
        "dialogues": """
            SELECT c.state, c.data, c.changed_at
            FROM conversations c JOIN readers me ON c.key LIKE me.chat_id || ':%' OR c.key LIKE '%:' || me.chat_id || ':%'
            WHERE me.id = :id ORDER BY c.key
        """,
    }
    found: dict[str, Any] = {}
    for name, query in queries.items():
        rows: Sequence[Any] = (await session.execute(text(query), {"id": reader_id})).mappings().all()
        found[name] = [dict(row) for row in rows]
    return found
