"""Keywords of filters: words and "phrases", found in posts by their stems, as whole words, in Russian and English.

Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from summarize import text as texts
from summarize.mistakes import Fault

#: Alternatives of a pattern.
MOST_ALTERNATIVES = 100

#: Words and names; unlike `texts.keywords_stems`, a slash parts words, and single letters and "the" are words.
_TOKEN = re.compile(r"[^\W_]+(?:[-.‑'’][^\W_]+)*(?:\+\+|#(?!\w))?")
_ENDING = re.compile(r"['’][^\W\d_]{1,3}\Z")
_JOINTS = re.compile(r"[-.‑'’]")
_LINKS = re.compile(r"(?:https?|tg|ftp)://\S+|www\.\S+", re.IGNORECASE)
_QUOTES = {'"': '"', "«": "»", "“": "”", "„": "“”"}
_SEPARATORS = ",;\n"

_RUSSIAN = re.compile(r"[а-я]+")
#: Endings of nouns, as far as at least LEAST letters are left.
_CASES = re.compile(r"(?:ами|ями|ов|ев|ей|ам|ям|ах|ях|ом|ем|ой|ою|[аяыиеоуюь])\Z")
LEAST = 4
_FLEETING = re.compile(r"(?<=[^аеиоуыэюя])[ое](?=к\Z)")

#: A word as it is asked for: of each set, something has to be among the forms of one word of a post.
Word = tuple[frozenset[str], ...]
#: Words that follow each other.
Phrase = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a post: at each place the forms that it may be found by, and the places of each form."""

    forms: Sequence[frozenset[str]]
    places: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, text: str) -> Said:
        """The words of a text; its links are none."""
        forms = [_forms(token) for token in _tokens(_LINKS.sub(" ", text))]
        places: dict[str, list[int]] = defaultdict(list)
        for place, here in enumerate(forms):
            for form in here:
                places[form].append(place)
        return cls(forms, dict(places))

    def has(self, phrases: Sequence[Phrase]) -> bool:
        """Whether all the phrases stand in the text, wherever."""
        return all(self._stands(phrase) for phrase in phrases)

    def _stands(self, phrase: Phrase) -> bool:
        first = {place for form in phrase[0][0] for place in self.places.get(form, ())}
        return any(
            place + len(phrase) <= len(self.forms)
            and all(_is(word, self.forms[place + step]) for step, word in enumerate(phrase))
            for place in first
        )


def _is(word: Word, forms: frozenset[str]) -> bool:
    return not any(forms.isdisjoint(needed) for needed in word)


def _tokens(text: str) -> Iterator[str]:
    for found in _TOKEN.finditer(text.lower().replace("ё", "е")):
        yield _ENDING.sub("", found.group().replace("‑", "-").replace("’", "'"))


def _is_name(token: str) -> bool:
    """Whether a word is a version or another name that is only itself: "gpt-5", "c++"."""
    return any(map(str.isdigit, token)) or token[-1] in "+#"


@lru_cache(maxsize=100_000)
def _forms(token: str) -> frozenset[str]:
    """What a word of a post may be found by: as a whole, and by the words in it ("ИИ-агент": "агент"), not by the numbers."""
    parts = _JOINTS.split(token)
    if _is_name(token):
        return frozenset((_spelled(token),)).union(*(_forms(part) for part in parts if not _is_name(part)))
    if len(parts) > 1:
        return frozenset((_joined(parts),)).union(*map(_forms, parts))
    return frozenset(texts.keywords_stems(token)) | {_noun(token)}


@lru_cache(maxsize=10_000)
def _word(token: str) -> Word:
    """What a word that is asked for has to be: a name or a hyphenated word itself, any other one of its stems.

    Scripts without spaces are told by pairs of characters, which any longer run of them holds as well.
    """
    parts = _JOINTS.split(token)
    if _is_name(token):
        return (frozenset((_spelled(token),)),)
    if len(parts) > 1:
        return (frozenset((_joined(parts),)),)
    stems, noun = texts.keywords_stems(token), _noun(token)
    if len(stems) > 1:
        return tuple(frozenset((pair,)) for pair in stems)
    # "токен" and "домен" are no participles of "ток" and "дом".
    stems = [stem for stem in stems if not (noun == f"{stem}ен" and len(stem) < LEAST)]
    return (frozenset((*stems, noun)),)


def _spelled(token: str) -> str:
    return token.replace("с++", "c++").replace("с#", "c#")


def _joined(parts: Sequence[str]) -> str:
    """A hyphenated word by the stems of its parts, so that it may be inflected."""
    return "-".join("".join(texts.keywords_stems(part)) or part for part in parts)


def _noun(token: str) -> str:
    """A Russian noun without its case, where the stemmer goes wrong: "токенов" and "токена", "скидка" and "скидок"."""
    if not _RUSSIAN.fullmatch(token):
        return token
    bare = _CASES.sub("", token)
    return _FLEETING.sub("", bare if len(bare) >= LEAST else token)


# --- what is asked for -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def alternatives(pattern: str) -> tuple[tuple[Phrase, ...], ...]:
    """The alternatives of a pattern, parted by commas, semicolons or lines; of each, all phrases have to stand in a post.

    A phrase is what stands in quotation marks, or one word; a quoted phrase may hold commas.

    Raises:
        Fault: nothing can be looked for.
    """
    found = [phrases for chunks in _chunks(texts.normalise(pattern)) if (phrases := _phrases(chunks))]
    if not found:
        raise Fault("empty")
    if len(found) > MOST_ALTERNATIVES:
        raise Fault("many", count=len(found), most=MOST_ALTERNATIVES)
    return tuple(found)


def _phrases(chunks: Sequence[str]) -> tuple[Phrase, ...]:
    phrases = (tuple(_word(token) for token in _tokens(chunk)) for chunk in chunks)
    return tuple(phrase for phrase in phrases if phrase)


def _chunks(pattern: str) -> Iterator[list[str]]:
    """The alternatives as words and quoted phrases."""
    held: list[str] = []
    word, place = "", 0
    while place < len(pattern):
        char = pattern[place]
        if char in _QUOTES and not word:
            stop = min((end for mark in _QUOTES[char] if (end := pattern.find(mark, place + 1)) >= 0), default=-1)
            if stop < 0:
                raise Fault("quote")
            held.append(pattern[place + 1 : stop])
            place = stop + 1
            continue
        if char in _SEPARATORS or char.isspace():
            held, word = [*held, word], ""
            if char in _SEPARATORS:
                yield held
                held = []
        else:
            word += char
        place += 1
    yield [*held, word]
