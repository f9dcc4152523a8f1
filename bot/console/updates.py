"""What people do, as the updates that Telegram would send of it. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime

from aiogram.types import CallbackQuery, Chat, Location, Message, MessageEntity, MessageOriginChannel, Update

from bot.console.commands import Forward, Locate
from bot.console.formatting import TEXT_UNITS
from bot.console.people import Person
from bot.spans import units

#: Numbers of messages are below this.
_MESSAGES = 2**31
# what Telegram itself marks in a text: commands, addresses, names; the first that fits
_MARKED = re.compile(
    r"(?P<bot_command>(?<![\w/])/\w{1,64}(?:@\w{3,32})?)"
    r"|(?P<url>\bhttps?://[^\s<>\"]+|(?<![\w@./])(?:[\w-]+\.)+(?:me|com|org|net|ru|io|ai|dev)\b(?:/[^\s<>\"]*)?)"
    r"|(?P<mention>(?<![\w@/])@[A-Za-z]\w{3,31}\b)"
)


def parts(text: str) -> Iterator[str]:
    """The text in pieces that are not too long for a message, as Telegram's programs cut what is pasted."""
    start = room = 0
    for at, char in enumerate(text):
        room += units(char)
        if room > TEXT_UNITS:
            yield text[start:at]
            start, room = at, units(char)
    yield text[start:]


def said(person: Person, text: str, *, number: int, now: datetime, answers: Message | None = None) -> Message:
    """A message of a person, be it an answer to another. Commands, addresses and names in it are marked."""
    return Message(
        message_id=number,
        date=now,
        chat=person.chat(),
        from_user=person.user(),
        text=text,
        entities=marked(text) or None,
        reply_to_message=answers.model_copy(update={"reply_to_message": None}) if answers else None,
    )


def located(person: Person, place: Locate, *, number: int, now: datetime) -> Message:
    """A location that a person sends."""
    where = Location(latitude=place.latitude, longitude=place.longitude)
    return Message(message_id=number, date=now, chat=person.chat(), from_user=person.user(), location=where)


def forwarded(person: Person, post: Forward, *, number: int, now: datetime, posted: datetime) -> Message:
    """A post of a channel (`@name`, or its title) that a person forwards. The same text is the same post, with the same number
    there, whoever forwards it and when; `posted`: when it was posted there.
    """
    there = zlib.crc32(" ".join(post.text.split()).encode("utf-8", "surrogatepass")) % (_MESSAGES - 1) + 1
    origin = MessageOriginChannel(date=posted, chat=channel(post.channel), message_id=there)
    return said(person, post.text, number=number, now=now).model_copy(update={"forward_origin": origin})


def channel(name: str) -> Chat:
    """The channel of a name: the same each time, and unlike any that there is."""
    handle = name.removeprefix("@")
    public = name.startswith("@")
    # the ids of real channels have thirteen digits after the minus
    number = -(10**14 + zlib.crc32(handle.casefold().encode()))
    return Chat(id=number, type="channel", title=handle, username=handle if public else None)


def pressed(person: Person, message: Message, data: str, *, number: int) -> CallbackQuery:
    """A press of an inline button under a message."""
    return CallbackQuery(
        id=str(number), from_user=person.user(), chat_instance=str(person.id), message=message, data=data
    )


def update(number: int, event: Message | CallbackQuery) -> Update:
    """The update that brings an event to the bot."""
    if isinstance(event, Message):
        return Update(update_id=number, message=event)
    return Update(update_id=number, callback_query=event)


def marked(text: str) -> list[MessageEntity]:
    """The entities that Telegram finds in a text by itself."""
    found = []
    for match in _MARKED.finditer(text):
        kind = match.lastgroup or ""
        shown = match.group().rstrip(".,:;!?)") if kind == "url" else match.group()
        found.append(MessageEntity(type=kind, offset=units(text[: match.start()]), length=units(shown)))
    return found
