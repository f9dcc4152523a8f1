"""Narrow questions to a model about posts in the grey: is it an advertisement, do two tell of one event; and what an
answer is worth.

Pure. A post can say what the model shall answer, so an answer counts only as far as the posts bear it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.types import Indexed, Link, StoredPost
from core.written import Judgement
from summarize.brief import Told, brief
from summarize.fence import Fenced, fenced
from summarize.material import text_hash
from summarize.orders import hostile
from summarize.rarity import folded
from summarize.schemas import SameAnswer
from summarize.text import keywords_stems, normalise

SAME, AD = "same", "ad"
#: Tokens of each post that are shown.
POST_TOKENS = 400
#: What a pair is worth that a model has judged to be one event: it joins, but does not outweigh everything else.
JUDGED_SCORE = 0.6
#: Of the words that a model says both posts share, so many must stand in each.
SHARED = 0.5
WHY_LENGTH = 200


def key(*posts: Indexed) -> bytes:
    """What an answer is cached by: the texts asked about with their days, in whichever order."""
    parts = sorted(text_hash(post.clean_text, post.time if post.dated else None) for post in posts)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).digest()


def may_be_asked(posts: Sequence[StoredPost]) -> bool:
    """Whether none of the posts speaks to machines: one that does wants an answer, so it gets no question."""
    return not any(hostile.is_hostile(normalise(post.text)) for post in posts)


def shown(posts: Sequence[StoredPost], indexed: Mapping[int, Indexed], *, marker: str) -> str:
    """The posts as a model sees them, each cut to POST_TOKENS."""
    told = [
        Fenced(
            number=number,
            channel=(post.origin and post.origin.name) or post.channel.name,
            date=post.date,
            text=_cut(indexed[post.id]),
        )
        for number, post in enumerate(posts, start=1)
    ]
    return fenced(told, marker=marker)


def _cut(post: Indexed) -> str:
    told = Told(key=post.post_id, text=post.clean_text, lang=post.lang)
    return brief([told], budget=POST_TOKENS)[post.post_id]


def verdict_on_pair(answer: SameAnswer, one: Indexed, two: Indexed) -> str:
    """The verdict; a "yes" whose shared thing does not stand in both posts is unsure."""
    if answer.verdict != "yes":
        return answer.verdict
    wanted = {folded(stem) for stem in keywords_stems(answer.shared)}
    if not wanted:
        return "unsure"
    for post in (one, two):
        held = {folded(stem) for stem in keywords_stems(post.clean_text)} | set(post.features["names"])
        if len(wanted & held) < SHARED * len(wanted):
            return "unsure"
    return "yes"


def why(text: str) -> str:
    """A model's reason as it is kept: one line."""
    return " ".join(normalise(text).split())[:WHY_LENGTH]


def judged_ad(post: Indexed, judgement: Judgement) -> Indexed:
    """A post in the grey as a model's answer leaves it: only "ad" changes anything, since a post may order the others."""
    if judgement.verdict != AD:
        return post
    reasons = (*post.ad_reasons, f"the model {judgement.model}: {judgement.why}")
    return replace(post, ad="ad", ad_reasons=reasons, topics={})


def applied(link: Link, judgement: Judgement) -> Link:
    """A doubtful link as a model's answer leaves it; unsure means apart."""
    reasons: dict[str, Any] = {**link.reasons, "judge": f"{judgement.verdict}: {judgement.why}"}
    match judgement.verdict:
        case "yes":
            return Link(
                first=link.first,
                second=link.second,
                score=max(link.score, JUDGED_SCORE),
                verdict="same",
                reasons=reasons,
            )
        case "no":
            reasons["veto"] = "judged to be two events"
    return Link(first=link.first, second=link.second, score=0.0, verdict="apart", reasons=reasons)
