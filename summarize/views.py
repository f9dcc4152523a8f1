"""From indexed posts to what the matcher sees, and which pairs it is asked about.

Pure. `together` does for a few posts in memory what the incremental index does for an archive: measurements run on it,
and tests hold the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from core.types import Indexed
from summarize import keys, match
from summarize.features import Features
from summarize.keys import Holder, Key, KeyKind

#: Posts nearer to each other than this (cosine distance of whole posts) are worth judging.
FARTHEST = 0.6
#: Kinds of keys under which posts look for each other.
NOMINATING = frozenset(KeyKind) - {KeyKind.MESSAGE}


def view(post: Indexed) -> match.View:
    """An indexed post for the matcher, without the keys that mean nothing around it."""
    found = Features.from_json(dict(post.features))
    telling = [_key(value) for value in post.keys if value not in post.common]
    recurring = any(value.startswith(f"{KeyKind.TEXT}:") for value in post.common)
    common_names = {value.split(":", 1)[1] for value in post.common if value.startswith(f"{KeyKind.NAME}:")}
    return match.View(
        post_id=post.post_id,
        channel_id=post.channel_id,
        source=post.source,
        time=post.time,
        dated=post.dated,
        position=post.sequence,
        lang=post.lang,
        ad=post.ad == "ad",
        text_hash=post.text_hash,
        recurring=recurring,
        keys=frozenset(key for key in telling if key.kind in keys.THINGS),
        self_keys=frozenset(Key(KeyKind.MESSAGE, value) for value in post.self_keys),
        refers=frozenset(Key(KeyKind.MESSAGE, value) for value in post.refers),
        names={name: value for name, value in found.names.items() if name not in common_names},
        features=found,
        vectors=np.zeros((0, 1), dtype=np.float32) if post.vectors is None else post.vectors,
    )


def _key(value: str) -> Key:
    kind, _, rest = value.partition(":")
    return Key(KeyKind(kind), rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Verdicts on pairs (smaller id first) and the stories that follow."""

    views: Mapping[int, match.View]
    adjacent: frozenset[tuple[int, int]]
    verdicts: Mapping[tuple[int, int], match.Verdict]
    stories: tuple[frozenset[int], ...]


def together(posts: Sequence[Indexed], using: match.Weights) -> Matched:
    """Match a few posts in memory."""
    views = {post.post_id: view(post) for post in _with_common(posts)}
    near = adjacent(posts)
    pairs = nominated(posts, views) | near
    verdicts = {
        pair: match.judge(views[pair[0]], views[pair[1]], adjacent=pair in near, using=using) for pair in sorted(pairs)
    }

    def judged(first: int, second: int) -> match.Verdict:
        pair = (first, second)
        if pair not in verdicts:
            verdicts[pair] = match.judge(views[first], views[second], adjacent=pair in near, using=using)
        return verdicts[pair]

    stories: list[frozenset[int]] = []
    for component in components(
        list(views), [pair for pair, found in verdicts.items() if found.kind in ("copy", "same")]
    ):
        at_hand: Callable[[int, int], match.Verdict | None] = (
            judged if len(component) <= match.MOST_COMPLETED else lambda first, second: verdicts.get((first, second))
        )
        stories += match.partition(component, at_hand, using=using)
    return Matched(views=views, adjacent=near, verdicts=verdicts, stories=tuple(stories))


def _with_common(posts: Sequence[Indexed]) -> list[Indexed]:
    holders: dict[str, list[Holder]] = defaultdict(list)
    for post in posts:
        for value in post.keys:
            holders[value].append(Holder(post.post_id, post.holder, post.time))
    common: dict[int, set[str]] = defaultdict(set)
    for value, held in holders.items():
        for post_id, is_common in keys.commonness(_key(value).kind, held).items():
            if is_common:
                common[post_id].add(value)
    return [_replace_common(post, frozenset(common[post.post_id])) for post in posts]


def _replace_common(post: Indexed, common: frozenset[str]) -> Indexed:
    return replace(post, common=common)


def nominated(posts: Sequence[Indexed], views: Mapping[int, match.View]) -> set[tuple[int, int]]:
    """Pairs worth judging: a telling key in common, one is or names the other, or alike as a whole."""
    pairs: set[tuple[int, int]] = set()
    holding: dict[str, list[int]] = defaultdict(list)
    for post in _with_common(posts):
        for value in (
            *(key for key in post.keys if key not in post.common),
            *(f"@{key}" for key in {*post.self_keys, *post.refers}),
        ):
            holding[value].append(post.post_id)
    for held in holding.values():
        pairs |= {(min(pair), max(pair)) for pair in combinations(held, 2)}
    embedded = [post.post_id for post in posts if post.vectors is not None]
    if embedded:
        whole = np.stack([views[post_id].vectors[0] for post_id in embedded])
        rows, columns = np.nonzero(whole @ whole.T >= 1 - FARTHEST)
        pairs |= {
            (embedded[row], embedded[column])
            for row, column in zip(rows, columns, strict=True)
            if embedded[row] < embedded[column]
        }
    return {pair for pair in pairs if abs(views[pair[0]].time - views[pair[1]].time) <= keys.WINDOW}


def adjacent(posts: Sequence[Indexed]) -> frozenset[tuple[int, int]]:
    """Pairs (smaller id first) that follow each other directly in their channel within an hour, or in their dump."""
    channels: dict[int, list[Indexed]] = defaultdict(list)
    for post in posts:
        channels[post.channel_id].append(post)
    pairs = set()
    for held in channels.values():
        ordered = sorted(held, key=lambda post: post.sequence)
        for first, second in pairwise(ordered):
            if follows(first, second):
                pairs.add((min(first.post_id, second.post_id), max(first.post_id, second.post_id)))
    return frozenset(pairs)


def follows(first: Indexed | match.View, second: Indexed | match.View) -> bool:
    """Whether the next post of a channel comes soon enough after the one before to be its neighbour."""
    if first.dated and second.dated:
        return abs(second.time - first.time) <= match.CONTINUATION_GAP
    places = [post.sequence if isinstance(post, Indexed) else post.position or 0 for post in (first, second)]
    return places[1] - places[0] == 1


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
