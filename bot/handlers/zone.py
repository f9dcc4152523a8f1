"""The dialogue about a time zone: a city that is typed, or a location that is sent, once the bot has asked for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message, ReplyKeyboardRemove

from bot import changes, front, owned, rights, screens, subscribing, zones
from bot.known import Clock
from bot.pages import zone as pages
from bot.speech import Say
from core.db.engine import Database
from core.readers import Reader, ReaderKind
from core.store import readers

#: So long what is written is taken for an answer; somebody who has gone away meanwhile writes about something else.
PATIENCE = timedelta(minutes=30)


class ZoneDialogue(StatesGroup):
    """The bot has asked where somebody is."""

    asked = State()


def router() -> Router:
    """Answers to the question."""
    built = Router(name="zone")
    to_us = (F.chat.type == ChatType.PRIVATE) | F.reply_to_message.from_user.is_bot
    own = F.forward_origin.is_(None)
    built.message.register(located, ZoneDialogue.asked, own, F.location, to_us, _is_fresh)
    built.message.register(typed, ZoneDialogue.asked, own, F.text, ~F.text.startswith("/"), to_us, _is_fresh)
    return built


async def _is_fresh(message: Message, state: FSMContext, clock: Clock, bot: Bot) -> bool:
    if message.chat.type != ChatType.PRIVATE:
        asked = message.reply_to_message
        if asked is None or asked.from_user is None or asked.from_user.id != bot.id:
            return False
    since = (await state.get_data()).get("at")
    return isinstance(since, str) and clock() - datetime.fromisoformat(since) <= PATIENCE


async def ask(state: FSMContext, reader: Reader, *, now: datetime, keyboard: bool = False) -> None:
    """What is written next is an answer. `keyboard`: there is one below the chat, to be taken away afterwards."""
    await state.set_state(ZoneDialogue.asked)
    await state.set_data({"reader": reader.id, "at": now.isoformat(), "keyboard": keyboard})


async def ask_location(query: CallbackQuery, state: FSMContext, reader: Reader, say: Say, *, now: datetime) -> None:
    """Show the keyboard from which a location can be sent."""
    await ask(state, reader, now=now, keyboard=True)
    if isinstance(query.message, Message):
        told = say("Press the button below to send your location: it is used once, and not kept.")
        await screens.tell(query.message, told, keyboard=pages.location_keyboard(say))


async def leave(message: Message | None, state: FSMContext, raw_state: str | None, say: Say) -> None:
    """End the dialogue, if there is one, and take its keyboard away."""
    if raw_state != ZoneDialogue.asked.state:
        return
    data = await state.get_data()
    await state.clear()
    if message is not None and data.get("keyboard"):
        await screens.tell(message, say("All right."), keyboard=ReplyKeyboardRemove())


async def typed(
    message: Message, state: FSMContext, raw_state: str | None, say: Say, database: Database, clock: Clock, bot: Bot
) -> None:
    """Set the zone of the city that was written, if it is only one."""
    assert message.text is not None
    if message.text.strip() == say("Don't send it"):
        await leave(message, state, raw_state, say)
        return
    reader = await _asked_for(message, state, database, bot)
    if reader is None:
        # What was asked about is gone, or not theirs any more: it is no answer to anything.
        await state.clear()
        raise SkipHandler
    found = zones.find(message.text)
    if not found:
        await screens.send(message, pages.unknown(reader, message.text, say))
    elif len(found) > 1:
        await screens.send(message, pages.several(reader, found, say, now=clock()))
    else:
        await _settle(message, state, reader, found[0].tz, say, database, now=clock())


async def located(message: Message, state: FSMContext, say: Say, database: Database, clock: Clock, bot: Bot) -> None:
    """Set the zone of a location; the location itself is not kept."""
    assert message.location is not None
    reader = await _asked_for(message, state, database, bot)
    if reader is None:
        # What was asked about is gone, or not theirs any more: it is no answer to anything.
        await state.clear()
        raise SkipHandler
    tz = zones.at(message.location.latitude, message.location.longitude)
    await _settle(message, state, reader, tz, say, database, now=clock())


async def _asked_for(message: Message, state: FSMContext, database: Database, bot: Bot) -> Reader | None:
    """The reader whose zone was asked for, if it is still there and may still be changed."""
    number = (await state.get_data()).get("reader")
    async with database.begin() as session:
        found = next(iter(await readers.by_ids(session, [number])), None) if isinstance(number, int) else None
    if found is None or message.from_user is None:
        return None
    if found.chat_id == message.chat.id:
        return found if await rights.may_change(message, bot) else None
    return found if await owned.may_set_channel(found, message.from_user.id, bot) else None


async def _settle(
    message: Message, state: FSMContext, reader: Reader, tz: str, say: Say, database: Database, *, now: datetime
) -> None:
    keyboard = (await state.get_data()).get("keyboard")
    await state.clear()
    async with database.begin() as session:
        _, after = await subscribing.change(session, reader.id, lambda held: changes.changed(held, "tz", tz), now=now)
        screen = await front.page(session, after, say, now=now) if after is not None else None
    if after is None or screen is None:
        return
    has_keyboard = keyboard and reader.kind is not ReaderKind.GROUP
    told = pages.chosen(after, say, now=now)
    await screens.tell(message, told, keyboard=ReplyKeyboardRemove() if has_keyboard else None)
    await screens.send(message, screen)
