"""What the bench of live reading does and times: a fake Telegram in a process of its own, and a database of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import cli
from cli import shell
from cli.bench_runs import ROUNDS, Say, workbench
from core.db.engine import Database
from core.errors import UsageError
from core.settings import Settings
from core.store import accounts as account_store
from core.store import follows as follow_store
from core.types import Follow
from ingest.account import session_file
from ingest.keep import Kept
from ingest.reading import Order, read
from ingest.records import Record
from ingest.yardstick import Counted, counting

CHANNELS = 20
#: Posts a second of the steady stream: far below what either can take, so that none waits for another.
STEADY_RATE = 50
STEADY_SECONDS = 20
PATIENCE = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """Posts a second from the server to a committed row, and to the bare client (medians of ROUNDS); of a steady stream,
    seconds from the post to its row, and to the bare client, at the 95th percentile.
    """

    posts: int
    kept: float
    bare: float
    seconds: float
    bare_seconds: float

    @property
    def rate(self) -> float:
        """Our rate as a share of the bare client's."""
        return self.kept / self.bare


async def run_live(posts: int, say: Say) -> LiveFigures:
    """Send the same number of posts to a bare client and to the ingester, in turn; then a steady stream to each.

    Raises:
        UsageError: the fake Telegram is not there, since this is no checkout of the source.
    """
    async with workbench() as (settings, database, folder), _server(folder) as server:
        aimed = settings.model_copy(
            update={
                "telegram_api_id": 1,
                "telegram_api_hash": Settings(telegram_api_hash="fake").telegram_api_hash,  # type: ignore[arg-type]
                "telegram_server": f"127.0.0.1:{server.told['port']}",
                "telegram_server_key": Path(server.told["key"]),
                "telegram_pace": 0.0,
                "telegram_reread_minutes": 60.0,
            }
        )
        session_file(aimed).save(server.told["session"])
        say(f"following {CHANNELS} channels")
        shell.settle()
        await _follow(aimed, database, [channel["username"] for channel in server.told["channels"]])
        kept, bare = [], []
        for place in range(ROUNDS):
            say(f"round {place + 1} of {ROUNDS}")
            async with counting(aimed, server.told["session"]) as counted:
                bare.append(await _burst(server, counted, posts))
            async with _keeping(aimed, database) as counted:
                kept.append(await _burst(server, counted, posts))
        steady = STEADY_RATE * STEADY_SECONDS
        say(f"{steady} posts, {STEADY_RATE} a second")
        async with counting(aimed, server.told["session"]) as counted:
            bare_seconds = await _steady(server, counted, steady)
        async with _keeping(aimed, database) as counted:
            seconds = await _steady(server, counted, steady)
    return LiveFigures(posts=posts, kept=median(kept), bare=median(bare), seconds=seconds, bare_seconds=bare_seconds)


async def _burst(server: _Server, counted: Counted, posts: int) -> float:
    """Posts a second, from the word to go to the last one's arrival."""
    begun = await server.say(f"burst {posts}")
    await counted.reach(posts, patience=PATIENCE)
    await server.answer()
    return posts / (counted.last - begun)


async def _steady(server: _Server, counted: Counted, posts: int) -> float:
    """Seconds at the 95th percentile."""
    await server.say(f"steady {posts} {STEADY_RATE}")
    await counted.reach(posts, patience=PATIENCE)
    await server.answer()
    return quantiles(counted.seconds, n=20)[-1]


async def _follow(settings: Settings, database: Database, usernames: Sequence[str]) -> None:
    async with database.begin() as session:
        owner = await account_store.ensure(session)
        for name in usernames:
            await follow_store.add(session, owner.id, f"@{name}", backfill_since=None, now=datetime.now(UTC))
    await read(Order(settings=settings, database=database, chosen=lambda _: True))


@asynccontextmanager
async def _keeping(settings: Settings, database: Database) -> AsyncIterator[Counted]:
    """The ingester as it runs, listening and caught up, for the duration of the block; posts count once committed."""
    counted = Counted()

    def committed(_follow: Follow, _kept: Kept, records: Sequence[Record]) -> None:
        for record in records:
            counted.take(record.get("message", ""))

    begun = datetime.now(UTC)
    task = asyncio.create_task(read(Order(settings=settings, database=database, committed=committed)))
    try:
        async with asyncio.timeout(PATIENCE):
            while not await _caught_up(database, begun):  # noqa: ASYNC110  rows are looked at
                await asyncio.sleep(0.05)
        yield counted
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _caught_up(database: Database, begun: datetime) -> bool:
    async with database.begin() as session:
        owner = await account_store.ensure(session)
        follows = await follow_store.of_account(session, owner.id)
    return all(follow.read_at is not None and follow.read_at >= begun for follow in follows)


class _Server:
    """The fake Telegram, steered by lines on its standard input."""

    def __init__(self, process: asyncio.subprocess.Process, told: dict[str, Any]) -> None:
        self._process = process
        self.told = told

    async def say(self, line: str) -> float:
        """Give an order; when it was given, by `time.perf_counter`."""
        assert self._process.stdin is not None
        begun = time.perf_counter()
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()
        return begun

    async def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(await self._process.stdout.readline()))


@asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[_Server]:
    root = Path(cli.__file__).parents[1]
    if not (root / "tests" / "fakes" / "telegram").is_dir():
        raise UsageError("this bench needs the fake Telegram of the tests: run it from a checkout of the source")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.telegram", "--bench", "0", "--channels", str(CHANNELS), "--dir",
        str(folder / "telegram"),
        cwd=root, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield _Server(process, json.loads(await process.stdout.readline()))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
