"""The bot's words: every message has its Russian, plural forms are right, and values never become markup or places."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiogram.utils.formatting import Bold
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.speech import Catalogues, Say, language

ROOT = Path(__file__).parents[3]
KEYWORDS = {"say": None, "many": (1, 2), "rich": None}
_PLACES = re.compile(r"\{\w*\}")


def spoken() -> dict[str | tuple[str, ...], str]:
    """Every message in the code, singular or (singular, plural), with where it stands."""
    found = {}
    for file, line, message, _, _ in extract_from_dir(str(ROOT / "bot"), [("**.py", "python")], keywords=KEYWORDS):
        found[message] = f"{file}:{line}"
    return found


def translated() -> Iterator[tuple[Path, Message]]:
    """Every entry of the Russian catalogues."""
    for file in sorted((ROOT / "bot" / "locales" / "ru").glob("*.po")):
        for message in read_po(io.BytesIO(file.read_bytes()), locale="ru"):
            if message.id:
                yield file, message


def test_every_message_has_its_russian() -> None:
    """What the code says stands in a catalogue, and catalogues hold nothing that nobody says."""
    known = {message.id for _, message in translated()}
    said = spoken()
    assert {message: place for message, place in said.items() if message not in known} == {}
    assert known - said.keys() == set()


def test_entries_are_whole() -> None:
    """Each entry is translated, once, in three forms where it counts, with the places of the original and no others."""
    seen: dict[object, Path] = {}
    for file, message in translated():
        assert message.id not in seen, f"{message.id!r} stands in {seen.get(message.id)} and {file}"
        seen[message.id] = file
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        assert len(forms) == (3 if len(originals) == 2 else 1), message.id
        wanted = {place for original in originals for place in _PLACES.findall(original)}
        for form in forms:
            assert form.strip(), message.id
            assert set(_PLACES.findall(form)) == wanted, message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1, "1 сохранённый сюжет"),
        (3, "3 сохранённых сюжета"),
        (11, "11 сохранённых сюжетов"),
        (21, "21 сохранённый сюжет"),
    ],
)
def test_russian_plurals(n: int, text: str) -> None:
    """Russian counts in three forms."""
    assert Say(Catalogues(), "ru").many("{n} saved story", "{n} saved stories", n) == text


def test_english_plurals() -> None:
    """English counts in two, without a catalogue."""
    say = Say(Catalogues(), "en")
    assert say.many("{n} saved story", "{n} saved stories", 1) == "1 saved story"
    assert say.many("{n} saved story", "{n} saved stories", 2) == "2 saved stories"


def test_values_are_only_values() -> None:
    """Braces in a value are no places, and marked-up values keep their marks."""
    say = Say(Catalogues(), "ru")
    assert say("“{name}” is muted.", name="{0.__class__}") == "«{0.__class__}»: больше не показываем."
    text, entities = say.rich("“{name}” is muted.", name=Bold("<b>{name}")).render()
    assert text == "«<b>{name}»: больше не показываем."
    assert [(entity.type, entity.offset, entity.length) for entity in entities] == [("bold", 1, 9)]


@pytest.mark.parametrize(
    ("code", "lang"),
    [("ru", "ru"), ("uk", "ru"), ("kk", "ru"), ("en", "en"), ("de", "en"), ("pt-br", "en"), ("", "en"), (None, "en")],
)
def test_language(code: str | None, lang: str) -> None:
    """Russian for those whose Telegram speaks a language whose speakers mostly read it, English for all others."""
    assert language(code) == lang
