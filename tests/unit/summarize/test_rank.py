"""What makes a story important."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from summarize import rank

NOW = datetime(2026, 9, 18, tzinfo=UTC)
POST = rank.Facts(
    time=NOW - timedelta(hours=5),
    source="a",
    is_copy=False,
    weight=1.0,
    engagement=None,
    typical=None,
    words=120,
    names=4,
    numbers=4,
    things=1,
    doubtful=False,
)


def total(*posts: rank.Facts) -> float:
    """The rank of a story of these posts."""
    return sum(rank.parts(posts, now=NOW).values())


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ([POST, replace(POST, source="b")], [POST]),
        ([POST, replace(POST, source="b")], [POST, replace(POST, source="b", is_copy=True)]),
        ([POST, replace(POST, is_copy=True)], [POST]),
        ([POST], [replace(POST, time=NOW - timedelta(days=3))]),
        ([POST], [replace(POST, words=10, names=0, numbers=0, things=0)]),
        ([replace(POST, weight=3.0)], [POST]),
        ([POST], [replace(POST, weight=0.0)]),
        ([replace(POST, engagement=900, typical=100.0)], [replace(POST, engagement=20, typical=100.0)]),
        ([POST], [replace(POST, doubtful=True)]),
    ],
)
def test_more_of_what_counts_ranks_higher(better: list[rank.Facts], worse: list[rank.Facts]) -> None:
    """Independent sources, copies, freshness, substance, weight and engagement each raise a story; doubt lowers it."""
    assert total(*better) > total(*worse)


def test_a_copy_is_no_independent_source() -> None:
    """Ten copies add less than one independent source."""
    copies = [replace(POST, source=f"copy {number}", is_copy=True) for number in range(10)]
    assert total(POST, replace(POST, source="b")) > total(POST, *copies)


def test_engagement_is_measured_against_the_post_s_age() -> None:
    """The same count on a younger post is worth more."""
    young = replace(POST, time=NOW - timedelta(hours=1), engagement=50, typical=100.0)
    old = replace(POST, time=NOW - timedelta(hours=40), engagement=50, typical=100.0)
    assert rank.parts([young], now=NOW)["engagement"] > rank.parts([old], now=NOW)["engagement"]


def test_each_part_stays_within_its_weight() -> None:
    """No part passes what `docs/ranking.md` says it can add."""
    huge = replace(POST, weight=1e9, engagement=10**9, typical=1.0, words=10**6, names=10**4, numbers=10**4)
    found = rank.parts([replace(huge, source=str(number)) for number in range(100)], now=NOW)
    assert all(0 <= value <= rank.WEIGHTS[name] for name, value in found.items())
