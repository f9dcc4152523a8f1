"""What the bench of searching does and times: the whole statement beside its bare parts, on archives of three sizes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import mean, median

import numpy as np

from cli import bench_feed
from cli.bench_archive import CHANNELS, Archive, Kind, Question
from cli.bench_runs import Say, workbench
from core.db.engine import Database, Session
from core.search import Wanted
from core.store import channels, search, search_baselines, vectors, yardstick
from core.store.yardstick import Invented
from core.types import Channel
from summarize.search import retrieve

QUESTIONS = 200
#: Questions that are asked before, so that what they need is in memory.
WARMING = 20
#: The newest posts that half of the questions are about.
NEWEST = 0.15
#: Questions of a kind whose nearest posts are looked up by comparing every passage, and how many of these posts.
JUDGED, COMPARED = 20, 20
ENDS = datetime(2026, 9, 18, tzinfo=UTC)
WORDS, PASSAGES = "ix_indexed_posts_words", "ix_vectors_local_passages"
#: Not needed to search: the index of whole posts, which takes as long to build as a third of the passages.
_UNUSED = frozenset({"ix_vectors_local_hnsw"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Seconds to build the indexes of words and of passages on posts that are there, and their sizes in MB."""

    words_seconds: float
    words_size: float
    passages_seconds: float
    passages_size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeFigures:
    """Seconds of one question in an archive of `posts`: the whole statement, words alone, vectors alone; median, 95th percentile.

    `by_words` and `by_meaning`: the statement with nothing but a question's words, and with nothing but its vector.
    Recall, at 20, is that of the vector list against comparing every passage: without limits, and with limits that let a tenth
    and a hundredth of the posts through.
    """

    posts: int
    passages: int
    built: Built
    find: float
    find_p95: float
    by_words: float
    by_words_p95: float
    by_meaning: float
    by_meaning_p95: float
    words: float
    words_p95: float
    vectors: float
    vectors_p95: float
    recall: float
    recall_tenth: float
    recall_hundredth: float

    @property
    def ratio(self) -> float:
        """The whole statement's median over the sum of those of its bare parts."""
        return self.find / (self.words + self.vectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFigures:
    """A tenth of the posts, all, and twice as many."""

    sizes: tuple[SizeFigures, ...]

    @property
    def exponent(self) -> float:
        """Of the growth of the whole statement's median with the number of posts: 1 is linear."""
        posts, seconds = ([getattr(size, name) for size in self.sizes] for name in ("posts", "find"))
        return float(np.polyfit(np.log(posts), np.log(seconds), 1)[0])


async def run(posts: int, say: Say) -> SearchFigures:
    """Measure on a server of its own."""
    async with workbench() as (_, database, _folder):
        return await measure(database, posts, say)


async def measure(database: Database, posts: int, say: Say, *, questions: int = QUESTIONS) -> SearchFigures:
    """Fill archives of three sizes into an empty database, one after the other, and ask each so many questions."""
    async with database.begin() as session:
        ids = [
            await channels.upsert(session, Channel(tg_id=bench_feed.identity(place), name=bench_feed.name(place)))
            for place in range(CHANNELS)
        ]
        indexes = await yardstick.drop_indexes(session)
    sizes = [await _size(database, count, questions, ids, indexes, say) for count in (posts // 10, posts, posts * 2)]
    return SearchFigures(sizes=tuple(sizes))


async def _size(
    database: Database, posts: int, count: int, ids: Sequence[int], indexes: Mapping[str, str], say: Say
) -> SizeFigures:
    say(f"filling an archive of {posts:,} posts")
    archive = Archive(posts, ends=ENDS, channels=ids)
    about, passages = await _fill(database, archive, count, say)
    say("building its indexes")
    built = await _build(database, indexes, passages)
    await yardstick.vacuum(database)
    questions = list(archive.questions(about))
    say(f"asking {len(questions)} questions")
    seconds = await _ask(database, questions)
    say("comparing with every passage")
    recall = {kind: await _recall(database, [one for one in questions if one.kind is kind][:JUDGED]) for kind in Kind}
    return SizeFigures(
        posts=posts,
        passages=passages,
        built=built,
        **{name: median(taken) for name, taken in seconds.items()},
        **{f"{name}_p95": float(np.percentile(taken, 95)) for name, taken in seconds.items()},
        recall=recall[Kind.PLAIN],
        recall_tenth=recall[Kind.TENTH],
        recall_hundredth=recall[Kind.HUNDREDTH],
    )


# --- what is asked, and of what --------------------------------------------------------------------------------------


async def _fill(database: Database, archive: Archive, questions: int, say: Say) -> tuple[list[Invented], int]:
    """Write the archive; the posts that questions will be about, half of them among the newest, and how many passages there are."""
    async with database.begin() as session:
        await yardstick.empty(session)
        await yardstick.drop_indexes(session)
        model = await vectors.active(session)
    count = len(archive.times)
    dice = np.random.default_rng(count)
    newest = int(count * (1 - NEWEST))
    places = [int(dice.integers(newest if turn % 2 else 0, count)) for turn in range(questions)]
    kept: dict[int, Invented] = {}
    passages = 0
    for batch in archive.batches():
        async with database.begin() as session:
            await yardstick.fill(session, batch, model_id=model.id)
        passages += sum(len(post.spans) for post in batch)
        kept |= {post.id - 1: post for post in batch if post.id - 1 in set(places)}
        if batch[-1].id % 50_000 == 0:
            say(f"{batch[-1].id:,} posts written")
    return [kept[place] for place in places], passages


async def _build(database: Database, indexes: Mapping[str, str], passages: int) -> Built:
    # What pgvector holds of a vector while it builds takes 2 kB; where memory is short it builds on disk, many times slower.
    megabytes = max(256, passages // 400)
    seconds, sizes = {}, {}
    for name in indexes.keys() - _UNUSED:
        begun = time.perf_counter()
        async with database.begin() as session:
            await yardstick.build_index(session, indexes[name], megabytes=megabytes)
            sizes[name] = await yardstick.size(session, name) / 1e6
        seconds[name] = time.perf_counter() - begun
    return Built(
        words_seconds=seconds[WORDS],
        words_size=sizes[WORDS],
        passages_seconds=seconds[PASSAGES],
        passages_size=sizes[PASSAGES],
    )


# --- asking ----------------------------------------------------------------------------------------------------------


async def _whole(session: Session, wanted: Wanted) -> object:
    return await search.find(session, wanted, most=retrieve.MOST_POSTS)


async def _by_words(session: Session, wanted: Wanted) -> object:
    return await _whole(session, replace(wanted, vector=None, keys=()))


async def _by_meaning(session: Session, wanted: Wanted) -> object:
    return await _whole(session, replace(wanted, words=(), keys=()))


async def _words(session: Session, wanted: Wanted) -> object:
    return await search_baselines.bare_words(session, " ".join(wanted.words))


async def _vectors(session: Session, wanted: Wanted) -> object:
    return await search_baselines.bare_vectors(session, wanted)


#: The ways of asking that are compared: the whole statement, its two halves, and the parts that it cannot do without.
_WAYS: Mapping[str, Callable[[Session, Wanted], Awaitable[object]]] = {
    "find": _whole,
    "by_words": _by_words,
    "by_meaning": _by_meaning,
    "words": _words,
    "vectors": _vectors,
}


async def _ask(database: Database, questions: Sequence[Question]) -> dict[str, list[float]]:
    """Seconds of each question, asked in each way, in turn, so that a slow moment of the machine hits all of them."""
    model = await _model(database)
    taken: dict[str, list[float]] = {name: [] for name in _WAYS}
    for place, question in enumerate([*questions[:WARMING], *questions]):
        wanted = _wanted(question, model)
        for name, way in _WAYS.items():
            begun = time.perf_counter()
            async with database.begin() as session:
                await way(session, wanted)
            if place >= WARMING:
                taken[name].append(time.perf_counter() - begun)
    return taken


async def _recall(database: Database, questions: Sequence[Question]) -> float:
    """The mean share of the nearest posts within a question's limits that its vector finds."""
    model = await _model(database)
    shares = []
    for question in questions:
        wanted = replace(_wanted(question, model), words=(), keys=())
        async with database.begin() as session:
            expected = await yardstick.nearest(session, wanted, most=COMPARED)
            # More than are compared: posts that are in two lists stand above those of one.
            found = await search.find(session, wanted, most=10 * COMPARED)
        near = {post.post_id for post in found if post.by_meaning is not None and post.by_meaning <= COMPARED}
        if expected:
            shares.append(len(near & set(expected)) / len(expected))
    return mean(shares)


async def _model(database: Database) -> vectors.EmbeddingModel:
    async with database.begin() as session:
        return await vectors.active(session)


def _wanted(question: Question, model: vectors.EmbeddingModel) -> Wanted:
    return Wanted(
        now=ENDS,
        fresh_since=ENDS - retrieve.FRESH,
        words=question.words,
        vector=question.vector,
        model_id=model.id,
        dimension=model.dimension,
        keys=question.keys,
        limits=question.limits,
    )
