"""What was written of stories: claimed by whoever writes, kept version by version, read back for those who show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable, storable_json
from core.types import ClaimKind
from core.written import Claim, Summary


async def claim(session: AsyncSession, story_id: int, lang: str, *, now: datetime, lease: timedelta) -> datetime | None:
    """Take the writing of a story for `lease`: until when it is ours, None while somebody else has it."""
    row = await session.execute(
        text("""
            INSERT INTO writings AS w (story_id, lang, lease_until) VALUES (:story, :lang, :until)
            ON CONFLICT (story_id, lang) DO UPDATE SET lease_until = excluded.lease_until WHERE w.lease_until < :now
            RETURNING lease_until
        """),
        {"story": story_id, "lang": lang, "until": now + lease, "now": now},
    )
    return row.scalar_one_or_none()


async def extend(session: AsyncSession, story_id: int, lang: str, *, until: datetime, new: datetime) -> datetime | None:
    """Hold the writing of a story for longer: until when now; None if somebody else has taken it since."""
    row = await session.execute(
        text("""
            UPDATE writings SET lease_until = :new WHERE story_id = :story AND lang = :lang AND lease_until = :until
            RETURNING lease_until
        """),
        {"story": story_id, "lang": lang, "until": until, "new": new},
    )
    return row.scalar_one_or_none()


async def release(session: AsyncSession, story_id: int, lang: str, *, until: datetime) -> bool:
    """Give up the writing of a story that was ours `until` then; False if somebody else has taken it since."""
    row = await session.execute(
        text("DELETE FROM writings WHERE story_id = :story AND lang = :lang AND lease_until = :until RETURNING 1"),
        {"story": story_id, "lang": lang, "until": until},
    )
    return row.scalar_one_or_none() is not None


async def retell(session: AsyncSession, summary: Summary, told: Mapping[int, str]) -> None:
    """Note that a version still holds of its posts as they are now: edits that changed nothing of what they say."""
    await session.execute(
        text("""
            UPDATE summaries SET told = CAST(:told AS jsonb) WHERE story_id = :story AND lang = :lang AND version = :version
        """),
        {
            "told": storable_json({str(post): said for post, said in told.items()}),
            "story": summary.story_id,
            "lang": summary.lang,
            "version": summary.version,
        },
    )


async def newest(session: AsyncSession, story_ids: Sequence[int], *, lang: str) -> dict[int, Summary]:
    """The newest version of each story that has one."""
    rows = await session.execute(
        text("""
            SELECT DISTINCT ON (story_id) * FROM summaries WHERE story_id = ANY(:ids) AND lang = :lang
            ORDER BY story_id, version DESC
        """),
        {"ids": list(story_ids), "lang": lang},
    )
    return {row.story_id: _summary(row) for row in rows}


async def history(session: AsyncSession, story_ids: Sequence[int], *, lang: str) -> dict[int, list[Summary]]:
    """All versions that can be shown, by story, oldest first; those of stories that were merged into one belong to it."""
    rows = await session.execute(
        text("""
            SELECT coalesce(t.merged_into, t.id) AS owner, s.* FROM stories t JOIN summaries s ON s.story_id = t.id
            WHERE (t.id = ANY(:ids) OR t.merged_into = ANY(:ids)) AND s.lang = :lang
                AND (s.state = 'written' OR s.title <> '')
            ORDER BY owner, s.made_at, s.id
        """),
        {"ids": list(story_ids), "lang": lang},
    )
    found: dict[int, list[Summary]] = {}
    for row in rows:
        found.setdefault(row.owner, []).append(_summary(row))
    return found


async def topics(session: AsyncSession, story_ids: Sequence[int], *, lang: str) -> dict[int, frozenset[str]]:
    """Every topic that a version in `history` names, by story, of those stories where any does."""
    rows = await session.execute(
        text("""
            SELECT coalesce(t.merged_into, t.id) AS owner, array_agg(DISTINCT slug) AS slugs
            FROM stories t JOIN summaries s ON s.story_id = t.id CROSS JOIN unnest(s.topics) AS slug
            WHERE (t.id = ANY(:ids) OR t.merged_into = ANY(:ids)) AND s.lang = :lang
                AND (s.state = 'written' OR s.title <> '')
            GROUP BY owner
        """),
        {"ids": list(story_ids), "lang": lang},
    )
    return {row.owner: frozenset(row.slugs) for row in rows}


async def versions(session: AsyncSession, story_id: int) -> list[Summary]:
    """All that was made of a story, in every language, also what did not hold; oldest first."""
    rows = await session.execute(
        text("SELECT * FROM summaries WHERE story_id = :story ORDER BY lang, version"), {"story": story_id}
    )
    return [_summary(row) for row in rows]


async def by_key(session: AsyncSession, key: bytes) -> Summary | None:
    """The newest summary that was made of just this, of whichever story."""
    row = await session.execute(text("SELECT * FROM summaries WHERE key = :key ORDER BY id DESC LIMIT 1"), {"key": key})
    found = row.one_or_none()
    return None if found is None else _summary(found)


async def add(session: AsyncSession, summary: Summary) -> int:
    """Keep a version as the newest of its story and language; says its number."""
    # Versions of one story are numbered one after the other, whoever writes them.
    await session.execute(text("SELECT 1 FROM stories WHERE id = :story FOR UPDATE"), {"story": summary.story_id})
    row = await session.execute(
        text("""
            INSERT INTO summaries (story_id, lang, version, key, state, title, gist, claims, topics, told, model, prompt,
                faults, covers_until, made_at)
            SELECT :story_id, :lang, coalesce(max(version), 0) + 1, :key, :state, :title, CAST(:gist AS jsonb),
                CAST(:claims AS jsonb), :topics, CAST(:told AS jsonb), :model, :prompt, CAST(:faults AS jsonb),
                :covers_until, :made_at
            FROM summaries WHERE story_id = :story_id AND lang = :lang
            RETURNING version
        """),
        {
            "story_id": summary.story_id,
            "lang": summary.lang,
            "key": summary.key,
            "state": "written" if summary.written else "extracted",
            "title": storable(summary.title),
            "gist": _claims_json(summary.gist),
            "claims": _claims_json(summary.claims),
            "topics": list(summary.topics),
            "told": storable_json({str(post): found for post, found in summary.told.items()}),
            "model": summary.model,
            "prompt": summary.prompt,
            "faults": storable_json(dict(summary.faults)),
            "covers_until": summary.covers_until,
            "made_at": summary.made_at,
        },
    )
    return int(row.scalar_one())


async def faults(session: AsyncSession, *, since: datetime) -> dict[str, int]:
    """How often each check found a fault in what was written since then, most often first."""
    rows = await session.execute(
        text("""
            SELECT f.key AS fault, sum(CAST(f.value AS bigint)) AS times
            FROM summaries s CROSS JOIN LATERAL jsonb_each_text(s.faults) AS f WHERE s.made_at >= :since
            GROUP BY f.key ORDER BY times DESC, f.key
        """),
        {"since": since},
    )
    return {row.fault: int(row.times) for row in rows}


async def written(session: AsyncSession, *, since: datetime) -> tuple[int, int]:
    """(summaries written, stories for which the model's answers could not be used) since then."""
    row = (
        await session.execute(
            text("""
                SELECT count(*) FILTER (WHERE state = 'written') AS written,
                    count(*) FILTER (WHERE state = 'extracted') AS extracted
                FROM summaries WHERE made_at >= :since
            """),
            {"since": since},
        )
    ).one()
    return int(row.written), int(row.extracted)


def _claims_json(claims: Sequence[Claim]) -> str:
    return storable_json([asdict(claim) for claim in claims])


def _claim(value: dict[str, Any]) -> Claim:
    told_at = value.get("told_at")
    return Claim(
        **{
            **value,
            "post_ids": tuple(value["post_ids"]),
            "kind": ClaimKind(value["kind"]),
            "told_at": datetime.fromisoformat(told_at) if told_at else None,
        }
    )


def _summary(row: Row[Any]) -> Summary:
    return Summary(
        story_id=row.story_id,
        lang=row.lang,
        version=row.version,
        key=bytes(row.key),
        written=row.state == "written",
        title=row.title,
        gist=tuple(map(_claim, row.gist)),
        claims=tuple(map(_claim, row.claims)),
        topics=tuple(row.topics),
        told={int(post): found for post, found in row.told.items()},
        model=row.model,
        prompt=row.prompt,
        faults=row.faults,
        covers_until=row.covers_until,
        made_at=row.made_at,
    )
