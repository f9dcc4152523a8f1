"""What may stand after /digest: days and topics, as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.windows import asked
from tests.unit.bot.cards import TOPICS

MOSCOW = ZoneInfo("Europe/Moscow")
#: A quarter past midnight in Moscow, on a Thursday; in London it is still Wednesday.
NOW = datetime(2026, 11, 25, 21, 15, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00").replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("text", "since", "until", "topic"),
    [
        ("", None, None, None),
        ("today", "2026-11-26", None, None),
        ("сегодня", "2026-11-26", None, None),
        ("Вчера", "2026-11-25", "2026-11-26", None),
        ("yesterday llm", "2026-11-25", "2026-11-26", "llm"),
        ("неделя агенты", "2026-11-20", None, "agents"),
        ("агенты неделя", "2026-11-20", None, "agents"),
        ("2026-11-01", "2026-11-01", "2026-11-02", None),
        ("24.11", "2026-11-24", "2026-11-25", None),
        ("24.12", "2025-12-24", "2025-12-25", None),
        ("24 ноября", "2026-11-24", "2026-11-25", None),
        ("агенты 3 мая 2025", "2025-05-03", "2025-05-04", "agents"),
        ("24 Nov llm", "2026-11-24", "2026-11-25", "llm"),
        ("November 24, 2025", "2025-11-24", "2025-11-25", None),
        ("1 сент.", "2026-09-01", "2026-09-02", None),
        ("24 декабря", "2025-12-24", "2025-12-25", None),
        ("03.02.2025", "2025-02-03", "2025-02-04", None),
        ("языковые модели", None, None, "llm"),
        ("Языков", None, None, "llm"),
        ("language models week", "2026-11-20", None, "llm"),
    ],
)
def test_what_is_asked(text: str, since: str | None, until: str | None, topic: str | None) -> None:
    """Days are the reader's own, a window never ends in the future, and a topic is known by slug, title or its beginning."""
    found = asked(text, TOPICS, now=NOW, tz=MOSCOW)
    assert found.since == (day(since) if since else None)
    assert found.until == (day(until) if until else NOW if since else None)
    assert (found.topic, found.unknown) == (topic, "")


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2027-01-01",
        "31.02",
        "31 февраля",
        "5 роботов",
        "24 ноября 2030",
        "май 5",
        "1.1.1",
        "роботы",
        "llm agents",
        "0.0",
        "99.99.9999",
    ],
)
def test_what_is_not_understood(text: str) -> None:
    """Words that mean nothing here are given back as they were."""
    assert asked(text, TOPICS, now=NOW, tz=MOSCOW).unknown == text


@given(st.text(max_size=200))
def test_anything_may_be_written(text: str) -> None:
    """No text breaks it."""
    found = asked(text, TOPICS, now=NOW, tz=MOSCOW)
    assert found.since is None or found.since < NOW
