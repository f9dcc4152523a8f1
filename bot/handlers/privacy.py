"""/privacy, /export, /forget: what is kept of a reader, all of it as a file, and none of it any more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import front, owned, screens
from bot.handlers.start import forget_stranger
from bot.known import Clock
from bot.pages import groups as group_pages
from bot.pages import info as pages
from bot.pages.presses import ForgetPress
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database
from core.readers import Reader, ReaderKind
from core.settings import Settings
from core.store import memories, readers


def router() -> Router:
    """What belongs to a reader."""
    built = Router(name="privacy")
    own = F.forward_origin.is_(None)
    built.message.register(privacy, Command("privacy"), own)
    built.message.register(export, Command("export"), own)
    built.message.register(forget, Command("forget"), own)
    built.callback_query.register(press, ForgetPress.filter())
    return built


async def privacy(
    message: Message,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    settings: Settings,
) -> None:
    """Tell what is kept, and for how long."""
    is_steering = is_admin and message.chat.type == ChatType.PRIVATE
    await screens.send(message, pages.privacy_page(say, days=settings.keep_messages_days, is_admin=is_steering))


async def export(message: Message, reader: Reader | None, say: Say, database: Database, clock: Clock) -> None:
    """Send all that is kept of a person, as a file."""
    if message.chat.type != ChatType.PRIVATE or reader is None:
        await screens.send(message, group_pages.in_private(say))
        return
    async with database.begin() as session:
        kept = await memories.everything(session, reader.id)
    name = f"svodka-{clock():%Y-%m-%d}.json"
    await message.answer_document(
        BufferedInputFile(as_file(kept), filename=name), caption=say("All that I keep about you.")
    )


async def forget(
    message: Message,
    reader: Reader | None,
    say: Say,
    is_admin: bool,  # noqa: FBT001 - aiogram passes it by name
    database: Database,
    bot: Bot,
) -> None:
    """Ask whether everything is to be deleted."""

    async def page(own: Reader) -> Screen:
        async with database.begin() as session:
            channels = len(await front.channels_of(session, own))
        return pages.ask_forget(own, say, is_admin=is_admin, channels=channels)

    await owned.show(message, reader, say, bot, page)


async def press(
    query: CallbackQuery,
    callback_data: ForgetPress,
    reader: Reader | None,
    say: Say,
    database: Database,
    bot: Bot,
    state: FSMContext,
) -> None:
    """Delete everything, or nothing."""
    found = await owned.reader_of(query, callback_data.reader, database=database, bot=bot, say=say)
    if found is None:
        await _leave_no_trace(reader, database)
        return
    spoken = owned.spoken(found, say)
    await query.answer()
    match callback_data.do:
        case "ask":
            await screens.redraw(query, pages.ask_forget(found, spoken, is_admin=False, channels=0))
        case "yes":
            await state.clear()
            async with database.begin() as session:
                await readers.forget(session, found.id)
            await screens.redraw(query, pages.forgotten(found, spoken))
        case _:
            await screens.redraw(query, pages.kept_after_all(spoken))


async def _leave_no_trace(reader: Reader | None, database: Database) -> None:
    """A second press on "delete" makes nobody known again."""
    if reader is not None and reader.kind is ReaderKind.PERSON:
        async with database.begin() as session:
            await forget_stranger(session, reader.id)


def as_file(kept: Mapping[str, Any]) -> bytes:
    """What is kept, as JSON for people and machines."""
    return json.dumps(kept, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: object) -> str:
    assert isinstance(value, date | datetime), value
    return value.isoformat()
