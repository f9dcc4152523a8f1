"""Stories as readers see them: ranked, with what was written of them or else their own sentences, and with sources that
can be opened.

The shell around `rank`, `extract` and `topics`: reads the index, writes nothing, asks no model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.db.engine import Session
from core.store import cards as card_store
from core.store import index as index_store
from core.store import posts as post_store
from core.store import stories as story_store
from core.store import summaries as summary_store
from core.store.stories import Membership
from core.types import ChannelKind, CitedSentence, Indexed, Origin, StoredPost, StoryCard, StoryPost
from core.written import Claim, Summary
from summarize import cluster, extract, prepare, rank, topics
from summarize import text as texts
from summarize.keys import THINGS, KeyKind
from summarize.material import text_hash, told

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

    @property
    def rank(self) -> float:
        return round(sum(self.parts.values()), 4)


async def ranked(session: Session, memberships: Sequence[Membership], *, now: datetime) -> list[Ranked]:
    """Rank stories, best first; those that hold nothing to show (ads, returning texts, bare media) are left out."""
    found: list[Ranked] = []
    for start in range(0, len(memberships), CHUNK):
        found += await _ranked(session, memberships[start : start + CHUNK], now=now)
    return sorted(found, key=lambda story: (-story.rank, story.id))


async def _ranked(session: Session, memberships: Sequence[Membership], *, now: datetime) -> list[Ranked]:
    ids = [post for story in memberships for post in story.post_ids]
    indexed = await index_store.load(session, ids, model_id=0, vectors=False)
    stored = {post.id: post for post in await post_store.by_ids(session, ids)}
    typical = await card_store.typical_engagement(session, sorted({post.channel_id for post in stored.values()}))
    repeated = await card_store.copies(session, ids)
    result = []
    for story in memberships:
        shown = [indexed[post] for post in story.post_ids if post in indexed and is_shown(indexed[post])]
        if shown:
            result.append(_rank(story.id, shown, stored, typical, _copy_heads(shown, repeated), now))
    return result


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
    now: datetime,
) -> Ranked:
    facts = [_facts(post, stored[post.post_id], typical, is_copy=post.post_id in copy_of) for post in posts]
    own = [post for post in posts if post.post_id not in copy_of]
    return Ranked(
        id=story_id,
        post_ids=tuple(post.post_id for post in posts),
        topics=tuple(topics.of_story([post.topics for post in own], topics.weights())),
        parts=rank.parts(facts, now=now),
        independent=len({post.source for post in own}),
        copy_of=copy_of,
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
    session: Session, stories: Sequence[Ranked], *, lang: str | None, since: datetime | None = None
) -> list[StoryCard]:
    """Stories with what was written of them in `lang`, else with their own sentences, in `lang` where a source has it.

    Posts in reading order. To a reader who was told of a story before `since`, what has been written since is new.
    """
    read = await _read(session, stories)
    extracts = await _extracts(session, stories, read, lang=lang)
    versions = await summary_store.history(session, [story.id for story in stories], lang=lang or "")
    usernames = await _usernames(session, read)
    found = []
    for story in stories:
        card = _card(story, read.ordered(story), extracts[story.id], usernames)
        summary = next((one for one in reversed(versions.get(story.id, [])) if _holds(one, story, read)), None)
        if summary is not None:
            was_told = _was_told(versions.get(story.id, []), since)
            card = _written(card, summary, since if was_told else None)
        found.append(card)
    return found


async def extracts(session: Session, stories: Sequence[Ranked], *, lang: str | None) -> dict[int, extract.Extract]:
    """The posts' own sentences, by story."""
    return await _extracts(session, stories, await _read(session, stories), lang=lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posts:
    """The posts of some stories, by id."""

    stored: Mapping[int, StoredPost]
    indexed: Mapping[int, Indexed]

    def ordered(self, story: Ranked) -> list[StoredPost]:
        return in_order(self.stored[post] for post in story.post_ids if post in self.stored)


async def _read(session: Session, stories: Sequence[Ranked]) -> _Posts:
    ids = [post for story in stories for post in story.post_ids]
    stored = {post.id: post for post in await post_store.by_ids(session, ids)}
    return _Posts(stored=stored, indexed=await index_store.load(session, ids, model_id=0, vectors=False))


async def _usernames(session: Session, read: _Posts) -> dict[int, str]:
    origins = {post.origin.channel_id for post in read.stored.values() if post.origin and post.origin.channel_id}
    return await card_store.usernames(session, sorted(origins))


async def _extracts(
    session: Session, stories: Sequence[Ranked], read: _Posts, *, lang: str | None
) -> dict[int, extract.Extract]:
    boilerplate = await _boilerplate(session, list(read.stored.values()))
    return {
        story.id: extract.extract(_sources(story, read.ordered(story), read.indexed, boilerplate), lang=lang)
        for story in stories
    }


def in_order(posts: Iterable[StoredPost]) -> list[StoredPost]:
    """By time; at one time an origin before its forwards, then as in the channel or dump."""
    return sorted(
        posts, key=lambda post: (post.time, post.origin is not None, post.message_id or post.position or 0, post.id)
    )


async def _boilerplate(session: Session, posts: Sequence[StoredPost]) -> dict[str, frozenset[str]]:
    """Learned lines by source, among the lines of these posts."""
    lines: dict[tuple[str, int], str] = {}
    for post in posts:
        for line in texts.lines_of(texts.normalise(post.text)):
            lines[prepare.source_of(post), prepare.line_hash(line)] = line
    learned = await index_store.boilerplate(session, lines, enough=prepare.BOILERPLATE_POSTS)
    found: dict[str, set[str]] = defaultdict(set)
    for source, number in learned:
        found[source].add(lines[source, number])
    return {source: frozenset(held) for source, held in found.items()}


def _sources(
    story: Ranked,
    posts: Sequence[StoredPost],
    indexed: Mapping[int, Indexed],
    boilerplate: Mapping[str, frozenset[str]],
) -> list[extract.Source]:
    return [
        extract.Source(
            post_key=post.id,
            channel=prepare.source_of(post),
            text=post.text,
            entities=post.entities,
            lang=indexed[post.id].lang,
            date=post.time,
            is_copy=post.id in story.copy_of,
            independent=post.id not in story.copy_of,
            boilerplate=boilerplate.get(prepare.source_of(post), frozenset()),
        )
        for post in posts
    ]


def _card(
    story: Ranked, posts: Sequence[StoredPost], summary: extract.Extract, usernames: Mapping[int, str]
) -> StoryCard:
    """A story with its posts' own sentences."""
    times = [post.time for post in posts]
    sentences = tuple(CitedSentence(text=sentence.text, post_id=sentence.post_key) for sentence in summary.sentences)
    return StoryCard(
        id=story.id,
        title=summary.title,
        title_post=summary.title_post,
        sentences=sentences,
        lang=summary.lang,
        topics=story.topics,
        rank=story.rank,
        parts=story.parts,
        independent=story.independent,
        dated=any(post.date is not None for post in posts),
        first_seen=min(times),
        last_seen=max(times),
        posts=tuple(_story_post(post, usernames, story.copy_of.get(post.id)) for post in posts),
        claims=sentences,
    )


# --- what was written ------------------------------------------------------------------------------------------------


def _holds(summary: Summary, story: Ranked, read: _Posts) -> bool:
    """Whether a summary still says what its posts say: none of them was edited, deleted or moved to another story."""
    return all(post in story.post_ids and _says(read, post) == said for post, said in summary.told.items())


def _says(read: _Posts, post_id: int) -> str | None:
    """What a post would be told as now; None of one that is gone."""
    stored, indexed = read.stored.get(post_id), read.indexed.get(post_id)
    if stored is None or indexed is None or stored.deleted:
        return None
    return told(text_hash(indexed.clean_text, stored.date), stored.version)


def _was_told(versions: Sequence[Summary], since: datetime | None) -> bool:
    """Whether readers of the digest before `since` know the story: a version covers nothing later."""
    return since is not None and any(version.written and version.covers_until < since for version in versions)


def _written(card: StoryCard, summary: Summary, since: datetime | None) -> StoryCard:
    """The card with what was written in place of the posts' own sentences; what is new since then comes first."""
    gist, claims = ([_cited(claim, since) for claim in claims] for claims in (summary.gist, summary.claims))
    every = [*gist, *claims]
    shown = sorted(every, key=lambda sentence: not sentence.is_new)[:WRITTEN_SENTENCES]
    return replace(
        card,
        title=summary.title,
        title_post=next((sentence.post_id for sentence in every), card.title_post),
        sentences=tuple(shown),
        lang=summary.lang,
        topics=(*card.topics, *(slug for slug in summary.topics if slug not in card.topics)),
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
) -> list[Ranked]:
    """Stories with a post in [since, until), best first; `only` keeps those with one of these topics."""
    memberships = await story_store.in_window(session, since=since, until=until)
    found = await ranked(session, memberships, now=until or now)
    return [story for story in found if not only or set(only) & set(story.topics)]
