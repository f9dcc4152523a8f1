"""
Senders in processes of their own, to be killed: `python -m tests.chaos.sender --database URL --server URL` loads everything
once and then, for each line on its standard input, forks a sender and prints its number.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.send import Sender
from core import log
from core.db.engine import open_database
from core.settings import Settings


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.sender", description="A sender to be killed.")
    parser.add_argument("--database", required=True, help="its address, with the tables there")
    parser.add_argument("--server", required=True, help="address of a Bot API")
    parser.add_argument("--concurrency", type=int, default=8, help="messages at a time (default 8)")
    parser.add_argument("--lease", type=float, default=5.0, help="seconds that a message is its own (default 5)")
    return parser.parse_args()


async def send(chosen: argparse.Namespace) -> None:
    """Send until SIGTERM."""
    async with (
        open_database(Settings(database_url=chosen.database), migrated=False) as database,
        AiohttpSession(api=TelegramAPIServer.from_base(chosen.server)) as session,
    ):
        sender = Sender(
            database,
            Bot("1:TEST", session=session),
            rate=0,
            concurrency=chosen.concurrency,
            clock=lambda: datetime.now(UTC),
            lease=timedelta(seconds=chosen.lease),
        )
        task = asyncio.create_task(sender.run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task


def main(chosen: argparse.Namespace) -> None:
    """Fork senders; nothing runs here that a fork could break."""
    log.configure(level="error", json=False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever was killed is gone at once
    while sys.stdin.buffer.raw.read(1):  # type: ignore[attr-defined]  unbuffered: a fork must not read on
        child = os.fork()
        if child == 0:
            asyncio.run(send(chosen))
            os._exit(0)
        print(child, flush=True)  # noqa: T201 (it is how its number is told)


if __name__ == "__main__":
    main(options())
