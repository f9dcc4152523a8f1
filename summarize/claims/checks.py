"""Checks a claim of a summary against the posts that it cites: what it says must stand there, or can be drawn from there.

Pure but for the similarity that is given. Rules are measured on labelled claims: `claim_figures`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from summarize.claims import (
    addresses,
    check_numbers,
    check_sense,
    check_versions,
    check_words,
    dates,
    named,
    quantities,
    relative_dates,
)
from summarize.claims.check_posts import Place, Post, keys, read
from summarize.text import normalise

#: Cosine of one text to each of several, by a multilingual model.
Similarity = Callable[[str, Sequence[str]], Sequence[float]]


class Fault(StrEnum):
    """Why a claim may not be printed. LEAK and repetition of other claims are for the caller to see."""

    UNKNOWN_POST = "unknown_post"
    NUMBER = "number"
    VERSION = "version"
    NAME = "name"
    QUOTE = "quote"
    DATE = "date"
    CONTRADICTION = "contradiction"
    LINK = "link"
    ORDER = "order"
    UNSUPPORTED = "unsupported"
    REPEAT = "repeat"
    LEAK = "leak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One cited post, as far as it may be believed; its channel may be named in a claim."""

    text: str
    lang: str
    date: datetime | None
    channel: str = ""


def faults(text: str, cited: Sequence[Evidence], *, similar: Similarity | None = None) -> tuple[Fault, ...]:
    """What is wrong with a claim that cites these posts, each fault once; nothing if they bear it out.

    A claim that cites no post has the one fault UNKNOWN_POST.
    """
    if not cited:
        return (Fault.UNKNOWN_POST,)
    claim = normalise(text)
    posts = [read(one.text, one.lang, dates.day(one.date), one.channel) for one in cited]
    found = dict.fromkeys(_facts(claim, posts))
    if check_sense.contradicts(claim, posts, similar):
        found[Fault.CONTRADICTION] = None
    if check_sense.unsupported(claim, posts, similar):
        found[Fault.UNSUPPORTED] = None
    return tuple(found)


def _facts(claim: str, posts: Sequence[Post]) -> Iterator[Fault]:
    """Faults in what can be looked up: addresses, orders, quotations, dates, versions, names, numbers."""
    if addresses.addresses(claim, names=frozenset().union(*(addresses.dotted(post.text) for post in posts))):
        yield Fault.LINK
    if check_words.orders(claim):
        yield Fault.ORDER
    if any(check_words.wrong_quotes(claim, posts)):
        yield Fault.QUOTE
    taken, wrong = check_numbers.wrong_dates(claim, posts)
    if wrong:
        yield Fault.DATE
    versions = _versions(claim, posts, taken)
    if None in versions or any(check_versions.wrong_variants(claim, posts)):
        yield Fault.VERSION
    kept = [place for place in versions if place is not None]
    for name in check_words.wrong_names(claim, posts, taken):
        yield Fault.VERSION if _half_known(name, posts) else Fault.NAME
    for quantity in check_numbers.wrong_numbers(claim, posts, [*taken, *kept]):
        size = re.fullmatch(r"\d+(?:[.,]\d+)?[BMБ]", claim[quantity.start : quantity.end])
        yield Fault.VERSION if size else Fault.NUMBER


def _versions(claim: str, posts: Sequence[Post], taken: Sequence[Place]) -> list[Place | None]:
    """The places of numbers that are versions and stand in the posts; None for a version that does not."""
    found: list[Place | None] = []
    known = [quantity for post in posts for quantity in post.quantities]
    for version in check_versions.versions(claim):
        if check_numbers.overlaps(version.number_start, version.end, taken):
            continue
        if check_versions.version_stands(version, posts):
            found.append((version.number_start, version.end))
        elif not version.doubtful or not any(
            check_numbers.number_stands(quantity, known, posts)
            for quantity in quantities.quantities(claim)
            if quantity.start <= version.number_start < quantity.end
        ):
            found.append(None)
    return found


def _half_known(name: named.Name, posts: Sequence[Post]) -> bool:
    """Is it the name of something in the posts with another number?"""
    letters = re.match(r"[^\W\d_]{2,}", name.text)
    return (
        letters is not None
        and any(map(str.isdigit, name.text))
        and any(named.stands(letters.group(), post.known) for post in posts)
    )


def repeats(text: str, others: Sequence[str], *, similar: Similarity | None = None) -> bool:
    """Does the text say the same as one of the others? One that adds a number or a name says more."""
    own = normalise(text)
    near = similar(own, others) if similar and others else [0.0] * len(others)
    return any(_same(own, normalise(other), alike) for other, alike in zip(others, near, strict=True))


def _same(text: str, other: str, alike: float) -> bool:
    known = named.known(other)
    if any(not named.stands(name.text, known) for name in named.names(text)):
        return False
    there = quantities.quantities(other)
    numbers = [quantity for quantity in quantities.quantities(text) if quantity.unit != "nth"]
    if any(not any(check_numbers.matches(quantity, one) for one in there) for quantity in numbers):
        return False
    said = check_sense.share(keys(text), keys(other))
    return said >= 0.75 or said + alike >= (1.1 if numbers else 1.25)


def absolute(text: str, date: datetime | None) -> str | None:
    """The text with relative dates ("вчера", "last Friday") said for good, told from the post's date.

    None if the text holds one and there is no date to tell it from; a text without any comes back unchanged.
    """
    return relative_dates.absolute(text, dates.day(date))
