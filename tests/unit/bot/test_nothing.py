"""What is said where a digest has no stories: days and hours as people name them, on the reader's own clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.pages import nothing
from bot.pages.nothing import State
from bot.speech import LANGUAGES, Catalogues, Say
from core.readers import Length, Reader, ReaderKind, ReaderState
from core.store.archive import Extent
from tests.unit.bot.cards import TOPICS

#: Where the reader lives it is still the evening of the day before.
NOW = datetime(2026, 11, 25, 5, tzinfo=UTC)
HERE = Reader(
    id=1,
    chat_id=1,
    thread_id=None,
    kind=ReaderKind.PERSON,
    title="",
    lang="ru",
    tz="America/Los_Angeles",
    hour=9,
    days=(1, 2, 3, 4, 5, 6, 7),
    length=Length.NORMAL,
    quiet=False,
    all_topics=True,
    state=ReaderState.ACTIVE,
    since=NOW,
    due_at=datetime(2026, 11, 25, 17, tzinfo=UTC),
    created_at=NOW,
)
LAST = datetime(2026, 11, 24, 19, 40, tzinfo=UTC)
STATE = State(extent=Extent(posts=True, first=LAST, last=LAST), waiting=0, days=None, topic=None)


def told(state: State, lang: str, reader: Reader = HERE) -> list[str]:
    return nothing.page(reader, state, Say(Catalogues(), lang), now=NOW).text.render()[0].split("\n\n")


@pytest.mark.parametrize(
    ("days", "ru", "en"),
    [
        (None, "Ничего нового для вас пока нет.", "There is nothing new for you yet."),
        ((date(2026, 11, 24),) * 2, "Сегодня сюжетов пока нет.", "No stories today so far."),
        ((date(2026, 11, 23),) * 2, "Вчера сюжетов не было.", "There were no stories yesterday."),
        ((date(2026, 9, 15),) * 2, "За 15 сентября сюжетов нет.", "No stories for 15 September."),
        ((date(2025, 9, 15),) * 2, "За 15 сентября 2025 сюжетов нет.", "No stories for 15 September 2025."),
        ((date(2026, 11, 18), date(2026, 11, 24)), "За неделю сюжетов нет.", "No stories in the past week."),
    ],
)
def test_days_are_named_as_people_name_them(days: tuple[date, date] | None, ru: str, en: str) -> None:
    """Today and yesterday are the reader's own; other days stand with their months."""
    assert told(replace(STATE, days=days), "ru")[0] == ru
    assert told(replace(STATE, days=days), "en")[0] == en


def test_what_was_read_last_and_what_is_coming() -> None:
    """Hours are those of the reader's zone, which is named."""
    assert told(STATE, "ru")[1:] == [
        "Самый свежий пост: сегодня в 11:40.",
        "Следующий дайджест придёт завтра, 25 ноября, в 09:00 (Лос-Анджелес, UTC−8).",
    ]
    assert told(STATE, "en")[1:] == [
        "The newest post: today at 11:40.",
        "The next digest comes tomorrow, 25 November, at 09:00 (Los Angeles, UTC−8).",
    ]


@pytest.mark.parametrize(
    ("last", "ru"),
    [
        (LAST - timedelta(days=1), "вчера в 11:40"),
        (LAST - timedelta(days=30), "25 октября в 12:40"),
        (LAST - timedelta(days=400), "20 октября 2025 в 12:40"),
    ],
)
def test_moments_gone_by(last: datetime, ru: str) -> None:
    """Yesterday is called so, and the year stands where it is another."""
    extent = Extent(posts=True, first=last, last=last)
    assert told(replace(STATE, extent=extent), "ru")[1] == f"Самый свежий пост: {ru}."


def test_a_topic_that_was_asked_for_heads_the_answer() -> None:
    """So that nobody takes it for the whole digest."""
    assert told(replace(STATE, topic=TOPICS[1]), "ru")[:2] == ["Агенты", "Ничего нового для вас пока нет."]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_archive_is_all_that_is_said(lang: str) -> None:
    """Nothing else matters where nothing has been read; and who is paused is promised nothing."""
    assert len(told(replace(STATE, extent=Extent(posts=False, first=None, last=None)), lang)) == 1
    assert len(told(STATE, lang, replace(HERE, state=ReaderState.PAUSED, due_at=None))) == 2
