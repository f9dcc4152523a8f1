"""How names sound, so that their spellings in two scripts and their cases meet.

Pure. Within one script names are compared exactly, up to inflection; a little tolerance is for transliteration alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from summarize.claims import named_words as words
from summarize.claims.transliteration import alike
from summarize.rarity import folded

#: Letters, or a number with its points.
PIECE = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")

#: Says only that a number is a version.
_FILLER = re.compile(r"(?:v|ver|верси[яиюей]{1,2}|version)$", re.IGNORECASE)

SUFFIX = re.compile(r"['’](?:s|t|re|ve|ll|d|m|[а-яё]{1,4})?$")

LATIN = re.compile(r"[A-Za-zÀ-ɏ]")

CYRILLIC = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ]")


def plain(word: str) -> str:
    """Lower-case, with `е` for `ё`, without a possessive or an ending after an apostrophe."""
    return SUFFIX.sub("", word).lower().replace("ё", "е").replace("’", "'")


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """The word as it sounds; single letters that look alike in both scripts are one."""
    word = SUFFIX.sub("", word)
    if len(word) == 1:
        return word.lower().translate(_TWINS)
    return folded(unaccented(word)) or word.lower()


def unaccented(word: str) -> str:
    """Latin letters without their accents: `Tomáš` is `Tomas`; Cyrillic ones stay, since `й` is not `и`."""
    if word.isascii() or not LATIN.match(word):
        return word
    plain_word = unicodedata.normalize("NFD", word.translate(_UNMARKED))
    return "".join(letter for letter in plain_word if not unicodedata.combining(letter))


_UNMARKED = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "ı": "i", "đ": "d", "æ": "ae", "ü": "u", "ö": "o"}
)


@lru_cache(maxsize=100_000)
def sounds_of(word: str) -> frozenset[str]:
    """What the word may sound like without a case ending: a Cyrillic word in several ways."""
    if not CYRILLIC.match(word):
        return frozenset(short for one in {word, _SOFT_C.sub("s", word)} for short in _shortened(sound(one)))
    whole = re.sub(r"([a-z])\1", r"\1", SUFFIX.sub("", word).lower().translate(words.SOUNDS))
    cut = {whole[: -len(end)] for end in words.ENDINGS if whole.endswith(end) and len(whole) - len(end) >= 4}
    return frozenset({sound(word), *_shortened(whole), *cut})


def _shortened(told: str) -> tuple[str, ...]:
    """A short name also without its last vowel: `ema` and `emi` are cases of one."""
    return (told, told[:-1]) if len(told) in {3, 4} and told[-1] in "aeiou" else (told,)


_SOFT_C = re.compile(r"c(?=[eiy])|C(?=[eiy])")


def pieces_of(text: str) -> Iterator[str]:
    """Letters and digits of the text apart, in order; `v` and "version" before a number left out."""
    found = [match.group() for match in PIECE.finditer(text)]
    for one, after in zip(found, [*found[1:], ""], strict=False):
        if not (_FILLER.match(one) and after[:1].isdigit()):
            yield one


def piece(written: str) -> str:
    """`2.0` and `2` are one version."""
    return re.sub(r"(?<=\d)(?:[.,]0)+$", "", written.replace(",", ".")) if written[0].isdigit() else sound(written)


_TWINS = str.maketrans("авекмнорстух", "abekmhopctyx")


def adjective(one: str, two: str) -> bool:
    """Is one the adjective of the other: `kazan` and `kazansk`, `stenford` and `stenfordsk`?"""
    short, long = sorted((one, two), key=len)
    return len(short) >= 4 and long.startswith(short) and _ADJECTIVE.fullmatch(long[len(short) :]) is not None


_ADJECTIVE = re.compile(r"(?:ov|ev|in|an|ian)?(?:sk|skii|skom|skogo|skoi)|ov|ovii|ian|n|ets|ts|tsi")


@lru_cache(maxsize=100_000)
def same(one: str, two: str) -> bool:
    """Are two words one name, as far as their sound goes?"""
    left, right = sounds_of(one), sounds_of(two)
    if sound(one) == sound(two):
        return True
    if (LATIN.match(one) is None) == (LATIN.match(two) is None):
        return LATIN.match(one) is None and inflected(sound(one), sound(two))
    row = words.concept(plain(one))
    if row is not None and row == words.concept(plain(two)):
        return True
    latin, cyrillic = (one, two) if LATIN.match(one) else (two, one)
    return not left.isdisjoint(right) or transliterated(latin, cyrillic)


def transliterated(latin: str, cyrillic: str) -> bool:
    """May the two words be one name in two scripts?"""
    bare = SUFFIX.sub("", latin).lower()
    spoken = bare.translate(_CARONS)
    told = plain(cyrillic)
    return alike(unaccented(bare), told) or (spoken != bare and alike(unaccented(spoken), told))


#: How marked letters of Czech, Polish and Turkish sound.
_CARONS = str.maketrans(
    {"č": "ch", "š": "sh", "ž": "zh", "ř": "rzh", "ć": "ch", "ś": "sh", "ż": "zh", "ç": "ch", "ş": "sh"}
)


_CASES = re.compile(r"(?:om|am|ami|ah|ov|ovi|oi|ei|em|im|ih|ogo|omu|u|a|i|e|o)?")


def inflected(one: str, two: str) -> bool:
    """Do two Cyrillic words, as they sound, differ by a case ending only?"""
    if min(len(one), len(two)) < 4:
        return False
    short, long = sorted((one, two), key=len)
    return long.startswith(short) and _CASES.fullmatch(long[len(short) :]) is not None


def distance(one: str, two: str) -> int:
    """In how many letters two words of one script differ."""
    before = list(range(len(two) + 1))
    for row, left in enumerate(one, 1):
        line = [row]
        for column, right in enumerate(two, 1):
            line.append(min(before[column - 1] + (left != right), before[column] + 1, line[column - 1] + 1))
        before = line
    return before[-1]
