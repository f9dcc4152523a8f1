"""Senders that are killed at random moments, while Telegram loses answers and asks to wait: nobody is without a message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.db.engine import Database
from core.store import outbox, readers, yardstick
from tests.fakes.botapi.remote import Remote, started
from tests.flow import mail

#: `make chaos` kills more often. A run is repeated, as far as processes allow it, with the seed that it prints.
KILLS = int(os.environ.get("SVODKA_CHAOS_KILLS", "8"))
SEED = int(os.environ.get("SVODKA_CHAOS_SEED", secrets.randbelow(10_000)))
READERS, SENDERS, CONCURRENCY = 500, 2, 8
FIRST_USER = 1_000_000
#: Seconds after which what a test waits for is taken not to come.
PATIENCE = 120 + 5 * KILLS
LOOK = 0.01


@dataclass
class Senders:
    """Senders at work, by the numbers of their processes, and what forks them."""

    nursery: asyncio.subprocess.Process
    dice: random.Random
    at_work: list[int] = field(default_factory=list)

    async def begin(self) -> None:
        """Have another one begin."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(b"1")
        self.at_work.append(int(await self.nursery.stdout.readline()))

    async def kill(self) -> None:
        """Kill one of them, whatever it is doing; another takes its place."""
        victim = self.at_work.pop(self.dice.randrange(len(self.at_work)))
        os.kill(victim, signal.SIGKILL)  # ProcessLookupError: it has died of itself, which it should not

        async def is_gone() -> bool:
            return not _lives(victim)

        await poll_until(is_gone)
        await self.begin()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def senders(database: Database, server: str, dice: random.Random) -> AsyncIterator[Senders]:
    nursery = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.sender", "--database", database.url, "--server", server,
        "--concurrency", str(CONCURRENCY), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    made = Senders(nursery, dice)
    try:
        yield made
    finally:
        for process in made.at_work:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        nursery.kill()
        await nursery.wait()


@asynccontextmanager
async def telegram(log: Path, seed: int) -> AsyncIterator[Remote]:
    """A Bot API that is a little slow, loses answers and asks to wait now and then."""
    process, url = await started(
        "--lenient", "--log", str(log), "--users", str(READERS), "--first-user", str(FIRST_USER),
        "--fault", f"dropped_answer,probability=0.03,method=sendmessage,seed={seed}",
        "--fault", f"flood,probability=0.002,method=sendmessage,seconds=1,seed={seed}",
        "--fault", "slow,method=sendmessage,seconds=0.02",
        python=sys.executable,
    )  # fmt: skip
    try:
        async with Remote(url) as remote:
            yield remote
    finally:
        process.kill()
        await process.wait()


async def due(database: Database, dice: random.Random) -> dict[int, list[str]]:
    """Digests of one to three messages for everybody; chat → what is to arrive there."""
    now = datetime.now(UTC)
    async with database.begin() as session:
        await yardstick.crowd(session, READERS, 1, due_at=now)
        many = await readers.page(session, after=0, limit=READERS)
        told = {one.chat_id: [f"{one.chat_id} {part}" for part in range(dice.randint(1, 3))] for one in many}
        await outbox.put(session, [mail.digest(one, *told[one.chat_id]) for one in many], urgent=False, now=now)
    assert min(told) == FIRST_USER
    return told


async def arrived(remote: Remote) -> int:
    return int((await remote.counters())["total"])


async def poll_until(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110  other processes are looked at
            await asyncio.sleep(LOOK)


async def kill_at_random(at: Senders, remote: Remote, total: int) -> None:
    """Kill again and again, each time when a random number of messages more has arrived."""
    share = total * 0.9 / KILLS
    for count in range(KILLS):
        reached = share * (count + at.dice.random())

        async def is_reached(reached: float = reached) -> bool:
            return await arrived(remote) >= reached

        await poll_until(is_reached)
        await at.kill()


async def rows(database: Database) -> dict[str, Any]:
    async with database.begin() as session:
        return await mail.rows(session)


@pytest.mark.slow
async def test_nobody_is_without_a_message_whoever_is_killed(database: Database, tmp_path: Path) -> None:
    """Every message of every digest arrives, in order, nobody gets another's, and no more are doubled than were in flight
    when a process was killed or had their answers lost; each of these says so in its row.
    """
    print(f"seed {SEED}, kills {KILLS}")  # noqa: T201 (shown when it fails)
    dice = random.Random(SEED)
    log = tmp_path / "arrived.jsonl"
    async with telegram(log, SEED) as remote, senders(database, remote.url, dice) as at:
        expected = await due(database, dice)
        for _ in range(SENDERS):
            await at.begin()
        await kill_at_random(at, remote, sum(map(len, expected.values())))

        async def is_done() -> bool:
            states = {row.state for row in (await rows(database)).values()}
            return not states & {"pending", "claimed", "sending"}

        await poll_until(is_done)
        dropped = (await remote.counters())["answers_dropped"]
    got: dict[int, list[str]] = defaultdict(list)
    for line in log.read_text("utf-8").splitlines():
        message = json.loads(line)
        got[message["chat_id"]].append(message["text"])
    assert {chat: list(dict.fromkeys(texts)) for chat, texts in got.items()} == expected
    doubled = sum(len(texts) - len(set(texts)) for texts in got.values())
    print(f"doubled {doubled}, answers lost {dropped}")  # noqa: T201 (as above)
    assert doubled <= KILLS * CONCURRENCY + dropped
    doubts = {words for words, row in (await rows(database)).items() if row.doubt}
    assert {words for texts in got.values() for words in texts if texts.count(words) > 1} <= doubts
