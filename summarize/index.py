"""Brings the index up to date: new, changed and deleted posts, in three stages that any number of workers share.

    new → lined → prepared → indexed

Lines are learned and pairs are judged by one worker at a time (an advisory lock), since each must see what the others
did; what costs time, cleaning and embedding, runs in parallel on leased rows, and beside the judging. So what comes out
depends neither on who worked nor in what order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import Any

from core import log
from core.db.engine import Database, Session
from core.store import index as store
from core.store import judgements
from core.store import posts as post_store
from core.store import topics as topic_store
from core.store import vectors as vector_store
from core.store.vectors import EmbeddingModel
from core.types import Indexed
from summarize import labels, prepare, questions, reembed, scale, stories
from summarize.embed import Embedder
from summarize.prompts import load

#: The row of `embedding_models` that the local model has.
LOCAL_MODEL_ID = vector_store.LOCAL
LINE_BATCH = 1000
PREPARE_BATCH = 64
MATCH_BATCH = 400
#: A worker that takes longer than this with a batch is taken for dead, and another does the batch again.
LEASE = timedelta(seconds=45)
#: How long to wait for posts that another worker holds.
PAUSE = 0.2

_logger = log.get("summarize.index")

Progress = Callable[[str, int], None]
Clock = Callable[[], datetime]


def utcnow() -> datetime:
    """The clock of the programs; tests pass their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one run did: posts cleaned and embedded, posts matched, stories they are in."""

    prepared: int = 0
    matched: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(prepared=self.prepared + other.prepared, matched=self.matched + other.matched)


def executor(processes: int) -> Executor:
    """Where cleaning and embedding run: CPU work stays off the event loop, and off its process.

    Spawned, not forked: a forked child would hold this process's locks and connections, also after its death.
    """
    return ProcessPoolExecutor(
        max_workers=processes, mp_context=get_context("spawn"), initializer=prepare.leave_with_parent
    )


async def run(
    database: Database,
    pool: Executor,
    *,
    remote: Embedder | None = None,
    clock: Clock = utcnow,
    progress: Progress = lambda _stage, _count: None,
    prepare_batch: int = PREPARE_BATCH,
    match_batch: int = MATCH_BATCH,
    width: int = 1,
    lease: timedelta = LEASE,
) -> Counts:
    """Index until nothing waits, also waiting for posts that other workers hold. `width`: batches prepared at once.

    `remote` embeds where an endpoint's model is the active one; without it, or when it fails, posts are indexed without
    vectors, and `reembed.fill` embeds them later. `progress` is told of every stage ("lines", "prepare", "match") and how many
    posts it has just done.
    """
    total = Counts()
    endpoint = _Endpoint(remote, patience=lease.total_seconds() / 2)
    while True:
        lined = await _until_idle(partial(_learn_lines, database, clock=clock, progress=progress))
        prepare_one = partial(
            _prepare, database, pool, endpoint, clock=clock, limit=prepare_batch, lease=lease, progress=progress
        )
        preparing = asyncio.gather(*(_until_idle(prepare_one) for _ in range(width)))
        try:
            matched = await _match_beside(
                preparing, partial(_match, database, clock=clock, limit=match_batch, progress=progress)
            )
            prepared = sum(await preparing)
        finally:
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)
        total += Counts(prepared=prepared, matched=matched)
        if lined or prepared or matched:
            continue
        async with database.begin() as session:
            if not await post_store.waiting(session):
                break
        await asyncio.sleep(PAUSE)
    if total.matched:
        _logger.info("indexed", prepared=total.prepared, matched=total.matched)
    return total


async def refresh(database: Database) -> int:
    """Send posts that were indexed by other rules or another model through the index again; says how many."""
    async with database.begin() as session:
        return await post_store.requeue(session, but_made_by=prepare.made_by())


async def _until_idle(step: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while done := await step():
        total += done
    return total


async def _match_beside(preparing: asyncio.Future[Any], match: Callable[..., Awaitable[int]]) -> int:
    """Match what is prepared, in full batches while more is being prepared, then the rest; says how many posts."""
    total = 0
    while True:
        last = preparing.done()
        matched = await match(partly=last)
        total += matched
        if not matched:
            if last:
                return total
            await asyncio.wait([preparing], timeout=PAUSE)


# --- lines -----------------------------------------------------------------------------------------------------------


async def _learn_lines(database: Database, *, clock: Clock, progress: Progress) -> int:
    """Note the lines of new posts; posts whose boilerplate has thereby changed are prepared again."""
    async with database.begin() as session:
        await store.lock(session, store.LINES_LOCK)
        posts = await post_store.claim(session, state="new", limit=LINE_BATCH, now=clock(), lease=None)
        if not posts:
            return 0
        alive = [post for post in posts if not post.deleted]
        lines = {
            post.id: store.Lines(
                source=prepare.source_of(post),
                hashes=frozenset() if post.deleted else prepare.line_hashes(post),
                counts=prepare.counts_lines(post),
            )
            for post in posts
        }
        again = await store.replace_lines(session, lines, enough=prepare.BOILERPLATE_POSTS)
        await post_store.advance(session, [post.id for post in posts if post.deleted], state="prepared")
        await post_store.advance(session, [post.id for post in alive], state="lined")
        await post_store.send_back(session, again)
    progress("lines", len(posts))
    return len(posts)


# --- cleaning and embedding ------------------------------------------------------------------------------------------


class _Endpoint:
    """The endpoint for embeddings during one run: once it has failed, the run goes on without it, at full speed."""

    def __init__(self, embedder: Embedder | None, *, patience: float) -> None:
        self._embedder = embedder
        self._patience = patience
        self._failed = False

    async def embed(self, database: Database, indexed: list[Indexed], model: EmbeddingModel) -> list[Indexed]:
        """The posts with vectors of the active model instead of the bundled one's, or, where there are none, without any."""
        if model.id == LOCAL_MODEL_ID:
            return indexed
        embedder = None if self._failed else self._embedder
        embedded, error = await reembed.embedded(database, indexed, model, embedder, patience=self._patience)
        if error and not self._failed:
            self._failed = True
            _logger.warning("posts are indexed without vectors for now", model=model.name, reason=str(error))
        return embedded


async def _prepare(
    database: Database,
    pool: Executor,
    endpoint: _Endpoint,
    *,
    clock: Clock,
    limit: int,
    lease: timedelta,
    progress: Progress,
) -> int:
    """Clean and embed a batch of posts outside any transaction, under a lease."""
    until = clock() + lease
    async with database.begin() as session:
        posts = await post_store.claim(session, state="lined", limit=limit, now=until - lease, lease=lease)
        if not posts:
            return 0
        hashes = {post.id: prepare.line_hashes(post) for post in posts}
        asked = [(prepare.source_of(post), line) for post in posts for line in hashes[post.id]]
        learned = await store.boilerplate(session, asked, enough=prepare.BOILERPLATE_POSTS)
        among = await topic_store.enabled(session)
        model = await vector_store.active(session)
    work = [
        (post, frozenset(line for line in hashes[post.id] if (prepare.source_of(post), line) in learned))
        for post in posts
    ]
    loop = asyncio.get_running_loop()
    indexed = await loop.run_in_executor(pool, prepare.batch, work, tuple(among))
    indexed = await endpoint.embed(database, indexed, model)
    async with database.begin() as session:
        await vector_store.hold(session, alone=False)
        current = await post_store.still_leased(session, [post.id for post in posts], until=until)
        if (await vector_store.active(session)).id != model.id:
            # Another model has become the active one meanwhile: the posts are prepared once more, for that.
            await post_store.advance(session, sorted(current), state="lined")
            return len(posts)
        indexed = await _with_judgements(session, indexed)
        await store.write(
            session,
            [post for post in indexed if post.post_id in current],
            model_id=model.id,
            labelled_by=labels.name_of(among),
        )
        await post_store.advance(session, sorted(current), state="prepared")
    progress("prepare", len(posts))
    return len(posts)


async def _with_judgements(session: Session, posts: Sequence[Indexed]) -> list[Indexed]:
    """The posts, those in the grey as a model has judged them, where one has called them advertisements."""
    grey = {post.post_id: questions.key(post) for post in posts if post.ad == "grey"}
    if not grey:
        return list(posts)
    prompt = load(questions.AD)
    found = await judgements.known(session, questions.AD, list(grey.values()), made_by=prompt.label)
    return [
        questions.judged_ad(post, found[grey[post.post_id]]) if grey.get(post.post_id) in found else post
        for post in posts
    ]


# --- stories ---------------------------------------------------------------------------------------------------------


async def _match(database: Database, *, clock: Clock, limit: int, partly: bool, progress: Progress) -> int:
    """Judge a batch of prepared posts and put them into stories, one worker at a time; `partly`: also a smaller batch.

    Each batch looks at all that is near to it, so that small ones cost more.
    """
    async with database.begin() as session:
        await store.lock(session, store.MATCH_LOCK)
        ids = await post_store.prepared(session, limit=limit)
        if not ids or (len(ids) < limit and not partly):
            return 0
        model = await vector_store.active(session)
        space = scale.local() if model.id == LOCAL_MODEL_ID else scale.from_json(model.scale)
        await stories.place(session, ids, model_id=model.id, dimension=model.dimension, space=space, now=clock())
        await post_store.advance(session, ids, state="indexed")
    progress("match", len(ids))
    return len(ids)
