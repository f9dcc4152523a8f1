"""From judged pairs to stories.

Pure: a partition is a function of the verdicts on the pairs of one component.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from summarize.match import Verdict, Weights

#: Components larger than this are partitioned by the verdicts at hand, without judging every pair in them.
MOST_COMPLETED = 40
#: What vetoes between two groups take from their likeness, if all pairs across are vetoed.
VETO_COST = 1.0
#: A score below this is no link: two groups of two or more join by two links at least.
WEAK_LINK = 0.15


def partition(
    posts: Sequence[int], verdict: Callable[[int, int], Verdict | None], *, using: Weights
) -> list[frozenset[int]]:
    """Put the posts of one component into stories, likest groups first.

    Copies and continuations are one telling from the start. Two groups of tellings join while their `_linkage` is at
    least `using.linkage`. Deterministic: ties go to the groups with the smallest ids.
    """
    ordered = sorted(posts)
    tellings = _tellings(ordered, verdict)
    scores = _scores(ordered, tellings, verdict)
    groups = {place: [place] for place in range(len(tellings))}
    likeness = {pair: _linkage(scores[np.ix_([pair[0]], [pair[1]])]) for pair in combinations(sorted(groups), 2)}
    while likeness:
        (first, second), best = min(likeness.items(), key=lambda item: (-item[1], item[0]))
        if best < using.linkage:
            break
        groups[first] += groups.pop(second)
        likeness = {pair: value for pair, value in likeness.items() if second not in pair}
        for other in groups:
            if other != first:
                likeness[_pair(first, other)] = _linkage(scores[np.ix_(groups[first], groups[other])])
    return sorted((frozenset().union(*(tellings[place] for place in group)) for group in groups.values()), key=min)


def _linkage(scores: NDArray[np.float64]) -> float:
    """How much alike two groups are: the mean of the better half of the scores across them, less what was vetoed.

    The better half, since a ticker's line and a long analysis of one event may have little in common but for the posts
    between them; half, so that one link alone joins nothing but two single tellings.
    """
    flat = np.sort(scores, axis=None)[::-1]
    if min(scores.shape) > 1 and flat[1] < WEAK_LINK:
        return 0.0
    best = flat[: (flat.size + 1) // 2]
    return float(np.maximum(best, 0.0).mean() - VETO_COST * (flat < 0).mean())


def _scores(
    posts: Sequence[int], tellings: Sequence[frozenset[int]], verdict: Callable[[int, int], Verdict | None]
) -> NDArray[np.float64]:
    """A symmetric matrix over the tellings: the best score of their posts, 0 where nobody judged, −1 where one is vetoed."""
    place = {post: number for number, telling in enumerate(tellings) for post in telling}
    scores = np.zeros((len(tellings), len(tellings)))
    for one, two in combinations(posts, 2):
        row, column = place[one], place[two]
        found = verdict(one, two)
        if found is not None and row != column and scores[row, column] >= 0:
            scores[row, column] = -1.0 if "veto" in found.reasons else max(scores[row, column], found.score)
            scores[column, row] = scores[row, column]
    return scores


def _tellings(posts: Sequence[int], verdict: Callable[[int, int], Verdict | None]) -> list[frozenset[int]]:
    """Posts with their copies and continuations, in the order of the smallest id."""
    head = {post: post for post in posts}

    def find(post: int) -> int:
        while head[post] != post:
            post = head[post]
        return post

    for first, second in combinations(posts, 2):
        found = verdict(first, second)
        if found is not None and (found.kind == "copy" or "continuation" in found.reasons):
            low, high = sorted((find(first), find(second)))
            head[high] = low
    groups: dict[int, set[int]] = {}
    for post in posts:
        groups.setdefault(find(post), set()).add(post)
    return [frozenset(group) for _, group in sorted(groups.items())]


def _pair(one: int, two: int) -> tuple[int, int]:
    return (one, two) if one < two else (two, one)


def components(posts: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Connected components of a graph, each ascending, in the order of their smallest member."""
    linked: dict[int, list[int]] = defaultdict(list)
    for first, second in pairs:
        linked[first].append(second)
        linked[second].append(first)
    seen: set[int] = set()
    found = []
    for post in sorted(posts):
        if post in seen:
            continue
        stack, members = [post], []
        seen.add(post)
        while stack:
            current = stack.pop()
            members.append(current)
            fresh = [other for other in linked[current] if other not in seen]
            seen.update(fresh)
            stack += fresh
        found.append(sorted(members))
    return found
