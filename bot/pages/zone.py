"""The time zone of a reader: how it can be told, and what was made of what was told.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import KeyboardButton, ReplyKeyboardMarkup
from aiogram.utils.formatting import Text
from babel import Locale

from bot import zones
from bot.pages.presses import in_rows, marked, setting
from bot.places import Place
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Reader, ReaderKind

#: The zones that are offered as buttons, by language.
_OFFERED = {
    "ru": (
        *(
            "Europe/Kaliningrad",
            "Europe/Moscow",
            "Europe/Samara",
            "Asia/Yekaterinburg",
            "Asia/Omsk",
            "Asia/Krasnoyarsk",
        ),
        *("Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Almaty", "Asia/Tbilisi"),
    ),
    "en": (
        *("America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "Europe/London"),
        *("Europe/Berlin", "Europe/Moscow", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo"),
        "Australia/Sydney",
    ),
}
#: What somebody typed is repeated up to this length.
_ECHO_UNITS = 60


def zone_page(reader: Reader, say: Say, *, now: datetime) -> Screen:
    """The zone as it is, and the ways to another one."""
    hour = now.astimezone(ZoneInfo(reader.tz))
    label = zones.label(reader.tz, lang=say.lang, now=now)
    in_group = reader.kind is ReaderKind.GROUP
    if in_group:
        how = say("Choose one below, or answer this message with your city or a zone such as Europe/Moscow.")
    else:
        how = say("Choose one below, or write me your city or a zone such as Europe/Moscow.")
    offered = [
        setting(marked(zones.label(tz, lang=say.lang, now=now), chosen=tz == reader.tz), "tz", reader.id, tz)
        for tz in _OFFERED[say.lang]
    ]
    place = [setting("📍 " + say("By location"), "place", reader.id)] if not in_group else []
    return Screen(
        text=Text(
            say("Time zone: {zone}", zone=label), "\n", say("It is {time} there.", time=f"{hour:%H:%M}"), "\n\n", how
        ),
        buttons=[*in_rows(offered, 2), place, [setting("‹ " + say("Back"), "home", reader.id)]],
    )


def location_keyboard(say: Say) -> ReplyKeyboardMarkup:
    """The keyboard below the chat from which a location can be sent."""
    return ReplyKeyboardMarkup(
        keyboard=[
            [KeyboardButton(text="📍 " + say("Send my location"), request_location=True)],
            [KeyboardButton(text=say("Don't send it"))],
        ],
        resize_keyboard=True,
        one_time_keyboard=True,
    )


def chosen(reader: Reader, say: Say, *, now: datetime) -> str:
    """What is said once a zone has been found."""
    return say("Time zone: {zone}", zone=zones.label(reader.tz, lang=say.lang, now=now))


def several(reader: Reader, places: Sequence[Place], say: Say, *, now: datetime) -> Screen:
    """The places that may have been meant."""
    rows = [[setting(_told(place, say, now), "tz", reader.id, place.tz)] for place in places]
    return Screen(
        text=Text(say("There are several such places. Which one is yours?")),
        buttons=[*rows, [setting("‹ " + say("Back"), "home", reader.id)]],
    )


def unknown(reader: Reader, typed: str, say: Say) -> Screen:
    """Nothing is known by that name."""
    return Screen(
        text=Text(
            say("I know no place called “{name}”.", name=cut(clean(typed), _ECHO_UNITS)),
            "\n",
            say("Try a larger city nearby, a zone such as Europe/Moscow, or an offset such as UTC+3."),
        ),
        buttons=[[setting("‹ " + say("Back"), "home", reader.id)]],
    )


def _told(place: Place, say: Say, now: datetime) -> str:
    """`Бирмингем, США · UTC−6`."""
    name = place.name_ru if say.lang == "ru" else place.name_en
    land = Locale(say.lang).territories.get(place.country, "")
    offset = zones.label(place.tz, lang=say.lang, now=now).rpartition(", ")[2]
    where = f"{name}, {land}" if land else name
    return where if where == offset else f"{where} · {offset}"
