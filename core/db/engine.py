"""The way to Postgres: opens the configured server or the embedded one, checks it, brings the tables up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from core.db import embedded, migrate
from core.errors import DatabaseError, DatabaseUnreachable, DatabaseVersionError
from core.settings import Settings

LEAST_VERSION = 15
#: The first pgvector with iterative scans, without which a search in a window of time finds too few.
LEAST_VECTOR = (0, 8)

_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)

#: What store functions take: a session in a transaction. The programs know it by this name, not by its library.
Session = AsyncSession


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. One transaction is `async with db.begin() as session:`; it commits at the end of the block."""

    engine: AsyncEngine
    url: str

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed on leaving, rolled back on an error."""
        try:
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
                # PostgreSQL answers the COMMIT of a failed transaction with a silent ROLLBACK.
                if (await driver(session)).info.transaction_status is TransactionStatus.INERROR:
                    raise DatabaseError("a statement failed and its error was passed over: nothing was written")
        except _LOST as error:
            # What speaks to the driver directly, such as COPY, raises the driver's own.
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise DatabaseError(
                f"the database gave up: {reason}. What was committed before is kept; once the cause is mended "
                "(a full disk, a server that was stopped), run the command again"
            ) from error

    @property
    def dsn(self) -> str:
        """The address as libpq reads it, for connections that SQLAlchemy does not make."""
        return self.url.replace("postgresql+psycopg://", "postgresql://", 1)


async def driver(session: Session) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection of a session, for what SQLAlchemy has no words for: COPY, jobs in the same transaction."""
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert isinstance(raw, psycopg.AsyncConnection)
    return raw


@asynccontextmanager
async def open_database(settings: Settings, *, migrated: bool = True) -> AsyncIterator[Database]:
    """Open the database of `settings`, with the tables up to date.

    Raises:
        DatabaseUnreachable: nothing answers at DATABASE_URL.
        DatabaseVersionError: the server is too old, or lacks pgvector.
        SchemaError: the tables are newer than this program.
    """
    if settings.database_url is not None:
        async with _connected(settings.database_url, migrated=migrated) as database:
            yield database
        return
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        async with _connected(server.url, migrated=migrated) as database:
            yield database
    finally:
        await asyncio.to_thread(server.close)


@asynccontextmanager
async def _connected(url: str, *, migrated: bool) -> AsyncIterator[Database]:
    engine = create_async_engine(url, pool_pre_ping=True, pool_size=8, hide_parameters=True)
    try:
        await _check(engine)
        if migrated:
            await asyncio.to_thread(migrate.upgrade, url)
        yield Database(engine=engine, url=url)
    finally:
        await engine.dispose()


async def _check(engine: AsyncEngine) -> None:
    try:
        async with engine.connect() as connection:
            version = int(str(await connection.scalar(text("SHOW server_version_num")))) // 10_000
            vector = await connection.scalar(
                text("""
                    SELECT coalesce(installed_version, default_version)
                    FROM pg_available_extensions WHERE name = 'vector'
                """)
            )
    except (OperationalError, psycopg.OperationalError) as error:
        # The address may hold a password: name the host, never the whole address.
        where = engine.url.host or engine.url.query.get("host", "the socket")
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0].strip().rstrip(".")
        raise DatabaseUnreachable(f"no database answers at {where} ({reason}): is DATABASE_URL right?") from None
    if version < LEAST_VERSION:
        raise DatabaseVersionError(f"the server is PostgreSQL {version}; Svodka needs {LEAST_VERSION} or newer")
    if vector is None:
        raise DatabaseVersionError(
            "the server has no pgvector: install it (Debian: postgresql-18-pgvector; Docker: pgvector/pgvector:pg18), "
            "or unset DATABASE_URL to use the embedded server"
        )
    if tuple(map(int, str(vector).split(".")[:2])) < LEAST_VECTOR:
        raise DatabaseVersionError(
            f"the server's pgvector is {vector}; Svodka needs 0.8 or newer: upgrade it, then ALTER EXTENSION vector UPDATE"
        )
