"""How important a story is: a sum of parts, each documented here and shown by `svodka why`.

Pure. The parts are chosen so that no one of them decides: what several independent channels report, what their readers
reacted to, what is new and what has substance comes first. `docs/ranking.md` explains them to operators.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: What each part adds at its most.
WEIGHTS: Mapping[str, float] = {
    "sources": 0.40,
    "spread": 0.10,
    "engagement": 0.15,
    "channel": 0.15,
    "freshness": 0.20,
    "substance": 0.30,
}
#: A story loses half of its freshness in this time.
HALF_LIFE = timedelta(hours=24)
#: Views and reactions arrive with about this time constant, so a young post is compared with what it should have by now.
ENGAGEMENT_TIME = timedelta(hours=10)
#: An announcement that may be an advertisement, or a post that says hardly anything, should not head a digest.
DOUBTFUL = -0.25
#: Filters of admins together raise or sink a story by no more than this, which is most of what all else adds up to; to stand
#: first whatever the others are is what pins are for.
MOST_FILTERED = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What ranking knows of one post. `typical`: the median engagement of its channel, None where unknown."""

    time: datetime
    source: str
    is_copy: bool
    weight: float
    engagement: int | None
    typical: float | None
    words: int
    names: int
    numbers: int
    things: int
    doubtful: bool


def parts(posts: Sequence[Facts], *, now: datetime, boosts: Sequence[float] = ()) -> dict[str, float]:
    """The parts of a story's rank by name, each at most its entry in WEIGHTS (and `doubtful` at most 0).

    `boosts`: the weights of the filters that raise or sink the story, each filter once.
    """
    own = [post for post in posts if not post.is_copy] or list(posts)
    sources = len({post.source for post in own})
    values = {
        "sources": 1 - 2.0 ** (1 - sources),
        "spread": 1 - 2.0 ** (-(len(posts) - len(own)) / 3),
        "engagement": _engagement(posts, now),
        "channel": max(_channel(post.weight) for post in posts),
        "freshness": 0.5 ** (max(timedelta(0), now - max(post.time for post in posts)) / HALF_LIFE),
        "substance": max(_substance(post) for post in own),
    }
    result = {name: round(WEIGHTS[name] * value, 4) for name, value in values.items()}
    if all(post.doubtful for post in posts):
        result["doubtful"] = DOUBTFUL
    if boosts:
        result["filter"] = round(max(-MOST_FILTERED, min(MOST_FILTERED, sum(boosts))), 4)
    return result


def _engagement(posts: Sequence[Facts], now: datetime) -> float:
    """The best ratio of a post to what is typical of its channel at that age: 0.5 is typical, 1 is far above."""
    ratios = []
    for post in posts:
        if post.engagement is None or not post.typical:
            continue
        age = max(timedelta(minutes=30), now - post.time)
        expected = post.typical * (1 - math.exp(-age / ENGAGEMENT_TIME))
        ratios.append(math.log2((post.engagement + 1) / (expected + 1)))
    return 1 / (1 + 2 ** -max(ratios)) if ratios else 0.0


def _channel(weight: float) -> float:
    """An operator's weight: 1 is neutral and gives half, 2 two thirds, 0 nothing."""
    return weight / (1 + weight) if weight > 0 else 0.0


def _substance(post: Facts) -> float:
    """Length up to a screen, and what can be checked: names, numbers, links to the thing itself."""
    length = min(1.0, post.words / 90)
    facts = 1 - math.exp(-(0.5 * post.names + 0.5 * post.numbers + 1.5 * post.things) / 6)
    return length * (0.4 + 0.6 * facts)
