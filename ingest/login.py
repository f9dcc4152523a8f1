"""Logging in to Telegram and out again: by a QR code or by phone and code, with the second password where there is one.

How a person is shown and asked something is the caller's; see https://core.telegram.org/api/auth and
https://core.telegram.org/api/qr-login.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from telethon import errors, events
from telethon.tl import functions, types

from core.errors import LoginError, NotLoggedIn, SessionFileError
from core.settings import Settings
from ingest.account import session_file
from ingest.client import ANSWER_SECONDS, connect, session_of
from ingest.failures import KNOWN, UNKNOWN_APPLICATION, reason_of
from ingest.pace import Pace
from ingest.shown import name_of

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
    "API_ID_INVALID": UNKNOWN_APPLICATION,
    "API_ID_PUBLISHED_FLOOD": "this SVODKA_TELEGRAM_API_ID is public: make one of your own at https://my.telegram.org",
}


class Person(Protocol):
    """Whoever logs in, as the login speaks to them. Questions may raise LoginError, where nobody is there to answer."""

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
        except KNOWN:
            raise _lost() from None
        file.save(session_of(client))
        return LoggedIn(tg_id=user.id, name=name_of(user))


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
        async with connect(settings, session, pace=Pace(0)) as (telegram, _):
            found = await telegram.me()
    except (NotLoggedIn, SessionFileError):
        return None
    return None if found is None else LoggedIn(tg_id=found.tg_id, name=found.name, already=True)


async def _by_phone(client: Any, person: Person, phone: str) -> Any:
    sent = await _answer(client, client.send_code_request(phone))
    for attempt in range(TRIES):
        code = (await _typed(partial(person.ask_code, again=attempt > 0))).strip()
        if not code:
            continue
        try:
            return await _answer(client, client.sign_in(phone, code, phone_code_hash=sent.phone_code_hash))
        except _WRONG_CODE:
            continue
        except errors.SessionPasswordNeededError:
            return await _by_password(client, person)
    raise LoginError("the code was wrong too often: start again")


async def _by_password(client: Any, person: Person) -> Any:
    for attempt in range(TRIES):
        password = await _typed(partial(person.ask_password, again=attempt > 0))
        if not password:
            continue
        try:
            return await _answer(client, client.sign_in(password=password))
        except errors.PasswordHashInvalidError:
            continue
    raise LoginError("the password was wrong too often: start again")


async def _by_qr(client: Any, person: Person, *, wait: float) -> Any:
    """Show codes until one is scanned, of which Telegram tells by an update, or when it is asked for the next."""
    scanned = asyncio.Event()

    async def note(_update: Any) -> None:
        scanned.set()

    client.add_event_handler(note, events.Raw(types.UpdateLoginToken))
    try:
        async with asyncio.timeout(wait):
            while True:
                found = await _answer(client, _login_token(client))
                if isinstance(found, types.auth.LoginTokenSuccess):
                    return found.authorization.user
                person.show_qr(f"tg://login?token={base64.urlsafe_b64encode(found.token).decode('ascii').rstrip('=')}")
                left = (found.expires - datetime.now(UTC)).total_seconds()
                await _answer(client, scanned.wait(), within=max(1.0, left), needed=False)
                scanned.clear()
    except errors.SessionPasswordNeededError:
        return await _by_password(client, person)
    except TimeoutError:
        raise LoginError("nobody has scanned the QR code: start again, or use --phone") from None


async def _login_token(client: Any) -> Any:
    """A token to be scanned, or what has come of the one before; the account may live in another data centre."""
    found = await client(functions.auth.ExportLoginTokenRequest(client.api_id, client.api_hash, []))
    if isinstance(found, types.auth.LoginTokenMigrateTo):
        await client._switch_dc(found.dc_id)  # noqa: SLF001  as Telethon's own QR login does
        found = await client(functions.auth.ImportLoginTokenRequest(found.token))
    return found


async def _answer(
    client: Any, asked: Coroutine[Any, Any, Any], *, within: float = ANSWER_SECONDS, needed: bool = True
) -> Any:
    """What comes of a request; Telethon leaves some without an answer when the connection goes.

    Raises:
        LoginError: the connection is lost, or no answer has come that was `needed`.
    """
    task, ended = asyncio.ensure_future(asked), client.disconnected
    try:
        await asyncio.wait([task, ended], timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if task.done() and not task.cancelled():
            return task.result()
        if needed or ended.done():
            raise _lost()
    finally:
        task.cancel()
        ended.cancel()
        await asyncio.gather(task, ended, return_exceptions=True)


async def _typed(ask: Callable[[], str]) -> str:
    """What a person types. In a thread that nobody waits for, so that Ctrl-C ends the program at a prompt."""
    loop = asyncio.get_running_loop()
    answered = asyncio.Event()
    typed: list[str | LoginError] = []

    def wait() -> None:
        try:
            typed.append(ask())
        except LoginError as error:
            typed.append(error)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any longer
                loop.call_soon_threadsafe(answered.set)

    threading.Thread(target=wait, daemon=True).start()
    await answered.wait()
    answer = typed[0] if typed else LoginError("nothing was typed: start again")
    if isinstance(answer, LoginError):
        raise answer
    return answer


def _lost() -> LoginError:
    return LoginError("the connection to Telegram was lost: try again")
