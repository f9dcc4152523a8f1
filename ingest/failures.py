"""Telethon's errors as ours: what a person has to mend, what Telegram refuses, and what may pass."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon import errors

from core.errors import FloodWait, LoginError, NotLoggedIn, Refused, TelegramUnreachable, Undecodable

#: Errors that end a session, by Telegram's names; others of the same codes say something of one request.
ENDS = frozenset({
    "AUTH_KEY_DUPLICATED", "AUTH_KEY_INVALID", "AUTH_KEY_PERM_EMPTY", "AUTH_KEY_UNREGISTERED", "SESSION_EXPIRED",
    "SESSION_REVOKED", "USER_DEACTIVATED", "USER_DEACTIVATED_BAN",
})  # fmt: skip
UNKNOWN_APPLICATION = (
    "Telegram does not know this SVODKA_TELEGRAM_API_ID with this SVODKA_TELEGRAM_API_HASH: "
    "copy both from https://my.telegram.org"
)
#: Telegram asks to wait; they have `seconds`.
FLOODS = (errors.FloodWaitError, errors.FloodPremiumWaitError)
#: What `translated` knows.
KNOWN = (
    errors.RPCError,
    errors.TypeNotFoundError,
    errors.common.AuthKeyNotFound,
    errors.common.BadMessageError,
    errors.common.InvalidChecksumError,
    errors.common.SecurityError,
    BufferError,
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
    """Our error for one of `KNOWN`."""
    match error:
        case errors.ApiIdInvalidError() | errors.ApiIdPublishedFloodError():
            return LoginError(UNKNOWN_APPLICATION)
        case errors.FloodWaitError() | errors.FloodPremiumWaitError():
            return FloodWait(method, max(1, error.seconds))
        case _ if is_end_of_session(error):
            return not_logged_in(error)
        case errors.TypeNotFoundError():
            return Undecodable(f"Telegram's answer to {method} holds what this version does not know: upgrade Svodka")
        case errors.RPCError():
            return Refused(method, reason_of(error))
        case _:
            return lost(error)


def is_end_of_session(error: BaseException | None) -> bool:
    """Whether an error means that the session is not accepted, or not any longer."""
    return isinstance(error, errors.common.AuthKeyNotFound) or (
        isinstance(error, errors.RPCError) and reason_of(error) in ENDS
    )


def reason_of(error: Any) -> str:
    """Telegram's name of an error, such as CHANNEL_PRIVATE."""
    return str(_NAMES.get(type(error)) or getattr(error, "message", None) or type(error).__name__)


def lost(error: BaseException | None) -> TelegramUnreachable:
    """The connection is gone; None: for no reason that Telethon gives."""
    reason = getattr(error, "strerror", None) or (str(error) if error else "the connection was closed") or "no answer"
    # Telethon's words, which count attempts; the cause it only logs.
    if reason.startswith("Connection to Telegram failed"):
        reason = "nothing answers"
    elif reason.startswith("auth_key generation failed"):
        reason = "no key could be agreed on"
    return TelegramUnreachable(f"Telegram cannot be reached ({reason}): is there a connection to the Internet?")
