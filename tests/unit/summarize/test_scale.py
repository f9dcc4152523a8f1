"""What another model's cosines are worth in ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest

from core.types import Indexed
from summarize import evidence, match, scale, views
from summarize.features import features
from summarize.scale import Both, Space

OURS, THEIRS, POSTS = 512, 48, 120


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def whole_and_parts(parts: np.ndarray) -> np.ndarray:
    return unit(np.vstack([parts.mean(axis=0, keepdims=True), parts]))


@pytest.fixture(scope="module")
def both() -> list[Both]:
    """Posts on forty subjects by two models that agree on what is alike, not on how much: theirs crowd into a corner."""
    dice = np.random.default_rng(3)
    subjects = dice.normal(size=(40, OURS))
    turn = dice.normal(size=(OURS, THEIRS))
    corner = 3.0 * dice.normal(size=THEIRS)
    found = []
    for number in range(POSTS):
        parts = unit(subjects[number % 40] + 0.8 * dice.normal(size=(1 + number % 4, OURS)))
        found.append((whole_and_parts(parts), whole_and_parts(unit(parts @ turn + corner))))
    return found


@pytest.fixture(scope="module")
def space(both: list[Both]) -> Space:
    return scale.learn(both)


def cosines(both: list[Both], space: Space) -> tuple[np.ndarray, np.ndarray]:
    """(pairs, 4) cosines of ours, and what theirs are worth."""
    assert space.scale is not None
    local = scale.local().background
    own = [(local.taken_from(ours), space.background.taken_from(theirs)) for ours, theirs in both]
    ours, worth = [], []
    for a, b in combinations(own, 2):
        ours.append(evidence.cosines(a[0], b[0]))
        theirs = evidence.cosines(a[1], b[1])
        worth.append([space.scale.worth(name, value) for name, value in zip(evidence.COSINES, theirs, strict=True)])
    return np.array(ours), np.array(worth)


def test_as_many_pairs_are_alike_by_the_other_model(both: list[Both], space: Space) -> None:
    """What their cosines are worth is spread as our cosines are, at the top above all."""
    ours, worth = cosines(both, space)
    for share in (0.5, 0.9, 0.98, 0.995):
        assert np.quantile(worth, share, axis=0) == pytest.approx(np.quantile(ours, share, axis=0), abs=0.05)


def test_as_many_pairs_are_judged(both: list[Both], space: Space) -> None:
    """As many pairs are near enough to be judged by their vectors as by ours."""
    shares = []
    for side, farthest in ((0, match.FARTHEST), (1, space.farthest)):
        whole = np.stack([post[side][0] for post in both])
        alike = (whole @ whole.T)[np.triu_indices(len(both), 1)]
        shares.append(float((alike >= 1 - farthest).mean()))
    assert 0 < shares[0] < 0.5
    assert shares[1] == pytest.approx(shares[0], abs=0.01)


def test_a_scale_rises(space: Space) -> None:
    """What is more alike is worth no less, and equal texts are equal in every model."""
    assert space.scale is not None
    for name, (theirs, ours) in space.scale.points.items():
        assert list(theirs) == sorted(set(theirs))
        assert list(ours) == sorted(ours)
        assert space.scale.worth(name, 1.0) == 1.0


def test_a_scale_comes_back_from_json(space: Space) -> None:
    """What is written into the database is what is read from it."""
    assert scale.from_json(json.loads(json.dumps(scale.to_json(space)))) == space


def test_two_posts_are_enough(both: list[Both]) -> None:
    """However few posts there are, something is learned."""
    assert scale.learn(both[:2]).scale is not None


def test_an_unknown_model_is_taken_as_it_is() -> None:
    """Without a scale, nothing is taken from vectors, and cosines stand for themselves."""
    space = scale.from_json(None)
    assert space == Space(background=views.NO_BACKGROUND, scale=None, farthest=match.FARTHEST)


def test_the_bundled_model_is_compared_as_ever(both: list[Both]) -> None:
    """The bundled model's cosines are to the last bit what products of its vectors are, without the committed background."""
    local = scale.local()
    assert local.background == match.weights().background
    assert local.scale is None
    assert local.farthest == match.FARTHEST
    a, b = (seen(number, both[number][0], local) for number in (2, 42))
    every = a.vectors @ b.vectors.T
    found = evidence.evidence(a, b, adjacent=False)
    assert [found[name] for name in evidence.COSINES] == [
        max(0.0, float(every[0, 0])),
        max(0.0, float(every[1, 1])),
        max(0.0, float(every[1:, 1:].max())),
        max(0.0, min(float(every[1, 1:].max()), float(every[1:, 1].max()))),
    ]


def test_evidence_is_on_our_scale(both: list[Both], space: Space) -> None:
    """Posts of another model speak for each other by what their cosines are worth."""
    a, b = (seen(number, both[number][1], space) for number in (2, 42))
    assert space.scale is not None
    raw = dict(zip(evidence.COSINES, evidence.cosines(a.vectors, b.vectors), strict=True))
    found = evidence.evidence(a, b, adjacent=False)
    assert found["cos"] == max(0.0, space.scale.worth("cos", raw["cos"]))
    assert found["cos_best"] == max(0.0, space.scale.worth("cos_best", raw["cos_best"]))


def test_posts_without_vectors_share_no_meaning(both: list[Both], space: Space) -> None:
    """A post that has no vectors yet is alike to none, and can be judged."""
    a, b = seen(1, None, space), seen(2, both[2][1], space)
    found = evidence.evidence(a, b, adjacent=False)
    assert [found[name] for name in evidence.COSINES] == [0.0] * 4
    assert match.judge(a, b, adjacent=False, using=match.weights()).kind != "same"


def seen(number: int, vectors: np.ndarray | None, space: Space) -> views.View:
    """A post that says nothing else, with these vectors."""
    post = Indexed(
        post_id=number, version=1, channel_id=number, sequence=number, time=datetime(2026, 3, 10, 12, tzinfo=UTC), dated=True,
        source=f"channel {number}", holder=f"channel {number}", lang="en", clean_text="So it goes", ad="no", ad_reasons=(),
        text_hash=None, keys=(), self_keys=(), refers=(), features=features("So it goes", "en").to_json(), topics={},
        made_by="", vectors=vectors,
    )  # fmt: skip
    return views.view(post, space.background, space.scale)
