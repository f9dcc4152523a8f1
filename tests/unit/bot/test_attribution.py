"""Written cards in words: who says what, once in a row; what is new; several citations; other languages."""

from __future__ import annotations

from typing import Any

import pytest

from bot.blocks import StoryBlock, render_blocks
from bot.render import render_text
from bot.select import select
from core.types import CitedSentence, ClaimKind, StoryCard
from tests.unit.bot.cards import MOSCOW, NOW, TOPICS, make_card, make_post

POSTS = (make_post(1, "Альфа"), make_post(2, "Бета"), make_post(3, "Гамма"))
TITLE = "Вышла модель Torvex-9B"


def says(text: str, *posts: int, kind: ClaimKind | None = ClaimKind.ATTRIBUTED, **over: Any) -> CitedSentence:
    return CitedSentence(text=text, post_id=posts[0], also=posts[1:], kind=kind, **over)


def card(*sentences: CitedSentence, **over: Any) -> StoryCard:
    fields: dict[str, Any] = {"posts": POSTS, "title_post": 1, "sentences": sentences, "claims": sentences}
    return make_card(1, TITLE, **(fields | over))


def block(shown: StoryCard, lang: str = "ru") -> StoryBlock:
    digest = select([shown], TOPICS, limit=9, lang=lang, since=None, until=None)
    (only,) = [one for one in render_blocks(digest, now=NOW, tz=MOSCOW) if isinstance(one, StoryBlock)]
    return only


def lines(*sentences: CitedSentence, lang: str = "ru", **over: Any) -> list[str]:
    """The sentences as they are read, with no-break spaces as plain ones."""
    found = block(card(*sentences, **over), lang).sentences
    return ["".join(span.text for span in spans).replace("\u00a0", " ") for spans in found]


def test_one_source_is_named_once_in_a_row() -> None:
    """Before the first of its sentences, and again only after another has spoken."""
    assert lines(says("Раз.", 1), says("Два.", 1), says("Три.", 2)) == [
        "«Альфа» пишет: Раз. [1]",
        "Два. [1]",
        "«Бета» пишет: Три. [2]",
    ]
    assert lines(says("Раз.", 1), says("Два.", 2), says("Три.", 1))[2] == "«Альфа» пишет: Три. [1]"


def test_what_several_agree_on_needs_no_name() -> None:
    """It is stated, with all its citations; who is named before is named again after it."""
    found = lines(says("Раз.", 1), says("Два.", 2, 3, kind=ClaimKind.AGREED), says("Три.", 1))
    assert found == ["«Альфа» пишет: Раз. [1]", "Два. [2] [3]", "«Альфа» пишет: Три. [1]"]


def test_two_sides_of_a_dispute_are_named() -> None:
    """Each with who says it, side by side."""
    disputed = ClaimKind.DISPUTED
    found = lines(says("Вес 9 ГБ.", 1, kind=disputed), says("Вес 12 ГБ.", 2, kind=disputed))
    assert found == ["«Альфа» пишет: Вес 9 ГБ. [1]", "«Бета» пишет: Вес 12 ГБ. [2]"]


def test_every_post_of_one_channel_that_is_cited_has_a_number() -> None:
    """However many posts of one channel a sentence cites, each has its number."""
    posts = tuple(make_post(n, "Альфа") for n in range(1, 10))
    assert lines(says("Раз.", *range(1, 10)), posts=posts) == [
        "«Альфа» пишет: Раз. " + " ".join(f"[{n}]" for n in range(1, 10))
    ]


def test_a_sentence_of_the_post_is_its_own() -> None:
    """What stands so in its post is cited and not attributed."""
    assert lines(says("Раз.", 1, kind=None), says("Два.", 2, kind=None)) == ["Раз. [1]", "Два. [2]"]


def test_what_is_new_is_marked_once() -> None:
    """Before the first new sentence, and who says it is named after the mark; what is old is not marked."""
    found = lines(says("Раз.", 1, is_new=True), says("Два.", 1, is_new=True), says("Три.", 1))
    assert found[0] == "Обновление. «Альфа» пишет: Раз. [1]"
    assert [line.count("Обновление") for line in found] == [1, 0, 0]
    assert found[1:] == ["Два. [1]", "Три. [1]"]


def test_an_update_is_marked_in_the_readers_language() -> None:
    """In English for who reads English."""
    posts = (make_post(1, "Alpha"), make_post(2, "Beta"))
    found = lines(says("Weights are out now.", 1, is_new=True, lang="en"), lang="en", posts=posts)
    assert found[0].startswith("Update. ")
    assert "Alpha" in found[0].split(":")[0]


def test_what_is_not_new_has_no_mark() -> None:
    """A card without news to the reader has no word of an update."""
    assert not any("Обновление" in line for line in lines(says("Раз.", 1), says("Два.", 2)))


def test_the_mark_survives_a_sentence_that_the_title_says() -> None:
    """When the first new sentence is the title's own, the next new one carries the mark."""
    found = lines(says(f"{TITLE}.", 1, is_new=True), says("Два.", 2, is_new=True))
    assert found == ["Обновление. «Бета» пишет: Два. [2]"]


def test_every_citation_leads_to_its_post() -> None:
    """A sentence of several posts has a number and a link for each."""
    cites = [span for span in block(card(says("Раз.", 1, 3), says("Два.", 2))).sentences[0] if span.kind == "cite"]
    assert [(span.text, span.url) for span in cites] == [
        ("[1]", "https://t.me/invented/1"),
        ("[2]", "https://t.me/invented/3"),
    ]


def test_several_speakers_are_named_together() -> None:
    """An attributed sentence of two posts names both channels."""
    (found,) = lines(says("Раз.", 1, 2))
    assert "Альфа" in found.split(":")[0]
    assert "Бета" in found.split(":")[0]
    assert found.endswith("Раз. [1] [2]")


def test_a_foreign_sentence_is_marked() -> None:
    """A sentence of a post in another language says which; a written one in the reader's language does not."""
    english = "The weights are open under a permissive licence."
    found = lines(says("Веса открыты.", 1, lang="ru"), says(english, 2, kind=None, lang="en"))
    assert found[0].endswith("Веса открыты. [1]")
    assert found[1] == f"{english} (en) [2]"


def test_a_lone_source_is_named_without_a_number() -> None:
    """Where there is one source in all, it is named, and numbers would say nothing."""
    assert lines(says("Раз.", 1), says("Два.", 1), posts=POSTS[:1]) == ["«Альфа» пишет: Раз.", "Два."]


@pytest.mark.parametrize("name", ["\u202eсопсО", "  ", "Имя: с двоеточием [1]", "а" * 300])
def test_a_strange_name_does_no_harm(name: str) -> None:
    """A channel's name is clean and short where it speaks, and a nameless one says nothing."""
    (found,) = lines(says("Раз.", 1), posts=(make_post(1, name), make_post(2, "Бета")))
    assert "\u202e" not in found
    assert found.endswith(("Раз. [1]", "Раз."))
    assert len(found) < 120


def test_the_whole_reads_as_text() -> None:
    """Title, update, speaker and sources stand in plain text."""
    digest = select(
        [card(says("Раз.", 2, is_new=True), says("Два.", 1))], TOPICS, limit=9, lang="ru", since=None, until=None
    )
    text = render_text(digest, now=NOW, tz=MOSCOW).replace("\u00a0", " ")
    assert TITLE in text
    assert "Обновление. «Бета» пишет: Раз. [1] «Альфа» пишет: Два. [2]" in text
