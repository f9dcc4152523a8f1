"""Which stories are for one reader: topics, channels, what was shown before, and a little of what the reader liked.

Pure; no model, no network. What decides is gathered in a `Choice`, so that readers with equal choices share one digest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.select import Digest, select
from core.readers import Length, Memory, Opinion, Reader, ShelfStory
from core.types import CitedSentence, StoryCard, Topic

#: Stories of a digest, by its length.
LIMITS = {Length.SHORT: 5, Length.NORMAL: 10, Length.LONG: 20}
#: A post counts as news of a window when it was posted at most so long before it: late posts are not lost, and what is
#: read of a channel's past is no news.
LATE_POSTS = timedelta(hours=48)
#: What thumbs can add to a story's rank, or take away, at most: as much as half of what several sources add.
MOST_TASTE = 0.2
#: So many thumbs about one topic or channel have half of their full effect.
HALF_TASTE = 4
#: Sentences that an update tells.
MOST_NEW = 3
#: What lies between two moments, as Postgres keeps them.
_MOMENT = timedelta(microseconds=1)
#: A pinned story stands before all others.
_PINNED = 100.0

Taste = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All of a reader that decides what is chosen; equal choices of one window give one digest.

    `caps`: (channel, most stories); `taste`: what thumbs have taught, by "topic:SLUG" and "channel:ID"; `told`: stories
    among the candidates that were shown before, each with how many of its claims are new since.
    """

    lang: str
    length: Length
    all_topics: bool
    topics: frozenset[str]
    caps: tuple[tuple[int, int], ...]
    taste: Taste
    told: tuple[tuple[int, int], ...]


def choice(reader: Reader, memory: Memory, candidates: Mapping[int, ShelfStory]) -> Choice:
    """What decides for a reader, of what is known of it."""
    told = [
        (story, len(_new_claims(candidates[story].card, at)))
        for story, at in memory.shown.items()
        if story in candidates
    ]
    return Choice(
        lang=reader.lang,
        length=reader.length,
        all_topics=reader.all_topics,
        topics=reader.topics,
        caps=tuple((cap.channel_id, cap.most) for cap in reader.caps),
        taste=taste(memory.opinions),
        told=tuple(sorted(told)),
    )


def candidates(stories: Sequence[ShelfStory], *, since: datetime) -> dict[int, ShelfStory]:
    """The stories with news since then, by id, in their order."""
    return {
        story.card.id: story
        for story in stories
        if story.arrived_at >= since and story.card.last_seen >= since - LATE_POSTS
    }


def choose(
    stories: Mapping[int, ShelfStory],
    topics: Sequence[Topic],
    who: Choice,
    *,
    since: datetime,
    until: datetime,
    only: str | None = None,
    again: bool = False,
    limit: int | None = None,
) -> Digest:
    """The digest of a window for all readers with this choice.

    A story that was shown before comes back with what is new alone, and only if something is; with `again` it comes back
    whole, in its place by rank: what a reader has missed of a week is mostly the lesser part of it. `only` keeps one topic,
    whatever the reader has left out.
    """
    told = dict(who.told)
    wanted = [story for story in stories.values() if _is_wanted(story, who, only)]
    cards = []
    for story in wanted:
        card = _tasted(story, dict(who.taste))
        if again or story.card.id not in told:
            cards.append(card)
        elif told[story.card.id]:
            cards.append(_update(card, told[story.card.id]))
    cards = _capped(cards, stories, dict(who.caps))
    headings = {slug for story in wanted if story.pinned for slug in story.card.topics[:1]}
    known = [topic for topic in topics if only or topic.slug in headings or not _is_left_out(topic.slug, who)]
    return select(
        cards,
        known,
        only=[] if only is None else [only],
        limit=LIMITS[who.length] if limit is None else limit,
        lang=who.lang,
        since=since,
        until=until,
    )


# --- what is wanted --------------------------------------------------------------------------------------------------


def _is_left_out(slug: str, who: Choice) -> bool:
    return (slug in who.topics) == who.all_topics


def _is_wanted(story: ShelfStory, who: Choice, only: str | None) -> bool:
    """By topics and channels. What an admin has pinned is for everybody.

    Who wants all topics but some loses the stories that are first of all about one of those; who wants a few has every
    story that touches them. A muted channel is no reason to miss what others report as well.
    """
    if only is not None:
        return only in story.card.topics
    if story.pinned:
        return True
    muted = {channel for channel, most in who.caps if most == 0}
    if muted and set(story.channels) <= muted:
        return False
    if who.all_topics:
        return not story.card.topics or story.card.topics[0] not in who.topics
    return bool(who.topics.intersection(story.card.topics))


def _capped(cards: list[StoryCard], stories: Mapping[int, ShelfStory], caps: Mapping[int, int]) -> list[StoryCard]:
    """Without the lesser ones of a channel's stories that nobody else reports, beyond what the reader wants of it."""
    if not caps:
        return cards
    used: Counter[int] = Counter()
    kept = []
    for card in sorted(cards, key=lambda card: -card.rank):
        alone = _only_channel(stories[card.id])
        if alone in caps and not stories[card.id].pinned:
            used[alone] += 1
            if used[alone] > caps[alone]:
                continue
        kept.append(card)
    return kept


def _only_channel(story: ShelfStory) -> int:
    """The channel that alone reports a story; 0, which no channel has, where several do."""
    channels = set(story.channels)
    return channels.pop() if len(channels) == 1 else 0


# --- what is new -----------------------------------------------------------------------------------------------------


def told_until(story: ShelfStory, *, complete: datetime, now: datetime) -> datetime:
    """Up to when, and with that moment, all that came of a story is told where it is shown now: what became known after it
    is news, once it comes to the shelf. `complete`: before then nothing was on its way there (see `shelf.complete_until`).
    """
    known = [claim.known_at for claim in story.card.claims if claim.known_at is not None]
    return min(now, max(complete - _MOMENT, story.arrived_at, *known))


def _new_claims(card: StoryCard, shown_at: datetime) -> list[CitedSentence]:
    return [claim for claim in card.claims if claim.known_at is not None and claim.known_at > shown_at]


def _update(card: StoryCard, new: int) -> StoryCard:
    """The story with its newest claims alone."""
    known = [claim for claim in card.claims if claim.known_at is not None]
    newest = sorted(known, key=lambda claim: claim.known_at.timestamp() if claim.known_at else 0.0)[-new:]
    said = tuple(replace(claim, is_new=True) for claim in card.claims if claim in newest)
    return replace(card, sentences=said[:MOST_NEW], claims=said)


# --- what thumbs teach -----------------------------------------------------------------------------------------------


def taste(opinions: Sequence[Opinion]) -> Taste:
    """What a reader's thumbs say of topics and channels, each from -1 to 1, never quite there.

    `(up - down) / (up + down + HALF_TASTE)`: one thumb is a hint, four say something, and no number of them decides alone.
    """
    sums: dict[str, list[int]] = defaultdict(list)
    for opinion in opinions:
        for slug in opinion.topics[:1]:
            sums[f"topic:{slug}"].append(opinion.value)
        for channel in set(opinion.channels):
            sums[f"channel:{channel}"].append(opinion.value)
    found = {name: sum(values) / (len(values) + HALF_TASTE) for name, values in sums.items()}
    return tuple(sorted((name, round(value, 3)) for name, value in found.items() if value))


def liking(story: ShelfStory, learned: Mapping[str, float]) -> float:
    """What taste adds to a story's rank, from -MOST_TASTE to MOST_TASTE: half by its topic, half by its channels."""
    if not learned:
        return 0.0
    topic = learned.get(f"topic:{story.card.topics[0]}", 0.0) if story.card.topics else 0.0
    channels = [learned.get(f"channel:{channel}", 0.0) for channel in set(story.channels)]
    return round(MOST_TASTE * (topic + (sum(channels) / len(channels) if channels else 0.0)) / 2, 4)


def _tasted(story: ShelfStory, learned: Mapping[str, float]) -> StoryCard:
    """The card with the reader's taste, and with the pin, as parts of its rank."""
    added = {"taste": liking(story, learned), "pinned": _PINNED if story.pinned else 0.0}
    parts = {name: value for name, value in added.items() if value}
    if not parts:
        return story.card
    return replace(story.card, rank=story.card.rank + sum(parts.values()), parts={**story.card.parts, **parts})
