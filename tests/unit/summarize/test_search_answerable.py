"""What the archive does not answer is refused: by what no story holds of the question; and how such a line is fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from core.search import FoundPost
from summarize import embed
from summarize.search import answerable, expected, held, refusals, rerank
from summarize.search.answerable import Verdict
from summarize.search.expected import Kind
from summarize.search.refusals import Asked
from tests.unit.summarize.found_stories import ASKED, NETWORK, OUTAGE, asking, found, post


def judged(text: str, *posts: FoundPost) -> Verdict:
    asked = asking(text)
    return answerable.verdict(asked, found(asked, posts), embed.local_encoder(), asked=ASKED)


def features(text: str, *posts: FoundPost) -> dict[str, float]:
    asked = asking(text)
    return answerable.features(asked, found(asked, posts), embed.local_encoder(), asked=ASKED)[0]


@pytest.mark.parametrize(
    ("told", "untold"),
    [
        (
            "what word error rate does Zarnitsa-2 reach on the test set",
            "what word error rate does Zarnitsa-3 reach on the test set",
        ),
        ("what word error rate does the Volkhov lab report", "what word error rate does the Onega lab report"),
        ("сколько клиентов пострадало у облака «Северяк»", "сколько клиентов пострадало у облака «Южак»"),
        (
            "what word error rate does Zarnitsa-2 reach on the test set",
            "what salary does the founder of Zarnitsa-2 get",
        ),
    ],
)
def test_a_detail_that_nobody_told_counts_against_an_answer(told: str, untold: str) -> None:
    """Another version, another name, another thing asked of the same: each scores below the question that is answered."""
    posts = (post(1, NETWORK), post(2, OUTAGE))
    assert judged(untold, *posts).score < judged(told, *posts).score


def test_what_the_archive_tells_is_answered_and_what_it_never_speaks_of_is_not() -> None:
    """In either language; the verdict names the story that answers."""
    posts = (post(1, NETWORK), post(2, OUTAGE))
    assert judged("what word error rate does Zarnitsa-2 reach on the test set", *posts).story_id == 1
    assert judged("what word error rate does Zarnitsa-2 reach on the test set", *posts).answers
    assert judged("сколько клиентов пострадало у облака «Северяк»", *posts).answers
    assert not judged("how many eggs for a pavlova?", *posts).answers
    assert not judged("чем отмыть смолу с капота", *posts).answers


@pytest.mark.parametrize("text", ["arxiv.org/abs/2609.07777 what is it about", "doi 10.5555/zarnitsa.2026 про что"])
def test_a_paper_that_no_post_holds_is_refused(text: str) -> None:
    """Whatever else is near; one that a post holds is not."""
    key = asking(text).keys[0]
    assert judged(text, post(1, NETWORK)) == Verdict(answers=False, may=False, score=-math.inf, story_id=None)
    assert judged(text, post(1, NETWORK, keys=[key])).answers


def test_nothing_found_is_no_answer() -> None:
    """An empty search refuses."""
    assert judged("what is new?") == Verdict(answers=False, may=False, score=-math.inf, story_id=None)


def test_a_channel_that_was_asked_about_has_to_have_said_it() -> None:
    """Where the archive has the channel, and its posts are of another story, that counts against this one."""
    posts = (post(1, NETWORK, channel="Paper Quarry"), post(2, OUTAGE, channel="Железо вслух"))
    asked = asking("what does Железо вслух say about Zarnitsa-2")
    rows = answerable.features(asked, stories := found(asked, posts), embed.local_encoder(), asked=ASKED)
    told = {story.story_id: row["not its source"] for story, row in zip(stories, rows, strict=True)}
    assert told == {1: 1.0, 2: 0.0}


def test_features_are_those_that_are_weighed() -> None:
    """Each has a weight that ships, also where a question has no word that says something."""
    assert set(features("what is new?", post(1, NETWORK))) == set(answerable.FEATURES)
    assert rerank.weights().answerable.keys() == set(answerable.FEATURES)


# --- words -----------------------------------------------------------------------------------------------------------


def test_a_name_and_its_number_are_one_word() -> None:
    """«Gouache 2» is not «Gouache 3»; a number after anything else stands alone."""
    words = {word.text: word for word in held.words_of(asking("сколько параметров у Zarnitsa 2 на 8 картах"))}
    assert words["Zarnitsa-2"].numbered
    assert words["Zarnitsa-2"].exact
    assert not words["8"].numbered


def test_words_are_held_by_what_they_mean() -> None:
    """Across languages and in other words, more than by chance; names are held by nothing but themselves."""
    words = held.words_of(asking("mattress of Severyak"))
    said = ["фермент ест поролон", "суд утвердил оценку"]
    shares = held.held(words, [held.text(one) for one in said], [held.told(one) for one in said], embed.local_encoder())
    assert [word.text for word in words] == ["mattress", "Severyak"]
    assert shares[0][0] > shares[1][0]
    assert shares[:, 1].tolist() == [0.0, 0.0]


def test_a_text_is_embedded_once_a_question() -> None:
    """The encoder that remembers asks for fresh texts only, and gives the same rows."""
    asked: list[str] = []

    def encode(batch: Sequence[str]) -> embed.Vectors:
        asked.extend(batch)
        return np.array([[float(len(one))] for one in batch], dtype=np.float32)

    remembered = held.remembering(encode)
    assert remembered(["a", "bb"]).tolist() == [[1.0], [2.0]]
    assert remembered(["bb", "ccc", "bb"]).tolist() == [[2.0], [3.0], [2.0]]
    assert asked == ["a", "bb", "ccc"]


@pytest.mark.parametrize(
    ("text", "kind", "tells", "silent"),
    [
        ("сколько клиентов пострадало", Kind.NUMBER, "Пострадали 2 300 клиентов.", "Пострадали клиенты."),
        ("what share of calls", Kind.NUMBER, "It was 71% of them.", "It was most of them."),
        ("when does it ship?", Kind.TIME, "It ships on 3 October.", "It ships soon."),
        ("кто возглавил раунд", Kind.NAME, "Раунд возглавил фонд Kestle.", "Раунд возглавил фонд."),
        ("почему упало", Kind.REASON, "Упало из-за насоса.", "Упало ночью."),
    ],
)
def test_what_is_expected(text: str, kind: Kind, tells: str, silent: str) -> None:
    """A question wants a kind of answer that one sentence has and the other has not."""
    asked = asking(text)
    assert kind in expected.wanted(asked)
    assert expected.offers(kind, tells, asked)
    assert not expected.offers(kind, silent, asked)


# --- fitting ---------------------------------------------------------------------------------------------------------


def lots(count: int = 120) -> list[Asked]:
    """Questions whose first feature tells in the best of three stories whether they are answered; the second is noise."""
    chance = np.random.default_rng(3)
    found = []
    for number in range(count):
        rows = np.column_stack([0.2 * chance.standard_normal(3), chance.standard_normal(3)])
        answered = number % 2 == 0
        rows[number % 3, 0] += 2.0 * answered
        found.append(Asked(rows=rows, answered=answered, without=np.zeros((0, 2))))
    return found


def test_a_line_learns_from_the_best_story() -> None:
    """Which of the stories answers is not told; the line finds it, and holds on questions that it was not fitted on."""
    asked = lots()
    line = refusals.fit(asked)
    assert line.weights[0] > 5 * abs(line.weights[1])
    scores = refusals.cross_validated(asked)
    answered = np.array([one.answered for one in asked])
    assert refusals.area(scores, answered) > 0.95
    assert refusals.right(scores, answered, wrong=0.1) > 0.9


def test_questions_without_rows_are_refused() -> None:
    """Where nothing was found there is nothing to weigh, whatever the line."""
    asked = [*lots(), Asked(rows=np.zeros((0, 2)), answered=False, without=np.zeros((0, 2)))]
    assert refusals.fit(asked).score(asked[-1].rows) == -np.inf
    assert refusals.cross_validated(asked)[-1] == -np.inf


def test_at_most_the_share_allowed_is_refused_wrongly() -> None:
    """The threshold leaves all but that share of the answered at or above it."""
    scores = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.5, 1.5])
    answered = np.array([True] * 10 + [False] * 2)
    assert refusals.threshold(scores, answered, wrong=0.1) == 2.0
    assert refusals.right(scores, answered, wrong=0.1) == 1.0
    assert refusals.right(scores, answered, wrong=0.0) == 0.5
