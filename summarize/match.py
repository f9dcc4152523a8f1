"""Same story? Judges a pair of posts, and puts a component of judged pairs into stories.

Pure: a verdict is a function of the two posts, their neighbourhood flags and the committed weights; a partition is a
function of the verdicts. So neither the size of a batch nor the order of arrival matters.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from summarize.features import Features
from summarize.keys import THINGS, WINDOW, Key, KeyKind
from summarize.rarity import idf, number_rarity

Kind = Literal["copy", "same", "maybe", "apart"]

#: Shares of shingles above which one text repeats another, wholly or as a cut repost.
NEAR_COPY = 0.8
#: Above this share two texts are made from one template, so that what differs is what they say.
TEMPLATE = 0.45
#: Fewer words than this are a greeting, not a text that can be copied.
LEAST_COPIED_WORDS = 7
#: A first line of at most so many characters is a heading.
HEADING = 90
#: Within about so long, posts that name one thing mostly speak of one event.
SOON = timedelta(days=1.5)
#: Posts of a dump were written within days or weeks of each other; this is what is assumed.
UNDATED_GAP = timedelta(days=3)
#: A comment on a forward comes within this time, in no more words, and names nothing this rare that the forward does not.
COMMENT_GAP = timedelta(minutes=30)
COMMENT_WORDS = 80
OWN_NAME = 0.75
#: What posts must share of rare names and numbers, of wording, or of meaning, to tell one event.
SHARED, WORDING, MEANING = 0.2, 0.3, 0.6
#: The share of the threshold that the score of two posts without anything specific reaches at most.
VAGUE = 0.9
#: A heading of at most so many characters that returns is a rubric's.
RUBRIC = 60
CONTINUATION_GAP = timedelta(hours=1)
#: Components larger than this are partitioned by the verdicts at hand, without judging every pair in them.
MOST_COMPLETED = 40
#: What vetoes between two groups take from their likeness, if all pairs across are vetoed.
VETO_COST = 1.0
#: A score below this is no link: two groups of two or more join by two links at least.
WEAK_LINK = 0.15


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
    """A fitted logistic regression over `evidence`, with the probabilities that part same | maybe | apart.

    `background`: what all posts of the field have in common, taken from their vectors before these are compared: the
    mean, then the directions in which they vary most (Mu and Viswanath 2018, "All-but-the-Top").
    """

    version: str
    model: str
    weights: Mapping[str, float]
    bias: float
    same: float
    maybe: float
    linkage: float
    background: tuple[tuple[float, ...], ...] = ()


@cache
def weights() -> Weights:
    """The committed weights (`data/matcher.json`, written by `svodka eval fit`)."""
    value = json.loads(resources.files("summarize").joinpath("data/matcher.json").read_text("utf-8"))
    plain = {name: value[name] for name in ("version", "model", "weights", "bias", "same", "maybe", "linkage")}
    return Weights(**plain, background=tuple(map(tuple, value.get("background", ()))))


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
    if adjacent and (part := continues(a, b)):
        return Verdict(kind="same", score=0.95, reasons={"continuation": part})
    veto = _veto(a, b)
    if veto:
        return Verdict(kind="apart", score=0.0, reasons={"veto": veto})
    return _weigh(a, b, adjacent=adjacent, using=using)


def _barred(a: View, b: View) -> str | None:
    if a.ad or b.ad:
        return "ad"
    return "too far apart in time" if abs(a.time - b.time) > WINDOW else None


def _weigh(a: View, b: View, *, adjacent: bool, using: Weights) -> Verdict:
    found = evidence(a, b, adjacent=adjacent, using=using)
    score = probability(found, using)
    if not _specific(found):
        # Alike in subject is not the same event: without anything that both name, it stays a maybe.
        score = min(score, VAGUE * using.same)
    kind: Kind = "same" if score >= using.same else "maybe" if score >= using.maybe else "apart"
    reasons: dict[str, Any] = {name: round(value, 3) for name, value in found.items() if value}
    shared = sorted(f"{key.kind}:{key.value}" for key in a.keys & b.keys)
    if shared:
        reasons["keys"] = shared
    names = sorted(a.names.keys() & b.names.keys(), key=lambda name: (-a.names[name], name))[:6]
    if names:
        reasons["shared_names"] = names
    return Verdict(kind=kind, score=round(score, 6), reasons=reasons)


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


# --- vetoes and continuations ----------------------------------------------------------------------------------------


def _veto(a: View, b: View) -> str | None:
    """Why the posts cannot be one story, however alike: other versions or sizes of one thing, another paper or event."""
    one, two = a.features, b.features
    if one.round_up or two.round_up:
        return "a round-up"
    return (
        _other_paper(a, b)
        or _other_release(one, two)
        or _other_event(a, b)
        or _same_heading_other_subject(one, two)
        or _other_leading(one, two)
        or _rubric(a, b)
        or _other_start(a, b)
        or _other_versions(one, two)
        or _other_sizes(one, two)
    )


def _other_leading(one: Features, two: Features) -> str | None:
    """Each opens with a versioned thing of its own, not with the other's, and one of them never names the other's."""
    if not one.leading or not two.leading or one.leading == two.leading:
        return None
    if _opens(two, one.leading) or _opens(one, two.leading):
        return None
    known = one.leading in _things(two) and two.leading in _things(one)
    return None if known else f"about {one.leading} | about {two.leading}"


def _other_start(a: View, b: View) -> str | None:
    """On different days, each tells since what o'clock, and not the same: two outages, not one."""
    one, two = a.features.starts, b.features.starts
    apart = a.dated and b.dated and abs(a.time - b.time) > timedelta(hours=12)
    return f"since {min(one)} | since {min(two)}" if apart and one and two and one.isdisjoint(two) else None


def _things(post: Features) -> set[str]:
    return {*post.names, *post.versions, *post.variants}


def _rubric(a: View, b: View) -> str | None:
    """One source, the same short heading, nothing that both name: two issues of a rubric."""
    heading = _DIGITS.sub("", a.features.opening.casefold()).strip()
    same = a.source == b.source and heading and heading == _DIGITS.sub("", b.features.opening.casefold()).strip()
    return "a rubric" if same and len(heading) <= RUBRIC and not a.keys & b.keys else None


def _other_versions(one: Features, two: Features) -> str | None:
    """Both open with one thing, in other versions, or in other sizes or variants."""
    for base in sorted(one.versions.keys() & two.versions.keys()):
        if _opens(one, base) and _opens(two, base) and _other_version(one, two, base):
            known = [f"{'/'.join(sorted(post.versions[base]))}" for post in (one, two)]
            return f"{base or 'version'} {known[0]} | {known[1]}"
    for base in sorted(one.variants.keys() & two.variants.keys()):
        if one.variants[base].isdisjoint(two.variants[base]) and _opens(one, base) and _opens(two, base):
            return f"{base} {'/'.join(sorted(one.variants[base]))} | {'/'.join(sorted(two.variants[base]))}"
    return None


def _other_sizes(one: Features, two: Features) -> str | None:
    if one.sizes and two.sizes and one.sizes.isdisjoint(two.sizes) and _sizes_tell(one, two):
        return f"sizes {'/'.join(sorted(one.sizes)[:3])} | {'/'.join(sorted(two.sizes)[:3])}"
    return None


def _opens(post: Features, base: str) -> bool:
    """Whether a versioned thing is what the post opens with; a bare version counts as such."""
    return (
        not base
        or base.startswith("№ ")
        or base in post.opening_names
        or any(part.startswith(base) for part in post.opening_names)
    )


def _other_version(a: Features, b: Features, base: str) -> bool:
    """Whether a post's first version of a thing is one that the other does not know."""
    first = [post.first_versions.get(base) for post in (a, b)]
    if first[0] is None or first[1] is None:
        return a.versions[base].isdisjoint(b.versions[base])
    return not (_among(first[0], b.versions[base]) and _among(first[1], a.versions[base]))


def _among(version: str, known: frozenset[str]) -> bool:
    """`2.1.3` is a patch of `2.1`, and so one with it; `5.1` is not one with `5`."""
    pieces = version.split(".")
    patched = {".".join(pieces[:2])} if len(pieces) > 2 else set()
    return (
        version in known
        or bool(patched & known)
        or any(other.startswith(version + ".") and len(pieces) == 2 for other in known)
    )


def _other_event(a: View, b: View) -> str | None:
    """Both announce something for a day to come, at an hour, and not for the same day."""
    days = [_to_come(a), _to_come(b)]
    return f"{'/'.join(sorted(days[0]))} | {'/'.join(sorted(days[1]))}" if all(days) and not days[0] & days[1] else None


def _to_come(post: View) -> set[str]:
    today = f"{post.time.month}-{post.time.day:02d}"
    return {day for day in post.features.event_dates if _day_number(day) >= _day_number(today)} if post.dated else set()


def _day_number(day: str) -> int:
    month, _, number = day.partition("-")
    return 31 * int(month) + int(number)


def _other_release(a: Features, b: Features) -> str | None:
    """Both titles are about a release or a measured model, and neither post mentions the other's."""
    if a.subjects and b.subjects and a.subjects.isdisjoint(b.names) and b.subjects.isdisjoint(a.names):
        return f"{'/'.join(sorted(a.subjects))} | {'/'.join(sorted(b.subjects))}"
    return None


_MEASURE = re.compile(r"bench|eval|arena|task|leader|suite|board|glue")


def _same_heading_other_subject(a: Features, b: Features) -> str | None:
    """`X on a benchmark` and `Y on that benchmark`, where neither post mentions the other's subject."""
    headed = len(a.opening) <= HEADING and len(b.opening) <= HEADING
    measured = any(_MEASURE.search(name) for name in a.opening_names & b.opening_names)
    differ = headed and measured and _other_subject(a, b) and _other_subject(b, a)
    return f"{a.subject} | {b.subject}" if differ else None


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
    return bool(in_a and in_b) and bool(
        {_family(name) for name in a.lead_names} & {_family(name) for name in b.lead_names}
    )


def _family(name: str) -> str:
    return re.split(r"[\d.+-]", name)[0] or name


_DIGITS = re.compile(r"[\d№#.:/-]+")
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
    if _comments(first, second):
        return "comment on the post before"
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


def _comments(first: View, second: View) -> bool:
    """Right after a forward, the channel's own few words that bring no name or link of their own but share a matter."""
    if (
        first.channel_id != second.channel_id
        or first.source == second.source
        or second.keys
        or not (first.dated and second.dated)
    ):
        return False
    brief = second.features.words <= COMMENT_WORDS and second.time - first.time <= COMMENT_GAP
    own = [
        name
        for name in second.features.opening_names - first.features.names.keys()
        if second.names.get(name, 0.0) >= OWN_NAME
    ]
    matter = {
        number for number in first.features.numbers & second.features.numbers if number_rarity(number) >= OWN_NAME
    }
    return brief and not own and bool(matter or second.names.keys() & first.names.keys())


def order(view: View) -> tuple[datetime, int, int]:
    """The order of posts at one origin: by time, then by place in the dump, then by id."""
    return (view.time, view.position if view.position is not None else -1, view.post_id)


# --- evidence --------------------------------------------------------------------------------------------------------

EVIDENCE = (
    "cos", "cos_lead", "cos_best", "cos_lead_best", "cos_cross", "stems_contained", "lead", "cognates",
    "lead_names", "opening_names", "named_soon", "known", "strangers", "numbers", "numbers_share", "release", "dates", "key",
    "same_event", "other_event", "refers", "adjacent", "same_source", "cross_language", "days", "soon", "brief",
)  # fmt: skip


def evidence(a: View, b: View, *, adjacent: bool, using: Weights) -> dict[str, float]:
    """Everything that speaks for or against, each about 0…1, by the names in EVIDENCE."""
    one, two = a.features, b.features
    crossed = float(a.lang != b.lang)
    cosines = _cosines(a, b, using)
    return {
        **cosines,
        "cos_cross": crossed * cosines["cos_best"],
        "stems_contained": _contained(one.stems.keys(), two.stems.keys()),
        "lead": _contained(one.lead, two.lead),
        "cognates": crossed * len(one.cognates & two.cognates) / max(8, min(len(one.cognates), len(two.cognates))),
        **_names(a, b),
        **_numbers(one.numbers, two.numbers),
        "release": float(bool(_releases(one) & _releases(two))),
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
    return _saturate(sum(min(a.names[name], b.names[name]) ** 2 for name in shared))


def _numbers(one: frozenset[str], two: frozenset[str]) -> dict[str, float]:
    """Numbers in common, by how telling they are: absolutely, and as a share of the poorer side's."""
    shared = sum(number_rarity(number) for number in one & two)
    least = min(sum(number_rarity(number) for number in one), sum(number_rarity(number) for number in two))
    return {"numbers": _saturate(shared), "numbers_share": shared / (least + 1.0)}


def _releases(post: Features) -> set[tuple[str, str]]:
    """Versions and sizes with what has them."""
    found = {(base, version) for base, versions in post.versions.items() if base for version in versions}
    return found | {(base, size) for base, sizes in post.variants.items() for size in sizes}


def _unknown(post: View, other: View) -> float:
    """The share of the names in a post's opening that the other never says."""
    opening = [name for name in post.features.opening_names if name in post.names]
    total = sum(post.names[name] ** 2 for name in opening)
    return sum(post.names[name] ** 2 for name in opening if name not in other.features.names) / total if total else 0.5


def _other_subject(post: Features, other: Features) -> bool:
    return bool(post.subject) and bool(other.subject) and post.subject not in other.names


def _cosines(a: View, b: View, using: Weights) -> dict[str, float]:
    """Cosines of whole posts, of leads, the best between any passages, and the worse lead with its best passage."""
    names = ("cos", "cos_lead", "cos_best", "cos_lead_best")
    if len(a.vectors) < 2 or len(b.vectors) < 2:
        return dict.fromkeys(names, 0.0)
    every = _foreground(a.vectors, using) @ _foreground(b.vectors, using).T
    lead = min(float(every[1, 1:].max()), float(every[1:, 1].max()))
    found = (float(every[0, 0]), float(every[1, 1]), float(every[1:, 1:].max()), lead)
    return {name: max(0.0, value) for name, value in zip(names, found, strict=True)}


def _foreground(vectors: NDArray[np.float32], using: Weights) -> NDArray[np.float64]:
    rows = vectors.astype(np.float64)
    if using.background and len(using.background[0]) == rows.shape[1]:
        mean, directions = _background(using.background)
        rows = rows - mean
        rows = rows - (rows @ directions.T) @ directions
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float64)


@lru_cache(maxsize=8)
def _background(rows: tuple[tuple[float, ...], ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    every = np.array(rows)
    return every[0], every[1:]


def _contained(a: Collection[str], b: Collection[str]) -> float:
    """The share of the poorer side's rarity that the other has, too."""
    least = min(sum(idf(stem) ** 2 for stem in a), sum(idf(stem) ** 2 for stem in b))
    return sum(idf(stem) ** 2 for stem in set(a) & set(b)) / least if least else 0.0


def _saturate(value: float) -> float:
    return 1.0 - math.exp(-value / 2)


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
