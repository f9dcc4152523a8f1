"""What nobody has asked for, at the fake Bot API: in private each thing gets one short answer, groups hear nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.db.engine import Database
from tests.fakes.botapi import Person
from tests.flow.bot.telegram_digests import admin, newsroom, rows
from tests.flow.bot.telegram_readers import NOT_UNDERSTOOD, Stage, stage, subscribed

FILES = "Файлы, картинки и голосовые я не разбираю. Что я умею, расскажет /help."
WAITS = "Жду, что вы нажмёте кнопку выше. Передумали: /cancel."
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 60}]
FILE = {"file_id": "f", "file_unique_id": "f"}
STICKER = FILE | {"type": "regular", "width": 5, "height": 5, "is_animated": False, "is_video": False}
MOSCOW, OMSK = (55.75, 37.62), (54.99, 73.37)


async def sends(on: Stage, person: Person, **content: Any) -> list[str]:
    """Somebody sends something that is no text; what the bot says to it."""
    before = len(person.chat.sent)
    person.chat.begun = True
    number = 880_000 + on.api.world.number()
    message = {"message_id": number, "from": person.wire(), "chat": person.chat.wire(), "date": on.api.world.now()}
    on.api.feed([{"message": message | content}])
    await on.settle()
    return [said.words for said in person.chat.sent[before:]]


async def says(on: Stage, person: Person, words: str, **how: Any) -> list[str]:
    """Somebody writes; what the bot says to it."""
    return [said.words for said in await on.say(person, words, **how)]


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "привет",
        "Спасибо, пока!",
        "😀" * 2048,
        "\u202e",
        "/",
        "/ digest",
        "/a/b/c",
        ".",
    ],
)
async def test_plain_words_are_answered_once(database: Database, words: str) -> None:
    """Whatever they are, one short answer says what the bot understands, and nothing changes."""
    async with stage(database) as on:
        ada = await subscribed(on)
        before = await on.known(ada.chat)
        assert await says(on, ada, words) == [NOT_UNDERSTOOD]
        assert await on.known(ada.chat) == before


async def test_a_stranger_is_answered_in_their_language(database: Database) -> None:
    """Whose first words are no command is answered like everybody else."""
    async with stage(database) as on:
        eve = on.api.user("Eve", language_code="en")
        (said,) = await says(on, eve, "hi")
        assert said.startswith("Ask me about anything that the channels write")


async def test_what_is_edited_is_not_answered(database: Database) -> None:
    """Nor is a message that Telegram itself puts into the chat."""
    async with stage(database) as on:
        ada = await subscribed(on)
        said = ada.say("привет")
        await on.settle()
        before = len(ada.chat.sent)
        ada.edit(said, "привет!")
        await on.settle()
        assert len(ada.chat.sent) == before
        pinned = {"message_id": 1, "date": 0, "chat": ada.chat.wire()}
        assert await sends(on, ada, pinned_message=pinned) == []


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/diget", "/digest"),
        ("/Digest", "/digest"),
        ("/setings please", "/settings"),
        ("/рудз", "/help"),
        ("/настройки", "/settings"),
        ("/помошь", "/help"),
        ("/cancle", "/cancel"),
    ],
)
async def test_the_command_that_was_meant_is_named(database: Database, typed: str, meant: str) -> None:
    """A slip, the wrong keyboard, a Russian word: the answer names the command."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (said,) = await says(on, ada, typed)
        assert (
            said == f"Команды {typed.split(maxsplit=1)[0]} я не знаю. Может быть, {meant}? Что я умею, расскажет /help."
        )


@pytest.mark.parametrize("typed", ["/xyzzy", "/" + "ы" * 4000, "/{0.x}", "/\u202e\u202e"])
async def test_a_command_that_is_like_none(database: Database, typed: str) -> None:
    """Nothing is guessed; what was typed is repeated shortly and harmlessly."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (said,) = await says(on, ada, typed)
        assert said.startswith("Команды /")
        assert said.endswith("я не знаю. Что я умею, расскажет /help.")
        assert len(said) < 120


async def test_commands_of_admins_are_named_to_admins_alone(database: Database) -> None:
    """A reader is not told of what is not theirs."""
    async with newsroom(database) as on:
        ada, boss = await subscribed(on), admin(on)
        assert "/broadcast" not in (await says(on, ada, "/brodcast"))[0]
        assert "Может быть, /broadcast?" in (await says(on, boss, "/brodcast"))[0]
        assert (await says(on, ada, "/broadcast"))[0].startswith("Команды /broadcast я не знаю.")


async def test_nothing_to_cancel(database: Database) -> None:
    """/cancel says so; in the middle of the question about the time zone it ends that, and takes the keyboard away."""
    async with stage(database) as on:
        ada = await subscribed(on)
        assert await says(on, ada, "/cancel") == ["Отменять нечего."]
        (shown,) = await on.say(ada, "/settings")
        await on.press(ada, shown, "🌍 Часовой пояс")
        await on.press(ada, shown, "📍 По геопозиции")
        (left,) = await on.say(ada, "/cancel")
        assert (left.words, left.markup) == ("Хорошо.", {"remove_keyboard": True})
        assert await says(on, ada, "Привет!") == [NOT_UNDERSTOOD]
        assert (await on.known(ada.chat)).tz == "Europe/Moscow"


# --- places ----------------------------------------------------------------------------------------------------------


async def test_a_place_that_nobody_has_asked_for(database: Database) -> None:
    """Its time zone is offered; one press sets it, and the next time it is said to be set. The place is not kept."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (said,) = await sends(on, ada, location=dict(zip(("latitude", "longitude"), OMSK, strict=True)))
        assert said.startswith("Там сейчас 11:00: Омск, UTC+6.")
        assert (await on.known(ada.chat)).tz == "Europe/Moscow"
        await on.press(ada, on.shown(ada.chat), "✅ Да, этот пояс")
        assert (await on.known(ada.chat)).tz == "Asia/Omsk"
        assert "Ваши настройки" in on.shown(ada.chat).words
        (again,) = await sends(on, ada, location=dict(zip(("latitude", "longitude"), OMSK, strict=True)))
        assert again == "Этот часовой пояс у вас уже стоит: Омск, UTC+6."
        assert await rows(database, "SELECT FROM conversations") == []


async def test_a_place_long_after_it_was_asked_for(database: Database) -> None:
    """An hour after the question it is offered, too: nothing changes without a press."""
    async with stage(database) as on:
        ada = await subscribed(on)
        (shown,) = await on.say(ada, "/settings")
        await on.press(ada, shown, "🌍 Часовой пояс")
        on.now += timedelta(hours=1)
        (said,) = await sends(on, ada, location=dict(zip(("latitude", "longitude"), OMSK, strict=True)))
        assert said.startswith("Там сейчас")
        assert (await on.known(ada.chat)).tz == "Europe/Moscow"


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": STICKER},
        {"photo": PHOTO, "caption": "смотри"},
        {"voice": FILE | {"duration": 3}},
        {"video_note": FILE | {"duration": 3, "length": 9}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"contact": {"phone_number": "+7", "first_name": "Ада"}},
        {"document": FILE},
    ],
)
async def test_what_is_no_text_is_answered_once(database: Database, content: dict[str, Any]) -> None:
    """Stickers, pictures, voice and the like: one answer each."""
    async with stage(database) as on:
        ada = await subscribed(on)
        assert await sends(on, ada, **content) == [FILES]


async def test_an_album_is_answered_once(database: Database) -> None:
    """Its parts come as messages; another album is answered again, and so is the same number in another chat."""
    async with stage(database) as on:
        ada, ivan = await subscribed(on), await subscribed(on, "Иван")
        for person, album, answers in ((ada, "1", [FILES]), (ada, "2", [FILES]), (ivan, "1", [FILES])):
            said = [await sends(on, person, photo=PHOTO, media_group_id=album) for _ in range(3)]
            assert said == [answers, [], []]


# --- in the middle of a dialogue -------------------------------------------------------------------------------------


async def test_words_while_a_press_is_awaited(database: Database) -> None:
    """An admin who writes while a preview waits for its button is told so; the preview stays, and /cancel ends it."""
    async with newsroom(database) as on:
        boss = admin(on)
        await on.say(boss, "/broadcast")
        question = (await on.say(boss, "Завтра перерыв."))[-1]
        assert await says(on, boss, "да, отправляй") == [WAITS]
        assert await sends(on, boss, sticker=STICKER) == [WAITS]
        assert (await says(on, boss, "/sned"))[0].startswith("Команды /sned я не знаю.")
        await on.press(boss, question, "Отменить")
        assert await says(on, boss, "спасибо") == [NOT_UNDERSTOOD]


async def test_who_is_no_admin_any_more_is_in_no_dialogue(database: Database) -> None:
    """What an admin's dialogue left behind keeps nobody from being answered."""
    async with newsroom(database) as on:
        boss, ada = admin(on), await subscribed(on)
        await on.say(boss, f"/admin grant {ada.id}")
        await on.say(ada, "/broadcast")
        await on.say(ada, "Завтра перерыв.")
        await on.say(boss, f"/admin revoke {ada.id}")
        assert await says(on, ada, "привет") == [NOT_UNDERSTOOD]
        assert await says(on, ada, "/cancel") == ["Ничего не отправлено."]
        assert await says(on, ada, "/cancel") == ["Отменять нечего."]


# --- groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["привет", "/diget", "/cancel", "/stats", "/diget@other_bot", "@svodka_test_bot привет"]
)
async def test_groups_hear_nothing(database: Database, words: str) -> None:
    """Also with the privacy mode off: what is not addressed to the bot by name is for others."""
    async with stage(database) as on:
        on.api.world.reads_all = True
        owner = on.api.user("Грета", language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner).add_bot(owner)
        await on.settle()
        assert await says(on, owner, words, to=group) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "/subscrbe@svodka_test_bot",
            "Команды /subscrbe я не знаю. Может быть, /subscribe? Что я умею, расскажет /help.",
        ),
        ("/xyzzy@svodka_test_bot", "Команды /xyzzy я не знаю. Что я умею, расскажет /help."),
        ("/stats@svodka_test_bot", "Это не для посторонних глаз: напишите мне в личный чат."),
        ("/cancel@svodka_test_bot", "Отменять нечего."),
    ],
)
async def test_a_command_that_is_addressed_to_the_bot(database: Database, words: str, said: str) -> None:
    """In a group, too, gets an answer."""
    async with stage(database) as on:
        owner = on.api.user("Грета", language_code="ru")
        group = on.api.supergroup("Клуб", creator=owner).add_bot(owner)
        await on.settle()
        assert await says(on, owner, words, to=group) == [said]
