"""What people ask of the archive: a row says what was asked and what was answered, a request has it answered, a notification
tells that the answer has grown.

An answer is told by whoever holds the question's lease; when that process dies, another one tells it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.answers import NOWHERE, Answer, Before, Hit, Outcome, Question, Wish
from core.db.storable import storable, storable_json
from core.store import card_json, filters, requests
from core.types import CitedSentence

#: The kind of request that has a question answered.
KIND = "question"
#: An answer that could not be told so often is given up.
MOST_TRIES = 3
#: Why a request that was typed inline has failed where its asker has typed on.
REPLACED = "something else was typed meanwhile"


async def ask(
    session: AsyncSession,
    *,
    wish: Wish,
    chat_id: int,
    thread_id: int | None,
    asker_id: int,
    place: str,
    text_: str,
    lang: str,
    tz: str,
    after: int | None = None,
    now: datetime,
) -> tuple[Question, bool]:
    """Ask something, to be answered once this transaction commits; with whether it is new.

    In one place one question is asked: who hears the same message again finds what was made of it. What is typed inline is
    told by whoever has asked it here, at once or never: it counts as told.
    """
    known = await _one(session, "chat_id = :chat AND place = :place", {"chat": chat_id, "place": place})
    if known is not None:
        return known, False
    rows = await session.execute(
        text("""
            INSERT INTO questions (wish, chat_id, thread_id, asker_id, place, text, lang, tz, after, asked_at, request_id,
                told_at)
            VALUES (:wish, :chat, :thread, :asker, :place, :text, :lang, :tz, :after, :now, 0,
                CASE WHEN :chat = :nowhere THEN CAST(:now AS timestamptz) END)
            ON CONFLICT (chat_id, place) DO NOTHING RETURNING id
        """),
        {
            "wish": wish.value,
            "chat": chat_id,
            "thread": thread_id,
            "asker": asker_id,
            "place": place,
            "text": storable(text_),
            "lang": lang,
            "tz": tz,
            "after": after,
            "now": now,
            "nowhere": NOWHERE,
        },
    )
    number = rows.scalar_one_or_none()
    if number is not None:
        request = await requests.ask(session, KIND, {"question": number, "lang": lang}, now=now)
        await session.execute(
            text("UPDATE questions SET request_id = :request WHERE id = :id"), {"request": request, "id": number}
        )
    found = await _one(session, "chat_id = :chat AND place = :place", {"chat": chat_id, "place": place})
    assert found is not None, "it was there, or is now"
    return found, number is not None


async def get(session: AsyncSession, question_id: int) -> Question | None:
    """A question as it stands, None of one that is not there (any more)."""
    return await _one(session, "id = :id", {"id": question_id})


async def told_as(session: AsyncSession, chat_id: int, message_id: int) -> Question | None:
    """The question whose answer is this message."""
    return await _one(session, "chat_id = :chat AND told_as = :message", {"chat": chat_id, "message": message_id})


async def before(session: AsyncSession, question: Question) -> Before | None:
    """What a question goes on with; None where it goes on with nothing, or that was not answered."""
    former = None if question.after is None else await get(session, question.after)
    if former is None or former.answer is None or former.wish is not Wish.ANSWER:
        return None
    return Before(
        question=former.answer.question or former.text,
        sentences=tuple(sentence.text for sentence in former.answer.sentences),
        sure=question.goes_on,
    )


async def asked_since(
    session: AsyncSession, asker_id: int, *, since: datetime, inline: bool = False
) -> tuple[int, int]:
    """How much somebody has asked in chats, or typed inline, since then, and how much of it still waits for its answer."""
    rows = await session.execute(
        text("""
            SELECT count(*) AS asked, count(*) FILTER (WHERE r.state = 'asked') AS waiting
            FROM questions q LEFT JOIN requests r ON r.id = q.request_id
            WHERE q.asker_id = :asker AND q.asked_at >= :since AND (q.chat_id = :nowhere) = :inline
        """),
        {"asker": asker_id, "since": since, "inline": inline, "nowhere": NOWHERE},
    )
    row = rows.one()
    return int(row.asked), int(row.waiting)


async def asked_in(session: AsyncSession, chat_id: int, *, since: datetime) -> int:
    """How much was asked in a chat since then."""
    rows = await session.execute(
        text("SELECT count(*) FROM questions WHERE chat_id = :chat AND asked_at >= :since"),
        {"chat": chat_id, "since": since},
    )
    return int(rows.scalar_one())


async def latest(session: AsyncSession, chat_id: int, asker_id: int, *, since: datetime) -> int | None:
    """The last question that somebody had answered in a chat, if it was asked since then."""
    rows = await session.execute(
        text("""
            SELECT id FROM questions
            WHERE chat_id = :chat AND asker_id = :asker AND asked_at >= :since AND wish = 'answer' AND told_at IS NOT NULL
                AND answer IS NOT NULL
            ORDER BY id DESC LIMIT 1
        """),
        {"chat": chat_id, "asker": asker_id, "since": since},
    )
    found = rows.scalar_one_or_none()
    return None if found is None else int(found)


async def is_waiting(session: AsyncSession, *, since: datetime) -> bool:
    """Whether any answer to what was asked since then is still to be told."""
    rows = await session.execute(
        text("SELECT EXISTS (SELECT FROM questions WHERE told_at IS NULL AND asked_at >= :since AND tries < :most)"),
        {"since": since, "most": MOST_TRIES},
    )
    return bool(rows.scalar_one())


async def forget(session: AsyncSession, *, before: datetime) -> int:
    """Forget what was asked before then, and what was typed inline as soon as its request is; says how many."""
    rows = await session.execute(
        text("""
            DELETE FROM questions q WHERE asked_at < :before
                OR (chat_id = :nowhere AND NOT EXISTS (SELECT FROM requests r WHERE r.id = q.request_id))
            RETURNING 1
        """),
        {"before": before, "nowhere": NOWHERE},
    )
    return len(rows.all())


async def of_asker(session: AsyncSession, asker_id: int) -> list[Question]:
    """All that is kept of what somebody has asked, oldest first."""
    rows = await session.execute(
        text("SELECT * FROM questions WHERE asker_id = :asker ORDER BY id"), {"asker": asker_id}
    )
    return [_question(row) for row in rows]


# --- what is typed inline --------------------------------------------------------------------------------------------


async def replace_typed(session: AsyncSession, asker_id: int, *, since: datetime) -> int:
    """Give up what somebody has typed inline since then and nobody has answered yet; says how many."""
    rows = await session.execute(
        text("""
            SELECT r.id FROM questions q JOIN requests r ON r.id = q.request_id
            WHERE q.asker_id = :asker AND q.asked_at >= :since AND q.chat_id = :nowhere AND r.state = 'asked' ORDER BY r.id
        """),
        {"asker": asker_id, "since": since, "nowhere": NOWHERE},
    )
    return sum([await requests.fail(session, row.id, REPLACED) for row in rows.all()])


async def typed(session: AsyncSession, text_: str, *, lang: str, tz: str, since: datetime) -> Question | None:
    """The same words, typed inline by anybody since then, with their answer; None where nobody has, or none is there."""
    which = (
        "chat_id = :chat AND asked_at >= :since AND text = :text AND lang = :lang AND tz = :tz AND answer IS NOT NULL"
    )
    values = {"chat": NOWHERE, "since": since, "text": storable(text_), "lang": lang, "tz": tz}
    return await _one(session, which, values)


# --- whoever answers -------------------------------------------------------------------------------------------------


async def draft(session: AsyncSession, question: Question, sentences: Sequence[CitedSentence]) -> None:
    """Keep an answer as far as it has come, and tell whoever waits for it."""
    await session.execute(
        text("""
            UPDATE questions SET draft = CAST(:draft AS jsonb) WHERE id = :id AND answer IS NULL
            RETURNING pg_notify(:channel, CAST(request_id AS text))
        """),
        {
            "id": question.id,
            "draft": storable_json([card_json.sentence_json(sentence) for sentence in sentences]),
            "channel": requests.ANSWERS,
        },
    )


async def answered(session: AsyncSession, question_id: int, answer: Answer) -> None:
    """Keep an answer; of a question that was forgotten meanwhile nothing is kept."""
    await session.execute(
        text("UPDATE questions SET answer = CAST(:answer AS jsonb), draft = NULL WHERE id = :id"),
        {"id": question_id, "answer": storable_json(answer_json(answer))},
    )


async def gone(session: AsyncSession, post_ids: Collection[int], *, now: datetime | None = None) -> set[int]:
    """Which of these posts may not be shown (any more): deleted, out of the index, or, with `now`, dropped by a filter then."""
    rows = await session.execute(
        text(f"""
            SELECT w.id FROM unnest(CAST(:ids AS bigint[])) AS w(id)
            LEFT JOIN posts p ON p.id = w.id LEFT JOIN indexed_posts i ON i.post_id = w.id
            WHERE p.id IS NULL OR p.deleted_at IS NOT NULL OR i.post_id IS NULL
                OR (CAST(:now AS timestamptz) IS NOT NULL AND {filters.DROPPED.format(post="w.id")})
        """),
        {"ids": sorted(set(post_ids)), "now": now},
    )
    return {int(row.id) for row in rows}


# --- whoever tells it ------------------------------------------------------------------------------------------------


async def hold(session: AsyncSession, question_id: int, *, until: datetime, now: datetime) -> bool:
    """Take it on oneself to tell an answer until then; False where somebody else does, or it was told."""
    rows = await session.execute(
        text("""
            UPDATE questions SET lease_until = :until, tries = tries + 1
            WHERE id = :id AND told_at IS NULL AND (lease_until IS NULL OR lease_until < :now) RETURNING 1
        """),
        {"id": question_id, "until": until, "now": now},
    )
    return rows.one_or_none() is not None


async def extend(session: AsyncSession, question_id: int, *, until: datetime) -> None:
    """Go on with telling an answer that is ours to tell."""
    await session.execute(
        text("UPDATE questions SET lease_until = :until WHERE id = :id AND told_at IS NULL"),
        {"id": question_id, "until": until},
    )


async def let_go(session: AsyncSession, question_id: int) -> None:
    """Leave it to others to tell an answer."""
    await session.execute(
        text("UPDATE questions SET lease_until = NULL, tries = greatest(0, tries - 1) WHERE id = :id"),
        {"id": question_id},
    )


async def told(session: AsyncSession, question_id: int, *, message_id: int | None, now: datetime) -> None:
    """Note that an answer was told, and as which message; None where it cannot be told."""
    await session.execute(
        text("UPDATE questions SET told_at = :now, told_as = :message, lease_until = NULL WHERE id = :id"),
        {"id": question_id, "message": message_id, "now": now},
    )


async def untold(session: AsyncSession, *, now: datetime, since: datetime, limit: int = 20) -> list[Question]:
    """Questions asked since then whose answers nobody is telling, oldest first."""
    rows = await session.execute(
        text("""
            SELECT * FROM questions WHERE told_at IS NULL AND asked_at >= :since AND tries < :most
                AND (lease_until IS NULL OR lease_until < :now)
            ORDER BY id LIMIT :limit
        """),
        {"now": now, "since": since, "limit": limit, "most": MOST_TRIES},
    )
    return [_question(row) for row in rows]


# --- rows and JSON ---------------------------------------------------------------------------------------------------


async def _one(session: AsyncSession, which: str, values: Mapping[str, Any]) -> Question | None:
    rows = await session.execute(text(f"SELECT * FROM questions WHERE {which} ORDER BY id DESC LIMIT 1"), dict(values))
    row = rows.one_or_none()
    return None if row is None else _question(row)


def _question(row: Row[Any]) -> Question:
    return Question(
        id=row.id,
        wish=Wish(row.wish),
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        asker_id=row.asker_id,
        place=row.place,
        text=row.text,
        lang=row.lang,
        tz=row.tz,
        after=row.after,
        asked_at=row.asked_at,
        request_id=row.request_id,
        draft=tuple(map(card_json.sentence, row.draft or ())),
        answer=None if row.answer is None else answer_of(row.answer),
        told_as=row.told_as,
    )


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as plain JSON."""
    return {
        "outcome": answer.outcome.value,
        "question": answer.question,
        "lang": answer.lang,
        "sentences": [card_json.sentence_json(sentence) for sentence in answer.sentences],
        "posts": [card_json.post_json(post) for post in answer.posts],
        "hits": [_hit_json(hit) for hit in answer.hits],
        "follow_ups": list(answer.follow_ups),
        "written_by": answer.written_by,
        "wrong": answer.wrong,
    }


def answer_of(value: Mapping[str, Any]) -> Answer:
    """The answer of which this is the JSON."""
    return Answer(
        outcome=Outcome(value["outcome"]),
        question=value["question"],
        lang=value["lang"],
        sentences=tuple(map(card_json.sentence, value.get("sentences", ()))),
        posts=tuple(map(card_json.post, value.get("posts", ()))),
        hits=tuple(map(_hit, value.get("hits", ()))),
        follow_ups=tuple(value.get("follow_ups", ())),
        written_by=value.get("written_by", ""),
        wrong=value.get("wrong", ""),
    )


def _hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "story": hit.story_id,
        "title": hit.title,
        "post": card_json.post_json(hit.post),
        "sentence": hit.sentence,
        "marks": [list(mark) for mark in hit.marks],
        "time": hit.time.isoformat(),
        "dated": hit.dated,
        "sources": hit.sources,
        "score": hit.score,
    }


def _hit(value: Mapping[str, Any]) -> Hit:
    return Hit(
        story_id=value["story"],
        title=value["title"],
        post=card_json.post(value["post"]),
        sentence=value["sentence"],
        marks=tuple((start, stop) for start, stop in value["marks"]),
        time=datetime.fromisoformat(value["time"]),
        dated=value["dated"],
        sources=value["sources"],
        score=value.get("score", 0.0),
    )
