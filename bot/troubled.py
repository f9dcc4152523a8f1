"""The one place where errors of handlers become sentences: the person is told, the admins find it under /errors."""

from __future__ import annotations

import contextlib

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import CallbackQuery, ErrorEvent, Message

from bot import screens
from bot.known import Clock
from bot.speech import Catalogues, Say, language
from core import log
from core.db.engine import Database
from core.errors import DatabaseError
from core.settings import Settings
from core.store import troubles

_logger = log.get("bot")

#: What Telegram says when a press is answered too late, or an edit changes nothing: nobody misses anything.
_HARMLESS = ("query is too old", "message is not modified", "message to edit not found", "message can't be edited")


def router() -> Router:
    """The handler of errors."""
    built = Router(name="errors")
    built.error.register(failed)
    return built


async def failed(
    event: ErrorEvent,
    bot: Bot,
    database: Database,
    catalogues: Catalogues,
    clock: Clock,
    settings: Settings,
    say: Say | None = None,
) -> bool:
    """Keep what happened, and say that something went wrong to whoever waits.

    `say` is missing where it was not even found out who speaks.
    """
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
        await _tell(event, bot, say or Say(catalogues, language(_code(event) or settings.language)))
    return True


def _code(event: ErrorEvent) -> str | None:
    said = event.update.event
    who = said.from_user if isinstance(said, CallbackQuery | Message) else None
    return who.language_code if who else None


async def _tell(event: ErrorEvent, bot: Bot, say: Say) -> None:
    said = event.update.event
    if isinstance(said, CallbackQuery):
        await bot.answer_callback_query(said.id, _sorry(say), show_alert=True)
    elif isinstance(said, Message) and said.from_user is not None:
        await screens.tell(said, _sorry(say))


def _sorry(say: Say) -> str:
    return say("Something went wrong on our side; it has been noted. Please try again in a minute.")
