"""Logging in to Telegram and out again: by a QR code or by phone and code, with the second password where there is one.

How a person is shown and asked something is the caller's; see https://core.telegram.org/api/auth and
https://core.telegram.org/api/qr-login.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from telethon import errors

from core.errors import LoginError, NotLoggedIn
from core.settings import Settings
from ingest.account import session_file
from ingest.client import connect, session_of
from ingest.failures import reason_of
from ingest.pace import Pace

#: How often a wrong code or password may be typed again.
TRIES = 3

_WRONG_CODE = (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError)
_REASONS = {
    "PHONE_NUMBER_INVALID": "Telegram does not know this phone number: write it with its country code, such as +79001234567",
    "PHONE_NUMBER_UNOCCUPIED": "this phone number has no account at Telegram: sign up in an app first",
    "PHONE_NUMBER_BANNED": "Telegram has banned this phone number",
    "PHONE_CODE_EXPIRED": "the code has expired: start again",
    "PHONE_PASSWORD_FLOOD": "too many attempts with this number: try again tomorrow",
    "PHONE_NUMBER_FLOOD": "too many attempts with this number: try again tomorrow",
    "API_ID_INVALID": "Telegram does not know this SVODKA_TELEGRAM_API_ID with this SVODKA_TELEGRAM_API_HASH: copy both "
    "from https://my.telegram.org",
    "API_ID_PUBLISHED_FLOOD": "this SVODKA_TELEGRAM_API_ID is public: make one of your own at https://my.telegram.org",
}


class Person(Protocol):
    """Whoever logs in, as the login speaks to them."""

    def show_qr(self, url: str) -> None:
        """Show a QR code of `url`, in place of the one before; it is good for half a minute."""

    def ask_code(self, *, again: bool) -> str:
        """Ask for the code that Telegram has sent; `again`: the last one was wrong."""

    def ask_password(self, *, again: bool) -> str:
        """Ask for the second password; `again`: the last one was wrong."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who is logged in now; `already`: was before, so that nothing was done."""

    tg_id: int
    name: str
    already: bool = False


async def log_in(settings: Settings, person: Person, *, phone: str | None, wait: float = 300) -> LoggedIn:
    """Log in by `phone`, or, without one, by a QR code, waiting at most `wait` seconds for it; keeps the session.

    Raises:
        LoginError: it failed; what to do.
        SettingsError, SessionFileError, TelegramUnreachable: see `ingest.client.connect` and `ingest.session`.
    """
    file = session_file(settings)
    known = await _known(settings, file.load())
    if known is not None:
        return known
    async with connect(settings, None, pace=Pace(0)) as (_, client):
        try:
            user = await _by_phone(client, person, phone) if phone else await _by_qr(client, person, wait=wait)
        except errors.FloodError as error:
            seconds = getattr(error, "seconds", 60)
            raise LoginError(f"Telegram asks to wait {seconds} s before the next attempt") from None
        except errors.RPCError as error:
            reason = reason_of(error)
            raise LoginError(_REASONS.get(reason, f"Telegram refuses the login: {reason}")) from None
        except (OSError, EOFError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _cancelled():
                raise
            raise LoginError("the connection to Telegram was lost: try again") from None
        file.save(session_of(client))
        return LoggedIn(tg_id=user.id, name=_name(user))


async def log_out(settings: Settings) -> bool:
    """End the session at Telegram and forget it; False if there was none.

    A session that Telegram does not accept any longer is forgotten all the same.
    """
    file = session_file(settings)
    session = file.load()
    if session is None:
        return False
    with contextlib.suppress(NotLoggedIn):
        async with connect(settings, session, pace=Pace(0)) as (telegram, _):
            await telegram.log_out()
    file.delete()
    return True


async def _known(settings: Settings, session: str | None) -> LoggedIn | None:
    """Who is logged in already."""
    if session is None:
        return None
    try:
        async with connect(settings, session, pace=Pace(0)) as (_, client):
            user = await client.get_me()
    except NotLoggedIn:
        return None
    return None if user is None else LoggedIn(tg_id=user.id, name=_name(user), already=True)


async def _by_phone(client: Any, person: Person, phone: str) -> Any:
    sent = await client.send_code_request(phone)
    for attempt in range(TRIES):
        code = await asyncio.to_thread(person.ask_code, again=attempt > 0)
        try:
            return await client.sign_in(phone, code.strip(), phone_code_hash=sent.phone_code_hash)
        except _WRONG_CODE:
            continue
        except errors.SessionPasswordNeededError:
            return await _by_password(client, person)
    raise LoginError("the code was wrong too often: start again")


async def _by_password(client: Any, person: Person) -> Any:
    for attempt in range(TRIES):
        password = await asyncio.to_thread(person.ask_password, again=attempt > 0)
        try:
            return await client.sign_in(password=password)
        except errors.PasswordHashInvalidError:
            continue
    raise LoginError("the password was wrong too often: start again")


async def _by_qr(client: Any, person: Person, *, wait: float) -> Any:
    code = await client.qr_login()
    try:
        async with asyncio.timeout(wait):
            while True:
                person.show_qr(code.url)
                left = (code.expires - datetime.now(UTC)).total_seconds()
                with contextlib.suppress(TimeoutError):
                    return await code.wait(timeout=max(1.0, left))
                await code.recreate()
    except errors.SessionPasswordNeededError:
        return await _by_password(client, person)
    except TimeoutError:
        raise LoginError("nobody has scanned the QR code: start again, or use --phone") from None


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or bool(task.cancelling())


def _name(user: Any) -> str:
    return " ".join(part for part in (user.first_name, user.last_name) if part) or f"user {user.id}"
