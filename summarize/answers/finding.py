"""Finds stories by what was typed into a search: words, quotes, minus, `topic:`, `channel:`, `since:`, `until:`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.answers import Answer, Outcome
from core.search import Limits
from core.store import channels as channel_store
from core.store import topics as topic_store
from summarize.answers import hits
from summarize.mistakes import Fault
from summarize.search import limits, question, syntax
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory, Search

#: Stories of a search that are kept to be paged through.
MOST_STORIES = 50
#: What does not hold so much of what was typed may be so much worse than the best, in units of the search's score.
HELD, NEAR = 0.5, 3.0


async def find(search: Search, text: str, *, tz: ZoneInfo, asked: datetime) -> tuple[Question, list[FoundStory]]:
    """The stories that were searched for, best first, and what was understood of the search; with nothing but limits, the newest.

    Raises:
        Fault: no topic or channel is called so, a date is none, or there is nothing to look for.
    """
    typed = syntax.typed(text, asked=asked, tz=tz)
    async with search.database.begin() as session:
        topics = await topic_store.enabled(session)
        channels = await channel_store.called(session)
    narrowed = limits.limits(typed, topics=topics, channels=channels)
    read = question.read(typed.text, asked=asked, tz=tz)
    if not (read.words or read.keys or typed.beginnings or typed.phrases):
        if replace(narrowed, without=()) == Limits():
            raise Fault("search words")
        return read, await search.newest(read, asked=asked, limits=narrowed)
    found = await search.find(read, asked=asked, limits=narrowed, beginnings=typed.beginnings)
    return read, [one for one in found if _is_found(one, found[0])]


def _is_found(story: FoundStory, best: FoundStory) -> bool:
    """Does a story hold what was typed, or come near to the best one? Whatever is nearest to something has a last place, too, and
    one of several words stands in much.
    """
    held = any(
        one.post.by_key or (one.post.by_words is not None and one.features["meant in post"] >= HELD)
        for one in story.posts
    )
    return held or best.score - story.score <= NEAR


async def stories(search: Search, text: str, *, lang: str, tz: ZoneInfo, asked: datetime) -> Answer:
    """The same as an answer: ABSENT where nothing is found. Raises as `find` does."""
    read, found = await find(search, text, tz=tz, asked=asked)
    found = found[:MOST_STORIES]
    async with search.database.begin() as session:
        made = await hits.cards_of(session, found, lang=lang, now=asked)
    shown = [hits.bare(hits.hit(read, one, made[one.story_id])) for one in found if one.story_id in made]
    return Answer(
        outcome=Outcome.ANSWERED if shown else Outcome.ABSENT,
        question=text,
        lang=lang,
        hits=tuple(shown),
    )
