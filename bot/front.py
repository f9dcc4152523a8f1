"""The first page of a reader's settings, with all that it shows looked up."""

from __future__ import annotations

from datetime import datetime

from bot.pages import settings as pages
from bot.screens import Screen
from bot.speech import Say
from core.db.engine import Session
from core.readers import Reader, ReaderKind
from core.store import readers
from core.store import topics as topic_store


async def page(session: Session, reader: Reader, say: Say, *, now: datetime) -> Screen:
    """What a reader chose, or what is proposed to it; a person also sees the channels that it subscribed."""
    topics = await topic_store.enabled(session)
    return pages.home(reader, topics, say, now=now, yours=await channels_of(session, reader))


async def channels_of(session: Session, reader: Reader) -> list[Reader]:
    """The channels that a person subscribed."""
    if reader.kind is not ReaderKind.PERSON:
        return []
    return await readers.subscribed_by(session, reader.chat_id, ReaderKind.CHANNEL)
