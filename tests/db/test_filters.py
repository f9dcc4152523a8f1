"""Filters as they are kept, and what they met, on a real Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from core.db.engine import Database, Session
from core.errors import NotFound, UsageError
from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store import filter_hits as hit_store
from core.store import filters as store
from core.store.filters import Met
from tests.flow import feed

NOW = feed.NOW


def rule(pattern: str = "кот", **changes: Any) -> Filter:
    values: dict[str, Any] = {"id": 0, "action": FilterAction.DROP, "kind": FilterKind.KEYWORD, "pattern": pattern}
    return Filter(**(values | changes))


async def jobs(session: Session) -> int:
    """How many wake-ups of the index wait."""
    return int(
        (await session.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'index'"))).scalar_one()
    )


async def test_a_filter_is_kept_whole(session: Session) -> None:
    """Whatever it holds comes back, the vector as near as half precision has it, and the index is woken."""
    vector = np.array([0.6, 0.8], dtype=np.float32)
    given = rule(
        "роботы и манипуляторы", action=FilterAction.BOOST, kind=FilterKind.MEANING, weight=-0.25, threshold=0.3,
        vector=vector, model_id=1, note="для проверки", expires_at=NOW + timedelta(days=1), made_by=77,
        scope=Scope(topics=("llm", "rag"), channels=(5, 6)),
    )  # fmt: skip
    kept = await store.add(session, given, now=NOW)
    (found,) = await store.every(session)
    assert found.vector == pytest.approx(vector, abs=1e-3)
    assert (
        replace(found, vector=None)
        == replace(kept, vector=None)
        == replace(given, id=kept.id, vector=None, changed_at=NOW)
    )
    assert await jobs(session) == 1


async def test_a_filter_acts_while_it_is_on_and_in_time(session: Session) -> None:
    """Switched off, or past its time, it is kept, but does nothing."""
    first = await store.add(session, rule("раз"), now=NOW)
    second = await store.add(session, rule("два", expires_at=NOW), now=NOW)
    third = await store.add(session, rule("три", expires_at=NOW + timedelta(seconds=1)), now=NOW)
    assert [found.id for found in await store.active(session, NOW)] == [first.id, third.id]
    await store.set_enabled(session, first.id, enabled=False)
    assert [found.id for found in await store.active(session, NOW)] == [third.id]
    assert [found.enabled for found in await store.every(session)] == [False, True, True]
    assert [found.id for found in await store.active(session, NOW + timedelta(days=1))] == []
    assert second.id < third.id


async def test_a_phrase_that_stays_keeps_its_vector(session: Session) -> None:
    """Another threshold needs no second embedding; another phrase, or kind, has none yet."""
    vector = np.array([1.0, 0.0], dtype=np.float32)
    kept = await store.add(session, rule("роботы", kind=FilterKind.MEANING, vector=vector, model_id=1), now=NOW)
    stays = replace(kept, vector=None, model_id=None, threshold=0.4)
    await store.change(session, stays, now=NOW)
    found = await store.get(session, kept.id)
    assert found is not None
    assert (found.threshold, found.model_id) == (pytest.approx(0.4), 1)
    assert found.vector.tolist() == [1.0, 0.0]
    await store.change(session, replace(stays, pattern="дроны"), now=NOW)
    found = await store.get(session, kept.id)
    assert found is not None
    assert (found.vector, found.model_id) == (None, None)


async def test_a_vector_that_comes_late_is_not_kept(session: Session) -> None:
    """The phrase it was made of has been changed meanwhile."""
    kept = await store.add(session, rule("роботы", kind=FilterKind.MEANING), now=NOW)
    embedded = replace(kept, vector=np.array([1.0, 0.0]), model_id=1, threshold=0.5, note="≥ 0.5")
    await store.change(session, replace(kept, pattern="дроны"), now=NOW + timedelta(seconds=1))
    assert not await store.keep_vector(session, embedded, former=kept)
    (changed,) = await store.every(session)
    assert await store.keep_vector(session, replace(embedded, pattern="дроны"), former=changed)
    (found,) = await store.every(session)
    assert (found.model_id, found.threshold, found.note) == (1, 0.5, "≥ 0.5")


async def test_what_is_gone_cannot_be_changed(session: Session) -> None:
    """And is said to be gone."""
    kept = await store.add(session, rule(), now=NOW)
    assert await store.remove(session, kept.id)
    assert not await store.remove(session, kept.id)
    assert await store.get(session, kept.id) is None
    with pytest.raises(NotFound):
        await store.change(session, kept, now=NOW)
    with pytest.raises(NotFound):
        await store.set_enabled(session, kept.id, enabled=True)


@pytest.mark.parametrize(
    "given",
    [
        rule(" "), rule("\x00"), rule("я" * 10_000), rule(weight=1.5), rule(weight=float("nan")), rule(weight=1e300),
        rule(threshold=-0.5), rule(threshold=float("inf")), rule(threshold=float("nan")), rule(threshold=0.0),
        rule(scope=Scope(channels=tuple(range(1000)))),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused(session: Session, given: Filter) -> None:
    """Before it reaches the database."""
    with pytest.raises(UsageError):
        await store.add(session, given, now=NOW)
    assert await store.every(session) == []


async def test_texts_are_kept_without_what_postgres_does_not_take(session: Session) -> None:
    """NUL characters and halves of surrogate pairs."""
    kept = await store.add(session, rule("ко\x00т\ud800", note="\x00x", scope=Scope(topics=("l\x00m",))), now=NOW)
    assert (kept.pattern, kept.note) == ("кот\ufffd", "x")
    assert [found.pattern for found in await store.every(session)] == ["кот\ufffd"]


# --- what they met ---------------------------------------------------------------------------------------------------


async def posts_of(database: Database, count: int) -> list[int]:
    await feed.store(database, feed.feed()[:count])
    async with database.begin() as session:
        return [row.id for row in await session.execute(text("SELECT id FROM posts ORDER BY id"))]


async def hit(session: Session, filter_id: int, posts: Sequence[int]) -> None:
    for post in posts:
        await session.execute(
            text("INSERT INTO filter_hits VALUES (:filter, :post)"), {"filter": filter_id, "post": post}
        )


async def test_only_filters_that_act_count(database: Database) -> None:
    """One that is switched off, or expires, ceases to act at once; one can be left out; hits are counted all the same."""
    one, two, three = await posts_of(database, 3)
    async with database.begin() as session:
        drop = await store.add(session, rule("раз"), now=NOW)
        boost = await store.add(session, rule("два", action=FilterAction.BOOST, weight=0.5), now=NOW)
        late = await store.add(session, rule("три", action=FilterAction.PIN, expires_at=NOW), now=NOW)
        await hit(session, drop.id, [one, two])
        await hit(session, boost.id, [two])
        await hit(session, late.id, [three])
        dropped, boosted = (
            Met(filter_id=drop.id, action=FilterAction.DROP, weight=0.0),
            Met(filter_id=boost.id, action=FilterAction.BOOST, weight=0.5),
        )
        assert await store.met(session, [one, two, three], now=NOW) == {one: (dropped,), two: (dropped, boosted)}
        assert await store.met(session, [two], now=NOW, without=drop.id) == {two: (boosted,)}
        await store.set_enabled(session, drop.id, enabled=False)
        assert await store.met(session, [one, two, three], now=NOW) == {two: (boosted,)}
        assert [found.hits for found in await store.every(session)] == [2, 1, 1]
        await store.change(session, boost, now=NOW)
        assert await store.met(session, [one, two, three], now=NOW) == {}
        await store.remove(session, drop.id)
        assert [found.hits for found in await store.every(session)] == [0, 1]


async def test_what_a_filter_met_can_be_told(database: Database) -> None:
    """Among some posts."""
    one, two, three = await posts_of(database, 3)
    async with database.begin() as session:
        kept = await store.add(session, rule(), now=NOW)
        await hit(session, kept.id, [one, three])
        assert await hit_store.of_filter(session, kept.id, [one, two]) == {one}


# --- as JSON ---------------------------------------------------------------------------------------------------------


def test_a_filter_travels_as_json() -> None:
    """In a request, without its vector; what a new one does not say is left out."""
    given = rule(
        "роботы", kind=FilterKind.MEANING, threshold=0.3, weight=0.5, scope=Scope(topics=("llm",), channels=(3,))
    )
    assert store.from_json(store.to_json(given)) == given
    assert store.from_json({"action": "pin", "kind": "ad", "pattern": "grey"}) == rule(
        "grey", action=FilterAction.PIN, kind=FilterKind.AD
    )


@pytest.mark.parametrize(
    "change",
    [
        {"action": "explode"}, {"kind": None}, {"weight": "much"}, {"threshold": []}, {"channels": ["x"]}, {"channels": 5},
        {"id": "1e400"}, {"weight": "nan"}, {"threshold": "inf"}, {"topics": 7},
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(change: dict[str, Any]) -> None:
    """With an error that whoever asked is told."""
    with pytest.raises(UsageError):
        store.from_json({**store.to_json(rule()), **change})
