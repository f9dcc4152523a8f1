"""The books of calls on a real Postgres: who may call, what was spent, which endpoints are left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.store import calls
from core.store.calls import NotNow, Obstacle
from core.written import Limits, PlannedCall

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def planned(**over: Any) -> PlannedCall:
    fields: dict[str, Any] = {
        "endpoint": "model at host",
        "model": "model",
        "purpose": "summary",
        "prompt": "summary.v1",
        "subject": "story 1 ru",
        "tokens_in": 100,
        "tokens_out": 50,
        "cost": 0.25,
    }
    return PlannedCall(**(fields | over))


def limits(**over: Any) -> Limits:
    fields: dict[str, Any] = {
        "day_began": NOW - timedelta(hours=12),
        "money": 1.0,
        "tokens": 1000,
        "at_once": 10,
        "per_minute": 10,
        "expires": 100.0,
    }
    return Limits(**(fields | over))


async def reserve(session: AsyncSession, *, now: datetime = NOW, call: PlannedCall | None = None, **over: Any) -> Any:
    return await calls.reserve(session, call or planned(), limits=limits(**over), now=now)


async def done(session: AsyncSession, number: int, **over: Any) -> None:
    fields: dict[str, Any] = {"tokens_in": 10, "tokens_out": 5, "cost": 0.01, "seconds": 1.5, "outcome": "answered"}
    await calls.finish(session, number, **(fields | over))


async def test_a_call_takes_its_share_until_it_has_ended(session: AsyncSession) -> None:
    """Before, it counts as the most that it may take; after, as what it took."""
    number = await reserve(session)
    assert await calls.spent(session, since=limits().day_began) == (0.25, 150)
    await done(session, number)
    assert await calls.spent(session, since=limits().day_began) == (0.01, 15)


async def test_the_last_of_the_money_is_spent_to_the_end(session: AsyncSession) -> None:
    """Four calls of a quarter fit into one, the fifth does not; a free one does."""
    for _ in range(4):
        assert isinstance(await reserve(session), int)
    found = await reserve(session)
    assert isinstance(found, NotNow)
    assert (found.obstacle, found.wait) == (Obstacle.MONEY, None)
    assert isinstance(await reserve(session, call=planned(cost=0.0)), int)


async def test_tokens_are_a_budget_too(session: AsyncSession) -> None:
    """Six calls of 150 tokens fit into a thousand."""
    found = [await reserve(session, call=planned(cost=0.0)) for _ in range(7)]
    assert [isinstance(one, int) for one in found] == [True] * 6 + [False]
    assert found[-1].obstacle is Obstacle.TOKENS


async def test_the_budget_is_one_for_all_endpoints(session: AsyncSession) -> None:
    """What another model took is gone as well; its places and minutes are its own."""
    for _ in range(4):
        await reserve(session, call=planned(endpoint="other at host"), at_once=4, per_minute=4)
    assert (await reserve(session)).obstacle is Obstacle.MONEY
    assert isinstance(await reserve(session, money=2.0, at_once=1, per_minute=1), int)


async def test_yesterday_does_not_count(session: AsyncSession) -> None:
    """A call that began before the day is of the day before, whenever it ends."""
    number = await reserve(
        session, call=planned(cost=1.0), now=limits().day_began - SECOND, day_began=NOW - timedelta(days=2)
    )
    assert isinstance(await reserve(session, call=planned(cost=1.0)), int)
    await done(session, number, cost=1.0)
    assert (await calls.spent(session, since=limits().day_began))[0] == 1.0


async def test_a_lost_call_frees_its_place_when_it_is_due(session: AsyncSession) -> None:
    """Not before, and never its share of the budget."""
    await reserve(session, at_once=1)
    for seconds in (0, 61, 99):
        assert (await reserve(session, at_once=1, now=NOW + seconds * SECOND)).obstacle is Obstacle.AT_ONCE
    assert isinstance(await reserve(session, at_once=1, now=NOW + 100 * SECOND), int)
    assert (await calls.spent(session, since=NOW))[0] == 0.5


async def test_a_minute_is_any_sixty_seconds(session: AsyncSession) -> None:
    """The wait ends when the earliest call of the minute is a minute old, whether or not it has ended."""
    await done(session, await reserve(session, per_minute=2))
    await done(session, await reserve(session, per_minute=2, now=NOW + 20 * SECOND))
    found = await reserve(session, per_minute=2, now=NOW + 50 * SECOND)
    assert (found.obstacle, found.wait) == (Obstacle.PER_MINUTE, 10.0)
    assert isinstance(await reserve(session, per_minute=2, now=NOW + 60 * SECOND), int)
    assert (await reserve(session, per_minute=2, now=NOW + 61 * SECOND)).obstacle is Obstacle.PER_MINUTE


# --- endpoints --------------------------------------------------------------------------------------------------------

NAME = "model at host"


async def failed(session: AsyncSession, now: datetime, rest: timedelta | None = None) -> timedelta:
    """How long the endpoint rests after a failure."""
    return await calls.failed(session, NAME, reason="no answer", now=now, rest=rest) - now


async def test_an_endpoint_rests_longer_each_time_it_fails(session: AsyncSession) -> None:
    """Half a minute, one, two, and never more than a quarter of an hour."""
    now, rests = NOW, []
    for _ in range(8):
        rests.append(await failed(session, now))
        now += rests[-1]
    assert [rest.total_seconds() for rest in rests] == [30, 60, 120, 240, 480, 900, 900, 900]


async def test_failures_at_one_time_are_one(session: AsyncSession) -> None:
    """Calls that were on their way together and fail together leave the endpoint alone as long as one would."""
    assert await failed(session, NOW) == timedelta(seconds=30)
    for seconds in (0, 1, 2):
        assert await failed(session, NOW + seconds * SECOND) <= timedelta(seconds=30)
    assert await failed(session, NOW + 33 * SECOND) == timedelta(seconds=60)


async def test_an_endpoint_says_itself_how_long(session: AsyncSession) -> None:
    """A rest that was asked for is kept as it is, and a shorter one does not end a longer one."""
    assert await failed(session, NOW, timedelta(hours=1)) == timedelta(hours=1)
    await failed(session, NOW, timedelta(seconds=1))
    (found,) = await calls.resting(session, now=NOW + timedelta(minutes=59))
    assert found == (NAME, NOW + timedelta(hours=1), "no answer")
    assert await calls.resting(session, now=NOW + timedelta(hours=1)) == []


async def test_who_rests_is_not_asked(session: AsyncSession) -> None:
    """Before the rest is over nobody is let in; then one, and the others when that one is answered."""
    await failed(session, NOW)
    found = await reserve(session, now=NOW + 29 * SECOND)
    assert (found.obstacle, found.wait, found.detail) == (Obstacle.RESTING, 1.0, "no answer")
    assert isinstance(await reserve(session, now=NOW + 30 * SECOND, call=planned(endpoint="other at host")), int)
    trial = await reserve(session, now=NOW + 30 * SECOND)
    assert isinstance(trial, int)
    assert (await reserve(session, now=NOW + 31 * SECOND)).obstacle is Obstacle.AT_ONCE
    await done(session, trial)
    await calls.answered(session, NAME, ability={}, now=NOW + 31 * SECOND)
    assert isinstance(await reserve(session, now=NOW + 32 * SECOND), int)
    assert await failed(session, NOW + 40 * SECOND) == timedelta(seconds=30)


async def test_a_lost_trial_does_not_bar_the_endpoint_for_ever(session: AsyncSession) -> None:
    """When the one call that was let in is lost, another is let in once it is due."""
    await failed(session, NOW)
    assert isinstance(await reserve(session, now=NOW + 30 * SECOND), int)
    assert (await reserve(session, now=NOW + 129 * SECOND)).obstacle is Obstacle.AT_ONCE
    assert isinstance(await reserve(session, now=NOW + 130 * SECOND), int)


async def test_what_an_endpoint_can_do_outlives_its_failures(session: AsyncSession) -> None:
    """An ability is kept as it was found until another is."""
    assert await calls.ability(session, NAME) == {}
    await calls.answered(session, NAME, ability={"mode": "text"}, now=NOW)
    await failed(session, NOW)
    assert await calls.ability(session, NAME) == {"mode": "text"}


# --- what is told -----------------------------------------------------------------------------------------------------


async def test_costs_are_summed_by_purpose_prompt_and_model(session: AsyncSession) -> None:
    """The dearest first; failed and open ones are counted apart; what is older is left out."""
    await done(session, await reserve(session, now=NOW - timedelta(days=1), day_began=NOW - timedelta(days=2)))
    await done(session, await reserve(session), cost=0.5, outcome="repaired")
    await done(session, await reserve(session), cost=0.125, outcome="timeout")
    await reserve(session, call=planned(cost=0.0625))
    await done(session, await reserve(session, call=planned(purpose="ad", prompt="ad.v1", cost=0.0)), cost=0.0)
    summaries, ads = await calls.costs(session, since=NOW)
    assert (summaries.purpose, summaries.prompt, summaries.model) == ("summary", "summary.v1", "model")
    assert (summaries.calls, summaries.failed, summaries.open) == (3, 1, 1)
    assert (summaries.cost, summaries.tokens_in, summaries.tokens_out) == (0.6875, 120, 60)
    assert summaries.seconds == pytest.approx(3.0)
    assert (ads.purpose, ads.calls, ads.failed, ads.open) == ("ad", 1, 0, 0)


async def test_nothing_costs_nothing(session: AsyncSession) -> None:
    """Without calls there are no rows, and nothing is spent."""
    assert await calls.costs(session, since=NOW) == []
    assert await calls.spent(session, since=NOW) == (0.0, 0)
    assert (await session.execute(text("SELECT count(*) FROM endpoints"))).scalar_one() == 0
