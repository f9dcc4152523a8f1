"""What a filter would do, told before it is kept: which posts of the last days it meets, and what becomes of their stories.

The shell around `filters`; nothing is written. `answer_waiting` answers these previews and those of topics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from core.db.engine import Database, Session
from core.errors import ModelError, UsageError
from core.filters import Filter, FilterAction, FilterKind
from core.store import channels as channel_store
from core.store import filter_hits as hit_store
from core.store import filters as store
from core.store import topics as topic_store
from core.store import vectors as vector_store
from summarize import answering, cards, filtering, filters, meanings, preview_examples, topic_previews
from summarize.answering import Answerer, Clock
from summarize.cards import Ranked
from summarize.embed import Embedder
from summarize.filters import Answer, Facts
from summarize.mistakes import Fault

FILTER, TOPIC, CHECK = "preview filter", "preview topic", "check filter"
#: So many posts on either side of a threshold are shown, so that its place can be judged.
MOST_AROUND = 4


async def answer_waiting(
    database: Database,
    *,
    clock: Clock,
    remote: Embedder | None = None,
    pool: Executor | None = None,
    others: Mapping[str, Answerer] | None = None,
) -> int:
    """Answer waiting previews, and what `others` answer, until nothing waits; says how many."""
    known = answerers(database, clock=clock, remote=remote, pool=pool)
    return await answering.answer_waiting(database, {**known, **(others or {})}, clock=clock)


def answerers(
    database: Database, *, clock: Clock, remote: Embedder | None = None, pool: Executor | None = None
) -> dict[str, Answerer]:
    """Who answers previews, by their kind."""
    return {
        FILTER: partial(preview_filter, database, clock=clock, remote=remote, pool=pool),
        TOPIC: partial(topic_previews.preview_topic, database, clock=clock, pool=pool),
        CHECK: partial(check_filter, database, clock=clock),
    }


async def check_filter(database: Database, asked: Mapping[str, Any], *, clock: Clock) -> dict[str, Any]:
    """What is wrong with the pattern of `asked["filter"]`, as `fault`, in a sentence; nothing is in the answer if all is well.

    An expression is tried on texts that are made to take long, and on the newest posts.
    """
    now = clock()
    try:
        given = _read(asked)
        filters.check(given)
        if given.kind is FilterKind.REGEX:
            since = now - timedelta(days=preview_examples.days(asked))
            async with database.begin() as session:
                newest = await hit_store.in_window(session, since=since, until=now)
            await _look(database, given, newest[: filtering.BATCH])
    except Fault as fault:
        return {"fault": fault.told(str(asked.get("lang", "en")))}
    return {}


async def preview_filter(
    database: Database,
    asked: Mapping[str, Any],
    *,
    clock: Clock,
    remote: Embedder | None = None,
    pool: Executor | None = None,
) -> dict[str, Any]:
    """What the filter `asked["filter"]` (as `core.store.filters.to_json` has it) would do to the last `asked["days"]` days.

    A filter that is kept already is previewed against what there would be without it. Raises an error of ours where the
    filter makes no sense: its sentence is for the admin.
    """
    loop = asyncio.get_running_loop()
    began, now = loop.time(), clock()
    since = now - timedelta(days=preview_examples.days(asked))
    given = await _sensible(database, asked, remote=remote, pool=pool)
    async with database.begin() as session:
        ranked = await cards.in_window(session, since=since, until=None, now=now, without=given.id)
        recent = await hit_store.in_window(session, since=since, until=now)
    ids = list(dict.fromkeys((*recent, *(post for story in ranked for post in story.post_ids))))
    seen = await _look(database, given, ids)
    async with database.begin() as session:
        told = await _told(session, given, seen, recent, ranked, lang=str(asked.get("lang", "ru")))
    return {**told, "ms": round(1000 * (loop.time() - began))}


async def _sensible(
    database: Database, asked: Mapping[str, Any], *, remote: Embedder | None, pool: Executor | None
) -> Filter:
    """The filter that is asked about, with its vector where it has one."""
    given = _read(asked)
    filters.check(given)
    async with database.begin() as session:
        await _check_names(session, given)
        model = await vector_store.active(session)
    if given.kind is not FilterKind.MEANING:
        return given
    try:
        vector = await meanings.vector_of(database, given.pattern, model, remote=remote, pool=pool)
    except ModelError:
        raise Fault("embedder") from None
    return replace(given, vector=vector, model_id=model.id)


def _read(asked: Mapping[str, Any]) -> Filter:
    try:
        return store.from_json(asked["filter"])
    except (UsageError, KeyError, AttributeError, TypeError) as error:
        raise Fault("unreadable", reason=error) from None


async def _check_names(session: Session, given: Filter) -> None:
    """Channels and topics that a filter names have to be there."""
    slugs = {topic.slug for topic in await topic_store.enabled(session)}
    named = {*given.scope.topics, *([given.pattern] if given.kind is FilterKind.TOPIC else [])}
    if not named <= slugs:
        raise Fault("topic")
    channels = {*given.scope.channels, *([int(given.pattern)] if given.kind is FilterKind.CHANNEL else [])}
    if not channels <= (await channel_store.names(session, sorted(channels))).keys():
        raise Fault("channel")


@dataclass(frozen=True, slots=True)
class _Seen:
    """Posts that the filter meets, and the cosines of all, where it has a meaning."""

    met: frozenset[int]
    cosines: Mapping[int, float]


async def _look(database: Database, given: Filter, ids: Sequence[int]) -> _Seen:
    """Look at posts with the filter, off the event loop, some at a time."""
    if given.kind is FilterKind.REGEX and await asyncio.to_thread(filters.is_slow, given.pattern):
        raise Fault("slow")
    met: set[int] = set()
    cosines: dict[int, float] = {}
    for start in range(0, len(ids), filtering.BATCH):
        async with database.begin() as session:
            posts = await hit_store.load(session, ids[start : start + filtering.BATCH])
            facts = await filtering.facts_of(session, posts, [given])
        answers = await asyncio.to_thread(_answers, given, facts)
        met |= {post for post, answer in answers.items() if answer is Answer.MET}
        if given.kind is FilterKind.MEANING:
            cosines |= {
                known.post_id: found
                for known in facts
                if filters.is_within(given.scope, known) and (found := filters.cosine(given, known)) is not None
            }
    return _Seen(frozenset(met), cosines)


def _answers(given: Filter, facts: Sequence[Facts]) -> dict[int, Answer]:
    """What posts answer to a filter; an expression that takes too long on any of them is refused at once."""
    found = {}
    for known in facts:
        found[known.post_id] = filters.answer(given, known)
        if found[known.post_id] is Answer.SLOW:
            raise Fault("slow")
    return found


# --- telling ---------------------------------------------------------------------------------------------------------


async def _told(
    session: Session, given: Filter, seen: _Seen, recent: Sequence[int], ranked: Sequence[Ranked], *, lang: str
) -> dict[str, Any]:
    met = [post for post in recent if post in seen.met]
    touched = [story for story in ranked if not seen.met.isdisjoint(story.post_ids)]
    told: dict[str, Any] = {"posts": len(met), "stories": len(touched), "looked": len(recent)}
    if given.kind is FilterKind.MEANING:
        least = filters.threshold(given)
        nearest = sorted((post for post in recent if post in seen.cosines), key=lambda post: -seen.cosines[post])
        near = [post for post in nearest if post in seen.met]
        below = [post for post in nearest if seen.cosines[post] < least]
        told["threshold"] = least
        for name, posts in (("examples", near), ("above", near[-MOST_AROUND:]), ("below", below[:MOST_AROUND])):
            told[name] = await preview_examples.of_posts(session, posts, seen.cosines)
    else:
        told["examples"] = await preview_examples.of_posts(session, met)
    return told | await preview_examples.of_stories(session, _effects(given, touched, seen.met), lang=lang)


def _effects(given: Filter, touched: Sequence[Ranked], met: frozenset[int]) -> dict[str, list[Ranked]]:
    """What becomes of stories of which the filter meets a post that may be shown: those that vanish, rise, sink, are pinned."""
    match given.action:
        case FilterAction.DROP:
            vanish = [story for story in touched if met.issuperset(story.post_ids)]
            return {"vanish": vanish, "shrink": [story for story in touched if story not in vanish]}
        case FilterAction.BOOST:
            return {"rise" if given.weight > 0 else "sink": list(touched)}
        case FilterAction.PIN:
            return {"pinned": list(touched)}
