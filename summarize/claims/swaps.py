"""Numbers of the posts that a claim ties to another thing than the posts do.

Pure. What a number is tied to are the words, names and other numbers near it, nearer ones and those of its clause more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from summarize.claims import dates, name_sounds
from summarize.claims.bridge_words import meaning
from summarize.claims.check_numbers import matches
from summarize.claims.check_posts import Post, key, weight
from summarize.claims.quantities import Quantity, quantities
from summarize.text import keywords_stems

#: How far words reach: at this distance in words a tie has lost two thirds of its strength.
REACH = 4.0
#: Across a comma a tie has this much of its strength.
NEXT_CLAUSE = 0.2
#: How clearly the ties must speak for the crosswise reading: on the whole, or from both sides.
CROSSED, BOTH = 0.04, 0.04
OF_BOTH = 0.3
#: How much a part of a name says, and a word by which two things of one kind are told apart.
PIECE, CONTRAST = 0.5, 0.8
_CONTRASTS = frozenset(
    meaning(word)
    for word in "первый второй прежний новый полный сжатый входной лучший худший верхний нижний взрослый дети".split()
)
#: Numbers farther apart than so many times are not of one kind.
FARTHEST = 300.0
MOST = 60

_TOKEN = re.compile(r"[^\W_]+(?:[.,'’+-][^\W_]+)*|[,;:()—–.!?\n•→]")
#: How many words a mark counts for.
_APART = {",": 1.0, ";": 6.0, ":": 0.0, "(": 1.0, ")": 1.5, ".": 8.0, "!": 8.0, "?": 8.0, "\n": 8.0, "•": 8.0, "→": 1.0}
_TURNS = frozenset("а and while whereas но but и versus vs против than чем вместо".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """A quantity with the keys around it and how strongly each is tied to it, 0…1: the rarer and nearer, the more."""

    quantity: Quantity
    ties: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A key at a position in words, in a clause of a sentence; `says`: how much it says, 0…1. `index` of the quantity if it
    is one.
    """

    key: str
    position: float
    clause: int
    sentence: int
    says: float = 1.0
    index: int = -1


@lru_cache(maxsize=2048)
def tied(text: str) -> tuple[Tied, ...]:
    """The quantities of a text, ordinals left out, with what each is tied to."""
    found = [quantity for quantity in quantities(text) if quantity.unit != "nth"][:MOST]
    places = list(_places(text, found)) if found else []
    return tuple(_tied(index, quantity, places) for index, quantity in enumerate(found))


def _places(text: str, found: Sequence[Quantity]) -> Iterator[_Place]:
    """Every word of the text at its position; a quantity has a key of its value."""
    dated = [(when.start, when.end) for when in dates.whens(text)]
    position, clause, sentence, skip, turn = 0.0, 0, 0, 0, 0
    for match in _TOKEN.finditer(text):
        if match.start() < skip:
            continue
        while turn < len(found) and found[turn].end <= match.start():
            turn += 1
        word = match.group()
        if turn < len(found) and found[turn].start <= match.end() - 1 and match.start() < found[turn].end:
            skip, position = found[turn].end, position + 1
            yield _Place(
                key=f"#{found[turn].value:.8g}", position=position, clause=clause, sentence=sentence, index=turn
            )
        elif word in _APART or word.lower() in _TURNS:
            if word == "(" and text[match.end() : match.end() + 1] in "+-$€£₽~≈0123456789":
                continue  # "Orca Max (43,0)"
            position += _APART.get(word, 1.0)
            clause += word.lower() not in {":", "—", "–", "and"}
            sentence += word in ".!?\n•"
        elif word not in "—–" and not any(start <= match.start() < end for start, end in dated):
            position += 1
            for one, says in _keys(word):
                yield _Place(key=one, says=says, position=position, clause=clause, sentence=sentence)


def _keys(word: str) -> list[tuple[str, float]]:
    """What a word is tied by, and how much that says: its key; a name with digits also by its letters and its digits."""
    if any(map(str.isdigit, word)):
        pieces = re.findall(r"[^\W\d_]{3,}|\d+", word)
        return [(name_sounds.plain(word), 1.0), *((f"~{piece.lower()}", PIECE) for piece in pieces)]
    stems = keywords_stems(word)
    row = meaning(word.lower()) if not stems else None
    if row is not None:
        return [(f"={row}", PIECE)]
    return [(key(stem), max(weight(stem), CONTRAST if meaning(stem) in _CONTRASTS else 0.0)) for stem in stems]


def _tied(index: int, own: Quantity, places: Sequence[_Place]) -> Tied:
    here = next((place for place in places if place.index == index), None)
    ties: dict[str, float] = {}
    for place in places:
        if here is None or place is here:
            continue
        away = abs(place.position - here.position)
        if away > 5 * REACH or place.sentence != here.sentence:
            continue
        strength = 2.718 ** (-away / REACH) * (1.0 if place.clause == here.clause else NEXT_CLAUSE)
        ties[place.key] = max(ties.get(place.key, 0.0), strength * place.says)
    return Tied(quantity=own, ties=ties)


def _kin(one: Quantity, two: Quantity) -> bool:
    """May the one stand in the other's place? In one unit, or one of them short for it, and not counting other things."""
    if one.value == two.value or max(one.value, two.value) > FARTHEST * max(min(one.value, two.value), 1e-9):
        return False
    if one.unit != two.unit:
        bare = next((each for each in (one, two) if each.unit == ""), None)
        if bare is not None:
            return not bare.noun
        return {one.unit, two.unit} <= {"%", "pp"}
    return not (one.unit == "" and one.noun and two.noun and _noun(one.noun) != _noun(two.noun))


def _noun(word: str) -> str:
    return next(iter(key(stem) for stem in keywords_stems(word)), "")


def swapped(claim: str, posts: Sequence[Post]) -> bool:
    """Does the claim tie two of a post's numbers crosswise, or tell a change backwards?"""
    claimed = tied(claim)
    turned = {(one.start, two.start) for change in changes(claim) for one, two in (change, change[::-1])}
    return bool(claimed) and (any(_crossed(claimed, post, turned) for post in posts) or backwards(claim, posts))


def _crossed(claimed: Sequence[Tied], post: Post, but: Collection[tuple[int, int]]) -> bool:
    known = tied(post.text)
    placed = [
        (one, there)
        for one in claimed
        if (there := [other for other in known if matches(one.quantity, other.quantity)])
    ]
    for (one, first), (two, second) in combinations(placed, 2):
        if _kin(one.quantity, two.quantity) and (one.quantity.start, two.quantity.start) not in but:
            alike, cross_one, cross_two = leaning(one, first, two, second)
            if cross_one + cross_two > alike + CROSSED or min(cross_one, cross_two) > BOTH:
                return True
    return False


def leaning(one: Tied, first: Sequence[Tied], two: Tied, second: Sequence[Tied]) -> tuple[float, float, float]:
    """How claim and posts lean: alike, and crosswise in what is nearer to `one` and to `two` in the claim.

    `first` and `second` are what the posts tie the two numbers to; `one` stands before `two`. What stands by the number
    told first is often said of both ("A scored 7, B 5"), so it counts for less.
    """
    alike = cross_one = cross_two = 0.0
    there_one, there_two = _together(first), _together(second)
    for name in one.ties.keys() | two.ties.keys():
        if name.startswith("#") and name[1:] in {f"{one.quantity.value:.8g}", f"{two.quantity.value:.8g}"}:
            continue
        if name not in there_one and name not in there_two:
            continue
        here = one.ties.get(name, 0.0) - two.ties.get(name, 0.0)
        there = there_one.get(name, 0.0) - there_two.get(name, 0.0)
        leans = here * there
        leans *= OF_BOTH if here > 0 else 1.0
        if leans > 0:
            alike += leans
        elif here > 0:
            cross_one -= leans
        else:
            cross_two -= leans
    return alike, cross_one, cross_two


def _together(found: Sequence[Tied]) -> dict[str, float]:
    ties: dict[str, float] = {}
    for one in found:
        for name, strength in one.ties.items():
            ties[name] = max(ties.get(name, 0.0), strength)
    return ties


# --- from … to … -----------------------------------------------------------------------------------------------------

_FROM = re.compile(r"\b(?:с|со|от|from)\s+(?:[^\W\d_]+\s+){0,2}$", re.IGNORECASE)
_TO = re.compile(r"[^.;\d]{0,40}?(?:\s(?:до|to)\s+(?:[^\W\d_]+\s+){0,2}|\s*(?:→|->|=>|-->)\s*)", re.IGNORECASE)
_BACK = re.compile(
    r"[^.;\d]{0,40}?\b(?:(?:up|down|instead|rather)\s+(?:from|of|than)|from|вместо|against|против|compared\s+(?:with|to)|vs\.?|был[оаи]?|was)\s+(?:[^\W\d_]+\s+){0,2}",
    re.IGNORECASE,
)


def changes(text: str) -> Iterator[tuple[Quantity, Quantity]]:
    """(before, after) of every change that is told with both numbers: "from 71 to 19", "19, up from 71", "71 → 19"."""
    found = quantities(text)
    for one, two in pairwise(found):
        between = text[one.end : two.start]
        arrow = any(mark in between for mark in ("→", "->", "=>"))
        if _TO.fullmatch(between) and (arrow or _FROM.search(text[max(0, one.start - 30) : one.start])):
            yield one, two
        elif _BACK.fullmatch(between):
            yield two, one


def backwards(claim: str, posts: Sequence[Post]) -> bool:
    """Does the claim tell a change from B to A where the posts only tell it from A to B?"""
    told = [change for post in posts for change in changes(post.text)]
    for before, after in changes(claim):
        straight = any(matches(before, one) and matches(after, two) for one, two in told)
        if not straight and any(matches(before, two) and matches(after, one) for one, two in told):
            return True
    return False
