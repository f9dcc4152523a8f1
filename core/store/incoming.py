"""Posts as they come in, from wherever: new ones written, changed ones replaced, albums met by the rows that hold them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import AsyncCursor, sql
from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import driver
from core.db.storable import storable, storable_json
from core.types import Channel, Entity, ImportCounts, Origin, Post, Preview

COLUMNS = (
    "channel_id", "message_id", "dump_key", "position", "date", "first_seen", "edited_at", "text", "entities",
    "origin_name", "origin_channel", "origin_message", "origin_author", "origin_date", "media", "album_ids", "reply_to",
    "views", "forwards", "reactions", "group_id", "preview", "protected", "raw", "content_hash",
)  # fmt: skip
#: Their types: rows go in as COPY's binary format, which neither side has to parse.
_TYPES = (
    "int8", "int8", "text", "int8", "timestamptz", "timestamptz", "timestamptz", "text", "jsonb",
    "text", "int8", "int8", "text", "timestamptz", "text[]", "int8[]", "int8",
    "int8", "int8", "int8", "int8", "jsonb", "bool", "jsonb", "bytea",
)  # fmt: skip
#: What a repeated read may correct without the post having changed for its readers: column → its value. A reaction
#: alone moves the time of the last edit, and Telegram makes previews after the post.
_SILENT = {
    **{name: f"coalesce(i.{name}, p.{name})" for name in ("position", "views", "forwards", "reactions", "preview")},
    "edited_at": "greatest(i.edited_at, p.edited_at)",
    "protected": "i.protected",
    # An album's parts are put together from its record, which an import may have written in another form.
    "raw": "CASE WHEN i.group_id IS NULL THEN p.raw ELSE i.raw END",
}
#: An import tells no groups, and its records are no parts of albums: what an album is made of stays.
_FROM_ALBUM = {
    "group_id": "coalesce(i.group_id, p.group_id)",
    **{
        name: f"CASE WHEN i.group_id IS NULL AND p.group_id IS NOT NULL THEN p.{name} ELSE i.{name} END"
        for name in ("raw", "album_ids", "media")
    },
}
_KEPT = tuple(name for name in COLUMNS if name not in {"channel_id", "message_id", "dump_key", "first_seen"})
_GROUP = COLUMNS.index("group_id")


async def upsert(
    session: AsyncSession, posts: Sequence[Post], *, channels: Mapping[Channel, int], now: datetime
) -> ImportCounts:
    """Write posts of known channels; say how many are new, changed, and as they were. See `upsert_each`."""
    return sum((await upsert_each(session, posts, channels=channels, now=now)).values(), ImportCounts())


async def upsert_each(
    session: AsyncSession,
    posts: Sequence[Post],
    *,
    channels: Mapping[Channel, int],
    now: datetime,
    alive_at: datetime | None = None,
) -> dict[int, ImportCounts]:
    """Write posts of known channels; say of each channel how many are new, changed, and as they were.

    A change keeps the former text as a version and sends the post through the index again. An older edit than the one at
    hand changes nothing. Repeats within `posts`: the last one counts. `alive_at`: the posts were seen at Telegram at that
    time, so that one which was marked as deleted before is none.
    """
    rows = list({_identity(post, channels): _row(post, channels[post.channel], now) for post in posts}.values())
    counts: dict[int, ImportCounts] = {}
    for target in ("channel_id, message_id", "dump_key"):
        part = [row for row in rows if (row[1] is None) == (target == "dump_key")]
        if part:
            for number, found in (await _merge(session, part, target, alive_at)).items():
                counts[number] = counts.get(number, ImportCounts()) + found
    return counts


async def _merge(
    session: AsyncSession, rows: Sequence[tuple[Any, ...]], target: str, alive_at: datetime | None
) -> dict[int, ImportCounts]:
    raw = await driver(session)
    columns = ", ".join(COLUMNS)
    total = Counter(row[0] for row in rows)
    async with raw.cursor() as cursor:
        await _run(cursor, "DROP TABLE IF EXISTS incoming")
        await _run(cursor, f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {columns} FROM posts WITH NO DATA")
        async with cursor.copy(_sql(f"COPY incoming ({columns}) FROM STDIN (FORMAT BINARY)")) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                await copy.write_row(row)
        if any(row[_GROUP] is not None for row in rows):
            await _align_albums(cursor)
        new = await _by_channel(
            cursor,
            f"INSERT INTO posts ({columns}) SELECT {columns} FROM incoming ON CONFLICT ({target}) DO NOTHING "
            "RETURNING channel_id",
        )
        if new == total:
            return {number: ImportCounts(new=count) for number, count in new.items()}
        matched = " AND ".join(f"p.{name} = i.{name}" for name in target.split(", "))
        changed = await _change(cursor, matched)
        silent = ", ".join(f"{name} = {value}" for name, value in _SILENT.items())
        differ = " OR ".join(f"{value} IS DISTINCT FROM p.{name}" for name, value in _SILENT.items())
        await _run(cursor, f"UPDATE posts p SET {silent} FROM incoming i WHERE {matched} AND ({differ})")
        if alive_at is not None:
            await _revive(cursor, matched, alive_at)
    return {
        number: ImportCounts(new=new[number], changed=changed[number], unchanged=count - new[number] - changed[number])
        for number, count in total.items()
    }


async def _by_channel(cursor: AsyncCursor[Any], statement: str) -> Counter[int]:
    """Run a statement that returns `channel_id` of each row that it touched; how many rows of each channel."""
    await cursor.execute(_sql(f"WITH touched AS ({statement}) SELECT channel_id, count(*) FROM touched GROUP BY 1"))
    return Counter(dict(await cursor.fetchall()))


async def _align_albums(cursor: AsyncCursor[Any]) -> None:
    """Have each album of `incoming` meet the row that holds it, by number: that of its first part may have changed.

    An export tells no groups and guesses at albums: a row of the same first part becomes the album's, rows of its other
    parts are superseded.
    """
    same = "p.channel_id = i.channel_id AND i.group_id IS NOT NULL"
    grouped = "SELECT FROM posts g WHERE g.channel_id = i.channel_id AND g.group_id = i.group_id"
    await _run(
        cursor,
        f"""
        UPDATE posts p SET deleted_at = i.first_seen, state = 'new', lease_until = NULL FROM incoming i
        WHERE {same} AND p.group_id IS DISTINCT FROM i.group_id AND p.deleted_at IS NULL
            AND (p.message_id = ANY(i.album_ids) OR (p.message_id = i.message_id AND EXISTS ({grouped})))
        """,
    )
    # A number belongs to one row. Those whose first part is superseded take a number that no message has.
    await _run(
        cursor,
        f"""
        UPDATE posts p SET message_id = -p.id FROM incoming i
        WHERE {same} AND p.message_id = i.message_id AND p.group_id IS DISTINCT FROM i.group_id AND EXISTS ({grouped})
        """,
    )
    await _run(
        cursor,
        f"UPDATE posts p SET group_id = i.group_id FROM incoming i WHERE {same} AND p.message_id = i.message_id "
        "AND p.group_id IS NULL",
    )
    await _run(
        cursor,
        f"""
        UPDATE posts p SET message_id = i.message_id, state = 'new', lease_until = NULL FROM incoming i
        WHERE {same} AND p.group_id = i.group_id AND p.message_id <> i.message_id
        """,
    )


async def _revive(cursor: AsyncCursor[Any], matched: str, alive_at: datetime) -> None:
    await cursor.execute(
        _sql(f"""
            UPDATE posts p SET deleted_at = NULL, state = 'new', lease_until = NULL
            FROM incoming i WHERE {matched} AND p.deleted_at < %s
        """),
        [alive_at],
    )


async def _change(cursor: AsyncCursor[Any], matched: str) -> Counter[int]:
    """Replace what has changed, keeping the former text; how many posts of each channel were replaced."""
    newer = "coalesce(i.edited_at, '-infinity') >= coalesce(p.edited_at, '-infinity')"
    changed = f"{matched} AND p.content_hash <> i.content_hash AND {newer}"
    await _run(
        cursor,
        f"""
        INSERT INTO post_versions (post_id, version, text, entities, edited_at, replaced_at)
        SELECT p.id, p.version, p.text, p.entities, p.edited_at, i.first_seen FROM posts p JOIN incoming i ON {changed}
        WHERE (p.text, p.entities) IS DISTINCT FROM (i.text, i.entities) AND NOT i.protected
        """,
    )
    await _run(
        cursor,
        f"""
        DELETE FROM post_versions v USING posts p, incoming i
        WHERE v.post_id = p.id AND {changed} AND i.protected AND NOT p.protected
        """,
    )
    kept = ", ".join(f"{name} = {_FROM_ALBUM.get(name, f'i.{name}')}" for name in _KEPT)
    return await _by_channel(
        cursor,
        f"""
        UPDATE posts p SET {kept}, version = p.version + 1, state = 'new', lease_until = NULL
        FROM incoming i WHERE {changed} RETURNING i.channel_id
        """,
    )


async def _run(cursor: AsyncCursor[Any], statement: str) -> int:
    """Run a statement made of this module's constants; the number of rows it touched."""
    await cursor.execute(_sql(statement))
    return cursor.rowcount


def _sql(statement: str) -> sql.SQL:
    return sql.SQL(statement)


def _identity(post: Post, channels: Mapping[Channel, int]) -> object:
    if post.message_id is None:
        return post.dump_key
    return channels[post.channel], post.group_id is not None, post.group_id or post.message_id


def _row(post: Post, channel_id: int, now: datetime) -> tuple[Any, ...]:
    origin = post.origin or Origin(name=None)
    entities = storable_json([_entity_json(entity) for entity in post.entities]) if post.entities else "[]"
    content = (
        post.text,
        entities,
        origin.name,
        origin.channel_id,
        origin.message_id,
        post.media,
        post.date,
    )
    return (
        channel_id, post.message_id, post.dump_key, post.position, post.date, now, post.edited_at, _storable(post.text),
        Jsonb(entities, dumps=_as_it_is), _storable(origin.name), origin.channel_id, origin.message_id,
        _storable(origin.author), origin.date, [kind.value for kind in post.media], list(post.album_ids), post.reply_to,
        post.views, post.forwards, post.reactions, post.group_id, _preview(post.preview), post.protected,
        Jsonb(post.raw, dumps=storable_json), hashlib.blake2b(repr(content).encode("utf-8", "replace"), digest_size=16).digest(),
    )  # fmt: skip


def _entity_json(entity: Entity) -> dict[str, Any]:
    value: dict[str, Any] = {"kind": entity.kind.value, "offset": entity.offset, "length": entity.length}
    if entity.url is not None:
        value["url"] = entity.url
    if entity.language is not None:
        value["language"] = entity.language
    return value


def _preview(preview: Preview | None) -> Jsonb | None:
    if preview is None:
        return None
    return Jsonb({name: value for name, value in asdict(preview).items() if value is not None}, dumps=storable_json)


def _as_it_is(value: str) -> str:
    return value


def _storable(value: str | None) -> str | None:
    return value if value is None else storable(value)
