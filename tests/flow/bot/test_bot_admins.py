"""Who steers the bot: the one-time code, granting and revoking, the log; and who never may."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiogram.types import BotCommandScopeChat

from bot import access
from bot.texts import words
from core.db.engine import Database
from core.settings import Settings
from core.store import admins
from tests.fakes.botapi import Person
from tests.flow.bot.telegram_digests import DAY, Newsroom, admin, button, newsroom, rows
from tests.flow.bot.telegram_readers import ADMIN, NOW

NOT_FOR_YOU = "Это для администраторов: /admin КОД, пока код действует."
BAD_CODE = "Этот код не подходит или уже использован."
WELCOME = "Теперь вы администратор. Что можно делать, покажет /help."


async def code(database: Database, *, now: Any = NOW) -> str:
    """A code as a bot without an admin makes it when it starts."""
    found = await access.first_code(Settings(_env_file=None), database, now=now)
    assert found is not None
    return found


async def is_admin(on: Newsroom, person: Person) -> bool:
    return await access.may_steer(Settings(_env_file=None), on.database, person.id)


async def said(on: Newsroom, person: Person, words: str) -> str:
    """What the bot answers."""
    (answer,) = await on.say(person, words)
    return answer.words


# --- the code --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["/admin {}", "/start admin-{}", "/admin   {}  ", "/admin@svodka_test_bot {}"])
async def test_the_code_works_once(database: Database, how: str) -> None:
    """Whoever sends it first becomes an admin, whichever way it is sent; nobody after them, not even they themselves again."""
    secret = await code(database)
    async with newsroom(database, bot_admins="") as on:
        first, second = on.api.user("Ада", language_code="ru"), on.api.user("Иван", language_code="ru")
        assert await said(on, first, how.format(secret)) == WELCOME
        assert await is_admin(on, first)
        assert await said(on, second, how.format(secret)) == BAD_CODE
        assert not await is_admin(on, second)
        assert "broadcast" in [command.command for command in await _commands(on, first)]
        assert await _commands(on, second) == []


async def _commands(on: Newsroom, person: Person) -> list[Any]:
    return await on.bot.get_my_commands(scope=BotCommandScopeChat(chat_id=person.id))


async def test_capitals_and_spaces_do_not_matter(database: Database) -> None:
    """A code may be typed."""
    secret = await code(database)
    async with newsroom(database, bot_admins="") as on:
        assert await said(on, on.api.user("Ада", language_code="ru"), f"/admin  {secret.upper()} ") == WELCOME


async def test_two_who_send_it_at_once(database: Database) -> None:
    """One becomes an admin."""
    secret = await code(database)
    async with newsroom(database, bot_admins="") as on:
        people = [on.api.user(f"Читатель {n}", language_code="ru") for n in range(5)]
        for person in people:
            person.say(f"/admin {secret}")
        await on.settle_together()
        assert [await is_admin(on, person) for person in people].count(True) == 1


async def test_the_code_is_good_for_a_day(database: Database) -> None:
    """To the minute."""
    secret = await code(database)
    async with newsroom(database, bot_admins="") as on:
        ada = on.api.user("Ада", language_code="ru")
        on.now = NOW + DAY + timedelta(seconds=1)
        assert await said(on, ada, f"/admin {secret}") == BAD_CODE
        on.now = NOW + DAY
        assert await said(on, ada, f"/admin {secret}") == WELCOME


async def test_another_code_makes_the_first_void(database: Database) -> None:
    """Each start of a bot without an admin makes a code, and only the last is good."""
    first, second = await code(database), await code(database)
    assert first != second
    async with newsroom(database, bot_admins="") as on:
        ada = on.api.user("Ада", language_code="ru")
        assert await said(on, ada, f"/admin {first}") == BAD_CODE
        assert await said(on, ada, f"/admin {second}") == WELCOME


async def test_there_is_no_code_where_there_is_an_admin(database: Database) -> None:
    """Of the settings, or made with a code; once the last is gone, there is one again. Only hashes are kept."""
    assert await access.first_code(Settings(_env_file=None, bot_admins="5"), database, now=NOW) is None
    secret = await code(database)
    ((kept,),) = await rows(database, "SELECT code_hash FROM admin_codes")
    assert secret.encode() not in bytes(kept)
    assert await access.redeem(database, secret, user_id=7, name="Ада", now=NOW)
    assert await access.first_code(Settings(_env_file=None), database, now=NOW) is None
    async with database.begin() as session:
        await admins.revoke(session, 7)
    await code(database)


@pytest.mark.parametrize(
    "words", ["/admin", "/admin ", "/admin 12345", "/admin " + "я" * 4000, "/admin \x00", "/admin grant 5"]
)
async def test_nobody_becomes_an_admin_without_a_code(database: Database, words: str) -> None:
    """With an empty list nobody is one, whatever they say."""
    await code(database)
    async with newsroom(database, bot_admins="") as on:
        ada = on.api.user("Ада", language_code="ru")
        assert await said(on, ada, words) in {NOT_FOR_YOU, BAD_CODE}
        assert await rows(database, "SELECT FROM admins") == []


COMMANDS = ("/stats", "/errors", "/preview", "/broadcast", "/admin grant 7", "/admin log", "/admin revoke 500")


@pytest.mark.parametrize("words", COMMANDS)
async def test_readers_cannot_steer(database: Database, words: str) -> None:
    """What is for admins does nothing for others, and tells them nothing."""
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        answers = [message.words for message in await on.say(ada, words)]
        assert answers[0].startswith(f"Команды {words} я не знаю.") or answers == [BAD_CODE]
        await on.say(ada, "Всем привет")
        assert await rows(database, "SELECT FROM admins UNION ALL SELECT FROM broadcasts") == []


@pytest.mark.parametrize("data", ["log:0", "pv:show:1", "pv:ru:0", "bc:send:0", "bc:stop:1", "bc:look:1"])
async def test_readers_cannot_press_what_is_for_admins(database: Database, data: str) -> None:
    """A forged press is answered, and does nothing."""
    async with newsroom(database) as on:
        ada = on.api.user("Ада", language_code="ru")
        (shown,) = await on.say(ada, "/digest")
        before = len(ada.chat.sent)
        assert (await on.press(ada, shown, data=data)).text.startswith("Эта кнопка устарела")
        assert len(ada.chat.sent) == before


async def test_admins_steer_in_private_alone(database: Database) -> None:
    """In a group an admin's commands show nothing to the others, and a code is not redeemed there."""
    secret = await code(database)
    async with newsroom(database) as on:
        boss, member = admin(on), on.api.user("Миша", language_code="ru")
        group = on.api.supergroup("Клуб", creator=boss).add_bot(boss)
        group.join(member)
        await on.settle()
        before = len(group.sent)
        for words in (*COMMANDS, "/admin", f"/admin {secret}", "Текст для всех"):
            await on.say(boss, words, to=group)
        await on.say(member, f"/admin {secret}", to=group)
        assert len(group.sent) == before
        assert await rows(database, "SELECT FROM admins UNION ALL SELECT FROM broadcasts") == []


async def test_a_forwarded_order_is_none(database: Database) -> None:
    """An admin who forwards somebody's "/admin grant" grants nothing."""
    async with newsroom(database) as on:
        boss, sly = admin(on), on.api.user("Хитрец")
        group = on.api.supergroup("Клуб", creator=sly)
        boss.forward(sly.say(f"/admin grant {sly.id}", to=group))
        await on.settle()
        assert not await is_admin(on, sly)


# --- granting and revoking -------------------------------------------------------------------------------------------


async def test_granting_and_revoking(database: Database) -> None:
    """Who is granted may steer at once, also others; who is revoked may not; each stands in the log and in the list."""
    async with newsroom(database) as on:
        boss, ada = admin(on), on.api.user("Ада", language_code="ru")
        await on.say(ada, "/start")
        assert await said(on, boss, f"/admin grant {ada.id} Ада из редакции") == f"{ada.id} теперь управляет ботом."
        assert await said(on, boss, f"/admin grant {ada.id}") == f"{ada.id} уже управляет ботом."
        assert await is_admin(on, ada)
        assert "broadcast" in [command.command for command in await _commands(on, ada)]
        listed = await said(on, ada, "/admin")
        assert f"{ADMIN} · " in listed
        assert f"{ada.id} · Ада из редакции" in listed
        assert await said(on, ada, "/admin grant 77") == "77 теперь управляет ботом."
        assert await said(on, boss, f"/admin revoke {ada.id}") == f"{ada.id} больше не управляет ботом."
        assert not await is_admin(on, ada)
        assert await _commands(on, ada) == []
        assert await said(on, ada, "/admin") == NOT_FOR_YOU
        assert await said(on, boss, f"/admin revoke {ada.id}") == f"{ada.id} и не был администратором."
        log = (await said(on, boss, "/admin log")).split("\n\n")
        assert [entry.partition(" · ")[2] for entry in log[1:]] == [
            f"Борис ({ADMIN})\nБольше не администратор: Ада из редакции ({ada.id})",
            f"{ada.id}\nНовый администратор: 77",
            f"Борис ({ADMIN})\nНовый администратор: Ада из редакции ({ada.id})",
        ]


async def test_admins_of_the_settings_cannot_be_revoked(database: Database) -> None:
    """Not even by themselves; they are told where they stand."""
    async with newsroom(database) as on:
        boss = admin(on)
        await on.say(boss, "/admin grant 7")
        assert "SVODKA_BOT_ADMINS" in await said(on, boss, f"/admin revoke {ADMIN}")
        assert (await said(on, boss, "/admin")).count(str(ADMIN)) == 1


async def test_a_forward_names_whom_is_meant(database: Database) -> None:
    """Answering a message that was forwarded from somebody grants them; it is no post for the archive. What was there before
    stays.
    """
    async with newsroom(database) as on:
        boss, ada = admin(on), on.api.user("Ада")
        group = on.api.supergroup("Клуб", creator=ada)
        (forwarded,) = boss.forward(ada.say("Привет", to=group))
        boss.say("/admin grant", reply_to=forwarded)
        await on.settle()
        assert await is_admin(on, ada)
        assert "в архиве его больше нет" in boss.chat.sent[-1].words
        kept = "SELECT text, deleted_at IS NULL AS is_there FROM posts ORDER BY id"
        assert await rows(database, kept) == [("Привет", False)]
        boss.forward(ada.say("Новость", to=group))
        await on.settle()
        on.now += timedelta(minutes=1)
        (again,) = boss.forward(ada.say("Новость", to=group))
        boss.say("/admin grant", reply_to=again)
        await on.settle()
        assert await rows(database, kept) == [("Привет", False), ("Новость", True)]


@pytest.mark.parametrize(
    "whom",
    [
        "",
        "ада",
        "-5",
        "0",
        "5.5",
        "٥",
        "9" * 30,
        "0" * 40 + "7" + "9" * 40,
        "9" * 4000,
        "4503599627370497",
        "\x00",
        "5;DROP",
    ],
)
async def test_who_is_meant_must_be_clear(database: Database, whom: str) -> None:
    """What is no number of a person is asked back, and nothing is changed."""
    async with newsroom(database) as on:
        boss = admin(on)
        for verb in ("grant", "revoke"):
            assert (await said(on, boss, f"/admin {verb} {whom}")).startswith(("Кого?", "У кого?"))
        assert await rows(database, "SELECT FROM admins UNION ALL SELECT FROM audit") == []


async def test_words_that_are_no_order(database: Database) -> None:
    """The usage is told."""
    async with newsroom(database) as on:
        for words in ("/admin помоги", "/admin GRANTED 5", "/admin {code}", "/admin log вчера"):
            assert "/admin grant" in await said(on, admin(on), words)
        assert await said(on, admin(on), "/admin grant 77") == "77 теперь управляет ботом."
        assert (await said(on, admin(on), "/admin revoke 77 позже")).startswith("У кого?")
        assert await rows(database, "SELECT user_id FROM admins") == [(77,)]


async def test_help_names_what_admins_alone_can_do(database: Database) -> None:
    """Also the editors that no list of commands holds; readers are told nothing of it."""
    async with newsroom(database) as on:
        shown = await said(on, admin(on), "/help")
        for line in (
            "/topics edit — добавлять, менять, объединять и выключать темы",
            "/channels edit — добавлять и останавливать каналы, менять их вес",
            "/filters — убирать, поднимать или закреплять посты",
            "/admin — кто управляет",
        ):
            assert line in shown
        assert "edit" not in await said(on, on.api.user("Вера", language_code="ru"), "/help")


# --- the log ---------------------------------------------------------------------------------------------------------


async def test_an_empty_log(database: Database) -> None:
    """Says so."""
    async with newsroom(database) as on:
        assert await said(on, admin(on), "/admin log") == "Пока ничего не меняли."


async def test_the_log_has_pages(database: Database) -> None:
    """Eight entries a page, the newest first; older ones, newer ones, and back to the newest by buttons."""
    async with newsroom(database) as on:
        boss = admin(on)
        for number in range(1, 26):
            await on.say(boss, f"/admin grant {number}")
        (shown,) = await on.say(boss, "/admin log")

        def numbers() -> list[int]:
            entries = on.shown(boss.chat).words.split("\n\n")[1:]
            return [int(entry.rpartition(": ")[2]) for entry in entries]

        assert (numbers(), shown.buttons) == ([*range(25, 17, -1)], ["Раньше ›"])
        await on.press(boss, shown, "Раньше ›")
        assert (numbers(), on.shown(boss.chat).buttons) == ([*range(17, 9, -1)], ["‹ Новее", "Раньше ›"])
        await on.press(boss, shown, "Раньше ›")
        await on.press(boss, shown, "Раньше ›")
        assert (numbers(), on.shown(boss.chat).buttons) == ([1], ["« Последние", "‹ Новее"])
        await on.press(boss, shown, "‹ Новее")
        assert numbers() == [*range(9, 1, -1)]
        await on.press(boss, shown, "« Последние")
        assert numbers() == [*range(25, 17, -1)]
        assert (await on.press(boss, shown, data=f"log:{2**63 - 1}")).text == ""
        assert (await on.press(boss, shown, data=f"log:{2**63}")).text.startswith("Эта кнопка устарела")
        assert button(on.shown(boss.chat), "log:")


async def test_the_log_is_by_the_admins_own_clock(database: Database) -> None:
    """Whatever the zone of the machine; and names stand in place of numbers."""
    async with database.begin() as session:
        await admins.grant(session, 5, name="Ада Север", by=None, now=NOW)
        await admins.note(
            session, admin_id=5, action="change topic", subject="llm", before={"title_ru": "Старое", "enabled": True},
            after={"title_ru": "Новое", "enabled": True}, now=NOW,
        )  # fmt: skip
    async with newsroom(database) as on:
        boss = admin(on)
        await on.say(boss, "/start")
        await rows(database, "UPDATE readers SET tz = 'Asia/Vladivostok' RETURNING id")
        entry = (await said(on, boss, "/admin log")).split("\n\n")[1]
        local = NOW.astimezone(ZoneInfo("Asia/Vladivostok"))
        assert entry == (
            f"{words('ru').day(local.date(), year=False)}, {local:%H:%M} · Ада Север (5)\n"
            "Тема «Языковые модели»\nНазвание по-русски: Старое → Новое"
        )


async def test_granting_at_once(database: Database) -> None:
    """Two grants of one person at once make one admin and one entry."""
    async with newsroom(database) as on:
        boss = admin(on)
        for _ in range(2):
            boss.say("/admin grant 7")
        await on.settle_together()
        assert len(await rows(database, "SELECT FROM admins")) == 1
        assert len(await rows(database, "SELECT FROM audit")) == 1


async def test_a_code_is_used_once_in_the_database_as_well(database: Database) -> None:
    """Ten transactions that redeem one code at once: one succeeds."""
    secret = await code(database)
    found = await asyncio.gather(
        *(access.redeem(database, secret, user_id=number, name="", now=NOW) for number in range(1, 11))
    )
    assert found.count(True) == 1
