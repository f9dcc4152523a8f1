"""/digest: a digest now, of what is new or of some days, of all topics or of one; and the button for more."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from bot import deliver, keyboards, rights, screens, story_menu, windows
from bot.known import Clock
from bot.pages import nothing
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Catalogues, Say
from core.db.engine import Database
from core.readers import Reader, ReaderKind
from core.store import archive, shelf
from core.store import topics as topic_store
from core.types import Topic

#: Who asks for the first time is shown what came in so much time.
FIRST = timedelta(hours=24)
#: So much is repeated of what was not understood, and said of topics that might have been meant.
_WORDS_UNITS, _TOPICS_UNITS = 60, 3000


def router() -> Router:
    """The digest on demand."""
    built = Router(name="digest")
    built.message.register(digest, Command("digest"), F.forward_origin.is_(None))
    built.callback_query.register(more, keyboards.MorePress.filter())
    return built


async def digest(
    message: Message,
    command: CommandObject,
    reader: Reader | None,
    say: Say,
    database: Database,
    catalogues: Catalogues,
    clock: Clock,
) -> None:
    """Send a digest of what was asked for, or say that there is nothing."""
    if reader is None:
        await screens.send(message, Screen(text=Text(say("Nobody has subscribed here yet: /subscribe does it."))))
        return
    now = clock()
    async with database.begin() as session:
        topics = await topic_store.enabled(session)
    asked = windows.asked(command.args or "", topics, now=now, tz=ZoneInfo(reader.tz))
    if asked.unknown:
        await screens.send(message, _unknown(asked.unknown, topics, say))
        return
    since = asked.since or min(reader.since, now - FIRST)
    wish = deliver.Wish(
        since=since,
        until=asked.until or now,
        only=asked.topic,
        asked=None if asked.since is None else now,
    )
    if not await deliver.deliver_now(database, catalogues, reader, wish, now=now):
        async with database.begin() as session:
            extent = await archive.extent(session)
            waiting = await shelf.waiting(session)
        topic = next((topic for topic in topics if topic.slug == asked.topic), None)
        state = nothing.State(extent=extent, waiting=waiting, days=asked.days, topic=topic)
        await screens.send(message, nothing.page(reader, state, say, now=now))


async def more(
    query: CallbackQuery,
    callback_data: keyboards.MorePress,
    reader: Reader | None,
    say: Say,
    database: Database,
    catalogues: Catalogues,
    clock: Clock,
    bot: Bot,
) -> None:
    """Send further stories of the window that were not shown yet. The button goes: they stand below, with one of their own.

    Where others read along, no member can have the chat filled.
    """
    if reader is None:
        await query.answer(say("Nobody has subscribed here yet: /subscribe does it."))
        return
    if not await rights.may_change(query, bot):
        is_channel = reader.kind is ReaderKind.CHANNEL
        here = say("Only admins of this group can have more stories sent here.")
        await query.answer(say("Only admins of this channel can do that.") if is_channel else here, show_alert=True)
        return
    since, until, asked = keyboards.window(callback_data)
    wish = deliver.Wish(since=since, until=until, only=callback_data.topic or None, asked=asked)
    found = await deliver.deliver_now(database, catalogues, reader, wish, now=clock())
    await query.answer("" if found else say("That was all of it."))
    if isinstance(query.message, Message):
        await screens.relabel(query, story_menu.without_more(query.message.reply_markup))


def _unknown(words: str, topics: list[Topic], say: Say) -> Screen:
    listed = cut(", ".join(clean(topic.title(say.lang)) for topic in topics), _TOPICS_UNITS)
    return Screen(
        text=Text(
            say("I don't understand “{words}”.", words=cut(clean(words), _WORDS_UNITS)),
            "\n\n",
            say(
                "After /digest there may be a time (today, yesterday, week, 24.11) and a topic: {topics}.",
                topics=listed,
            ),
        )
    )
