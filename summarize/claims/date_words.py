"""Names of months, weekdays and quarters in Russian and English, and how a day is written in each language.

Pure.
"""

from __future__ import annotations

import re
from datetime import date

RU_MONTHS = "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()
RU_GENITIVE = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
RU_LOCATIVE = "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре".split()
EN_MONTHS = "January February March April May June July August September October November December".split()
EN_ORDINALS = ("first", "second", "third", "fourth")
RU_ORDINALS = ("первом", "втором", "третьем", "четвёртом")

_STARTS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мае": 5, "май": 5, "мая": 5, "маю": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9,
    "окт": 10, "ноя": 11, "дек": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
MONTH_PATTERN = (
    r"(?:январ|феврал|апрел|сентябр|октябр|ноябр|декабр)(?:ь|я|е|ю|ем|ём)|март(?:а|е|у|ом)?|ма(?:й|я|е|ю|ем)|ию[нл](?:ь|я|е|ю|ем)"
    r"|август(?:а|е|у|ом)?|(?:янв|фев|апр|авг|сент?|окт|нояб?|дек)(?=\.)"
    r"|january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?"
    r"|oct|nov|dec"
    r"|januar|februar|märz|juni|juli|oktober|dezember|січня|лютого|березня|квітня|травня|червня|липня"
    r"|серпня|вересня|жовтня|листопада|грудня"
    r"|січні|лютому|березні|квітні|травні|червні|липні|серпні|вересні|жовтні|листопаді|грудні|ledna|února|března|dubna|května|června"
    r"|července|srpna|září|října|listopadu|prosince|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października"
    r"|listopada|grudnia"
)
QUARTERS = {
    "первый": 1, "первого": 1, "первом": 1, "первому": 1, "второй": 2, "второго": 2, "втором": 2, "второму": 2, "третий": 3,
    "третьего": 3, "третьем": 3, "третьему": 3, "четвертый": 4, "четвертого": 4, "четвертом": 4, "четвёртый": 4, "четвёртого": 4,
    "четвёртом": 4, "first": 1, "second": 2, "third": 3, "fourth": 4,
}  # fmt: skip
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "1": 1, "2": 2, "3": 3, "4": 4}

WEEKDAY_PATTERN = (
    r"понедельник(?:а|у|ом|е)?|вторник(?:а|у|ом|е)?|сред(?:у|ы|е|ой)(?=[\s,.;:!?)]|\Z)|четверг(?:а|у|ом|е)?|пятниц[ауыей](?:й)?"
    r"|суббот(?:а|у|ы|е|ой)|воскресень(?:е|я|ю|ем)|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|понеділ\w+|вівтор\w+|четвер"
    r"|п[’']ятниц\w|неділ[юяі]|субот[ауи]|в серед[уи]"
    r"|pondělí|úterý|středu|čtvrtek|pátek|sobotu|neděli"
)
_WEEKDAY_STARTS = {
    "pon": 0,
    "пон": 0, "вто": 1, "сре": 2, "чет": 3, "пят": 4, "суб": 5, "вос": 6,
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
    "die": 1, "mit": 2, "don": 3, "fre": 4, "sam": 5, "son": 6, "вів": 1, "в с": 2, "п’я": 4, "п'я": 4, "нед": 6,
    "úte": 1, "stř": 2, "čtv": 3, "pát": 4, "sob": 5, "ned": 6,
}  # fmt: skip
#: A Wednesday is an environment, too, so "среду" counts only after a preposition of time.
WEEKDAY = re.compile(
    rf"(?<!\w)(?:(?<=\bв\s)|(?<=\bво\s)|(?<=\bс\s)|(?<=\bсо\s)|(?<=\bдо\s)|(?<=\bк\s)|(?<=\bна\s)|(?<=прошлую\s)|(?<=эту\s)|(?<=следующую\s)|(?<=ближайшую\s)|(?<=минувшую\s)|(?<=каждую\s)|(?!сред))"
    rf"(?P<weekday>{WEEKDAY_PATTERN})(?!\w)",
    re.IGNORECASE,
)


#: Seasons, where they are times and not clothes: after a preposition, or in the form that means "in".
SEASON = re.compile(
    r"(?<!\w)(?:зимой|весной|летом|осенью|(?:(?<=\bк\s)|(?<=\bдо\s)|(?<=\bэтой\s)|(?<=\bконца\s)"
    r"|(?<=\bначала\s)|(?<=\bконце\s)|(?<=\bначале\s))"
    r"(?:зиме|зимы|весне|весны|лету|лета|осени)|(?:(?<=\bin\s)|(?<=\bby\s)|(?<=\bthis\s)|(?<=\bnext\s)"
    r"|(?<=\blast\s)|(?<=\bthe\s)|(?<=\buntil\s)|(?<=\blate\s)"
    r"|(?<=\bearly\s))(?:winter|spring|summer|autumn|fall(?!\s+(?:of|in)\b)))(?!\w)(?:\s+(?:of\s+)?(?P<year>20\d\d)(?:\s+года)?)?",
    re.IGNORECASE,
)
_SEASON_STARTS = {"зи": 0, "ве": 1, "ле": 2, "ос": 3, "wi": 0, "sp": 1, "su": 2, "au": 3, "fa": 3}


def season_number(written: str) -> int:
    """0 (winter) … 3 (autumn) of a phrase that SEASON matched."""
    return _SEASON_STARTS[written[:2].lower()]


_FOREIGN = (
    "januar січ led sty", "februar лют úno lut", "märz бер bře marc", "кві dub kwi", "тра kvě maja", "juni чер červn cze",
    "juli лип červe lip", "сер srp sie", "вер zář wrz", "oktober жов říj paź", "лис listop", "dezember гру pro gru",
)  # fmt: skip


def month(written: str) -> int:
    """1…12 of a word that MONTH_PATTERN matched."""
    low = written.lower()
    foreign = (
        place for place, starts in enumerate(_FOREIGN, 1) if any(low.startswith(start) for start in starts.split())
    )
    return _STARTS.get(low[:3]) or next(foreign)


def weekday_number(written: str) -> int:
    """0 (Monday) … 6 of a word that WEEKDAY_PATTERN matched."""
    return _WEEKDAY_STARTS[written[:3].lower()]


def ru_day(moment: date) -> str:
    return f"{moment.day} {RU_GENITIVE[moment.month - 1]}"


def en_day(moment: date) -> str:
    return f"{EN_MONTHS[moment.month - 1]} {moment.day}"


#: Days told from the day of a post, in other languages that posts are written in.
FOREIGN_DAYS = {
    "вчора": -1, "сьогодні": 0, "gestern": -1, "heute": 0, "včera": -1, "dnes": 0, "zítra": 1, "wczoraj": -1, "dzisiaj": 0, "jutro": 1,
    "ayer": -1, "hier": -1, "учора": -1,
}  # fmt: skip
FOREIGN_DAY = re.compile(rf"(?<!\w)(?:{'|'.join(FOREIGN_DAYS)})(?!\w)", re.IGNORECASE)
