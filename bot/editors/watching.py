"""Shows what becomes of something in the message that tells of it: a channel that is looked up, posts that are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiogram.types import CallbackQuery, Message

from bot.editors import editing
from bot.editors.editing import Act, OneByOne
from bot.screens import Screen
from bot.waiting import Background

#: Seconds between two looks, and how often it is looked.
LOOK, LOOKS = 1.0, 120

#: The screen of what has come to an end; None while it has not.
Look = Callable[[], Awaitable[Screen | None]]


class Watch(Background):
    """Looks again and again, and shows the end of it, unless whoever was shown the message has gone elsewhere in it."""

    def __init__(self, turns: OneByOne, *, look: float = LOOK, looks: int = LOOKS) -> None:
        super().__init__()
        self._turns = turns
        self._look = look
        self._looks = looks
        # What each message shows that is watched, by chat and number.
        self._watched: dict[tuple[int, int], object] = {}

    def watch(self, act: Act, shown: Message | None, look: Look) -> None:
        """Put the screen of `look` in place of what a message shows, once there is one."""
        if shown is not None:
            watched = self._watched[shown.chat.id, shown.message_id] = object()
            self.begin(self._until_there(act, shown, look, watched))

    def leave(self, query: CallbackQuery) -> None:
        """Something else is shown in the message from now on."""
        if query.message is not None:
            self._watched.pop((query.message.chat.id, query.message.message_id), None)

    async def _until_there(self, act: Act, shown: Message, look: Look, watched: object) -> None:
        place = (shown.chat.id, shown.message_id)
        screen = None
        for _ in range(self._looks):
            await asyncio.sleep(self._look)
            if self._watched.get(place) is not watched:
                return
            screen = await look()
            if screen is not None:
                break
        async with self._turns.turn(act.state):
            if self._watched.get(place) is not watched:
                return
            del self._watched[place]
            if screen is not None:
                await editing.replace_with(shown, screen)
