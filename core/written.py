"""Domain types of what a model writes and judges: claims, summaries, calls and what they cost.

Plain frozen dataclasses, as in `core.types`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.types import ClaimKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence and the posts that support it, at least one. `is_new`: no earlier version of the summary made it.

    `extracted`: it stands so in the post, in the language `lang`. `told_at` is the `covers_until` of the version that first
    made it.
    """

    text: str
    post_ids: tuple[int, ...]
    kind: ClaimKind = ClaimKind.ATTRIBUTED
    is_new: bool = False
    extracted: bool = False
    lang: str = ""
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A version of what was written of a story in one language.

    `gist` are one or two sentences, `claims` two to five; `told` are the posts that the model was told, with what names each
    text. With `written` False the model's answers could not be used: sentences of the posts are shown instead, those here
    where there is a title, since others of these posts are not to be believed. `covers_until` is the time of the newest
    post that went in; `faults` counts what the checks found, by name.
    """

    story_id: int
    lang: str
    version: int
    key: bytes
    written: bool
    title: str
    gist: tuple[Claim, ...]
    claims: tuple[Claim, ...]
    topics: tuple[str, ...]
    told: Mapping[int, str]
    model: str
    prompt: str
    faults: Mapping[str, int]
    covers_until: datetime
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A model's answer to a narrow question about posts; `key` is a hash of their texts, `made_by` names the prompt."""

    purpose: str
    key: bytes
    made_by: str
    model: str
    posts: tuple[int, ...]
    verdict: str
    why: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What calls of models may take. Money and tokens since `day_began`; `expires`: seconds after which a call is lost."""

    day_began: datetime
    money: float
    tokens: int
    at_once: int
    per_minute: int
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A call before it is made, with what it may take at most."""

    endpoint: str
    model: str
    purpose: str
    prompt: str
    subject: str
    tokens_in: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCosts:
    """What the calls of one purpose, prompt and model took in some days. `open` ones may still be running, or were lost."""

    purpose: str
    prompt: str
    model: str
    calls: int
    failed: int
    open: int
    tokens_in: int
    tokens_out: int
    cost: float
    seconds: float
