"""/stats and /errors: how it goes, in figures and as a picture, and what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message
from aiogram.utils.formatting import Bold, Text, as_list

from bot import chart, screens
from bot.known import Clock
from bot.rights import IsAdmin
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.db.engine import Database
from core.readers import DeliveryCounts, Reader, ReaderState
from core.settings import Settings
from core.store import deliveries, readers, shelf, stats, troubles
from core.store.stats import Day, Totals
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
    """Send the figures, and the last two weeks as a picture."""
    now = clock()
    tz = reader.tz if reader else settings.timezone
    first = datetime.combine((now.astimezone(ZoneInfo(tz)) - DAYS).date(), time.min, tzinfo=ZoneInfo(tz))
    async with database.begin() as session:
        days = await stats.days(session, since=first, until=now, tz=tz)
        totals = await stats.totals(session)
        people = await readers.counts(session)
        messages = await deliveries.counts(session, since=now - timedelta(days=7))
        waiting = await shelf.waiting(session)
        oldest = await deliveries.oldest_waiting(session, now=now)
    behind = timedelta(0) if oldest is None else now - oldest
    text = _page(days, totals, people, messages, say, waiting=waiting, behind=behind)
    picture = await asyncio.to_thread(
        chart.png, days, incoming=say("posts"), outgoing=say("messages sent"), title=say("Two weeks")
    )
    caption, entities = text.render()
    await message.answer_photo(BufferedInputFile(picture, "stats.png"), caption=caption, caption_entities=entities)


def _page(
    days: Sequence[Day],
    totals: Totals,
    people: dict[ReaderState, int],
    messages: DeliveryCounts,
    say: Say,
    *,
    waiting: int,
    behind: timedelta,
) -> Text:
    """Captions have 1,024 units at most: a line a figure."""
    today, spent = days[-1], sum(day.cost for day in days)
    lines = [
        say(
            "Archive: {posts} posts of {channels} channels, {stories} stories",
            posts=totals.posts,
            channels=totals.channels,
            stories=totals.stories,
        ),
        say("Today: {posts} posts, {stories} new stories", posts=today.posts, stories=today.stories),
        say(
            "Readers: {active} active, {paused} paused, {lost} lost",
            active=people.get(ReaderState.ACTIVE, 0),
            paused=people.get(ReaderState.PAUSED, 0),
            lost=people.get(ReaderState.LOST, 0),
        ),
        say("Digests: {today} today, {week} in two weeks", today=today.digests, week=sum(day.digests for day in days)),
        say(
            "Messages of the week: {sent} sent, {pending} waiting, {failed} failed, {unknown} unknown",
            sent=messages.sent,
            pending=messages.pending,
            failed=messages.failed,
            unknown=messages.unknown,
        ),
        say("Thumbs: {opinions}, saved: {saved}", opinions=totals.opinions, saved=totals.saved),
        say("Models: {today} today, {all} in two weeks", today=f"{today.cost:.2f}", all=f"{spent:.2f}"),
    ]
    if waiting:
        lines.append(say.many("{n} story is being prepared", "{n} stories are being prepared", waiting))
    if behind > timedelta(minutes=1):
        minutes = int(behind.total_seconds() // 60)
        lines.append(say.many("Sending is {n} minute behind", "Sending is {n} minutes behind", minutes))
    return as_list(Bold(say("How it goes")), *lines)


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
