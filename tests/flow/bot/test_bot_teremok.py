"""The same conversations through another hand's fake than ours: teremok drives the real dispatcher in process.

It answers every call by itself, checks what Telegram's documentation says of texts, entities and buttons, and knows nothing
of chats: what is pressed is what the test hands over. It counts 4,096 units before entities are parsed, which is stricter
than Telegram where there is markup; the bot sends entities, so that both counts are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiogram.methods import GetChatMember, SendMessage, TelegramMethod
from aiogram.types import ChatMemberMember, InlineKeyboardMarkup, Message, User
from teremok import DispatchResult, MockBot, MockCallbackQuery, MockChat, MockMessageText, MockUser

from bot import app, send
from bot.speech import Catalogues
from bot.typography import NO_BREAK
from core.db.engine import Database
from core.readers import Cap, Reader, ReaderState
from core.settings import Settings
from core.store import readers, troubles
from tests.flow.bot.telegram_digests import HOUR, channel, numbered, put, told
from tests.flow.bot.telegram_readers import NOT_UNDERSTOOD, NOW

ADA = 700_001


@dataclass(kw_only=True)
class Little:
    """A bot in teremok with one person, Ada."""

    bot: MockBot
    database: Database
    user: User = field(default_factory=lambda: MockUser(ADA, "Ада", "ada", language_code="ru"))

    async def say(self, words: str) -> list[str]:
        """Ada writes; what the bot sends to that."""
        return [sent.text for sent in (await self._do(MockMessageText(words, self.user))).requests.send_message]

    async def press(self, label: str, *, under: Message) -> DispatchResult:
        """Ada presses a button of a message."""
        found = {button.text: button.callback_data for button in buttons(under.reply_markup)}
        assert label in found, f"{label} is none of {list(found)}"
        return await self._do(MockCallbackQuery(found[label] or "", self.user, under))

    async def _do(self, what: Any) -> DispatchResult:
        result = await self.bot.dispatch(what)
        assert result.handled
        async with self.database.begin() as session:
            assert [trouble.error for trouble in await troubles.recent(session, limit=9)] == []
        return result

    async def send(self) -> list[SendMessage]:
        """What waits goes out through teremok; what was sent."""
        before = len(self.bot.requests.send_message)
        asked = iter(range(1_000_000))
        await send.send_waiting(
            self.database, self.bot, rate=0, concurrency=1, clock=lambda: NOW + next(asked) * timedelta(seconds=1)
        )
        return self.bot.requests.send_message[before:]

    async def reader(self) -> Reader:
        """Ada as the bot knows her."""
        async with self.database.begin() as session:
            found = await readers.of_chat(session, ADA, thread_id=None)
        assert found is not None
        return found


def little(database: Database) -> Little:
    """The whole bot: its dispatcher, as `svodka bot` makes it."""
    settings = Settings(_env_file=None)
    dispatcher = app.dispatcher(settings, database, catalogues=Catalogues(), clock=lambda: NOW)
    return Little(bot=MockBot(dispatcher), database=database)


def buttons(markup: Any) -> list[Any]:
    """All buttons of a keyboard."""
    return [button for row in markup.inline_keyboard for button in row] if markup else []


def shown(by: TelegramMethod[Any]) -> Message:
    """The message that a call of the bot has sent or changed, as Telegram shows it to who presses its buttons."""
    markup = getattr(by, "reply_markup", None)
    return MockMessageText(
        getattr(by, "text", None) or "…",
        User(id=42, is_bot=True, first_name="TestBot", username="test_bot"),
        MockChat(ADA),
        reply_markup=markup if isinstance(markup, InlineKeyboardMarkup) else None,
    )


def labels(by: TelegramMethod[Any]) -> list[str]:
    return [button.text for button in buttons(getattr(by, "reply_markup", None))]


def answered(result: DispatchResult) -> str | None:
    """The one answer to a press."""
    (answer,) = result.requests.answer_callback_query
    text: str | None = answer.text
    return text


async def subscribed(on: Little) -> None:
    await on.say("/start")
    await on.press("✅ Подписаться", under=shown(on.bot.requests.send_message[-1]))


async def test_a_subscription(database: Database) -> None:
    """/start proposes, one press subscribes and redraws the proposal, and the press is answered."""
    on = little(database)
    (hello,) = await on.say("/start")
    assert "Предлагаю так" in hello
    result = await on.press("✅ Подписаться", under=shown(on.bot.requests.send_message[-1]))
    (edit,) = result.requests.edit_message_text
    assert edit.text.startswith("Готово, вы подписаны.")
    assert not answered(result)
    assert (await on.reader()).state is ReaderState.ACTIVE


async def test_a_digest_and_the_menu_of_a_story(database: Database) -> None:
    """/digest goes out whole; a number opens a menu, whose buttons keep, tell and mute, and are drawn anew."""
    number = await channel(database, 1, "Первый")
    one, two = await numbered(database, 2)
    await put(database, *(told(story, at=NOW - HOUR, channel=number) for story in (one, two)))
    on = little(database)
    await subscribed(on)
    assert await on.say("/digest") == [], "it is written, and goes out with all others"
    (digest,) = await on.send()
    assert digest.text.startswith("Дайджест · ")
    assert digest.parse_mode is None, "entities, never markup"
    assert {entity.type for entity in digest.entities or ()} >= {"bold", "text_link"}
    (opened,) = (await on.press("1", under=shown(digest))).requests.edit_message_reply_markup
    assert labels(opened)[:2] == ["▾ 1", "2"]
    for label, toast, after in (
        ("👍", "Такого будет больше.", "👍 ✓"),
        ("🔖 Сохранить", "Сохранено: список в /saved.", "🔖 Сохранено"),
        ("🔕 Скрыть «Языковые модели»", "«Языковые модели»: сюжеты прежде всего", "🔔 Вернуть «Языковые модели»"),
        ("🔕 Скрыть «Первый»", "«Первый»: о чём пишет только этот канал", "🔔 Вернуть «Первый»"),
    ):
        result = await on.press(label, under=shown(opened))
        assert (answered(result) or "").startswith(toast)
        (opened,) = result.requests.edit_message_reply_markup
        assert after in labels(opened)
    reader = await on.reader()
    assert (reader.topics, reader.caps) == ({"llm"}, (Cap(channel_id=number, most=0),))
    for label, begins in (("Почему?", "Сюжет"), ("Целиком", "Сюжет · Языковые модели")):
        (said,) = (await on.press(label, under=shown(opened))).requests.send_message
        assert said.text.startswith(begins)


async def test_settings_and_the_time_zone(database: Database) -> None:
    """Pages redraw one message; the question about the zone is a dialogue, which teremok's way to the storage sees as well."""
    on = little(database)
    await subscribed(on)
    await on.say("/settings")
    page = shown(on.bot.requests.send_message[-1])
    (hours,) = (await on.press("🕘 Время", under=page)).requests.edit_message_text
    (home,) = (await on.press("20:00", under=shown(hours))).requests.edit_message_text
    assert "каждый день в 20:00" in home.text.replace(NO_BREAK, " ")
    (zone,) = (await on.press("🌍 Часовой пояс", under=shown(home))).requests.edit_message_text
    assert "напишите мне свой город" in zone.text
    assert await on.bot.get_state(ADA) == "ZoneDialogue:asked"
    said = await on.say("Омск")
    assert said[0] == "Часовой пояс: Омск, UTC+6"
    assert await on.bot.get_state(ADA) is None
    assert (await on.reader()).tz == "Asia/Omsk"


@pytest.mark.parametrize(
    ("words", "says"),
    [("привет", NOT_UNDERSTOOD), ("/diget", "Может быть, /digest?"), ("/cancel", "Отменять нечего.")],
)
async def test_nothing_is_met_with_silence(database: Database, words: str, says: str) -> None:
    """One answer to whatever is written."""
    on = little(database)
    (said,) = await on.say(words)
    assert says in said.replace(NO_BREAK, " ")


async def test_a_member_of_a_group_is_told_and_writes_nothing(database: Database) -> None:
    """Telegram is asked whether somebody is an administrator; who is none gets a notice, and the group no message."""
    on = little(database)
    group = MockChat(-100_5, "supergroup", title="Клуб")
    on.bot.add_result(GetChatMember, ChatMemberMember(user=on.user))
    result = await on.bot.dispatch(MockMessageText("/subscribe", on.user, group))
    (said,) = result.requests.send_message
    assert said.text == "Это могут менять только администраторы группы."
    assert (await on.bot.dispatch(MockMessageText("привет", on.user, group))).requests.all == []


async def test_every_page_is_one_that_telegram_takes(database: Database) -> None:
    """Each command's answer, and each page behind its buttons, passes the rules that teremok has read in the documentation."""
    on = little(database)
    await subscribed(on)
    for command in ("/start", "/settings", "/topics", "/channels", "/help", "/privacy", "/forget", "/saved", "/stop"):
        assert len(await on.say(command)) == 1, command
        page = on.bot.requests.send_message[-1]
        for button in buttons(page.reply_markup):
            result = await on.bot.dispatch(MockCallbackQuery(button.callback_data, on.user, shown(page)))
            assert len(result.requests.answer_callback_query) == 1, f"{command}: {button.text}"
