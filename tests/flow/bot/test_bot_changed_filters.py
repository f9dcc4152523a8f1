"""Changing a filter that there is, at the fake Bot API, with the real summarizer answering what is asked."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

import pytest

from core.db.engine import Database
from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store import channels as read_channels
from core.store import filters, steering
from tests.flow import feed
from tests.flow.bot.telegram_admins import ADMIN, NOW, AdminStage, admin_stage

DROP = Filter(
    id=0,
    action=FilterAction.DROP,
    kind=FilterKind.KEYWORD,
    pattern="вакансия",
    scope=Scope(topics=("llm",)),
    made_by=ADMIN,
)


async def kept(database: Database) -> Filter:
    async with database.begin() as session:
        (found,) = await filters.every(session)
    return found


async def changing(on: AdminStage, given: Filter = DROP) -> Filter:
    """A filter is there, and an admin begins to change it."""
    async with on.database.begin() as session:
        found = await filters.add(session, given, now=NOW)
    await on.say("/filters")
    await on.press(f"№ {found.id}")
    await on.press("🔧 Изменить")
    return found


async def test_another_pattern_is_checked_previewed_and_saved(database: Database, pool: Executor) -> None:
    """What it was is shown; what is typed goes the way of a new one, and nothing else of the filter changes."""
    async with admin_stage(database) as on:
        await on.archive(pool)
        before = await changing(on, replace(DROP, scope=Scope(), note="Не про науку", weight=0.0))
        assert "Сейчас: вакансия" in on.shown.words
        assert "‹ Назад" not in on.shown.buttons
        await on.say("вакансия, «ищем разработчика")
        await on.answer(pool)
        await on.until("⚠️")
        await on.say("вакансия, «хозяйке на заметку»")
        await on.answer(pool)
        await on.until("За последнюю неделю: 2 поста из 17")
        await on.press("✅ Сохранить")
        assert on.shown.words.startswith(f"Изменено.\n\n№ {before.id} · 🚫 Убирать")
        after = await kept(database)
        assert after.pattern == "вакансия, «хозяйке на заметку»"
        assert replace(after, pattern=before.pattern, hits=0, changed_at=before.changed_at) == before
        assert (await on.dialogue())[0] is None
        (log,) = await on.say("/admin log")
        assert "Ключевые слова: вакансия → вакансия, «хозяйке на заметку»" in log.words
        await on.follow_up(pool)
        assert (await kept(database)).hits == 2


async def test_a_threshold_is_moved_on_the_page_where_it_was_set(database: Database, pool: Executor) -> None:
    """Of likeness what is near enough is shown at once; the phrase can be changed from there as well."""
    like = Filter(
        id=0,
        action=FilterAction.BOOST,
        weight=0.25,
        kind=FilterKind.MEANING,
        pattern="встреча разработчиков с докладами и пиццей",
        threshold=0.25,
        made_by=ADMIN,
    )
    async with admin_stage(database) as on:
        await on.archive(pool)
        await changing(on, like)
        await on.answer(pool)
        await on.until("Достаточно похожи:")
        assert "Порог: 0,25" in on.shown.words
        await on.press("➖ Строже")
        await on.answer(pool)
        await on.until("Достаточно похожи:")
        await on.press("✅ Сохранить")
        after = await kept(database)
        assert (after.pattern, after.weight) == (like.pattern, 0.25)
        assert after.threshold is not None
        assert after.threshold > 0.26
        (log,) = await on.say("/admin log")
        assert f"Порог: 0,25 → {after.threshold:.2f}".replace("→ 0.", "→ 0,") in log.words
        await on.say("/filters")
        await on.press(f"№ {after.id}")
        await on.press("🔧 Изменить")
        await on.press("Изменить")
        assert f"Сейчас: {like.pattern}" in on.shown.words


async def test_a_channel_is_chosen_anew(database: Database, pool: Executor) -> None:
    """What is chosen by a button is chosen by a button again; the log calls channels by their names."""
    async with admin_stage(database) as on:
        await on.archive(pool, [feed.post(n, 1, f"Пост номер {n} о совах.", minutes=n) for n in (7, 8)])
        async with database.begin() as session:
            owl, train = [channel.id for channel in await read_channels.read(session, since=NOW)]
        await changing(on, replace(DROP, kind=FilterKind.CHANNEL, pattern=str(owl), scope=Scope()))
        await on.press("Канал 8")
        await on.answer(pool)
        await on.press("✅ Сохранить")
        assert (await kept(database)).pattern == str(train)
        (log,) = await on.say("/admin log")
        assert "Канал: Канал 7 → Канал 8" in log.words


async def test_what_somebody_else_has_made_of_it_is_shown_first(database: Database, pool: Executor) -> None:
    """The second of two admins sees what the first has saved before it is replaced; the log tells what replaced what."""
    async with admin_stage(database) as on:
        before = await changing(on)
        await on.say("стажировка")
        await on.answer(pool)
        async with database.begin() as session:
            held = await steering.held(session, before.id)
            assert held is not None
            await filters.change(session, replace(held, pattern="курсы"), now=NOW)
        await on.press("✅ Сохранить")
        assert "это изменил кто-то другой" in on.shown.words
        assert "Ключевые слова: курсы" in on.shown.words
        assert "Ваш вариант:\n🚫 Убирать\nКлючевые слова: стажировка" in on.shown.words
        assert (await kept(database)).pattern == "курсы"
        await on.press("✅ Сохранить")
        assert (await kept(database)).pattern == "стажировка"
        entry = (await on.log())[0]
        assert ((entry.before or {})["pattern"], (entry.after or {})["pattern"]) == ("курсы", "стажировка")


@pytest.mark.parametrize("pressed", ["Отменить", "✅ Сохранить"])
async def test_leaving_and_changing_nothing(database: Database, pool: Executor, pressed: str) -> None:
    """Both lead back to the filter's page; nothing is written down."""
    async with admin_stage(database) as on:
        found = await changing(on)
        await on.say("вакансия")
        await on.answer(pool)
        await on.press(pressed)
        assert f"№ {found.id} · 🚫 Убирать" in on.shown.words
        assert await on.log() == []
        assert (await on.dialogue())[0] is None


async def test_a_filter_that_goes_meanwhile(database: Database, pool: Executor) -> None:
    """Who saves it is told that it is gone, and it does not come back."""
    async with admin_stage(database) as on:
        found = await changing(on)
        await on.say("стажировка")
        await on.answer(pool)
        async with database.begin() as session:
            await filters.remove(session, found.id)
        await on.press("✅ Сохранить")
        assert "Этого фильтра уже нет" in on.shown.words
        async with database.begin() as session:
            assert await filters.every(session) == []


async def test_presses_of_a_new_filter_lead_nowhere(database: Database, pool: Executor) -> None:
    """Who changes a pattern gets to no other field by a forged press."""
    async with admin_stage(database) as on:
        await changing(on)
        number = (await on.dialogue())[1]["draft"]
        for do, value in (("back", ""), ("act", "pin"), ("kind", "ad"), ("scope", "all"), ("skip", ""), ("days", "1")):
            await on.press(data=f"dr:f:{do}:{value}:{number}")
            assert (await on.dialogue())[1]["step"] == "pattern"
        await on.say("стажировка")
        await on.answer(pool)
        await on.press(data=f"dr:f:back::{number}")
        assert (await on.dialogue())[1]["step"] == "preview"
