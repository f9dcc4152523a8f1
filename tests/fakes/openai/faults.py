"""What can go wrong at the fake endpoint: one request is answered otherwise than a good endpoint would."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Fault(StrEnum):
    """Faults by the name that the command line knows."""

    # Of the answer.
    TRUNCATED = "truncated"  # the first half of the answer
    TRUNCATED_WHOLE = "truncated_whole"  # said to be cut off, but all there
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    EMPTY = "empty"
    NULL_CONTENT = "null_content"
    PARTS = "parts"  # the content as a list of parts
    PROSE = "prose"  # JSON in prose and fences
    THINK = "think"
    WRONG_KEYS = "wrong_keys"
    NOT_JSON = "not_json"  # prose alone
    TOOL_CALL = "tool_call"
    NO_USAGE = "no_usage"
    NULL_USAGE = "null_usage"
    NO_CHOICES = "no_choices"
    # Of an answer in chunks; another is as it should be.
    STREAM_ENDS = "stream_ends"  # in the middle, as if that were all
    STREAM_HANGS = "stream_hangs"  # in the middle
    STREAM_STAYS = "stream_stays"  # all is said, but the stream does not end
    STREAM_ERROR = "stream_error"  # in the middle, of the server
    STREAM_ERROR_BARE = "stream_error_bare"  # in the middle, of the request, as older vLLM tells it
    STREAM_ERROR_FIRST = "stream_error_first"  # instead of an answer
    STREAM_ERROR_FIELD = "stream_error_field"  # the same, as older llama.cpp tells it
    STREAM_NOT_JSON = "stream_not_json"  # in the middle
    STREAM_NOT_UTF8 = "stream_not_utf8"  # in the middle
    STREAM_NOTHING = "stream_nothing"
    NO_DONE = "no_done"
    TWO_DONE = "two_done"
    NO_FINISH = "no_finish"  # no chunk says why the answer ends
    SPARSE = "sparse"  # with chunks that hold nothing
    ONE_MESSAGE = "one_message"  # a whole answer as the only chunk
    LONG_LINE = "long_line"  # of a megabyte
    CRLF = "crlf"
    KEEP_ALIVES = "keep_alives"
    # Of embeddings.
    SHUFFLED = "shuffled"  # right, but in another order
    NO_INDEX = "no_index"
    ONE_SHORT = "one_short"
    RAGGED = "ragged"
    NOT_FINITE = "not_finite"
    BASE64 = "base64"
    # Of the endpoint.
    HTML_200 = "html_200"
    HTML_502 = "html_502"
    ERROR_500 = "error_500"
    ERROR_503_THEN_OK = "error_503_then_ok"
    ERROR_IN_200 = "error_in_200"
    RATE_429 = "rate_429"  # Retry-After: 7
    RATE_429_MS = "rate_429_ms"
    RATE_429_DATE = "rate_429_date"  # in an hour
    RATE_429_NONE = "rate_429_none"
    RATE_429_NONSENSE = "rate_429_nonsense"
    QUOTA_429 = "quota_429"
    DENIED_401 = "denied_401"
    DENIED_403 = "denied_403"
    UNPAID_402 = "unpaid_402"
    UNKNOWN_MODEL_404 = "unknown_model_404"
    NO_SUCH_PATH_404 = "no_such_path_404"
    TOO_LONG_400 = "too_long_400"
    POLICY_400 = "policy_400"
    REDIRECT_307 = "redirect_307"
    # Of the connection.
    HANG = "hang"
    SLOW = "slow"  # a byte at a time
    RESET = "reset"  # cut in the middle of the answer


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer on its way to the wire."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(payload: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return Response(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})


def error(
    status: int,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An error as OpenAI words it."""
    held = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return as_json({"error": held}, status=status, headers=headers)


def html(status: int) -> Response:
    page = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>nginx: wrong schema?</body></html>"
    return Response(status=status, body=page.encode(), headers={"Content-Type": "text/html"})


def instead(fault: Fault | None, model: str, key: str) -> Response | None:
    """What the endpoint answers instead of working on a request; None if it does work on it."""
    if fault is Fault.RATE_429_DATE:
        later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        return _busy({"Retry-After": later})
    if fault is Fault.DENIED_401:
        # As OpenAI does, with the key in it.
        return error(401, f"Incorrect API key provided: {key}. You can find your API key in …", code="invalid_api_key")
    if fault is Fault.UNKNOWN_MODEL_404:
        message = f"The model `{model}` does not exist or you do not have access to it."
        return error(404, message, code="model_not_found")
    return _INSTEAD.get(fault) if fault else None


def _busy(headers: dict[str, str]) -> Response:
    return error(429, "Rate limit reached for requests", code="rate_limit_exceeded", headers=headers)


_INSTEAD = {
    Fault.HTML_200: html(200),
    Fault.HTML_502: html(502),
    Fault.ERROR_500: error(500, "The server had an error while processing your request"),
    Fault.ERROR_503_THEN_OK: error(503, "That model is currently overloaded with other requests"),
    Fault.ERROR_IN_200: as_json({"error": {"message": "Provider returned error", "code": 502}}),
    Fault.RATE_429: _busy({"Retry-After": "7"}),
    Fault.RATE_429_MS: _busy({"Retry-After": "8", "Retry-After-Ms": "7250"}),
    Fault.RATE_429_NONE: _busy({}),
    Fault.RATE_429_NONSENSE: _busy({"Retry-After": "soon"}),
    Fault.QUOTA_429: error(429, "You exceeded your current quota", code="insufficient_quota"),
    Fault.DENIED_403: error(403, "Country, region, or territory not supported"),
    Fault.UNPAID_402: error(402, "Insufficient Balance"),
    Fault.NO_SUCH_PATH_404: as_json({"detail": "Not Found"}, status=404),
    Fault.TOO_LONG_400: error(
        400,
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (1000 in the messages, "
        "4000 in max_tokens). Please reduce the length of the messages or completion.",
        code="context_length_exceeded",
        param="messages",
    ),
    Fault.POLICY_400: error(400, "The response was filtered", code="content_filter", param="prompt"),
    Fault.REDIRECT_307: Response(status=307, headers={"Location": "/v1/elsewhere"}),
    Fault.NO_CHOICES: as_json({"id": "chatcmpl-0", "object": "chat.completion", "choices": []}),
}


def spoilt_answer(fault: Fault | None, answer: str) -> Json:
    """The choice of a completion, as the fault has it."""
    message: Json = {"role": "assistant", "content": answer, "refusal": None}
    finish = "stop"
    if fault is Fault.TRUNCATED:
        message["content"], finish = answer[: len(answer) // 2], "length"
    elif fault is Fault.TRUNCATED_WHOLE:
        finish = "length"
    elif fault is Fault.REFUSAL:
        message |= {"content": None, "refusal": "I'm sorry, I can't help with that."}
    elif fault is Fault.CONTENT_FILTER:
        message["content"], finish = "", "content_filter"
    elif fault is Fault.NULL_CONTENT:
        message["content"] = None
    elif fault is Fault.PARTS:
        message["content"] = [{"type": "text", "text": answer}]
    elif fault is Fault.TOOL_CALL:
        call = {"id": "call_0", "type": "function", "function": {"name": "answer", "arguments": answer}}
        message |= {"content": None, "tool_calls": [call]}
        finish = "tool_calls"
    elif fault in _TEXTS:
        message["content"] = _TEXTS[fault].replace("ANSWER", answer)
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}


_TEXTS = {
    Fault.EMPTY: "",
    Fault.PROSE: "Sure! Here is {what} you asked for:\n\n```json\nANSWER\n```\n\nLet me know {if} you need more.",
    Fault.THINK: '<think>\nMaybe {"draft": true}? Or rather ANSWER, hm, <b>no</b>.\n</think>\n\nANSWER',
    Fault.WRONG_KEYS: '{"result": "done", "language": "en"}',
    Fault.NOT_JSON: "I have read the posts, and they are about a new model.",
}


def spoilt_vectors(fault: Fault | None, data: list[Json]) -> list[Json]:
    """The data of an answer with embeddings, as the fault has it."""
    *others, last = data
    vector = last["embedding"]
    spoilt = {
        Fault.SHUFFLED: data[::-1],
        Fault.NO_INDEX: [{"object": "embedding", "embedding": one["embedding"]} for one in data],
        Fault.ONE_SHORT: others,
        Fault.RAGGED: [*others, last | {"embedding": vector[:-1]}],
        Fault.NOT_FINITE: [*others, last | {"embedding": [float("nan"), *vector[1:]]}],
        Fault.BASE64: [one | {"embedding": "AACAPwAAAAA="} for one in data],
    }
    return spoilt.get(fault, data) if fault else data
