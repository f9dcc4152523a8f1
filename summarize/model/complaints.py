"""What an endpoint objects to, and what follows from it: the request in another form, or an error of ours. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core.errors import ModelBusy, ModelDenied, ModelError, ModelRefused, ModelUnreachable
from summarize.model.endpoints import Ability, Endpoint, Limit, Mode
from summarize.model.heard import Heard, at

#: Statuses of a request that may be accepted in another form.
REJECTED = frozenset({400, 404, 405, 415, 422, 501})

_OTHER_LIMIT: dict[Limit, Limit] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
_LOWER = {Mode.SCHEMA: Mode.OBJECT, Mode.OBJECT: Mode.TEXT}

_FORMAT = re.compile(
    r"response[_ ]format|schema|json[_ ](?:object|mode)|structured[_ ]output|grammar|guided", re.IGNORECASE
)
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
    """The error that came with a status. `reason` is empty if the endpoint gives none that could be understood."""

    code: str = ""
    reason: str = ""

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
    def is_specific(self) -> bool:
        """Whether it is about a part of the request that may be left out or written otherwise."""
        return self.is_about_format or self.is_about_limit or self.is_about_temperature

    @property
    def is_about_model(self) -> bool:
        return self.code == "model_not_found" or bool(_UNKNOWN_MODEL.search(self.reason))

    @property
    def is_about_length(self) -> bool:
        return self.code == "context_length_exceeded" or bool(_TOO_LONG.search(self.reason))

    @property
    def is_about_money(self) -> bool:
        return self.code in {"insufficient_quota", "billing_hard_limit_reached"}


def complaint(heard: Heard) -> Complaint:
    """What an answer that is no success complains of."""
    payload = heard.payload
    if not isinstance(payload, dict):
        text = heard.body.strip()
        # A page of a proxy says much, but nothing about the request.
        return Complaint() if text.startswith("<") else Complaint(reason=_reason(text))
    error = payload.get("error") or payload
    if isinstance(error, str):
        return Complaint(reason=_reason(error))
    detail = payload.get("detail")
    if isinstance(detail, list):
        # FastAPI repeats what it was sent beside each problem, so that any word would be found in there.
        return Complaint(reason=_reason(*(at(one, part) for one in detail for part in ("loc", "msg"))))
    reason = _reason(at(error, "param"), at(error, "message"), detail)
    return Complaint(code=str(at(error, "code") or ""), reason=reason)


def _reason(*parts: object) -> str:
    return " ".join(str(part) for part in parts if part)[:2000]


def adapted(trial: Ability, wanted: Ability, heard: Heard, told: Complaint) -> Ability | None:
    """What to try next; None if nothing is left to try, or if it would be of no use."""
    is_open = heard.status in REJECTED or heard.is_failure
    if not is_open or told.code == "model_not_found" or told.is_about_length:
        return None
    if told.is_about_temperature and trial.temperature:
        return replace(trial, temperature=False)
    if told.is_about_limit and trial.limit == wanted.limit:
        return replace(trial, limit=_OTHER_LIMIT[trial.limit])
    may_be_format = told.is_about_format or not (told.is_specific or told.is_about_model)
    return replace(trial, mode=_LOWER[trial.mode]) if may_be_format and trial.mode in _LOWER else None


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
