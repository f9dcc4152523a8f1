"""/digest: a digest now, of what is new or of some days, of all topics or of one; and the button for more."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from bot import deliver, keyboards, rights, screens, windows, zones
from bot.known import Clock
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Catalogues, Say
from core.db.engine import Database
from core.readers import Reader, ReaderState
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
        await screens.send(message, await _nothing(database, reader, wish, say, now=now))


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
    """Send further stories of the window that were not shown yet."""
    if reader is None:
        await query.answer(say("Nobody has subscribed here yet: /subscribe does it."))
        return
    if not await rights.may_show(query, bot):
        await query.answer(say("Only admins of this channel can do that."))
        return
    since, until, asked = keyboards.window(callback_data)
    wish = deliver.Wish(since=since, until=until, only=callback_data.topic or None, asked=asked)
    found = await deliver.deliver_now(database, catalogues, reader, wish, now=clock())
    await query.answer("" if found else say("That was all of it."))


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


async def _nothing(database: Database, reader: Reader, wish: deliver.Wish, say: Say, *, now: datetime) -> Screen:
    """Why there is nothing, and what is coming."""
    async with database.begin() as session:
        extent = await archive.extent(session)
        waiting = await shelf.waiting(session)
    if not extent.posts:
        return Screen(text=Text(say("There are no posts yet. As soon as channels are read, stories come.")))
    lines = [say("No stories in that time.") if wish.asked else say("Nothing new since your last digest.")]
    if waiting:
        lines.append(
            say.many(
                "{n} story is being prepared; try again in a minute.",
                "{n} stories are being prepared; try again in a minute.",
                waiting,
            )
        )
    elif extent.last is not None:
        at = extent.last.astimezone(ZoneInfo(reader.tz))
        lines.append(say("The newest post that I have read is of {at}.", at=f"{at:%d.%m, %H:%M}"))
    if reader.state is ReaderState.ACTIVE and reader.due_at is not None:
        at = reader.due_at.astimezone(ZoneInfo(reader.tz))
        zone = zones.label(reader.tz, lang=say.lang, now=now)
        lines.append(say("Your next digest comes on {at} ({zone}).", at=f"{at:%d.%m, %H:%M}", zone=zone))
    return Screen(text=Text("\n\n".join(lines)))
