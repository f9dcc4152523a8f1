"""What the index holds of posts: lines, keys, features, vectors. All of it can be made again from `posts`."""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.store import vectors as vector_store
from core.types import Indexed

#: Advisory locks: learning boilerplate and judging pairs must each see all that came before.
LINES_LOCK = 7_110_002
MATCH_LOCK = 7_110_003
#: Up to so many vectors of EXACT_DIMENSION numbers are compared one by one, which costs no more than walking the HNSW graph;
#: of longer ones, fewer.
EXACT, EXACT_DIMENSION = 4000, 512


async def lock(session: AsyncSession, number: int) -> None:
    """Wait until no other transaction holds this advisory lock; it is ours until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


# --- lines -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lines:
    """The line hashes of one post and whose lines they are; `counts`: they make boilerplate, see `PostLineRow`."""

    source: str
    hashes: frozenset[int]
    counts: bool


async def replace_lines(session: AsyncSession, lines: Mapping[int, Lines], *, enough: int) -> list[int]:
    """Keep the lines of posts (by post id), replacing earlier ones.

    Returns the ids of other posts with a line that has thereby become boilerplate of its source (in `enough` posts), or
    ceased to be: they have to be cleaned again.
    """
    ids = list(lines)
    former = await session.execute(text("SELECT source, line FROM post_lines WHERE post_id = ANY(:ids)"), {"ids": ids})
    rows = [(of.source, line, post, of.counts) for post, of in lines.items() for line in sorted(of.hashes)]
    touched = sorted({(row.source, row.line) for row in former} | {(source, line) for source, line, _, _ in rows})
    before = await _line_counts(session, touched, at_most=enough)
    await session.execute(text("DELETE FROM post_lines WHERE post_id = ANY(:ids)"), {"ids": ids})
    if rows:
        sources, hashes, posts, counts = (list(column) for column in zip(*rows, strict=True))
        await session.execute(
            text("""
                INSERT INTO post_lines (source, line, post_id, counts)
                SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:lines AS bigint[]), CAST(:posts AS bigint[]),
                    CAST(:counts AS boolean[]))
            """),
            {"sources": sources, "lines": hashes, "posts": posts, "counts": counts},
        )
    after = await _line_counts(session, touched, at_most=enough)
    flipped = [key for key in touched if (before[key] >= enough) != (after[key] >= enough)]
    return await _holders_of_lines(session, flipped, ids)


async def _line_counts(
    session: AsyncSession, keys: Sequence[tuple[str, int]], *, at_most: int
) -> dict[tuple[str, int], int]:
    """In how many posts each line stands, counted no further than `at_most`."""
    rows = await session.execute(
        text("""
            SELECT k.source, k.line, n.posts
            FROM unnest(CAST(:sources AS text[]), CAST(:lines AS bigint[])) AS k(source, line)
            CROSS JOIN LATERAL (
                SELECT count(*) FROM
                (SELECT 1 FROM post_lines l WHERE l.source = k.source AND l.line = k.line AND l.counts LIMIT :most) AS found
            ) AS n(posts)
        """),
        {"sources": [source for source, _ in keys], "lines": [line for _, line in keys], "most": at_most},
    )
    return {(row.source, row.line): row.posts for row in rows}


async def _holders_of_lines(session: AsyncSession, keys: Sequence[tuple[str, int]], but: Sequence[int]) -> list[int]:
    rows = await session.execute(
        text("""
            SELECT DISTINCT l.post_id FROM unnest(CAST(:sources AS text[]), CAST(:lines AS bigint[])) AS k(source, line)
            JOIN post_lines l USING (source, line) WHERE l.post_id <> ALL(:ids)
        """),
        {"sources": [source for source, _ in keys], "lines": [line for _, line in keys], "ids": list(but)},
    )
    return [row.post_id for row in rows]


async def boilerplate(
    session: AsyncSession, keys: Iterable[tuple[str, int]], *, enough: int
) -> frozenset[tuple[str, int]]:
    """Which of these lines (source, hash) stand in at least `enough` posts of their source."""
    counts = await _line_counts(session, sorted(set(keys)), at_most=enough)
    return frozenset(key for key, count in counts.items() if count >= enough)


# --- posts, keys, vectors --------------------------------------------------------------------------------------------

_FIELDS = (
    "post_id", "channel_id", "sequence", "time", "dated", "source", "holder", "lang", "clean_text", "ad", "ad_reasons",
    "text_hash", "keys", "self_keys", "refers", "features", "topics", "made_by",
)  # fmt: skip


async def write(session: AsyncSession, posts: Sequence[Indexed], *, model_id: int, labelled_by: str = "") -> None:
    """Keep what was found in posts, replacing what was known; their story stays until they are matched again.

    Their vectors are of the model `model_id`; a post may lack them. `labelled_by` names the taxonomy that their topics are of;
    unknown, they are labelled once more. No filter has looked at them.
    """
    if not posts:
        return
    # Not left to the columns' defaults: a post that is indexed again has a row already.
    fields = (*_FIELDS, "labelled_by", "filtered_by")
    columns = ", ".join(fields)
    values = ", ".join(f":{name}" for name in fields).replace(":features", "CAST(:features AS jsonb)")
    values = values.replace(":topics", "CAST(:topics AS jsonb)")
    updates = ", ".join(f"{name} = excluded.{name}" for name in fields if name != "post_id")
    await session.execute(
        text(f"INSERT INTO indexed_posts ({columns}) VALUES ({values}) ON CONFLICT (post_id) DO UPDATE SET {updates}"),
        [{**_values(post), "labelled_by": labelled_by, "filtered_by": ""} for post in posts],
    )
    await _forget_vectors(session, posts, model_id)
    await vector_store.insert(session, [row for post in posts for row in _vector_rows(post, model_id)])


async def _forget_vectors(session: AsyncSession, posts: Sequence[Indexed], model_id: int) -> None:
    """Forget the model's own vectors of the posts, and those of other models where the text is another.

    Another model's vectors of an old text must go: the archive may be on its way to that model, which takes a post that has
    vectors for done. Where passages and time are what they were (new rules, an edit of a link), they stay: they were paid for.
    """
    await session.execute(
        text("""
            DELETE FROM vectors v
            USING unnest(CAST(:ids AS bigint[]), CAST(:spans AS bytea[]), CAST(:times AS timestamptz[])) AS p(id, spans, time)
            WHERE v.post_id = p.id AND (v.model_id = :model OR p.spans IS DISTINCT FROM (
                SELECT string_agg(int4send(w.start) || int4send(w.stop) || w.text_hash, '' ORDER BY w.part) FROM vectors w
                WHERE w.post_id = v.post_id AND w.model_id = v.model_id AND w.time = p.time
            ))
        """),
        {
            "ids": [post.post_id for post in posts],
            "spans": [_spans(post) for post in posts],
            "times": [post.time for post in posts],
            "model": model_id,
        },
    )


def _spans(post: Indexed) -> bytes:
    """What the vectors of a post are of: the whole text, then each passage, as `_forget_vectors` puts a post's rows together."""
    whole = (0, len(post.clean_text), b"")
    return b"".join(struct.pack(">ii", start, stop) + text_hash for start, stop, text_hash in (whole, *post.passages))


def _values(post: Indexed) -> dict[str, Any]:
    value = {name: getattr(post, name) for name in _FIELDS}
    for name in ("ad_reasons", "keys", "self_keys", "refers"):
        value[name] = list(value[name])
    value["features"] = json.dumps(post.features, ensure_ascii=False).replace("\\u0000", "")
    value["topics"] = json.dumps(post.topics)
    return value


def _vector_rows(post: Indexed, model_id: int) -> list[dict[str, Any]]:
    if post.vectors is None:
        return []
    embedded = vector_store.Embedded(
        post_id=post.post_id, clean_text=post.clean_text, passages=post.passages, vectors=post.vectors
    )
    return vector_store.rows_of(embedded, model_id, post.time)


async def clean_texts(session: AsyncSession) -> AsyncIterator[str]:
    """The cleaned texts of all posts but advertisements, in the order of their ids, a few at a time."""
    rows = await session.stream(text("SELECT clean_text FROM indexed_posts WHERE ad <> 'ad' ORDER BY post_id"))
    async for row in rows:
        yield row.clean_text


async def forget(session: AsyncSession, ids: Sequence[int]) -> None:
    """Remove posts from the index; `posts` keeps them. Their keys go when they are matched out."""
    for table in ("indexed_posts", "vectors", "filter_hits"):
        await session.execute(text(f"DELETE FROM {table} WHERE post_id = ANY(:ids)"), {"ids": list(ids)})


async def load(session: AsyncSession, ids: Sequence[int], *, model_id: int, vectors: bool = True) -> dict[int, Indexed]:
    """Indexed posts by id, with their vectors and with which of their keys are common."""
    wanted = list(ids)
    columns = ", ".join(f"i.{name}" for name in (*_FIELDS, "story_id"))
    rows = await session.execute(
        text(f"""
            SELECT {columns}, p.version, array(
                SELECT k.kind || ':' || k.value FROM post_keys k WHERE k.post_id = i.post_id AND k.common
            ) AS common
            FROM indexed_posts i JOIN posts p ON p.id = i.post_id WHERE i.post_id = ANY(:ids)
        """),
        {"ids": wanted},
    )
    arrays = await vector_store.load(session, wanted, model_id) if vectors else {}
    return {row.post_id: _indexed(row, arrays.get(row.post_id)) for row in rows}


def _indexed(row: Row[Any], vectors: NDArray[np.float32] | None) -> Indexed:
    return Indexed(
        post_id=row.post_id,
        version=row.version,
        channel_id=row.channel_id,
        sequence=row.sequence,
        time=row.time,
        dated=row.dated,
        source=row.source,
        holder=row.holder,
        lang=row.lang,
        clean_text=row.clean_text,
        ad=row.ad,
        ad_reasons=tuple(row.ad_reasons),
        text_hash=None if row.text_hash is None else bytes(row.text_hash),
        keys=tuple(row.keys),
        self_keys=tuple(row.self_keys),
        refers=tuple(row.refers),
        features=row.features,
        topics=row.topics,
        made_by=row.made_by,
        vectors=vectors,
        common=frozenset(row.common),
        story_id=row.story_id,
    )


# --- keys of posts ---------------------------------------------------------------------------------------------------


async def replace_keys(
    session: AsyncSession, keys: Sequence[tuple[str, str, int, datetime, str]], ids: Sequence[int]
) -> list[tuple[str, str, datetime]]:
    """Keep the keys (kind, value, post, time, holder) of the posts `ids`, replacing earlier ones.

    Returns every (kind, value, time) that came, went or stayed: around it, a key may have become common or rare.
    """
    former = await session.execute(
        text("DELETE FROM post_keys WHERE post_id = ANY(:ids) RETURNING kind, value, time"), {"ids": list(ids)}
    )
    touched = {(row.kind, row.value, row.time) for row in former}
    if keys:
        kinds, values, posts, times, holders = (list(column) for column in zip(*keys, strict=True))
        await session.execute(
            text("""
                INSERT INTO post_keys (kind, value, post_id, time, holder)
                SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:posts AS bigint[]),
                    CAST(:times AS timestamptz[]), CAST(:holders AS text[]))
                ON CONFLICT DO NOTHING
            """),
            {"kinds": kinds, "values": values, "posts": posts, "times": times, "holders": holders},
        )
        touched |= set(zip(kinds, values, times, strict=True))
    return sorted(touched)


async def key_holders(
    session: AsyncSession, spans: Sequence[tuple[str, str, datetime, datetime]], *, at_most: int
) -> list[Row[Any]]:
    """Who holds each key within its span of time: rows (kind, value, post_id, holder, time, common), `at_most` a span."""
    rows = await session.execute(
        text("""
            SELECT s.kind, s.value, r.post_id, r.holder, r.time, r.common
            FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:lows AS timestamptz[]),
                CAST(:highs AS timestamptz[])) AS s(kind, value, low, high)
            CROSS JOIN LATERAL (
                SELECT k.post_id, k.holder, k.time, k.common FROM post_keys k
                WHERE k.kind = s.kind AND k.value = s.value AND k.time BETWEEN s.low AND s.high
                ORDER BY k.time LIMIT :most
            ) AS r
        """),
        {
            "kinds": [span[0] for span in spans],
            "values": [span[1] for span in spans],
            "lows": [span[2] for span in spans],
            "highs": [span[3] for span in spans],
            "most": at_most,
        },
    )
    return list(rows)


async def mark_common(session: AsyncSession, keys: Sequence[tuple[str, str, int]], *, common: bool) -> None:
    """Set the flag of (kind, value, post) rows."""
    if keys:
        kinds, values, posts = (list(column) for column in zip(*keys, strict=True))
        await session.execute(
            text("""
                UPDATE post_keys k SET common = :common
                FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:posts AS bigint[])) AS s(kind, value, post)
                WHERE k.kind = s.kind AND k.value = s.value AND k.post_id = s.post
            """),
            {"kinds": kinds, "values": values, "posts": posts, "common": common},
        )


# --- who might tell the same story -----------------------------------------------------------------------------------


async def sharing_keys(session: AsyncSession, ids: Sequence[int], *, window: timedelta) -> list[tuple[int, int]]:
    """Pairs of a post of `ids` and another that share a key which is common around neither."""
    rows = await session.execute(
        text("""
            SELECT DISTINCT a.post_id AS one, b.post_id AS two FROM post_keys a
            JOIN post_keys b ON b.kind = a.kind AND b.value = a.value AND NOT b.common AND b.post_id <> a.post_id
                AND b.time BETWEEN a.time - CAST(:window AS interval) AND a.time + CAST(:window AS interval)
            WHERE a.post_id = ANY(:ids) AND NOT a.common
        """),
        {"ids": list(ids), "window": window},
    )
    return [(row.one, row.two) for row in rows]


async def nearest(
    session: AsyncSession,
    ids: Sequence[int],
    *,
    model_id: int,
    dimension: int,
    window: timedelta,
    farthest: float,
    limit: int,
) -> list[tuple[int, int]]:
    """Pairs of a post of `ids` and one of its `limit` nearest within `window`, at most `farthest` away (cosine distance).

    A post without vectors is near to none. Windows of up to EXACT posts are searched exactly; larger ones through the HNSW
    index, whose scan goes on until enough posts of the window are found (pgvector's iterative scan), and which finds
    nearly all.
    """
    few = EXACT * EXACT_DIMENSION // max(dimension, EXACT_DIMENSION)
    crowded = await _crowded(session, ids, model_id=model_id, window=window, few=few)
    bounds = {"window": window, "farthest": farthest, "limit": limit + 1}
    found: list[tuple[int, int]] = []
    for some, exactly in (([post for post in ids if post not in crowded], True), (sorted(crowded), False)):
        if some:
            found += await _nearest(session, some, bounds, model_id=model_id, dimension=dimension, exactly=exactly)
    return found


async def _nearest(
    session: AsyncSession,
    ids: Sequence[int],
    bounds: Mapping[str, Any],
    *,
    model_id: int,
    dimension: int,
    exactly: bool,
) -> list[tuple[int, int]]:
    distance = f"v.vector::halfvec({int(dimension)}) <=> a.vector::halfvec({int(dimension)})"
    # The index serves only the bare expression: adding nothing to it makes the search exact.
    ordered = f"({distance}) + 0" if exactly else distance
    await session.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
    await session.execute(text("SET LOCAL hnsw.ef_search = 100"))
    # Before the tables are analysed (after a large import), the planner would sort the whole window.
    await session.execute(text(f"SET LOCAL enable_sort = {'on' if exactly else 'off'}"))
    rows = await session.execute(
        text(f"""
            SELECT a.post_id AS one, b.post_id AS two FROM vectors a
            CROSS JOIN LATERAL (
                SELECT v.post_id, {distance} AS distance FROM vectors v
                WHERE v.part = 0 AND v.model_id = {int(model_id)}
                    AND v.time BETWEEN a.time - CAST(:window AS interval) AND a.time + CAST(:window AS interval)
                ORDER BY {ordered} LIMIT :limit
            ) AS b
            WHERE a.post_id = ANY(:ids) AND a.part = 0 AND a.model_id = {int(model_id)}
                AND b.post_id <> a.post_id AND b.distance <= :farthest
        """),
        {"ids": list(ids), **bounds},
    )
    await session.execute(text("SET LOCAL enable_sort = on"))
    return [(row.one, row.two) for row in rows]


async def _crowded(
    session: AsyncSession, ids: Sequence[int], *, model_id: int, window: timedelta, few: int
) -> set[int]:
    """Which of the posts have more than `few` others within `window` of their day.

    Days are counted one by one, each no further than that: as one question on all posts, the planner walks the index of
    all times.
    """
    found = await session.execute(
        text("SELECT post_id, time FROM vectors WHERE post_id = ANY(:ids) AND part = 0 AND model_id = :model"),
        {"ids": list(ids), "model": model_id},
    )
    held: dict[date, list[int]] = defaultdict(list)
    for row in found:
        held[row.time.astimezone(UTC).date()].append(row.post_id)
    crowded: set[int] = set()
    for day, posts in held.items():
        begins = datetime.combine(day, time(), UTC)
        count = await session.execute(
            text(f"""
                SELECT count(*) FROM (
                    SELECT 1 FROM vectors WHERE part = 0 AND model_id = {int(model_id)} AND time BETWEEN :low AND :high
                    LIMIT {int(few) + 1}
                ) AS some_of_them
            """),
            {"low": begins - window, "high": begins + timedelta(days=1) + window},
        )
        if int(count.scalar_one()) > few:
            crowded.update(posts)
    return crowded


async def referring(session: AsyncSession, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of a post of `ids` and another, where one is, forwards, replies to or links the message that the other is."""
    rows = await session.execute(
        text("""
            SELECT a.post_id AS one, b.post_id AS two FROM indexed_posts a
            JOIN indexed_posts b ON b.self_keys && (a.self_keys || a.refers) AND b.post_id <> a.post_id
            WHERE a.post_id = ANY(:ids)
            UNION
            SELECT a.post_id, b.post_id FROM indexed_posts a
            JOIN indexed_posts b ON b.refers && a.self_keys AND b.post_id <> a.post_id
            WHERE a.post_id = ANY(:ids)
        """),
        {"ids": list(ids)},
    )
    return [(row.one, row.two) for row in rows]


async def present(session: AsyncSession, ids: Sequence[int]) -> list[int]:
    """Which of the posts are in the index."""
    rows = await session.execute(
        text("SELECT post_id FROM indexed_posts WHERE post_id = ANY(:ids)"), {"ids": list(ids)}
    )
    return [row.post_id for row in rows]


async def neighbours(session: AsyncSession, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of posts that follow each other directly in their channel, one of which is in `ids`; earlier one first.

    In a dump, only posts that stand next to each other in its order.
    """
    rows = await session.execute(
        text("""
            SELECT i.post_id, i.dated, i.sequence, before.post_id AS before, before.sequence AS before_sequence,
                after.post_id AS after, after.sequence AS after_sequence
            FROM indexed_posts i
            LEFT JOIN LATERAL (
                SELECT b.post_id, b.sequence FROM indexed_posts b
                WHERE b.channel_id = i.channel_id AND b.sequence < i.sequence ORDER BY b.sequence DESC LIMIT 1
            ) AS before ON true
            LEFT JOIN LATERAL (
                SELECT a.post_id, a.sequence FROM indexed_posts a
                WHERE a.channel_id = i.channel_id AND a.sequence > i.sequence ORDER BY a.sequence LIMIT 1
            ) AS after ON true
            WHERE i.post_id = ANY(:ids)
        """),
        {"ids": list(ids)},
    )
    pairs: set[tuple[int, int]] = set()
    for row in rows:
        if row.before is not None and (row.dated or row.before_sequence == row.sequence - 1):
            pairs.add((row.before, row.post_id))
        if row.after is not None and (row.dated or row.after_sequence == row.sequence + 1):
            pairs.add((row.post_id, row.after))
    return sorted(pairs)
