"""Stories typed for inline, at the fake Bot API: found as the search finds them, sent with a tap, and gone when they are to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cli import answering
from core.answers import NOWHERE, Answer, Hit, Outcome
from core.db.engine import Database
from core.settings import Settings
from core.store import posts as post_store
from core.store import questions, readers, requests
from summarize import previews
from summarize.answers.asked import Asked
from tests.fakes.botapi import Results
from tests.fakes.botapi.people import Person
from tests.fakes.botapi.queries import Query
from tests.flow import feed
from tests.flow.bot import telegram_readers, test_bot_ask
from tests.flow.bot.telegram_digests import put, rows, told
from tests.flow.bot.telegram_readers import NOW, Stage, subscribed
from tests.flow.bot.test_bot_ask import MINUTE, PATIENCE, POST, asked, give
from tests.flow.test_answering import archive


def found(count: int, **over: Any) -> Answer:
    """The stories of a search, of a post that is in the archive."""
    return Answer(
        outcome=Outcome.ANSWERED,
        question="сова",
        lang="ru",
        hits=tuple(
            Hit(
                **{
                    "story_id": number,
                    "title": f"Сюжет {number}",
                    "post": POST,
                    "sentence": "Сова спит.",
                    "marks": ((0, 4),),
                    "time": NOW,
                    "dated": True,
                    "sources": 2,
                    **over,
                }
            )
            for number in range(1, count + 1)
        ),
    )


@asynccontextmanager
async def stage(database: Database, **known: Any) -> AsyncIterator[Stage]:
    """A bot with one post in its archive, and nothing refused that was not to be."""
    async with test_bot_ask.stage(database, **known) as on:
        yield on


async def typed(on: Stage, person: Person, words: str, **how: Any) -> Query[Results]:
    """Somebody types, and the bot has heard it."""
    query = person.type_inline(words, **how)
    await on.settle()
    return query


async def answered(on: Stage, query: Query[Results]) -> Results:
    """What the bot answers, once it has."""
    await on.api.until(lambda: query.answer, f"an answer to {query.data!r}")
    assert query.answer is not None
    return query.answer


async def searched(on: Stage, person: Person, words: str, given: Answer) -> Results:
    """Somebody types, the summarizer finds, and the bot answers."""
    query = await typed(on, person, words)
    await give(on, (await asked(on))[-1], given)
    return await answered(on, query)


async def nobody_waits(on: Stage) -> None:
    """Waits until nobody waits for an answer any more."""
    await asyncio.wait_for(asyncio.gather(*on.dispatcher["telling"]._running, return_exceptions=True), PATIENCE)


def button(answer: Results) -> str | None:
    return None if answer.button is None else answer.button["text"].replace("\u00a0", " ")


# --- what is found ---------------------------------------------------------------------------------------------------


async def test_telegram_is_asked_for_inline_queries(database: Database) -> None:
    """Nobody else would hear of them."""
    async with stage(database) as on:
        assert "inline_query" in on.dispatcher.resolve_used_update_types()


async def test_a_story_is_shared(database: Database) -> None:
    """Each result is a story with its sentence; a tap sends it with its link and its source, where the bot is not."""
    async with stage(database) as on:
        ada = await subscribed(on)
        answer = await searched(on, ada, "сова", found(2))
        assert answer.titles == ["Сюжет 1", "Сюжет 2"]
        assert answer.descriptions == ["Сова спит.", "Сова спит."]
        assert (answer.personal, answer.cache_time, answer.next_offset, answer.button) == (True, 60, "", None)
        query = await typed(on, ada, "сова")
        group = on.api.supergroup(creator=ada)
        sent = ada.send_inline(query, to=group)
        assert sent.words == "Сюжет 1\nСова спит.\nКПД · 25 ноября · 2 источника"
        assert (sent.links, sent.covered("bold")) == (["https://t.me/owl/7"], ["Сюжет 1", "Сова"])


async def test_with_the_summarizer_beside(database: Database, pool: Executor) -> None:
    """What is typed half is found by its meaning and words as /search finds it; what was replaced is not looked for."""
    async with archive(database, pool), telegram_readers.stage(database) as on:
        on.now = feed.NOW
        ada = await subscribed(on)
        first = await typed(on, ada, "лицен")
        second = await typed(on, ada, "лицензия Quillfin-3")
        ready = answering.answering(Settings(_env_file=None), database, writer=None, remote=None, pool=pool)
        beside = Asked(database=database, answering=ready)
        count = await previews.answer_waiting(
            database, clock=lambda: on.now, pool=pool, others={questions.KIND: beside.answer}
        )
        answer = await answered(on, second)
        assert (count, first.answer) == (1, None)
        assert "Quillfin-3" in answer.titles[0]
        assert "MIT" in answer.descriptions[0]
        sent = ada.send_inline(second, to=on.api.supergroup(creator=ada))
        assert sent.words.startswith(f"{answer.titles[0]}\n{answer.descriptions[0]}\n")


async def test_two_letters_and_one_answer(database: Database) -> None:
    """What is typed next takes the place of what waits: the former is not searched for any more, and not answered."""
    async with stage(database) as on:
        ada = await subscribed(on)
        first = await typed(on, ada, "со")
        second = await typed(on, ada, "сов")
        async with database.begin() as session:
            former, latter = await asked(on)
            given_up = await requests.get(session, former.request_id)
            waiting = await requests.get(session, latter.request_id)
        assert given_up is not None
        assert waiting is not None
        assert (given_up.done, given_up.reason, waiting.done) == (True, questions.REPLACED, False)
        await give(on, latter, found(1))
        assert (await answered(on, second)).titles == ["Сюжет 1"]
        await nobody_waits(on)
        assert first.answer is None
        assert on.api.calls["answerinlinequery"] == 1


async def test_two_people_type(database: Database) -> None:
    """Neither takes the place of the other."""
    async with stage(database) as on:
        ada, eve = await subscribed(on), on.api.user("Ева", language_code="en")
        first, second = await typed(on, ada, "сова"), await typed(on, eve, "owl")
        for question in await asked(on):
            await give(on, question, found(1))
        assert (await answered(on, first)).titles == (await answered(on, second)).titles == ["Сюжет 1"]


async def test_in_the_language_of_who_types(database: Database) -> None:
    """As a reader has chosen it, else as Telegram is set; a sentence in the other one is marked; nobody becomes a reader."""
    async with stage(database) as on:
        ada, eve = await subscribed(on), on.api.user("Eve", language_code="en")
        ada.language_code = "en"
        english = found(1, sentence="The owl sleeps and does not hoot.")
        russian = await searched(on, ada, "сова", english)
        assert russian.descriptions == ["The owl sleeps and does not hoot. (en)"]
        assert "(en)\nКПД · 25\u00a0ноября" in russian.results[0]["input_message_content"]["message_text"]
        assert (await searched(on, eve, "owl", english)).descriptions == ["The owl sleeps and does not hoot."]
        assert [question.lang for question in await asked(on)] == ["ru", "en"]
        assert await on.reader(eve.chat) is None


async def test_the_next_page(database: Database) -> None:
    """Comes from what was found, without another search, also to who has typed nothing else; a forged one is empty."""
    async with stage(database) as on:
        ada = await subscribed(on)
        first = await searched(on, ada, "сова", found(23))
        (question,) = await asked(on)
        assert (len(first.results), first.next_offset) == (10, f"{question.id}:10")
        second = await answered(on, await typed(on, ada, "сова", offset=first.next_offset))
        third = await answered(on, await typed(on, ada, "  сова ", offset=second.next_offset))
        assert second.titles == [f"Сюжет {number}" for number in range(11, 21)]
        assert (third.titles, third.next_offset) == (["Сюжет 21", "Сюжет 22", "Сюжет 23"], "")
        for words, offset in (("сыч", first.next_offset), ("сова", "7:x"), ("сова", "999:0"), ("сова", "9" * 60)):
            forged = await answered(on, await typed(on, ada, words, offset=offset))
            assert (forged.results, forged.next_offset) == ((), "")
        assert len(await asked(on)) == 1


async def test_the_same_words_soon_after(database: Database) -> None:
    """Are answered from what was found, whoever types them, in one language; a minute later they are searched for anew."""
    async with stage(database) as on:
        ada, eve = await subscribed(on), await subscribed(on, "Ева")
        await searched(on, ada, "сова", found(1))
        assert (await answered(on, await typed(on, eve, "  сова"))).titles == ["Сюжет 1"]
        assert len(await asked(on)) == 1
        await typed(on, await subscribed(on, "Bob", "en"), "сова")
        on.now += 2 * MINUTE
        await typed(on, eve, "сова")
        assert len(await asked(on)) == 3


async def test_no_words_yet(database: Database) -> None:
    """The greatest stories of the last day are shown, without a search, and a button that leads to the bot."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (story,) = [row.id for row in await rows(database, "SELECT id FROM stories")]
        shelved = told(story, at=NOW - MINUTE)
        post = replace(shelved.card.posts[0], id=POST.id)
        sentence = replace(shelved.card.sentences[0], post_id=POST.id)
        await put(database, replace(shelved, card=replace(shelved.card, posts=(post,), sentences=(sentence,))))
        for words in ("", " ", "с"):
            answer = await answered(on, await typed(on, ada, words))
            assert answer.titles == [f"Сюжет номер {story}"]
            assert answer.descriptions == [f"Это случилось в сюжете {story}."]
            assert button(answer) == "Наберите, что искать, или откройте бота"
        assert await asked(on) == []
        on.now += timedelta(days=2)
        assert (await answered(on, await typed(on, ada, ""))).results == ()


async def test_the_button_leads_to_the_bot(database: Database) -> None:
    """A stranger is welcomed; a reader is told how to share, and one who has paused stays so."""
    async with stage(database) as on:
        ada = await subscribed(on)
        answer = await answered(on, await typed(on, ada, ""))
        assert answer.button is not None
        await on.say(ada, "/stop")
        (shown,) = await on.say(ada, f"/start {answer.button['start_parameter']}")
        assert shown.words.startswith("Наберите в любом чате моё имя")
        assert shown.buttons == ["Поделиться сюжетом"]
        assert (await on.known(ada.chat)).state == "paused"
        eve = on.api.user("Ева", language_code="ru")
        assert "✅ Подписаться" in (await on.say(eve, f"/start {answer.button['start_parameter']}"))[0].buttons


# --- nothing is found ------------------------------------------------------------------------------------------------


async def test_nothing_is_found(database: Database) -> None:
    """A button says so, or what is wrong with the words."""
    async with stage(database) as on:
        ada = await subscribed(on)
        absent = Answer(outcome=Outcome.ABSENT, question="сова", lang="ru")
        answer = await searched(on, ada, "сова", absent)
        assert (answer.results, button(answer)) == ((), "Ничего не нашлось: попробуйте другие слова")
        wrong = replace(absent, outcome=Outcome.EMPTY, wrong="Такой темы нет: " + "сова " * 50)
        shown = button(await searched(on, ada, "тема:сова", wrong)) or ""
        assert shown.startswith("Такой темы нет: сова")
        assert len(shown) <= 60


async def test_nobody_answers(database: Database) -> None:
    """Who types is told to try again, and Telegram does not keep that."""
    async with stage(database) as on:
        ada = await subscribed(on)
        query = await typed(on, ada, "сова")
        (question,) = await asked(on)
        async with database.begin() as session:
            await requests.fail(session, question.request_id, "KeyError: 'x'")
        answer = await answered(on, query)
        assert (answer.results, answer.cache_time) == ((), 0)
        assert button(answer) == "Не успел найти: попробуйте ещё раз"


async def test_too_old(database: Database) -> None:
    """An answer that comes when Telegram has forgotten the query is for nobody, and no trouble."""
    async with stage(database) as on:
        ada = await subscribed(on)
        query = await typed(on, ada, "сова")
        on.now += timedelta(seconds=11)
        await give(on, (await asked(on))[0], found(1))
        await on.api.until(lambda: on.api.world.refused, "the answer to be refused")
        await nobody_waits(on)
        late = ada.type_inline("сова")
        on.now += timedelta(seconds=11)
        await on.settle()
        assert len(on.api.world.refused) == 2
        assert all("query is too old" in refused for refused in on.api.world.refused)
        assert (query.answer, late.answer) == (None, None)
        assert await on.troubles() == []


async def test_a_post_that_is_deleted_or_dropped(database: Database) -> None:
    """Vanishes, though it was found: from what others have typed, and from further pages."""
    async with stage(database) as on:
        ada, eve = await subscribed(on), await subscribed(on, "Ева")
        first = await searched(on, ada, "сова", found(12))
        await rows(
            database,
            """
            WITH made AS (
                INSERT INTO filters (action, kind, pattern, topics, channels, weight, note, enabled, made_by, changed_at)
                VALUES ('drop', 'keyword', 'сова', '{}', '{}', 0, '', true, 1, :now) RETURNING id
            )
            INSERT INTO filter_hits (filter_id, post_id) SELECT id, :post FROM made RETURNING 1
            """,
            now=NOW,
            post=POST.id,
        )
        more = await answered(on, await typed(on, ada, "сова", offset=first.next_offset))
        assert (more.results, more.next_offset) == ((), "")
        await rows(database, "UPDATE filters SET enabled = false RETURNING 1")
        assert len((await answered(on, await typed(on, eve, "сова"))).results) == 10
        async with database.begin() as session:
            await post_store.mark_deleted(session, [POST.id], now=NOW)
        same = await answered(on, await typed(on, eve, "сова"))
        assert (same.results, button(same)) == ((), "Ничего не нашлось: попробуйте другие слова")


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_enough_for_a_day(database: Database) -> None:
    """Ten searches for each question that one may ask, which stay one's own; what is known already counts for nothing."""
    async with stage(database, questions_per_day=1) as on:
        ada = await subscribed(on)
        for number in range(10):
            await searched(on, ada, f"сова {number}", found(1))
        assert (await answered(on, await typed(on, ada, "сова 3"))).titles == ["Сюжет 1"]
        refused = await answered(on, await typed(on, ada, "сова 11"))
        assert (refused.results, button(refused)) == ((), "На сегодня хватит: снова ищу завтра")
        question = await test_bot_ask.ask(on, ada, "Что с Orrin?")
        assert question.chat_id == ada.id
        await give(on, question, test_bot_ask.answer("Сова спит."))
        await test_bot_ask.told(on, question)
        on.now += timedelta(hours=25)
        await typed(on, ada, "сова 12")
        assert len(await asked(on)) == 12


async def test_no_searches_at_all(database: Database) -> None:
    """An operator who takes no questions takes none of these."""
    async with stage(database, questions_per_day=0) as on:
        ada = await subscribed(on)
        assert button(await answered(on, await typed(on, ada, "сова"))) == "На сегодня хватит: снова ищу завтра"
        assert await asked(on) == []


async def test_whatever_is_typed(database: Database) -> None:
    """Is words and nothing else: controls, halves of pairs, orders, brackets, as much as Telegram takes."""
    async with stage(database) as on:
        ada = await subscribed(on)
        for words in (
            "\x00\x00\x00",
            "\u202eавос",
            "/start x",
            "{text} %s <b>",
            "я" * 300,
            "'; DROP TABLE x; --",
            "👩‍👩‍👧" * 60,
        ):
            answer = await searched(on, ada, words, found(1, title=words, sentence=words, marks=()))
            assert len(answer.results) == 1
            assert "\u202e" not in str(answer.results)
        assert max(len(question.text) for question in await asked(on)) == 256


# --- what is kept ----------------------------------------------------------------------------------------------------


async def test_no_conversation(database: Database) -> None:
    """A question in private goes on with nothing that was typed inline, and is not kept waiting by it."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await searched(on, ada, "сова", found(1))
        for words in ("сыч", "сычи", "сычик"):
            await typed(on, ada, words)
        question = await test_bot_ask.ask(on, ada, "а филин?")
        assert question.after is None


async def test_forgotten_with_who_typed(database: Database) -> None:
    """/forget deletes it at once, and what is found then is shown to nobody; what is kept can be seen before."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await searched(on, ada, "сова", found(1))
        query = await typed(on, ada, "сыч")
        last = (await asked(on))[-1]
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            assert [one.text for one in await questions.of_asker(session, ada.id)] == ["сова", "сыч"]
            await readers.forget(session, reader.id)
        await give(on, last, found(1))
        await nobody_waits(on)
        assert (await asked(on), query.answer) == ([], None)


async def test_a_day_is_long_enough(database: Database) -> None:
    """What was typed inline goes when its request does; what was asked in chats stays as long as messages."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await searched(on, ada, "сова", found(1))
        kept = await test_bot_ask.ask(on, ada, "Что с Orrin?")
        later, since = NOW + timedelta(days=1, hours=1), NOW - timedelta(days=60)
        async with database.begin() as session:
            assert await questions.forget(session, before=since) == 0
            await requests.forget(session, before=later)
            assert await questions.forget(session, before=since) == 1
        assert [question.id for question in await asked(on)] == [kept.id]


async def test_nothing_is_left_to_tell(database: Database) -> None:
    """When a bot is stopped while it looks for something, the next one says nothing of it to anybody."""
    async with stage(database) as on:
        ada = await subscribed(on)
        query = await typed(on, ada, "сова")
        telling = on.dispatcher["telling"]
        await telling.stop()
        (question,) = await asked(on)
        assert question.chat_id == NOWHERE
        await give(on, question, found(1))
        sent = len(ada.chat.sent)
        on.now += timedelta(minutes=5)
        await telling.tell_left(on.bot)
        async with database.begin() as session:
            assert not await questions.is_waiting(session, since=NOW)
        await telling.stop()
        assert (len(ada.chat.sent), query.answer) == (sent, None)
