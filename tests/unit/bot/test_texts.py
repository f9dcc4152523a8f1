"""Words of the digest: plural forms and days in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from bot.texts import words


@pytest.mark.parametrize(
    ("number", "ru", "en"),
    [
        (0, "0 сюжетов", "0 stories"),
        (1, "1 сюжет", "1 story"),
        (2, "2 сюжета", "2 stories"),
        (4, "4 сюжета", "4 stories"),
        (5, "5 сюжетов", "5 stories"),
        (11, "11 сюжетов", "11 stories"),
        (12, "12 сюжетов", "12 stories"),
        (14, "14 сюжетов", "14 stories"),
        (21, "21 сюжет", "21 stories"),
        (22, "22 сюжета", "22 stories"),
        (25, "25 сюжетов", "25 stories"),
        (101, "101 сюжет", "101 stories"),
        (111, "111 сюжетов", "111 stories"),
        (1212, "1212 сюжетов", "1,212 stories"),
        (21212, "21\u00a0212 сюжетов", "21,212 stories"),
    ],
)
def test_plural_forms(number: int, ru: str, en: str) -> None:
    """A number takes the right form of its word in both languages."""
    for lang, expected in (("ru", ru), ("en", en)):
        said = words(lang)
        assert said.count(number, said.stories) == expected


@pytest.mark.parametrize(
    ("shown", "considered", "ru", "en"),
    [
        (12, 12, "12 сюжетов", "12 stories"),
        (12, 47, "12 сюжетов из 47", "12 of\u00a047 stories"),
        (1, 2, "1 сюжет из 2", "1 of\u00a02 stories"),
        (21, 12000, "21 сюжет из 12\u00a0000", "21 of\u00a012,000 stories"),
    ],
)
def test_how_many_of_how_many(shown: int, considered: int, ru: str, en: str) -> None:
    """A choice says of how many it is one, as people say it in each language; all of them are only counted."""
    assert words("ru").chosen(shown, considered) == ru
    assert words("en").chosen(shown, considered) == en


@pytest.mark.parametrize(
    ("number", "ru", "en"),
    [(1, "и ещё 1 источник", "and 1 more source"), (5, "и ещё 5 источников", "and 5 more sources")],
)
def test_what_ends_a_list(number: int, ru: str, en: str) -> None:
    """What is beyond those named is more of them; where none is named they are only counted."""
    assert words("ru").and_more(number, words("ru").sources) == ru
    assert words("en").and_more(number, words("en").sources) == en
    assert words("en").count(5, words("en").sources) == "5 sources"


@pytest.mark.parametrize(
    ("first", "last", "year", "ru", "en"),
    [
        (date(2026, 9, 15), date(2026, 9, 15), False, "15 сентября", "15 September"),
        (date(2026, 9, 14), date(2026, 9, 17), True, "14–17 сентября 2026", "14–17 September 2026"),
        (date(2026, 9, 28), date(2026, 10, 2), True, "28 сентября – 2 октября 2026", "28 September – 2 October 2026"),
        (date(2026, 9, 28), date(2026, 10, 2), False, "28 сентября – 2 октября", "28 September – 2 October"),
        (
            date(2025, 12, 30),
            date(2026, 1, 2),
            False,
            "30 декабря 2025 – 2 января 2026",
            "30 December 2025 – 2 January 2026",
        ),
        (date(2026, 5, 3), date(2026, 5, 1), True, "3 мая 2026", "3 May 2026"),
    ],
)
def test_ranges_of_days(first: date, last: date, year: bool, ru: str, en: str) -> None:
    """A range of days says nothing twice and leaves out no year that differs."""
    assert words("ru").days(first, last, year=year) == ru
    assert words("en").days(first, last, year=year) == en


def test_unknown_language_reads_english() -> None:
    """A reader of a language without words of its own gets English."""
    assert words("kk") == words("en")
