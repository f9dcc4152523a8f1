"""Groups and channels: subscribed by their admins, left alone when the bot may not write there, followed when they move."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from aiogram import Bot, F, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandStart
from aiogram.types import (
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUnion,
    ChatMemberUpdated,
    Message,
    User,
)

from bot import front, owned, rights, screens, subscribing, zones
from bot.handlers import start
from bot.known import Clock
from bot.outcomes import Loss
from bot.pages import groups as pages
from bot.pages import settings as settings_pages
from bot.screens import Screen
from bot.speech import Catalogues, Say, language
from core.db.engine import Database, Session
from core.readers import Reader, ReaderKind, ReaderState
from core.settings import Settings
from core.store import chats, readers

_MEMBERS = frozenset({ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})


def router() -> Router:
    """What groups say, and what Telegram says of groups and channels."""
    built = Router(name="groups")
    group = F.chat.type.in_({ChatType.GROUP, ChatType.SUPERGROUP})
    own = F.forward_origin.is_(None)
    built.message.register(subscribe, group, own, Command("subscribe"))
    built.message.register(unsubscribe, group, own, Command("unsubscribe", "stop"))
    built.message.register(start_command, group, own, CommandStart())
    built.message.register(migrated, group, F.migrate_to_chat_id)
    built.message.register(renamed, group, F.new_chat_title)
    built.my_chat_member.register(group_changed, group)
    built.my_chat_member.register(channel_changed, F.chat.type == ChatType.CHANNEL)
    return built


# --- what is said in groups ------------------------------------------------------------------------------------------


async def subscribe(
    message: Message,
    reader: Reader | None,
    say: Say,
    database: Database,
    settings: Settings,
    clock: Clock,
    bot: Bot,
) -> None:
    """Subscribe a group, or the topic of a forum where it is said."""
    if not await rights.may_change(message, bot):
        await screens.send(message, pages.only_admins(say))
        return
    # An anonymous admin speaks as the group: neither a number nor a language of theirs is told.
    admin = message.from_user if message.sender_chat is None else None
    async with database.begin() as session:
        found = reader or await _add_group(session, message, admin, settings, clock)
        if found.state is not ReaderState.ACTIVE and admin is not None:
            await readers.hand_over(session, found.id, admin.id)
        screen = await start.come_back(session, found, say.into(found.lang), now=clock())
    await screens.send(message, screen)


async def _add_group(
    session: Session, message: Message, admin: User | None, settings: Settings, clock: Clock
) -> Reader:
    code = (admin.language_code if admin is not None else None) or settings.language
    return await readers.add(
        session,
        chat_id=message.chat.id,
        thread_id=message.message_thread_id if message.is_topic_message else None,
        kind=ReaderKind.GROUP,
        title=message.chat.title or "",
        lang=language(code),
        tz=zones.guess(code),
        hour=settings.digest_hour,
        subscribed_by=admin.id if admin is not None else None,
        now=clock(),
    )


async def unsubscribe(
    message: Message, reader: Reader | None, say: Say, database: Database, clock: Clock, bot: Bot
) -> None:
    """Pause a group's digests."""

    async def page(own: Reader) -> Screen:
        async with database.begin() as session:
            before, after = await subscribing.pause(session, own.id, now=clock())
        was_active = before is not None and before.state is not ReaderState.PAUSED
        return settings_pages.paused(after or own, say, was_active=was_active)

    await owned.show(message, reader, say, bot, page)


async def start_command(
    message: Message, reader: Reader | None, say: Say, database: Database, clock: Clock, bot: Bot
) -> None:
    """Say how a group subscribes, or show how things are."""
    if reader is None:
        await screens.send(message, pages.hello(say))
        return

    async def page(own: Reader) -> Screen:
        async with database.begin() as session:
            return await front.page(session, own, say, now=clock())

    await owned.show(message, reader, say, bot, page)


async def migrated(message: Message, database: Database, clock: Clock) -> None:
    """A group has become a supergroup, with another number; what it reads goes with it."""
    assert message.migrate_to_chat_id is not None
    async with database.begin() as session:
        await chats.migrate(session, message.chat.id, message.migrate_to_chat_id, now=clock())
        # Telegram may have said before that we have left the old group.
        await _regain(session, message.migrate_to_chat_id, clock)


async def renamed(message: Message, database: Database) -> None:
    """A group has another title."""
    async with database.begin() as session:
        for reader in await readers.in_chat(session, message.chat.id):
            await readers.rename(session, reader.id, message.new_chat_title or "")


# --- what Telegram says of groups ------------------------------------------------------------------------------------


async def group_changed(
    event: ChatMemberUpdated, say: Say, database: Database, catalogues: Catalogues, clock: Clock, bot: Bot
) -> None:
    """The bot was added to a group, removed from it, muted there, or may write again."""
    could, can = _may_write(event.old_chat_member), _may_write(event.new_chat_member)
    if not can:
        await _lose(event, database, catalogues, clock, bot)
        return
    async with database.begin() as session:
        known = await readers.in_chat(session, event.chat.id)
        regained = await _regain(session, event.chat.id, clock)
    if regained:
        await _try_to_say(bot, event.chat.id, pages.back_again(say.into(regained[0].lang)))
    elif not could and not any(reader.state is ReaderState.ACTIVE for reader in known):
        await _try_to_say(bot, event.chat.id, pages.hello(say))


async def _regain(session: Session, chat_id: int, clock: Clock) -> list[Reader]:
    """Readers of a group that were lost are active again."""
    lost = [reader for reader in await readers.in_chat(session, chat_id) if reader.state is ReaderState.LOST]
    for reader in lost:
        await subscribing.subscribe(session, reader.id, now=clock())
    return lost


def _may_write(member: ChatMemberUnion) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    return member.status in _MEMBERS


# --- what Telegram says of channels ----------------------------------------------------------------------------------


async def channel_changed(
    event: ChatMemberUpdated,
    reader: Reader | None,
    say: Say,
    database: Database,
    settings: Settings,
    catalogues: Catalogues,
    clock: Clock,
    bot: Bot,
) -> None:
    """The bot may post in a channel, which subscribes it, or may not any more."""
    could, can = _may_post(event.old_chat_member), _may_post(event.new_chat_member)
    if not can:
        await _lose(event, database, catalogues, clock, bot)
        return
    if could:
        return
    user, now = event.from_user, clock()
    async with database.begin() as session:
        person = await readers.of_chat(session, user.id, thread_id=None)
        found = reader or await _add_channel(session, event, person, settings, clock)
        await readers.hand_over(session, found.id, user.id)
        await readers.rename(session, found.id, event.chat.title or "")
        _, after = await subscribing.subscribe(session, found.id, now=now)
    if after is None:
        return
    spoken = say.into(person.lang if person else language(user.language_code or settings.language))
    told = settings_pages.coming(after, spoken, now=now, is_first=found.state is ReaderState.NEW)
    await _try_to_say(bot, user.id, pages.channel_subscribed(after, told, spoken))


async def _add_channel(
    session: Session, event: ChatMemberUpdated, person: Reader | None, settings: Settings, clock: Clock
) -> Reader:
    code = event.from_user.language_code or settings.language
    return await readers.add(
        session,
        chat_id=event.chat.id,
        thread_id=None,
        kind=ReaderKind.CHANNEL,
        title=event.chat.title or "",
        lang=person.lang if person else language(code),
        tz=person.tz if person else zones.guess(code),
        hour=settings.digest_hour,
        subscribed_by=event.from_user.id,
        now=clock(),
    )


def _may_post(member: ChatMemberUnion) -> bool:
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)


# --- what is lost ----------------------------------------------------------------------------------------------------


async def _lose(event: ChatMemberUpdated, database: Database, catalogues: Catalogues, clock: Clock, bot: Bot) -> None:
    """Nothing more is sent to a group or channel; who subscribed it is told, if they can be."""
    reason = _reason(event.new_chat_member)
    async with database.begin() as session:
        known = await readers.in_chat(session, event.chat.id)
        lost = [reader for reader in known if reader.state is ReaderState.ACTIVE]
        for reader in lost:
            await chats.lose(session, reader.id, reason=reason, now=clock())
        people = await _subscribers(session, lost)
    for user_id, lang in people:
        own = [reader for reader in lost if reader.subscribed_by == user_id]
        await _try_to_say(bot, user_id, pages.lost(own[0], Say(catalogues, lang), is_removed=reason is Loss.REMOVED))


def _reason(member: ChatMemberUnion) -> Loss:
    is_gone = member.status in {ChatMemberStatus.KICKED, ChatMemberStatus.LEFT}
    return Loss.REMOVED if is_gone else Loss.NO_RIGHTS


async def _subscribers(session: Session, lost: Sequence[Reader]) -> list[tuple[int, str]]:
    """Who subscribed these, and the language to speak with them."""
    found = {}
    for reader in lost:
        if reader.subscribed_by is not None:
            person = await readers.of_chat(session, reader.subscribed_by, thread_id=None)
            found[reader.subscribed_by] = person.lang if person else reader.lang
    return list(found.items())


async def _try_to_say(bot: Bot, chat_id: int, screen: Screen) -> None:
    """Say something that nobody has asked for; where it cannot be said, nobody misses it."""
    with contextlib.suppress(TelegramAPIError):
        await bot.send_message(
            chat_id,
            **screens.settled(screen.text),
            reply_markup=screens.keyboard(screen.buttons),
            link_preview_options=screens.NO_PREVIEW,
        )
