"""A plain form of a text, in which tricks of writing are undone, with the way back to the text itself.

Pure: lookalike letters, accents, invisible characters, digits for letters and letters that stand apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

_LATIN_LIKE = "aceopxyABCEHKMOPTXYiIjJsSkmtbrgh"
_CYRILLIC_LIKE = "асеорхуАВСЕНКМОРТХУіІјЈѕЅкмтьгдһ"
_TO_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTXYikmtnbr013469@", "асеорхуАВСЕНКМОРТХУикмтпвгоиечбда")
_TO_LATIN = str.maketrans(
    _CYRILLIC_LIKE + "ԁԛԝɡıοαεινρτυχΑΒΕΗΙΚΜΝΟΡΤΥΧΖ" + "013457@$",
    _LATIN_LIKE + "dqwgioaeivptuxABEHIKMNOPTYXZ" + "oieastas",
)
_DIGITS = frozenset("013456789@$")
_CYRILLIC_ALONE = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюя") - frozenset(_CYRILLIC_LIKE)
_NO_RUSSIAN = re.compile("[іјѕһԁԛԝ]", re.IGNORECASE)
_KEPT_WIDE = frozenset("！？…")
_EMPHASIS = frozenset("*~\u00ad\u034f\u115f\u1160\u3164\uffa0\u180e")
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc", "Cs", "Co"})

# What is not its own plain form; ё and № are, so to speak, е and No.
_STYLED = re.compile(r"[^\n\t -)+-}а-яА-Я«»“”„‘’—–•·−→□]")
# A word of other than Latin letters alone, Russian letters alone, or digits.
_ODD_WORD = re.compile(r"(?<![^\W_])(?!(?:[а-яА-Я]+|[A-Za-z]+|[0-9]+)(?![\w@$]))[^\W_](?:[\w@$]*\w)?")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .\-_*·|/,]{1,4}[^\W\d_](?![^\W_])){4,}")
_GAP = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True)
class Shadow:
    """`text` is the plain form of `of`, in its letters' own case."""

    of: str
    text: str

    @cached_property
    def origin(self) -> Sequence[int]:
        """The offset in `of` of each character of the plain form, and one past the end."""
        if self.text == self.of:
            return range(len(self.of) + 1)
        offsets = [offset for offset, char in enumerate(self.of) for _ in _plain(char)]
        dropped = _apart(_one_scripted(_each_plain(self.of)))
        return [*(offset for i, offset in enumerate(offsets) if i not in dropped), len(self.of)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that start…end was made of, with what is invisible behind it."""
        return self.origin[start], self.origin[end] if end < len(self.text) else self.origin[-1]


def shadow(text: str) -> Shadow:
    """The text with plain letters of one script a word, no accents, marks or invisible characters, spaced words joined."""
    plain = _one_scripted(_each_plain(text))
    dropped = _apart(plain)
    if dropped:
        plain = "".join(char for i, char in enumerate(plain) if i not in dropped)
    return Shadow(text, plain)


def lower(text: str) -> str:
    """The text in lower case, character for character."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char.lower()[:1] for char in text)


def _each_plain(text: str) -> str:
    return _STYLED.sub(_plain_match, text)


def _plain_match(match: re.Match[str]) -> str:
    return _plain(match.group())


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """A character as one without style and accent, or nothing for an invisible one or a mark."""
    if char in "\r\u2028\u2029\x85\v\f":
        return "\n"
    if char.isascii() or char in _KEPT_WIDE:
        return "" if char in _EMPHASIS or (ord(char) < 32 and char not in "\n\t") else char
    if char in "йЙїЇўЎ":
        return char
    plain = unicodedata.normalize("NFKD", char)
    kept = "".join(part for part in plain if unicodedata.category(part) not in _UNSEEN)
    return "" if char in _EMPHASIS else kept


def _one_scripted(text: str) -> str:
    return _ODD_WORD.sub(_one_script_match, text)


def _one_script_match(match: re.Match[str]) -> str:
    return _one_script(match.group())


@lru_cache(maxsize=32768)
def _one_script(word: str) -> str:
    """A word of letters of two scripts, or of letters and digits for letters, in the script that most of it has."""
    letters = [char for char in word if char.isalpha()]
    cyrillic = sum(1 for char in letters if "\u0400" <= char <= "\u052f")
    leet = len(letters) >= 3 and not word[-1].isdigit() and not _DIGITS.isdisjoint(word)
    if _CYRILLIC_ALONE.isdisjoint(letters) and 0 < cyrillic < len(letters) and _NO_RUSSIAN.search(word):
        return word.translate(_TO_LATIN)
    if 0 < cyrillic < len(letters) or not all(char.isascii() or "\u0400" <= char <= "\u052f" for char in letters):
        return word.translate(_TO_CYRILLIC if cyrillic * 2 > len(letters) else _TO_LATIN)
    if leet:
        return word.translate(_TO_CYRILLIC if cyrillic else _TO_LATIN)
    return word


def _apart(text: str) -> frozenset[int]:
    """What parts letters that stand apart ("i g n o r e"): the commonest gap, and all of wider ones but a space."""
    dropped: set[int] = set()
    for match in _SPACED.finditer(text):
        gaps = list(_GAP.finditer(match.group()))
        common = Counter(gap.group() for gap in gaps).most_common(1)[0][0]
        for gap in gaps:
            wide = gap.group() != common
            dropped.update(range(match.start() + gap.start() + wide, match.start() + gap.end()))
    return frozenset(dropped)
