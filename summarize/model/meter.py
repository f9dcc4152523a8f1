"""Calls of models within limits: a place and a budget are taken first, what a call took is written down after it, and an
endpoint that fails is left alone for a while by all workers.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as clock_time

from core import log
from core.db.engine import Database, Session
from core.errors import (
    BudgetSpent,
    EndpointResting,
    ModelAnswerError,
    ModelBusy,
    ModelDenied,
    ModelError,
    ModelRefused,
    ModelTimeout,
)
from core.settings import Settings
from core.store import calls, troubles
from core.store.calls import NotNow, Obstacle
from core.written import Limits, PlannedCall
from summarize.brief import tokens
from summarize.model import llm
from summarize.model.endpoints import without_password

_logger = log.get("summarize.model.meter")

#: How long a busy endpoint, or a full minute, is waited for in place.
PATIENCE = 90.0
#: Characters of a token, where an endpoint does not tell what it took.
UNTOLD = 3
#: Roles, separators and what else a request adds to its texts.
OVERHEAD = 200
#: Generations of one question: the answer, and its repair, which reads the answer as well.
GENERATIONS = 2
#: How often each is sent at most: once more where a connection breaks or a server fails.
SENDS = 2
#: The estimate of tokens may be so much too low.
MARGIN = 1.25
#: An operator's mistake does not mend itself.
DENIED_REST = timedelta(minutes=15)

Clock = Callable[[], datetime]


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Prices of a million tokens and what may be spent. A day begins at midnight in `tz`."""

    price_in: float
    price_out: float
    daily_money: float
    daily_tokens: int
    at_once: int
    per_minute: int
    tz: tzinfo

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

    def limits(self, *, now: datetime, timeout: float) -> Limits:
        """The limits at a time; a call is lost when its time-outs are over for all its generations and retries."""
        midnight = datetime.combine(now.astimezone(self.tz).date(), clock_time(), tzinfo=self.tz)
        return Limits(
            day_began=midnight.astimezone(UTC),
            money=self.daily_money,
            tokens=self.daily_tokens,
            at_once=self.at_once,
            per_minute=self.per_minute,
            expires=2 * timeout * GENERATIONS + 30,
        )


class Meter:
    """One model of one endpoint, as a worker uses it."""

    def __init__(
        self, database: Database, client: llm.Client, endpoint: llm.Endpoint, tariff: Tariff, *, clock: Clock = utcnow
    ) -> None:
        self.model = endpoint.model
        self.name = f"{endpoint.model} at {without_password(endpoint.url)}"
        self.at_once = tariff.at_once
        self._database = database
        self._client = client
        self._timeout = endpoint.timeout
        self._tariff = tariff
        self._clock = clock
        self._told: str | None = None

    async def ask(
        self,
        question: llm.Question[llm.Answer],
        *,
        purpose: str,
        prompt: str,
        subject: str,
        growing: llm.Growing | None = None,
    ) -> llm.Reply[llm.Answer]:
        """Put a question to the model. `growing` watches the answer, as `llm.ask` has it.

        Raises:
            BudgetSpent: nothing may be spent any more today.
            EndpointResting: the endpoint has failed lately and is not asked.
            ModelError: it fails now, or its answer cannot be used.
        """
        sent = most_tokens(question.system, question.user, json.dumps(question.schema.model_json_schema()))
        call = self._planned(
            purpose=purpose,
            prompt=prompt,
            subject=subject,
            tokens_in=SENDS * GENERATIONS * (sent + question.most_tokens),
            tokens_out=SENDS * GENERATIONS * question.most_tokens,
        )
        number = await self._place(call)
        async with self._database.begin() as session:
            ability = llm.Ability.from_json(await calls.ability(session, self.name))
        began = time.monotonic()
        try:
            reply = await llm.ask(self._client, question, ability, growing=growing)
        except ModelError as error:
            await self._failed(number, error, began)
            raise
        outcome = "repaired" if reply.repaired else "answered"
        await self._finish(number, reply.spent, outcome=outcome, ability=reply.ability)
        return reply

    async def embed(self, texts: Sequence[str], *, subject: str, dimensions: int | None = None) -> list[list[float]]:
        """Vectors of texts, in their order; raises as `ask` does."""
        sent = SENDS * most_tokens(*texts)
        call = self._planned(purpose="embed", prompt="", subject=subject, tokens_in=sent, tokens_out=0)
        number = await self._place(call)
        began = time.monotonic()
        try:
            vectors, spent = await llm.embed(self._client, texts, dimensions=dimensions)
        except ModelError as error:
            await self._failed(number, error, began)
            raise
        await self._finish(number, spent, outcome="answered", ability=llm.Ability())
        return vectors

    def cost(self, spent: llm.Spent) -> float:
        """What was spent, in money."""
        return self._tariff.cost(spent.tokens_in, spent.tokens_out)

    def _planned(self, *, purpose: str, prompt: str, subject: str, tokens_in: int, tokens_out: int) -> PlannedCall:
        return PlannedCall(
            endpoint=self.name,
            model=self.model,
            purpose=purpose,
            prompt=prompt,
            subject=subject,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=self._tariff.cost(tokens_in, tokens_out),
        )

    async def _place(self, call: PlannedCall) -> int:
        """A place among the calls, waited for where others only have to end."""
        deadline = time.monotonic() + max(PATIENCE, self._timeout)
        while True:
            now = self._clock()
            async with self._database.begin() as session:
                found = await calls.reserve(
                    session, call, limits=self._tariff.limits(now=now, timeout=self._timeout), now=now
                )
            if isinstance(found, int):
                return found
            if found.obstacle in {Obstacle.MONEY, Obstacle.TOKENS}:
                await self._tell(found)
                raise BudgetSpent(
                    f"the day's budget of {found.obstacle} is spent ({found.detail}): "
                    f"SVODKA_LLM_DAILY_{found.obstacle.upper()} sets it"
                )
            wait = found.wait or 0.05
            if found.obstacle is Obstacle.RESTING or time.monotonic() + wait > deadline:
                raise EndpointResting(f"the model is not asked for {wait:.0f} s: {found.detail or found.obstacle}")
            await asyncio.sleep(min(wait, 1.0))

    async def _tell(self, found: NotNow) -> None:
        """The operator is told of a spent budget once a day, in the log and, where there is a bot, by it."""
        now = self._clock()
        midnight = now.astimezone(self._tariff.tz).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._told == midnight.date().isoformat():
            return
        self._told = midnight.date().isoformat()
        _logger.warning("budget spent; summaries are extracted", budget=found.obstacle, detail=found.detail)
        async with self._database.begin() as session:
            error = f"the day's budget of {found.obstacle} is spent ({found.detail}); summaries are extracted until midnight"
            await troubles.note(
                session, place=f"{found.obstacle} of models", error=error, now=now, unless_since=midnight
            )

    async def _finish(self, number: int, spent: llm.Spent, *, outcome: str, ability: llm.Ability) -> None:
        async with self._database.begin() as session:
            await self._note(session, number, spent, outcome=outcome)
            await calls.answered(session, self.name, ability=ability.to_json(), now=self._clock())

    async def _note(self, session: Session, number: int, spent: llm.Spent, *, outcome: str) -> None:
        await calls.finish(
            session,
            number,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            cost=self.cost(spent),
            seconds=spent.seconds,
            outcome=outcome,
        )

    async def _failed(self, number: int, error: ModelError, began: float) -> None:
        """Write down what a failed call took, and leave the endpoint alone if it is the endpoint that failed."""
        seconds = time.monotonic() - began
        spent = error.spent or llm.Spent(tokens_in=0, tokens_out=0, seconds=seconds, told=False)
        async with self._database.begin() as session:
            await self._note(session, number, spent, outcome=outcome(error))
            if isinstance(error, ModelAnswerError | ModelRefused):
                # It answers, only not to this.
                ability = error.ability or llm.Ability.from_json(await calls.ability(session, self.name))
                await calls.answered(session, self.name, ability=ability.to_json(), now=self._clock())
                return
            until = await calls.failed(session, self.name, reason=str(error), now=self._clock(), rest=_rest(error))
        _logger.warning("model failed", outcome=outcome(error), until=until.isoformat(timespec="seconds"))


def most_tokens(*parts: str) -> int:
    """What texts take at most: by our estimate and by the one that stands in where an endpoint does not tell."""
    estimated = max(MARGIN * sum(map(tokens, parts)), sum(map(len, parts)) / UNTOLD + len(parts))
    return round(estimated) + OVERHEAD


def outcome(error: ModelError) -> str:
    """How a failed call is called in the books."""
    match error:
        case ModelBusy():
            return "busy"
        case ModelTimeout():
            return "timeout"
        case ModelDenied():
            return "denied"
        case ModelRefused():
            return "refused"
        case ModelAnswerError():
            return "useless"
        case _:
            return "unreachable"


def _rest(error: ModelError) -> timedelta | None:
    """How long the endpoint itself asks to be left alone; None: longer each time."""
    if isinstance(error, ModelBusy) and error.retry_after is not None:
        return timedelta(seconds=min(3600.0, max(1.0, error.retry_after)))
    return DENIED_REST if isinstance(error, ModelDenied) else None


# --- from settings ---------------------------------------------------------------------------------------------------


def writer(
    settings: Settings, database: Database, *, clock: Clock = utcnow
) -> AbstractAsyncContextManager[Meter | None]:
    """The model that the settings name for writing and judging; None where they name none."""
    return _opened(database, _chat(settings, settings.llm_model), tariff(settings), clock)


def judge(
    settings: Settings, database: Database, *, clock: Clock = utcnow
) -> AbstractAsyncContextManager[Meter | None]:
    """The model that judges claims when summaries are measured; None where the settings name none."""
    return _opened(database, _chat(settings, settings.llm_judge_model), tariff(settings), clock)


def embedder(
    settings: Settings, database: Database, *, clock: Clock = utcnow
) -> AbstractAsyncContextManager[Meter | None]:
    """The endpoint that the settings name for embeddings; None where they name none."""
    endpoint = None
    if settings.embed_url and settings.embed_model:
        endpoint = llm.Endpoint(
            url=settings.embed_url,
            model=settings.embed_model,
            key=settings.embed_key.get_secret_value() if settings.embed_key else None,
            timeout=settings.llm_timeout,
            settings="SVODKA_EMBED",
        )
    return _opened(database, endpoint, tariff(settings, price_in=settings.embed_price), clock)


def _chat(settings: Settings, model: str | None) -> llm.Endpoint | None:
    if not settings.llm_url or not model:
        return None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return llm.Endpoint(url=settings.llm_url, model=model, key=key, timeout=settings.llm_timeout)


@asynccontextmanager
async def _opened(
    database: Database, endpoint: llm.Endpoint | None, tariff: Tariff, clock: Clock
) -> AsyncIterator[Meter | None]:
    if endpoint is None:
        yield None
        return
    async with llm.open_client(endpoint) as client:
        yield Meter(database, client, endpoint, tariff, clock=clock)


def tariff(settings: Settings, *, price_in: float | None = None) -> Tariff:
    """Prices and limits as the settings have them."""
    return Tariff(
        price_in=settings.llm_price_in if price_in is None else price_in,
        price_out=settings.llm_price_out,
        daily_money=settings.llm_daily_money,
        daily_tokens=settings.llm_daily_tokens,
        at_once=settings.llm_concurrency,
        per_minute=settings.llm_per_minute,
        tz=settings.tz,
    )
