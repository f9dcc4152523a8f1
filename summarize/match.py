"""Same story? Judges a pair of posts.

Pure: a verdict is a function of the two posts, their neighbourhood flag and the committed weights. So neither the size of
a batch nor the order of arrival matters.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from summarize import evidence, vetoes
from summarize.features import Features
from summarize.keys import WINDOW
from summarize.views import NO_BACKGROUND, Background, View, order

Kind = Literal["copy", "same", "maybe", "apart"]

#: Posts nearer to each other than this (cosine distance of whole posts) are worth judging.
FARTHEST = 0.6
#: Shares of shingles above which one text repeats another, wholly or as a cut repost.
NEAR_COPY = 0.8
#: Above this share two texts are made from one template, so that what differs is what they say.
TEMPLATE = 0.45
#: Fewer words than this are a greeting, not a text that can be copied.
LEAST_COPIED_WORDS = 7
#: Verdicts below this are not worth a row or a reason, unless they are a veto between posts that look alike.
WORTH_KEEPING = 0.1
#: What posts must share of rare names and numbers, of wording, or of meaning, to tell one event.
SHARED, WORDING, MEANING = 0.2, 0.3, 0.6
#: The share of the threshold that the score of two posts without anything specific reaches at most.
VAGUE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided of a pair, how surely (0…1), and why: names of the evidence with their values."""

    kind: Kind
    score: float
    reasons: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A fitted logistic regression over `evidence`, with the probabilities that part same | maybe | apart."""

    version: str
    model: str
    weights: Mapping[str, float]
    bias: float
    same: float
    maybe: float
    linkage: float
    background: Background = NO_BACKGROUND


@cache
def weights() -> Weights:
    """The committed weights (`data/matcher.json`, written by `svodka eval fit`)."""
    value = json.loads(resources.files("summarize").joinpath("data/matcher.json").read_text("utf-8"))
    plain = {name: value[name] for name in ("version", "model", "weights", "bias", "same", "maybe", "linkage")}
    return Weights(**plain, background=Background(tuple(map(tuple, value.get("background", ())))))


def judge(a: View, b: View, *, adjacent: bool, using: Weights) -> Verdict:
    """Decide whether two posts tell one story. Symmetric in `a` and `b`.

    `adjacent`: they follow each other directly in their channel or at their common origin.
    """
    a, b = sorted((a, b), key=order)
    if a.self_keys & b.self_keys:
        return Verdict(
            kind="copy", score=1.0, reasons={"origin": sorted(key.value for key in a.self_keys & b.self_keys)}
        )
    if barred := _barred(a, b):
        return Verdict(kind="apart", score=0.0, reasons={"veto": barred})
    copied = _copy(a, b)
    if copied is not None:
        return copied
    if adjacent and (part := vetoes.continues(a, b)):
        return Verdict(kind="same", score=0.95, reasons={"continuation": part})
    veto = vetoes.veto(a, b)
    if veto:
        return Verdict(kind="apart", score=0.0, reasons={"veto": veto})
    return _weigh(a, b, adjacent=adjacent, using=using)


def _barred(a: View, b: View) -> str | None:
    if a.ad or b.ad:
        return "ad"
    return "too far apart in time" if abs(a.time - b.time) > WINDOW else None


def _weigh(a: View, b: View, *, adjacent: bool, using: Weights) -> Verdict:
    found = evidence.evidence(a, b, adjacent=adjacent)
    score = probability(found, using)
    if not _specific(found):
        # Alike in subject is not the same event: without anything that both name, it stays a maybe.
        score = min(score, VAGUE * using.same)
    kind: Kind = "same" if score >= using.same else "maybe" if score >= using.maybe else "apart"
    score = round(score, 6)
    return Verdict(kind=kind, score=score, reasons=_reasons(a, b, found) if score >= WORTH_KEEPING else {})


def _reasons(a: View, b: View, found: Mapping[str, float]) -> dict[str, Any]:
    reasons: dict[str, Any] = {name: round(value, 3) for name, value in found.items() if value}
    shared = sorted(f"{key.kind}:{key.value}" for key in a.keys & b.keys)
    if shared:
        reasons["keys"] = shared
    names = sorted(a.names.keys() & b.names.keys(), key=lambda name: (-a.names[name], name))[:6]
    if names:
        reasons["shared_names"] = names
    return reasons


def _specific(found: Mapping[str, float]) -> bool:
    """Whether two posts share anything that belongs to an event: a name, a number, a day, a thing, or their wording."""
    named = max(found["lead_names"], found["opening_names"], found["numbers"]) >= SHARED
    worded = found["lead"] >= WORDING or found["stems_contained"] >= WORDING or found["cos_best"] >= MEANING
    things = max(found[name] for name in ("key", "release", "dates", "refers", "adjacent")) > 0
    return named or worded or things


def probability(found: Mapping[str, float], using: Weights) -> float:
    """The logistic of the weighted evidence."""
    total = using.bias + sum(weight * found[name] for name, weight in using.weights.items())
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total))))


# --- copies ----------------------------------------------------------------------------------------------------------


def _copy(a: View, b: View) -> Verdict | None:
    """The verdict on a text that repeats another: a copy, a template with other contents, or None: neither."""
    fewest = min(a.features.words, b.features.words)
    if fewest < LEAST_COPIED_WORDS or not a.features.shingles or not b.features.shingles:
        return None
    if a.text_hash == b.text_hash and a.text_hash is not None:
        if a.recurring or b.recurring:
            return Verdict(kind="apart", score=0.0, reasons={"veto": "a text that keeps returning"})
        return Verdict(kind="copy", score=1.0, reasons={"text": "equal"})
    shared = len(a.features.shingles & b.features.shingles)
    contained = shared / min(len(a.features.shingles), len(b.features.shingles))
    resemblance = shared / len(a.features.shingles | b.features.shingles)
    if contained >= TEMPLATE and (slots := _slots(a.features, b.features, resemblance)):
        return Verdict(kind="apart", score=0.0, reasons={"veto": "one template, other contents", "differs": slots})
    if contained >= NEAR_COPY and (fewest >= 12 or resemblance >= NEAR_COPY):
        return Verdict(kind="copy", score=round(contained, 3), reasons={"repeats": round(contained, 3)})
    return None


def _slots(a: Features, b: Features, resemblance: float) -> list[str]:
    """What fills the template differently on both sides; one odd number in a long equal text is a correction."""
    hard = [_only(a.sizes, b.sizes), _only(a.dates, b.dates), *(_only(*pair) for pair in _common_versions(a, b))]
    found = [slot for slot in hard if slot]
    numbers = _only(a.numbers, b.numbers)
    if numbers and not (resemblance >= 0.9 and max(len(a.numbers - b.numbers), len(b.numbers - a.numbers)) <= 1):
        found.append(numbers)
    names = _only(a.lead_names, b.lead_names)
    if names and resemblance < 0.9:
        found.append(names)
    return found


def _only(a: frozenset[str], b: frozenset[str]) -> str | None:
    """`x | y` where each side has something that the other lacks, else None."""
    left, right = sorted(a - b), sorted(b - a)
    return f"{', '.join(left[:3])} | {', '.join(right[:3])}" if left and right else None


def _common_versions(a: Features, b: Features) -> list[tuple[frozenset[str], frozenset[str]]]:
    return [(a.versions[base], b.versions[base]) for base in sorted(a.versions.keys() & b.versions.keys())]
