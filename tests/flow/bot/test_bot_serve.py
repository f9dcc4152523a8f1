"""The bot at work, in this process: who it says it is, what it refuses to start with, listening that ends cleanly."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from sqlalchemy.exc import ProgrammingError

from bot import app, deliver, serve
from bot.speech import Catalogues
from core.db.engine import Database
from core.errors import BotDenied, BotUnreachable
from core.settings import Settings
from core.store import conversations, requests, troubles
from tests.fakes.botapi import FakeBotApi, Fault
from tests.flow.bot.telegram_digests import DAY, reading, rows, run, shelved
from tests.flow.bot.telegram_readers import NOW


def settings(api: FakeBotApi | None = None, **known: object) -> Settings:
    given = {"bot_server": api.url, "bot_token": api.token} if api else {}
    return Settings(_env_file=None, **{**given, **known})  # type: ignore[arg-type]


# --- starting --------------------------------------------------------------------------------------------------------


async def test_the_bot_introduces_itself() -> None:
    """By the name that Telegram has for it."""
    async with FakeBotApi() as api, app.telegram(settings(api)) as bot:
        assert (await serve.introduce(bot, settings(api))).username == "svodka_test_bot"


@pytest.mark.parametrize(
    ("token", "says"), [(None, "no bot is configured"), ("x", "is no token"), ("1:a b", "is no token")]
)
async def test_a_token_that_is_none(token: str | None, says: str) -> None:
    """Is said before anybody is asked."""
    with pytest.raises(BotDenied, match=says):
        async with app.telegram(settings(bot_token=token)):
            pass


async def test_a_token_that_telegram_does_not_know() -> None:
    """A sentence names the setting."""
    async with FakeBotApi() as api, app.telegram(settings(api, bot_token="2:WRONG")) as bot:
        with pytest.raises(BotDenied, match="check SVODKA_BOT_TOKEN"):
            await serve.introduce(bot, settings(api))


FAULTS = (Fault.NOT_JSON, Fault.ERROR_500, Fault.ERROR_502, Fault.DROPPED_ANSWER, Fault.DROPPED_REQUEST)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_server_that_fails(fault: Fault) -> None:
    """Something else than the Bot API at the address, or one that is broken: one sentence that names the address."""
    async with FakeBotApi() as api, app.telegram(settings(api)) as bot:
        api.faults.add(fault, method="getme", times=None)
        with pytest.raises(BotUnreachable, match=api.url):
            await serve.introduce(bot, settings(api))


async def test_a_server_that_is_not_there() -> None:
    """Nobody listens."""
    where = "http://127.0.0.1:9"
    async with app.telegram(settings(bot_server=where, bot_token="1:TEST")) as bot:
        with pytest.raises(BotUnreachable, match=where):
            await serve.introduce(bot, settings(bot_server=where))


def test_the_secret_of_a_webhook() -> None:
    """The setting's, or one that is made from the token, and differs with it; never the token itself."""
    own = serve.webhook_secret(settings(bot_token="1:TEST", bot_webhook_secret="mine"))
    made, other = (serve.webhook_secret(settings(bot_token=token)) for token in ("1:TEST", "2:TEST"))
    assert (own, made != other, "TEST" in made) == ("mine", True, False)
    assert made == serve.webhook_secret(settings(bot_token="1:TEST"))
    assert made.isalnum()


# --- listening -------------------------------------------------------------------------------------------------------


async def test_listening_ends_without_a_trace(database: Database) -> None:
    """Cancelled in the middle of a handler, the answer is still given, and no task is left behind."""
    async with FakeBotApi() as api:
        bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
        before = asyncio.all_tasks()
        ada = api.user("Ада", language_code="ru")
        api.faults.add(Fault.SLOW, method="sendmessage", seconds=0.3)
        task = asyncio.create_task(
            serve.serve(settings(api), database, bot, catalogues=Catalogues(), clock=lambda: datetime.now(UTC))
        )
        await api.until(lambda: api.world.updates.is_polled, "the bot to listen")
        ada.say("/privacy")
        await api.until(lambda: api.calls["sendmessage"], "the answer to be sent")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(ada.chat.sent) == 1
        left = [one for one in asyncio.all_tasks() - before if "Dispatcher" in str(one.get_coro())]
        assert left == []
        assert not api.world.updates.is_polled
        await bot.session.close()


async def test_cancelled_before_it_has_begun(database: Database) -> None:
    """At any moment of its beginning, the bot can be stopped."""
    async with FakeBotApi() as api:
        bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
        for breaths in (0, 1, 2, 5, 20, 100, 300):
            task = asyncio.create_task(
                serve.serve(settings(api), database, bot, catalogues=Catalogues(), clock=lambda: datetime.now(UTC))
            )
            for _ in range(breaths):
                await asyncio.sleep(0)
            task.cancel()
            (end,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(end, asyncio.CancelledError)
        await bot.session.close()


async def test_a_failure_of_delivering_ends_it(database: Database) -> None:
    """A bot that cannot reach its database any more says so, instead of listening on without digests."""
    async with FakeBotApi() as api:
        bot = Bot(token=api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
        await run(database, "DROP TABLE reader_topics CASCADE")
        with pytest.raises(ProgrammingError, match="reader_topics"):
            await serve.serve(settings(api), database, bot, catalogues=Catalogues(), clock=lambda: NOW)
        await bot.session.close()


# --- forgetting ------------------------------------------------------------------------------------------------------


async def test_what_has_been_kept_long_enough_is_forgotten(database: Database) -> None:
    """Digests, dialogues, requests and errors, each after its own time; what is younger stays."""
    await shelved(database, 1)
    await reading(database)
    await deliver.deliver_due(database, Catalogues(), clock=lambda: NOW)
    await rows(database, "UPDATE messages SET state = 'sent' RETURNING id")
    for days in (0, 8):
        async with database.begin() as session:
            at = NOW + timedelta(days=days)
            await conversations.put(session, f"{days}:1:0", state="s", data={}, now=at)
            await requests.ask(session, "preview filter", {}, now=at)
            await troubles.note(session, place="x", error="y", now=at)
    kept = settings(keep_messages_days=14)

    async def left() -> list[int]:
        tables = ("conversations", "requests", "troubles", "deliveries", "bodies")
        return [len(await rows(database, f"SELECT FROM {table}")) for table in tables]

    assert await left() == [2, 2, 2, 1, 1]
    await serve._forget(kept, database, lambda: NOW + 7 * DAY + timedelta(hours=1))
    assert await left() == [1, 1, 2, 1, 1]
    await serve._forget(kept, database, lambda: NOW + 15 * DAY)
    assert await left() == [1, 0, 2, 0, 0]
    await serve._forget(kept, database, lambda: NOW + 31 * DAY)
    assert await left() == [0, 0, 1, 0, 0]
