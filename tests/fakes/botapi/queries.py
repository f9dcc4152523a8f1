"""What waits for the bot to answer it, once, and while it is young: buttons that were pressed, words that were typed inline."""

import itertools
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tests.fakes.botapi.errors import stale_query

Json = dict[str, Any]

#: Where their ids begin.
FIRST_QUERY, FIRST_INLINE = 3_300_000_000_000_001, 6_600_000_000_000_001
#: Seconds for an answer. Telegram names none; bots report about so many for words typed inline.
LIFETIME, INLINE_LIFETIME = 60.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bot has answered to a pressed button: a notice (or an alert), a link, or nothing but the end of the clock."""

    text: str = ""
    alert: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What the bot has answered to words that were typed inline: results and a button as they came, on the wire."""

    results: tuple[Json, ...] = ()
    next_offset: str = ""
    button: Json | None = None
    cache_time: int = 300
    personal: bool = False

    @property
    def titles(self) -> list[str]:
        """What the results are called, with plain spaces."""
        return [result["title"].replace("\u00a0", " ") for result in self.results]

    @property
    def descriptions(self) -> list[str]:
        """What stands below their titles, with plain spaces."""
        return [result.get("description", "").replace("\u00a0", " ") for result in self.results]


_Answer = TypeVar("_Answer", Answer, Results)


@dataclass(eq=False)
class Query(Generic[_Answer]):
    """A pressed button (`data` is its), or words that were typed inline."""

    id: str
    asked_at: float
    data: str
    answer: _Answer | None = None
    expired: bool = False


class Queries(Generic[_Answer]):
    """All queries of one kind. `lifetime`: seconds for an answer."""

    def __init__(self, *, lifetime: float, first_id: int) -> None:
        self.lifetime = lifetime
        self.all: dict[str, Query[_Answer]] = {}
        self._ids = itertools.count(first_id)

    def ask(self, data: str, *, now: float) -> Query[_Answer]:
        query: Query[_Answer] = Query(id=str(next(self._ids)), asked_at=now, data=data)
        self.all[query.id] = query
        return query

    def answer(self, query_id: str, answer: _Answer, *, now: float) -> None:
        """Hands the answer to whoever has asked. Refused for a query that is unknown, answered or too old."""
        query = self.all.get(query_id)
        if query is None or query.answer is not None or query.expired or now - query.asked_at > self.lifetime:
            raise stale_query()
        query.answer = answer

    def expire(self) -> None:
        """All that has not been answered yet is too old from now on."""
        for query in self.all.values():
            query.expired = True
