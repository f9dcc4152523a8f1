"""A benchmark's Telegram, steered by lines on standard input: bursts as fast as the sockets take them, or a steady rate."""

import asyncio
import json
import random
import sys
import time
from itertools import count, cycle
from pathlib import Path

from tests.fakes.telegram import posts
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Channel

PREPARED = 200
"""Texts that are written before the clock runs."""

AT_ONCE = 100
"""Posts between two looks at the sockets."""

MOST_QUEUED = 2000


class Bench:
    """Posts to its channels in turn."""

    def __init__(self, server: FakeTelegram, channels: list[Channel]) -> None:
        self._server = server
        self._channels = cycle(channels)
        dice = random.Random(7)
        self._texts = [posts.write(dice, language, sentences=6) for language in ("ru", "en") for _ in range(PREPARED)]
        self._number = count(1)

    async def burst(self, posts_wanted: int) -> float:
        """Posts them all; the seconds until the last is written to the sockets."""
        start = time.perf_counter()
        for number in range(posts_wanted):
            self._post("")
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
                if self._server.queued > MOST_QUEUED:
                    await self._server.flushed()
        await self._server.flushed()
        return time.perf_counter() - start

    async def steady(self, posts_wanted: int, rate: float) -> float:
        """Posts at this rate, each with the time it was sent at; the seconds it took."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(posts_wanted):
            await asyncio.sleep(max(start + number / rate - loop.time(), 0))
            self._post(f"sent={time.time_ns()} ")
        await self._server.flushed()
        return loop.time() - start

    def _post(self, prefix: str) -> None:
        """No two posts are alike, and entities stand where their words are."""
        number = next(self._number)
        text = self._texts[number % len(self._texts)]
        entities = text.entities if not prefix else None
        next(self._channels).post(f"{prefix}{text.text} {number}", entities=entities)


async def run(server: FakeTelegram, key: Path, channels: int, backlog: int) -> None:
    """Prints where it is, then does what it is told until the end of its input."""
    account = server.add_account()
    made = [server.add_channel(f"Bench {number}", f"fake_bench_{number}") for number in range(channels)]
    for channel in made:
        account.join(channel)
    bench = Bench(server, made)
    dice = random.Random(11)
    for channel in made:
        channel.backlog(backlog, text=lambda _: posts.write(dice, "ru", sentences=6).text)
    _say(
        port=server.port,
        key=str(key),
        session=server.logged_in(account),
        channels=[{"id": one.id, "username": one.username, "access_hash": one.access_hash} for one in made],
    )
    lines = await _standard_input()
    while line := (await lines.readline()).decode().split():
        if line[0] == "burst":
            seconds = await bench.burst(int(line[1]))
        elif line[0] == "steady":
            seconds = await bench.steady(int(line[1]), float(line[2]))
        else:
            _say(error=f"unknown command {line[0]}; there are: burst K, steady K RATE")
            continue
        _say(done=int(line[1]), seconds=round(seconds, 6))


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(**answer: object) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 (standard output is how the benchmark is told)
