"""An archive that reads from the fake Telegram, and what the two hold, in a form that can be compared."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from telethon.tl import types

from core.db.engine import Database
from core.settings import Settings
from core.store import accounts, follows
from core.types import Follow, FollowState
from ingest.account import session_file
from ingest.reading import Order, read
from tests.fakes.telegram import Account, Channel, FakeTelegram

#: Seconds after which what a test waits for is taken not to come.
PATIENCE = 180


async def eventually(holds: Callable[[], Awaitable[object]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110  rows are looked at
            await asyncio.sleep(0.02)


@dataclass(slots=True, kw_only=True)
class Desk:
    """One archive, one account of the fake Telegram, and the reader between them."""

    telegram: FakeTelegram
    account: Account
    database: Database
    settings: Settings
    _names: itertools.count[int] = field(default_factory=itertools.count)

    async def follow(self, *asked: str, days: int | None = None) -> list[int]:
        """Ask for channels by what an operator would type, with so many days of history; the follows' numbers."""
        now = datetime.now(UTC)
        since = None if days is None else now - timedelta(days=days)
        async with self.database.begin() as session:
            owner = await accounts.ensure(session)
            return [(await follows.add(session, owner.id, name, backfill_since=since, now=now))[0] for name in asked]

    async def follow_all(self, channels: list[Channel], *, days: int | None = None) -> None:
        """Follow public channels, and read them once, so that everything that comes from now on is news."""
        await self.follow(*(f"@{channel.username}" for channel in channels), days=days)
        await self.read_once()

    async def read_once(self) -> None:
        """Read until nothing is left to do."""
        async with asyncio.timeout(PATIENCE):
            await read(Order(settings=self.settings, database=self.database, chosen=lambda _: True))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Read and listen for the duration of the block, which begins when everything has been read once."""
        task = asyncio.create_task(read(Order(settings=self.settings, database=self.database)))
        try:
            begun = datetime.now(UTC)

            async def caught_up() -> bool:
                if task.done():
                    task.result()
                # The list is as fresh as the look at the clock: who is read has been read since the block began.
                free = [follow for follow in await self.follows() if follow.wait_until is None]
                return not any(follow.state is FollowState.WANTED for follow in free) and all(
                    follow.read_at is not None and follow.read_at >= begun for follow in free if follow.state.is_read
                )

            await eventually(caught_up)
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def follows(self) -> list[Follow]:
        async with self.database.begin() as session:
            owner = await accounts.ensure(session)
            return await follows.of_account(session, owner.id)

    async def the_follow(self) -> Follow:
        (only,) = await self.follows()
        return only

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows of a statement, for looking at the archive."""
        async with self.database.begin() as session:
            return list((await session.execute(text(statement), values)).all())

    async def change(self, statement: str, **values: Any) -> None:
        """Change the archive behind the reader's back."""
        async with self.database.begin() as session:
            await session.execute(text(statement), values)

    async def kept(self, channel: Channel) -> dict[int, tuple[str, list[int]]]:
        """Posts of a channel that are there: number of the first message → text, numbers of an album's other parts."""
        rows = await self.rows(
            """
            SELECT p.message_id, p.text, p.album_ids FROM posts p JOIN channels c ON c.id = p.channel_id
            WHERE c.tg_id = :number AND p.deleted_at IS NULL ORDER BY p.message_id
            """,
            number=channel.id,
        )
        return {row.message_id: (row.text, row.album_ids) for row in rows}

    async def agrees(self, *channels: Channel) -> bool:
        """Whether the archive holds exactly what the channels show."""
        return all([await self.kept(channel) == shown(channel) for channel in channels])


def photo(number: int = 1) -> types.MessageMediaPhoto:
    """A picture, as a message carries it."""
    kept = types.Photo(number, 1, b"reference", datetime(2026, 9, 1, tzinfo=UTC), [types.PhotoSize("m", 9, 9, 99)], 2)
    return types.MessageMediaPhoto(photo=kept)


def album(channel: Channel, *captions: str) -> list[types.Message]:
    """Post an album of pictures."""
    return channel.post_album(list(captions), media=[photo(number) for number, _ in enumerate(captions, start=1)])


def shown(channel: Channel, *, above: int = 0) -> dict[int, tuple[str, list[int]]]:
    """What a channel of the fake shows, as `Desk.kept` tells it; service messages are no posts."""
    groups: dict[object, list[Any]] = {}
    for number, message in sorted(channel.messages.items()):
        if type(message).__name__ == "Message" and number > above:
            groups.setdefault(message.grouped_id or ("alone", number), []).append(message)
    return {
        parts[0].id: ("\n\n".join(part.message for part in parts if part.message), [part.id for part in parts[1:]])
        for parts in groups.values()
    }


@asynccontextmanager
async def desk(database: Database, folder: Path, **changed: Any) -> AsyncIterator[Desk]:
    """A fake Telegram with an account that is logged in, and an archive that reads from it without any pace."""
    async with FakeTelegram.running() as telegram:
        account = telegram.add_account()
        key = folder / "server-key.pem"
        key.write_text(telegram.public_key, "ascii")
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings adds it
            data_dir=folder,
            telegram_api_id=1,
            telegram_api_hash="fake",  # type: ignore[arg-type]
            telegram_server=f"{telegram.host}:{telegram.port}",
            telegram_server_key=key,
            **{"telegram_pace": 0, "telegram_reread_minutes": 60, "telegram_flood_wait": 1, **changed},
        )
        session_file(settings).save(telegram.logged_in(account))
        yield Desk(telegram=telegram, account=account, database=database, settings=settings)
