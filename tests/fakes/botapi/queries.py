"""Pressed buttons that wait for the bot: a callback query is answered once, and while it is young."""

import itertools
from dataclasses import dataclass
from typing import Any

from tests.fakes.botapi.errors import stale_query

Json = dict[str, Any]

#: Where their ids begin.
FIRST_QUERY = 3_300_000_000_000_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bot has answered to a pressed button: a notice (or an alert), a link, or nothing but the end of the clock."""

    text: str = ""
    alert: bool = False
    url: str | None = None


@dataclass(eq=False)
class Query:
    """A pressed button."""

    id: str
    asked_at: float
    data: str
    answer: Answer | None = None
    expired: bool = False


class Queries:
    """All pressed buttons. `lifetime`: seconds for an answer."""

    def __init__(self) -> None:
        self.lifetime = 60.0
        self.all: dict[str, Query] = {}
        self._ids = itertools.count(FIRST_QUERY)

    def ask(self, data: str, *, now: float) -> Query:
        query = Query(id=str(next(self._ids)), asked_at=now, data=data)
        self.all[query.id] = query
        return query

    def answer(self, query_id: str, answer: Answer, *, now: float) -> None:
        """Hands the answer to whoever has pressed. Refused for a query that is unknown, answered or too old."""
        query = self.all.get(query_id)
        if query is None or query.answer is not None or query.expired or now - query.asked_at > self.lifetime:
            raise stale_query()
        query.answer = answer

    def expire(self) -> None:
        """All that has not been answered yet is too old from now on."""
        for query in self.all.values():
            query.expired = True
