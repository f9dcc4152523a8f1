"""The figures of /stats in words: the worst of them fit below a picture, and money and numbers are written as people do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.pages import stats
from bot.pages.stats import Figures
from bot.spans import units
from bot.speech import LANGUAGES, Catalogues, Say
from bot.typography import NO_BREAK
from core.readers import DeliveryCounts, ReaderState
from core.store.archive import Extent
from core.store.stats import Day, Totals

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAYS = tuple(
    Day(day=NOW.date() - timedelta(days=back), posts=110, stories=40, digests=1000, sent=1200, cost=0.0)
    for back in range(13, -1, -1)
)
FIGURES = Figures(
    days=DAYS,
    totals=Totals(channels=21, posts=31_415, stories=9_001, opinions=3, saved=1, last=NOW),
    extent=Extent(posts=True, first=datetime(2025, 3, 3, tzinfo=UTC), last=NOW),
    people={ReaderState.ACTIVE: 1204},
    messages=DeliveryCounts(sent=8400),
    waiting=0,
    behind=timedelta(0),
)


def told(figures: Figures, lang: str) -> list[str]:
    text, _ = stats.page(figures, Say(Catalogues(), lang), tz="Europe/Moscow", now=NOW).render()
    return text.replace(NO_BREAK, " ").splitlines()


def test_the_figures_in_both_languages() -> None:
    """Plural forms, thousands and days are those of the language."""
    assert told(FIGURES, "ru")[1:5] == [
        "Архив: 31 415 постов из 21 канала, 9001 сюжет",
        "Посты написаны: 3 марта 2025 – 25 ноября 2026",
        "Сегодня: 110 постов, 40 новых сюжетов",
        "За две недели: 1540 постов, 560 новых сюжетов",
    ]
    assert told(FIGURES, "en")[1:6] == [
        "Archive: 31,415 posts from 21 channels, 9,001 stories",
        "Written: 3 March 2025 – 25 November 2026",
        "Today: 110 posts, 40 new stories",
        "Two weeks: 1,540 posts, 560 new stories",
        "Readers: 1,204 active, 0 paused, 0 lost",
    ]


@pytest.mark.parametrize(
    ("cost", "ru", "en"),
    [
        (0.0, "Модели: за две недели ничего не потрачено", "Models: nothing spent in two weeks"),
        (12.5, "Модели: сегодня 12,50, за две недели 12,50", "Models: 12.50 today, 12.50 in two weeks"),
        (0.0042, "Модели: сегодня 0,0042, за две недели 0,0042", "Models: 0.0042 today, 0.0042 in two weeks"),
        (12345.678, "Модели: сегодня 12 345,68, за две недели 12 345,68", "Models: 12,345.68 today, 12,345.68 in two weeks"),
    ],
)  # fmt: skip
def test_money(cost: float, ru: str, en: str) -> None:
    """Money has a decimal comma in Russian and a point in English, and what is less than a cent is not called nothing."""
    figures = replace(FIGURES, days=(*DAYS[:-1], replace(DAYS[-1], cost=cost)))
    assert ru in told(figures, "ru")
    assert en in told(figures, "en")


def test_the_picture_says_what_it_shows() -> None:
    """Its title names the days, and each half what is counted, and how much of it."""
    assert stats.captions(FIGURES, Say(Catalogues(), "ru")) == {
        "title": "Две недели: 12–25 ноября",
        "incoming": "Пришло постов: 1540",
        "outgoing": f"Отправлено сообщений: 16{NO_BREAK}800",
    }
    assert stats.captions(FIGURES, Say(Catalogues(), "en"))["outgoing"] == "Messages sent: 16,800"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_largest_figures_fit_below_a_picture(lang: str) -> None:
    """A caption holds 1,024 UTF-16 units."""
    most = 10**15
    figures = Figures(
        days=[Day(day=NOW.date(), posts=most, stories=most, digests=most, sent=most, cost=float(most))] * 14,
        totals=Totals(channels=most, posts=most, stories=most, opinions=most, saved=most, last=NOW),
        extent=FIGURES.extent,
        people=dict.fromkeys(ReaderState, most),
        messages=DeliveryCounts(pending=most, sent=most, failed=most, unknown=most),
        waiting=most,
        behind=timedelta(days=9999),
    )
    assert units("\n".join(told(figures, lang))) <= 1024
