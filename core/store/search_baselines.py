"""What searching is measured against: full text alone and vectors alone, as anybody would write them first."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.search import Wanted
from core.store.search import EF_SEARCH, plain, vector_text


async def bare_words(session: AsyncSession, asked: str, *, most: int = 50) -> list[int]:
    """Posts by full text alone: any of the words, ranked by `ts_rank_cd`: what searching is measured against."""
    rows = await session.execute(
        text("""
            WITH asked AS MATERIALIZED (
                SELECT CAST(string_agg(CAST(q AS text), ' | ') AS tsquery) AS query
                FROM unnest(regexp_split_to_array(:asked, '\\s+')) AS word CROSS JOIN LATERAL plainto_tsquery('russian', word) AS q
                WHERE numnode(q) > 0
            )
            SELECT i.post_id FROM indexed_posts i JOIN posts p ON p.id = i.post_id
            WHERE i.words @@ (SELECT query FROM asked) AND p.deleted_at IS NULL AND i.story_id IS NOT NULL AND i.ad <> 'ad'
            ORDER BY ts_rank_cd(i.words, (SELECT query FROM asked)) DESC, i.post_id LIMIT :most
        """),
        {"asked": plain(asked), "most": most},
    )
    return [row.post_id for row in rows]


async def bare_vectors(session: AsyncSession, wanted: Wanted, *, most: int = 50) -> list[int]:
    """Posts by vectors alone, of passages, through the index: what searching is measured against."""
    distance = f"v.vector::halfvec({int(wanted.dimension)}) <=> CAST(:vector AS halfvec({int(wanted.dimension)}))"
    await session.execute(text(f"SET LOCAL hnsw.ef_search = {EF_SEARCH}"))
    rows = await session.execute(
        text(f"""
            SELECT n.post_id FROM (
                SELECT v.post_id, {distance} AS distance FROM vectors v
                WHERE v.part > 0 AND v.model_id = {int(wanted.model_id)} ORDER BY {distance} LIMIT {2 * most}
            ) AS n JOIN indexed_posts i ON i.post_id = n.post_id JOIN posts p ON p.id = n.post_id
            WHERE p.deleted_at IS NULL AND i.story_id IS NOT NULL AND i.ad <> 'ad'
            GROUP BY n.post_id ORDER BY min(n.distance), n.post_id LIMIT :most
        """),
        {"vector": vector_text(wanted), "most": most},
    )
    return [row.post_id for row in rows]
