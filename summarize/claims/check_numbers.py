"""Do posts bear out the quantities and dates of a claim?

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from summarize.claims import check_derived, dates
from summarize.claims.check_posts import Place, Post
from summarize.claims.quantities import ROUNDED, Quantity, quantities
from summarize.claims.quantity_words import CURRENCIES, FAMILIES


def overlaps(start: int, end: int, places: Sequence[Place]) -> bool:
    return any(start < stop and begin < end for begin, stop in places)


# --- dates -----------------------------------------------------------------------------------------------------------


def wrong_dates(claim: str, posts: Sequence[Post]) -> tuple[list[Place], list[Place]]:
    """Where the claim tells dates, and where it tells dates that no post has."""
    found: list[Place] = []
    wrong: list[Place] = []
    by_post = [dates.whens(claim, post.posted) for post in posts]
    for place, when in enumerate(by_post[0]):
        found.append((when.start, when.end))
        told = (
            place < len(own) and dates.supported(own[place], post.whens, post.posted)
            for own, post in zip(by_post, posts, strict=True)
        )  # fmt: skip
        if not any(told) and not _bare_year(when, posts) and not _compared(when, claim, posts):
            wrong.append((when.start, when.end))
    return found, wrong


def _compared(when: dates.When, claim: str, posts: Sequence[Post]) -> bool:
    """`than a year ago` for "YoY": what a change is measured from, not when something was."""
    yearly = when.relative and when.year is not None and when.month is None
    return bool(yearly and _THAN.search(claim[: when.start]) and any(_YEARLY.search(post.text) for post in posts))


_THAN = re.compile(r"\b(?:чем|than|с|from|against|против|к)\s$", re.IGNORECASE)
_YEARLY = re.compile(r"\b(?:yoy|y/y|г/г|year|annual\w*|год\w*)\b", re.IGNORECASE)


def _bare_year(when: dates.When, posts: Sequence[Post]) -> bool:
    """A year that a post writes in a way not read as one ("GPT-2026 benchmark")."""
    if when.year is None or when.month is not None or when.quarter is not None or when.relative:
        return False
    return any(str(when.year) in post.known.plain for post in posts)


# --- quantities ------------------------------------------------------------------------------------------------------


def wrong_numbers(claim: str, posts: Sequence[Post], taken: Sequence[Place]) -> Iterator[Quantity]:
    """The quantities of the claim, those in `taken` places left out, that no post bears out."""
    known = [quantity for post in posts for quantity in (*post.quantities, *check_derived.summed(post.quantities))]
    for quantity in quantities(claim):
        if overlaps(quantity.start, quantity.end, taken):
            continue
        if not number_stands(quantity, known, posts):
            yield quantity


def number_stands(claimed: Quantity, known: Sequence[Quantity], posts: Sequence[Post]) -> bool:
    """Do the posts hold the quantity, or can it be reckoned from theirs?"""
    if any(matches(claimed, quantity) for quantity in known):
        return True
    return (claimed.unit == "" and _digits_stand(claimed, posts)) or check_derived.follows(claimed, known, posts)


def matches(claimed: Quantity, known: Quantity) -> bool:
    """Is the claimed quantity the known one, in the same unit, or rounded from it and said so?"""
    if not _compatible(claimed, known):
        return False
    pairs = [(claimed.value, known.value), (claimed.value, known.plain), (claimed.plain, known.value)]
    for units in FAMILIES:
        if claimed.unit in units and known.unit in units and claimed.unit != known.unit:
            pairs = [(claimed.value * units[claimed.unit], known.value * units[known.unit])]
    if {claimed.unit, known.unit} == {"", "%"}:
        return abs(claimed.value * (100.0 if claimed.unit == "" else 0.01) - known.value) < 1e-6 or (
            claimed.unit == "" and _equal(claimed, claimed.value, known.value)
        )
    if {claimed.unit, known.unit} == {"share", "%"}:
        scale = 100.0 if claimed.unit == "share" else 0.01
        off = abs(claimed.value * scale / known.value - 1) if known.value else 1.0
        return off <= (2 * ROUNDED if claimed.rounding or claimed.unit == "share" else 0.02)
    return any(_equal(claimed, one, two) for one, two in pairs)


def _equal(claimed: Quantity, one: float, two: float) -> bool:
    if abs(one - two) <= 1e-6 * max(abs(one), abs(two)):
        return True
    if not claimed.rounding or two == 0:
        return False
    off = (one - two) / abs(two)
    if claimed.rounding == "over":
        return -(ROUND if _is_round(one) else ROUNDED) <= off <= 0
    if claimed.rounding == "under":
        return 0 <= off <= ROUNDED
    return abs(off) <= ROUNDED


#: "More than 100,000" may stand for that much more.
ROUND = 0.2


def _is_round(value: float) -> bool:
    """One digit and zeros: nobody takes it for exact."""
    return float(f"{value:.0e}") == value


def _compatible(claimed: Quantity, known: Quantity) -> bool:
    one, two = claimed.unit, known.unit
    if one == two or {one, two} <= {"%", "share"} or {one, two} <= {"%", "pp"}:
        return True
    if any(one in units and two in units for units in FAMILIES):
        return True
    if one == "" or two == "":
        other, bare = (two, claimed) if one == "" else (one, known)
        if other in {"%", "share"}:  # "87 on MMLU" for "87 %", not "87 models"
            return (one == "" and not bare.noun) or one == "share" or bare.value < 1
        return not (other in CURRENCIES and bare.noun and one == "")
    return {one, two} <= {"x", "pp"}


def _digits_stand(claimed: Quantity, posts: Sequence[Post]) -> bool:
    """A bare number that a post holds inside a name or a version: "4090" in `RTX-4090`."""
    written = f"{claimed.value:.12g}"
    return claimed.value >= 100 and any(written in post.known.places for post in posts)
