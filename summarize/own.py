"""What the posts of a story say themselves: their sentences, without the lines that their channels put under everything.

The shell around `extract` and `growth`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.engine import Session
from core.store import index as index_store
from core.types import CitedSentence, Indexed, StoredPost
from summarize import extract, growth, prepare
from summarize import text as texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the posts of a story say: in brief, and all that is kept of it, which begins with the sentences of the brief."""

    brief: extract.Extract
    claims: tuple[CitedSentence, ...]


async def boilerplate(session: Session, posts: Sequence[StoredPost]) -> dict[str, frozenset[str]]:
    """Learned lines by source, among the lines of these posts."""
    lines: dict[tuple[str, int], str] = {}
    for post in posts:
        for line in texts.lines_of(texts.normalise(post.text)):
            lines[prepare.source_of(post), prepare.line_hash(line)] = line
    learned = await index_store.boilerplate(session, lines, enough=prepare.BOILERPLATE_POSTS)
    found: dict[str, set[str]] = defaultdict(set)
    for source, number in learned:
        found[source].add(lines[source, number])
    return {source: frozenset(held) for source, held in found.items()}


def sources(
    posts: Sequence[StoredPost],
    indexed: Mapping[int, Indexed],
    copies: Collection[int],
    learned: Mapping[str, frozenset[str]],
) -> list[extract.Source]:
    """The posts of a story as sentences are taken from them."""
    return [
        extract.Source(
            post_key=post.id,
            channel=prepare.source_of(post),
            text=post.text,
            entities=post.entities,
            lang=indexed[post.id].lang,
            date=post.time,
            is_copy=post.id in copies,
            independent=post.id not in copies,
            boilerplate=learned.get(prepare.source_of(post), frozenset()),
        )
        for post in posts
    ]


def own(told: Sequence[extract.Source], *, lang: str | None, came: Mapping[int, datetime] | None = None) -> Own:
    """What the sources say, in `lang` where one has it. With `came` (when what each post says came to us) the claims hold
    what later posts add as well, and say since when each is known.
    """
    brief = extract.extract(told, lang=lang)
    if came is not None:
        arrivals = [growth.Arrival(source=source, at=came[source.post_key]) for source in told]
        return Own(brief=brief, claims=growth.claims(brief, arrivals))
    claims = (CitedSentence(text=sentence.text, post_id=sentence.post_key) for sentence in brief.sentences)
    return Own(brief=brief, claims=tuple(claims))
