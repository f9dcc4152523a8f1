"""Cities by what people type: their names in Russian, English and their own language, shortened, misspelt, half typed.

Pure: `bot/data/cities.txt`, which says where it is from, is read once.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from babel import Locale

from bot import zone_names

#: Longer texts are no names of cities.
LONGEST = 100

#: A beginning must have as many letters to be taken for a name; `нет` is none.
_PREFIX = 4
#: A name must have as many letters for one of them to be wrong.
_MISSPELT = 6

#: So many regions at most tell where a place is: a button is short.
_REGIONS = 2

#: All but letters and digits: the accents, too, that Unicode has taken off their letters.
_SIGNS = re.compile(r"[\W_]+")

#: Where Latin spellings of Russian names are made from the Russian ones, too: `Nizhniy`, `Ekaterinburg`.
_RUSSIAN = frozenset("RU BY UA KZ KG UZ TJ TM AM AZ GE MD".split())

#: Letters that Unicode does not take apart, as the nearest plain ones. Both what is typed and what is known is folded.
_FOLDED = str.maketrans(
    dict(zip("øłđıəðіґқғңөүұәһј", "oldiadигкгноууахи", strict=True))
    | {"æ": "ae", "œ": "oe", "þ": "th", "є": "е", "љ": "ль", "њ": "нь", "ћ": "ч", "ђ": "дж", "џ": "дж"}
)
_LATIN = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
            strict=True,
        )
    )
)

#: What stands before a name: `г. Казань`, `в Казани`, `city of London`.
_BEFORE = re.compile(
    r"^(?:г|гор|город|п|пос|пгт|с|село|в|во|из|я\s+в|я\s+из|in|from|(?:the\s+)?city\s+of)(?:\.\s*|\s+)(?=\w)"
)
#: What parts a name from its country: `Портленд, США`.
_AFTER = re.compile(r"\s*[,;(/]\s*")

#: What people call countries, beside their names in Babel.
_COUNTRIES = {
    "США": "US", "Америка": "US", "USA": "US", "America": "US", "UK": "GB", "England": "GB", "Англия": "GB", "Scotland": "GB",
    "Шотландия": "GB", "Британия": "GB", "UAE": "AE", "Эмираты": "AE", "Корея": "KR", "Korea": "KR", "Голландия": "NL", "Holland": "NL",
    "РФ": "RU", "Белоруссия": "BY", "Киргизия": "KG", "Молдавия": "MD", "Туркмения": "TM", "Turkey": "TR", "Czech Republic": "CZ",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city, or what a zone is called after: its names, its country (two letters, or empty), its zone, its people.

    The region is known of those places alone whose name stands in another zone of their country, too.
    """

    name_ru: str
    name_en: str
    country: str
    tz: str
    population: int
    region_ru: str = ""
    region_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Atlas:
    """What places may be called (folded name → its places, the largest first), those names in order, and countries."""

    named: Mapping[str, Sequence[Place]]
    names: Sequence[str]
    largest: Mapping[str, Place]
    countries: Mapping[str, str]


def search(text: str, *, limit: int = 5) -> list[Place]:
    """The places that may be meant by what somebody typed, the largest first, one for each zone; none if it is no name.

    Of several of one name in one country each is called by its name and its region: `Springfield (Oregon)`.
    A whole name goes before the beginning of one, and that before one with a letter wrong. A country stands for its
    largest cities; named after a city, it says which of several is meant.
    """
    if len(text) > LONGEST:
        return []
    readings = [(key, land) for name, land in _readings(text) if (key := folded(name))]
    for lookup in (_whole, _begun, _misspelt):
        for key, land in readings:
            found = [place for place in lookup(key) if land in {None, place.country}]
            if found:
                return _told_apart(_distinct(found)[: max(limit, 0)], found)
    return []


def largest(country: str) -> Place | None:
    """The largest city of a country (two letters)."""
    return _atlas().largest.get(country)


def of_zone(tz: str) -> Place:
    """What stands for a zone (canonical): the city that it is called after, or its offset."""
    name = zone_names.city(tz, lang="en")
    if name is None:
        hours = -int(tz.removeprefix("Etc/GMT") or 0) if tz != zone_names.UTC else 0
        told = f"UTC{hours:+d}".replace("-", "−") if hours else zone_names.UTC
        return Place(name_ru=told, name_en=told, country="", tz=tz, population=0)
    cities = (place for place in _atlas().named.get(folded(name), ()) if place.tz == tz)
    return next(cities, None) or _called_after(tz, name)


def folded(name: str) -> str:
    """What a name is known by: small letters and digits, without accents, spaces, hyphens or signs; `ё` as `е`."""
    small = name.casefold()
    plain = small if small.isascii() else unicodedata.normalize("NFKD", small).translate(_FOLDED)
    return _SIGNS.sub("", plain)


def _readings(text: str) -> Iterator[tuple[str, str | None]]:
    """The names that a text may hold, the likeliest first, each with the country that it must lie in, if one is named."""
    countries = _atlas().countries
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).casefold().split())
    bare = _BEFORE.sub("", plain)
    for name in dict.fromkeys((plain, bare)):
        yield name, None
    head, *tail = _AFTER.split(bare, maxsplit=1)
    if tail:
        land = countries.get(folded(tail[0]))
        yield head, land
        yield head, None
    words = bare.split()
    for count in range(1, len(words)):
        if land := countries.get(folded(" ".join(words[count:]))):
            yield " ".join(words[:count]), land


def _whole(key: str) -> Iterator[Place]:
    yield from _atlas().named.get(key, ())
    if land := _atlas().countries.get(key):
        yield from (place for places in _atlas().named.values() for place in places if place.country == land)


def _begun(key: str) -> Iterator[Place]:
    names = _atlas().names
    if len(key) >= _PREFIX:
        for index in range(bisect_left(names, key), len(names)):
            if not names[index].startswith(key):
                return
            yield from _atlas().named[names[index]]


def _misspelt(key: str) -> Iterator[Place]:
    if len(key) >= _MISSPELT - 1:
        for name in _edits(key):
            if len(name) >= _MISSPELT:
                yield from _atlas().named.get(name, ())


def _edits(key: str) -> Iterator[str]:
    """Whatever is one letter away: one left out, one too many, one wrong, two in the wrong order."""
    letters = "abcdefghijklmnopqrstuvwxyz" if key.isascii() else "абвгдежзиклмнопрстуфхцчшщъыьэюя"
    for place in range(len(key) + 1):
        head, tail = key[:place], key[place:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            yield head + letter + tail[1:]


def _distinct(places: Iterable[Place]) -> list[Place]:
    """The largest of each zone: a zone is what is chosen, and two of one name in one zone are no choice."""
    found: dict[str, Place] = {}
    for place in sorted(places, key=lambda place: (-place.population, place.name_en, place.country)):
        found.setdefault(place.tz, place)
    return list(found.values())


def _told_apart(chosen: Sequence[Place], among: Sequence[Place]) -> list[Place]:
    """The places with what tells them apart, in both languages, where two that lie in one country have one name."""
    names = Counter(
        (place.country, name) for place in chosen for name in {folded(place.name_en), folded(place.name_ru)}
    )
    return [
        replace(
            place,
            name_en=place.name_en + _where(place, among, lang="en"),
            name_ru=place.name_ru + _where(place, among, lang="ru"),
        )
        if any(names[place.country, folded(name)] > 1 for name in (place.name_en, place.name_ru))
        else place
        for place in chosen
    ]


def _where(place: Place, among: Iterable[Place], *, lang: str) -> str:
    """The regions where places of this name live by this zone, the largest first; whose time it is where they are not known."""
    same = [other for other in among if (other.tz, folded(other.name_en)) == (place.tz, folded(place.name_en))]
    same.sort(key=lambda other: -other.population)
    regions = dict.fromkeys(other.region_ru if lang == "ru" else other.region_en for other in same)
    if told := ", ".join([region for region in regions if region][:_REGIONS]):
        return f" ({told})"
    city = zone_names.city(place.tz, lang=lang)
    if city is None or folded(city) == folded(place.name_ru if lang == "ru" else place.name_en):
        return ""
    return f" (время: {city})" if lang == "ru" else f" ({city} time)"


@cache
def _atlas() -> _Atlas:
    named: dict[str, dict[Place, None]] = {}
    biggest: dict[str, Place] = {}
    for place, names in (*_cities(), *_zones()):
        for name in names:
            named.setdefault(folded(name), {})[place] = None
        if place.population > (biggest[place.country].population if place.country in biggest else 0):
            biggest[place.country] = place
    named.pop("", None)
    ordered = {name: tuple(sorted(places, key=lambda place: -place.population)) for name, places in named.items()}
    return _Atlas(named=ordered, names=sorted(ordered), largest=biggest, countries=_countries())


def _cities() -> Iterator[tuple[Place, Sequence[str]]]:
    """The places of the file whose zones this machine knows, each with what it is called."""
    text = resources.files("bot").joinpath("data/cities.txt").read_text("utf-8")
    country, tz = "", None
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if "\t" not in line:
            country, zone = line.split(" ")
            tz = zone_names.canonical(zone)
            continue
        name, russian, thousands, *rest = line.split("\t")
        if tz is not None:
            others = rest[0].split("|") if rest and rest[0] else []
            region_en, _, region_ru = (rest[1] if len(rest) > 1 else "").partition("|")
            latin = [russian.casefold().translate(_LATIN)] if country in _RUSSIAN else []
            population = int(thousands) * 1000
            place = Place(
                name_ru=russian or name,
                name_en=name,
                country=country,
                tz=tz,
                population=population,
                region_ru=region_ru,
                region_en=region_en,
            )
            yield place, [name, russian, *others, *latin]


def _zones() -> Iterator[tuple[Place, Sequence[str]]]:
    """What zones are called after: islands and bases, too, that are no cities."""
    for tz in sorted(zone_names.zones()):
        if (name := zone_names.city(tz, lang="en")) is not None:
            place = _called_after(tz, name)
            yield place, [place.name_en, place.name_ru]


def _called_after(tz: str, name: str) -> Place:
    russian = zone_names.city(tz, lang="ru") or name
    return Place(name_ru=russian, name_en=name, country=zone_names.country(tz), tz=tz, population=0)


def _countries() -> Mapping[str, str]:
    """Folded name of a country → its two letters."""
    found = {
        folded(name): code
        for lang in ("ru", "en")
        for code, name in Locale(lang).territories.items()
        if len(code) == 2 and code != "ZZ"
    }
    return found | {folded(name): code for name, code in _COUNTRIES.items()}
