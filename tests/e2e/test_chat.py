"""`svodka chat` as people run it: in processes of its own, on the demo's posts, one chat after the other."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cli import demo, feed
from core.db.engine import Database, open_database
from core.settings import Settings
from core.store import channels as channel_store
from core.store import incoming
from core.store import posts as post_store
from core.types import Channel, ChannelKind, Post
from tests.e2e.test_command import SAMPLE, environment, folder, svodka
from tests.flow.bot.telegram_digests import reading, rows

pytestmark = pytest.mark.slow

NOTICE = "svodka: these are the demo's invented posts, and it is the day on which they end\n"
#: `svodka` with the terminal as its own, so that Ctrl-C there is a signal for it.
PROGRAM = """
import fcntl, termios
from cli.main import main
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
main()
"""
COMMAND = [sys.executable, "-m", "cli.main", "chat"]


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data directory in which the demo has been run."""
    with folder() as directory:
        assert svodka(directory, "demo")[0] == 0
        yield directory


def begin(data_dir: Path, *words: str, **settings: str) -> subprocess.Popen[str]:
    """A chat that waits for lines."""
    return subprocess.Popen(
        [*COMMAND, *words],
        env={**environment(data_dir), **settings},
        cwd=SAMPLE.parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def chat(data_dir: Path, *lines: str, speaking: str = "reader", **settings: str) -> str:
    """A whole chat; what was shown. It ends well, and says nothing beside."""
    process = begin(data_dir, "--as", speaking, **settings)
    shown, error = process.communicate("".join(f"{line}\n" for line in lines), timeout=240)
    assert (process.returncode, error) == (0, NOTICE)
    return shown


def logged(data_dir: Path) -> str:
    file = data_dir / "demo" / "chat.log"
    return file.read_text("utf-8") if file.exists() else ""


async def indexed(data_dir: Path) -> list[str]:
    """Waits until no post of the demo waits for the worker; the texts of those that were forwarded."""
    given = Settings(_env_file=None, data_dir=data_dir)  # type: ignore[call-arg]
    async with open_database(demo.settings_of(given)) as database:
        while await _waiting(database):  # noqa: ASYNC110 - the worker is another process
            await asyncio.sleep(0.2)
        found = await rows(
            database,
            "SELECT text FROM posts WHERE channel_id = (SELECT id FROM channels WHERE name = 'Полынья') ORDER BY id",
        )
        return [row.text for row in found]


async def _waiting(database: Database) -> bool:
    async with database.begin() as session:
        return bool(await post_store.waiting(session))


def test_the_language_of_the_settings(made: Path) -> None:
    """Where the language is English, the console speaks it, too, with whoever has not chosen another."""
    assert "There is no :x." in chat(made, ":x", SVODKA_LANGUAGE="en")


async def test_leaving_while_the_worker_works(made: Path) -> None:
    """Whoever leaves in the midst of work sees nothing of it, nothing died of it, and the next chat takes it up; the same text
    that was forwarded twice is one post.
    """
    news = [
        f":forward Полынья | Полынья выложила веса модели Лёд-{number}, окно {number} тысяч токенов"
        for number in (7, 8)
    ]
    shown = chat(made, *news, news[0], speaking="admin")
    assert shown.count("источник: Полынья") == 3
    assert "Traceback" not in logged(made)
    again = begin(made)
    texts = await indexed(made)
    _, error = again.communicate(timeout=240)
    assert (again.returncode, error) == (0, NOTICE)
    assert [re.findall(r"Лёд-\d", one) for one in texts] == [["Лёд-7"], ["Лёд-8"]]
    assert "worker died" not in logged(made)
    assert "Traceback" not in logged(made)


def test_what_was_done_in_an_earlier_chat(made: Path) -> None:
    """The clock of the demo goes on from one chat to the next: a digest does not tell again what one has told before. It is
    still the day on which the posts end, and on that the posts are new, and so are their stories.
    """
    first = chat(made, "/start", "/digest")
    titles = re.findall(r"^  \d+\. (.+)$", first, re.MULTILINE)
    assert len(titles) > 5
    second = chat(made, "/digest", ":as admin", "/stats")
    assert not [title for title in titles if title in second]
    found = re.search(r"Сегодня: (\d+) пост\D*, (\d+) нов", " ".join(second.split()))
    assert found is not None
    assert int(found[1]) > 50
    assert int(found[2]) > 20


async def test_the_demo_after_a_chat(made: Path) -> None:
    """What a chat was at when it was killed, long after the moment of the sample posts, is taken up by the demo, too."""
    given = Settings(_env_file=None, data_dir=made)  # type: ignore[call-arg]
    async with open_database(demo.settings_of(given)) as database:
        latest = await demo.last_moment(database)
        assert latest is not None
        assert latest > feed.ENDS
        leased = "UPDATE posts SET state = 'lined', lease_until = CAST(:until AS timestamptz) WHERE id < 5 RETURNING id"
        assert await rows(database, leased, until=latest + timedelta(seconds=1))
    assert (await asyncio.to_thread(svodka, made, "demo"))[0] == 0
    assert await indexed(made)


def test_interrupting(made: Path) -> None:
    """Ctrl-C at a terminal leaves, however often it is pressed, with the terminal in order and no traceback."""
    master, slave = pty.openpty()
    given = {**environment(made), "TERM": "xterm"}
    command = [sys.executable, "-c", PROGRAM, "chat"]
    with subprocess.Popen(
        command, env=given, cwd=SAMPLE.parents[1], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as process:
        os.close(slave)
        shown = b""
        while b"?2004h" not in shown:
            shown += os.read(master, 4096)
        os.write(master, b"\x03\x03")
        assert process.wait() == 130
        os.set_blocking(master, False)
        left = os.read(master, 1 << 16).decode()
    os.close(master)
    assert "Traceback" not in left
    assert "\x1b[?2004l" in left


async def test_an_archive_that_others_read(database: Database, database_url: str, made: Path) -> None:
    """An archive with readers at Telegram is not spoken about in a terminal: their digests stay theirs."""
    now = feed.ENDS
    async with database.begin() as session:
        channel = Channel(tg_id=1, name="Полынья", kind=ChannelKind.PUBLIC)
        post = Post(channel=channel, message_id=1, text="Новость", raw={}, date=now)
        number = await channel_store.upsert(session, channel)
        await incoming.upsert(session, [post], channels={channel: number}, now=now)
    await reading(database, 42, since=now, due_at=now)
    process = begin(made, DATABASE_URL=database_url.replace("postgresql+psycopg://", "postgresql://", 1))
    _, error = await asyncio.to_thread(process.communicate, timeout=240)
    assert process.returncode == 1
    assert "1 reader at Telegram" in error
    assert [row.state for row in await rows(database, "SELECT state FROM readers")] == ["active"]
