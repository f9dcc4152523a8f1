"""/stats and /errors at the fake Bot API: figures that are right, a picture that is one, errors that fit into a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import chart, deliver
from bot.typography import NO_BREAK
from core.db.engine import Database
from core.store import memories, readers, stats, troubles
from core.store.stats import Day
from tests.flow.bot.telegram_digests import DAY, HOUR, admin, many, newsroom, rows, run, shelved
from tests.flow.bot.telegram_readers import NOW, subscribed
from tests.flow.feed import post, store


async def test_the_figures(database: Database) -> None:
    """Archive, readers, digests, messages and thumbs are counted; the last two weeks come as a picture."""
    numbers = await shelved(database, 2)
    await store(database, [post(1, n, f"Новость {n}", minutes=n) for n in range(3)], now=NOW - 20 * DAY)
    await store(database, [post(2, 1, "Новость", minutes=9)], now=NOW - HOUR)
    async with newsroom(database) as on:
        boss, ada = admin(on), await subscribed(on)
        await subscribed(on, "Иван")
        await rows(
            database, "UPDATE readers SET state = 'paused', due_at = NULL WHERE chat_id <> :id RETURNING id", id=ada.id
        )
        async with database.begin() as session:
            await memories.save(session, (await on.known(ada.chat)).id, numbers[0], now=NOW)
        await on.ask(ada, "/digest")
        (shown,) = await on.say(boss, "/stats")
        assert shown.words.replace(NO_BREAK, " ").splitlines() == [
            "Как дела",
            "Архив: 4 поста из 2 каналов, 2 сюжета",
            "Сегодня: 1 пост, 2 новых сюжета",
            "За две недели: 1 пост, 2 новых сюжета",
            "Читатели: активных 1, на паузе 1, ушедших 0",
            "Дайджесты: сегодня 1, за две недели 1",
            "Сообщения за неделю: отправлено 1, ждут 0, не ушло 0, неизвестно 0",
            "Оценок: 0, сохранено: 1",
            "Модели: за две недели ничего не потрачено",
        ]
        assert shown.file is not None
        assert shown.file.data.startswith(b"\x89PNG")


async def test_an_empty_bot_has_figures_too(database: Database) -> None:
    """Nothing is divided by nothing."""
    async with newsroom(database) as on:
        (shown,) = await on.say(admin(on), "/stats")
        assert "Архив пуст: не прочитано ещё ни одного поста" in shown.words
        assert "Сегодня" not in shown.words
        assert shown.file is None


async def test_an_archive_that_has_fallen_silent_says_so(database: Database) -> None:
    """Where no post has come for two weeks there is no picture of nothing, but the day of the last one."""
    await store(database, [post(1, n, f"Новость {n}", minutes=n) for n in range(3)], now=NOW - 20 * DAY)
    async with newsroom(database) as on:
        (shown,) = await on.say(admin(on), "/stats")
        told = shown.words.replace(NO_BREAK, " ")
        assert "Архив: 3 поста из 1 канала, 0 сюжетов" in told
        assert "За две недели не пришло ни одного поста; последний пришёл 5 ноября в 08:00" in told
        assert shown.file is None


async def test_how_far_sending_is_behind(database: Database) -> None:
    """What waits longer than a minute is told."""
    await shelved(database, 1)
    async with newsroom(database) as on:
        await many(database, 3)
        await deliver.deliver_due(database, on.catalogues, clock=lambda: NOW)
        on.now = NOW + timedelta(minutes=21, seconds=30)
        (shown,) = await on.say(admin(on), "/stats")
        assert "Отправка отстаёт на 21 минуту" in shown.words.replace(NO_BREAK, " ")
        assert "ждут 3" in shown.words


async def test_days_are_whole_and_local(database: Database) -> None:
    """A day begins at midnight of the zone, also the first one; days without anything stand there with zeros."""
    moments = [
        datetime(2026, 11, 23, 20, 59, tzinfo=UTC), datetime(2026, 11, 23, 21, 0, tzinfo=UTC), NOW - HOUR,
    ]  # fmt: skip
    for number, moment in enumerate(moments):
        await store(database, [post(1, number, "Новость", minutes=number)], now=moment)
    since = datetime(2026, 11, 21, 21, tzinfo=UTC)
    async with database.begin() as session:
        found = await stats.days(session, since=since, until=NOW, tz="Europe/Moscow")
    assert [(f"{day.day:%d.%m}", day.posts) for day in found] == [
        ("22.11", 0),
        ("23.11", 1),
        ("24.11", 1),
        ("25.11", 1),
    ]


@pytest.mark.parametrize("most", [0, 1, 10**9])
def test_the_picture_is_drawn_whatever_the_figures(most: int) -> None:
    """A square of 1,080 pixels."""
    days = [
        Day(day=(NOW + n * DAY).date(), posts=n % 2 * most, stories=0, digests=0, sent=most, cost=0.0)
        for n in range(14)
    ]
    picture = chart.png(days, lang="ru", incoming="посты", outgoing="сообщения", title="Две недели $x_1$ $\\")
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1080, 1080)


async def test_no_errors(database: Database) -> None:
    """Says so."""
    async with newsroom(database) as on:
        (shown,) = await on.say(admin(on), "/errors")
        assert shown.words == "За последние 30 дней ничего не ломалось."


async def test_the_longest_errors_fit(database: Database) -> None:
    """Fifteen errors of the longest kind, full of emoji and markup, stand in one message, the newest first."""
    async with database.begin() as session:
        for number in range(20):
            await troubles.note(
                session, place=f"{number} " + "place" * 50, error="<b>😀\n\x00" * 400, now=NOW + number * HOUR
            )
    async with newsroom(database, failing=True) as on:
        (shown,) = await on.say(admin(on), "/errors")
        found = shown.words.split("\n\n")[1:]
        assert [entry.partition(" · ")[2].split(maxsplit=1)[0] for entry in found] == [str(n) for n in range(19, 4, -1)]
        assert all("<b>😀" in entry for entry in found)


async def test_a_failing_handler_speaks_the_readers_language(database: Database) -> None:
    """Who has chosen English is told in English, whatever their Telegram speaks; a stranger in the operator's language, where
    Telegram does not tell theirs, even if the database does not say who it is.
    """
    await shelved(database, 1)
    async with newsroom(database, failing=True) as on:
        ada = await subscribed(on)
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            await readers.set_language(session, reader.id, "en")
        await run(database, "ALTER TABLE deliveries RENAME TO elsewhere")
        (said,) = await on.say(ada, "/digest")
        assert said.words.startswith("Something went wrong on our side")
        stranger = on.api.user("Неизвестный", language_code=None)
        (said,) = await on.say(stranger, "/digest")
        assert said.words.startswith("У нас что-то сломалось")
        await run(database, "ALTER TABLE readers RENAME TO nobody")
        (said,) = await on.say(stranger, "/digest")
        assert said.words.startswith("У нас что-то сломалось")


async def test_a_failing_handler_is_told_and_noted(database: Database) -> None:
    """Who asked is told that it was not their fault; the admins find the error; the next question is answered."""
    await shelved(database, 1)
    async with newsroom(database, failing=True) as on:
        boss, ada = admin(on), await subscribed(on)
        await run(database, "ALTER TABLE deliveries RENAME TO elsewhere")
        (said,) = await on.say(ada, "/digest")
        assert said.words == "У нас что-то сломалось, мы это записали. Попробуйте ещё раз через минуту."
        (shown,) = await on.say(boss, "/errors")
        assert "message" in shown.words
        assert "ProgrammingError" in shown.words
        await run(database, "ALTER TABLE elsewhere RENAME TO deliveries")
        assert len(await on.ask(ada, "/digest")) == 1
