"""Finds the stories that may answer a question: the database's lists, ranked by exact features, their best sentences compared.

The shell around `question` and `rerank`. One query finds; up to MOST_SENTENCES sentences of the best posts are embedded, where
the bundled model is the one in use: asking an endpoint for them would take longer than people wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from core.db.engine import Database
from core.errors import ModelError
from core.search import FoundPost, Limits, Wanted
from core.store import search as store
from core.store import vectors as vector_store
from core.store.vectors import LOCAL, EmbeddingModel
from summarize import embed
from summarize import text as texts
from summarize.embed import Embedder, Vectors
from summarize.search import rerank
from summarize.search.question import Question
from summarize.search.rerank import Candidate

#: Posts since so long ago are also looked for among each other.
FRESH = timedelta(days=60)
#: Posts that are ranked, and of these, the best whose sentences are compared.
MOST_POSTS, COMPARED = 80, 12
MOST_SENTENCES = 72
#: Shorter sentences tell nothing, longer ones are lists.
SHORTEST, LONGEST = 20, 400
#: Posts of a story that are told of.
POSTS_OF_STORY = 6
#: What is read to have read something.
WARM = "warm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`text` is `start`:`stop` of a post's clean text; `cosine` between it and the question, None where none was compared."""

    post_id: int
    start: int
    stop: int
    text: str
    cosine: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStory:
    """A story, with those of its posts that were found, best first, and their sentences, nearest first."""

    story_id: int
    score: float
    posts: tuple[Candidate, ...]
    sentences: tuple[Sentence, ...]

    @property
    def told(self) -> str:
        """All that the story's posts say, each text once, and who says it."""
        said = dict.fromkeys(one.post.clean_text for one in self.posts)
        return "\n".join([*said, *sorted({name for one in self.posts for name in one.post.names})])


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What each step of a search came to: what was looked for, what the lists held, how it is ranked, and sentences by post."""

    wanted: Wanted
    found: Sequence[FoundPost]
    ranked: Sequence[Candidate]
    sentences: Mapping[int, Sequence[Sentence]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What searching needs: the archive, the model of questions (None: the bundled one), and where that runs."""

    database: Database
    remote: Embedder | None = None
    pool: Executor | None = None

    async def find(
        self, question: Question, *, asked: datetime, limits: Limits | None = None, beginnings: Sequence[str] = ()
    ) -> list[FoundStory]:
        """The stories that may answer the question, best first. Where the model does not answer, words alone find them.

        `beginnings` are words of which only the beginning was typed.
        """
        parts = await self.parts(question, asked=asked, limits=limits, beginnings=beginnings)
        return stories(parts.ranked, parts.sentences)

    async def newest(self, question: Question, *, asked: datetime, limits: Limits) -> list[FoundStory]:
        """The newest stories within limits, where nothing else is asked for."""
        async with self.database.begin() as session:
            model = await vector_store.active(session)
            wanted = _wanted(question, None, model, asked=asked, limits=limits, beginnings=())
            found = await store.newest(session, wanted, most=MOST_POSTS)
        return stories([Candidate(post=post, features={}, score=0.0) for post in found], {})

    async def parts(
        self, question: Question, *, asked: datetime, limits: Limits | None = None, beginnings: Sequence[str] = ()
    ) -> Parts:
        """The same, step by step."""
        async with self.database.begin() as session:
            model = await vector_store.active(session)
        vector = await self._vector(question.text, model)
        wanted = _wanted(question, vector, model, asked=asked, limits=limits or Limits(), beginnings=beginnings)
        async with self.database.begin() as session:
            found = await store.find(session, wanted, most=MOST_POSTS)
        if question.keys and not question.meanings and any(post.by_key for post in found):
            found = [post for post in found if post.by_key]  # nothing but the number of a paper, say, was asked for
        ranked = await asyncio.to_thread(rerank.rank, question, found, rerank.weights().first, asked=asked)
        sentences = await self._sentences(ranked[:COMPARED], vector, model)
        best = {post: max((one.cosine or 0.0 for one in said), default=0.0) for post, said in sentences.items()}
        if best:
            ranked = rerank.rank_again(ranked, rerank.weights().then, sentences=best)
        return Parts(wanted=wanted, found=found, ranked=ranked, sentences=sentences)

    async def warm_up(self) -> None:
        """Load the bundled model where it runs, so that who asks first does not wait for it."""
        await self._embed([WARM])

    async def _vector(self, text: str, model: EmbeddingModel) -> Vectors | None:
        try:
            if model.id == LOCAL:
                vectors = await self._embed([text])
            elif self.remote is not None and self.remote.name == model.name:
                vectors = await self.remote.embed([text])
            else:
                return None
        except ModelError:
            return None
        found: Vectors = vectors[0]
        return found if len(found) == model.dimension else None

    async def _embed(self, batch: Sequence[str]) -> Vectors:
        return await asyncio.get_running_loop().run_in_executor(self.pool, embed.encode_locally, list(batch))

    async def _sentences(
        self, ranked: Sequence[Candidate], vector: Vectors | None, model: EmbeddingModel
    ) -> dict[int, list[Sentence]]:
        """The sentences of posts, nearest first; of posts that repeat each other those of one."""
        said = {one.post.post_id: sentences_of(one.post) for one in ranked}
        wanted = list(dict.fromkeys(one.text for found in said.values() for one in found))[:MOST_SENTENCES]
        if vector is None or model.id != LOCAL or not wanted:
            return {}
        cosines = dict(zip(wanted, map(float, (await self._embed(wanted)) @ np.asarray(vector)), strict=True))
        return {
            post: sorted(
                (replace(one, cosine=cosines[one.text]) for one in found if one.text in cosines),
                key=lambda one: (-(one.cosine or 0.0), one.start),
            )
            for post, found in said.items()
        }


def _wanted(
    question: Question,
    vector: Vectors | None,
    model: EmbeddingModel,
    *,
    asked: datetime,
    limits: Limits,
    beginnings: Sequence[str],
) -> Wanted:
    fresh = asked - FRESH
    if question.period is not None and question.period.since is not None:
        fresh = min(fresh, question.period.since)
    return Wanted(
        now=asked,
        fresh_since=fresh,
        words=question.words,
        beginnings=tuple(beginnings),
        vector=vector,
        model_id=model.id,
        dimension=model.dimension,
        keys=question.keys,
        limits=limits,
    )


def sentences_of(post: FoundPost) -> list[Sentence]:
    """The sentences of a post that can be told, those of its best passages first."""
    found = [
        Sentence(post_id=post.post_id, start=one.start, stop=one.end, text=one.text, cosine=None)
        for one in texts.sentences(post.clean_text)
        if SHORTEST <= one.end - one.start <= LONGEST and not one.is_code
    ]
    nearest = {passage.start: place for place, passage in enumerate(post.passages)}

    def place(one: Sentence) -> int:
        before = [start for start in nearest if start <= one.start]
        return nearest[max(before)] if before else len(nearest)

    return sorted(found, key=place)


def stories(ranked: Sequence[Candidate], sentences: Mapping[int, Sequence[Sentence]]) -> list[FoundStory]:
    """Posts grouped by story: a story is as good as its best post."""
    groups: dict[int, list[Candidate]] = {}
    for one in ranked:
        groups.setdefault(one.post.story_id, []).append(one)
    return [
        FoundStory(
            story_id=story,
            score=found[0].score,
            posts=tuple(found[:POSTS_OF_STORY]),
            sentences=tuple(
                sorted(
                    (said for one in found for said in sentences.get(one.post.post_id, ())),
                    key=lambda said: (-(said.cosine or 0.0), said.post_id, said.start),
                )
            ),
        )
        for story, found in groups.items()
    ]


def identified(question: Question, stories: Sequence[FoundStory]) -> Sequence[FoundStory]:
    """Of what was asked for by an identifier, the stories that hold it, if any does."""
    keys = set(question.keys)
    return [one for one in stories if any(not keys.isdisjoint(each.post.keys) for each in one.posts)] or stories
