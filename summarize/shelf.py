"""Stands stories ready for digests, in every language that readers have, so that who sends them needs no model and no index.

The shell around `cards` and `growth`: looks for stories that are due, makes them a few at a time, each batch in a transaction
of its own. What dies between two batches loses nothing, and workers beside each other share the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from core import log
from core.db.engine import Database, Session
from core.readers import ShelfStory
from core.store import shelf as store
from core.store.shelf import Due, NewRow, Terms
from core.types import StoryCard
from summarize import cards
from summarize.cards import Posts, Ranked

_logger = log.get("summarize.shelf")

#: Names how cards are made: it grows whenever the same story would be told otherwise, so that the shelf is made anew.
RULES = "shelf 1"
#: Views and reactions of posts matter to the rank of a story for so long, and are looked at so often.
COUNTED, FRESH = timedelta(days=3), timedelta(hours=1)
#: Stories are looked up by so many, and made by so many at a time.
LOT, BATCH = 500, 25

Clock = Callable[[], datetime]


async def fill(
    database: Database, *, langs: Sequence[str], clock: Clock, limit: int | None = None, batch: int = BATCH
) -> int:
    """Bring the shelf up to date, newest stories first: says how many stories were made anew, at most `limit`.

    A story whose posts filters have still to look at, or that another worker is making just now, is left to another time.
    """
    made = 0
    while limit is None or made < limit:
        room = LOT if limit is None else min(LOT, limit - made)
        async with database.begin() as session:
            lot = await store.due(session, _terms(clock(), langs), limit=room)
        done = sum([await _make(database, lot[at : at + batch], langs, clock) for at in range(0, len(lot), batch)])
        if not done:
            break
        made += done
    if made:
        _logger.info("shelved", stories=made)
    return made


def _terms(now: datetime, langs: Sequence[str]) -> Terms:
    return Terms.at(now, langs=langs, rules=RULES, counted=COUNTED, fresh=FRESH)


async def _make(database: Database, story_ids: Sequence[int], langs: Sequence[str], clock: Clock) -> int:
    """Make those of the stories that are due and nobody else's; says how many."""
    now = clock()
    async with database.begin() as session:
        due = await store.take(session, story_ids, _terms(now, langs))
        if not due:
            return 0
        members = await store.members(session, sorted({one.story_id for one in due}))
        ranked = await cards.ranked(session, members, now=now)
        posts = await cards.load(session, ranked)
        stories = {story.id: story for story in ranked if posts.ordered(story)}
        rows = [row for lang in langs for row in await _rows(session, due, stories, posts, lang=lang, clock=clock)]
        await store.put(session, rows)
    return len({one.story_id for one in due})


async def _rows(
    session: Session, due: Sequence[Due], stories: Mapping[int, Ranked], posts: Posts, *, lang: str, clock: Clock
) -> list[NewRow]:
    """The rows of one language; those of stories that have nothing to show are empty."""
    asked = [one for one in due if one.lang == lang]
    shown = [stories[one.story_id] for one in asked if one.story_id in stories]
    made = await cards.cards(session, shown, lang=lang, posts=posts, grown=True)
    ready = {card.id: _ready(card, stories[card.id], posts) for card in made}
    now = clock()
    return [
        NewRow(story_id=one.story_id, lang=lang, story=ready.get(one.story_id), made_by=one.made_by, made_at=now)
        for one in asked
    ]


def _ready(card: StoryCard, story: Ranked, posts: Posts) -> ShelfStory:
    """The story with what choosing asks for. A copy is no news, nor is what it repeats, if the copy came first."""
    return ShelfStory(
        card=card,
        arrived_at=max(posts.came(story).values()),
        channels=tuple(sorted({post.channel_id for post in posts.ordered(story)})),
        pinned=story.pinned,
    )
