"""Answers what people ask in chats: a question is a row, and so is its answer; a search, too, with all its stories at once.

The shell between `core.store.questions` and `answer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from core.answers import LONGEST, Answer, Outcome, Question, Wish
from core.db.engine import Database
from core.store import questions as store
from core.types import CitedSentence
from summarize.answers import finding
from summarize.answers.answer import Answering
from summarize.mistakes import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Answers questions by their rows."""

    database: Database
    answering: Answering

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer the question of a request; of one that was forgotten nothing is done."""
        async with self.database.begin() as session:
            question = await store.get(session, int(asked["question"]))
        if question is None or question.answer is not None:
            return {}
        try:
            answer = await self._answer(question)
        except Fault as fault:
            answer = Answer(
                outcome=Outcome.EMPTY, question=question.text, lang=question.lang, wrong=fault.told(question.lang)
            )
        async with self.database.begin() as session:
            await store.answered(session, question.id, answer)
        return {"outcome": answer.outcome.value}

    async def _answer(self, question: Question) -> Answer:
        if len(question.text) > LONGEST:
            raise Fault("long question", most=LONGEST)
        tz = ZoneInfo(question.tz)
        if question.wish is Wish.STORIES:
            return await finding.stories(
                self.answering.search, question.text, lang=question.lang, tz=tz, asked=question.asked_at
            )
        async with self.database.begin() as session:
            before = await store.before(session, question)

        async def growing(sentences: Sequence[CitedSentence]) -> None:
            async with self.database.begin() as session:
                await store.draft(session, question, sentences)

        return await self.answering.answer(
            question.text, lang=question.lang, tz=tz, asked=question.asked_at, before=before, growing=growing
        )
