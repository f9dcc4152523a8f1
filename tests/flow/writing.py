"""An archive whose stories a fake model writes and judges, on one clock that a test holds in its hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import text

from core.db.engine import Database
from core.store import posts, stories, summaries
from core.types import Post, StoryCard
from core.written import Summary
from summarize import cards, judging, write
from summarize.model import llm
from summarize.model.meter import Meter, Tariff
from tests.fakes.openai import Brain, FakeEndpoint, Request
from tests.fakes.openai.requests import Json
from tests.fakes.openai.writers import honest
from tests.flow import feed

#: When the posts of these tests have come: three hours after the first of them.
NOW = feed.START + timedelta(hours=3)

OPENING = (
    "Лаборатория «Медный кот» открыла веса модели Torvex-9B: https://github.com/copper-cat/torvex\n"
    "Модель Torvex-9B обучена на 4 трлн токенов.\n"
    "Лицензия Apache 2.0 разрешает коммерческое использование модели."
)
FURTHER = (
    "«Медный кот» выложил открытые веса своей модели Torvex-9B: https://github.com/copper-cat/torvex\n"
    "На бенчмарке DeskBench модель Torvex-9B набрала 61,4 балла."
)


class Word(BaseModel):
    """The shape of an answer that says nothing, for tests of how calls are counted."""

    word: str


def question(prompt: str = "Что нового?", *, most_tokens: int = 100) -> llm.Question[Word]:
    return llm.Question(system="Скажи слово.", user=prompt, name="word", schema=Word, most_tokens=most_tokens)


def lone(count: int) -> list[Post]:
    """So many posts that tell a story each: one template, in which each has a size of its own."""
    return [
        feed.post(
            10 + number,
            1,
            f"Лаборатория «Медный кот» открыла веса модели Torvex-{number + 3}B: обучение заняло {20 + 7 * number} дней.",
            minutes=number,
        )
        for number in range(count)
    ]


def kind(request: Request) -> str:
    """What a request asks for: "summary", "same", "ad" or something else."""
    wanted = (request.schema or {}).get("properties", {}).keys()
    return "summary" if "claims" in wanted else "same" if "shared" in wanted else "ad" if "why" in wanted else "other"


@dataclass(kw_only=True)
class Model:
    """Writes what the posts say, and judges as it is told; `says`, if set, is its answer when a summary is asked for."""

    same: str = "unsure"
    shared: str = ""
    ad: str = "unsure"
    says: Json | str | None = None

    def __call__(self, request: Request) -> Json | str:
        match kind(request):
            case "same":
                return {"verdict": self.same, "shared": self.shared, "why": "так сказано в постах"}
            case "ad":
                return {"verdict": self.ad, "why": "так сказано в посте"}
            case "summary":
                return honest(request) if self.says is None else self.says
        return {"word": "да"}


@dataclass(kw_only=True)
class Desk:
    """One archive, one endpoint, any number of workers, and a clock that stands still unless it is told to go."""

    database: Database
    pool: Executor
    endpoint: FakeEndpoint
    tariff: Tariff
    timeout: float
    now: datetime = NOW
    tick: timedelta = timedelta(0)
    langs: tuple[str, ...] = ("ru",)
    orders: dict[str, Any] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _worker: Meter | None = None

    def clock(self) -> datetime:
        self.now += self.tick
        return self.now

    # Posts.

    async def bring(self, *batch: Post) -> None:
        """Import posts and index them."""
        await feed.store(self.database, batch, now=self.now)
        await self.index()

    async def index(self) -> None:
        await feed.indexed(self.database, self.pool)

    async def edit(self, post: Post, new: str, *, index: bool = True) -> None:
        await feed.store(self.database, [replace(post, text=new, edited_at=self.now)], now=self.now)
        if index:
            await self.index()

    async def delete(self, post: Post, *, index: bool = True) -> None:
        number = await self.number(post)
        async with self.database.begin() as session:
            await posts.mark_deleted(session, [number], now=self.now)
        if index:
            await self.index()

    async def number(self, post: Post) -> int:
        async with self.database.begin() as session:
            found = await posts.find(session, username=None, tg_id=post.channel.tg_id, message_id=post.message_id or 0)
        assert found
        return found

    async def grouped(self) -> set[frozenset[int]]:
        """Stories as sets of posts."""
        async with self.database.begin() as session:
            members = await stories.partition(session)
        return {frozenset(post for post in members if members[post] == story) for story in members.values()}

    async def together(self, *asked: Post) -> bool:
        """Whether these posts are in one story."""
        numbers = {await self.number(post) for post in asked}
        return any(numbers <= story for story in await self.grouped())

    # Workers.

    async def worker(self, **changed: Any) -> Meter:
        """Another worker, with a connection of its own."""
        held = llm.Endpoint(url=self.endpoint.url, model="fake-model", key="sk-test", timeout=self.timeout)
        client = await self._stack.enter_async_context(llm.open_client(held, pause=0))
        return Meter(self.database, client, held, replace(self.tariff, **changed), clock=self.clock)

    async def first(self) -> Meter:
        self._worker = self._worker or await self.worker()
        return self._worker

    async def write(self, worker: Meter | None = None, **changed: Any) -> write.Counts:
        """What a worker does when it is woken."""
        ordered: dict[str, Any] = {
            "langs": self.langs,
            "days": timedelta(days=20),
            "stories": 200,
            "story_tokens": 3000,
            "answer_tokens": 600,
        }
        orders = write.Orders(**{**ordered, **self.orders, **changed})
        return await write.write_due(self.database, worker or await self.first(), orders, clock=self.clock)

    async def judge(self, worker: Meter | None = None) -> judging.Counts:
        """Ask about the grey, and index what the answers change."""
        found = await judging.judge_due(
            self.database, worker or await self.first(), since=feed.START - timedelta(days=1), clock=self.clock
        )
        await self.index()
        return found

    # What has become of it.

    async def cards(self, *, since: datetime | None = None, lang: str = "ru") -> list[StoryCard]:
        """The stories as a reader is shown them who was told until `since`."""
        async with self.database.begin() as session:
            ranked = await cards.in_window(session, since=since, until=None, now=self.now)
            return await cards.cards(session, ranked, lang=lang, since=since)

    async def card(self, *, since: datetime | None = None, lang: str = "ru") -> StoryCard:
        (only,) = await self.cards(since=since, lang=lang)
        return only

    async def versions(self, story: int | None = None) -> list[Summary]:
        """All that was made of the only story, or of this one."""
        number = (await self.card()).id if story is None else story
        async with self.database.begin() as session:
            return await summaries.versions(session, number)

    def asked(self, what: str = "summary") -> list[Request]:
        """The requests that have arrived for such a thing."""
        return [request for request in self.endpoint.requests if kind(request) == what]

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.database.begin() as session:
            return (await session.execute(text(statement), values)).all()

    async def calls(self) -> Sequence[Any]:
        return await self.rows("SELECT * FROM model_calls ORDER BY id")


@asynccontextmanager
async def desk(
    database: Database,
    pool: Executor,
    brain: Brain | None = None,
    *,
    timeout: float = 20.0,  # noqa: ASYNC109  of the endpoint's answers, not of this
    tariff: dict[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[Desk]:
    """A desk with an endpoint that is free and has no limits but those of `tariff`; `options` are the endpoint's."""
    free: dict[str, Any] = {
        "price_in": 0.0,
        "price_out": 0.0,
        "daily_money": 1.0,
        "daily_tokens": 10**9,
        "at_once": 4,
        "per_minute": 100_000,
        "tz": ZoneInfo("Europe/Moscow"),
    }
    async with FakeEndpoint(brain or Model(), **options) as endpoint, AsyncExitStack() as stack:
        yield Desk(
            database=database,
            pool=pool,
            endpoint=endpoint,
            tariff=Tariff(**{**free, **(tariff or {})}),
            timeout=timeout,
            _stack=stack,
        )
