"""How judged pairs become stories: who is taken together, and how that is parted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Tie
from summarize import cluster, match

USING = match.weights()
Verdicts = dict[tuple[int, int], match.Verdict]


def ties(found: Verdicts) -> dict[tuple[int, int], Tie]:
    return {pair: cluster.tie(verdict) for pair, verdict in found.items()}


def same(score: float, **reasons: str) -> match.Verdict:
    return match.Verdict(kind="same", score=score, reasons=reasons)


VETO = match.Verdict(kind="apart", score=0.0, reasons={"veto": "other version"})

verdicts = st.dictionaries(
    st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda pair: pair[0] < pair[1]),
    st.one_of(st.just(VETO), st.just(match.Verdict(kind="copy", score=1.0)), st.floats(0, 1).map(same)),
)


@given(verdicts, st.randoms(use_true_random=False))
def test_partition_is_independent_of_order(found: Verdicts, shuffler: random.Random) -> None:
    """Every post is in exactly one story, and the order in which posts are given changes nothing."""
    posts = list(range(1, 8))
    expected = cluster.partition(posts, ties(found), using=USING)
    shuffler.shuffle(posts)
    assert cluster.partition(posts, ties(found), using=USING) == expected
    assert sorted(post_id for story in expected for post_id in story) == list(range(1, 8))


def test_one_link_does_not_join_two_groups() -> None:
    """Two groups of two stay apart with one strong link between them, and join with two."""
    found = {(1, 2): same(0.99), (3, 4): same(0.99), (1, 3): same(0.95)}
    assert cluster.partition([1, 2, 3, 4], ties(found), using=USING) == [frozenset({1, 2}), frozenset({3, 4})]
    found[2, 4] = same(0.7)
    assert cluster.partition([1, 2, 3, 4], ties(found), using=USING) == [frozenset({1, 2, 3, 4})]


def test_a_veto_between_groups_counts() -> None:
    """A post that is like one of a story but vetoed by another stays out of it."""
    found = {(1, 2): same(0.95), (1, 3): same(0.6), (2, 3): VETO}
    assert cluster.partition([1, 2, 3], ties(found), using=USING) == [frozenset({1, 2}), frozenset({3})]


def test_forwards_are_one_telling() -> None:
    """Four forwards that resemble a ticker no better than their origin does neither help nor hinder it."""
    found = {pair: match.Verdict(kind="copy", score=1.0) for pair in [(1, 2), (1, 3), (1, 4), (1, 5)]}
    assert cluster.partition([1, 2, 3, 4, 5, 6], ties({**found, (1, 6): same(0.6)}), using=USING) == [
        frozenset(range(1, 7))
    ]
    assert frozenset({6}) in cluster.partition([1, 2, 3, 4, 5, 6], ties({**found, (1, 6): same(0.1)}), using=USING)


def test_a_comment_comes_along_with_its_forward() -> None:
    """A continuation follows the post that it goes on with into its story, however unlike the others."""
    found = {(1, 2): same(0.95, continuation="comment"), (1, 3): same(0.9), (2, 3): same(0.02)}
    assert cluster.partition([1, 2, 3], ties(found), using=USING) == [frozenset({1, 2, 3})]


Graph = dict[tuple[int, int], float]

graphs = st.dictionaries(
    st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from([0.3, 0.45, 0.6, 0.8, 0.9, 1.0]),
)


def around(graph: Graph, posts: set[int]) -> cluster.Neighbourhood:
    """A neighbourhood that knows all ties between some posts."""
    near = cluster.Neighbourhood()
    near.learn(posts, [(*pair, score) for pair, score in graph.items() if posts.issuperset(pair)])
    return near


def pieces(graph: Graph, posts: set[int]) -> dict[int, frozenset[int] | None]:
    near = around(graph, posts)
    return {post: near.piece(post) for post in posts}


@pytest.fixture(autouse=True, scope="module")
def small_pieces() -> Iterator[None]:
    """Pieces of four, so that a dozen posts are a crowd."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "MOST_TOGETHER", 4)
        yield


@given(graphs)
def test_pieces_part_the_posts(graph: Graph) -> None:
    """Every post is in the piece of each post of its piece, and a piece is small unless all its ties are the strongest."""
    found = pieces(graph, set(range(1, 13)))
    for post, piece in found.items():
        assert piece is not None
        assert all(found[other] == piece for other in piece)
        assert post in piece
        inner = around({pair: score for pair, score in graph.items() if score >= cluster.LEVELS[-1]}, set(found))
        assert len(piece) <= 4 or piece == inner.piece(post)


@given(graphs, st.randoms(use_true_random=False))
def test_only_touched_pieces_change(graph: Graph, dice: random.Random) -> None:
    """Posts that come and go, a few at a time, leave the same pieces as if all were cut at once."""
    there: set[int] = set()
    kept: dict[int, frozenset[int]] = {}
    for _ in range(12):
        changed = set(dice.sample(range(1, 13), dice.randint(1, 3)))
        gone = changed & there
        linked = {end for pair in graph if not gone.isdisjoint(pair) and there.issuperset(pair) for end in pair}
        there ^= changed
        kept = {post: piece for post, piece in kept.items() if post in there}
        for piece in around(graph, there).touched((changed | linked) & there):
            assert piece is not None
            kept.update(dict.fromkeys(piece, piece))
        assert kept == pieces(graph, there)


@given(graphs, st.integers(1, 12))
def test_what_is_missing_is_named(graph: Graph, post: int) -> None:
    """Ties learned as they are asked for lead to the same piece as knowing all."""
    near = cluster.Neighbourhood()
    while (found := near.piece(post)) is None:
        wanted = set(near.missing)
        assert wanted
        near.learn(wanted, [(*pair, score) for pair, score in graph.items() if not wanted.isdisjoint(pair)])
    assert found == pieces(graph, set(range(1, 13)))[post]
