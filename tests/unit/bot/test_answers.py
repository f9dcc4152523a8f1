"""Answers as messages: within Telegram's limits whatever they hold, each sentence with its sources, nothing that hides text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import answers, ask_keys, messages, render
from bot.answers import Shown
from bot.spans import units
from bot.speech import Catalogues, Say
from core.answers import Answer, Hit, Outcome
from core.types import CitedSentence, ClaimKind, StoryPost

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
TZ = ZoneInfo("Europe/Moscow")
CATALOGUES = Catalogues()
RU, EN = Say(CATALOGUES, "ru"), Say(CATALOGUES, "en")


def post(
    number: int, *, channel: str = "Тихая сова", origin: str | None = None, copy_of: int | None = None
) -> StoryPost:
    return StoryPost(
        id=number,
        channel=channel,
        message_id=number,
        url=f"https://t.me/owl/{number}",
        origin=origin,
        origin_url=f"https://t.me/kpd/{number}" if origin else None,
        date=NOW - timedelta(days=number),
        first_seen=NOW,
        text="",
        copy_of=copy_of,
    )


def said(text: str, *posts: int, kind: ClaimKind | None = ClaimKind.AGREED) -> CitedSentence:
    return CitedSentence(text=text, post_id=posts[0], also=tuple(posts[1:]), kind=kind, lang="ru")


def answered(*sentences: CitedSentence, posts: tuple[StoryPost, ...], written_by: str = "answer.v1, m") -> Answer:
    return Answer(
        outcome=Outcome.ANSWERED,
        question="?",
        lang="ru",
        sentences=sentences,
        posts=posts,
        written_by=written_by,
    )


def shown(answer: Answer, say: Say = RU, heading: str = "") -> Shown:
    return answers.answer(answer, say, now=NOW, tz=TZ, heading=heading)


def check(found: Shown) -> None:
    assert found.text.strip() == found.text
    assert 0 < units(found.text) <= messages.MESSAGE_UNITS
    assert messages.fits(found.text, found.marks)
    assert not {"\u202e", "\u0000", "\u200f"} & set(found.text)


# --- what stands there -----------------------------------------------------------------------------------------------


def test_sentences_and_sources() -> None:
    """A written answer is prose with numbers; the sources have the true origin first, and the day on which it wrote."""
    two = answered(
        said("Сова спит.", 1, 2), said("Филин тоже.", 2), posts=(post(1, origin="КПД"), post(2, channel="Лес"))
    )
    assert shown(two).text == (
        "Сова спит.\u00a0[1]\u00a0[2] Филин тоже.\u00a0[2]\n\n"
        "[1]\u00a0КПД\u00a0→ Тихая сова · 25\u00a0ноября\n[2]\u00a0Лес · 24\u00a0ноября"
    )
    urls = {mark.url for mark in shown(two).marks if mark.url}
    assert urls == {"https://t.me/kpd/1", "https://t.me/owl/1", "https://t.me/owl/2"}


def test_one_voice_is_named() -> None:
    """What one source alone says is said by it."""
    one = answered(said("сова спит.", 1, kind=ClaimKind.ATTRIBUTED), posts=(post(1),))
    assert shown(one).text.startswith("«Тихая сова» пишет: сова спит.")
    assert shown(one, EN).text.startswith("Тихая сова writes: сова спит. (ru)")


def test_two_sides() -> None:
    """A dispute is told by those who have it, side by side."""
    sides = answered(
        said("сова спит.", 1, kind=ClaimKind.DISPUTED),
        said("сова не спит.", 2, kind=ClaimKind.DISPUTED),
        posts=(post(1), post(2, channel="Лес")),
    )
    assert "«Тихая сова» пишет: сова спит.\u00a0[1] «Лес» пишет: сова не спит.\u00a0[2]" in shown(sides).text


def test_quotations() -> None:
    """The posts' own sentences are called so, and stand one by one."""
    quoted = answered(
        said("Сова спит.", 1, kind=None), said("Филин тоже.", 1, kind=None), posts=(post(1),), written_by=""
    )
    assert shown(quoted).text.startswith(
        "Цитаты из постов:\n• Сова спит.\n• Филин тоже.\n\nТихая сова · 25\u00a0ноября"
    )


def test_copies_are_counted() -> None:
    """A post and those that repeat it are one source."""
    copied = answered(
        said("Сова спит.", 1), posts=(post(1), post(2, channel="Лес", copy_of=1), post(3, channel="Дол", copy_of=1))
    )
    assert "2\u00a0копии" in shown(copied).text


def test_many_sources_are_folded() -> None:
    """Four stand in sight, the others in a quote that unfolds."""
    posts = tuple(post(number, channel=f"Канал {number}") for number in range(1, 9))
    many = answered(said("Сова спит.", *range(1, 9)), posts=posts)
    (quote,) = [mark for mark in shown(many).marks if mark.type == "expandable_blockquote"]
    folded = (
        shown(many).text.encode("utf-16-le")[2 * quote.offset : 2 * (quote.offset + quote.length)].decode("utf-16-le")
    )
    assert folded.count("[") == 4


def test_absent_and_empty() -> None:
    """Both say so; what comes nearest is linked; what is wrong with a search is said."""
    hit = Hit(story_id=1, title="Сова", post=post(1), sentence="Сова спит.", marks=(), time=NOW, dated=True, sources=1)
    absent = Answer(outcome=Outcome.ABSENT, question="?", lang="ru", hits=(hit,))
    assert shown(absent).text == "В архиве об этом ничего нет.\n\nБлиже всего к этому:\n• Сова · 26\u00a0ноября"
    assert [mark.url for mark in shown(absent).marks if mark.url] == ["https://t.me/owl/1"]
    assert shown(replace(absent, hits=())).text == "В архиве об этом ничего нет."
    empty = Answer(outcome=Outcome.EMPTY, question="?", lang="ru", wrong="«ой» — не дата")
    assert shown(empty).text == "«ой» — не дата."
    assert shown(replace(empty, wrong="")).text.startswith("Спросите о чём-нибудь")


def test_a_heading() -> None:
    """What a button has asked stands above the answer."""
    one = answered(said("Сова спит.", 1), posts=(post(1),))
    assert shown(one, heading="А филин?").text.startswith("А филин?\n\nСова спит.")


def test_a_terminal_has_the_same() -> None:
    """With addresses written out where nothing can be clicked."""
    one = answered(said("Сова спит.", 1), posts=(post(1, origin="КПД"),))
    text = render.render_lines(answers.lines(one, RU, now=NOW, tz=TZ))
    assert text == "Сова спит.\n\nКПД (https://t.me/kpd/1) → Тихая сова (https://t.me/owl/1) · 25 ноября\n"


def test_pages_of_a_search() -> None:
    """Five stories a page, the words that were asked for in bold; buttons lead to the pages before and after."""
    hits = tuple(
        Hit(
            story_id=number,
            title=f"Сюжет {number}",
            post=post(number),
            sentence="Сова спит.",
            marks=((0, 4),),
            time=NOW,
            dated=True,
            sources=number,
        )
        for number in range(1, 13)
    )
    found = Answer(outcome=Outcome.ANSWERED, question="сова", lang="ru", hits=hits)
    assert answers.pages(found) == 3
    last = answers.page(found, 2, RU, now=NOW, tz=TZ)
    assert last.text.startswith(
        "12\u00a0сюжетов · 11–12\n\n11. Сюжет 11\nСова спит.\nТихая сова · 26\u00a0ноября · 11\u00a0источников"
    )
    assert [mark.type for mark in last.marks].count("bold") == 5
    rows = [ask_keys.page_rows(7, page, 3) for page in range(3)]
    assert [[button.text for row in one for button in row] for one in rows] == [["›"], ["‹", "›"], ["‹"]]
    assert ask_keys.page_rows(7, 0, 1) == []
    (row,) = ask_keys.page_rows(7, 1, 3, stories=[31, 32])
    assert [button.text for button in row] == ["‹", "6", "7", "›"]


def test_another_language_is_marked() -> None:
    """After the sentence of a story that was found, as where it is quoted; names and numbers are of no language."""
    hit = Hit(story_id=1, title="Сова", post=post(1), sentence="", marks=(), time=NOW, dated=True, sources=1)
    for sentence, say, mark in (
        ("The owl sleeps all day.", RU, "(en)"),
        ("The owl sleeps all day.", EN, ""),
        ("Сова спит весь день.", EN, "(ru)"),
        ("Orrin-2 70B", RU, ""),
    ):
        told = answers.story(replace(hit, sentence=sentence), say, now=NOW, tz=TZ).text
        assert told.splitlines()[1] == f"{sentence} {mark}".rstrip()


def test_what_is_gone() -> None:
    """A story whose post is gone is left out; an answer that cites it is none."""
    hits = tuple(
        Hit(story_id=one, title="", post=post(one), sentence="", marks=(), time=NOW, dated=True, sources=1)
        for one in (1, 2)
    )
    found = Answer(outcome=Outcome.ANSWERED, question="сова", lang="ru", hits=hits)
    assert answers.posts(found) == {1, 2}
    assert answers.without(found, {1}) == replace(found, hits=hits[1:])
    quoted = answered(said("Сова спит.", 1, 2), posts=(post(1), post(2)))
    assert answers.without(quoted, {2}) is None
    assert answers.without(quoted, {3}) == quoted


# --- limits ----------------------------------------------------------------------------------------------------------

WORDS = st.text(max_size=500)
SENTENCES = st.lists(st.tuples(WORDS, st.sets(st.integers(1, 12), min_size=1)), min_size=1, max_size=4)
NAMES = st.lists(st.text(max_size=200), min_size=12, max_size=12)


@given(SENTENCES, NAMES, st.booleans(), st.sampled_from(["ru", "en"]), st.text(max_size=500))
def test_any_answer_is_a_message(
    sentences: list[tuple[str, set[int]]],
    names: list[str],
    is_written: bool,
    lang: str,
    heading: str,
) -> None:
    """Whatever posts and channels are called and say."""
    posts = tuple(post(number, channel=names[number - 1], origin=names[-number]) for number in range(1, 13))
    told = [said(text, *sorted(cited), kind=ClaimKind.ATTRIBUTED if is_written else None) for text, cited in sentences]
    found = answered(*told, posts=posts, written_by="m" if is_written else "")
    check(shown(found, Say(CATALOGUES, lang), heading=heading))


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=8), st.sampled_from(["ru", "en"]))
def test_any_search_is_a_message(told: list[tuple[str, str, str]], lang: str) -> None:
    """Whatever is found."""
    hits = tuple(
        Hit(
            story_id=1,
            title=title,
            post=post(1, channel=channel),
            sentence=sentence,
            marks=((0, min(3, len(sentence))),),
            time=NOW,
            dated=False,
            sources=2,
        )
        for title, channel, sentence in told
    )
    found = Answer(outcome=Outcome.ANSWERED, question="", lang=lang, hits=hits)
    for page in range(answers.pages(found)):
        check(answers.page(found, page, Say(CATALOGUES, lang), now=NOW, tz=TZ))
    for hit in hits:
        check(answers.story(hit, Say(CATALOGUES, lang), now=NOW, tz=TZ))
    check(shown(replace(found, outcome=Outcome.ABSENT, hits=hits[:3]), Say(CATALOGUES, lang)))


@pytest.mark.parametrize("count", [1, 4, 40])
def test_a_draft_fits(count: int) -> None:
    """However far it has come."""
    text = answers.draft([said("Сова спит. " * 40, 1) for _ in range(count)])
    assert units(text) <= messages.MESSAGE_UNITS
    assert text.endswith("…")
