"""Stories as readers see them: ranked, summarised from their own sentences, with sources that can be opened.

The shell around `rank`, `extract` and `topics`: reads the index, writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.engine import Session
from core.store import cards as card_store
from core.store import index as index_store
from core.store import posts as post_store
from core.store import stories as story_store
from core.store.stories import Membership
from core.types import ChannelKind, CitedSentence, Indexed, Origin, StoredPost, StoryCard, StoryPost
from summarize import cluster, extract, prepare, rank, topics
from summarize import text as texts
from summarize.keys import THINGS, KeyKind

#: Stories are ranked by thousands; only those that may be shown are summarised.
CHUNK = 500


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


async def ranked(session: Session, memberships: Sequence[Membership], *, now: datetime, model_id: int) -> list[Ranked]:
    """Rank stories, best first; those that hold nothing to show (ads, returning texts, bare media) are left out."""
    found: list[Ranked] = []
    for start in range(0, len(memberships), CHUNK):
        found += await _ranked(session, memberships[start : start + CHUNK], now=now, model_id=model_id)
    return sorted(found, key=lambda story: (-story.rank, story.id))


async def _ranked(session: Session, memberships: Sequence[Membership], *, now: datetime, model_id: int) -> list[Ranked]:
    ids = [post for story in memberships for post in story.post_ids]
    indexed = await index_store.load(session, ids, model_id=model_id, vectors=False)
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


async def cards(session: Session, stories: Sequence[Ranked], *, lang: str | None) -> list[StoryCard]:
    """Summarise stories from their own sentences, in `lang` where a source has it; posts in reading order."""
    ids = [post for story in stories for post in story.post_ids]
    posts = {post.id: post for post in await post_store.by_ids(session, ids)}
    languages = {
        post_id: post.lang
        for post_id, post in (await index_store.load(session, ids, model_id=0, vectors=False)).items()
    }
    origins = {post.origin.channel_id for post in posts.values() if post.origin and post.origin.channel_id}
    usernames = await card_store.usernames(session, sorted(origins))
    boilerplate = await _boilerplate(session, list(posts.values()))
    return [
        _card(
            story,
            _in_order(posts[post] for post in story.post_ids if post in posts),
            languages,
            usernames,
            boilerplate,
            lang,
        )
        for story in stories
    ]


def _in_order(posts: Iterable[StoredPost]) -> list[StoredPost]:
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


def _card(
    story: Ranked,
    posts: Sequence[StoredPost],
    languages: Mapping[int, str],
    usernames: Mapping[int, str],
    boilerplate: Mapping[str, frozenset[str]],
    lang: str | None,
) -> StoryCard:
    sources = [
        extract.Source(
            post_key=post.id,
            channel=prepare.source_of(post),
            text=post.text,
            entities=post.entities,
            lang=languages[post.id],
            date=post.time,
            is_copy=post.id in story.copy_of,
            independent=post.id not in story.copy_of,
            boilerplate=boilerplate.get(prepare.source_of(post), frozenset()),
        )
        for post in posts
    ]
    summary = extract.extract(sources, lang=lang)
    times = [post.time for post in posts]
    return StoryCard(
        id=story.id,
        title=summary.title,
        title_post=summary.title_post,
        sentences=tuple(CitedSentence(text=sentence.text, post_id=sentence.post_key) for sentence in summary.sentences),
        lang=summary.lang,
        topics=story.topics,
        rank=story.rank,
        parts=story.parts,
        independent=story.independent,
        dated=any(post.date is not None for post in posts),
        first_seen=min(times),
        last_seen=max(times),
        posts=tuple(_story_post(post, usernames, story.copy_of.get(post.id)) for post in posts),
    )


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
    model_id: int,
    only: Collection[str] = (),
) -> list[Ranked]:
    """Stories with a post in [since, until), best first; `only` keeps those with one of these topics."""
    memberships = await story_store.in_window(session, since=since, until=until)
    found = await ranked(session, memberships, now=until or now, model_id=model_id)
    return [story for story in found if not only or set(only) & set(story.topics)]
