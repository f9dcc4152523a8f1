"""Stories to be shared: pages whose places stay, results within Telegram's limits whatever they hold, offsets that are read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import inline_results, messages
from bot.spans import units
from bot.speech import Catalogues, Say
from core.answers import Answer, Hit, Outcome
from core.readers import ShelfStory
from core.types import CitedSentence, ClaimKind
from tests.unit.bot.cards import make_card, make_post

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
TZ = ZoneInfo("Europe/Moscow")
CATALOGUES = Catalogues()
RU = Say(CATALOGUES, "ru")


def hit(number: int, title: str = "Сова", sentence: str = "Сова спит.") -> Hit:
    return Hit(
        story_id=number,
        title=title,
        post=make_post(number),
        sentence=sentence,
        marks=((0, min(4, len(sentence))),),
        time=NOW,
        dated=True,
        sources=1,
    )


def test_pages() -> None:
    """Ten a page; what is gone is passed over and moves nothing that was shown before."""
    hits = [hit(number) for number in range(25)]
    first = inline_results.page(hits, 0, {3, 4})
    assert [one.story_id for one in first.hits] == [0, 1, 2, *range(5, 12)]
    assert first.after == 12
    last = inline_results.page(hits, 20, {24})
    assert ([one.story_id for one in last.hits], last.after) == ([20, 21, 22, 23], None)
    assert inline_results.page(hits, 15, set()).after is None
    assert inline_results.page(hits, 9999, set()).hits == ()


def test_an_offset_is_read_back() -> None:
    """As long as Telegram takes it."""
    longest = inline_results.offset(10**18 - 1, 9999)
    assert inline_results.at(longest) == (10**18 - 1, 9999)
    assert len(longest.encode()) <= 64


@pytest.mark.parametrize("forged", ["", "7", "7:", ":7", "-7:1", "7:1:1", "٧:١", "7:1\n", f"{10**20}:1", "7:99999"])
def test_a_forged_offset(forged: str) -> None:
    """Names nothing."""
    assert inline_results.at(forged) is None


@given(st.text(max_size=900), st.text(max_size=900), st.sampled_from(["ru", "en"]))
def test_any_result_is_taken(title: str, sentence: str, lang: str) -> None:
    """It has a title, a short description, a message that fits, and nothing that hides or reverses text."""
    made = inline_results.result(hit(7, title, sentence), Say(CATALOGUES, lang), now=NOW, tz=TZ)
    assert made.id == "7"
    assert 0 < units(made.title) <= 200
    assert units(made.description) <= 240
    assert messages.fits(made.message.text, made.message.marks)
    assert not {"\u202e", "\u0000", "\n"} & {*made.title, *made.description}


@given(st.text(max_size=300))
def test_any_button_is_one_row(wrong: str) -> None:
    """Whatever is wrong with what was typed."""
    found = Answer(outcome=Outcome.EMPTY, question="", lang="ru", wrong=wrong)
    text = inline_results.button_text(inline_results.nothing(found, RU))
    assert 0 < units(text) <= 60
    assert "\n" not in text


def test_a_story_that_stands_ready() -> None:
    """Is told by its first sentence and the post that says it; neither one side of a dispute nor a title alone is told."""
    posts = (make_post(1, url=None, origin_url=None), make_post(2))
    sides = (
        CitedSentence(text="Сова не спит.", post_id=1, kind=ClaimKind.DISPUTED),
        CitedSentence(text="Сова живёт в лесу.", post_id=1, kind=ClaimKind.AGREED),
    )
    story = ShelfStory(card=make_card(5, posts=posts, sentences=sides), arrived_at=NOW, channels=(1,))
    made = inline_results.ready(story)
    assert made is not None
    assert (made.sentence, made.post.id, made.post.url) == ("Сова живёт в лесу.", 1, "https://t.me/invented/2")
    for sentences in (sides[:1], ()):
        assert inline_results.ready(replace(story, card=replace(story.card, sentences=sentences))) is None
