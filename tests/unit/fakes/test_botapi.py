"""The fake Bot API, as a real bot of aiogram meets it."""

import asyncio
import inspect
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.methods import SendMessage, SendPoll
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    CallbackQuery,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import ClientSession, web
from pydantic import BaseModel

from tests.fakes.botapi import Answer, FakeBotApi, Fault, Person, Remote, Results
from tests.fakes.botapi.calls import STRUCTURED
from tests.fakes.botapi.methods import METHODS
from tests.fakes.botapi.models import KNOWN
from tests.fakes.botapi.remote import started


class Clock:
    """A time that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def api(clock: Clock) -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi(clock=clock) as running:
        yield running


@asynccontextmanager
async def a_bot(url: str, token: str = "1:TEST", **options: Any) -> AsyncIterator[Bot]:
    """A real bot that takes this address for Telegram's."""
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url), **options))
    yield bot
    # aiogram's own way of closing waits a quarter of a second for connections with TLS.
    if bot.session._session is not None:
        await bot.session._session.close()


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    async with a_bot(api.url) as bot:
        yield bot


@pytest.fixture
def ada(api: FakeBotApi) -> Person:
    """Ada has started the bot before."""
    ada = api.user("Ада", language_code="ru", username="ada")
    ada.begin()
    return ada


@asynccontextmanager
async def polling(bot: Bot, router: Router) -> AsyncIterator[None]:
    """A dispatcher that polls, for the duration of the block."""
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    task = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def keys(*texts: str) -> InlineKeyboardMarkup:
    """A row of buttons whose data is their text."""
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=one, callback_data=one) for one in texts]])


def entity(kind: str, offset: int, length: int, **more: Any) -> MessageEntity:
    return MessageEntity(type=kind, offset=offset, length=length, **more)


def drawn(message: Message) -> list[tuple[str, int, int]]:
    return [(one.type, one.offset, one.length) for one in message.entities or message.caption_entities or ()]


def holds_objects(annotation: Any) -> bool:
    """Whether values of this type are objects or arrays."""
    found = get_origin(annotation) or annotation
    is_one = inspect.isclass(found) and issubclass(found, list | BaseModel)
    return is_one or any(map(holds_objects, get_args(annotation)))


class TestUpdates:
    async def test_offsets_confirm(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """An update comes until an offset beyond it is asked for."""
        for text in ("раз", "два", "три"):
            ada.say(text)
        first, second, _ = await bot.get_updates()
        assert [one.message.text for one in await bot.get_updates(limit=2)] == ["раз", "два"]
        assert second.update_id == first.update_id + 1
        assert [one.message.text for one in await bot.get_updates(offset=second.update_id)] == ["два", "три"]
        assert [one.message.text for one in await bot.get_updates()] == ["два", "три"]
        assert [one.message.text for one in await bot.get_updates(offset=-1)] == ["три"]
        assert len(api.world.updates.pending) == 1

    async def test_a_long_poll_wakes(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A poll that waits is answered when something happens."""
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        await api.until(lambda: api.world.updates.is_polled, "a poll")
        ada.say("вот")
        assert [one.message.text for one in await poll] == ["вот"]

    async def test_two_pollers_are_a_conflict(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Of two polls at once the older gets 409, and the younger the update."""
        older = asyncio.create_task(bot.get_updates(timeout=30))
        await api.until(lambda: api.world.updates.is_polled, "a poll")
        younger = asyncio.create_task(bot.get_updates(timeout=30))
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
            await older
        ada.say("вот")
        assert len(await younger) == 1

    async def test_a_poll_of_a_dead_bot_is_no_poll(self, api: FakeBotApi) -> None:
        """A bot that breaks its connection waits no longer."""
        async with a_bot(api.url) as bot:
            poll = asyncio.create_task(bot.get_updates(timeout=30))
            await api.until(lambda: api.world.updates.is_polled, "a poll")
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
        async with a_bot(api.url) as other:
            await other.get_me()
            await api.until(lambda: not api.world.updates.is_polled, "the end of the poll")

    async def test_only_wanted_kinds_are_kept(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """What allowed_updates leaves out is lost; without it the bot hears of everything but what it has to ask for."""
        await bot.get_updates(allowed_updates=["callback_query"])
        ada.say("мимо")
        assert await bot.get_updates() == []
        await bot.get_updates(allowed_updates=[])
        group = api.group().add_bot(rights=[])
        group.join(ada)
        kinds = [one.event_type for one in await bot.get_updates()]
        assert "chat_member" not in kinds
        await bot.get_updates(offset=-1, allowed_updates=["chat_member"])
        group.promote(ada)
        assert (await bot.get_updates())[-1].chat_member.new_chat_member.status == "administrator"

    async def test_a_dispatcher_lives_on_it(self, api: FakeBotApi, bot: Bot) -> None:
        """A conversation: a deep link, an answer with buttons, a pressed one that edits the message and says a notice."""
        router = Router()

        @router.message(CommandStart(deep_link=True))
        async def start(message: Message, command: CommandObject) -> None:
            await message.answer(
                f"Здравствуйте, {message.from_user.first_name}: {command.args}", reply_markup=keys("Да")
            )

        @router.callback_query()
        async def press(query: CallbackQuery) -> None:
            await query.message.edit_text(f"Вы сказали: {query.data}")
            await query.answer("Готово", show_alert=True)

        grace = api.user("Грейс")
        async with polling(bot, router):
            grace.start("topic_llm")
            menu = await grace.wait_for("Здравствуйте, Грейс: topic_llm")
            assert menu.buttons == ["Да"]
            assert await grace.press(menu, "Да") == Answer(text="Готово", alert=True)
            edited = await grace.wait_for(lambda message: message.edited)
        assert (edited.id, edited.text, edited.buttons) == (menu.id, "Вы сказали: Да", [])


class TestWebhook:
    @asynccontextmanager
    async def serving(self, handler: Any) -> AsyncIterator[str]:
        """A web server of the bot; its address."""
        application = web.Application()
        if isinstance(handler, SimpleRequestHandler):
            handler.register(application, "/hook")
        else:
            application.router.add_post("/hook", handler)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        await runner.cleanup()

    async def test_updates_come_with_the_secret(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A real handler takes updates with its secret, and the answer of a handler is called as a method."""
        router = Router()

        @router.message()
        async def echo(message: Message) -> SendMessage:
            return message.answer(f"Эхо: {message.text}", reply_markup=keys("Ещё"))

        dispatcher = Dispatcher()
        dispatcher.include_router(router)
        handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="s-E_c1")
        async with self.serving(handler) as url:
            await bot.set_webhook(url, secret_token="s-E_c1")
            ada.say("раз")
            answer = await ada.wait_for("Эхо: раз")
            assert answer.buttons == ["Ещё"]
            with pytest.raises(TelegramConflictError, match="webhook is active"):
                await bot.get_updates()
            await bot.set_webhook(url, secret_token="wrong")
            ada.say("два")
            await api.until(lambda: api.webhook.last_error, "a refusal")
            info = await bot.get_webhook_info()
            assert (info.url, info.pending_update_count) == (url, 1)
            assert "401" in info.last_error_message
            await bot.delete_webhook()
        assert (await bot.get_updates())[0].message.text == "два"

    async def test_a_refused_update_comes_again_and_holds_its_chat(
        self, api: FakeBotApi, bot: Bot, ada: Person
    ) -> None:
        """What is not answered with 2xx comes again, later updates of that chat wait for it, and other chats do not."""
        seen: list[str] = []
        failing = asyncio.Event()

        async def handle(request: web.Request) -> web.Response:
            text = (await request.json())["message"]["text"]
            seen.append(text)
            return web.Response(status=500 if text == "раз" and not failing.is_set() else 200)

        grace = api.user("Грейс")
        async with self.serving(handle) as url:
            await bot.set_webhook(url)
            ada.say("раз")
            ada.say("два")
            await api.until(lambda: seen.count("раз") > 1, "the second attempt")
            grace.say("три")
            await api.until(lambda: "три" in seen, "the other chat")
            assert "два" not in seen
            failing.set()
            await api.until(lambda: not api.world.updates.pending, "an empty queue")
        assert seen[-1] == "два"

    async def test_a_webhook_ends_a_poll(self, api: FakeBotApi, bot: Bot) -> None:
        """A poll that waits while a webhook is set is a conflict."""
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        await api.until(lambda: api.world.updates.is_polled, "a poll")
        await bot.set_webhook("https://bot.example/hook")
        with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
            await poll

    async def test_a_secret_has_its_letters(self, bot: Bot) -> None:
        """A secret token with other characters than Telegram allows is refused."""
        with pytest.raises(TelegramBadRequest, match="secret token contains unallowed characters"):
            await bot.set_webhook("https://bot.example/hook", secret_token="so secret!")


class TestTexts:
    async def test_html_becomes_entities(self, bot: Bot, ada: Person) -> None:
        """Tags become entities with offsets in UTF-16 units, and links get what Telegram adds to them."""
        source = (
            '🎉 <b>жирно</b> &lt;i&gt; <a href="https://Example.org?a=1&amp;b=2">ссылка</a>'
            ' <blockquote expandable>скрыто</blockquote><pre><code class="language-python">x</code></pre>'
        )
        message = await bot.send_message(ada.id, source, parse_mode="HTML")
        assert message.text == "🎉 жирно <i> ссылка скрытоx"
        assert drawn(message) == [
            ("bold", 3, 5),
            ("text_link", 13, 6),
            ("expandable_blockquote", 20, 6),
            ("pre", 26, 1),
        ]
        assert message.entities[1].url == "https://example.org/?a=1&b=2"
        assert message.entities[3].language == "python"

    @pytest.mark.parametrize(
        ("source", "problem"),
        [
            ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
            ("ж<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 2'),
            ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("a < b", 'Unsupported start tag "" at byte offset 2'),
            ("<b", "Unclosed start tag at byte offset 0"),
            ('<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ],
    )
    async def test_html_that_cannot_be_parsed(self, bot: Bot, ada: Person, source: str, problem: str) -> None:
        """Wrong HTML is refused with Telegram's words and byte offsets."""
        with pytest.raises(TelegramBadRequest) as refused:
            await bot.send_message(ada.id, source, parse_mode="HTML")
        assert refused.value.message == f"Bad Request: can't parse entities: {problem}"

    async def test_a_bad_link_leaves_its_text(self, bot: Bot, ada: Person) -> None:
        """A link that leads nowhere vanishes from HTML, and is refused as an entity."""
        message = await bot.send_message(ada.id, '<a href="here">тут</a>', parse_mode="HTML")
        assert (message.text, message.entities) == ("тут", None)
        with pytest.raises(TelegramBadRequest, match="entity URL 'here' is invalid: Wrong HTTP URL"):
            await bot.send_message(ada.id, "тут", entities=[entity("text_link", 0, 3, url="here")])

    async def test_white_space_is_trimmed_and_entities_move(self, bot: Bot, ada: Person) -> None:
        """Spaces around a text go, what is under them is cut off, and tabs become spaces."""
        entities = [entity("bold", 3, 2), entity("italic", 6, 5)]
        message = await bot.send_message(ada.id, " \n ab\tcd \n ", entities=entities)
        assert message.text == "ab cd"
        assert drawn(message) == [("bold", 0, 2), ("italic", 3, 2)]

    async def test_characters_that_are_thrown_away(self, bot: Bot, ada: Person) -> None:
        """Carriage returns and marks of direction vanish, and entities shrink with them."""
        message = await bot.send_message(ada.id, "a\r\nb\u202ec", entities=[entity("bold", 2, 4)])
        assert message.text == "a\nbc"
        assert drawn(message) == [("bold", 1, 3)]

    @pytest.mark.parametrize(
        ("offset", "length", "problem"),
        [
            (0, 9, "Entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"),
            (7, 1, "Entity begins after the end of the text at UTF-16 offset 7"),
            (3, 1, "Entity begins in a middle of a UTF-16 symbol at byte offset 6"),
            (0, 3, "Entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 6"),
            (-1, 2, "Receive an entity with incorrect offset -1"),
        ],
    )
    async def test_entities_out_of_place(self, bot: Bot, ada: Person, offset: int, length: int, problem: str) -> None:
        """An entity outside of the text, or one that cuts a character in two, is refused."""
        with pytest.raises(TelegramBadRequest) as refused:
            await bot.send_message(ada.id, "ab🎉cd", entities=[entity("bold", offset, length)])
        assert refused.value.message == f"Bad Request: {problem[0].lower()}{problem[1:]}"

    async def test_overlaps_are_split_or_dropped(self, bot: Bot, ada: Person) -> None:
        """Bold is cut where a link begins and ends, links do not nest, code holds nothing, quotes do not nest."""
        link = {"url": "https://example.org/"}
        entities = [
            entity("bold", 0, 10),
            entity("text_link", 2, 3, **link),
            entity("code", 3, 1),
            entity("code", 11, 4),
            entity("bold", 12, 2),
            entity("hashtag", 0, 1),
        ]
        message = await bot.send_message(ada.id, "0123456789 code", entities=entities)
        assert drawn(message) == [
            ("bold", 0, 2),
            ("text_link", 2, 3),
            ("bold", 2, 3),
            ("bold", 5, 5),
            ("code", 11, 4),
        ]

    async def test_lengths(self, bot: Bot, ada: Person) -> None:
        """4,096 units fit and one more does not; letters of two units count twice, tags do not count."""
        assert len((await bot.send_message(ada.id, f"<b>{'я' * 4096}</b>", parse_mode="HTML")).text) == 4096
        await bot.send_message(ada.id, "🎉" * 2048)
        for text in ("я" * 4097, "🎉" * 2048 + "!"):
            with pytest.raises(TelegramBadRequest, match="Bad Request: message is too long"):
                await bot.send_message(ada.id, text)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [("", "message text is empty"), (" \n\t ", "text must be non-empty"), ("<b> </b>", "text must be non-empty")],
    )
    async def test_nothing_is_no_message(self, bot: Bot, ada: Person, text: str, problem: str) -> None:
        """A text without a letter is refused."""
        with pytest.raises(TelegramBadRequest, match=f"Bad Request: {problem}"):
            await bot.send_message(ada.id, text, parse_mode="HTML")

    async def test_the_hundred_and_first_entity_vanishes(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A hundred entities are kept; the rest goes silently, and the fake complains."""
        entities = [entity("bold", 2 * number, 1) for number in range(101)]
        message = await bot.send_message(ada.id, "a " * 101, entities=entities)
        assert len(message.entities) == 100
        assert api.complaints == ["sendmessage: 101 entities, of which Telegram drops all after the first 100"]
        api.complaints.clear()

    async def test_entities_may_weigh_too_much(self, bot: Bot, ada: Person) -> None:
        """A hundred long addresses are too many."""
        links = [entity("text_link", 2 * one, 1, url=f"https://example.org/{'x' * 90}{one}") for one in range(100)]
        with pytest.raises(TelegramBadRequest, match="ENTITIES_TOO_LONG"):
            await bot.send_message(ada.id, "a " * 100, entities=links)

    async def test_only_people_it_has_met_are_mentioned(self, bot: Bot, ada: Person) -> None:
        """A link to a person becomes a mention, and plain text if the bot does not know the person."""
        source = f'<a href="tg://user?id={ada.id}">Ада</a> и <a href="tg://user?id=5">Никто</a>'
        message = await bot.send_message(ada.id, source, parse_mode="HTML")
        assert [(one.type, one.user.id) for one in message.entities] == [("text_mention", ada.id)]


class TestKeyboards:
    async def send(self, bot: Bot, ada: Person, *buttons: InlineKeyboardButton) -> Message:
        return await bot.send_message(ada.id, "?", reply_markup=InlineKeyboardMarkup(inline_keyboard=[list(buttons)]))

    async def test_data_has_its_length(self, bot: Bot, ada: Person) -> None:
        """64 bytes of data fit; more is refused, and so is a button that does nothing."""
        await self.send(bot, ada, InlineKeyboardButton(text="да", callback_data="я" * 32))
        with pytest.raises(TelegramBadRequest, match="Bad Request: BUTTON_DATA_INVALID"):
            await self.send(bot, ada, InlineKeyboardButton(text="да", callback_data="я" * 32 + "!"))
        for empty in ({}, {"callback_data": ""}):
            with pytest.raises(TelegramBadRequest, match="Text buttons are unallowed in the inline keyboard"):
                await self.send(bot, ada, InlineKeyboardButton(text="да", **empty))

    async def test_addresses_are_checked(self, bot: Bot, ada: Person) -> None:
        """A button opens an address that is one; Telegram's own are fine too."""
        message = await self.send(bot, ada, InlineKeyboardButton(text="→", url="t.me/channel/5"))
        assert message.reply_markup.inline_keyboard[0][0].url == "http://t.me/channel/5"
        await self.send(bot, ada, InlineKeyboardButton(text="→", url=f"tg://user?id={ada.id}"))
        for url, problem in (("http://localhost", "Wrong HTTP URL"), ("ftp://a.example", "Unsupported URL protocol")):
            with pytest.raises(TelegramBadRequest, match=f"inline keyboard button URL '{url}' is invalid: {problem}"):
                await self.send(bot, ada, InlineKeyboardButton(text="→", url=url))

    async def test_a_keyboard_has_its_size(self, bot: Bot, ada: Person) -> None:
        """A hundred buttons fit, and one more is too much."""
        await self.send(bot, ada, *[InlineKeyboardButton(text="x", callback_data="x")] * 100)
        with pytest.raises(TelegramBadRequest, match="reply markup is too long"):
            await self.send(bot, ada, *[InlineKeyboardButton(text="x", callback_data="x")] * 101)

    async def test_other_keyboards(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A reply keyboard is the person's, not the message's; in a channel there are inline keyboards alone."""
        board = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Где я", request_location=True)]])
        assert (await bot.send_message(ada.id, "?", reply_markup=board)).reply_markup is None
        assert ada.inbox.unread[-1].buttons == ["Где я"]
        await bot.send_message(ada.id, "?", reply_markup=ForceReply())
        group = api.group(creator=ada).add_bot()
        with pytest.raises(TelegramBadRequest, match="location can be requested in private chats only"):
            await bot.send_message(group.id, "?", reply_markup=board)
        channel = api.channel().add_bot()
        with pytest.raises(TelegramBadRequest, match="inline keyboard expected"):
            await bot.send_message(channel.id, "?", reply_markup=board)


class TestCallbacks:
    async def test_a_query_is_answered_once_and_early(
        self, api: FakeBotApi, bot: Bot, ada: Person, clock: Clock
    ) -> None:
        """A second answer, one that comes late, and one to nothing are refused."""
        await bot.send_message(ada.id, "?", reply_markup=keys("да", "нет"))
        message = ada.inbox.read()[-1]
        query = ada.tap(message, "да")
        assert await bot.answer_callback_query(query.id, text="раз")
        old, late = ada.tap(message, "нет"), ada.tap(message, data="чужое")
        api.expire_callbacks()
        slow = ada.tap(message, "да")
        clock.now += 61
        for stale in (query.id, old.id, late.id, slow.id, "12345"):
            with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
                await bot.answer_callback_query(stale)
        assert query.answer == Answer(text="раз")

    async def test_what_the_bot_sees_of_a_press(self, bot: Bot, ada: Person) -> None:
        """A press tells of the message as it is now; of a deleted one only where it was."""
        sent = await bot.send_message(ada.id, "?", reply_markup=keys("да"))
        message = ada.inbox.read()[-1]
        ada.tap(message, "да")
        await bot.delete_message(ada.id, sent.message_id)
        ada.tap(message, data="старое")
        first, second = [one.callback_query for one in await bot.get_updates()]
        assert (first.data, first.message.text, first.from_user.language_code) == ("да", "?", "ru")
        assert (second.data, second.message.message_id, type(second.message).__name__) == (
            "старое",
            sent.message_id,
            "InaccessibleMessage",
        )

    async def test_a_button_that_is_not_there(self, bot: Bot, ada: Person) -> None:
        """Pressing what is not there fails, and says what is."""
        await bot.send_message(ada.id, "?", reply_markup=keys("да"))
        with pytest.raises(AssertionError, match=r"no button 'нет' under '\?'; there are \['да'\]"):
            ada.tap(ada.inbox.read()[-1], "нет")

    async def test_a_notice_has_its_length(self, bot: Bot, ada: Person) -> None:
        """Two hundred units are a notice, and one more is too long."""
        query = ada.tap(ada.say("x"), data="x")
        with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
            await bot.answer_callback_query(query.id, text="я" * 201)
        assert await bot.answer_callback_query(query.id, text="я" * 200)


class TestEditing:
    async def test_an_edit_must_change_something(self, bot: Bot, ada: Person) -> None:
        """The same words with the same keyboard are refused; a keyboard that is not named is gone."""
        sent = await bot.send_message(ada.id, "<b>раз</b>", parse_mode="HTML", reply_markup=keys("да"))
        place = {"chat_id": ada.id, "message_id": sent.message_id}
        with pytest.raises(TelegramBadRequest, match="message is not modified: specified new message content"):
            await bot.edit_message_text("<b>раз</b> ", parse_mode="HTML", reply_markup=keys("да"), **place)
        edited = await bot.edit_message_text("<b>раз</b>", parse_mode="HTML", **place)
        assert edited.reply_markup is None
        assert edited.edit_date is not None
        assert (await bot.edit_message_reply_markup(**place, reply_markup=keys("нет"))).text == "раз"
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await bot.edit_message_reply_markup(**place, reply_markup=keys("нет"))

    async def test_what_cannot_be_edited_or_deleted(self, bot: Bot, ada: Person, clock: Clock) -> None:
        """Other people's messages are not edited, missing ones are not found, and after two days nothing is deleted."""
        said = ada.say("моё")
        with pytest.raises(TelegramBadRequest, match="message can't be edited"):
            await bot.edit_message_text("твоё", chat_id=ada.id, message_id=said.id)
        for call in (bot.edit_message_text("x", chat_id=ada.id, message_id=999), bot.delete_message(ada.id, 999)):
            with pytest.raises(TelegramBadRequest, match=r"message to (edit|delete) not found"):
                await call
        assert await bot.delete_message(ada.id, said.id)
        old = await bot.send_message(ada.id, "x")
        clock.now += 49 * 3600
        with pytest.raises(TelegramBadRequest, match="message can't be deleted for everyone"):
            await bot.delete_message(ada.id, old.message_id)

    async def test_replies(self, bot: Bot, ada: Person) -> None:
        """An answer quotes its message; one to nothing is refused, unless it may go without."""
        said = ada.say("вопрос")
        answer = await bot.send_message(ada.id, "ответ", reply_parameters=ReplyParameters(message_id=said.id))
        assert answer.reply_to_message.text == "вопрос"
        with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
            await bot.send_message(ada.id, "ответ", reply_parameters=ReplyParameters(message_id=999))
        lenient = ReplyParameters(message_id=999, allow_sending_without_reply=True)
        assert (await bot.send_message(ada.id, "ответ", reply_parameters=lenient)).reply_to_message is None

    async def test_drafts_and_actions(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Drafts and actions are seen by the person and leave no message."""
        await bot.send_message_draft(ada.id, draft_id=7, text="Думаю<b>…</b>", parse_mode="HTML")
        await bot.send_message_draft(ada.id, draft_id=7)
        await bot.send_chat_action(ada.id, "typing")
        assert [(one.id, one.text) for one in ada.chat.drafts] == [(7, "Думаю…"), (7, "")]
        assert ada.chat.actions == ["typing"]
        assert api.sent == []


class TestFiles:
    async def test_an_upload_is_kept(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """The bytes of a document arrive, can be fetched again, and are sent again by their id."""
        data = "Отчёт\n".encode() * 1000
        sent = await bot.send_document(
            ada.id, BufferedInputFile(data, "отчёт.txt"), caption="<i>вот</i>", parse_mode="HTML"
        )
        kept = ada.inbox.read()[-1]
        assert (kept.file.data, kept.file.name, kept.caption) == (data, "отчёт.txt", "вот")
        assert drawn(sent) == [("italic", 0, 3)]
        fetched = await bot.download(sent.document)
        assert fetched.read() == data
        again = await bot.send_document(ada.id, sent.document.file_id)
        assert again.document.file_name == "отчёт.txt"
        with pytest.raises(TelegramBadRequest, match="wrong file identifier/HTTP URL specified"):
            await bot.send_document(ada.id, "AgADnothing")
        assert api.complaints == []

    async def test_photos_and_captions(self, bot: Bot, ada: Person) -> None:
        """A photo has to be one, and its caption has 1,024 units at most."""
        photo = BufferedInputFile(b"\x89PNG\r\n\x1a\n" + bytes(100), "x.png")
        assert (await bot.send_photo(ada.id, photo, caption="я" * 1024)).photo[-1].width == 1280
        with pytest.raises(TelegramBadRequest, match="message caption is too long"):
            await bot.send_photo(ada.id, photo, caption="я" * 1025)
        with pytest.raises(TelegramBadRequest, match="IMAGE_PROCESS_FAILED"):
            await bot.send_photo(ada.id, BufferedInputFile(b"text", "x.png"))

    async def test_people_send_files(self, bot: Bot, ada: Person) -> None:
        """A file that a person sends can be fetched."""
        ada.send_file(b'{"a": 1}', "result.json", mime="application/json", caption="архив")
        message = (await bot.get_updates())[-1].message
        assert (message.document.file_name, message.caption) == ("result.json", "архив")
        assert (await bot.download(message.document)).read() == b'{"a": 1}'


class TestPeople:
    async def test_a_bot_does_not_begin(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A bot writes to nobody who has not written first, and not to one who has blocked it or is gone."""
        grace = api.user("Грейс")
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await bot.send_message(grace.id, "?")
        api.group(creator=grace).add_bot()
        with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
            await bot.send_message(grace.id, "?")
        grace.start()
        await bot.send_message(grace.id, "!")
        ada.block()
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await bot.send_message(ada.id, "?")
        ada.start("снова")
        await bot.send_message(ada.id, "!")
        ada.deactivate()
        with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
            await bot.send_message(ada.id, "?")
        standing = [one.my_chat_member for one in await bot.get_updates() if one.my_chat_member]
        told = [(one.chat.type, one.old_chat_member.status, one.new_chat_member.status) for one in standing]
        assert told == [("group", "left", "member"), ("private", "member", "kicked"), ("private", "kicked", "member")]

    async def test_what_people_write(self, bot: Bot, ada: Person) -> None:
        """Commands, addresses and names in a text are entities; places and replies arrive."""
        ada.say(
            "/ask@svodka_test_bot про 🎉 https://example.org/a. и #llm", [{"type": "bold", "offset": 0, "length": 4}]
        )
        place = ada.location(55.75, 37.62)
        ada.say("тут", reply_to=place)
        first, second, third = [one.message for one in await bot.get_updates()]
        assert [(one.type, one.extract_from(first.text)) for one in first.entities] == [
            ("bot_command", "/ask@svodka_test_bot"),
            ("bold", "/ask"),
            ("url", "https://example.org/a"),
            ("hashtag", "#llm"),
        ]
        assert (second.location.latitude, second.location.longitude) == (55.75, 37.62)
        assert third.reply_to_message.message_id == place.id

    async def test_forwards(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A forwarded post says which channel and message it comes from; an album stays together; the shy are not named."""
        channel = api.channel("Градиент", username="gradient")
        post = channel.post("Новая модель", signature="И. О.")
        ada.forward(post, *channel.album("Фото", None))
        shy = api.user("Тихий", hides_forwards=True)
        ada.forward(shy.say("секрет"))
        messages = [one.message for one in await bot.get_updates() if one.message.forward_origin]
        origin = messages[0].forward_origin
        assert (origin.type, origin.chat.username, origin.message_id, origin.author_signature) == (
            "channel",
            "gradient",
            post.id,
            "И. О.",
        )
        assert [one.caption for one in messages[1:3]] == ["Фото", None]
        assert messages[1].media_group_id == messages[2].media_group_id is not None
        assert messages[3].forward_origin.sender_user_name == "Тихий"

    async def test_waiting_tells_what_came_instead(self, bot: Bot, ada: Person) -> None:
        """Who waits in vain is told what the bot has sent; each message is handed out once."""
        await bot.send_message(ada.id, "раз", reply_markup=keys("да"))
        assert [one.text for one in await ada.wait_for(1)] == ["раз"]
        await bot.send_message(ada.id, "два")
        with pytest.raises(AssertionError) as vain:
            await ada.wait_for("три", patience=0.01)
        assert "Ада waited for a message with 'три'" in str(vain.value)
        assert "'раз' ['да'] (taken before)" in str(vain.value)
        said = ada.say("?")
        with pytest.raises(AssertionError, match="'два' .earlier."):
            await ada.wait_for("два", after=said, patience=0.01)
        assert (await ada.wait_for("два")).text == "два"

    async def test_ids_are_not_mixed_up(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Private chats and groups share one row of message ids, and each supergroup has its own."""
        group, big = api.group(creator=ada).add_bot(), api.supergroup(creator=ada).add_bot()
        private = await bot.send_message(ada.id, "раз")
        small = await bot.send_message(group.id, "два")
        assert small.message_id == private.message_id + 1
        assert (await bot.send_message(big.id, "три")).message_id < 10
        assert small.chat.type == "group"
        assert big.id < -1_000_000_000_000 < group.id < 0


class TestPlaces:
    async def test_the_standing_of_the_bot(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Each change of its standing is told, and what it may no longer write is refused in Telegram's words."""
        group = api.supergroup(creator=ada).add_bot()
        assert (await bot.get_chat_member(group.id, bot.id)).status == "member"
        group.promote_bot(ada)
        assert [one.user.id for one in await bot.get_chat_administrators(group.id)] == [ada.id, bot.id]
        group.restrict_bot(ada)
        with pytest.raises(TelegramBadRequest, match="not enough rights to send text messages to the chat"):
            await bot.send_message(group.id, "?")
        group.demote_bot(ada)
        group.remove_bot(ada)
        with pytest.raises(TelegramForbiddenError, match="bot is not a member of the supergroup chat"):
            await bot.send_message(group.id, "?")
        group.kick_bot(ada)
        with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
            await bot.send_message(group.id, "?")
        updates = await bot.get_updates()
        told = [one.my_chat_member.new_chat_member.status for one in updates if one.my_chat_member]
        assert told == ["member", "administrator", "restricted", "member", "left", "kicked"]
        services = [one.message for one in updates if one.message]
        assert services[0].new_chat_members[0].id == bot.id
        assert services[-1].left_chat_member.id == bot.id

    async def test_privacy_hides_what_is_not_for_the_bot(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """In a group a bot hears commands, answers and mentions; as an administrator, or without privacy mode, everything."""
        group = api.group(creator=ada).add_bot()
        mine = await bot.send_message(group.id, "вопрос")
        for text in ("болтовня", "/ask", "/ask@other_bot", "эй @svodka_test_bot", "/ask@Svodka_Test_Bot что"):
            group.say(ada, text)
        group.say(ada, "ответ", reply_to=group.messages[mine.message_id])
        group.promote_bot()
        group.say(ada, "снова болтовня")
        group.demote_bot()
        api.world.reads_all = True
        group.say(ada, "и ещё")
        heard = [one.message.text for one in await bot.get_updates() if one.message and one.message.text]
        assert heard == [
            "/ask",
            "эй @svodka_test_bot",
            "/ask@Svodka_Test_Bot что",
            "ответ",
            "снова болтовня",
            "и ещё",
        ]

    async def test_topics(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A message goes to its topic; threads that are none, the General one's number and closed topics are refused."""
        forum = api.supergroup(creator=ada, forum=True).add_bot()
        topic = forum.create_topic("Дайджест")
        sent = await bot.send_message(forum.id, "в тему", message_thread_id=topic.id)
        assert (sent.message_thread_id, sent.is_topic_message) == (topic.id, True)
        assert sent.reply_to_message.forum_topic_created.name == "Дайджест"
        asked = forum.say(ada, "/ask", topic=topic)
        answer = await bot.send_message(forum.id, "ответ", reply_parameters=ReplyParameters(message_id=asked.id))
        assert answer.message_thread_id == topic.id
        general = await bot.send_message(forum.id, "в общую")
        assert (general.message_thread_id, general.is_topic_message) == (None, None)
        for thread in (1, 999, sent.message_id):
            with pytest.raises(TelegramBadRequest, match="message thread not found"):
                await bot.send_message(forum.id, "?", message_thread_id=thread)
        with pytest.raises(TelegramBadRequest, match="message thread not found"):
            await bot.send_message(ada.id, "?", message_thread_id=topic.id)
        forum.close_topic(topic)
        with pytest.raises(TelegramBadRequest, match="TOPIC_CLOSED"):
            await bot.send_message(forum.id, "?", message_thread_id=topic.id)
        forum.delete_topic(topic)
        with pytest.raises(TelegramBadRequest, match="message thread not found"):
            await bot.send_message(forum.id, "?", message_thread_id=topic.id)

    async def test_threads_of_answers_are_no_topics(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """An answer in a supergroup carries a thread that nobody can write to."""
        group = api.supergroup(creator=ada).add_bot()
        asked = group.say(ada, "/ask")
        group.say(ada, "/ask ещё", reply_to=asked)
        told = (await bot.get_updates())[-1].message
        assert (told.message_thread_id, told.is_topic_message) == (asked.id, None)
        with pytest.raises(TelegramBadRequest, match="message thread not found"):
            await bot.send_message(group.id, "?", message_thread_id=told.message_thread_id)

    async def test_a_group_becomes_a_supergroup(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """After the upgrade the old id is refused with the new one, which works; both are told."""
        group = api.group(creator=ada).add_bot()
        new = group.migrate()
        with pytest.raises(TelegramMigrateToChat) as refused:
            await bot.send_message(group.id, "?")
        assert refused.value.migrate_to_chat_id == new.id
        assert (await bot.send_message(new.id, "!")).chat.type == "supergroup"
        services = [one.message for one in await bot.get_updates() if one.message]
        assert [(one.migrate_to_chat_id, one.migrate_from_chat_id) for one in services[-2:]] == [
            (new.id, None),
            (None, group.id),
        ]

    async def test_channels(self, api: FakeBotApi, bot: Bot) -> None:
        """Posts and their edits reach the bot while it is an administrator, and it posts there by name."""
        channel = api.channel("Градиент", username="gradient")
        channel.post("до того")
        channel.add_bot()
        post = channel.post("раз")
        channel.edit(post, "два")
        channel.album("Фото", None, None)
        mine = await bot.send_message("@gradient", "от бота", link_preview_options=LinkPreviewOptions(is_disabled=True))
        assert (mine.from_user, mine.sender_chat.id) == (None, channel.id)
        channel.demote_bot()
        channel.post("после")
        with pytest.raises(TelegramForbiddenError, match="bot is not a member of the channel chat"):
            await bot.send_message(channel.id, "?")
        updates = await bot.get_updates()
        assert [one.channel_post.text for one in updates if one.channel_post and one.channel_post.text] == ["раз"]
        assert [one.edited_channel_post.text for one in updates if one.edited_channel_post] == ["два"]
        albums = {one.channel_post.media_group_id for one in updates if one.channel_post and one.channel_post.photo}
        assert len(albums) == 1

    async def test_looking_at_chats(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Chats are shown with what they are; strangers and private lists are refused; the bot can leave."""
        group = api.supergroup("Читатели", creator=ada, username="readers", forum=True).add_bot()
        shown = await bot.get_chat("@readers")
        assert (shown.id, shown.title, shown.is_forum) == (group.id, "Читатели", True)
        assert (await bot.get_chat(ada.id)).username == "ada"
        with pytest.raises(TelegramBadRequest, match="there are no administrators in the private chat"):
            await bot.get_chat_administrators(ada.id)
        with pytest.raises(TelegramBadRequest, match="user not found"):
            await bot.get_chat_member(group.id, 5)
        await bot.leave_chat(group.id)
        with pytest.raises(TelegramForbiddenError, match="bot is not a member of the supergroup chat"):
            await bot.send_message(group.id, "?")

    async def test_copies_and_forwards_by_the_bot(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A forward names its origin, and a copy is the bot's own message."""
        channel = api.channel("Градиент").add_bot()
        post = channel.post("Пост https://example.org")
        forwarded = await bot.forward_message(ada.id, channel.id, post.id)
        assert forwarded.forward_origin.chat.title == "Градиент"
        copied = await bot.copy_message(ada.id, channel.id, post.id, reply_markup=keys("да"))
        assert ada.chat.messages[copied.message_id].buttons == ["да"]
        with pytest.raises(TelegramBadRequest, match="message to forward not found"):
            await bot.forward_message(ada.id, channel.id, 999)


class TestProfile:
    async def test_commands_by_scope_and_language(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Commands are kept for each scope and language, and wrong ones are refused."""
        await bot.set_my_commands([BotCommand(command="digest", description="Дайджест")], language_code="ru")
        scope = BotCommandScopeChat(chat_id=ada.id)
        await bot.set_my_commands([BotCommand(command="admin", description="…")], scope=scope)
        assert [one.command for one in await bot.get_my_commands(language_code="ru")] == ["digest"]
        assert await bot.get_my_commands() == []
        assert api.profile.commands_of("chat", chat=ada.id) == ["admin"]
        with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
            await bot.set_my_commands([BotCommand(command="Дайджест", description="x")])

    async def test_names_and_descriptions(self, bot: Bot) -> None:
        """Texts are kept by language, fall back to the general one, and have their lengths."""
        await bot.set_my_name("Сводка", language_code="ru")
        await bot.set_my_description("Digest")
        await bot.set_my_short_description("Short")
        assert (await bot.get_my_name(language_code="ru")).name == "Сводка"
        assert (await bot.get_my_description(language_code="ru")).description == "Digest"
        for call in (bot.set_my_short_description("x" * 121), bot.set_my_description("x" * 513)):
            with pytest.raises(TelegramBadRequest, match="is too long"):
                await call

    async def test_going_away(self, bot: Bot, clock: Clock) -> None:
        """Closing has to wait ten minutes, and after logging out nothing is answered."""
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.close()
        assert refused.value.retry_after == 600
        clock.now += 600
        assert await bot.close()
        assert await bot.log_out()
        with pytest.raises(TelegramBadRequest, match="Logged out"):
            await bot.get_me()


class TestFlood:
    async def test_a_chat_has_its_second(self, api: FakeBotApi, bot: Bot, ada: Person, clock: Clock) -> None:
        """Beyond a chat's limit there is 429 with the seconds to wait; other chats and what is no message go on."""
        api.limit(per_chat=1)
        await bot.send_message(ada.id, "раз")
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(ada.id, "два")
        assert refused.value.retry_after == 1
        assert "Too Many Requests: retry after 1" in refused.value.message
        await bot.send_chat_action(ada.id, "typing")
        await bot.send_message(api.readers(1)[0].id, "раз")
        clock.now += 1
        await bot.send_message(ada.id, "два")
        assert [one.text for one in ada.chat.sent] == ["раз", "два"]

    async def test_all_chats_have_theirs(self, api: FakeBotApi, bot: Bot, clock: Clock) -> None:
        """The limit of the whole bot counts over all chats."""
        api.limit(per_second=3)
        readers = api.readers(5)
        for reader in readers[:3]:
            await bot.send_message(reader.id, "!")
        for reader in readers[3:]:
            with pytest.raises(TelegramRetryAfter):
                await bot.send_message(reader.id, "!")
        clock.now += 1
        await bot.send_message(readers[3].id, "!")

    async def test_a_group_has_its_minute(self, api: FakeBotApi, bot: Bot, ada: Person, clock: Clock) -> None:
        """A group takes so many messages a minute, edits among them, and says how much of it is left."""
        api.limit(per_group_minute=2)
        group = api.group(creator=ada).add_bot()
        sent = await bot.send_message(group.id, "раз")
        clock.now += 15
        await bot.edit_message_text("два", chat_id=group.id, message_id=sent.message_id)
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(group.id, "три")
        assert refused.value.retry_after == 45
        for _ in range(3):
            await bot.send_message(ada.id, "личное")
        clock.now += 45
        await bot.send_message(group.id, "три")

    async def test_a_flood_by_script(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """The next sends are refused for as long as a test says."""
        api.faults.add(Fault.FLOOD, times=2, seconds=17)
        for _ in range(2):
            with pytest.raises(TelegramRetryAfter) as refused:
                await bot.send_message(ada.id, "!")
            assert refused.value.retry_after == 17
        await bot.send_message(ada.id, "!")
        assert api.world.refused == [f"sendmessage to {ada.id}: Too Many Requests: retry after 17"] * 2


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "error", "delivered"),
        [
            (Fault.DROPPED_ANSWER, TelegramNetworkError, 1),
            (Fault.DROPPED_REQUEST, TelegramNetworkError, 0),
            (Fault.ERROR_500, TelegramServerError, 0),
            (Fault.ERROR_502, TelegramServerError, 0),
            (Fault.NOT_JSON, ClientDecodeError, 0),
            (Fault.BLOCKED, TelegramForbiddenError, 0),
            (Fault.DEACTIVATED, TelegramForbiddenError, 0),
            (Fault.KICKED, TelegramForbiddenError, 0),
            (Fault.CHAT_NOT_FOUND, TelegramBadRequest, 0),
            (Fault.CANNOT_PARSE, TelegramBadRequest, 0),
        ],
    )
    async def test_each_fault(
        self, api: FakeBotApi, bot: Bot, ada: Person, fault: Fault, error: type[TelegramAPIError], delivered: int
    ) -> None:
        """A fault falls on one call, as aiogram knows it; the next call is fine."""
        api.faults.add(fault, chat=ada.id)
        with pytest.raises(error):
            await bot.send_message(ada.id, "раз")
        assert [one.text for one in ada.chat.sent] == ["раз"] * delivered
        assert api.answers_dropped == delivered
        await bot.send_message(ada.id, "два")
        assert ada.chat.sent[-1].text == "два"

    async def test_an_error_after_the_deed(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """An error of the server can come after the message was delivered."""
        api.faults.add(Fault.ERROR_502, delivered=True)
        with pytest.raises(TelegramServerError):
            await bot.send_message(ada.id, "раз")
        assert len(ada.chat.sent) == 1

    async def test_a_slow_answer_is_done_without_its_asker(self, api: FakeBotApi, ada: Person) -> None:
        """A bot that stops waiting has sent its message all the same."""
        api.faults.add(Fault.SLOW, seconds=0.3)
        async with a_bot(api.url, timeout=0.05) as bot:
            with pytest.raises(TelegramNetworkError, match="timeout"):
                await bot.send_message(ada.id, "медленно")
            assert ada.chat.sent == []
            await ada.wait_for("медленно")

    async def test_the_group_migrates_at_the_worst_moment(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """The group becomes a supergroup while the bot writes to it."""
        group = api.group(creator=ada).add_bot()
        api.faults.add(Fault.MIGRATED, chat=group.id)
        with pytest.raises(TelegramMigrateToChat) as refused:
            await bot.send_message(group.id, "?")
        assert (await bot.get_chat(refused.value.migrate_to_chat_id)).type == "supergroup"

    async def test_which_calls_a_rule_meets(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Rules go by method, chat and text, and may let some calls pass first."""
        api.faults.add(Fault.CANNOT_PARSE, text="плохой", times=None)
        api.faults.add(Fault.ERROR_500, method="getMe")
        late = api.faults.add(Fault.BLOCKED, chat=ada.id, skip=2)
        grace = api.readers(1)[0]
        await bot.send_message(grace.id, "хороший")
        for _ in range(2):
            with pytest.raises(TelegramBadRequest):
                await bot.send_message(grace.id, "очень плохой")
        with pytest.raises(TelegramServerError):
            await bot.get_me()
        await bot.get_me()
        for _ in range(2):
            await bot.send_message(ada.id, "!")
        with pytest.raises(TelegramForbiddenError):
            await bot.send_message(ada.id, "!")
        assert late.met == 1

    async def test_chance_is_the_same_each_time(self, api: FakeBotApi, bot: Bot) -> None:
        """A rule with a probability falls on the same calls for the same seed."""
        readers, hits = api.readers(30), []
        for _ in range(2):
            api.faults.clear()
            api.faults.add(Fault.ERROR_500, times=None, probability=0.3, seed=5)
            failed = []
            for reader in readers:
                try:
                    await bot.send_message(reader.id, "!")
                except TelegramServerError:
                    failed.append(reader.id)
            hits.append(failed)
        assert hits[0] == hits[1]
        assert 0 < len(hits[0]) < 30


def article(number: str = "1", title: str = "Сова", text: str = "Сова спит.", **more: Any) -> InlineQueryResultArticle:
    content = InputTextMessageContent(message_text=text, entities=[entity("bold", 0, 4)])
    return InlineQueryResultArticle(id=number, title=title, input_message_content=content, **more)


class TestInline:
    async def test_what_is_typed_is_told(self, api: FakeBotApi, bot: Bot) -> None:
        """Also of people whom the bot does not know, cut to what Telegram takes."""
        eve = api.user("Ева", language_code="en")
        eve.type_inline("я" * 300, offset="7", chat_type="channel")
        (update,) = await bot.get_updates()
        asked = update.inline_query
        assert asked is not None
        assert (asked.from_user.id, len(asked.query), asked.offset, asked.chat_type) == (eve.id, 256, "7", "channel")

    async def test_a_result_is_sent(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """With a tap, to a chat where the bot is not, as a message of who taps, through the bot."""
        query = ada.type_inline("сова")
        assert await bot.answer_inline_query(
            query.id,
            [article()],
            cache_time=5,
            is_personal=True,
            next_offset="x",
            button=InlineQueryResultsButton(text="Бот", start_parameter="go"),
        )
        assert query.answer is not None
        assert (query.answer.titles, query.answer.cache_time, query.answer.personal) == (["Сова"], 5, True)
        assert (query.answer.next_offset, query.answer.button) == ("x", {"text": "Бот", "start_parameter": "go"})
        group = api.group(creator=ada)
        sent = ada.send_inline(query, to=group)
        assert (sent.words, sent.covered("bold"), sent.sender) == ("Сова спит.", ["Сова"], ada)
        assert group.show(sent)["via_bot"]["id"] == bot.id

    async def test_once_and_while_it_is_young(self, bot: Bot, ada: Person, clock: Clock) -> None:
        """A query that was answered, is too old or is none is refused."""
        done, late = ada.type_inline("со"), ada.type_inline("сова")
        assert await bot.answer_inline_query(done.id, [])
        clock.now += 11
        for stale in (done.id, late.id, "12345"):
            with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
                await bot.answer_inline_query(stale, [])
        assert (done.answer, late.answer) == (Results(), None)

    @pytest.mark.parametrize(
        ("results", "more", "says"),
        [
            ([article(str(number)) for number in range(51)], {}, "RESULTS_TOO_MUCH"),
            ([article("x" * 65)], {}, "RESULT_ID_INVALID"),
            ([article(), article()], {}, "RESULT_ID_DUPLICATE"),
            ([article(title=" ")], {}, "ARTICLE_TITLE_EMPTY"),
            ([article(text="я" * 4097)], {}, "MESSAGE_TOO_LONG"),
            ([article(text="")], {}, "message text is empty"),
            ([], {"next_offset": "я" * 33}, "NEXT_OFFSET_INVALID"),
            ([], {"button": InlineQueryResultsButton(text="!", start_parameter="a b")}, "START_PARAM_INVALID"),
        ],
    )
    async def test_limits(self, bot: Bot, ada: Person, results: list[Any], more: dict[str, Any], says: str) -> None:
        """What Telegram refuses is refused, and the query can still be answered."""
        query = ada.type_inline("сова")
        with pytest.raises(TelegramBadRequest, match=says):
            await bot.answer_inline_query(query.id, results, **more)
        assert await bot.answer_inline_query(query.id, [article()])


class TestComplaints:
    async def test_what_aiogram_does_not_know(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """Unknown parameters, at any depth, are complained of once each."""
        button = InlineKeyboardButton(text="да", callback_data="да", colour="red")
        await bot(
            SendMessage(
                chat_id=ada.id, text="!", colour="red", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]])
            )
        )
        assert sorted(api.complaints) == [
            "sendmessage: unknown parameter colour",
            "sendmessage: unknown parameter reply_markup.inline_keyboard.colour",
        ]
        api.complaints.clear()

    async def test_what_the_model_does_not_take(self, api: FakeBotApi, ada: Person) -> None:
        """A parameter of the wrong kind is refused and complained of."""
        async with ClientSession() as session:
            body = {"chat_id": ada.id, "text": "!", "disable_notification": "perhaps"}
            async with session.post(f"{api.url}/bot1:TEST/SendMessage", json=body) as answer:
                assert answer.status == 400
        assert "disable_notification" in api.complaints[0]
        api.complaints.clear()

    async def test_other_methods_are_not_there(self, api: FakeBotApi, bot: Bot, ada: Person) -> None:
        """A method that the fake has not is not found, and complained of."""
        with pytest.raises(TelegramNotFound, match="Not Found: method not found"):
            await bot(SendPoll(chat_id=ada.id, question="?", options=["да", "нет"]))
        assert api.complaints == ["sendpoll: this fake has no such method"]
        api.complaints.clear()

    def test_which_parameters_are_json(self) -> None:
        """The parameters that are read as JSON are those that are objects or arrays in aiogram's models."""
        models = [KNOWN[name] for name in [*METHODS, "setmycommands", "getmycommands", "setwebhook", "getupdates"]]
        fields = {name: field.annotation for model in models for name, field in model.model_fields.items()}
        assert {name for name, annotation in fields.items() if holds_objects(annotation)} == STRUCTURED

    async def test_a_complaint_fails_the_test(self) -> None:
        """A block that ends with complaints fails."""
        with pytest.raises(AssertionError, match="unknown parameter colour"):
            async with FakeBotApi() as api, a_bot(api.url) as bot:
                await bot(SendMessage(chat_id=api.readers(1)[0].id, text="!", colour="red"))

    async def test_a_wrong_token(self, api: FakeBotApi) -> None:
        """Another bot's token opens nothing."""
        async with a_bot(api.url, token="2:OTHER") as stranger:
            with pytest.raises(TelegramUnauthorizedError):
                await stranger.get_me()

    async def test_a_lenient_fake_does_not_look(self) -> None:
        """Without the check unknown parameters pass."""
        async with FakeBotApi(lenient=True) as api, a_bot(api.url) as bot:
            await bot(SendMessage(chat_id=api.readers(1)[0].id, text="!", colour="red"))


@pytest.mark.long
class TestProcess:
    @asynccontextmanager
    async def running(self, *options: str) -> AsyncIterator[Remote]:
        """A fake in a process of its own."""
        process, url = await started(*options, python=sys.executable)
        try:
            async with Remote(url) as remote:
                yield remote
        finally:
            process.terminate()
            await process.wait()

    async def test_another_process_is_steered(self, tmp_path: Path) -> None:
        """A test steers a fake elsewhere: people, chats, presses, faults, counters; each delivery is a line of its log."""
        log = tmp_path / "delivered.jsonl"
        router = Router()

        @router.message(Command("menu"))
        async def menu(message: Message) -> None:
            await message.answer("Меню", reply_markup=keys("да"))

        @router.callback_query()
        async def press(query: CallbackQuery) -> None:
            await query.answer(f"нажато {query.data}")

        async with self.running("--token", "7:KEY", "--log", str(log)) as remote, a_bot(remote.url, "7:KEY") as bot:
            ids = await remote.users(500, language_code="ru")
            async with polling(bot, router):
                await remote.do(ids[0], "say", text="/menu")
                told = (await remote.wait(chat=ids[0], text="Меню"))[0]
                message = [ids[0], told["message_id"]]
                assert (await remote.do(ids[0], "press", message=message, button="да"))["text"] == "нажато да"
            await remote.fault("dropped_answer", chat=ids[1])
            with pytest.raises(TelegramNetworkError):
                await bot.send_message(ids[1], "раз")
            await remote.do(ids[2], "block")
            with pytest.raises(TelegramForbiddenError):
                await bot.send_message(ids[2], "два")
            forum = await remote.place("forum", bot="member")
            topic = (await remote.do(forum, "create_topic", name="Дайджест"))["id"]
            await bot.send_message(forum, "в тему", message_thread_id=topic)
            counters = await remote.counters()
            with pytest.raises(AssertionError, match="KeyError"):
                await remote.do(5, "say", text="никто")
        assert counters["delivered"] == {str(ids[0]): 1, str(ids[1]): 1, str(forum): 1}
        assert (counters["total"], counters["answers_dropped"], counters["refusals"]) == (3, 1, 1)
        assert counters["complaints"] == []
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert [(line["chat_id"], line["message_thread_id"], line["text"]) for line in lines] == [
            (ids[0], None, "Меню"),
            (ids[1], None, "раз"),
            (forum, topic, "в тему"),
        ]
        assert lines[0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "да"

    async def test_limits_and_faults_of_the_command_line(self) -> None:
        """Readers, limits and faults can be given when the process starts."""
        options = "--users 2 --first-user 1001 --per-chat 1 --fault flood,times=1,seconds=9,chat=1002 --lenient".split()
        async with self.running(*options) as remote, a_bot(remote.url) as bot:
            await bot.send_message(1001, "!")
            with pytest.raises(TelegramRetryAfter):
                await bot.send_message(1001, "!")
            with pytest.raises(TelegramRetryAfter) as refused:
                await bot.send_message(1002, "!")
            assert refused.value.retry_after == 9
