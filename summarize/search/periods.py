"""The time that a question speaks of: "yesterday", «на этой неделе», "in March", "since 15 September", as moments.

Pure. A date without a year is the last one that has begun, since archives know no future.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from summarize.claims.dates import When, whens


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`since` ≤ time < `until`, aware; None: open. `text[start:end]` says so."""

    since: datetime | None
    until: datetime | None
    start: int
    end: int


_SINCE = re.compile(r"(?:\b(?:since|after|from|starting)|\bс|\bсо|\bпосле|\bначиная\s+с)\s+(?:the\s+)?$", re.IGNORECASE)
_UNTIL = re.compile(r"(?:\b(?:before|until|till|up\s+to|by)|\bдо)\s+(?:the\s+)?$", re.IGNORECASE)
#: "for the last three days", «за последние две недели»: told from now back, without a calendar's edges.
_LAST = re.compile(
    r"(?:\b(?:in|for|over|during|within)\s+)?\b(?:the\s+)?(?:last|past)\s+(?P<n1>\d{1,2}|two|three|four|five|six|seven|ten|few|"
    r"couple\s+of)?\s*(?P<u1>hours?|days?|weeks?|months?|years?)\b"
    r"|\bза\s+(?:последн\w+\s+)?(?P<n2>\d{1,2}|два|две|три|четыре|пять|шесть|семь|десять|пару|несколько)?\s*"
    r"(?P<u2>час\w*|сут\w+|день|дня|дней|недел\w+|месяц\w*|год|года|лет)\b",
    re.IGNORECASE,
)
_COUNTS = {
    "two": 2, "couple of": 2, "два": 2, "две": 2, "пару": 2, "three": 3, "few": 3, "три": 3, "несколько": 3, "four": 4,
    "четыре": 4, "five": 5, "пять": 5, "six": 6, "шесть": 6, "seven": 7, "семь": 7, "ten": 10, "десять": 10,
}  # fmt: skip
_UNITS = (
    ("hour|час", timedelta(hours=1)), ("day|день|дня|дней|сут", timedelta(days=1)), ("week|недел", timedelta(days=7)),
    ("month|месяц", timedelta(days=31)), ("year|год|лет", timedelta(days=366)),
)  # fmt: skip


def period(text: str, *, asked: datetime, tz: ZoneInfo) -> Period | None:
    """The time that a text names, None where it names none; of several times, all that lies between them."""
    back = _back(text, asked)
    if back is not None:
        return back
    today = asked.astimezone(tz).date()
    found = [(when, days) for when in whens(text, today) if (days := _days(when, today)) is not None]
    if not found:
        return None
    first, last = min(days[0] for _, days in found), max(days[1] for _, days in found)
    begins = _midnight(first, tz)
    ends = _midnight(last + timedelta(days=1), tz)
    before = text[: found[0][0].start]
    start, end = found[0][0].start, found[-1][0].end
    if len(found) == 1 and _SINCE.search(before):
        return Period(since=begins, until=None, start=start, end=end)
    if len(found) == 1 and _UNTIL.search(before):
        return Period(since=None, until=begins, start=start, end=end)
    return Period(since=begins, until=ends, start=start, end=end)


def _back(text: str, asked: datetime) -> Period | None:
    match = _LAST.search(text)
    if match is None:
        return None
    said = (match["n1"] or match["n2"] or "").lower()
    if not said and match["u1"] and not match["u1"].endswith("s"):
        return None  # "last week" is the calendar's
    count = int(said) if said.isdecimal() else _COUNTS.get(" ".join(said.split()), 1)
    unit = (match["u1"] or match["u2"]).lower()
    length = next(length for names, length in _UNITS if re.match(names, unit))
    return Period(since=asked - count * length, until=None, start=match.start(), end=match.end())


def _days(when: When, today: date) -> tuple[date, date] | None:
    """The first and the last day of a date, None for what names no days (a time of day) or none that can be."""
    if when.day is not None and when.month is not None:
        first = _day(when.year, when.month, when.day, today)
        return None if first is None else (first, when.last or first)
    if when.month is not None:
        year = when.year or (today.year if when.month <= today.month else today.year - 1)
        return date(year, when.month, 1), when.last or date(year, when.month, monthrange(year, when.month)[1])
    if when.quarter is not None:
        month = 3 * when.quarter - 2
        year = when.year or (today.year if month <= today.month else today.year - 1)
        return date(year, month, 1), date(year, month + 2, monthrange(year, month + 2)[1])
    if when.weekday is not None:
        day = today - timedelta(days=(today.weekday() - when.weekday) % 7)
        return day, day
    if when.year is not None and when.season is None:
        return date(when.year, 1, 1), when.last or date(when.year, 12, 31)
    return None


def _day(year: int | None, month: int, day: int, today: date) -> date | None:
    """The day; without a year the last that was, today included."""
    for candidate in (year,) if year else (today.year, today.year - 1, today.year - 2, today.year - 3, today.year - 4):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or found <= today:
            return found
    return None


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tz)
