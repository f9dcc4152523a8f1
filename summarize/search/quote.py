"""Answers a question without a model: the two to four sentences of what was found that tell most of what was asked, as they stand.

Pure but for the encoder that is given, and deterministic. The weights of a sentence's features are fitted on labelled questions
(`data/search.json`, by `svodka eval search --fit`); one that cannot be read alone brings what stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from summarize import text as texts
from summarize.claims import addresses, checks
from summarize.embed import Encoder
from summarize.orders import hostile, suspicion
from summarize.search import broad, expected, held, rerank
from summarize.search.question import Question
from summarize.search.rerank import Candidate
from summarize.search.retrieve import LONGEST, SHORTEST, FoundStory, identified
from summarize.wording import CALL, CODEY, DANGLING, DIGITS, GREETS, LEANS, LETTER, finite

Array = NDArray[np.float64]

#: What speaks for a sentence. `cosine` with the question; of what the question says, the share that the sentence holds, names
#: apart (`rest`), and all of it, held by the sentence, the one before it and its post's title (`around`); `offers`: it has the
#: kinds of answer that are wanted; `number`: a digit; `from source`, `in period`: of its post, as for posts; `story`, `other`:
#: how much its story stands behind the best, and that it does.
FEATURES = ("cosine", "rest", "around", "offers", "number", "from source", "in period", "story", "other")
#: Sentences of an answer, and stories that they are from; of each story, so many sentences are looked at, the nearest first.
MOST, STORIES, LOOKED_AT = 4, 3, 12
#: How much worse than the best a sentence of the same story may be and still be told, and one of another, in units of the score.
WORSE, ELSEWHERE = 2.0, 0.8
_SCORE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A sentence of an answer: `text` is `start`:`stop` of the post's clean text. `before`: what has to stand before it to
    make sense of it, a sentence or the title of the same post, or "".
    """

    post_id: int
    story_id: int
    start: int
    stop: int
    text: str
    before: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A sentence that may be quoted, of a post; the one before it there, and the post's first one, "" where it is the first.

    `behind`: by how much its story stands behind the best one.
    """

    candidate: Candidate
    sentence: texts.Sentence
    previous: str
    title: str
    cosine: float
    behind: float

    @property
    def leans(self) -> bool:
        """Does it make no sense without what stands before it ("It reaches 91 %")?"""
        return DANGLING.match(self.sentence.text) is not None or LEANS.search(self.sentence.text) is not None

    @property
    def before(self) -> str:
        """What it needs: the sentence before it, or, where that is none or too long, the title."""
        if not self.leans:
            return ""
        return self.previous if 0 < len(self.previous) <= LONGEST // 2 else self.title


def choose(
    question: Question, stories: Sequence[FoundStory], encode: Encoder, *, most: int = MOST
) -> tuple[Quoted, ...]:
    """The sentences that answer best, the best first, those of one story together; () if none may be quoted.

    `stories`, best first; `encode` is the bundled model. One sentence stands alone if the others are much worse. Where all about a
    thing is wanted, the stories that speak of it are told by their openings.
    """
    if broad.asks_for_all(question) and (told := openings(question, stories, encode)):
        return told
    found = units(question, stories)
    if not found:
        return ()
    line = rerank.weights().quote
    scores = [rerank.score(row, line) for row in features(question, found, encode)]
    order = sorted(range(len(found)), key=lambda place: (-scores[place], place))
    ranked = [_quoted(found[place], scores[place]) for place in order]
    return _together(_chosen(ranked, encode, most=most))


def openings(question: Question, stories: Sequence[FoundStory], encode: Encoder) -> tuple[Quoted, ...]:
    """Of each of the STORIES best stories that speak of what the question names, the first sentence that speaks of it."""
    words = broad.thing(question)
    found: list[Quoted] = []
    for story in broad.speaking(question, stories)[:STORIES]:
        every = (_quoted(unit, story.score) for one in story.posts for unit in _of_post(one, {}, 0.0))
        opening = next(
            (one for one in every if _tells(one.text) and broad.holds(words, one.text) and not _suspect(one, encode)),
            None,
        )
        if opening is not None and not _repeats(opening, found):
            found.append(opening)
    return tuple(found)


# --- what may be quoted ----------------------------------------------------------------------------------------------


def units(question: Question, stories: Sequence[FoundStory]) -> list[Unit]:
    """The sentences of the best stories that may be quoted, LOOKED_AT of each."""
    near = _of_what_is_named(question, identified(question, stories)[:STORIES])
    kinds = expected.wanted(question)
    return [
        unit
        for story in near
        for unit in _of_story(story, near[0].score - story.score)
        if _tells(unit.sentence.text) or any(expected.offers(kind, unit.sentence.text, question) for kind in kinds)
    ]


def _of_what_is_named(question: Question, stories: Sequence[FoundStory]) -> list[FoundStory]:
    """The stories less those that lack a name or number of the question which the best one holds, and hold none that it lacks:
    they tell the like of something else.
    """
    exact = [word for word in held.words_of(question) if word.exact]
    told = [held.text(story.told) for story in stories]
    holds = [frozenset(word.text for word in exact if held.surely(word, one)) for one in told]
    return [story for story, own in zip(stories, holds, strict=True) if own >= holds[0] or own - holds[0]]


def _of_story(story: FoundStory, behind: float) -> list[Unit]:
    """Nearest first; without cosines, those of its best posts in order."""
    cosines = {(one.post_id, one.start): one.cosine or 0.0 for one in story.sentences}
    found = [unit for one in story.posts for unit in _of_post(one, cosines, behind)]
    once = {unit.sentence.text: unit for unit in reversed(found)}  # of copies, the sentence of the best post
    return sorted(once.values(), key=lambda unit: (-unit.cosine, found.index(unit)))[:LOOKED_AT]


def _of_post(one: Candidate, cosines: Mapping[tuple[int, int], float], behind: float) -> Iterator[Unit]:
    text = one.post.clean_text
    spoken = hostile.orders(text)
    sentences = [sentence for sentence in texts.sentences(text) if not sentence.is_code]
    for place, sentence in enumerate(sentences):
        if _may_stand(sentence) and not any(a < sentence.end and sentence.start < b for a, b in spoken):
            yield Unit(
                candidate=one,
                sentence=sentence,
                previous=sentences[place - 1].text if place else "",
                title=sentences[0].text if place else "",
                cosine=cosines.get((one.post.post_id, sentence.start), 0.0),
                behind=behind,
            )


def _may_stand(one: texts.Sentence) -> bool:
    """No code, question, greeting, bare link or half a sentence."""
    text = one.text
    if not SHORTEST <= len(text) <= LONGEST or CODEY.search(text) or text.endswith((":", "?", "…", "...")):
        return False
    if len(LETTER.findall(text)) < 0.4 * len(text.replace(" ", "")) or (GREETS.match(text) and len(text) < 60):
        return False
    return not (addresses.addresses(text) and len(text.split()) < 6)


def _tells(text: str) -> bool:
    """A number, or a verb and no call to do something; anything else is quoted only if it is the answer itself."""
    return DIGITS.search(text) is not None or (finite(text) and CALL.search(text) is None)


# --- how well each answers -------------------------------------------------------------------------------------------


def features(question: Question, found: Sequence[Unit], encode: Encoder) -> list[dict[str, float]]:
    """The features of each sentence, by name."""
    rest, around = _shares(question, found, encode)
    kinds = expected.wanted(question)
    return [
        {
            "cosine": one.cosine,
            "rest": rest[place],
            "around": around[place],
            "offers": sum(expected.offers(kind, one.sentence.text, question) for kind in kinds) / max(1, len(kinds)),
            "number": float(DIGITS.search(one.sentence.text) is not None),
            "from source": one.candidate.features["from source"],
            "in period": one.candidate.features["in period"],
            "story": -one.behind / _SCORE,
            "other": float(one.behind > 0),
        }
        for place, one in enumerate(found)
    ]


def _shares(question: Question, found: Sequence[Unit], encode: Encoder) -> tuple[list[float], list[float]]:
    """Of what the question says: the share, names apart, that each sentence holds; that it holds with what is around it."""
    words = held.words_of(question)
    said = [[one.sentence.text, one.previous, one.title] for one in found]
    places = {
        text: place
        for place, text in enumerate(dict.fromkeys(text for column in zip(*said, strict=True) for text in column))
    }
    known = held.held(words, [held.text(text) for text in places], [held.told(text) for text in places], encode)
    weights = np.array([word.weight for word in words])
    others = weights * np.array([not word.exact and word.weight < held.RARE for word in words])
    own = np.array([known[places[text]] for text, _, _ in said]).reshape(len(said), len(words))
    near = np.array([known[[places[text] for text in three]].max(axis=0) for three in said]).reshape(
        len(said), len(words)
    )
    return _share(own, others), _share(near, weights)


def _share(known: Array, weights: Array) -> list[float]:
    total = float(weights.sum())
    found: list[float] = (known @ weights / total).tolist() if total else [0.0] * len(known)
    return found


def _quoted(unit: Unit, score: float) -> Quoted:
    return Quoted(
        post_id=unit.candidate.post.post_id,
        story_id=unit.candidate.post.story_id,
        start=unit.sentence.start,
        stop=unit.sentence.end,
        text=unit.sentence.text,
        before=unit.before,
        score=score,
    )


# --- which of them ---------------------------------------------------------------------------------------------------


def _chosen(ranked: Sequence[Quoted], encode: Encoder, *, most: int) -> list[Quoted]:
    """The best that say different things, none of which speaks to a machine."""
    chosen: list[Quoted] = []
    for one in ranked:
        if len(chosen) == most:
            break
        if chosen and one.score < chosen[0].score - (WORSE if one.story_id == chosen[0].story_id else ELSEWHERE):
            continue
        if not _repeats(one, chosen) and not _suspect(one, encode):
            chosen.append(one)
    return chosen


def _repeats(one: Quoted, chosen: Sequence[Quoted]) -> bool:
    said = [other.text for other in chosen]
    return one.text in said or checks.repeats(one.text, said)


def _suspect(one: Quoted, encode: Encoder) -> bool:
    using = suspicion.weights()
    said = [text for text in (one.before, one.text) if text]
    return bool((suspicion.scores(said, encode, using=using) >= using.threshold).any())


def _together(chosen: Sequence[Quoted]) -> tuple[Quoted, ...]:
    """Those of one story one after the other, stories in the order of their best sentence; what a sentence leans on stands right
    before it if it is quoted anyway.
    """
    stories = list(dict.fromkeys(one.story_id for one in chosen))
    left = [one for story in stories for one in chosen if one.story_id == story]
    found: list[Quoted] = []
    while left:
        one = left.pop(0)
        leaned_on = next((other for other in left if other.post_id == one.post_id and other.text == one.before), None)
        if leaned_on is not None:
            left.remove(leaned_on)
            found.append(leaned_on)
        told = {other.text for other in found}
        found.append(replace(one, before="") if one.before in told else one)
    return tuple(found)
