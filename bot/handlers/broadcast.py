"""/broadcast: a message of an admin to all subscribers: written, looked at, confirmed, and watched while it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message
from aiogram.utils.formatting import Bold, Text, as_list

from bot import dialogues, screens
from bot.keyboards import BroadcastPress
from bot.known import Clock
from bot.rights import IsAdmin
from bot.screens import Buttons, Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.readers import Body, DeliveryCounts, ReaderState
from core.store import admins, conversations, deliveries, outbox, readers

#: Readers whose messages are written in one statement.
BATCH = 1000
#: So much of the text stands in the admins' log.
_LOGGED = 200


class Writing(StatesGroup):
    """What the bot waits for: the text, then the word to send it."""

    text = State()
    confirm = State()


_CONFIRM = str(Writing.confirm.state)


def router() -> Router:
    """Announcements of admins."""
    built = Router(name="broadcast")
    built.message.filter(F.chat.type == ChatType.PRIVATE)
    own = F.forward_origin.is_(None)
    built.message.register(begin, Command("broadcast"), own, IsAdmin())
    built.message.register(cancel, Command("cancel"), own, StateFilter(Writing))
    built.message.register(written, StateFilter(Writing.text), _is_no_command, IsAdmin())
    built.callback_query.register(pressed, BroadcastPress.filter(), IsAdmin())
    return built


def _is_no_command(message: Message) -> bool:
    return message.forward_origin is not None or not (message.text or "").startswith("/")


async def begin(message: Message, state: FSMContext, say: Say) -> None:
    """Ask for the text."""
    await state.set_state(Writing.text)
    await screens.send(
        message,
        Screen(
            text=Text(
                say(
                    "Send me the text for all subscribers who have not paused; marks and links stay as they are."
                    " /cancel ends this."
                )
            )
        ),
    )


async def cancel(message: Message, state: FSMContext, say: Say) -> None:
    """Leave it."""
    await state.clear()
    await screens.tell(message, say("Nothing was sent."))


async def written(message: Message, state: FSMContext, say: Say, database: Database) -> None:
    """Show what subscribers would get, and how many they are."""
    if not message.text:
        await screens.tell(message, say("Only text can be sent to all: write it, please, or /cancel."))
        return
    marks = [entity.model_dump(mode="json", exclude_none=True) for entity in message.entities or ()]
    async with database.begin() as session:
        people = await readers.counts(session)
    await message.answer(message.text, entities=message.entities, link_preview_options=screens.NO_PREVIEW)
    question = say.many(
        "This is how it looks. Send it to {n} subscriber? Who has paused gets nothing.",
        "This is how it looks. Send it to {n} subscribers? Who has paused gets nothing.",
        people.get(ReaderState.ACTIVE, 0),
    )
    sent = await screens.send(
        message, Screen(text=Text(question), buttons=[[_button(say("Send"), "send"), _button(say("Cancel"), "cancel")]])
    )
    await state.set_state(Writing.confirm)
    await state.set_data({"text": message.text, "marks": marks, "question": sent.message_id})


async def pressed(
    query: CallbackQuery,
    callback_data: BroadcastPress,
    state: FSMContext,
    say: Say,
    database: Database,
    clock: Clock,
) -> None:
    """Send, cancel, look again, or stop."""
    do = callback_data.do
    if do == "send":
        await _send(query, state, say, database, clock)
    elif do == "cancel":
        async with database.begin() as session:
            held = await _take(session, query, state)
        if held is None:
            await query.answer(say("This text was sent or cancelled already."))
            return
        await query.answer()
        await screens.redraw(query, Screen(text=Text(say("Nothing was sent."))))
    else:
        if do == "stop":
            await _stop(query, callback_data.broadcast, database, clock)
        async with database.begin() as session:
            counts = await deliveries.of_broadcast(session, callback_data.broadcast)
        await query.answer()
        await screens.redraw(query, _progress(counts, callback_data.broadcast, say))


async def _send(query: CallbackQuery, state: FSMContext, say: Say, database: Database, clock: Clock) -> None:
    now = clock()
    async with database.begin() as session:
        # In the same transaction, so that pressing twice sends once.
        held = await _take(session, query, state)
        number = None if held is None else await _start(session, held, query.from_user.id, now=now)
        counts = None if number is None else await deliveries.of_broadcast(session, number)
    if number is None or counts is None:
        await query.answer(say("This text was sent or cancelled already."))
        return
    await query.answer()
    await screens.redraw(query, _progress(counts, number, say))


async def _take(session: Session, query: CallbackQuery, state: FSMContext) -> dict[str, Any] | None:
    """What is to be sent, for the first press of a button below its question; None for any other."""
    if query.message is None:
        return None
    asked = {"question": query.message.message_id}
    return await conversations.take(session, dialogues.row(state.key), state=_CONFIRM, holding=asked)


async def _start(session: Session, held: Mapping[str, Any], admin_id: int, *, now: datetime) -> int:
    """Write a broadcast and its messages; its number."""
    body = Body(text=held["text"], marks=tuple(held["marks"]))
    number = await deliveries.start_broadcast(session, made_by=admin_id, now=now)
    await _put_all(session, number, body, now=now)
    logged = {"text": body.text[:_LOGGED]}
    await admins.note(session, admin_id=admin_id, action="broadcast", subject=str(number), after=logged, now=now)
    return number


async def _put_all(session: Session, number: int, body: Body, *, now: datetime) -> None:
    """Write the message to everybody who is subscribed and has not paused."""
    after = 0
    while found := await readers.page(session, after=after, limit=BATCH, state=ReaderState.ACTIVE):
        await outbox.put_broadcast(session, number, [one.id for one in found], body, now=now)
        after = found[-1].id


async def _stop(query: CallbackQuery, number: int, database: Database, clock: Clock) -> None:
    now = clock()
    async with database.begin() as session:
        kept_back = await deliveries.stop_broadcast(session, number, now=now)
        if kept_back:
            await admins.note(
                session,
                admin_id=query.from_user.id,
                action="stop broadcast",
                subject=str(number),
                after={"kept back": kept_back},
                now=now,
            )


def _progress(counts: DeliveryCounts, number: int, say: Say) -> Screen:
    total = counts.pending + counts.sent + counts.failed + counts.unknown
    lines = [say("{sent} of {total} sent", sent=counts.sent, total=total)]
    if counts.failed:
        lines.append(say.many("{n} could not be sent", "{n} could not be sent", counts.failed))
    if counts.unknown:
        lines.append(
            say.many(
                "of {n} it is unknown whether it arrived", "of {n} it is unknown whether they arrived", counts.unknown
            )
        )
    buttons: Buttons = [[_button(say("Refresh"), "look", number), _button(say("Stop"), "stop", number)]]
    return Screen(text=as_list(Bold(say("To all subscribers")), *lines), buttons=buttons if counts.pending else ())


def _button(text: str, do: str, number: int = 0) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=BroadcastPress(do=do, broadcast=number).pack())
