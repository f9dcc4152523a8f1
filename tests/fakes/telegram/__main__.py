"""
The fake Telegram started by hand: `python -m tests.fakes.telegram` from the project's folder, to try Svodka without an
account, or with --bench to measure it.
"""

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from tests.fakes.telegram import bench
from tests.fakes.telegram.demo import Demo, scan_soon
from tests.fakes.telegram.server import FakeTelegram, Request


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.telegram", description="A Telegram of one's own.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--dir", type=Path, default=Path(".demo/telegram"), help="where server-key.pem goes")
    parser.add_argument("--channels", type=int, default=3, help="how many (default 3)")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two events (default 2)")
    parser.add_argument("--account-phone", default="+70000000001")
    parser.add_argument("--code", default="12345", help="the login code")
    parser.add_argument("--password", help="a two-step password, if the account is to have one")
    parser.add_argument("--scan", action="store_true", help="scan any QR code after three seconds")
    parser.add_argument("--quiet", action="store_true", help="no line per event")
    parser.add_argument(
        "--bench", type=int, metavar="POSTS", help="posts of backlog in all; commands on standard input"
    )
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> None:
    """Serves until SIGINT or SIGTERM, or in a benchmark until the end of the input."""
    async with FakeTelegram.running(chosen.port) as server:
        key = write_key(server, chosen.dir)
        if chosen.bench is not None:
            work = bench.run(server, key, chosen.channels, chosen.bench // max(chosen.channels, 1))
        else:
            work = play(server, key, chosen)
        task = asyncio.ensure_future(work)
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def play(server: FakeTelegram, key: Path, chosen: argparse.Namespace) -> None:
    say = (lambda _: None) if chosen.quiet else show
    account = server.add_account(chosen.account_phone, chosen.code, chosen.password)
    demo = Demo(server, account, chosen.channels, say)
    server.on_request = lambda request: say(f"  ← {told(request)}")
    if chosen.scan:
        server.on_token = scan_soon(server, account, say)
    show(f"A fake Telegram listens on {server.host}:{server.port}. Set:\n")
    show("SVODKA_TELEGRAM_API_ID=1")
    show("SVODKA_TELEGRAM_API_HASH=fake")
    show(f"SVODKA_TELEGRAM_SERVER={server.host}:{server.port}")
    show(f"SVODKA_TELEGRAM_SERVER_KEY={key}\n")
    show(f"Then: svodka login --phone {account.phone}   (the code is {account.code})")
    show("Channels: " + " ".join(f"@{channel.username}" for channel in demo.channels) + "\n")
    await demo.go_on(chosen.every)


def write_key(server: FakeTelegram, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = (folder / "server-key.pem").resolve()
    path.write_text(server.public_key)
    return path


def told(request: Request) -> str:
    return request.method if request.channel is None else f"{request.method} of {request.channel}"


def show(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (it is a command)


if __name__ == "__main__":
    asyncio.run(main(options()))
