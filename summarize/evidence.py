"""What speaks for or against two posts telling one event, as numbers for the fitted weights.

Pure. Sums are taken by `fsum`, so that the order in which a set yields its members does not show in a score.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from summarize.keys import THINGS, WINDOW
from summarize.views import View, Weighed

#: Within about so long, posts that name one thing mostly speak of one event.
SOON = timedelta(days=1.5)
#: Posts of a dump were written within days or weeks of each other; this is what is assumed.
UNDATED_GAP = timedelta(days=3)

#: Of vectors: what `cosines` returns.
COSINES = ("cos", "cos_lead", "cos_best", "cos_lead_best")
EVIDENCE = (
    *COSINES, "cos_cross", "stems_contained", "lead", "cognates",
    "lead_names", "opening_names", "named_soon", "known", "strangers", "numbers", "numbers_share", "release", "dates", "key",
    "same_event", "other_event", "refers", "adjacent", "same_source", "cross_language", "days", "soon", "brief",
)  # fmt: skip


def evidence(a: View, b: View, *, adjacent: bool) -> dict[str, float]:
    """Everything that speaks for or against, each about 0…1, by the names in EVIDENCE."""
    one, two = a.features, b.features
    crossed = float(a.lang != b.lang)
    cosines = _cosines(a, b)
    return {
        **cosines,
        "cos_cross": crossed * cosines["cos_best"],
        "stems_contained": a.stems.contained(b.stems),
        "lead": a.lead.contained(b.lead),
        "cognates": crossed * len(one.cognates & two.cognates) / max(8, min(len(one.cognates), len(two.cognates))),
        **_names(a, b),
        **_numbers(a.numbers, b.numbers),
        "release": float(not a.releases.isdisjoint(b.releases)),
        "dates": _saturate(2.0 * len(one.dates & two.dates)),
        "key": _key_weight(a, b),
        "same_event": float(bool(one.events & two.events)),
        "other_event": float(bool(one.events and two.events) and not one.events & two.events),
        "refers": float(bool(a.refers & b.self_keys or b.refers & a.self_keys)),
        "adjacent": float(adjacent),
        "same_source": float(a.source == b.source),
        "cross_language": crossed,
        "days": min(1.0, _gap(a, b) / WINDOW),
        "soon": math.exp(-(_gap(a, b) / SOON)),
        "brief": float(min(one.words, two.words) < 25),
    }


def _gap(a: View, b: View) -> timedelta:
    """The time between two posts; an undated one was posted we do not know when, so that it is never "soon"."""
    between = abs(a.time - b.time)
    return between if a.dated and b.dated else max(between, UNDATED_GAP)


def _names(a: View, b: View) -> dict[str, float]:
    """Rare names in common, of leads and of openings, and how much of the openings' names the other post says."""
    shared = a.names.keys() & b.names.keys()
    lead = _named(a, b, shared & a.features.lead_names & b.features.lead_names)
    unknown = _unknown(a, b), _unknown(b, a)
    return {
        "lead_names": lead,
        "opening_names": _named(a, b, shared & a.features.opening_names & b.features.opening_names),
        "named_soon": lead * math.exp(-(_gap(a, b) / SOON)),
        "known": 1.0 - sum(unknown) / 2,
        "strangers": min(unknown),
    }


def _named(a: View, b: View, shared: Collection[str]) -> float:
    return _saturate(math.fsum(min(a.names[name], b.names[name]) ** 2 for name in shared))


def _numbers(one: Weighed, two: Weighed) -> dict[str, float]:
    """Numbers in common, by how telling they are: absolutely, and as a share of the poorer side's."""
    shared = one.shared(two)
    return {"numbers": _saturate(shared), "numbers_share": shared / (min(one.total, two.total) + 1.0)}


def _unknown(post: View, other: View) -> float:
    """The share of the names in a post's opening that the other never says."""
    opening = [name for name in post.features.opening_names if name in post.names]
    total = math.fsum(post.names[name] ** 2 for name in opening)
    return (
        math.fsum(post.names[name] ** 2 for name in opening if name not in other.features.names) / total
        if total
        else 0.5
    )


def _cosines(a: View, b: View) -> dict[str, float]:
    """The cosines of two posts on the scale of the fitted model; zeros where one has no vectors."""
    if len(a.vectors) < 2 or len(b.vectors) < 2:
        return dict.fromkeys(COSINES, 0.0)
    found = dict(zip(COSINES, cosines(a.vectors, b.vectors), strict=True))
    if a.scale is not None:
        found = {name: a.scale.worth(name, value) for name, value in found.items()}
    return {name: max(0.0, value) for name, value in found.items()}


def cosines(a: NDArray[np.floating], b: NDArray[np.floating]) -> tuple[float, float, float, float]:
    """Cosines of whole posts, of leads, the best between any passages, and the worse lead with its best passage.

    `a`, `b`: (1 + passages, dimension) unit rows, the whole post first, at least one passage each.
    """
    every = a @ b.T
    lead = min(float(every[1, 1:].max()), float(every[1:, 1].max()))
    return float(every[0, 0]), float(every[1, 1]), float(every[1:, 1:].max()), lead


def _saturate(value: float) -> float:
    return 1.0 - math.exp(-value / 2)


def _key_weight(a: View, b: View) -> float:
    """One shared thing among one named each is 1; one among thirty of a round-up is next to nothing."""
    things_a = [key for key in a.keys if key.kind in THINGS]
    things_b = [key for key in b.keys if key.kind in THINGS]
    shared = len(set(things_a) & set(things_b))
    return 2 * shared / (len(things_a) + len(things_b)) if shared else 0.0
