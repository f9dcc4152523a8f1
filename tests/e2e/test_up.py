"""`svodka up` with an account and a token: a post of a channel comes to a reader as an answer and as a digest, by one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.db.engine import Database
from tests.e2e.test_bot import Running
from tests.e2e.test_telegram import start
from tests.fakes.botapi import FakeBotApi
from tests.flow.telegram import Desk, desk, eventually

POST = (
    "Лаборатория «Медный кот» открыла веса модели Torvex-9B.\n"
    "Модель Torvex-9B обучена на 4 трлн токенов, лицензия Apache 2.0 разрешает коммерческое использование."
)


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


@pytest.mark.long
async def test_everything_in_one_process(at: Desk, database_url: str) -> None:
    """The ingester reads the post, the summarizer makes a story of it, and the bot answers from it and sends it."""
    channel = at.telegram.add_channel("Тихая сова", "owl_test")
    at.account.join(channel)
    await at.follow_all([channel])
    async with FakeBotApi() as api:
        process = await start(at, database_url, "up", bot_token=api.token, bot_server=api.url, bot_admins="77")
        running = Running(process)
        try:
            await running.until_said("running summarizer, ingester, bot")
            await at.telegram.until_listening(at.account)
            channel.post(POST)
            await eventually(lambda: at.rows("SELECT 1 FROM shelf LIMIT 1"))
            ada = api.user("Ада", language_code="ru")
            ada.say("сколько токенов у Torvex-9B?")
            await ada.wait_for("4 трлн токенов")
            ada.say("/digest сегодня")
            digest = await ada.wait_for("Дайджест")
            assert "Torvex-9B" in digest.words
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()
    assert process.returncode == 0
