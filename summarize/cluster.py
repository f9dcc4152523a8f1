"""From judged pairs to stories.

Pure: which posts are taken together, and how these are parted, are functions of the ties between posts.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from core.types import Tie
from summarize.match import Verdict, Weights

#: So many posts are taken together at most, but for copies of one text.
MOST_TOGETHER = 200
#: Up to so many, every pair is judged, also those that nobody nominated.
MOST_COMPLETED = 40
#: Ties below a level are passed over where more posts than MOST_TOGETHER would come together; 0: none, the links' own limit.
LEVELS = (0.0, 0.4, 0.55, 0.7, 0.85, 0.95)
#: What vetoes between two groups take from their likeness, if all pairs across are vetoed.
VETO_COST = 1.0
#: A score below this is no link: two groups of two or more join by two links at least.
WEAK_LINK = 0.15

Pair = tuple[int, int]


def tie(found: Verdict) -> Tie:
    """What a verdict means for the making of stories."""
    whole = found.kind == "copy" or "continuation" in found.reasons
    return Tie(1.0 if whole else found.score, whole=whole, vetoed="veto" in found.reasons)


# --- who is taken together -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Neighbourhood:
    """The ties that hold posts together, as far as they are known, and the pieces that these make.

    A piece is what hangs together by ties of the lowest of LEVELS at which that is no more than MOST_TOGETHER posts: the
    denser the posts, the more they must be alike (single linkage, cut where a branch is small enough). So the cost of a
    post does not grow with the archive, and what comes out depends on the ties alone.
    """

    ties: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)

    def learn(self, posts: Iterable[int], ties: Iterable[tuple[int, int, float]]) -> None:
        """Take up all joining ties of the posts: (post, other, score), in either order."""
        wanted = set(posts)
        self.missing -= wanted
        for post in wanted:
            self.ties[post] = []
        for one, two, score in ties:
            if one in wanted:
                self.ties[one].append((two, score))
            if two in wanted:
                self.ties[two].append((one, score))

    def piece(self, post: int, *, without: frozenset[int] = frozenset()) -> frozenset[int] | None:
        """The piece that holds a post, as if the posts `without` were not there.

        None if that hangs on posts whose ties are not known; they are then in `missing`.
        """
        found = self._cut(post, without)
        return None if found is None else found[1]

    def _cut(self, post: int, without: frozenset[int]) -> tuple[float, frozenset[int]] | None:
        for level in LEVELS:
            most = None if level == LEVELS[-1] else MOST_TOGETHER
            found, unknown = self._reached(post, level, without, most)
            if most is not None and len(found) > most:
                continue
            self.missing |= unknown
            return None if unknown else (level, frozenset(found))
        raise AssertionError("the last level takes any number")

    def _reached(self, post: int, level: float, without: frozenset[int], most: int | None) -> tuple[set[int], set[int]]:
        """Posts that hang together with one, no further than one more than `most`; those of them that are unknown."""
        found, unknown, stack = {post}, set(), [post]
        while stack and (most is None or len(found) <= most):
            current = stack.pop()
            if current not in self.ties:
                unknown.add(current)
                continue
            fresh = {other for other, score in self.ties[current] if score >= level} - found - without
            found |= fresh
            stack += fresh
        return found, unknown

    def touched(self, posts: Collection[int]) -> Iterator[frozenset[int] | None]:
        """The pieces that have to be parted anew after posts came, went or changed, these among `posts`; some repeatedly.

        These are the pieces of `posts`, and what becomes of a piece that was one until they came: it may have grown too
        large. None: more must be known.
        """
        changed = frozenset(posts)
        for post in sorted(changed):
            now = self._cut(post, frozenset())
            yield None if now is None else now[1]
            if now is not None and now[0] == LEVELS[0]:
                continue  # whatever was a piece before, without the post, is in this one whole
            for other in sorted({other for other, _ in self.ties.get(post, ())} - changed):
                before = self.piece(other, without=changed)
                yield from (None,) if before is None else (self.piece(member) for member in sorted(before))


def components(posts: Sequence[int], pairs: Sequence[Pair]) -> list[list[int]]:
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


# --- how they are parted ---------------------------------------------------------------------------------------------


def partition(posts: Iterable[int], ties: Mapping[Pair, Tie], *, using: Weights) -> list[frozenset[int]]:
    """Put the posts of one piece into stories, likest groups first (agglomerative clustering).

    `ties`: by (smaller id, larger id), of these posts alone. Copies and continuations are one telling from the start. Two
    groups of tellings join while their `_linkage` is at least `using.linkage`. Deterministic: ties in likeness go to the
    groups with the smallest ids.
    """
    tellings = _tellings(sorted(posts), ties)
    across = _scores(tellings, ties)
    size = dict.fromkeys(range(len(tellings)), 1)
    groups = {number: set(telling) for number, telling in enumerate(tellings)}
    likeness: dict[Pair, float] = {}
    queue: list[tuple[float, Pair]] = []

    def weigh(one: int, two: int) -> None:
        pair = _pair(one, two)
        likeness[pair] = _linkage(across[one][two], size[one], size[two])
        if likeness[pair] >= using.linkage:
            heapq.heappush(queue, (-likeness[pair], pair))

    for pair in sorted({_pair(one, two) for one, others in across.items() for two in others}):
        weigh(*pair)
    while queue:
        value, (first, second) = heapq.heappop(queue)
        if second not in groups or first not in groups or likeness[first, second] != -value:
            continue
        groups[first] |= groups.pop(second)
        size[first] += size.pop(second)
        across[first].pop(second)
        for other, scores in across.pop(second).items():
            if other != first:
                across[other].pop(second)
                across[first][other] = across[other][first] = across[first].get(other, []) + scores
        for other in across[first]:
            weigh(first, other)
    return sorted((frozenset(group) for group in groups.values()), key=min)


def _linkage(scores: Sequence[float], one: int, two: int) -> float:
    """How much alike two groups of `one` and `two` tellings are: the mean of the better half of the scores across them,
    less what was vetoed. `scores` are those that were judged, −1 where vetoed; all others are 0.

    The better half, since a ticker's line and a long analysis of one event may have little in common but for the posts
    between them; half, so that one link alone joins nothing but two single tellings.
    """
    pairs = one * two
    best = sorted((score for score in scores if score > 0), reverse=True)
    if min(one, two) > 1 and (len(best) < 2 or best[1] < WEAK_LINK):
        return 0.0
    half = (pairs + 1) // 2
    return sum(best[:half]) / half - VETO_COST * sum(score < 0 for score in scores) / pairs


def _scores(tellings: Sequence[frozenset[int]], ties: Mapping[Pair, Tie]) -> dict[int, dict[int, list[float]]]:
    """For each telling, by number, the score of each other that was judged: the best of their posts; −1 if one is vetoed."""
    place = {post: number for number, telling in enumerate(tellings) for post in telling}
    best: dict[Pair, float] = {}
    for (one, two), found in sorted(ties.items()):
        pair = _pair(place[one], place[two])
        if pair[0] != pair[1] and best.get(pair, 0.0) >= 0:
            best[pair] = -1.0 if found.vetoed else max(best.get(pair, 0.0), found.score)
    across: dict[int, dict[int, list[float]]] = defaultdict(dict, {number: {} for number in range(len(tellings))})
    for (first, second), score in best.items():
        across[first][second] = across[second][first] = [score]
    return across


def _tellings(posts: Sequence[int], ties: Mapping[Pair, Tie]) -> list[frozenset[int]]:
    """Posts with their copies and continuations, in the order of the smallest id."""
    return [frozenset(group) for group in components(posts, [pair for pair, found in ties.items() if found.whole])]


def missing_pairs(posts: Iterable[int], ties: Mapping[Pair, Tie]) -> list[Pair]:
    """The pairs of a piece that are still to be judged before it is parted: none if it is large, or of two."""
    ordered = sorted(posts)
    if not 2 < len(ordered) <= MOST_COMPLETED:
        return []
    return [pair for pair in combinations(ordered, 2) if pair not in ties]


def _pair(one: int, two: int) -> Pair:
    return (one, two) if one < two else (two, one)
