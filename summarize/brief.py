"""What of a story's posts a language model is shown when not all of it fits: the most telling sentences of each.

Pure and deterministic; about linear in the length of the posts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from summarize import voices
from summarize.text import keywords_stems, sentences
from summarize.wording import CALL, CODEY, EVENT, GREETS

LEFT_OUT = "[…]"
#: A longer sentence is taken in pieces, so that a post without full stops can be cut too.
LONGEST_PIECE = 90

_RUN = re.compile(
    r"(?P<digits>\d+)|(?P<latin>[A-Za-z]+)|(?P<european>[\u00c0-\u024f\u0370-\u03ff\u0400-\u052f]+)"
    r"|(?P<line>\n+)|(?P<wide>[ \t]{2,})|(?P<space>[ \t])|(?P<other>\S)|(?P<rest>\s)"
)
#: Characters per token. Byte-pair vocabularies of 32,000 to 200,000 entries take 4 to 6 Latin letters, 2 to 4
#: Cyrillic ones and 1 to 3 digits at a time.
_PER_TOKEN = {"digits": 2.0, "latin": 4.0, "european": 2.4, "line": 2.0, "wide": 8.0}
_ASTRAL = 0x1F000


def tokens(text: str) -> int:
    """About how many tokens the text is for a common tokenizer, and seldom fewer than it says.

    Four Latin letters, 2.4 Cyrillic, Greek or accented ones or two digits of a word are a token, as is each started
    rest; so is each sign and each character of another script; an emoji is three. Single spaces belong to words.
    `tokens(a + b) <= tokens(a) + tokens(b)`, and one more where blanks meet: a single one costs nothing, two do.
    """
    return sum(map(_cost, _RUN.finditer(text)))


def _cost(match: re.Match[str]) -> int:
    kind = match.lastgroup or ""
    if kind in _PER_TOKEN:
        return math.ceil((match.end() - match.start()) / _PER_TOKEN[kind])
    if kind == "space":
        return 0
    char = match.group()
    return 3 if ord(char) >= _ASTRAL else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A post of a story as cleaned text; `key` is unique among those given, and a greater weight keeps more of it."""

    key: int
    text: str
    lang: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """`text` is the piece at `place` of the post `rank`; `joint` stands before it where the piece before is kept too."""

    text: str
    rank: int
    place: int
    joint: str
    cost: int
    stems: tuple[str, ...]
    facts: frozenset[str]
    is_code: bool


def brief(posts: Sequence[Told], *, budget: int) -> dict[int, str]:
    """What to show of each post, by key and in the order given, in at most `budget` tokens in all.

    Sentences keep their order; `[…]` stands for what was left out. First sentences go first, then those with numbers
    and names, with what the posts share or one alone has; what an earlier post said comes last. As long as the budget
    allows a sentence of each post, each has one; when it does not, the first posts have one, and the others no entry.
    A post without words has no entry either.
    """
    whole = {post.key: post.text.strip() for post in posts if post.text.strip()}
    if sum(map(tokens, whole.values())) <= budget:
        return whole
    pieces = [list(_pieces(post, rank)) for rank, post in enumerate(posts)]
    scores = _scores(pieces, posts)
    kept: list[set[int]] = [set() for _ in posts]
    left = _one_each(pieces, scores, kept, budget)
    _fill(pieces, scores, kept, left)
    return {post.key: _joined(pieces[rank], kept[rank]) for rank, post in enumerate(posts) if kept[rank]}


# --- pieces ----------------------------------------------------------------------------------------------------------


def _pieces(post: Told, rank: int) -> Iterator[_Piece]:
    """The sentences of a post, long ones in parts."""
    place = end = 0
    for sentence in sentences(post.text):
        joint = "\n" if "\n" in post.text[end : sentence.start] else " "
        for part in _parts(sentence.text):
            yield _Piece(
                text=part,
                rank=rank,
                place=place,
                joint=joint,
                cost=tokens(part) + 1,
                stems=tuple(dict.fromkeys(keywords_stems(part, post.lang))),
                facts=voices.facts(part),
                is_code=sentence.is_code,
            )
            place, joint = place + 1, " "
        end = sentence.end


def _parts(text: str) -> Iterator[str]:
    """The text in parts of at most LONGEST_PIECE tokens, cut between words, or inside one that is longer than that."""
    if tokens(text) <= LONGEST_PIECE:
        yield text
        return
    part, size = "", 0
    for word in _short_words(text):
        cost = tokens(word)
        if part and size + cost > LONGEST_PIECE:
            yield part.strip()
            part, size = "", 0
        part, size = part + word, size + cost
    if part.strip():
        yield part.strip()


def _short_words(text: str) -> Iterator[str]:
    for match in re.finditer(r"\S+\s*", text):
        word = match.group()
        step = len(word) if tokens(word) <= LONGEST_PIECE else LONGEST_PIECE // 3
        yield from (word[i : i + step] for i in range(0, len(word), step))


# --- how telling -----------------------------------------------------------------------------------------------------


def _scores(pieces: Sequence[Sequence[_Piece]], posts: Sequence[Told]) -> list[list[float]]:
    """How much each piece tells, comparable over the posts; what an earlier post said is below zero."""
    shared = Counter(stem for held in pieces for stem in {stem for piece in held for stem in piece.stems})
    said: set[tuple[str, str]] = set()
    known: set[str] = set()
    found: list[list[float]] = []
    for held, post in zip(pieces, posts, strict=True):
        row = []
        for piece in held:
            score = _told(piece) + _shared(piece, shared, len(posts)) + 0.12 * min(3, len(piece.facts - known))
            score *= post.weight
            row.append(score - 100.0 if _echoes(piece, said) else score)
        said.update(pair for piece in held for pair in _pairs(piece))
        known.update(fact for piece in held for fact in piece.facts)
        found.append(row)
    return found


def _told(piece: _Piece) -> float:
    """How much the piece tells by itself, 0 and up; openings most."""
    text = piece.text
    score = 0.2 + 1.0 / (1 + 0.5 * piece.place)
    score += 0.1 * min(4, len(piece.facts)) + (0.15 if any(char.isdigit() for char in text) else 0.0)
    score += 0.1 if EVENT.search(text) else 0.0
    score *= 0.3 if CALL.search(text) or GREETS.match(text) or len(piece.stems) < 3 else 1.0
    return score * (0.4 if piece.is_code or CODEY.search(text) else 1.0)


def _shared(piece: _Piece, shared: Mapping[str, int], posts: int) -> float:
    """How far the piece speaks of what several posts speak of, 0…0.6."""
    if posts < 2 or not piece.stems:
        return 0.0
    return 0.6 * math.fsum((shared[stem] - 1) / (posts - 1) for stem in piece.stems) / (len(piece.stems) + 2)


def _pairs(piece: _Piece) -> Iterable[tuple[str, str]]:
    return (
        zip(piece.stems, piece.stems[1:], strict=False)
        if len(piece.stems) > 1
        else [(stem, "") for stem in piece.stems]
    )


def _echoes(piece: _Piece, said: set[tuple[str, str]]) -> bool:
    """Did earlier posts say most of it, in the same words?"""
    pairs = list(_pairs(piece))
    return bool(pairs) and sum(1 for pair in pairs if pair in said) >= 0.6 * len(pairs)


# --- choosing --------------------------------------------------------------------------------------------------------

_GAP = tokens(LEFT_OUT) + 1


def _alone(held: Sequence[_Piece], place: int) -> int:
    """What the piece costs as all that is kept of its post."""
    return held[place].cost + _GAP * ((place > 0) + (place < len(held) - 1))


def _one_each(
    pieces: Sequence[Sequence[_Piece]], scores: Sequence[Sequence[float]], kept: Sequence[set[int]], budget: int
) -> int:
    """Keep one piece of each post, or of the first ones; what is left of the budget.

    First the cheapest pieces are counted on, so that no post is left without; then each has the best that it can have.
    """
    least: dict[int, int] = {}
    left = budget
    for rank, held in enumerate(pieces):
        cheapest = min((_alone(held, place) for place in range(len(held))), default=None)
        if cheapest is None:
            continue
        if cheapest > left:
            break
        least[rank] = cheapest
        left -= cheapest
    for rank, reserved in least.items():
        held, row = pieces[rank], scores[rank]
        places = sorted(range(len(held)), key=row.__getitem__, reverse=True)
        chosen = next(place for place in places if _alone(held, place) <= reserved + left)
        kept[rank].add(chosen)
        left += reserved - _alone(held, chosen)
    return left


def _fill(
    pieces: Sequence[Sequence[_Piece]], scores: Sequence[Sequence[float]], kept: Sequence[set[int]], left: int
) -> None:
    """Add pieces, the most telling first, as long as any fits."""
    order = sorted(
        (-scores[rank][piece.place], rank, piece.place)
        for rank, held in enumerate(pieces)
        if kept[rank]
        for piece in held
    )
    for _, rank, place in order:
        if place in kept[rank]:
            continue
        cost = _added(pieces[rank], kept[rank], place)
        if cost <= left:
            kept[rank].add(place)
            left -= cost


def _added(held: Sequence[_Piece], kept: set[int], place: int) -> int:
    """What one more piece costs: itself, and a mark more or less of something left out beside it."""
    before = place == 0 or place - 1 in kept
    after = place == len(held) - 1 or place + 1 in kept
    return held[place].cost + _GAP * (1 - before - after)


def _joined(held: Sequence[_Piece], kept: set[int]) -> str:
    """The pieces kept, in order."""
    text = ""
    for place in sorted(kept):
        if place and place - 1 not in kept:
            text += f" {LEFT_OUT}" if text else LEFT_OUT
            text += " "
        elif place:
            text += held[place].joint
        text += held[place].text
    return text if len(held) - 1 in kept else f"{text} {LEFT_OUT}"
