"""`svodka chat`: the same bot as at Telegram, in this terminal, with no token and no network; a worker runs beside it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from cli import demo, feed, shell, working
from cli.botting import utcnow
from core.db.engine import Database, open_database
from core.errors import UsageError
from core.settings import Settings
from core.store import archive, outbox, readers, requests

#: What is on its way is waited for so long before the next line is read, and looked at so often.
PATIENCE, LOOK = timedelta(seconds=30), 0.05

Clock = Callable[[], datetime]


def chat(
    *,
    as_: Annotated[str, typer.Option("--as", help="who speaks: reader or admin")] = "reader",
    demo_: Annotated[bool, typer.Option("--demo", help="with the demo's posts, even if there are others")] = False,
) -> None:
    """Speak with the bot in this terminal: the same bot, without Telegram."""
    shell.run(_chat(as_, use_demo=demo_))


async def _chat(speaking: str, *, use_demo: bool) -> None:
    from bot import app, commands, serve
    from bot.console.chat import chat
    from bot.console.people import PEOPLE, named
    from bot.console.screen import Screen
    from bot.console.session import ConsoleSession
    from bot.console.typed import typed
    from bot.speech import Catalogues

    async with _archive(use_demo=use_demo) as (found, database, clock):
        settings = found.model_copy(update={"bot_admins": str(named(PEOPLE, "admin").id), "send_rate": 0.0})
        files = settings.data_dir / "chat"
        screen = Screen.on(sys.stdout, typed=sys.stdin)
        async with database.begin() as session:
            known = {person.id: await readers.of_chat(session, person.id, thread_id=None) for person in PEOPLE}
        people = [replace(person, known=known[person.id] is not None) for person in PEOPLE]
        # Ids of messages must not come twice: the database remembers those of former chats.
        first = int(utcnow().timestamp())
        at_console = ConsoleSession(screen=screen, files=files, clock=clock, people=people, first_id=first)
        bot = app.at_console(at_console)
        catalogues = Catalogues()
        await working.follow_up(database, clock=clock)
        await commands.describe(bot, settings.admin_ids, catalogues)
        async with _beside(
            working.summarizer(settings, database, clock=clock),
            serve.keep_delivering(settings, database, bot, catalogues=catalogues, clock=clock),
        ):
            await chat(
                app.dispatcher(settings, database, catalogues=catalogues, clock=clock),
                bot,
                session=at_console,
                speaking=speaking,
                lines=_one_by_one(typed(sys.stdin), database),
            )


@asynccontextmanager
async def _archive(*, use_demo: bool) -> AsyncIterator[tuple[Settings, Database, Clock]]:
    """The archive to speak about: the operator's own, or, while that is empty, the demo's, at the time of its posts."""
    found = shell.settings()
    if not use_demo:
        async with open_database(found) as database:
            async with database.begin() as session:
                extent = await archive.extent(session)
            if extent.posts:
                yield found, database, utcnow
                return
    if not demo.is_made(found):
        raise UsageError("there are no posts to speak about yet: `make demo` or `svodka import PATH` brings some")
    print("svodka: these are the demo's invented posts, and it is the day on which they end", file=sys.stderr)
    settings = demo.settings_of(found)
    async with open_database(settings) as database:
        yield settings, database, _clock_from(feed.ENDS)


def _clock_from(start: datetime) -> Clock:
    """A clock that begins at `start` and goes on from there."""
    begun = utcnow()
    return lambda: start + (utcnow() - begun)


@asynccontextmanager
async def _beside(*parts: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run workers while the block runs; one that fails is an error of the block."""
    tasks = [asyncio.create_task(part) for part in parts]
    here = asyncio.current_task()

    def failed(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None and here is not None:
            here.cancel()

    for task in tasks:
        task.add_done_callback(failed)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error


async def _one_by_one(lines: AsyncGenerator[str, None], database: Database) -> AsyncGenerator[str, None]:
    """The lines, each read only once what the one before has set going has arrived."""
    try:
        async for line in lines:
            yield line
            await _settled(database)
    finally:
        await lines.aclose()


async def _settled(database: Database) -> None:
    deadline = utcnow() + PATIENCE
    while utcnow() < deadline:
        async with database.begin() as session:
            if not await outbox.is_urgent_waiting(session) and not await requests.is_waiting(session):
                return
        await asyncio.sleep(LOOK)
