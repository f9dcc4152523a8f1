"""What `svodka why` tells of a story's links."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cli import feed, reasons
from core.types import Link, StoredPost
from tests.flow.feed import START, post


def link(first: int, second: int, score: float, verdict: str = "same", **evidence: Any) -> Link:
    return Link(first=first, second=second, score=score, verdict=verdict, reasons=evidence)


def stored(number: int, text: str) -> StoredPost:
    return feed._stored(post(1, number, text, minutes=0), number, 1, START)


def test_links_that_hold_a_story_together_come_first() -> None:
    """The weak link to a lone post is told before a strong one that closes a circle; a `maybe` after what joined."""
    circle = [link(1, 2, 0.9), link(2, 3, 0.8), link(1, 3, 0.7)]
    lone, maybe = link(3, 4, 0.4), link(2, 4, 0.95, "maybe")
    assert reasons.holding_first([maybe, *circle, lone]) == [circle[0], circle[1], lone, circle[2], maybe]


@given(st.sets(st.tuples(st.integers(1, 9), st.integers(10, 18)), max_size=30))
def test_no_link_is_lost(pairs: set[tuple[int, int]]) -> None:
    """Every link is told once, and the first ones reach every post that any link reaches, without a circle."""
    links = [link(first, second, (first * second % 10) / 10) for first, second in sorted(pairs)]
    told = reasons.holding_first(links)
    assert sorted(told, key=lambda item: (item.first, item.second)) == links
    pieces = [frozenset({number}) for number in {number for pair in pairs for number in pair}]
    joins = []
    for item in told:
        touched = [piece for piece in pieces if piece & {item.first, item.second}]
        joins.append(len(touched) == 2)
        pieces = [piece for piece in pieces if piece not in touched] + [frozenset().union(*touched)]
    assert joins == sorted(joins, reverse=True)


def test_posts_are_told_by_channel_and_start() -> None:
    """Each link names both posts by number, channel and how they begin, and wraps its reasons without tearing them."""
    posts = {1: stored(1, "Первая\nстрока " + "и ещё слова " * 20), 2: stored(2, "")}
    first, second, *rest = reasons.lines(
        [link(1, 2, 0.5, days=0.125, keys=["arxiv:1", "url:b"], **{f"name{n}": n for n in range(30)})], posts
    )
    assert first.startswith("  same  0.50  p1 Канал 1: Первая строка и ещё")
    assert first.endswith("…")
    assert second.strip() == "p2 Канал 1: no text"
    assert rest[0].strip().startswith("days: 0.125; keys: arxiv:1, url:b; name0: 0;")
    assert max(map(len, rest)) <= reasons.WIDTH
    assert all(line.rstrip(";")[-1].isdigit() for line in rest)


def test_a_dump_is_a_file() -> None:
    """A dump is not told as if it were a channel; control characters of a name do not reach the terminal."""
    assert reasons.place("май", dump=True) == "the file май"
    assert reasons.place("К\x1b[31m", dump=False) == "К"
