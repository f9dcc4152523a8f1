"""One statement for all who ask at a time: what is asked while a transaction runs is served by the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from core import log
from core.errors import DatabaseError

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Sleep = Callable[[float], Awaitable[None]]

#: Seconds until the database is asked again after it has failed.
_AGAIN = 1.0

_logger = log.get("bot.sending")


class Together(Generic[Question, Answer]):
    """Hands questions to `serve` in batches, in the order in which they were asked; it returns an answer for each.

    While the database fails, everybody waits: what is to be written down must not be lost.
    """

    def __init__(self, serve: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]], *, sleep: Sleep) -> None:
        self._serve = serve
        self._sleep = sleep
        self._asked: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._served: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    def ask(self, question: Question) -> asyncio.Future[Answer]:
        """The answer to come. What is asked without a pause between is answered together."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked.append((question, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(self._failed)
        return answer

    async def _work(self) -> None:
        try:
            while self._asked:
                self._served, self._asked = self._asked, []
                answers = await self._answers([question for question, _ in self._served])
                for (_, waiting), answer in zip(self._served, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
        finally:
            self._task = None

    async def _answers(self, questions: Sequence[Question]) -> Sequence[Answer]:
        while True:
            try:
                return await self._serve(questions)
            except DatabaseError as error:
                _logger.warning("database failed", reason=str(error))
                await self._sleep(_AGAIN)

    def _failed(self, task: asyncio.Task[None]) -> None:
        """If serving has failed, so has everybody who waits for it."""
        error = None if task.cancelled() else task.exception()
        for _, waiting in [*self._served, *self._asked] if task.cancelled() or error else []:
            if error is None:
                waiting.cancel()
            elif not waiting.done():
                waiting.set_exception(error)
