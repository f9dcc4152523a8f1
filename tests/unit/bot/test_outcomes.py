"""What Telegram's answers mean for a message, told by what aiogram really raises for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import AiogramError, ClientDecodeError, TelegramNetworkError
from aiogram.methods import SendMessage
from aiohttp.client_reqrep import ConnectionKey

from bot.outcomes import (
    LONGEST_WAIT,
    Bad,
    Loss,
    Lost,
    Migrated,
    Outcome,
    RetryAt,
    Sent,
    Settled,
    Unreached,
    Unsure,
    backoff,
    meaning,
    settle,
)
from core.readers import Body, MessageState, Outgoing
from core.store.claims import Taken

NOW = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=45)
PERSON, GROUP = 1001, -1001234567890
METHOD = SendMessage(chat_id=PERSON, text="дайджест")
_KEY = ConnectionKey("127.0.0.1", 443, True, True, None, None, None)


def raised(status: int, content: str) -> AiogramError:
    """What aiogram raises for an answer."""
    with pytest.raises(AiogramError) as caught:
        AiohttpSession().check_response(Bot("1:TEST"), METHOD, status, content)
    return caught.value


def refusal(status: int, description: str, **parameters: int) -> str:
    said: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return json.dumps(said | ({"parameters": parameters} if parameters else {}))


def refused(status: int, description: str, *, chat_id: int = PERSON, **parameters: int) -> Outcome:
    return meaning(raised(status, refusal(status, description, **parameters)), chat_id=chat_id)


def unanswered(cause: Exception) -> Outcome:
    """What a failure of the connection means, wrapped as aiogram wraps it."""
    error = TelegramNetworkError(method=METHOD, message=f"{type(cause).__name__}: {cause}")
    error.__cause__ = cause
    return meaning(error, chat_id=PERSON)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "description", "loss"),
    [
        (403, "Forbidden: bot was blocked by the user", Loss.BLOCKED),
        (403, "Forbidden: bot can't initiate conversation with a user", Loss.BLOCKED),
        (403, "Forbidden: user is deactivated", Loss.DEACTIVATED),
        (400, "Bad Request: INPUT_USER_DEACTIVATED", Loss.DEACTIVATED),
        (403, "Forbidden: bot was kicked from the group chat", Loss.REMOVED),
        (403, "Forbidden: bot was kicked from the supergroup chat", Loss.REMOVED),
        (403, "Forbidden: bot was kicked from the channel chat", Loss.REMOVED),
        (403, "Forbidden: bot is not a member of the channel chat", Loss.REMOVED),
        (403, "Forbidden: the group chat was deleted", Loss.REMOVED),
        (400, "Bad Request: group chat was deactivated", Loss.REMOVED),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", Loss.REMOVED),
        (400, "Bad Request: chat not found", Loss.NOT_FOUND),
        (400, "Bad Request: user not found", Loss.NOT_FOUND),
        (400, "Bad Request: PEER_ID_INVALID", Loss.NOT_FOUND),
        (400, "Bad Request: CHANNEL_PRIVATE", Loss.REMOVED),
        (400, "Bad Request: not enough rights to send text messages to the chat", Loss.NO_RIGHTS),
        (403, "Forbidden: not enough rights to send text messages to the chat", Loss.NO_RIGHTS),
        (400, "Bad Request: have no rights to send a message", Loss.NO_RIGHTS),
        (400, "Bad Request: need administrator rights in the channel chat", Loss.NO_RIGHTS),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Loss.NO_RIGHTS),
        (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", Loss.NO_RIGHTS),
        (400, "Bad Request: CHAT_RESTRICTED", Loss.NO_RIGHTS),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", Loss.NO_RIGHTS),
        (400, "Bad Request: TOPIC_CLOSED", Loss.TOPIC_GONE),
        (400, "Bad Request: TOPIC_DELETED", Loss.TOPIC_GONE),
        (400, "Bad Request: message thread not found", Loss.TOPIC_GONE),
        (403, "Forbidden: bots can't send messages to bots", Loss.FORBIDDEN),
    ],
)
def test_who_cannot_be_written_to_is_lost(status: int, description: str, loss: Loss) -> None:
    """Blocked, deactivated, removed, without rights or without a topic: nothing more is sent there, and we know why."""
    assert refused(status, description) == Lost(loss)


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (400, "Bad Request: message is too long"),
        (400, "Bad Request: message text is empty"),
        (400, "Bad Request: can't parse entities: Unsupported start tag"),
        (400, "Bad Request: ENTITIES_TOO_LONG"),
        (400, "Bad Request: BUTTON_DATA_INVALID"),
        (413, "Request Entity Too Large"),
        (418, "I'm a teapot"),
    ],
)
def test_a_bad_message_says_nothing_of_its_reader(status: int, description: str) -> None:
    """What Telegram does not take is the message's fault: the reader stays."""
    assert refused(status, description) == Bad(description)


def test_a_flood_holds_everybody_but_in_a_group_only_the_group() -> None:
    """A group's 20 messages a minute are its own; to people we send too fast altogether."""
    said = "Too Many Requests: retry after 17"
    assert refused(429, said, retry_after=17) == RetryAt(17, everyone=True)
    assert refused(429, said, chat_id=GROUP, retry_after=17) == RetryAt(17, everyone=False)


def test_a_flood_without_parameters_is_one() -> None:
    """The parameters are all that aiogram looks at; the description says the same."""
    assert refused(429, "Too Many Requests: retry after 9") == RetryAt(9, everyone=True)
    assert refused(429, "Too Many Requests") == RetryAt(5, everyone=True)


def test_a_group_that_moved_says_where_to() -> None:
    """The number of the supergroup comes with the refusal."""
    said = "Bad Request: group chat was upgraded to a supergroup chat"
    assert refused(400, said, chat_id=-4001, migrate_to_chat_id=GROUP) == Migrated(GROUP)


@pytest.mark.parametrize(("status", "description"), [(401, "Unauthorized"), (404, "Not Found")])
def test_a_wrong_token_is_no_fault_of_the_message(status: int, description: str) -> None:
    """Nothing was sent, nothing is lost: it waits until the token is right."""
    assert refused(status, description) == Unreached(description, denied=True)


# --- no answer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cause",
    [
        aiohttp.ClientConnectorError(_KEY, ConnectionRefusedError(111, "refused")),
        aiohttp.ClientConnectorDNSError(_KEY, OSError(-2, "unknown")),
        aiohttp.ClientConnectorSSLError(_KEY, OSError(1, "handshake")),
        aiohttp.ConnectionTimeoutError("no connection in time"),
        aiohttp.InvalidURL("nowhere"),
    ],
)
def test_without_a_connection_nothing_has_arrived(cause: Exception) -> None:
    """Refused, not resolved, no handshake, not in time: it is certain that nothing was sent."""
    assert isinstance(unanswered(cause), Unreached)


def test_no_error_shows_the_token() -> None:
    """Addresses of the Bot API hold it, and errors hold addresses."""
    outcome = unanswered(aiohttp.InvalidURL("http://nowhere:x/bot1:AAF-secret/sendMessage"))
    assert isinstance(outcome, Unreached)
    assert "AAF-secret" not in outcome.error
    assert outcome.error.endswith("http://nowhere:x/bot…/sendMessage")


@pytest.mark.parametrize(
    "cause",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset by peer"),
        aiohttp.ClientPayloadError("cut"),
        aiohttp.SocketTimeoutError("silence"),
        TimeoutError(),
    ],
)
def test_after_a_connection_it_may_have_arrived(cause: Exception) -> None:
    """A connection that breaks, or an answer that does not come: Telegram may have had the request."""
    assert isinstance(unanswered(cause), Unsure)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, refusal(500, "Internal Server Error: restart")),
        (502, refusal(502, "Bad Gateway")),
        (504, refusal(504, "Gateway Timeout")),
        (502, "<html><h1>502 Bad Gateway</h1></html>"),
        (200, "<html>Please log in to the hotel's network</html>"),
        (200, "[1, 2]"),
    ],
)
def test_an_answer_that_is_none_leaves_it_open(status: int, content: str) -> None:
    """A server that fails, a gateway, a page of somebody else's: the message may have arrived."""
    assert isinstance(meaning(raised(status, content), chat_id=PERSON), Unsure)


def test_what_aiogram_lets_through_leaves_it_open() -> None:
    """Undecodable bytes, an error without a description: nothing is known."""
    assert isinstance(meaning(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), chat_id=PERSON), Unsure)
    with pytest.raises(TypeError) as caught:
        AiohttpSession().check_response(Bot("1:TEST"), METHOD, 500, '{"ok": false}')
    assert isinstance(meaning(caught.value, chat_id=PERSON), Unsure)


def test_an_answer_of_a_later_api_still_says_that_it_was_sent() -> None:
    """`ok` is `ok`, also where this aiogram cannot read the message that came with it."""
    error = raised(200, '{"ok": true, "result": {"message_id": 77, "date": "tomorrow"}}')
    assert isinstance(error, ClientDecodeError)
    assert meaning(error, chat_id=PERSON) == Sent(77)
    assert meaning(raised(200, '{"ok": true, "result": []}'), chat_id=PERSON) == Sent(None)


# --- what is done ----------------------------------------------------------------------------------------------------


def taken(*, broadcast: bool = False, resend: bool = False, reader_id: int | None = 3) -> Taken:
    message = Outgoing(
        id=9, reader_id=reader_id, chat_id=PERSON, thread_id=None, broadcast=broadcast, tries=0, resend=resend,
        body=Body(text="дайджест"),
    )  # fmt: skip
    return Taken(message=message, urgent=False, silent=False, until=NOW)


def settled(outcome: Outcome, message: Taken | None = None, *, floods: int = 0) -> Settled:
    return settle(outcome, message or taken(), until=UNTIL, now=NOW, floods=floods)


def test_a_sent_message_is_done() -> None:
    """Its number at Telegram is kept, and nothing follows."""
    done = settled(Sent(77))
    assert (done.result.state, done.result.telegram_id, done.result.until) == (MessageState.SENT, 77, UNTIL)
    assert not done.is_more


def test_a_flood_puts_the_message_back_and_has_everybody_wait() -> None:
    """Not before the time that Telegram names; others of a group's flood go on, unless another flood has just been."""
    for outcome, floods, pause in [
        (RetryAt(30, everyone=True), 0, True),
        (RetryAt(30, everyone=False), 0, False),
        (RetryAt(30, everyone=False), 1, True),
    ]:
        done = settled(outcome, floods=floods)
        assert (done.result.state, done.result.doubt) == (MessageState.PENDING, None)
        assert done.result.not_before == NOW + timedelta(seconds=30)
        assert done.pause_until == (NOW + timedelta(seconds=30) if pause else None)


def test_a_lost_reader_is_named_with_the_reason() -> None:
    """The message failed for it; where no reader is known, only that."""
    done = settled(Lost(Loss.BLOCKED))
    assert (done.result.state, done.result.error, done.lost) == (MessageState.FAILED, "blocked", (3, Loss.BLOCKED))
    assert settled(Lost(Loss.BLOCKED), taken(reader_id=None)).lost is None


def test_a_moved_chat_takes_its_message_along() -> None:
    """It goes again, without any doubt, once the chat has its new number."""
    done = settled(Migrated(GROUP))
    assert (done.result.state, done.result.doubt, done.moved) == (MessageState.PENDING, None, (PERSON, GROUP))


def test_a_bad_message_is_told_to_an_admin() -> None:
    """It failed, and the trouble names it, without its text."""
    done = settled(Bad("Bad Request: message is too long"))
    assert (done.result.state, done.trouble) == (MessageState.FAILED, "message 9: Bad Request: message is too long")


def test_a_lost_answer_sends_a_digest_again_once() -> None:
    """The first time it goes again and says so, the second time it is unknown; a broadcast is at once."""
    again = settled(Unsure("reset")).result
    assert (again.state, again.doubt) == (MessageState.PENDING, "sent again: answer lost")
    assert again.not_before is not None
    assert again.not_before > NOW
    assert settled(Unsure("reset"), taken(resend=True)).result.state is MessageState.UNKNOWN
    assert settled(Unsure("reset"), taken(broadcast=True)).result.state is MessageState.UNKNOWN


def test_what_was_not_reached_costs_nothing() -> None:
    """The message goes again whatever it is, as often as it takes; an admin hears of it if it is our token."""
    for message in (taken(), taken(resend=True), taken(broadcast=True)):
        done = settled(Unreached("refused"), message)
        assert (done.result.state, done.result.doubt, done.is_more) == (MessageState.PENDING, None, False)
    assert settled(Unreached("Unauthorized", denied=True)).trouble == "message 9: Unauthorized"


def test_waits_grow_up_to_a_minute() -> None:
    """The first failure costs nothing; then waits double, spread by luck, and never end."""
    assert [backoff(number, 1) for number in range(6)] == [0, 0, 0.5, 1, 2, 4]
    assert backoff(2, 0) == 0.25
    assert backoff(10_000, 1) == LONGEST_WAIT
