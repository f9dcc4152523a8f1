"""Same story? Judges a pair of posts, and puts a component of judged pairs into stories.

Pure: a verdict is a function of the two posts, their neighbourhood flags and the committed weights; a partition is a
function of the verdicts. So neither the size of a batch nor the order of arrival matters.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from summarize.features import Features
from summarize.keys import THINGS, WINDOW, Key, KeyKind
from summarize.rarity import idf

Kind = Literal["copy", "same", "maybe", "apart"]

#: Shares of shingles above which one text repeats another, wholly or as a cut repost.
NEAR_COPY = 0.8
#: Above this share two texts are made from one template, so that what differs is what they say.
TEMPLATE = 0.45
#: Fewer words than this are a greeting, not a text that can be copied.
LEAST_COPIED_WORDS = 7
#: A first line of at most so many characters is a heading.
HEADING = 90
CONTINUATION_GAP = timedelta(hours=1)
#: Components larger than this are partitioned by the verdicts at hand, without judging every pair in them.
MOST_COMPLETED = 40
#: What vetoes between two groups take from their likeness, if all pairs across are vetoed.
VETO_COST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A post as the matcher sees it.

    `keys`: what it names and that is not common around it; `self_keys`: the messages that it is (its own, its origin's);
    `refers`: messages that it links or replies to; `names`: its names that are not common around it; `vectors`: (1 + n,
    dimension) float32 unit rows, the whole post first; `recurring`: its very text keeps returning.
    """

    post_id: int
    channel_id: int
    source: str
    time: datetime
    dated: bool
    position: int | None
    lang: str
    ad: bool
    text_hash: bytes | None
    recurring: bool
    keys: frozenset[Key]
    self_keys: frozenset[Key]
    refers: frozenset[Key]
    names: Mapping[str, float]
    features: Features
    vectors: NDArray[np.float32]


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


@cache
def weights() -> Weights:
    """The committed weights (`data/matcher.json`, written by `svodka eval fit`)."""
    value = json.loads(resources.files("summarize").joinpath("data/matcher.json").read_text("utf-8"))
    return Weights(**{name: value[name] for name in ("version", "model", "weights", "bias", "same", "maybe", "linkage")})


def judge(a: View, b: View, *, adjacent: bool, using: Weights) -> Verdict:
    """Decide whether two posts tell one story. Symmetric in `a` and `b`.

    `adjacent`: they follow each other directly in their channel or at their common origin.
    """
    if a.self_keys & b.self_keys:
        return Verdict(kind="copy", score=1.0, reasons={"origin": sorted(key.value for key in a.self_keys & b.self_keys)})
    if a.ad or b.ad:
        return Verdict(kind="apart", score=0.0, reasons={"veto": "ad"})
    if abs(a.time - b.time) > WINDOW:
        return Verdict(kind="apart", score=0.0, reasons={"veto": "too far apart in time"})
    copied = _copy(a, b)
    if copied is not None:
        return copied
    if adjacent and (part := continues(a, b)):
        return Verdict(kind="same", score=0.95, reasons={"continuation": part})
    veto = _veto(a, b)
    if veto:
        return Verdict(kind="apart", score=0.0, reasons={"veto": veto})
    return _weigh(a, b, adjacent=adjacent, using=using)


def _weigh(a: View, b: View, *, adjacent: bool, using: Weights) -> Verdict:
    found = evidence(a, b, adjacent=adjacent)
    score = probability(found, using)
    kind: Kind = "same" if score >= using.same else "maybe" if score >= using.maybe else "apart"
    reasons: dict[str, Any] = {name: round(value, 3) for name, value in found.items() if value}
    shared = sorted(f"{key.kind}:{key.value}" for key in a.keys & b.keys)
    if shared:
        reasons["keys"] = shared
    names = sorted(a.names.keys() & b.names.keys(), key=lambda name: (-a.names[name], name))[:6]
    if names:
        reasons["shared_names"] = names
    return Verdict(kind=kind, score=round(score, 6), reasons=reasons)


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


# --- vetoes and continuations ----------------------------------------------------------------------------------------


def _veto(a: View, b: View) -> str | None:
    """Why the posts cannot be one story, however alike: other versions or sizes of one thing."""
    one, two = a.features, b.features
    if found := _other_paper(a, b):
        return found
    if _same_heading_other_subject(one, two):
        return f"{one.subject} | {two.subject}"
    for base in sorted(one.versions.keys() & two.versions.keys()):
        if one.versions[base].isdisjoint(two.versions[base]) and _opens(one, base) and _opens(two, base):
            return f"{base or 'version'} {'/'.join(sorted(one.versions[base]))} | {'/'.join(sorted(two.versions[base]))}"
    if one.sizes and two.sizes and one.sizes.isdisjoint(two.sizes) and _sizes_tell(one, two):
        return f"sizes {'/'.join(sorted(one.sizes)[:3])} | {'/'.join(sorted(two.sizes)[:3])}"
    return None


def _opens(post: Features, base: str) -> bool:
    """Whether a versioned thing is what the post opens with; a bare version counts as such."""
    return not base or any(base in re.split(r"[\s.+-]", name) or name.startswith(base) for name in post.opening_names)


def _same_heading_other_subject(a: Features, b: Features) -> bool:
    """Headings such as `X on the benchmark` and `Y on the benchmark`, where neither post mentions the other's subject."""
    headed = len(a.opening) <= HEADING and len(b.opening) <= HEADING
    return headed and bool(a.opening_names & b.opening_names) and _other_subject(a, b) and _other_subject(b, a)


def _other_paper(a: View, b: View) -> str | None:
    """Each names one paper or video, and not the same."""
    for kind in (KeyKind.ARXIV, KeyKind.DOI, KeyKind.VIDEO):
        one = sorted(key.value for key in a.keys if key.kind is kind)
        two = sorted(key.value for key in b.keys if key.kind is kind)
        if len(one) == 1 and len(two) == 1 and one != two:
            return f"{kind} {one[0]} | {two[0]}"
    return None


def _sizes_tell(a: Features, b: Features) -> bool:
    """Sizes of models in both openings, of the same family: `7B` against `70B`."""
    opening_a, opening_b = a.opening.lower(), b.opening.lower()
    in_a = [size for size in a.sizes if size.endswith("b") and size in opening_a]
    in_b = [size for size in b.sizes if size.endswith("b") and size in opening_b]
    return bool(in_a and in_b) and bool({_family(name) for name in a.lead_names} & {_family(name) for name in b.lead_names})


def _family(name: str) -> str:
    return re.split(r"[\d.+-]", name)[0] or name


_SECTION = frozenset(
    "метод методы методология эксперимент эксперименты результат результаты вывод выводы заключение обсуждение итог итоги"
    " подход данные обучение архитектура ограничения продолжение оценка абляции детали реализация и"
    " method methods methodology experiment experiments result results conclusion conclusions discussion approach setup"
    " training architecture limitations evaluation ablations details implementation continued and".split()
)
_LATER_PART = re.compile(
    r"^\W*(?:(?:часть|part|ч\.?)\s*(?:[2-9]|ii+|два|две|вторая|three|two|третья)|(?:вторая|третья|second|third)\s+(?:часть|part)"
    r"|[2-9]\s*/\s*[2-9]|продолжение|продолжаем|продолжим|\(?продолжение|continued|continuing|\(?cont)\b",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(?:пост\w*|репост\w*|ссылк\w+|новост\w+|стать\w+|комментари\w+)\s(?:\w+\s)?выше|к предыдущему посту|про предыдущий пост"
    r"|(?:post|repost|forward|link|message|news|paper|thread)\s(?:right\s|just\s)?above|previous post",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")


def continues(a: View, b: View) -> str | None:
    """Of two posts that follow each other: how the later goes on with the earlier, or None."""
    first, second = sorted((a, b), key=order)
    if _POINTER.search(second.features.opening[:100]):
        return "points to the post before"
    if a.source != b.source or (a.dated and b.dated and second.time - first.time > CONTINUATION_GAP):
        return None
    opening = second.features.opening
    if _LATER_PART.match(opening):
        return "later part"
    words = [word.lower() for word in _LETTERS.findall(opening)]
    if words and len(words) <= 5 and set(words) <= _SECTION:
        return "section without an opening of its own"
    return None


def order(view: View) -> tuple[datetime, int, int]:
    """The order of posts at one origin: by time, then by place in the dump, then by id."""
    return (view.time, view.position if view.position is not None else -1, view.post_id)


# --- evidence --------------------------------------------------------------------------------------------------------

EVIDENCE = (
    "cos", "cos_lead", "cos_best", "stems", "stems_contained", "lead", "names", "lead_names", "numbers", "versions", "dates", "strangers", "key",
    "key_once", "refers", "adjacent", "same_source", "cross_language", "cos_cross", "days", "brief",
)  # fmt: skip


def evidence(a: View, b: View, *, adjacent: bool) -> dict[str, float]:
    """Everything that speaks for or against, each about 0…1, by the names in EVIDENCE."""
    one, two = a.features, b.features
    cos, cos_lead, cos_best = _cosines(a, b)
    shared = a.names.keys() & b.names.keys()
    crossed = float(a.lang != b.lang)
    key = _key_weight(a, b)
    return {
        "cos": cos,
        "cos_lead": cos_lead,
        "cos_best": cos_best,
        "stems": _weighted_cosine(one.stems, two.stems),
        "stems_contained": _contained(one.stems.keys(), two.stems.keys()),
        "lead": _contained(one.lead, two.lead),
        "names": _saturate(sum(a.names[name] ** 2 for name in shared)),
        "lead_names": _saturate(sum(a.names[name] ** 2 for name in shared & one.lead_names & two.lead_names)),
        "numbers": _saturate(sum(len(number) / 3 for number in one.numbers & two.numbers if not _is_year(number)) / 2),
        "versions": _saturate(2.0 * len(_versions(one) & _versions(two))),
        "dates": _saturate(2.0 * len(one.dates & two.dates)),
        "strangers": _strangers(a, b),
        "key": key,
        "key_once": float(key > 0),
        "refers": float(bool(a.refers & b.self_keys or b.refers & a.self_keys)),
        "adjacent": float(adjacent),
        "same_source": float(a.source == b.source),
        "cross_language": crossed,
        "cos_cross": crossed * cos_best,
        "days": min(1.0, abs(a.time - b.time) / WINDOW),
        "brief": float(min(one.words, two.words) < 25),
    }


def _strangers(a: View, b: View) -> float:
    """How much each opening is about names that the other post never says: the lesser of both shares."""
    return min(_unknown(a.features, b.features), _unknown(b.features, a.features))


def _other_subject(post: Features, other: Features) -> bool:
    return bool(post.subject) and bool(other.subject) and post.subject not in other.names


def _unknown(post: Features, other: Features) -> float:
    total = sum(post.names.get(name, 0.0) ** 2 for name in post.opening_names)
    missing = sum(post.names.get(name, 0.0) ** 2 for name in post.opening_names - other.names.keys())
    return missing / total if total else 0.0


def _versions(post: Features) -> set[tuple[str, str]]:
    return {(base, version) for base, found in post.versions.items() for version in found}


def _cosines(a: View, b: View) -> tuple[float, float, float]:
    if len(a.vectors) < 2 or len(b.vectors) < 2:
        return 0.0, 0.0, 0.0
    every = a.vectors @ b.vectors.T
    return tuple(max(0.0, float(value)) for value in (every[0, 0], every[1, 1], every[1:, 1:].max()))  # type: ignore[return-value]


def _weighted_cosine(a: Mapping[str, int], b: Mapping[str, int]) -> float:
    shared = sum(_weight(a[stem], stem) * _weight(b[stem], stem) for stem in a.keys() & b.keys())
    if not shared:
        return 0.0
    return float(shared / (_norm(a) * _norm(b)))


def _norm(stems: Mapping[str, int]) -> float:
    return math.sqrt(sum(_weight(count, stem) ** 2 for stem, count in stems.items()))


def _weight(count: int, stem: str) -> float:
    return (1 + math.log(count)) * idf(stem) ** 2


def _contained(a: Any, b: Any) -> float:
    """The share of the poorer side's rarity that the other has, too."""
    least = min(sum(idf(stem) ** 2 for stem in a), sum(idf(stem) ** 2 for stem in b))
    return sum(idf(stem) ** 2 for stem in a & b) / least if least else 0.0


def _saturate(value: float) -> float:
    return 1.0 - math.exp(-value / 2)


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in {"19", "20"}


def _key_weight(a: View, b: View) -> float:
    """One shared thing among one named each is 1; one among thirty of a round-up is next to nothing."""
    things_a = [key for key in a.keys if key.kind in THINGS]
    things_b = [key for key in b.keys if key.kind in THINGS]
    shared = len(set(things_a) & set(things_b))
    return 2 * shared / (len(things_a) + len(things_b)) if shared else 0.0


# --- from pairs to stories -------------------------------------------------------------------------------------------


def partition(
    posts: Sequence[int], verdict: Callable[[int, int], Verdict | None], *, using: Weights
) -> list[frozenset[int]]:
    """Put the posts of one component into stories, likest groups first.

    Copies are one group from the start. Two groups join while their `_linkage` is at least `using.linkage`.
    Deterministic: ties go to the groups with the smallest ids.
    """
    ordered = sorted(posts)
    groups = _copies(ordered, verdict)
    place = {post: number for number, post in enumerate(ordered)}
    scores = _scores(ordered, verdict)
    rows = {head: [place[post] for post in sorted(group)] for head, group in groups.items()}
    likeness = {pair: _linkage(scores[np.ix_(rows[pair[0]], rows[pair[1]])]) for pair in combinations(sorted(rows), 2)}
    while likeness:
        (first, second), best = min(likeness.items(), key=lambda item: (-item[1], item[0]))
        if best < using.linkage:
            break
        groups[first] |= groups.pop(second)
        rows[first] += rows.pop(second)
        likeness = {pair: value for pair, value in likeness.items() if second not in pair}
        for other in rows:
            if other != first:
                likeness[_pair(first, other)] = _linkage(scores[np.ix_(rows[first], rows[other])])
    return sorted(map(frozenset, groups.values()), key=min)


def _linkage(scores: NDArray[np.float64]) -> float:
    """How much alike two groups are: the mean of the better half of the scores across them, less what was vetoed.

    The better half, since a ticker's line and a long analysis of one event may have little in common but for the posts
    between them; half, so that one link alone joins nothing but two single posts.
    """
    flat = np.sort(scores, axis=None)[::-1]
    best = flat[: (flat.size + 1) // 2]
    return float(np.maximum(best, 0.0).mean() - VETO_COST * (flat < 0).mean())


def _scores(posts: Sequence[int], verdict: Callable[[int, int], Verdict | None]) -> NDArray[np.float64]:
    """A symmetric matrix over the posts: the score, 0 where nobody judged, −1 where vetoed."""
    scores = np.zeros((len(posts), len(posts)))
    for (row, one), (column, two) in combinations(enumerate(posts), 2):
        found = verdict(one, two)
        if found is not None:
            scores[row, column] = scores[column, row] = -1.0 if "veto" in found.reasons else found.score
    return scores


def _copies(posts: Sequence[int], verdict: Callable[[int, int], Verdict | None]) -> dict[int, set[int]]:
    """Groups of copies by their smallest id."""
    head = {post: post for post in posts}

    def find(post: int) -> int:
        while head[post] != post:
            post = head[post]
        return post

    for first, second in combinations(posts, 2):
        found = verdict(first, second)
        if found is not None and found.kind == "copy":
            low, high = sorted((find(first), find(second)))
            head[high] = low
    groups: dict[int, set[int]] = {}
    for post in posts:
        groups.setdefault(find(post), set()).add(post)
    return groups


def _pair(one: int, two: int) -> tuple[int, int]:
    return (one, two) if one < two else (two, one)
