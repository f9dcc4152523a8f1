"""The queue: procrastinate on the same Postgres. A job is only a wake-up; what is true stands in rows.

Beside it the ticks (APScheduler), which only ask what is due, and are harmless when several processes ask.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from core import log
from core.db.engine import Database, Session, driver

#: Queues, each with workers of its own, so that bulk work never makes a question wait.
INDEX_QUEUE = "index"
INDEX_TASK = "index"
WRITE_QUEUE = "write"
WRITE_TASK = "write"
#: Previews and questions: somebody waits for the answer.
ASK_QUEUE = "ask"
ASK_TASK = "ask"
#: Messages that wait to be sent.
SEND_QUEUE = "send"
SEND_TASK = "send"
#: A worker that has not been heard of for so long is dead.
STALLED_AFTER = timedelta(seconds=30)
#: Seconds until a worker whose connection has ended tries again.
AGAIN = 5.0

_logger = log.get("core.queue")

Handler = Callable[[], Awaitable[None]]
#: Is told which job or tick has failed, and of what.
Failed = Callable[[str, Exception], Awaitable[None]]
#: The open queue, as programs know it.
Queue = App


@asynccontextmanager
async def open_queue(database: Database, handlers: Mapping[str, Handler], *, failed: Failed) -> AsyncIterator[App]:
    """The queue with the handlers of some tasks bound (each task has the name of its queue); closed with the block.

    Of a handler that fails `failed` is told, and its job is over: whoever finds rows waiting asks for another.
    """
    app = App(connector=PsycopgConnector(conninfo=database.dsn, min_size=1, max_size=4))
    for name, handler in handlers.items():
        app.task(name=name, queue=name)(_job(name, handler, failed))
    async with app.open_async():
        yield app


def _job(name: str, handler: Handler, failed: Failed) -> Handler:
    async def job() -> None:
        await _told(name, handler, failed)

    return job


async def _told(name: str, handler: Handler, failed: Failed) -> None:
    """Do something; an error is told, a cancellation goes on."""
    (ended,) = await asyncio.gather(handler(), return_exceptions=True)
    if isinstance(ended, Exception):
        await failed(name, ended)


async def work(app: App, queues: Sequence[str], *, grace: timedelta) -> None:
    """Take the jobs of these queues as they come, each queue beside the others, so that none waits for another; for ever,
    also when the database is away for a while.

    On cancellation no job is begun any more. What runs may end by itself within `grace`; then it is cancelled. Nothing runs
    any more when this has ended.
    """
    tasks = [asyncio.create_task(_work(app, queue, grace)) for queue in queues]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await stop(tasks)


async def _work(app: App, queue: str, grace: timedelta) -> None:
    here = asyncio.current_task()
    while here is None or not here.cancelling():
        try:
            # It ends by itself when its connection does.
            await app.run_worker_async(
                queues=[queue], install_signal_handlers=False, shutdown_graceful_timeout=grace.total_seconds()
            )
        except ConnectorException as error:
            _logger.warning("no jobs can be taken", queue=queue, reason=str(error))
        await asyncio.sleep(AGAIN)


async def stop(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks, once, and wait until they have ended, also when this is cancelled meanwhile: they are ending already, a
    second cancellation would break that off, and whoever leaves before them takes away what they still use.
    """
    for task in tasks:
        task.cancel()
    again: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as told:
            again = told
    await asyncio.gather(*tasks, return_exceptions=True)  # no error is left that nobody has asked for
    if again is not None:
        raise again


# --- ticks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Something that is asked again and again; its name is told when it fails."""

    name: str
    ask: Handler
    every: timedelta


@asynccontextmanager
async def ticking(ticks: Sequence[Tick], *, failed: Failed) -> AsyncIterator[None]:
    """Ask while the block runs, each tick first after its time and never twice at once. Of one that fails `failed` is told,
    and it comes again. With the block no more come, and those under way are cancelled and have ended.
    """
    asking: dict[asyncio.Task[None], asyncio.Task[Any] | None] = {}
    is_over = False

    async def ask(tick: Tick) -> None:
        if is_over:  # the scheduler had begun it, the loop had not
            return
        # A task of our own: APScheduler would neither wait for its own end nor keep its cancellation to itself.
        task = asyncio.create_task(_told(tick.name, tick.ask, failed))
        asking[task] = asyncio.current_task()
        await asyncio.wait([task])
        del asking[task]

    scheduler = AsyncIOScheduler(timezone="UTC")
    for tick in ticks:
        # Better late than never: a busy process misses its second, and by itself APScheduler would leave that time out.
        scheduler.add_job(
            ask,
            "interval",
            args=[tick],
            seconds=tick.every.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        is_over = True
        outer = [task for task in asking.values() if task is not None]
        try:
            await stop(list(asking))
            if outer:
                await asyncio.wait(outer)
        finally:
            scheduler.shutdown(wait=False)


# --- wake-ups --------------------------------------------------------------------------------------------------------


async def wake_index(session: Session) -> None:
    """Ask for the index to be brought up to date, once, when this transaction commits."""
    await _wake(session, INDEX_TASK, queue=INDEX_QUEUE)


async def wake_write(session: Session) -> None:
    """Ask for summaries to be brought up to date, once, when this transaction commits."""
    await _wake(session, WRITE_TASK, queue=WRITE_QUEUE)


async def wake_ask(session: Session) -> None:
    """Ask for waiting requests to be answered, once, when this transaction commits."""
    await _wake(session, ASK_TASK, queue=ASK_QUEUE)


async def wake_send(session: Session) -> None:
    """Ask for waiting messages to be sent, once, when this transaction commits."""
    await _wake(session, SEND_TASK, queue=SEND_QUEUE)


async def _wake(session: Session, task: str, *, queue: str) -> None:
    """Defer a wake-up. A second one while one waits adds nothing: `queueing_lock` allows one waiting job."""
    connection = await driver(session)
    configured = App(connector=PsycopgConnector()).configure_task(
        task, queue=queue, queueing_lock=task, allow_unknown=True, connection=connection
    )
    # The savepoint is the driver's: SQLAlchemy's would not cover what runs beside it, and a refused job would take the
    # whole transaction with it.
    with contextlib.suppress(AlreadyEnqueued):
        async with connection.transaction():
            try:
                await configured.defer_async()
            except ConnectorException as error:
                # The queue hides what has happened to its statement; whoever holds the transaction knows the driver's errors.
                if isinstance(error.__cause__, psycopg.Error):
                    raise error.__cause__ from None
                raise


async def bury(app: App) -> int:
    """Take the jobs of dead workers off the queue; says how many. A wake-up carries nothing, so nothing is lost: whoever
    finds rows waiting asks for another.
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER.total_seconds()))
    for job in stalled:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    return len(stalled)
