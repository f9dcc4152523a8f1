"""Whether a post meets a filter, and whether a filter makes sense.

Pure. What admins type is hostile until proven otherwise: patterns are bounded in length and in time.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import regex

from core.filters import Filter, FilterAction, FilterKind, Scope
from core.store.filter_hits import FilteredPost
from summarize import mistakes
from summarize import text as texts
from summarize import topics as topic_rules
from summarize.embed import Vectors
from summarize.filter_words import Said, alternatives
from summarize.mistakes import Fault

#: Characters of a pattern by what it is; of a phrase, about a passage, more would be embedded by its beginning alone.
MOST_PATTERN = {FilterKind.KEYWORD: 1000, FilterKind.REGEX: 500, FilterKind.MEANING: 500}
#: Seconds that an expression may take on one post. A plain one takes a thousandth of that.
PATIENCE = 0.02
#: Repetition counts in braces may multiply to so much: each is unrolled when an expression is compiled.
MOST_REPEATS = 200_000
#: A post is searched up to here: four times what Telegram lets anyone write.
MOST_SEARCHED = 16_384
#: The least cosine of a filter whose admin names none. Short phrases and posts of the bundled model: what has nothing to do
#: with a phrase stays below 0.2, what is about it reaches 0.2 to 0.5.
THRESHOLD = 0.25
#: And of posts with a post, or with a phrase as long as one, which are all nearer to each other: of posts of other stories in
#: the sample feed 32 % reach 0.25 and 0.8 % reach 0.5, as 46 % of those of the same story do; F1 is best there.
POST_THRESHOLD = 0.5
#: Characters from which on a phrase is compared as a post is: 6 % of other stories' posts reach 0.25 with the first 120 of a
#: post, 15 % with the first 200.
AS_A_POST = 150
#: Digits of cosines and thresholds that count, as many as are told: vectors are kept in half precision.
DIGITS = 4
#: A filter for posts like a given one names it so.
LIKE_POST = re.compile(r"post:\s*(\d{1,18})", re.IGNORECASE)

#: Among commented or spaced digits no counts could be told, and an admin's expression is short.
_VERBOSE = re.compile(r"\(\?[a-zA-Z0-9-]*x")
_BRACES = re.compile(r"\{(\d*)(?:(,)(\d*))?\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
#: What else compiling raises for what is no expression.
_NO_REGEX = (RecursionError, ValueError, OverflowError, IndexError, KeyError)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What filters know of a post. `clean_text` is what it says, `text` all that stands in it, `links` the addresses behind
    its words; `vectors`: by model, as `core.types.Indexed` has them.

    Without slots, so that words are looked for once.
    """

    post_id: int
    channels: frozenset[int]
    topics: frozenset[str]
    lang: str
    ad: str
    clean_text: str
    text: str
    links: tuple[str, ...] = ()
    vectors: Mapping[int, Vectors] = field(default_factory=dict)

    @cached_property
    def said(self) -> Said:
        """The words of the post, hashtags among them, even where a channel puts them under every post."""
        tags = " ".join(re.findall(r"#\w+", texts.normalise(self.text[:MOST_SEARCHED])))
        return Said.of(f"{self.clean_text[:MOST_SEARCHED]}\n{tags}")

    @cached_property
    def searched(self) -> str:
        """What an expression is looked for in: the whole text, then the addresses behind its words, one a line."""
        return "\n".join((texts.normalise(self.text[:MOST_SEARCHED]), *self.links))[: 2 * MOST_SEARCHED]


def facts_of(post: FilteredPost, vectors: Mapping[int, Vectors] | None = None) -> Facts:
    """What filters know of a post as the index has it; its topics are those that a story of it alone would have."""
    return Facts(
        post_id=post.post_id,
        channels=post.channels,
        topics=frozenset(topic_rules.of_story([post.topics], topic_rules.weights())),
        lang=post.lang,
        ad=post.ad,
        clean_text=post.clean_text,
        text=post.text,
        links=post.links,
        vectors=vectors or {},
    )


class Answer(enum.Enum):
    """Whether a post meets a filter. `SLOW`: an expression took too long, so it counts as not met; `UNKNOWN`: the post has no
    vectors of the filter's model yet.
    """

    MET = enum.auto()
    NOT_MET = enum.auto()
    SLOW = enum.auto()
    UNKNOWN = enum.auto()


def meets(given: Filter, facts: Facts) -> bool:
    """Whether a post meets a filter.

    Raises:
        Fault: the filter makes no sense.
    """
    return answer(given, facts) is Answer.MET


def answer(given: Filter, facts: Facts) -> Answer:
    """Whether a post meets a filter, and if that cannot be told, why.

    Raises:
        Fault: the filter makes no sense.
    """
    if not is_within(given.scope, facts):
        return Answer.NOT_MET
    match given.kind:
        case FilterKind.KEYWORD:
            met = any(facts.said.has(alternative) for alternative in alternatives(given.pattern))
        case FilterKind.REGEX:
            return _found(compiled(given.pattern), facts.searched)
        case FilterKind.CHANNEL:
            met = _number(given.pattern) in facts.channels
        case FilterKind.TOPIC:
            met = given.pattern in facts.topics
        case FilterKind.LANGUAGE:
            met = given.pattern.lower() == facts.lang
        case FilterKind.AD:
            met = given.pattern.lower() == facts.ad
        case FilterKind.MEANING:
            return _near(given, facts)
    return Answer.MET if met else Answer.NOT_MET


def is_within(scope: Scope, facts: Facts) -> bool:
    """Whether a post is of one of the topics and of one of the channels where a filter holds."""
    return (not scope.topics or not facts.topics.isdisjoint(scope.topics)) and (
        not scope.channels or not facts.channels.isdisjoint(scope.channels)
    )


# --- expressions -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def compiled(pattern: str) -> regex.Pattern[str]:
    """A regular expression, in any case unless it says otherwise.

    Raises:
        Fault: it is none, or one that cannot even be compiled in reasonable time.
    """
    if _VERBOSE.search(pattern):
        raise Fault("regex kind")
    repeats = 1
    for least, _comma, most in _BRACES.findall(pattern):
        # Counts of more digits than this are refused by their sheer length.
        repeats *= max(1, *(int(count[:9]) for count in (least, most) if count)) if least or most else 1
    if repeats > MOST_REPEATS:
        raise Fault("repeats")
    try:
        return regex.compile(pattern, regex.IGNORECASE)
    except regex.error as error:
        # The package's own hints say nothing of what an error holds.
        reason, place = str(getattr(error, "msg", error)), getattr(error, "pos", None)
        raise mistakes.no_regex(pattern, reason=reason, place=place) from None
    except _NO_REGEX:
        raise Fault("regex kind") from None


def _found(expression: regex.Pattern[str], text: str) -> Answer:
    try:
        # Other threads go on meanwhile: the text does not change.
        found = expression.search(text, timeout=PATIENCE, concurrent=True)
    except TimeoutError:
        return Answer.SLOW
    return Answer.NOT_MET if found is None else Answer.MET


def is_slow(pattern: str) -> bool:
    """Whether an expression takes too long on texts that are made to take long.

    Raises:
        Fault: it is no expression.
    """
    expression = compiled(pattern)
    return any(_found(expression, text) is Answer.SLOW for text in _probes(pattern))


def _probes(pattern: str) -> Iterable[str]:
    """Texts on which expressions with one repetition inside another take for ever, made of the pattern's own letters."""
    length = 4000
    own = list(dict.fromkeys(char for char in pattern if char.isalnum()))[:30]
    for unit in (*own, "".join(own), "a", "я", "0", " ", "a ", "слово ", "Aa1 ", "ab, ", "\n", "-", "a.", "#", "aб"):
        text = (unit * length)[:length]
        yield text
        yield f"{text}\x01!"


# --- channels, meanings ----------------------------------------------------------------------------------------------


def _number(pattern: str) -> int | None:
    """A number as a pattern, if it is one."""
    return int(pattern) if re.fullmatch(r"\d{1,18}", pattern, re.ASCII) else None


def threshold(given: Filter) -> float:
    """The least cosine at which a post meets a filter of meaning."""
    if given.threshold is not None:
        return round(given.threshold, DIGITS)
    pattern = given.pattern.strip()
    return POST_THRESHOLD if LIKE_POST.fullmatch(pattern) or len(pattern) >= AS_A_POST else THRESHOLD


def cosine(given: Filter, facts: Facts) -> float | None:
    """The greatest cosine of a filter's phrase with a post or one of its passages; None where they cannot be compared."""
    if given.vector is None or given.model_id is None:
        return None
    vectors = facts.vectors.get(given.model_id)
    if vectors is None or not len(vectors) or vectors.shape[1] != len(given.vector):
        return None
    return round(float((vectors @ given.vector).max()), DIGITS)


def _near(given: Filter, facts: Facts) -> Answer:
    if not facts.clean_text.strip():
        return Answer.NOT_MET  # it will never have vectors
    found = cosine(given, facts)
    if found is None:
        return Answer.UNKNOWN
    return Answer.MET if found >= threshold(given) else Answer.NOT_MET


# --- filters themselves ----------------------------------------------------------------------------------------------


def check(given: Filter) -> None:
    """Whether a filter makes sense by itself, before any post is looked at.

    Raises:
        Fault: it does not; what is wrong with it.
    """
    if not given.pattern.strip():
        raise Fault("empty")
    most = MOST_PATTERN.get(given.kind, 100)
    if len(given.pattern) > most:
        raise Fault("long", length=len(given.pattern), most=most)
    if given.action is FilterAction.BOOST and (not -1 <= given.weight <= 1 or given.weight == 0):
        raise Fault("weight")
    if given.threshold is not None and not 0 < given.threshold <= 1:
        raise Fault("threshold")
    _check_pattern(given.kind, given.pattern)


def _check_pattern(kind: FilterKind, pattern: str) -> None:
    match kind:
        case FilterKind.KEYWORD:
            alternatives(pattern)
        case FilterKind.REGEX:
            compiled(pattern)
        case FilterKind.CHANNEL if _number(pattern) is None:
            raise Fault("channel")
        case FilterKind.LANGUAGE if not _LANGUAGE.fullmatch(pattern.lower()):
            raise Fault("language")
        case FilterKind.AD if pattern.lower() not in {"ad", "grey"}:
            raise Fault("ad")
        case FilterKind.MEANING if not LIKE_POST.fullmatch(pattern.strip()) and not texts.keywords_stems(pattern):
            raise Fault("empty")
