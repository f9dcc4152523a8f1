"""Stories that were found as they are shown: with a title, the sentence that speaks of what was asked, and its link.

Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core.answers import Hit
from core.db.engine import Session
from core.store import stories as story_store
from core.store.stories import Membership
from core.types import StoryCard
from summarize import cards
from summarize import text as texts
from summarize.cards import Ranked
from summarize.search import highlight
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory, Sentence, sentences_of

#: So much is shown of a post of which no sentence was compared.
BEGINNING = 300


async def ranked(session: Session, found: Sequence[FoundStory], *, now: datetime) -> dict[int, Ranked]:
    """The stories as they stand, by id; those that hold nothing to show are left out."""
    posts: Mapping[int, int] = await story_store.members(session, [one.story_id for one in found])
    memberships = [
        Membership(id=one.story_id, post_ids=tuple(sorted(post for post, of in posts.items() if of == one.story_id)))
        for one in found
    ]
    return {story.id: story for story in await cards.ranked(session, memberships, now=now)}


async def cards_of(session: Session, found: Sequence[FoundStory], *, lang: str, now: datetime) -> dict[int, StoryCard]:
    """The cards of stories, by id; of those that hold nothing to show there is none."""
    stories = await ranked(session, found, now=now)
    return {card.id: card for card in await cards.cards(session, list(stories.values()), lang=lang)}


def hit(read: Question, found: FoundStory, card: StoryCard) -> Hit:
    """A story, and its sentence that is nearest to the question, with the day of its post; the link is one that opens."""
    said = _said(read, found, card.title)
    post = next((post for post in card.posts if post.id == said.post_id), card.posts[0])
    url = post.url or post.origin_url or next((one.url for one in card.posts if one.url), None)
    text = texts.unlisted(" ".join(said.text.split()))
    marks = tuple(highlight.marks(read, text))
    return Hit.of(card, replace(post, url=url), text, marks=marks, score=round(found.score, 3))


def bare(hit: Hit) -> Hit:
    """A hit to be kept: without the text of its post, which may be deleted or edited."""
    return replace(hit, post=replace(hit.post, text=""))


def _said(read: Question, found: FoundStory, title: str) -> Sentence:
    """The sentence that is nearest to the question; of a post of which none was compared, the one with most of its words, no title
    if there is any other; of a post without sentences, its beginning.
    """
    if found.sentences:
        return found.sentences[0]
    post = found.posts[0].post
    own = sentences_of(post)
    own = [one for one in own if one.text.rstrip(" .") not in title] or own
    if own:
        return max(own, key=lambda one: sum(stop - start for start, stop in highlight.marks(read, one.text)))
    text = post.clean_text[:BEGINNING]
    return Sentence(post_id=post.post_id, start=0, stop=len(text), text=text, cosine=None)
