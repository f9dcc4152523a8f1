"""Answers in chunks, as servers send them, and what can go wrong with them on the way."""

import asyncio
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.fakes.openai.faults import Fault
from tests.fakes.openai.requests import Json

#: Characters of an answer in a chunk.
PIECE = 8
DONE = b"data: [DONE]\n\n"
CONTEXT = "the request exceeds the available context size, try increasing it"


class Dialect(StrEnum):
    """Servers whose streams differ a little."""

    OPENAI = "openai"
    VLLM = "vllm"
    LLAMA_CPP = "llama.cpp"


class End(StrEnum):
    """How a stream ends."""

    ORDERLY = "orderly"
    CUT = "cut"
    NEVER = "never"


@dataclass(kw_only=True)
class Hold:
    """Stops streams after so many pieces of an answer, until they are let go on."""

    after: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def here(self) -> None:
        self.reached.set()
        await self._freed.wait()

    def release(self) -> None:
        self._freed.set()


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream on its way to the wire. `lead`: the frames before the first piece of the answer."""

    frames: list[bytes]
    lead: int
    end: End = End.ORDERLY


def streamed(completion: Json, body: Json, *, dialect: Dialect, fault: Fault | None) -> Stream:
    """A completion in chunks, as the request has asked for it and the fault has it."""
    opening, pieces, closing = _chunks(completion, dialect)
    if (body.get("stream_options") or {}).get("include_usage"):
        # OpenAI has a usage in every chunk, null but in the last.
        nothing = {"usage": None} if dialect is Dialect.OPENAI else {}
        opening, pieces, closing = ([one | nothing for one in part] for part in (opening, pieces, closing))
        if completion.get("usage"):
            closing.append(_chunk(completion, []) | {"usage": completion["usage"]})
    if fault is Fault.SPARSE:
        pieces = [chunk for piece in pieces for chunk in (*_empty(completion), piece)]
    if fault is Fault.ONE_MESSAGE:
        opening, pieces, closing = [], [completion], []
    frames = [*(_event(chunk) for chunk in (*opening, *pieces, *closing)), DONE]
    if fault:
        frames = _spoilt(fault, frames, len(opening) + len(pieces) // 2)
    end = _ENDS.get(fault, End.ORDERLY) if fault else End.ORDERLY
    return Stream(frames=frames, lead=len(opening), end=end)


def _chunks(completion: Json, dialect: Dialect) -> tuple[list[Json], list[Json], list[Json]]:
    """What opens an answer, its pieces, and what closes it."""
    choice = completion["choices"][0]
    deltas = _deltas(choice["message"])
    opening: Json = {"role": "assistant", "content": None if dialect is Dialect.LLAMA_CPP else ""}
    if dialect is Dialect.OPENAI:
        opening["refusal"] = None
    finish = choice["finish_reason"]
    last = {} if dialect is not Dialect.VLLM else {"content": ""}
    return (
        [_chunk(completion, [_choice(opening)])],
        [_chunk(completion, [_choice(delta)]) for delta in deltas],
        [_chunk(completion, [_choice(last) | {"finish_reason": finish}])],
    )


def _deltas(message: Json) -> list[Json]:
    content = message["content"]
    if message.get("refusal"):
        return [{"refusal": piece} for piece in _pieces(message["refusal"])]
    if message.get("tool_calls"):
        return [{"tool_calls": [call | {"index": 0}]} for call in message["tool_calls"]]
    if isinstance(content, list):
        return [{"content": [part | {"text": piece}]} for part in content for piece in _pieces(part["text"])]
    return [{"content": piece} for piece in _pieces(content or "")]


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def _choice(delta: Json) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}


def _chunk(completion: Json, choices: list[Json]) -> Json:
    kept = {name: completion[name] for name in ("id", "created", "model")}
    return {**kept, "object": "chat.completion.chunk", "choices": choices}


def _empty(completion: Json) -> list[Json]:
    """Chunks that hold nothing, as some servers send them in between."""
    deltas: list[Any] = [{"role": "assistant"}, {"content": None}, {"reasoning_content": "Hm."}, None]
    return [
        _chunk(completion, []),
        *(_chunk(completion, [_choice(delta)]) for delta in deltas),
        _chunk(completion, [_choice({}) | {"finish_reason": ""}]),
    ]


def _event(payload: object) -> bytes:
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


# --- what goes wrong -------------------------------------------------------------------------------------------------


def _spoilt(fault: Fault, frames: list[bytes], middle: int) -> list[bytes]:
    """The frames as the fault has them; `middle`: where it strikes, if it strikes there."""
    half, rest = frames[:middle], frames[middle:]
    joined = b"".join(frames).replace(b"\n", b"\r\n")
    signs = [b": ping\n\n", b"event: ping\n\n", b"retry: 10\nid: 7\n\n", b"data:\n\n", b"\n\n"]
    spoilt = {
        Fault.RESET: [*half, rest[0][: len(rest[0]) // 2]],
        Fault.STREAM_ENDS: half,
        Fault.STREAM_HANGS: half,
        Fault.STREAM_STAYS: frames[:-1],
        Fault.STREAM_ERROR: [*half, _event({"error": _error("EngineCore encountered an issue", 500)}), DONE],
        Fault.STREAM_ERROR_BARE: [*half, _event({"object": "error", **_error(CONTEXT, 400)}), DONE],
        Fault.STREAM_ERROR_FIRST: [_event({"error": _error(CONTEXT, 400)}), DONE],
        Fault.STREAM_ERROR_FIELD: [f"error: {json.dumps(_error(CONTEXT, 400))}\n\n".encode(), DONE],
        Fault.STREAM_NOT_JSON: [*half, b"data: <html>\n\n", *rest],
        Fault.STREAM_NOT_UTF8: [*half, b'data: {"choices": [{"delta": {"content": "\xd0"}}]}\n\n', *rest],
        Fault.STREAM_NOTHING: [],
        Fault.NO_DONE: frames[:-1],
        Fault.TWO_DONE: [*frames, DONE],
        Fault.NO_FINISH: [frame for frame in frames if b'"finish_reason": "' not in frame],
        Fault.LONG_LINE: [_event({"choices": [], "obfuscation": "x" * 1_000_000}), *frames],
        # Cut where no event ends, as packets are.
        Fault.CRLF: [joined[at : at + 7] for at in range(0, len(joined), 7)],
        Fault.KEEP_ALIVES: [part for frame in frames for part in (*signs, frame)],
    }
    return spoilt.get(fault, frames)


_ENDS = {Fault.RESET: End.CUT, Fault.STREAM_HANGS: End.NEVER, Fault.STREAM_STAYS: End.NEVER}


def _error(message: str, code: int) -> Json:
    return {"message": message, "type": "BadRequestError", "param": None, "code": code}
