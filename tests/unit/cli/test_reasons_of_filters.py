"""What `svodka why` tells of filters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli import feed, reasons
from core.filters import FilterAction
from core.store.filters import Met
from core.types import Indexed
from tests.flow.feed import START, post

STORED = feed._stored(post(1, 1, "Первая строка", minutes=0), 1, 1, START)
INDEXED = Indexed(
    post_id=1, version=1, channel_id=1, sequence=1, time=datetime(2026, 9, 1, tzinfo=UTC), dated=True, source="канал 1",
    holder="1", lang="ru", clean_text="Первая строка", ad="none", ad_reasons=(), text_hash=None, keys=(), self_keys=(),
    refers=(), features={}, topics={}, made_by="x",
)  # fmt: skip


def met(number: int, action: FilterAction) -> Met:
    return Met(filter_id=number, action=action, weight=0.5)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((), "it may stand in a digest"),
        ((met(3, FilterAction.DROP),), "filter 3 drops it, so no digest shows it"),
        ((met(3, FilterAction.DROP), met(4, FilterAction.DROP)), "filter 3 and 4 drop it, so no digest shows it"),
        ((met(3, FilterAction.DROP), met(4, FilterAction.PIN)), "filter 3 drops it, so no digest shows it"),
        ((met(5, FilterAction.BOOST),), "it may stand in a digest; filter 5 raises or sinks its story"),
        ((met(6, FilterAction.PIN),), "it may stand in a digest; filter 6 pins its story"),
    ],
)
def test_a_post_is_told_by_the_filters_that_met_it(found: tuple[Met, ...], told: str) -> None:
    """One that drops it decides; the others act on its story."""
    assert reasons.standing(STORED, INDEXED, shown=True, met=found) == told


def test_what_hides_a_post_anyway_is_told_first() -> None:
    """A filter changes nothing for an advertisement."""
    said = reasons.standing(STORED, INDEXED, shown=False, met=(met(3, FilterAction.DROP),))
    assert "filter" not in said


def test_a_part_is_told_with_its_most_or_what_it_is() -> None:
    """Parts without a weight of their own have words instead."""
    assert reasons.part("sources", 0.2, 0.4) == "  sources      0.20  of at most 0.40"
    assert reasons.part("filter", -0.5, None) == "  filter      -0.50  what filters add that meet one of its posts"
    assert reasons.part("doubtful", -0.25, None).startswith("  doubtful    -0.25  every post of it may be")
