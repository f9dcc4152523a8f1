"""Dates told from the day of a text ("вчера", "last week"): what days they mean, and how to say them for good.

Pure. Each rule knows the days of its phrase and the words that may stand in its place without hurting the grammar.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from summarize.claims import date_words as words
from summarize.claims.quantity_words import ADDED

#: First and last day.
Span = tuple[date, date]
Resolve = Callable[[re.Match[str], date], Span]
Render = Callable[[re.Match[str], Span], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`resolve` may raise OverflowError or ValueError for a day outside the calendar."""

    pattern: re.Pattern[str]
    resolve: Resolve
    render: Render


_FUTURE = re.compile(
    r"\b(?:будет|будут|выйдет|выйдут|состоится|состоятся|пройд[её]т|пройдут|откро\w+|закро\w+|появ(?:ится|ятся)|начн[её]т\w*|начнут\w*"
    r"|представ(?:ит|ят)|покаж(?:ет|ут)|запуст(?:ит|ят)\w*|планиру\w+|намерен\w*|обеща\w+|собира\w+ся|опублику\w+|выложат|выложит"
    r"|станет|станут|расскаж(?:ет|ут)|выступ(?:ит|ят)|заверш(?:ится|атся|ит|ат)|отключ(?:ат|ит)\w*|ждут|ожида\w+"
    r"|will|is to|are to|plans? to|going to|scheduled|due|set to|expected|upcoming|promises? to|intends?)\b",
    re.IGNORECASE,
)


# --- days ------------------------------------------------------------------------------------------------------------


def _shift(days: int) -> Resolve:
    return lambda _, told: (told + timedelta(days=days),) * 2


def _named_shift(match: re.Match[str], told: date) -> Span:
    return (told + timedelta(days=_SHIFTS[match["named"].lower()[:4]]),) * 2


_SHIFTS = {"вчер": -1, "сего": 0, "завт": 1, "поза": -2, "посл": 2, "yest": -1, "toda": 0, "tomo": 1}


def _ru_plain(_match: re.Match[str], span: Span) -> str:
    return words.ru_day(span[0])


def _ru_adjective(match: re.Match[str], span: Span) -> str:
    """`вчерашний релиз` → `релиз от 14 сентября`; `во вчерашнем релизе` → `в релизе от 14 сентября`."""
    before = {"во": "в", "со": "с", "ко": "к"}.get((match["before"] or "").lower(), match["before"] or "")
    if re.fullmatch(r"д(?:ень|ня|ню|нем|нём|не)", match["noun"], re.IGNORECASE):
        rest = words.ru_day(span[0])
    else:
        rest = f"{match['noun']} от {words.ru_day(span[0])}"
    return f"{before} {rest}" if before else rest


def _en_day(match: re.Match[str], span: Span) -> str:
    return _en_at(match, words.en_day(span[0]))


def _en_at(match: re.Match[str], told: str, preposition: str = "on") -> str:
    """A preposition that stands stays ("since", "by"); else the usual one is put in."""
    before = (match.groupdict().get("before") or "").strip()
    if before and before.lower() not in {"on", "in", "earlier", "late", "later"}:
        return f"{before} {told}"
    return f"{preposition} {told}"


def _en_possessive(_match: re.Match[str], span: Span) -> str:
    """`yesterday's release` → `the September 14 release`."""
    return f"the {words.en_day(span[0])}"


_EN_PARTS = {"morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night"}


def _en_part(match: re.Match[str], span: Span) -> str:
    part = "evening" if match["part"] is None else _EN_PARTS[match["part"].lower()]
    return f"on the {part} of {words.en_day(span[0])}"


def _en_part_days(match: re.Match[str], told: date) -> Span:
    shift = {"last": -1, "yest": -1, "this": 0, "toni": 0, "tomo": 1, "earl": 0, "late": 0, "toda": 0}[
        match.group()[:4].lower()
    ]
    return (told + timedelta(days=shift),) * 2


# --- weekdays --------------------------------------------------------------------------------------------------------


def _weekday(match: re.Match[str], told: date) -> Span:
    wanted = words.weekday_number(match["weekday"])
    which = (match["which"] or "").lower()
    back = (told.weekday() - wanted) % 7
    if which[:4] in {"прош", "last", "past", "мину"}:
        return (told - timedelta(days=back or 7),) * 2
    ahead = (wanted - told.weekday()) % 7
    if which[:4] in {"след", "буду", "next", "ближ", "this", "эту", "этот", "это", "comi"} and (
        which[:3] not in {"this"[:3], "эту", "это"} or _is_future(match)
    ):
        return (told + timedelta(days=ahead or 7),) * 2
    until = (match["before"] or "").lower() in {"до", "к", "by", "until", "till", "before"}
    return (told + timedelta(days=ahead) if until or _is_future(match) else told - timedelta(days=back),) * 2


def _is_future(match: re.Match[str]) -> bool:
    """Is the sentence around about what is to come?"""
    text = match.string
    start = max((text.rfind(mark, 0, match.start()) for mark in ".!?\n"), default=-1)
    stop = min((place for mark in ".!?\n" if (place := text.find(mark, match.end())) >= 0), default=len(text))
    return _FUTURE.search(text, start + 1, stop) is not None


def _ru_weekday(match: re.Match[str], span: Span) -> str:
    before = (match["before"] or "").lower()
    kept = {"в": "", "во": "", "со": "с ", "ко": "к "}.get(before, f"{before} " if before else "")
    return kept + words.ru_day(span[0])


def _en_weekday(match: re.Match[str], span: Span) -> str:
    if match["possessive"]:
        return _en_possessive(match, span)
    return _en_at(match, words.en_day(span[0]))


# --- weeks, months, quarters, years ----------------------------------------------------------------------------------


def _which(match: re.Match[str]) -> int:
    which = match["which"].lower()
    if which.startswith(("прош", "предыд", "мину", "last", "past", "previous")):
        return -1
    return 1 if which.startswith(("след", "буду", "next", "coming", "the coming")) else 0


def week_of(moment: date) -> Span:
    """Monday and Sunday of the day's week."""
    first = moment - timedelta(days=moment.weekday())
    return first, first + timedelta(days=6)


def month_of(moment: date, shift: int = 0) -> Span:
    """First and last day of the month so many months later."""
    count = moment.year * 12 + moment.month - 1 + shift
    year, month = divmod(count, 12)
    return date(year, month + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _year_of(moment: date, shift: int) -> Span:
    return date(moment.year + shift, 1, 1), date(moment.year + shift, 12, 31)


def _quarter_of(moment: date, shift: int) -> Span:
    count = moment.year * 4 + (moment.month - 1) // 3 + shift
    first = date(count // 4, count % 4 * 3 + 1, 1)
    return first, month_of(first, 2)[1]


def _period(match: re.Match[str], told: date) -> Span:
    unit, shift = match["unit"].lower(), _which(match)
    if unit.startswith(("нед", "week")) and not unit.startswith("weekend"):
        return week_of(told + timedelta(days=7 * shift))
    if unit.startswith(("мес", "month")):
        return month_of(told, shift)
    if unit.startswith(("кварт", "quarter")):
        return _quarter_of(told, shift)
    if unit.startswith(("год", "year")):
        return _year_of(told, shift)
    return _weekend(match, told, shift)


def _weekend(match: re.Match[str], told: date, shift: int) -> Span:
    saturday = week_of(told)[0] + timedelta(days=5)
    if shift < 0 or (shift == 0 and told.weekday() < 5 and not _is_future(match)):
        saturday -= timedelta(days=7)
    elif shift > 0 and told.weekday() >= 5:
        saturday += timedelta(days=7)
    return saturday, saturday + timedelta(days=1)


def _ru_period(match: re.Match[str], span: Span) -> str:
    before, unit = match["before"] or "", match["unit"].lower()
    lead = f"{before} " if before else ""
    if unit.startswith("нед"):
        return f"{lead}{match['unit']} с {words.ru_day(span[0])}"
    if unit.startswith("мес"):
        forms = {"месяце": words.RU_LOCATIVE, "месяца": words.RU_GENITIVE}.get(unit, words.RU_MONTHS)
        return lead + forms[span[0].month - 1]
    if unit.startswith("кварт"):
        ordinal = ("перв", "втор", "треть", "четвёрт")[(span[0].month - 1) // 3]
        ends = {"квартале": "ем" if ordinal == "треть" else "ом", "квартала": "его" if ordinal == "треть" else "ого"}
        plain = {"перв": "ый", "втор": "ой", "треть": "", "четвёрт": "ый"}[ordinal]
        told = "третий" if ordinal == "треть" and unit not in ends else ordinal + ends.get(unit, plain)
        lead = "во " if before.lower() == "в" and ordinal == "втор" else lead
        return f"{lead}{told} {match['unit']} {span[0].year} года"
    return f"{lead}{span[0].year} {match['unit']}"


def _ru_weekend(_match: re.Match[str], span: Span) -> str:
    if span[0].month == span[1].month:
        return f"{span[0].day} и {words.ru_day(span[1])}"
    return f"{words.ru_day(span[0])} и {words.ru_day(span[1])}"


def _en_period(match: re.Match[str], span: Span) -> str:
    unit = match["unit"].lower()
    told = {
        "week": f"the week of {words.en_day(span[0])}",
        "month": words.EN_MONTHS[span[0].month - 1],
        "quarter": f"the {words.EN_ORDINALS[(span[0].month - 1) // 3]} quarter of {span[0].year}",
        "year": str(span[0].year),
    }.get(unit)
    if told is None:
        if span[0].month == span[1].month:
            return _en_at(match, f"{words.en_day(span[0])} and {span[1].day}")
        return _en_at(match, f"{words.en_day(span[0])} and {words.en_day(span[1])}")
    if match["possessive"]:
        return f"the {told}" if unit in {"month", "year"} else f"{told}’s"
    return _en_at(match, told, "in")


# --- so long ago, in so long -----------------------------------------------------------------------------------------


def _count(written: str | None) -> int:
    if not written:
        return 1
    word = written.strip().lower().replace("ё", "е")
    return (
        int(word)
        if word.isdigit()
        else {"пару": 2, "couple of": 2, "a couple of": 2}.get(word) or int(ADDED.get(word, 1))
    )


def _apart(match: re.Match[str], told: date) -> Span:
    sign = 1 if match.groupdict().get("ahead") else -1
    count, unit = sign * _count(match["count"]), match["unit"].lower()
    if unit.startswith(("час", "мин", "hour", "min")):
        return told, told
    if unit.startswith(("д", "сут", "day")):
        return (told + timedelta(days=count),) * 2
    if unit.startswith(("нед", "week")):
        return week_of(told + timedelta(days=7 * count))
    if unit.startswith(("мес", "month")):
        return month_of(told, count)
    if unit.startswith("полгода"):
        return month_of(told, 6 * sign)
    return _year_of(told, count)


def _ru_apart(_match: re.Match[str], span: Span) -> str:
    length = (span[1] - span[0]).days
    if length == 0:
        return words.ru_day(span[0])
    if length == 6:
        return f"на неделе с {words.ru_day(span[0])}"
    return f"в {words.RU_LOCATIVE[span[0].month - 1]}" if length < 40 else f"в {span[0].year} году"


def _en_apart(_match: re.Match[str], span: Span) -> str:
    length = (span[1] - span[0]).days
    if length == 0:
        return f"on {words.en_day(span[0])}"
    if length == 6:
        return f"in the week of {words.en_day(span[0])}"
    return f"in {words.EN_MONTHS[span[0].month - 1]}" if length < 40 else f"in {span[0].year}"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


_NUMBER = r"\d{1,2}|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|двое|трое|пару"
_EN_NUMBER = r"\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|(?:a )?couple of"
_EN_BEFORE = r"(?:(?P<before>on|since|from|by|until|till|before|after|as of|of|starting|for|earlier|late|later|during|over|in|to)\s+)?"
_RU_WHICH = r"прошл\w+|предыдущ\w+|минувш\w+|следующ\w+|будущ\w+|этой|эту|эта|этом|этого|этот|текущ\w+"
_DAY_AFTER = rf"(?!,?\s+\(?\d{{1,2}}(?:-го)?\s+(?:{words.MONTH_PATTERN})|,?\s+\(?(?:{words.MONTH_PATTERN})\.?\s+\d)"
_RULES = (
    Rule(pattern=_compiled(r"(?P<named>позавчера|вчера|сегодня|завтра|послезавтра)"), resolve=_named_shift, render=_ru_plain),
    Rule(
        pattern=_compiled(
            r"(?:(?P<before>во?|со?|ко?|на|до|после|о|об|из|для|по|за)\s+)?(?P<named>вчера|сегодня|завтра)(?:шн\w+)"
            r"\s+(?P<noun>(?:[а-яё]+(?:ый|ий|ой|ая|яя|ое|ее|ого|его|ому|ему|ую|юю|ым|им|ом|ем|ые|ие|ых|их)\s+)?[\w-]+)"
        ),
        resolve=_named_shift, render=_ru_adjective,
    ),
    Rule(
        pattern=_compiled(
            rf"(?:(?P<before>во?|со?|до|ко?|на)\s+)(?:(?P<which>прошл\w+|минувш\w+|следующ\w+|ближайш\w+|будущ\w+|эту|этот|это)\s+)?"
            rf"(?P<weekday>(?!mon|tue|wed|thu|fri|sat|sun)(?:{words.WEEKDAY_PATTERN}))(?!\w)" + _DAY_AFTER
        ),
        resolve=_weekday, render=_ru_weekday,
    ),
    Rule(
        pattern=_compiled(
            rf"(?:(?P<before>во?|на|за|до|с|после|по|к|о|об|для|из|от)\s+)?(?P<which>{_RU_WHICH})\s+"
            r"(?P<unit>недел\w|неделю|неделей|месяц(?:а|е|у|ем)?|квартал(?:а|е|у|ом)?|год(?:а|у|ом)?)"
        ),
        resolve=_period, render=_ru_period,
    ),
    Rule(
        pattern=_compiled(
            r"(?:на|в)\s+(?:(?P<which>прошл\w+|минувш\w+|следующ\w+|ближайш\w+|эти|этих)\s+)?(?P<unit>выходны[ехм])"
        ),
        resolve=lambda match, told: _weekend(match, told, _which(match) if match["which"] else 0), render=_ru_weekend,
    ),
    Rule(
        pattern=_compiled(
            rf"(?:(?:ещё|еще|всего|около|примерно|буквально)\s+)?(?:(?P<count>{_NUMBER})\s+)?(?P<unit>день|дня|дней|сут\w+|неделю|недели"
            r"|недель|месяца?|месяцев|полгода|год|года|лет|час|часа|часов|минут|минуту|минуты)\s+(?:тому\s+)?назад"
        ),
        resolve=_apart, render=_ru_apart,
    ),
    Rule(
        pattern=_compiled(
            rf"(?P<ahead>через)\s+(?:(?P<count>{_NUMBER})\s+)?(?P<unit>день|дня|дней|неделю|недели|недель|месяца?|месяцев|полгода)"
            r"(?!\s+(?:после|с\s))"
        ),
        resolve=_apart, render=_ru_apart,
    ),
    Rule(
        pattern=_compiled(r"the day before yesterday"), resolve=_shift(-2), render=_en_day,
    ),
    Rule(pattern=_compiled(r"the day after tomorrow"), resolve=_shift(2), render=_en_day),
    Rule(pattern=_compiled(rf"{_EN_BEFORE}(?P<named>yesterday|today|tomorrow)(?!['’]s)"), resolve=_named_shift, render=_en_day),
    Rule(pattern=_compiled(r"(?P<named>yesterday|today|tomorrow)['’]s"), resolve=_named_shift, render=_en_possessive),
    Rule(
        pattern=_compiled(
            r"(?:this|yesterday|tomorrow|earlier this|later this)\s+(?P<part>morning|afternoon|evening)|last\s+(?P<_n>night)|tonight"
        ),
        resolve=_en_part_days,
        render=lambda match, span: (
            f"on the night of {words.en_day(span[0])}" if match["_n"] else _en_part(match, span)
        ),
    ),
    Rule(
        pattern=_compiled(
            rf"(?<!every )(?<!each ){_EN_BEFORE}(?:(?P<which>last|this past|past|next|this coming|this|coming)\s+)?"
            rf"(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?P<possessive>['’]s)?" + _DAY_AFTER
        ),
        resolve=_weekday, render=_en_weekday,
    ),
    Rule(
        pattern=_compiled(
            rf"{_EN_BEFORE}(?:the\s+)?(?P<which>last|this|next|past|coming|previous)\s+"
            r"(?P<unit>week|month|quarter|year|weekend)(?P<possessive>['’]s)?"
        ),
        resolve=_period, render=_en_period,
    ),
    Rule(
        pattern=_compiled(r"(?P<before>over|at|on)\s+the\s+(?P<unit>weekend)(?P<possessive>['’]s)?"),
        resolve=lambda match, told: _weekend(match, told, 0),
        render=lambda _, span: _en_weekend(span),
    ),
    Rule(
        pattern=_compiled(
            rf"(?:(?:about|around|just|only)\s+)?(?P<count>{_EN_NUMBER})\s+(?P<unit>days?|weeks?|months?|years?|hours?|minutes?)\s+ago"
        ),
        resolve=_apart, render=_en_apart,
    ),
)  # fmt: skip


def _en_weekend(span: Span) -> str:
    if span[0].month == span[1].month:
        return f"on {words.en_day(span[0])} and {span[1].day}"
    return f"on {words.en_day(span[0])} and {words.en_day(span[1])}"


# --- saying them for good --------------------------------------------------------------------------------------------


def found(text: str, *, weekdays: bool = True) -> list[tuple[re.Match[str], Rule]]:
    """The relative dates of the text in order, apart from one another, each with its rule; the longest phrase wins.

    Without `weekdays`, "on Friday" is none.
    """
    every = [
        (match, rule)
        for rule in _RULES
        if weekdays or "weekday" not in rule.pattern.groupindex
        for match in rule.pattern.finditer(text)
    ]
    every.sort(key=lambda pair: (pair[0].start(), -pair[0].end()))
    apart: list[tuple[re.Match[str], Rule]] = []
    for match, rule in every:
        if not apart or match.start() >= apart[-1][0].end():
            apart.append((match, rule))
    return apart


def spans(text: str, told: date | None, *, weekdays: bool = True) -> Iterator[tuple[int, int, Span | None]]:
    """(start, end, days) of each relative date; no days without `told` or outside the calendar."""
    for match, rule in found(text, weekdays=weekdays):
        try:
            yield match.start(), match.end(), None if told is None else rule.resolve(match, told)
        except (OverflowError, ValueError):
            yield match.start(), match.end(), None


def absolute(text: str, told: date | None) -> str | None:
    """The text with its relative dates said for good; None if it holds one and cannot be told what day it was."""
    phrases = found(text)
    if not phrases:
        return text
    if told is None:
        return None
    pieces, position = [], 0
    for match, rule in phrases:
        try:
            put = rule.render(match, rule.resolve(match, told))
        except (OverflowError, ValueError):
            return None
        first = match.group()[0]
        pieces += [
            text[position : match.start()],
            put[0].upper() + put[1:] if first.isupper() and _opens(match) else put,
        ]
        position = match.end()
    return "".join((*pieces, text[position:]))


def _opens(match: re.Match[str]) -> bool:
    """Does the phrase open a sentence? A weekday has its capital anywhere."""
    return re.search(r"(?:^|[.!?…:]\s+|\n\s*|[«“\"(]\s*)$", match.string[: match.start()]) is not None
