"""A labelled question and what a search found for it: what `svodka eval search` measures, and fits on.

Pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from summarize.search import retrieve
from summarize.search.question import Question
from summarize.search.rerank import Candidate
from summarize.search.retrieve import FoundStory, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question as it is labelled: `stories` by slug, 2 for one that answers, 1 for one that only has to do with it; a right
    answer holds one of the `facts`.
    """

    text: str
    kind: str
    asked: datetime
    stories: Mapping[Hashable, int]
    facts: tuple[str, ...]

    def says_fact(self, text: str) -> bool:
        """Does the text hold one of the facts, as it is written?"""
        plain = " ".join(text.lower().split())
        return any(fact.lower() in plain for fact in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """`lists`: the posts that each list has, best first; `first`: those of the whole search with their features before sentences
    were compared, `ranked`: after that; `slugs`: the story of each labelled post.
    """

    label: Labelled
    question: Question
    lists: Mapping[str, Sequence[int]]
    first: Sequence[tuple[int, Mapping[str, float]]]
    ranked: Sequence[Candidate]
    sentences: Mapping[int, Sequence[Sentence]]
    slugs: Mapping[int, str]

    @property
    def stories(self) -> list[FoundStory]:
        """What was found as stories, best first."""
        return retrieve.stories(self.ranked, self.sentences)

    def answers(self, post: int) -> bool:
        """Is the post of a story that answers the question, or has to do with it?"""
        return self.slugs.get(post) in self.label.stories

    def by_story(self, posts: Sequence[int]) -> list[Hashable]:
        """The stories of a list of posts, each once: by its label, or, of a post without one, as a story of its own."""
        return list(dict.fromkeys(self.slugs.get(post, f"post {post}") for post in posts))
