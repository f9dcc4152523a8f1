"""Which stories are to be written, and what of: those whose texts have changed since, or were never written.

Reads only. What costs time, looking for orders in posts and choosing sentences, is done for those that are due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.db.engine import Database
from core.store import index as index_store
from core.store import posts as post_store
from core.store import summaries as store
from core.types import Indexed, StoredPost
from core.written import Summary
from summarize import cards, embed, extract
from summarize import text as texts
from summarize.cards import Ranked
from summarize.material import Material, key, material, own_posts, own_texts
from summarize.orders import hostile, suspicion
from summarize.orders.suspicion import Suspects


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A story that is to be written, with all that deciding needs.

    `likely` are the topics that its posts give reason for, `earlier` the versions written before; `doubted`: some of its
    posts speak to machines, or may, so that `extract` is of what may be quoted of them.
    """

    ranked: Ranked
    material: Material
    extract: extract.Extract
    likely: frozenset[str]
    earlier: tuple[Summary, ...]
    doubted: bool
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """A story whose texts are not those of its newest version."""

    ranked: Ranked
    ordered: Sequence[StoredPost]
    own: Sequence[StoredPost]
    key: bytes


async def find_due(
    database: Database, lot: Sequence[Ranked], *, lang: str, prompt: str, model: str, story_tokens: int
) -> tuple[list[Due], int]:
    """The stories of a lot that are to be written, in their order, and how many are as they should be."""
    ids = [post for story in lot for post in story.post_ids]
    async with database.begin() as session:
        posts = {post.id: post for post in await post_store.by_ids(session, ids)}
        indexed = await index_store.load(session, ids, model_id=0, vectors=False)
        newest = await store.newest(session, [story.id for story in lot], lang=lang)
        changed, current = [], 0
        for story in lot:
            ordered = cards.in_order(posts[post] for post in story.post_ids if post in posts)
            own = own_posts(ordered, indexed, story.copy_of)
            told = own_texts(own, indexed)
            found = key(told, lang=lang, prompt=prompt, model=model)
            known = newest.get(story.id)
            if known is None or known.key != found or known.told.keys() != told.keys():
                if own:
                    changed.append(_Changed(ranked=story, ordered=ordered, own=own, key=found))
                continue
            current += 1
            if known.told != told:  # edits that changed nothing of what is said
                await store.retell(session, known, told)
        earlier = await store.history(session, [story.ranked.id for story in changed], lang=lang)
        extracts = await cards.extracts(session, [story.ranked for story in changed], lang=lang)
    suspects = await asyncio.to_thread(_suspects, changed, indexed)
    due = [_due(story, indexed, suspects, extracts, earlier, lang=lang, story_tokens=story_tokens) for story in changed]
    return [story for story in due if story is not None], current


def _due(
    story: _Changed,
    indexed: Mapping[int, Indexed],
    suspects: Suspects,
    extracts: Mapping[int, extract.Extract],
    earlier: Mapping[int, Sequence[Summary]],
    *,
    lang: str,
    story_tokens: int,
) -> Due | None:
    ranked = story.ranked
    told = material(ranked.id, story.ordered, indexed, ranked.copy_of, budget=story_tokens, suspects=suspects)
    if told is None:
        return None
    doubted = any(post.id in suspects.orders or post.id in suspects.doubtful for post in story.own) or bool(told.orders)
    return Due(
        ranked=ranked,
        material=told,
        extract=_believed(told, lang) if doubted else extracts[ranked.id],
        likely=cards.likely_topics(ranked, indexed),
        earlier=tuple(version for version in earlier.get(ranked.id, ()) if version.written),
        doubted=doubted,
        key=story.key,
    )


def _suspects(changed: Sequence[_Changed], indexed: Mapping[int, Indexed]) -> Suspects:
    """What in the posts' own texts speaks to machines, or may."""
    told = [post for story in changed for post in story.own]
    return suspicion.suspects(
        {post.id: indexed[post.id].clean_text for post in told},
        embed.local_encoder(),
        hostile=[post.id for post in told if hostile.is_hostile(texts.normalise(post.text))],
    )


def _believed(told: Material, lang: str) -> extract.Extract:
    """The posts' own sentences where some of them are suspect: of what may be believed alone."""
    sources = [
        extract.Source(
            post_key=source.post_id, channel=source.source, text=source.quotable, lang=source.lang, date=source.date
        )
        for source in told.sources
        if source.quotable
    ]
    return extract.extract(sources, lang=lang) if sources else extract.NOTHING
