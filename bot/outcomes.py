"""What an answer of Telegram means for a message, and what is to be written down and done about it.

Pure. Telegram knows no repeated requests: whether a message has arrived is certain after an answer, and where no
connection came about; after anything else it may have.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError, ConnectionTimeoutError, InvalidURL

from core.readers import MessageState
from core.store.claims import ANSWER_LOST, Result, Taken

#: Seconds: the first wait after a failure that follows another, doubled each time, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
#: Before a message goes again whose answer was lost.
AGAIN_AFTER = timedelta(seconds=2)
#: Where Telegram asks to wait and does not say how long.
SOME_SECONDS = 5


class Loss(enum.StrEnum):
    """Why a reader cannot be written to any more, as `Reader.reason` keeps it."""

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    REMOVED = "removed"
    NOT_FOUND = "not found"
    NO_RIGHTS = "no rights"
    TOPIC_GONE = "topic gone"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Sent:
    """It has arrived; `telegram_id` is its number in the chat."""

    telegram_id: int | None


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Telegram asks to wait so many seconds: `everyone`, or this chat alone."""

    seconds: float
    everyone: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The reader cannot be written to any more."""

    reason: Loss


@dataclass(frozen=True, slots=True)
class Migrated:
    """The group has become a supergroup with this number."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Bad:
    """Telegram will not take this message, ever."""

    error: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """The answer was lost, or says nothing: the message may have arrived."""

    error: str


@dataclass(frozen=True, slots=True)
class Unreached:
    """It certainly has not arrived, and the message is not to blame: no connection came about, or, with `denied`, Telegram
    does not know us.
    """

    error: str
    denied: bool = False


Outcome = Sent | RetryAt | Lost | Migrated | Bad | Unsure | Unreached

#: What is said where a reader is lost; matched against descriptions in lower case. Most specific first.
_LOSSES: tuple[tuple[str, Loss], ...] = (
    ("bot was blocked by the user", Loss.BLOCKED),
    ("user_is_blocked", Loss.BLOCKED),
    ("bot can't initiate conversation", Loss.BLOCKED),
    ("user is deactivated", Loss.DEACTIVATED),
    ("user_deactivated", Loss.DEACTIVATED),  # INPUT_USER_DEACTIVATED as well
    ("chat is deactivated", Loss.REMOVED),
    ("group chat was deactivated", Loss.REMOVED),
    ("the group chat was deleted", Loss.REMOVED),
    ("group chat was upgraded", Loss.REMOVED),  # Telegram does not say to what
    ("bot was kicked", Loss.REMOVED),
    ("bot is not a member", Loss.REMOVED),
    ("user_banned_in_channel", Loss.REMOVED),
    ("channel_private", Loss.REMOVED),
    ("chat not found", Loss.NOT_FOUND),
    ("user not found", Loss.NOT_FOUND),
    ("peer_id_invalid", Loss.NOT_FOUND),
    ("chat_id_invalid", Loss.NOT_FOUND),
    ("user_id_invalid", Loss.NOT_FOUND),
    ("topic_closed", Loss.TOPIC_GONE),
    ("topic closed", Loss.TOPIC_GONE),
    ("topic_deleted", Loss.TOPIC_GONE),
    ("topic_id_invalid", Loss.TOPIC_GONE),
    ("message thread not found", Loss.TOPIC_GONE),
    ("not enough rights", Loss.NO_RIGHTS),
    ("have no rights", Loss.NO_RIGHTS),
    ("need administrator rights", Loss.NO_RIGHTS),
    ("chat_write_forbidden", Loss.NO_RIGHTS),
    ("chat_restricted", Loss.NO_RIGHTS),
    ("chat_admin_required", Loss.NO_RIGHTS),
    ("chat_guest_send_forbidden", Loss.NO_RIGHTS),
    ("chat_send_plain_forbidden", Loss.NO_RIGHTS),
)
#: Addresses of the Bot API hold the token.
_TOKEN = re.compile(r"/bot[^/\s]+")
_WAIT = re.compile(r"retry after (\d+)", re.IGNORECASE)


def meaning(error: Exception, *, chat_id: int) -> Outcome:
    """What an error of aiogram, or what it let through, says of a message to that chat."""
    match error:
        case TelegramEntityTooLarge():  # by aiogram's tree an error of the network
            return Bad(error.message)
        case TelegramNetworkError():
            return _unanswered(error)
        case ClientDecodeError():
            return _undecoded(error)
        case TelegramAPIError():
            return _refused(error, chat_id)
        case _:
            return Unsure(_safe(f"{type(error).__name__}: {error}"))


def _refused(error: TelegramAPIError, chat_id: int) -> Outcome:  # noqa: PLR0911  one line for each refusal
    """What Telegram has answered."""
    match error:
        case TelegramRetryAfter():
            return _wait(error.retry_after, chat_id)
        case TelegramMigrateToChat():
            return Migrated(error.migrate_to_chat_id)
        case TelegramForbiddenError():
            return Lost(_loss(error.message) or Loss.FORBIDDEN)
        case TelegramUnauthorizedError() | TelegramNotFound():
            # A chat that is not found is a bad request: 404 means that there is no such bot, or no Bot API at the address.
            return Unreached(error.message, denied=True)
        case TelegramServerError():
            # A gateway says 502 and 504 also when the Bot API has done its work and only its answer was lost.
            return Unsure(error.message)
    if "too many requests" in error.message.lower():  # without parameters, aiogram does not see what it is
        found = _WAIT.search(error.message)
        return _wait(int(found[1]) if found else SOME_SECONDS, chat_id)
    loss = _loss(error.message) if isinstance(error, TelegramBadRequest) else None
    return Lost(loss) if loss else Bad(error.message)


def _wait(seconds: float, chat_id: int) -> RetryAt:
    """In a group it is the group that had too much, 20 messages a minute; to people we send too fast altogether."""
    return RetryAt(max(1, seconds), everyone=chat_id > 0)


def _loss(description: str) -> Loss | None:
    said = description.lower()
    return next((loss for words, loss in _LOSSES if words in said), None)


def _unanswered(error: TelegramNetworkError) -> Outcome:
    """Where no connection came about, nothing has been sent; else the request may have gone through."""
    cause = error.__cause__
    if isinstance(cause, ClientConnectorError | ConnectionTimeoutError | InvalidURL):
        return Unreached(_safe(error.message))
    return Unsure(_safe(error.message))


def _undecoded(error: ClientDecodeError) -> Outcome:
    """A page of a proxy says nothing. What says `ok` has been done, though this aiogram does not understand the rest."""
    said = error.data
    if isinstance(said, Mapping) and said.get("ok") is True:
        result = said.get("result")
        number = result.get("message_id") if isinstance(result, Mapping) else None
        return Sent(number if isinstance(number, int) else None)
    return Unsure(_safe(f"{error.message}: {str(said)[:200]}"))


def _safe(said: str) -> str:
    return _TOKEN.sub("/bot…", said)


# --- what is done about it -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is written down for a message: its `result`; and besides, until when everybody pauses, why its reader is lost,
    where its chat has moved from and to, and what an admin should know.
    """

    result: Result
    pause_until: datetime | None = None
    lost: tuple[int, Loss] | None = None
    moved: tuple[int, int] | None = None
    trouble: str | None = None

    @property
    def is_more(self) -> bool:
        """Whether more is to be done than to write the result down."""
        return any((self.pause_until, self.lost, self.moved, self.trouble))


def settle(  # noqa: PLR0911  one for each outcome
    outcome: Outcome, taken: Taken, *, until: datetime, now: datetime, floods: int = 0
) -> Settled:
    """What is to be written down for a message that was begun with a lease until `until`.

    A digest's message whose answer was lost goes again, once; a broadcast's does not. `floods`: how often in a row
    Telegram has asked us to wait just before; then it is not one group alone that has had too much.
    """
    message = taken.message
    back = Result(id=message.id, until=until, state=MessageState.PENDING)
    match outcome:
        case Sent():
            return Settled(result=replace(back, state=MessageState.SENT, telegram_id=outcome.telegram_id))
        case RetryAt():
            later = now + timedelta(seconds=outcome.seconds)
            everyone = outcome.everyone or floods > 0
            return Settled(result=replace(back, not_before=later), pause_until=later if everyone else None)
        case Lost():
            lost = (message.reader_id, outcome.reason) if message.reader_id is not None else None
            return Settled(result=replace(back, state=MessageState.FAILED, error=outcome.reason.value), lost=lost)
        case Migrated():
            return Settled(result=back, moved=(message.chat_id, outcome.chat_id))
        case Bad():
            error = outcome.error
            return Settled(result=replace(back, state=MessageState.FAILED, error=error), trouble=_trouble(taken, error))
        case Unsure():
            if message.broadcast or message.resend:
                return Settled(result=replace(back, state=MessageState.UNKNOWN, error=outcome.error))
            return Settled(result=replace(back, doubt=ANSWER_LOST, error=outcome.error, not_before=now + AGAIN_AFTER))
        case Unreached():
            return Settled(result=back, trouble=_trouble(taken, outcome.error) if outcome.denied else None)


def _trouble(taken: Taken, error: str) -> str:
    return f"message {taken.message.id}: {error}"


def backoff(failures: int, luck: float) -> float:
    """Seconds to wait after so many failures in a row, the first of which costs nothing; `luck`, from 0 to 1, spreads
    workers that failed together over half of the time.
    """
    if failures <= 1:
        return 0.0
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 2, 30)) * (1 + luck) / 2
