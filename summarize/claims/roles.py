"""Names of the posts that change roles in a claim: "A went bankrupt, B broke even" for the reverse.

Pure. Only where claim and post tell one thing of each name, each in a clause of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from summarize.claims import named_words
from summarize.claims.check_posts import Post, keys
from summarize.claims.name_sounds import same
from summarize.claims.named import RARE
from summarize.rarity import rarity

#: How much each name's clause must have of what belongs to the other, and at most of its own.
CROSSED, STRAIGHT = 0.25, 0.1

_CUT = re.compile(r"[,;.!?()\n]\s|\n|\s(?:а|и|но|but|and|while|whereas)\s", re.IGNORECASE)
_NAME = re.compile(r"[^\W_]+(?:[.-][^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A clause with one name: the name, and the keys of the rest with what they say."""

    name: str
    keys: Mapping[str, float]


@lru_cache(maxsize=4096)
def _said(text: str) -> tuple[_Said, ...]:
    """What the text says of each name in a clause that has no other."""
    found: list[_Said] = []
    for clause in _CUT.split(text):
        names = [name for name in _names(clause) if not named_words.generic(name.lower())]
        if len(names) != 1:
            continue
        rest = keys(clause.replace(names[0], " ", 1))
        if rest:
            found.append(_Said(name=names[0], keys=rest))
    return tuple(found)


def _names(clause: str) -> list[str]:
    """Words with a capital; the first of the clause only with a digit, or if it is rare."""
    return [
        word
        for place, word in enumerate(match.group() for match in _NAME.finditer(clause))
        if word[0].isupper() and (place > 0 or any(map(str.isdigit, word)) or rarity(word.lower()) >= RARE)
    ]


def exchanged(claim: str, posts: Sequence[Post]) -> bool:
    """Does the claim say of one name what a post says of another, and the other way round?"""
    claimed = _said(claim)
    return any(_crossed(one, two, _said(post.text)) for one, two in combinations(claimed, 2) for post in posts)


def _crossed(one: _Said, two: _Said, told: Sequence[_Said]) -> bool:
    if same(one.name, two.name):
        return False
    first, second = ([said for said in told if same(said.name, each.name)] for each in (one, two))
    if not first or not second:
        return False
    straight = max(_shared(one, said, two) for said in first) + max(_shared(two, said, one) for said in second)
    crossed = min(max(_shared(one, said, two) for said in second), max(_shared(two, said, one) for said in first))
    return crossed >= CROSSED and straight <= STRAIGHT


def _shared(claimed: _Said, told: _Said, but: _Said) -> float:
    """How much the two clauses have in common that the other clause of the claim has not."""
    return sum(says for key, says in claimed.keys.items() if key in told.keys and key not in but.keys)
