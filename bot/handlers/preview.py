"""/preview: today's digest as any reader would get it, without sending it to anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message, MessageEntity
from aiogram.utils.formatting import Bold, as_list

from bot import deliver, screens
from bot.keyboards import PreviewPress
from bot.known import Clock
from bot.rights import IsAdmin
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Catalogues, Say
from core.db.engine import Database
from core.readers import Body, Length, Reader, ReaderState
from core.store import readers

#: What somebody is shown who does not wait for a digest came in so much time.
SPAN = timedelta(hours=24)
PER_PAGE = 8
_TITLE_UNITS = 28


def router() -> Router:
    """Digests to look at before they are sent."""
    built = Router(name="preview")
    built.message.filter(F.chat.type == ChatType.PRIVATE, F.forward_origin.is_(None))
    built.message.register(choose_reader, Command("preview"), IsAdmin())
    built.callback_query.register(pressed, PreviewPress.filter(), IsAdmin())
    return built


async def choose_reader(
    message: Message,
    command: CommandObject,
    reader: Reader,
    say: Say,
    database: Database,
    catalogues: Catalogues,
    clock: Clock,
) -> None:
    """Whose digest it shall be; a number names a reader at once."""
    wanted = (command.args or "").strip()
    if wanted.isascii() and wanted.isdecimal():
        async with database.begin() as session:
            found = await readers.by_ids(session, [int(wanted[:18])])
        if found:
            await _show(message, found[0], say, database, catalogues, now=clock())
            return
    await screens.send(message, await _page(database, reader, say, after=0))


async def pressed(
    query: CallbackQuery,
    callback_data: PreviewPress,
    reader: Reader,
    say: Say,
    database: Database,
    catalogues: Catalogues,
    clock: Clock,
) -> None:
    """Show a reader's digest, or the next readers."""
    await query.answer()
    if callback_data.do == "page":
        await screens.redraw(query, await _page(database, reader, say, after=callback_data.reader))
        return
    if callback_data.do in {"ru", "en"}:
        shown = _everything(reader, callback_data.do)
    else:
        async with database.begin() as session:
            found = await readers.by_ids(session, [callback_data.reader])
        if not found:
            if isinstance(query.message, Message):
                await screens.tell(query.message, say("This reader is gone."))
            return
        shown = found[0]
    if isinstance(query.message, Message):
        await _show(query.message, shown, say, database, catalogues, now=clock())


def _everything(reader: Reader, lang: str) -> Reader:
    """Somebody who has chosen nothing, with the admin's clock."""
    return replace(
        reader, id=0, lang=lang, all_topics=True, topics=frozenset(), caps=(), length=Length.NORMAL, quiet=False
    )


async def _show(
    message: Message, shown: Reader, say: Say, database: Database, catalogues: Catalogues, *, now: datetime
) -> None:
    is_waiting = shown.id and shown.state is ReaderState.ACTIVE
    wish = deliver.Wish(since=max(now - deliver.LONGEST, shown.since) if is_waiting else now - SPAN, until=now)
    async with database.begin() as session:
        dish = await deliver.composed(session, catalogues, shown, wish, now=now)
    if not dish.digest.sections:
        await screens.tell(message, say("This reader would be told that there is nothing new."))
        return
    for body in dish.bodies:
        await message.answer(body.text, entities=_entities(body), link_preview_options=screens.NO_PREVIEW)


def _entities(body: Body) -> list[MessageEntity]:
    return [MessageEntity.model_validate(mark) for mark in body.marks]


async def _page(database: Database, reader: Reader, say: Say, *, after: int) -> Screen:
    async with database.begin() as session:
        found = await readers.page(session, after=after, limit=PER_PAGE + 1)
    rows = [[_button(say("All topics, in Russian"), "ru"), _button(say("All topics, in English"), "en")]]
    rows += [[_button(_name(one, reader, say), "show", one.id)] for one in found[:PER_PAGE]]
    if len(found) > PER_PAGE:
        rows.append([_button("›", "page", found[PER_PAGE - 1].id)])
    text = as_list(
        Bold(say("Whose digest?")),
        say("You see what this reader would get now. Nothing is sent to anybody else, and nothing counts as shown."),
    )
    return Screen(text=text, buttons=rows)


def _name(one: Reader, reader: Reader, say: Say) -> str:
    """Groups and channels by title; people by number, since nothing else is kept of them."""
    if one.id == reader.id:
        return say("Mine")
    title = cut(clean(one.title), _TITLE_UNITS) or say("Reader {n}", n=one.id)
    return f"{title} · {one.lang} · {one.hour:02d}:00"


def _button(text: str, do: str, number: int = 0) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=PreviewPress(do=do, reader=number).pack())
