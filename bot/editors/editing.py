"""Dialogues of the admins' editors: a draft that outlives the process, and one thing at a time for each admin.

What is typed belongs to a draft only while it asks for words, and commands never do: they answer as always, and the draft
stays.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiogram import BaseMiddleware, F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, Filter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.types import CallbackQuery, Message, TelegramObject
from aiogram.utils.formatting import Text

from bot import screens
from bot.editors.drafts import Draft
from bot.pages.admin_presses import DraftPress
from bot.rights import IsAdmin
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database
from core.readers import Reader

#: Editors work in private, where nobody reads along.
PRIVATE = F.chat.type == ChatType.PRIVATE
PRESSED_IN_PRIVATE = F.message.chat.type == ChatType.PRIVATE

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(@\w+)?(\s|\Z)")
_LARGEST = 2**31


class Editing(StatesGroup):
    """A draft is being written: the next words belong to it, or it is a matter of buttons alone."""

    words = State()
    choice = State()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that an admin has said or pressed, and what it is handled with."""

    event: Message | CallbackQuery
    reader: Reader
    state: FSMContext
    say: Say
    database: Database
    now: datetime

    @property
    def admin_id(self) -> int:
        """Who did it."""
        assert self.event.from_user is not None, "admins are known by their numbers"
        return self.event.from_user.id

    @property
    def text(self) -> str:
        """What was typed."""
        return (self.event.text or "") if isinstance(self.event, Message) else ""

    async def toast(self, text: str = "") -> None:
        """Answer a press, at once; with a word, if there is one. What was pressed while the bot was away is done all the same."""
        if isinstance(self.event, CallbackQuery):
            with suppress(TelegramBadRequest):
                await self.event.answer(text)

    async def show(self, screen: Screen) -> Message | None:
        """Show a screen below what was said, or in place of the one whose button was pressed; the message that it stands
        in, if it can be changed later.
        """
        if isinstance(self.event, Message):
            return await screens.send(self.event, screen)
        await screens.redraw(self.event, screen)
        return self.event.message if isinstance(self.event.message, Message) else None


async def keep(state: FSMContext, draft: Draft, *, words: bool) -> Draft:
    """Keep a draft, in place of whatever was being written; with its number, which its buttons name, given to a new one.

    `words`: what is typed next belongs to it.
    """
    kept = draft if draft.id else replace(draft, id=secrets.randbelow(_LARGEST - 1) + 1)
    await state.set_state(Editing.words if words else Editing.choice)
    await state.set_data(
        {"draft": kept.id, "of": kept.of, "step": kept.step, "values": dict(kept.values), "request": kept.request}
    )
    return kept


async def current(state: FSMContext, of: str) -> Draft | None:
    """The draft of this editor that is being written, if one is."""
    if await state.get_state() not in {Editing.words.state, Editing.choice.state}:
        return None
    data = await state.get_data()
    if data.get("of") != of:
        return None
    return Draft(id=data["draft"], of=of, step=data["step"], values=data["values"], request=data["request"])


async def pressed(act: Act, press: DraftPress) -> Draft | None:
    """The draft that a button belongs to; None after saying that it is no longer written."""
    draft = await current(act.state, press.of)
    if draft is None or draft.id != press.draft:
        await act.toast(act.say("This is over: it was saved or cancelled."))
        return None
    return draft


async def typed(act: Act, of: str) -> Draft | None:
    """The draft that words belong to; None after saying why they are not taken."""
    draft = await current(act.state, of)
    if draft is None:
        await act.show(Screen(text=Text(act.say("This is over: it was saved or cancelled."))))
    elif not act.text:
        await act.show(Screen(text=Text(act.say("Only text will do here. /cancel ends this."))))
        return None
    return draft


async def cancelled(_message: Message, act: Act) -> None:
    """Leave what is being written: /cancel does it in every editor."""
    await act.state.clear()
    await act.show(Screen(text=Text(act.say("Cancelled: nothing was changed."))))


def dialogue(
    built: Router,
    of: str,
    *,
    answered: Callable[..., Awaitable[None]],
    chosen: Callable[..., Awaitable[None]],
) -> None:
    """Have the dialogue of an editor handled, in private and of admins alone: /cancel, the words that it asks for, its buttons."""
    own = F.forward_origin.is_(None)
    built.message.register(cancelled, PRIVATE, own, Command("cancel"), Writes(of), IsAdmin())
    built.message.register(answered, PRIVATE, is_answer, Writes(of, words=True), IsAdmin())
    built.callback_query.register(chosen, DraftPress.filter(F.of == of), PRESSED_IN_PRIVATE, IsAdmin())


class Writes(Filter):
    """Lets through what is said while a draft of this editor is written; `words`: only while it asks for words."""

    def __init__(self, of: str, *, words: bool = False) -> None:
        self._of = of
        self._states = {Editing.words.state} if words else {Editing.words.state, Editing.choice.state}

    async def __call__(self, event: TelegramObject, state: FSMContext, raw_state: str | None) -> bool:  # noqa: ARG002
        """Whether it belongs to this editor."""
        return raw_state in self._states and (await state.get_data()).get("of") == self._of


def is_answer(message: Message) -> bool:
    """Whether a message may be an answer in a dialogue: a person's own, and no command."""
    return message.forward_origin is None and _COMMAND.match(message.text or message.caption or "") is None


class OneByOne(BaseMiddleware):
    """What one admin says and presses in an editor is handled one after the other: who presses twice saves once.

    Handlers get `act`.
    """

    def __init__(self) -> None:
        self._isolation = SimpleEventIsolation()

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:  # noqa: ANN401  what a handler returns is aiogram's business
        """Wait for the turn, then handle, with all that it takes as `act`."""
        if isinstance(event, Message | CallbackQuery) and data["reader"] is not None:
            data["act"] = Act(
                event=event,
                reader=data["reader"],
                state=data["state"],
                say=data["say"],
                database=data["database"],
                now=data["clock"](),
            )
        async with self.turn(data["state"]):
            return await handler(event, data)

    def turn(self, state: FSMContext) -> AbstractAsyncContextManager[None]:
        """The turn of something that nobody has pressed: an answer that has come."""
        return self._isolation.lock(key=state.key)


async def replace_with(message: Message, screen: Screen) -> None:
    """Put a screen in place of a message of ours, which may be gone by now."""
    with suppress(TelegramBadRequest):
        await message.edit_text(
            **screens.settled(screen.text),
            reply_markup=screens.keyboard(screen.buttons),
            link_preview_options=screens.NO_PREVIEW,
        )
