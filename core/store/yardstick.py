"""What benches compare with and grow: the least that writing the same posts costs, and an index as large as wished.

Never used on an archive that matters: everything here overwrites or invents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from psycopg import sql
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database, driver
from core.store.incoming import COLUMNS

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
