"""What an endpoint objects to, and what follows from it: the request in another form, or an error of ours. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core.errors import ModelBusy, ModelDenied, ModelError, ModelRefused, ModelUnreachable
from summarize.model.endpoints import Ability, Endpoint, Limit, Mode, Streaming
from summarize.model.heard import Heard, at

#: Statuses of a request that may be accepted in another form.
REJECTED = frozenset({400, 404, 405, 415, 422, 501})
#: Statuses of the 400s that mean the same for any request, in chunks or not.
_DECIDED = frozenset({401, 402, 403, 408, 413, 429})

_OTHER_LIMIT: dict[Limit, Limit] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
_LOWER = {Mode.SCHEMA: Mode.OBJECT, Mode.OBJECT: Mode.TEXT}
_PLAINER = {Streaming.COUNTED: Streaming.PLAIN, Streaming.PLAIN: Streaming.NONE}

_FORMAT = re.compile(
    r"response[_ ]format|schema|json[_ ](?:object|mode)|structured[_ ]output|grammar|guided", re.IGNORECASE
)
# Not "upstream", of which proxies speak.
_STREAMING = re.compile(r"\bstream(?:s|ed|ing|_options)?\b", re.IGNORECASE)
_LIMIT = re.compile(r"max(?:_completion)?_tokens", re.IGNORECASE)
_UNKNOWN_MODEL = re.compile(
    r"model\b.{0,200}?\b(?:not found|not exist|not available)|not a valid model|(?:unknown|invalid|no such) model",
    re.IGNORECASE | re.DOTALL,
)
_TOO_LONG = re.compile(
    r"context[_ ](?:length|size|window)|(?:prompt|input|request|messages?) (?:is|are) too (?:long|large)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The error that came with a status. `reason` is empty if the endpoint gives none that could be understood;
    `is_streamed`: the answer was to come in chunks.
    """

    code: str = ""
    reason: str = ""
    is_streamed: bool = False

    @property
    def is_about_format(self) -> bool:
        return bool(_FORMAT.search(self.reason))

    @property
    def is_about_limit(self) -> bool:
        return bool(_LIMIT.search(self.reason))

    @property
    def is_about_temperature(self) -> bool:
        return "temperature" in self.reason.lower()

    @property
    def is_about_streaming(self) -> bool:
        return self.is_streamed and bool(_STREAMING.search(self.reason))

    @property
    def is_specific(self) -> bool:
        """Whether it is about a part of the request that may be left out or written otherwise."""
        return self.is_about_format or self.is_about_limit or self.is_about_temperature or self.is_about_streaming

    @property
    def is_about_model(self) -> bool:
        return self.code == "model_not_found" or bool(_UNKNOWN_MODEL.search(self.reason))

    @property
    def is_about_length(self) -> bool:
        return self.code == "context_length_exceeded" or bool(_TOO_LONG.search(self.reason))

    @property
    def is_about_money(self) -> bool:
        return self.code in {"insufficient_quota", "billing_hard_limit_reached"}


def complaint(heard: Heard, *, is_streamed: bool = False) -> Complaint:
    """What an answer that is no success complains of; `is_streamed`: it was to come in chunks."""
    code, reason = _told(heard)
    return Complaint(code=code, reason=reason, is_streamed=is_streamed)


def _told(heard: Heard) -> tuple[str, str]:
    """The code of an error and its reason."""
    payload = heard.payload
    if not isinstance(payload, dict):
        text = heard.body.strip()
        # A page of a proxy says much, but nothing about the request.
        return "", "" if text.startswith("<") else _reason(text)
    error = payload.get("error") or payload
    if isinstance(error, str):
        return "", _reason(error)
    detail = payload.get("detail")
    if isinstance(detail, list):
        # FastAPI repeats what it was sent beside each problem, so that any word would be found in there.
        return "", _reason(*(at(one, part) for one in detail for part in ("loc", "msg")))
    return str(at(error, "code") or ""), _reason(at(error, "param"), at(error, "message"), detail)


def _reason(*parts: object) -> str:
    return " ".join(str(part) for part in parts if part)[:2000]


def adapted(trial: Ability, wanted: Ability, heard: Heard, told: Complaint) -> Ability | None:
    """What to try next; None if nothing is left to try, or if it would be of no use.

    A stream that tells nothing, though all is said to be well, is an objection to streams.
    """
    if heard.is_ok:
        return replace(trial, streaming=Streaming.NONE)
    if not _is_open(heard, told) or told.code == "model_not_found" or told.is_about_length:
        return None
    if told.is_about_temperature and trial.temperature:
        return replace(trial, temperature=False)
    if told.is_about_limit and trial.limit == wanted.limit:
        return replace(trial, limit=_OTHER_LIMIT[trial.limit])
    is_unclear = not (told.is_specific or told.is_about_model)
    if told.is_about_streaming or (told.is_streamed and is_unclear):
        return replace(trial, streaming=_plainer(trial.streaming, told))
    may_be_format = told.is_about_format or is_unclear
    # What is objected to without streams as well is not an objection to streams.
    streaming = wanted.streaming if is_unclear else trial.streaming
    return (
        replace(trial, mode=_LOWER[trial.mode], streaming=streaming) if may_be_format and trial.mode in _LOWER else None
    )


def _is_open(heard: Heard, told: Complaint) -> bool:
    """Whether a request of another form may be accepted."""
    may_be_stream = told.is_streamed and 400 <= heard.status < 500 and heard.status not in _DECIDED
    return heard.status in REJECTED or heard.is_failure or told.is_about_streaming or may_be_stream


def _plainer(streaming: Streaming, told: Complaint) -> Streaming:
    """How to have an answer sent to an endpoint that objects to streams, or only to their options, or does not say to what."""
    is_about_options = "stream_options" in told.reason
    return Streaming.NONE if told.is_about_streaming and not is_about_options else _PLAINER[streaming]


# --- errors ----------------------------------------------------------------------------------------------------------


def rejection(endpoint: Endpoint, heard: Heard, told: Complaint) -> ModelError:
    """The error for a status that is no success."""
    status, host = heard.status, endpoint.host
    mistake = _mistake(endpoint, status, told)
    if mistake:
        message, setting = mistake
        return ModelDenied(message, f"{endpoint.settings}_{setting}")
    if heard.is_failure:
        return ModelUnreachable(f"The model at {host} fails on its side (HTTP {status})")
    if status == 413 or told.is_about_length:
        return ModelRefused(f"The question is too long for {endpoint.model} at {host} (HTTP {status})")
    return ModelRefused(f"{host} does not take the question (HTTP {status})")


def _mistake(endpoint: Endpoint, status: int, told: Complaint) -> tuple[str, str] | None:
    """What an operator has to mend, and the end of the name of the setting; None if it is none of theirs."""
    if told.is_about_model:
        return f"{endpoint.host} does not know the model {endpoint.model}", "MODEL"
    if status == 402 or told.is_about_money:
        return f"The account at {endpoint.host} has used up its money (HTTP {status})", "KEY"
    if status in {401, 403}:
        return f"{endpoint.host} does not let us in (HTTP {status})", "KEY"
    if status in {404, 405} or status < 400:
        return f"No model answers at this address of {endpoint.host} (HTTP {status})", "URL"
    return None


def busy(endpoint: Endpoint, headers: Mapping[str, str], *, now: datetime) -> ModelBusy:
    """The error for an endpoint that asks to come back later."""
    seconds = retry_after(headers, now)
    later = "later" if seconds is None else f"in {seconds:g} s"
    return ModelBusy(f"The model at {endpoint.host} is busy and asks to come back {later}", seconds)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, from milliseconds, seconds or an HTTP date; None if the endpoint does not say."""
    text = headers.get("retry-after", "")
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        elif re.fullmatch(r"\s*[\d.]+\s*", text):
            seconds = float(text)
        else:
            date = parsedate_to_datetime(text)
            seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, round(seconds, 3)) if math.isfinite(seconds) else None
