"""Telethon's errors as ours: what a person has to mend, what Telegram refuses, and what may pass."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon import errors

from core.errors import LoginError, NotLoggedIn, Refused, TelegramUnreachable, Undecodable

#: The session is not accepted, or not any longer.
GONE = (errors.UnauthorizedError, errors.AuthKeyError, errors.common.AuthKeyNotFound)
#: Telegram asks to wait; they have `seconds`.
FLOODS = (errors.FloodWaitError, errors.FloodPremiumWaitError)
#: What `translated` knows.
KNOWN = (
    *GONE,
    errors.RPCError,
    errors.TypeNotFoundError,
    errors.common.InvalidBufferError,
    OSError,
    EOFError,
    asyncio.TimeoutError,
)
_NAMES = {kind: name for name, kind in errors.rpcerrorlist.rpc_errors_dict.items()}


def not_logged_in(error: BaseException | None = None) -> NotLoggedIn:
    """What to do when a session is no longer accepted."""
    match error:
        case None:
            reason = "no account is logged in"
        case errors.AuthKeyDuplicatedError():
            reason = "Telegram has ended the session because it was used in two places at once"
        case errors.UserDeactivatedError() | errors.UserDeactivatedBanError():
            reason = "Telegram has deactivated the account"
        case _:
            reason = "Telegram does not accept the session any longer: it has expired or was ended in another app"
    return NotLoggedIn(f"{reason}; log in with: svodka login")


def translated(method: str, error: Exception) -> Exception:
    """Our error for one of Telethon's; what is neither, a bug, stays as it is."""
    match error:
        case errors.ApiIdInvalidError() | errors.ApiIdPublishedFloodError():
            return LoginError(
                "Telegram does not know this SVODKA_TELEGRAM_API_ID with this SVODKA_TELEGRAM_API_HASH: "
                "copy both from https://my.telegram.org"
            )
        case errors.UnauthorizedError() | errors.AuthKeyError() | errors.common.AuthKeyNotFound():
            return not_logged_in(error)
        case errors.TypeNotFoundError() | errors.common.InvalidBufferError():
            return Undecodable(f"Telegram's answer to {method} holds what this version does not know: upgrade Svodka")
        case errors.RPCError():
            return Refused(method, reason_of(error))
        case OSError() | EOFError() | asyncio.TimeoutError():
            return lost(error)
        case _:
            return error


def reason_of(error: Any) -> str:
    """Telegram's name of an error, such as CHANNEL_PRIVATE."""
    return str(_NAMES.get(type(error)) or getattr(error, "message", None) or type(error).__name__)


def lost(error: BaseException) -> TelegramUnreachable:
    reason = getattr(error, "strerror", None) or str(error) or "no answer"
    if reason.startswith("Connection to Telegram failed"):
        # Telethon's words, which count attempts; the cause it only logs.
        reason = "nothing answers"
    return TelegramUnreachable(f"Telegram cannot be reached ({reason}): is there a connection to the Internet?")
