"""Stories to one reader's digest: the best by rank, no topic crowding out the others, each story once.

Pure: the answer depends on the set of stories, not on their order.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.types import StoryCard, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Stories under one topic, best first; `topic` is None for those that have none."""

    topic: Topic | None
    cards: tuple[StoryCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one reader is shown of a window of time, and how many stories it was chosen from.

    `since` and `until` bound the window (`until` is not part of it); None where the window is open.
    """

    sections: tuple[Section, ...]
    lang: str
    since: datetime | None
    until: datetime | None
    considered: int


def select(
    cards: Sequence[StoryCard],
    topics: Sequence[Topic],
    *,
    only: Collection[str] = (),
    limit: int,
    lang: str,
    since: datetime | None,
    until: datetime | None,
) -> Digest:
    """At most `limit` stories in sections, the section of the best story first, stories without a topic last.

    `only` keeps stories with one of these topics (slugs). A story stands once, under the first of its topics that is
    in `topics` (and in `only`, if given). No topic takes more than a third of the places, rounded up, while others can
    fill them; if none can, all topics grow alike. Of stories with nearly one title the best stays. Times are aware.
    """
    known = {topic.slug: topic for topic in topics}
    ranked = _distinct(sorted((card for card in cards if _wanted(card, only)), key=_order))
    placed = [(card, _place(card, known, only)) for card in ranked]
    sections: dict[str | None, list[StoryCard]] = {}
    for card, slug in _choose(placed, limit):
        sections.setdefault(slug, []).append(card)
    # the cards come best first, so the sections stand in the order of their best story already
    slugs = [slug for slug in sections if slug is not None] + [None] * (None in sections)
    return Digest(
        sections=tuple(Section(topic=known[slug] if slug else None, cards=tuple(sections[slug])) for slug in slugs),
        lang=lang,
        since=since,
        until=until,
        considered=len({card.id for card in cards}),
    )


def title_key(title: str) -> str:
    """What two titles share that say the same: no case, no punctuation, no emoji, `ё` as `е`.

    A plus or sharp that ends a word stays (C++ is not C#), and so does the gap a point leaves (1.12 is not 11.2). A
    title of nothing but punctuation is its own key.
    """
    text = unicodedata.normalize("NFKC", title).casefold().replace("ё", "е")
    kept = "".join(
        char if unicodedata.category(char)[0] in "LNM" or (char in "+#" and text[index - 1 : index].strip()) else " "
        for index, char in enumerate(text)
    )
    return " ".join(kept.split()) or text.strip()


def _wanted(card: StoryCard, only: Collection[str]) -> bool:
    return not only or any(slug in only for slug in card.topics)


def _place(card: StoryCard, known: Collection[str], only: Collection[str]) -> str | None:
    return next((slug for slug in card.topics if slug in known and (not only or slug in only)), None)


def _order(card: StoryCard) -> tuple[float, float, int, str]:
    """Best first; the newer first among equals. What is not a number ranks last."""
    rank = -math.inf if math.isnan(card.rank) else card.rank
    return (-rank, -card.last_seen.timestamp(), card.id, card.title)


def _distinct(ranked: Iterable[StoryCard]) -> list[StoryCard]:
    ids: set[int] = set()
    titles: set[str] = set()
    kept = []
    for card in ranked:
        key = title_key(card.title)
        if card.id in ids or (key and key in titles):
            continue
        ids.add(card.id)
        titles.add(key)
        kept.append(card)
    return kept


def _choose(placed: Sequence[tuple[StoryCard, str | None]], limit: int) -> list[tuple[StoryCard, str | None]]:
    """The best `limit` of `placed` (best first), in its order, under a cap per topic that grows only if places stay."""
    taken: set[int] = set()
    used: Counter[str] = Counter()
    cap = math.ceil(max(limit, 0) / 3)
    room = min(limit, len(placed))
    while len(taken) < room:
        for index, (_, slug) in enumerate(placed):
            if len(taken) >= room:
                break
            if index in taken or (slug is not None and used[slug] >= cap):
                continue
            taken.add(index)
            if slug is not None:
                used[slug] += 1
        cap += 1
    return [placed[index] for index in sorted(taken)]
