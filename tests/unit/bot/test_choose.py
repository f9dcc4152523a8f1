"""What one reader's digest is chosen from, and what of it: topics, channels, what was shown, what thumbs have taught."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import choose
from bot.select import Digest
from core.readers import Cap, Length, Memory, Opinion, Reader, ReaderKind, ReaderState, ShelfStory
from core.types import CitedSentence
from tests.unit.bot.cards import MORNING, NOW, TOPICS, make_card

SINCE = MORNING - timedelta(hours=12)


def make_reader(**over: Any) -> Reader:
    """A person who reads everything in Russian at nine."""
    fields: dict[str, Any] = {
        "id": 1,
        "chat_id": 100,
        "thread_id": None,
        "kind": ReaderKind.PERSON,
        "title": "",
        "lang": "ru",
        "tz": "Europe/Moscow",
        "hour": 9,
        "days": (1, 2, 3, 4, 5, 6, 7),
        "length": Length.NORMAL,
        "quiet": False,
        "all_topics": True,
        "state": ReaderState.ACTIVE,
        "since": SINCE,
        "due_at": NOW,
        "created_at": SINCE,
    }
    return Reader(**(fields | over))


def make_story(id: int, *topics: str, channels: tuple[int, ...] = (1,), **over: Any) -> ShelfStory:  # noqa: A002
    """A story that came this morning, ranked by its number."""
    pinned, arrived_at = over.pop("pinned", False), over.pop("arrived_at", MORNING)
    card = make_card(id, topics=topics, rank=1 - id / 100, **over)
    return ShelfStory(card=card, arrived_at=arrived_at, channels=channels, pinned=pinned)


def chosen(reader: Reader, *stories: ShelfStory, memory: Memory = Memory(), **over: Any) -> Digest:  # noqa: B008
    among = choose.candidates(stories, since=reader.since)
    return choose.choose(among, TOPICS, choose.choice(reader, memory, among), since=reader.since, until=NOW, **over)


def ids(digest: Digest) -> list[int]:
    return sorted(card.id for section in digest.sections for card in section.cards)


# --- what is wanted --------------------------------------------------------------------------------------------------


def test_all_topics_also_those_without() -> None:
    """Who wants all topics has every story, also one without a topic."""
    assert ids(chosen(make_reader(), make_story(1, "llm"), make_story(2))) == [1, 2]


def test_a_topic_left_out() -> None:
    """A story that is first of all about a topic left out is not told; one that touches it besides is."""
    reader = make_reader(topics=frozenset({"agents"}))
    assert ids(chosen(reader, make_story(1, "agents"), make_story(2, "llm", "agents"))) == [2]


def test_chosen_topics() -> None:
    """Who has chosen topics has what touches them, under them, and nothing else."""
    reader = make_reader(all_topics=False, topics=frozenset({"agents"}))
    digest = chosen(reader, make_story(1, "llm", "agents"), make_story(2, "llm"), make_story(3))
    assert ids(digest) == [1]
    assert [section.topic and section.topic.slug for section in digest.sections] == ["agents"]


def test_a_muted_channel_is_missed_only_where_it_is_alone() -> None:
    """What a muted channel alone reports is left out; what others report as well is not."""
    reader = make_reader(caps=(Cap(channel_id=7, most=0),))
    alone, with_others = make_story(1, channels=(7, 7)), make_story(2, channels=(7, 8))
    assert ids(chosen(reader, alone, with_others)) == [2]


def test_a_capped_channel_keeps_its_best() -> None:
    """Of a channel that may have two stories, the two best stay."""
    reader = make_reader(caps=(Cap(channel_id=7, most=2),))
    stories = [make_story(number, channels=(7,)) for number in (4, 2, 3, 1)]
    assert ids(chosen(reader, *stories, make_story(9, channels=(8,)))) == [1, 2, 9]


def test_what_is_pinned_is_for_everybody() -> None:
    """A pinned story stands first, whatever the reader has left out."""
    reader = make_reader(topics=frozenset({"agents"}), caps=(Cap(channel_id=7, most=0),), length=Length.SHORT)
    others = [make_story(number, "llm") for number in range(1, 9)]
    digest = chosen(reader, *others, make_story(50, "agents", channels=(7,), pinned=True))
    assert digest.sections[0].cards[0].id == 50


@pytest.mark.parametrize(("length", "most"), [(Length.SHORT, 5), (Length.NORMAL, 10), (Length.LONG, 20)])
def test_length(length: Length, most: int) -> None:
    """A digest has as many stories as its length allows, and says of how many."""
    digest = chosen(make_reader(length=length), *(make_story(number) for number in range(1, 40)))
    assert ids(digest) == list(range(1, most + 1))
    assert digest.considered == 39


def test_only_one_topic_even_if_left_out() -> None:
    """A topic that is asked for is told although the reader has left it out."""
    reader = make_reader(topics=frozenset({"agents"}))
    assert ids(chosen(reader, make_story(1, "agents"), make_story(2, "llm"), only="agents")) == [1]


# --- when ------------------------------------------------------------------------------------------------------------


def test_late_posts_count_and_backfill_does_not() -> None:
    """A post that came late is news for 48 hours; what is read of a channel's past is none."""
    late = make_story(1, last_seen=SINCE - timedelta(hours=47))
    past = make_story(2, last_seen=SINCE - timedelta(hours=49))
    before = make_story(3, arrived_at=SINCE - timedelta(seconds=1))
    assert ids(chosen(make_reader(), late, past, before)) == [1]


def claim(text: str, known_at: datetime) -> CitedSentence:
    return CitedSentence(text=text, post_id=10, known_at=known_at)


def test_a_story_comes_back_only_with_news() -> None:
    """A story that was shown is told again with what has become known since, marked as new, and with nothing else."""
    old, new = claim("Вышла модель.", MORNING), claim("Веса открыты.", MORNING + timedelta(hours=3))
    shown = Memory(shown={1: MORNING + timedelta(hours=1), 2: MORNING + timedelta(hours=1)})
    grown = make_story(1, sentences=(old,), claims=(old, new))
    same = make_story(2, sentences=(old,), claims=(old,))
    digest = chosen(make_reader(), grown, same, memory=shown)
    [card] = digest.sections[0].cards
    assert card.id == 1
    assert card.sentences == card.claims == (replace(new, is_new=True),)


def test_again_brings_back_whole_stories_in_their_place() -> None:
    """Asked for a week, a reader has its best stories first, whole, whether or not they were shown before."""
    memory = Memory(shown={1: NOW})
    stories = [make_story(1), make_story(2)]
    digest = chosen(make_reader(), *stories, memory=memory, again=True, limit=1)
    assert ids(digest) == [1]
    both = chosen(make_reader(), *stories, memory=memory, again=True)
    assert [card.id for card in both.sections[0].cards] == [1, 2]
    assert not any(sentence.is_new for card in both.sections[0].cards for sentence in card.sentences)


# --- taste -----------------------------------------------------------------------------------------------------------


def thumbs(value: int, count: int, *, topic: str = "llm", channel: int = 1) -> tuple[Opinion, ...]:
    return tuple(Opinion(story_id=number, value=value, topics=(topic,), channels=(channel,)) for number in range(count))


def test_thumbs_move_stories_a_little() -> None:
    """Thumbs down on a topic let an equal story of another one go first, but no number of them outweighs much importance."""
    stories = [make_story(1, "agents", channels=(1,)), make_story(2, "llm", channels=(2,))]
    memory = Memory(opinions=thumbs(-1, 10, topic="agents"))
    reader = make_reader()
    assert [section.cards[0].id for section in chosen(reader, *stories, memory=memory).sections] == [2, 1]
    important = replace(stories[0], card=replace(stories[0].card, rank=1.5))
    assert chosen(reader, important, stories[1], memory=memory).sections[0].cards[0].id == 1


@given(st.lists(st.sampled_from([-1, 1]), max_size=150))
def test_taste_is_bounded(values: list[int]) -> None:
    """What thumbs add to a rank stays within its bound and has the sign of their sum."""
    opinions = tuple(Opinion(story_id=n, value=value, topics=("llm",), channels=(1,)) for n, value in enumerate(values))
    liked = choose.liking(make_story(1, "llm"), dict(choose.taste(opinions)))
    assert abs(liked) <= choose.MOST_TASTE
    assert (liked > 0) == (sum(values) > 0)
    assert (liked < 0) == (sum(values) < 0)


# --- sharing ---------------------------------------------------------------------------------------------------------


def test_equal_choices_are_equal() -> None:
    """Readers who differ in nothing that matters have one choice; what was shown of other stories does not matter."""
    among = choose.candidates([make_story(1), make_story(2)], since=SINCE)
    one = choose.choice(make_reader(id=1, chat_id=1, hour=9), Memory(shown={99: NOW}), among)
    other = choose.choice(make_reader(id=2, chat_id=2, hour=17), Memory(), among)
    assert one == other
    assert hash(one) == hash(other)


@given(st.permutations(range(1, 15)))
def test_order_does_not_matter(order: list[int]) -> None:
    """The digest depends on the stories, not on the order in which they stand on the shelf."""
    stories = {number: make_story(number, ("llm", "agents", "infra")[number % 3]) for number in order}
    straight = chosen(make_reader(), *(stories[number] for number in sorted(stories)))
    assert chosen(make_reader(), *(stories[number] for number in order)) == straight
