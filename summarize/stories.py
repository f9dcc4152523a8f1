"""Puts posts into stories: judges the pairs that a batch touches, and parts their pieces anew.

The shell around `match` and `cluster`: a story is a pure function of the links of its piece, so only the pieces of posts
that came, changed, went, or whose keys became common are recomputed.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from core.db.engine import Session
from core.store import index as store
from core.store import judgements
from core.store import posts as post_store
from core.store import shelf as shelf_store
from core.store import stories as story_store
from core.types import Indexed, Link, Tie
from summarize import cluster, keys, match, questions, views
from summarize.keys import Holder, KeyKind
from summarize.prompts import load
from summarize.scale import Space

#: A key with more holders than this within two windows is common without counting further.
MOST_HOLDERS = 600
#: How many nearest posts are looked at.
NEAREST = 64


async def place(
    session: Session, ids: Sequence[int], *, model_id: int, dimension: int, space: Space, now: datetime
) -> None:
    """Match the posts `ids` (prepared, changed or deleted) with all others, and settle the stories they touch.

    `space`: how vectors of the model are compared.
    """
    before = await story_store.stories_of(session, ids)
    mates = await story_store.members(session, sorted(set(before.values())))
    linked = {end for first, second, _ in await story_store.joining(session, ids) for end in (first, second)}
    parted = _parted(await store.neighbours(session, ids), ids)
    await store.forget(session, await post_store.deleted(session, ids))
    posts = await store.load(session, ids, model_id=model_id)
    again = await _sync_keys(session, ids, posts)
    judged = sorted({*posts, *again})
    seen = _Seen(session, model_id, space)
    await _judge(session, judged, ids, parted, seen, dimension=dimension)
    left = await _settle(session, {*judged, *linked, *mates}, mates, seen, now=now)
    after = await story_store.stories_of(session, judged)
    await _note(session, {*before.values(), *left, *after.values()}, now=now)


class _Seen:
    """Posts as the matcher sees them, each loaded once for a batch, after its keys are right."""

    def __init__(self, session: Session, model_id: int, space: Space) -> None:
        self.model_id = model_id
        self.space = space
        self._session = session
        self._views: dict[int, views.View] = {}
        self.posts: dict[int, Indexed] = {}

    async def of(self, ids: Iterable[int]) -> dict[int, views.View]:
        """The views of posts by id; of those that are in the index."""
        wanted = set(ids)
        loaded = await store.load(self._session, sorted(wanted - self._views.keys()), model_id=self.model_id)
        self._views.update(
            (post_id, views.view(post, self.space.background, self.space.scale)) for post_id, post in loaded.items()
        )
        self.posts.update(loaded)
        return {post_id: self._views[post_id] for post_id in sorted(wanted & self._views.keys())}


def _parted(neighbours: Iterable[tuple[int, int]], ids: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs of posts between which one of `ids` stands: they follow each other no longer, or again."""
    neighbours = list(neighbours)
    earlier = {second: first for first, second in neighbours}
    later = dict(neighbours)
    return {_pair(earlier[post], later[post]) for post in ids if post in earlier and post in later}


# --- keys ------------------------------------------------------------------------------------------------------------


async def _sync_keys(session: Session, ids: Sequence[int], posts: Mapping[int, Indexed]) -> list[int]:
    """Bring the keys of the posts up to date; returns other posts for which some key became common, or ceased to be."""
    rows = [(*_split(value), post.post_id, post.time, post.holder) for post in posts.values() for value in post.keys]
    touched = await store.replace_keys(session, rows, ids)
    holders = await store.key_holders(session, _spans(touched), at_most=MOST_HOLDERS)
    known: dict[tuple[str, str], dict[int, tuple[Holder, bool]]] = defaultdict(dict)
    for row in holders:
        known[row.kind, row.value][row.post_id] = (Holder(row.post_id, row.holder, row.time), row.common)
    times: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for kind, value, time in touched:
        times[kind, value].append(time)
    changed = [flip for key, held in known.items() for flip in _flips(key, held, times[key])]
    for common in (True, False):
        await store.mark_common(
            session, [(kind, value, post) for kind, value, post, flag in changed if flag is common], common=common
        )
    return sorted({post for _, _, post, _ in changed} - set(ids))


def _split(value: str) -> tuple[str, str]:
    kind, _, rest = value.partition(":")
    return kind, rest


def _spans(touched: Iterable[tuple[str, str, datetime]]) -> list[tuple[str, str, datetime, datetime]]:
    """Spans of time that hold everything that decides how common a key is around the times it was touched."""
    spans: list[tuple[str, str, datetime, datetime]] = []
    for kind, value, time in touched:  # sorted, so that times of one key ascend
        low, high = time - 2 * keys.WINDOW, time + 2 * keys.WINDOW
        if spans and spans[-1][:2] == (kind, value) and time - (spans[-1][3] - 2 * keys.WINDOW) < timedelta(days=7):
            spans[-1] = (kind, value, spans[-1][2], high)
        else:
            spans.append((kind, value, low, high))
    return spans


def _flips(
    key: tuple[str, str], held: Mapping[int, tuple[Holder, bool]], times: Sequence[datetime]
) -> list[tuple[str, str, int, bool]]:
    """Rows (kind, value, post, common) whose flag is no longer right, near the times at which the key was touched."""
    kind, value = key
    now = keys.commonness(KeyKind(kind), [holder for holder, _ in held.values()])
    low, high = min(times) - keys.WINDOW, max(times) + keys.WINDOW
    return [
        (kind, value, post, now[post])
        for post, (holder, common) in held.items()
        if low <= holder.time <= high and now[post] is not common
    ]


# --- pairs -----------------------------------------------------------------------------------------------------------


async def _judge(
    session: Session,
    judged: Sequence[int],
    replaced: Sequence[int],
    parted: set[tuple[int, int]],
    known: _Seen,
    *,
    dimension: int,
) -> None:
    """Judge every pair worth it of the posts `judged`, replacing all links of these and of `replaced`; and the pairs
    `parted`, whose other links stay.
    """
    pairs = {
        *await store.sharing_keys(session, judged, window=keys.WINDOW),
        *await store.referring(session, judged),
        *await store.nearest(
            session,
            judged,
            model_id=known.model_id,
            dimension=dimension,
            window=keys.WINDOW,
            farthest=known.space.farthest,
            limit=NEAREST,
        ),
    }
    ends = {end for pair in parted for end in pair}
    own = set(judged)
    follow = set(await store.neighbours(session, sorted(own | ends)))
    chosen = {_pair(*pair) for pair in pairs | {pair for pair in follow if not own.isdisjoint(pair)}} | parted
    seen = await known.of(end for pair in chosen for end in pair)
    chosen = {pair for pair in chosen if pair[0] in seen and pair[1] in seen}
    near = {_pair(*pair) for pair in follow if set(pair) <= seen.keys() and views.follows(seen[pair[0]], seen[pair[1]])}
    # In a thread, so that batches that are being prepared meanwhile are taken on.
    links = await asyncio.to_thread(_links, sorted(chosen), seen, near, parted)
    links = await _with_judgements(session, links, known)
    await story_store.replace_links(session, sorted({*judged, *replaced}), links)


async def _with_judgements(session: Session, links: Sequence[Link], known: _Seen) -> list[Link]:
    """The links, doubtful ones as a model has judged them, where one has."""
    doubtful = {
        place: questions.key(known.posts[link.first], known.posts[link.second])
        for place, link in enumerate(links)
        if link.verdict == "maybe"
    }
    if not doubtful:
        return list(links)
    found = await judgements.known(session, questions.SAME, list(doubtful.values()), made_by=load(questions.SAME).label)
    return [
        questions.applied(link, found[doubtful[place]]) if doubtful.get(place) in found else link
        for place, link in enumerate(links)
    ]


def _pair(one: int, two: int) -> tuple[int, int]:
    return (one, two) if one < two else (two, one)


def _links(
    pairs: Sequence[tuple[int, int]],
    seen: Mapping[int, views.View],
    near: set[tuple[int, int]],
    kept: set[tuple[int, int]],
) -> list[Link]:
    return [link for pair in pairs if (link := _link(pair, seen, near, kept=pair in kept)) is not None]


def _link(
    pair: tuple[int, int], seen: Mapping[int, views.View], near: set[tuple[int, int]], *, kept: bool
) -> Link | None:
    """The link of a judged pair, or None where the verdict is not worth a row; `kept`: it may replace one that was."""
    found = match.judge(seen[pair[0]], seen[pair[1]], adjacent=pair in near, using=match.weights())
    if not kept and found.kind == "apart" and found.score < match.WORTH_KEEPING and "veto" not in found.reasons:
        return None
    return Link(first=pair[0], second=pair[1], score=found.score, verdict=found.kind, reasons=found.reasons)


# --- stories ---------------------------------------------------------------------------------------------------------


async def _note(session: Session, stories: set[int], *, now: datetime) -> None:
    """Note that stories have changed, also where only a post's words have; those without posts leave the shelf at once."""
    await story_store.touch(session, stories, now=now)
    held = await story_store.members(session, sorted(stories))
    await shelf_store.drop(session, stories - set(held.values()), now=now)


async def _settle(
    session: Session, touched: Iterable[int], mates: Mapping[int, int], seen: _Seen, *, now: datetime
) -> set[int]:
    """Part every piece anew that holds a touched post, or one that shared a story with it, or that such a post has split.

    `mates`: post id → story id, as it was before, of the stories that the changed posts were in. Returns the stories that
    posts have left.
    """
    stories = await story_store.stories_of(session, sorted(touched))
    all_mates = await story_store.members(session, sorted(set(stories.values())))
    pieces = await _pieces(session, {*touched, *all_mates})
    posts = sorted({post for piece in pieces for post in piece})
    former = {**mates, **await story_store.stories_of(session, posts)}
    ties = await _ties_within(session, pieces)
    parts = [part for piece in pieces for part in await _partition(piece, ties[min(piece)], seen)]
    return await _assign(session, parts, former, now=now)


async def _pieces(session: Session, seeds: set[int]) -> list[frozenset[int]]:
    """The pieces that have to be parted anew, of those seeds that are still indexed."""
    near = cluster.Neighbourhood()
    alive = await store.present(session, sorted(seeds))
    wanted = set(alive)
    while wanted:
        near.learn(wanted, await story_store.joining(session, sorted(wanted)))
        found = set(near.touched(alive))
        wanted = set(near.missing)
    return sorted((piece for piece in found if piece is not None), key=min) if alive else []


async def _ties_within(session: Session, pieces: Sequence[frozenset[int]]) -> dict[int, dict[tuple[int, int], Tie]]:
    """The ties within each piece, by its smallest post."""
    place = {post: min(piece) for piece in pieces for post in piece}
    ties: dict[int, dict[tuple[int, int], Tie]] = {min(piece): {} for piece in pieces}
    for first, second, tie in await story_store.ties(session, sorted(place)):
        if place[first] == place[second]:
            ties[place[first]][first, second] = tie
    return ties


async def _partition(piece: frozenset[int], ties: dict[tuple[int, int], Tie], known: _Seen) -> list[frozenset[int]]:
    """Stories of one piece; in a small one, pairs that nobody nominated are judged as well."""
    if len(piece) == 1:
        return [piece]
    missing = cluster.missing_pairs(piece, ties)
    if missing:
        seen = await known.of(piece)
        for one, two in missing:
            found = match.judge(seen[one], seen[two], adjacent=False, using=match.weights())
            ties[one, two] = cluster.tie(found)
    return cluster.partition(piece, ties, using=match.weights())


async def _assign(
    session: Session, parts: Sequence[frozenset[int]], former: Mapping[int, int], *, now: datetime
) -> set[int]:
    """Give every part a story id: the one most of its posts had, unless a larger part has it; else a new one.

    Returns the stories that posts have left.
    """
    named = inherit(parts, former)
    fresh = await story_store.create(session, sum(1 for story in named if story is None), now=now)
    ids = [story if story is not None else fresh.pop(0) for story in named]
    moved = {post: story for part, story in zip(parts, ids, strict=True) for post in part if former.get(post) != story}
    await story_store.assign(session, moved, now=now)
    kept = {story for story in named if story is not None}
    merged = {}
    for part, story in zip(parts, ids, strict=True):
        for old in {former[post] for post in part if post in former} - kept - {story}:
            merged[old] = max(
                (sum(former.get(post) == old for post in other), -new, new)
                for other, new in zip(parts, ids, strict=True)
            )[2]
    await story_store.redirect(session, merged)
    return {former[post] for post in moved if post in former}


def inherit(parts: Sequence[frozenset[int]], former: Mapping[int, int]) -> list[int | None]:
    """Which former story id each part keeps, by the largest overlap; ties go to the older id, then the earlier post."""
    shared = [
        (-count, story, min(part), place)
        for place, part in enumerate(parts)
        for story, count in Counter(former[post] for post in part if post in former).items()
    ]
    named: list[int | None] = [None] * len(parts)
    taken: set[int] = set()
    for _, story, _, place in sorted(shared):
        if named[place] is None and story not in taken:
            named[place] = story
            taken.add(story)
    return named
