"""Dates in a text: days, months, weekdays, years, quarters and clock times, also those told relative to a post's date.

Pure. A claim's date is compared with a post's in whatever form each is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from summarize.claims import date_words as words
from summarize.claims import relative_dates


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """`text[start:end]` read as a date: the parts that it tells; `last` is the end of a span of days, such as a week.

    A day is known with its month; `weekday` is 0 for Monday; `clock` is minutes after midnight, 0…1439; `season` is 0 for
    winter. `relative`:
    told from the post's date. `either`: day and month may stand the other way round.
    """

    start: int
    end: int
    year: int | None = None
    quarter: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    clock: int | None = None
    season: int | None = None
    last: date | None = None
    relative: bool = False
    either: bool = False


_MONTH = words.MONTH_PATTERN
_YEAR = r"(?:19[5-9]\d|20[0-9]\d)"
_RU_YEAR = rf"(?:,?\s+(?P<{{0}}>{_YEAR})(?![\d.,]\d|\d|%|\s?(?:руб|долл|\$))(?:-?(?:го|й|м))?(?:\s*(?:года?|году|годом|г\.)(?!\w))?)?"
_DAY_MONTH = re.compile(
    rf"(?<![\w.,:])(?P<day>\d{{1,2}})(?:st|nd|rd|th|-?го|-?е)?(?:\s*(?:[-–—]|и|and|по|до|to"
    rf"|,)\s*(?:the\s+)?(?P<day2>\d{{1,2}})(?:st|nd|rd|th|-?го|-?е)?)?\s+(?:of\s+)?"
    rf"(?P<month>{_MONTH})(?!\w)\.?" + _RU_YEAR.format("year"),
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)(?P<month>{_MONTH})\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*(?:[-–—]|and"
    rf"|to)\s*(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)?"
    rf"(?![\d:%]|[.,]\d)" + _RU_YEAR.format("year"),
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(rf"(?<!\w)(?P<month>{_MONTH})(?!\w)\.?" + _RU_YEAR.format("year"), re.IGNORECASE)
_NUMERIC = re.compile(
    rf"(?<![\w.,/-])(?:(?P<y1>{_YEAR})[-./](?P<m1>\d{{1,2}})[-./](?P<d1>\d{{1,2}})|(?P<d2>\d{{1,2}})[./](?P<m2>\d{{1,2}})[./]"
    rf"(?P<y2>{_YEAR}|\d{{2}})|(?P<d3>[0-3]?\d)\.(?P<m3>0[1-9]|1[0-2]))(?![\w%]|[.,/-]\d)"
)
_CLOCK = re.compile(
    r"(?<![\w:.,])(?:(?P<h1>[01]?\d|2[0-3]):(?P<n1>[0-5]\d)(?::[0-5]\d)?(?:\s*(?P<p1>[ap]\.?m\.?)(?!\w))?(?![\d:])"
    r"|(?P<h2>1[0-2]|0?[1-9])(?:[.:](?P<n2>[0-5]\d))?\s*(?P<p2>[ap]\.?m\.?)(?!\w)"
    r"|(?<=\bв\s)(?P<h3>[01]?\d|2[0-3])\s+час(?:ов|а)?\s+(?P<p3>утра|дня|вечера|ночи)(?!\w))",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    rf"(?<!\w)(?:(?:Q(?P<q1>[1-4])|(?P<q5>[1-4])Q|(?P<q2>[1-4]|IV|I{{1,3}})(?:-?(?:й|м|го|st|nd|rd"
    rf"|th))?\s+(?:квартал(?:а|е|у|ом)?|quarter)"
    rf"|(?P<q3>{'|'.join(words.QUARTERS)})\s+(?:квартал(?:а|е|у|ом)?"
    rf"|quarter))(?!\w))(?:\s+(?:of\s+)?(?P<year>{_YEAR})(?:\s*(?:года?|г\.))?)?",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(
    rf"(?<![\w.,$€£-])(?P<year>{_YEAR})(?:\s*[-–—/]\s*(?P<year2>{_YEAR}))?(?:-?(?:го|й|м|х|е)|s)?(?![\w%:]|[.,]\d|[-][a-zA-Z\d])"
    r"(?P<word>\s*(?:год(?:а|у|ом|е|ы|ов|ам|ах)?|гг?\.)(?!\w))?",
)
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|by|until|till|from|to|of|before|after|during|year|early|late|mid|в|с|до|к|от|по|на|за|летом|зимой|весной"
    r"|осенью|середине|начале|конце|summer|winter|spring|autumn|fall|and|и|copyright)[\s-]+|[(\[,'’]\s*)$",
    re.IGNORECASE,
)


def whens(text: str, told: date | None = None) -> list[When]:
    """The dates of the text in order, apart from one another; relative ones are resolved if `told` is the post's day."""
    found = sorted(_all(text, told), key=lambda when: (when.start, -when.end))
    apart: list[When] = []
    for when in found:
        if not apart or when.start >= apart[-1].end:
            apart.append(when)
    return apart


def _all(text: str, told: date | None) -> Iterator[When]:
    yield from _days(text)
    yield from _numeric(text)
    yield from _months(text)
    for match in _QUARTER.finditer(text):
        told_quarter = match["q1"] or match["q5"] or match["q2"]
        number = words.QUARTERS[match["q3"].lower()] if match["q3"] else words.ROMAN.get(told_quarter.upper(), 0)
        yield When(start=match.start(), end=match.end(), quarter=number, year=_int(match["year"]))
    for match in _CLOCK.finditer(text):
        yield When(start=match.start(), end=match.end(), clock=_minutes(match))
    for match in _YEAR_ALONE.finditer(text):
        if match["word"] or _YEAR_BEFORE.search(text[max(0, match.start() - 12) : match.start()]):
            yield When(start=match.start(), end=match.end(), year=int(match["year"]))
            if match["year2"]:
                yield When(start=match.end("year"), end=match.end(), year=int(match["year2"]))
    for season in words.SEASON.finditer(text):
        yield When(
            start=season.start(),
            end=season.end(),
            season=words.season_number(season.group()),
            year=_int(season["year"]),
        )
    for weekday in words.WEEKDAY.finditer(text):
        yield When(start=weekday.start(), end=weekday.end(), weekday=words.weekday_number(weekday["weekday"]))
    yield from relatives(text, told)
    for match in words.FOREIGN_DAY.finditer(text):
        first = told + timedelta(days=words.FOREIGN_DAYS[match.group().lower()]) if told else None
        yield (
            _resolved(match.start(), match.end(), first, first)
            if first
            else When(start=match.start(), end=match.end(), relative=True)
        )


def _int(written: str | None) -> int | None:
    return int(written) if written else None


def _days(text: str) -> Iterator[When]:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            month, year = words.month(match["month"]), _int(match["year"])
            if not 1 <= int(match["day"]) <= 31 or not _is_month(text, match):
                continue
            if match["day2"]:  # two days share their month: each is a date
                middle = match.start("day2")
                yield When(start=match.start(), end=middle, day=int(match["day"]), month=month, year=year)
                yield When(start=middle, end=match.end(), day=int(match["day2"]), month=month, year=year)
            else:
                yield When(start=match.start(), end=match.end(), day=int(match["day"]), month=month, year=year)


def _months(text: str) -> Iterator[When]:
    for match in _MONTH_ALONE.finditer(text):
        if _is_month(text, match):
            yield When(
                start=match.start(), end=match.end(), month=words.month(match["month"]), year=_int(match["year"])
            )


def _is_month(text: str, match: re.Match[str]) -> bool:
    """`May` and `March` with a capital only; `may` is a verb."""
    written = match["month"]
    if not written.isascii() or written[0].isupper():
        return not (written in {"May", "March"} and "day" not in match.groupdict() and _opens(text, match.start()))
    return "day" in match.groupdict() and len(written) > 3 and written != "march"


def _opens(text: str, start: int) -> bool:
    return not re.search(r"[\w,)]\s*$", text[:start])


def _numeric(text: str) -> Iterator[When]:
    for match in _NUMERIC.finditer(text):
        day, month = (int(match["d1"] or match["d2"] or match["d3"]), int(match["m1"] or match["m2"] or match["m3"]))
        year = _int(match["y1"] or match["y2"])
        if month > 12 and day <= 12 and "/" in match.group():
            day, month = month, day
        if match["d3"] and not re.search(
            r"(?:\b(?:до|с|по|на|от|к|и)\s|[(–—-]\s?)$", text[max(0, match.start() - 4) : match.start()]
        ):
            continue  # "2.10" is a version or a number unless a preposition says otherwise
        if 1 <= day <= 31 and 1 <= month <= 12:
            if year is not None and year < 100:
                year += 2000
            either = "/" in match.group() and day <= 12
            yield When(start=match.start(), end=match.end(), day=day, month=month, year=year, either=either)


def _minutes(match: re.Match[str]) -> int:
    hour, minute = int(match["h1"] or match["h2"] or match["h3"]), int(match["n1"] or match["n2"] or 0)
    half = (match["p1"] or match["p2"] or match["p3"] or "").lower().replace(".", "")
    if half in {"pm", "дня", "вечера"} and hour < 12:
        hour += 12
    if half in {"am", "ночи"} and hour == 12:
        hour = 0
    return hour * 60 + minute


# --- told from the post's day ----------------------------------------------------------------------------------------


def relatives(text: str, told: date | None) -> Iterator[When]:
    """The dates told from the day of the text; without that day they are found and have no parts but `relative`."""
    for start, end, span in relative_dates.spans(text, told, weekdays=False):
        yield _resolved(start, end, *span) if span else When(start=start, end=end, relative=True)


def _resolved(start: int, end: int, first: date, last: date) -> When:
    if first == last:
        return When(start=start, end=end, year=first.year, month=first.month, day=first.day, relative=True)
    if (last - first).days == 6:
        return When(start=start, end=end, year=first.year, month=first.month, day=first.day, last=last, relative=True)
    if (last - first).days > 300:
        return When(start=start, end=end, year=first.year, last=last, relative=True)
    return When(start=start, end=end, year=first.year, month=first.month, last=last, relative=True)


# --- does a post tell this date? -------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def told(text: str, posted: date | None) -> tuple[When, ...]:
    """The dates of a post, with the day on which it was published as one of them."""
    found = whens(text, posted)
    if posted is not None:
        found.append(When(start=-1, end=-1, year=posted.year, month=posted.month, day=posted.day))
    return tuple(found)


def supported(claimed: When, known: tuple[When, ...], posted: date | None) -> bool:
    """Does one of the post's dates bear out the claimed one, part by part? `known` comes from `told`."""
    if claimed.season is not None:  # the post's own day tells a season only if nothing else in it does
        known = tuple(when for when in known if when.season is not None) or known
    return any(_bears_out(claimed, when, posted) for when in known)


def _bears_out(claimed: When, when: When, posted: date | None) -> bool:
    agree = _agree(claimed.year, when.year, posted)
    for part, found in (
        (claimed.clock, when.clock is not None and _same_clock(claimed.clock or 0, when.clock)),
        (claimed.quarter, _quarter(when) == claimed.quarter and agree),
        (claimed.season, _season(when) == claimed.season and agree),
        (claimed.weekday, claimed.weekday in _weekdays(when, posted)),
        (claimed.day, _same_day(claimed, when, posted)),
        (claimed.month, _in_month(claimed, when, posted)),
        (claimed.year, claimed.year in {when.year, when.last.year if when.last else None}),
    ):
        if part is not None:
            return found
    return claimed.relative and when.relative


def _agree(claimed: int | None, told: int | None, posted: date | None) -> bool:
    """A year that a post leaves out is its own, the last or the next one."""
    if claimed is None or told == claimed:
        return True
    return told is None and (posted is None or abs(claimed - posted.year) <= 1)


def _same_clock(one: int, two: int) -> bool:
    """The half of the day may be left unsaid."""
    return one == two or (abs(one - two) == 720 and min(one, two) >= 60)


def _quarter(when: When) -> int | None:
    if when.quarter is None and when.month is not None and when.start >= 0:
        return (when.month - 1) // 3 + 1
    return when.quarter


def _season(when: When) -> int | None:
    return when.season if when.season is not None or when.month is None else when.month % 12 // 3


def _weekdays(when: When, posted: date | None) -> frozenset[int]:
    if when.weekday is not None:
        return frozenset({when.weekday})
    first = _first(when, posted)
    return frozenset({first.weekday()}) if first is not None and when.last is None else frozenset()


def _first(when: When, posted: date | None) -> date | None:
    """The day, with the year that is nearest to the post's."""
    if when.day is None or when.month is None:
        return None
    year = when.year or (posted.year if posted else None)
    try:
        return date(year, when.month, when.day) if year else None
    except ValueError:
        return None


def _same_day(claimed: When, when: When, posted: date | None) -> bool:
    turned = when.either and claimed.month == when.day and claimed.day == when.month  # "10/12" in America
    if turned or (claimed.month == when.month and claimed.day == when.day):
        return _agree(claimed.year, when.year, posted)
    start = _first(claimed, posted)
    if start is None:
        return False
    if claimed.last is not None:  # a week: any day of it
        other = _first(when, posted)
        return other is not None and start <= other <= claimed.last
    if when.last is not None and when.day is not None and when.month is not None:
        first = _first(when, posted)
        return first is not None and first <= start <= when.last
    if when.weekday is not None and posted is not None:
        return start.weekday() == when.weekday and abs((start - posted).days) <= 7
    return False


def _in_month(claimed: When, when: When, posted: date | None) -> bool:
    if when.month is None:
        return when.quarter is not None and claimed.month is not None and (claimed.month - 1) // 3 + 1 == when.quarter
    return when.month == claimed.month and _agree(claimed.year, when.year, posted)


def day(moment: datetime | None) -> date | None:
    """The calendar day of a post, as its own clock has it."""
    return None if moment is None else moment.date()
