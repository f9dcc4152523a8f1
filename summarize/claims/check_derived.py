"""Numbers that a claim may have reckoned from the posts': ratios, shares, differences, counts of what is listed.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from summarize.claims.check_posts import Post, key
from summarize.claims.quantities import Quantity, quantities
from summarize.claims.quantity_words import SECONDS
from summarize.text import keywords_stems


def follows(claimed: Quantity, known: Sequence[Quantity], posts: Sequence[Post]) -> bool:
    """Can the claimed quantity be reckoned from the known ones, or is it the claim's own small count?"""
    if claimed.unit in {"x", "share"} and _derived(claimed, known):
        return True
    if claimed.unit in {"share", "%"} and any(_is_share(claimed, one) for post in posts for one in shares(post.text)):
        return True
    if (
        claimed.unit == ""
        and claimed.value > 1
        and any(one.unit == "share" and abs(1 / one.value - claimed.value) < 0.01 for one in known if one.value > 0)
    ):  # "one in five" for "каждый пятый"
        return True
    if claimed.unit in _ONE_OF and any(_whole_units(claimed, post.text) for post in posts):
        return True
    if any(_difference(claimed, post.quantities) for post in posts):
        return True
    return _lone_scale(claimed, posts) or _own_count(claimed, known, posts)


def summed(found: Sequence[Quantity]) -> Iterator[Quantity]:
    """`1 ч 20 мин` as one length of time, in the smaller unit."""
    for one, two in pairwise(found):
        if (
            one.unit in SECONDS
            and two.unit in SECONDS
            and SECONDS[one.unit] > SECONDS[two.unit]
            and two.start - one.end <= 3
        ):
            value = one.value * SECONDS[one.unit] / SECONDS[two.unit] + two.value
            yield replace(two, value=value, plain=value)


def _lone_scale(claimed: Quantity, posts: Sequence[Post]) -> bool:
    """`a million tokens` for "$3/M" or "за млн токенов"."""
    written = _SCALES.get(claimed.value)
    return written is not None and claimed.spelt and any(written.search(post.text) for post in posts)


_SCALES = {
    1e3: re.compile(r"(?<![\w])(?:1?\s?[kк]|тыс\w*|thousand)(?!\w)", re.IGNORECASE),
    1e6: re.compile(r"(?<![\w])(?:1?\s?[mм]|млн|миллион\w*|мільйон\w*|million\w*|mtok)(?!\w)", re.IGNORECASE),
    1e9: re.compile(r"(?<![\w])(?:1?\s?[bв]|млрд|миллиард\w*|billion\w*)(?!\w)", re.IGNORECASE),
}


#: Two numbers are reckoned with each other if they stand so near in one post.
NEAR = 320


def _difference(claimed: Quantity, known: Sequence[Quantity]) -> bool:
    """`на 65 пунктов`, `300 more`: how far two numbers that stand near each other are apart."""
    if not claimed.apart or claimed.unit in {"x", "share", "nth"}:
        return False
    return any(
        abs(abs(one.value - two.value) - claimed.value) < 1e-6
        for place, one in enumerate(known)
        for two in known[place + 1 : place + 6]
        if two.start - one.end <= NEAR
        and not _is_year(one)
        and not _is_year(two)
        and one.unit == two.unit
        and claimed.unit in {one.unit, "", "pp"}
    )


def _is_year(quantity: Quantity) -> bool:
    return quantity.unit in {"", "year"} and 1900 <= quantity.value <= 2100 and quantity.value == int(quantity.value)


_PART_OF = re.compile(
    r"\b(?P<part>\d+|[^\W\d_]+)\s(?:из(?:\s(?:каждых|всех))?|of(?:\s(?:the|every|all|its))?|out\sof(?:\severy)?|in(?:\severy)?)\s(?P<whole>\d+|[^\W\d_]+)",
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(?:кажд\w+|every)\s(?P<nth>[^\W_]+)", re.IGNORECASE)


def shares(text: str) -> Iterator[float]:
    """Parts of a whole told by two numbers ("112 из 150", "one in five") or by one ("каждый пятый")."""
    for match in _PART_OF.finditer(text):
        part, whole = (_small(match[group]) for group in ("part", "whole"))
        if part and whole and part < whole:
            yield part / whole
    for match in _EVERY.finditer(text):
        nth = next((one.value for one in quantities(match["nth"]) if one.unit == "nth"), 0.0)
        if nth > 1:
            yield 1 / nth


def _small(written: str) -> float | None:
    if written.lower() in {"one", "один", "одна", "одно"}:
        return 1.0
    return next((one.value for one in quantities(written) if one.unit == ""), None)


def _is_share(claimed: Quantity, share: float) -> bool:
    value = claimed.value / 100 if claimed.unit == "%" else claimed.value
    return abs(value - share) <= (0.03 if claimed.unit == "share" or claimed.rounding else 0.006)


#: Units of time that a text may name without a number: "за неделю" is seven days.
_ONE_OF = {
    "hour": re.compile(r"\b(?:час|hour|сутки|день|day)\b", re.IGNORECASE),
    "day": re.compile(r"\b(?:сутки|день|day|недел[юяе]|week|месяц|month)\b", re.IGNORECASE),
    "week": re.compile(r"\b(?:недел[юяе]|week|месяц|month)\b", re.IGNORECASE),
    "month": re.compile(r"\b(?:месяц|month|год|году|year|квартал|quarter|полгода)\b", re.IGNORECASE),
    "minute": re.compile(r"\b(?:час|hour|минуту|minute|полчаса)\b", re.IGNORECASE),
    "year": re.compile(r"\b(?:год|year)\b", re.IGNORECASE),
}
_WHOLE = {
    "hour": (1, 24),
    "day": (1, 7, 30, 31),
    "week": (1, 4),
    "month": (1, 3, 6, 12),
    "minute": (1, 30, 60),
    "year": (1,),
}


def _whole_units(claimed: Quantity, text: str) -> bool:
    return claimed.value in _WHOLE[claimed.unit] and _ONE_OF[claimed.unit].search(text) is not None


def _derived(claimed: Quantity, known: Sequence[Quantity]) -> bool:
    """Does a pair of the posts' numbers stand in this ratio: "вдвое" for 100 → 50?"""
    if not claimed.spelt and claimed.value not in {2, 3, 4, 5, 10, 1.5, 2.5}:  # "9.5x" was measured, not reckoned
        return False
    values = [
        (quantity.value, quantity.unit)
        for quantity in known
        if quantity.value > 0 and quantity.unit not in {"nth", "x"}
    ][:60]
    if claimed.unit == "share" and any(
        unit == other and value > less and abs(1 - less / value - claimed.value) <= 0.02
        for place, (value, unit) in enumerate(values)
        for less, other in (*values[:place], *values[place + 1 :])
    ):
        return True
    ratio = claimed.value if claimed.value > 1 else 1 / max(claimed.value, 1e-9)
    tolerance = 0.12 if claimed.spelt or claimed.rounding else 0.05
    if any(quantity.unit in {"x", "share"} and abs(max(quantity.value, 1 / quantity.value) / ratio - 1) < 0.02
           for quantity in known if quantity.value > 0):  # fmt: skip
        return True
    return any(
        unit == other and value > less and abs(value / less / ratio - 1) <= tolerance
        for place, (value, unit) in enumerate(values)
        for less, other in (*values[:place], *values[place + 1 :])
    )


_LIST_LINE = re.compile(r"^\s*(?:[•*▪◦‣·–—-]|\d{1,2}[.)])\s", re.MULTILINE)


def _own_count(claimed: Quantity, known: Sequence[Quantity], posts: Sequence[Post]) -> bool:
    """May the claim have counted by itself: a small number of things that the posts do not count otherwise?"""
    if claimed.value != int(claimed.value) or claimed.unit not in {"", "nth"} or claimed.value > 10:
        return False
    if claimed.unit == "nth":
        return claimed.value <= 1 or (claimed.value <= 3 and claimed.spelt and not _counted_otherwise(claimed, known))
    if _counted_otherwise(claimed, known):
        return False
    if claimed.value <= 3:
        return claimed.spelt
    count = int(claimed.value)
    return claimed.spelt and any(
        len(_LIST_LINE.findall(post.text)) == count or f"{'_,' * (count - 2)}" in re.sub(r"[^,.\n]+", "_", post.text)
        for post in posts
    )


def _counted_otherwise(claimed: Quantity, known: Sequence[Quantity]) -> bool:
    """Do the posts give another number of the same things?"""
    noun = _noun_key(claimed.noun)
    return bool(noun) and any(_noun_key(quantity.noun) == noun for quantity in known if quantity.unit in {"", "nth"})


def _noun_key(noun: str) -> str:
    stems = keywords_stems(noun)
    return key(stems[0]) if stems else ""
