"""What a change of the taxonomy would do, told before it is kept: which stories of the last days enter and leave each topic.

The shell around `labels`; nothing is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core.db.engine import Database, Session
from core.errors import UsageError
from core.store import labels as store
from core.store import summaries as summary_store
from core.store import topics as topic_store
from core.types import Topic
from summarize import cards, labels, preview_examples, relabel, topics
from summarize.answering import Clock
from summarize.cards import Ranked
from summarize.mistakes import Fault

#: Posts that are read at once, with their vectors.
BATCH = 512

Scores = Mapping[int, Mapping[str, float]]
#: A story's topics before and after, of its own posts.
Sides = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The topics in use before and after; `subjects` are those that an admin changes, first the one that stays."""

    before: tuple[Topic, ...]
    after: tuple[Topic, ...]
    subjects: tuple[str, ...]

    @property
    def topics(self) -> dict[str, Topic]:
        """Every topic by its slug, as it will be, or was."""
        return {topic.slug: topic for topic in (*self.before, *self.after)}


async def preview_topic(
    database: Database, asked: Mapping[str, Any], *, clock: Clock, pool: Executor | None = None
) -> dict[str, Any]:
    """What a changed topic (`asked["topic"]`, see `changed`) would do to the stories of the last `asked["days"]` days.

    Raises an error of ours where it cannot be kept so: its sentence is for the admin.
    """
    loop = asyncio.get_running_loop()
    began, now = loop.time(), clock()
    since, lang = now - timedelta(days=preview_examples.days(asked)), str(asked.get("lang", "ru"))
    async with database.begin() as session:
        change = changed(asked, await topic_store.every(session))
        stories = await cards.in_window(session, since=since, until=None, now=now)
    own = {story.id: [post for post in story.post_ids if post not in story.copy_of] for story in stories}
    before, after = await _labelled(database, sorted({post for posts in own.values() for post in posts}), change, pool)
    sides = {story.id: (_of(own[story.id], before), _of(own[story.id], after)) for story in stories}
    async with database.begin() as session:
        written = await _written(session, stories, sides, lang=lang)
    lists = _moves(change, stories, sides, written)
    moving = {name: held for name, held in lists.items() if name.startswith(("enter:", "leave:"))}
    async with database.begin() as session:
        told = await preview_examples.of_stories(session, moving, lang=lang)
    return {
        "slug": change.subjects[0],
        "stories": len(stories),
        "topics": _told(change, {name: len(held) for name, held in lists.items()}, told),
        "ms": round(1000 * (loop.time() - began)),
    }


def changed(asked: Mapping[str, Any], every: Sequence[Topic]) -> Change:
    """The change that is asked about. Pure.

    `asked["topic"]` holds what changes of the topic `slug` (titles, about, names, stems, enabled); without a slug it is a new
    one. `asked["merge_into"]` names the topic that it goes up in.

    Raises:
        Fault: there is no such topic, or it cannot be kept so.
    """
    given = asked.get("topic")
    if not isinstance(given, Mapping):
        raise Fault("unreadable", reason="topic")
    known = {topic.slug: topic for topic in every}
    slug, into = str(given.get("slug") or ""), str(asked.get("merge_into") or "")
    if not {slug, into} - {""} <= known.keys() or (into and not slug):
        raise Fault("topic")
    if into:
        after = known | {into: _merged(known[slug], known[into]), slug: replace(known[slug], enabled=False)}
        return _change(every, list(after.values()), into, slug)
    topic = _filled(given, known.get(slug), list(known))
    return _change(every, list((known | {topic.slug: topic}).values()), topic.slug)


def _change(before: Sequence[Topic], after: Sequence[Topic], *subjects: str) -> Change:
    return Change(
        before=tuple(topic for topic in before if topic.enabled),
        after=tuple(topic for topic in after if topic.enabled),
        subjects=subjects,
    )


def _filled(given: Mapping[str, Any], known: Topic | None, taken: Sequence[str]) -> Topic:
    """A topic with what is given of it, the rest as it was."""
    base = known or Topic(
        slug=topic_store.slug_of(str(given.get("title_en", "")), taken=taken),
        position=len(taken),
        title_ru="",
        title_en="",
        about="",
        names=(),
        stems=(),
    )
    try:
        filled = replace(
            base,
            title_ru=_text(given, "title_ru", base.title_ru),
            title_en=_text(given, "title_en", base.title_en),
            about=_text(given, "about", base.about),
            names=_phrases(given, "names", base.names),
            stems=_phrases(given, "stems", base.stems),
            enabled=bool(given.get("enabled", base.enabled)),
        )
    except TypeError as error:
        raise Fault("unreadable", reason=error) from None
    return _checked(filled)


def _merged(old: Topic, new: Topic) -> Topic:
    """What `new` is once `old` has gone up in it."""
    if old.slug == new.slug:
        raise Fault("itself")
    if not new.enabled:
        raise Fault("off", title=new.title_en, title_ru=new.title_ru)
    return _checked(topic_store.merged_topic(old, new))


def _checked(topic: Topic) -> Topic:
    """The topic as it would be kept, or what there is too much or too little of."""
    try:
        return topic_store.checked(topic)
    except UsageError:
        pass
    if not all(0 < len(title.strip()) <= topic_store.MOST_TITLE for title in (topic.title_ru, topic.title_en)):
        raise Fault("titles", most=topic_store.MOST_TITLE)
    if len(topic.about) > topic_store.MOST_ABOUT:
        raise Fault("examples", most=topic_store.MOST_ABOUT)
    raise Fault("keywords", most=topic_store.MOST_PHRASES, length=topic_store.MOST_PHRASE)


def _text(given: Mapping[str, Any], name: str, former: str) -> str:
    return former if given.get(name) is None else str(given[name])


def _phrases(given: Mapping[str, Any], name: str, former: tuple[str, ...]) -> tuple[str, ...]:
    found = given.get(name)
    if isinstance(found, str):
        raise TypeError(f"{name} is a list")
    return former if found is None else tuple(map(str, found))


async def _labelled(
    database: Database, ids: Sequence[int], change: Change, pool: Executor | None
) -> tuple[Scores, Scores]:
    """The topics of posts before and after: as they are kept, where they are of the present taxonomy."""
    before: dict[int, Mapping[str, float]] = {}
    after: dict[int, Mapping[str, float]] = {}
    present = labels.name_of(change.before)
    same = labels.name_of(change.after) == present
    for start in range(0, len(ids), BATCH):
        async with database.begin() as session:
            posts = await store.load(session, ids[start : start + BATCH])
            work = await relabel.labellings(session, posts)
        stale = [place for place, post in enumerate(posts) if post.labelled_by != present]
        again = await relabel.label([work[place] for place in stale], change.before, pool=pool)
        before |= {post.post_id: post.topics for post in posts}
        before |= {posts[place].post_id: found for place, found in zip(stale, again, strict=True)}
        if not same:
            found = await relabel.label(work, change.after, pool=pool)
            after |= {post.post_id: scores for post, scores in zip(posts, found, strict=True)}
    return before, before if same else after


def _of(posts: Sequence[int], scores: Scores) -> frozenset[str]:
    """The topics that a story has of its own posts."""
    return frozenset(topics.of_story([scores[post] for post in posts if post in scores], topics.weights()))


async def _written(
    session: Session, stories: Sequence[Ranked], sides: Mapping[int, Sides], *, lang: str
) -> dict[int, frozenset[str]]:
    """Topics that what is shown of a story names, and which it has for that, whatever its posts are labelled.

    Only of stories that may move otherwise than by their posts: a card is made to know which version still holds.
    """
    named = await summary_store.topics(session, [story.id for story in stories], lang=lang)
    some = [
        replace(story, topics=())
        for story in stories
        if not named.get(story.id, frozenset()) <= sides[story.id][0] & sides[story.id][1]
    ]
    return {card.id: frozenset(card.topics) for card in await cards.cards(session, some, lang=lang)}


def _moves(
    change: Change, stories: Sequence[Ranked], sides: Mapping[int, Sides], written: Mapping[int, frozenset[str]]
) -> dict[str, list[Ranked]]:
    """Stories by what happens: `had:slug`, `has:slug`, `enter:slug`, `leave:slug`; by the rules that cards have for them."""
    lists: dict[str, list[Ranked]] = {
        f"{what}:{slug}": [] for slug in change.topics for what in ("had", "has", "enter", "leave")
    }
    for story in stories:
        had, has = (
            side | written.get(story.id, frozenset()).intersection(topic.slug for topic in among)
            for side, among in zip(sides[story.id], (change.before, change.after), strict=True)
        )
        for what, slugs in (("had", had), ("has", has), ("enter", has - had), ("leave", had - has)):
            for slug in slugs & change.topics.keys():
                lists[f"{what}:{slug}"].append(story)
    return lists


def _told(change: Change, counts: Mapping[str, int], told: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Topics that stories enter or leave, the changed one first, then those of which most do."""
    rows: list[dict[str, Any]] = [
        {
            "slug": topic.slug,
            "title_ru": topic.title_ru,
            "title_en": topic.title_en,
            "before": counts[f"had:{slug}"],
            "after": counts[f"has:{slug}"],
            "enter": told[f"enter:{slug}"],
            "leave": told[f"leave:{slug}"],
        }
        for slug, topic in change.topics.items()
    ]
    moved = [row for row in rows if row["slug"] in change.subjects or row["enter"]["count"] or row["leave"]["count"]]
    first = {slug: place for place, slug in enumerate(change.subjects)}
    return sorted(
        moved,
        key=lambda row: (
            first.get(row["slug"], len(first)),
            -row["enter"]["count"] - row["leave"]["count"],
            row["slug"],
        ),
    )
