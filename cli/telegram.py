"""`svodka login`, `logout` and `ingest`: the Telegram account that reads for us, and the reading."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from cli import shell
from core.errors import LoginError
from core.settings import Settings
from core.store import accounts as account_store
from core.store import follows as follow_store
from core.types import Follow
from ingest.keep import Kept
from ingest.records import Record


def login_(
    *,
    phone: Annotated[
        str | None, typer.Option(help="log in by a code that Telegram sends to this number, instead of a QR code")
    ] = None,
) -> None:
    """Log in with the Telegram account that reads the channels; once, the session is kept."""
    try:
        with _echo_kept():
            shell.run(_login(phone))
    except (KeyboardInterrupt, shell.Stopped) as stopped:
        # The prompt's thread still waits for a line, and the interpreter could not end without it.
        print("\nsvodka: stopped", file=sys.stderr, flush=True)
        os._exit(143 if isinstance(stopped, shell.Stopped) else 130)


@contextmanager
def _echo_kept() -> Iterator[None]:
    """Leave the terminal as it was: a prompt for a password that is interrupted has switched off what is typed."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


async def _login(phone: str | None) -> None:
    from ingest import account, login

    async with shell.database() as (settings, database), account.hold(database) as holder:
        found = await login.log_in(settings, _AtTerminal(), phone=phone)
        async with database.begin() as session:
            if await account_store.logged_in(session, holder.account.id, tg_id=found.tg_id):
                await follow_store.forget_hashes(session, holder.account.id)
    if found.already:
        print(f"already logged in as {found.name}; svodka logout ends that")
    else:
        print(f"logged in as {found.name}; choose what to read with: svodka channels add @name")


class _AtTerminal:
    """Whoever sits at the terminal; questions go to standard error, so that output can be piped."""

    def show_qr(self, url: str) -> None:
        import segno

        print("In Telegram on your phone: Settings > Devices > Link Desktop Device, and scan this:", file=sys.stderr)
        segno.make(url, error="l", micro=False).terminal(sys.stderr, compact=True, border=2)
        print("waiting (Ctrl-C stops) …", file=sys.stderr, flush=True)

    def ask_code(self, *, again: bool) -> str:
        return self._ask("That was wrong; the code" if again else "The code that Telegram has sent you", hidden=False)

    def ask_password(self, *, again: bool) -> str:
        return self._ask(
            "That was wrong; the password" if again else "Your two-step verification password", hidden=True
        )

    def _ask(self, question: str, *, hidden: bool) -> str:
        try:
            return str(typer.prompt(question, default="", show_default=False, hide_input=hidden, err=True))
        except typer.Abort:
            raise LoginError("nothing was typed: start again") from None


def logout() -> None:
    """End the session, at Telegram too; channels and posts stay."""
    shell.run(_logout())


async def _logout() -> None:
    from ingest import account, login

    async with shell.database() as (settings, database), account.hold(database):
        ended = await login.log_out(settings)
    print("logged out: the session is ended" if ended else "no account is logged in")


def ingest(*, quiet: Annotated[bool, typer.Option("--quiet", help="do not print what arrives")] = False) -> None:
    """Read the channels that are followed, as their posts come, until stopped (Ctrl-C or SIGTERM)."""
    shell.run(_ingest(quiet=quiet))


async def _ingest(*, quiet: bool) -> None:
    from ingest.account import kept_session
    from ingest.line import nobody
    from ingest.reading import Order, read

    async with shell.database() as (settings, database):
        # What has to be mended first is said at once, not after the greeting.
        kept_session(settings)
        async with database.begin() as session:
            owner = await account_store.ensure(session)
            follows = await follow_store.of_account(session, owner.id)
        watched = shell.counted(sum(follow.state.is_read for follow in follows), "channel")
        print(f"svodka: reading {watched}; stop with Ctrl-C", flush=True)
        if not follows:
            print("nothing is followed yet: svodka channels add @name", file=sys.stderr)
        order = Order(settings=settings, database=database, committed=nobody if quiet else _Arrivals(settings))
        shell.settle()
        await shell.until_stopped(read(order))


def reparse_() -> None:
    """Try again the messages that could not be read when they came."""
    raise SystemExit(shell.run(_reparse()))


async def _reparse() -> int:
    from ingest.reparse import reparse

    async with shell.database() as (_, database):
        found = await reparse(database, now=datetime.now(UTC))
    print(f"{shell.counted(found.read, 'message')} read, {len(found.failed)} still not readable")
    for message in found.failed:
        print(f"  channel {message.channel_id}, message {message.message_id}: {message.error}", file=sys.stderr)
    if found.undecoded:
        print(
            f"{shell.counted(found.undecoded, 'message')} could not even be decoded: svodka ingest asks for them again "
            "at its next start",
            file=sys.stderr,
        )
    return int(bool(found.failed))


class _Arrivals:
    """Prints what has become of a channel's messages: numbers, no texts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._console = Console(highlight=False, soft_wrap=True)

    def __call__(self, follow: Follow, kept: Kept, _records: Sequence[Record]) -> None:
        told = [
            f"{count} {word}"
            for count, word in (
                (kept.counts.new, "new"),
                (kept.counts.changed, "changed"),
                (kept.deleted, "deleted"),
                (kept.unread, "not readable"),
            )
            if count
        ]
        if told and follow.channel is not None:
            now = datetime.now(self._settings.tz).strftime("%H:%M:%S")
            self._console.print(f"{now}  {follow.channel.name}: {', '.join(told)}", markup=False)
