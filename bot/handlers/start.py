"""/start and /stop: a person subscribes, comes back, pauses, blocks the bot and lets it in again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiogram import F, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.types import ChatMemberUpdated, Message

from bot import changes, front, screens, subscribing
from bot.handlers import zone
from bot.known import Clock
from bot.outcomes import Loss
from bot.pages import settings as pages
from bot.pages import topics as topic_pages
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.readers import Reader, ReaderKind, ReaderState
from core.store import chats, memories, readers
from core.store import topics as topic_store
from core.types import Topic

#: What a link to a topic begins with: t.me/BOT?start=topic_SLUG.
TOPIC = "topic_"
#: What a one-time code of an admin begins with: that is not for here.
_ADMIN = "admin"


def router() -> Router:
    """Subscribing and pausing in private."""
    built = Router(name="start")
    private = F.chat.type == ChatType.PRIVATE
    own = F.forward_origin.is_(None)
    built.message.register(start, private, own, CommandStart(magic=F.func(_is_for_readers)))
    built.message.register(subscribe, private, own, Command("subscribe"))
    built.message.register(stop, private, own, Command("stop", "unsubscribe"))
    built.my_chat_member.register(seen, private)
    return built


def _is_for_readers(command: CommandObject) -> bool:
    return not (command.args or "").startswith(_ADMIN)


async def start(
    message: Message,
    command: CommandObject,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    state: FSMContext,
    raw_state: str | None,
) -> None:
    """Propose a subscription; who has had one comes back, and a link to a topic subscribes to that."""
    assert reader is not None, "a person who writes to the bot is always known"
    await zone.leave(message, state, raw_state, say)
    now = clock()
    async with database.begin() as session:
        topic = linked(command.args or "", await topic_store.every(session))
        if topic is not None:
            screen = await _join(session, reader, topic, say, now=now)
        elif reader.state is ReaderState.NEW:
            screen = await front.page(session, reader, say, now=now)
        else:
            screen = await come_back(session, reader, say, now=now)
    await screens.send(message, screen)


async def subscribe(
    message: Message,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    state: FSMContext,
    raw_state: str | None,
) -> None:
    """Subscribe to what is proposed, or was chosen."""
    assert reader is not None, "a person who writes to the bot is always known"
    await zone.leave(message, state, raw_state, say)
    async with database.begin() as session:
        screen = await come_back(session, reader, say, now=clock())
    await screens.send(message, screen)


async def stop(
    message: Message,
    reader: Reader | None,
    say: Say,
    database: Database,
    clock: Clock,
    state: FSMContext,
    raw_state: str | None,
) -> None:
    """Pause."""
    assert reader is not None, "a person who writes to the bot is always known"
    await zone.leave(message, state, raw_state, say)
    async with database.begin() as session:
        before, after = await subscribing.pause(session, reader.id, now=clock())
    if before is not None and after is not None:
        await screens.send(message, pages.paused(after, say, was_active=before.state is not ReaderState.PAUSED))


async def seen(event: ChatMemberUpdated, reader: Reader | None, database: Database, clock: Clock) -> None:
    """A person has blocked the bot, or lets it in again; then nothing is sent before they say /start."""
    if reader is None:
        return
    is_blocked = event.new_chat_member.status == ChatMemberStatus.KICKED
    async with database.begin() as session:
        if is_blocked and await forget_stranger(session, reader.id):
            return
        if is_blocked and reader.state in {ReaderState.ACTIVE, ReaderState.PAUSED}:
            await chats.lose(session, reader.id, reason=Loss.BLOCKED, now=clock())
        elif not is_blocked and reader.state is ReaderState.LOST:
            await readers.stop(session, reader.id, state=ReaderState.PAUSED, reason=None)


# --- what others use, too --------------------------------------------------------------------------------------------


async def come_back(session: Session, reader: Reader, say: Say, *, now: datetime) -> Screen:
    """Make a reader active and say when the next digest comes; who is active sees how things are."""
    before, after = await subscribing.subscribe(session, reader.id, now=now)
    if before is None or after is None or before.state is ReaderState.ACTIVE:
        return await front.page(session, after or reader, say, now=now)
    is_first = before.state is ReaderState.NEW
    hello = _hello(before, say)
    return pages.subscribed(after, say, now=now, hello=hello, is_first=is_first)


def _hello(before: Reader, say: Say) -> str:
    if before.state is not ReaderState.NEW:
        return say("Welcome back: the digests are on again.")
    return say("You are subscribed.") if before.kind is ReaderKind.PERSON else say("This chat is subscribed.")


async def forget_stranger(session: Session, reader_id: int) -> bool:
    """Keep nothing of somebody who never subscribed and has left nothing here; whether it was so."""
    reader = await readers.locked(session, reader_id)
    if reader is None or reader.state is not ReaderState.NEW:
        return False
    kept: dict[str, Any] = await memories.everything(session, reader_id)
    if any(rows for name, rows in kept.items() if name != "reader"):
        return False
    await readers.forget(session, reader_id)
    return True


def linked(payload: str, topics: list[Topic]) -> Topic | None:
    """The topic in use that a link names; the one that it was merged into, where it was."""
    known = {topic.slug: topic for topic in topics}
    found = known.get(payload.removeprefix(TOPIC)) if payload.startswith(TOPIC) else None
    for _ in topics:
        if found is None or found.merged_into is None:
            break
        found = known.get(found.merged_into)
    return found if found is not None and found.enabled else None


async def _join(session: Session, reader: Reader, topic: Topic, say: Say, *, now: datetime) -> Screen:
    """Subscribe to a topic that a link names."""
    before, _ = await subscribing.change(session, reader.id, lambda held: changes.joined(held, topic.slug), now=now)
    _, after = await subscribing.subscribe(session, reader.id, now=now)
    if before is None or after is None:
        return await front.page(session, reader, say, now=now)
    is_first = before.state is ReaderState.NEW
    return pages.subscribed(after, say, now=now, hello=_joined(before, topic, say), is_first=is_first)


def _joined(before: Reader, topic: Topic, say: Say) -> str:
    name = topic_pages.name(topic, say.lang)
    if before.state is ReaderState.NEW:
        return say("You are subscribed to the topic “{name}”.", name=name)
    if before.all_topics and before.wants(topic.slug):
        return say("You read all topics, “{name}” among them.", name=name)
    if before.wants(topic.slug):
        return say("You read the topic “{name}” already.", name=name)
    return say("The topic “{name}” has been added.", name=name)
