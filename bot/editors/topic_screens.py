"""Screens of the editor of topics, with what they show looked up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aiogram.utils.formatting import Text

from bot.editors import topic_drafts
from bot.editors.drafts import Draft
from bot.editors.editing import Act
from bot.pages import admin_topics as pages
from bot.pages.admin_presses import WEEK_DAYS
from bot.screens import Screen
from core.filters import Request
from core.store import shelf, steering
from core.store import topics as topic_store
from core.types import Topic

WEEK = timedelta(days=WEEK_DAYS)


async def every(act: Act) -> list[Topic]:
    """All topics, in their order."""
    async with act.database.begin() as session:
        return await topic_store.every(session)


def meant(draft: Draft, topics: Sequence[Topic]) -> Topic | None:
    """The topic that a draft changes, or the new one; None where it is gone."""
    if topic_drafts.what(draft) == "new":
        return topic_drafts.new(draft)
    return next((topic for topic in topics if topic.slug == topic_drafts.slug(draft)), None)


async def all_of_them(act: Act, page: int, *, lead: str = "") -> Screen:
    """The list of all topics."""
    async with act.database.begin() as session:
        topics = await topic_store.every(session)
        counts = await shelf.topic_counts(session, lang=act.say.lang, since=act.now - WEEK)
    return pages.topics_page(topics, page, act.say, counts=counts, reader_id=act.reader.id, lead=lead)


async def one(act: Act, slug: str, page: int, *, lead: str = "") -> Screen:
    """One topic; the list, where there is none of this name."""
    async with act.database.begin() as session:
        topics = await topic_store.every(session)
        counts = await shelf.topic_counts(session, lang=act.say.lang, since=act.now - WEEK)
    topic = next((topic for topic in topics if topic.slug == slug), None)
    if topic is None:
        return pages.topics_page(topics, page, act.say, counts=counts, reader_id=act.reader.id, lead=lead)
    return pages.topic_page(topic, topics, page, act.say, count=counts.get(slug), lead=lead)


async def preview(act: Act, draft: Draft, request: Request | None, *, lead: str = "") -> Screen:
    """A change before it is saved, with as much as is known of what it would move."""
    async with act.database.begin() as session:
        topics = await topic_store.every(session)
        choosers = await steering.choosers(session, topic_drafts.slug(draft))
    if meant(draft, topics) is None:
        return Screen(text=Text(act.say("There is no such topic any more.")))
    return pages.preview(draft, topics, request, act.say, choosers=choosers, lead=lead)
