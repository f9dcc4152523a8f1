"""The order in which a story's posts are read."""

from __future__ import annotations

import random

from cli import feed
from core.types import Origin, StoredPost
from summarize import cards
from tests.flow.feed import START, post


def stored(number: int, minutes: float, *, forward: bool = False) -> StoredPost:
    origin = Origin(name="Источник") if forward else None
    return feed._stored(post(1, number, "текст", minutes=minutes, origin=origin), number, 1, START)


def test_posts_stand_by_time_and_an_origin_before_its_forwards() -> None:
    """Whatever the order of their numbers; of posts of one minute, the forward comes last."""
    wanted = [stored(9, 0), stored(4, 10), stored(2, 10, forward=True), stored(7, 10, forward=True), stored(1, 30)]
    for seed in range(5):
        shuffled = random.Random(seed).sample(wanted, len(wanted))
        assert [item.id for item in cards.in_order(shuffled)] == [9, 4, 2, 7, 1]
