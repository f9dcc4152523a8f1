"""Cards survive as JSON, whatever is in them, and whichever version wrote them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from core.store import card_json
from core.types import CitedSentence, ClaimKind, StoryCard, StoryPost

NUMBERS = st.integers(min_value=-(2**62), max_value=2**62)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001  the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=3))]),
)
SENTENCES = st.builds(
    CitedSentence,
    text=TEXTS,
    post_id=NUMBERS,
    also=st.lists(NUMBERS, max_size=3).map(tuple),
    kind=st.none() | st.sampled_from(ClaimKind),
    is_new=st.booleans(),
    lang=st.sampled_from(["", "ru", "en"]),
    known_at=st.none() | MOMENTS,
)
POSTS = st.builds(
    StoryPost,
    id=NUMBERS,
    channel=TEXTS,
    message_id=st.none() | NUMBERS,
    url=st.none() | TEXTS,
    origin=st.none() | TEXTS,
    origin_url=st.none() | TEXTS,
    date=st.none() | MOMENTS,
    first_seen=MOMENTS,
    text=TEXTS,
    copy_of=st.none() | NUMBERS,
)
CARDS = st.builds(
    StoryCard,
    id=NUMBERS,
    title=TEXTS,
    title_post=NUMBERS,
    sentences=st.lists(SENTENCES, max_size=3).map(tuple),
    claims=st.lists(SENTENCES, max_size=3).map(tuple),
    lang=TEXTS,
    topics=st.lists(TEXTS, max_size=3).map(tuple),
    rank=FLOATS,
    parts=st.dictionaries(TEXTS, FLOATS, max_size=4),
    independent=st.integers(min_value=0, max_value=100),
    dated=st.booleans(),
    first_seen=MOMENTS,
    last_seen=MOMENTS,
    posts=st.lists(POSTS, max_size=3).map(tuple),
    written_by=TEXTS,
)


@given(card=CARDS)
def test_a_card_comes_back_as_it_was(card: StoryCard) -> None:
    """Written and read, every field is what it was, and the parts of the rank keep their order."""
    found = card_json.from_json(json.loads(json.dumps(card_json.to_json(card))))
    assert found == card
    assert list(found.parts) == list(card.parts)


@given(card=CARDS)
def test_what_is_empty_takes_no_room(card: StoryCard) -> None:
    """No null, no empty list and no false stands in the JSON; a zero does."""
    written = card_json.to_json(card)
    every = [written, *written.get("posts", []), *written.get("sentences", []), *written.get("claims", [])]
    assert [value for item in every for value in item.values() if value is None or value is False or value == []] == []
    assert written["independent"] == card.independent


@given(card=CARDS)
def test_what_is_not_known_is_passed_over(card: StoryCard) -> None:
    """Keys that a newer version writes are ignored, at every depth."""
    written = card_json.to_json(card)
    for item in (written, *written.get("posts", []), *written.get("sentences", []), *written.get("claims", [])):
        item["of_tomorrow"] = {"deep": [1, None]}
    assert card_json.from_json(written) == card


def test_a_card_of_an_older_version_is_read() -> None:
    """What it does not hold is empty: a claim from before claims said since when they are known, a card without claims."""
    moment = "2026-09-15T07:40:00+00:00"
    old = {
        "id": 7,
        "title_post": 70,
        "rank": 1,
        "independent": 1,
        "first_seen": moment,
        "last_seen": moment,
        "sentences": [{"text": "Вышла Torvex-9B.", "post": 70}],
        "posts": [{"id": 70, "channel": "Градиент", "first_seen": moment}],
    }
    card = card_json.from_json(old)
    assert card.sentences == (CitedSentence(text="Вышла Torvex-9B.", post_id=70),)
    assert (card.title, card.claims, card.topics, card.parts, card.written_by, card.dated) == (
        "",
        (),
        (),
        {},
        "",
        False,
    )
    assert card.posts[0].first_seen == card.last_seen == datetime(2026, 9, 15, 7, 40, tzinfo=UTC)
    assert isinstance(card.rank, float)
