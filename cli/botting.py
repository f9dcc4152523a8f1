"""`svodka bot`, `send` and `up`: the bot at Telegram, further senders beside it, and everything in one process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli import shell, working
from core.db.engine import Database
from core.errors import NotLoggedIn, SettingsError
from core.settings import Settings

if TYPE_CHECKING:
    from bot.app import Client


def utcnow() -> datetime:
    """The clock of the bot; tests and the terminal pass their own."""
    return datetime.now(UTC)


def bot() -> None:
    """Run the bot: answer readers and admins, deliver digests at their hours, until stopped (Ctrl-C or SIGTERM)."""
    shell.run(_bot())


async def _bot() -> None:
    from bot import app

    async with shell.database() as (settings, database), app.telegram(settings) as at_telegram:
        await _greet(settings, database, at_telegram)
        shell.settle()
        await shell.until_stopped(_serve(settings, database, at_telegram))


def send() -> None:
    """Send waiting messages, beside a `svodka bot` elsewhere; any number may run."""
    shell.run(_send())


async def _send() -> None:
    from bot import app, serve
    from bot.speech import Catalogues

    async with shell.database() as (settings, database), app.telegram(settings) as at_telegram:
        await serve.introduce(at_telegram, settings)
        print("svodka: sending; stop with Ctrl-C", flush=True)
        await shell.until_stopped(
            serve.keep_delivering(settings, database, at_telegram, catalogues=Catalogues(), clock=utcnow)
        )


def up() -> None:
    """Run everything in one process: the ingester where an account is logged in, the summarizer, and the bot."""
    shell.run(_up())


async def _up() -> None:
    from bot import app

    async with shell.database() as (settings, database):
        parts: list[Coroutine[Any, Any, None]] = [working.summarizer(settings, database)]
        names = ["summarizer"]
        if (reading := _ingester(settings, database)) is not None:
            parts.append(reading)
            names.append("ingester")
        if settings.bot_token is None:
            print(f"svodka: {app.UNCONFIGURED}", file=sys.stderr)
            await _together(parts, names)
            return
        async with app.telegram(settings) as at_telegram:
            await _greet(settings, database, at_telegram)
            await _together([*parts, _serve(settings, database, at_telegram)], [*names, "bot"])


async def _together(parts: list[Coroutine[Any, Any, None]], names: list[str]) -> None:
    """Run the parts beside each other; when one fails, the others end with it."""
    print(f"svodka: running {', '.join(names)}; stop with Ctrl-C", flush=True)
    shell.settle()

    async def all_of_them() -> None:
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    await shell.until_stopped(all_of_them())


def _ingester(settings: Settings, database: Database) -> Coroutine[Any, Any, None] | None:
    """The ingester, where an account is logged in; a bot works without."""
    from ingest.account import kept_session
    from ingest.reading import Order, read

    try:
        kept_session(settings)
    except (NotLoggedIn, SettingsError) as reason:
        print(f"svodka: no ingester: {reason}", file=sys.stderr)
        return None
    return read(Order(settings=settings, database=database))


async def _greet(settings: Settings, database: Database, at_telegram: Client) -> None:
    """Say who the bot is, and, while it has no admin, how to become one."""
    from bot import access, serve

    me = await serve.introduce(at_telegram, settings)
    print(f"svodka: this is https://t.me/{me.username}; stop with Ctrl-C", flush=True)
    if code := await access.first_code(settings, database, now=utcnow()):
        print(
            f"svodka: it has no admin yet: send it /admin {code} within a day to become one, or set SVODKA_BOT_ADMINS",
            flush=True,
        )


async def _serve(settings: Settings, database: Database, at_telegram: Client) -> None:
    from bot import serve
    from bot.speech import Catalogues

    await serve.serve(settings, database, at_telegram, catalogues=Catalogues(), clock=utcnow)
