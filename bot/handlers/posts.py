"""Posts that come through the bot itself: of channels where it is an admin, and what admins forward to it.

They go the way of all posts, so that a working digest needs no account at all.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import Message
from aiogram.utils.formatting import Bold

from bot import posts, screens
from bot.known import Clock
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Database, Session
from core.queue import wake_index
from core.store import channels as channel_store
from core.store import incoming
from core.store import messages as message_store
from core.types import ImportCounts, Post


def router() -> Router:
    """Posts of channels, and forwards of admins."""
    built = Router(name="posts")
    keeper = Keeper()
    built.channel_post.register(keeper.posted)
    built.edited_channel_post.register(keeper.posted)
    built.message.register(keeper.forwarded, F.forward_origin, F.chat.type == ChatType.PRIVATE)
    return built


class Keeper:
    """Keeps posts one after the other: the parts of an album come at once, and each must see what the others were."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._album: str | None = None

    async def posted(self, message: Message, database: Database, clock: Clock) -> None:
        """Keep a post of a channel, or its edit."""
        post = posts.of_channel(message)
        if post is not None:
            await self._keep(database, post, forwarded=False, now=clock())

    async def forwarded(self, message: Message, database: Database, clock: Clock, say: Say, *, is_admin: bool) -> None:
        """Keep what an admin forwards; nobody else's forwards get into the archive."""
        if not is_admin:
            if not self._is_known_album(message):
                refusal = say("Only admins can add posts by forwarding them. Ask me with /digest what is new.")
                await screens.tell(message, refusal)
            return
        post = posts.of_forward(message)
        if post is None:
            if not self._is_known_album(message):
                await screens.tell(message, say("There is no text in it that could be kept."))
            return
        counts = await self._keep(database, post, forwarded=True, now=clock())
        if self._is_known_album(message):
            return
        if post.protected:
            await screens.tell(message, say("Its channel forbids copying, so that only its date is kept."))
        else:
            await screens.send(message, _kept(post, counts, say))

    def _is_known_album(self, message: Message) -> bool:
        """Whether another part of the album was answered just before: an album is one post."""
        known = message.media_group_id is not None and message.media_group_id == self._album
        self._album = message.media_group_id
        return known

    async def _keep(self, database: Database, post: Post, *, forwarded: bool, now: datetime) -> ImportCounts | None:
        """Write a post; None for a part of an album that is there already, and better."""
        async with self._turn, database.begin() as session:
            number = await channel_store.upsert(session, post.channel)
            whole = await _whole(session, post, number, forwarded=forwarded)
            if whole is None:
                return None
            counts = await incoming.upsert(session, [whole], channels={whole.channel: number}, now=now)
            if counts.new or counts.changed:
                await wake_index(session)
            return counts


async def _whole(session: Session, post: Post, channel_id: int, *, forwarded: bool) -> Post | None:
    """The post with the other parts of its album, as far as they are kept."""
    if post.group_id is None:
        return post
    kept = (await message_store.albums(session, channel_id, [post.group_id])).get(post.group_id)
    if kept is None and forwarded and post.message_id is not None:
        # Each forward of an album is a group of its own: the message is known by its number.
        kept = next(iter(await message_store.holding(session, channel_id, [post.message_id])), None)
    if kept is None:
        return post
    parts = None if "_withheld" in kept.raw else posts.parts_of(kept.raw)
    if parts is None:
        return None
    made = [posts.of_channel(part) if part.chat.type == ChatType.CHANNEL else posts.of_forward(part) for part in parts]
    others = [other for other in made if other is not None and other.message_id != post.message_id]
    group = next((other.group_id for other in made if other is not None and other.group_id), post.group_id)
    return replace(posts.album([*others, post]), group_id=group)


def _kept(post: Post, counts: ImportCounts | None, say: Say) -> Screen:
    """What became of a forwarded post."""
    source = Bold(post.origin.name if post.origin and post.origin.name else post.channel.name)
    if counts is not None and counts.new:
        return Screen(text=say.rich("Kept, from {source}. It will be in its story in a moment.", source=source))
    if counts is not None and counts.changed:
        return Screen(text=say.rich("Kept in its newer form, from {source}.", source=source))
    return Screen(text=say.rich("It was there already, from {source}.", source=source))
