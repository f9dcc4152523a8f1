"""Logging in and out, one process per account, and sessions that end, against the fake Telegram; and that no secret is told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import selectors
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

from core import log
from core.db.engine import Database
from core.errors import (
    AccountBusy,
    LoginError,
    NotLoggedIn,
    SessionFileError,
    SettingsError,
    SvodkaError,
    TelegramUnreachable,
)
from core.settings import Settings
from core.store import accounts
from ingest.account import connected, hold, session_file
from ingest.login import LoggedIn, log_in, log_out
from ingest.pace import Pace
from ingest.reading import Order, read
from tests import logs
from tests.flow.telegram import PATIENCE, Desk, desk, eventually

ROOT = Path(__file__).parents[2]
PHONE = "+70000000001"
CODE = "8371924650"
PASSWORD = "длинный тайный пароль"
#: Of the caller's environment: settings, and what keeps compiled modules from being kept.
LEFT_OUT = ("SVODKA_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")

T = TypeVar("T")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose account is logged in. A login keeps nothing in the database, so there is none."""
    async with desk(None, tmp_path) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
async def out(at: Desk) -> Desk:
    """A desk whose account is not logged in, and without a database."""
    return logged_out(at)


@pytest.fixture
async def whole(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose account is logged in, with a database."""
    async with desk(database, tmp_path) as opened:
        yield opened


def logged_out(at: Desk) -> Desk:
    session_file(at.settings).delete()
    at.telegram.keys.clear()
    at.account.code = CODE
    return at


@dataclass
class Typist:
    """A person who types what a test has written down, and remembers what was asked."""

    codes: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    on_qr: Callable[[], None] = lambda: None
    on_code: Callable[[], None] = lambda: None
    asked: list[tuple[str, bool]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def show_qr(self, url: str) -> None:
        self.shown.append(url)
        self.on_qr()

    def ask_code(self, *, again: bool) -> str:
        self.asked.append(("code", again))
        self.on_code()
        return self.codes.pop(0)

    def ask_password(self, *, again: bool) -> str:
        self.asked.append(("password", again))
        return self.passwords.pop(0)


async def by_phone(at: Desk, person: Typist, phone: str = PHONE) -> LoggedIn:
    async with asyncio.timeout(PATIENCE):
        return await log_in(at.settings, person, phone=phone)


async def by_qr(at: Desk, person: Typist, *, wait: float = PATIENCE) -> LoggedIn:
    async with asyncio.timeout(PATIENCE):
        return await log_in(at.settings, person, phone=None, wait=wait)


async def is_in(at: Desk) -> bool:
    """Whether the kept session is one of the account's: a second login finds it."""
    return (await by_phone(at, Typist())).already


def keys_in(at: Desk) -> int:
    """How many sessions the account has at Telegram."""
    return sum(key.account is at.account for key in at.telegram.keys.values())


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process has done."""

    code: int
    out: str
    error: str


async def start(at: Desk, *words: str, **changed: str) -> asyncio.subprocess.Process:
    """Start `svodka WORDS` on the desk's database and its Telegram."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    hash_ = at.settings.telegram_api_hash
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cli.main", *words),
        cwd=ROOT,
        env={
            **kept,
            "DATABASE_URL": at.database.url,
            "SVODKA_DATA_DIR": str(at.settings.data_dir),
            "SVODKA_TELEGRAM_API_ID": str(at.settings.telegram_api_id),
            "SVODKA_TELEGRAM_API_HASH": "" if hash_ is None else hash_.get_secret_value(),
            "SVODKA_TELEGRAM_SERVER": f"{at.telegram.host}:{at.telegram.port}",
            "SVODKA_TELEGRAM_SERVER_KEY": str(at.settings.telegram_server_key),
            "SVODKA_TELEGRAM_PACE": "0",
            "PYTHONIOENCODING": "utf-8",
            **changed,
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def svodka(at: Desk, *words: str, typed: str = "", **changed: str) -> Ran:
    """Run `svodka WORDS` to its end, with `typed` on standard input."""
    process = await start(at, *words, **changed)
    try:
        async with asyncio.timeout(60):
            out, error = await process.communicate(typed.encode())
    finally:
        stop(process)
    return Ran(process.returncode or 0, out.decode(), error.decode())


def stop(process: asyncio.subprocess.Process) -> None:
    """Kill a process at once, if it still runs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class LeapingClock(selectors.DefaultSelector):
    """A selector that does not wait: when nothing has happened for a moment, the time that was to be waited has passed."""

    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = super().select(min(timeout, 0.02))
        if not found:
            self.leapt += timeout
        return found


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop in which an hour that is waited for is over at once. Only for work that waits for nothing but this process."""

    def __init__(self) -> None:
        self._leaps = LeapingClock()
        super().__init__(self._leaps)

    def time(self) -> float:
        return super().time() + self._leaps.leapt


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Do something in a loop whose waits take no time."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(work)


# --- phone and code ---------------------------------------------------------------------------------------------------


async def test_phone_and_code_log_in_and_the_session_is_kept_closed(out: Desk) -> None:
    """The right code logs in; the session lies in a file that nobody else may read, in a folder that nobody else may open."""
    person = Typist(codes=[CODE])
    found = await by_phone(out, person)
    assert found == LoggedIn(tg_id=out.account.id, name="Ada")
    assert out.telegram.codes == [(PHONE, CODE)]
    assert person.asked == [("code", False)]
    kept = session_file(out.settings).path
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert keys_in(out) == 1
    assert await is_in(out)


async def test_a_number_may_be_typed_as_people_write_it(out: Desk) -> None:
    """Blanks and hyphens in a number, and around a code, are nothing that matters."""
    assert not (await by_phone(out, Typist(codes=[f" {CODE} "]), phone="+7 000 000-00-01")).already


async def test_a_wrong_code_may_be_typed_again(out: Desk) -> None:
    """After two wrong codes the right one logs in; the person is told that it is asked for again."""
    person = Typist(codes=["1", "22222", CODE])
    assert not (await by_phone(out, person)).already
    assert person.asked == [("code", False), ("code", True), ("code", True)]
    assert len(out.telegram.codes) == 1


async def test_a_blank_code_is_a_wrong_one(out: Desk) -> None:
    """Somebody who types a blank for the code is asked again, and no second code is sent."""
    person = Typist(codes=[" ", CODE])
    assert not (await by_phone(out, person)).already
    assert len(out.telegram.codes) == 1


async def test_three_wrong_codes_end_the_attempt(out: Desk) -> None:
    """The third wrong code is the last; nothing is kept of the attempt."""
    with pytest.raises(LoginError, match="wrong too often: start again"):
        await by_phone(out, Typist(codes=["1", "2", "3", CODE]))
    assert session_file(out.settings).load() is None
    assert keys_in(out) == 0


async def test_an_expired_code_says_start_again(out: Desk) -> None:
    """A code that has become too old while it was typed ends the attempt with what to do."""

    class Slow(Typist):
        def ask_code(self, *, again: bool) -> str:
            out.telegram.expire_codes()
            return super().ask_code(again=again)

    with pytest.raises(LoginError, match="expired: start again"):
        await by_phone(out, Slow(codes=[CODE]))


async def test_the_second_password_is_asked_for_until_right(out: Desk) -> None:
    """With two-step verification the password follows the code; a wrong one may be typed again."""
    out.account.password = PASSWORD
    person = Typist(codes=[CODE], passwords=["falsch", PASSWORD])
    assert (await by_phone(out, person)).tg_id == out.account.id
    assert person.asked == [("code", False), ("password", False), ("password", True)]
    assert await is_in(out)


async def test_three_wrong_passwords_end_the_attempt(out: Desk) -> None:
    """The third wrong password is the last; nothing is kept, and nobody is logged in."""
    out.account.password = PASSWORD
    with pytest.raises(LoginError, match="password was wrong too often"):
        await by_phone(out, Typist(codes=[CODE], passwords=["1", "2", "3", PASSWORD]))
    assert session_file(out.settings).load() is None
    assert keys_in(out) == 0


async def test_a_number_without_account_is_told(out: Desk) -> None:
    """Nobody has this number: one sentence, and no session."""
    with pytest.raises(LoginError, match="no account at Telegram|sign up"):
        await by_phone(out, Typist(codes=[CODE, CODE, CODE]), phone="+70000000099")
    assert session_file(out.settings).load() is None


async def test_what_is_no_number_is_told(out: Desk) -> None:
    """A number that cannot be one: how to write it."""
    with pytest.raises(LoginError, match="country code"):
        await by_phone(out, Typist(codes=[CODE]), phone="+7")


@pytest.mark.parametrize("method", ["auth.sendCode", "auth.signIn", "auth.checkPassword"])
async def test_a_flood_at_any_step_says_how_long_to_wait(out: Desk, method: str) -> None:
    """When Telegram wants no attempts for a while, the person is told for how many seconds."""
    out.account.password = PASSWORD
    out.telegram.flood(method, 3_600)
    with pytest.raises(LoginError, match="wait 3600 s"):
        await by_phone(out, Typist(codes=[CODE], passwords=[PASSWORD]))
    assert session_file(out.settings).load() is None


async def test_a_refusal_that_nobody_expects_is_told_by_its_name(out: Desk) -> None:
    """An error of Telegram's that we know nothing of ends the attempt with its name."""
    out.telegram.fail("auth.sendCode", 400, "SOMETHING_NEW")
    with pytest.raises(LoginError, match="SOMETHING_NEW"):
        await by_phone(out, Typist())


class Late(futures.ThreadPoolExecutor):
    """Runs what it is given at once and in the loop's own thread; the result is told so many `turns` of the loop later."""

    turns = 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> futures.Future[Any]:
        told: futures.Future[Any] = futures.Future()
        self._tell(told, work(*args, **named), self.turns)
        return told

    def _tell(self, told: futures.Future[Any], result: Any, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._tell, told, result, turns - 1)
        else:
            told.set_result(result)


def lose_while_typing(folder: Path, turns: range) -> None:
    """Log in, with the connection lost while the code is typed, so many turns of the loop before that is done."""

    async def attempts() -> None:
        asyncio.get_running_loop().set_default_executor(late := Late())
        async with desk(None, folder) as at:  # type: ignore[arg-type]
            logged_out(at)
            for late.turns in turns:
                person = Typist(codes=[CODE])
                person.on_code = at.telegram.drop_connections
                with pytest.raises((LoginError, TelegramUnreachable), match="try again|cannot be reached"):
                    async with asyncio.timeout(600):
                        await log_in(at.settings, person, phone=PHONE)
            assert session_file(at.settings).load() is None

    at_once(attempts())


def test_a_connection_that_is_lost_while_the_code_is_typed(tmp_path: Path) -> None:
    """Try again, says the one sentence; nothing is kept."""
    lose_while_typing(tmp_path, range(300, 301))


@pytest.mark.long
def test_a_connection_that_is_lost_as_the_code_is_typed(tmp_path: Path) -> None:
    """However soon after the loss of the connection the code is there, the login ends within minutes, and says so."""
    lose_while_typing(tmp_path, range(30))


@pytest.mark.parametrize("method", ["auth.sendCode", "auth.signIn", "auth.exportLoginToken"])
async def test_an_answer_that_is_lost_ends_the_attempt(out: Desk, method: str) -> None:
    """A connection that goes in the middle of a step of the login is told, whatever the step."""
    out.telegram.drop_answers(method)
    attempt = by_qr(out, Typist()) if method == "auth.exportLoginToken" else by_phone(out, Typist(codes=[CODE]))
    with pytest.raises(LoginError, match="connection to Telegram was lost: try again"):
        await attempt


async def test_nobody_at_the_address(out: Desk) -> None:
    """A server that refuses connections is told as unreachable."""
    out.telegram.refuse = True
    with pytest.raises(TelegramUnreachable, match="cannot be reached"):
        await by_phone(out, Typist())


# --- QR code ----------------------------------------------------------------------------------------------------------


async def test_a_scanned_qr_code_logs_in(out: Desk) -> None:
    """The code shown leads to Telegram's login; scanned, it logs in without a question."""
    person = Typist(on_qr=lambda: out.telegram.scan_qr(out.account))
    assert (await by_qr(out, person)).tg_id == out.account.id
    assert person.asked == []
    assert len(person.shown) == 1
    assert person.shown[0].startswith("tg://login?token=")
    assert await is_in(out)


async def test_a_scanned_qr_code_may_need_the_password(out: Desk) -> None:
    """With two-step verification the password is asked for after the scan."""
    out.account.password = PASSWORD
    person = Typist(on_qr=lambda: out.telegram.scan_qr(out.account), passwords=["falsch", PASSWORD])
    assert (await by_qr(out, person)).tg_id == out.account.id
    assert person.asked == [("password", False), ("password", True)]


def test_a_qr_code_that_expires_is_renewed(tmp_path: Path) -> None:
    """A new code takes the place of one that is too old; scanned, that logs in."""

    async def scan_the_third() -> None:
        async with desk(None, tmp_path) as at:  # type: ignore[arg-type]
            out = logged_out(at)
            person = Typist()
            person.on_qr = lambda: out.telegram.scan_qr(out.account) if len(person.shown) == 3 else None
            async with asyncio.timeout(600):
                found = await log_in(out.settings, person, phone=None)
            assert found.tg_id == out.account.id
            assert len(set(person.shown)) == 3

    at_once(scan_the_third())


def test_a_scan_whose_update_is_lost_logs_in_all_the_same(tmp_path: Path) -> None:
    """A scan in the very moment in which the code is renewed, or whose update does not come, logs in."""

    async def scan_unheard() -> None:
        async with desk(None, tmp_path) as at:  # type: ignore[arg-type]
            out = logged_out(at)

            def scan() -> None:
                for token in out.telegram.tokens.values():
                    token.key.scanned_by = out.account

            async with asyncio.timeout(600):
                found = await log_in(out.settings, Typist(on_qr=scan), phone=None)
            assert found.tg_id == out.account.id

    at_once(scan_unheard())


async def test_a_qr_code_that_nobody_scans(out: Desk) -> None:
    """After a while the login gives up, and says what else there is."""
    with pytest.raises(LoginError, match="nobody has scanned the QR code: start again, or use --phone"):
        await by_qr(out, Typist(), wait=0.1)
    assert session_file(out.settings).load() is None


# --- the application --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", [PHONE, None])
@pytest.mark.parametrize("wrong", ["api_id", "api_hash"])
async def test_a_wrong_application_is_told_by_its_settings(out: Desk, wrong: str, phone: str | None) -> None:
    """An api id or hash that Telegram does not know: which settings, and where to copy them from."""
    setattr(out.telegram, wrong, 2 if wrong == "api_id" else "another")
    attempt = by_phone(out, Typist(codes=[CODE])) if phone else by_qr(out, Typist())
    with pytest.raises(LoginError, match=r"SVODKA_TELEGRAM_API_ID.*SVODKA_TELEGRAM_API_HASH.*my\.telegram\.org"):
        await attempt


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"telegram_api_id": None}, "SVODKA_TELEGRAM_API_ID and SVODKA_TELEGRAM_API_HASH are not set"),
        ({"telegram_api_hash": None}, "SVODKA_TELEGRAM_API_ID and SVODKA_TELEGRAM_API_HASH are not set"),
        ({"telegram_server_key": None}, "not SVODKA_TELEGRAM_SERVER_KEY"),
        ({"telegram_server_key": Path("/nowhere/key.pem")}, "holds no RSA public key"),
    ],
)
async def test_a_missing_setting_is_told(out: Desk, changed: dict[str, Any], says: str) -> None:
    """Without api id, hash, or the other server's key, nothing is asked; the sentence names the setting."""
    out.settings = out.settings.model_copy(update=changed)
    with pytest.raises(SettingsError, match=says):
        await by_phone(out, Typist())
    assert out.telegram.requests == []


# --- a session that is there ------------------------------------------------------------------------------------------


async def test_a_second_login_changes_nothing(at: Desk) -> None:
    """Who is logged in already is told so, by phone and by QR code; nobody is asked, no code is sent."""
    person = Typist()
    before = session_file(at.settings).load()
    for found in (await by_phone(at, person), await by_qr(at, person)):
        assert found == LoggedIn(tg_id=at.account.id, name="Ada", already=True)
    assert (person.asked, person.shown, at.telegram.codes) == ([], [], [])
    assert session_file(at.settings).load() == before


@pytest.mark.parametrize("error", ["AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "AUTH_KEY_DUPLICATED", "forgotten"])
async def test_a_login_replaces_a_session_that_has_ended(at: Desk, error: str) -> None:
    """A session that Telegram accepts no longer, for whatever reason, does not stand in the way of a new login."""
    before = session_file(at.settings).load()
    if error == "forgotten":
        at.telegram.forget_keys()
    else:
        at.telegram.revoke(at.account, error)
    found = await by_phone(at, Typist(codes=[at.account.code]))
    assert not found.already
    assert session_file(at.settings).load() != before
    assert await is_in(at)


@pytest.mark.parametrize("trouble", ["answer lost", "used twice", "flood"])
async def test_looking_who_is_logged_in_may_go_wrong(at: Desk, trouble: str) -> None:
    """Whatever goes wrong once the connection stands, while the kept session is looked at, ends as an error of ours."""
    telegram = at.telegram

    def second(_: object) -> None:
        # The first one is Telethon's own, which belongs to connecting.
        if telegram.count("users.getUsers") == 2:
            telegram.on_request = None
            if trouble == "answer lost":
                telegram.drop_answers("users.getUsers")
            elif trouble == "used twice":
                telegram.fail("users.getUsers", 406, "AUTH_KEY_DUPLICATED")
            else:
                telegram.flood("users.getUsers", 3_600)

    telegram.on_request = second
    with contextlib.suppress(SvodkaError):
        await by_phone(at, Typist(codes=[at.account.code]))


async def test_a_kept_session_that_cannot_be_read_is_told_before_anything_is_asked(at: Desk) -> None:
    """An encrypted session without its key: the login says what to do and leaves the file as it is."""
    sealed = at.settings.model_copy(update={"secret_key": SecretStr("correct horse battery")})
    session_file(sealed).save("1abc")
    before = session_file(at.settings).path.read_bytes()
    with pytest.raises(SessionFileError, match="set SVODKA_SECRET_KEY"):
        await by_phone(at, Typist())
    assert session_file(at.settings).path.read_bytes() == before


@pytest.mark.parametrize("line", ["", "x", "1", "2AgAAAA", "1AgAAAA"])
async def test_a_kept_session_that_is_none_is_told(at: Desk, line: str) -> None:
    """A file of ours whose session was cut or changed by hand ends as a sentence that says what to do."""
    session_file(at.settings).path.write_text(f"svodka-session/1 plain\n{line}\n", "ascii")
    with pytest.raises((SessionFileError, NotLoggedIn), match="log in"):
        async with connected(at.settings, pace=Pace(0)):
            pass


async def test_a_secret_encrypts_the_session_of_a_login(out: Desk) -> None:
    """With a secret key, the session that a login leaves behind is nowhere in the file as it is."""
    out.settings = out.settings.model_copy(update={"secret_key": SecretStr("correct horse battery")})
    await by_phone(out, Typist(codes=[CODE]))
    kept = session_file(out.settings)
    session = kept.load()
    assert session is not None
    assert session not in kept.path.read_text("ascii")
    assert await is_in(out)


# --- logging out ------------------------------------------------------------------------------------------------------


async def test_logout_ends_the_session_at_telegram_too(at: Desk) -> None:
    """After a logout the key is good for nothing at Telegram, the file is gone, and a second one finds nothing."""
    assert keys_in(at) == 1
    assert await log_out(at.settings)
    assert keys_in(at) == 0
    assert at.telegram.count("auth.logOut") == 1
    assert not session_file(at.settings).path.exists()
    assert not await log_out(at.settings)


@pytest.mark.parametrize("error", ["AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "AUTH_KEY_DUPLICATED", "forgotten"])
async def test_logout_forgets_a_session_that_has_ended(at: Desk, error: str) -> None:
    """A session that Telegram accepts no longer is forgotten like any other."""
    if error == "forgotten":
        at.telegram.forget_keys()
    else:
        at.telegram.revoke(at.account, error)
    assert await log_out(at.settings)
    assert not session_file(at.settings).path.exists()


async def test_a_logout_that_does_not_reach_telegram_keeps_the_session(at: Desk) -> None:
    """Without a connection nothing is forgotten: the session would live on at Telegram, and nobody could end it."""
    at.telegram.refuse = True
    with pytest.raises(TelegramUnreachable):
        await log_out(at.settings)
    assert session_file(at.settings).load() is not None


# --- sessions that end while channels are read ------------------------------------------------------------------------


async def until_it_ends(at: Desk, happens: Callable[[], None]) -> str:
    """Read, let something happen that ends the session, and say how the reading ended."""
    task = asyncio.create_task(read(Order(settings=at.settings, database=at.database)))
    try:
        await at.telegram.until_listening(at.account)
        happens()
        at.telegram.drop_connections()
        with pytest.raises(NotLoggedIn) as ended:
            async with asyncio.timeout(PATIENCE):
                await task
        return str(ended.value)
    finally:
        task.cancel()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("AUTH_KEY_UNREGISTERED", "expired or was ended in another app"),
        ("SESSION_REVOKED", "expired or was ended in another app"),
        ("SESSION_EXPIRED", "expired or was ended in another app"),
        ("USER_DEACTIVATED_BAN", "deactivated the account"),
        ("AUTH_KEY_DUPLICATED", "used in two places at once"),
        ("forgotten", "expired or was ended in another app"),
    ],
)
async def test_nobody_connects_with_a_session_that_has_ended(at: Desk, error: str, says: str) -> None:
    """A session that is revoked, expired or used twice, or whose key is forgotten: what has happened and what to do."""
    if error == "forgotten":
        at.telegram.forget_keys()
    else:
        at.telegram.revoke(at.account, error)
    with pytest.raises(NotLoggedIn, match=f"{says}.*; log in with: svodka login$"):
        async with connected(at.settings, pace=Pace(0)):
            pass
    assert session_file(at.settings).load() is not None


@pytest.mark.parametrize("error", ["SESSION_REVOKED", "AUTH_KEY_DUPLICATED"])
async def test_reading_ends_with_a_session_that_ends(whole: Desk, error: str) -> None:
    """A session that ends while channels are read ends the reading with what to do, and leaves the account free."""
    told = await until_it_ends(whole, lambda: whole.telegram.revoke(whole.account, error))
    assert told.endswith("log in with: svodka login")
    assert not await is_held(whole)


async def test_reading_notices_a_revoked_session_without_a_new_connection(whole: Desk) -> None:
    """The next request on a connection that stays open is enough to notice."""
    channel = whole.telegram.add_channel("Лаборатория", "lab_notes")
    task = asyncio.create_task(read(Order(settings=whole.settings, database=whole.database)))
    await whole.telegram.until_listening(whole.account)
    whole.telegram.revoke(whole.account)
    await whole.follow(f"@{channel.username}")
    with pytest.raises(NotLoggedIn, match="svodka login"):
        async with asyncio.timeout(PATIENCE):
            await task


async def test_nothing_is_read_without_a_login(whole: Desk) -> None:
    """Without a session reading ends at once, with what to do."""
    out = logged_out(whole)
    with pytest.raises(NotLoggedIn, match="no account is logged in; log in with: svodka login"):
        await read(Order(settings=out.settings, database=out.database))
    assert out.telegram.requests == []


# --- one process per account ------------------------------------------------------------------------------------------


async def is_held(at: Desk) -> bool:
    async with at.database.begin() as session:
        owner = await accounts.ensure(session)
        return await accounts.is_held(session, owner.id)


async def test_an_account_is_held_once(whole: Desk) -> None:
    """Who comes second is refused, with what to stop; once the first has ended, the second may."""
    async with hold(whole.database):
        assert await is_held(whole)
        with pytest.raises(AccountBusy, match="svodka ingest.*stop it first"):
            async with hold(whole.database):
                pass
        with pytest.raises(AccountBusy):
            await whole.read_once()
    assert not await is_held(whole)
    await whole.read_once()


async def test_two_accounts_do_not_meet(whole: Desk) -> None:
    """Another account of the same database is another lock."""
    async with hold(whole.database), hold(whole.database, "second") as other:
        assert other.account.name == "second"


async def test_the_ingester_of_another_process_is_respected_until_it_is_killed(whole: Desk) -> None:
    """While one runs, a second one is refused with exit 1; killed -9, it leaves the account free."""
    first = await start(whole, "ingest")
    try:
        await eventually(lambda: is_held(whole))
        second = await svodka(whole, "ingest")
        assert second.code == 1, second
        assert second.error.splitlines()[-1].startswith("svodka: another process speaks for the account already")
        assert "Traceback" not in second.error
        assert first.returncode is None
        assert keys_in(whole) == 1
    finally:
        stop(first)
    await first.wait()

    async def free() -> bool:
        return not await is_held(whole)

    await eventually(free)
    await whole.read_once()


# --- the command ------------------------------------------------------------------------------------------------------


async def test_the_commands_log_in_and_out(whole: Desk) -> None:
    """`svodka login --phone` and `logout` say who it is, exit 0, and print nothing secret, even at level debug."""
    out = logged_out(whole)
    out.account.password = PASSWORD
    loud = {"SVODKA_LOG_LEVEL": "debug"}
    first = await svodka(out, "login", "--phone", PHONE, typed=f"1\n{CODE}\n{PASSWORD}\n", **loud)
    assert first.code == 0, first
    assert first.out.lstrip() == "logged in as Ada; choose what to read with: svodka channels add @name\n"
    assert "That was wrong; the code" in first.error
    session = session_file(out.settings).load()
    assert session
    async with out.database.begin() as opened:
        assert (await accounts.ensure(opened)).tg_id == out.account.id
    ended = await svodka(out, "logout", **loud)
    assert (ended.code, ended.out) == (0, "logged out: the session is ended\n")
    async with out.database.begin() as opened:
        # Whether the next login is somebody else's, for whom channels have other hashes, has to be known.
        assert (await accounts.ensure(opened)).tg_id == out.account.id
    for ran in (first, ended):
        for secret in (session, CODE, PASSWORD, PHONE.removeprefix("+")):
            assert secret not in ran.out + ran.error


async def test_a_command_without_a_login_ends_as_one_sentence(whole: Desk) -> None:
    """`channels add` without a session exits 1, says what to do, and notes nothing."""
    out = logged_out(whole)
    told = await svodka(out, "channels", "add", "@lab_notes")
    assert (told.code, told.error) == (1, "svodka: no account is logged in; log in with: svodka login\n")
    assert await out.follows() == []


async def test_ctrl_c_stops_a_login_that_waits_for_the_code(whole: Desk) -> None:
    """Somebody who has no code stops the login with Ctrl-C alone, without having to press Enter as well."""
    out = logged_out(whole)
    process = await start(out, "login", "--phone", PHONE)
    try:
        await out.telegram.until(lambda: bool(out.telegram.codes))
        assert process.stderr is not None
        await process.stderr.readuntil(b"you:")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 130
    finally:
        stop(process)


# --- nothing secret is logged -----------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, at the level of the most detail."""
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        log.configure(level="debug", json=True)
    yield stream
    logs.as_ever()
    logging.basicConfig(force=True)


async def test_no_log_line_tells_a_secret(whole: Desk, lines: io.StringIO) -> None:
    """At level debug, through logins right and wrong, reading, floods, faults, edits and a revoked session, no line holds
    the session, the phone number, the code, a password, the api hash or a text of a post or a title.
    """
    out = logged_out(whole)
    out.account.password = PASSWORD
    out.settings = out.settings.model_copy(
        update={"telegram_api_hash": SecretStr("0123fedc4567ba98"), "secret_key": SecretStr("не для чужих глаз")}
    )
    with pytest.raises(LoginError):
        await by_phone(out, Typist(codes=["1", "2", "3"]))
    await by_phone(out, Typist(codes=[CODE], passwords=[PASSWORD]))
    session = session_file(out.settings).load()
    assert session
    channel = out.telegram.add_channel("Секретное название", "lab_notes")
    other = out.telegram.add_channel("Секретное название", "other_notes")
    invited = out.telegram.add_channel("Секретное название", invite="SecretInvite1234")
    channel.post("секретный текст")
    out.telegram.undecodable(channel, 3)
    await out.follow("@lab_notes", "@other_notes", f"+{invited.invite}", "+UnknownInvite123", "folder:Нет", days=3)
    out.telegram.fail("messages.getHistory", 400, "WEIRD", channel=other)
    await out.read_once()
    async with out.reading():
        for _ in range(4):
            channel.post("секретный текст")
        await out.telegram.flushed()
        channel.edit(1, "секретный текст иначе")
        channel.post("секретный текст")
        await eventually(lambda: _holds(out, "SELECT FROM posts HAVING count(*) >= 4"))
        out.telegram.flood("messages.getHistory", 50, channel=channel)
        out.account.ban(other)
        out.telegram.drop_connections()
        await eventually(lambda: _holds(out, "SELECT FROM follows WHERE reason LIKE '%messages.getHistory'"))
    await until_it_ends(out, lambda: out.telegram.revoke(out.account))
    told = lines.getvalue()
    assert "flood wait" in told
    assert "fault" in told
    secrets = [
        session,
        session[20:60],
        PHONE.removeprefix("+"),
        CODE,
        PASSWORD,
        "0123fedc4567ba98",
        "не для чужих глаз",
    ]
    for secret in [*secrets, "секрет", "Секрет", "SecretInvite1234", "UnknownInvite123"]:
        assert secret not in told, secret


async def _holds(at: Desk, statement: str) -> bool:
    return bool(await at.rows(statement))


def test_settings_hide_their_secrets() -> None:
    """Settings that are printed or logged by mistake show neither api hash nor secret key."""
    found = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings adds it
        telegram_api_hash="0123fedc4567ba98",  # type: ignore[arg-type]
        secret_key="не для чужих глаз",  # type: ignore[arg-type]
    )
    assert "0123fedc" not in f"{found!r} {found}"
    assert "чужих" not in f"{found!r} {found}"
