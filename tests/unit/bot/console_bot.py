"""A small bot of the tests' own, and a console to speak with it: lines in, what the screen shows out."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.filters import Command, CommandStart
from aiogram.methods import SendMessage
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    MessageOriginChannel,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.console.chat import chat
from bot.console.screen import Screen
from bot.console.session import TOKEN, ConsoleSession

NOW = datetime(2026, 9, 17, 6, tzinfo=UTC)


def inline(*rows: Iterable[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows])


def button(text: str, data: str = "", url: str | None = None) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data or None, url=url)


VOTES = inline([button("👍", "vote:1"), button("👎", "vote:-1")], [button("Сайт", url="https://svodka.example/about")])


class Console:
    """A console over a bot: `say` lines to it, read what is shown."""

    def __init__(
        self, folder: Path, *, routers: Iterable[Router] = (), screen: Screen | None = None, **over: Any
    ) -> None:
        self.out = io.StringIO()
        self.screen = screen or Screen(self.out, width=80)
        given = {"screen": self.screen, "files": folder / "files", "clock": lambda: NOW, **over}
        self.session = ConsoleSession(**given)
        self.bot = Bot(token=TOKEN, session=self.session, default=DefaultBotProperties(parse_mode="HTML"))
        self.dispatcher = Dispatcher()
        for router in routers:
            self.dispatcher.include_router(router)

    async def say(self, *lines: str, speaking: str = "reader") -> str:
        """What is shown while these lines are typed."""
        return await self.hear(typed(lines), speaking=speaking)

    async def hear(self, lines: AsyncIterator[str], *, speaking: str = "reader") -> str:
        """What is shown while lines come."""
        start = self.out.tell()
        await chat(self.dispatcher, self.bot, session=self.session, speaking=speaking, lines=lines)
        return self.out.getvalue()[start:]


async def typed(lines: Iterable[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


def talkative() -> Router:
    """Commands, keyboards of both kinds, edits, a file, forwards and locations."""
    router = Router()

    @router.message(CommandStart())
    async def start(message: Message) -> None:
        await message.answer(
            "<b>Привет!</b> Читаю <a href='https://t.me/polynya_lab/211'>каналы</a>.", reply_markup=VOTES
        )

    @router.callback_query(F.data.startswith("vote:"))
    async def vote(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.answer("Спасибо!")
        await query.message.edit_reply_markup(reply_markup=inline([button("Передумать", "again")]))

    @router.callback_query(F.data == "again")
    async def again(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.answer("Подумайте ещё", show_alert=True)
        await query.message.edit_text("Голосуем снова.", reply_markup=VOTES)

    @router.callback_query(F.data == "silent")
    async def silent(query: CallbackQuery) -> None:
        """Forgets to answer."""

    @router.message(Command("where"))
    async def where(message: Message) -> None:
        rows = [[KeyboardButton(text="Москва"), KeyboardButton(text="Я здесь", request_location=True)]]
        await message.answer("Где вы?", reply_markup=ReplyKeyboardMarkup(keyboard=rows, one_time_keyboard=True))

    @router.message(F.location)
    async def here(message: Message) -> None:
        assert message.location
        place = f"{message.location.latitude} {message.location.longitude}"
        await message.answer(f"Вижу: {place}", reply_markup=ReplyKeyboardRemove())

    @router.message(F.forward_origin)
    async def forwarded(message: Message) -> None:
        origin = message.forward_origin
        assert isinstance(origin, MessageOriginChannel)
        await message.answer(f"{origin.chat.title}/{origin.message_id}: {message.text}")

    @router.message(Command("file"))
    async def file(message: Message) -> None:
        await message.answer_document(BufferedInputFile(b"x" * 2000, "../дайджест.html"), caption="Ваш <i>файл</i>")

    @router.message()
    async def echo(message: Message) -> SendMessage:
        return SendMessage(chat_id=message.chat.id, text=message.text or "", parse_mode=None)

    return router
