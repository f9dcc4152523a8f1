"""What decides a pair of posts before any evidence is weighed: why they cannot be one story, or must be.

Pure.
"""

from __future__ import annotations

import re
from datetime import timedelta

from summarize.features import Features
from summarize.keys import KeyKind
from summarize.rarity import number_rarity
from summarize.views import CONTINUATION_GAP, View, order

#: A first line of at most so many characters is a heading.
HEADING = 90
#: A heading of at most so many characters that returns is a rubric's.
RUBRIC = 60
#: A comment on a forward comes within this time, in no more words, and names nothing this rare that the forward does not.
COMMENT_GAP = timedelta(minutes=30)
COMMENT_WORDS = 80
OWN_NAME = 0.75


def veto(a: View, b: View) -> str | None:
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
    same = a.source == b.source and a.heading and a.heading == b.heading
    return "a rubric" if same and len(a.heading) <= RUBRIC and not a.keys & b.keys else None


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


def _other_subject(post: Features, other: Features) -> bool:
    return bool(post.subject) and bool(other.subject) and post.subject not in other.names


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


# --- continuations ---------------------------------------------------------------------------------------------------

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
