"""Matches a few posts in memory, as the incremental index does it for an archive.

Pure. Measurements run on it, and tests hold the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from core.types import Indexed
from summarize import cluster, keys, match
from summarize.keys import Holder, KeyKind
from summarize.views import View, adjacent, view


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Verdicts on pairs (smaller id first) and the stories that follow."""

    views: Mapping[int, View]
    adjacent: frozenset[tuple[int, int]]
    verdicts: Mapping[tuple[int, int], match.Verdict]
    stories: tuple[frozenset[int], ...]


def together(posts: Sequence[Indexed], using: match.Weights) -> Matched:
    """Match a few posts in memory."""
    known = _with_common(posts)
    views = {post.post_id: view(post, using.background) for post in known}
    near = adjacent(known)
    pairs = _nominated(known) | near
    verdicts = {
        pair: match.judge(views[pair[0]], views[pair[1]], adjacent=pair in near, using=using) for pair in sorted(pairs)
    }

    near_by = cluster.Neighbourhood()
    joining = [(*pair, cluster.tie(found).score) for pair, found in verdicts.items() if found.kind in ("copy", "same")]
    near_by.learn(views, joining)
    stories: list[frozenset[int]] = []
    for piece in sorted({piece for post in views if (piece := near_by.piece(post)) is not None}, key=min):
        ties = {pair: cluster.tie(found) for pair, found in verdicts.items() if piece.issuperset(pair)}
        for pair in cluster.missing_pairs(piece, ties):
            verdicts[pair] = match.judge(views[pair[0]], views[pair[1]], adjacent=pair in near, using=using)
            ties[pair] = cluster.tie(verdicts[pair])
        stories += cluster.partition(piece, ties, using=using)
    return Matched(views=views, adjacent=near, verdicts=verdicts, stories=tuple(stories))


def _with_common(posts: Sequence[Indexed]) -> list[Indexed]:
    holders: dict[str, list[Holder]] = defaultdict(list)
    for post in posts:
        for value in post.keys:
            holders[value].append(Holder(post.post_id, post.holder, post.time))
    common: dict[int, set[str]] = defaultdict(set)
    for value, held in holders.items():
        for post_id, is_common in keys.commonness(KeyKind(value.split(":", 1)[0]), held).items():
            if is_common:
                common[post_id].add(value)
    return [replace(post, common=frozenset(common[post.post_id])) for post in posts]


def _nominated(posts: Sequence[Indexed]) -> set[tuple[int, int]]:
    """Pairs worth judging: a telling key in common, one is or names the other, or alike as a whole."""
    pairs: set[tuple[int, int]] = set()
    holding: dict[str, list[int]] = defaultdict(list)
    for post in posts:
        for value in (
            *(key for key in post.keys if key not in post.common),
            *(f"@{key}" for key in {*post.self_keys, *post.refers}),
        ):
            holding[value].append(post.post_id)
    for held in holding.values():
        pairs |= {(min(pair), max(pair)) for pair in combinations(held, 2)}
    whole = {post.post_id: post.vectors[0] for post in posts if post.vectors is not None}
    if whole:
        embedded, every = list(whole), np.stack(list(whole.values()))
        rows, columns = np.nonzero(every @ every.T >= 1 - match.FARTHEST)
        pairs |= {
            (embedded[row], embedded[column])
            for row, column in zip(rows, columns, strict=True)
            if embedded[row] < embedded[column]
        }
    times = {post.post_id: post.time for post in posts}
    return {pair for pair in pairs if abs(times[pair[0]] - times[pair[1]]) <= keys.WINDOW}
