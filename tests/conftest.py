"""One embedded server for the whole run; each test that writes gets a database of its own, as a template has it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import bot  # noqa: F401  before any test imports aiogram: it puts off what that builds
from core.db import embedded, migrate
from core.db.engine import Database
from tests import logs
from tests.spare import SpareDatabases

# A slow machine is no failure: no test is told how long it may take. What passes here passes everywhere: the examples are the
# same each time, and few. Others, and many more of them, are tried by `make search`.
settings.register_profile("svodka", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("search", deadline=None, max_examples=3_000)
settings.load_profile(os.environ.get("SVODKA_TEST_EXAMPLES", "svodka"))

# Who is started in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

logs.as_ever()

#: Files of tests that each start much: `make chaos` runs them, `make test` is for what is quick.
LONG = frozenset(
    {
        "test_bench_search.py",
        "test_bot_admin_channels.py",
        "test_bot_admin_filters.py",
        "test_bot_admin_topics.py",
        "test_bot_changed_filters.py",
        "test_bot_channel_readers.py",
        "test_bot_groups.py",
        "test_bot_serve.py",
        "test_chat.py",
        "test_previews.py",
        "test_relabel.py",
        "test_sending.py",
        "test_sending_lost.py",
        "test_sending_order.py",
    }
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is long, before what is asked for is chosen by marks."""
    for item in items:
        if item.path.name in LONG:
            item.add_marker("long")


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.EmbeddedServer]:
    """The embedded server of the run. Not in pytest's own directories: as root, those are closed to its user."""
    folder = Path(tempfile.mkdtemp(prefix="svodka-tests-"))
    folder.chmod(0o755)
    with embedded.start(folder, throwaway=True) as running:
        migrate.upgrade(running.url)
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def spare(server: embedded.EmbeddedServer) -> SpareDatabases:
    """Databases that tests have given back."""
    return SpareDatabases(server)


@pytest.fixture
def database_url(spare: SpareDatabases) -> Iterator[str]:
    """The address of a fresh, migrated database that the test may fill and break."""
    name = spare.take()
    yield spare.url(name)
    spare.give_back(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, open."""
    engine = create_async_engine(database_url)
    yield Database(engine=engine, url=database_url)
    await engine.dispose()


@pytest.fixture(scope="session")
async def shared_engine(server: embedded.EmbeddedServer) -> AsyncIterator[object]:
    """The template's own engine, for tests that leave nothing behind."""
    name = "svodka_shared"
    with psycopg.connect(server.dsn.replace("dbname=svodka", "dbname=postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE svodka")  # type: ignore[arg-type]
    engine = create_async_engine(server.url.replace("/svodka?", f"/{name}?"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(shared_engine: object) -> AsyncIterator[AsyncSession]:
    """A session whose work is rolled back after the test (a savepoint stands for the commit)."""
    async with shared_engine.connect() as connection:  # type: ignore[attr-defined]
        outer = await connection.begin()
        async with AsyncSession(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as opened:
            yield opened
        await outer.rollback()


@pytest.fixture(scope="session")
def pool() -> Iterator[Executor]:
    """A stand-in for the processes that clean and embed: threads of this one, so that the model is loaded once."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        yield threads
