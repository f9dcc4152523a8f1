"""The people of the console: each is a Telegram user with a private chat of their own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import Chat, User

from core.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who speaks with the bot. `id` is that of the user and of the chat, `lang` what their Telegram is set to.

    `known` says that they have spoken with this bot before (in an earlier console, say), so that it may write first.
    """

    name: str
    id: int
    lang: str = "ru"
    known: bool = False

    def user(self) -> User:
        return User(id=self.id, is_bot=False, first_name=self.name, username=None, language_code=self.lang)

    def chat(self) -> Chat:
        return Chat(id=self.id, type="private", first_name=self.name)


#: Those who are there when nobody else is named. Telegram has given no such numbers yet, so they are nobody's.
PEOPLE = (Person(name="reader", id=900_000_000_001), Person(name="admin", id=900_000_000_002))


def named(people: Sequence[Person], name: str) -> Person:
    """The person of this name, however it is capitalised.

    Raises:
        UsageError: there is none.
    """
    for person in people:
        if person.name.casefold() == name.strip().casefold():
            return person
    raise UsageError(f"nobody here is called {name!r}: there are {', '.join(person.name for person in people)}")
