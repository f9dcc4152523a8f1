"""What nothing else has taken: in private each gets one short answer that says what to do; in groups the bot keeps silent,
unless a command is addressed to it by name.

Asked last. Plain words in private are questions, which `ask` takes.
"""

from __future__ import annotations

import re
from collections import deque

from aiogram import Bot, F, Router
from aiogram.enums import ChatType, ContentType
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message, ReplyKeyboardRemove
from aiogram.utils.formatting import Text

from bot import commands, screens, zones
from bot.handlers import ask
from bot.handlers.zone import ZoneDialogue
from bot.known import Clock
from bot.pages import groups as group_pages
from bot.pages import leftovers as pages
from bot.screens import Screen
from bot.speech import Say
from core.readers import Reader

#: What people send; everything else in a chat (a pinned message, a changed picture) is nobody's question.
_SENT = frozenset(
    {
        *(ContentType.ANIMATION, ContentType.AUDIO, ContentType.CHECKLIST, ContentType.CONTACT, ContentType.DICE),
        *(ContentType.DOCUMENT, ContentType.GAME, ContentType.PAID_MEDIA, ContentType.PHOTO, ContentType.POLL),
        *(ContentType.STICKER, ContentType.STORY, ContentType.VIDEO, ContentType.VIDEO_NOTE, ContentType.VOICE),
        *(ContentType.VENUE, ContentType.LOCATION),
    }
)
_COMMAND = re.compile(r"/([^\s@/]+)(?:@(\w+))?(?:\s|\Z)")
#: Albums of which it is remembered that they were answered: their parts come at once.
_ALBUMS = 100
#: Known, though not listed.
_UNLISTED = ("cancel", "subscribe", "unsubscribe")


def router() -> Router:
    """To be asked last."""
    built = Router(name="leftovers")
    private, group = F.chat.type == ChatType.PRIVATE, F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP})
    built.callback_query.register(press)
    built.message.register(cancel, private | group, Command("cancel"), _is_for_us)
    built.message.register(unknown_in_group, group, F.text.startswith("/"))
    built.message.register(unknown, private, F.text.regexp(_COMMAND))
    built.message.register(busy, private, F.content_type.in_({*_SENT, ContentType.TEXT}), _is_busy)
    built.message.register(located, private, F.location)
    built.message.register(Albums().sent, private, F.content_type.in_(_SENT))
    built.message.register(ask.words, private, F.text)
    return built


async def press(query: CallbackQuery, say: Say) -> None:
    """Say that the button does nothing, so that no clock turns on it for ever."""
    await query.answer(say("This button is too old: what it belongs to is gone."))


# --- commands --------------------------------------------------------------------------------------------------------


def _is_for_us(message: Message, raw_state: str | None) -> bool:
    """Whether a /cancel is said to us: in a group it may be for another bot, unless we are in a dialogue, or named."""
    return message.chat.type == ChatType.PRIVATE or raw_state is not None or "@" in (message.text or "")


async def cancel(message: Message, state: FSMContext, raw_state: str | None, say: Say) -> None:
    """End a dialogue that nobody else has ended: the one about the time zone, which may have a keyboard."""
    await state.clear()
    told = say("There is nothing to cancel.") if raw_state is None else say("All right.")
    in_private = message.chat.type == ChatType.PRIVATE
    await screens.tell(message, told, keyboard=ReplyKeyboardRemove() if in_private else None)


async def unknown(message: Message, say: Say, *, is_admin: bool) -> None:
    """Name the command that may have been meant."""
    typed = _COMMAND.match(message.text or "")
    assert typed is not None, "the filter has seen to it"
    listed = [*commands.for_readers(say), *(commands.for_admins(say) if is_admin else ())]
    near = commands.nearest(typed[1], {*(command.command for command in listed), *_UNLISTED})
    await screens.send(message, pages.unknown(typed[1], near, say))


async def unknown_in_group(message: Message, say: Say, bot: Bot) -> None:
    """Answer what is addressed to us alone: other commands are for other bots."""
    typed = _COMMAND.match(message.text or "")
    if typed is None or (typed[2] or "").lower() != ((await bot.me()).username or "").lower():
        return
    if typed[1].lower() in {command.command for command in (*commands.for_readers(say), *commands.for_admins(say))}:
        await screens.send(message, group_pages.in_private(say))
        return
    near = commands.nearest(typed[1], {command.command for command in commands.for_group_admins(say)})
    await screens.send(message, pages.unknown(typed[1], near, say))


# --- everything else -------------------------------------------------------------------------------------------------


def _is_busy(_message: Message, raw_state: str | None, *, is_admin: bool) -> bool:
    """Whether one of the admins' dialogues waits for a press. What the one about the time zone has not taken is no answer."""
    return is_admin and raw_state not in {None, ZoneDialogue.asked.state}


async def busy(message: Message, say: Say) -> None:
    """Say what is awaited."""
    await screens.send(
        message, Screen(text=Text(say("I am waiting for a button above to be pressed. /cancel ends this.")))
    )


async def located(message: Message, reader: Reader | None, say: Say, clock: Clock) -> None:
    """Offer the zone of a place that nobody has asked for; the place is not kept."""
    assert reader is not None, "a person who writes to the bot is always known"
    assert message.location is not None
    tz = zones.at(message.location.latitude, message.location.longitude)
    await screens.send(message, pages.located(reader, tz, say, now=clock()))


class Albums:
    """Remembers which albums were answered: each of their parts is a message."""

    def __init__(self) -> None:
        self._answered: deque[tuple[int, str]] = deque(maxlen=_ALBUMS)

    async def sent(self, message: Message, say: Say) -> None:
        """Say that files, pictures and the like are not looked at."""
        if message.media_group_id is not None:
            album = (message.chat.id, message.media_group_id)
            if album in self._answered:
                return
            self._answered.append(album)
        await screens.send(message, pages.not_words(say))
