"""The menu of a story below a digest: thumbs, save, why, the whole story, mute its topic or a channel."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot import choose, deliver, messages, reasons, rights, screens, story_menu
from bot.keyboards import MutePress, StoryPress
from bot.known import Clock
from bot.select import Digest, Section
from bot.speech import Say
from bot.story_menu import Opened
from core.db.engine import Database, Session
from core.readers import Length, Opinion, Reader
from core.store import channels as channel_store
from core.store import memories, readers, shelf
from core.store import topics as topic_store

_THUMBS = {"up": 1, "down": -1}
_CHANGES = frozenset({"up", "down", "save", "topic"})
_TELLS = frozenset({"why", "open"})
#: Telegram shows no more of an answer to a press.
_TOAST = 200


def router() -> Router:
    """Everything below a digest but more of it."""
    built = Router(name="stories")
    built.callback_query.register(press, StoryPress.filter())
    built.callback_query.register(mute, MutePress.filter())
    return built


async def press(
    query: CallbackQuery,
    callback_data: StoryPress,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Do what the button says, and show the menu as it is then."""
    opened = await _open(database, reader, callback_data.story)
    if reader is None or opened is None:
        await query.answer(say("This story is not kept any more."))
        return
    if not await rights.may_show(query, bot):
        await query.answer(say("Only admins of this channel can do that."))
        return
    do = callback_data.do
    if do in _CHANGES:
        if not await rights.may_change(query, bot):
            await query.answer(say("Only admins of this group can change that."))
            return
        async with database.begin() as session:
            toast = await _change(session, reader, opened, do, say, now=clock())
        await query.answer(toast[:_TOAST])
        await _redraw(query, database, reader, callback_data.story, callback_data.place, say)
        return
    await query.answer()
    if do in _TELLS:
        if isinstance(query.message, Message):
            await _tell(query.message, do, opened, reader, say, database, now=clock())
    elif story_menu.is_open(_markup(query), opened.story.card.id):
        await screens.relabel(query, story_menu.numbers(_markup(query)))
    else:
        await _redraw(query, database, reader, callback_data.story, callback_data.place, say)


async def mute(
    query: CallbackQuery, callback_data: MutePress, reader: Reader | None, say: Say, database: Database, bot: Bot
) -> None:
    """Leave a channel's stories out, or let them in again."""
    opened = await _open(database, reader, callback_data.story)
    name = dict(opened.channels).get(callback_data.channel) if opened else None
    if reader is None or opened is None or name is None:
        await query.answer(say("This story is not kept any more."))
        return
    if not await rights.may_change(query, bot):
        await query.answer(say("Only admins of this group can change that."))
        return
    is_muted = any(cap.channel_id == callback_data.channel and cap.most == 0 for cap in reader.caps)
    async with database.begin() as session:
        await readers.set_cap(session, reader.id, callback_data.channel, None if is_muted else 0)
    toast = say("“{name}” is back in your digests.", name=name) if is_muted else say("“{name}” is muted.", name=name)
    await query.answer(toast[:_TOAST])
    await _redraw(query, database, reader, callback_data.story, callback_data.place, say)


# --- what buttons do -------------------------------------------------------------------------------------------------


async def _change(session: Session, reader: Reader, opened: Opened, do: str, say: Say, *, now: datetime) -> str:
    """Keep what the reader wants of a story; what to say of it."""
    if do in _THUMBS:
        return await _judge(session, reader, opened, _THUMBS[do], say, now=now)
    if do == "save":
        return await _save(session, reader, opened, say, now=now)
    return await _mute_topic(session, reader, opened, say)


async def _judge(session: Session, reader: Reader, opened: Opened, thumb: int, say: Say, *, now: datetime) -> str:
    """A thumb up or down; the same once more takes it back."""
    card = opened.story.card
    if opened.thumb == thumb:
        await memories.judge(session, reader.id, None, story_id=card.id, now=now)
        return say("Taken back.")
    said = Opinion(story_id=card.id, value=thumb, topics=card.topics, channels=tuple(set(opened.story.channels)))
    await memories.judge(session, reader.id, said, story_id=card.id, now=now)
    return say("There will be more like this.") if thumb > 0 else say("There will be less like this.")


async def _save(session: Session, reader: Reader, opened: Opened, say: Say, *, now: datetime) -> str:
    if opened.is_saved:
        await memories.unsave(session, reader.id, opened.story.card.id)
        return say("No longer saved.")
    await memories.save(session, reader.id, opened.story.card.id, now=now)
    return say("Saved: /saved lists it.")


async def _mute_topic(session: Session, reader: Reader, opened: Opened, say: Say) -> str:
    """Leave the story's first topic out, or take it in again."""
    held = await readers.locked(session, reader.id)
    if opened.topic is None or held is None:
        return ""
    title = opened.topic.title(say.lang)
    await readers.set_topics(session, held.id, held.topics ^ {opened.topic.slug}, all_topics=held.all_topics)
    if held.wants(opened.topic.slug):
        return say("“{name}” is muted.", name=title)
    return say("“{name}” is back in your digests.", name=title)


async def _tell(
    message: Message, do: str, opened: Opened, reader: Reader, say: Say, database: Database, *, now: datetime
) -> None:
    """Send why the story stands in the digest, or the whole of it."""
    if do == "why":
        async with database.begin() as session:
            topics = await topic_store.enabled(session)
        liked = choose.liking(opened.story, dict(choose.taste(opened.memory.opinions)))
        await screens.send(message, reasons.page(opened.story, liked, reader, topics, say))
        return
    section = Section(topic=opened.topic, cards=(opened.story.card,))
    whole = Digest(sections=(section,), lang=say.lang, since=None, until=None, considered=1)
    for part in messages.messages(whole, now=now, tz=ZoneInfo(reader.tz), length=Length.LONG):
        await message.answer(part.text, entities=deliver.entities(part.marks), link_preview_options=screens.NO_PREVIEW)


# --- what stands there -----------------------------------------------------------------------------------------------


async def _open(database: Database, reader: Reader | None, story: int) -> Opened | None:
    """A story for its menu; None where there is no reader, or the story has gone."""
    if reader is None:
        return None
    async with database.begin() as session:
        found = (await shelf.by_ids(session, [story], lang=reader.lang)).get(story)
        if found is None:
            return None
        topics = {topic.slug: topic for topic in await topic_store.enabled(session)}
        names = await channel_store.names(session, sorted(set(found.channels)))
        memory = (await memories.of_readers(session, [reader.id], since=reader.since))[reader.id]
        return Opened(
            story=found,
            topic=next((topics[slug] for slug in found.card.topics if slug in topics), None),
            channels=[(channel, names[channel]) for channel in dict.fromkeys(found.channels) if channel in names],
            thumb=await memories.opinion(session, reader.id, found.card.id),
            is_saved=found.card.id in {saved for saved, _ in await memories.saved(session, reader.id)},
            memory=memory,
        )


async def _redraw(query: CallbackQuery, database: Database, reader: Reader, story: int, place: int, say: Say) -> None:
    """The numbers, and below them the menu of the story as it is now."""
    async with database.begin() as session:
        now_reader = await readers.by_ids(session, [reader.id])
    opened = await _open(database, now_reader[0] if now_reader else None, story)
    if opened is None:
        return
    own = story_menu.marked(story_menu.numbers(_markup(query)), place)
    await screens.relabel(query, [*own, *story_menu.rows(opened, now_reader[0], place, say)])


def _markup(query: CallbackQuery) -> InlineKeyboardMarkup | None:
    return query.message.reply_markup if isinstance(query.message, Message) else None
