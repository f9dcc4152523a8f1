"""aiogram's storage of dialogues on Postgres: where somebody is in one outlives the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from core.db.engine import Database
from core.store import conversations


class PostgresStorage(BaseStorage):
    """Keeps state and data in rows, by chat, topic and user."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Go on to another state; None ends the dialogue."""
        name = state.state if isinstance(state, State) else state
        async with self._database.begin() as session:
            _, data = await conversations.get(session, row(key))
            await conversations.put(session, row(key), state=name, data=data, now=self._clock())

    async def get_state(self, key: StorageKey) -> str | None:
        """The state of a dialogue."""
        async with self._database.begin() as session:
            return (await conversations.get(session, row(key)))[0]

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Keep what was said so far."""
        async with self._database.begin() as session:
            state, _ = await conversations.get(session, row(key))
            await conversations.put(session, row(key), state=state, data=data, now=self._clock())

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """What was said so far."""
        async with self._database.begin() as session:
            return (await conversations.get(session, row(key)))[1]

    async def close(self) -> None:
        """Nothing is open between the calls."""


def row(key: StorageKey) -> str:
    """The key of a dialogue's row."""
    return f"{key.chat_id}:{key.user_id}:{key.thread_id or 0}"
