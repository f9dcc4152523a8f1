"""Previews show posts on both sides of a threshold, thresholds move by what is shown, and lists of admins stand on pages."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.utils.formatting import Text
from hypothesis import given
from hypothesis import strategies as st

from bot.pages.admin_presses import PER_PAGE, fitting
from bot.pages.admin_previews import meets
from bot.pages.thresholds import LEAST, MOST, looser, near, stricter, written
from bot.speech import Catalogues, Say
from core.filters import Filter, FilterAction, FilterKind

COSINES = st.lists(st.floats(0, 1).map(lambda cosine: round(cosine, 3)), max_size=12)


def answer(threshold: float, met: list[float], below: list[float], *, posts: int | None = None) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "posts": len(met) if posts is None else posts,
        "examples": [{"cosine": cosine} for cosine in met],
        "below": [{"cosine": cosine} for cosine in below],
    }


def shown(kind: FilterKind, posts: int, **sides: list[float]) -> str:
    """What an admin is shown of a filter that meets so many posts; each of those named is called by its cosine."""
    told = {
        name: [{"title": f"Post of {cosine}", "channel": "Owl", "cosine": cosine} for cosine in cosines]
        for name, cosines in sides.items()
    }
    given_filter = Filter(id=0, action=FilterAction.DROP, kind=kind, pattern="owls")
    whole = {"posts": posts, "stories": posts, "looked": 90, "threshold": 0.4, **told}
    return Text(*meets(whole, given_filter, Say(Catalogues(), "en"))).as_kwargs()["text"]


def test_both_sides_of_a_threshold_are_shown() -> None:
    """Some of the nearest, then the last that still reach it and the first that do not, each with how near it is."""
    words = shown(FilterKind.MEANING, 20, examples=[0.9, 0.8, 0.7, 0.65], above=[0.5, 0.45, 0.41], below=[0.39, 0.3])
    assert words.split("\n\n")[1:] == [
        "The nearest:\n• 0.90 Post of 0.9 · Owl\n• 0.80 Post of 0.8 · Owl\n• 0.70 Post of 0.7 · Owl\n… and 14 more posts",
        "Only just near enough:\n• 0.50 Post of 0.5 · Owl\n• 0.45 Post of 0.45 · Owl\n• 0.41 Post of 0.41 · Owl",
        "Just not near enough:\n• 0.39 Post of 0.39 · Owl\n• 0.30 Post of 0.3 · Owl",
    ]


def test_few_that_reach_a_threshold_are_all_shown() -> None:
    """Once, under one heading."""
    words = shown(FilterKind.MEANING, 2, examples=[0.9, 0.5], above=[0.9, 0.5], below=[])
    assert words.split("\n\n")[1:] == ["Near enough:\n• 0.90 Post of 0.9 · Owl\n• 0.50 Post of 0.5 · Owl"]


def test_posts_have_a_heading_and_what_is_not_shown_is_counted() -> None:
    """Of any other filter."""
    assert "\n\nPosts that it meets:\n• " in shown(FilterKind.KEYWORD, 1, examples=[0.1])
    assert shown(FilterKind.KEYWORD, 4, examples=[0.1]).endswith("\n… and 3 more posts")
    assert "Posts that it meets" not in shown(FilterKind.KEYWORD, 0, examples=[])


def test_looser_lets_the_nearest_two_in() -> None:
    """Of those that stay just below; without any, it is a small step."""
    assert looser(answer(0.3, [0.5], [0.29, 0.27, 0.2])) == pytest.approx(0.27)
    assert looser(answer(0.3, [0.5], [0.2911, 0.2766])) == pytest.approx(0.27)
    assert looser(answer(0.3, [0.5], [0.2911, 0.2766, 0.2712])) == pytest.approx(0.276), "the third stays out"
    assert looser(answer(0.3, [0.5], [])) == pytest.approx(0.25)


def test_stricter_keeps_the_nearer_half() -> None:
    """Of those that are shown; if there are more than are shown, those that are shown; without any, it is a small step."""
    assert stricter(answer(0.3, [0.6, 0.5, 0.4, 0.35], [])) == pytest.approx(0.5)
    assert stricter(answer(0.3, [0.6, 0.5037, 0.5031, 0.35], [])) == pytest.approx(0.5037)
    assert stricter(answer(0.3, [0.6, 0.5], [], posts=40)) == pytest.approx(0.5)
    assert stricter(answer(0.3, [0.6], [])) == pytest.approx(0.61)
    assert stricter(answer(0.3, [], [0.2])) == pytest.approx(0.35)


@given(threshold=st.floats(0.01, 1), cosines=COSINES)
def test_a_threshold_stays_one(threshold: float, cosines: list[float]) -> None:
    """Looser is never stricter, stricter never looser, but at the ends; neither leaves what a threshold may be."""
    met = sorted((cosine for cosine in cosines if cosine >= threshold), reverse=True)[:8]
    below = sorted((cosine for cosine in cosines if cosine < threshold), reverse=True)[:4]
    given_answer = answer(threshold, met, below)
    for moved in (looser(given_answer), stricter(given_answer)):
        assert LEAST <= moved <= MOST
    assert looser(given_answer) <= threshold + 1e-4
    assert stricter(given_answer) >= threshold - 2e-3


@pytest.mark.parametrize(
    ("threshold", "says", "reaching", "short"),
    [(0.25, "0,25", (0.2531, "0,25"), (0.2496, "0,24")), (0.2463, "0,2463", (0.2463, "0,2463"), (0.2462, "0,2462"))],
)
def test_a_post_is_seen_on_its_side_of_a_threshold(
    threshold: float, says: str, reaching: tuple[float, str], short: tuple[float, str]
) -> None:
    """One that does not reach it is never rounded up to it, and a threshold is written with all of its digits."""
    say = Say(Catalogues(), "ru")
    assert written(threshold, say) == says
    for cosine, shown_as in (reaching, short):
        assert near(cosine, threshold, say) == shown_as


@given(units=st.integers(100, 10_000), other=st.integers(-10_000, 10_000))
def test_what_is_shown_below_a_threshold_is_below(units: int, other: int) -> None:
    """Whatever the two are, in the four digits that they may have."""
    say = Say(Catalogues(), "en")
    threshold, cosine = units / 10_000, other / 10_000
    assert (float(near(cosine, threshold, say)) >= float(written(threshold, say))) == (cosine >= threshold)


@given(count=st.integers(0, 400), page=st.integers(-(10**20), 10**20))
def test_pages(count: int, page: int) -> None:
    """Any number names a page that there is, and no entry is on none."""
    shown, found, last = fitting(range(count), page)
    assert 0 <= found <= last
    assert len(shown) <= PER_PAGE
    assert bool(shown) == bool(count)
    assert sum(len(fitting(range(count), number)[0]) for number in range(last + 1)) == count
