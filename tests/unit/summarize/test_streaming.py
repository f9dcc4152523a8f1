"""Answers that are watched as they grow, from an endpoint on loopback: the same as at once, told meanwhile."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import pytest

from core.errors import ModelDenied, ModelError, ModelRefused, ModelTimeout, ModelUnreachable
from summarize.model import llm
from summarize.model.endpoints import Ability, Mode, Streaming
from summarize.model.growing import so_far
from tests.fakes.openai import Abilities, Dialect, Fault, Hold, Request, constant, deaf, scripted
from tests.fakes.openai.streams import PIECE
from tests.unit.summarize.talking import GOOD, KEY, QUESTION, UNKNOWN_POST, Note, ask, failure, talking

WHOLE = json.dumps(GOOD, ensure_ascii=False)


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_an_answer_is_told_as_it_grows(dialect: Dialect) -> None:
    """The whole text so far is told, piece after piece, and the reply is the one of an answer at once."""
    told: list[str] = []
    async with talking(dialect=dialect) as (endpoint, client):
        plain = await ask(client)
        reply = await ask(client, growing=told.append)
        again = await ask(client, growing=told.append)
        assert endpoint.connections == 1
    assert [one.body.get("stream") for one in endpoint.requests] == [None, True, True]
    assert endpoint.last.body["stream_options"] == {"include_usage": True}
    pieces = [WHOLE[:end] for end in range(PIECE, len(WHOLE), PIECE)]
    assert told == 2 * [*pieces, WHOLE]
    seconds = {"seconds": plain.spent.seconds}
    assert replace(reply, spent=replace(reply.spent, **seconds)) == plain
    assert replace(again, spent=replace(again.spent, **seconds)) == plain


async def test_an_answer_is_told_before_it_is_there() -> None:
    """While the endpoint still writes, what it has written so far is known, and can be read."""
    told: list[str] = []
    hold, four = Hold(after=4), asyncio.Event()

    def watch(text: str) -> None:
        told.append(text)
        if len(told) == 4:
            four.set()

    async with talking(hold=hold) as (_, client):
        task = asyncio.create_task(ask(client, growing=watch))
        await four.wait()
        await hold.reached.wait()
        assert told[-1] == WHOLE[: 4 * PIECE]
        assert so_far(told[-1]) == {"title": GOOD["title"]}
        assert not task.done()
        hold.release()
        reply = await task
    assert reply.value == Note(**GOOD)
    assert told[-1] == WHOLE


async def test_who_does_not_watch_changes_nothing() -> None:
    """Without a watcher, the request of an endpoint that streams is the one of an endpoint that does not."""
    async with talking() as (endpoint, client):
        for streaming in Streaming:
            await ask(client, Ability(streaming=streaming))
    first, *others = (one.body for one in endpoint.requests)
    assert others == [first, first]
    assert not first.keys() & {"stream", "stream_options"}


@pytest.mark.parametrize("fault", [Fault.PROSE, Fault.THINK, Fault.PARTS, Fault.TRUNCATED_WHOLE])
async def test_what_is_around_the_answer_is_told_as_well(fault: Fault) -> None:
    """The text is told as it is; what of it may be shown is another's business, and its end is the same."""
    told: list[str] = []
    async with talking(fault=fault) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.calls, reply.repaired) == (Note(**GOOD), 1, False)
    assert told[-1] == reply.text
    assert so_far(told[-1]) == GOOD


@pytest.mark.parametrize(
    "fault",
    [Fault.NO_DONE, Fault.TWO_DONE, Fault.NO_FINISH, Fault.SPARSE, Fault.LONG_LINE, Fault.CRLF, Fault.KEEP_ALIVES],
)
@pytest.mark.parametrize("dialect", list(Dialect))
async def test_a_stream_may_be_odd(fault: Fault, dialect: Dialect) -> None:
    """Streams that keep to no more than the sense of the format are understood, told and counted."""
    told: list[str] = []
    async with talking(fault=fault, dialect=dialect) as (endpoint, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.calls, reply.spent.told, reply.ability) == (Note(**GOOD), 1, True, Ability())
    assert len(endpoint.requests) == 1
    assert told[-1] == WHOLE
    assert len(told) > 2
    assert all(later.startswith(former) for former, later in pairwise(told))


async def test_a_stream_of_one_chunk_is_one() -> None:
    """A whole answer as the only event of a stream is told once."""
    told: list[str] = []
    async with talking(fault=Fault.ONE_MESSAGE) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.spent.told, told) == (Note(**GOOD), True, [WHOLE])


async def test_a_stream_that_trickles_is_read() -> None:
    """A byte at a time, in the middle of characters and of lines, is as good as any other way."""
    told: list[str] = []
    async with talking(fault=Fault.SLOW, drip=0) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, told[-1]) == (Note(**GOOD), WHOLE)


@pytest.mark.parametrize("fault", [Fault.NO_USAGE, Fault.NULL_USAGE])
async def test_untold_tokens_of_a_stream_are_estimated(fault: Fault) -> None:
    """A stream without its tokens is charged by an estimate, as an answer at once is."""
    async with talking(fault=fault) as (endpoint, client):
        reply = await ask(client, growing=[].append)
    sent = len(json.dumps(endpoint.last.body, ensure_ascii=False))
    assert (reply.spent.tokens_in, reply.spent.tokens_out) == (-(-sent // 3), -(-len(WHOLE) // 3))
    assert reply.spent.told is False


async def test_a_watcher_that_breaks_is_heard() -> None:
    """An error of who watches is theirs: it comes out as it is, and nothing is asked again for it."""

    def breaks(_: str) -> None:
        raise ValueError("theirs")

    async with talking() as (endpoint, client):
        with pytest.raises(ValueError, match="theirs"):
            await ask(client, growing=breaks)
    assert len(endpoint.requests) == 1


# Repairs and refusals


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.NOT_JSON, Fault.WRONG_KEYS])
async def test_a_repair_is_told_from_its_own_beginning(fault: Fault) -> None:
    """The text of a repair takes the place of the bad answer's: it does not go on with it."""
    told: list[str] = []
    async with talking(script=[fault]) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.repaired, reply.calls) == (Note(**GOOD), True, 2)
    starts = [place for place, text in enumerate(told) if len(text) == PIECE]
    assert len(starts) == 2
    assert told[starts[1] :] == [*(WHOLE[:end] for end in range(PIECE, len(WHOLE), PIECE)), WHOLE]


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.NULL_CONTENT, Fault.TOOL_CALL])
async def test_of_no_text_nothing_is_told(fault: Fault) -> None:
    """An answer without a text is repaired as ever, and there is nothing to tell of it."""
    told: list[str] = []
    async with talking(script=[fault]) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.repaired) == (Note(**GOOD), True)
    assert told[0] == WHOLE[:PIECE]


async def test_an_endpoint_that_ignores_the_schema_is_found_out_while_it_streams() -> None:
    """The mode is learned from repairs of watched answers as from others, and streams are not blamed."""
    async with talking(deaf(GOOD)) as (_, client):
        reply = await ask(client, growing=[].append)
    assert (reply.repaired, reply.ability) == (True, Ability(mode=Mode.OBJECT))


@pytest.mark.parametrize("fault", [Fault.REFUSAL, Fault.CONTENT_FILTER])
async def test_a_refusal_in_a_stream_is_one(fault: Fault) -> None:
    """A refusal ends the matter after one request, which is paid for, and is not told as an answer."""
    told: list[str] = []
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client, growing=told.append)
    assert isinstance(error, ModelRefused)
    assert (len(endpoint.requests), error.spent.told, told) == (1, True, [])


# Troubles on the way


@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.STREAM_ENDS, Fault.STREAM_ERROR, Fault.STREAM_NOT_JSON, Fault.STREAM_NOT_UTF8]
)
async def test_a_stream_that_breaks_is_tried_once_more(fault: Fault) -> None:
    """An answer that broke off is told again from its beginning; what came of the first is paid for."""
    told: list[str] = []
    async with talking(script=[fault]) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.calls, reply.repaired, reply.spent.told) == (Note(**GOOD), 2, False, False)
    half = next(place for place, (former, later) in enumerate(pairwise(told)) if not later.startswith(former))
    assert told[half] == WHOLE[: len(told[half])] != WHOLE
    assert (told[half + 1], told[-1]) == (WHOLE[:PIECE], WHOLE)
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client, growing=[].append)
    assert isinstance(error, ModelUnreachable)
    assert len(endpoint.requests) == 2
    assert error.spent.tokens_out == 2 * -(-len(told[half]) // 3)


@pytest.mark.parametrize("streams", ["ignored", "refused"])
async def test_what_breaks_off_and_is_no_stream_is_tried_once_more(streams: Literal["ignored", "refused"]) -> None:
    """An answer at once, or an error, that breaks off where a stream was asked for is as bad as a stream that does."""
    told: list[str] = []
    async with talking(script=[Fault.RESET], abilities=Abilities(streams=streams)) as (_, client):
        reply = await ask(client, growing=told.append)
    assert (reply.value, reply.calls, told) == (Note(**GOOD), 2, [WHOLE])


@pytest.mark.parametrize("fault", [Fault.STREAM_ERROR_FIRST, Fault.STREAM_ERROR_BARE])
async def test_an_error_in_a_stream_is_the_endpoints_own(fault: Fault) -> None:
    """An error that comes as an event means what it would mean as a status."""
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client, growing=[].append)
    assert isinstance(error, ModelRefused)
    assert "too long" in str(error)
    assert len(endpoint.requests) == 1
    assert (error.spent is None) == (fault is Fault.STREAM_ERROR_FIRST)


async def test_time_runs_out_while_an_answer_grows() -> None:
    """An answer that does not go on ends in a time-out, once; what came of it counts."""
    told: list[str] = []
    async with talking(fault=Fault.STREAM_HANGS, seconds=0.5) as (endpoint, client):
        error = await failure(client, growing=told.append)
        endpoint.fault = None
        reply = await ask(client, growing=told.append)
    assert isinstance(error, ModelTimeout)
    assert len(endpoint.requests) == 2
    assert error.spent.tokens_out > 0
    assert reply.value == Note(**GOOD)


async def test_an_answer_that_is_whole_does_not_need_its_end() -> None:
    """Where all is said, and the stream does not end, the answer counts when time has run out."""
    async with talking(fault=Fault.STREAM_STAYS, seconds=0.5) as (endpoint, client):
        reply = await ask(client, growing=[].append)
    assert (reply.value, reply.calls, len(endpoint.requests)) == (Note(**GOOD), 1, 1)


async def test_cancelling_a_stream_ends_it() -> None:
    """A question that its caller gives up while it is answered ends as cancelled, and the client goes on."""
    hold = Hold(after=1)
    async with talking(hold=hold) as (endpoint, client):
        task = asyncio.create_task(ask(client, growing=[].append))
        await hold.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        endpoint.hold = None
        assert (await ask(client, growing=[].append)).value == Note(**GOOD)


@pytest.mark.parametrize(
    ("fault", "kind", "requests"),
    [
        (Fault.DENIED_401, ModelDenied, 1),
        (Fault.DENIED_403, ModelDenied, 1),
        (Fault.QUOTA_429, ModelDenied, 1),
        (Fault.UNKNOWN_MODEL_404, ModelDenied, 1),
        (Fault.REDIRECT_307, ModelDenied, 1),
        (Fault.TOO_LONG_400, ModelRefused, 1),
        (Fault.HTML_502, ModelUnreachable, 2),
        (Fault.ERROR_500, ModelUnreachable, 2),
        (Fault.ERROR_IN_200, ModelUnreachable, 2),
        (Fault.HTML_200, ModelUnreachable, 2),
        (Fault.NO_CHOICES, ModelUnreachable, 2),
    ],
)
async def test_troubles_are_the_same_for_who_watches(fault: Fault, kind: type[ModelError], requests: int) -> None:
    """An endpoint that gives no stream but an error is understood as ever, and nothing is told."""
    told: list[str] = []
    async with talking(fault=fault) as (endpoint, client):
        error = await failure(client, growing=told.append)
    assert type(error) is kind
    assert (error.spent, error.ability, told) == (None, Ability(), [])
    assert len(endpoint.requests) == requests


async def test_many_watched_questions_share_a_client() -> None:
    """Twenty answers grow at the same time, and each is told to its own watcher."""

    def echo(request: Request) -> dict[str, object]:
        return {"title": request.user, "posts": []}

    told: list[list[str]] = [[] for _ in range(20)]
    async with talking(echo, together=20) as (_, client):
        questions = [replace(QUESTION, user=f"question {number}") for number in range(20)]
        asked = zip(questions, told, strict=True)
        replies = await asyncio.gather(
            *(llm.ask(client, question, Ability(), growing=heard.append) for question, heard in asked)
        )
    assert [reply.value.title for reply in replies] == [question.user for question in questions]
    assert [heard[-1] for heard in told] == [reply.text for reply in replies]


async def test_a_stream_sends_no_more_than_it_has_to() -> None:
    """A watched request carries the same headers as any other, and only the bad value is argued about."""
    async with talking(scripted([GOOD, UNKNOWN_POST, GOOD])) as (endpoint, client):
        await ask(client)
        reply = await ask(client, growing=[].append)
    first, second, _ = endpoint.requests
    assert second.headers | {"content-length": ""} == first.headers | {"content-length": ""}
    assert second.headers["authorization"] == f"Bearer {KEY}"
    assert (reply.repaired, reply.ability) == (True, Ability())


async def test_an_answer_with_halves_of_characters_is_clean() -> None:
    """What is told has neither NUL nor halves of characters, which no database takes."""
    told: list[str] = []
    async with talking(constant('{"title": "a\0b", "posts": []}')) as (_, client):
        reply = await ask(client, growing=told.append)
    assert reply.value.title == "ab"
    assert not any("\0" in text for text in told)
