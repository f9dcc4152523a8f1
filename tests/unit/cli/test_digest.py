"""What is said to whoever asked for a digest and got none."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cli import digest
from core.store.archive import Extent

HELD = Extent(posts=True, first=datetime(2026, 3, 1, 12, tzinfo=UTC), last=datetime(2026, 9, 17, 22, tzinfo=UTC))
LATER, LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


def advice(extent: Extent, since: datetime, until: datetime | None = None, *, waiting: int = 0, only: str = "") -> str:
    return digest.advice(extent, waiting=waiting, since=since, until=until, only=[only] if only else [], tz=MOSCOW)


def test_without_posts_it_is_import() -> None:
    """Nothing is there: bring posts in; they are there but not indexed: index them."""
    assert "`svodka import PATH`" in advice(Extent(posts=False, first=None, last=None), LATER)
    assert advice(Extent(posts=True, first=None, last=None), LATER, waiting=2).startswith("2 posts not indexed yet")
    assert advice(HELD, LATER, waiting=1).startswith("1 post not indexed yet: `svodka index`")


@pytest.mark.parametrize(
    ("since", "until", "proposed"),
    [
        (LATER, None, "2026-09-12"),
        (LONG_AGO, LONG_AGO.replace(year=2021), "2026-09-12"),
        (datetime(2026, 9, 17, tzinfo=UTC), None, "2026-09-12"),
        (datetime(2026, 9, 10, tzinfo=UTC), None, "2026-03-01"),
    ],
)
def test_outside_the_archive_its_days_are_named(since: datetime, until: datetime | None, proposed: str) -> None:
    """The days of the reader's zone from which there are posts, and a day to begin with that gives more than was asked."""
    assert advice(HELD, since, until) == (
        f"the posts are from 2026-03-01 to 2026-09-18: try `svodka digest --since {proposed}`"
    )


def test_where_another_day_would_not_help_none_is_proposed() -> None:
    """The whole archive holds nothing to show, or only the topic is missing."""
    assert "--since" not in advice(HELD, LONG_AGO)
    assert "leave out --topic" in advice(HELD, LONG_AGO, only="llm")
    assert "2026-09-12" in advice(HELD, LATER, only="llm")
