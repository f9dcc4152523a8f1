"""/settings: when, where on the clock, in which language, how long; the same screens for people, groups and channels."""

from __future__ import annotations

from datetime import datetime

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import changes, front, owned, screens, subscribing
from bot.handlers import start, zone
from bot.known import Clock
from bot.pages import settings as pages
from bot.pages import zone as zone_pages
from bot.pages.presses import SetPress
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.readers import Reader, ReaderKind, ReaderState
from core.store import topics as topic_store

#: Pages of a list that can be asked for.
MOST_PAGES = 1000
#: Pages that only show what there is to choose from.
_PAGES = {
    "hours": pages.hours,
    "days": pages.days,
    "langs": pages.languages,
    "lengths": pages.lengths,
    "quiets": pages.quiets,
}


def router() -> Router:
    """Everything about settings but topics and channels."""
    built = Router(name="settings")
    built.message.register(settings_command, Command("settings"), F.forward_origin.is_(None))
    built.callback_query.register(press, SetPress.filter())
    return built


async def settings_command(
    message: Message,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    bot: Bot,
    state: FSMContext,
    raw_state: str | None,
) -> None:
    """Show what was chosen."""

    async def page(own: Reader) -> Screen:
        await zone.leave(message, state, raw_state, say)
        async with database.begin() as session:
            return await front.page(session, own, say, now=clock())

    await owned.show(message, reader, say, bot, page)


async def press(
    query: CallbackQuery,
    callback_data: SetPress,
    say: Say,
    database: Database,
    clock: Clock,
    bot: Bot,
    state: FSMContext,
    raw_state: str | None,
) -> None:
    """Show a page, or change what the button says."""
    reader = await owned.reader_of(query, callback_data.reader, database=database, bot=bot, say=say)
    if reader is None:
        return
    do, value, spoken = callback_data.do, callback_data.value, owned.spoken(reader, say)
    if do == "place" and reader.kind is not ReaderKind.GROUP:
        await query.answer()
        await zone.ask_location(query, state, reader, spoken, now=clock())
        return
    if do == "zone":
        await zone.ask(state, reader, now=clock())
    else:
        await zone.leave(query.message if isinstance(query.message, Message) else None, state, raw_state, spoken)
    async with database.begin() as session:
        screen, toast = await _pressed(session, reader, do, value, spoken, now=clock())
    await query.answer(toast)
    if screen is not None:
        await screens.redraw(query, screen)


async def _pressed(
    session: Session, reader: Reader, do: str, value: str, say: Say, *, now: datetime
) -> tuple[Screen | None, str]:
    """What the press does: the screen afterwards (None: it stays), and a word about it."""
    toast = ""
    match do:
        case "home":
            screen = await front.page(session, reader, say, now=now)
        case "zone":
            screen = zone_pages.zone_page(reader, say, now=now)
        case "yours" if reader.kind is ReaderKind.PERSON:
            page = int(value) if value in map(str, range(MOST_PAGES)) else 0
            screen = pages.yours(reader, await front.channels_of(session, reader), page, say)
        case "pause":
            _, after = await subscribing.pause(session, reader.id, now=now)
            screen, toast = await front.page(session, after or reader, say, now=now), say("Digests are paused.")
        case "sub":
            return await _subscribe(session, reader, say, now=now)
        case _ if do in _PAGES:
            screen = _PAGES[do](reader, say)
        case _:
            return await _change(session, reader, do, value, say, now=now)
    return screen, toast


async def _subscribe(session: Session, reader: Reader, say: Say, *, now: datetime) -> tuple[Screen | None, str]:
    slugs = [topic.slug for topic in await topic_store.enabled(session)]
    if not changes.wants_any(reader, slugs):
        return None, say("Choose at least one topic first.")
    toast = say("You are subscribed already.") if reader.state is ReaderState.ACTIVE else ""
    return await start.come_back(session, reader, say, now=now), toast


async def _change(
    session: Session, reader: Reader, do: str, value: str, say: Say, *, now: datetime
) -> tuple[Screen | None, str]:
    before, after = await subscribing.change(session, reader.id, lambda held: changes.changed(held, do, value), now=now)
    if before is None:
        return None, say("This button is too old: what it belongs to is gone.")
    if after is None:
        is_last_day = do == "day" and value == f"-{before.days[0]}" and len(before.days) == 1
        return None, say("At least one day has to stay.") if is_last_day else ""
    # Who has just chosen another language is answered in that.
    say = say if reader.kind is ReaderKind.CHANNEL else say.into(after.lang)
    if do in {"day", "week"}:
        return pages.days(after, say), ""
    return await front.page(session, after, say, now=now), ""
