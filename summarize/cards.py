"""Stories as readers see them: ranked, with what was written of them or else their own sentences, and with sources that
can be opened.

The shell around `rank`, `extract` and `topics`: reads the index, writes nothing, asks no model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.db.engine import Session
from core.filters import FilterAction
from core.store import cards as card_store
from core.store import filters as filter_store
from core.store import index as index_store
from core.store import posts as post_store
from core.store import stories as story_store
from core.store import summaries as summary_store
from core.store.filters import Met
from core.store.stories import Membership
from core.types import ChannelKind, CitedSentence, Indexed, Origin, StoredPost, StoryCard, StoryPost
from core.written import Claim, Summary
from summarize import cluster, extract, own, rank, topics
from summarize.keys import THINGS, KeyKind
from summarize.known import known_at
from summarize.material import text_hash, told
from summarize.own import Own

#: Stories are ranked by thousands; only those that may be shown are summarised.
CHUNK = 500
#: So many sentences of what was written stand in a digest; the others are for who opens the story.
WRITTEN_SENTENCES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A story before its summary is written."""

    id: int
    post_ids: tuple[int, ...]
    topics: tuple[str, ...]
    parts: Mapping[str, float]
    independent: int
    copy_of: Mapping[int, int]
    pinned: bool = False

    @property
    def rank(self) -> float:
        return round(sum(self.parts.values()), 4)


async def ranked(
    session: Session, memberships: Sequence[Membership], *, now: datetime, without: int = 0
) -> list[Ranked]:
    """Rank stories, pinned ones first, then best first; those that hold nothing to show (ads, returning texts, bare media, what
    filters drop) are left out. `without`: a filter that shall count for nothing.
    """
    found: list[Ranked] = []
    for start in range(0, len(memberships), CHUNK):
        found += await _ranked(session, memberships[start : start + CHUNK], now=now, without=without)
    return sorted(found, key=lambda story: (not story.pinned, -story.rank, story.id))


async def _ranked(session: Session, memberships: Sequence[Membership], *, now: datetime, without: int) -> list[Ranked]:
    ids = [post for story in memberships for post in story.post_ids]
    indexed = await index_store.load(session, ids, model_id=0, vectors=False)
    stored = {post.id: post for post in await post_store.by_ids(session, ids)}
    typical = await card_store.typical_engagement(session, sorted({post.channel_id for post in stored.values()}))
    repeated = await card_store.copies(session, ids)
    met = await filter_store.met(session, ids, now=now, without=without)
    result = []
    for story in memberships:
        shown = [
            indexed[post]
            for post in story.post_ids
            if post in indexed and is_shown(indexed[post]) and not is_dropped(met.get(post, ()))
        ]
        if shown:
            result.append(_rank(story.id, shown, stored, typical, _copy_heads(shown, repeated), met, now))
    return result


def is_dropped(met: Sequence[Met]) -> bool:
    """Whether one of the filters that met a post drops it."""
    return any(found.action is FilterAction.DROP for found in met)


def is_shown(post: Indexed) -> bool:
    """Whether a post may stand in a digest: it says something, is no advertisement and does not keep returning."""
    returns = any(value.startswith(f"{KeyKind.TEXT}:") for value in post.common)
    return bool(post.clean_text.strip()) and post.ad != "ad" and not returns


def _copy_heads(posts: Sequence[Indexed], repeated: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Copy → the first post of its group, by time."""
    times = {post.post_id: (post.time, post.post_id) for post in posts}
    groups = cluster.components(list(times), [pair for pair in repeated if pair[0] in times and pair[1] in times])
    heads = {}
    for group in groups:
        head = min(group, key=lambda post: times[post])
        heads.update({post: head for post in group if post != head})
    return heads


def _rank(
    story_id: int,
    posts: Sequence[Indexed],
    stored: Mapping[int, StoredPost],
    typical: Mapping[int, float],
    copy_of: Mapping[int, int],
    met: Mapping[int, Sequence[Met]],
    now: datetime,
) -> Ranked:
    facts = [_facts(post, stored[post.post_id], typical, is_copy=post.post_id in copy_of) for post in posts]
    own = [post for post in posts if post.post_id not in copy_of]
    steering = {found.filter_id: found for post in posts for found in met.get(post.post_id, ())}.values()
    return Ranked(
        id=story_id,
        post_ids=tuple(post.post_id for post in posts),
        topics=tuple(topics.of_story([post.topics for post in own], topics.weights())),
        parts=rank.parts(
            facts, now=now, boosts=[found.weight for found in steering if found.action is FilterAction.BOOST]
        ),
        independent=len({post.source for post in own}),
        copy_of=copy_of,
        pinned=any(found.action is FilterAction.PIN for found in steering),
    )


def _facts(post: Indexed, stored: StoredPost, typical: Mapping[int, float], *, is_copy: bool) -> rank.Facts:
    things = sum(1 for value in post.keys if value.split(":", 1)[0] in THINGS and value not in post.common)
    return rank.Facts(
        time=post.time,
        source=post.source,
        is_copy=is_copy,
        weight=stored.weight,
        engagement=stored.reactions if stored.reactions is not None else stored.views,
        typical=typical.get(post.channel_id),
        words=post.features["words"],
        names=len(post.features["names"]),
        numbers=len(post.features["numbers"]),
        things=min(2, things),
        doubtful=post.ad == "grey",
    )


async def cards(
    session: Session,
    stories: Sequence[Ranked],
    *,
    lang: str | None,
    since: datetime | None = None,
    posts: Posts | None = None,
    grown: bool = False,
) -> list[StoryCard]:
    """Stories with what was written of them in `lang`, else with their own sentences, in `lang` where a source has it.

    Posts in reading order. To a reader who was told of a story before `since`, what has been written since is new.
    `posts` are those of the stories, where they are loaded already. `grown`: claims of what was not written say since when
    they are known, and hold what each later post adds.
    """
    read = posts or await load(session, stories)
    versions = await summary_store.history(session, [story.id for story in stories], lang=lang or "")
    usernames = await _usernames(session, read.stored.values())
    shown = {story.id: _up_to_shown(versions.get(story.id, []), story, read) for story in stories}
    growing = {story.id for story in stories if grown and not shown[story.id]}
    said = await asyncio.to_thread(_own_sentences, stories, read, lang, growing)
    found = []
    for story in stories:
        card = _card(story, read.ordered(story), said[story.id], usernames)
        if shown[story.id]:
            told_since = since if _was_told(versions[story.id], since) else None
            card = _written(card, shown[story.id], read, told_since, story=story)
        found.append(card)
    return found


async def extracts(session: Session, stories: Sequence[Ranked], *, lang: str | None) -> dict[int, extract.Extract]:
    """The posts' own sentences, by story."""
    found = await asyncio.to_thread(_own_sentences, stories, await load(session, stories), lang)
    return {story: said.brief for story, said in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """The posts of some stories, by id, and learned lines by source, among the lines of these posts.

    `said` keeps what was found in them, so that it is looked for once for all languages.
    """

    stored: Mapping[int, StoredPost]
    indexed: Mapping[int, Indexed]
    boilerplate: Mapping[str, frozenset[str]]
    said: dict[tuple[int, str | None, bool], Own] = field(default_factory=dict, repr=False, compare=False)

    def ordered(self, story: Ranked) -> list[StoredPost]:
        """The posts of one story in reading order, less those that have left the index since the story was ranked."""
        return in_order(self.stored[post] for post in story.post_ids if post in self.stored and post in self.indexed)

    def came(self, story: Ranked) -> dict[int, datetime]:
        """When what each post of one story says came to us: with the first of its copies."""
        first: dict[int, datetime] = {}
        posts = self.ordered(story)
        for post in posts:
            told = story.copy_of.get(post.id, post.id)
            first[told] = min(first.get(told, post.first_seen), post.first_seen)
        return {post.id: first[story.copy_of.get(post.id, post.id)] for post in posts}


async def load(session: Session, stories: Sequence[Ranked]) -> Posts:
    """The posts of the stories."""
    ids = [post for story in stories for post in story.post_ids]
    stored = {post.id: post for post in await post_store.by_ids(session, ids)}
    return Posts(
        stored=stored,
        indexed=await index_store.load(session, ids, model_id=0, vectors=False),
        boilerplate=await own.boilerplate(session, list(stored.values())),
    )


async def _usernames(session: Session, stored: Iterable[StoredPost]) -> dict[int, str]:
    origins = {post.origin.channel_id for post in stored if post.origin and post.origin.channel_id}
    return await card_store.usernames(session, sorted(origins))


def _own_sentences(
    stories: Sequence[Ranked], read: Posts, lang: str | None, growing: Collection[int] = ()
) -> dict[int, Own]:
    """What the posts of each story say; CPU work. Of those `growing` also what later posts add, and since when each is known."""
    found = {}
    for story in stories:
        posts = read.ordered(story)
        sources = own.sources(posts, read.indexed, story.copy_of, read.boilerplate)
        # Where all posts speak one language, it does not matter which one is asked for.
        asked = lang if len({source.lang for source in sources}) > 1 else None
        came = read.came(story) if story.id in growing else None
        key = story.id, asked, came is not None
        if key not in read.said:
            read.said[key] = own.own(sources, lang=asked, came=came)
        found[story.id] = read.said[key]
    return found


def likely_topics(story: Ranked, indexed: Mapping[int, Indexed]) -> frozenset[str]:
    """The topics that any post of a story gives reason for, be it less than the story's own topics ask for."""
    return frozenset(slug for post in story.post_ids if post in indexed for slug in indexed[post].topics)


def in_order(posts: Iterable[StoredPost]) -> list[StoredPost]:
    """By time; at one time an origin before its forwards, then as in the channel or dump."""
    return sorted(
        posts, key=lambda post: (post.time, post.origin is not None, post.message_id or post.position or 0, post.id)
    )


def _card(story: Ranked, posts: Sequence[StoredPost], said: Own, usernames: Mapping[int, str]) -> StoryCard:
    """A story with its posts' own sentences."""
    summary = said.brief
    times = [post.time for post in posts]
    return StoryCard(
        id=story.id,
        title=summary.title,
        title_post=summary.title_post,
        sentences=said.claims[: len(summary.sentences)],
        lang=summary.lang,
        topics=story.topics,
        rank=story.rank,
        parts=story.parts,
        independent=story.independent,
        dated=any(post.date is not None for post in posts),
        first_seen=min(times),
        last_seen=max(times),
        posts=tuple(_story_post(post, usernames, story.copy_of.get(post.id)) for post in posts),
        claims=said.claims,
    )


# --- what was written ------------------------------------------------------------------------------------------------


def _up_to_shown(versions: Sequence[Summary], story: Ranked, read: Posts) -> Sequence[Summary]:
    """The versions (oldest first) up to the newest that still holds; none if none does."""
    places = [place for place, summary in enumerate(versions) if _holds(summary, story, read)]
    return versions[: places[-1] + 1] if places else ()


def _holds(summary: Summary, story: Ranked, read: Posts) -> bool:
    """Whether a summary still says what its posts say: none of them was edited, deleted or moved to another story."""
    return all(post in story.post_ids and _says(read, post) == said for post, said in summary.told.items())


def _says(read: Posts, post_id: int) -> str | None:
    """What a post would be told as now; None of one that is gone."""
    stored, indexed = read.stored.get(post_id), read.indexed.get(post_id)
    if stored is None or indexed is None or stored.deleted:
        return None
    return told(text_hash(indexed.clean_text, stored.date), stored.version)


def _was_told(versions: Sequence[Summary], since: datetime | None) -> bool:
    """Whether readers of the digest before `since` know the story: a version covers nothing later."""
    return since is not None and any(version.written and version.covers_until < since for version in versions)


def _written(
    card: StoryCard, versions: Sequence[Summary], read: Posts, since: datetime | None, *, story: Ranked
) -> StoryCard:
    """The card with the last version in place of the posts' own sentences; what is new since then comes first.

    Its topics stay while posts give reason for them: a topic may have been changed or switched off since it was written.
    """
    summary, came, likely = versions[-1], read.came(story), likely_topics(story, read.indexed)
    every = [
        replace(_cited(claim, since), known_at=known_at(claim, versions, came))
        for claim in (*summary.gist, *summary.claims)
    ]
    shown = sorted(every, key=lambda sentence: not sentence.is_new)[:WRITTEN_SENTENCES]
    return replace(
        card,
        title=summary.title,
        title_post=next((sentence.post_id for sentence in every), card.title_post),
        sentences=tuple(shown),
        lang=summary.lang,
        topics=(*card.topics, *(slug for slug in summary.topics if slug in likely and slug not in card.topics)),
        claims=tuple(every),
        written_by=f"{summary.prompt}, {summary.model}" if summary.written else "",
    )


def _cited(claim: Claim, since: datetime | None) -> CitedSentence:
    return CitedSentence(
        text=claim.text,
        post_id=claim.post_ids[0],
        also=claim.post_ids[1:],
        kind=None if claim.extracted else claim.kind,
        is_new=since is not None and claim.told_at is not None and claim.told_at >= since,
        lang=claim.lang,
    )


# --- posts -----------------------------------------------------------------------------------------------------------


async def story_posts(session: Session, stories: Sequence[Ranked]) -> list[StoryPost]:
    """The posts of the stories as they are cited."""
    stored = await post_store.by_ids(session, [post for story in stories for post in story.post_ids])
    copy_of = {post: head for story in stories for post, head in story.copy_of.items()}
    usernames = await _usernames(session, stored)
    return [_story_post(post, usernames, copy_of.get(post.id)) for post in in_order(stored)]


def _story_post(post: StoredPost, usernames: Mapping[int, str], copy_of: int | None) -> StoryPost:
    return StoryPost(
        id=post.id,
        channel=post.channel.name,
        message_id=post.message_id,
        url=post_url(post),
        origin=(post.origin.name or post.origin.author) if post.origin else None,
        origin_url=origin_url(post.origin, usernames) if post.origin else None,
        date=post.date,
        first_seen=post.first_seen,
        text=post.text,
        copy_of=copy_of,
    )


def post_url(post: StoredPost) -> str | None:
    """A link to the post, where one can open: by username, or for a member of a private channel; else None."""
    if post.message_id is None or post.channel.kind is ChannelKind.DUMP:
        return None
    if post.channel.username:
        return f"https://t.me/{post.channel.username}/{post.message_id}"
    return f"https://t.me/c/{post.channel.tg_id}/{post.message_id}" if post.member else None


def origin_url(origin: Origin, usernames: Mapping[int, str]) -> str | None:
    """A link to the message that was forwarded, if its channel's username is known."""
    username = usernames.get(origin.channel_id or 0)
    return f"https://t.me/{username}/{origin.message_id}" if username and origin.message_id is not None else None


async def in_window(
    session: Session,
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    only: Collection[str] = (),
    without: int = 0,
) -> list[Ranked]:
    """Stories with a post in [since, until), best first; `only` keeps those with one of these topics.

    `without`: a filter that shall count for nothing.
    """
    memberships = await story_store.in_window(session, since=since, until=until)
    found = await ranked(session, memberships, now=until or now, without=without)
    return [story for story in found if not only or set(only) & set(story.topics)]
