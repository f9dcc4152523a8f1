"""The editor of topics at the fake Bot API, with the real summarizer answering what it asks."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.readers import ReaderKind
from core.store import readers, requests
from core.store import topics as topic_store
from core.types import Topic
from tests.fakes.botapi import Person
from tests.fakes.botapi.world import PATIENCE
from tests.flow.bot.telegram_admins import AdminStage, admin_stage

ROBOTS = "Роботы-курьеры ездят по городу зимой.\nA robot arm learns to fold laundry."


async def topic(database: Database, slug: str) -> Topic:
    async with database.begin() as session:
        return next(topic for topic in await topic_store.every(session) if topic.slug == slug)


async def opened(on: AdminStage, slug: str, *, by: Person | None = None) -> None:
    """An admin looks at the page of a topic."""
    await on.say("/topics edit", by=by)
    await on.press(data=f"at:open:{slug}:0", by=by)


async def until_listening(database: Database, connections: int) -> None:
    """Waits until so many connections listen for answers."""
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    async with asyncio.timeout(PATIENCE), database.engine.connect() as connection:
        looking = await connection.execution_options(isolation_level="AUTOCOMMIT")
        while (await looking.execute(text(listening))).scalar_one() != connections:
            pass


async def few(database: Database) -> None:
    """There are three topics alone."""
    async with database.begin() as session:
        await session.execute(text("DELETE FROM topics"))
    async with database.begin() as session:
        for ru, en in (("Модели", "Models"), ("Роботы", "Robots"), ("Политика", "Politics")):
            await topic_store.add(session, title_ru=ru, title_en=en, about=f"Пост о том, что такое {ru}.", names=[en])


# --- the list --------------------------------------------------------------------------------------------------------


async def test_admins_edit_and_readers_choose(database: Database) -> None:
    """/topics edit shows an admin all topics; a reader who says it, and an admin who says /topics, see their own choice."""
    async with admin_stage(database) as on:
        (shown,) = await on.say("/topics edit")
        assert "Включено: " in shown.words
        assert "➕ Добавить тему" in shown.buttons
        (own,) = await on.say("/topics")
        assert "➕ Добавить тему" not in own.buttons
        await on.press("✏️ Править темы")
        assert "➕ Добавить тему" in on.shown.buttons
        await on.press("‹ Назад")
        assert "✅ Агенты" in on.shown.buttons
        reader = on.api.user("Вера", language_code="ru")
        (shown,) = await on.say("/topics edit", by=reader)
        assert "➕ Добавить тему" not in shown.buttons


async def test_nobody_else_presses_the_editors_buttons(database: Database) -> None:
    """Forged presses of a reader change nothing and are answered."""
    async with admin_stage(database) as on:
        reader = on.api.user("Вера", language_code="ru")
        await on.say("/topics", by=reader)
        for data in ("at:off:agents:0", "at:down:llm:0", "dr:t:save::1", "at:add::0"):
            answer = await on.press(data=data, by=reader)
            assert "устарела" in answer.text
        assert await on.log() == []
        assert (await topic(database, "llm")).position == 0


async def test_the_list_counts_the_stories_of_the_week(database: Database, pool: Executor) -> None:
    """As the shelf has them; topics that are off are marked."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        async with database.begin() as session:
            await topic_store.set_enabled(session, "agents", enabled=False)
        (shown,) = await on.say("/topics edit")
        assert "▫️ Агенты" in shown.buttons
        assert any(button.startswith("✅ Языковые модели · ") for button in shown.buttons)


async def test_a_hundred_topics_with_terrible_titles_stand_on_pages(database: Database) -> None:
    """Eight a page; each page, and each topic with all of its 48,000 characters, is one that Telegram takes."""
    async with admin_stage(database) as on:
        async with database.begin() as session:
            await session.execute(text("DELETE FROM topics"))
            await session.execute(
                text("""
                    INSERT INTO topics (slug, position, title_ru, title_en, about, names, stems)
                    SELECT 'topic-of-the-admins-' || n, n, repeat('🦉', 50) || n, E'<b>\u202e' || n,
                        repeat(E'Строка 🦉\u202e ' || E'\n', 400), ARRAY(SELECT repeat('ж', 78) || k FROM generate_series(1, 600) k),
                        ARRAY(SELECT repeat('q', 78) || k FROM generate_series(1, 600) k)
                    FROM generate_series(1, 100) AS n
                """)
            )
        (shown,) = await on.say("/topics edit")
        assert sum(button.startswith("✅") for button in shown.buttons) == 8
        await on.press(data="at:list::99999999999999999999")
        assert "Страница 13 из 13" in on.shown.words
        for do, page in (("open", "9" * 30), ("about", "0"), ("names", "-1"), ("off", "0"), ("merge", "0")):
            await on.press(data=f"at:{do}:topic-of-the-admins-7:{page}")
            assert "\u202e" not in on.shown.words
        await on.press("›")
        assert "‹" in on.shown.buttons
        assert "Тем уже 100" in (await on.press(data="at:add::0")).text


# --- titles and order ------------------------------------------------------------------------------------------------


async def test_a_topic_is_renamed(database: Database) -> None:
    """Without a preview, one language at a time; what changed is said and logged."""
    async with admin_stage(database) as on:
        await opened(on, "agents")
        await on.press("✏️ Название по-русски")
        assert "Сейчас: Агенты" in on.shown.words
        (shown,) = await on.say("Агенты и инструменты")
        assert "Переименовано: Агенты → Агенты и инструменты" in shown.words
        changed = await topic(database, "agents")
        assert (changed.title_ru, changed.title_en) == ("Агенты и инструменты", "Agents")
        (entry,) = await on.log()
        assert (entry.admin_id, entry.action, entry.subject) == (500, "change topic", "agents")
        assert (entry.before, entry.after) == ({"title_ru": "Агенты"}, {"title_ru": "Агенты и инструменты"})
        assert await on.dialogue() == (None, {})


@pytest.mark.parametrize("typed", ["", "ж" * 61, "\u202e\u200b", "x" * 10_000, "\x00\x00"])
async def test_a_bad_title_is_told_and_asked_again(database: Database, typed: str) -> None:
    """Nothing, only invisible characters, or too much; the next answer counts."""
    async with admin_stage(database) as on:
        await opened(on, "agents")
        await on.press("✏️ Название по-английски")
        (shown,) = await on.say(typed)
        assert "от 1 до 60 символов" in shown.words or "нужен текст" in shown.words
        await on.say("Agents\x00 and \u202e tools")
        assert (await topic(database, "agents")).title_en == "Agents and tools"


async def test_two_admins_rename_at_once(database: Database) -> None:
    """One the Russian title, one the English: both stay."""
    async with admin_stage(database) as on:
        await opened(on, "agents")
        await opened(on, "agents", by=on.boris)
        await on.press("✏️ Название по-русски")
        await on.press("✏️ Название по-английски", by=on.boris)
        on.ada.say("Помощники")
        on.boris.say("Helpers")
        await on.settle_together()
        changed = await topic(database, "agents")
        assert (changed.title_ru, changed.title_en) == ("Помощники", "Helpers")


async def test_a_topic_moves_up_and_down(database: Database) -> None:
    """By one place, which is said; not beyond the ends."""
    async with admin_stage(database) as on:
        await few(database)
        await opened(on, "robots")
        assert (await on.press("⬆️ Выше")).text == "Место 1 из 3"
        assert (await on.press("⬆️ Выше")).text == "Она и так первая."
        assert (await on.press("⬇️ Ниже")).text == "Место 2 из 3"
        assert (await on.press("⬇️ Ниже")).text == "Место 3 из 3"
        assert (await on.press("⬇️ Ниже")).text == "Она и так последняя."
        async with database.begin() as session:
            assert [one.slug for one in await topic_store.every(session)] == ["models", "politics", "robots"]
        assert next((entry.before, entry.after) for entry in await on.log()) == ({"place": 2}, {"place": 3})


# --- what moves stories ----------------------------------------------------------------------------------------------


async def test_a_new_topic_is_previewed_and_saved(database: Database, pool: Executor) -> None:
    """The dialogue asks for titles, description and keywords; while the preview is looked for it says so, then tells which
    stories would enter, and only "Save" adds the topic; stories have it once they are relabelled.
    """
    async with admin_stage(database) as on:
        await on.archive(pool)
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        await on.say("Роботы-курьеры")
        await on.say("Courier robots")
        await on.say(ROBOTS)
        (shown,) = await on.say("роботы-курьеры, courier robot")
        assert "Новая тема: Роботы-курьеры / Courier robots" in shown.words
        assert "Просматриваю последнюю неделю" in shown.words
        # Meanwhile the bot answers whatever else is asked.
        assert await on.say("/settings")
        await on.answer(pool)
        message = await on.until("было 0, станет ")
        assert message.id == shown.id
        assert "Прибавится: 1\n• Роботы-курьеры в Иннополисе" in message.words
        async with database.begin() as session:
            assert not any(one.slug == "courier-robots" for one in await topic_store.every(session))
        await on.press("✅ Сохранить")
        assert "обновляются в фоне" in on.shown.words
        added = await topic(database, "courier-robots")
        assert (added.about, added.names) == (ROBOTS, ("роботы-курьеры", "courier robot"))
        (entry,) = await on.log()
        assert (entry.action, entry.subject, entry.before) == ("add topic", "courier-robots", None)
        await on.follow_up(pool)
        await on.press(data="at:list::2")
        assert "✅ Роботы-курьеры · 1" in on.shown.buttons


async def test_a_new_topic_is_changed_before_it_is_saved(database: Database, pool: Executor) -> None:
    """With "Change", one thing is said anew, then it is previewed again; keywords can be skipped."""
    async with admin_stage(database) as on:
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        for words in ("Квнты", "Quanta", "Квантовый компьютер обучает модель."):
            await on.say(words)
        await on.press("Пропустить")
        await on.press("Изменить")
        await on.press("Название по-русски")
        (shown,) = await on.say("Кванты")
        assert "Новая тема: Кванты / Quanta" in shown.words
        await on.answer(pool)
        await on.until("Ничего не прибавится и не уйдёт.")
        await on.press("✅ Сохранить")
        assert (await topic(database, "quanta")).title_ru == "Кванты"


async def test_lists_of_a_new_topic_are_corrected_one_by_one(database: Database) -> None:
    """As those of a topic that there is: a minus takes one out, the others stay; the preview shows them, and "Back" leaves them
    as they were.
    """
    async with admin_stage(database) as on:
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        for words in ("Кванты", "Quanta", "Первая.\nВтрая."):
            await on.say(words)
        (shown,) = await on.say("qubit, кубит, кубик")
        assert "Ключевые слова: 3\nqubit, кубит, кубик" in shown.words
        await on.press("Изменить")
        await on.press("Ключевые слова")
        assert "qubit, кубит, кубик" in on.shown.words
        assert "Пропустить" not in on.shown.buttons
        assert "Этого здесь нет: куб" in (await on.say("-куб"))[0].words
        (shown,) = await on.say("-кубик, ионы")
        assert "Ключевые слова: 3\nqubit, кубит, ионы" in shown.words
        await on.press("Изменить")
        await on.press("Описание")
        assert "2. Втрая." in on.shown.words
        (shown,) = await on.say("-2\nВторая.")
        assert "• Первая.\n• Вторая." in shown.words
        await on.press("Изменить")
        await on.press("Ключевые слова")
        await on.press("‹ Назад")
        assert "qubit, кубит, ионы" in on.shown.words
        await on.press("✅ Сохранить")
        made = await topic(database, "quanta")
        assert (made.about, made.names) == ("Первая.\nВторая.", ("qubit", "кубит", "ионы"))


async def test_a_change_is_gone_on_with_after_its_preview(database: Database) -> None:
    """What was typed before "Change" stays, and can be taken back."""
    async with admin_stage(database) as on:
        await few(database)
        await opened(on, "robots")
        await on.press("✏️ Ключевые слова")
        await on.say("дрон, лидер")
        await on.press("Изменить")
        assert "Robots, дрон, лидер" in on.shown.words
        (shown,) = await on.say("-лидер, лидар")
        assert "+ дрон\n+ лидар" in shown.words
        assert "лидер" not in shown.words
        await on.press("Изменить")
        (shown,) = await on.say("-лидар, -дрон")
        assert "ничего не меняет" in shown.words
        await on.say("= андроид")
        await on.press("Изменить")
        await on.say("дрон")
        await on.press("✅ Сохранить")
        assert (await topic(database, "robots")).names == ("андроид", "дрон")


async def test_keywords_are_added_and_taken_out(database: Database, pool: Executor) -> None:
    """What is typed is added, what has a minus goes; stories that would leave are told before it is saved."""
    async with admin_stage(database) as on:
        await few(database)
        async with database.begin() as session:
            await topic_store.change(session, "robots", about="Xx", names=["робот", "courier", "пицца"])
        await on.archive(pool)
        await opened(on, "robots")
        await on.press("✏️ Ключевые слова")
        assert "робот, courier, пицца" in on.shown.words
        (shown,) = await on.say("лидар, -COURIER, -пицца, дрон;")
        assert "− courier\n− пицца\n+ лидар\n+ дрон" in shown.words
        await on.answer(pool)
        await on.until("Роботы: было ")
        assert "Уйдёт: 2\n• Митап" in on.shown.words
        await on.press("✅ Сохранить")
        assert (await topic(database, "robots")).names == ("робот", "лидар", "дрон")
        entry = (await on.log())[0]
        assert entry.before == {"names": ["робот", "courier", "пицца"]}
        assert entry.after == {"names": ["робот", "лидар", "дрон"]}


async def test_lines_of_a_description_are_changed_by_their_numbers(database: Database, pool: Executor) -> None:
    """-2 takes the second line out, = puts new ones in place of all; dashes of a list are no minuses."""
    async with admin_stage(database) as on:
        await few(database)
        async with database.begin() as session:
            await topic_store.change(session, "robots", about="Первая.\nВторая.\nТретья.")
        await opened(on, "robots")
        await on.press("✏️ Описание")
        assert "2. Вторая." in on.shown.words
        await on.say("-2\n- Четвёртая.")
        await on.answer(pool)
        await on.press("✅ Сохранить")
        assert (await topic(database, "robots")).about == "Первая.\nТретья.\nЧетвёртая."
        await on.press("✏️ Описание")
        await on.say("=\n• Новая.\n• Другая.")
        await on.press("✅ Сохранить")
        assert (await topic(database, "robots")).about == "Новая.\nДругая."


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("about", "=", "от 1 до 5000 символов"), ("about", "ж" * 10_000, "от 1 до 5000 символов"),
        ("about", "-9", "Этого здесь нет: 9"), ("about", "-" + "9" * 4000, "Этого здесь нет: 9"),
        ("about", "Пост о том, что такое Роботы.", "ничего не меняет"), ("about", "\x00", "ничего не меняет"),
        ("names", "-нет такого", "Этого здесь нет: нет такого"), ("names", ", ,;\n,", "ничего не меняет"),
        ("names", "ж" * 81, "не больше 600"), ("names", ",".join(map(str, range(1000))), "не больше 600"),
        ("names", "ROBOTS", "ничего не меняет"), ("names", "\u202e" * 4000, "не больше 600"),
    ],
)  # fmt: skip
async def test_bad_lists_are_told_and_asked_again(database: Database, field: str, typed: str, told: str) -> None:
    """What is too long, unknown, or changes nothing, in a sentence; nothing is previewed."""
    async with admin_stage(database) as on:
        await few(database)
        await opened(on, "robots")
        await on.press(data=f"at:{field}:robots:0")
        (shown,) = await on.say(typed)
        assert told in shown.words
        async with database.begin() as session:
            assert not await requests.is_waiting(session)
        assert "Просматриваю" in (await on.say("ещё одно"))[0].words


async def test_switching_off_says_what_becomes_of_readers(database: Database, pool: Executor) -> None:
    """How many have chosen the topic, and that they keep their choice; stories leave."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await on.say("/start", by=on.boris)
        await on.press("✅ Подписаться", by=on.boris)
        async with database.begin() as session:
            boris = await readers.of_chat(session, on.boris.id, thread_id=None)
            assert boris is not None
            await readers.set_topics(session, boris.id, ["llm"], all_topics=False)
        await opened(on, "llm")
        await on.press("⏸ Выключить")
        assert "нет ни у одного сюжета. Кто читает всё" in on.shown.words
        assert "Её выбрал 1 читатель. Выбор сохранится" in on.shown.words
        await on.answer(pool)
        await on.until("Уйдёт: ")
        await on.press("✅ Сохранить")
        assert "Тема выключена" in on.shown.words
        assert "за неделю" not in on.shown.words
        assert not (await topic(database, "llm")).enabled
        assert (await on.log())[0].after == {"enabled": False, "merged_into": None}
        await on.press("▶️ Включить")
        assert "Её снова будут получать те, кто читает все темы. Её выбрал 1 читатель." in on.shown.words
        await on.press("✅ Сохранить")
        assert (await topic(database, "llm")).enabled


async def test_what_nobody_has_chosen_is_not_told_to_be_chosen(database: Database) -> None:
    """Of a topic without readers of its own, nothing is said of them; of one that is off, that a change tells later."""
    async with admin_stage(database) as on:
        await few(database)
        await opened(on, "robots")
        await on.press("⏸ Выключить")
        assert "выбра" not in on.shown.words.lower()
        await on.press("✅ Сохранить")
        await on.press("✏️ Ключевые слова")
        (shown,) = await on.say("дрон")
        assert "Тема выключена: изменение скажется, когда её включат." in shown.words
        await on.press("Отменить")
        await on.press("▶️ Включить")
        assert "выбра" not in on.shown.words.lower()


async def test_a_topic_goes_up_in_another_with_its_readers(database: Database, pool: Executor) -> None:
    """The target is chosen from those that are on; who had chosen the one has the other afterwards."""
    async with admin_stage(database) as on:
        await few(database)
        await on.archive(pool)
        async with database.begin() as session:
            await topic_store.set_enabled(session, "politics", enabled=False)
            reader = await readers.add(
                session, chat_id=-77, thread_id=None, kind=ReaderKind.GROUP, title="Г", lang="ru", tz="Europe/Moscow",
                hour=9, subscribed_by=None, now=on.now,
            )  # fmt: skip
            await readers.set_topics(session, reader.id, ["robots"], all_topics=False)
        await opened(on, "robots")
        await on.press("🔗 Объединить с…")
        assert on.shown.buttons == ["Модели", "Отменить"]
        await on.press("Модели")
        assert "Кто выбрал «Роботы», дальше будет получать «Модели»" in on.shown.words
        await on.answer(pool)
        await on.until("Модели: было ")
        await on.press("✅ Сохранить")
        async with database.begin() as session:
            (after,) = await readers.by_ids(session, [reader.id])
        assert after.topics == {"models"}
        assert (await topic(database, "robots")).merged_into == "models"
        await on.press("‹ Все темы")
        assert "↪ Роботы → Модели" in on.shown.buttons


# --- previews that fail, come late, or come for nothing --------------------------------------------------------------


async def test_a_late_preview_does_not_hold_anything_up(database: Database, pool: Executor) -> None:
    """Where nobody answers in time it is said, saving is possible, and another look shows what has come meanwhile."""
    async with admin_stage(database, patience=0.05) as on:
        await opened(on, "agents")
        await on.press("⏸ Выключить")
        await on.until("Проверка задерживается")
        await on.answer(pool)
        await on.press("🔄 Проверить ещё раз")
        await on.until("Агенты: было 0, станет 0")
        await on.press("Отменить")
        await on.press("⏸ Выключить")
        await on.until("Проверка задерживается")
        await on.press("✅ Сохранить")
        assert not (await topic(database, "agents")).enabled


async def test_a_failed_preview_says_why_and_still_lets_one_save(database: Database) -> None:
    """The summarizer's sentence is shown; another look asks anew."""
    async with admin_stage(database) as on:
        await opened(on, "agents")
        await on.press("⏸ Выключить")
        async with database.begin() as session:
            number = (await session.execute(text("SELECT max(id) FROM requests"))).scalar_one()
            await requests.fail(session, number, "диск полон\u202e")
        await on.until("Проверить не получилось: диск полон")
        await on.press("🔄 Проверить ещё раз")
        async with database.begin() as session:
            assert await requests.is_waiting(session)
        await on.press("✅ Сохранить")
        assert not (await topic(database, "agents")).enabled


async def test_an_answer_that_nobody_waits_for_changes_nothing(database: Database, pool: Executor) -> None:
    """Whoever has cancelled, or begun something else in the same message, is left where they are."""
    async with admin_stage(database) as on:
        await opened(on, "agents")
        await on.press("⏸ Выключить")
        await on.press("Отменить")
        assert "✏️ Описание" in on.shown.buttons
        await on.press("⏸ Выключить")
        await on.press(data="at:list::0")
        await on.press("✅ Агенты")
        await on.press("✏️ Описание")
        asked = on.shown.words
        await on.answer(pool)
        await on.say("/topics edit")
        assert asked in [message.words for message in on.ada.chat.messages.values()]
        assert (await topic(database, "agents")).enabled


async def test_a_summarizer_that_comes_later_is_waited_for(database: Database, pool: Executor) -> None:
    """Two previews are looked for at once, on one connection, which is closed once both are shown."""
    async with admin_stage(database) as on:
        for person, slug in ((on.ada, "agents"), (on.boris, "llm")):
            await opened(on, slug, by=person)
            await on.press("⏸ Выключить", by=person)
        await until_listening(database, 1)
        await on.answer(pool)
        await on.until("Агенты: было 0", by=on.ada)
        await on.until("Языковые модели: было 0", by=on.boris)
        await until_listening(database, 0)


# --- dialogues -------------------------------------------------------------------------------------------------------


async def test_a_command_in_the_middle_of_a_dialogue_is_answered(database: Database) -> None:
    """/digest and /settings answer as always, and the dialogue goes on with the next words; /cancel ends it."""
    async with admin_stage(database) as on:
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        for command in ("/digest", "/settings", "/digest week", "/unknown"):
            answers = await on.say(command)
            assert not any("английски" in answer.words for answer in answers)
        (shown,) = await on.say("Кванты")
        assert "по-английски" in shown.words
        (shown,) = await on.say("/cancel")
        assert "ничего не изменилось" in shown.words
        assert await on.dialogue() == (None, {})


async def test_what_is_no_text_is_told(database: Database) -> None:
    """A location or a file is no title; what is forwarded goes into the archive and not into the dialogue."""
    async with admin_stage(database) as on:
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        on.ada.location(55.7, 37.6)
        await on.settle()
        assert "нужен текст" in on.shown.words
        channel = on.api.channel("Тихая сова", username="quiet_owl")
        on.ada.forward(channel.post("Вышла модель Quillfin-3."))
        await on.settle()
        assert "Сохранено, источник: Тихая сова" in on.shown.words
        assert "по-английски" in (await on.say("Кванты"))[0].words


async def test_save_pressed_twice_saves_once(database: Database) -> None:
    """Two presses at the same moment make one topic, and both are answered."""
    async with admin_stage(database) as on:
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        for words in ("Кванты", "Quanta", "Квантовый компьютер.", "qubit"):
            await on.say(words)
        queries = [on.ada.tap(on.shown, "✅ Сохранить") for _ in range(5)]
        await on.settle_together()
        assert all(query.answer is not None for query in queries)
        async with database.begin() as session:
            made = [one.slug for one in await topic_store.every(session) if one.slug.startswith("quanta")]
        assert made == ["quanta"]
        assert len(await on.log()) == 1


async def test_a_button_of_an_older_dialogue_does_nothing(database: Database) -> None:
    """What was cancelled cannot be saved; buttons that do not belong to the step, or name what there is not, neither."""
    async with admin_stage(database) as on:
        await opened(on, "agents")
        await on.press("⏸ Выключить")
        button = next(
            one["callback_data"]
            for row in (on.shown.markup or {})["inline_keyboard"]
            for one in row
            if "Сохранить" in one["text"]
        )
        await on.press("Отменить")
        assert "сохранено или отменено" in (await on.press(data=button)).text
        await on.press("🔗 Объединить с…")
        number = (await on.dialogue())[1]["draft"]
        for press in ("save:", "again:", "fix:names", "skip:", "page:-1", "page:x", "nonsense:x", "change:"):
            await on.press(data=f"dr:t:{press}:{number}")
        await on.press(data=f"dr:t:into:gone:{number}")
        assert "Такой темы больше нет" in on.shown.words
        assert await on.log() == []


async def test_a_topic_that_is_gone_is_answered(database: Database) -> None:
    """Its buttons, words that were asked for it, and its preview say so."""
    async with admin_stage(database) as on:
        await few(database)
        await opened(on, "robots")
        await on.press("✏️ Название по-русски")
        async with database.begin() as session:
            await session.execute(text("DELETE FROM topics WHERE slug = 'robots'"))
        (shown,) = await on.say("Машины")
        assert "Такой темы больше нет" in shown.words
        for do in ("open", "up", "off", "merge", "about", "nonsense"):
            assert (await on.press(data=f"at:{do}:robots:0")).text == "Такой темы больше нет."


async def test_two_admins_do_not_overwrite_each_other(database: Database) -> None:
    """Keywords that one adds stay when the other adds theirs; who replaces all of them is first shown what they are now."""
    async with admin_stage(database) as on:
        await few(database)
        for person in (on.ada, on.boris):
            await opened(on, "robots", by=person)
            await on.press("✏️ Ключевые слова", by=person)
        await on.say("= андроид")
        await on.say("дрон", by=on.boris)
        await on.press("✅ Сохранить", by=on.boris)
        assert (await topic(database, "robots")).names == ("Robots", "дрон")
        await on.press("✅ Сохранить")
        assert "изменил кто-то другой" in on.shown.words
        assert "− Robots\n− дрон\n+ андроид" in on.shown.words
        assert (await topic(database, "robots")).names == ("Robots", "дрон")
        await on.press("✅ Сохранить")
        assert (await topic(database, "robots")).names == ("андроид",)


async def test_a_restart_in_the_middle_loses_nothing(database: Database, pool: Executor) -> None:
    """The dialogue goes on with another process, and a preview that the first one waited for can be looked at."""
    async with admin_stage(database) as on:
        await on.say("/topics edit")
        await on.press("➕ Добавить тему")
        for words in ("Кванты", "Quanta", "Квантовый компьютер."):
            await on.say(words)
    async with admin_stage(database) as on:
        (shown,) = await on.say("qubit")
        assert "Новая тема: Кванты / Quanta" in shown.words
        await on.answer(pool)
        await on.until("было 0, станет 0")
