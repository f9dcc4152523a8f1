"""The Telegram account that reads for us: held by one process at a time, connected with the session that is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from core.db.engine import Database
from core.errors import AccountBusy
from core.settings import Settings
from core.store import accounts as account_store
from core.types import Account
from ingest.client import Telegram, connect, session_of, utcnow
from ingest.failures import not_logged_in
from ingest.pace import Pace
from ingest.plan import Floods
from ingest.session import SessionFile


def session_file(settings: Settings, name: str = account_store.MAIN) -> SessionFile:
    """Where the session of an account lies."""
    secret = None if settings.secret_key is None else settings.secret_key.get_secret_value()
    return SessionFile(settings.data_dir / "telegram" / f"{name}.session", secret=secret)


def kept_session(settings: Settings) -> str:
    """The session of the account that is logged in.

    Raises:
        NotLoggedIn: there is none.
        SessionFileError: it cannot be read.
    """
    session = session_file(settings).load()
    if session is None:
        raise not_logged_in()
    return session


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account that this process speaks for."""

    account: Account
    lock: account_store.Held


@asynccontextmanager
async def hold(database: Database, name: str = account_store.MAIN) -> AsyncIterator[Holder]:
    """Speak for an account, as the only process.

    Raises:
        AccountBusy: another process does.
    """
    async with database.begin() as session:
        account = await account_store.ensure(session, name)
    async with account_store.lock(database, account.id) as lock:
        if lock is None:
            raise AccountBusy(
                "another process speaks for the account already (svodka ingest, perhaps on another machine with the "
                "same database): stop it first"
            )
        yield Holder(account=account, lock=lock)


@asynccontextmanager
async def connected(
    settings: Settings, *, pace: Pace, floods: Floods | None = None, clock: Callable[[], datetime] = utcnow
) -> AsyncIterator[Telegram]:
    """A connection of the account that is logged in, listening.

    Raises:
        NotLoggedIn: there is no session, or it is no longer accepted.
        SettingsError, SessionFileError, TelegramUnreachable, LoginError: see `ingest.client.connect`.
    """
    session = kept_session(settings)
    connection = connect(settings, session, pace=pace, floods=floods, clock=clock, listening=True)
    async with connection as (telegram, client):
        if await telegram.me() is None:
            raise not_logged_in()
        # Telegram may have moved the account to another of its data centres.
        if (now := session_of(client)) != session:
            session_file(settings).save(now)
        yield telegram
