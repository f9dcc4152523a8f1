"""Names in a claim and whether posts hold them, however they are inflected or transliterated.

Pure. A name is compared as it sounds: by its folded stem, with a little tolerance between two scripts only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from summarize.claims import name_sounds as sounds
from summarize.claims import named_words as words
from summarize.claims.date_words import MONTH_PATTERN, WEEKDAY_PATTERN
from summarize.rarity import rarity


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """`text[start:end]`, probably a name. `opens`: the first word of a sentence, so that its capital says nothing."""

    text: str
    start: int
    end: int
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The words of posts that names are looked for among.

    `plain`: lower-case words; `latin`, `cyrillic`: how they sound; `pieces`: letters and digits apart, in
    order, as they sound, `written` as they stand; `concepts`: rows of the table of equivalents; `initials`: of runs of words;
    `capital`: plain words with a capital; `latin_words`, `cyrillic_words`: those of each script.
    """

    plain: frozenset[str]
    latin: frozenset[str]
    cyrillic: frozenset[str]
    written: tuple[str, ...]
    pieces: tuple[str, ...]
    places: dict[str, tuple[int, ...]]
    concepts: frozenset[int]
    initials: frozenset[str]
    capital: frozenset[str]
    latin_words: frozenset[str]
    cyrillic_words: frozenset[str]


_TOKEN = re.compile(r"[^\W_]+(?:[&'’.+/_-]?[^\W_]+)*\+{0,2}#?")
_STARTS = re.compile(r"(?:^|[.!?…:]\s+|\n\s*|^[—–•*\-«\"“(]\s*|[.!?:]\s[«\"“(])$")
_CALENDAR = re.compile(rf"(?:{MONTH_PATTERN}|{WEEKDAY_PATTERN})s?\.?$", re.IGNORECASE)
#: A word that opens a sentence is a name only from this rarity on.
RARE = 0.9
_I = frozenset("i i'm i've i'd a".split())


@lru_cache(maxsize=2048)
def known(text: str) -> Known:
    """Everything in a post that may be a name."""
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    parts = [part for token in tokens for part in _parts(token)]
    lowered = frozenset(sounds.plain(part) for part in parts)
    written = tuple(sounds.pieces_of(text))
    pieces = tuple(map(sounds.piece, written))
    places: dict[str, list[int]] = {}
    for place, piece in enumerate(pieces):
        places.setdefault(piece, []).append(place)
    return Known(
        plain=lowered,
        latin=frozenset(sounds.sound(part) for part in parts if sounds.LATIN.match(part)),
        cyrillic=frozenset(told for part in parts if sounds.CYRILLIC.match(part) for told in sounds.sounds_of(part)),
        written=written,
        pieces=pieces,
        places={piece: tuple(found) for piece, found in places.items()},
        concepts=frozenset(row for word in lowered if (row := words.concept(word)) is not None),
        initials=frozenset(_initials(tokens)),
        latin_words=frozenset(word for word in lowered if sounds.LATIN.match(word) and len(word) > 1),
        cyrillic_words=frozenset(word for word in lowered if sounds.CYRILLIC.match(word) and len(word) > 1),
        capital=frozenset(sounds.plain(part) for part in parts if part[0].isupper() and len(part) >= 5),
    )


def _parts(token: str) -> set[str]:
    """The token and its parts: `Qwen3-72B`, `OpenAI's`."""
    return {token, *re.split(r"[-/_&.]", token), sounds.SUFFIX.sub("", token), *_CAMEL.findall(token)} - {""}


_CAMEL = re.compile(r"[A-Z][a-z]{2,}")


def _initials(tokens: Sequence[str]) -> Iterator[str]:
    """Initials of two to five words in a row."""
    for start in range(len(tokens)):
        run = ""
        for token in tokens[start : start + 5]:
            run += token[0].lower()
            if len(run) > 1:
                yield run


# --- what in a claim is a name ---------------------------------------------------------------------------------------


def names(text: str) -> Iterator[Name]:
    """Words of a claim that are probably names: capitalised inside a sentence, with a digit or an inner capital, Latin
    letters in Russian text, and the first word of a sentence where it is rare.

    Months, weekdays and words of the field are none.
    """
    cyrillic = len(sounds.CYRILLIC.findall(text)) * 3 > len(text)
    for match in _TOKEN.finditer(text):
        word = match.group()
        opens = _STARTS.search(text[max(0, match.start() - 4) : match.start()]) is not None
        if _is_name(word, opens=opens, cyrillic=cyrillic):
            yield Name(text=word, start=match.start(), end=match.end(), opens=opens)


def _is_name(word: str, *, opens: bool, cyrillic: bool) -> bool:
    low = sounds.plain(word)
    if len(low) < 2 or low in words.FIELD or low in _I or _CALENDAR.fullmatch(low) or not any(map(str.isalpha, word)):
        return False
    bare = sounds.SUFFIX.sub("", word)
    if bare[:1].isdigit():
        return bare[-1].isalpha() and _ORDINAL.fullmatch(bare) is None
    if any(map(str.isdigit, bare)) or any(letter.isupper() for letter in bare[1:]):
        return not _compound(bare)
    if not bare[:1].isupper():
        return False
    if words.generic(low) and words.concept(low) is None:
        return False
    return len(bare) > 1 and (not opens or (sounds.LATIN.match(bare) is not None and cyrillic) or _may_open(low))


#: A word with digits first is a name (`4o`, `1080p`) unless it is read as a quantity or is one of these.
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s|-?[а-яё]{1,3}|-[a-zа-яё-]{3,})")


def _compound(word: str) -> bool:
    """`ИИ-стартап`, `AI-powered`: a word of the field and an ordinary one."""
    first, _, rest = word.partition("-")
    return (
        bool(rest) and sounds.plain(first) in words.FIELD and rest == rest.lower() and not any(map(str.isdigit, rest))
    )


def _may_open(low: str) -> bool:
    """Is a word that opens a sentence rare enough to be a name there?"""
    return rarity(low) >= RARE and len(low) >= 3


_COMMON_ENDING = re.compile(
    r"(?:ing|ed|ly|ness|ments?|tions?|sions?|ers|ors|ists?|ies|able|less|ful|ous|ive|ity|ence|ance|ants?|ents|[^s]s|ship|hood|count)$"
)
_ROLE = re.compile(
    r"(?:тор|тель|ник|ист|лог|ант|ент|вед|чик|щик|ец|граф|лидер|автор|глава|аналитик|банк|фонд|канал|журнал|суд|блогер|ница|тка|стка)$"
)
_SURNAME = re.compile(r"(?:[оеё]в|[оеё]ва|ин|ина|ский|ская|цкий|цкая|енко|чук|юк|ян|дзе|швили|вич|берг|ман|сон|штейн)$")


def only_opens(name: Name, after: str, among: Sequence[Known]) -> bool:
    """Is the first word of a sentence, which stands in no post, an ordinary word all the same?

    It is a name if a name goes on after it, if its form is a name's, or if it is one of the posts' names misspelt.
    """
    if not name.opens or not name.text.isalpha() or not name.text[1:].islower():
        return False
    low = sounds.plain(name.text)
    latin = sounds.LATIN.match(low) is not None
    if any(_misspelt(low, other) for known in among for other in known.capital):
        return False
    if re.match(r"\s+[A-ZА-ЯЁ][^\W\d_]", after):
        return not latin and (
            after.lstrip()[:1].isascii() or _ROLE.search(low) is not None
        )  # "Стартап Orrin": a common noun before a name
    return _COMMON_ENDING.search(low) is not None or rarity(low) < 1.0 if latin else _SURNAME.search(low) is None


def _misspelt(word: str, other: str) -> bool:
    """Do the two words, both plain, look like one name with some letters changed?"""
    if word[:2] != other[:2] or abs(len(word) - len(other)) > 2 or min(len(word), len(other)) < 5:
        return False
    return sounds.distance(word, other) <= (1 if len(word) < 6 else 2) and rarity(word) >= RARE


# --- do posts hold it? -----------------------------------------------------------------------------------------------


def stands(word: str, among: Known) -> bool:
    """Is the name in the posts: spelt so, inflected, transliterated, in another language, or as initials?"""
    low = sounds.plain(word)
    if low in among.plain or low.rstrip("s") in among.plain or f"{low}s" in among.plain:
        return True
    row = words.concept(low)
    if row is not None and row in among.concepts:
        return True
    if word.isupper() and 2 <= len(word) <= 5 and low in among.initials:
        return True
    if any(map(str.isdigit, word)):
        return runs(word, among)
    if (pieces := re.split(r"[-/_&]|(?<=[a-z])(?=[A-Z])", sounds.SUFFIX.sub("", word))) and len(pieces) > 1:
        return runs(word, among) or all(
            part == "" or stands(part, among) or (part.islower() and part not in words.VARIANTS) for part in pieces
        )
    return _sounds(word, among)


def runs(word: str, among: Known) -> bool:
    """Do the letters and digits of a name stand in a row in the posts: `Qwen3-72B` in `Qwen 3 72B`?"""
    written = tuple(sounds.pieces_of(sounds.SUFFIX.sub("", word)))
    anchor = next((place for place, piece in enumerate(written) if piece[0].isdigit()), 0)
    return not written or any(
        _run_at(written, among, place - anchor) for place in among.places.get(sounds.piece(written[anchor]), ())
    )


def _run_at(written: Sequence[str], among: Known, place: int) -> bool:
    return (
        place >= 0
        and place + len(written) <= len(among.written)
        and all(
            sounds.piece(one) == sounds.piece(two) or (one[0].isalpha() and two[0].isalpha() and sounds.same(one, two))
            for one, two in zip(written, among.written[place:], strict=False)
        )
    )


def _sounds(word: str, among: Known) -> bool:
    told = sounds.sounds_of(word)
    latin = sounds.LATIN.match(word) is not None
    same, other = (among.latin, among.cyrillic) if latin else (among.cyrillic, among.latin)
    if sounds.sound(word) in same or not told.isdisjoint(other):
        return True
    if not latin and any(sounds.inflected(sounds.sound(word), candidate) for candidate in same):
        return True
    candidates = (*other, *(() if latin else same))
    if any(sounds.adjective(one, candidate) for one in told for candidate in candidates):
        return True
    low = sounds.plain(word)
    if latin:
        return any(sounds.transliterated(low, candidate) for candidate in among.cyrillic_words)
    return any(sounds.transliterated(candidate, low) for candidate in among.latin_words)
