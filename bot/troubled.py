"""The one place where errors of handlers become sentences: the person is told, the admins find it under /errors."""

from __future__ import annotations

import contextlib

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import CallbackQuery, ErrorEvent, Message

from bot.known import Clock
from bot.speech import Catalogues, Say, language
from core import log
from core.db.engine import Database
from core.errors import DatabaseError
from core.store import troubles

_logger = log.get("bot")

#: What Telegram says when a press is answered too late, or an edit changes nothing: nobody misses anything.
_HARMLESS = ("query is too old", "message is not modified", "message to edit not found", "message can't be edited")


def router() -> Router:
    """The handler of errors."""
    built = Router(name="errors")
    built.error.register(failed)
    return built


async def failed(event: ErrorEvent, bot: Bot, database: Database, catalogues: Catalogues, clock: Clock) -> bool:
    """Keep what happened, and say that something went wrong to whoever waits."""
    error = event.exception
    if isinstance(error, TelegramForbiddenError | TelegramRetryAfter):
        _logger.info("not answered", reason=str(error))
        return True
    if isinstance(error, TelegramBadRequest) and any(words in error.message for words in _HARMLESS):
        return True
    _logger.error("handler failed", update=event.update.update_id, exc_info=error)
    with contextlib.suppress(DatabaseError):
        async with database.begin() as session:
            await troubles.note(
                session, place=event.update.event_type, error=f"{type(error).__name__}: {error}", now=clock()
            )
    with contextlib.suppress(TelegramAPIError):
        await _tell(event, bot, catalogues)
    return True


async def _tell(event: ErrorEvent, bot: Bot, catalogues: Catalogues) -> None:
    said = event.update.event
    if isinstance(said, CallbackQuery):
        say = Say(catalogues, language(said.from_user.language_code))
        await bot.answer_callback_query(said.id, _sorry(say), show_alert=True)
    elif isinstance(said, Message) and said.from_user is not None:
        await said.answer(_sorry(Say(catalogues, language(said.from_user.language_code))))


def _sorry(say: Say) -> str:
    return say("Something went wrong on our side; it has been noted. Please try again in a minute.")
