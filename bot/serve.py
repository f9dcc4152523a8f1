"""The bot at work: listens to Telegram, makes the digests that are due, sends what waits; until it is cancelled."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import User
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from bot import alarm, app, background, commands, deliver, send
from bot.known import Clock
from bot.polling import Polling
from bot.speech import Catalogues
from bot.telling import Telling
from core import log
from core.db.engine import Database
from core.errors import BotDenied, BotUnreachable, SettingsError
from core.queue import SEND_QUEUE, Tick, open_queue, stop, ticking, wake_send, work
from core.settings import Settings
from core.store import conversations, outbox, questions, requests, troubles

#: How often it is looked whose hour has come, and what was left by a process that died.
TICK = timedelta(seconds=10)
#: How often what has been kept long enough is forgotten.
FORGET = timedelta(hours=1)
#: A dialogue that nobody goes on with, a preview, a trouble: kept so long.
DIALOGUES, REQUESTS, TROUBLES = timedelta(days=7), timedelta(days=1), timedelta(days=30)
#: What is being handled when the bot is stopped has so much time to be finished.
GRACE = timedelta(seconds=10)
#: Bytes of a webhook's secret that are made from the token (Telegram allows 256 characters).
_SECRET = 32

_logger = log.get("bot.serve")


async def introduce(bot: Bot, settings: Settings) -> User:
    """Ask Telegram who we are.

    Raises:
        BotDenied: Telegram does not know the token.
        BotUnreachable: nobody answers at the address.
    """
    where = settings.bot_server or "Telegram"
    try:
        return await bot.get_me()
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise BotDenied(f"{where} does not know this bot: check SVODKA_BOT_TOKEN") from None
    except (TelegramNetworkError, TelegramServerError) as error:
        raise BotUnreachable(f"no answer from {where} ({error.message}): is this machine online?") from None
    except ClientDecodeError:
        # A page of a proxy, say.
        raise BotUnreachable(f"something else than the Bot API answers at {where}: check SVODKA_BOT_SERVER") from None


async def serve(settings: Settings, database: Database, bot: Bot, *, catalogues: Catalogues, clock: Clock) -> None:
    """Listen and deliver until cancelled."""
    dispatcher = app.dispatcher(settings, database, catalogues=catalogues, clock=clock)
    await commands.describe(bot, settings.admin_ids, catalogues)
    tasks = [
        asyncio.create_task(_listen(settings, dispatcher, bot)),
        asyncio.create_task(_keep_telling(database, dispatcher["telling"], bot, clock=clock)),
        asyncio.create_task(keep_delivering(settings, database, bot, catalogues=catalogues, clock=clock)),
    ]
    await _together(tasks)


async def _together(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all of these, which end only by failing, or with this."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await stop(tasks)


# --- listening -------------------------------------------------------------------------------------------------------


async def _listen(settings: Settings, dispatcher: Dispatcher, bot: Bot) -> None:
    if settings.bot_webhook is None:
        await bot.delete_webhook()
        await Polling(dispatcher, bot).run(grace=GRACE)
        return
    async with _webhook(settings, settings.bot_webhook, dispatcher, bot):
        await asyncio.Event().wait()


@asynccontextmanager
async def _webhook(settings: Settings, address: str, dispatcher: Dispatcher, bot: Bot) -> AsyncIterator[None]:
    """Be reached at an address; an update is confirmed when it has been handled, so that a crash loses none."""
    secret = webhook_secret(settings)
    site = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=secret)
    handler.register(site, path=urlsplit(address).path or "/")
    runner = web.AppRunner(site, access_log=None)
    await dispatcher.emit_startup(bot=bot)
    await runner.setup()
    host, _, port = settings.bot_listen.rpartition(":")
    try:
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            raise SettingsError(
                f"nothing can be served at {settings.bot_listen} ({error.strerror}): check SVODKA_BOT_LISTEN"
            ) from None
        try:
            await bot.set_webhook(address, secret_token=secret, allowed_updates=dispatcher.resolve_used_update_types())
        except TelegramBadRequest as error:
            raise SettingsError(f"Telegram does not take SVODKA_BOT_WEBHOOK ({error.message})") from None
        yield
    finally:
        await runner.cleanup()
        await dispatcher.emit_shutdown(bot=bot)


def webhook_secret(settings: Settings) -> str:
    """What Telegram proves itself with: the setting, or else something that only who knows the token can make."""
    if settings.bot_webhook_secret is not None:
        return settings.bot_webhook_secret.get_secret_value()
    assert settings.bot_token is not None
    token = settings.bot_token.get_secret_value()
    return hashlib.sha256(f"webhook of {token}".encode()).hexdigest()[:_SECRET]


# --- telling answers -------------------------------------------------------------------------------------------------


async def _keep_telling(database: Database, telling: Telling, bot: Bot, *, clock: Clock) -> None:
    """Tell the answers that a bot which died has left untold, until cancelled."""

    async def tick() -> None:
        await telling.tell_left(bot)

    left = Tick(name="telling answers", ask=tick, every=TICK)
    async with ticking([left], failed=background.troubled(database, clock=clock)):
        await tick()
        await asyncio.Event().wait()


# --- delivering ------------------------------------------------------------------------------------------------------


async def keep_delivering(
    settings: Settings, database: Database, bot: Bot, *, catalogues: Catalogues, clock: Clock
) -> None:
    """Make the digests that are due and send what waits, until cancelled. Any number of processes may."""
    sender = send.Sender(database, bot, rate=settings.send_rate, concurrency=settings.send_concurrency, clock=clock)

    async def wake() -> None:
        # Sending is no part of the job: whoever stops would wait for all that waits to be sent.
        sender.wake()

    async def tick() -> None:
        await deliver.deliver_due(database, catalogues, clock=clock)
        async with database.begin() as session:
            await outbox.recover(session, now=clock())
            if await outbox.is_waiting(session, now=clock()):
                await wake_send(session)
        await alarm.tell(settings, database, bot, catalogues=catalogues, now=clock())

    async def forget() -> None:
        await _forget(settings, database, clock)

    failed = background.troubled(database, clock=clock)
    ticks = [
        Tick(name="delivering", ask=tick, every=TICK),
        Tick(name="forgetting", ask=forget, every=FORGET),
    ]
    async with open_queue(database, {SEND_QUEUE: wake}, failed=failed) as queue:
        # The first time here: who cannot deliver at all had better not begin.
        await tick()
        async with ticking(ticks, failed=failed):
            await _together(
                [asyncio.create_task(sender.run()), asyncio.create_task(work(queue, [SEND_QUEUE], grace=GRACE))]
            )


async def _forget(settings: Settings, database: Database, clock: Clock) -> None:
    """Drop what has been kept long enough."""
    now = clock()
    kept_since = now - timedelta(days=settings.keep_messages_days)
    await send.forget_all(database, before=kept_since)
    async with database.begin() as session:
        await questions.forget(session, before=kept_since)
        await conversations.forget(session, before=now - DIALOGUES)
        await requests.forget(session, before=now - REQUESTS)
        await troubles.forget(session, before=now - TROUBLES)
