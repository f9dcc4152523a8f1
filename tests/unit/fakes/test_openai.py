"""The fake endpoint streams as the servers do that it stands for."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fakes.openai import Abilities, Dialect, FakeEndpoint, Fault, Hold, constant

ASKED = {"model": "m", "messages": [{"role": "user", "content": "Скажи слово."}]}
COUNTED = ASKED | {"stream": True, "stream_options": {"include_usage": True}}


async def said(endpoint: FakeEndpoint, body: object) -> tuple[int, dict[str, str], str]:
    """The status, the headers and the body that a request gets, read as they are on the wire."""
    place = urlsplit(endpoint.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    sent = json.dumps(body).encode()
    head = f"POST {place.path}/chat/completions HTTP/1.1\r\nConnection: close\r\nContent-Length: {len(sent)}\r\n\r\n"
    writer.write(head.encode() + sent)
    top, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *lines = top.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, (unchunked(rest) if "transfer-encoding" in headers else rest).decode()


def unchunked(data: bytes) -> bytes:
    """The body that came in chunks; AssertionError if its end did not come."""
    found = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        assert size, "the end of the body is missing"
        if not int(size, 16):
            return found
        found, data = found + data[: int(size, 16)], data[int(size, 16) + 2 :]


async def events(endpoint: FakeEndpoint, body: object = COUNTED) -> list[Any]:
    """The events of a stream, without its last, which says that it is done."""
    status, headers, text = await said(endpoint, body)
    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    *found, done, nothing = text.split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in found]


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_a_stream_is_as_its_server_sends_it(dialect: Dialect) -> None:
    """A role, the pieces, the reason for the end, then the tokens beside no choice; what is null, and where, differs."""
    async with FakeEndpoint(constant("сегодня вышел «Сверчок»"), dialect=dialect) as endpoint:
        opening, *pieces, closing, counted = await events(endpoint)
    assert {one["object"] for one in (opening, *pieces, closing, counted)} == {"chat.completion.chunk"}
    deltas = [one["choices"][0]["delta"] for one in (opening, *pieces, closing)]
    assert "".join(delta.get("content") or "" for delta in deltas) == "сегодня вышел «Сверчок»"
    assert (deltas[0]["role"], deltas[0]["content"]) == ("assistant", None if dialect is Dialect.LLAMA_CPP else "")
    assert ("refusal" in deltas[0]) == (dialect is Dialect.OPENAI)
    assert deltas[-1] == ({"content": ""} if dialect is Dialect.VLLM else {})
    reasons = [one["choices"][0]["finish_reason"] for one in (opening, *pieces, closing)]
    assert reasons == [None] * (1 + len(pieces)) + ["stop"]
    assert (counted["choices"], counted["usage"]["completion_tokens"]) == ([], 5)
    assert ("usage" in opening) == (dialect is Dialect.OPENAI)


async def test_tokens_are_told_to_who_asks() -> None:
    """Without the option there is no word of tokens in a stream; with it, but no stream, the request is rejected."""
    async with FakeEndpoint(constant("да")) as endpoint:
        found = await events(endpoint, ASKED | {"stream": True})
        status, _, text = await said(endpoint, ASKED | {"stream_options": {"include_usage": True}})
    assert not any("usage" in one for one in found)
    assert status == 400
    assert "only allowed when 'stream' is enabled" in text


async def test_streams_are_refused_or_ignored() -> None:
    """As its abilities say, the endpoint takes no notice of the wish for a stream, or rejects it or its options."""
    async with FakeEndpoint(constant("да")) as endpoint:
        endpoint.abilities = Abilities(streams="ignored")
        status, headers, text = await said(endpoint, COUNTED)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(text)["choices"][0]["message"]["content"] == "да"
        endpoint.abilities = Abilities(streams="refused")
        assert json.loads((await said(endpoint, COUNTED))[2])["error"]["param"] == "stream"
        endpoint.abilities = Abilities(stream_options=False, status=422)
        status, _, text = await said(endpoint, COUNTED)
        assert (status, "'stream_options'" in text) == (422, True)
        assert len(await events(endpoint, ASKED | {"stream": True})) == 3


async def test_a_stream_is_held_until_it_is_let_go() -> None:
    """A held stream says that it is, and goes on to its end once it is released."""
    hold = Hold(after=1)
    async with FakeEndpoint(constant("сегодня вышел «Сверчок»"), hold=hold) as endpoint:
        task = asyncio.create_task(events(endpoint))
        await hold.reached.wait()
        assert not task.done()
        hold.release()
        assert len(await task) == 6
        assert len(await events(endpoint)) == 6


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.startswith("stream_")])
async def test_faults_of_streams_are_of_streams(fault: Fault) -> None:
    """Who does not ask for a stream is answered well by an endpoint whose streams are faulty."""
    async with FakeEndpoint(constant("да"), fault=fault) as endpoint:
        status, _, text = await said(endpoint, ASKED)
    assert status == 200
    assert json.loads(text)["choices"][0]["message"]["content"] == "да"
