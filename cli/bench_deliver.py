"""What the bench of sending does and times: messages a second of one process, beside aiogram alone, against a Bot API that
takes everything, in a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from cli import shell
from cli.bench_runs import ROUNDS, Say, workbench
from core.db.engine import Database
from core.readers import Body, NewDelivery, Reader
from core.store import outbox, readers, yardstick

if TYPE_CHECKING:
    from bot.app import Client

_STORIES = 10
_SENTENCES = (
    "Новая модель решает задачи на рассуждение лучше прежней и стоит вдвое меньше, пишут авторы; веса и код открыты. "
    "Независимые проверки подтверждают это лишь отчасти: на длинных текстах она теряет нить, а на коротких действительно "
    "впереди. Обещают доучить."
)
#: Readers whose digests are written in one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverFigures:
    """Messages a second of the sender and of aiogram alone (medians of ROUNDS), with so many at a time."""

    messages: int
    concurrency: int
    sent: float
    bare: float

    @property
    def rate(self) -> float:
        """The sender's rate as a share of aiogram's."""
        return self.sent / self.bare


async def run_deliver(messages: int, concurrency: int, say: Say) -> DeliverFigures:
    """Send the same messages barely and as digests are sent, in turn, so that a slow moment of the machine hits both."""
    from bot import app

    async with workbench() as (settings, database, _), _server() as server:
        aimed = settings.model_copy(update={"bot_token": SecretStr("1:BENCH"), "bot_server": server})
        async with app.telegram(aimed) as bot:
            say(f"{messages} readers")
            crowd = await _crowd(database, messages)
            shell.settle()
            sent, bare = [], []
            for place in range(ROUNDS):
                say(f"round {place + 1} of {ROUNDS}")
                await _write(database, crowd)
                bare.append(messages / await _bare(bot, crowd, concurrency))
                sent.append(messages / await _sent(database, bot, messages, concurrency))
    return DeliverFigures(messages=messages, concurrency=concurrency, sent=median(sent), bare=median(bare))


async def _bare(bot: Client, crowd: Sequence[Reader], concurrency: int) -> float:
    from bot.yardstick import send_barely

    messages = [(one.chat_id, _body(one)) for one in crowd]
    begun = time.perf_counter()
    await send_barely(bot, messages, concurrency=concurrency)
    return time.perf_counter() - begun


async def _sent(database: Database, bot: Client, messages: int, concurrency: int) -> float:
    from bot import send

    begun = time.perf_counter()
    counts = await send.send_waiting(database, bot, rate=0, concurrency=concurrency, clock=_now)
    if counts != send.Counts(sent=messages):
        raise AssertionError(f"of {messages} messages: {counts}")
    return time.perf_counter() - begun


async def _crowd(database: Database, count: int) -> list[Reader]:
    async with database.begin() as session:
        await yardstick.crowd(session, count, 1, due_at=_now())
        return await readers.page(session, after=0, limit=count)


async def _write(database: Database, crowd: Sequence[Reader]) -> None:
    """A digest of one message for everybody, as one that was asked for, so that there can be many of a day."""
    now = _now()
    for begins in range(0, len(crowd), _BATCH):
        batch = [
            NewDelivery(
                reader_id=one.id,
                chat_id=one.chat_id,
                thread_id=None,
                period=None,
                since=now - timedelta(days=1),
                until=now,
                lang=one.lang,
                stories=(),
                bodies=(_body(one),),
            )
            for one in crowd[begins : begins + _BATCH]
        ]
        async with database.begin() as session:
            await outbox.put(session, batch, urgent=False, now=now)


def _body(reader: Reader) -> Body:
    """A message as the first of a digest of the sample feed is: ten stories, 3,800 characters, 70 marks, two rows of buttons."""
    lines = (
        "Компания выложила модель и рассказала, как её учила",
        _SENTENCES,
        "Канал → Другой канал и ещё 2 копии · Третий",
    )
    story = "\n".join(lines) + " · 14–15 сентября\n\n"
    marks: list[dict[str, Any]] = []
    for place in range(_STORIES):
        begins = place * len(story)
        source = begins + story.rindex("\n", 0, -2) + 1
        marks.append({"type": "bold", "offset": begins, "length": len(lines[0])})
        marks += [
            {"type": "text_link", "offset": at, "length": 5, "url": f"https://t.me/kanal/{reader.id}{place}"}
            for at in (begins, begins + 80, begins + 200, source, source + 8, source + 30)
        ]
    row = [{"text": str(place + 1), "callback_data": f"s:{reader.id}:{place}"} for place in range(_STORIES // 2)]
    return Body(text=story * _STORIES, marks=tuple(marks), buttons=(tuple(row), tuple(row)))


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    """The address of the Bot API that takes everything."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.bench_echo", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
