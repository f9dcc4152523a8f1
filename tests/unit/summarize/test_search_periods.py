"""The time that questions speak of, in both languages, told from the day on which they are asked."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from summarize.search.periods import period

#: A Thursday, late in the evening: in Moscow it is Friday already.
ASKED = datetime(2026, 9, 17, 22, 30, tzinfo=UTC)
MOSCOW, UTC_ZONE = ZoneInfo("Europe/Moscow"), ZoneInfo("UTC")


def days(text: str, tz: ZoneInfo = UTC_ZONE) -> tuple[str, str] | None:
    """The period as local moments, "" where it is open."""
    found = period(text, asked=ASKED, tz=tz)
    if found is None:
        return None
    return tuple(  # type: ignore[return-value]
        "" if moment is None else f"{moment.astimezone(tz):%Y-%m-%d %H:%M}" for moment in (found.since, found.until)
    )


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("что было вчера?", "2026-09-16 00:00", "2026-09-17 00:00"),
        ("what happened today", "2026-09-17 00:00", "2026-09-18 00:00"),
        ("что вышло на этой неделе", "2026-09-14 00:00", "2026-09-21 00:00"),
        ("releases last week", "2026-09-07 00:00", "2026-09-14 00:00"),
        ("what did they say on 15 September?", "2026-09-15 00:00", "2026-09-16 00:00"),
        ("что писали 15 сентября", "2026-09-15 00:00", "2026-09-16 00:00"),
        ("новости за март", "2026-03-01 00:00", "2026-04-01 00:00"),
        ("news of November", "2025-11-01 00:00", "2025-12-01 00:00"),
        ("что было в 2025 году", "2025-01-01 00:00", "2026-01-01 00:00"),
        ("2026-09-14", "2026-09-14 00:00", "2026-09-15 00:00"),
        ("in the last 3 days", "2026-09-14 22:30", ""),
        ("за последние две недели", "2026-09-03 22:30", ""),
        ("с 10 сентября", "2026-09-10 00:00", ""),
        ("since 10 September", "2026-09-10 00:00", ""),
        ("до 10 сентября", "", "2026-09-10 00:00"),
        ("с 10 по 12 сентября", "2026-09-10 00:00", "2026-09-13 00:00"),
        ("31 декабря", "2025-12-31 00:00", "2026-01-01 00:00"),
    ],
)
def test_what_a_question_names(text: str, since: str, until: str) -> None:
    """Days, weeks, months, years and spans; without a year the last that has begun."""
    assert days(text) == (since, until)


@pytest.mark.parametrize("text", ["кто обучил Orrin-2 7B?", "how many GPUs", "", "модель на 70 млрд", "GPT-5.1 vs 4.0"])
def test_questions_without_a_time(text: str) -> None:
    """Versions and counts are no dates."""
    assert days(text) is None


def test_days_are_the_readers_own() -> None:
    """At half past one at night in Moscow, yesterday is the day that has just ended there."""
    assert days("вчера", MOSCOW) == ("2026-09-17 00:00", "2026-09-18 00:00")


def test_days_that_never_were() -> None:
    """The 31st of September is no day, and the 29th of February is one of the last leap year."""
    assert days("31 сентября") is None or "31" not in str(days("31 сентября"))
    assert days("29 февраля") == ("2024-02-29 00:00", "2024-03-01 00:00")
