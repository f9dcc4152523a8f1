"""Tells admins, seldom and shortly, that something has gone wrong: a spent budget, messages that cannot be sent, bugs."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.utils.formatting import Bold, Text, as_list

from bot import screens
from bot.spans import clean, cut
from bot.speech import Catalogues, Say
from core.db.engine import Database
from core.settings import Settings
from core.store import admins, readers, troubles
from core.store.troubles import Trouble

#: Admins are told at most so often, and of so many troubles by name.
PAUSE, SHOWN = timedelta(minutes=30), 3
_ERROR_UNITS = 200


async def tell(settings: Settings, database: Database, bot: Bot, *, catalogues: Catalogues, now: datetime) -> int:
    """Tell every admin who has spoken with the bot of what has gone wrong since the last time; to how many it was told."""
    async with database.begin() as session:
        found = await troubles.take_untold(session, now=now, pause=PAUSE)
        if not found:
            return 0
        numbers = settings.admin_ids | {admin.user_id for admin in await admins.every(session)}
        people = [await readers.of_chat(session, number, thread_id=None) for number in sorted(numbers)]
    told = 0
    for reader in people:
        if reader is None:
            continue
        # Whoever cannot be reached finds it under /errors.
        with contextlib.suppress(TelegramAPIError):
            text = _message(found, Say(catalogues, reader.lang))
            await bot.send_message(reader.chat_id, **screens.settled(text))
            told += 1
    return told


def _message(found: Sequence[Trouble], say: Say) -> Text:
    lines = [Text(f"{one.place}: {cut(clean(one.error), _ERROR_UNITS)}") for one in found[:SHOWN]]
    head = Bold(say.many("{n} thing has gone wrong", "{n} things have gone wrong", len(found)))
    return as_list(head, *lines, say("/errors shows all of them."))
