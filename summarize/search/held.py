"""Which words of a question a story holds: in the same words, in those of the other language, or in words that mean nearly that.

Pure but for the encoder that is given. Names and numbers are held or not; other words may also be meant: the bundled model
puts single words of the same meaning near each other, whatever their language ("mattress" and «поролон»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarize.claims import check_posts, name_sounds, named
from summarize.embed import Encoder, Vectors
from summarize.search.question import Question

Array = NDArray[np.float64]

#: Cosines of two words: what any word finds, and what only one of the same meaning has.
CHANCE, SAME = 0.4, 0.8
#: A word that says so much is as good as a name.
RARE = 0.9
#: A name or a version says at least so much, a bare number half of it.
NAME = 0.7
#: So many words of texts are compared by their meaning at most, those of the first texts first.
MOST_COMPARED = 240
_WORD = re.compile(r"[^\W_](?:[\w.+#'’-]*[\w+#])?")
_DAY = re.compile(r"\d+(?:st|nd|rd|th)|\d+-?(?:го|е|й|м|я|ю|ое|ая|ый|ой)", re.IGNORECASE)
_MIXED = re.compile(r"(?<=[A-Za-z\d])-(?=[А-Яа-яЁё])|(?<=[А-Яа-яЁё])-(?=[A-Za-z\d])")
#: `2`, `1.3`, `v2`: a version where it follows a name.
_VERSION = re.compile(r"v?\d{1,3}(?:\.\d{1,3}){0,2}")
#: What people say besides what they ask for.
_IDLE = frozenset(
    """чё че чо скок скока неужто неужели назови именно вообще вроде типа короче кстати помню дать деле самом нибудь кто-нибудь
    какие-нибудь что-нибудь реально правда плз пж спс whats hey hi get got gets please pls plz tldr keep really actually roughly
    exactly anybody anyone somebody someone thing things stuff guys wich wat use used need скольки почём почем щас ща""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a question that says something: `weight`, 0…1, how much; `keys` as two languages share them.

    `exact`: a name or a number, which means nothing else than itself; `numbered`: with a version or a size.
    """

    text: str
    keys: frozenset[str]
    weight: float
    exact: bool
    numbered: bool


def words_of(question: Question) -> tuple[Word, ...]:
    """The words of a question that a story would have to hold, each once; times that were read as a period are none."""
    names = {name.text.lower() for name in named.names(question.text) if not name.opens}
    values = {key.partition(":")[2] for key in question.keys}
    parts = [part for word in _versioned(question) if word.lower() not in values for part in _MIXED.split(word)]
    found = (_word(part, names) for part in parts)
    return tuple({word.text.lower(): word for word in found if word is not None}.values())


def _versioned(question: Question) -> Iterator[str]:
    """The words of the question, a name and the bare number after it as one: `Gouache 2` is not `Gouache 3`."""
    left = list(question.words)
    while left:
        word = left.pop(0)
        if left and word in question.names and _VERSION.fullmatch(left[0]) and f"{word} {left[0]}" in question.text:
            word = f"{word}-{left.pop(0)}"
        yield word


def _word(text: str, names: set[str]) -> Word | None:
    keys = check_posts.keys(text)
    number = text.isdecimal()
    numbered = not number and any(map(str.isdigit, text))
    if text.lower() in _IDLE or _DAY.fullmatch(text) or not (keys or number or numbered):
        return None
    exact = number or numbered or text.lower() in names
    return Word(
        text=text,
        keys=frozenset(keys),
        weight=max(NAME / 2 if number else NAME if exact else 0.0, *keys.values(), 0.0),
        exact=exact,
        numbered=numbered,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Something that may hold words: a sentence, a post, a story."""

    known: named.Known
    keys: frozenset[str]


def text(said: str) -> Text:
    """Read a text once for all words of a question."""
    return Text(known=named.known(said), keys=frozenset(check_posts.keys(said)))


def told(said: str) -> tuple[str, ...]:
    """The words of a text that may be compared by their meaning, each once."""
    tokens = (match.group() for match in _WORD.finditer(said))
    plain = (name_sounds.plain(token) for token in tokens if token.isalpha() or "-" in token)
    return tuple(dict.fromkeys(word for word in plain if check_posts.keys(word)))


def surely(word: Word, among: Text) -> bool:
    """Does the text hold the word itself, inflected, transliterated, or translated by the table of meanings?"""
    if not word.exact and word.keys and word.keys <= among.keys:
        return True
    return named.stands(word.text, among.known)


def held(asked: Sequence[Word], texts: Sequence[Text], near: Sequence[Sequence[str]], encode: Encoder) -> Array:
    """How far each text holds each word, 0…1, shape (texts, words): by itself, or by one of nearly the same meaning among the
    words `near` of that text.
    """
    sure = np.array([[float(surely(word, one)) for word in asked] for one in texts]).reshape(len(texts), len(asked))
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
