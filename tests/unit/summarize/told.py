"""Builders of what a model is told: posts, what the index holds of them, and an answer to be checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cli import feed
from core.types import Indexed, Post, StoredPost
from core.written import Claim
from summarize import extract, prepare
from summarize.material import Material, material
from summarize.schemas import SummaryAnswer
from summarize.verify import Asked, Verified, verify
from tests.flow.feed import START, post

MARKER = "0123456789abcdef"
PROMPT = f"You edit a short daily digest on machine learning and AI, and posts carry the code {MARKER}."


def stored(number: int, text: str, *, channel: int | None = None, minutes: float | None = None) -> StoredPost:
    """The post `number`, by default of a channel of its own and a minute after the one before."""
    return of(number, post(channel or number, number, text, minutes=number if minutes is None else minutes))


def of(number: int, kept: Post) -> StoredPost:
    return feed._stored(kept, number, kept.channel.tg_id or 0, START)


def indexed(posts: Sequence[StoredPost]) -> dict[int, Indexed]:
    """What the index holds of the posts, without vectors."""
    found = {}
    for item in posts:
        prepared = prepare.read(item, boilerplate=frozenset())
        found[item.id] = prepare.finish(
            prepared, {passage.hash: np.zeros(1, np.float32) for passage in prepared.passages}, []
        )
    return found


def told(*posts: StoredPost, budget: int = 3000, copy_of: dict[int, int] | None = None) -> Material:
    found = material(1, posts, indexed(posts), copy_of or {}, budget=budget)
    assert found is not None
    return found


def answer(*claims: tuple[str, Sequence[int]] | tuple[str, Sequence[int], str], **over: Any) -> SummaryAnswer:
    """An answer with these claims; title and gist are the first one unless given."""
    made = [dict(zip(("text", "posts", "kind"), (*claim, "attributed")[:3], strict=True)) for claim in claims]
    fields: dict[str, Any] = {
        "title": made[0]["text"].rstrip("."),
        "gist": {"text": made[0]["text"], "posts": made[0]["posts"]},
        "claims": made[1:],
        "topics": [],
        "language": "ru",
    }
    return SummaryAnswer.model_validate(fields | over)


def checked(given: SummaryAnswer, *posts: StoredPost, **over: Any) -> Verified:
    """What is left of an answer of these posts."""
    found = over.pop("material", None) or told(*posts)
    sources = [
        extract.Source(
            post_key=item.id,
            channel=prepare.source_of(item),
            text=item.text,
            entities=(),
            lang="ru",
            date=item.time,
            is_copy=False,
            independent=True,
            boilerplate=frozenset(),
        )
        for item in posts
    ]
    fields: dict[str, Any] = {
        "material": found,
        "lang": "ru",
        "prompt": PROMPT,
        "marker": MARKER,
        "likely": frozenset({"llm", "agents"}),
        "earlier": (),
        "extract": extract.extract(sources, lang="ru"),
    }
    return verify(given, Asked(**(fields | over)))


def written(found: Verified) -> list[str]:
    """The sentences of the model's own that are left."""
    return [claim.text for claim in (*found.gist, *found.claims) if not claim.extracted]


def claim_of(found: Verified, part: str) -> Claim:
    """The claim that holds these words."""
    (only,) = [claim for claim in (*found.gist, *found.claims) if part in claim.text]
    return only
