"""/broadcast at the fake Bot API: written, looked at, confirmed once, watched, stopped; and nothing sent in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from bot import app
from core.db.engine import Database
from tests.fakes.botapi import Fault, Message, Person
from tests.flow.bot.telegram_digests import HOUR, Newsroom, admin, button, newsroom, rows, run
from tests.flow.bot.telegram_readers import ADMIN, NOT_UNDERSTOOD, subscribed

OVER = "Этот текст уже отправлен или отменён."


async def people(on: Newsroom, count: int) -> list[Person]:
    """Subscribers."""
    return [await subscribed(on, f"Читатель {number}") for number in range(count)]


async def asked(on: Newsroom, boss: Person, words: str = "Завтра перерыв.", **how: Any) -> Message:
    """The question whether a text is to be sent."""
    await on.say(boss, "/broadcast")
    return (await on.say(boss, words, **how))[-1]


async def messages(database: Database) -> list[Any]:
    return await rows(database, "SELECT * FROM messages WHERE broadcast_id IS NOT NULL ORDER BY id")


async def test_a_text_goes_to_every_subscriber(database: Database) -> None:
    """It is asked for, shown as it will look, confirmed, sent with its marks and links, and stands in the log."""
    async with newsroom(database) as on:
        boss, found = admin(on), await people(on, 3)
        (asks,) = await on.say(boss, "/broadcast")
        assert "/cancel" in asks.words
        marks = [
            {"type": "bold", "offset": 0, "length": 2},
            {"type": "text_link", "offset": 3, "length": 6, "url": "https://example.org/x"},
        ]
        boss.say("😀 завтра <b>перерыв</b>", marks)
        await on.settle()
        shown, question = boss.chat.sent[-2:]
        assert (shown.words, shown.covered("bold"), shown.links) == (
            "😀 завтра <b>перерыв</b>", ["😀"], ["https://example.org/x"],
        )  # fmt: skip
        # The admin is known to the bot as well, and has not subscribed.
        assert question.words == "Вот как это выглядит. Отправить 3 подписчикам? Те, кто на паузе, не получат."
        assert await messages(database) == []
        await on.press(boss, question, "Отправить")
        assert on.shown(boss.chat).words == "Всем подписчикам\nОтправлено 0 из 3"
        await on.send()
        for person in found:
            got = person.chat.sent[-1]
            assert (got.words, got.covered("bold"), got.links) == (shown.words, ["😀"], shown.links)
        await on.press(boss, question, "Обновить")
        assert boss.chat.messages[question.id].words == "Всем подписчикам\nОтправлено 3 из 3"
        assert boss.chat.messages[question.id].buttons == []
        log = (await on.say(boss, "/admin log"))[0].words
        assert f"({ADMIN})\nОтправлено объявление № 1" in log


async def test_who_has_paused_or_never_subscribed_gets_nothing(database: Database) -> None:
    """The question counts those who are subscribed and have not paused, and the text goes to them alone; who pauses before
    it has gone does not get it either.
    """
    async with newsroom(database) as on:
        boss, (ada, boris, vera) = admin(on), await people(on, 3)
        eve = on.api.user("Ева", language_code="ru")
        await on.say(eve, "/help")
        await on.say(boris, "/stop")
        question = await asked(on, boss)
        assert question.words == "Вот как это выглядит. Отправить 2 подписчикам? Те, кто на паузе, не получат."
        await on.press(boss, question, "Отправить")
        await on.say(vera, "/stop")
        await on.send()
        got = [person.chat.sent[-1].words == "Завтра перерыв." for person in (ada, boris, vera, eve)]
        assert got == [True, False, False, False]


async def test_pressing_twice_sends_once(database: Database) -> None:
    """Also at once, from five fingers; whoever is later is told that it was sent."""
    async with newsroom(database) as on:
        boss, found = admin(on), await people(on, 2)
        question = await asked(on, boss)
        queries = [boss.tap(question, "Отправить") for _ in range(5)]
        await on.settle_together()
        answers = [query.answer.text for query in queries if query.answer is not None]
        assert sorted(answers) == ["", *[OVER] * 4]
        assert (await on.press(boss, question, data="bc:send:0")).text == OVER
        await on.send()
        assert [person.chat.sent[-1].words for person in found] == ["Завтра перерыв."] * 2
        assert len(await messages(database)) == 2
        assert len(await rows(database, "SELECT FROM broadcasts")) == 1


async def test_sending_and_cancelling_at_once(database: Database) -> None:
    """One of them happens, and what stands there in the end is what happened."""
    async with newsroom(database) as on:
        boss = admin(on)
        for first, second in (("Отправить", "Отменить"), ("Отменить", "Отправить")):
            question = await asked(on, boss)
            before = len(await rows(database, "SELECT FROM broadcasts"))
            boss.tap(question, first)
            boss.tap(question, second)
            await on.settle_together()
            is_sent = len(await rows(database, "SELECT FROM broadcasts")) > before
            said = boss.chat.messages[question.id].words
            assert said.startswith("Всем подписчикам") if is_sent else said == "Ничего не отправлено."


async def test_cancelling(database: Database) -> None:
    """By the command at either step, or by the button; afterwards nothing can be sent with the old buttons."""
    async with newsroom(database) as on:
        boss = admin(on)
        await on.say(boss, "/broadcast")
        assert (await on.say(boss, "/cancel"))[0].words == "Ничего не отправлено."
        assert [said.words for said in await on.say(boss, "Спасибо!")] == [NOT_UNDERSTOOD]
        question = await asked(on, boss)
        await on.say(boss, "/cancel")
        assert (await on.press(boss, question, "Отправить")).text == OVER
        question = await asked(on, boss)
        await on.press(boss, question, "Отменить")
        assert on.shown(boss.chat).words == "Ничего не отправлено."
        assert (await on.press(boss, question, data="bc:send:0")).text == OVER
        assert await rows(database, "SELECT FROM broadcasts") == []


async def test_the_question_before_counts_no_more(database: Database) -> None:
    """A second text replaces the first: the first one's buttons send nothing, and cancel nothing."""
    async with newsroom(database) as on:
        boss, (ada,) = admin(on), await people(on, 1)
        first, second = await asked(on, boss, "Первый"), await asked(on, boss, "Второй")
        for label in ("Отправить", "Отменить"):
            assert (await on.press(boss, first, label)).text == OVER
        await on.press(boss, second, "Отправить")
        await on.send()
        assert ada.chat.sent[-1].words == "Второй"
        assert len(await rows(database, "SELECT FROM broadcasts")) == 1


async def test_a_button_of_another_dialogue_ends_none(database: Database) -> None:
    """An old "cancel" does not end what the admin is in now."""
    async with newsroom(database) as on:
        boss = admin(on)
        question = await asked(on, boss)
        await on.press(boss, question, "Отменить")
        await on.say(boss, "/broadcast")
        await on.press(boss, question, data="bc:cancel:0")
        assert (await on.say(boss, "Новый текст"))[-1].words.startswith("Вот как это выглядит.")


async def test_commands_are_no_text_for_all(database: Database) -> None:
    """In the middle of it a command answers as always, an unknown one is not sent to everybody, and the text can still come."""
    async with newsroom(database) as on:
        boss = admin(on)
        await on.say(boss, "/broadcast")
        assert "/digest" in (await on.say(boss, "/help"))[0].words
        assert "Может быть, /help?" in (await on.say(boss, "/helpp"))[0].words
        assert (await on.say(boss, "Текст"))[-1].words.startswith("Вот как это выглядит.")


async def test_only_text_can_be_sent(database: Database) -> None:
    """A file or a place is asked back; a text afterwards is taken."""
    async with newsroom(database) as on:
        boss = admin(on)
        await on.say(boss, "/broadcast")
        boss.send_file(b"x", "x.bin", caption="Подпись")
        boss.location(55.7, 37.6)
        await on.settle()
        assert [message.words for message in boss.chat.sent[-2:]] == [
            "Всем можно отправить только текст: напишите его или /cancel."
        ] * 2
        assert (await on.say(boss, "Текст"))[-1].words.startswith("Вот как это выглядит.")


@pytest.mark.parametrize("words", ["х" * 4096, "😀" * 2048, "\\u202e \u00a0 x", "{n} %s {0.x}", "*не* _жирно_ `x`"])
async def test_any_text_goes_as_it_is(database: Database, words: str) -> None:
    """Of any length that a message can have, and with anything in it."""
    async with newsroom(database) as on:
        boss, (ada,) = admin(on), await people(on, 1)
        await on.press(boss, await asked(on, boss, words), "Отправить")
        await on.send()
        assert ada.chat.sent[-1].text == words


async def test_who_is_no_admin_any_more_sends_nothing(database: Database) -> None:
    """An admin who is revoked between the text and the button."""
    async with newsroom(database) as on:
        boss, ada = admin(on), await subscribed(on)
        await on.say(boss, f"/admin grant {ada.id}")
        question = await asked(on, ada)
        await on.say(boss, f"/admin revoke {ada.id}")
        await on.press(ada, question, "Отправить")
        assert await rows(database, "SELECT FROM broadcasts") == []


async def test_stopping(database: Database) -> None:
    """What has not gone yet is kept back, what has is counted; the log says so; stopping again changes nothing."""
    async with newsroom(database) as on:
        boss, found = admin(on), await people(on, 5)
        question = await asked(on, boss)
        await on.press(boss, question, "Отправить")
        gone = "UPDATE messages SET state = 'sent' WHERE chat_id = ANY(:ids) RETURNING id"
        await rows(database, gone, ids=[person.id for person in found[:2]])
        data = button(on.shown(boss.chat), "bc:stop")
        await on.press(boss, question, data=data)
        assert on.shown(boss.chat).words == "Всем подписчикам\nОтправлено 2 из 5\nНе отправлено: 3"
        await on.send()
        assert [person.chat.sent[-1].words == "Завтра перерыв." for person in found] == [False] * 5
        await on.press(boss, question, data=data)
        (entry,) = await rows(database, "SELECT after FROM audit WHERE action = 'stop broadcast' ORDER BY id LIMIT 1")
        assert entry.after == {"kept back": 3}


@pytest.mark.parametrize(
    "data", ["bc:stop:999", "bc:look:999", "bc:send:999", "bc:cancel:999", "bc:what:1", f"bc:stop:{2**63}"]
)
async def test_forged_buttons(database: Database, data: str) -> None:
    """Are answered, and change nothing."""
    async with newsroom(database) as on:
        boss = admin(on)
        (shown,) = await on.say(boss, "/admin")
        await on.press(boss, shown, data=data)
        assert await rows(database, "SELECT FROM broadcasts") == []
        assert await rows(database, "SELECT FROM audit") == []


async def test_who_has_blocked_the_bot_is_counted(database: Database) -> None:
    """A reader that cannot be reached does not hold up the others; one that is lost already is not tried at all."""
    async with newsroom(database) as on:
        boss, found = admin(on), await people(on, 4)
        found[0].block()
        await on.settle()
        question = await asked(on, boss)
        assert question.words.startswith("Вот как это выглядит. Отправить 3 подписчикам?")
        await on.press(boss, question, "Отправить")
        found[1].block()
        on.api.world.updates.pending.clear()
        await on.send()
        await on.press(boss, question, data="bc:look:1")
        assert boss.chat.messages[question.id].words == "Всем подписчикам\nОтправлено 2 из 3\nНе отправлено: 1"


async def test_what_may_have_arrived_is_never_sent_again(database: Database) -> None:
    """A lost answer leaves a broadcast's message unknown for good, and the admin sees it."""
    async with newsroom(database) as on:
        boss, found = admin(on), await people(on, 3)
        question = await asked(on, boss)
        on.api.faults.add(Fault.DROPPED_ANSWER, chat=found[0].id, method="sendmessage")
        await on.press(boss, question, "Отправить")
        await on.send()
        on.now += HOUR
        await on.send()
        assert [sum(one.words == "Завтра перерыв." for one in person.chat.sent) for person in found] == [1, 1, 1]
        await on.press(boss, question, data="bc:look:1")
        said = boss.chat.messages[question.id].words
        assert said == "Всем подписчикам\nОтправлено 2 из 3\nНеизвестно, дошло ли 1 сообщение"


async def test_a_worker_that_died_is_not_repeated(database: Database) -> None:
    """What it had begun is unknown for good; what it had only claimed goes out."""
    async with newsroom(database) as on:
        boss, found = admin(on), await people(on, 2)
        await on.press(boss, await asked(on, boss), "Отправить")
        begun, claimed = found
        for person, state in ((begun, "sending"), (claimed, "claimed")):
            await rows(
                database,
                "UPDATE messages SET state = :state, tries = 1, lease_until = :at WHERE chat_id = :id RETURNING id",
                state=state, at=on.now + HOUR / 60, id=person.id,
            )  # fmt: skip
        on.now += HOUR
        await on.send()
        assert [person.chat.sent[-1].words == "Завтра перерыв." for person in found] == [False, True]
        states = await rows(database, "SELECT state FROM messages WHERE chat_id = :id", id=begun.id)
        assert [row.state for row in states] == ["unknown"]


async def test_a_restart_in_the_middle_of_the_dialogue(database: Database) -> None:
    """Another process goes on where the first was."""
    async with newsroom(database) as on:
        boss, (ada,) = admin(on), await people(on, 1)
        await on.say(boss, "/broadcast")
        question = (await on.say(boss, "Завтра перерыв."))[-1]
        held = await rows(database, "SELECT state, data FROM conversations")
        assert [(row.state, row.data["text"]) for row in held] == [("Writing:confirm", "Завтра перерыв.")]
        on.dispatcher = app.dispatcher(
            on.dispatcher.workflow_data["settings"], database, catalogues=on.catalogues, clock=lambda: on.now
        )
        await on.press(boss, question, "Отправить")
        await on.send()
        assert ada.chat.sent[-1].words == "Завтра перерыв."


async def test_a_failure_leaves_the_text_to_be_sent(database: Database) -> None:
    """If the messages cannot be written, nothing is sent, and the button works afterwards."""
    async with newsroom(database, failing=True) as on:
        boss, (ada,) = admin(on), await people(on, 1)
        question = await asked(on, boss)
        await run(database, "ALTER TABLE bodies RENAME TO elsewhere")
        assert (await on.press(boss, question, "Отправить")).alert
        await run(database, "ALTER TABLE elsewhere RENAME TO bodies")
        await on.press(boss, question, "Отправить")
        await on.send()
        assert ada.chat.sent[-1].words == "Завтра перерыв."
