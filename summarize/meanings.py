"""Vectors of what filters mean: phrases, and posts that others shall be like, by the model that is active.

Cosines of a phrase with posts are compared as they are: `scale` maps those of posts with posts, less what all posts have in
common, and measured on the sample feed a phrase finds its posts worse without that. So a threshold belongs to a model. When
another becomes active, it is set to where as many of the newest posts meet the filter as did before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime

import numpy as np

from core import log
from core.db.engine import Database
from core.errors import ModelError
from core.filters import Filter, FilterKind
from core.store import filter_hits
from core.store import filters as store
from core.store import vectors as vector_store
from core.store.vectors import LOCAL, EmbeddingModel
from summarize import embed, filters
from summarize import text as texts
from summarize.embed import Embedder, Vectors
from summarize.mistakes import Fault

#: A threshold is carried over to another model by so many of the newest posts.
SAMPLE = 2000
#: Vectors of so many posts are read at once.
BATCH = 500
#: Of a filter that met none of them, the threshold is so far above the nearest post.
MARGIN = 0.02

_logger = log.get("summarize.meanings")


async def vector_of(
    database: Database, pattern: str, model: EmbeddingModel, *, remote: Embedder | None, pool: Executor | None
) -> Vectors:
    """The unit vector of a phrase, or of the post that a pattern `post:ID` names.

    Raises:
        Fault: the post is not there, or has no vectors.
        ModelError: the model does not answer, or is not what the settings name.
    """
    like = filters.LIKE_POST.fullmatch(pattern.strip())
    if like:
        number = int(like[1])
        async with database.begin() as session:
            found = (await vector_store.load(session, [number], model.id)).get(number)
        if found is None:
            raise Fault("post")
        return np.asarray(found[0], dtype=np.float32)
    phrase = " ".join(texts.normalise(pattern)[: filters.MOST_PATTERN[FilterKind.MEANING]].split())
    if model.id == LOCAL:
        loop = asyncio.get_running_loop()
        vectors = await loop.run_in_executor(pool, embed.encode_locally, [phrase])
    elif remote is None or remote.name != model.name:
        raise ModelError(f"{model.name} is not what SVODKA_EMBED_URL and SVODKA_EMBED_MODEL name")
    else:
        vectors = await remote.embed([phrase])
    if vectors.shape != (1, model.dimension):
        raise ModelError(
            f"{model.name} made vectors of {model.dimension} numbers before, and now of {vectors.shape[1]}"
        )
    # As it will be stored, so that a preview and the filter itself agree.
    return np.asarray(vectors[0], dtype=np.float16).astype(np.float32)


async def bring_up_to_date(
    database: Database, *, remote: Embedder | None, pool: Executor | None, now: datetime, since: datetime
) -> None:
    """Give filters of meaning their vectors by the active model, and their thresholds where another model was active before.

    A filter that cannot be embedded now stays as it is until the next time.
    """
    async with database.begin() as session:
        model = await vector_store.active(session)
        found = [
            each
            for each in await store.active(session, now)
            if each.kind is FilterKind.MEANING and each.model_id != model.id
        ]
    for each in found:
        try:
            vector = await vector_of(database, each.pattern, model, remote=remote, pool=pool)
        except (Fault, ModelError) as error:
            _logger.warning("a filter cannot be embedded now", filter=each.id, model=model.name, reason=str(error))
            continue
        embedded = replace(each, vector=vector, model_id=model.id)
        if each.model_id is not None:
            embedded = await _carried(database, each, embedded, model, since=since, now=now)
        async with database.begin() as session:
            await store.keep_vector(session, embedded, former=each)


async def _carried(
    database: Database, former: Filter, embedded: Filter, model: EmbeddingModel, *, since: datetime, now: datetime
) -> Filter:
    """The filter with a threshold that the new model's cosines have where it had its own, and a note of it."""
    cosines: list[float] = []
    met = 0
    async with database.begin() as session:
        newest = (await filter_hits.in_window(session, since=since, until=now))[:SAMPLE]
        for start in range(0, len(newest), BATCH):
            some = newest[start : start + BATCH]
            vectors = await vector_store.load(session, some, model.id)
            within = [
                post.post_id
                for post in await filter_hits.load(session, list(vectors))
                if filters.is_within(former.scope, filters.facts_of(post))
            ]
            met += len(await filter_hits.of_filter(session, former.id, within))
            cosines += await asyncio.to_thread(_cosines, embedded.vector, [vectors[post] for post in within])
    least = cut(cosines, met)
    if least is None:
        return embedded
    told = f"≥ {filters.threshold(former):.2f} → ≥ {least:.2f}, {model.name}"
    note = f"{former.note}\n{told}" if former.note else told
    return replace(embedded, threshold=least, note=note[-store.MOST_NOTE :])


def _cosines(vector: Vectors, posts: Sequence[Vectors]) -> list[float]:
    return [float((rows @ vector).max()) for rows in posts]


def cut(cosines: Sequence[float], met: int) -> float | None:
    """The threshold that `met` of these cosines reach; None where there are none to tell by."""
    if not cosines:
        return None
    ordered = sorted(cosines, reverse=True)
    if met == 0:
        least = ordered[0] + MARGIN
    elif met < len(ordered):
        least = (ordered[met - 1] + ordered[met]) / 2
    else:
        least = ordered[-1]
    return round(min(1.0, max(MARGIN, least)), 4)
