"""What the bot tells Telegram of itself, at the fake Bot API: set where it differs, and no reason not to start."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot import commands
from bot.speech import Catalogues
from tests.fakes.botapi import FakeBotApi, Fault

SETTERS = ("setmycommands", "deletemycommands", "setmydescription", "setmyshortdescription")


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API."""
    async with FakeBotApi() as running:
        yield running


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    """A bot there."""
    made = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
    yield made
    await made.session.close()


async def test_everybody_is_offered_what_is_theirs(api: FakeBotApi, bot: Bot) -> None:
    """Readers, groups, their admins and the bot's admins have lists of their own, in Russian and in English."""
    boss = api.user("Грета")
    boss.begin()
    await commands.describe(bot, [boss.id], Catalogues())
    for lang in ("", "ru"):
        assert {"digest", "topics", "settings", "stop", "forget"} <= set(
            api.profile.commands_of("all_private_chats", lang=lang)
        )
        assert "subscribe" in api.profile.commands_of("all_chat_administrators", lang=lang)
        assert "subscribe" not in api.profile.commands_of("all_group_chats", lang=lang)
        assert {"admin", "digest"} <= set(api.profile.commands_of("chat", chat=boss.id, lang=lang))
    assert api.profile.description["ru"].startswith("Читаю каналы")
    assert api.profile.description[""].startswith("I read channels")
    assert set(api.profile.short_description) == {"", "ru"}


async def test_what_is_said_already_is_not_said_again(api: FakeBotApi, bot: Bot) -> None:
    """The second start sets nothing; what somebody has changed meanwhile is set again."""
    await commands.describe(bot, [], Catalogues())
    before = [api.calls[name] for name in SETTERS]
    await commands.describe(bot, [], Catalogues())
    assert [api.calls[name] for name in SETTERS] == before
    api.profile.description["ru"] = "Что-то другое"
    api.profile.commands.clear()
    await commands.describe(bot, [], Catalogues())
    assert api.profile.description["ru"].startswith("Читаю каналы")
    assert api.profile.commands_of("all_private_chats")


@pytest.mark.parametrize("fault", [Fault.ERROR_500, Fault.FLOOD, Fault.DROPPED_ANSWER, Fault.NOT_JSON])
async def test_nothing_that_goes_wrong_is_raised(api: FakeBotApi, bot: Bot, fault: Fault) -> None:
    """Whatever Telegram answers, the bot starts; the next start makes up for it."""
    for name in ("getMyCommands", "getMyDescription"):
        api.faults.add(fault, method=name, times=None)
    await commands.describe(bot, [1], Catalogues())
    api.faults.clear()
    await commands.describe(bot, [], Catalogues())
    assert api.profile.commands_of("all_private_chats", lang="ru")


async def test_an_admin_who_never_wrote_is_passed_over(api: FakeBotApi, bot: Bot) -> None:
    """A chat that there is not yet has no list; the others have theirs. It is offered later, and taken away again."""
    boss = api.user("Грета")
    await commands.describe(bot, [boss.id], Catalogues())
    assert api.profile.commands_of("chat", chat=boss.id) == []
    assert api.profile.commands_of("all_private_chats")
    boss.begin()
    await commands.describe_admin(bot, boss.id, Catalogues())
    assert "admin" in api.profile.commands_of("chat", chat=boss.id, lang="ru")
    await commands.undescribe_admin(bot, boss.id)
    assert api.profile.commands_of("chat", chat=boss.id, lang="ru") == []
