"""The bot put together: one dispatcher, its handlers in the order they are asked, the one error handler."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.utils.token import TokenValidationError

from bot import handlers, troubled
from bot.console.session import TOKEN, ConsoleSession
from bot.dialogues import PostgresStorage
from bot.handlers import inline
from bot.known import Clock, Known
from bot.speech import Catalogues
from bot.telling import Telling
from core.db.engine import Database
from core.errors import BotDenied
from core.settings import Settings

#: The client of the Bot API, as commands know it.
Client = Bot

#: What is said where the token is missing.
UNCONFIGURED = (
    "no bot is configured: make one with https://t.me/BotFather and set SVODKA_BOT_TOKEN; `svodka chat` shows the same "
    "bot in this terminal without one"
)


def dispatcher(settings: Settings, database: Database, *, catalogues: Catalogues, clock: Clock) -> Dispatcher:
    """Everything that the bot does when it is spoken to; `svodka bot` and `svodka chat` run the same."""
    telling = Telling(database, catalogues=catalogues, clock=clock)
    built = Dispatcher(
        storage=PostgresStorage(database, clock=clock),
        settings=settings,
        database=database,
        catalogues=catalogues,
        clock=clock,
        telling=telling,
    )
    built.shutdown.register(telling.stop)
    built.update.outer_middleware(Known(settings=settings, database=database, catalogues=catalogues, clock=clock))
    built.include_router(troubled.router())
    built.include_routers(inline.router(), *handlers.routers())
    return built


@asynccontextmanager
async def telegram(settings: Settings) -> AsyncIterator[Bot]:
    """The bot at Telegram, or at the server of the settings, while the block runs.

    Raises:
        BotDenied: there is no token, or it is none.
    """
    if settings.bot_token is None:
        raise BotDenied(UNCONFIGURED)
    server = settings.bot_server
    session = AiohttpSession(api=TelegramAPIServer.from_base(server)) if server else AiohttpSession()
    try:
        bot = Bot(token=settings.bot_token.get_secret_value(), session=session)
    except TokenValidationError:
        raise BotDenied("SVODKA_BOT_TOKEN is no token: it looks like 123456789:AAF…") from None
    try:
        yield bot
    finally:
        await session.close()


def at_console(session: ConsoleSession) -> Bot:
    """The bot in a terminal: no network ever sees its token."""
    return Bot(token=TOKEN, session=session)
