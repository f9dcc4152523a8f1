"""Who is speaking: finds the reader, the language and the rights for every update, before any handler sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.middlewares.user_context import EVENT_CONTEXT_KEY, EventContext
from aiogram.enums import ChatType
from aiogram.types import TelegramObject, Update

from bot import access, zones
from bot.speech import Catalogues, Say, language
from core.db.engine import Database
from core.readers import Reader, ReaderKind
from core.settings import Settings
from core.store import readers

Clock = Callable[[], datetime]


class Known(BaseMiddleware):
    """Adds `reader` (None where there is none; a person who writes to the bot always is one), `say` and `is_admin`."""

    def __init__(self, *, settings: Settings, database: Database, catalogues: Catalogues, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._catalogues = catalogues
        self._clock = clock

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:  # noqa: ANN401  what a handler returns is aiogram's business
        """Look the reader up and go on."""
        context: EventContext = data[EVENT_CONTEXT_KEY]
        wrote = isinstance(event, Update) and event.message is not None
        reader = await self._reader(context, wrote=wrote)
        data["reader"] = reader
        data["say"] = Say(self._catalogues, reader.lang if reader else language(self._code(context)))
        data["is_admin"] = context.user is not None and await access.may_steer(
            self._settings, self._database, context.user.id
        )
        return await handler(event, data)

    def _code(self, context: EventContext) -> str:
        """The language of somebody's Telegram; whose Telegram does not tell it is spoken to in the operator's."""
        told = context.user.language_code if context.user else None
        return told or self._settings.language

    async def _reader(self, context: EventContext, *, wrote: bool) -> Reader | None:
        """Whoever writes to the bot in private becomes a reader; an old button that is pressed makes none."""
        chat = context.chat
        if chat is None:
            return None
        async with self._database.begin() as session:
            if chat.type != ChatType.PRIVATE:
                return await readers.of_chat(session, chat.id, thread_id=context.thread_id)
            known = await readers.of_chat(session, chat.id, thread_id=None)
            if known is not None or not wrote:
                return known
            code = self._code(context)
            return await readers.add(
                session,
                chat_id=chat.id,
                thread_id=None,
                kind=ReaderKind.PERSON,
                title="",
                lang=language(code),
                tz=zones.guess(code),
                hour=self._settings.digest_hour,
                subscribed_by=None,
                now=self._clock(),
            )
