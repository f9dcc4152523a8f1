"""A conversation with the bot in a terminal: what is typed becomes updates, which go through the bot's own dispatcher."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot.console import updates
from bot.console.commands import (
    NAMES,
    Asked,
    Forward,
    Help,
    Locate,
    Open,
    Press,
    Quit,
    Say,
    Speak,
    Unknown,
    Wrong,
    asked,
)
from bot.console.desk import Desk, Room
from bot.console.draw import listing
from bot.console.glyphs import addresses
from bot.console.keyboards import Act, Choice, Keyboard
from bot.console.people import Person, named
from bot.console.session import ConsoleSession
from bot.console.words import Words
from core.errors import SvodkaError, UsageError


async def chat(
    dispatcher: Dispatcher, bot: Bot, *, session: ConsoleSession, speaking: str, lines: AsyncIterator[str]
) -> None:
    """Let people speak with the bot until the lines end or one is `:quit`; `session` is that of `bot`.

    What the bot sends meanwhile of its own accord (from a worker in this process, say) is shown as it comes. A refusal of
    Telegram, or one of our own errors, that no handler has caught is told, and the conversation goes on. Cancelling leaves
    the terminal in order.

    Raises:
        UsageError: nobody is called `speaking`.
    """
    desk = session.desk
    desk.speaking = named(desk.people, speaking)
    talk = _Talk(dispatcher, bot, desk)
    data: dict[str, Any] = {"dispatcher": dispatcher, "bots": (bot,), **dispatcher.workflow_data}
    data.pop("bot", None)
    await dispatcher.emit_startup(bot=bot, **data)
    try:
        talk.greet()
        await _converse(talk, lines)
    finally:
        desk.screen.close()
        if isinstance(lines, AsyncGenerator):
            await lines.aclose()
        await dispatcher.emit_shutdown(bot=bot, **data)


async def _converse(talk: _Talk, lines: AsyncIterator[str]) -> None:
    screen = talk.desk.screen
    screen.ask(talk.prompt)
    async for line in lines:
        screen.entered()
        wanted = asked(line)
        if isinstance(wanted, Quit):
            return
        if wanted:
            await talk.take(wanted)
        screen.ask(talk.prompt)


@dataclass(slots=True)
class _Talk:
    """One conversation; who speaks is on the desk."""

    dispatcher: Dispatcher
    bot: Bot
    desk: Desk

    @property
    def person(self) -> Person:
        assert self.desk.speaking, "somebody speaks from the first line on"
        return self.desk.speaking

    @property
    def room(self) -> Room:
        return self.desk.room(self.person.id)

    @property
    def words(self) -> Words:
        return self.desk.words()

    @property
    def prompt(self) -> str:
        return self.words.prompt.format(name=self.person.name)

    def greet(self) -> None:
        """Say where we are to somebody at a terminal, and what the bot shows in an empty chat."""
        if self.desk.screen.prompts:
            self._note(self.words.hello.format(bot=self.desk.name, name=self.person.name))
        about = self.desk.menu.description_for(replace(self.person, lang=self.room.lang))
        if about and not self.room.started:
            self._note(about)

    async def take(self, wanted: Asked) -> None:
        """Do what a line asks for."""
        match wanted:
            case Say(text):
                await self._say(text)
            case Press():
                await self._press(wanted)
            case Locate():
                await self._hear(functools.partial(updates.located, self.person, wanted))
            case Forward():
                posted = self.desk.posted.setdefault(wanted, self.desk.clock())
                await self._hear(functools.partial(updates.forwarded, self.person, wanted, posted=posted))
            case Speak(name):
                self._speak(name)
            case Open(number):
                self._open(number)
            case _:
                self._note(self._told(wanted))

    # --- what people do ---

    async def _say(self, text: str) -> None:
        """Say a text: what the bot asked for is said as an answer to its question, as Telegram's programs do it."""
        question = self.room.sent[self.room.asked].message if self.room.asked else None
        self.room.asked = None
        for part in updates.parts(text):
            await self._hear(functools.partial(updates.said, self.person, part, answers=question))

    async def _hear(self, made: functools.partial[Message]) -> None:
        """A message of who speaks: from the first one on, the bot may write to them."""
        message = made(number=self.desk.next_id(), now=self.desk.clock())
        self.room.started = True
        self.room.heard[message.message_id] = message
        await self._feed(message)

    async def _press(self, wanted: Press) -> None:
        if self.room.asked and wanted.message is None:  # the number is the answer that was asked for
            await self._say(wanted.typed)
            return
        board = self.room.keyboard(wanted.message)
        choice = board and board.choice(wanted.number)
        if board and choice:
            await self._act(board, choice)
        elif not self.room.keyboards:  # nothing to press: it was an answer
            await self._say(wanted.typed)
        elif board is None:
            self._note(self.words.no_buttons_of.format(message=wanted.message, typed=wanted.typed))
        else:
            self._note(self.words.no_button.format(number=wanted.number, last=len(board), typed=wanted.typed))

    async def _act(self, board: Keyboard, choice: Choice) -> None:
        match choice.act:
            case Act.CALL:
                await self._call(board, choice.value)
            case Act.SAY:
                if board.once:
                    self.room.drop(board.message_id)
                await self._say(choice.value)
            case Act.OPEN:
                self._leads(choice.text, choice.value)
            case Act.COPY:
                self._note(self.words.copied.format(text=choice.value))
            case Act.LOCATE:
                self._note(self.words.locate)
            case Act.NOTHING:
                self._note(self.words.nothing)

    async def _call(self, board: Keyboard, data: str) -> None:
        """Press an inline button; a bot that leaves the press unanswered is told on."""
        message = self.room.sent[board.message_id].message
        query = updates.pressed(self.person, message, data, number=self.desk.next_id())
        self.desk.calls.add(query.id)
        await self._feed(query)
        if query.id in self.desk.calls:
            self._note(self.words.unanswered)

    async def _feed(self, event: Message | CallbackQuery) -> None:
        try:
            answer = await self.dispatcher.feed_update(self.bot, updates.update(self.desk.next_id(), event))
        except TelegramAPIError as refused:
            self._note(self.words.refused.format(reason=f"{refused.method.__api_method__}: {refused.message}"))
        except SvodkaError as failed:
            self._note(str(failed))
        else:
            if isinstance(answer, TelegramMethod):  # what a handler returns is a call to make, as when polling
                await self.dispatcher.silent_call_request(bot=self.bot, result=answer)

    # --- what the console does ---

    def _speak(self, name: str) -> None:
        try:
            self.desk.speaking = named(self.desk.people, name)
        except UsageError:
            self._note(self.words.nobody.format(names=", ".join(person.name for person in self.desk.people)))
        else:
            self._note(self.words.speaks.format(name=self.person.name))

    def _open(self, number: int) -> None:
        """A link of the last message that has so many, else a button of the newest keyboard."""
        newest = self.room.newest
        entities = (newest.message.entities or newest.message.caption_entities or []) if newest else []
        links = addresses(entities)
        board = self.room.keyboard(None)
        choice = board and board.choice(number)
        if 0 < number <= len(links):
            self._leads(str(number), links[number - 1])
        elif choice and choice.act is Act.OPEN:
            self._leads(choice.text, choice.value)
        else:
            self._note(self.words.no_link.format(number=number))

    def _leads(self, text: str, url: str) -> None:
        self._note(self.words.leads.format(text=text, url=url))

    def _told(self, wanted: Help | Wrong | Unknown | Quit) -> str:
        match wanted:
            case Wrong(name):
                return self.words.wrong.format(usage=self._usage(name))
            case Unknown(typed):
                names = ", ".join(f":{name}" for name in NAMES)
                return self.words.unknown.format(typed=typed, commands=names)
            case _:
                person = replace(self.person, lang=self.room.lang)
                menu = [(command.command, command.description) for command in self.desk.menu.commands_for(person)]
                return listing(self.words, menu, [person.name for person in self.desk.people])

    def _usage(self, name: str) -> str:
        return self.words.usage[name].replace("{names}", ", ".join(person.name for person in self.desk.people))

    def _note(self, text: str) -> None:
        self.desk.screen.note(text)
