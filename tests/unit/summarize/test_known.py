"""Since when a claim of a written summary is known: from the version that first made it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.written import Claim, Summary
from summarize.known import known_at

START = datetime(2026, 9, 10, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAME = {1: START, 2: START + 2 * HOUR, 3: START + 4 * HOUR}

WEIGHTS = "Лаборатория «Медный кот» открыла веса модели Torvex-9B."
TRAINED = "Модель Torvex-9B обучена на 4 трлн токенов."
SCORE = "На бенчмарке DeskBench модель Torvex-9B набрала 61,4 балла."


def claim(text: str, *, posts: tuple[int, ...] = (1,), told: float = 0, **over: Any) -> Claim:
    """A claim whose first version covered posts up to `told` hours after START."""
    return Claim(text=text, post_ids=posts, lang="ru", **{"told_at": START + told * HOUR, **over})


def version(*claims: Claim, made: float, story: int = 1, written: bool = True) -> Summary:
    """A version made so many hours after START."""
    return Summary(
        story_id=story, lang="ru", version=1, key=b"", written=written, title="Заголовок", gist=claims[:1],
        claims=claims[1:], topics=(), told={}, model="model", prompt="summary.v1", faults={},
        covers_until=START + made * HOUR, made_at=START + made * HOUR,
    )  # fmt: skip


def since(text: str, *versions: Summary, came: dict[int, datetime] | None = None) -> float:
    """How many hours after START the claim of the last version is known."""
    (found,) = [one for one in (*versions[-1].gist, *versions[-1].claims) if one.text == text]
    at = known_at(found, versions, CAME if came is None else came)
    assert at is not None
    return (at - START) / HOUR


def test_what_the_first_version_tells_was_known_from_its_posts() -> None:
    """Who was shown the posts' own sentences is not shown as news that a model has put them in other words."""
    first = version(claim(WEIGHTS), claim(SCORE, posts=(2,)), claim(TRAINED, posts=(2, 1)), made=3)
    assert [since(text, first) for text in (WEIGHTS, SCORE, TRAINED)] == [0, 2, 0]


def test_what_a_later_version_adds_is_known_from_then() -> None:
    """Its new claim counts from when it was made, however long its post had been there; the old ones stay old."""
    first = version(claim(WEIGHTS), made=1)
    second = version(claim(WEIGHTS), claim(SCORE, posts=(2,), told=2, is_new=True), made=3)
    assert since(WEIGHTS, first, second) == 0
    assert since(SCORE, first, second) == 3


def test_other_words_are_no_news() -> None:
    """A claim that an earlier version made in other words counts from that version."""
    first = version(claim(WEIGHTS), made=1)
    second = version(claim(WEIGHTS), claim(SCORE, posts=(2,), told=2, is_new=True), made=3)
    third = version(
        claim("«Медный кот» выложил веса Torvex-9B.", posts=(3,)),
        claim("Torvex-9B взяла 61,4 балла на DeskBench.", posts=(3,), told=2),
        made=5,
    )
    assert since("«Медный кот» выложил веса Torvex-9B.", first, second, third) == 1
    assert since("Torvex-9B взяла 61,4 балла на DeskBench.", first, second, third) == 3


def test_versions_that_cover_the_same_time_are_told_apart() -> None:
    """A post that came late is older than what was covered: its claim is news all the same, in whichever words."""
    first = version(claim(WEIGHTS, told=2), claim(TRAINED, told=2), made=2.5)
    second = version(claim(WEIGHTS, told=2), claim(SCORE, posts=(3,), told=2, is_new=True), made=5)
    third = version(claim("Torvex-9B набрала 61,4 балла на DeskBench.", posts=(3,), told=2), made=6)
    assert since(SCORE, first, second) == 5
    assert since("Torvex-9B набрала 61,4 балла на DeskBench.", first, second, third) == 5


def test_a_version_taken_from_before_makes_nothing_new() -> None:
    """After an edit that was taken back, claims count from when they were first made, not from when they came back."""
    first = version(claim(WEIGHTS), made=1)
    second = version(claim(WEIGHTS), claim(SCORE, posts=(2,), told=2, is_new=True), made=3)
    edited = version(claim(WEIGHTS), claim(TRAINED, told=3, is_new=True), made=4)
    again = version(claim(WEIGHTS), claim(SCORE, posts=(2,), told=2, is_new=True), made=9)
    assert since(SCORE, first, second, edited, again) == 3
    assert since(WEIGHTS, first, second, edited, again) == 0


def test_a_version_taken_from_another_story_is_the_first_of_this_one() -> None:
    """Where posts have moved to a story of their own with what was written of them, nothing of it is news."""
    moved = version(claim(WEIGHTS, told=7), claim(SCORE, posts=(2,), told=8, is_new=True), made=9, story=5)
    assert since(SCORE, moved) == 2
    assert since(WEIGHTS, moved) == 0


def test_a_merged_story_brings_its_history() -> None:
    """What was told under either number counts from then."""
    one = version(claim(WEIGHTS), made=1, story=1)
    two = version(claim(SCORE, posts=(2,), told=2), made=3, story=2)
    merged = version(claim(WEIGHTS), claim(SCORE, posts=(2,), told=2), made=6, story=1)
    assert since(WEIGHTS, one, two, merged) == 0
    assert since(SCORE, one, two, merged) == 2


def test_posts_own_sentences_count_from_their_posts() -> None:
    """Sentences shown in place of answers that did not hold are the posts', and make no first version."""
    own = version(claim(TRAINED, posts=(2,), told_at=None, extracted=True), made=3, written=False)
    assert since(TRAINED, own) == 2
    written = version(claim(WEIGHTS), made=6)
    assert since(WEIGHTS, own, written) == 0


def test_without_any_of_its_posts_a_claim_counts_from_its_version() -> None:
    """And one that neither posts nor versions know is known since nobody knows when."""
    first = version(claim(WEIGHTS), made=1)
    assert since(WEIGHTS, first, came={}) == 1
    assert known_at(claim(WEIGHTS), [], {}) is None
