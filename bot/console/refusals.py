"""What Telegram refuses a bot, in its own words: raised by what knows the rules, sent as an API error by the session. Pure."""

from __future__ import annotations

from typing import Any

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
)
from aiogram.methods import TelegramMethod

from core.errors import SvodkaError


class NotTaken(SvodkaError):
    """Telegram would refuse the request. The message is the reason, as TDLib words it."""


class MayNotWrite(NotTaken):
    """The person has never written to the bot, so it may not write to them."""

    def __init__(self) -> None:
        super().__init__("bot can't initiate conversation with a user")


class TooLarge(NotTaken):
    """The file is larger than a bot may send."""

    def __init__(self) -> None:
        super().__init__("Request Entity Too Large")


def as_sent(refused: NotTaken, method: TelegramMethod[Any]) -> TelegramAPIError:
    """The error that aiogram raises for such an answer; Telegram writes the first word of a sentence small."""
    reason = str(refused)
    if isinstance(refused, TooLarge):
        return TelegramEntityTooLarge(method=method, message=reason)
    if isinstance(refused, MayNotWrite):
        return TelegramForbiddenError(method=method, message=f"Forbidden: {reason}")
    if reason[1:2].islower():
        reason = reason[0].lower() + reason[1:]
    return TelegramBadRequest(method=method, message=f"Bad Request: {reason}")
