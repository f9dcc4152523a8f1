"""What a model is told to answer from: the best posts that a search has found, as far as they may be believed.

Pure but for the encoder that suspects are looked for with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.types import Indexed, StoredPost
from summarize import cards
from summarize import text as texts
from summarize.brief import tokens
from summarize.cards import Ranked
from summarize.embed import Encoder
from summarize.material import Material, material
from summarize.orders import hostile, suspicion
from summarize.search.retrieve import FoundStory

#: Of so many stories at most, and of each so many posts.
MOST_STORIES, MOST_POSTS_OF_STORY = 5, 3


def chosen(found: Sequence[FoundStory], ranked: Mapping[int, Ranked], *, budget: int) -> list[int]:
    """Posts to tell of, best first: as many as fit whole into `budget` tokens, at least one; a copy adds nothing."""
    picked: list[int] = []
    spent = 0
    for post_id, size in _in_turn(found, ranked):
        if picked and spent + size > budget:
            break
        picked.append(post_id)
        spent += size
    return picked


def _in_turn(found: Sequence[FoundStory], ranked: Mapping[int, Ranked]) -> list[tuple[int, int]]:
    """The best post of each story, then the second ones, and so on, with their tokens."""
    stories = [one for one in found if one.story_id in ranked][:MOST_STORIES]
    rounds: list[tuple[int, int]] = []
    own = [[one.post for one in story.posts if _is_own(one.post.post_id, ranked[story.story_id])] for story in stories]
    for place in range(MOST_POSTS_OF_STORY):
        rounds += [(posts[place].post_id, tokens(posts[place].clean_text)) for posts in own if place < len(posts)]
    return rounds


def _is_own(post_id: int, story: Ranked) -> bool:
    return post_id in story.post_ids and post_id not in story.copy_of


def told(
    post_ids: Sequence[int],
    stored: Mapping[int, StoredPost],
    indexed: Mapping[int, Indexed],
    encode: Encoder,
    *,
    budget: int,
) -> Material | None:
    """These posts as a model is told them, in reading order, without what speaks to machines; None if nothing is left."""
    posts = cards.in_order(stored[post] for post in post_ids if post in stored and post in indexed)
    suspects = suspicion.suspects(
        {post.id: indexed[post.id].clean_text for post in posts},
        encode,
        hostile=[post.id for post in posts if hostile.is_hostile(texts.normalise(post.text))],
    )
    return material(0, posts, indexed, {}, budget=budget, suspects=suspects) if posts else None
