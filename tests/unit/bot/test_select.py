"""Choosing stories: rank, caps per topic, sections, titles that repeat, independence of order."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.select import Digest, select, title_key
from core.types import StoryCard
from tests.unit.bot.cards import MORNING, TOPICS, make_card

SLUGS = [topic.slug for topic in TOPICS]


def choose(cards: list[StoryCard], limit: int = 12, only: tuple[str, ...] = ()) -> Digest:
    return select(cards, TOPICS, only=only, limit=limit, lang="ru", since=None, until=None)


def shown(digest: Digest) -> dict[str | None, list[int]]:
    return {section.topic.slug if section.topic else None: [c.id for c in section.cards] for section in digest.sections}


def test_sections_follow_their_best_story_and_topicless_stories_come_last() -> None:
    """Sections stand in the order of their best story, the one without a topic last however good it is."""
    cards = [
        make_card(1, rank=9.0),
        make_card(2, rank=5.0, topics=("agents",)),
        make_card(3, rank=8.0, topics=("llm",)),
        make_card(4, rank=7.0, topics=("agents", "llm")),
    ]
    digest = choose(cards)
    assert list(shown(digest).items()) == [("llm", [3]), ("agents", [4, 2]), (None, [1])]
    assert digest.considered == 4


def test_ties_go_to_the_newer_then_to_the_smaller_id() -> None:
    """Stories of one rank stand by time, the newest first, then by id."""
    cards = [make_card(2), make_card(1), make_card(3, last_seen=MORNING + timedelta(hours=1))]
    assert shown(choose(cards)) == {None: [3, 1, 2]}


def test_only_keeps_wanted_topics_and_files_under_the_first_of_them() -> None:
    """A reader's topics decide what is kept and under which topic it stands."""
    cards = [
        make_card(1, topics=("llm", "agents")),
        make_card(2, topics=("llm",)),
        make_card(3),
        make_card(4, topics=("agents", "infra")),
    ]
    assert shown(choose(cards, only=("agents", "infra"))) == {"agents": [1, 4]}
    assert shown(choose(cards, only=("safety",))) == {}


def test_topic_outside_the_taxonomy_is_no_topic() -> None:
    """A story whose topics the taxonomy has dropped stands among the others."""
    assert shown(choose([make_card(1, topics=("gone",)), make_card(2, topics=("gone", "llm"))])) == {
        "llm": [2],
        None: [1],
    }


@pytest.mark.parametrize(
    ("llm", "agents", "other", "limit", "expected"),
    [
        (9, 9, 9, 9, (3, 3, 3)),
        (9, 0, 2, 9, (7, 0, 2)),
        (9, 0, 9, 9, (3, 0, 6)),
        (9, 0, 0, 9, (9, 0, 0)),
        (9, 9, 0, 9, (5, 4, 0)),
        (9, 1, 0, 4, (3, 1, 0)),
        (9, 9, 9, 1, (1, 0, 0)),
        (2, 2, 2, 12, (2, 2, 2)),
        (3, 3, 3, 0, (0, 0, 0)),
    ],
)
def test_no_topic_crowds_out_the_others(
    llm: int, agents: int, other: int, limit: int, expected: tuple[int, int, int]
) -> None:
    """A topic takes more than a third of the places only where nobody else can take them, then topics grow alike."""
    cards = [make_card(n, topics=("llm",), rank=100.0 - n) for n in range(llm)]
    cards += [make_card(100 + n, topics=("agents",), rank=50.0 - n) for n in range(agents)]
    cards += [make_card(200 + n, rank=20.0 - n) for n in range(other)]
    found = shown(choose(cards, limit=limit))
    assert tuple(len(found.get(slug, [])) for slug in ("llm", "agents", None)) == expected
    assert found.get("llm", []) == list(range(expected[0])), "the best of the topic"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Вышла модель «Полынья 2»!", "вышла модель Полынья-2", True),
        ("Всё о Полынье", "все о полынье 🔥", True),
        ("Полынья 1.12", "Полынья 11.2", False),
        ("Полынья 7B", "Полынья 70B", False),
        ("C++ для ML", "C# для ML", False),
        ("#новость дня", "Новость дня", True),
        ("🔥🔥", "🎉", False),
        ("模型发布", "模型發佈", False),
    ],
)
def test_title_keys(one: str, other: str, same: bool) -> None:
    """Titles are the same without case and punctuation, and differ by any letter, digit or language's name."""
    assert (title_key(one) == title_key(other)) is same


def test_of_stories_with_one_title_the_best_stays() -> None:
    """The lower of two stories with nearly one title is not shown, nor is a story given twice."""
    cards = [
        make_card(1, "Вышла Полынья!", rank=1.0),
        make_card(2, "вышла «полынья»", rank=2.0),
        make_card(3),
        make_card(3),
    ]
    assert shown(choose(cards)) == {None: [2, 3]}
    assert choose(cards).considered == 3


def test_untitled_stories_do_not_hide_each_other() -> None:
    """An empty title is no title in common."""
    assert shown(choose([make_card(1, ""), make_card(2, " ")])) == {None: [1, 2]}


def test_rank_that_is_no_number_comes_last() -> None:
    """A broken rank neither fails nor wins."""
    assert shown(choose([make_card(1, rank=math.nan), make_card(2, rank=-5.0)])) == {None: [2, 1]}


LISTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 1.5, 2.0, 9.0, -1.0]),
        st.lists(st.sampled_from([*SLUGS, "gone"]), max_size=3, unique=True),
        st.integers(0, 5),
        st.sampled_from(["", "А", "а!", "Б", None, None, None]),
    ),
    max_size=30,
)


def _cards(rows: list[tuple[float, list[str], int, str | None]]) -> list[StoryCard]:
    return [
        make_card(n, title, rank=rank, topics=tuple(slugs), last_seen=MORNING + timedelta(hours=hours))
        for n, (rank, slugs, hours, title) in enumerate(rows)
    ]


@given(rows=LISTS, limit=st.integers(-1, 15), only=st.lists(st.sampled_from(SLUGS), max_size=2), seed=st.integers())
def test_order_of_the_input_does_not_matter(
    rows: list[tuple[float, list[str], int, str | None]], limit: int, only: list[str], seed: int
) -> None:
    """The digest is a function of the set of stories."""
    cards = _cards(rows)
    mixed = random.Random(seed).sample(cards, len(cards))
    assert choose(cards, limit, tuple(only)) == choose(mixed, limit, tuple(only))


@given(rows=LISTS, limit=st.integers(0, 15), only=st.lists(st.sampled_from(SLUGS), max_size=2))
def test_promises_of_the_choice(
    rows: list[tuple[float, list[str], int, str | None]], limit: int, only: list[str]
) -> None:
    """Every place that can be is filled, nothing stands twice, and only a topic without a rival exceeds a third."""
    cards = _cards(rows)
    digest = choose(cards, limit, tuple(only))
    found = [card for section in digest.sections for card in section.cards]
    wanted = [card for card in cards if not only or set(only) & set(card.topics)]
    keys = {title_key(card.title) or f"id {card.id}" for card in wanted}
    assert len(found) == min(limit, len(keys))
    assert len({card.id for card in found}) == len(found)
    assert len({title_key(card.title) or f"id {card.id}" for card in found}) == len(found)
    cap = math.ceil(limit / 3)
    over = {section.topic.slug for section in digest.sections if section.topic and len(section.cards) > cap}
    everyone = choose(cards, len(cards) + 1, tuple(only))
    if over:
        sizes = shown(digest)
        for slug, ids in shown(everyone).items():
            if slug not in over:
                assert sizes.get(slug, []) == ids or (slug and len(sizes.get(slug, [])) >= cap)


@given(rows=LISTS, limit=st.integers(1, 15))
def test_within_sections_and_between_them_rank_falls(
    rows: list[tuple[float, list[str], int, str | None]], limit: int
) -> None:
    """Ranks never rise inside a section, nor from one section's best to the next's, the topicless aside."""
    digest = choose(_cards(rows), limit)
    for section in digest.sections:
        ranks = [card.rank for card in section.cards]
        assert ranks == sorted(ranks, reverse=True)
    best = [section.cards[0].rank for section in digest.sections if section.topic]
    assert best == sorted(best, reverse=True)
    assert all(section.topic for section in digest.sections[:-1])
