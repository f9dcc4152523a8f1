"""Embeds posts outside the index's own stages: those that lack vectors of the active model, or a whole archive on its way to
another model, while the former one goes on serving.

Nothing is open while a model is asked. Each batch is kept at once, so that whoever comes after a crash goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from core import log
from core.db.engine import Database, Session
from core.errors import ModelError, UsageError
from core.store import index as index_store
from core.store import posts as post_store
from core.store import vectors as store
from core.store.vectors import Embedded, EmbeddingModel, Unembedded
from core.types import Indexed
from summarize import embed, scale
from summarize.embed import Embedder, Passage, Vectors

#: Posts that are embedded and kept together.
BATCH = 128
#: Posts of the archive from which a model's scale is learned; where we have no vectors of the bundled model, fewer, since
#: these have to be made.
SCALE_POSTS, SCALE_POSTS_EMBEDDED_HERE = 2000, 300
#: Characters of a post that are embedded at most, about: what estimates go by.
MOST_CHARACTERS = embed.MOST_PASSAGES * embed.PASSAGE_LENGTH
DROP_BATCH = 2000

_logger = log.get("summarize.reembed")

Progress = Callable[[int], None]


# --- asking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """Vectors of passages by hash, and why some are missing, if any is."""

    vectors: dict[bytes, Vectors]
    error: ModelError | None = None


async def of_passages(
    database: Database,
    model: EmbeddingModel,
    passages: Iterable[Passage],
    embedder: Embedder | None,
    *,
    patience: float | None = None,
) -> Found:
    """Vectors of passages by a model: those that it has made of the same words before, the others from its endpoint.

    Each text is asked for once. What has not come after `patience` seconds is not waited for.
    """
    texts = {passage.hash: passage.text for passage in passages}
    known: dict[bytes, Vectors] = {}
    # The bundled model costs nothing, and a vector that comes back from the table is rounded.
    if model.id != store.LOCAL:
        async with database.begin() as session:
            known = await store.by_hash(session, model.id, list(texts))
    new = [text_hash for text_hash in texts if text_hash not in known]
    if not new:
        return Found(known)
    if embedder is None or embedder.name != model.name:
        return Found(known, ModelError(f"{model.name} is not what SVODKA_EMBED_URL and SVODKA_EMBED_MODEL name"))
    error: ModelError | None = None
    for hashes, answer in await _answers(embedder, texts, new, patience):
        if isinstance(answer, ModelError):
            error = answer
        elif answer.shape != (len(hashes), model.dimension):
            error = ModelError(
                f"{model.name} made vectors of {model.dimension} numbers before, and now of {answer.shape[1]}"
            )
        else:
            known.update(zip(hashes, answer, strict=True))
    return Found(known, error)


async def _answers(
    embedder: Embedder, texts: dict[bytes, str], new: Sequence[bytes], patience: float | None
) -> list[tuple[Sequence[bytes], Vectors | ModelError]]:
    """What came of each request, all made at once; how many run at a time is the embedder's business."""
    asked = embed.requests(new)
    tasks = [asyncio.create_task(embedder.embed([texts[known] for known in hashes])) for hashes in asked]
    try:
        await asyncio.wait(tasks, timeout=patience)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [(hashes, _answer(task, embedder)) for hashes, task in zip(asked, tasks, strict=True)]


def _answer(task: asyncio.Task[Vectors], embedder: Embedder) -> Vectors | ModelError:
    if task.cancelled():
        return ModelError(f"{embedder.name} has not answered in time")
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, ModelError):
        return error
    raise error


async def embedded(
    database: Database,
    posts: Sequence[Indexed],
    model: EmbeddingModel,
    embedder: Embedder | None,
    *,
    patience: float,
) -> tuple[list[Indexed], ModelError | None]:
    """Posts with the vectors of a model, or without any where it did not make them all; and why, if so."""
    passages = [
        embed.passage(post.clean_text, start, stop) for post in posts for start, stop, _text_hash in post.passages
    ]
    found = await of_passages(database, model, passages, embedder, patience=patience)
    return [
        replace(post, vectors=embed.rows([text_hash for _, _, text_hash in post.passages], found.vectors))
        for post in posts
    ], found.error


# --- posts without vectors -------------------------------------------------------------------------------------------


async def fill(database: Database, embedder: Embedder | None, *, progress: Progress = lambda _count: None) -> int:
    """Embed the posts that lack vectors of the active model and send them to be matched again; says how many.

    Nothing is done where the active model is not `embedder`'s. When that fails, the rest is left to the next time.
    """
    async with database.begin() as session:
        model = await store.active(session)
    if embedder is None or embedder.name != model.name:
        return 0
    done = 0

    def count(posts: int) -> None:
        nonlocal done
        done += posts
        progress(posts)

    try:
        await _embed_missing(database, model, embedder, progress=count, match=True)
    except ModelError as error:
        _logger.warning("posts stay without vectors for now", model=model.name, reason=str(error))
    return done


async def _embed_missing(
    database: Database, model: EmbeddingModel, embedder: Embedder, *, progress: Progress, match: bool
) -> None:
    """Embed until no post lacks vectors of the model, newest first; `match`: have the posts matched again.

    Raises:
        ModelError: the model fails; what it had embedded is kept.
    """
    while await _embed_once(database, model, embedder, progress=progress, match=match):
        pass


async def _embed_once(
    database: Database, model: EmbeddingModel, embedder: Embedder, *, progress: Progress, match: bool
) -> int:
    """One way through the archive: what comes behind it, newer or changed, is found by the next."""
    total = 0
    last: Unembedded | None = None
    while True:
        async with database.begin() as session:
            waiting = await store.missing(session, model.id, limit=BATCH, after=last)
        if not waiting:
            return total
        last = waiting[-1]
        cut = await asyncio.to_thread(lambda posts: [embed.passages(post.clean_text) for post in posts], waiting)
        found = await of_passages(database, model, [passage for each in cut for passage in each], embedder)
        made = [
            Embedded(
                post_id=post.post_id,
                clean_text=post.clean_text,
                passages=tuple((passage.start, passage.stop, passage.hash) for passage in passages),
                vectors=rows,
            )
            for post, passages in zip(waiting, cut, strict=True)
            if (rows := embed.rows([passage.hash for passage in passages], found.vectors)) is not None
        ]
        async with database.begin() as session:
            await _hold(session)
            written = await store.write(session, model.id, made)
            if match:
                await post_store.match_again(session, written)
        progress(len(written))
        total += len(written)
        if found.error is not None:
            raise found.error


async def _hold(session: Session) -> None:
    """Nobody matches, prepares or embeds until the transaction ends: in the order that everybody takes these locks in."""
    await index_store.lock(session, index_store.MATCH_LOCK)
    await store.hold(session, alone=True)


# --- to another model ------------------------------------------------------------------------------------------------


async def target(database: Database, embedder: Embedder) -> EmbeddingModel:
    """The row of an embedder's model, with an index for its vectors; the model is asked once, for its dimension.

    Raises:
        ModelError: it does not answer.
        UsageError: its vectors are too long, or of another length than they were.
    """
    (found,) = await embedder.embed(["Svodka"])
    dimension = len(found)
    if dimension > store.MOST_DIMENSIONS:
        raise UsageError(
            f"{embedder.name} makes vectors of {dimension:,} numbers, and the database can search {store.MOST_DIMENSIONS:,}: "
            f"set SVODKA_EMBED_DIMENSION to {store.MOST_DIMENSIONS} or less, if the model can shorten them, or use another model"
        )
    async with database.begin() as session:
        model = await store.ensure(session, embedder.name, dimension)
        if model.dimension != dimension:
            raise UsageError(
                f"{embedder.name} made vectors of {model.dimension} numbers before, and now of {dimension}: "
                "it is another model under the same name; set SVODKA_EMBED_DIMENSION to tell them apart"
            )
        await store.create_index(session, model)
    return model


async def move(
    database: Database,
    model: EmbeddingModel,
    embedder: Embedder,
    *,
    like: Sequence[Sequence[Passage]],
    progress: Progress = lambda _count: None,
) -> int:
    """Embed the archive by a model, then make it the active one, in one transaction, after which all posts wait to be
    matched; says how many. `like`: posts of the field, cut into passages, from which the model's scale is learned, too.

    Until then the former model serves. Safe to break off and to begin again.

    Raises:
        ModelError: the model fails; what it had embedded is kept.
    """
    space: scale.Space | None = None
    while True:
        await _embed_missing(database, model, embedder, progress=progress, match=False)
        if space is None and model.id != store.LOCAL:
            space = await _learned(database, model, embedder, like)
            continue  # posts may have come meanwhile
        waiting = await _switch(database, model, space)
        if waiting is not None:
            return waiting


async def _switch(database: Database, model: EmbeddingModel, space: scale.Space | None) -> int | None:
    """Make a model the active one and have all posts matched again; None, and nothing, where posts still lack its vectors."""
    async with database.begin() as session:
        # Whoever learns lines sends posts back; the two would wait for each other's rows.
        await index_store.lock(session, index_store.LINES_LOCK)
        await _hold(session)
        last: Unembedded | None = None
        while some := await store.missing(session, model.id, limit=BATCH, after=last):
            # Where there is nothing to embed (white space that the database does not know), nothing is missing.
            if any(embed.passages(post.clean_text) for post in some):
                return None
            last = some[-1]
        await store.activate(session, model.id, scale=None if space is None else scale.to_json(space))
        return await post_store.match_again(session, None)


async def drop_others(database: Database, model: EmbeddingModel) -> int:
    """Forget the vectors of all models but this one, a few at a time; says of how many posts."""
    async with database.begin() as session:
        others = await store.others(session, model.id)
    total = 0
    for other in others:
        while True:
            async with database.begin() as session:
                await _hold(session)
                dropped = await store.drop(session, other, limit=DROP_BATCH)
            if not dropped:
                break
            total += dropped
        async with database.begin() as session:
            await store.drop_index(session, other)
    return total


# --- scale -----------------------------------------------------------------------------------------------------------


async def _learned(
    database: Database, model: EmbeddingModel, embedder: Embedder, like: Sequence[Sequence[Passage]]
) -> scale.Space:
    """How the model's vectors are compared, from posts that both it and the bundled model have embedded."""
    found = await of_passages(database, model, [passage for post in like for passage in post], embedder)
    if found.error is not None:
        raise found.error
    posts = [(post, embed.rows([passage.hash for passage in post], found.vectors)) for post in like]
    both = await asyncio.to_thread(_by_both, [(post, theirs) for post, theirs in posts if theirs is not None])
    both += await _archived(database, model)
    return await asyncio.to_thread(scale.learn, both)


async def _archived(database: Database, model: EmbeddingModel) -> list[scale.Both]:
    """Posts of the archive as both models have them; a few are embedded by the bundled one where it has too few."""
    async with database.begin() as session:
        texts = await store.sample(session, model.id, limit=SCALE_POSTS)
        theirs = await store.load(session, list(texts), model.id)
        ours = await store.load(session, list(texts), store.LOCAL)
    both: list[scale.Both] = [
        (ours[post], theirs[post]) for post in texts if post in ours and len(ours[post]) == len(theirs[post])
    ]
    lacking = [post for post in texts if post not in ours][: max(0, SCALE_POSTS_EMBEDDED_HERE - len(both))]
    made = [(embed.passages(texts[post]), theirs[post]) for post in lacking]
    return both + await asyncio.to_thread(_by_both, made)


def _by_both(posts: Sequence[tuple[Sequence[Passage], Vectors]]) -> list[scale.Both]:
    """Posts with the other model's vectors → with the bundled one's as well."""
    ours = embed.by_hash((passage for passages, _ in posts for passage in passages), embed.local_encoder())
    return [
        (rows, theirs)
        for passages, theirs in posts
        if (rows := embed.rows([passage.hash for passage in passages], ours)) is not None and len(rows) == len(theirs)
    ]
