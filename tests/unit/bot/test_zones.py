"""Which zone somebody is in, by what they type, where they are, and which language they speak; and how it is told to them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import places, zone_names, zones
from bot.places import Place

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

#: What is typed, and the zones that it may mean, the likeliest first.
RUSSIA = {
    "Калининград": "Europe/Kaliningrad",
    "кёнигсберг": "Europe/Kaliningrad",
    "Москва": "Europe/Moscow",
    "МОСКВА": "Europe/Moscow",
    "мск": "Europe/Moscow",
    "Moscow": "Europe/Moscow",
    "moskva": "Europe/Moscow",
    "Санкт-Петербург": "Europe/Moscow",
    "санкт петербург": "Europe/Moscow",
    "спб": "Europe/Moscow",
    "SPb": "Europe/Moscow",
    "Питер": "Europe/Moscow",
    "Saint-Petersburg": "Europe/Moscow",
    "г. Казань": "Europe/Moscow",
    "г.Казань": "Europe/Moscow",
    "город Казань": "Europe/Moscow",
    "в Казани": "Europe/Moscow",
    "Казань, Россия": "Europe/Moscow",
    "Kazan Russia": "Europe/Moscow",
    "Нижний Новгород": "Europe/Moscow",
    "Нижний": "Europe/Moscow",
    "нн": "Europe/Moscow",
    "Тагил": "Asia/Yekaterinburg",
    "Екб": "Asia/Yekaterinburg",
    "Комса": "Asia/Vladivostok",
    "Nizhniy Novgorod": "Europe/Moscow",
    "Ростов-на-Дону": "Europe/Moscow",
    "ростов на дону": "Europe/Moscow",
    "Орел": "Europe/Moscow",
    "Орёл": "Europe/Moscow",
    "Королев": "Europe/Moscow",
    "Сочи": "Europe/Moscow",
    "Великие Луки": "Europe/Moscow",
    "Волгоград": "Europe/Volgograd",
    "Саратов": "Europe/Saratov",
    "Самара": "Europe/Samara",
    "Тольятти": "Europe/Samara",
    "Ижевск": "Europe/Samara",
    "Екатеринбург": "Asia/Yekaterinburg",
    "ЕКБ": "Asia/Yekaterinburg",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Свердловск": "Asia/Yekaterinburg",
    "Челябинск": "Asia/Yekaterinburg",
    "Уфа": "Asia/Yekaterinburg",
    "Пермь": "Asia/Yekaterinburg",
    "тюмень": "Asia/Yekaterinburg",
    "Омск": "Asia/Omsk",
    "Новосибирск": "Asia/Novosibirsk",
    "нск": "Asia/Novosibirsk",
    "Барнаул": "Asia/Barnaul",
    "Томск": "Asia/Tomsk",
    "Кемерово": "Asia/Novokuznetsk",
    "Красноярск": "Asia/Krasnoyarsk",
    "Абакан": "Asia/Krasnoyarsk",
    "Иркутск": "Asia/Irkutsk",
    "Улан-Удэ": "Asia/Irkutsk",
    "улан удэ": "Asia/Irkutsk",
    "Чита": "Asia/Chita",
    "Якутск": "Asia/Yakutsk",
    "Благовещенск": "Asia/Yakutsk",
    "Владивосток": "Asia/Vladivostok",
    "Хабаровск": "Asia/Vladivostok",
    "Магадан": "Asia/Magadan",
    "Южно-Сахалинск": "Asia/Sakhalin",
    "Сахалин": "Asia/Sakhalin",
    "Петропавловск-Камчатский": "Asia/Kamchatka",
    "Камчатка": "Asia/Kamchatka",
    "Анадырь": "Asia/Anadyr",
    "Симферополь": "Europe/Simferopol",
}
WORLD = {
    "Минск": "Europe/Minsk",
    "Мінск": "Europe/Minsk",
    "Гродно": "Europe/Minsk",
    "Киев": "Europe/Kyiv",
    "Київ": "Europe/Kyiv",
    "Kyiv": "Europe/Kyiv",
    "Харків": "Europe/Kyiv",
    "Львов": "Europe/Kyiv",
    "Кишинёв": "Europe/Chisinau",
    "Алматы": "Asia/Almaty",
    "Алма-Ата": "Asia/Almaty",
    "Астана": "Asia/Almaty",
    "Қарағанды": "Asia/Almaty",
    "Бишкек": "Asia/Bishkek",
    "Ташкент": "Asia/Tashkent",
    "Самарканд": "Asia/Samarkand",
    "Душанбе": "Asia/Dushanbe",
    "Ашхабад": "Asia/Ashgabat",
    "Баку": "Asia/Baku",
    "Ереван": "Asia/Yerevan",
    "Тбилиси": "Asia/Tbilisi",
    "თბილისი": "Asia/Tbilisi",
    "Рига": "Europe/Riga",
    "Вильнюс": "Europe/Vilnius",
    "Таллин": "Europe/Tallinn",
    "London": "Europe/London",
    "Берлин": "Europe/Berlin",
    "München": "Europe/Berlin",
    "Muenchen": "Europe/Berlin",
    "Мюнхен": "Europe/Berlin",
    "Köln": "Europe/Berlin",
    "Cologne": "Europe/Berlin",
    "Wien": "Europe/Vienna",
    "Zürich": "Europe/Zurich",
    "zurich": "Europe/Zurich",
    "Praha": "Europe/Prague",
    "Warszawa": "Europe/Warsaw",
    "Łódź": "Europe/Warsaw",
    "lodz": "Europe/Warsaw",
    "Белград": "Europe/Belgrade",
    "Лимасол": "Asia/Nicosia",
    "Лимассол": "Asia/Nicosia",
    "Стамбул": "Europe/Istanbul",
    "Тель-Авив": "Asia/Jerusalem",
    "тель авив": "Asia/Jerusalem",
    "Дубай": "Asia/Dubai",
    "Пхукет": "Asia/Bangkok",
    "Хошимин": "Asia/Ho_Chi_Minh",
    "東京": "Asia/Tokyo",
    "서울": "Asia/Seoul",
    "Пекин": "Asia/Shanghai",
    "Бомбей": "Asia/Kolkata",
    "Катманду": "Asia/Kathmandu",
    "NYC": "America/New_York",
    "New York": "America/New_York",
    "нью йорк": "America/New_York",
    "Нью-Йорк": "America/New_York",
    "LA": "America/Los_Angeles",
    "L.A.": "America/Los_Angeles",
    "Сан Франциско": "America/Los_Angeles",
    "Чикаго": "America/Chicago",
    "Вашингтон, США": "America/New_York",
    "Гонолулу": "Pacific/Honolulu",
    "São Paulo": "America/Sao_Paulo",
    "sao paulo": "America/Sao_Paulo",
    "Буэнос-Айрес": "America/Argentina/Buenos_Aires",
    "Сидней": "Australia/Sydney",
    "Лондон, Канада": "America/Toronto",
    "London Canada": "America/Toronto",
    "Гуам": "Pacific/Guam",
    "Мальдивы": "Indian/Maldives",
    "Грузия": "Asia/Tbilisi",
    "Israel": "Asia/Jerusalem",
    "UAE": "Asia/Dubai",
    "🇷🇺 Москва 🎉": "Europe/Moscow",
    "  Омск\n": "Asia/Omsk",
    "Ом\u200bск": "Asia/Omsk",
}
ZONES = {
    "europe/moscow": "Europe/Moscow",
    "Asia/Yekaterinburg": "Asia/Yekaterinburg",
    "AMERICA/NEW YORK": "America/New_York",
    "Asia/Calcutta": "Asia/Kolkata",
    "europe/kiev": "Europe/Kyiv",
    "US/Pacific": "America/Los_Angeles",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "Etc/GMT-5": "Etc/GMT-5",
    "Etc/UTC": "UTC",
    "EST": "America/New_York",
    "cet": "Europe/Berlin",
    "UTC": "UTC",
    "gmt": "UTC",
    "UTC+0": "UTC",
    "UTC+5": "Etc/GMT-5",
    "utc +5": "Etc/GMT-5",
    "UTC+05:00": "Etc/GMT-5",
    "GMT+3": "Etc/GMT-3",
    "+3": "Etc/GMT-3",
    "+0300": "Etc/GMT-3",
    "-8": "Etc/GMT+8",
    "UTC−8": "Etc/GMT+8",
    "utc 7": "Etc/GMT-7",
    "+14": "Etc/GMT-14",
    "+3 часа": "Etc/GMT-3",
    "мск+2": "Asia/Yekaterinburg",
    "МСК + 7": "Asia/Vladivostok",
    "мск-1": "Europe/Kaliningrad",
    "msk+0": "Europe/Moscow",
    "мск-3": "UTC",
    "мск+2:30": "Asia/Kolkata",
    "UTC+5:30": "Asia/Kolkata",
    "+5.5": "Asia/Kolkata",
    "+0545": "Asia/Kathmandu",
    "UTC+3:30": "Asia/Tehran",
    "UTC-3:30": "America/St_Johns",
    "UTC+9:30": "Australia/Darwin",
}
SLIPS = {
    "NYC": "America/New_York",
    "Frisco": "America/Los_Angeles",
    "KL": "Asia/Kuala_Lumpur",
    "Joburg": "Africa/Johannesburg",
    "BLR": "Asia/Kolkata",
    "Екатеринбуг": "Asia/Yekaterinburg",  # a letter left out
    "Екатеринбуург": "Asia/Yekaterinburg",  # one too many
    "Екатеринбурх": "Asia/Yekaterinburg",  # one wrong
    "Екатеринубрг": "Asia/Yekaterinburg",  # two in the wrong order
    "Новосибрск": "Asia/Novosibirsk",
    "Калининргад": "Europe/Kaliningrad",
    "Краснаярск": "Asia/Krasnoyarsk",
    "Тальятти": "Europe/Samara",
    "Amsterdm": "Europe/Amsterdam",
    "Helsinky": "Europe/Helsinki",
    "Barselona": "Europe/Madrid",
    "Владивост": "Asia/Vladivostok",  # a beginning
    "Хабар": "Asia/Vladivostok",
    "San Fran": "America/Los_Angeles",
    "Johannes": "Africa/Johannesburg",
}
SEVERAL = {
    "Владимир": ["Europe/Moscow", "Europe/Kyiv"],
    "Portland": ["America/Los_Angeles", "America/New_York"],
    "Портленд, Орегон": ["America/Los_Angeles", "America/New_York"],
    "Birmingham": ["Europe/London", "America/Chicago"],
    "Бирмингем": ["Europe/London", "America/Chicago"],
    "Петропавловск": ["Asia/Almaty", "Asia/Kamchatka"],
    "Hyderabad": ["Asia/Kolkata", "Asia/Karachi"],
    "Сан-Хосе": ["America/Los_Angeles", "America/Costa_Rica"],
    "Россия": ["Europe/Moscow", "Asia/Novosibirsk", "Asia/Yekaterinburg", "Asia/Omsk", "Europe/Samara"],
    "США": [
        "America/New_York",
        "America/Los_Angeles",
        "America/Chicago",
        "America/Phoenix",
        "America/Indiana/Indianapolis",
    ],
    "Jamaica": ["America/Jamaica", "America/New_York"],  # a country, and a part of New York
}
NONE = [
    "", " ", ".", "-", "+", "/", "//", "г.", "в", "ы", "нет", "да", "привет", "отмена", "спасибо", "asdfgh", "йцукенг", "не знаю", "12:30",
    "2026", "5", "+25", "UTC+15", "UTC-13", "+5:17", "мск+20", "мск+2:17", "+79001234567", "Europe/Atlantis", "../../etc/passwd",
    "europe/../moscow", "Etc/Unknown", "localtime", "Factory", "\x00", "🎉", "@moscow_bot_42", "'; drop table readers; --", "%00", "(",
    "[(*",    "а" * 101, "Москва" * 2_000, "+" * 10_000, "\x00" * 10_000, "🎉" * 10_000, "ﷺ" * 10_000, "а, " * 3_000,
]  # fmt: skip


def found(text: str) -> list[str]:
    return [place.tz for place in zones.find(text)]


@pytest.mark.parametrize(("typed", "tz"), [*RUSSIA.items(), *WORLD.items(), *ZONES.items(), *SLIPS.items()])
def test_what_is_typed_is_found(typed: str, tz: str) -> None:
    """Names as people write them, names of zones, offsets, slips of the finger: the likeliest comes first."""
    assert found(typed)[:1] == [tz]


@pytest.mark.parametrize(("typed", "expected"), SEVERAL.items())
def test_one_name_in_several_zones_is_all_of_them(typed: str, expected: list[str]) -> None:
    """Whoever types a name that several places bear is given all, the largest first, each zone once."""
    assert found(typed) == expected


@pytest.mark.parametrize(
    ("typed", "ru", "en"),
    [
        (
            "Springfield",
            ["Спрингфилд (Миссури, Иллинойс)", "Спрингфилд (Массачусетс, Огайо)", "Спрингфилд (Орегон)"],
            ["Springfield (Missouri, Illinois)", "Springfield (Massachusetts, Ohio)", "Springfield (Oregon)"],
        ),
        (
            "железногорск",
            ["Железногорск (Курская область)", "Железногорск (Красноярский край)"],
            ["Zheleznogorsk (Kursk Oblast)", "Zheleznogorsk (Krasnoyarsk Krai)"],
        ),
        (
            "Guadalupe",
            ["Гвадалупе (время: Монтеррей)", "Гвадалупе (время: Мехико)"],
            ["Guadalupe (Monterrey time)", "Guadalupe (Mexico City time)"],
        ),
        (
            "Richmond",
            ["Ричмонд (Виргиния)", "Ричмонд", "Ричмонд (Калифорния)"],
            ["Richmond (Virginia)", "Richmond", "Richmond (California)"],
        ),
        ("Birmingham", ["Бирмингем", "Бирмингем"], ["Birmingham", "Birmingham"]),
    ],
)  # fmt: skip
def test_places_of_one_name_are_told_apart(typed: str, ru: list[str], en: list[str]) -> None:
    """In one country by the regions that live by the zone, or whose time it is; in several by the country alone."""
    given_back = zones.find(typed)
    assert ([place.name_ru for place in given_back], [place.name_en for place in given_back]) == (ru, en)


def test_no_choice_offers_one_name_twice() -> None:
    """Whatever name of the file is typed, no two places of one country are called alike, in neither language."""
    for name in {name for _, (name, *_) in rows()}:
        given_back = zones.find(name)
        for names in ([(p.country, p.name_ru) for p in given_back], [(p.country, p.name_en) for p in given_back]):
            assert len(set(names)) == len(names), name


@pytest.mark.parametrize("typed", NONE)
def test_nonsense_is_nothing(typed: str) -> None:
    """What is no place, no zone and nobody's offset finds nothing, however long and odd it is."""
    assert zones.find(typed) == []


def test_only_so_many_are_given() -> None:
    """A limit is kept; the largest stay."""
    assert [place.name_en for place in zones.find("Россия", limit=2)] == ["Moscow", "Novosibirsk"]
    assert zones.find("Россия", limit=0) == []
    assert len(zones.find("США", limit=50)) > 5


def test_a_place_has_its_names() -> None:
    """A place is told in both languages; one without a Russian name is told as it is; an offset is called so."""
    assert zones.find("спб") == [
        Place(
            name_ru="Санкт-Петербург",
            name_en="Saint Petersburg",
            country="RU",
            tz="Europe/Moscow",
            population=5_352_000,
        )
    ]
    assert zones.find("Минеральные Воды")[0].name_en == "Mineralnye Vody"
    (bay,) = zones.find("Business Bay")
    assert bay.name_ru == bay.name_en == "Business Bay"
    (offset,) = zones.find("utc-5")
    assert (offset.name_ru, offset.name_en, offset.country, offset.tz) == ("UTC−5", "UTC−5", "", "Etc/GMT+5")


@pytest.mark.parametrize("offset", range(-12, 15))
def test_a_whole_offset_is_a_zone_with_it(offset: int) -> None:
    """What is typed as an offset is the zone's offset now, though IANA counts the other way."""
    (place,) = zones.find(f"UTC{offset:+d}")
    assert NOW.astimezone(ZoneInfo(place.tz)).utcoffset() == timedelta(hours=offset)


@pytest.mark.parametrize("hours", range(-1, 10))
def test_moscow_plus_so_many_is_a_zone_with_it(hours: int) -> None:
    """Moscow time plus or minus some hours is a zone of Russia that is as far from Moscow."""
    (place,) = zones.find(f"мск{hours:+d}")
    assert place.country == "RU"
    assert NOW.astimezone(ZoneInfo(place.tz)).utcoffset() == timedelta(hours=3 + hours)


PIECES = st.sampled_from([
    "москва", "london", "казань", "new", "york", "нижний", "санкт", "-", " ", "  ", ", ", "(", "/", "г. ", "в ", "utc", "gmt", "мск", "+",
    "−", "5", "30", ":", "europe/", "etc/gmt", "\x00", "\u202e", "\u200d", "🎉", "ё", "İ", "ß", "é", "ﷺ", "россия", "usa", "東京", "\n",
    "\\",
])  # fmt: skip


@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=12).map("".join)), st.integers(-1, 60))
@example("İ" * 100, 5)
@example("ﷺ" * 100, 5)
@example("etc/gmt-0", 5)
def test_anything_may_be_typed(typed: str, limit: int) -> None:
    """No text raises; what is found are known zones, each once, the largest first, as many as were asked for."""
    given_back = zones.find(typed, limit=limit)
    tzs = [place.tz for place in given_back]
    assert len(tzs) == len(set(tzs)) <= max(limit, 0)
    assert set(tzs) <= zone_names.zones()
    assert [place.population for place in given_back] == sorted(
        (place.population for place in given_back), reverse=True
    )


def rows() -> list[tuple[str, list[str]]]:
    """The places of the file with the lines that they stand under."""
    lines = resources.files("bot").joinpath("data/cities.txt").read_text("utf-8").splitlines()
    group, listed = "", []
    for line in lines:
        if "\t" in line:
            listed.append((group, line.split("\t")))
        elif not line.startswith("#"):
            group = line
    return listed


def test_the_file_tells_its_source() -> None:
    """The cities of GeoNames may be used by whoever names GeoNames and the licence."""
    first = resources.files("bot").joinpath("data/cities.txt").read_text("utf-8").partition("\n")[0]
    assert first.startswith("#")
    assert "GeoNames" in first
    assert "CC BY 4.0" in first


def test_every_zone_of_the_file_is_one() -> None:
    """Each group has a country and a zone that this machine knows under the name that people know; each place is complete."""
    listed = rows()
    assert len(listed) > 14_000
    for group in {group for group, _ in listed}:
        country, tz = group.split(" ")
        assert len(country) == 2
        assert zone_names.canonical(tz) == tz, group
    for group, (name, russian, thousands, *rest) in listed:
        others, region = [*rest, "", ""][:2]
        assert name.strip() == name != "", group
        assert russian.strip() == russian, name
        assert thousands.isdecimal(), name
        assert len(rest) <= 2, name
        assert others.strip("|") == others, name
        assert not region or all(part.strip() for part in region.split("|", 1)), name
        assert region.count("|") == bool(region), name
        assert places.folded(name), name


def test_every_russian_name_is_cyrillic() -> None:
    """No place is told to a Russian reader in letters that only stand in other alphabets."""
    letters = set("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ -.0123456789’'")
    assert [russian for _, (_, russian, *_) in rows() if set(russian) - letters] == []


def test_every_place_of_the_file_is_found_by_its_names() -> None:
    """What a place is called in English or Russian finds it, or a larger one of that name in its zone."""
    for group, (name, russian, *_) in rows():
        for called in {name, russian} - {""}:
            assert group.split(" ")[1] in {place.tz for place in places.search(called, limit=99)}, called


@pytest.mark.parametrize(
    ("code", "tz"),
    [
        ("ru", "Europe/Moscow"), ("uk", "Europe/Kyiv"), ("be", "Europe/Minsk"), ("kk", "Asia/Almaty"), ("uz", "Asia/Tashkent"),
        ("ky", "Asia/Bishkek"), ("tg", "Asia/Dushanbe"), ("hy", "Asia/Yerevan"), ("ka", "Asia/Tbilisi"), ("az", "Asia/Baku"),
        ("tt", "Europe/Moscow"), ("ba", "Asia/Yekaterinburg"), ("sah", "Asia/Yakutsk"), ("de", "Europe/Berlin"), ("fr", "Europe/Paris"),
        ("it", "Europe/Rome"), ("es", "Europe/Madrid"), ("pl", "Europe/Warsaw"), ("tr", "Europe/Istanbul"), ("he", "Asia/Jerusalem"),
        ("iw", "Asia/Jerusalem"), ("fa", "Asia/Tehran"), ("ar", "Africa/Cairo"), ("hi", "Asia/Kolkata"), ("id", "Asia/Jakarta"),
        ("in", "Asia/Jakarta"), ("ja", "Asia/Tokyo"), ("ko", "Asia/Seoul"), ("zh", "Asia/Shanghai"), ("zh-hans", "Asia/Shanghai"),
        ("zh-hant", "Asia/Taipei"), ("pt", "America/Sao_Paulo"), ("pt-br", "America/Sao_Paulo"), ("pt-PT", "Europe/Lisbon"),
        ("pt_PT", "Europe/Lisbon"), ("en-GB", "Europe/London"), ("en-us", "America/New_York"), ("es-MX", "America/Mexico_City"),
        ("ru-KZ", "Asia/Almaty"), ("RU", "Europe/Moscow"),
        # English is spoken by people of all countries
        ("en", "UTC"), ("eo", "UTC"), ("", "UTC"), (None, "UTC"), ("xx", "UTC"), ("-", "UTC"), ("en-ZZ", "UTC"), ("🎉", "UTC"),
    ],
)  # fmt: skip
def test_guess(code: str | None, tz: str) -> None:
    """A language is spoken mostly somewhere; a country in the code counts for more; whoever gives no hint is at UTC."""
    assert zones.guess(code) == tz


@given(st.none() | st.text(max_size=20) | st.from_regex(r"[a-z]{2,3}(-[a-zA-Z]{2,4})?", fullmatch=True))
def test_a_guess_is_a_zone(code: str | None) -> None:
    """Whatever Telegram says somebody's language is, the guess is a zone."""
    assert zones.guess(code) in zone_names.zones()


@pytest.mark.parametrize(
    ("latitude", "longitude", "tz"),
    [
        (55.75, 37.62, "Europe/Moscow"), (54.71, 20.51, "Europe/Kaliningrad"), (53.02, 158.65, "Asia/Kamchatka"),
        (43.24, 76.89, "Asia/Almaty"), (40.71, -74.01, "America/New_York"), (-33.87, 151.21, "Australia/Sydney"),
        (22.57, 88.36, "Asia/Kolkata"), (27.71, 85.32, "Asia/Kathmandu"), (50.45, 30.52, "Europe/Kyiv"),
        (0.0, 0.0, "UTC"), (30.0, -40.0, "Etc/GMT+3"), (-50.0, 100.0, "Etc/GMT-7"), (90.0, 0.0, "UTC"),
        (999.0, 30.0, "Etc/GMT-2"), (0.0, 999.0, "UTC"), (0.0, math.nan, "UTC"), (math.inf, -math.inf, "UTC"),
    ],
)  # fmt: skip
def test_at(latitude: float, longitude: float, tz: str) -> None:
    """On land it is the zone of the place, on the open sea the offset of the longitude; what is nowhere is UTC."""
    assert zones.at(latitude, longitude) == tz


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_has_a_zone(latitude: float, longitude: float) -> None:
    """There is no point on Earth without a zone that this machine knows."""
    assert zones.at(latitude, longitude) in zone_names.zones()


@pytest.mark.parametrize(
    ("tz", "ru", "en"),
    [
        ("Europe/Moscow", "Москва, UTC+3", "Moscow, UTC+3"),
        ("Europe/Kyiv", "Киев, UTC+2", "Kyiv, UTC+2"),
        ("Europe/Kiev", "Киев, UTC+2", "Kyiv, UTC+2"),
        ("Asia/Calcutta", "Калькутта, UTC+5:30", "Kolkata, UTC+5:30"),
        ("Asia/Kathmandu", "Катманду, UTC+5:45", "Kathmandu, UTC+5:45"),
        ("America/New_York", "Нью-Йорк, UTC−5", "New York, UTC−5"),
        ("America/St_Johns", "Сент-Джонс, UTC−3:30", "St. John’s, UTC−3:30"),
        ("America/Argentina/Buenos_Aires", "Буэнос-Айрес, UTC−3", "Buenos Aires, UTC−3"),
        ("Europe/London", "Лондон, UTC+0", "London, UTC+0"),
        ("Europe/Chisinau", "Кишинёв, UTC+2", "Chisinau, UTC+2"),
        ("Asia/Kamchatka", "Петропавловск-Камчатский, UTC+12", "Kamchatka, UTC+12"),
        ("Etc/GMT-5", "UTC+5", "UTC+5"),
        ("Etc/GMT+3", "UTC−3", "UTC−3"),
        ("UTC", "UTC", "UTC"),
        ("Etc/UTC", "UTC", "UTC"),
    ],
)
def test_label(tz: str, ru: str, en: str) -> None:
    """A zone is told by its city and its offset, in Russian or, in any other language, in English."""
    assert zones.label(tz, lang="ru", now=NOW) == ru
    assert zones.label(tz, lang="en", now=NOW) == zones.label(tz, lang="kk", now=NOW) == en


def test_label_tells_the_offset_of_the_moment() -> None:
    """In summer Berlin is an hour further from UTC."""
    assert zones.label("Europe/Berlin", lang="en", now=NOW) == "Berlin, UTC+1"
    assert zones.label("Europe/Berlin", lang="en", now=datetime(2026, 7, 1, tzinfo=UTC)) == "Berlin, UTC+2"


@pytest.mark.parametrize("tz", sorted(zone_names.zones()))
def test_what_a_zone_is_called_finds_it(tz: str) -> None:
    """Each zone is told in Russian letters and in Latin ones, never by its technical name, and is found as it is told."""
    for lang in ("ru", "en"):
        name = zones.label(tz, lang=lang, now=NOW).rpartition(", ")[0] or tz
        assert tz in {place.tz for place in zones.find(name, limit=99)}
        assert "_" not in name
    russian = zones.label(tz, lang="ru", now=NOW).rpartition(", ")[0]
    assert not any("a" <= char.lower() <= "z" for char in russian)


def test_every_zone_of_this_machine_has_a_canonical_name() -> None:
    """What is canonical stays so, in any case; every name of a zone has one, with the same offset."""
    for name in available_timezones() - {"Factory", "localtime"}:
        known = zone_names.canonical(name.upper())
        assert known is not None
        assert zone_names.canonical(known) == known
        assert NOW.astimezone(ZoneInfo(known)).utcoffset() == NOW.astimezone(ZoneInfo(name)).utcoffset(), name
    for former in (
        "Asia/Calcutta",
        "Europe/Kiev",
        "Asia/Saigon",
        "Asia/Rangoon",
        "America/Godthab",
        "US/Pacific",
        "GMT",
        "Etc/Zulu",
    ):
        assert zone_names.canonical(former) != former
        assert former not in zone_names.zones()
    assert zone_names.canonical("Europe/Atlantis") is None


def test_a_label_of_no_zone_is_told() -> None:
    """A zone that this machine does not know raises what zoneinfo raises."""
    with pytest.raises(ZoneInfoNotFoundError):
        zones.label("Europe/Atlantis", lang="ru", now=NOW)
