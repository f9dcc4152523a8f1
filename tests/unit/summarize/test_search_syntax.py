"""What may be written into a search beside words."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.types import Topic
from summarize.search.limits import limits
from summarize.search.syntax import Typed, typed

ASKED = datetime(2026, 9, 17, 18, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
TOPICS = [
    Topic(slug=slug, position=place, title_ru=ru, title_en=en, about="", names=(), stems=())
    for place, (slug, ru, en) in enumerate(
        [("agents", "Агенты", "Agents"), ("llm", "Языковые модели", "Language models")]
    )
]
CHANNELS = {1: ("Тензорный вестник", "tensor_vestnik"), 2: ("Paper Lantern",)}


def parsed(text: str) -> Typed:
    return typed(text, asked=ASKED, tz=UTC_ZONE)


def test_everything_at_once() -> None:
    """Names, dates, phrases, what must not be there, beginnings; the rest are words."""
    found = parsed(
        'topic:agents -реклама канал:"Paper Lantern" since:2026-09-14 until:вчера "cold shards" квант* память'
    )
    assert found == Typed(
        text="cold shards память",
        topics=("agents",),
        channels=("Paper Lantern",),
        since=datetime(2026, 9, 14, tzinfo=UTC_ZONE),
        until=datetime(2026, 9, 17, tzinfo=UTC_ZONE),
        phrases=("cold shards",),
        without=("реклама",),
        beginnings=("квант",),
    )


@pytest.mark.parametrize(
    "text", ["C++ и Go", "GPT-5.1", "e-mail", "7B-модель", "http://a.example/x:y", "a:b", "- сам по себе"]
)
def test_what_makes_no_sense_is_a_word(text: str) -> None:
    """Hyphens inside words, addresses and unknown names are no syntax."""
    found = parsed(text)
    assert (found.topics, found.channels, found.without, found.phrases) == ((), (), (), ())


def test_a_date_that_is_none() -> None:
    """It is told, with how to write one."""
    with pytest.raises(UsageError, match='"когда-то" is no date'):
        parsed("since:когда-то модели")


def test_names_are_looked_up() -> None:
    """Topics by slug or title, channels by name or username, also by a part; others are told, with what there is."""
    found = limits(parsed("topic:агент channel:@tensor_vestnik from:lantern x"), topics=TOPICS, channels=CHANNELS)
    assert (found.topics, found.channels) == (("agents",), (1, 2))
    with pytest.raises(UsageError, match='There is no topic "кони": the topics are agents, llm'):
        limits(parsed("topic:кони"), topics=TOPICS, channels=CHANNELS)
    with pytest.raises(UsageError, match='No channel is called "x"'):
        limits(parsed("channel:x"), topics=TOPICS, channels=CHANNELS)


@given(text=st.text(max_size=200))
def test_anything_can_be_typed(text: str) -> None:
    """It is read, or refused with a sentence."""
    try:
        parsed(text)
    except UsageError as error:
        assert "is no date" in str(error)  # noqa: PT017  either is right
