"""Admins' changes of topics, written down: what was, what is, and who did it.

Everything here runs in the caller's transaction, one admin after the other, so that a change is made to what is there, and
not to what a page showed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.editors import topic_drafts
from bot.editors.drafts import Draft
from bot.pages.topics import name
from bot.speech import Say
from core.db.engine import Session
from core.errors import NotFound, UsageError
from core.store import admins
from core.store import topics as topic_store
from core.types import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of a change: a word about it, and the topic that it was of. With `base`, nothing was saved: this is what
    somebody else has made of the entries meanwhile.
    """

    slug: str
    told: str
    base: list[str] | None = None


async def save(session: Session, draft: Draft, *, admin_id: int, say: Say, now: datetime) -> Saved:
    """Make the change that was previewed."""
    slug = topic_drafts.slug(draft)
    try:
        if topic_drafts.what(draft) == "new":
            return await _add(session, draft, admin_id=admin_id, say=say, now=now)
        before = await _held(session, slug)
        if topic_drafts.what(draft) == "into":
            return await _merge(session, draft, before, admin_id=admin_id, say=say, now=now)
        return await _change(session, draft, before, admin_id=admin_id, say=say, now=now)
    except NotFound:
        return Saved(slug=slug, told=say("There is no such topic any more."))
    except UsageError as error:
        return Saved(slug=slug, told=say("This cannot be saved: {reason}", reason=error))


async def _held(session: Session, slug: str) -> Topic:
    """A topic as it is, which nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    # A change of nothing waits for other admins, and has them wait.
    return await topic_store.change(session, slug)


async def _add(session: Session, draft: Draft, *, admin_id: int, say: Say, now: datetime) -> Saved:
    made = topic_drafts.new(draft)
    added = await topic_store.add(
        session, title_ru=made.title_ru, title_en=made.title_en, about=made.about, names=made.names
    )
    after = topic_drafts.logged(added, "new")
    await admins.note(session, admin_id=admin_id, action="add topic", subject=added.slug, after=after, now=now)
    return Saved(slug=added.slug, told=_saved(say))


async def _merge(session: Session, draft: Draft, before: Topic, *, admin_id: int, say: Say, now: datetime) -> Saved:
    into = topic_drafts.into(draft)
    merged = await topic_store.merge(session, before.slug, into=into, now=now)
    await admins.note(
        session,
        admin_id=admin_id,
        action="merge topic",
        subject=before.slug,
        before=topic_drafts.logged(before, "enabled"),
        after={"enabled": False, "merged_into": into, "keywords there": len(merged.names)},
        now=now,
    )
    return Saved(slug=into, told=_saved(say))


async def _change(session: Session, draft: Draft, before: Topic, *, admin_id: int, say: Say, now: datetime) -> Saved:
    what = topic_drafts.what(draft)
    if what in {"about", "names"}:
        entries = list(topic_drafts.entries(before, what))
        if topic_drafts.edit(draft).put is not None and entries != draft.values.get("base"):
            told = say("Somebody else has changed this meanwhile, and it is as follows. Save again to replace it.")
            return Saved(slug=before.slug, told=told, base=entries)
    after = topic_drafts.changed(draft, before)
    if after == before:
        return Saved(slug=before.slug, told=say("It is so already."))
    match what:
        case "about":
            after = await topic_store.change(session, before.slug, about=after.about)
        case "names":
            after = await topic_store.change(session, before.slug, names=after.names)
        case _:
            after = await topic_store.set_enabled(session, before.slug, enabled=after.enabled)
    await _note(session, before, after, what, admin_id=admin_id, now=now)
    return Saved(slug=before.slug, told=_saved(say))


async def rename(
    session: Session, slug: str, field: str, title: str, *, admin_id: int, say: Say, now: datetime
) -> Saved:
    """Give a topic another title in one language."""
    try:
        before = await _held(session, slug)
        titles = {"title_ru": before.title_ru, "title_en": before.title_en, field: title}
        after = await topic_store.rename(session, slug, title_ru=titles["title_ru"], title_en=titles["title_en"])
    except NotFound:
        return Saved(slug=slug, told=say("There is no such topic any more."))
    await _note(session, before, after, field, admin_id=admin_id, now=now)
    lang = field.removeprefix("title_")
    return Saved(slug=slug, told=say("Renamed: {before} → {after}", before=name(before, lang), after=name(after, lang)))


async def move(session: Session, slug: str, *, up: bool, admin_id: int, say: Say, now: datetime) -> str:
    """Move a topic by one place; where it stands now."""
    try:
        await _held(session, slug)
    except NotFound:
        return say("There is no such topic any more.")
    order = [topic.slug for topic in await topic_store.every(session)]
    place = order.index(slug)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return say("It is the first one already.") if up else say("It is the last one already.")
    order[place], order[other] = order[other], order[place]
    await topic_store.reorder(session, order)
    await admins.note(
        session,
        admin_id=admin_id,
        action="move topic",
        subject=slug,
        before={"place": place + 1},
        after={"place": other + 1},
        now=now,
    )
    return say("Place {place} of {all}", place=other + 1, all=len(order))


async def _note(session: Session, before: Topic, after: Topic, field: str, *, admin_id: int, now: datetime) -> None:
    await admins.note(
        session,
        admin_id=admin_id,
        action="change topic",
        subject=before.slug,
        before=topic_drafts.logged(before, field),
        after=topic_drafts.logged(after, field),
        now=now,
    )


def _saved(say: Say) -> str:
    return say("Saved. Stories are being relabelled in the background, which may take a few minutes.")
