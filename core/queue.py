"""The queue: procrastinate on the same Postgres. A job is only a wake-up; what is true stands in rows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

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

Handler = Callable[[], Awaitable[None]]
#: The open queue, as programs know it.
Queue = App


@asynccontextmanager
async def open_queue(database: Database, handlers: Mapping[str, Handler]) -> AsyncIterator[App]:
    """The queue with the handlers of some tasks bound (each task has the name of its queue); closed with the block."""
    app = App(connector=PsycopgConnector(conninfo=database.dsn, min_size=1, max_size=4))
    for name, handler in handlers.items():
        app.task(name=name, queue=name)(handler)
    async with app.open_async():
        yield app


async def work(app: App, queues: Sequence[str]) -> None:
    """Take the jobs of these queues as they come, each queue beside the others, so that none waits for another; for ever."""
    tasks = [
        asyncio.create_task(app.run_worker_async(queues=[queue], install_signal_handlers=False)) for queue in queues
    ]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
