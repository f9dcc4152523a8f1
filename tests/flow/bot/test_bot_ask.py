"""Asking the bot: plain words, /ask, replies and buttons become questions; answers are told as they grow, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.answers import Answer, Hit, Outcome, Question
from core.db.engine import Database
from core.store import posts as post_store
from core.store import questions, readers, requests
from core.types import CitedSentence, ClaimKind, StoryPost
from tests.fakes.botapi import Fault, Message, Person
from tests.fakes.botapi.chats import Chat
from tests.flow import feed
from tests.flow.bot import telegram_readers
from tests.flow.bot.telegram_digests import numbered, put, rows
from tests.flow.bot.telegram_digests import told as shelved
from tests.flow.bot.telegram_readers import NOW, Stage, subscribed

MINUTE = timedelta(minutes=1)
#: Seconds after which a test waits in vain.
PATIENCE = 20.0
POST = StoryPost(
    id=1,
    channel="Тихая сова",
    message_id=7,
    url="https://t.me/owl/7",
    origin="КПД",
    origin_url="https://t.me/kpd/3",
    date=NOW,
    first_seen=NOW,
    text="",
)


def answer(*texts: str, **known: Any) -> Answer:
    """An answer that a model has written, of a post that is in the archive."""
    given: dict[str, Any] = {
        "outcome": Outcome.ANSWERED,
        "question": "Что с Orrin?",
        "lang": "ru",
        "sentences": tuple(CitedSentence(text=one, post_id=1, kind=ClaimKind.AGREED, lang="ru") for one in texts),
        "posts": (POST,),
        "written_by": "answer.v1, m",
    }
    return Answer(**{**given, **known})


def hits(count: int) -> Answer:
    """The stories of a search."""
    found = [
        Hit(
            story_id=number,
            title=f"Сюжет {number}",
            post=POST,
            sentence="Сова спит.",
            marks=((0, 4),),
            time=NOW,
            dated=True,
            sources=1,
        )
        for number in range(1, count + 1)
    ]
    return Answer(outcome=Outcome.ANSWERED, question="сова", lang="ru", hits=tuple(found))


@asynccontextmanager
async def stage(database: Database, **known: Any) -> AsyncIterator[Stage]:
    """A bot with one post in its archive, which has the number of POST."""
    (story,) = await numbered(database, 1)
    await feed.store(database, [feed.post(1, 7, "Сова спит.", minutes=0)])
    await rows(
        database,
        """
        INSERT INTO indexed_posts (post_id, channel_id, sequence, time, dated, source, holder, lang, clean_text, ad,
            ad_reasons, keys, self_keys, refers, features, topics, made_by, story_id)
        SELECT id, channel_id, 1, date, true, '', '', 'ru', text, '', '{}', '{}', '{}', '{}', '{}', '{}', '', :story
        FROM posts RETURNING 1
        """,
        story=story,
    )
    assert [row.id for row in await rows(database, "SELECT id FROM posts")] == [POST.id]
    async with telegram_readers.stage(database, **known) as on:
        yield on


async def asked(on: Stage) -> list[Question]:
    """Everything that was asked, oldest first."""
    numbers = [row.id for row in await rows(on.database, "SELECT id FROM questions ORDER BY id")]
    async with on.database.begin() as session:
        found = [await questions.get(session, number) for number in numbers]
    return [one for one in found if one is not None]


async def ask(on: Stage, person: Person, words: str, *, to: Chat | None = None, **how: Any) -> Question:
    """Somebody asks, and the bot says nothing to it yet; the question that was made of it."""
    before = len(await asked(on))
    assert await on.say(person, words, to=to, **how) == []
    found = await asked(on)
    assert len(found) == before + 1
    return found[-1]


async def give(on: Stage, question: Question, given: Answer) -> None:
    """The summarizer answers."""
    async with on.database.begin() as session:
        await questions.answered(session, question.id, given)
        await requests.finish(session, question.request_id, {})


async def grow(on: Stage, question: Question, *texts: str) -> None:
    """The summarizer has come so far."""
    async with on.database.begin() as session:
        await questions.draft(session, question, answer(*texts).sentences)


async def told(on: Stage, question: Question) -> None:
    """Waits until an answer was told, and that is known."""

    async def is_told() -> bool:
        found = await rows(on.database, "SELECT told_at FROM questions WHERE id = :id", id=question.id)
        return bool(found) and found[0].told_at is not None

    async with asyncio.timeout(PATIENCE):
        while not await is_told():  # noqa: ASYNC110  a row has no event
            await asyncio.sleep(0.02)


async def answered(on: Stage, person: Person, words: str, given: Answer, **how: Any) -> Message:
    """Somebody asks and is answered; the message."""
    question = await ask(on, person, words, **how)
    await give(on, question, given)
    await told(on, question)
    return on.shown(how.get("to") or person.chat)


# --- what asks -------------------------------------------------------------------------------------------------------


async def test_plain_words_are_a_question(database: Database) -> None:
    """A draft appears and grows; the answer takes its place, with its sources below it, and is told once."""
    async with stage(database) as on:
        ada = await subscribed(on)
        before = len(ada.chat.sent)
        question = await ask(on, ada, "Что с Orrin?")
        assert (question.text, question.lang, question.after) == ("Что с Orrin?", "ru", None)
        await on.api.until(lambda: ada.chat.drafts, "a first sign")
        await grow(on, question, "Сова спит.")
        await on.api.until(lambda: "Сова спит." in ada.chat.drafts[-1].text, "the answer to grow")
        await give(on, question, answer("Сова спит.", "Филин тоже.", follow_ups=("А филин?",)))
        await told(on, question)
        shown = on.shown(ada.chat)
        assert shown.words.startswith("Сова спит. Филин тоже.\n\nКПД → Тихая сова")
        assert len(ada.chat.sent) == before + 1
        assert shown.buttons == ["А филин?"]


async def test_quotations(database: Database) -> None:
    """Where no model has written, the bot says that these are the posts' own words."""
    async with stage(database) as on:
        ada = await subscribed(on)
        quoted = answer("Сова спит.", written_by="")
        quoted = replace(quoted, sentences=tuple(replace(one, kind=None) for one in quoted.sentences))
        shown = await answered(on, ada, "Что с Orrin?", quoted)
        assert shown.words.startswith("Цитаты из постов:\nСова спит.")


async def test_not_in_the_archive(database: Database) -> None:
    """Is said, and what comes nearest, with its link."""
    async with stage(database) as on:
        ada = await subscribed(on)
        absent = replace(answer(), outcome=Outcome.ABSENT, hits=hits(2).hits)
        shown = await answered(on, ada, "Что с Orrin?", absent)
        assert shown.words.startswith("В архиве об этом ничего нет.")
        assert "• Сюжет 1 · " in shown.words


async def test_the_command(database: Database) -> None:
    """/ask in private and in groups, where the answer replies to who asked; without a question it says how to ask."""
    async with stage(database) as on:
        ada = await subscribed(on)
        assert (await on.say(ada, "/ask"))[0].words.startswith("Напишите вопрос после команды")
        shown = await answered(on, ada, "/ask Что с Orrin?", answer("Сова спит."))
        assert shown.words.startswith("Сова спит.")
        group = on.api.supergroup(creator=ada).add_bot(ada)
        await on.settle()
        question = await ask(on, ada, "/ask@svodka_test_bot Что с Orrin?", to=group)
        await on.api.until(lambda: group.actions, "the bot to be typing")
        await grow(on, question, "Сова спит.")
        await on.api.until(lambda: group.sent and group.sent[-1].words.startswith("Сова"), "the answer to grow")
        first = group.sent[-1].id
        await give(on, question, answer("Сова спит.", "Филин тоже."))
        await told(on, question)
        assert on.shown(group).words.startswith("Сова спит. Филин тоже.")
        assert on.shown(group).id == first
        assert on.shown(group).reply is not None


async def test_words_in_a_group_are_nobody_s_question(database: Database) -> None:
    """But for a reply to an answer."""
    async with stage(database) as on:
        ada = await subscribed(on)
        group = on.api.supergroup(creator=ada).add_bot(ada)
        await on.settle()
        shown = await answered(on, ada, "/ask Что с Orrin?", answer("Сова спит."), to=group)
        assert await on.say(ada, "Что с филином?", to=group) == []
        assert len(await asked(on)) == 1
        reply = await ask(on, ada, "а филин?", to=group, reply_to=shown)
        assert (reply.after, reply.goes_on) == ((await asked(on))[0].id, True)


async def test_what_a_question_goes_on_with(database: Database) -> None:
    """A reply to an answer goes on with it; what is typed soon after it may; what is typed later does not."""
    async with stage(database) as on:
        ada = await subscribed(on)
        shown = await answered(on, ada, "Что с Orrin?", answer("Сова спит."))
        (first,) = await asked(on)
        soon = await ask(on, ada, "а с филином?")
        assert (soon.after, soon.goes_on) == (first.id, False)
        on.now += 30 * MINUTE
        later = await ask(on, ada, "а с сычом?", reply_to=shown)
        assert (later.after, later.goes_on) == (first.id, True)
        async with database.begin() as session:
            for question in (soon, later):
                await requests.fail(session, question.request_id, "nobody")
        for question in (soon, later):
            await told(on, question)
        assert (await ask(on, ada, "а с неясытью?")).after is None


async def test_a_button_asks(database: Database) -> None:
    """What may be asked next, headed by the question, since nobody has typed it; once, however often it is pressed."""
    async with stage(database) as on:
        ada = await subscribed(on)
        shown = await answered(on, ada, "Что с Orrin?", answer("Сова спит.", follow_ups=("А филин?",)))
        await on.press(ada, shown, "А филин?")
        await on.press(ada, shown, "А филин?")
        first, second = await asked(on)
        assert (second.text, second.after) == ("А филин?", first.id)
        await give(on, second, answer("Филин тоже."))
        await told(on, second)
        assert on.shown(ada.chat).words.startswith("А филин?\n\nФилин тоже.")


async def test_a_search(database: Database) -> None:
    """Its stories come page by page; a page that is turned takes the place of the former one."""
    async with stage(database) as on:
        ada = await subscribed(on)
        assert (await on.say(ada, "/search"))[0].words.startswith("Напишите после команды, что искать")
        shown = await answered(on, ada, "/search сова", hits(7))
        assert shown.words.startswith("7 сюжетов · 1–5\n\n1. Сюжет 1\nСова спит.\n")
        await on.press(ada, shown, "›")
        page = ada.chat.messages[shown.id]
        assert page.words.startswith("7 сюжетов · 6–7\n\n6. Сюжет 6")
        await on.press(ada, page, "‹")
        assert ada.chat.messages[shown.id].words == shown.words


async def test_the_menu_of_a_story_that_was_found(database: Database) -> None:
    """A number opens it as under a digest, and the way to the other pages stays; a page that is turned closes it."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (story,) = [row.id for row in await rows(database, "SELECT id FROM stories")]
        await put(database, shelved(story, at=NOW))
        shown = await answered(on, ada, "/search сова", hits(7))
        assert shown.buttons == ["1", "2", "3", "4", "5", "›"]
        await on.press(ada, shown, "1")
        opened = ada.chat.messages[shown.id]
        assert opened.buttons[:9] == ["▾ 1", "2", "3", "4", "5", "›", "👍", "👎", "🔖 Сохранить"]
        assert "не хран" in ((await on.press(ada, opened, "2")).text or "")
        await on.press(ada, opened, "🔖 Сохранить")
        assert ada.chat.messages[shown.id].buttons[8] == "🔖 Сохранено"
        await on.press(ada, opened, "›")
        assert ada.chat.messages[shown.id].buttons == ["‹", "6", "7"]


async def test_menus_are_for_readers(database: Database) -> None:
    """In a group that gets no digests nothing can be saved or muted: there are only pages."""
    async with stage(database) as on:
        ada = await subscribed(on)
        group = on.api.supergroup(creator=ada).add_bot(ada)
        await on.settle()
        shown = await answered(on, ada, "/search сова", hits(7), to=group)
        assert shown.buttons == ["›"]
        await on.press(ada, shown, "›")
        assert group.messages[shown.id].buttons == ["‹"]


async def test_a_found_post_that_is_deleted(database: Database) -> None:
    """Is on no page any more."""
    async with stage(database) as on:
        ada = await subscribed(on)
        shown = await answered(on, ada, "/search сова", hits(7))
        async with database.begin() as session:
            await post_store.mark_deleted(session, [POST.id], now=NOW)
        await on.press(ada, shown, "›")
        assert ada.chat.messages[shown.id].words.startswith("Ничего не нашлось.")
        later = await answered(on, ada, "/search сова", hits(7))
        assert later.words.startswith("Ничего не нашлось.")


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_enough_for_a_day(database: Database) -> None:
    """A person may ask so much in a day, and in a group three times as much may be asked."""
    async with stage(database, questions_per_day=2) as on:
        ada = await subscribed(on)
        for number in range(2):
            await answered(on, ada, f"Что с Orrin-{number}?", answer("Сова спит."))
        assert (await on.say(ada, "Что с Orrin-9?"))[0].words == "На сегодня вопросов достаточно: снова отвечу завтра."
        on.now += timedelta(hours=25)
        await ask(on, ada, "Что с Orrin-9?")


async def test_no_questions_at_all(database: Database) -> None:
    """An operator may switch them off."""
    async with stage(database, questions_per_day=0) as on:
        ada = await subscribed(on)
        assert (await on.say(ada, "Что с Orrin?"))[0].words.startswith("На сегодня вопросов достаточно")
        assert await asked(on) == []


async def test_one_after_the_other(database: Database) -> None:
    """Who has two questions open waits."""
    async with stage(database) as on:
        ada = await subscribed(on)
        for number in range(2):
            await ask(on, ada, f"Что с Orrin-{number}?")
        assert (await on.say(ada, "Что с Orrin-9?"))[0].words.startswith("Минутку")


async def test_a_long_question(database: Database) -> None:
    """Is refused before it is one."""
    async with stage(database) as on:
        ada = await subscribed(on)
        assert (await on.say(ada, "сова " * 120))[0].words.startswith("Слишком длинно")
        assert await asked(on) == []


async def test_buttons_of_others(database: Database) -> None:
    """A button that names a question of another chat, or of none, asks and shows nothing."""
    async with stage(database) as on:
        ada, eve = await subscribed(on), await subscribed(on, "Ева")
        shown = await answered(on, ada, "Что с Orrin?", answer("Сова спит.", follow_ups=("А филин?",)))
        theirs = (await on.say(eve, "/help"))[0]
        (question,) = await asked(on)
        for data in (f"fq:{question.id}:0", f"fp:{question.id}:0", "fq:999:0", f"fq:{question.id}:7"):
            assert "не хран" in ((await on.press(eve, theirs, data=data)).text or "")
        assert "не хран" in ((await on.press(ada, shown, data=f"fq:{question.id}:7")).text or "")
        assert len(await asked(on)) == 1


# --- what goes wrong -------------------------------------------------------------------------------------------------


async def test_nobody_can_answer(database: Database) -> None:
    """Who asks is told, in a sentence that is no error."""
    async with stage(database) as on:
        ada = await subscribed(on)
        question = await ask(on, ada, "Что с Orrin?")
        async with database.begin() as session:
            await requests.fail(session, question.request_id, "KeyError: 'x'")
        await told(on, question)
        assert on.shown(ada.chat).words == "Не успел найти ответ. Спросите ещё раз чуть позже."


async def test_a_post_that_is_deleted_meanwhile(database: Database) -> None:
    """Is not told of any more, though the answer was ready."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await on.dispatcher["telling"].stop()
        question = await ask(on, ada, "Что с Orrin?")
        async with database.begin() as session:
            await post_store.mark_deleted(session, [POST.id], now=NOW)
        await give(on, question, answer("Сова спит."))
        await told(on, question)
        assert "Сова" not in on.shown(ada.chat).words


async def test_what_was_left_untold(database: Database) -> None:
    """A bot that stops leaves its questions to the next one; one that dies, after its lease."""
    async with stage(database) as on:
        ada = await subscribed(on)
        telling = on.dispatcher["telling"]
        question = await ask(on, ada, "Что с Orrin?")
        await on.api.until(lambda: ada.chat.drafts, "a first sign")
        await telling.stop()
        await give(on, question, answer("Сова спит."))
        await telling.tell_left(on.bot)
        await told(on, question)
        assert on.shown(ada.chat).words.startswith("Сова спит.")
        sent = len(ada.chat.sent)
        await telling.tell_left(on.bot)
        await telling.stop()
        assert len(ada.chat.sent) == sent


async def test_telegram_asks_to_wait(database: Database) -> None:
    """The answer is told later, and once."""
    async with stage(database) as on:
        ada = await subscribed(on)
        question = await ask(on, ada, "Что с Orrin?")
        on.api.faults.add(Fault.FLOOD, method="sendmessage", seconds=1)
        await give(on, question, answer("Сова спит."))
        await on.api.until(lambda: on.api.calls["sendmessage"], "the answer to be sent")
        await on.dispatcher["telling"].stop()
        await on.dispatcher["telling"].tell_left(on.bot)
        await told(on, question)
        assert [one.words.startswith("Сова спит.") for one in ada.chat.sent].count(True) == 1


async def test_who_has_left(database: Database) -> None:
    """An answer that cannot be told is over, and nobody is told of an error."""
    async with stage(database) as on:
        ada = await subscribed(on)
        question = await ask(on, ada, "Что с Orrin?")
        ada.block()
        await give(on, question, answer("Сова спит."))
        await told(on, question)


async def test_a_question_is_forgotten_with_its_asker(database: Database) -> None:
    """Also while it is being answered: nothing is said any more."""
    async with stage(database) as on:
        ada = await subscribed(on)
        question = await ask(on, ada, "Что с Orrin?")
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            await readers.forget(session, reader.id)
        sent = len(ada.chat.sent)
        await give(on, question, answer("Сова спит."))
        await on.dispatcher["telling"].stop()
        assert (await asked(on), len(ada.chat.sent)) == ([], sent)
