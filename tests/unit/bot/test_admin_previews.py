"""Thresholds move by what a preview has shown, and lists of admins stand on pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages.admin_presses import PER_PAGE, fitting
from bot.pages.admin_previews import LEAST, MOST, looser, stricter

COSINES = st.lists(st.floats(0, 1).map(lambda cosine: round(cosine, 3)), max_size=12)


def answer(threshold: float, met: list[float], below: list[float], *, posts: int | None = None) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "posts": len(met) if posts is None else posts,
        "examples": [{"cosine": cosine} for cosine in met],
        "below": [{"cosine": cosine} for cosine in below],
    }


def test_looser_lets_the_nearest_two_in() -> None:
    """Of those that stay just below; without any, it is a small step."""
    assert looser(answer(0.3, [0.5], [0.29, 0.27, 0.2])) == pytest.approx(0.269)
    assert looser(answer(0.3, [0.5], [])) == pytest.approx(0.25)


def test_stricter_keeps_the_nearer_half() -> None:
    """Of those that are shown; if there are more than are shown, those that are shown; without any, it is a small step."""
    assert stricter(answer(0.3, [0.6, 0.5, 0.4, 0.35], [])) == pytest.approx(0.45)
    assert stricter(answer(0.3, [0.6, 0.5], [], posts=40)) == pytest.approx(0.499)
    assert stricter(answer(0.3, [0.6], [])) == pytest.approx(0.601)
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


@given(count=st.integers(0, 400), page=st.integers(-(10**20), 10**20))
def test_pages(count: int, page: int) -> None:
    """Any number names a page that there is, and no entry is on none."""
    shown, found, last = fitting(range(count), page)
    assert 0 <= found <= last
    assert len(shown) <= PER_PAGE
    assert bool(shown) == bool(count)
    assert sum(len(fitting(range(count), number)[0]) for number in range(last + 1)) == count
