"""The ingester as people run it, in a process of its own that is killed, on a connection that is cut, against the fake."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.db.engine import Database
from tests.fakes.telegram import Channel
from tests.flow.telegram import Desk, album, desk, eventually, shown

ROOT = Path(__file__).parents[2]
CHANNELS, POSTS, CUTS, KILLS = 20, 1_000, 20, 5


def environment(at: Desk, database_url: str, **settings: str) -> dict[str, str]:
    """What `svodka` is told: the test's database, the fake Telegram, no pace, re-reads every second, and these settings."""
    left_out = ("SVODKA_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {
        **kept,
        "DATABASE_URL": database_url.replace("postgresql+psycopg://", "postgresql://", 1),
        "SVODKA_DATA_DIR": str(at.settings.data_dir),
        "SVODKA_TELEGRAM_API_ID": "1",
        "SVODKA_TELEGRAM_API_HASH": "fake",
        "SVODKA_TELEGRAM_SERVER": str(at.settings.telegram_server),
        "SVODKA_TELEGRAM_SERVER_KEY": str(at.settings.telegram_server_key),
        "SVODKA_TELEGRAM_PACE": "0",
        "SVODKA_TELEGRAM_REREAD_MINUTES": "0.02",
        "PYTHONIOENCODING": "utf-8",
        **{f"SVODKA_{name.upper()}": value for name, value in settings.items()},
    }


async def start(at: Desk, database_url: str, *words: str, **settings: str) -> asyncio.subprocess.Process:
    """Start `svodka WORDS`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *words, env=environment(at, database_url, **settings), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def ingesting(at: Desk, database_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`svodka ingest` for the duration of the block, listening when it begins; killed, if it is still there at its end."""
    process = await start(at, database_url, "ingest", "--quiet")
    try:
        await at.telegram.until_listening(at.account)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


class Life:
    """Twenty channels in which something happens: posts, albums, forwards, edits, deletions, service messages."""

    def __init__(self, channels: list[Channel], seed: int) -> None:
        self._channels = channels
        self._dice = random.Random(seed)
        self.posts = 0

    def go_on(self) -> None:
        """One thing happens somewhere."""
        dice, channel = self._dice, self._dice.choice(self._channels)
        alive = [number for number, message in channel.messages.items() if getattr(message, "message", None)]
        match dice.choices(["post", "album", "edit", "delete", "service", "count"], [60, 6, 12, 10, 3, 9])[0]:
            case "album":
                captions = [""] * dice.randint(2, 5)
                captions[dice.randrange(len(captions))] = f"альбом {self.posts}"
                album(channel, *captions)
                self.posts += 1
            case "edit" if alive:
                channel.edit(dice.choice(alive), f"правка {dice.random()}")
            case "delete" if alive:
                channel.delete(*dice.sample(alive, min(len(alive), dice.randint(1, 2))))
            case "service":
                channel.service("pinned")
            case "count" if alive:
                channel.count(dice.choice(alive), views=dice.randint(1, 9_999))
            case _:
                channel.post(f"пост {self.posts}: {dice.random()}")
                self.posts += 1


@pytest.mark.long
async def test_nothing_is_lost_through_cuts_and_kills(at: Desk, database_url: str) -> None:
    """1,000 posts in 20 channels, with the connection cut 20 times and the ingester killed 5 times at random moments: afterwards
    the archive holds exactly what the channels show.
    """
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  to be had again when it fails
    dice = random.Random(seed)
    channels = [at.telegram.add_channel(f"Канал {number}", f"chaos_{number}") for number in range(CHANNELS)]
    for channel in channels:
        at.account.join(channel)
    await at.follow_all(channels)
    life = Life(channels, seed)
    cuts = sorted(dice.sample(range(POSTS), CUTS))
    kills = sorted(dice.sample(range(POSTS // 10, POSTS), KILLS))
    while kills:
        async with ingesting(at, database_url) as process:
            while life.posts < kills[0]:
                life.go_on()
                while cuts and life.posts >= cuts[0]:
                    cuts.pop(0)
                    at.telegram.drop_connections()
                await asyncio.sleep(dice.choice([0, 0, 0.001, 0.01]))
            kills.pop(0)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            # Life goes on while nobody listens.
            for _ in range(dice.randint(0, 30)):
                life.go_on()
    async with ingesting(at, database_url) as process:
        while life.posts < POSTS or cuts:
            life.go_on()
            if cuts and life.posts >= cuts[0]:
                cuts.pop(0)
                at.telegram.drop_connections()
        await eventually(lambda: at.agrees(*channels))
        assert all([await at.kept(channel) == shown(channel) for channel in channels])
        process.terminate()
        out, _ = await process.communicate()
        assert (process.returncode, out.decode().splitlines()[-1]) == (0, "svodka: stopped")
    doubled = "SELECT channel_id, message_id FROM posts WHERE message_id > 0 GROUP BY 1, 2 HAVING count(*) > 1"
    assert await at.rows(doubled) == []
