"""/filters at the fake Bot API, with the real summarizer answering what it asks."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Database
from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store import channels, filters, requests
from core.types import Channel, Post
from tests.flow import feed
from tests.flow.bot.telegram_admins import ADMIN, NOW, AdminStage, admin_stage

DROP = Filter(id=0, action=FilterAction.DROP, kind=FilterKind.KEYWORD, pattern="вакансия", made_by=ADMIN)


async def kept(database: Database) -> list[Filter]:
    async with database.begin() as session:
        return await filters.every(session)


async def add(database: Database, given: Filter = DROP, *, times: int = 1) -> int:
    """Filters are there; the number of the last one."""
    async with database.begin() as session:
        return [await filters.add(session, given, now=NOW) for _ in range(times)][-1].id


async def begin(on: AdminStage, *buttons: str) -> None:
    """An admin begins to make a filter and presses these buttons."""
    await on.say("/filters")
    await on.press("➕ Добавить фильтр")
    for button in buttons:
        await on.press(button)


async def finish(on: AdminStage, note: str = "", *, lasting: str = "Бессрочно") -> Filter:
    """From the preview to the saved filter."""
    await on.press("✅ Дальше")
    if note:
        await on.say(note)
    else:
        await on.press("Пропустить")
    await on.press(lasting)
    await on.press("✅ Сохранить")
    assert "Сохранено" in on.shown.words
    return (await kept(on.database))[-1]


# --- the list and one filter -----------------------------------------------------------------------------------------


async def test_admins_alone_see_filters(database: Database) -> None:
    """In private; in a group the bot asks to be written to in private, and a reader's /filters is not answered."""
    async with admin_stage(database) as on:
        (shown,) = await on.say("/filters")
        assert "Фильтров нет" in shown.words
        assert not any("ильтр" in answer.words for answer in await on.say("/filters", by=on.api.user("Вера")))
        group = on.api.group(creator=on.ada).add_bot()
        await on.settle()
        (shown,) = await on.say("/filters", to=group)
        assert "напишите мне в личный чат" in shown.words


async def test_the_list_tells_filters_apart(database: Database) -> None:
    """What each does, looks for, where, how often it met something, whether it is off or over."""
    async with admin_stage(database) as on:
        async with database.begin() as session:
            owl = await channels.upsert(session, Channel(tg_id=7, name="Тихая сова"))
        await add(database)
        await add(
            database, replace(DROP, action=FilterAction.BOOST, weight=0.3, kind=FilterKind.CHANNEL, pattern=str(owl))
        )
        await add(database, replace(DROP, action=FilterAction.PIN, scope=Scope(topics=("agents",)), enabled=False))
        await add(database, replace(DROP, kind=FilterKind.REGEX, pattern=r"v\d+", expires_at=NOW - timedelta(days=1)))
        await add(database, replace(DROP, kind=FilterKind.AD, pattern="grey", expires_at=NOW + timedelta(days=1)))
        (shown,) = await on.say("/filters")
        for line in (
            "№ 1 · 🚫 Убирать · Ключевые слова: вакансия\n0 срабатываний",
            "№ 2 · ⬆️ Поднимать на 0,3 · Канал: Тихая сова",
            "№ 3 · 📌 Закреплять · Ключевые слова: вакансия\nтолько темы: Агенты · выключен",
            "№ 4 · 🚫 Убирать · Регулярное выражение: v\\d+\nсрок вышел",
            "№ 5 · 🚫 Убирать · Реклама: сомнительная\n0 срабатываний · до 6 сентября, 12:00",
        ):
            assert line in shown.words


async def test_many_terrible_filters_stand_on_pages(database: Database) -> None:
    """Eight a page, each page and each filter one that Telegram takes, whatever their patterns hold."""
    async with admin_stage(database) as on:
        terrible = replace(
            DROP,
            pattern="🦉<b>\u202e" * 250,
            note="ж\u202e🦉" * 160,
            scope=Scope(topics=tuple(f"t{n}" for n in range(500)), channels=tuple(range(500))),
        )
        await add(database, terrible, times=30)
        await on.say("/filters")
        for _ in range(3):
            await on.press("›")
        assert "Страница 4 из 4" in on.shown.words
        assert "\u202e" not in on.shown.words
        for do in ("open", "until", "delete", "note"):
            await on.press(data=f"fl:{do}:1:3")
            assert "\u202e" not in on.shown.words


async def test_a_filter_is_switched_off_and_on(database: Database) -> None:
    """One press each; who presses a button of an older page is told that it is so already."""
    async with admin_stage(database) as on:
        number = await add(database)
        await on.say("/filters")
        await on.press(f"№ {number}")
        assert "▶️ Включён, бессрочно" in on.shown.words
        assert "Автор: вы" in on.shown.words
        assert (await on.press("⏸ Выключить")).text == "Выключен."
        assert (await on.press(data=f"fl:off:{number}:0", by=on.ada)).text == "Так уже и есть."
        assert "⏸ Выключен" in on.shown.words
        await on.press("▶️ Включить")
        assert (await kept(database))[0].enabled
        assert [(entry.before, entry.after) for entry in reversed(await on.log())] == [
            ({"enabled": True}, {"enabled": False}),
            ({"enabled": False}, {"enabled": True}),
        ]


async def test_a_note_and_a_term_are_changed(database: Database, pool: Executor) -> None:
    """Without forgetting what the filter has met."""
    async with admin_stage(database) as on:
        number = await add(database)
        await on.archive(pool)
        await on.say("/filters")
        await on.press(f"№ {number}")
        assert "Под него попал 1 пост\n• Вакансия: инженер" in on.shown.words
        await on.press("✏️ Заметка")
        (shown,) = await on.say("Ада\x00 попросила\u202e")
        assert "Заметка: Ада попросила" in shown.words
        await on.press("⌛ Срок")
        await on.press("Неделю")
        assert "Включён, до 12 сентября, 12:00" in on.shown.words
        (found,) = await kept(database)
        assert (found.hits, found.expires_at) == (1, NOW + timedelta(days=7))
        await on.press("⌛ Срок")
        await on.press("Бессрочно")
        await on.press("✏️ Заметка")
        await on.press("Без заметки")
        (found,) = await kept(database)
        assert (found.note, found.expires_at, found.hits) == ("", None, 1)
        assert len(await on.log()) == 4


async def test_a_note_of_another_admin_is_not_overwritten_unseen(database: Database) -> None:
    """Who sends a note after somebody else has changed it is shown theirs first; what is too long is asked again."""
    async with admin_stage(database) as on:
        number = await add(database)
        for person in (on.ada, on.boris):
            await on.say("/filters", by=person)
            await on.press(f"№ {number}", by=person)
            await on.press("✏️ Заметка", by=person)
        assert "не больше 500" in (await on.say("ж" * 4000, by=on.boris))[0].words
        await on.say("от Бориса", by=on.boris)
        (shown,) = await on.say("от Ады")
        assert "изменил кто-то другой" in shown.words
        assert "Сейчас: от Бориса" in shown.words
        assert (await kept(database))[0].note == "от Бориса"
        await on.say("от Ады")
        assert (await kept(database))[0].note == "от Ады"


async def test_two_admins_change_different_things_at_once(database: Database) -> None:
    """One switches the filter off, one sets a term, one writes a note: all three count."""
    async with admin_stage(database) as on:
        number = await add(database)
        await on.say("/filters")
        await on.press(f"№ {number}")
        await on.press("✏️ Заметка")
        await on.say("/filters", by=on.boris)
        on.boris.tap(on.last(on.boris), data=f"fl:off:{number}:0")
        on.boris.tap(on.last(on.boris), data=f"fl:for7:{number}:0")
        on.ada.say("зачем")
        await on.settle_together()
        (found,) = await kept(database)
        assert (found.enabled, found.note, found.expires_at) == (False, "зачем", NOW + timedelta(days=7))


async def test_a_filter_is_deleted_after_a_question(database: Database) -> None:
    """And whatever is done with it afterwards says politely that it is gone."""
    async with admin_stage(database) as on:
        number = await add(database)
        await on.say("/filters")
        await on.press(f"№ {number}")
        await on.press("🗑 Удалить")
        assert "вернётся" in on.shown.words
        await on.press("Нет, оставить")
        await on.press("🗑 Удалить")
        assert (await on.press("🗑 Да, удалить")).text == "Удалено."
        assert await kept(database) == []
        assert (await on.log())[0].before is not None
        for do in ("open", "off", "on", "for7", "until", "note", "delete", "deleted", "nonsense"):
            assert (await on.press(data=f"fl:{do}:{number}:0")).text == "Этого фильтра уже нет."
        for data in ("fl:open:9223372036854775807:0", "fl:open:99999999999999999999:0", "fl:list:0:-1", "fl:list:0:x"):
            await on.press(data=data)
        assert len(await on.log()) == 1


async def test_a_note_for_a_filter_that_is_gone(database: Database) -> None:
    """Somebody else has deleted it while the note was being written."""
    async with admin_stage(database) as on:
        number = await add(database)
        await on.say("/filters")
        await on.press(f"№ {number}")
        await on.press("✏️ Заметка")
        async with database.begin() as session:
            await filters.remove(session, number)
        (shown,) = await on.say("зачем")
        assert "Этого фильтра уже нет" in shown.words
        assert await on.dialogue() == (None, {})


# --- the dialogue ----------------------------------------------------------------------------------------------------


async def test_a_filter_of_keywords_is_made(database: Database, pool: Executor) -> None:
    """Action, kind, words, scope, preview with posts and stories, note, term: then it is there and does what it told."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await begin(on, "🚫 Убирать", "Ключевые слова")
        (shown,) = await on.say("вакансия, «хозяйке на заметку»")
        assert "Где он действует?" in shown.words
        await on.press("Везде")
        assert "Просматриваю последнюю неделю" in on.shown.words
        await on.answer(pool)
        await on.until("За последнюю неделю: 2 поста из 17, 2 сюжета\n2 сюжета исчезнут")
        assert "• Вакансия: инженер по распознаванию речи" in on.shown.words
        await on.press("✅ Дальше")
        await on.say("Не про науку")
        await on.press("День")
        assert "Включён, до 6 сентября, 12:00\nЗаметка: Не про науку" in on.shown.words
        await on.press("✅ Сохранить")
        (found,) = await kept(database)
        assert (found.action, found.kind, found.pattern, found.scope) == (
            FilterAction.DROP, FilterKind.KEYWORD, "вакансия, «хозяйке на заметку»", Scope(),
        )  # fmt: skip
        assert (found.note, found.expires_at, found.made_by) == ("Не про науку", NOW + timedelta(days=1), ADMIN)
        (entry,) = await on.log()
        assert (entry.action, entry.subject, entry.before) == ("add filter", str(found.id), None)
        assert (entry.after or {})["note"] == "Не про науку"
        await on.follow_up(pool)
        assert (await kept(database))[0].hits == 2


async def test_what_is_not_counted_yet_is_not_told_to_be_nothing(database: Database, pool: Executor) -> None:
    """A filter that was just saved, or switched on, says that its posts are being counted, and by itself how many they are once
    they were; one that is off says nothing of it.
    """
    async with admin_stage(database, patience=0.05) as on:
        await on.archive(pool)
        await begin(on, "🚫 Убирать", "Язык", "en", "Везде")
        await on.until("Проверка задерживается")
        await finish(on)
        assert "Ещё считаю посты" in on.shown.words
        assert "Под него попал" not in on.shown.words
        (listed,) = await on.say("/filters")
        assert listed.words.endswith("Язык: en\nещё считаю")
        await on.press("№ 1")
        await on.follow_up(pool)
        await on.until("Под него попало 3 поста\n• ")
        await on.press("⏸ Выключить")
        assert "Под него попал" not in on.shown.words
        await on.follow_up(pool)
        await on.press("▶️ Включить")
        assert "Ещё считаю" in on.shown.words
        await on.press("⌛ Срок")
        await on.follow_up(pool)
        await on.press("‹ Назад")
        assert "Под него попало 3 поста" in on.shown.words
        assert "Ещё считаю" not in on.shown.words


async def test_links_of_examples_open(database: Database, pool: Executor) -> None:
    """Posts of channels with a name are linked, others are only named."""
    async with admin_stage(database) as on:
        named = Channel(tg_id=77, name="Тихая сова", username="quiet_owl")
        batch = feed.feed()
        await on.archive(pool, [*batch, replace(batch[6], channel=named, message_id=41)])
        await begin(on, "📌 Закреплять", "Ключевые слова")
        await on.say("нейровстреча")
        await on.press("Везде")
        await on.answer(pool)
        await on.until("закреп")
        assert on.shown.links == ["https://t.me/quiet_owl/41"]
        assert "· Канал 3" in on.shown.words


@pytest.mark.parametrize(
    ("action", "weight"),
    [("⬆️ Поднимать на 0,1", 0.1), ("⬆️ Поднимать на 0,3", 0.3), ("⬇️ Опускать на 0,1", -0.1), ("⬇️ Опускать на 0,3", -0.3)],
)  # fmt: skip
async def test_stories_are_boosted_and_lowered(database: Database, action: str, weight: float) -> None:
    """By what the button says, also where nobody previews it."""
    async with admin_stage(database, patience=0.05) as on:
        await begin(on, action, "Язык", "en", "Везде")
        await on.until("Проверка задерживается")
        found = await finish(on)
        assert (found.action, found.weight, found.kind, found.pattern) == (
            FilterAction.BOOST,
            weight,
            FilterKind.LANGUAGE,
            "en",
        )


async def test_channels_topics_and_verdicts_are_chosen(database: Database, pool: Executor) -> None:
    """From lists on pages; what is named in the filter is shown by its name."""
    async with admin_stage(database) as on:
        await on.archive(pool, [feed.post(n, 1, f"Пост номер {n} о совах.", minutes=n) for n in range(1, 13)])
        await begin(on, "🚫 Убирать", "Канал", "›", "Канал 9", "Везде")
        await on.answer(pool)
        await on.until("1 пост из 12")
        found = await finish(on)
        async with database.begin() as session:
            assert (await channels.names(session, [int(found.pattern)])) == {int(found.pattern): "Канал 9"}
        assert "Канал: Канал 9" in on.shown.words
        await begin(on, "🚫 Убирать", "Тема", "Агенты", "Везде")
        await on.answer(pool)
        await on.until("не попадает ни один пост из 12")
        assert (await finish(on)).pattern == "agents"
        await begin(on, "🚫 Убирать", "Реклама", "явная", "Везде")
        await on.answer(pool)
        await on.until("ни один пост из 12")
        assert (await finish(on)).pattern == "ad"
        await begin(on, "🚫 Убирать", "Язык")
        assert "латинскими буквами" in (await on.say("русский"))[0].words
        await on.say("DE")
        await on.press("Везде")
        await on.answer(pool)
        await on.until("ни один пост из 12")
        assert (await finish(on)).pattern == "de"


async def test_a_scope_of_topics_or_channels(database: Database, pool: Executor) -> None:
    """Several are ticked, over pages, and unticked again; a filter of a channel has no scope of channels."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await begin(on, "🚫 Убирать", "Ключевые слова")
        await on.say("митап")
        await on.press("Только в некоторых каналах")
        await on.press("▫️ Канал 3")
        await on.press("▫️ Канал 1")
        await on.press("✅ Канал 1")
        await on.press("Готово: 1")
        await on.answer(pool)
        await on.until("1 пост из 17")
        assert "Где действует: только каналы: Канал 3" in on.shown.words
        await on.press("‹ Назад")
        await on.press("Только в некоторых темах")
        await on.press("▫️ Агенты")
        await on.press("›")
        await on.press("▫️ Безопасность ИИ")
        await on.press("Готово: 2")
        await on.answer(pool)
        await on.until("ни один пост из 17")
        found = await finish(on)
        assert found.scope == Scope(topics=("agents", "safety"))
        await begin(on, "🚫 Убирать", "Канал", "Канал 1")
        assert "Только в некоторых каналах" not in on.shown.buttons


@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("Регулярное выражение", "(", "Это не регулярное выражение"), ("Регулярное выражение", "(a+)+$", "слишком долго"),
        ("Регулярное выражение", "(a{1000}){1000}", "фигурных скобках"), ("Регулярное выражение", "ж" * 600, "не больше 500"),
        ("Регулярное выражение", "(?x) a", "флаги"), ("Ключевые слова", "«вакансия", "Кавычка открыта"),
        ("Ключевые слова", "!!!, …", "ни одного слова"), ("Ключевые слова", ",".join(map(str, range(150))), "не больше 100"),
    ],
)  # fmt: skip
async def test_a_bad_pattern_is_told_and_asked_again(
    database: Database, pool: Executor, kind: str, typed: str, told: str
) -> None:
    """In a sentence of the admin's language; the next pattern is previewed at once, with the scope that was chosen."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await begin(on, "🚫 Убирать", kind)
        await on.say(typed)
        await on.press("Везде")
        await on.answer(pool)
        await on.until(told)
        assert "Пришлите" in on.shown.words
        assert "✅ Дальше" not in on.shown.buttons
        await on.say("нейровстреча")
        await on.answer(pool)
        await on.until("2 поста из 17")
        assert (await finish(on)).pattern == "нейровстреча"


@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("Регулярное выражение", "(вакансия", "скобка ( не закрыта, в самом конце: (вакансия ⟵"),
        ("Регулярное выражение", "(а+)+$", "слишком долго"),
        ("Ключевые слова", "«вакансия", "Кавычка открыта"), ("Похожее", "ж" * 600, "не больше 500"),
    ],
)  # fmt: skip
async def test_a_bad_pattern_is_refused_when_it_is_typed(
    database: Database, pool: Executor, kind: str, typed: str, told: str
) -> None:
    """Before anything else is asked, with what is wrong and where; a good one goes on."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await begin(on, "🚫 Убирать", kind)
        (asked,) = await on.say(typed)
        await on.answer(pool)
        shown = await on.until(told)
        assert shown.id == asked.id
        assert "Пришлите" in shown.words
        assert shown.buttons == ["‹ Назад", "Отменить"]
        (asked,) = await on.say("нейровстреча")
        assert "Где он действует?" in asked.words
        await on.answer(pool)
        await on.press("Везде")
        await on.answer(pool)
        await on.until("За последнюю неделю")
        assert (await finish(on)).pattern == "нейровстреча"


async def test_whoever_has_typed_another_pattern_is_not_told_of_the_first(database: Database, pool: Executor) -> None:
    """Nor whoever has gone elsewhere, or cancelled."""
    async with admin_stage(database) as on:
        await begin(on, "🚫 Убирать", "Регулярное выражение")
        await on.say("(")
        await on.press("‹ Назад")
        await on.say("вакансия")
        await on.answer(pool)
        await on.press("Везде")
        await on.answer(pool)
        await on.until("За последнюю неделю")
        assert (await finish(on)).pattern == "вакансия"
        await begin(on, "🚫 Убирать", "Регулярное выражение")
        await on.say("[")
        await on.say("/cancel")
        await begin(on, "🚫 Убирать", "Регулярное выражение")
        await on.say("вакансия")
        await on.press("Везде")
        await on.answer(pool)
        await on.until("За последнюю неделю")
        assert not any("скобка" in message.words for message in on.ada.chat.messages.values())


@pytest.mark.parametrize("typed", ["ж" * 10_000, "\x00", "\x00" * 4000, " \n "])
async def test_what_is_no_pattern_at_all_is_told_at_once(database: Database, typed: str) -> None:
    """Far too long, or nothing: nobody is asked."""
    async with admin_stage(database) as on:
        await begin(on, "🚫 Убирать", "Ключевые слова")
        (shown,) = await on.say(typed)
        assert "Слишком длинно" in shown.words or "нечего искать" in shown.words or "нужен текст" in shown.words
        async with database.begin() as session:
            assert not await requests.is_waiting(session)
        assert "Где он действует?" in (await on.say("a\x00b\u202e"))[0].words


# --- like this -------------------------------------------------------------------------------------------------------


async def test_posts_that_mean_something_like_a_phrase(database: Database, pool: Executor) -> None:
    """The preview shows what is just near enough and just not; stricter and looser move the threshold and look again."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await begin(on, "⬆️ Поднимать на 0,1", "Похожее")
        await on.say("встреча разработчиков с докладами и пиццей")
        await on.press("Везде")
        await on.answer(pool)
        await on.until("Порог: 0,25")
        first = on.shown.words
        assert "Достаточно похожи:\n• 0," in first
        assert "Чуть-чуть не дотягивают:\n• 0," in first
        await on.press("➕ Мягче")
        assert "Просматриваю" in on.shown.words
        await on.answer(pool)
        await on.until("Достаточно похожи:")
        looser = (await on.dialogue())[1]["values"]["threshold"]
        assert looser < 0.25
        await on.press("➖ Строже")
        await on.answer(pool)
        await on.until("Достаточно похожи:")
        stricter = (await on.dialogue())[1]["values"]["threshold"]
        assert stricter > looser
        found = await finish(on)
        assert (found.kind, found.threshold) == (FilterKind.MEANING, stricter)
        await on.follow_up(pool)
        assert (await kept(database))[0].hits >= 1


async def posted(on: AdminStage) -> None:
    """A post of a public channel is in the archive: the meetup, as channel 3 told it."""
    async with on.database.begin() as session:
        await channels.upsert(session, Channel(tg_id=1003, name="Канал 3", username="channel_three"))


@pytest.mark.parametrize(
    "link", ["t.me/channel_three/2", "https://t.me/c/1003/2?single", "https://t.me/s/Channel_Three/2"]
)
async def test_posts_like_one_that_a_link_names(database: Database, pool: Executor, link: str) -> None:
    """It is named by its title and link in the filter; posts like it are met."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        await posted(on)
        await begin(on, "🚫 Убирать", "Похожее")
        assert "нет в архиве" in (await on.say("t.me/channel_three/999"))[0].words
        await on.say(link)
        await on.press("Везде")
        await on.answer(pool)
        await on.until("Достаточно похожи:")
        assert "Похожее: Митап «Нейровстреча»" in on.shown.words
        assert "https://t.me/channel_three/2" in on.shown.links
        found = await finish(on)
        assert found.pattern.startswith("post:")


async def test_posts_like_one_that_is_forwarded(database: Database, pool: Executor) -> None:
    """One that is in the archive stands for itself, of any other the words do; nothing is kept of what was forwarded."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        channel = on.api.channel("Сова", username="owl_of_the_north")
        post = channel.post(f"{feed.MEETUP} " * 20)
        await on.settle()  # the bot is no admin there: it hears nothing
        await begin(on, "🚫 Убирать", "Похожее")
        on.ada.forward(post)
        await on.settle()
        assert "сравнивать буду с его словами" in on.shown.words
        await on.press("Везде")
        await on.answer(pool)
        await on.until("Достаточно похожи:")
        found = await finish(on)
        assert found.pattern.startswith("Митап «Нейровстреча»")
        assert len(found.pattern) <= 500
        async with database.begin() as session:
            count = (await session.execute(text("SELECT count(*) FROM posts"))).scalar_one()
        assert count == len(feed.feed())


async def test_a_forwarded_post_of_the_archive_stands_for_itself(database: Database, pool: Executor) -> None:
    """Its number is kept, and what is forwarded at any other step goes into the archive, as always."""
    async with admin_stage(database) as on:
        channel = on.api.channel("Сова", username="owl_of_the_north")
        post = channel.post(feed.MEETUP)
        known = Channel(tg_id=-channel.id - 1_000_000_000_000, name="Сова", username="owl_of_the_north")
        stored = Post(channel=known, message_id=post.id, text=feed.MEETUP, raw={}, date=NOW - timedelta(days=1))
        await on.archive(pool, [*feed.feed(), stored])
        await begin(on, "🚫 Убирать")
        on.ada.forward(post)
        await on.settle()
        assert "источник: Сова" in on.shown.words
        await on.press("Похожее")
        on.ada.forward(post)
        await on.settle()
        assert "Где он действует?" in on.shown.words
        assert (await on.dialogue())[1]["values"]["pattern"].startswith("post:")


# --- dialogues that go wrong -----------------------------------------------------------------------------------------


async def test_cancel_ends_it_at_any_step(database: Database) -> None:
    """With the command or the button; nothing was saved."""
    async with admin_stage(database, patience=0.05) as on:
        steps = ("🚫 Убирать", "Язык", "ru", "Везде", "✅ Дальше", "Пропустить", "День")
        for count in range(len(steps) + 1):
            await begin(on, *steps[:count])
            assert any("ничего не изменилось" in answer.words for answer in await on.say("/cancel"))
            await begin(on, *steps[:count])
            await on.press("Отменить")
            assert await on.dialogue() == (None, {})
        assert await kept(database) == []


async def test_each_step_can_be_gone_back_from(database: Database) -> None:
    """All the way to the first, and forward again."""
    async with admin_stage(database, patience=0.05) as on:
        await begin(on, "🚫 Убирать", "Язык", "ru", "Везде", "✅ Дальше", "Пропустить", "День")
        for _ in range(7):
            await on.press("‹ Назад")
        assert "Что делать с постами" in on.shown.words
        for button in ("📌 Закреплять", "Реклама", "явная", "Везде"):
            await on.press(button)
        found = await finish(on)
        assert (found.action, found.kind, found.pattern) == (FilterAction.PIN, FilterKind.AD, "ad")


async def test_commands_answer_in_the_middle_and_words_still_belong_to_it(database: Database) -> None:
    """A pattern that only looks like a command, such as /r/names, is a pattern."""
    async with admin_stage(database) as on:
        await begin(on, "🚫 Убирать", "Ключевые слова")
        for command in ("/digest", "/topics", "/start", "/filters"):
            assert await on.say(command)
        (shown,) = await on.say("/r/MachineLearning")
        assert "Где он действует?" in shown.words
        assert (await on.dialogue())[1]["values"]["pattern"] == "/r/MachineLearning"


async def test_words_that_nobody_asked_for_are_not_taken(database: Database) -> None:
    """While buttons are to be pressed, what is typed belongs to nobody here."""
    async with admin_stage(database) as on:
        await begin(on, "🚫 Убирать")
        before = await on.dialogue()
        await on.say("что нового?")
        assert await on.dialogue() == before


async def test_forged_and_hurried_presses(database: Database) -> None:
    """Buttons of other steps, values that there are not, presses at once: nothing breaks, and one filter is saved."""
    async with admin_stage(database, patience=0.05) as on:
        await begin(on, "🚫 Убирать", "Язык")
        number = (await on.dialogue())[1]["draft"]
        for press in (
            "pick:zz", "pick:", "pick:ad", "act:nuke", "kind:x", "scope:all", "toggle:1", "done:", "page:-1", "page:", "go:",
            "days:9", "save:", "stricter:", "again:", "skip:", "page:999999999999999999", "nonsense:",
        ):  # fmt: skip
            answer = await on.press(data=f"dr:f:{press}:{number}")
            assert answer.text == ""
        await on.press("ru")
        await on.press("Только в некоторых каналах")
        for value in ("x", "-1", "9" * 18, "٣", "", "9" * 18):
            await on.press(data=f"dr:f:toggle:{value}:{number}")
        await on.press(data=f"dr:f:done::{number}")  # nothing is ticked
        assert "В каких каналах" in on.shown.words
        await on.press("‹ Назад")
        await on.press("Везде")
        await on.press("✅ Дальше")
        await on.press("Пропустить")
        await on.press("День")
        queries = [on.ada.tap(on.shown, "✅ Сохранить") for _ in range(4)]
        await on.settle_together()
        assert all(query.answer is not None for query in queries)
        assert len(await kept(database)) == 1
        assert "сохранено или отменено" in (await on.press(data=f"dr:f:save::{number}")).text


async def test_a_topic_that_goes_meanwhile_is_told(database: Database, pool: Executor) -> None:
    """The preview of a filter of a topic that was switched off says so, and does not let one go on."""
    async with admin_stage(database) as on:
        await begin(on, "🚫 Убирать", "Тема")
        async with database.begin() as session:
            await session.execute(text("UPDATE topics SET enabled = false WHERE slug = 'agents'"))
        await on.press("Агенты")
        await on.press("Везде")
        await on.answer(pool)
        await on.until("Такой темы нет")
        assert "✅ Дальше" not in on.shown.buttons
        await on.press("Изменить")
        assert "Агенты" not in on.shown.buttons


async def test_english(database: Database) -> None:
    """An admin who speaks English is spoken to in English, to the last word."""
    async with admin_stage(database, patience=0.05, lang="en") as on:
        await on.say("/filters")
        for button in ("➕ Add a filter", "⬇️ Lower by 0.3", "Language", "en", "Everywhere"):
            await on.press(button)
        await on.until("The preview is late")
        for button in ("✅ Go on", "Skip", "A month", "✅ Save"):
            await on.press(button)
        assert "On, until 5 October, 12:00" in on.shown.words or "On, until 5 October, 09:00" in on.shown.words
