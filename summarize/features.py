"""What the matcher compares: a post boiled down to stems, names, numbers, versions and shingles.

Pure. Made once when a post is indexed, kept as JSON, so that judging a pair reads no text again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from summarize import text as texts
from summarize.rarity import folded, idf, rarity
from summarize.text import keywords_stems as keywords

#: Names and numbers of a post's opening weigh more: posts say there what they are about.
LEAD_LENGTH = 300
OPENING_LENGTH = 120
TITLE_LENGTH = 90
EVENT_LENGTH = 200
MOST_STEMS = 400
#: An acronym more often names a technique than an event.
ACRONYM = 0.6
#: A Latin word that opens a sentence is a name from this rarity on; a Cyrillic one, being inflected, from a higher one.
RARE = 0.75
UNSEEN = 0.95
#: A name that the opening of a sentence may have made from an ordinary word counts for less.
DOUBTFUL = 0.7
#: Stems as they sound, cut to so many letters, meet their cognates in other languages.
COGNATE = 5
MOST_COGNATES = 80
SHINGLE = 3

_WORD = re.compile(r"[^\W_][\w'’]*(?:[.+#/-]?[^\W_][\w+#]*)*", re.UNICODE)
_SENTENCE_START = re.compile(r"(?:^|[.!?…:]\s+|\n\s*|[—–•*\-«\"(]\s*)$")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.+-][A-Za-z0-9]+)*")
#: A Latin name takes English and Russian endings after an apostrophe: `Marten's`, `Marten’ом`.
_SUFFIX = re.compile(r"['’](?:s|[а-яё]{1,3})$")
_IDENTIFIER = re.compile(r"[A-Za-z]\w*_\w+|[a-z]{3,}\.(?:json|py|md|yaml|toml|txt|safetensors)")
_FAMILY = re.compile(r"([A-Za-z]{3,})[.-]?(?=[\d-])[\w.-]*$")
_CYRILLIC = re.compile(r"[А-Яа-яЁёІіЇїЄє]")
_QUOTED = re.compile(r"[«\"“„]([^«»\"“”„\n]{3,80})[»\"”“]")
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<value>\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d])|\d+(?:[.,]\d+)*)"
    r"(?:[\s\u00a0-]?(?P<unit>%|процент|млрд|миллиард|billion|bn|млн|миллион|million|mn|трлн|триллион|trillion|тыс|thousand)"
    r"|[\u00a0-]?(?P<short>[kKкКmMмМbBTт])(?![\w])|[\u00a0 ](?P<apart>[MBTK])(?![\w]))?"
)
_TIMES = {
    "млрд": 1e9, "миллиард": 1e9, "billion": 1e9, "bn": 1e9, "b": 1e9, "млн": 1e6, "миллион": 1e6, "million": 1e6, "mn": 1e6,
    "m": 1e6, "м": 1e6, "трлн": 1e12, "триллион": 1e12, "trillion": 1e12, "t": 1e12, "т": 1e12, "тыс": 1e3, "thousand": 1e3,
    "k": 1e3, "к": 1e3,
}  # fmt: skip
_SIZE = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)[\s\u00a0-]?(b|m|t|k|млрд|млн|трлн|тыс)(?![\w])", re.IGNORECASE)
_SIZE_UNIT = {"млрд": "b", "млн": "m", "трлн": "t", "тыс": "k"}
_VERSIONED = re.compile(
    r"(?<![\w.-])([A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё]*(?:[ -][A-Z][A-Za-z]+)?)[\s-]?v?\.?(\d{1,3}(?:\.\d{1,3}){0,3}(?:[ao](?!\w))?)"
    r"(?![\w%:]|[.,]\d|\s?(?:b|m|млн|млрд|тыс|%|процент|год|мес|дн|час|мин|сек)\b)"
)
_LOWER_VERSIONED = re.compile(r"(?<![\w./-])([a-z][a-z]{3,})[ -]v?(\d{1,3}(?:\.\d{1,3}){1,3})(?![\w%:]|[.,]\d)")
_VARIANT = re.compile(
    r"(?<![\w.-])(?P<base>[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё]+)"
    r"(?:[\s\u00a0-]?v?\d{1,2}(?:\.\d{1,2})?(?![\d.,]*[\u00a0 -]?[BMTbmt](?!\w)))?"
    r"(?P<words>(?:[ -](?:mini|pro|max|lite|nano|small|medium|large|tiny|ultra|flash|turbo|plus|coder|code|vl|vision|audio|embed"
    r"|base|instruct|chat|thinking|preview)(?!\w))*)"
    r"(?:[\s\u00a0-]?(?P<size>\d+(?:[.,]\d+)?)[\u00a0-]?(?P<unit>[BMT])(?![\w]))?",
    re.IGNORECASE,
)
#: These tell how a model was finished, not which one it is.
_FINISHES = frozenset("base instruct chat thinking preview".split())
#: Versions of licences and tools are named in passing.
_LICENCES = frozenset("apache community cc by gpl bsd mit python cuda usb pcie http".split())
_ISSUE = re.compile(
    r"([^\W\d_][\w-]*)\s?(?:№|#|No\.\s?|n°)\s?(\d{1,4})(?!\d)"
    r"|(?<!\w)(лекци|lecture|заняти|семинар|seminar|выпуск|эпизод|episode|issue"
    r"|недел|week|vol|day|день|серия)\w{0,2}\.?\s(\d{1,4})(?![\w%:.,]\d|\w|%)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3])[:.][0-5]\d(?![\d:%]|\.\d)")
_BARE_VERSION = re.compile(
    r"(?<![\w.])(?:v\.?\s?|верси[яиею]\s|version\s)(\d+(?:\.\d+){1,3})(?![\w]|[.,]\d|%)", re.IGNORECASE
)
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
_MONTH_NAME = re.compile(rf"(?:{_MONTH})(?:[а-я]{{0,2}}|uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)$", re.IGNORECASE)
_DATE = re.compile(
    rf"(?<!\d)(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m1>{_MONTH})|\b(?P<m2>{_MONTH})[a-z]*\.?\s+(?P<d2>\d{{1,2}})(?!\d)",
    re.IGNORECASE,
)

_LIST_LINE = re.compile(r"^\s*(?:[•*▪◦‣·–—-]|\d{1,2}[.)])\s", re.MULTILINE)
_ROUND_UP = re.compile(
    r"(?:за|на|этой|прошлой|итоги|статьи|новости|лучшее)\s(?:\w+\s)?недел\w+|недел\w+ в|дайджест|подборк"
    r"|\bв цифрах|коротко о главном"
    r"|week in|this week|of the week|weekly|digest|round-?up|in brief|link dump|reading list",
    re.IGNORECASE,
)
#: What kind of event a post's lead speaks of, by how words begin.
_EVENTS = {
    "court": "суд(?!ь)|иск[аиу]?\\b|иска[мх]|истц|ответчик|приговор|sue[sd]?\\b|suing|lawsuit|court|complaint|"
    "plaintiff|ruling|infring",
    "leaving": "уходит|ушёл|ушел|ушла|покида|уволи|увольн|назначен|преемник|leav(?:es|ing)|steps? down|resign|"
    "departs?\\b|appoint|layoff|lays off",
    "money": "раунд|привлек|привлёк|инвест|оценк[аеи] в|raise[sd]?\\b|raising|series [a-e]\\b|valuation|funding|"
    "seed round",
    "deal": "купил|покупа|приобр|поглощ|продали|сделк|acqui|buys\\b|being bought|merge",
    "outage": "сбой|сбо[яеюи]\\b|авари|лежит|лежал|упал[аи]?\\b|недоступн|не отвечает|простой|простоя|outage|is down\\b|"
    "downtime|incident|post-?mortem|503|elevated error|restored",
    "report": "выручк|квартал|прибыл|revenue|quarter|earnings|guidance|\\bq[1-4]\\b",
    "talk": "лекци|семинар|митап|лектор|конференц|интервью|подкаст|доклад|воркшоп|lecture|seminar|meetup|interview|"
    "podcast|workshop|webinar",
    "vacancy": "ваканси|ищем|ищет|стажиров|hiring|vacanc|fellowship|internship|join us|applications",
    "release": "вышл|вышел|выпустил|выпуска|представил|выложил|открыл[аи]? |доступн|релиз|releas|introduc|launch|"
    "open[s]? the weights|ships?\\b|is out\\b|available|announc",
    "breach": "утечк|взлом|уязвим|слил|leak|breach|vulnerab|exploit|injection|инъекц",
    "paper": "препринт|стать[яеию]|автор[ыоа]|preprint|paper|authors|arxiv|et al",
    "law": "закон[аоу]?|поправк|регулятор|законопроект|еврокомисси|regulat|\\bbill\\b|\\blaw\\b|commission|authority",
}  # fmt: skip
_STARTED = re.compile(
    r"(?<!\w)(?:с|со|около|начал\w* в|since|from|started(?: at)?|began at|as of)\s(?:about\s|around\s|примерно\s)?(\d{1,2}:\d{2})(?!\d)",
    re.IGNORECASE,
)
_EVENT_WORDS = {kind: re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE) for kind, words in _EVENTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A post for the matcher. Sets are of lower-case strings; `shingles` are CRC-32 of SHINGLE consecutive words.

    `names` maps names, folded to how they sound, to their rarity 0…1; `subject` is the first one of the opening,
    `leading` the first with a version or a size; `starts` are clock times at which something began ("since 05:10").
    """

    stems: dict[str, int]
    lead: frozenset[str]
    names: dict[str, float]
    lead_names: frozenset[str]
    opening_names: frozenset[str]
    subject: str
    numbers: frozenset[str]
    versions: dict[str, frozenset[str]]
    first_versions: dict[str, str]
    leading: str
    variants: dict[str, frozenset[str]]
    subjects: frozenset[str]
    cognates: frozenset[str]
    sizes: frozenset[str]
    dates: frozenset[str]
    event_dates: frozenset[str]
    starts: frozenset[str]
    shingles: frozenset[int]
    events: frozenset[str]
    round_up: bool
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
            "first_versions": dict(sorted(self.first_versions.items())),
            "leading": self.leading,
            "starts": sorted(self.starts),
            "variants": {base: sorted(found) for base, found in sorted(self.variants.items())},
            "subjects": sorted(self.subjects),
            "cognates": sorted(self.cognates),
            "sizes": sorted(self.sizes),
            "dates": sorted(self.dates),
            "event_dates": sorted(self.event_dates),
            "shingles": sorted(self.shingles),
            "events": sorted(self.events),
            "round_up": self.round_up,
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
            first_versions=value["first_versions"],
            leading=value["leading"],
            starts=frozenset(value["starts"]),
            variants={base: frozenset(found) for base, found in value["variants"].items()},
            subjects=frozenset(value["subjects"]),
            cognates=frozenset(value["cognates"]),
            sizes=frozenset(value["sizes"]),
            dates=frozenset(value["dates"]),
            event_dates=frozenset(value["event_dates"]),
            shingles=frozenset(value["shingles"]),
            events=frozenset(value["events"]),
            round_up=value["round_up"],
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
        first_versions=first_versions(text),
        leading=leading(text[:OPENING_LENGTH]),
        starts=frozenset(_STARTED.findall(text)),
        variants=variants(text),
        subjects=frozenset(_subjects(text[:TITLE_LENGTH])),
        cognates=_cognates(counted),
        sizes=frozenset(_sizes(text)),
        dates=frozenset(_dates(text)),
        event_dates=frozenset(_dates(lead)) if _CLOCK.search(lead) else frozenset(),
        shingles=shingles(words),
        events=frozenset(kind for kind, words in _EVENT_WORDS.items() if words.search(text[:EVENT_LENGTH])),
        round_up=bool(_ROUND_UP.search(_first_line(text))) and len(_LIST_LINE.findall(text)) >= 3,
        opening=_first_line(text),
        words=len(words),
    )


def names(text: str) -> dict[str, float]:
    """Words that are probably names, folded to how they sound, with their rarity, in the order of the text.

    Latin words with a digit or an inner capital anywhere; other Latin words where the text around is Cyrillic, or where
    they are capitalised within a sentence; capitalised Cyrillic words within a sentence, by their stem; quoted titles;
    two capitalised Latin words in a row, together.
    """
    found: dict[str, float] = {}
    lower = (
        (match.group(1), rarity(match.group(1)))
        for match in _LOWER_VERSIONED.finditer(text)
        if rarity(match.group(1)) >= RARE
    )
    for name, value in (*_words_as_names(text), *_titles(text), *lower):
        key = folded(name)
        if value > 0 and key:
            found[key] = max(found.get(key, 0.0), round(value, 3))
    return found


def _words_as_names(text: str) -> Iterable[tuple[str, float]]:
    cyrillic = len(_CYRILLIC.findall(text)) * 3 > len(text)
    before: re.Match[str] | None = None
    for match in _WORD.finditer(text):
        word = _SUFFIX.sub("", match.group())
        around = text[max(0, match.start() - 3) : match.start()]
        if len(word) > 1 and (sure := _is_name(word, starts=bool(_SENTENCE_START.search(around)), cyrillic=cyrillic)):
            yield word, sure * rarity(word.lower()) * (ACRONYM if word.isupper() and len(word) < 5 else 1.0)
            family = _FAMILY.match(word)
            if family:
                yield family.group(1), sure * rarity(family.group(1).lower())
        if (
            before is not None
            and text[before.end() : match.start()] == " "
            and _title_case(before.group())
            and _title_case(word)
        ):
            yield f"{before.group()} {word}", _joint(f"{before.group()} {word}")
        before = match


def _titles(text: str) -> Iterable[tuple[str, float]]:
    for match in _QUOTED.finditer(text):
        title = match.group(1).strip()
        if len(title.split()) <= 6 and title[:1].isupper():
            yield title, _joint(title)


def _title_case(word: str) -> bool:
    return word.isascii() and word.isalpha() and word[0].isupper() and word[1:].islower() and rarity(word.lower()) > 0


def _joint(title: str) -> float:
    """Ordinary words, put together, are rarer than each."""
    return min(1.0, sum(idf(stem) for stem in set(keywords(title))))


def _is_name(word: str, *, starts: bool, cyrillic: bool) -> float:
    """How surely a word is a name."""
    if not any(letter.isalpha() for letter in word):
        return 0.0
    if _LATIN_NAME.fullmatch(word):
        if any(letter.isdigit() for letter in word) or any(letter.isupper() for letter in word[1:]):
            return 1.0
        # A capital that opens a sentence tells nothing, so there the word itself must be rare.
        return float(word[0].isupper() and (cyrillic or not starts or rarity(word.lower()) >= RARE))
    if _IDENTIFIER.fullmatch(word):
        return 1.0
    if not word[0].isupper() or len(word) <= 2 or word.isupper():
        return 0.0
    return 1.0 if not starts else DOUBTFUL * (rarity(word.lower()) >= UNSEEN)


def _cognates(stems: Mapping[str, int]) -> frozenset[str]:
    """How the rarer stems begin, as they sound, so that `diffusion` meets `диффузия`."""
    rare = sorted(
        (stem for stem in stems if len(stem) >= COGNATE and stem.isalpha()), key=lambda stem: (-idf(stem), stem)
    )
    return frozenset(folded(stem)[:COGNATE] for stem in rare[:MOST_COGNATES])


def _numbers(text: str) -> Iterable[str]:
    """Quantities as plain decimals, so that `1 140`, `1,140` and `1.14 тыс.` are one, and `38,5 %` is `38.5%`."""
    for match in _NUMBER.finditer(text):
        value = _decimal(match["value"])
        unit = (match["unit"] or match["short"] or match["apart"] or "").lower()
        if value is None:
            continue
        if unit in {"%", "процент"}:
            yield f"{value:g}%"
        elif unit or len(match["value"]) > 1:
            yield f"{value * _TIMES.get(unit, 1.0):.10g}"


def _decimal(written: str) -> float | None:
    """A comma before three digits parts thousands unless a zero stands before it; dotted versions are no quantity."""
    plain = re.sub(r"[ \u00a0\u202f]", "", written)
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    return float(plain) if plain.count(".") <= 1 and len(plain) <= 15 else None


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
    for base, version in _versioned(text):
        found.setdefault(base, set()).add(version)
    bare = {_plain_version(version) for version in _BARE_VERSION.findall(text)}
    if bare:
        found[""] = bare
    return {base: frozenset(values) for base, values in found.items()}


def first_versions(text: str) -> dict[str, str]:
    """The version that a post names first of each thing: the one that it is about, should it compare several."""
    return dict(reversed(list(_versioned(text))))


def leading(opening: str) -> str:
    """The first thing that an opening names with a version, a size or a variant, or ""."""
    found = [(place, base) for place, base, _ in _placed_versions(opening) if rarity(base) >= RARE]
    found += [(place, base) for place, base, _ in _placed_variants(opening) if rarity(base) >= RARE]
    return min(found)[1] if found else ""


def _versioned(text: str) -> list[tuple[str, str]]:
    """(base, version) in the order of the text; an issue of a series (`№ 41`) has its number as version."""
    return [(base, version) for _, base, version in _placed_versions(text)]


def _placed_versions(text: str) -> list[tuple[int, str, str]]:
    found = []
    for match in _VERSIONED.finditer(text):
        name = match.group(1).split()[-1]
        if (
            len(name) > 1
            and name[0].isupper()
            and name.lower() not in _NOT_BASES | _LICENCES
            and not _MONTH_NAME.match(name)
        ):
            found.append((match.start(), folded(name), _plain_version(match.group(2))))
    found += [
        (match.start(), folded(match.group(1)), _plain_version(match.group(2)))
        for match in _LOWER_VERSIONED.finditer(text)
        if rarity(match.group(1)) >= RARE
    ]
    found += [
        (match.start(), f"№ {folded(match[1] or match[3])}", match[2] or match[4])
        for match in _ISSUE.finditer(text[:OPENING_LENGTH])
    ]
    return sorted(found)


def _plain_version(version: str) -> str:
    """`1.4.0` is `1.4`."""
    return re.sub(r"(?<=\.\d)(?:\.0)+$", "", version)


def variants(text: str) -> dict[str, frozenset[str]]:
    """Sizes and variants by what has them: `Lemming-7B`, `Lemming Mini` → {"lemming": {"7b", "mini"}}."""
    found: dict[str, set[str]] = {}
    for _, base, words in _placed_variants(text):
        found.setdefault(base, set()).update(words)
    return {base: frozenset(values) for base, values in found.items()}


def _placed_variants(text: str) -> Iterable[tuple[int, str, set[str]]]:
    """(place, base, sizes and variants) in the order of the text."""
    for match in _VARIANT.finditer(text):
        words = set(match["words"].lower().replace("-", " ").split()) - _FINISHES
        if match["size"]:
            words.add(match["size"].replace(",", ".") + match["unit"].lower())
        if words and match["base"].lower() not in _NOT_BASES and match["base"][0].isupper():
            yield match.start(), folded(match["base"]), words


def _subjects(title: str) -> Iterable[str]:
    """Rare names that stand in a title with a version or a size: what was released or measured."""
    for base in {*(base for base, _ in _versioned(title)), *variants(title)}:
        if rarity(base) >= RARE:
            yield base


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
