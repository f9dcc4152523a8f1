"""/stats and /errors: how it goes, in figures and as a picture, and what went wrong."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Bold, Text, as_list

from bot import chart, screens
from bot.known import Clock
from bot.pages import stats as pages
from bot.rights import IsAdmin
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.db.engine import Database
from core.readers import Reader
from core.settings import Settings
from core.store import archive, deliveries, readers, shelf, stats, troubles
from core.store.troubles import Trouble

#: Days of the chart, and troubles that are listed.
DAYS, MOST_TROUBLES = timedelta(days=13), 15
_PLACE_UNITS, _ERROR_UNITS = 30, 210


def router() -> Router:
    """Figures for admins."""
    built = Router(name="stats")
    built.message.filter(F.chat.type == ChatType.PRIVATE, F.forward_origin.is_(None))
    built.message.register(figures, Command("stats"), IsAdmin())
    built.message.register(errors, Command("errors"), IsAdmin())
    return built


async def figures(
    message: Message, say: Say, database: Database, settings: Settings, reader: Reader | None, clock: Clock
) -> None:
    """Send the figures, and the last two weeks as a picture, unless nothing has happened in them."""
    now = clock()
    tz = reader.tz if reader else settings.timezone
    first = datetime.combine((now.astimezone(ZoneInfo(tz)) - DAYS).date(), time.min, tzinfo=ZoneInfo(tz))
    async with database.begin() as session:
        days = await stats.days(session, since=first, until=now, tz=tz)
        totals = await stats.totals(session)
        extent = await archive.extent(session)
        people = await readers.counts(session)
        messages = await deliveries.counts(session, since=now - timedelta(days=7))
        waiting = await shelf.waiting(session)
        oldest = await deliveries.oldest_waiting(session, now=now)
    found = pages.Figures(
        days=days,
        totals=totals,
        extent=extent,
        people=people,
        messages=messages,
        waiting=waiting,
        behind=timedelta(0) if oldest is None else now - oldest,
    )
    text = pages.page(found, say, tz=tz, now=now)
    if not found.received and not found.sent:
        await screens.send(message, Screen(text=text))
        return
    picture = await asyncio.to_thread(chart.png, days, lang=say.lang, **pages.captions(found, say))
    caption, entities = text.render()
    await message.answer_photo(BufferedInputFile(picture, "stats.png"), caption=caption, caption_entities=entities)


async def errors(message: Message, say: Say, database: Database, settings: Settings, reader: Reader | None) -> None:
    """List what went wrong lately, newest first."""
    async with database.begin() as session:
        found = await troubles.recent(session, limit=MOST_TROUBLES)
    tz = ZoneInfo(reader.tz if reader else settings.timezone)
    if not found:
        await screens.send(message, Screen(text=Text(say("Nothing has gone wrong in the last 30 days."))))
        return
    await screens.send(
        message,
        Screen(text=as_list(Bold(say("What went wrong")), *(_trouble(one, tz) for one in found), sep="\n\n")),
    )


def _trouble(trouble: Trouble, tz: ZoneInfo) -> Text:
    return Text(
        f"{trouble.at.astimezone(tz):%d.%m %H:%M} · {cut(trouble.place, _PLACE_UNITS)}\n{cut(clean(trouble.error), _ERROR_UNITS)}"
    )
