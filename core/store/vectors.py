"""Vectors of posts and the models that made them: one model is active, the vectors of others may stand beside its own.

Whoever changes texts, and the vectors made of them, holds VECTORS_LOCK shared; whoever writes vectors of texts that were read
earlier, or makes another model the active one, holds it alone, after the matcher's lock.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.errors import DatabaseError

#: The row of `embedding_models` that the bundled model has; its HNSW index belongs to the tables.
LOCAL = 1
#: So many numbers of half precision fit into a node of pgvector's HNSW index.
MOST_DIMENSIONS = 4000
VECTORS_LOCK = 7_110_005
#: Held for as long as a command moves the archive to another model.
MOVE_LOCK = 7_110_006

Vectors = NDArray[np.float32]
#: start, stop and hash of each passage, as `core.types.Indexed` has them.
Spans = tuple[tuple[int, int, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingModel:
    """A model that makes vectors; `scale` says how they are compared, None: as they are."""

    id: int
    name: str
    dimension: int
    scale: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unembedded:
    """A post of the index that has a text, but no vectors of a model."""

    post_id: int
    time: datetime
    clean_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Vectors, the whole post first, that were made of `clean_text` and of its passages."""

    post_id: int
    clean_text: str
    passages: Spans
    vectors: Vectors


# --- models ----------------------------------------------------------------------------------------------------------


async def hold(session: AsyncSession, *, alone: bool) -> None:
    """Take VECTORS_LOCK until the transaction ends."""
    await session.execute(
        text(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(:number)"), {"number": VECTORS_LOCK}
    )


async def active(session: AsyncSession) -> EmbeddingModel:
    """The model by whose vectors stories are found."""
    rows = await session.execute(text("SELECT id, name, dimension, scale FROM embedding_models WHERE active"))
    return _model(rows.one())


async def local(session: AsyncSession) -> EmbeddingModel:
    """The bundled model."""
    rows = await session.execute(
        text("SELECT id, name, dimension, scale FROM embedding_models WHERE id = :id"), {"id": LOCAL}
    )
    return _model(rows.one())


async def ensure(session: AsyncSession, name: str, dimension: int) -> EmbeddingModel:
    """The model of that name, noted if it is new; an earlier one keeps the dimension that it had."""
    await session.execute(
        text("INSERT INTO embedding_models (name, dimension) VALUES (:name, :dimension) ON CONFLICT (name) DO NOTHING"),
        {"name": name, "dimension": dimension},
    )
    rows = await session.execute(
        text("SELECT id, name, dimension, scale FROM embedding_models WHERE name = :name"), {"name": name}
    )
    return _model(rows.one())


def _model(row: Any) -> EmbeddingModel:  # noqa: ANN401  a row of SQLAlchemy has no type of its own
    return EmbeddingModel(id=row.id, name=row.name, dimension=row.dimension, scale=row.scale)


async def activate(session: AsyncSession, model_id: int, *, scale: Mapping[str, Any] | None) -> None:
    """Make a model the one by whose vectors stories are found, and note how these are compared."""
    # One after the other: the index that allows one active row is looked at row by row.
    await session.execute(
        text("UPDATE embedding_models SET active = false WHERE active AND id <> :id"), {"id": model_id}
    )
    await session.execute(
        text("UPDATE embedding_models SET active = true, scale = CAST(:scale AS jsonb) WHERE id = :id"),
        {"id": model_id, "scale": None if scale is None else json.dumps(scale)},
    )


async def create_index(session: AsyncSession, model: EmbeddingModel) -> None:
    """The HNSW indexes of a model's whole posts and of their passages, unless they are there.

    Made before the first vector is, so that it is empty at first and grows with every row. Building it at the end would be
    faster in all, but would either keep posts from being written meanwhile, for minutes, or, CONCURRENTLY, stand outside
    transactions and leave an invalid index behind when it is killed. Growing hides behind the endpoint, which takes longer.
    """
    if model.id == LOCAL:
        return
    for name, parts in _indexes(model.id).items():
        await session.execute(
            text(f"""
                CREATE INDEX IF NOT EXISTS {name} ON vectors
                USING hnsw ((vector::halfvec({int(model.dimension)})) halfvec_cosine_ops)
                WHERE {parts} AND model_id = {int(model.id)}
            """)
        )


def _indexes(model_id: int) -> dict[str, str]:
    """The names of a model's indexes, and which rows each holds."""
    return {f"ix_vectors_hnsw_{int(model_id)}": "part = 0", f"ix_vectors_passages_{int(model_id)}": "part > 0"}


@asynccontextmanager
async def moving(database: Database) -> AsyncIterator[bool]:
    """Be the one who moves the archive to another model, for the block; False if somebody else is.

    Held on a connection of its own: Postgres frees it when this process dies, however it does.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(database.dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"the database gave up: {str(error).strip().splitlines()[0]}") from None
    async with connection:
        row = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [MOVE_LOCK])).fetchone()
        yield row is not None and bool(row[0])


# --- vectors ---------------------------------------------------------------------------------------------------------

_LACKING = """
    FROM indexed_posts i WHERE i.clean_text ~ '[^[:space:]]' AND NOT EXISTS (
        SELECT FROM vectors v WHERE v.post_id = i.post_id AND v.model_id = :model AND v.part = 0
    )
"""


async def missing(
    session: AsyncSession, model_id: int, *, limit: int, after: Unembedded | None = None
) -> list[Unembedded]:
    """Posts of the index with a text and without vectors of the model, newest first; those that come `after` another."""
    later = "" if after is None else "AND (i.time, i.post_id) < (:time, :post)"
    bounds = {} if after is None else {"time": after.time, "post": after.post_id}
    rows = await session.execute(
        text(
            f"SELECT i.post_id, i.time, i.clean_text {_LACKING} {later} ORDER BY i.time DESC, i.post_id DESC LIMIT :limit"
        ),
        {"model": model_id, "limit": limit, **bounds},
    )
    return [Unembedded(post_id=row.post_id, time=row.time, clean_text=row.clean_text) for row in rows]


async def lacking(session: AsyncSession, model_id: int, *, longest: int) -> tuple[int, int]:
    """How many posts lack vectors of the model, and how many characters these have, none more than `longest`."""
    row = (
        await session.execute(
            text(f"""
                SELECT count(*) AS posts, coalesce(sum(least(char_length(i.clean_text), :longest)), 0) AS characters
                {_LACKING}
            """),
            {"model": model_id, "longest": longest},
        )
    ).one()
    return int(row.posts), int(row.characters)


async def write(session: AsyncSession, model_id: int, posts: Sequence[Embedded]) -> list[int]:
    """Keep vectors of posts that still have the text which they were made of; says which these are.

    The caller holds the matcher's lock and then VECTORS_LOCK alone, so that no text changes, and no post goes, meanwhile.
    """
    rows = await session.execute(
        text("SELECT post_id, time, clean_text FROM indexed_posts WHERE post_id = ANY(:ids)"),
        {"ids": [post.post_id for post in posts]},
    )
    held = {row.post_id: row for row in rows}
    current = [post for post in posts if post.post_id in held and held[post.post_id].clean_text == post.clean_text]
    ids = [post.post_id for post in current]
    await session.execute(
        text("DELETE FROM vectors WHERE post_id = ANY(:ids) AND model_id = :model"), {"ids": ids, "model": model_id}
    )
    await insert(session, [row for post in current for row in rows_of(post, model_id, held[post.post_id].time)])
    return ids


def rows_of(post: Embedded, model_id: int, time: datetime) -> list[dict[str, Any]]:
    """Rows of `vectors`: the whole post as part 0, then its passages."""
    spans = [(0, len(post.clean_text), b""), *post.passages]
    return [
        {
            "post_id": post.post_id,
            "model_id": model_id,
            "part": part,
            "start": start,
            "stop": stop,
            "text_hash": text_hash,
            "time": time,
            "vector": HalfVector(vector).to_text(),
        }
        for part, ((start, stop, text_hash), vector) in enumerate(zip(spans, post.vectors, strict=True))
    ]


async def insert(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows as `rows_of` makes them."""
    if rows:
        await session.execute(
            text("""
                INSERT INTO vectors (post_id, model_id, part, start, stop, text_hash, time, vector)
                VALUES (:post_id, :model_id, :part, :start, :stop, :text_hash, :time, CAST(:vector AS halfvec))
            """),
            list(rows),
        )


async def load(session: AsyncSession, ids: Sequence[int], model_id: int) -> dict[int, Vectors]:
    """Arrays (1 + passages, dimension) of posts by id, the whole post first; of those that have vectors of the model."""
    rows = await session.execute(
        text("""
            SELECT post_id, array_agg(halfvec_send(vector) ORDER BY part) AS rows FROM vectors
            WHERE post_id = ANY(:ids) AND model_id = :model GROUP BY post_id
        """),
        {"ids": list(ids), "model": model_id},
    )
    return {row.post_id: np.stack([_array(bytes(value)) for value in row.rows]) for row in rows}


async def by_hash(session: AsyncSession, model_id: int, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
    """Vectors that a model has made of passages with these hashes, in whatever post."""
    rows = await session.execute(
        text("""
            SELECT DISTINCT ON (text_hash) text_hash, halfvec_send(vector) AS vector FROM vectors
            WHERE text_hash = ANY(:hashes) AND model_id = :model AND part > 0 ORDER BY text_hash, post_id, part
        """),
        {"hashes": list(hashes), "model": model_id},
    )
    return {bytes(row.text_hash): _array(bytes(row.vector)) for row in rows}


def _array(sent: bytes) -> Vectors:
    """A vector as pgvector sends it: two 16-bit numbers (dimension, unused), then big-endian half floats."""
    return np.frombuffer(sent, dtype=">f2", offset=4).astype(np.float32)


async def sample(session: AsyncSession, model_id: int, *, limit: int) -> dict[int, str]:
    """The clean texts, by id, of some posts that have vectors of the model: always the same ones, from all over."""
    rows = await session.execute(
        text("""
            SELECT i.post_id, i.clean_text FROM vectors v JOIN indexed_posts i ON i.post_id = v.post_id
            WHERE v.model_id = :model AND v.part = 0 ORDER BY md5(CAST(v.post_id AS text)) LIMIT :limit
        """),
        {"model": model_id, "limit": limit},
    )
    return {row.post_id: row.clean_text for row in rows}


async def others(session: AsyncSession, model_id: int) -> list[int]:
    """Other models of which there are vectors."""
    rows = await session.execute(
        text("""
            SELECT m.id FROM embedding_models m WHERE m.id <> :model
                AND EXISTS (SELECT FROM vectors v WHERE v.model_id = m.id AND v.part = 0) ORDER BY m.id
        """),
        {"model": model_id},
    )
    return [row.id for row in rows]


async def drop(session: AsyncSession, model_id: int, *, limit: int) -> int:
    """Forget a model's vectors of up to `limit` posts; says of how many. The caller holds what `write` asks for."""
    rows = await session.execute(
        text("""
            WITH gone AS (SELECT post_id FROM vectors WHERE model_id = :model AND part = 0 LIMIT :limit)
            DELETE FROM vectors v USING gone WHERE v.post_id = gone.post_id AND v.model_id = :model RETURNING v.part
        """),
        {"model": model_id, "limit": limit},
    )
    return sum(row.part == 0 for row in rows)


async def drop_index(session: AsyncSession, model_id: int) -> None:
    """Remove the HNSW indexes of a model without vectors; in a transaction of its own, since nobody reads `vectors` meanwhile."""
    if model_id != LOCAL:
        await session.execute(text(f"DROP INDEX IF EXISTS {', '.join(_indexes(model_id))}"))
