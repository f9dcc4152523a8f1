"""Watches a model's answer as it grows: each sentence that has come whole is checked before anybody sees it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from core.types import CitedSentence
from summarize.answers import written
from summarize.model.growing import so_far
from summarize.schemas import ClaimAnswer
from summarize.verify import Asked

#: Seconds between two looks at what has come: checking takes time, and so does telling.
PAUSE = 0.7

#: Is told of the sentences that hold, as far as the answer has come.
Growing = Callable[[Sequence[CitedSentence]], Awaitable[None]]


class Growth:
    """Tells `growing` of the sentences of an answer, as often as there is a new one that holds, while the block runs."""

    def __init__(self, asked: Asked, growing: Growing | None) -> None:
        self._asked = asked
        self._growing = growing
        self._text = ""
        self._task: asyncio.Task[None] | None = None

    @property
    def told(self) -> Callable[[str], None] | None:
        """What is to be told of the text so far; None where nobody wants to know."""
        return None if self._growing is None else self._grown

    def _grown(self, text: str) -> None:
        self._text = text

    async def __aenter__(self) -> Self:
        if self._growing is not None:
            self._task = asyncio.create_task(self._watch(self._growing))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, growing: Growing) -> None:
        seen: list[ClaimAnswer] = []
        while True:
            await asyncio.sleep(PAUSE)
            given = _sentences(self._text)
            if given == seen:
                continue
            seen = given
            claims = await asyncio.to_thread(written.sentences, given, self._asked, Counter())
            if claims:
                await growing([written.cited(claim) for claim in claims])


def _sentences(text: str) -> list[ClaimAnswer]:
    """The sentences that have come whole, of an answer that says it is one."""
    held = so_far(text)
    found: list[ClaimAnswer] = []
    given = held.get("sentences")
    for item in given if isinstance(given, list) and held.get("answered") is not False else ():
        try:
            found.append(ClaimAnswer.model_validate(item))
        except ValidationError:
            break
    return found
