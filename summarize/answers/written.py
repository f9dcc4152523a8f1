"""From what a model answers to an answer that holds: each sentence is checked against the posts that it cites, as those of
summaries are, and so is what may be asked next.

Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.types import CitedSentence, ClaimKind
from core.written import Claim
from summarize import verify
from summarize.claims import check_posts, check_sense, checks
from summarize.orders import hostile
from summarize.schemas import ClaimAnswer, QuestionAnswer
from summarize.verify import Asked

#: Sentences of an answer, and what may be asked next.
LEAST_SENTENCES, MOST_SENTENCES, MOST_FOLLOW_UPS = 1, 4, 3
#: Characters of what may be asked next: it stands on a button.
FOLLOW_UP_LENGTH = 60
#: Of its words, so much must be what the posts say.
IN_POSTS = 0.5
#: Words of a sentence, at the least.
LEAST_WORDS = 3
_WORD = re.compile(r"[^\W\d_]{2,}")
#: What leads somewhere.
_ADDRESSED = re.compile(r"@|_|://|\w\.\w{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What may be shown. `faults` counts what was found, by name; `absent`: the model says that the posts do not tell."""

    sentences: tuple[CitedSentence, ...]
    follow_ups: tuple[str, ...]
    faults: Mapping[str, int]
    absent: bool = False


def check(answer: QuestionAnswer, asked: Asked, *, question: str) -> Checked:
    """An answer as far as it holds."""
    found: Counter[str] = Counter()
    if not answer.answered:
        return Checked(sentences=(), follow_ups=(), faults={}, absent=True)
    claims = sentences(answer.sentences, asked, found)
    return Checked(
        sentences=tuple(cited(claim) for claim in claims),
        follow_ups=_follow_ups(answer.follow_ups, asked, [question], found) if claims else (),
        faults=dict(found),
    )


def sentences(given: Sequence[ClaimAnswer], asked: Asked, found: Counter[str]) -> list[Claim]:
    """Those that hold, each once, at most MOST_SENTENCES; what is wrong with others is counted."""
    told = _told(asked)
    holding = [
        claim
        for item in given[: 2 * MOST_SENTENCES]
        if _is_sentence(verify.plain(item.text), told)
        and (claim := verify.sentence(verify.plain(item.text), item.posts, ClaimKind(item.kind), asked, found))
    ]
    return verify.disputed(verify.distinct(holding, (), asked, found), asked.material)[:MOST_SENTENCES]


def _told(asked: Asked) -> frozenset[str]:
    """Keys of all the words of the posts, as both languages share them."""
    return frozenset[str]().union(*(check_posts.keys(source.text) for source in asked.material.sources))


def _is_sentence(text: str, told: Collection[str]) -> bool:
    """A few words, one of which at least the posts have: what says nothing contradicts nothing either."""
    words = [word for word in text.split() if _WORD.search(word)]
    return len(words) >= LEAST_WORDS and check_sense.share(check_posts.keys(text) or {"": 1.0}, told) > 0


def cited(claim: Claim) -> CitedSentence:
    """A sentence as it is shown."""
    return CitedSentence(
        text=claim.text, post_id=claim.post_ids[0], also=claim.post_ids[1:], kind=claim.kind, lang=claim.lang
    )


def _follow_ups(given: Sequence[str], asked: Asked, before: Sequence[str], found: Counter[str]) -> tuple[str, ...]:
    """Questions about what the posts tell, mostly in their words: a button says them in the reader's name."""
    kept: list[str] = []
    told = _told(asked)
    for text in map(verify.plain, given):
        if not _may_be_asked(text, told) or hostile.is_hostile(text) or verify.leaks(text, asked):
            continue
        wrong = set(verify.faults_of(text, asked.material.sources, asked)) - {checks.Fault.UNSUPPORTED}
        if wrong:
            found.update(f"follow-up {fault}" for fault in wrong)
        elif not checks.repeats(text, [*before, *kept], similar=asked.similar):
            kept.append(text)
    return tuple(kept[:MOST_FOLLOW_UPS])


def _may_be_asked(text: str, told: Collection[str]) -> bool:
    """A short question with no address in it, whose words the posts mostly have."""
    is_question = text.endswith("?") and 0 < len(text) <= FOLLOW_UP_LENGTH and not _ADDRESSED.search(text)
    return is_question and check_sense.share(check_posts.keys(text), told) >= IN_POSTS
