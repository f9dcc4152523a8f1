"""
The fake Bot API started by hand: `python -m tests.fakes.botapi --port 8081 --token 1:TEST` from the project's folder. Its
first line is its address, which a bot takes for Telegram's.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any

from tests.fakes.botapi.faults import Fault
from tests.fakes.botapi.server import FakeBotApi


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.botapi", description="A Bot API of one's own.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--token", default="1:TEST", help="the bot's token (default 1:TEST)")
    parser.add_argument("--username", default="svodka_test_bot", help="the bot's name")
    parser.add_argument("--log", type=Path, help="a file that gets a line of JSON for each message delivered")
    parser.add_argument("--lenient", action="store_true", help="do not hold calls against aiogram's models")
    parser.add_argument("--users", type=int, default=0, help="people who have started the bot before")
    parser.add_argument("--first-user", type=int, default=1_000_001, help="the first one's id")
    parser.add_argument("--per-second", type=int, help="messages in all, each second")
    parser.add_argument("--per-chat", type=int, help="messages to one chat, each second")
    parser.add_argument("--per-group-minute", type=int, help="messages to one group, each minute")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[,KEY=VALUE…]",
        help=f"something that goes wrong, with the arguments of Faults.add: {', '.join(Fault)}",
    )
    return parser.parse_args()


def rule(text: str) -> dict[str, Any]:
    """What a --fault says: `dropped_answer,probability=0.01,seed=7`. Without a count it goes on for ever."""
    name, *pairs = text.split(",")
    given: dict[str, Any] = dict(pair.split("=", 1) for pair in pairs)
    numbers = {"times": int, "skip": int, "chat": int, "seed": int, "probability": float, "seconds": float}
    read = {key: numbers.get(key, str)(value) for key, value in given.items()}
    return {"fault": name, "times": None, **read}


async def main(chosen: argparse.Namespace) -> None:
    """Serves until SIGINT or SIGTERM; says at its end what the bot should not have done."""
    api = FakeBotApi(
        token=chosen.token, port=chosen.port, username=chosen.username, lenient=chosen.lenient, log=chosen.log
    )
    api.limit(per_second=chosen.per_second, per_chat=chosen.per_chat, per_group_minute=chosen.per_group_minute)
    for number in range(chosen.users):
        api.user(f"Читатель {number + 1}", user_id=chosen.first_user + number).begin()
    for text in chosen.fault:
        api.faults.add(**rule(text))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with api:
        show(api.url)
        await stop.wait()
        for complaint in api.complaints:
            print(complaint, file=sys.stderr)  # noqa: T201 (it is a command)
        api.complaints.clear()


def show(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (it is a command)


if __name__ == "__main__":
    asyncio.run(main(options()))
