"""Dates as they are written, told relative to a post, compared, and made absolute."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.claims.dates import supported, told, whens
from summarize.claims.relative_dates import absolute

#: A Tuesday.
POSTED = date(2026, 9, 15)

READ: list[tuple[str, list[dict[str, Any]]]] = [
    ("14 сентября 2026 года в 12:30", [{"day": 14, "month": 9, "year": 2026}, {"clock": 750}]),
    ("September 14, 2026 at 3 pm", [{"month": 9, "day": 14, "year": 2026}, {"clock": 900}]),
    ("2026-09-14", [{"day": 14, "month": 9, "year": 2026}]),
    ("14.09.2026", [{"day": 14, "month": 9, "year": 2026}]),
    ("10–12 октября", [{"day": 10, "month": 10}, {"day": 12, "month": 10}]),
    ("в 2026 году", [{"year": 2026}]),
    ("in Q3 2026", [{"quarter": 3, "year": 2026}]),
    ("в третьем квартале", [{"quarter": 3}]),
    ("в пятницу", [{"weekday": 4}]),
    ("released in May", [{"month": 5}]),
    ("к весне", [{"season": 1}]),
    ("am Dienstag, 5 жовтня", [{"weekday": 1}, {"day": 5, "month": 10}]),
    ("вчера", [{"day": 14, "month": 9, "year": 2026}]),
    ("May be; it may 5 times", []),
    ("2026 моделей, версия 2.10, 10:00:01.5.6", [{"clock": 600}]),
    ("Окружающую среду изучают", []),
]


@pytest.mark.parametrize(("text", "wanted"), READ)
def test_reading(text: str, wanted: list[dict[str, Any]]) -> None:
    """A date is read with the parts that it tells; a number or a verb that looks like one is none."""
    parts = ("year", "quarter", "month", "day", "weekday", "clock", "season")
    found = [
        {part: getattr(when, part) for part in parts if getattr(when, part) is not None} for when in whens(text, POSTED)
    ]
    assert found == wanted


@pytest.mark.parametrize(
    ("claim", "post", "stands"),
    [
        ("14 сентября", "вчера выложили", True),
        ("on September 15", "no date at all", True),
        ("13 сентября", "вчера выложили", False),
        ("on Monday", "released yesterday", True),
        ("31 января 2027 года", "on 31 January 2027", True),
        ("31 марта", "on 31 January 2027", False),
        ("в октябре", "October 5", True),
        ("в ноябре", "October 5", False),
        ("в 2027 году", "в начале 2027-го", True),
        ("в 2029 году", "в начале 2027-го", False),
        ("на неделе с 7 сентября", "на прошлой неделе", True),
        ("11 сентября", "in the last week", True),
        ("at 3 pm", "в 15:00", True),
        ("at 4 pm", "в 15:00", False),
        ("осенью", "ждать к весне", False),
        ("in the third quarter", "Q3", True),
        ("в первом квартале 2057 года", "Q1", False),
    ],
)
def test_support(claim: str, post: str, stands: bool) -> None:
    """A claimed date stands if the post has it in any form, or was published then."""
    known = told(post, POSTED)
    assert all(supported(when, known, POSTED) for when in whens(claim, POSTED)) is stands


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Вчера Orrin выпустила модель.", "14 сентября Orrin выпустила модель."),
        ("Orrin выпустила модель сегодня утром.", "Orrin выпустила модель 15 сентября утром."),
        ("Во вчерашнем релизе нет видео.", "В релизе от 14 сентября нет видео."),
        ("В пятницу раунд закрыли.", "11 сентября раунд закрыли."),
        ("Конференция пройдёт в пятницу.", "Конференция пройдёт 18 сентября."),
        ("В прошлую среду вышла Lumen.", "9 сентября вышла Lumen."),
        ("На прошлой неделе вышла Lumen.", "На неделе с 7 сентября вышла Lumen."),
        ("Она выйдет через две недели.", "Она выйдет на неделе с 28 сентября."),
        ("В прошлом месяце было тихо.", "В августе было тихо."),
        ("Итоги прошлого месяца.", "Итоги августа."),
        ("В прошлом году упало, в этом году выросло.", "В 2025 году упало, в 2026 году выросло."),
        ("Выручка в прошлом квартале выросла.", "Выручка во втором квартале 2026 года выросла."),
        ("Две недели назад и три дня назад.", "На неделе с 31 августа и 12 сентября."),
        ("С понедельника по 11 сентября.", "С 14 сентября по 11 сентября."),
        ("В пятницу, 11 сентября, вышла Lumen.", "В пятницу, 11 сентября, вышла Lumen."),
        ("Изучают окружающую среду.", "Изучают окружающую среду."),
        ("Yesterday Orrin released it.", "On September 14 Orrin released it."),
        ("Orrin released it last Friday.", "Orrin released it on September 11."),
        ("Prices have fallen since yesterday.", "Prices have fallen since September 14."),
        ("Yesterday's release broke.", "The September 14 release broke."),
        ("It will ship next week.", "It will ship in the week of September 21."),
        ("It shipped in the last month.", "It shipped in August."),
        ("It broke this morning.", "It broke on the morning of September 15."),
        ("It shipped two weeks ago.", "It shipped in the week of August 31."),
        ("Revenue grew last year.", "Revenue grew in 2025."),
        ("Every Friday they meet, on Fridays they talk.", "Every Friday they meet, on Fridays they talk."),
        ("It shipped on Friday, September 11.", "It shipped on Friday, September 11."),
        ("Nothing relative, 2026.", "Nothing relative, 2026."),
    ],
)
def test_absolute(text: str, wanted: str) -> None:
    """A relative date is put into words that hold for good and keep the grammar; other dates stay."""
    assert absolute(text, POSTED) == wanted


def test_absolute_without_a_date() -> None:
    """Without the day of the post a relative date cannot be told, and a text without any needs none."""
    assert absolute("Вчера вышла Lumen.", None) is None
    assert absolute("Lumen вышла 14 сентября.", None) == "Lumen вышла 14 сентября."


@given(st.text(), st.dates())
def test_any_text(text: str, day: date) -> None:
    """Whatever the text and the day, dates lie in the text and bear themselves out."""
    known = told(text, day)
    for when in whens(text, day):
        assert 0 <= when.start < when.end <= len(text)
        assert supported(when, known, day)
    absolute(text, day)
