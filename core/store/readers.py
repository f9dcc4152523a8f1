"""Readers: who they are and what they chose; found by chat, and by when their digest is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable
from core.readers import Cap, Length, Reader, ReaderKind, ReaderState

_READER = """
    r.*,
    ARRAY(SELECT slug FROM reader_topics t WHERE t.reader_id = r.id ORDER BY slug) AS topics,
    ARRAY(SELECT channel_id FROM reader_channels c WHERE c.reader_id = r.id ORDER BY channel_id) AS cap_channels,
    ARRAY(SELECT greatest(most, 0) FROM reader_channels c WHERE c.reader_id = r.id ORDER BY channel_id) AS cap_most
"""


async def add(
    session: AsyncSession,
    *,
    chat_id: int,
    thread_id: int | None,
    kind: ReaderKind,
    title: str,
    lang: str,
    tz: str,
    hour: int,
    subscribed_by: int | None,
    now: datetime,
) -> Reader:
    """The reader of a chat (or of one topic of a forum), made if there is none yet: new, with all topics, on all days."""
    await session.execute(
        text("""
            INSERT INTO readers (chat_id, thread_id, kind, title, lang, tz, hour, days, since, created_at, subscribed_by)
            VALUES (:chat, :thread, :kind, :title, :lang, :tz, :hour, '{1,2,3,4,5,6,7}', :now, :now, :by)
            ON CONFLICT (chat_id, coalesce(thread_id, 0)) DO NOTHING
        """),
        {
            "chat": chat_id,
            "thread": thread_id,
            "kind": kind.value,
            "title": storable(title),
            "lang": lang,
            "tz": tz,
            "hour": hour,
            "now": now,
            "by": subscribed_by,
        },
    )
    found = await of_chat(session, chat_id, thread_id=thread_id)
    assert found is not None
    return found


async def of_chat(session: AsyncSession, chat_id: int, *, thread_id: int | None) -> Reader | None:
    """The reader of a chat, or of one topic of a forum."""
    rows = await session.execute(
        text(f"SELECT {_READER} FROM readers r WHERE chat_id = :chat AND coalesce(thread_id, 0) = :thread"),
        {"chat": chat_id, "thread": thread_id or 0},
    )
    row = rows.one_or_none()
    return None if row is None else _reader(row)


async def in_chat(session: AsyncSession, chat_id: int) -> list[Reader]:
    """Every reader of a chat: a forum may have one in each topic."""
    rows = await session.execute(text(f"SELECT {_READER} FROM readers r WHERE chat_id = :chat"), {"chat": chat_id})
    return [_reader(row) for row in rows]


async def by_ids(session: AsyncSession, ids: Collection[int]) -> list[Reader]:
    """Readers by id, in the order of their ids."""
    rows = await session.execute(
        text(f"SELECT {_READER} FROM readers r WHERE id = ANY(:ids) ORDER BY id"), {"ids": list(ids)}
    )
    return [_reader(row) for row in rows]


async def locked(session: AsyncSession, reader_id: int) -> Reader | None:
    """A reader by id, which nobody else changes until the transaction ends; None if there is none (any more)."""
    # Locked first, read afterwards: a statement that waits for a lock still sees the other tables as they were before.
    await session.execute(text("SELECT FROM readers WHERE id = :id FOR UPDATE"), {"id": reader_id})
    return next(iter(await by_ids(session, [reader_id])), None)


async def subscribed_by(session: AsyncSession, user_id: int, kind: ReaderKind) -> list[Reader]:
    """The groups or channels that somebody has subscribed, by title."""
    rows = await session.execute(
        text(f"SELECT {_READER} FROM readers r WHERE subscribed_by = :user AND kind = :kind ORDER BY lower(title), id"),
        {"user": user_id, "kind": kind.value},
    )
    return [_reader(row) for row in rows]


async def last_period(session: AsyncSession, reader_id: int) -> date | None:
    """The last day whose digest a reader has had; None if it had none."""
    found: date | None = (
        await session.execute(text("SELECT max(period) FROM deliveries WHERE reader_id = :id"), {"id": reader_id})
    ).scalar_one()
    return found


async def page(session: AsyncSession, *, after: int, limit: int, state: ReaderState | None = None) -> list[Reader]:
    """Readers with an id above `after`, in the order of their ids."""
    rows = await session.execute(
        text(f"""
            SELECT {_READER} FROM readers r
            WHERE id > :after AND (CAST(:state AS text) IS NULL OR state = :state) ORDER BY id LIMIT :limit
        """),
        {"after": after, "limit": limit, "state": state},
    )
    return [_reader(row) for row in rows]


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[Reader]:
    """Readers whose digest is due, the longest overdue first, locked until the transaction ends; others' are passed over."""
    rows = await session.execute(
        text(f"""
            SELECT {_READER} FROM readers r WHERE state = 'active' AND due_at <= :now
            ORDER BY due_at, id LIMIT :limit FOR UPDATE OF r SKIP LOCKED
        """),
        {"now": now, "limit": limit},
    )
    return [_reader(row) for row in rows]


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next digest is due."""
    found: datetime | None = (
        await session.execute(text("SELECT min(due_at) FROM readers WHERE state = 'active'"))
    ).scalar_one()
    return found


async def counts(session: AsyncSession) -> dict[ReaderState, int]:
    """How many readers are in each state."""
    rows = await session.execute(text("SELECT state, count(*) AS readers FROM readers GROUP BY state"))
    return {ReaderState(row.state): row.readers for row in rows}


# --- what readers change ---------------------------------------------------------------------------------------------


async def activate(session: AsyncSession, reader_id: int, *, since: datetime, due_at: datetime) -> None:
    """Subscribe: digests are due from `due_at`, of what came since."""
    await session.execute(
        text("UPDATE readers SET state = 'active', reason = NULL, since = :since, due_at = :due WHERE id = :id"),
        {"id": reader_id, "since": since, "due": due_at},
    )


async def stop(session: AsyncSession, reader_id: int, *, state: ReaderState, reason: str | None) -> None:
    """No digests any more: paused by the reader, or lost."""
    await session.execute(
        text("UPDATE readers SET state = :state, reason = :reason, due_at = NULL WHERE id = :id"),
        {"id": reader_id, "state": state.value, "reason": reason and storable(reason)},
    )


async def schedule(
    session: AsyncSession, reader_id: int, *, hour: int, days: Sequence[int], tz: str, due_at: datetime | None
) -> None:
    """When digests come; `due_at` is the next one of an active reader, and is passed over for another."""
    await session.execute(
        text("""
            UPDATE readers SET hour = :hour, days = :days, tz = :tz,
                due_at = CASE WHEN state = 'active' THEN CAST(:due AS timestamptz) END
            WHERE id = :id
        """),
        {"id": reader_id, "hour": hour, "days": sorted(set(days)), "tz": tz, "due": due_at},
    )


async def advance(session: AsyncSession, moments: Sequence[tuple[int, datetime | None, datetime]]) -> None:
    """After digests: (reader, since, due_at); a reader without a digest keeps its `since` (None)."""
    if moments:
        await session.execute(
            text("""
                UPDATE readers r SET since = coalesce(m.since, r.since), due_at = m.due
                FROM unnest(CAST(:ids AS bigint[]), CAST(:since AS timestamptz[]), CAST(:due AS timestamptz[]))
                    AS m(id, since, due)
                WHERE r.id = m.id AND r.state = 'active'
            """),
            {
                "ids": [reader for reader, _, _ in moments],
                "since": [since for _, since, _ in moments],
                "due": [due_at for _, _, due_at in moments],
            },
        )


async def set_language(session: AsyncSession, reader_id: int, lang: str) -> None:
    """The language of digests and of everything that the bot says."""
    await session.execute(text("UPDATE readers SET lang = :lang WHERE id = :id"), {"id": reader_id, "lang": lang})


async def set_length(session: AsyncSession, reader_id: int, length: Length) -> None:
    """How long digests are."""
    await session.execute(
        text("UPDATE readers SET length = :length WHERE id = :id"), {"id": reader_id, "length": length.value}
    )


async def set_quiet(session: AsyncSession, reader_id: int, *, quiet: bool) -> None:
    """Whether nothing is sent when there is nothing new."""
    await session.execute(text("UPDATE readers SET quiet = :quiet WHERE id = :id"), {"id": reader_id, "quiet": quiet})


async def set_topics(session: AsyncSession, reader_id: int, slugs: Collection[str], *, all_topics: bool) -> None:
    """All topics but these, or these alone; topics that there are not are passed over."""
    await session.execute(
        text("UPDATE readers SET all_topics = :all WHERE id = :id"), {"id": reader_id, "all": all_topics}
    )
    await session.execute(text("DELETE FROM reader_topics WHERE reader_id = :id"), {"id": reader_id})
    await session.execute(
        text("""
            INSERT INTO reader_topics (reader_id, slug)
            SELECT :id, slug FROM topics WHERE slug = ANY(:slugs) ON CONFLICT DO NOTHING
        """),
        {"id": reader_id, "slugs": list(slugs)},
    )


async def set_cap(session: AsyncSession, reader_id: int, channel_id: int, most: int | None) -> None:
    """At most so many stories of a channel in one digest (0: none); None: as many as there are.

    What was the limit of a channel that is muted now is not forgotten: see `unmute`.
    """
    if most is None:
        await session.execute(
            text("DELETE FROM reader_channels WHERE reader_id = :id AND channel_id = :channel"),
            {"id": reader_id, "channel": channel_id},
        )
        return
    await session.execute(
        text("""
            INSERT INTO reader_channels (reader_id, channel_id, most)
            SELECT :id, id, :most FROM channels WHERE id = :channel
            ON CONFLICT (reader_id, channel_id) DO UPDATE
                SET most = CASE WHEN excluded.most > 0 THEN excluded.most ELSE -abs(reader_channels.most) END
        """),
        {"id": reader_id, "channel": channel_id, "most": most},
    )


async def unmute(session: AsyncSession, reader_id: int, channel_id: int) -> None:
    """Let a channel that is muted in again, with the limit that it had before, if it had one."""
    await session.execute(
        text("DELETE FROM reader_channels WHERE reader_id = :id AND channel_id = :channel AND most = 0"),
        {"id": reader_id, "channel": channel_id},
    )
    await session.execute(
        text("UPDATE reader_channels SET most = abs(most) WHERE reader_id = :id AND channel_id = :channel"),
        {"id": reader_id, "channel": channel_id},
    )


async def rename(session: AsyncSession, reader_id: int, title: str) -> None:
    """The title of a group or channel, as it is now."""
    await session.execute(
        text("UPDATE readers SET title = :title WHERE id = :id"), {"id": reader_id, "title": storable(title)}
    )


async def hand_over(session: AsyncSession, reader_id: int, user_id: int | None) -> None:
    """From now on somebody else, or nobody, is the one who subscribed a group or channel."""
    await session.execute(
        text("UPDATE readers SET subscribed_by = :user WHERE id = :id"), {"id": reader_id, "user": user_id}
    )


async def forget(session: AsyncSession, reader_id: int) -> None:
    """Delete a reader and all that belongs to it, at once; also where it is in a dialogue, and what it asked, here and in groups.

    Groups and channels that a person subscribed stay, without a word of who it was.
    """
    await session.execute(
        text("""
            DELETE FROM conversations USING readers r
            WHERE r.id = :id AND (
                key = CAST(r.chat_id AS text) OR key LIKE r.chat_id || ':%' OR key LIKE '%:' || r.chat_id || ':%'
            )
        """),
        {"id": reader_id},
    )
    await session.execute(
        text("DELETE FROM questions USING readers r WHERE r.id = :id AND r.chat_id IN (asker_id, questions.chat_id)"),
        {"id": reader_id},
    )
    await session.execute(
        text(
            "UPDATE readers SET subscribed_by = NULL WHERE subscribed_by = (SELECT chat_id FROM readers WHERE id = :id)"
        ),
        {"id": reader_id},
    )
    await session.execute(text("DELETE FROM readers WHERE id = :id"), {"id": reader_id})


def _reader(row: Row[Any]) -> Reader:
    return Reader(
        id=row.id,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        kind=ReaderKind(row.kind),
        title=row.title,
        lang=row.lang,
        tz=row.tz,
        hour=row.hour,
        days=tuple(row.days),
        length=Length(row.length),
        quiet=row.quiet,
        all_topics=row.all_topics,
        topics=frozenset(row.topics),
        caps=tuple(
            Cap(channel_id=channel, most=most) for channel, most in zip(row.cap_channels, row.cap_most, strict=True)
        ),
        state=ReaderState(row.state),
        reason=row.reason,
        since=row.since,
        due_at=row.due_at,
        created_at=row.created_at,
        subscribed_by=row.subscribed_by,
    )
