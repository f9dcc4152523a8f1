"""Does the archive answer a question at all? A score from exact features of what was found, and a threshold.

Pure but for the encoder that is given. Weights and threshold are fitted on labelled questions, a part of which the archive
does not answer (`data/search.json`, by `svodka eval search --fit`): some ask for what no post speaks of, most for a detail that
posts on the very thing leave out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from summarize import text as texts
from summarize.embed import Encoder
from summarize.keys import KeyKind
from summarize.search import broad, held, rerank
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory

Array = NDArray[np.float64]

#: What speaks for a story, or against it. Of what the question says: `held`, how much the story holds, and `missing`, how much it
#: does not; `version`, `name`, `word`, the most that one version, name or other word says which it does not hold. `loose`: it
#: holds no name of the question, so that only their meaning ties the two; `near`: how near, then, the NEIGHBOURS passages lie that
#: are nearest of all that was found: of what the archive never speaks of, none is near. `key`: it holds an identifier of the
#: question. `in period`: a post is of the time that was asked for. `not its source`: none is from the channel that was asked
#: about. The score of the search is left out: it says what is nearest, not whether that is near.
FEATURES = ("held", "missing", "version", "name", "word", "loose", "near", "key", "in period", "not its source")
NEIGHBOURS = 10
#: Stories that are looked at, the best ones; an answer that stands below them would not be told.
STORIES = 4
#: Of each, its titles and so many of its nearest sentences are compared by the meaning of their words.
NEAR = 8
#: A time that was asked for and is longer ago than this may as well be one that has yet to come.
_LONG_AGO = timedelta(days=200)
_LATE = timedelta(days=1)
#: What names one text in the world: where no post holds it, nothing here is about it.
_UNIQUE = (f"{KeyKind.ARXIV}:", f"{KeyKind.DOI}:")


#: From this weight on a word that is no name says what something is about.
TELLING = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`answers`: the archive probably tells what was asked; `may`: it is not out of the question, so that somebody who reads what
    was found may tell. `score` is the best story's; `story_id` is that story, None where none can be.
    """

    answers: bool
    may: bool
    score: float
    story_id: int | None


def verdict(question: Question, stories: Sequence[FoundStory], encode: Encoder, *, asked: datetime) -> Verdict:
    """Whether what was found, best first, answers the question; `encode` is the bundled model."""
    if not stories or unknown(question, stories):
        return Verdict(answers=False, may=False, score=-math.inf, story_id=None)
    shipped = rerank.weights()
    rows = features(question, stories, encode, asked=asked)
    scores = [rerank.score(row, shipped.answerable) for row in rows]
    best = int(np.argmax(scores))
    answers = scores[best] >= shipped.threshold or bool(broad.speaking(question, stories[:STORIES]))
    return Verdict(
        answers=answers,
        may=answers or scores[best] >= shipped.hopeless,
        score=scores[best],
        story_id=stories[best].story_id,
    )


def related(question: Question, stories: Sequence[FoundStory]) -> list[FoundStory]:
    """The stories that hold a name of the question, or another word of it that says something."""
    words = [word for word in held.words_of(question) if word.exact or word.weight >= TELLING]
    return [story for story in stories if any(held.surely(word, held.text(story.told)) for word in words)]


def unknown(question: Question, stories: Sequence[FoundStory]) -> bool:
    """Does the question name a paper by an identifier that no post holds?"""
    wanted = {key for key in question.keys if key.startswith(_UNIQUE)}
    return bool(wanted) and all(wanted.isdisjoint(one.post.keys) for story in stories for one in story.posts)


def features(
    question: Question, stories: Sequence[FoundStory], encode: Encoder, *, asked: datetime
) -> list[dict[str, float]]:
    """The features of the first STORIES stories, by name."""
    words = held.words_of(question)
    best = stories[:STORIES]
    whole = [held.text(story.told) for story in best]
    near = [held.told("\n".join(_nearest(story))) for story in best]
    shares = held.held(words, whole, near, encode)
    channels = {name for story in stories for one in story.posts for name in one.post.names}
    sources = {name for name in channels if _called(question, name)}
    near_by = _near_by(stories)
    return [
        _words(words, row, near_by) | _story(question, story, sources=sources, asked=asked)
        for story, row in zip(best, shares, strict=True)
    ]


def _nearest(story: FoundStory) -> list[str]:
    """The openings of the story's first two posts, and its sentences that are nearest to the question, NEAR in all."""
    said = [found[0].text for one in story.posts[:2] if (found := texts.sentences(one.post.clean_text))]
    return list(dict.fromkeys([*said, *(one.text for one in story.sentences)]))[:NEAR]


def _near_by(stories: Sequence[FoundStory]) -> float:
    """The mean cosine of the nearest passages, one of each post."""
    cosines = sorted((one.features["passage"] for story in stories for one in story.posts), reverse=True)
    return sum(cosines[:NEIGHBOURS]) / max(1, len(cosines[:NEIGHBOURS]))


def _words(words: Sequence[held.Word], shares: Array, near_by: float) -> dict[str, float]:
    """What the story holds of the question's words, and what it does not."""
    weights = np.array([word.weight for word in words])
    exact = np.array([word.exact for word in words], dtype=bool)
    numbered = np.array([word.numbered for word in words], dtype=bool)
    missing = weights * (1.0 - shares)
    anchored = bool(((exact | (weights >= held.RARE)) & (shares >= 1.0)).any())
    return {
        "held": math.log1p(float((weights * shares).sum())),
        "missing": float(missing.sum()),
        "version": float(missing[numbered].max(initial=0.0)),
        "name": float(missing[exact & ~numbered].max(initial=0.0)),
        "word": float(missing[~exact].max(initial=0.0)),
        "loose": float(not anchored),
        "near": 0.0 if anchored else near_by,
    }


def _story(question: Question, story: FoundStory, *, sources: set[str], asked: datetime) -> dict[str, float]:
    """What else there is to it: identifiers, time, channel."""
    keys = set(question.keys)
    return {
        "key": float(any(not keys.isdisjoint(one.post.keys) for one in story.posts)),
        "in period": float(any(one.features["in period"] for one in story.posts)),
        "not its source": float(bool(sources) and not _from(question, story, sources, asked=asked)),
    }


def _from(question: Question, story: FoundStory, sources: set[str], *, asked: datetime) -> bool:
    """Is a post of the story from one of the sources, and of the time that was asked for, if that was lately?"""
    when = question.period
    lately = when is not None and when.until is not None and asked - _LONG_AGO <= when.until <= asked + _LATE
    return any(
        not sources.isdisjoint(one.post.names) and (not lately or one.features["in period"] > 0) for one in story.posts
    )


def _called(question: Question, name: str) -> bool:
    """Does the question name the channel, by all of one of its names, and not by a short word that only sounds like it?"""
    return any(
        rerank.from_source(question, part) >= 1.0 and (len(part) >= 5 or part.lower() in question.text.lower())
        for part in rerank.parts_of(name)
    )
