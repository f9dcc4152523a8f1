"""What models are asked to answer, as pydantic models: lenient in form, since what counts is checked afterwards."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

_NUMBER = re.compile(r"\d+")


def _numbers(value: Any) -> Any:  # noqa: ANN401  whatever a model wrote
    """`[1, "2", "post 3"]`, `1` or `"1, 2"` as a list of numbers."""
    items = value if isinstance(value, list) else [value]
    whole = [int(item) if isinstance(item, float) and item.is_integer() else item for item in items]
    found = [number for item in whole if item is not None for number in _NUMBER.findall(str(item))[:20]]
    return [int(number) for number in found if len(number) < 6][:50]


def _one_of(*known: str, otherwise: str) -> BeforeValidator:
    def chosen(value: Any) -> str:  # noqa: ANN401  see _numbers
        word = str(value).strip().lower()
        return word if word in known else otherwise

    return BeforeValidator(chosen)


def _words(value: Any) -> Any:  # noqa: ANN401  see _numbers
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [str(item) for item in items][:20]


Posts = Annotated[list[int], BeforeValidator(_numbers)]
Words = Annotated[list[str], BeforeValidator(_words)]


class Answer(BaseModel):
    """What all answers share: fields that were not asked for are passed over."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class GistAnswer(Answer):
    """One or two sentences and the posts that say it."""

    text: str
    posts: Posts


class ClaimAnswer(Answer):
    """A sentence, the posts that say it, and who stands behind it."""

    text: str
    posts: Posts
    kind: Annotated[
        Literal["agreed", "attributed", "disputed"], _one_of("agreed", "attributed", "disputed", otherwise="attributed")
    ]


class SummaryAnswer(Answer):
    """The summary of a story; posts by their numbers in the question."""

    title: str
    gist: GistAnswer
    claims: list[ClaimAnswer]
    topics: Words
    language: str


class QuestionAnswer(Answer):
    """The answer to a reader's question; posts by their numbers in the question."""

    answered: bool
    sentences: list[ClaimAnswer]
    follow_ups: Words


class SameAnswer(Answer):
    """Do two posts tell of one event?"""

    verdict: Annotated[Literal["yes", "no", "unsure"], _one_of("yes", "no", "unsure", otherwise="unsure")]
    shared: str
    why: str


class AdAnswer(Answer):
    """What a post is."""

    verdict: Annotated[
        Literal["ad", "vacancy", "news", "unsure"], _one_of("ad", "vacancy", "news", "unsure", otherwise="unsure")
    ]
    why: str


class SentenceVerdict(Answer):
    """What the posts say of one numbered sentence."""

    number: int
    verdict: Annotated[Literal["yes", "partly", "no"], _one_of("yes", "partly", "no", otherwise="no")]


class SupportAnswer(Answer):
    """Verdicts on the sentences of a summary."""

    sentences: list[SentenceVerdict]
