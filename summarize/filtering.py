"""Looks at posts with the filters that admins have set, and keeps which met which.

The shell around `filters`. Rows say which posts still have to be looked at, so that it does not matter who looks, how often, or
where somebody was stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from core import log
from core.db.engine import Database, Session
from core.filters import Filter, FilterKind
from core.queue import wake_index
from core.store import filter_hits as hit_store
from core.store import filters as store
from core.store import vectors as vector_store
from core.store.filter_hits import FilteredPost, Looked, Names
from summarize import filters, meanings
from summarize.embed import Embedder
from summarize.filters import Answer, Facts
from summarize.index import utcnow
from summarize.mistakes import Fault

BATCH = 250
#: So many posts are looked at in one go, so that indexing is not kept waiting for longer than that; then another is asked for.
MOST = 2000
#: So many posts are passed over at once because they are too old.
MOST_OLD = 5000

_logger = log.get("summarize.filtering")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Looks:
    """What came of looking at some posts: the rows to keep, and the filters that took too long on some of them."""

    posts: list[Looked]
    slow: frozenset[int]


async def run(
    database: Database,
    *,
    remote: Embedder | None = None,
    pool: Executor | None = None,
    clock: Clock = utcnow,
    most: int = MOST,
) -> int:
    """Look at posts that were not looked at with the present filters, newest first; says at how many.

    At most about `most`; where there are more, another run is asked for. `remote` embeds phrases where an endpoint's model is
    the active one, `pool` where it is the bundled one (without, a thread does).
    """
    now = clock()
    since = now - hit_store.LOOK_BACK
    await meanings.bring_up_to_date(database, remote=remote, pool=pool, now=now, since=since)
    async with database.begin() as session:
        asked = await store.active(session, now)
        cleared = await hit_store.forget_but(session, [each.id for each in asked], limit=most)
        cleared += await hit_store.pass_over(session, older_than=since, limit=MOST_OLD) if asked else 0
    usable = _usable(asked)
    total, unfinished = await _look_at_all(database, asked, usable, since=since, clock=clock, most=most)
    if unfinished or cleared >= most:
        async with database.begin() as session:
            await wake_index(session)
    if total:
        _logger.info("filtered", posts=total, filters=len(asked))
    return total


async def is_due(database: Database, *, now: datetime) -> bool:
    """Whether posts wait to be looked at, also because a filter was changed or its time has run out."""
    async with database.begin() as session:
        return await hit_store.is_due(session, now)


def _usable(asked: Sequence[Filter]) -> list[Filter]:
    """The filters that make sense; the others meet nothing."""
    found = []
    for each in asked:
        try:
            filters.check(each)
        except Fault as error:
            _logger.warning("a filter makes no sense and meets nothing", filter=each.id, reason=str(error))
            continue
        found.append(each)
    return found


async def _look_at_all(
    database: Database,
    asked: Sequence[Filter],
    usable: Sequence[Filter],
    *,
    since: datetime,
    clock: Clock,
    most: int,
) -> tuple[int, bool]:
    """Look at posts until none waits or there were `most`; says at how many, and whether any may be left."""
    if not asked:
        return 0, False
    names = hit_store.names_of(asked)
    seen = kept = 0
    slow: frozenset[int] = frozenset()
    last: FilteredPost | None = None
    while seen < most:
        async with database.begin() as session:
            ids = await hit_store.stale(session, names, since=since, limit=BATCH, before=last)
            posts = await hit_store.load(session, ids)
            facts = await facts_of(session, posts, usable)
        if not posts:
            break
        last = posts[-1]
        found = await asyncio.to_thread(look, usable, posts, facts, names)
        slow |= found.slow
        async with database.begin() as session:
            await hit_store.hold(session)
            if hit_store.name_of(await store.active(session, clock())) != names.whole:
                return kept, True  # they were changed meanwhile
            done = await hit_store.keep(session, found.posts)
        seen += len(posts)
        kept += done
    for filter_id in sorted(slow):
        _logger.warning("a filter's expression takes too long on some posts, which count as not met", filter=filter_id)
    return kept, seen >= most or kept < seen


async def facts_of(session: Session, posts: Sequence[FilteredPost], asked: Sequence[Filter]) -> list[Facts]:
    """What these filters need to know of posts, in their order."""
    models = {each.model_id for each in asked if each.kind is FilterKind.MEANING and each.model_id is not None}
    ids = [post.post_id for post in posts]
    vectors = {model: await vector_store.load(session, ids, model) for model in sorted(models)}
    return [
        filters.facts_of(post, {model: held[post.post_id] for model, held in vectors.items() if post.post_id in held})
        for post in posts
    ]


def look(asked: Sequence[Filter], posts: Sequence[FilteredPost], facts: Sequence[Facts], names: Names) -> Looks:
    """Look at posts with filters that make sense."""
    looked, slow = [], set()
    for post, known in zip(posts, facts, strict=True):
        answers = {each.id: filters.answer(each, known) for each in asked}
        unknown = frozenset(number for number, answer in answers.items() if answer is Answer.UNKNOWN)
        slow |= {number for number, answer in answers.items() if answer is Answer.SLOW}
        looked.append(
            Looked(
                post_id=post.post_id,
                row=post.row,
                filtered_by=names.partly if unknown else names.whole,
                met=frozenset(number for number, answer in answers.items() if answer is Answer.MET),
                unknown=unknown,
            )
        )
    return Looks(looked, frozenset(slow))
