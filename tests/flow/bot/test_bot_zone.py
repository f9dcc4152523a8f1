"""The dialogue about the time zone at the fake Bot API: typed, sent as a location, misunderstood, left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.db.engine import Database
from tests.fakes.botapi import Message, Person
from tests.flow.bot.telegram_readers import Stage, stage, subscribed


async def asked(on: Stage, person: Person, *, by_location: bool = False) -> Message:
    """Somebody has pressed "Time zone", and "By location" if so; the page."""
    (shown,) = await on.say(person, "/settings")
    await on.press(person, shown, "🌍 Часовой пояс")
    if by_location:
        await on.press(person, shown, "📍 По геопозиции")
    return shown


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Новосибирск", "Asia/Novosibirsk"),
        ("europe/berlin", "Europe/Berlin"),
        ("спб", "Europe/Moscow"),
        ("UTC+5:30", "Asia/Kolkata"),
    ],
)
async def test_a_city_or_a_zone_is_typed(database: Database, typed: str, zone: str) -> None:
    """A city in Russian, a zone by its name, an offset: each sets the zone, and the settings are shown again."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await asked(on, ada)
        said = await on.say(ada, typed)
        assert (await on.known(ada.chat)).tz == zone
        assert said[0].words.startswith("Часовой пояс: ")
        assert "Ваши настройки" in said[-1].words
        assert await on.say(ada, typed) == [], "the dialogue is over: this is a question"


async def test_several_places_are_offered(database: Database) -> None:
    """There are two Birminghams: both stand as buttons, and the one that is pressed counts."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await asked(on, ada)
        (several,) = await on.say(ada, "Бирмингем")
        assert len(several.buttons) == 3
        await on.press(ada, several, next(button for button in several.buttons if "UTC−6" in button))
        assert (await on.known(ada.chat)).tz == "America/Chicago"
        assert await on.say(ada, "Москва") == [], "the dialogue is over: this is a question"


async def test_an_unknown_place_is_asked_for_again(database: Database) -> None:
    """What is no place is told so, whatever it holds, and the next answer counts."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await asked(on, ada)
        for typed in ("Нигдеград", "a" * 4000, "🦉" * 100, "\u202eСквaM", "<b>&amp;", "{name} %s"):
            (told,) = await on.say(ada, typed)
            assert told.words.startswith("Не знаю места с названием")
            assert len(told.words) < 300
        await on.say(ada, "Томск")
        assert (await on.known(ada.chat)).tz == "Asia/Tomsk"


async def test_a_location_is_sent(database: Database) -> None:
    """The keyboard below the chat asks for a location, which sets the zone; the keyboard goes, the location is not kept."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await asked(on, ada, by_location=True)
        assert on.shown(ada.chat).buttons == ["📍 Отправить геопозицию", "Не отправлять"]
        ada.location(43.12, 131.89)
        await on.settle()
        assert (await on.known(ada.chat)).tz == "Asia/Vladivostok"
        told = next(message for message in ada.chat.sent if message.words == "Часовой пояс: Владивосток, UTC+10")
        assert told.markup == {"remove_keyboard": True}


async def test_a_location_at_another_time_changes_nothing(database: Database) -> None:
    """Who was not asked, and sends a location, is where they were, until they press the button that offers it."""
    async with stage(database) as on:
        ada = await subscribed(on)
        said = len(ada.chat.sent)
        ada.location(43.12, 131.89)
        await on.settle()
        assert (await on.known(ada.chat)).tz == "Europe/Moscow"
        (offer,) = ada.chat.sent[said:]
        assert offer.buttons == ["✅ Да, этот пояс", "🌍 Другой"]


@pytest.mark.parametrize("way_out", ["Не отправлять", "/settings", "/stop", "/start", "button"])
async def test_the_dialogue_can_be_left(database: Database, way_out: str) -> None:
    """Cancelling, a command and any button end the dialogue and take its keyboard away."""
    async with stage(database) as on:
        ada = await subscribed(on)
        page = await asked(on, ada, by_location=True)
        if way_out == "button":
            await on.press(ada, page, "‹ Назад")
        else:
            await on.say(ada, way_out)
        assert any(message.markup == {"remove_keyboard": True} for message in ada.chat.sent)
        assert await on.say(ada, "Томск") == []
        assert (await on.known(ada.chat)).tz == "Europe/Moscow"


async def test_an_answer_that_comes_the_next_day_is_none(database: Database) -> None:
    """What is written long after the question is about something else."""
    async with stage(database) as on:
        ada = await subscribed(on)
        await asked(on, ada)
        on.now += timedelta(hours=1)
        assert await on.say(ada, "Томск") == []
        assert (await on.known(ada.chat)).tz == "Europe/Moscow"


async def test_the_zone_of_the_proposal_leads_back_to_it(database: Database) -> None:
    """Who is new and types a city is shown the proposal with it."""
    async with stage(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/start")
        await on.press(ada, shown, "🌍 Часовой пояс")
        said = await on.say(ada, "Омск")
        assert "Предлагаю так" in said[-1].words
        assert "Омск, UTC+6" in said[-1].words


async def test_who_was_forgotten_meanwhile_is_answered_as_somebody_new(database: Database) -> None:
    """An answer about a reader that is gone changes nothing, and is no answer any more."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (forget,) = await on.say(ada, "/forget")
        await asked(on, ada)
        await on.press(ada, forget, "🗑 Да, удалить")
        assert await on.say(ada, "Омск") == []
