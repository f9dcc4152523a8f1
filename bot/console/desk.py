"""What the console remembers, as Telegram would: who may be written to, what stands in each chat, which buttons are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aiogram.types import Message

from bot.console.commands import Forward
from bot.console.draw import Bubble
from bot.console.formatting import Formatted
from bot.console.keyboards import Keyboard
from bot.console.menu import Menu
from bot.console.people import Person
from bot.console.refusals import MayNotWrite, NotTaken
from bot.console.screen import Screen
from bot.console.words import Words, words


@dataclass(slots=True)
class Sent:
    """A message of the bot. `fixed` ones brought a keyboard that stands below the chat, and cannot be edited."""

    message: Message
    number: int
    fixed: bool


@dataclass(slots=True)
class Room:
    """The private chat with a person. `keyboards` are those on the screen, the newest last.

    `lang` is what the bot speaks there, once it is known; until then, what Telegram is set to. `asked` is the message whose
    answer the bot asked for (by ForceReply), until something is said.
    """

    person: Person
    started: bool
    lang: str
    sent: dict[int, Sent] = field(default_factory=dict)
    heard: dict[int, Message] = field(default_factory=dict)
    keyboards: list[Keyboard] = field(default_factory=list)
    pinned: int | None = None
    asked: int | None = None

    def keyboard(self, message: int | None) -> Keyboard | None:
        """The newest keyboard, or that of the message with this number on the screen."""
        found = [board for board in self.keyboards if message is None or board.message == message]
        return found[-1] if found else None

    def drop(self, message_id: int) -> None:
        """Take away the keyboard of a message."""
        self.keyboards = [board for board in self.keyboards if board.message_id != message_id]

    def put(self, board: Keyboard) -> None:
        """Show a keyboard as the newest; one that stands below the chat takes the place of the one there."""
        self.drop(board.message_id)
        if not board.inline:
            self.clear()
        self.keyboards.append(board)

    def clear(self) -> None:
        """Take away the keyboard below the chat."""
        self.keyboards = [board for board in self.keyboards if board.inline]

    @property
    def newest(self) -> Sent | None:
        """The last message of the bot that is still there."""
        return self.sent[max(self.sent)] if self.sent else None


class Desk:
    """All that the console remembers, and where it shows and keeps things.

    Ids of messages, updates and presses are counted together from `first_id` on, as a bot never sees one twice.
    """

    def __init__(
        self,
        *,
        people: Sequence[Person],
        screen: Screen,
        files: Path,
        clock: Callable[[], datetime],
        name: str,
        first_id: int,
    ) -> None:
        self.people = tuple(people)
        self.screen = screen
        self.files = files
        self.clock = clock
        self.name = name
        self.menu = Menu()
        self.speaking: Person | None = None
        #: presses that wait for an answer
        self.calls: set[str] = set()
        #: when each post was there for the first time that somebody has forwarded
        self.posted: dict[Forward, datetime] = {}
        #: files that have been written, by the id that Telegram would know them by
        self.kept: dict[str, Path] = {}
        self._rooms = {person.id: Room(person=person, started=person.known, lang=person.lang) for person in people}
        self._last_id = first_id - 1
        self._shown = 0

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def next_number(self) -> int:
        """The number of the next message of the bot on the screen."""
        self._shown += 1
        return self._shown

    def room(self, chat_id: int | str) -> Room:
        """The chat with this id.

        Raises:
            NotTaken: there is none.
        """
        found = self._rooms.get(int(chat_id)) if str(chat_id).lstrip("-").isdecimal() else None
        if found is None:
            raise NotTaken("chat not found")
        return found

    def open_room(self, chat_id: int | str) -> Room:
        """The chat with this id, if the bot may write there.

        Raises:
            NotTaken: there is none.
            MayNotWrite: the person has not written yet.
        """
        room = self.room(chat_id)
        if not room.started:
            raise MayNotWrite
        return room

    def words(self, room: Room | None = None) -> Words:
        """What the console says to the person of a chat, or to who speaks, or, before anybody does, to the first."""
        room = room or self.room((self.speaking or self.people[0]).id)
        return words(room.lang)

    def bubble(
        self,
        room: Room,
        sent: Sent,
        *,
        content: Formatted | None,
        keyboard: Keyboard | None,
        edited: bool = False,
        files: tuple[str, ...] = (),
    ) -> None:
        """Show a message of the bot."""
        self.screen.bubble(
            Bubble(
                name=self.name,
                to="" if room.person == self.speaking else room.person.name,
                number=sent.number,
                edited=edited,
                content=content,
                files=files,
                keyboard=keyboard,
            )
        )
