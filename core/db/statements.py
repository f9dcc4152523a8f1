"""Statements that are transactions of their own, on a connection that stays open: for one statement, again and again, where
to begin and to commit would cost more than the statement does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.db.engine import Database, Session
from core.errors import DatabaseError

_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class Statements:
    """A connection of its own, opened when it is first needed, and again after a failure."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: AsyncConnection | None = None
        self._session: AsyncSession | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session for one statement, which is committed when it returns."""
        try:
            if self._session is None:
                self._connection = await self._engine.connect()
                self._session = AsyncSession(self._connection, expire_on_commit=False)
            yield self._session
        except _LOST as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            await self.close()
            raise DatabaseError(f"the database gave up: {reason}") from error

    async def close(self) -> None:
        """Give the connection back."""
        session, connection = self._session, self._connection
        self._session = self._connection = None
        if session is not None:
            await session.close()
        if connection is not None:
            await connection.close()
