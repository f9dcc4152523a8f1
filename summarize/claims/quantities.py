"""Quantities in a text: digits and number words of Russian and English, with scales, units and what rounds them.

Pure. `1 187`, `1,187` and `1,187 тыс.`-like spellings come out as plain values, so that two languages can be compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from summarize.claims import quantity_words as words

#: How far a rounded number may be from the true one.
ROUNDED = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """`text[start:end]` read as a number. `plain` is the value without a scale that it shares with the end of a range.

    `unit`: a key of `quantity_words.UNITS`, "share" for a part of a whole, "nth" for an ordinal, or "".
    `rounding`: "about", "over", "under" or "". `noun`: the word after it, lower-case, if any. `spelt`: in words.
    `apart`: it tells how far two numbers are from each other ("на 65 пунктов", "300 more").
    """

    value: float
    unit: str
    start: int
    end: int
    plain: float
    rounding: str = ""
    noun: str = ""
    spelt: bool = False
    apart: bool = False


_DIGITS = re.compile(
    r"(?<![\w.,])(?:(?P<sign>[$€£₽¥₹₩₸]|US\$)\s?)?(?P<value>\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?P<tail>(?:st|nd|rd|th)(?!\w)|-(?:й|я|е|го|му|м|ю|х|ми|ти|и|ый|ой|ая|ое|ого)(?![\w]))?"
    r"(?:[\s\u00a0\u202f-]{0,2}(?P<scale>(?:млрд|млн|тыс|трлн)(?!\w)|(?:миллиард|миллион|тысяч|триллион|мільйон|мільярд|тисяч)[а-яі]{0,4}(?!\w)"
    r"|(?:billion|million|thousand|trillion|bn|mn|mln|crore|lakh|mld|mrd|mio|tys)s?(?!\w)"
    r"|(?i:milliard|miliard|miljard|million|milion|millon|tausend|tisíc|tisic|tysi)[a-zéęąů]{0,4}(?!\w))\.?"
    r"|(?P<short>[kKкКmMмМbBвВtTтТ](?![\w']))|[ \u00a0](?P<apart>[KMBTКМ])(?![\w'.]))?"
)
_GLUED_NAME = re.compile(r"[A-Za-zА-Яа-яЁё]+[\w-]*$")
_WORD = re.compile(r"[^\W\d_]+")
_RANGE = re.compile(
    r"\s*(?:[-–—−]|\.\.|…|→|/|до|to|и|and|против|vs\.?|versus|или|or|,)\s*(?:[$€£₽])?\s*", re.IGNORECASE
)
_OPENS_RANGE = re.compile(r"\b(?:от|с|со|from|between|между|either)\s*(?:[$€£₽])?\s*$", re.IGNORECASE)
_NOUN = re.compile(r"(?:\s+|-)(?:[a-zа-яё-]+(?:ых|их|ый|ий|ой|ая|ое)\s+)?([^\W\d_]{3,})")
_FUNCTION = frozenset(
    "для при под над без про это как что или они она оно был была были было уже еще ещё его тоже раз раза the and for with"
    " from than that was were are has had have per out into over under but его нее неё там где чем".split()
)
_APART_BEFORE = re.compile(
    r"\b(?:на|by)\s$|\b(?:уступ|опереж|отст|разрыв|отрыв|разниц|ahead|behind|lead|gap|margin|differ|trail)[^.;\d]{0,40}$",
    re.IGNORECASE,
)
_APART_AFTER = re.compile(
    r"\s(?:[a-zа-яё]+\s)?(?:more|fewer|less|higher|lower|better|worse|above|below|ahead|больше|меньше|выше|ниже)\b"
)
#: Units that are too short to be trusted with a space before them: "5 с лишним", "2 в 1".
_NEEDS_GLUE = re.compile(r"(?:с|s|m|м|т|x|х)$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of the text in order; numbers inside names (`GPT-5`, `H100`), links and versions are left out."""
    found = sorted([*_written(text), *_spelt(text)], key=lambda quantity: (quantity.start, -quantity.end))
    apart: list[Quantity] = []
    for quantity in found:
        if not apart or quantity.start >= apart[-1].end:
            apart.append(quantity)
    return tuple(_ranged(text, apart))


def decimal(written: str) -> float | None:
    """A comma before three digits parts thousands unless a zero stands before it; dotted versions are no quantity."""
    plain = re.sub(r"[ \u00a0\u202f']", "", written)
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?", plain):
        plain = plain.replace(".", "")
    plain = plain.replace(",", ".")
    return float(plain) if plain.count(".") <= 1 and len(plain) <= 15 else None


def _written(text: str) -> Iterator[Quantity]:
    for match in _DIGITS.finditer(text):
        value = decimal(match["value"])
        before = text[max(0, match.start() - 1) : match.start()]
        if value is None or (
            before in {"-", "‑", "№", "#", "@", "/", ":"} and not match["sign"] and _named(text, match)
        ):
            continue
        scale = _scale(match)
        unit, end = (words.SIGNS.get((match["sign"] or "")[-1:], ""), match.end())
        if match["tail"]:
            unit = "" if scale > 1 else "nth"
        elif (after := _unit(text, end)) is not None:
            unit, end = (unit or after[0], after[1])
        elif _glued(text, end) and not match["sign"]:
            continue
        quantity = _quantity(text, value * scale, unit, match.start(), end)
        # "52.000" is thousands where German is written.
        german = re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", match["value"]) is not None
        yield replace(quantity, plain=value * 1000) if german else quantity


def _named(text: str, match: re.Match[str]) -> bool:
    """Is the number the tail of a name, a path or a clock time?"""
    before = text[max(0, match.start() - 30) : match.start()]
    if before[-1:] in "№#@/:":  # but "4.6/5", "Recall@10"
        return not (before[-1:] == "/" and before[-2:-1].isdigit()) and not (
            before[-1:] == "@" and before[-2:-1].isalpha()
        )
    joined = re.search(r"([^\W_]+)[-‑]$", before)
    return joined is not None and not joined[1].isdigit() and not joined[1].islower()


def _scale(match: re.Match[str]) -> float:
    word = (match["scale"] or match["short"] or match["apart"] or "").lower().replace("ё", "е")
    if not word:
        return 1.0
    return (
        words.SHORT_SCALES.get(word)
        or words.SCALES.get(word)
        or words.SCALES.get(word.rstrip("s"), 0.0)
        or next((value for start, value in words.SCALE_STARTS.items() if word.startswith(start)), 1.0)
    )


def _unit(text: str, start: int) -> tuple[str, int] | None:
    """The unit that follows, and where it ends."""
    gap = re.compile(r"[\s\u00a0\u202f-]{0,2}").match(text, start)
    assert gap is not None
    match = words.UNIT.match(text, gap.end())
    if match is None or match.lastgroup is None:
        return None
    if gap.end() > start and _NEEDS_GLUE.match(match.group()) and match.group() != "×":
        return None
    return words.UNITS[int(match.lastgroup[1:])][0], match.end()


def _glued(text: str, end: int) -> bool:
    """Do letters follow at once that are no unit: `4o`, `3D`, `5G`?"""
    return bool(re.match(r"[^\W\d_]", text[end : end + 1])) or bool(
        re.match(r"-(?:[A-Z]|[a-z]{1,2}(?![a-z]))", text[end : end + 4])
    )


def _quantity(text: str, value: float, unit: str, start: int, end: int, *, spelt: bool = False) -> Quantity:
    noun = _NOUN.match(text, end)
    word = noun.group(1).lower().replace("ё", "е") if noun else ""
    return Quantity(
        value=value, unit=unit, start=start, end=end, plain=value, rounding=_rounding(text[max(0, start - 24) : start]),
        noun="" if word in _FUNCTION else word, spelt=spelt,
        apart=_APART_BEFORE.search(text[max(0, start - 50) : start]) is not None or _APART_AFTER.match(text, end) is not None,
    )  # fmt: skip


def _rounding(before: str) -> str:
    for name, pattern in (("about", words.ABOUT), ("over", words.OVER), ("under", words.UNDER)):
        if pattern.search(before):
            return name
    return ""


def _spelt(text: str) -> Iterator[Quantity]:
    """Numbers in words; a run of them is one number as long as each fits under the one before."""
    tokens = [(match.start(), match.end(), match.group().lower().replace("ё", "е")) for match in _WORD.finditer(text)]
    place = 0
    while place < len(tokens):
        run = _run(text, tokens, place)
        if run is not None:
            quantity, place = run
            yield quantity
            continue
        single = _single(text, *tokens[place])
        if single is not None:
            yield single
        place += 1


@dataclass(slots=True)
class _Sum:
    """A number in words as it is read: what is summed up, the part under way, and the least part that may still follow."""

    total: float = 0.0
    current: float = 0.0
    least: float = math.inf
    seen: bool = False

    def takes(self, word: str, *, alone: bool) -> bool:
        """Add the word if it continues the number; `alone`: a scale may open it."""
        if word in words.ADDED and _fits(words.ADDED[word], self.least):
            self.current += words.ADDED[word]
            self.least = words.ADDED[word]
        elif words.SHARES.get(word) == 1.5 and not self.seen:
            self.current, self.least = 1.5, 0.0
        elif word in words.SCALES and len(word) > 1 and (self.seen or alone):
            self._scale(words.SCALES[word])
        else:
            return word == "and" and self.seen and self.least == 100.0
        self.seen = True
        return True

    def _scale(self, factor: float) -> None:
        self.current = max(1.0, self.current) * factor
        if factor >= 1000:
            self.total, self.current = self.total + self.current, 0.0
        self.least = math.inf if factor >= 1000 else 100.0


def _run(text: str, tokens: Sequence[tuple[int, int, str]], place: int) -> tuple[Quantity, int] | None:
    """The number word or words from `place` on, and the place after them."""
    begin, summed = place, _Sum()
    while place < len(tokens):
        start, end, word = tokens[place]
        if place > begin and re.fullmatch(r"[\s\u00a0-]+", text[tokens[place - 1][1] : start]) is None:
            break
        if not summed.takes(word, alone=word in words.LONE_SCALES or _article(text, start)):
            ordinal = words.ORDINALS.get(word)
            if ordinal is None or not summed.seen or summed.least < 20 or not _fits(ordinal, summed.least):
                break
            value = summed.total + summed.current + ordinal
            return _quantity(text, value, "nth", tokens[begin][0], end, spelt=True), place + 1
        place += 1
    while place > begin and tokens[place - 1][2] == "and":
        place -= 1
    return _ended(text, tokens, begin, place, summed.total + summed.current) if summed.seen else None


def _ended(
    text: str, tokens: Sequence[tuple[int, int, str]], begin: int, place: int, value: float
) -> tuple[Quantity, int] | None:
    """The number with what follows it: a half, a part of a whole, a unit."""
    start, stop = tokens[begin][0], tokens[place - 1][1]
    if half := _AND_HALF.match(text, stop):
        value, stop = value + 0.5, half.end()
        place += len(half.group().split())
    if value == 1.0:  # "один из", "one of": a pronoun more often than a number
        return None
    if place < len(tokens) and (share := _of_parts(tokens[place][2], value)) is not None:
        return _quantity(text, share, "share", start, tokens[place][1], spelt=True), place + 1
    unit = _unit(text, stop)
    return _quantity(text, value, unit[0] if unit else "", start, unit[1] if unit else stop, spelt=True), place


#: "два с половиной года", "two and a half years".
_AND_HALF = re.compile(r"\s(?:с\sполовиной|and\sa\shalf)\b", re.IGNORECASE)


def _fits(value: float, least: float) -> bool:
    """May `value` follow a part as small as `least`: "сорок восемь", not "восемь сорок"?"""
    if least == math.inf:
        return True
    return value < least and (least >= 100 or (20 <= least < 100 and value < 10))


def _article(text: str, start: int) -> bool:
    return re.search(r"\b(?:a|an|one|half a)\s+$", text[max(0, start - 8) : start], re.IGNORECASE) is not None


def _of_parts(word: str, value: float) -> float | None:
    """Two thirds, три четверти."""
    parts = {
        "трети": 3,
        "третей": 3,
        "четверти": 4,
        "четвертей": 4,
        "thirds": 3,
        "quarters": 4,
        "fifths": 5,
        "пятых": 5,
    }
    return value / parts[word] if word in parts and value < parts[word] else None


_PART_OF = re.compile(r"\s+an?\s+([a-z]+)", re.IGNORECASE)
_PREFIXED = re.compile(
    rf"({'|'.join(sorted(words.PREFIXES, key=len, reverse=True))})"
    r"(летн|дневн|суточн|часов|недельн|месячн|минутн|секундн|миллионн|миллиардн|процентн|кратн|год(?:а|у|ом)?$|час(?:а|у|ом)?$|миллион|миллиард)"
)
_PREFIXED_UNITS = {
    "летн": "year", "год": "year", "дневн": "day", "суточн": "day", "час": "hour", "недельн": "week", "месячн": "month",
    "минутн": "minute", "секундн": "second", "процентн": "%", "кратн": "x",
}  # fmt: skip


def _single(text: str, start: int, end: int, word: str) -> Quantity | None:
    """A word that is a number of its own kind: a share, how many times, an ordinal, "двухлетний"."""
    found = _share_of(text, start, end, word)
    if found is not None:
        return found
    if word in words.TIMES:
        return _quantity(text, words.TIMES[word], "x", start, end, spelt=True)
    listing = text[max(0, start - 3) : start].lower().endswith(("в-", "во-"))  # "в-третьих"
    if word in words.ORDINALS and words.ORDINALS[word] > 1 and _EACH.search(text[max(0, start - 12) : start]):
        return _quantity(text, 1 / words.ORDINALS[word], "share", start, end, spelt=True)
    if word in words.ORDINALS and not listing and not text.startswith("-party", end):
        return _quantity(text, words.ORDINALS[word], "nth", start, end, spelt=True)
    match = _PREFIXED.match(word)
    if match is None:
        return None
    scale = 1e6 if match[2].startswith("миллион") else 1e9 if match[2].startswith("миллиард") else 1.0
    unit = next((unit for stem, unit in _PREFIXED_UNITS.items() if match[2].startswith(stem)), "")
    return _measured(text, words.PREFIXES[match[1]] * scale, unit, start, end)


def _measured(text: str, value: float, unit: str, start: int, end: int) -> Quantity:
    """A number in words with its unit, if one follows: "полмиллиона долларов"."""
    after = _unit(text, end) if not unit else None
    return _quantity(text, value, after[0] if after else unit, start, after[1] if after else end, spelt=True)


#: "каждый пятый" is a fifth.
_EACH = re.compile(r"\b(?:кажд\w+|every)\s$", re.IGNORECASE)
#: "an hour and a half", "год с половиной".
_UNIT_AND_HALF = re.compile(r"\s(?:and\sa\shalf|с\sполовиной)\b", re.IGNORECASE)


def _share_of(text: str, start: int, end: int, word: str) -> Quantity | None:
    """`half`, `треть`, `a third of`; "half a year" and "half a million" are numbers."""
    part, more = _PART_OF.match(text, end), _UNIT_AND_HALF.match(text, end)
    if more is not None and (unit := words.UNIT.fullmatch(word)) and unit.lastgroup:
        return _quantity(text, 1.5, words.UNITS[int(unit.lastgroup[1:])][0], start, more.end(), spelt=True)
    if word in {"half", "quarter"} and part is not None:
        scale, unit = words.SCALES.get(part[1].lower(), 1.0), words.UNIT.match(part[1])
        told = words.UNITS[int(unit.lastgroup[1:])][0] if unit is not None and unit.lastgroup else ""
        if scale > 1 or told:
            return _measured(text, words.SHARES.get(word, 0.25) * scale, told, start, part.end())
    if words.SHARES.get(word, 1.0) < 1:
        return _quantity(text, words.SHARES[word], "share", start, end, spelt=True)
    if word in {"third", "quarter"} and text[end : end + 3] == " of" and _article(text, start):
        return _quantity(text, 1 / (3 if word == "third" else 4), "share", start, end, spelt=True)
    return None


def _ranged(text: str, found: Sequence[Quantity]) -> Iterator[Quantity]:
    """Ends of a range share their unit and scale: "5–7 млн", "от 9 до 19 %", "$5–10"."""
    for before, quantity, after in zip([None, *found], found, [*found[1:], None], strict=False):
        read = quantity
        if before is not None:
            read = _elliptic(text, before, read)
            if not read.unit and before.unit in words.CURRENCIES and _DASH.fullmatch(text, before.end, read.start):
                read = replace(read, unit=before.unit)
        if after is not None and _RANGE.fullmatch(text, read.end, after.start):
            read = _shared(text, read, after)
        yield read


_DASH = re.compile(r"\s*(?:[-–—]|to|до)\s*")


def _elliptic(text: str, before: Quantity, quantity: Quantity) -> Quantity:
    """`236 млрд всего, 21 активных`: the second may be in milliards, too."""
    gap = text[before.end : quantity.start]
    bare = quantity.unit in {"", before.unit} and quantity.plain == quantity.value < 1000 <= before.value
    if not bare or len(gap) > 40 or re.search(r"[.!?;\n]", gap):
        return quantity
    scale = next(
        (scale for scale in (1e12, 1e9, 1e6, 1e3) if before.value >= scale and before.value / scale < 1000), 1.0
    )
    return replace(quantity, plain=quantity.value * scale)


def _shared(text: str, first: Quantity, second: Quantity) -> Quantity:
    if (first.unit and first.unit not in words.CURRENCIES) or (first.noun and first.noun not in {"and", "или"}):
        return first
    between = text[first.end : second.start]
    close = re.fullmatch(r"\s*(?:[-–—−/]|to|до)\s*(?:[$€£₽])?", between, re.IGNORECASE) is not None
    opened = close or _OPENS_RANGE.search(text[max(0, first.start - 10) : first.start]) is not None
    unit = first.unit or (second.unit if second.unit not in {"nth", "share"} else "")
    value = first.value
    if opened and first.value < 1000 <= second.value:
        factor = next((scale for scale in (1e12, 1e9, 1e6, 1e3) if second.value >= scale), 1.0)
        value = first.value * factor if first.value * factor <= second.value * 1000 else first.value
    return replace(first, unit=unit, value=value, noun=second.noun)
