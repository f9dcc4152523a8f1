"""Screens of filters, with the names of what they speak of looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from aiogram.utils.formatting import Text

from bot.editors import filter_drafts
from bot.editors.drafts import Draft
from bot.editors.editing import Act
from bot.editors.filter_drafts import OF, Step
from bot.editors.watching import Watch
from bot.pages import admin_filter_draft as draft_pages
from bot.pages import admin_filters as pages
from bot.pages import topics as topic_pages
from bot.pages.admin_filters import Linked, Met, Names
from bot.screens import Screen
from core.db.engine import Session
from core.filters import Filter, FilterKind, Request
from core.store import admins, filter_hits, filters, steering
from core.store import channels as channel_store
from core.store import posts as post_store
from core.store import topics as topic_store
from core.types import ChannelKind, StoredPost

#: Posts that a filter has met, as examples on its page.
EXAMPLES = 5
#: Characters of a post that may become its title.
_TITLE = 200


async def all_of_them(act: Act, page: int, *, lead: str = "") -> Screen:
    """The list of all filters."""
    async with act.database.begin() as session:
        found = await filters.every(session)
        names = await spoken_of(session, found, act.say.lang)
        is_counting = await filter_hits.is_due(session, act.now)
    return pages.filters_page(
        found, page, names, act.say, is_counting=is_counting, tz=act.reader.tz, now=act.now, lead=lead
    )


async def show(act: Act, watch: Watch, number: int, page: int, *, lead: str = "") -> None:
    """Show one filter, and while it is not known yet how many posts it meets, that once it is."""
    shown = await act.show(await one(act, number, page, lead=lead))
    if await _is_counting(act, number):
        watch.watch(act, shown, partial(_counted, act, number, page))


async def _counted(act: Act, number: int, page: int) -> Screen | None:
    """One filter once it is known how many posts it meets; None before."""
    return None if await _is_counting(act, number) else await one(act, number, page)


async def _is_counting(act: Act, number: int) -> bool:
    async with act.database.begin() as session:
        found = await filters.get(session, number)
        is_at_work = found is not None and pages.is_at_work(found, now=act.now)
        return is_at_work and await filter_hits.is_due(session, act.now)


async def one(act: Act, number: int, page: int, *, lead: str = "") -> Screen:
    """One filter; the list, where it is gone."""
    async with act.database.begin() as session:
        found = await filters.get(session, number)
        if found is not None:
            names = await spoken_of(session, [found], act.say.lang)
            names = replace(names, admins={**names.admins, act.admin_id: act.say("you")})
            linked = await _linked(session, await steering.met_by(session, number, limit=EXAMPLES))
            met = Met(posts=list(linked.values()), is_counting=await filter_hits.is_due(session, act.now))
    if found is None:
        return await all_of_them(act, page, lead=lead)
    return pages.filter_page(found, page, names, act.say, met=met, tz=act.reader.tz, now=act.now, lead=lead)


async def confirm_delete(act: Act, found: Filter, page: int) -> Screen:
    """Whether a filter is really to go."""
    async with act.database.begin() as session:
        names = await spoken_of(session, [found], act.say.lang)
    return pages.confirm_delete(found, page, names, act.say)


async def step(act: Act, draft: Draft, *, lead: str = "") -> Screen:
    """What the dialogue asks at this step."""
    names = await _choices(act, draft)
    return draft_pages.step_screen(draft, names, act.say, now=act.now, tz=act.reader.tz, lead=lead)


async def preview(act: Act, draft: Draft, request: Request | None, *, may_go_on: bool = True) -> Screen:
    """What the filter would do, as far as that is known."""
    given = filter_drafts.made(draft, by=act.admin_id, now=act.now)
    async with act.database.begin() as session:
        names = await spoken_of(session, [given], act.say.lang)
    return draft_pages.preview(draft, given, names, request, act.say, may_go_on=may_go_on)


async def refused(act: Act, draft: Draft, request: Request) -> Screen:
    """A pattern with which something is wrong, asked for again."""
    return draft_pages.refused(draft, request, Names(), act.say, now=act.now, tz=act.reader.tz)


def over(act: Act) -> Screen:
    """A draft that cannot be gone on with."""
    return Screen(text=Text(act.say("This is over: it was saved or cancelled.")))


# --- names -----------------------------------------------------------------------------------------------------------


async def spoken_of(session: Session, found: Sequence[Filter], lang: str, *, channels: Collection[int] = ()) -> Names:
    """How everything is called that these filters speak of, and these channels."""
    numbers = {number for one in found for number in (*one.scope.channels, pages.channel_of(one)) if number}
    likes = {
        post for one in found if one.kind is FilterKind.MEANING and (post := pages.post_of(one.pattern)) is not None
    }
    return Names(
        topics={topic.slug: topic_pages.name(topic, lang) for topic in await topic_store.every(session)},
        channels=await channel_store.names(session, sorted(numbers | set(channels))),
        admins={admin.user_id: admin.name for admin in await admins.every(session)},
        posts=await _linked(session, likes),
    )


async def _choices(act: Act, draft: Draft) -> Names:
    """What a step lets one choose from, or speaks of."""
    async with act.database.begin() as session:
        was = filter_drafts.changed(draft) if draft.of == OF else None
        if draft.step == Step.SAVE:
            given = filter_drafts.made(draft, by=act.admin_id, now=act.now)
            return await spoken_of(session, [given, *([was] if was else [])], act.say.lang)
        kind = filter_drafts.kind(draft) if draft.of == OF and draft.step == Step.PATTERN else None
        if draft.step == Step.TOPICS or kind is FilterKind.TOPIC:
            topics = await topic_store.enabled(session)
            return Names(topics={topic.slug: topic_pages.name(topic, act.say.lang) for topic in topics})
        if draft.step == Step.CHANNELS or kind is FilterKind.CHANNEL:
            read = await channel_store.read(session, since=act.now)
            return Names(channels={channel.id: channel.name for channel in read})
    return Names()


async def _linked(session: Session, ids: Collection[int]) -> Mapping[int, Linked]:
    """Posts as they are named, in the order of their ids given."""
    stored = {post.id: post for post in await post_store.by_ids(session, list(ids))}
    return {number: _link(stored[number]) for number in ids if number in stored}


def _link(post: StoredPost) -> Linked:
    title = next((line for line in post.text[:_TITLE].splitlines() if line.strip()), "")
    return Linked(title=title, channel=post.channel.name, url=_url(post))


def _url(post: StoredPost) -> str | None:
    """Where the post opens: by username, or for a member of a private channel."""
    if post.message_id is None or post.channel.kind is ChannelKind.DUMP:
        return None
    if post.channel.username:
        return f"https://t.me/{post.channel.username}/{post.message_id}"
    return f"https://t.me/c/{post.channel.tg_id}/{post.message_id}" if post.member else None
