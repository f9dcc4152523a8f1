"""Conversations in the console: what is typed reaches the bot as Telegram would bring it, and what it does is shown."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.filters import Command
from aiogram.types import BotCommand, CallbackQuery, ErrorEvent, ForceReply, Message, Update

from bot.console.people import PEOPLE, Person
from core.errors import NotFound, UsageError
from tests.unit.bot.console_bot import NOW, VOTES, Console, button, inline, talkative, typed


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path, routers=[talkative()])


def told(shown: str) -> list[str]:
    """The lines that are not empty, without their margins."""
    return [line.strip() for line in shown.splitlines() if line.strip()]


async def test_a_message_with_links_and_buttons(console: Console) -> None:
    """A message stands under the bot's name, its links have numbers, its buttons stand in rows."""
    assert told(await console.say("/start")) == [
        "Сводка #1",
        "Привет! Читаю каналы¹.",
        "¹ https://t.me/polynya_lab/211",
        "[1] 👍  [2] 👎",
        "[3] Сайт ↗",
    ]


async def test_pressing_a_button(console: Console) -> None:
    """A number presses a button; the answer is shown, and of an edit that left the text alone, the new buttons."""
    await console.say("/start")
    assert told(await console.say("1")) == ["🔔 Спасибо!", "Сводка #1 ✎", "[1] Передумать"]


async def test_an_edit_and_an_alert(console: Console) -> None:
    """An edited text is shown anew, and an alert looks different from a notice."""
    await console.say("/start", "2")
    assert told(await console.say("1"))[:3] == ["❗ Подумайте ещё", "Сводка #1 ✎", "Голосуем снова."]


async def test_numbers_speak_of_the_newest_keyboard(console: Console) -> None:
    """Of two keyboards on the screen a number means the newer; the older one is reached by its message."""
    await console.say("/start", "/start")
    assert "Сводка #2 ✎" in await console.say("1")
    assert "Сводка #1 ✎" in await console.say("1.2")


async def test_a_number_without_such_a_button(console: Console) -> None:
    """A number that no button has is explained, not sent, and `:say` sends it."""
    await console.say("/start")
    assert "Кнопки 9 нет, последняя — 3" in await console.say("9")
    assert "У сообщения #5 нет кнопок" in await console.say("5.1")
    assert told(await console.say(":say 9")) == ["Сводка", "9"]


async def test_a_number_where_nothing_can_be_pressed(console: Console) -> None:
    """Where no keyboard is on the screen, a number is an answer like any other."""
    assert told(await console.say("21", "3.14")) == ["Сводка", "21", "Сводка", "3.14"]


async def test_an_answer_that_was_asked_for(tmp_path: Path) -> None:
    """What is said after a question that asks for a reply is one, even a number while there are buttons; the next is not."""
    router, heard = Router(), []

    @router.message(Command("hour"))
    async def ask(message: Message) -> None:
        await message.answer("Как вам?", reply_markup=VOTES)
        await message.answer("Во сколько?", reply_markup=ForceReply(force_reply=True))

    @router.message()
    async def hear(message: Message) -> None:
        question = message.reply_to_message
        heard.append((message.text, question.text if question else None))

    console = Console(tmp_path, routers=[router])
    await console.say("/hour", "3", ":say 4")
    assert heard == [("3", "Во сколько?"), ("4", None)]


async def test_a_keyboard_below_the_chat(console: Console) -> None:
    """Its buttons say what stands on them, one that asks for a place tells how to give it, and it goes once it was used."""
    shown = await console.say("/where", "2")
    assert "⌨ [1] Москва  [2] Я здесь" in shown
    assert ":location 55.75 37.62" in shown
    assert told(await console.say("1", "1")) == ["Сводка", "Москва", "Сводка", "1"], "the second is no press any more"


async def test_a_location(console: Console) -> None:
    """A location arrives as one, and a keyboard that the bot takes away is gone."""
    assert "Вижу: 55.75 37.62" in await console.say("/where", ":location 55.75, 37.62")
    assert told(await console.say("1")) == ["Сводка", "1"]


async def test_a_forwarded_post(console: Console, tmp_path: Path) -> None:
    """Forwards come from their channel; the same text is the same post there, whoever forwards it, in however many chats."""
    lines = (":forward Полынья | Новость", ":forward Полынья | Другая", ":as admin", ":forward Полынья |  Новость ")
    shown = told(await console.say(*lines))
    posts = [line for line in shown if "/" in line]
    assert [post.split("/")[0] for post in posts] == ["Полынья"] * 3
    assert posts[0].endswith(": Новость")
    assert posts[0] == posts[2] != posts[1]
    assert posts[0] in await Console(tmp_path, routers=[talkative()]).say(lines[0])


async def test_when_a_forwarded_post_was_posted(tmp_path: Path) -> None:
    """A post keeps the time at which it was first forwarded, so that the bot does not take it for changed."""
    router, found = Router(), []
    moments = iter(NOW + timedelta(minutes=minute) for minute in range(100))

    @router.message(F.forward_origin)
    async def forwarded(message: Message) -> None:
        found.append((message.forward_origin, message.date))

    await Console(tmp_path, routers=[router], clock=lambda: next(moments)).say(*[":forward Полынья | Новость"] * 2)
    assert found[0][0] == found[1][0]
    assert found[0][1] < found[1][1]


async def test_a_file(console: Console, tmp_path: Path) -> None:
    """A file is written into the folder of the session and nowhere else, and its path is shown with the caption."""
    shown = await console.say("/file", "/file")
    first, second = tmp_path / "files" / "дайджест.html", tmp_path / "files" / "дайджест-2.html"
    assert str(first).replace("/", "") in shown.replace("/", "").replace("\n", "").replace(" ", "")
    assert first.read_bytes() == second.read_bytes() == b"x" * 2000
    assert "Ваш файл" in shown
    assert "2 КБ" in shown
    assert sorted(tmp_path.rglob("*.html")) == sorted([first, second])


async def test_two_people(console: Console) -> None:
    """Each person has a chat and a keyboard of their own; `:as` says who speaks."""
    await console.say("/start")
    shown = await console.say("1", ":as ADMIN", "/start", "2", ":as reader", "1", speaking="admin")
    assert told(shown)[:2] == ["Сводка", "1"], "the admin has no buttons yet"
    assert "Теперь говорит admin." in shown
    assert "Сводка #3 ✎" in shown
    assert "Сводка #1 ✎" in shown


async def test_who_is_there(console: Console) -> None:
    """A name that nobody has is told together with those that there are, at the start and in between."""
    assert "Есть: reader, admin." in await console.say(":as somebody")
    with pytest.raises(UsageError, match="reader, admin"):
        await console.say(speaking="somebody")


async def test_what_a_link_leads_to(console: Console) -> None:
    """`:open` tells where a link or, where there is none of that number, a button leads to; so does pressing the button."""
    shown = told(await console.say("/start", ":open 1", ":open 3", "3", ":open 2"))
    assert shown[5:] == [
        "1 → https://t.me/polynya_lab/211",
        *["Сайт → https://svodka.example/about"] * 2,
        "Ссылки 2 здесь нет.",
    ]


async def test_a_person_who_has_not_spoken(console: Console) -> None:
    """The bot cannot write first, not even to somebody who then does speak; afterwards what it sends is shown at once."""
    reader, admin = PEOPLE

    async def lines() -> Any:
        await console.dispatcher.workflow_data["tell"](admin)
        yield "привет"
        await console.dispatcher.workflow_data["tell"](reader)

    async def tell(person: Person) -> None:
        await console.bot.send_message(person.id, f"Пора, {person.name}!")

    console.dispatcher["tell"] = tell
    with pytest.raises(Exception, match="can't initiate conversation"):
        await console.hear(lines())
    console.session.desk.room(admin.id).started = True
    shown = told(await console.hear(lines()))
    assert shown == ["Сводка → admin", "Пора, admin!", "Сводка", "привет", "Сводка", "Пора, reader!"]


async def test_somebody_known_from_before(tmp_path: Path) -> None:
    """To somebody who has spoken in an earlier console the bot may write."""
    console = Console(tmp_path, people=[Person(name="old", id=7, known=True)])
    await console.bot.send_message(7, "С возвращением")
    assert "Сводка → old" in console.out.getvalue()


async def test_help(console: Console) -> None:
    """`:help` lists the bot's commands in the person's language, then the console's; a stray word lists these, too."""
    await console.bot.set_my_commands([BotCommand(command="start", description="начать")], language_code="ru")
    shown = await console.say(":help", ":halp", ":forward нет черты", ":location 95 10", ":quit now")
    assert "  /start — начать" in shown
    assert ":as ИМЯ — говорить за другого: reader, admin" in shown
    assert "Команды :halp нет. Есть: :say, :as," in shown
    assert "Нужно так: :forward КАНАЛ | ТЕКСТ" in shown
    assert "Нужно так: :location" in shown
    assert "Нужно так: :quit" in shown


@pytest.mark.parametrize("farewell", [":quit", "/quit", "/exit", ":q", ":EXIT"])
async def test_leaving(console: Console, farewell: str) -> None:
    """Whatever people leave other programs by ends the conversation; the bot can be told it all the same."""
    assert await console.say(farewell, "привет") == ""
    assert "/quit" in await console.say(":say /quit")


async def test_the_language_that_somebody_has_chosen(console: Console) -> None:
    """Once it is known in which language the bot speaks with somebody, the console does, too, and with nobody else."""
    console.session.speak(PEOPLE[0], "en")
    assert "There is no :x." in await console.say(":x")
    assert "Команды :x нет." in await console.say(":as admin", ":x")


async def test_something_that_failed(console: Console, tmp_path: Path) -> None:
    """What has failed beside the conversation is told in one line, however long it is, with the place of the log."""
    console.session.fail("broken " * 100, tmp_path / "chat.log")
    shown = console.out.getvalue()
    assert shown.startswith("⚠ Что-то сломалось: broken broken")
    assert len(shown) < 400
    assert str(tmp_path / "chat.log") in shown.replace("\n", "")


async def test_the_language_of_who_speaks(tmp_path: Path) -> None:
    """The console speaks English with those whose Telegram is not in Russian."""
    console = Console(tmp_path, people=[Person(name="ann", id=5, lang="de")])
    assert "There is no :x." in await console.say(":x", speaking="ann")


async def test_quitting(console: Console) -> None:
    """After `:quit` no line is read; a smile is no command, and empty lines are nothing."""
    assert told(await console.say("", "  ", ":)", ":-(", ":quit", "дальше")) == ["Сводка", ":)", "Сводка", ":-("]


async def test_a_long_line_comes_in_parts(tmp_path: Path) -> None:
    """A line that is too long for a message arrives as several, nothing lost."""
    router, heard = Router(), []

    @router.message()
    async def hear(message: Message) -> None:
        heard.append(message.text or "")

    text = "я🙂" * 3000
    await Console(tmp_path, routers=[router]).say(text)
    assert "".join(heard) == text
    assert all(len(part.encode("utf-16-le")) <= 2 * 4096 for part in heard)


async def test_what_the_bot_hears(tmp_path: Path) -> None:
    """Messages have an author with a language, a private chat, a time, and the entities that Telegram finds by itself."""
    router, heard = Router(), []

    @router.message()
    async def hear(message: Message, event_update: Update) -> None:
        heard.append((event_update, message))

    await Console(tmp_path, routers=[router]).say("/add https://t.me/polynya_lab/1, @polynya_lab и t.me/other")
    update, message = heard[0]
    assert message.from_user
    assert (message.from_user.id, message.from_user.language_code) == (message.chat.id, "ru")
    assert message.chat.type == "private"
    assert update.update_id > message.message_id
    found = [(entity.type, entity.extract_from(message.text or "")) for entity in message.entities or ()]
    assert found == [
        ("bot_command", "/add"),
        ("url", "https://t.me/polynya_lab/1"),
        ("mention", "@polynya_lab"),
        ("url", "t.me/other"),
    ]


async def test_startup_and_shutdown(console: Console) -> None:
    """What the dispatcher does when it starts and ends happens here, too, also when the conversation is broken off."""
    done = []

    async def begin(bot: Bot, dispatcher: Dispatcher) -> None:
        done.append(("begin", (await bot.me()).first_name, dispatcher is console.dispatcher))

    async def end() -> None:
        done.append(("end", "", True))

    console.dispatcher.startup.register(begin)
    console.dispatcher.shutdown.register(end)
    await console.say()
    assert done == [("begin", "Сводка", True), ("end", "", True)]
    done.clear()
    never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    reached = asyncio.Event()

    async def lines() -> Any:
        reached.set()
        yield await never

    task = asyncio.create_task(console.hear(lines()))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [what for what, *_ in done] == ["begin", "end"]


async def test_the_description_greets(console: Console) -> None:
    """In an empty chat stands what the bot says of itself, in the person's language."""
    await console.bot.set_my_description("A digest")
    await console.bot.set_my_description("Дайджест каналов", language_code="ru")
    assert told(await console.say()) == ["Дайджест каналов"]
    await console.say("привет")
    assert await console.say() == "", "the chat is not empty any more"


# --- what goes wrong ---


def failing() -> Router:
    router = Router()

    @router.message(Command("long"))
    async def long(message: Message) -> None:
        await message.answer("x" * 5000)

    @router.message(Command("lost"))
    async def lost(_message: Message) -> None:
        raise NotFound("there is no story 7")

    @router.message(Command("bug"))
    async def bug(_message: Message) -> None:
        raise ZeroDivisionError

    @router.message(F.text == "silent")
    async def silent(message: Message) -> None:
        await message.answer("Нажмите", reply_markup=inline([button("?", "nobody")]))

    return router


async def test_an_uncaught_refusal_is_told(tmp_path: Path) -> None:
    """A refusal of Telegram, or an error of ours, that no handler catches is told, and the conversation goes on."""
    console = Console(tmp_path, routers=[failing(), talkative()])
    shown = await console.say("/long", "/lost", "дальше")
    assert "sendMessage: Bad Request: message is too long" in shown.replace("\n", " ")
    assert "there is no story 7" in shown
    assert told(shown)[-1] == "дальше"


async def test_a_bug_ends_the_chat(tmp_path: Path) -> None:
    """An error that nobody raises on purpose is not hidden."""
    with pytest.raises(ZeroDivisionError):
        await Console(tmp_path, routers=[failing()]).say("/bug")


async def test_the_error_handler_of_the_dispatcher(tmp_path: Path) -> None:
    """Where the bot has an error handler, it does its work, bugs included."""
    router = failing()

    @router.error()
    async def say_so(event: ErrorEvent) -> None:
        assert event.update.message
        await event.update.message.as_(console.bot).answer(f"Ой: {type(event.exception).__name__}")

    console = Console(tmp_path, routers=[router])
    shown = await console.say("/bug", "/long")
    assert "Ой: ZeroDivisionError" in shown
    assert "Ой: TelegramBadRequest" in shown


async def test_a_press_without_an_answer(tmp_path: Path) -> None:
    """A press that the bot leaves unanswered is told of: at Telegram its button would go on spinning."""
    console = Console(tmp_path, routers=[failing()])
    assert "Бот не ответил на нажатие" in await console.say("silent", "1")


async def test_buttons_that_are_gone(tmp_path: Path) -> None:
    """Buttons that an edit takes away, or that went with their message, cannot be pressed."""
    router = Router()

    @router.message()
    async def ask(message: Message) -> None:
        await message.answer("Как вам?", reply_markup=VOTES)

    @router.callback_query(F.data == "vote:1")
    async def strip(query: CallbackQuery) -> None:
        await query.answer()
        assert isinstance(query.message, Message)
        await query.message.edit_reply_markup()

    @router.callback_query(F.data == "vote:-1")
    async def drop(query: CallbackQuery) -> None:
        await query.answer()
        assert isinstance(query.message, Message)
        await query.message.delete()

    console = Console(tmp_path, routers=[router])
    shown = told(await console.say("раз", "1", "два", "2"))
    assert "У сообщения #1 больше нет кнопок." in shown
    assert "Сообщение #2 удалено." in shown
    assert console.session.desk.room(PEOPLE[0].id).keyboards == []


async def test_lines_are_closed(console: Console) -> None:
    """However a conversation ends, the source of its lines is closed."""
    lines = typed([":quit", "never"])
    await console.hear(lines)
    assert [line async for line in lines] == []
