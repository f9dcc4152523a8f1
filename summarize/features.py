"""What the matcher compares: a post boiled down to stems, names, numbers, versions and shingles.

Pure. Made once when a post is indexed, kept as JSON, so that judging a pair reads no text again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from summarize import text as texts
from summarize.rarity import folded, rarity

#: Names and numbers of a post's opening weigh more: posts say there what they are about.
LEAD_LENGTH = 300
OPENING_LENGTH = 120
MOST_STEMS = 400
#: An acronym more often names a technique than an event.
ACRONYM = 0.6
#: A word that opens a sentence is a name from this rarity on.
RARE = 0.75
SHINGLE = 3

_WORD = re.compile(r"[^\W_][\w'’]*(?:[.+#/-]?[^\W_][\w+#]*)*", re.UNICODE)
_SENTENCE_START = re.compile(r"(?:^|[.!?…:]\s+|\n\s*|[—–•*\-«\"(]\s*)$")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.+-][A-Za-z0-9]+)*")
_CYRILLIC = re.compile(r"[А-Яа-яЁёІіЇїЄє]")
_QUOTED = re.compile(r"[«\"“„]([^«»\"“”„\n]{3,80})[»\"”“]")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)*(?![\w])|(?<=\D)\d+(?:[.,]\d+)*(?=[^\W\d])")
_SIZE = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)[\s\u00a0-]?(b|m|t|k|млрд|млн|трлн|тыс)(?![\w])", re.IGNORECASE)
_SIZE_UNIT = {"млрд": "b", "млн": "m", "трлн": "t", "тыс": "k"}
_VERSIONED = re.compile(
    r"(?<![\w.-])([A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё]*(?:[ -][A-Z][A-Za-z]+)?)[\s-]?v?\.?(\d{1,3}(?:\.\d{1,3}){0,3})"
    r"(?![\w%:]|[.,]\d|\s?(?:b|m|млн|млрд|тыс|%|процент|год|мес|дн|час|мин|сек)\b)"
)
_BARE_VERSION = re.compile(r"(?<![\w.])(?:v\.?\s?|верси[яиею]\s|version\s)(\d+(?:\.\d+){1,3})(?![\w]|[.,]\d|%)", re.IGNORECASE)
_NOT_BASES = frozenset(
    "v ver version версия версии top топ на в с до за от из по к и не ок около уже ещё еще более менее свыше почти"
    " at in on of to for from by with and or the about over under than part часть day день step шаг глава chapter fig рис"
    " table таблица section раздел page стр №".split()
)  # fmt: skip
_MONTHS = {
    "январ": 1, "феврал": 2, "март": 3, "апрел": 4, "мая": 5, "май": 5, "июн": 6, "июл": 7, "август": 8, "сентябр": 9,
    "октябр": 10, "ноябр": 11, "декабр": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(
    rf"(?<!\d)(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m1>{_MONTH})|\b(?P<m2>{_MONTH})[a-z]*\.?\s+(?P<d2>\d{{1,2}})(?!\d)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A post for the matcher. Sets are of lower-case strings; `shingles` are CRC-32 of SHINGLE consecutive words.

    `names` maps names, folded to how they sound, to their rarity 0…1; `subject` is the first one of the opening.
    """

    stems: dict[str, int]
    lead: frozenset[str]
    names: dict[str, float]
    lead_names: frozenset[str]
    opening_names: frozenset[str]
    subject: str
    numbers: frozenset[str]
    versions: dict[str, frozenset[str]]
    sizes: frozenset[str]
    dates: frozenset[str]
    shingles: frozenset[int]
    opening: str
    words: int

    def to_json(self) -> dict[str, Any]:
        """As plain lists, sorted, so that equal features are equal JSON."""
        return {
            "stems": dict(sorted(self.stems.items())),
            "lead": sorted(self.lead),
            "names": dict(sorted(self.names.items())),
            "lead_names": sorted(self.lead_names),
            "opening_names": sorted(self.opening_names),
            "subject": self.subject,
            "numbers": sorted(self.numbers),
            "versions": {base: sorted(found) for base, found in sorted(self.versions.items())},
            "sizes": sorted(self.sizes),
            "dates": sorted(self.dates),
            "shingles": sorted(self.shingles),
            "opening": self.opening,
            "words": self.words,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Features:
        return cls(
            stems=value["stems"],
            lead=frozenset(value["lead"]),
            names=value["names"],
            lead_names=frozenset(value["lead_names"]),
            opening_names=frozenset(value["opening_names"]),
            subject=value["subject"],
            numbers=frozenset(value["numbers"]),
            versions={base: frozenset(found) for base, found in value["versions"].items()},
            sizes=frozenset(value["sizes"]),
            dates=frozenset(value["dates"]),
            shingles=frozenset(value["shingles"]),
            opening=value["opening"],
            words=value["words"],
        )


def features(text: str, lang: str) -> Features:
    """Boil down a cleaned post."""
    lead = text[:LEAD_LENGTH]
    words = [match.group().lower().replace("ё", "е") for match in _WORD.finditer(text)]
    counted = Counter(texts.keywords_stems(text, lang))
    return Features(
        stems=dict(counted.most_common(MOST_STEMS)),
        lead=frozenset(texts.keywords_stems(lead, lang)),
        names=names(text),
        lead_names=frozenset(names(lead)),
        opening_names=frozenset(names(text[:OPENING_LENGTH])),
        subject=next(iter(names(text[:OPENING_LENGTH])), ""),
        numbers=frozenset(_numbers(text)),
        versions=versions(text),
        sizes=frozenset(_sizes(text)),
        dates=frozenset(_dates(text)),
        shingles=shingles(words),
        opening=_first_line(text),
        words=len(words),
    )


def names(text: str) -> dict[str, float]:
    """Words that are probably names, folded to how they sound, with their rarity, in the order of the text.

    Latin words with a digit or an inner capital anywhere; other Latin words where the text around is Cyrillic, or where
    they are capitalised within a sentence; capitalised Cyrillic words within a sentence, by their stem; quoted titles.
    """
    cyrillic = len(_CYRILLIC.findall(text)) * 3 > len(text)
    found: list[tuple[str, float]] = []
    for match in _WORD.finditer(text):
        word = match.group().removesuffix("'s").removesuffix("’s")
        before = text[max(0, match.start() - 3) : match.start()]
        if len(word) > 1 and _is_name(word, starts=bool(_SENTENCE_START.search(before)), cyrillic=cyrillic):
            found.append((word, ACRONYM if word.isupper() and len(word) < 5 else 1.0))
    titles = (match.group(1).strip() for match in _QUOTED.finditer(text))
    found += [(title, 1.0) for title in titles if len(title.split()) <= 6 and title[:1].isupper()]
    return {folded(name): round(weight * value, 3) for name, weight in found if (value := rarity(name.lower())) > 0}


def _is_name(word: str, *, starts: bool, cyrillic: bool) -> bool:
    if not any(letter.isalpha() for letter in word):
        return False
    if _LATIN_NAME.fullmatch(word):
        has_digit = any(letter.isdigit() for letter in word)
        inner = any(letter.isupper() for letter in word[1:])
        if has_digit or inner:
            return True
        # A capital that opens a sentence tells nothing, so there the word itself must be rare.
        return word[0].isupper() and (cyrillic or not starts or rarity(word.lower()) >= RARE)
    return word[0].isupper() and not starts and len(word) > 2 and not word.isupper()


def _numbers(text: str) -> Iterable[str]:
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[ \u00a0\u202f]", "", match.group()).replace(",", ".")
        if len(digits) > 1:
            yield digits


def _sizes(text: str) -> Iterable[str]:
    for value, unit in _SIZE.findall(text):
        yield value.replace(",", ".") + _SIZE_UNIT.get(unit.lower(), unit.lower())


def _dates(text: str) -> Iterable[str]:
    """Days of the year, `8-05`, whichever language they are written in."""
    for match in _DATE.finditer(text):
        month = _MONTHS[(match["m1"] or match["m2"]).lower()]
        yield f"{month}-{int(match['d1'] or match['d2']):02d}"


def versions(text: str) -> dict[str, frozenset[str]]:
    """Versions by what they are versions of: `Qwen3.5-72B` → {"qwen": {"3.5"}}; a bare `v1.2` has the base ""."""
    found: dict[str, set[str]] = {}
    for base, version in _VERSIONED.findall(text):
        name = base.split()[-1].lower()
        if name not in _NOT_BASES and name[:3] not in _MONTHS and base.split()[-1][0].isupper():
            found.setdefault(folded(name), set()).add(version)
    bare = set(_BARE_VERSION.findall(text))
    if bare:
        found[""] = bare
    return {base: frozenset(values) for base, values in found.items()}


def shingles(words: list[str]) -> frozenset[int]:
    """CRC-32 of every run of SHINGLE words (Broder 1997, "On the resemblance and containment of documents")."""
    if len(words) < SHINGLE:
        return frozenset()
    runs = (" ".join(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))
    return frozenset(crc32(run.encode("utf-8", "replace")) for run in runs)


def _first_line(text: str) -> str:
    for line in text.split("\n"):
        if line.strip():
            return line.strip()[:200]
    return ""
