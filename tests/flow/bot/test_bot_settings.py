"""/settings at the fake Bot API: hours, days, language, length; when the next digest comes; forged and hurried presses."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from core.db.engine import Database
from core.readers import Length
from core.store import readers
from tests.fakes.botapi import Person
from tests.flow.bot.telegram_readers import Stage, stage, subscribed

NINE = datetime(2026, 11, 25, 6, tzinfo=UTC)  # nine in Moscow
NOON = datetime(2026, 11, 25, 9, tzinfo=UTC)


async def press(on: Stage, person: Person, data: str) -> str:
    """Presses a settings button of somebody's own; the toast."""
    reader = await on.known(person.chat)
    return (await on.press(person, on.shown(person.chat), data=f"set:{data}:{reader.id}")).text


async def test_settings_show_all_that_was_chosen(database: Database) -> None:
    """/settings tells hour, zone, language, length, topics and the next digest, with a button for each."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/settings")
        for part in (
            "сегодня в 09:00",
            "каждый день",
            "Москва",
            "русский",
            "обычный, до 10 сюжетов",
            "все, и новые тоже",
        ):
            assert part in shown.words
        for button in ("🕘 Время", "📅 Дни", "🌍 Часовой пояс", "💬 Язык", "📏 Объём", "🔕 Если нового нет", "⏸ Пауза"):
            assert button in shown.buttons


# --- when the next digest comes --------------------------------------------------------------------------------------


async def test_who_has_had_todays_digest_gets_no_second_one_today(database: Database) -> None:
    """At noon, after the digest of nine, the hour is moved to eighteen: the next one comes tomorrow at eighteen."""
    async with stage(database) as on:
        ada = await subscribed(on)
        on.now = NINE
        await on.deliver(await on.known(ada.chat), date(2026, 11, 25))
        on.now = NOON
        await on.say(ada, "/settings")
        await press(on, ada, "hour:18")
        assert (await on.known(ada.chat)).due_at == datetime(2026, 11, 26, 15, tzinfo=UTC)
        assert "завтра, 26 ноября, в 18:00" in on.shown(ada.chat).words


async def test_who_has_not_had_todays_digest_gets_it_at_the_new_hour(database: Database) -> None:
    """At eight, before the digest of nine, the hour is moved to eighteen: it comes today at eighteen."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await on.say(ada, "/settings")
        await press(on, ada, "hour:18")
        assert (await on.known(ada.chat)).due_at == datetime(2026, 11, 25, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Asia/Vladivostok", datetime(2026, 11, 25, 23, tzinfo=UTC)),  # tomorrow at nine there
        ("America/Los_Angeles", datetime(2026, 11, 26, 17, tzinfo=UTC)),  # not at nine of the day that was told
        ("Europe/Moscow", datetime(2026, 11, 26, 6, tzinfo=UTC)),
    ],
)
async def test_a_journey_brings_no_day_twice(database: Database, zone: str, due: datetime) -> None:
    """After the digest of the 25th in Moscow, none of the 25th comes elsewhere, wherever the clocks stand."""
    async with stage(database) as on:
        ada = await subscribed(on)
        on.now = NINE
        await on.deliver(await on.known(ada.chat), date(2026, 11, 25))
        on.now += timedelta(hours=1)
        await on.say(ada, "/settings")
        await press(on, ada, f"tz:{zone}")
        assert (await on.known(ada.chat)).due_at == due


async def test_days_of_the_week_move_the_next_digest(database: Database) -> None:
    """On a Wednesday, with Mondays alone, the next digest comes on Monday; the last day cannot be taken away."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/settings")
        await on.press(ada, shown, "📅 Дни")
        await on.press(ada, shown, "По будням")
        assert (await on.known(ada.chat)).days == (1, 2, 3, 4, 5)
        for day in ("✓ вт", "✓ ср", "✓ чт", "✓ пт"):
            await on.press(ada, shown, day)
        reader = await on.known(ada.chat)
        assert (reader.days, reader.due_at) == ((1,), datetime(2026, 11, 30, 6, tzinfo=UTC))
        assert (await on.press(ada, shown, "✓ пн")).text == "Хотя бы один день должен остаться."
        await on.press(ada, shown, "вс")
        assert (await on.known(ada.chat)).due_at == datetime(2026, 11, 29, 6, tzinfo=UTC)
        await on.press(ada, shown, "Каждый день")
        assert (await on.known(ada.chat)).due_at == NINE


async def test_settings_of_a_pause_stay_a_pause(database: Database) -> None:
    """Who has paused may change the hour, and is not subscribed by that."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await on.say(ada, "/stop")
        await press(on, ada, "hour:18")
        reader = await on.known(ada.chat)
        assert (reader.hour, reader.due_at) == (18, None)


# --- the other settings ----------------------------------------------------------------------------------------------


async def test_another_language_is_spoken_at_once(database: Database) -> None:
    """The page is redrawn in the language that was chosen, and so is all that follows."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/settings")
        await on.press(ada, shown, "💬 Язык")
        await on.press(ada, shown, "English")
        assert on.shown(ada.chat).words.startswith("Your settings")
        (help_page,) = await on.say(ada, "/help")
        assert "What I can do" in help_page.words


async def test_length_and_quiet_are_kept(database: Database) -> None:
    """Short, long, silence when nothing is new: each is what the next page shows."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/settings")
        await on.press(ada, shown, "📏 Объём")
        await on.press(ada, shown, "Длинный")
        await on.press(ada, shown, "🔕 Если нового нет")
        await on.press(ada, shown, "Ничего не присылать")
        reader = await on.known(ada.chat)
        assert (reader.length, reader.quiet) == (Length.LONG, True)
        assert "длинный, до 20 сюжетов" in on.shown(ada.chat).words
        assert "ничего не присылать" in on.shown(ada.chat).words


async def test_pause_and_resume_by_button(database: Database) -> None:
    """The settings page pauses and resumes."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/settings")
        assert (await on.press(ada, shown, "⏸ Пауза")).text == "Дайджесты на паузе."
        assert (await on.known(ada.chat)).due_at is None
        await on.press(ada, shown, "▶️ Возобновить")
        assert (await on.known(ada.chat)).due_at == NINE


# --- hostile readers -------------------------------------------------------------------------------------------------

FORGED = [
    "hour:24", "hour:-1", "hour:", "hour:٣", "hour:1e1", "day:+8", "day:", "day:3", "week:", "week:0", "week:89", "lang:de",
    "lang:", "tz:Mars/Olympus", "tz:", "tz:../etc/passwd", "tz:\u0000", "length:huge", "quiet:2", "quiet:", "nonsense:1", ":", "yours:-1",
    "yours:99999999999", "yours:x",
]  # fmt: skip


async def test_forged_settings_change_nothing(database: Database) -> None:
    """Values that no button has are answered, and change nothing."""
    async with stage(database) as on:
        ada = await subscribed(on)
        before = await on.known(ada.chat)
        for data in FORGED:
            await press(on, ada, data)
        assert await on.known(ada.chat) == before


@pytest.mark.parametrize(
    "data",
    [
        "set:hour:18:0",
        "set:hour:18:99999",
        f"set:hour:18:{10**30}",
        "set:hour:18:-5",
        "set:hour:18:x",
        "set:hour:18",
        "\u0000",
        "🦉",
    ],
)
async def test_readers_that_there_are_not_are_answered(database: Database, data: str) -> None:
    """A button that names no reader, or is none at all, gets a polite answer."""
    async with stage(database) as on:
        ada = await subscribed(on)
        answer = await on.press(ada, on.shown(ada.chat), data=data)
        assert "устарела" in answer.text
        assert (await on.known(ada.chat)).hour == 9


async def test_nobody_changes_the_settings_of_others(database: Database) -> None:
    """A forged button with somebody else's number is refused."""
    async with stage(database) as on:
        ada, mallory = await subscribed(on), await subscribed(on, "Мэллори")
        victim = await on.known(ada.chat)
        for data in (
            f"set:hour:3:{victim.id}",
            f"set:pause::{victim.id}",
            f"t:none::0:{victim.id}",
            f"fg:yes:{victim.id}",
        ):
            answer = await on.press(mallory, on.shown(mallory.chat), data=data)
            assert answer.text == "Менять эти настройки можете не вы."
        assert await on.known(ada.chat) == victim


async def test_a_hundred_presses_do_what_one_does(database: Database) -> None:
    """Pressing a button a hundred times, many at once, is answered each time and ends where one press ends."""
    async with stage(database) as on:
        ada = await subscribed(on)
        reader = await on.known(ada.chat)
        shown = on.shown(ada.chat)
        queries = [ada.tap(shown, data=f"set:hour:{18 if turn % 2 else 7}:{reader.id}") for turn in range(20)]
        await on.settle_together()
        queries += [ada.tap(shown, data=f"set:hour:21:{reader.id}") for _ in range(80)]
        await on.settle()
        assert all(query.answer is not None for query in queries)
        now = await on.known(ada.chat)
        assert (now.hour, now.due_at) == (21, datetime(2026, 11, 25, 18, tzinfo=UTC))


async def test_a_press_and_a_delivery_at_once_agree(database: Database) -> None:
    """A change of the hour that waits for a delivery to be written reckons with it: no second digest that day."""
    async with stage(database) as on:
        ada = await subscribed(on)
        on.now = NINE
        reader = await on.known(ada.chat)
        async with database.begin() as session:
            assert await readers.locked(session, reader.id) is not None
            query = ada.tap(on.shown(ada.chat), data=f"set:hour:18:{reader.id}")
            handling = asyncio.create_task(on.settle())
            await on.until_somebody_waits_for_a_lock()
            await on.write_delivery(session, reader, date(2026, 11, 25))
        await handling
        assert query.answer is not None
        assert (await on.known(ada.chat)).due_at == datetime(2026, 11, 26, 15, tzinfo=UTC)


async def test_a_button_below_a_message_that_is_gone_still_works(database: Database) -> None:
    """A press below a message that Telegram does not show any more is answered below the chat."""
    async with stage(database) as on:
        ada = await subscribed(on)
        shown = on.shown(ada.chat)
        reader = await on.known(ada.chat)
        del ada.chat.messages[shown.id]
        await on.press(ada, shown, data=f"set:hour:18:{reader.id}")
        assert "каждый день в 18:00" in on.shown(ada.chat).words
        assert on.shown(ada.chat).id != shown.id
