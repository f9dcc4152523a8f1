"""Gives posts their topics anew after admins have changed the taxonomy; stories follow, since theirs are their posts'.

The shell around `labels`. Rows say by which taxonomy a post was labelled, so that it does not matter who labels, how often, or
where somebody was stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime

from core import log
from core.db.engine import Database, Session
from core.queue import wake_index
from core.store import labels as store
from core.store import topics as topic_store
from core.store import vectors as vector_store
from core.store.labels import Label, LabelledPost
from core.types import Topic
from summarize import labels
from summarize.index import utcnow
from summarize.labels import Labelling

BATCH = 64
#: So many posts are labelled in one go, so that indexing is not kept waiting for longer than that; then another is asked for.
MOST = 1000

_logger = log.get("summarize.relabel")

Clock = Callable[[], datetime]


async def run(
    database: Database, *, pool: Executor | None = None, clock: Clock = utcnow, most: int = MOST, width: int = 1
) -> int:
    """Label posts that were labelled by another taxonomy than the present one, newest first; says how many.

    At most about `most`; where there are more, another run is asked for. The work is done in `pool` (without, in threads),
    `width` batches at once.
    """
    total = seen = 0
    last: LabelledPost | None = None
    while seen < most:
        async with database.begin() as session:
            among = tuple(await topic_store.enabled(session))
            name = labels.name_of(among)
            posts = await store.stale(session, name, limit=BATCH * width, before=last)
            work = await labellings(session, posts)
        if not posts:
            break
        last = posts[-1]
        found = await label(work, among, pool=pool)
        kept = [
            Label(post_id=post.post_id, row=post.row, topics=topics) for post, topics in zip(posts, found, strict=True)
        ]
        async with database.begin() as session:
            if labels.name_of(await topic_store.enabled(session)) != name:
                last = None  # it was changed meanwhile: begin again, with the newest posts
                seen += len(posts)
                continue
            total += await store.keep(session, kept, labelled_by=name, now=clock())
        seen += len(posts)
    if seen >= most or total < seen:
        async with database.begin() as session:
            await wake_index(session)
    if total:
        _logger.info("labelled", posts=total)
    return total


async def is_due(database: Database) -> bool:
    """Whether posts wait to be labelled."""
    async with database.begin() as session:
        return await store.waiting(session, labels.name_of(await topic_store.enabled(session)))


async def labellings(session: Session, posts: Sequence[LabelledPost]) -> list[Labelling]:
    """Posts as they are labelled, with the bundled model's vectors, where these are kept: topics were fitted on those."""
    vectors = await vector_store.load(session, [post.post_id for post in posts], vector_store.LOCAL)
    return [Labelling(clean_text=post.clean_text, ad=post.ad, vectors=vectors.get(post.post_id)) for post in posts]


async def label(
    work: Sequence[Labelling], among: tuple[Topic, ...], *, pool: Executor | None
) -> list[dict[str, float]]:
    """The topics of posts by a taxonomy, off the event loop, in their order."""
    loop = asyncio.get_running_loop()
    parts = [work[start : start + BATCH] for start in range(0, len(work), BATCH)]
    found = await asyncio.gather(*(loop.run_in_executor(pool, labels.label, part, among) for part in parts))
    return [topics for part in found for topics in part]
