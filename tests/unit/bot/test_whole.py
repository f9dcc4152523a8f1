"""One story as a message of its own, why it stands there, and what is said of muting: within Telegram's limits, and true."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import commands, reasons, story_menu, whole
from bot.messages import MARKS_BYTES, MESSAGE_MARKS, MESSAGE_UNITS
from bot.pages import muted
from bot.spans import units
from bot.speech import LANGUAGES, Catalogues, Say
from core.readers import ShelfStory
from core.types import CitedSentence, StoryCard
from tests.unit.bot.cards import MOSCOW, NASTY, NOW, hostile_cards, make_card, make_post, make_topic
from tests.unit.bot.test_story_menu import reader

CATALOGUES = Catalogues()
SAY = Say(CATALOGUES, "ru")
LLM, AGENTS = make_topic("llm", 1, "Языковые модели", "Language models"), make_topic("agents", 2, "Агенты", "Agents")
SOME: dict[str, Any] = {"all_topics": False, "topics": frozenset({"agents"})}
PARTS = ("sources", "spread", "engagement", "channel", "freshness", "substance", "doubtful", "filter", "taste", "other")


def shelved(card: StoryCard, **over: Any) -> ShelfStory:
    return ShelfStory(card=card, **({"arrived_at": NOW, "channels": (1,)} | over))


# --- the whole story -------------------------------------------------------------------------------------------------


def test_a_story_is_headed_as_a_story() -> None:
    """By its topic, with the number that it has in its digest, and never as a digest."""
    card = make_card(4, "Веса открыты")
    text, _ = whole.message(card, LLM, number=7, say=SAY, now=NOW, tz=MOSCOW)
    assert text.splitlines()[0] == "Сюжет · Языковые модели"
    assert text.splitlines()[2] == "7. Веса открыты"
    text, _ = whole.message(card, None, number=7, say=SAY.into("en"), now=NOW, tz=MOSCOW)
    assert text.splitlines()[0] == "Story"


def test_more_than_a_message_holds_is_cut_from_the_end() -> None:
    """Sixty long claims do not fit: what does, does, and an ellipsis says that there is more."""
    posts = tuple(make_post(number, f"Канал {number}") for number in range(1, 61))
    claims = tuple(
        CitedSentence(text=f"Тезис {n}: " + "очень длинно, " * 30, post_id=n, known_at=NOW) for n in range(1, 61)
    )
    card = make_card(1, "Заголовок", posts=posts, sentences=claims[:3], claims=claims)
    text, marks = whole.message(card, LLM, number=1, say=SAY, now=NOW, tz=MOSCOW)
    assert 3000 < units(text) <= MESSAGE_UNITS
    assert "Тезис 3:" in text
    assert text.endswith("…")
    assert len(marks) <= MESSAGE_MARKS


@given(hostile_cards(), NASTY, st.integers(0, 10_000))
def test_telegram_takes_any_story(cards: list[StoryCard], title: str, number: int) -> None:
    """Whatever posts, titles and topics hold."""
    for card in cards:
        text, marks = whole.message(card, make_topic("x", ru=title or "x"), number=number, say=SAY, now=NOW, tz=MOSCOW)
        assert 0 < units(text) <= MESSAGE_UNITS
        assert len(marks) <= MESSAGE_MARKS
        assert len(json.dumps([asdict(mark) for mark in marks])) <= MARKS_BYTES
        assert all(0 <= mark.offset < mark.offset + mark.length <= units(text) for mark in marks)


# --- why -------------------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.sampled_from(PARTS), st.floats(-2, 2)), st.booleans(), st.sampled_from(LANGUAGES))
def test_an_alert_is_short_enough(parts: dict[str, float], pinned: bool, lang: str) -> None:
    """At most 200 characters, never none, and whole lines."""
    found = reasons.alert(shelved(make_card(1, parts=parts), pinned=pinned), 0.0, SAY.into(lang))
    assert 0 < units(found) <= 200


@pytest.mark.parametrize(
    ("who", "topics", "says"),
    [
        ({}, ("llm", "agents"), "Темы: Языковые модели, Агенты. Вы читаете все темы."),
        ({"topics": frozenset({"agents"})}, ("llm",), "Тема: Языковые модели. Вы читаете все темы, кроме скрытых."),
        ({"topics": frozenset({"llm"})}, ("llm",), "Тема: Языковые модели. Вы её скрыли."),
        ({"topics": frozenset({"llm"})}, ("llm", "agents"), "Темы: Языковые модели, Агенты. Первую из них вы скрыли."),
        (SOME, ("agents",), "Тема: Агенты. Вы её выбрали."),
        (SOME, ("llm",), "Тема: Языковые модели. Вы её не выбирали."),
        (SOME, ("llm", "agents"), "Темы: Языковые модели, Агенты. Из них вы выбрали: Агенты."),
        ({**SOME, "topics": frozenset({"llm", "agents"})}, ("llm", "agents"), "Агенты. Вы выбрали их все."),
        ({**SOME, "topics": frozenset({"safety"})}, ("llm", "agents"), "Агенты. Вы из них ничего не выбирали."),
        ({"all_topics": False}, (), "Темы у него нет."),
    ],
)
def test_why_says_what_was_chosen(who: dict[str, Any], topics: tuple[str, ...], says: str) -> None:
    """Also where the story is none that the reader would get now; no topic is named twice but to tell it from others."""
    page = reasons.page(shelved(make_card(1, topics=topics)), 0.0, reader(**who), [LLM, AGENTS], SAY)
    assert page.text.render()[0].splitlines()[1].endswith(says)


# --- muting ----------------------------------------------------------------------------------------------------------


@given(NASTY, st.sampled_from(LANGUAGES), st.booleans(), st.booleans(), st.booleans())
def test_what_is_said_of_muting_is_short_enough(
    name: str,
    lang: str,
    is_muted: bool,
    left_none: bool,
    all_topics: bool,
) -> None:
    """An answer to a press has at most 200 characters, whatever is muted."""
    say = SAY.into(lang)
    who = reader(all_topics=all_topics)
    assert 0 < units(muted.topic(name, who, say, is_muted=is_muted, left_none=left_none)) <= 200
    assert 0 < units(muted.channel(name, say, is_muted=is_muted)) <= 200
    assert 0 < units(muted.last_of_channel(say)) <= 200


def test_the_topic_that_can_be_muted() -> None:
    """The first for who reads all; for who chose some, the first of those, or the first at all; what is shown stays."""
    everything, some = reader(), reader(all_topics=False, topics=frozenset({"agents"}))
    assert story_menu.topic_of([LLM, AGENTS], everything) == LLM
    assert story_menu.topic_of([LLM, AGENTS], some) == AGENTS
    assert story_menu.topic_of([LLM], some) == LLM
    assert story_menu.topic_of([LLM, AGENTS], some, "llm") == LLM
    assert story_menu.topic_of([LLM, AGENTS], some, "gone") == AGENTS
    assert story_menu.topic_of([], some) is None


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("digets", "digest"),
        ("DIGEST", "digest"),
        ("вшпуые", "digest"),
        ("тема", "topics"),
        ("цукцук", None),
        ("", None),
        ("x" * 4000, None),
        ("subscribe", "subscribe"),
    ],
)
def test_the_nearest_command(typed: str, meant: str | None) -> None:
    """A slip, another case, the wrong keyboard, a Russian word; nothing where nothing is near."""
    assert commands.nearest(typed, {"digest", "topics", "settings", "help", "subscribe"}) == meant


def test_a_command_that_is_not_offered_is_not_named() -> None:
    """Also not by a Russian word for it."""
    assert commands.nearest("темы", {"digest"}) is None


def test_the_whole_story_tells_claims_that_no_digest_has_told_yet() -> None:
    """One that became known after all others stands there, too."""
    late = CitedSentence(text="Позднее уточнение.", post_id=10, known_at=NOW + timedelta(days=1))
    card = make_card(1, claims=(late,))
    text, _ = whole.message(card, None, number=1, say=SAY, now=NOW, tz=MOSCOW)
    assert "Позднее уточнение." in text
