"""The names of time zones: those that count (IANA), and those that people read (the city that a zone is called after).

Pure: Babel's tables and this machine's list of zones are read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

#: The zone of those of whom nothing is known. (IANA has a dozen names for it; this is the one that people know.)
UTC = "UTC"

#: What CLDR spells differently from how it is written today, or has no name for yet.
_MENDED = {
    ("ru", "America/Coyhaique"): "Койайке",
    ("ru", "Europe/Chisinau"): "Кишинёв",
}


def canonical(tz: str) -> str | None:
    """The name of a zone by which people know it today, in whichever case it is written; None if there is no such zone.

    `Asia/Calcutta` is Asia/Kolkata, `US/Pacific` America/Los_Angeles, `Etc/UTC` and `Etc/GMT` are UTC.
    """
    return _names().get(tz.casefold())


def zones() -> frozenset[str]:
    """Every zone that this machine knows, under its canonical name."""
    return frozenset(_names().values())


def country(tz: str) -> str:
    """The two letters of the country that a zone belongs to; empty for those that are only an offset."""
    code = get_global("zone_territories").get(tz, "")
    return "" if code in {"ZZ", "001"} else str(code)


def city(tz: str, *, lang: str) -> str | None:
    """What a zone (canonical) is called after, in Russian (`ru`) or, for any other language, English; None for an offset."""
    if tz == UTC or tz.startswith("Etc/"):
        return None
    return _cities("ru" if lang == "ru" else "en").get(tz) or tz.rsplit("/", 1)[-1].replace("_", " ")


@cache
def _names() -> Mapping[str, str]:
    """Name in small letters → canonical name."""
    known = available_timezones() - {"Factory", "localtime"}
    aliases = get_global("zone_aliases")
    found = {}
    for name in known:
        target = str(aliases.get(name, name))
        # a machine whose table is older than Babel's may not know the new name yet
        found[name.casefold()] = UTC if target in {"Etc/UTC", "Etc/GMT"} else target if target in known else name
    return found


@cache
def _cities(lang: str) -> Mapping[str, str]:
    """Canonical zone → what it is called after. CLDR keeps some names under what the zone was called formerly."""
    told = {name: info["city"] for name, info in Locale(lang).time_zones.items() if "city" in info}
    former = {canonical(name) or name: found for name, found in told.items()}
    mended = {tz: found for (of, tz), found in _MENDED.items() if of == lang}
    return former | {name: found for name, found in told.items() if canonical(name) == name} | mended
