"""`svodka bot` as people run it, in processes of its own, against the fake Bot API: polling, webhook, delivering, stopping."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from core.db.engine import Database
from core.readers import Reader
from core.store import readers
from tests.fakes.botapi import FakeBotApi, Fault
from tests.flow.bot.telegram_digests import HOUR, numbered, put, reading, rows, told

ROOT = Path(__file__).parents[2]
ADMIN = 500


def environment(database_url: str, data_dir: Path, **settings: str) -> dict[str, str]:
    """What `svodka` is told: the test's database and these settings, and nothing of the caller's."""
    left_out = ("SVODKA_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {
        **kept,
        "DATABASE_URL": database_url.replace("postgresql+psycopg://", "postgresql://", 1),
        "SVODKA_DATA_DIR": str(data_dir),
        "PYTHONIOENCODING": "utf-8",
        **{f"SVODKA_{name.upper()}": value for name, value in settings.items()},
    }


class Running:
    """A process of ours: what it has said so far, and its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def until_said(self, pattern: str) -> re.Match[str]:
        """Waits for a line that fits."""
        assert self.process.stdout is not None
        while (found := re.search(pattern, self.said)) is None:
            line = await self.process.stdout.readline()
            assert line, f"ended without {pattern!r}: {self.said!r}"
            self.said += line.decode()
        return found

    async def stop(self) -> int:
        """Asks it to stop; its exit code."""
        self.process.terminate()
        out, _ = await self.process.communicate()
        self.said += out.decode()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def svodka(
    *words: str, database_url: str, data_dir: Path, token: str = "1:TEST", **settings: str
) -> AsyncIterator[Running]:
    """`svodka WORDS` for the duration of the block; killed, if it is still there at its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *words, cwd=ROOT,
        env=environment(database_url, data_dir, bot_token=token, **settings),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as running:
        yield running


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def stories(database: Database, count: int) -> list[int]:
    """Stories of the last hour."""
    now = datetime.now(UTC)
    numbers = await numbered(database, count, now=now)
    await put(database, *(told(number, at=now - HOUR) for number in numbers), now=now)
    return numbers


async def overdue(database: Database, chat_id: int) -> Reader:
    """A reader whose digest of this hour is due."""
    now = datetime.now(UTC)
    due_at = now.replace(minute=0, second=0, microsecond=0)
    return await reading(database, chat_id, since=now - 24 * HOUR, due_at=due_at, tz="UTC", hour=now.hour)


# --- long polling ----------------------------------------------------------------------------------------------------


async def test_a_day_of_a_bot(api: FakeBotApi, database: Database, database_url: str, tmp_path: Path) -> None:
    """It says who it is and how to become its admin, answers, delivers what is due and what becomes due, and stops cleanly."""
    numbers = await stories(database, 3)
    ada, ivan = api.user("Ада", language_code="ru"), api.user("Иван", language_code="ru")
    ada.begin()
    await overdue(database, ada.id)
    async with svodka("bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url) as bot:
        await bot.until_said(r"this is https://t\.me/svodka_test_bot")
        code = (await bot.until_said(r"send it /admin (\w+) within a day"))[1]
        # What was due when it started.
        digest = await ada.wait_for("Дайджест")
        assert [button for button in digest.buttons if button.isdigit()] == [str(n + 1) for n in range(len(numbers))]
        assert "администратор" in (await ivan.ask(f"/admin {code}")).words
        assert (await ivan.ask("/digest", "Дайджест")).buttons[:3] == ["1", "2", "3"]
        assert (await ivan.ask("/admin")).words.startswith("Кто управляет")
        answer = await ada.press(digest, "1")
        assert answer.text == ""
        assert len(await rows(database, "SELECT FROM deliveries WHERE period IS NOT NULL")) == 1
        assert await bot.stop() == 0
    assert "svodka: stopped" in bot.said.splitlines()
    assert "Traceback" not in bot.said
    assert "Error" not in bot.said
    assert list(api.world.updates.pending) == []


@pytest.mark.long
async def test_what_becomes_due_while_it_runs(
    api: FakeBotApi, database: Database, database_url: str, tmp_path: Path
) -> None:
    """A reader who becomes due is found by the next look, and gets one digest though two processes look."""
    await stories(database, 2)
    people = api.readers(12, language_code="ru")
    options: dict[str, Any] = {"database_url": database_url, "data_dir": tmp_path, "bot_server": api.url}
    async with svodka("bot", **options, bot_admins=str(ADMIN)) as bot, svodka("send", **options) as sender:
        await bot.until_said("this is")
        await sender.until_said("sending")
        await api.until(lambda: api.world.updates.is_polled, "the bot to listen")
        for person in people:
            await overdue(database, person.id)
        for person in people:
            await person.wait_for("Дайджест")
        assert [await bot.stop(), await sender.stop()] == [0, 0]
    assert "no admin" not in bot.said
    assert [len(person.chat.sent) for person in people] == [1] * len(people)
    assert len(await rows(database, "SELECT FROM deliveries")) == len(people)


@pytest.mark.long
async def test_what_is_being_handled_is_finished(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """A question that was taken from Telegram just before the end is still answered."""
    ada = api.user("Ада", language_code="ru")
    api.faults.add(Fault.SLOW, method="sendmessage", seconds=1.0)
    async with svodka(
        "bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url, bot_admins=str(ADMIN)
    ) as bot:
        await bot.until_said("this is")
        ada.say("/privacy")
        await api.until(lambda: api.calls["sendmessage"], "the answer to be sent")
        assert await bot.stop() == 0
    assert len(ada.chat.sent) == 1
    assert "Traceback" not in bot.said


@pytest.mark.long
async def test_updates_that_came_while_it_was_down(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """What was said to the bot in the night is answered in the morning, once."""
    ada = api.user("Ада", language_code="ru")
    ada.say("/help")
    ada.say("/privacy")
    async with svodka(
        "bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url, bot_admins=str(ADMIN)
    ) as bot:
        await ada.wait_for(2)
        assert await bot.stop() == 0
    assert len(ada.chat.sent) == 2


@pytest.mark.long
async def test_what_a_killed_bot_had_in_hand(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """A question that was being answered when the process was killed is answered by the next one."""
    ada = api.user("Ада", language_code="ru")
    api.faults.add(Fault.SLOW, method="sendmessage", seconds=30.0)
    given = {"database_url": database_url, "data_dir": tmp_path, "bot_server": api.url, "bot_admins": str(ADMIN)}
    async with svodka("bot", **given) as bot:
        await bot.until_said("this is")
        ada.say("/privacy")
        await api.until(lambda: api.calls["sendmessage"], "the answer to be sent")
        bot.process.kill()
        await bot.process.wait()
    async with svodka("bot", **given) as bot:
        await ada.wait_for(1)
        assert await bot.stop() == 0


# --- the webhook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "a-secret_OF-ours"])
async def test_a_webhook(api: FakeBotApi, database: Database, database_url: str, tmp_path: Path, secret: str) -> None:
    """Telegram is told the address and a secret; what comes without it is refused, what comes with it is answered."""
    numbers = await stories(database, 1)
    ada = api.user("Ада", language_code="ru")
    port = free_port()
    address = f"http://127.0.0.1:{port}/telegram/hook"
    given = {"bot_webhook_secret": secret} if secret else {}
    async with svodka(
        "bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url, bot_admins=str(ADMIN),
        bot_webhook=address, bot_listen=f"127.0.0.1:{port}", **given,
    ) as bot:  # fmt: skip
        await api.until(lambda: api.webhook.url == address, "the webhook to be set")
        update = {
            "update_id": 1,
            "message": {"message_id": 1, "date": 0, "chat": ada.chat.wire(), "from": ada.wire(), "text": "/help"},
        }
        async with ClientSession() as stranger:
            for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": ""}):
                async with stranger.post(address, json=update, headers=headers) as answer:
                    assert answer.status == 401
            async with stranger.post(f"http://127.0.0.1:{port}/", json=update) as answer:
                assert answer.status == 404
            async with stranger.get(address) as answer:
                assert answer.status == 405
        digest = await ada.ask("/digest", "Дайджест")
        assert digest.buttons == [str(place + 1) for place in range(len(numbers))]
        assert (await ada.press(digest, "1")).text == ""
        opened = await ada.wait_for(lambda message: message.edited)
        assert "👍" in opened.buttons
        assert api.webhook.last_error is None
        assert await bot.stop() == 0
    assert api.webhook.url == address, "what comes while the bot is down waits for it"
    assert "Traceback" not in bot.said


@pytest.mark.long
async def test_polling_after_a_webhook(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """Without the setting, the webhook of earlier days is taken away, and what came since is answered."""
    async with ClientSession() as somebody:
        body = {"url": "http://127.0.0.1:9/gone"}
        async with somebody.post(f"{api.url}/bot{api.token}/setWebhook", json=body) as answer:
            assert answer.status == 200
    ada = api.user("Ада", language_code="ru")
    ada.say("/help")
    async with svodka(
        "bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url, bot_admins=str(ADMIN)
    ) as bot:
        await ada.wait_for(1)
        assert api.webhook.url == ""
        assert await bot.stop() == 0


# --- what is wrong is said in a sentence -----------------------------------------------------------------------------


async def ended(
    database_url: str, tmp_path: Path, *words: str, token: str = "1:TEST", **settings: str
) -> tuple[int, list[str]]:
    """Exit code and output of `svodka WORDS`."""
    running = svodka(*words, database_url=database_url, data_dir=tmp_path, token=token, **settings)
    async with running as process:
        out, _ = await process.process.communicate()
        assert process.process.returncode is not None
        return process.process.returncode, out.decode().splitlines()


@pytest.mark.long
async def test_a_wrong_token(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """One that Telegram does not know ends with one sentence, whoever would have sent with it."""
    for command in ("bot", "send"):
        code, said = await ended(database_url, tmp_path, command, token="2:WRONG", bot_server=api.url)
        assert (code, len(said)) == (1, 1)
        assert said[0].startswith(f"svodka: {api.url} does not know this bot")


@pytest.mark.long
async def test_a_server_that_does_not_answer(database_url: str, tmp_path: Path) -> None:
    """Nobody there: one sentence that names the address."""
    where = f"http://127.0.0.1:{free_port()}"
    code, said = await ended(database_url, tmp_path, "bot", bot_server=where)
    assert (code, len(said)) == (1, 1)
    assert said[0].startswith(f"svodka: no answer from {where}")


@pytest.mark.long
async def test_an_address_that_is_taken(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """Where somebody else listens, no webhook can be served: one sentence, after the greeting."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = await ended(
            database_url, tmp_path, "bot", bot_server=api.url, bot_admins=str(ADMIN),
            bot_webhook=f"http://127.0.0.1:{port}/", bot_listen=f"127.0.0.1:{port}",
        )  # fmt: skip
    assert code == 1
    assert said[-1].startswith(f"svodka: nothing can be served at 127.0.0.1:{port}")
    assert "SVODKA_BOT_LISTEN" in said[-1]
    assert not any("Traceback" in line for line in said)


@pytest.mark.long
async def test_a_webhook_that_telegram_does_not_take(api: FakeBotApi, database_url: str, tmp_path: Path) -> None:
    """A secret with letters that Telegram does not allow: one sentence with its reason."""
    port = free_port()
    code, said = await ended(
        database_url, tmp_path, "bot", bot_server=api.url, bot_admins=str(ADMIN), bot_webhook_secret="не латиница",
        bot_webhook=f"http://127.0.0.1:{port}/", bot_listen=f"127.0.0.1:{port}",
    )  # fmt: skip
    assert code == 1
    assert "SVODKA_BOT_WEBHOOK" in said[-1]
    assert not any("Traceback" in line for line in said)


@pytest.mark.long
async def test_a_code_at_every_start_until_there_is_an_admin(
    api: FakeBotApi, database: Database, database_url: str, tmp_path: Path
) -> None:
    """Each start makes the code before it void; once somebody is an admin, none is made."""
    ada = api.user("Ада", language_code="ru")
    codes = []
    for _ in range(2):
        async with svodka("bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url) as bot:
            codes.append((await bot.until_said(r"/admin (\w+) within"))[1])
            if len(codes) == 2:
                assert "не подходит" in (await ada.ask(f"/admin {codes[0]}")).words
                assert "Теперь вы администратор" in (await ada.ask(f"/admin {codes[1]}")).words
            assert await bot.stop() == 0
    async with svodka("bot", database_url=database_url, data_dir=tmp_path, bot_server=api.url) as bot:
        await bot.until_said("this is")
        await api.until(lambda: api.world.updates.is_polled, "the bot to listen")
        assert await bot.stop() == 0
    assert "/admin" not in bot.said
    async with database.begin() as session:
        assert len(await readers.in_chat(session, ada.id)) == 1
