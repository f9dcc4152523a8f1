"""A reader's time zone: guessed from a language, found by what was typed, taken from a point on the map, shown to people.

Pure: what it knows comes with `bot/places.py`, `bot/zone_names.py`, Babel and tzfpy, each of which is read once.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import tzfpy
from babel.core import get_global

from bot import places, zone_names
from bot.places import Place
from bot.zone_names import UTC

#: Languages that tell less, or more, than the country where most people speak them. English is what people of any country
#: set their Telegram to, so that a zone in America would be wrong for most, and look right; everybody sees that UTC is a
#: guess. Peoples of Russia live in the zone of their republic.
_OF_LANGUAGE = {
    "en": UTC,
    "ba": "Asia/Yekaterinburg",
    "bua": "Asia/Irkutsk",
    "sah": "Asia/Yakutsk",
    "tyv": "Asia/Krasnoyarsk",
    "udm": "Europe/Samara",
}

#: `UTC+5:30`, `GMT-3`, `+3`, `мск+2`, `UTC 5`, `+0530`, `UTC+5.5`.
_OFFSET = re.compile(
    r"(?P<base>utc|gmt|ютс|гмт|msk|мск)?\s*(?P<sign>[+−–—-])?\s*"
    r"(?P<hours>\d{1,2})(?:\s*[:.]?\s*(?P<minutes>00|15|30|45)|[.,](?P<tenths>0|5))?\s*(?:h|ч|час\w{0,2})?\.?"
)

#: Moscow time, on which Russia counts its zones, is ahead of UTC by this much.
_MOSCOW = timedelta(hours=3)
#: The zone that Russian law calls "Moscow time plus N".
_RUSSIAN = {
    -1: "Europe/Kaliningrad", 0: "Europe/Moscow", 1: "Europe/Samara", 2: "Asia/Yekaterinburg", 3: "Asia/Omsk", 4: "Asia/Krasnoyarsk",
    5: "Asia/Irkutsk", 6: "Asia/Yakutsk", 7: "Asia/Vladivostok", 8: "Asia/Magadan", 9: "Asia/Kamchatka",
}  # fmt: skip

#: Zones whose offset is no whole hour, in minutes: where the clocks stay as they are, and else where they show it in winter or summer.
_BETWEEN = {
    210: "Asia/Tehran", 270: "Asia/Kabul", 330: "Asia/Kolkata", 345: "Asia/Kathmandu", 390: "Asia/Yangon", 525: "Australia/Eucla",
    570: "Australia/Darwin", 630: "Australia/Lord_Howe", 765: "Pacific/Chatham", 825: "Pacific/Chatham", -150: "America/St_Johns",
    -210: "America/St_Johns", -570: "Pacific/Marquesas",
}  # fmt: skip

#: Times of day that people know by their letters; what IANA keeps under some of them is an offset without summer time.
_LETTERS = {
    "utc": UTC, "gmt": UTC, "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "cst": "America/Chicago",
    "cdt": "America/Chicago", "mst": "America/Denver", "mdt": "America/Denver", "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London",
    "msk": "Europe/Moscow", "мск": "Europe/Moscow", "jst": "Asia/Tokyo", "kst": "Asia/Seoul", "ist": "Asia/Kolkata",
}  # fmt: skip


def guess(language_code: str | None) -> str:
    """The likeliest zone of somebody whose Telegram speaks a language (`ru`, `pt-br`, `zh-hans`); UTC if none is likely.

    It is the zone of the largest city of the country that the code names, or where most of its speakers live.
    """
    language, *subtags = (language_code or "").replace("_", "-").split("-")
    language = str(get_global("language_aliases").get(language.lower(), language.lower()))
    land = next((part.upper() for part in subtags if len(part) == 2), None)
    if land is None:
        if language in _OF_LANGUAGE:
            return zone_names.canonical(_OF_LANGUAGE[language]) or UTC
        script = next((f"{language}_{part.title()}" for part in subtags if len(part) == 4), language)
        likely = get_global("likely_subtags")
        land = str(likely.get(script, likely.get(language, ""))).rpartition("_")[2]
    city = places.largest(land)
    return city.tz if city else UTC


def find(text: str, *, limit: int = 5) -> list[Place]:
    """The places, the likeliest first and one for each zone, that may be meant by what somebody typed; [] if none.

    A city or a country (see `places.search`), the name of a zone in any case (`europe/moscow`), an offset (`UTC+5:30`,
    `мск+2`), or letters such as `CET`. Whatever is typed, and however long it is, nothing is raised.
    """
    if len(text) > places.LONGEST or limit < 1:
        return []
    typed = " ".join(text.casefold().split())
    zone = _LETTERS.get(typed) or _spelt(typed) or _offset(typed)
    known = zone_names.canonical(zone) if zone else None
    return [places.of_zone(known)] if known else places.search(text, limit=limit)


def at(latitude: float, longitude: float) -> str:
    """The zone of a point in degrees. On the open sea, and where the map knows none, it is the offset of the longitude."""
    tz = zone_names.canonical(tzfpy.get_tz(longitude, latitude))
    return tz or _nautical(longitude)


def label(tz: str, *, lang: str, now: datetime) -> str:
    """A zone as people are shown it at a moment: `Москва, UTC+3`, `Kolkata, UTC+5:30`; only the offset if it is called so.

    Raises zoneinfo.ZoneInfoNotFoundError for a zone that this machine does not know.
    """
    offset = now.astimezone(ZoneInfo(tz)).utcoffset() or timedelta()
    city = zone_names.city(zone_names.canonical(tz) or tz, lang=lang)
    return f"{city}, {_told(offset)}" if city else _told(offset) if offset else UTC


def _told(offset: timedelta) -> str:
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{'−' if offset < timedelta() else '+'}{hours}" + (f":{minutes:02d}" if minutes else "")


def _spelt(typed: str) -> str | None:
    """A zone by its IANA name. Those without a slash are left to cities and countries of that name: `Singapore`, `Iran`."""
    return zone_names.canonical(typed.replace(" ", "_")) if "/" in typed else None


def _offset(typed: str) -> str | None:
    """A zone that has an offset, the Russian one if it was told from Moscow; None if this is no offset, or nobody's."""
    match = _OFFSET.fullmatch(typed)
    if not match or not (match["base"] or match["sign"]):
        return None
    minutes = int(match["minutes"] or 0) or (30 if match["tenths"] == "5" else 0)
    offset = timedelta(hours=int(match["hours"]), minutes=minutes) * (1 if match["sign"] in {"+", None} else -1)
    if match["base"] in {"msk", "мск"}:
        if not minutes and offset // timedelta(hours=1) in _RUSSIAN:
            return _RUSSIAN[offset // timedelta(hours=1)]
        offset += _MOSCOW
    if offset % timedelta(hours=1):
        return _BETWEEN.get(offset // timedelta(minutes=1))
    return _whole_hours(offset // timedelta(hours=1))


def _whole_hours(hours: int) -> str | None:
    """The zone that is nothing but an offset. IANA counts these westward: `Etc/GMT-5` is five hours ahead of UTC."""
    if hours == 0:
        return UTC
    return zone_names.canonical(f"Etc/GMT{-hours:+d}") if -12 <= hours <= 14 else None


def _nautical(longitude: float) -> str:
    """The offset by which ships go at a longitude; UTC if it is no longitude."""
    if not math.isfinite(longitude) or abs(longitude) > 180:
        return UTC
    return _whole_hours(round(longitude / 15)) or UTC
