"""What the bot says in dialogues, in Russian and English: gettext catalogues, plural forms, marked-up values.

The messages in the code are the English ones; `locales/ru/*.po` hold the Russian ones, one file a part of the bot. What
digests say stands in `texts`, since the terminal and the page say it too.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from aiogram.utils.formatting import Text
from aiogram.utils.i18n import I18n
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("ru", "en")
#: Languages of Telegram whose speakers mostly read Russian rather than English.
_READ_RUSSIAN = frozenset({"ru", "be", "uk", "kk", "ky", "tg", "uz", "hy", "az", "tt", "ba", "ce", "cv", "mo", "tk"})
_PLACE = re.compile(r"\{(\w+)\}")


class Catalogues(I18n):
    """The catalogues, compiled when they are read: there are no compiled files that could be out of step."""

    def __init__(self) -> None:
        super().__init__(path=str(resources.files("bot").joinpath("locales")), default_locale="en", domain="bot")

    def find_locales(self) -> dict[str, gettext.GNUTranslations]:
        """Read every catalogue; English needs none."""
        return {
            folder.name: _compiled(folder) for folder in sorted(Path(self.path).iterdir()) if any(folder.glob("*.po"))
        }


@cache
def _compiled(folder: Path) -> gettext.GNUTranslations:
    """Once a process: the files come with the package, and nobody changes what is read of them."""
    whole = Catalog(locale=folder.name)
    for file in sorted(folder.glob("*.po")):
        for message in read_po(io.BytesIO(file.read_bytes()), locale=folder.name):
            if message.id:
                whole[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language(code: str | None) -> str:
    """The language to speak with somebody whose Telegram has this language code."""
    return "ru" if (code or "").lower().split("-")[0] in _READ_RUSSIAN else "en"


class Say:
    """Says things in one language: `say("Muted {name}.", name=…)`, `say.many("{n} story", "{n} stories", n)`."""

    def __init__(self, catalogues: Catalogues, lang: str) -> None:
        self.lang = lang if lang in LANGUAGES else "en"
        self._catalogues = catalogues

    def __call__(self, message: str, **values: object) -> str:
        """The message in the language, with the values in their places; what they hold is not read as a place."""
        return self._catalogues.gettext(message, locale=self.lang).format(**values)

    def many(self, one: str, other: str, n: int, **values: object) -> str:
        """The message in the plural form that `n` needs; `{n}` stands for it."""
        return self._catalogues.gettext(one, other, n, locale=self.lang).format(n=n, **values)

    def rich(self, message: str, **values: object) -> Text:
        """The message with marked-up values (`Bold("x")`) in their places."""
        return Text(*_pieces(self._catalogues.gettext(message, locale=self.lang), values))

    def into(self, lang: str) -> Say:
        """The same in another language."""
        return Say(self._catalogues, lang)


def _pieces(message: str, values: dict[str, object]) -> Iterator[object]:
    end = 0
    for place in _PLACE.finditer(message):
        yield message[end : place.start()]
        value = values[place[1]]
        yield value if isinstance(value, Text) else str(value)
        end = place.end()
    yield message[end:]
