"""Versions and variants that a claim names, and whether posts give them to the same thing.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from summarize.claims import dates, name_sounds, named, named_words
from summarize.claims.check_posts import Place, Post
from summarize.rarity import rarity

_VERSIONED = re.compile(
    r"(?<![\w.-])(?P<base>[^\W\d_](?:\w*[^\W\d_])?)(?P<gap>[\s-]?(?:v\.?|верси[яиюей]{1,2}\s|version\s)?)"
    r"(?P<version>\d{1,3}(?:\.\d{1,4}){0,3}(?:[a-z](?![\w]))?)(?![\w%:₽$€]|[.,]\d|\s?(?:%|процент|млн|млрд|тыс|million|billion|percent))"
)
_BARE_VERSION = re.compile(
    r"(?<![\w.])(?:(?:v\.?\s?|верси[яиюей]{1,2}\s|version\s|релиз\w?\s)(?P<version>\d+(?:\.\d+){0,3})|(?P<dotted>\d+(?:\.\d+){2,3}))(?![\w%]|[.,]\d|\.\w)",
    re.IGNORECASE,
)
#: Not words of their own.
_SURE_VARIANTS = frozenset("mini pro lite nano ultra turbo flash max мини".split())
_SAME_VARIANT = {"мини": "mini", "про": "pro", "лайт": "lite", "турбо": "turbo", "макс": "max"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`claim[start:end]` names the version of something, or its variant; `doubtful`: it may as well be a number."""

    base: str
    version: str
    start: int
    end: int
    number_start: int
    doubtful: bool = False


def versions(claim: str) -> Iterator[Version]:
    """Names of the claim with their versions; a bare one ("v2.1") has the base ""."""
    for match in _BARE_VERSION.finditer(claim):
        group = "version" if match["version"] else "dotted"
        yield Version(
            base="", version=match[group], start=match.start(), end=match.end(), number_start=match.start(group)
        )
    for match in _VERSIONED.finditer(claim):
        base = match["base"]
        if not base[0].isupper() or len(base) < 2 or dates.whens(match.group()):
            continue
        opens = match.start() == 0 and not base.isascii()
        doubtful = match["gap"] == " " and match["version"].isdigit()
        if not (opens and match["gap"] not in {"", "-"}):  # "Вышла версия 2.1"
            yield Version(
                base=base, version=match["version"], start=match.start(), end=match.end(), doubtful=doubtful,
                number_start=match.start("version"),
            )  # fmt: skip


def version_stands(version: Version, posts: Sequence[Post]) -> bool:
    """Does a post give this version to this thing, or at least to nothing else?"""
    wanted = version.version.replace(",", ".")
    wanted = re.sub(r"(?<=\d)(?:\.0)+$", "", wanted)
    digits = re.match(r"[\d.]+", wanted)
    piece, letter = (digits.group(), wanted[digits.end() :]) if digits else (wanted, "")
    loose = False
    for post in posts:
        for place in post.known.places.get(piece, ()):
            if letter and post.known.pieces[place + 1 : place + 2] != (letter,):
                continue
            before = post.known.written[max(0, place - 6) : place]
            if not version.base or any(name_sounds.same(version.base, word) for word in before if word[0].isalpha()):
                return True
            near = before[-1:] and before[-1][:1].isupper() and before[-1].isascii()
            loose = loose or (not near and "." in piece)
    return loose and any(named.stands(version.base, post.known) for post in posts)


def wrong_variants(claim: str, posts: Sequence[Post]) -> Iterator[Place]:
    """`GPT-5 mini` where the posts have no `mini` beside that name."""
    tokens = [(match.start(), match.end(), match.group()) for match in re.finditer(r"[^\W_](?:[\w.-]*\w)?", claim)]
    for (start, _, base), (_, end, word) in pairwise(tokens):
        low = word.lower()
        if (
            low not in named_words.VARIANTS
            or not (base[0].isupper() or base[0].isdigit())
            or not any(map(str.isalpha, base))
            or "," in claim[start:end]
        ):
            continue
        numbered = any(map(str.isdigit, base))
        if not numbered and ((word.islower() and low not in _SURE_VARIANTS) or rarity(base.lower()) < 0.5):
            continue
        if word.islower() and not word.isascii() and not base.isascii() and not numbered:
            continue
        forms = {low, _SAME_VARIANT.get(low, low), *(ru for ru, en in _SAME_VARIANT.items() if en == low)}
        if not any(form in post.known.plain for form in forms for post in posts):
            yield start, end
