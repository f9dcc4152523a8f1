"""The menu of a story below a digest: thumbs, save, why, the whole story, mute its topic or a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram import Bot, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot import changes, choose, deliver, reasons, rights, screens, story_menu, subscribing, whole
from bot.keyboards import MutePress, MuteTopicPress, StoryPress
from bot.known import Clock
from bot.pages import muted as pages
from bot.speech import Say
from bot.story_menu import Opened
from core.db.engine import Database, Session
from core.readers import Opinion, Reader, ReaderKind
from core.store import channels as channel_store
from core.store import memories, readers, shelf
from core.store import topics as topic_store

_THUMBS = {"up": 1, "down": -1, "even": 0}
_CHANGES = frozenset({*_THUMBS, "save", "unsave"})
_TELLS = frozenset({"why", "open"})


def router() -> Router:
    """Everything below a digest but more of it."""
    built = Router(name="stories")
    built.callback_query.register(press, StoryPress.filter())
    built.callback_query.register(mute, MutePress.filter())
    built.callback_query.register(mute_topic, MuteTopicPress.filter())
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
        await query.answer(toast)
        await _redraw(query, database, reader, callback_data.story, callback_data.place, say)
    elif do in _TELLS:
        await _tell(query, callback_data, opened, reader, say, database, bot, now=clock())
    else:
        await query.answer()
        if story_menu.is_open(_markup(query), opened.story.card.id):
            await screens.relabel(query, story_menu.numbers(_markup(query)))
        else:
            await _redraw(query, database, reader, callback_data.story, callback_data.place, say)


# --- what buttons do -------------------------------------------------------------------------------------------------


async def _change(session: Session, reader: Reader, opened: Opened, do: str, say: Say, *, now: datetime) -> str:
    """Keep what the reader wants of a story; what to say of it."""
    story = opened.story.card.id
    if do in _THUMBS:
        return await _judge(session, reader, opened, _THUMBS[do], say, now=now)
    if do == "unsave":
        await memories.unsave(session, reader.id, story)
        return say("No longer saved.")
    await memories.save(session, reader.id, story, now=now)
    return say("Saved: /saved lists it.")


async def _judge(session: Session, reader: Reader, opened: Opened, thumb: int, say: Say, *, now: datetime) -> str:
    """A thumb up or down, or none any more."""
    card = opened.story.card
    if not thumb:
        await memories.judge(session, reader.id, None, story_id=card.id, now=now)
        return say("Taken back.")
    said = Opinion(story_id=card.id, value=thumb, topics=card.topics, channels=tuple(set(opened.story.channels)))
    await memories.judge(session, reader.id, said, story_id=card.id, now=now)
    return say("There will be more like this.") if thumb > 0 else say("There will be less like this.")


async def _tell(
    query: CallbackQuery,
    asked: StoryPress,
    opened: Opened,
    reader: Reader,
    say: Say,
    database: Database,
    bot: Bot,
    *,
    now: datetime,
) -> None:
    """Why the story stands in the digest, or the whole of it; where others read along, no member can have the chat filled."""
    is_private = query.message is not None and query.message.chat.type == ChatType.PRIVATE
    liked = choose.liking(opened.story, dict(choose.taste(opened.memory.opinions)))
    if asked.do == "why" and not is_private:
        await query.answer(reasons.alert(opened.story, liked, say), show_alert=True)
        return
    if not await rights.may_change(query, bot):
        await query.answer(say("Only admins of this group can have a whole story sent here."))
        return
    await query.answer()
    if not isinstance(query.message, Message):
        return
    if asked.do == "why":
        async with database.begin() as session:
            topics = await topic_store.enabled(session)
        await screens.send(query.message, reasons.page(opened.story, liked, reader, topics, say))
        return
    text, marks = whole.message(
        opened.story.card, opened.topic, number=asked.place, say=say, now=now, tz=ZoneInfo(reader.tz)
    )
    await query.message.answer(text, entities=deliver.entities(marks), link_preview_options=screens.NO_PREVIEW)


# --- muting ----------------------------------------------------------------------------------------------------------


async def mute(
    query: CallbackQuery,
    callback_data: MutePress,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Leave out the stories that a channel alone tells, or let them in again."""
    opened = await _open(database, reader, callback_data.story)
    name = dict(opened.channels).get(callback_data.channel) if opened else None
    if reader is None or opened is None or name is None:
        await query.answer(say("This story is not kept any more."))
        return
    if not await rights.may_change(query, bot):
        await query.answer(say("Only admins of this group can change that."))
        return
    is_muted = callback_data.do == "off"
    async with database.begin() as session:
        if is_muted:
            await subscribing.change(
                session,
                reader.id,
                lambda held: changes.with_cap(held, callback_data.channel, changes.MUTED),
                now=clock(),
            )
        else:
            await subscribing.unmute(session, reader.id, callback_data.channel)
    await query.answer(pages.channel(name, say, is_muted=is_muted))
    await _redraw(query, database, reader, callback_data.story, callback_data.place, say)


async def mute_topic(
    query: CallbackQuery,
    callback_data: MuteTopicPress,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    bot: Bot,
) -> None:
    """Leave a topic out, or take it in again; say so if nothing is left."""
    if reader is None or await _open(database, reader, callback_data.story) is None:
        await query.answer(say("This story is not kept any more."))
        return
    if not await rights.may_change(query, bot):
        await query.answer(say("Only admins of this group can change that."))
        return
    async with database.begin() as session:
        done = await _mute_topic(session, reader.id, callback_data, say, now=clock())
    if done is None:
        await query.answer(say("There is no such topic any more."))
        return
    if done.left_none and done.reader.kind is ReaderKind.CHANNEL:
        # Who reads the channel is not to be told.
        await query.answer(pages.last_of_channel(say), show_alert=True)
    else:
        await query.answer(done.toast)
    await _redraw(query, database, reader, callback_data.story, callback_data.place, say)
    if done.left_none and done.reader.kind is not ReaderKind.CHANNEL and isinstance(query.message, Message):
        await screens.send(query.message, pages.last_topic(done.reader, say))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Muted:
    """What has become of a topic: the reader afterwards, a word about it, and whether no topic is left by that."""

    reader: Reader
    toast: str
    left_none: bool


async def _mute_topic(
    session: Session, reader_id: int, asked: MuteTopicPress, say: Say, *, now: datetime
) -> _Muted | None:
    """Do what the button says, and nothing if it is so already; None where there is no such topic, or reader, any more."""
    topics = {topic.slug: topic for topic in await topic_store.enabled(session)}
    topic = topics.get(asked.topic)
    if topic is None:
        return None
    before, after = await subscribing.change(
        session, reader_id, lambda held: changes.with_topic(held, asked.do, asked.topic), now=now
    )
    if before is None or after is None:
        return None
    left_none = changes.wants_any(before, topics) and not changes.wants_any(after, topics)
    toast = pages.topic(topic.title(say.lang), after, say, is_muted=asked.do == "off", left_none=left_none)
    return _Muted(reader=after, toast=toast, left_none=left_none)


# --- what stands there -----------------------------------------------------------------------------------------------


async def _open(database: Database, reader: Reader | None, story: int, shown: str | None = None) -> Opened | None:
    """A story for its menu; None where there is no reader, or the story has gone. `shown`: see `story_menu.topic_of`."""
    if reader is None:
        return None
    async with database.begin() as session:
        found = (await shelf.by_ids(session, [story], lang=reader.lang)).get(story)
        if found is None:
            return None
        topics = {topic.slug: topic for topic in await topic_store.enabled(session)}
        names = await channel_store.names(session, sorted(set(found.channels)))
        memory = (await memories.of_readers(session, [reader.id], since=reader.since))[reader.id]
        own = [topics[slug] for slug in found.card.topics if slug in topics]
        return Opened(
            story=found,
            topic=story_menu.topic_of(own, reader, shown),
            channels=story_menu.in_order(names, found.card.posts),
            thumb=await memories.opinion(session, reader.id, found.card.id),
            is_saved=found.card.id in {saved for saved, _ in await memories.saved(session, reader.id)},
            memory=memory,
        )


async def _redraw(query: CallbackQuery, database: Database, reader: Reader, story: int, place: int, say: Say) -> None:
    """The numbers, and below them the menu of the story as it is now."""
    async with database.begin() as session:
        now_reader = await readers.by_ids(session, [reader.id])
    shown = story_menu.topic_shown(_markup(query), story)
    opened = await _open(database, now_reader[0] if now_reader else None, story, shown)
    if opened is None:
        return
    own = story_menu.marked(story_menu.numbers(_markup(query)), place)
    await screens.relabel(query, [*own, *story_menu.rows(opened, now_reader[0], place, say)])


def _markup(query: CallbackQuery) -> InlineKeyboardMarkup | None:
    return query.message.reply_markup if isinstance(query.message, Message) else None
