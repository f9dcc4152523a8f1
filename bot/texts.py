"""The few words of the digest in Russian and English: plural forms, days and months, ranges of days.

Any other language falls back to English. Nothing here knows what a story is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.typography import NO_BREAK, figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The vocabulary of one language; countable words hold the forms for 1, 2–4 and 5 or more."""

    lang: str
    months: tuple[str, ...]
    stories: tuple[str, str, str]
    copies: tuple[str, str, str]
    sources: tuple[str, str, str]
    posts: tuple[str, str, str]
    digest: str
    other: str
    untitled: str
    nameless: str
    empty: str
    forwarded: str
    from_file: str
    another_post: str
    more: tuple[str, str]
    also: str
    until: str
    undated: str
    bot: str
    update: str
    writes: tuple[str, str]
    both: str
    quotes: tuple[str, str]

    def count(self, number: int, forms: tuple[str, str, str]) -> str:
        """Number and word in the right form: `21 сюжет`, `3 copies`."""
        return f"{figure(number, lang=self.lang)} {forms[self._form(number)]}"

    def chosen(self, shown: int, considered: int) -> str:
        """How many stories are shown of how many: `12 сюжетов из 47`, `12 of 47 stories`; of all of them, only that."""
        if considered <= shown:
            return self.count(shown, self.stories)
        if self.lang == "en":
            return f"{figure(shown, lang=self.lang)} of{NO_BREAK}{self.count(considered, self.stories)}"
        return f"{self.count(shown, self.stories)} из {figure(considered, lang=self.lang)}"

    def say(self, names: Sequence[str]) -> str:
        """Who says what follows: `«Вестник» пишет`, `Paper Lantern and The Weekly Sift write`."""
        opening, closing = self.quotes
        quoted = [name if set(name) & set('«»“”"') else f"{opening}{name}{closing}" for name in names]
        listed = ", ".join(quoted[:-1]) + f" {self.both} " + quoted[-1] if len(quoted) > 1 else quoted[0]
        return f"{listed} {self.writes[len(quoted) > 1]}"

    def and_more(self, number: int, forms: tuple[str, str, str]) -> str:
        """What ends a list: `и ещё 5 источников`, `and 5 more sources`."""
        before, between = self.more
        return f"{before} {figure(number, lang=self.lang)} {between}{forms[self._form(number)]}"

    def besides(self, number: int, forms: tuple[str, str, str]) -> str:
        """What goes on with a list: `ещё 5 копий`, `plus 5 copies`."""
        return f"{self.also}{NO_BREAK}{self.count(number, forms)}"

    def _form(self, number: int) -> int:
        if self.lang == "en":
            return 0 if number == 1 else 2
        if number % 10 == 1 and number % 100 != 11:
            return 0
        return 1 if number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14} else 2

    def day(self, when: date, *, year: bool) -> str:
        text = f"{when.day} {self.months[when.month - 1]}"
        return f"{text} {when.year}" if year else text

    def days(self, first: date, last: date, *, year: bool) -> str:
        """A range of days, nothing said twice: `14–17 сентября 2026`; the years always stand when they differ."""
        if first >= last:
            return self.day(first, year=year)
        end = self.day(last, year=year or first.year != last.year)
        if first.year != last.year:
            return f"{self.day(first, year=True)} – {end}"
        if first.month != last.month:
            return f"{self.day(first, year=False)} – {end}"
        return f"{first.day}–{end}"


_RU = Words(
    lang="ru",
    months=(
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
    stories=("сюжет", "сюжета", "сюжетов"),
    copies=("копия", "копии", "копий"),
    sources=("источник", "источника", "источников"),
    posts=("пост", "поста", "постов"),
    digest="Дайджест",
    other="Разное",
    untitled="Без заголовка",
    nameless="Без имени",
    empty="За это время новых сюжетов нет.",
    forwarded="переслано в",
    from_file="из файла",
    another_post="другой пост",
    more=("и ещё", ""),
    also="ещё",
    until="по",
    undated="без даты, добавлено",
    bot="бот",
    update="Обновление",
    writes=("пишет", "пишут"),
    both="и",
    quotes=("«", "»"),
)

_EN = Words(
    lang="en",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    stories=("story", "stories", "stories"),
    copies=("copy", "copies", "copies"),
    sources=("source", "sources", "sources"),
    posts=("post", "posts", "posts"),
    digest="Digest",
    other="Other",
    untitled="Untitled",
    nameless="Unnamed",
    empty="No new stories in this time.",
    forwarded="forwarded by",
    from_file="from the file",
    another_post="another post",
    more=("and", "more "),
    also="plus",
    until="until",
    undated="undated, added",
    bot="bot",
    update="Update",
    writes=("writes", "write"),
    both="and",
    quotes=("", ""),
)


def words(lang: str) -> Words:
    """The vocabulary for a language code; English for any but Russian."""
    return _RU if lang == "ru" else _EN
