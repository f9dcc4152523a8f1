"""Searching the archive: words, vectors of passages and keys in one statement, their lists joined by reciprocal rank fusion.

Deleted posts, advertisements, what keeps returning and what an admin's filter drops are never found. Every word counts by
how rare it is, as the planner's own statistics have it; words that stand nearly everywhere look for nothing while there
are others. Archives reach back for years and questions are mostly about what is new, so the newest posts have lists of
their own beside those of all posts.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.storable import storable
from core.search import FoundPassage, FoundPost, Limits, Wanted
from core.store import filters

#: Posts that words find, and passages that a vector finds, in each list.
BY_WORDS, BY_MEANING = 100, 120
_LETTERS = re.compile(r"[^\W_]+")
#: k of reciprocal rank fusion, as its authors have it.
FUSION = 60
#: A word in more than this share of the posts looks for nothing of its own.
COMMON = 0.05
#: The share of posts that a word has which the statistics do not know.
RARE = 0.0001
#: Bytes of a text for each of its words that the index keeps: Cyrillic letters take two.
ENGLISH, OTHER = 12, 19
#: So many of the newest posts are compared with the vector one by one.
NEWEST = 2500
#: Up to so many posts that pass the limits are, too, which finds all and takes a quarter of the time that the index takes where
#: they are one of thirty; of more, the index finds nearly all.
EXACT = 10_000
#: Candidates that pgvector keeps in one go, and how many it looks at in all to find enough that pass the limits. Of 100,000 posts, 160
#: find 0.89 of the nearest 20, 320 find 0.94 and 500 find 0.96, in the same time within what one run differs from the next.
EF_SEARCH, MOST_SCANNED = 500, 60_000


async def find(session: AsyncSession, wanted: Wanted, *, most: int = 80) -> list[FoundPost]:
    """The `most` best posts, best first by `fused`."""
    # To compile a statement of this size takes longer than to run it; the embedded server does not, others may.
    await session.execute(
        text("""
            SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', :ef, true),
                set_config('hnsw.max_scan_tuples', :scanned, true), set_config('jit', 'off', true)
        """),
        {"ef": str(EF_SEARCH), "scanned": str(MOST_SCANNED)},
    )
    rows = await session.execute(text(_statement(wanted)), _values(wanted) | {"most": most})
    return [_found(row) for row in rows]


async def newest(session: AsyncSession, wanted: Wanted, *, most: int = 80) -> list[FoundPost]:
    """The newest posts within the limits, where nothing is looked for."""
    rows = await session.execute(
        text(f"""
            SELECT i.post_id, i.story_id, i.channel_id, c.name AS channel, i.time, i.lang, i.clean_text, i.source, i.topics, i.keys,
                NULL AS by_words, NULL AS by_meaning, false AS by_key, CAST('{{}}' AS integer[]) AS words, 0.0 AS fused,
                NULL AS passages, NULL AS cosine
            FROM indexed_posts i JOIN channels c ON c.id = i.channel_id
            WHERE {_within(wanted.limits)} AND {_SHOWN} ORDER BY i.time DESC, i.post_id DESC LIMIT :most
        """),
        _values(wanted) | {"most": most},
    )
    return [_found(row) for row in rows]


def _statement(wanted: Wanted) -> str:
    within = _within(wanted.limits)
    lists = [_WORDS, _KEYS]
    ctes = [*_ASKED, _matched(within), *_probable(), _keyed(within)]
    passages, whole = "NULL", "NULL"
    if wanted.vector is not None:
        distance = f"v.vector::halfvec({int(wanted.dimension)}) <=> CAST(:vector AS halfvec({int(wanted.dimension)}))"
        ctes += _near(distance, int(wanted.model_id), within, limited=wanted.limits != Limits())
        lists.append(_MEANING)
        passages, whole = _cosines(distance, int(wanted.model_id))
    return f"""
        WITH {", ".join(ctes)},
        listed AS ({" UNION ALL ".join(lists)}),
        best AS MATERIALIZED (
            SELECT post_id, sum(1.0 / ({FUSION} + place)) AS fused,
                min(place) FILTER (WHERE list = 'words') AS by_words,
                min(place) FILTER (WHERE list = 'meaning') AS by_meaning, bool_or(list = 'keys') AS by_key
            FROM listed GROUP BY post_id ORDER BY fused DESC, post_id LIMIT :most
        )
        SELECT b.*, i.story_id, i.channel_id, c.name AS channel, i.time, i.lang, i.clean_text, i.source, i.topics, i.keys,
            ARRAY(
                SELECT w.place - 1 FROM (SELECT strip(i.words) AS words OFFSET 0) AS s JOIN asked w ON s.words @@ w.query
                ORDER BY w.place
            ) AS words,
            {passages} AS passages, {whole} AS cosine
        FROM best b JOIN indexed_posts i ON i.post_id = b.post_id JOIN channels c ON c.id = i.channel_id
        ORDER BY b.fused DESC, b.post_id
    """


# --- words -----------------------------------------------------------------------------------------------------------

#: What is asked for as queries of one word each, with the share of posts that have it.
_ASKED = (
    """
    known AS MATERIALIZED (
        SELECT CAST(CAST(most_common_elems AS text) AS text[]) AS lexemes, most_common_elem_freqs AS shares FROM pg_stats
        WHERE schemaname = current_schema() AND tablename = 'indexed_posts' AND attname = 'words'
    )
    """,
    """
    queries AS MATERIALIZED (
        SELECT place, plainto_tsquery('russian', word) AS query, tsvector_to_array(to_tsvector('russian', word)) AS lexemes
        FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS w(word, place)
        UNION ALL
        SELECT cardinality(CAST(:words AS text[])) + place, CAST(quote_literal(lower(word)) || ':*' AS tsquery), '{}'
        FROM unnest(CAST(:beginnings AS text[])) WITH ORDINALITY AS w(word, place)
    )
    """,
    f"""
    asked AS MATERIALIZED (
        SELECT place, query, share, -ln(share) AS weight FROM (
            SELECT q.place, q.query, coalesce((
                SELECT min(k.shares[array_position(k.lexemes, lexeme)]) FROM known k, unnest(q.lexemes) AS lexeme
            ), {RARE}) AS share
            FROM queries q WHERE numnode(q.query) > 0
        ) AS shared
    )
    """,
    f"""
    any_of AS MATERIALIZED (
        SELECT max(share) AS share, CAST(string_agg('(' || CAST(query AS text) || ')', ' | ') AS tsquery) AS query FROM asked
        WHERE share <= greatest({COMMON}, (SELECT min(share) FROM asked))
    )
    """,
)


def _matched(within: str) -> str:
    """Posts with any of the words, which the index is asked for word by word.

    Nobody looks into a post: what says how many words it has is the size of its text, which is known without reading it. Whether
    they may be shown is asked of the best alone, since there may be thousands.
    """
    return f"""
    matched AS MATERIALIZED (
        SELECT i.post_id, i.time, sum(w.weight) AS weight, sum(w.weight) / (4 + ln(2 + i.size)) AS score
        FROM any_of a CROSS JOIN asked w CROSS JOIN LATERAL (
            SELECT i.post_id, i.time, octet_length(i.clean_text) / CASE WHEN i.lang = 'en' THEN {ENGLISH} ELSE {OTHER} END AS size
            FROM indexed_posts i
            WHERE i.words @@ CASE WHEN w.share <= a.share THEN w.query ELSE w.query && a.query END AND {within} OFFSET 0
        ) AS i GROUP BY i.post_id, i.time, i.size
    )
    """


def _probable() -> list[str]:
    """The best of these, and the best of the newest, weighed again by how many words they really have.

    They are sorted first, then looked at until there are enough.
    """

    def best(condition: str) -> str:
        return f"""
            (SELECT * FROM (SELECT * FROM matched WHERE {condition} ORDER BY score DESC, time DESC, post_id) AS i
             WHERE {_SHOWN} ORDER BY score DESC, time DESC, post_id LIMIT {2 * BY_WORDS})
        """

    probable = f"""
    probable AS MATERIALIZED ({best("true")} UNION {best("time >= CAST(:fresh AS timestamptz)")})
    """
    weighed = """
    weighed AS MATERIALIZED (
        SELECT p.post_id, p.time, p.weight / (4 + ln(2 + length(i.words))) AS score
        FROM probable p JOIN indexed_posts i ON i.post_id = p.post_id
    )
    """
    return [probable, weighed]


#: The best of all, and the best of the newest.
_WORDS = " UNION ALL ".join(
    f"""
    (SELECT post_id, '{name}' AS list, row_number() OVER (ORDER BY score DESC, time DESC, post_id) AS place
     FROM weighed WHERE {condition} ORDER BY place LIMIT {BY_WORDS})
    """
    for name, condition in (("words", "true"), ("new words", "time >= CAST(:fresh AS timestamptz)"))
)


# --- keys ------------------------------------------------------------------------------------------------------------


def _keyed(within: str) -> str:
    """Posts that hold one of the keys, in order of time: who was first says most."""
    return f"""
    keyed AS MATERIALIZED (
        SELECT i.post_id, i.time FROM indexed_posts i
        WHERE i.post_id IN (
            SELECT k.post_id FROM unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) AS a(kind, value)
            JOIN post_keys k ON k.kind = a.kind AND k.value = a.value
        ) AND {within} AND {_SHOWN} ORDER BY i.time, i.post_id LIMIT {BY_WORDS}
    )
    """


_KEYS = "SELECT post_id, 'keys' AS list, row_number() OVER (ORDER BY time, post_id) AS place FROM keyed"

# --- meaning ---------------------------------------------------------------------------------------------------------


def _near(distance: str, model: int, within: str, *, limited: bool) -> list[str]:
    """The nearest passages: of the newest posts and of the few that pass the limits, one by one; of all others, by the index."""
    few = f"""
    few AS MATERIALIZED (
        SELECT i.post_id, i.time FROM indexed_posts i
        WHERE {within} {"" if limited else "AND i.time >= CAST(:fresh AS timestamptz)"}
        ORDER BY i.time DESC, i.post_id DESC LIMIT {EXACT + 1 if limited else NEWEST}
    )
    """
    newest = f"""
    newest AS MATERIALIZED (
        SELECT min(time) AS since, (SELECT count(*) FROM few) > {EXACT} AS among_more
        FROM (SELECT time FROM few ORDER BY time DESC LIMIT {NEWEST}) AS f
    )
    """
    # An array lets the index look for many posts in one go.
    compared = f"""
    compared AS MATERIALIZED (
        SELECT v.post_id, v.time, ({distance}) + 0 AS distance FROM vectors v WHERE v.post_id = ANY(
            ARRAY(SELECT f.post_id FROM few f CROSS JOIN newest n WHERE NOT n.among_more OR f.time >= n.since)
        ) AND v.model_id = {model} AND v.part > 0
    )
    """
    # What the limits let through may be few: then all has been compared already.
    needed = "(SELECT among_more FROM newest)" if limited else "true"
    # LATERAL keeps to the order of the index: a planner that joins the posts first may join them by comparing all with all.
    indexed = f"""
    indexed AS MATERIALIZED (
        SELECT v.post_id, {distance} AS distance FROM vectors v CROSS JOIN LATERAL (
            SELECT FROM indexed_posts i WHERE i.post_id = v.post_id AND {within} AND {_SHOWN} OFFSET 0
        ) AS i
        WHERE v.part > 0 AND v.model_id = {model} AND {needed} ORDER BY {distance} LIMIT {BY_MEANING}
    )
    """
    lately = f"lately AS MATERIALIZED ({_nearest('time >= (SELECT since FROM newest)')})"
    near = f"near AS MATERIALIZED ({_nearest('true') if limited else 'TABLE lately'} UNION ALL TABLE indexed)"
    return [few, newest, compared, indexed, lately, near]


def _nearest(condition: str) -> str:
    """The nearest of those that are compared and meet a condition; sorted first, then looked at until there are enough."""
    return f"""
        (SELECT i.post_id, i.distance FROM (SELECT * FROM compared WHERE {condition} ORDER BY distance) AS i
         WHERE {_SHOWN} ORDER BY i.distance LIMIT {BY_MEANING})
    """


_MEANING = " UNION ALL ".join(
    f"""
    SELECT post_id, '{name}' AS list, row_number() OVER (ORDER BY min(distance), post_id) AS place FROM {found} GROUP BY post_id
    """
    for name, found in (("meaning", "near"), ("new meaning", "lately"))
)


def _cosines(distance: str, model: int) -> tuple[str, str]:
    """The passages of a post that was found, whatever found it, nearest first; and the post as a whole."""
    of_post = f"FROM vectors v WHERE v.post_id = b.post_id AND v.model_id = {model}"
    passages = f"""
        (SELECT jsonb_agg(jsonb_build_array(n.start, n.stop, 1 - n.distance) ORDER BY n.distance, n.start)
         FROM (SELECT v.start, v.stop, {distance} AS distance {of_post} AND v.part > 0) AS n)
    """
    return passages, f"(SELECT 1 - ({distance}) {of_post} AND v.part = 0)"


# --- limits ----------------------------------------------------------------------------------------------------------

#: What nobody finds, by the row of the index: what says nothing, or sells.
_SAYS = "i.story_id IS NOT NULL AND i.clean_text <> '' AND i.ad <> 'ad'"
#: What nobody finds, by other rows: what is deleted, keeps returning in a channel, or meets a filter that drops. OFFSET 0 has
#: these looked up post by post: joined, they are read as a whole, which takes longer the more posts there are.
_SHOWN = f"""
    EXISTS (SELECT FROM posts p WHERE p.id = i.post_id AND p.deleted_at IS NULL OFFSET 0)
    AND NOT EXISTS (SELECT FROM post_keys k WHERE k.post_id = i.post_id AND k.kind = 'text' AND k.common OFFSET 0)
    AND NOT {filters.DROPPED.format(post="i.post_id")}
"""


def _within(limits: Limits) -> str:
    """What a post `i` must be to be found, by its own row."""
    parts = [_SAYS]
    if limits.channels:
        parts.append("i.channel_id = ANY(:channels)")
    if limits.topics:
        parts.append("i.topics ?| CAST(:topics AS text[])")
    if limits.since is not None:
        parts.append("i.time >= :since")
    if limits.until is not None:
        parts.append("i.time < :until")
    if limits.phrases:
        parts.append(
            "i.words @@ ALL (SELECT phraseto_tsquery('russian', said) FROM unnest(CAST(:phrases AS text[])) AS said)"
        )
    if limits.without:
        parts.append("""
            NOT EXISTS (
                SELECT FROM unnest(CAST(:without AS text[])) AS said
                WHERE numnode(phraseto_tsquery('russian', said)) > 0 AND i.words @@ phraseto_tsquery('russian', said)
            )
        """)
    return " AND ".join(parts)


def _values(wanted: Wanted) -> dict[str, Any]:
    limits = wanted.limits
    given = {
        "channels": list(limits.channels),
        "topics": list(limits.topics),
        "since": limits.since,
        "until": limits.until,
        "phrases": [plain(said) for said in limits.phrases],
        "without": [plain(said) for said in limits.without],
    }
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    values |= {
        "words": [plain(word) for word in wanted.words],
        "beginnings": [word for said in wanted.beginnings for word in _LETTERS.findall(plain(said))[:1]],
        "kinds": [key.partition(":")[0] for key in wanted.keys],
        "names": [storable(key.partition(":")[2]) for key in wanted.keys],
        "now": wanted.now,
        "fresh": wanted.fresh_since,
    }
    if wanted.vector is not None:
        values["vector"] = vector_text(wanted)
    return values


def vector_text(wanted: Wanted) -> str:
    """The vector of what is wanted, as pgvector reads it."""
    return "[" + ",".join(f"{number:.6g}" for number in wanted.vector) + "]"


def plain(said: str) -> str:
    """As the index has its texts."""
    return storable(said.replace("\x00", "")).replace("ё", "е").replace("Ё", "Е")


def _found(row: Row[Any]) -> FoundPost:
    return FoundPost(
        post_id=row.post_id,
        story_id=row.story_id,
        channel_id=row.channel_id,
        channel=row.channel,
        time=row.time,
        lang=row.lang,
        clean_text=row.clean_text,
        source=row.source,
        topics=row.topics,
        keys=tuple(row.keys),
        by_words=row.by_words,
        by_meaning=row.by_meaning,
        by_key=row.by_key,
        words=tuple(row.words),
        fused=float(row.fused),
        passages=tuple(
            FoundPassage(start=start, stop=stop, cosine=cosine) for start, stop, cosine in (row.passages or ())
        ),
        cosine=row.cosine,
    )
