"""What benches compare with and grow: the least that writing the same posts costs, and an index as large as wished.

Never used on an archive that matters: everything here overwrites or invents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from pgvector import HalfVector
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database, driver
from core.errors import DatabaseError
from core.search import Wanted
from core.store.incoming import COLUMNS
from core.store.vectors import Spans, Vectors

#: Copies of a post get its id plus a multiple of this.
APART = 1_000_000_000
#: Indexes that are faster built anew than grown.
_HNSW = ("ix_vectors_local_hnsw", "ix_vectors_local_passages")
_JSON = frozenset({"entities", "preview", "raw"})

Rows = Sequence[tuple[Any, ...]]


async def rows(session: AsyncSession) -> Rows:
    """All posts, as `copy` writes them."""
    raw = await driver(session)
    wanted = ", ".join(f"{name}::text" if name in _JSON else name for name in COLUMNS)
    async with raw.cursor() as cursor:
        await cursor.execute(sql.SQL(f"SELECT {wanted} FROM posts ORDER BY id"))
        return await cursor.fetchall()


async def copy(session: AsyncSession, given: Rows) -> None:
    """The bare way in: COPY into a table of no indexes, then INSERT … ON CONFLICT DO NOTHING into `posts`."""
    raw = await driver(session)
    columns = ", ".join(COLUMNS)
    async with raw.cursor() as cursor:
        await cursor.execute(
            sql.SQL(f"CREATE TEMP TABLE bare ON COMMIT DROP AS SELECT {columns} FROM posts WITH NO DATA")
        )
        async with cursor.copy(sql.SQL(f"COPY bare ({columns}) FROM STDIN")) as out:
            for row in given:
                await out.write_row(row)
        await cursor.execute(
            sql.SQL(
                f"INSERT INTO posts ({columns}) SELECT {columns} FROM bare ON CONFLICT (channel_id, message_id) DO NOTHING"
            )
        )


async def crowd(session: AsyncSession, readers: int, choices: int, *, due_at: datetime) -> None:
    """As many readers as wished, all due at once, with so many different choices of topics and lengths, evenly spread.

    Readers of former crowds are gone. A choice leaves out the topics whose bits are set in its number.
    """
    await session.execute(text("TRUNCATE readers, deliveries, messages, bodies CASCADE"))
    await session.execute(
        text("""
            INSERT INTO readers (chat_id, kind, lang, tz, hour, days, length, state, since, due_at, created_at)
            SELECT 1000000 + n, 'person', 'ru', 'UTC', CAST(extract(hour FROM CAST(:due AS timestamptz) AT TIME ZONE 'UTC') AS int),
                '{1,2,3,4,5,6,7}', 'normal', 'active', :since, :due, :since
            FROM generate_series(0, :readers - 1) AS n
        """),
        {"readers": readers, "due": due_at, "since": due_at - timedelta(days=1)},
    )
    await session.execute(
        text("""
            INSERT INTO reader_topics (reader_id, slug)
            SELECT r.id, t.slug FROM readers r
            JOIN (SELECT slug, row_number() OVER (ORDER BY position, slug) - 1 AS bit FROM topics WHERE enabled) t
                ON ((r.chat_id - 1000000) % :choices) >> CAST(t.bit AS int) & 1 = 1
        """),
        {"choices": choices},
    )
    await session.execute(text("ANALYZE readers, reader_topics"))


@contextmanager
def counting(database: Database) -> Iterator[Callable[[], int]]:
    """How many statements this process has sent to the database since the block was entered."""
    seen = 0

    def sent(*_: object) -> None:
        nonlocal seen
        seen += 1

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", sent)
    try:
        yield lambda: seen
    finally:
        event.remove(engine, "before_cursor_execute", sent)


async def empty(session: AsyncSession) -> None:
    """Forget every post, all that was found in them, and every story; channels stay."""
    await session.execute(text("TRUNCATE posts, stories CASCADE"))


async def analyze(session: AsyncSession) -> None:
    """Let the planner know the tables as they are now, as it would by itself in a minute or so."""
    await session.execute(text("ANALYZE"))


async def multiply(session: AsyncSession, times: int, *, window: timedelta) -> int:
    """Grow the index by `times` what it is, as further channels would that post on its last days; the number of posts there.

    Copies lie within `window` before the last post, and are what is counted. A copy has the text of a post under other
    channels and stories. Its keys are its own, but every second
    copy shares those of the one before; its vector lies half way to that of some other post, so that it is as near to
    its neighbours as posts are.
    """
    await session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
    hnsw = [(await session.execute(text(f"SELECT pg_get_indexdef('{name}'::regclass)"))).scalar_one() for name in _HNSW]
    await session.execute(text(f"DROP INDEX {', '.join(_HNSW)}"))
    span = {
        "last": (await session.execute(text("SELECT max(time) FROM indexed_posts"))).scalar_one(),
        "window": window.total_seconds(),
    }
    for copy_ in range(1, times + 1):
        for statement in _COPIES:
            await session.execute(
                text(statement),
                {
                    **span,
                    "copy": copy_,
                    "shift": copy_ * APART,
                    "half": copy_ // 2,
                },
            )
    for definition in hnsw:
        await session.execute(text(definition))
    lying = text(
        "SELECT count(*) FROM indexed_posts WHERE time >= :last - make_interval(secs => CAST(:window AS float8))"
    )
    return int((await session.execute(lying, span)).scalar_one())


def _columns(table: str, **changed: str) -> str:
    """INSERT … SELECT of the rows below the first copy, with some columns changed."""
    names = [name for name in _TABLES[table] if name not in changed]
    into = ", ".join([*names, *changed])
    values = ", ".join([*names, *changed.values()])
    identity = " OVERRIDING SYSTEM VALUE" if table in {"channels", "posts", "stories"} else ""
    return f"INSERT INTO {table} ({into}){identity} SELECT {values} FROM {table} WHERE {_OWN[table]} < {APART}"


_TABLES = {
    "channels": ("kind", "member", "weight", "created_at"),
    "posts": tuple(name for name in COLUMNS if name != "channel_id"),
    "stories": ("created_at", "changed_at"),
    "indexed_posts": (
        "sequence", "dated", "lang", "clean_text", "ad", "ad_reasons", "features", "topics", "made_by",
    ),
    "post_keys": ("kind", "common"),
    "post_lines": ("line", "counts"),
    "links": ("score", "verdict", "reasons"),
}  # fmt: skip
_OWN = {"channels": "id", "posts": "id", "stories": "id", "links": "first"} | dict.fromkeys(
    ("indexed_posts", "post_keys", "post_lines"), "post_id"
)
_SUFFIX = "'~' || CAST(:half AS text)"


#: The time of a copy: as long before the last post as its own, but for whole windows.
_TIME = """CAST(:last AS timestamptz) - make_interval(secs => CAST(
    mod(extract(epoch FROM CAST(:last AS timestamptz) - time), CAST(:window AS numeric)) AS float8))"""


def _each(column: str) -> str:
    return f"ARRAY(SELECT e || {_SUFFIX} FROM unnest({column}) AS e)"


_COPIES = (
    _columns("channels", id="id + :shift", tg_id="tg_id + :shift", name="name || '~' || CAST(:copy AS text)"),
    _columns("posts", id="id + :shift", channel_id="channel_id + :shift", state="'indexed'"),
    _columns("stories", id="id + :shift"),
    _columns(
        "indexed_posts",
        post_id="post_id + :shift",
        channel_id="channel_id + :shift",
        source="source || '~' || CAST(:copy AS text)",
        time=_TIME,
        holder="CAST(channel_id + :shift AS text)",
        text_hash="decode(md5(encode(text_hash, 'hex') || CAST(:copy AS text)), 'hex')",
        keys=_each("keys"),
        self_keys="ARRAY(SELECT e || '~' || CAST(:copy AS text) FROM unnest(self_keys) AS e)",
        refers="ARRAY(SELECT e || '~' || CAST(:copy AS text) FROM unnest(refers) AS e)",
        story_id="story_id + :shift",
    ),
    _columns(
        "post_keys",
        value=f"value || {_SUFFIX}",
        post_id="post_id + :shift",
        time=_TIME,
        holder="holder || '~' || CAST(:copy AS text)",
    ),
    _columns("post_lines", source="source || '~' || CAST(:copy AS text)", post_id="post_id + :shift"),
    _columns("links", first="first + :shift", second="second + :shift"),
    f"""
    INSERT INTO vectors (post_id, model_id, part, start, stop, text_hash, time, vector)
    WITH numbered AS (
        SELECT row_number() OVER (ORDER BY post_id) - 1 AS place, * FROM vectors WHERE part = 0 AND post_id < {APART}
    ), total AS (SELECT count(*) AS posts FROM numbered)
    SELECT a.post_id + :shift, a.model_id, 0, a.start, a.stop, a.text_hash,
        {_TIME.replace("- time)", "- a.time)")}, l2_normalize(a.vector + b.vector)
    FROM numbered a CROSS JOIN total JOIN numbered b ON b.place = (a.place + :copy * 7919) % total.posts
    """,
    f"""
    INSERT INTO vectors (post_id, model_id, part, start, stop, text_hash, time, vector)
    SELECT post_id + :shift, model_id, part, start, stop, decode(md5(encode(text_hash, 'hex') || CAST(:copy AS text)), 'hex'),
        {_TIME}, vector
    FROM vectors WHERE part > 0 AND post_id < {APART}
    """,
)


# --- an archive to search --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """A post and all that the index would make of it; `id` is its number, its message's and its story's.

    `spans`: start, stop and hash of its passages; `vectors`: (1 + passages, dimension), the whole post first.
    """

    id: int
    channel_id: int
    time: datetime
    lang: str
    text: str
    ad: str
    deleted: bool
    topics: Mapping[str, float]
    keys: tuple[str, ...]
    spans: Spans
    vectors: Vectors


async def drop_indexes(session: AsyncSession) -> dict[str, str]:
    """Drop the indexes that `fill` would grow, but for those that keep rows apart; how each is made, by name."""
    rows = await session.execute(
        text("""
            SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE i.indrelid = ANY(CAST(:tables AS regclass[])) AND NOT i.indisunique ORDER BY c.relname
        """),
        {"tables": list(_FILLED)},
    )
    found = {row.name: row.definition for row in rows}
    if found:
        await session.execute(text(f"DROP INDEX {', '.join(found)}"))
    return found


async def build_index(session: AsyncSession, definition: str, *, megabytes: int) -> None:
    """Make an index, in so much memory."""
    await session.execute(text(f"SET LOCAL maintenance_work_mem = '{int(megabytes)}MB'"))
    await session.execute(text(definition))


async def size(session: AsyncSession, index: str) -> int:
    """How large an index is, in bytes."""
    found = await session.execute(text("SELECT pg_relation_size(CAST(:name AS regclass))"), {"name": index})
    return int(found.scalar_one())


async def fill(session: AsyncSession, given: Sequence[Invented], *, model_id: int) -> None:
    """Write invented posts of channels that are there, as if they had been imported and indexed."""
    # What refers to what is known to be right: looking it up takes a quarter of the time.
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    for table, rows_of in _ROWS.items():
        rows = (row for post in given for row in rows_of(post, model_id))
        await _write(session, table, _FILLED[table], rows)


async def _write(
    session: AsyncSession, table: str, columns: Mapping[str, str], given: Iterable[tuple[Any, ...]]
) -> None:
    raw = await driver(session)
    into = sql.SQL(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)")
    async with raw.cursor() as cursor, cursor.copy(into) as out:
        out.set_types(list(columns.values()))
        for row in given:
            await out.write_row(row)


#: The columns of what is filled, with their types, in an order that foreign keys allow.
_FILLED = {
    "stories": {"id": "int8", "created_at": "timestamptz", "changed_at": "timestamptz"},
    "posts": {
        "id": "int8", "channel_id": "int8", "message_id": "int8", "date": "timestamptz", "first_seen": "timestamptz",
        "deleted_at": "timestamptz", "text": "text", "entities": "jsonb", "media": "text[]", "album_ids": "int8[]",
        "raw": "jsonb", "content_hash": "bytea", "state": "text",
    },
    "indexed_posts": {
        "post_id": "int8", "channel_id": "int8", "sequence": "int8", "time": "timestamptz", "dated": "bool", "source": "text",
        "holder": "text", "lang": "text", "clean_text": "text", "ad": "text", "ad_reasons": "text[]", "keys": "text[]",
        "self_keys": "text[]", "refers": "text[]", "features": "jsonb", "topics": "jsonb", "made_by": "text",
        "story_id": "int8",
    },
    "post_keys": {"kind": "text", "value": "text", "post_id": "int8", "time": "timestamptz", "holder": "text"},
    "vectors": {
        "post_id": "int8", "model_id": "int2", "part": "int2", "start": "int4", "stop": "int4", "text_hash": "bytea",
        "time": "timestamptz",
        # As pgvector reads it: bytes go over the wire as they are.
        "vector": "bytea",
    },
}  # fmt: skip


def _story(post: Invented, _: int) -> Iterator[tuple[Any, ...]]:
    yield post.id, post.time, post.time


def _post(post: Invented, _: int) -> Iterator[tuple[Any, ...]]:
    raw = Jsonb({"id": post.id, "text": post.text})
    yield (
        post.id, post.channel_id, post.id, post.time, post.time, post.time if post.deleted else None, post.text, Jsonb([]), [],
        [], raw, b"", "indexed",
    )  # fmt: skip


def _indexed(post: Invented, _: int) -> Iterator[tuple[Any, ...]]:
    holder = str(post.channel_id)
    # Real features are about as large: they share the row with what is searched.
    features = Jsonb({"stems": dict.fromkeys(post.text.split(), 1)})
    yield (
        post.id, post.channel_id, post.id, post.time, True, holder, holder, post.lang, post.text, post.ad, [], list(post.keys),
        [], [], features, Jsonb(dict(post.topics)), "bench", post.id,
    )  # fmt: skip


def _post_keys(post: Invented, _: int) -> Iterator[tuple[Any, ...]]:
    for key in post.keys:
        kind, value = key.split(":", 1)
        yield kind, value, post.id, post.time, str(post.channel_id)


def _vectors(post: Invented, model_id: int) -> Iterator[tuple[Any, ...]]:
    spans = [(0, len(post.text), b""), *post.spans]
    for part, ((start, stop, text_hash), vector) in enumerate(zip(spans, post.vectors, strict=True)):
        yield post.id, model_id, part, start, stop, text_hash, post.time, HalfVector(vector).to_binary()


#: What a post is in each table.
_ROWS = {"stories": _story, "posts": _post, "indexed_posts": _indexed, "post_keys": _post_keys, "vectors": _vectors}


async def vacuum(database: Database) -> None:
    """Let the planner know the tables, and tidy them, as would happen by itself in a minute or so."""
    try:
        async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
            await connection.execute("VACUUM ANALYZE")
    except psycopg.Error as error:
        raise DatabaseError(f"the database gave up: {str(error).strip().splitlines()[0]}") from None


async def nearest(session: AsyncSession, wanted: Wanted, *, most: int) -> list[int]:
    """Posts by meaning, each passage compared, within channels, topics and times: what an index should find."""
    limits = wanted.limits
    rows = await session.execute(
        text("""
            SELECT v.post_id FROM vectors v
            JOIN indexed_posts i ON i.post_id = v.post_id JOIN posts p ON p.id = v.post_id
            WHERE v.model_id = :model AND v.part > 0 AND p.deleted_at IS NULL AND i.ad <> 'ad'
                AND (cardinality(CAST(:channels AS int8[])) = 0 OR i.channel_id = ANY(:channels))
                AND (cardinality(CAST(:topics AS text[])) = 0 OR i.topics ?| CAST(:topics AS text[]))
                AND i.time >= coalesce(CAST(:since AS timestamptz), '-infinity')
                AND i.time < coalesce(CAST(:until AS timestamptz), 'infinity')
            GROUP BY v.post_id ORDER BY min(v.vector <=> CAST(:vector AS halfvec)), v.post_id LIMIT :most
        """),
        {
            "model": wanted.model_id,
            "channels": list(limits.channels),
            "topics": list(limits.topics),
            "since": limits.since,
            "until": limits.until,
            "vector": HalfVector(wanted.vector).to_text(),
            "most": most,
        },
    )
    return [row.post_id for row in rows]
