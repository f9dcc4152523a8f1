"""`svodka chat`: the same bot as at Telegram, in this terminal, with no token and no network; a worker runs beside it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import demo, feed, shell, working
from cli.botting import utcnow
from core import log
from core.db.engine import Database, open_database
from core.errors import UsageError
from core.queue import stop
from core.readers import ReaderState
from core.settings import Settings
from core.store import archive, outbox, questions, readers, requests

if TYPE_CHECKING:
    from bot.console.people import Person
    from bot.console.screen import Screen
    from bot.console.session import ConsoleSession

#: What is on its way is waited for so long before the next line is read, and looked at so often. Whoever types sees for
#: themselves what has not come yet, and may want to leave meanwhile.
PATIENCE, PATIENCE_WHILE_TYPING, LOOK = timedelta(seconds=30), timedelta(seconds=2), 0.05
#: An answer that is waited for was asked for since so long ago.
ASKED_LATELY = timedelta(minutes=5)
#: Whoever leaves waits so long, at the longest, for what the worker is at; it is taken up at the next start.
GRACE = timedelta(seconds=1)

Clock = Callable[[], datetime]


def chat(
    *,
    as_: Annotated[str, typer.Option("--as", help="who speaks: reader or admin")] = "reader",
    demo_: Annotated[bool, typer.Option("--demo", help="with the demo's posts, even if there are others")] = False,
) -> None:
    """Speak with the bot in this terminal: the same bot, without Telegram."""
    if sys.stderr.isatty():
        print("svodka: starting, which takes a few seconds", file=sys.stderr, flush=True)
    shell.run(_chat(as_, use_demo=demo_))


async def _chat(speaking: str, *, use_demo: bool) -> None:
    from bot import app, commands, serve
    from bot.console.chat import chat
    from bot.console.people import PEOPLE, named
    from bot.speech import Catalogues

    with _interruptible():
        named(PEOPLE, speaking)
        async with _archive(use_demo=use_demo) as (found, database, clock):
            settings = found.model_copy(update={"bot_admins": str(named(PEOPLE, "admin").id), "send_rate": 0.0})
            at_console = await _session(settings, database, clock)
            bot = app.at_console(at_console)
            catalogues = Catalogues()
            await working.follow_up(database, clock=clock)
            await commands.describe(bot, settings.admin_ids, catalogues)
            async with _beside(
                working.summarizer(settings, database, clock=clock, grace=GRACE),
                serve.keep_delivering(settings, database, bot, catalogues=catalogues, clock=clock),
            ):
                await chat(
                    app.dispatcher(settings, database, catalogues=catalogues, clock=clock),
                    bot,
                    session=at_console,
                    speaking=speaking,
                    lines=_one_by_one(_typed(at_console.desk.screen), database, at_console, clock),
                )


async def _session(settings: Settings, database: Database, clock: Clock) -> ConsoleSession:
    """The console over this terminal; what goes wrong from now on is told there in a line, and the log is a file."""
    from bot.console.people import PEOPLE
    from bot.console.prompted import PromptedScreen
    from bot.console.screen import Screen
    from bot.console.session import ConsoleSession

    screen = Screen.on(sys.stdout, typed=sys.stdin)
    if screen.obeys:
        screen = PromptedScreen.on(sys.stdout, typed=sys.stdin)
    async with database.begin() as session:
        known = {person.id: await readers.of_chat(session, person.id, thread_id=None) for person in PEOPLE}
    people = [replace(person, known=known[person.id] is not None, lang=settings.language) for person in PEOPLE]
    at_console = ConsoleSession(
        screen=screen,
        files=settings.data_dir / "chat",
        clock=clock,
        people=people,
        # Ids of messages must not come twice: the database remembers those of former chats.
        first_id=int(utcnow().timestamp()),
    )
    _log_beside(settings, at_console)
    await _learn_languages(database, at_console, people)
    return at_console


def _log_beside(settings: Settings, at_console: ConsoleSession) -> None:
    """Log into a file: at a screen, lines of a log and tracebacks only stand in the way. Each error is told there once."""
    file = settings.data_dir / "chat.log"
    told: set[str] = set()

    def tell(error: str) -> None:
        if error not in told:
            told.add(error)
            at_console.fail(error, file)

    log.configure(level=settings.log_level, json=settings.log_json, file=file, told=tell)


async def _learn_languages(database: Database, at_console: ConsoleSession, people: list[Person]) -> None:
    """The console speaks with each person as the bot does: in the language that they have chosen there."""
    async with database.begin() as session:
        for person in people:
            reader = await readers.of_chat(session, person.id, thread_id=None)
            at_console.speak(person, reader.lang if reader else person.lang)


# --- which archive, and what time it is ------------------------------------------------------------------------------


@asynccontextmanager
async def _archive(*, use_demo: bool) -> AsyncIterator[tuple[Settings, Database, Clock]]:
    """The archive to speak about: the operator's own, or, while that is empty, the demo's, at the time of its posts."""
    found = shell.settings()
    if not use_demo:
        async with open_database(found) as database:
            async with database.begin() as session:
                extent = await archive.extent(session)
            if extent.posts:
                await _be_alone(database)
                yield found, database, utcnow
                return
    if not demo.is_made(found):
        raise UsageError("there are no posts to speak about yet: `make demo` or `svodka import PATH` brings some")
    print("svodka: these are the demo's invented posts, and it is the day on which they end", file=sys.stderr)
    settings = demo.settings_of(found)
    async with open_database(settings) as database:
        yield settings, database, demo.clock_from(_after(await demo.last_moment(database)))


async def _be_alone(database: Database) -> None:
    """Whoever reads this archive at Telegram keeps it: the terminal would make their digests, find nobody of that number
    in it to send them to, and take them for lost.

    Raises:
        UsageError: somebody does.
    """
    from bot.console.people import PEOPLE

    async with database.begin() as session:
        states = await readers.counts(session)
        own = [await readers.of_chat(session, person.id, thread_id=None) for person in PEOPLE]
    there = sum(count for state, count in states.items() if state is not ReaderState.LOST)
    others = there - sum(1 for reader in own if reader is not None and reader.state is not ReaderState.LOST)
    if others:
        raise UsageError(
            f"this archive has {shell.counted(others, 'reader')} at Telegram, whose digests would end up in this terminal: "
            "speak with the bot there, or try things out on the sample posts with `svodka chat --demo`"
        )


def _after(latest: datetime | None) -> datetime:
    """When a chat with the demo begins: on the day on which its posts end, and after all that was done in earlier chats, so
    that what was shown then has been shown.
    """
    return feed.ENDS if latest is None else max(feed.ENDS, latest + timedelta(seconds=1))


def _typed(screen: Screen) -> AsyncGenerator[str, None]:
    """What is typed here: edited with all keys at a terminal that can, line by line from anything else."""
    from bot.console.prompted import PromptedScreen
    from bot.console.typed import messages

    return screen.lines(sys.stdin) if isinstance(screen, PromptedScreen) else messages(sys.stdin)


# --- coming and going ------------------------------------------------------------------------------------------------


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C, and a window that is closed, leave in good order; pressed again, there is no hurry: it is leaving already."""
    loop, here = asyncio.get_running_loop(), asyncio.current_task()
    told: list[int] = []

    def leave(number: int) -> None:
        if here is not None and not told:
            here.cancel()
        told.append(number)

    for number in (signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, leave, number)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
        raise typer.Exit(128 + told[0]) from None


@asynccontextmanager
async def _beside(*parts: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run workers while the block runs; one that fails is an error of the block. They have ended when the block has."""
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
            task.remove_done_callback(failed)
        await stop(tasks)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error


async def _one_by_one(
    lines: AsyncGenerator[str, None], database: Database, at_console: ConsoleSession, clock: Clock
) -> AsyncGenerator[str, None]:
    """The lines, each read only once what the one before has set going has arrived."""
    patience = PATIENCE_WHILE_TYPING if at_console.desk.screen.prompts else PATIENCE
    try:
        async for line in lines:
            yield line
            await _settled(database, patience, since=clock() - ASKED_LATELY)
            await _learn_languages(database, at_console, list(at_console.desk.people))
    finally:
        await lines.aclose()


async def _settled(database: Database, patience: timedelta, *, since: datetime) -> None:
    deadline = utcnow() + patience
    while utcnow() < deadline:
        async with database.begin() as session:
            waiting = (
                await outbox.is_urgent_waiting(session),
                await requests.is_waiting(session),
                await questions.is_waiting(session, since=since),
            )
            if not any(waiting):
                return
        await asyncio.sleep(LOOK)
