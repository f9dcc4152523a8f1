"""What `svodka eval search --fit` fits on labelled questions: ranking, then, of what it puts first, quoting and refusing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cli.searched import Searched
from summarize import embed
from summarize.embed import Encoder
from summarize.search import answerable, held, measures, quote, refusals, rerank, retrieve
from summarize.search.measures import ANSWERS, Lot
from summarize.search.refusals import Asked
from summarize.search.retrieve import FoundStory

Array = NDArray[np.float64]
Line = dict[str, float]

#: The penalties of ranking and quoting, and to how many digits weights are kept.
PENALTY, QUOTE_PENALTY, DIGITS = 0.001, 0.01, 3
#: So many of the questions that are answered may be refused; and so many without that somebody reads what was found.
WRONG: Final = 0.05
UNREAD: Final = 0.01


def fitted(found: Sequence[Searched]) -> tuple[dict[str, Any], Array]:
    """All weights, and the cross-validated log-odds of each question being answered."""
    first = _ranking(found, [one.first for one in found])
    then = _ranking(found, [[(each.post.post_id, each.features) for each in one.ranked] for one in found])
    again = [replace(one, ranked=rerank.rank_by(one.ranked, then)) for one in found]
    encode = embed.local_encoder()
    asked = [_asked(one, encode) for one in again]
    line, scores = refusals.fit(asked), refusals.cross_validated(asked)
    answered = np.array([one.answered for one in asked])
    weights = {
        "first": first,
        "then": then,
        "quote": _quoting(again, encode),
        "answerable": _named(answerable.FEATURES, line.weights),
        "threshold": round(refusals.threshold(scores, answered, wrong=WRONG) - line.bias, DIGITS),
        "hopeless": round(refusals.threshold(scores, answered, wrong=UNREAD) - line.bias, DIGITS),
    }
    return weights, scores


def _named(names: Sequence[str], weights: Array) -> Line:
    return {name: round(float(weight), DIGITS) for name, weight in zip(names, weights, strict=True)}


def _rows(values: Sequence[Mapping[str, float]], names: Sequence[str]) -> Array:
    return np.array([[row[name] for name in names] for row in values]).reshape(len(values), len(names))


def _ranking(found: Sequence[Searched], rows: Sequence[Sequence[tuple[int, Mapping[str, float]]]]) -> Line:
    lots = [
        Lot(
            rows=_rows([values for _, values in posts], rerank.FEATURES),
            grades=np.array([float(one.label.stories.get(one.slugs.get(post, ""), 0)) for post, _ in posts]),
        )
        for one, posts in zip(found, rows, strict=True)
        if one.label.stories and posts
    ]
    return _named(rerank.FEATURES, measures.fit_ranking(lots, penalty=PENALTY))


def _quoting(found: Sequence[Searched], encode: Encoder) -> Line:
    """By which, of the sentences that may be quoted, those come first that hold a fact."""
    lots = []
    for one in found:
        units = quote.units(one.question, one.stories) if one.label.stories else []
        if units:
            says = [
                one.answers(unit.candidate.post.post_id) and one.label.says_fact(f"{unit.before} {unit.sentence.text}")
                for unit in units
            ]
            rows = _rows(quote.features(one.question, units, encode), quote.FEATURES)
            lots.append(Lot(rows=rows, grades=np.array(says) * float(ANSWERS)))
    return _named(quote.FEATURES, measures.fit_ranking(lots, penalty=QUOTE_PENALTY))


def _asked(one: Searched, encode: Encoder) -> Asked:
    answered = bool(one.label.stories)
    others = [each for each in one.ranked if not one.answers(each.post.post_id)]
    encode = held.remembering(encode)
    return Asked(
        rows=_of_stories(one, one.stories, encode),
        answered=answered,
        without=_of_stories(one, retrieve.stories(others if answered else [], one.sentences), encode),
    )


def _of_stories(one: Searched, stories: Sequence[FoundStory], encode: Encoder) -> Array:
    """The features of stories; none where the question is refused without them."""
    if not stories or answerable.unknown(one.question, stories):
        return np.zeros((0, len(answerable.FEATURES)))
    found = answerable.features(one.question, stories, encode, asked=one.label.asked)
    return _rows(found, answerable.FEATURES)
