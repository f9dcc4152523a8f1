"""Telegram accounts that read for us; the session of each lies in a file, only its name and numbers here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.errors import DatabaseError
from core.types import Account

#: The one account that there is, until commands name more.
MAIN = "main"
#: Advisory locks of accounts have this as their first half, the account's id as their second.
_LOCK = 7_110_003


async def ensure(session: AsyncSession, name: str = MAIN) -> Account:
    """The account of that name, made if there is none."""
    await session.execute(
        text("INSERT INTO accounts (name) VALUES (:name) ON CONFLICT (name) DO NOTHING"), {"name": name}
    )
    row = await session.execute(
        text("SELECT id, name, tg_id, requests, waited FROM accounts WHERE name = :name"), {"name": name}
    )
    found = row.one()
    return Account(id=found.id, name=found.name, tg_id=found.tg_id, requests=found.requests, waited=found.waited)


async def logged_in(session: AsyncSession, account_id: int, *, tg_id: int) -> bool:
    """Note which user of Telegram an account is; True if it was another one before."""
    row = await session.execute(text("SELECT tg_id FROM accounts WHERE id = :id FOR UPDATE"), {"id": account_id})
    before = row.scalar_one()
    await session.execute(text("UPDATE accounts SET tg_id = :tg_id WHERE id = :id"), {"id": account_id, "tg_id": tg_id})
    return before is not None and before != tg_id


async def used(session: AsyncSession, account_id: int, *, requests: int, waited: float) -> None:
    """Add to the requests that an account has made and the seconds that Telegram has made it wait."""
    await session.execute(
        text("UPDATE accounts SET requests = requests + :requests, waited = waited + :waited WHERE id = :id"),
        {"id": account_id, "requests": requests, "waited": waited},
    )


class Held:
    """An account's lock, held on a connection of its own: Postgres frees it when this process dies, however it does."""

    def __init__(self, connection: psycopg.AsyncConnection[object]) -> None:
        self._connection = connection

    async def check(self) -> None:
        """Make sure that the lock is still ours.

        Raises:
            DatabaseError: the connection is gone, and the lock with it.
        """
        try:
            await self._connection.execute("SELECT 1")
        except psycopg.Error:
            raise DatabaseError("the database has closed the connection that held the account's lock") from None


@asynccontextmanager
async def lock(database: Database, account_id: int) -> AsyncIterator[Held | None]:
    """Hold an account for the block, so that one process speaks for it; None if another one holds it."""
    try:
        connection = await psycopg.AsyncConnection.connect(database.dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"the database gave up: {str(error).strip().splitlines()[0]}") from None
    async with connection:
        row = await (await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, account_id])).fetchone()
        yield Held(connection) if row is not None and row[0] else None


async def is_held(session: AsyncSession, account_id: int) -> bool:
    """Whether some process holds the account: an ingester runs."""
    row = await session.execute(
        text("""
            SELECT EXISTS (
                SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = :lock AND objid = :id AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            )
        """),
        {"lock": _LOCK, "id": account_id},
    )
    return bool(row.scalar_one())
