"""Which words of a question a story holds: in the same words, in those of the other language, or in words that mean nearly that.

Pure but for the encoder that is given. Names and numbers are held or not; other words may also be meant: the bundled model
puts single words of the same meaning near each other, whatever their language ("mattress" and «поролон»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarize.claims import check_posts, name_sounds, named, quantities, quantity_words
from summarize.embed import Encoder, Vectors
from summarize.search import thesaurus
from summarize.search.question import Question

Array = NDArray[np.float64]

#: Cosines of two words: what any word finds, and what only one of the same meaning has.
CHANCE, SAME = 0.4, 0.8
#: A word that says so much is as good as a name.
RARE = 0.9
#: A name or a version says at least so much, a bare number half of it.
NAME = 0.7
#: The unit of an ordinal, and how a word that names a round begins.
NTH, _ROUNDS = "nth", "round "
#: So many words of texts are compared by their meaning at most, those of the first texts first.
MOST_COMPARED = 240
_WORD = re.compile(r"[^\W_](?:[\w.+#'’-]*[\w+#])?")
_DAY = re.compile(r"\d+(?:st|nd|rd|th)|\d+-?(?:го|е|й|м|я|ю|ое|ая|ый|ой)", re.IGNORECASE)
_MIXED = re.compile(r"(?<=[A-Za-z\d])-(?=[А-Яа-яЁё])|(?<=[А-Яа-яЁё])-(?=[A-Za-z\d])")
#: `2`, `1.3`, `v2`: a version where it follows a name.
_VERSION = re.compile(r"v?\d{1,3}(?:\.\d{1,3}){0,2}")
#: The letter of a round of funding; «с» and «в» are prepositions unless they are capitals.
_ROUND = re.compile(
    r"(?<!\w)(?i:раунд\w{0,3}|сери[яиюей]{1,2}|series|round)\s+[«\"]?(?P<letter>[A-Ha-hАБВСДЕаб])(?!\w)"
)
_LATIN = str.maketrans("абвсде", "abbcde")
#: What people say besides what they ask for.
_IDLE = frozenset(
    """чё че чо скок скока неужто неужели назови именно вообще вроде типа короче кстати помню дать деле самом нибудь кто-нибудь
    какие-нибудь что-нибудь реально правда плз пж спс whats hey hi get got gets please pls plz tldr keep really actually roughly
    exactly anybody anyone somebody someone thing things stuff guys wich wat use used need скольки щас ща""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a question that says something: `weight`, 0…1, how much; `keys` as two languages share them.

    `exact`: a name or a number, which means nothing else than itself; `numbered`: with a version or a size. `figure`: a value
    and its unit ("40 GB", "the fifth"), or a unit alone ("how many watts", the value None).
    """

    text: str
    keys: frozenset[str]
    weight: float
    exact: bool
    numbered: bool
    figure: tuple[float | None, str] | None = None
    senses: frozenset[int] = thesaurus.NOTHING


def words_of(question: Question) -> tuple[Word, ...]:
    """The words of a question that a story would have to hold, each once; times that were read as a period are none."""
    names = {name.text.lower() for name in named.names(question.text) if not name.opens}
    values = {key.partition(":")[2] for key in question.keys}
    parts = [part for word in _versioned(question) if word.lower() not in values for part in _MIXED.split(word)]
    counted = {_digits(question.text, one): one for one in quantities.quantities(question.text) if one.unit}
    found = (_word(part, names, counted) for part in parts)
    once = {word.text.lower(): word for word in found if word is not None}
    return (*once.values(), *(_round(letter) for letter in sorted(rounds(question.text))))


def _digits(text: str, quantity: quantities.Quantity) -> str:
    """How a quantity begins: its number without its unit."""
    found = _WORD.match(text, quantity.start)
    return found.group() if found else ""


def _round(letter: str) -> Word:
    return Word(text=f"{_ROUNDS}{letter}", keys=frozenset(), weight=NAME, exact=True, numbered=True)


def rounds(text: str) -> frozenset[str]:
    """The letters of the rounds of funding that a text speaks of, as Latin ones."""
    return frozenset(match["letter"].lower().translate(_LATIN) for match in _ROUND.finditer(text))


def _versioned(question: Question) -> Iterator[str]:
    """The words of the question, a name and the bare number after it as one: `Gouache 2` is not `Gouache 3`."""
    left = list(question.words)
    while left:
        word = left.pop(0)
        if left and word in question.names and _VERSION.fullmatch(left[0]) and f"{word} {left[0]}" in question.text:
            word = f"{word}-{left.pop(0)}"
        yield word


def _word(text: str, names: set[str], counted: Mapping[str, quantities.Quantity]) -> Word | None:
    keys = check_posts.keys(text)
    number = text.isdecimal()
    numbered = not number and any(map(str.isdigit, text))
    if text.lower() in _IDLE or _DAY.fullmatch(text) or not (keys or number or numbered):
        return None
    figure = _figure(text, counted.get(text))
    exact = number or numbered or text.lower() in names or (figure is not None and figure[0] is not None)
    named_by = NAME / 2 if number and figure is None else NAME if exact else 0.0
    return Word(
        text=text,
        keys=frozenset(keys),
        weight=max(named_by, *keys.values(), 0.0),
        exact=exact,
        numbered=numbered,
        figure=figure,
        senses=thesaurus.NOTHING if exact else thesaurus.senses(text),
    )


def _figure(text: str, quantity: quantities.Quantity | None) -> tuple[float | None, str] | None:
    """What a word counts: "40" of "40 GB", "fifth" but not "first", which says little; or what it counts in."""
    if quantity is not None:
        return None if quantity.unit == NTH and quantity.value <= 1 else (quantity.value, quantity.unit)
    unit = quantity_words.UNIT.fullmatch(text) if len(text) > 1 else None
    return None if unit is None or unit.lastgroup is None else (None, quantity_words.UNITS[int(unit.lastgroup[1:])][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Something that may hold words: a sentence, a post, a story."""

    known: named.Known
    keys: frozenset[str]
    figures: frozenset[tuple[float | None, str]]
    rounds: frozenset[str]
    senses: frozenset[int]


def text(said: str) -> Text:
    """Read a text once for all words of a question."""
    counted = quantities.quantities(said)
    figures = {(value, _unit(one)) for one in counted for value in (one.value, None)}
    return Text(
        known=named.known(said),
        keys=frozenset(check_posts.keys(said)),
        figures=frozenset(figures),
        rounds=rounds(said),
        senses=thesaurus.senses(said),
    )


def _unit(quantity: quantities.Quantity) -> str:
    """What a number counts; "lecture 5" counts nothing, and says which."""
    return quantity.unit or ("" if quantity.noun else NTH)


def told(said: str) -> tuple[str, ...]:
    """The words of a text that may be compared by their meaning, each once."""
    tokens = (match.group() for match in _WORD.finditer(said))
    plain = (name_sounds.plain(token) for token in tokens if token.isalpha() or "-" in token)
    return tuple(dict.fromkeys(word for word in plain if check_posts.keys(word)))


def surely(word: Word, among: Text) -> bool:
    """Does the text hold the word itself, inflected, transliterated, translated by the table of meanings, or counted in?"""
    if word.text.startswith(_ROUNDS):
        return word.text.removeprefix(_ROUNDS) in among.rounds
    if word.figure is not None and word.figure[0] is not None:
        return word.figure in among.figures
    if word.figure in among.figures:
        return True
    if not word.exact and word.keys and word.keys <= among.keys:
        return True
    return named.stands(word.text, among.known)


def _told(word: Word, among: Text) -> float:
    """How far the text holds the word, or another one of its senses, without comparing meanings."""
    return 1.0 if surely(word, among) else 0.0 if word.senses.isdisjoint(among.senses) else thesaurus.MEANT


def held(asked: Sequence[Word], texts: Sequence[Text], near: Sequence[Sequence[str]], encode: Encoder) -> Array:
    """How far each text holds each word, 0…1, shape (texts, words): by itself, or by one of nearly the same meaning among the
    words `near` of that text.
    """
    sure = np.array([[_told(word, one) for word in asked] for one in texts]).reshape(len(texts), len(asked))
    vague = [place for place, word in enumerate(asked) if not word.exact and sure[:, place].min(initial=1.0) < 1.0]
    others = list(dict.fromkeys(word for words in near for word in words))[:MOST_COMPARED]
    if not vague or not others:
        return sure
    vectors = np.asarray(encode([*(asked[place].text.lower() for place in vague), *others]), dtype=np.float64)
    cosines = vectors[: len(vague)] @ vectors[len(vague) :].T
    places = {word: place for place, word in enumerate(others)}
    for row, words in enumerate(near):
        columns = [places[word] for word in words if word in places]
        if columns:
            meant = np.clip((cosines[:, columns].max(axis=1) - CHANCE) / (SAME - CHANCE), 0.0, 1.0)
            sure[row, vague] = np.maximum(sure[row, vague], meant)
    return sure


def remembering(encode: Encoder) -> Encoder:
    """The encoder for one question: a text that is asked for again is not embedded again."""
    known: dict[str, Vectors] = {}

    def remembered(batch: Sequence[str]) -> Vectors:
        fresh = [one for one in dict.fromkeys(batch) if one not in known]
        known.update(zip(fresh, encode(fresh), strict=True))
        return np.stack([known[one] for one in batch]) if batch else encode([])

    return remembered
