"""Questions as rows: asked once in a place, answered by a request, told by one bot at a time, forgotten with who asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.answers import NOWHERE, Answer, Hit, Outcome, Question, Wish
from core.db.engine import Database
from core.store import questions, requests
from core.types import CitedSentence, ClaimKind, StoryPost

NOW = datetime(2026, 9, 17, 18, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POST = StoryPost(
    id=5,
    channel="Тихая сова",
    message_id=7,
    url="https://t.me/owl/7",
    origin="КПД",
    origin_url=None,
    date=NOW,
    first_seen=NOW,
    text="",
)
ANSWER = Answer(
    outcome=Outcome.ANSWERED,
    question="Что с совой?",
    lang="ru",
    sentences=(CitedSentence(text="Сова\x00 спит.", post_id=5, also=(6,), kind=ClaimKind.AGREED, lang="ru"),),
    posts=(POST,),
    hits=(
        Hit(
            story_id=3,
            title="Сова",
            post=POST,
            sentence="Сова спит.",
            marks=((0, 4),),
            time=NOW,
            dated=True,
            sources=2,
            score=1.5,
        ),
    ),
    follow_ups=("А филин?",),
    written_by="answer.v1, m",
)


async def ask(
    database: Database,
    *,
    place: str = "message 1",
    chat: int = 7,
    asker: int = 7,
    now: datetime = NOW,
    after: int | None = None,
    wish: Wish = Wish.ANSWER,
) -> Question:
    async with database.begin() as session:
        question, _ = await questions.ask(
            session,
            wish=wish,
            chat_id=chat,
            thread_id=None,
            asker_id=asker,
            place=place,
            text_="Что с совой?",
            lang="ru",
            tz="Europe/Moscow",
            after=after,
            now=now,
        )
    return question


async def answer(database: Database, question: Question, given: Answer = ANSWER) -> None:
    async with database.begin() as session:
        await questions.answered(session, question.id, given)
        await requests.finish(session, question.request_id, {})


async def test_asked_once_in_a_place(database: Database) -> None:
    """Whoever hears a message again finds the question that was made of it, and no second request is made."""
    first, again = await ask(database), await ask(database)
    other = await ask(database, chat=8)
    assert first == again
    assert other.id != first.id
    async with database.begin() as session:
        made = await session.execute(text("SELECT count(*) FROM requests"))
        assert made.scalar_one() == 2
        request = await requests.get(session, first.request_id)
    assert request is not None
    assert (request.kind, request.asked["question"]) == (questions.KIND, first.id)


async def test_an_answer_is_kept_as_it_is(database: Database) -> None:
    """All of it comes back, but for what PostgreSQL does not take; a draft is gone with it."""
    question = await ask(database)
    async with database.begin() as session:
        await questions.draft(session, question, ANSWER.sentences)
        drafted = await questions.get(session, question.id)
    assert drafted is not None
    assert [sentence.text for sentence in drafted.draft] == ["Сова спит."]
    await answer(database, question)
    async with database.begin() as session:
        found = await questions.get(session, question.id)
    assert found is not None
    assert found.draft == ()
    assert found.answer is not None
    assert questions.answer_json(found.answer) | {"sentences": []} == questions.answer_json(ANSWER) | {"sentences": []}
    assert (found.answer.sentences[0].text, found.answer.sentences[0].post_ids) == ("Сова спит.", (5, 6))


async def test_a_draft_after_the_answer(database: Database) -> None:
    """Comes too late, and changes nothing."""
    question = await ask(database)
    await answer(database, question)
    async with database.begin() as session:
        await questions.draft(session, question, ANSWER.sentences)
        found = await questions.get(session, question.id)
    assert found is not None
    assert found.draft == ()


async def test_one_bot_tells_it(database: Database) -> None:
    """While it holds the lease nobody else does; when it lets go, or is not heard of any more, another one may."""
    question = await ask(database)
    async with database.begin() as session:
        assert await questions.hold(session, question.id, until=NOW + 30 * SECOND, now=NOW)
        assert not await questions.hold(session, question.id, until=NOW + 30 * SECOND, now=NOW + SECOND)
        assert await questions.untold(session, now=NOW + SECOND, since=NOW) == []
        await questions.extend(session, question.id, until=NOW + 60 * SECOND)
        assert await questions.untold(session, now=NOW + 31 * SECOND, since=NOW) == []
        assert [one.id for one in await questions.untold(session, now=NOW + 61 * SECOND, since=NOW)] == [question.id]
        await questions.let_go(session, question.id)
        assert await questions.hold(session, question.id, until=NOW + 30 * SECOND, now=NOW)
        await questions.told(session, question.id, message_id=99, now=NOW)
        assert not await questions.hold(session, question.id, until=NOW + 90 * SECOND, now=NOW + 60 * SECOND)
        assert await questions.untold(session, now=NOW + 61 * SECOND, since=NOW) == []
        assert not await questions.is_waiting(session, since=NOW)
        told = await questions.told_as(session, 7, 99)
        assert told is not None
        assert told.id == question.id
        assert await questions.told_as(session, 8, 99) is None


async def test_what_cannot_be_told_is_given_up(database: Database) -> None:
    """After a few tries by bots that died of it."""
    question = await ask(database)
    async with database.begin() as session:
        for turn in range(questions.MOST_TRIES):
            later = NOW + turn * 60 * SECOND
            assert await questions.hold(session, question.id, until=later + 30 * SECOND, now=later)
        assert await questions.untold(session, now=NOW + timedelta(hours=1), since=NOW) == []


async def test_what_a_question_goes_on_with(database: Database) -> None:
    """The question before it as it was answered, however it was asked; a search, and what was not answered, is nothing."""
    first = await ask(database)
    reply = await ask(database, place="reply 3", after=first.id)
    typed = await ask(database, place="message 4", after=first.id)
    search = await ask(database, place="message 5", wish=Wish.STORIES)
    async with database.begin() as session:
        assert await questions.before(session, first) is None
        assert await questions.before(session, reply) is None
    await answer(database, first)
    await answer(database, search)
    after_search = await ask(database, place="reply 6", after=search.id)
    async with database.begin() as session:
        sure, maybe = await questions.before(session, reply), await questions.before(session, typed)
        assert await questions.before(session, after_search) is None
    assert sure is not None
    assert maybe is not None
    assert (sure.question, sure.sure, maybe.sure) == ("Что с совой?", True, False)


async def test_the_latest_question(database: Database) -> None:
    """Is the last one that was told, of this person in this chat, and not too long ago."""
    first, second = await ask(database), await ask(database, place="message 2", now=NOW + SECOND)
    async with database.begin() as session:
        assert await questions.latest(session, 7, 7, since=NOW) is None
    for question in (first, second):
        await answer(database, question)
    unanswered = await ask(database, place="message 3", now=NOW + SECOND)
    async with database.begin() as session:
        for question in (first, second, unanswered):
            await questions.told(session, question.id, message_id=question.id, now=NOW)
        assert await questions.latest(session, 7, 7, since=NOW) == second.id
        assert await questions.latest(session, 7, 8, since=NOW) is None
        assert await questions.latest(session, 7, 7, since=NOW + 2 * SECOND) is None


async def test_how_much_was_asked(database: Database) -> None:
    """By a person, wherever; in a chat, by whomever; and what still waits."""
    first = await ask(database)
    await ask(database, chat=-100, place="message 2")
    await ask(database, chat=-100, asker=8, place="message 3", now=NOW + SECOND)
    await answer(database, first)
    async with database.begin() as session:
        assert await questions.asked_since(session, 7, since=NOW) == (2, 1)
        assert await questions.asked_since(session, 7, since=NOW + SECOND) == (0, 0)
        assert await questions.asked_in(session, -100, since=NOW) == 2
        assert [question.chat_id for question in await questions.of_asker(session, 7)] == [7, -100]


async def test_what_is_typed_inline(database: Database) -> None:
    """Is counted apart, counts as told, and is given up for what its asker types next; others, and what was asked, are not."""
    kept = await ask(database)
    first = await ask(database, chat=NOWHERE, place="inline 1", wish=Wish.STORIES)
    other = await ask(database, chat=NOWHERE, asker=8, place="inline 2", wish=Wish.STORIES)
    async with database.begin() as session:
        assert await questions.asked_since(session, 7, since=NOW) == (1, 1)
        assert await questions.asked_since(session, 7, since=NOW, inline=True) == (1, 1)
        assert [one.id for one in await questions.untold(session, now=NOW, since=NOW)] == [kept.id]
        assert await questions.replace_typed(session, 7, since=NOW + SECOND) == 0
        assert await questions.replace_typed(session, 7, since=NOW) == 1
        assert await questions.replace_typed(session, 7, since=NOW) == 0
        waiting = [await requests.get(session, one.request_id) for one in (kept, first, other)]
        assert [one is not None and one.reason for one in waiting] == [None, questions.REPLACED, None]
        assert await questions.asked_since(session, 7, since=NOW, inline=True) == (1, 0)


async def test_the_same_words_typed_inline(database: Database) -> None:
    """Are known once they are answered, in one language and time zone, and for a while."""
    await answer(database, await ask(database, wish=Wish.STORIES))
    question = await ask(database, chat=NOWHERE, place="inline 1", wish=Wish.STORIES)
    same: dict[str, Any] = {"lang": "ru", "tz": "Europe/Moscow", "since": NOW}
    async with database.begin() as session:
        assert await questions.typed(session, question.text, **same) is None
    await answer(database, question)
    async with database.begin() as session:
        found = await questions.typed(session, question.text, **same)
        assert found is not None
        assert found.id == question.id
        for over in ({"lang": "en"}, {"tz": "UTC"}, {"since": NOW + SECOND}):
            assert await questions.typed(session, question.text, **(same | over)) is None
        assert await questions.typed(session, "Сова", **same) is None


async def test_old_questions_are_forgotten(database: Database) -> None:
    """What went on with them stays, and goes on with nothing."""
    first = await ask(database)
    reply = await ask(database, place="reply 3", after=first.id, now=NOW + SECOND)
    async with database.begin() as session:
        assert await questions.forget(session, before=NOW + SECOND) == 1
        found = await questions.get(session, reply.id)
    assert found is not None
    assert found.after is None


@pytest.mark.parametrize("missing", [[], [10**9]])
async def test_posts_that_are_gone(database: Database, missing: list[int]) -> None:
    """Those that there are not."""
    async with database.begin() as session:
        assert await questions.gone(session, missing) == set(missing)
