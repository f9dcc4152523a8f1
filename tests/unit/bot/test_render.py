"""The digest in words: heading, sources, citations, dates, languages, hostile content, wrapping."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bot.blocks import StoryBlock, render_blocks
from bot.render import render_terminal, render_text
from bot.select import Digest, Section, select
from bot.spans import clean, safe_url, units
from core.types import CitedSentence, StoryCard, StoryPost
from tests.unit.bot.cards import MORNING, MOSCOW, NOW, TIMES, TOPICS, hostile_cards, make_card, make_post, sample_cards

SINCE = datetime(2026, 9, 13, 21, tzinfo=UTC)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[!-~]*\x1b\\")


def digest(*cards: StoryCard, lang: str = "ru", **over: Any) -> Digest:
    chosen = select(cards, TOPICS, limit=100, lang=lang, since=SINCE, until=NOW)
    return replace(chosen, **over)


def text_of(*cards: StoryCard, lang: str = "ru") -> str:
    return render_text(digest(*cards, lang=lang), now=NOW, tz=MOSCOW)


def story(card: StoryCard, lang: str = "ru") -> list[str]:
    """The lines of the only story below its title."""
    lines = text_of(card, lang=lang).rstrip("\n").split("\n")
    return [line.removeprefix("  ") for line in lines[lines.index("• " + clean(card.title)) + 1 :]]


def said(*pairs: tuple[int, str]) -> tuple[CitedSentence, ...]:
    return tuple(CitedSentence(post_id=post_id, text=text) for post_id, text in pairs)


@pytest.mark.parametrize(
    ("lang", "since", "until", "considered", "expected"),
    [
        ("ru", SINCE, NOW, 63, "Дайджест · 14–17 сентября 2026 · 2 сюжета из 63"),
        ("en", SINCE, NOW, 63, "Digest · 14–17 September 2026 · 2 of 63 stories"),
        ("ru", SINCE, NOW, 2, "Дайджест · 14–17 сентября 2026 · 2 сюжета"),
        ("ru", SINCE, SINCE + timedelta(days=1), 2, "Дайджест · 14 сентября 2026 · 2 сюжета"),
        ("ru", SINCE, None, 2, "Дайджест · 14–17 сентября 2026 · 2 сюжета"),
        ("ru", None, None, 2, "Дайджест · 15 сентября 2026 · 2 сюжета"),
        ("en", datetime(2025, 12, 30, tzinfo=UTC), NOW, 2, "Digest · 30 December 2025 – 17 September 2026 · 2 stories"),
    ],
)
def test_heading(lang: str, since: datetime | None, until: datetime | None, considered: int, expected: str) -> None:
    """The heading tells the days of the window on the reader's clock and how many stories were chosen of how many."""
    shown = digest(make_card(1), make_card(2), lang=lang, since=since, until=until, considered=considered)
    assert render_text(shown, now=NOW, tz=MOSCOW).split("\n")[0] == expected


def test_open_start_of_undated_stories() -> None:
    """Without a start and without dated stories the heading says until when."""
    shown = digest(make_card(1, dated=False), since=None)
    assert render_text(shown, now=NOW, tz=MOSCOW).startswith("Дайджест · по 17 сентября 2026 · 1 сюжет\n")


@pytest.mark.parametrize(
    ("lang", "heading", "sentence"),
    [
        ("ru", "Дайджест · 14–17 сентября 2026", "За это время новых сюжетов нет."),
        ("en", "Digest · 14–17 September 2026", "No new stories in this time."),
    ],
)
def test_empty_digest_says_so(lang: str, heading: str, sentence: str) -> None:
    """A digest without stories is an honest sentence, without a count."""
    assert text_of(lang=lang) == f"{heading}\n\n{sentence}\n"


def test_sections_have_titles_in_capitals_in_the_readers_language() -> None:
    """A section is headed by its topic, the last one by the word for other things."""
    cards = (make_card(1, topics=("llm",)), make_card(2))
    for lang, first, last in (("ru", "ЯЗЫКОВЫЕ МОДЕЛИ", "РАЗНОЕ"), ("en", "LANGUAGE MODELS", "OTHER")):
        lines = text_of(*cards, lang=lang).split("\n")
        assert lines.index(first) < lines.index(last)


@pytest.mark.parametrize(
    ("lang", "forward", "alone"),
    [
        ("ru", "Сиолошная, из файла май, ещё 1 копия · ", "из файла май · "),
        ("en", "Сиолошная, from the file май, plus 1 copy · ", "from the file май · "),
    ],
)
def test_a_dump_is_named_as_a_file(lang: str, forward: str, alone: str) -> None:
    """A text dump forwards nothing and is no channel: it is the file in which a forward was found."""
    dumped = [make_post(n, "май", url=None, message_id=None, origin="Сиолошная") for n in (1, 2)]
    told = story(make_card(posts=(dumped[0], replace(dumped[1], copy_of=1)), sentences=()), lang)[-1]
    assert told.startswith(forward)
    lone = make_card(posts=(replace(dumped[0], origin=None),), sentences=())
    assert story(lone, lang)[-1].startswith(alone)


URL = "https://t.me/invented"
ORIGIN = {"origin": "Сиолошная", "origin_url": "https://t.me/seen/5"}


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ([make_post(1, "A")], f"A ({URL}/1) · 15 сентября, 10:40"),
        ([make_post(1, "A", url=None)], "A · 15 сентября, 10:40"),
        ([make_post(1, "A"), make_post(2, "B", copy_of=1)], f"A ({URL}/1) · 1 копия · 15 сентября, 10:40"),
        (
            [make_post(1, "A"), make_post(2, "B", copy_of=1), make_post(3, "C", copy_of=1)],
            f"A ({URL}/1) · 2 копии · 15 сентября, 10:40",
        ),
        (
            [make_post(1, "КПД", **ORIGIN)],
            f"Сиолошная (https://t.me/seen/5) ← переслано в КПД ({URL}/1) · 15 сентября, 10:40",
        ),
        (
            [make_post(1, "КПД", origin="Сиолошная"), make_post(2, "B", copy_of=1), make_post(3, "C", copy_of=1)],
            f"Сиолошная ← переслано в КПД ({URL}/1), ещё 2 копии · 15 сентября, 10:40",
        ),
        (  # the origin's own post is among them: it needs no forward to speak for it
            [make_post(1, "КПД", **ORIGIN), make_post(2, "Сиолошная", copy_of=1, url="https://t.me/seen/5")],
            "Сиолошная (https://t.me/seen/5) · 1 копия · 15 сентября, 10:40",
        ),
        (  # a forward of a post we have is its copy even if nobody marked it
            [make_post(1, "КПД", **ORIGIN), make_post(2, "Сиолошная", url="https://t.me/seen/5")],
            "Сиолошная (https://t.me/seen/5) · 1 копия · 15 сентября, 10:40",
        ),
        (  # a repost without a mark came first here, the forward still tells whose it is
            [make_post(1, "A"), make_post(2, "КПД", copy_of=1, **ORIGIN)],
            f"Сиолошная (https://t.me/seen/5) ← переслано в КПД ({URL}/2), ещё 1 копия · 15 сентября, 10:40",
        ),
        (  # nobody can open a private channel: the copy can be read
            [make_post(1, "A", url=None), make_post(2, "B", copy_of=1)],
            f"A · 1 копия ({URL}/2) · 15 сентября, 10:40",
        ),
    ],
)
def test_lines_of_one_source(posts: list[StoryPost], expected: str) -> None:
    """One source is one line: the true origin first, then who forwarded it, copies counted, links where they open."""
    assert story(make_card(1, posts=tuple(posts)))[1:] == [expected]


def test_english_source_line() -> None:
    """The same line in English."""
    posts = (make_post(1, "KPD", **ORIGIN), make_post(2, "B", copy_of=1), make_post(3, "C", copy_of=1))
    assert story(make_card(1, posts=posts, sentences=()), lang="en") == [
        f"Сиолошная (https://t.me/seen/5) ← forwarded by KPD ({URL}/1), plus 2 copies · 15 September, 10:40"
    ]


def test_sentences_are_numbered_by_their_sources() -> None:
    """With several sources each sentence carries the number of the one that says it, in the order of reading."""
    posts = (make_post(1, "A"), make_post(2, "B"), make_post(3, "C"), make_post(4, "D", copy_of=3))
    card = make_card(1, posts=posts, sentences=said((4, "Первое слово."), (2, "Второе слово.")))
    assert story(card) == [
        "Первое слово. [1] Второе слово. [2]",
        f"[1] C ({URL}/3), ещё 1 копия",
        f"[2] B ({URL}/2)",
        f"[3] A ({URL}/1)",
        "15 сентября, 10:40",
    ]


def test_a_channel_with_several_posts_is_named_once() -> None:
    """Posts of one channel share its name; a second one that is cited has a number and a link of its own."""
    posts = (make_post(1, "A"), make_post(2, "A"), make_post(3, "a "), make_post(4, "B"))
    card = make_card(1, posts=posts, sentences=said((1, "Раз."), (3, "Два.")))
    assert story(card)[:2] == [
        "Раз. [1] Два. [2]",
        f"[1] A ({URL}/1), [2] другой пост ({URL}/3) и ещё 1 пост",
    ]
    assert story(card, lang="en")[1] == f"[1] A ({URL}/1), [2] another post ({URL}/3) and 1 more post"


@pytest.mark.parametrize(("lang", "expected"), [("ru", "ещё 2 копии и 1 пост"), ("en", "plus 2 copies and 1 post")])
def test_copies_and_further_posts_of_a_source_are_one_list(lang: str, expected: str) -> None:
    """What a source has beside its first post is told in one breath."""
    posts = (
        make_post(1, "A"), make_post(2, "B", copy_of=1), make_post(3, "C", copy_of=1), make_post(4, "A"), make_post(5, "D"),
    )  # fmt: skip
    lines = story(make_card(1, posts=posts, sentences=said((1, "Раз."))), lang)
    assert f"[1] A ({URL}/1), {expected}" in lines


@pytest.mark.parametrize(
    ("count", "lang", "more"),
    [
        (4, "ru", None),
        (5, "ru", "и ещё 1 источник"),
        (9, "ru", "и ещё 5 источников"),
        (5, "en", "and 1 more source"),
        (30, "en", "and 26 more sources"),
    ],
)
def test_at_most_four_sources_are_named(count: int, lang: str, more: str | None) -> None:
    """A story names four sources and counts the others."""
    posts = tuple(make_post(n, f"Channel {n}") for n in range(1, count + 1))
    lines = story(make_card(1, posts=posts), lang=lang)
    assert sum(line.startswith("[") for line in lines) == 4
    assert lines[-1].split(" · ")[:-1] == ([more] if more else [])


def test_sentence_without_a_known_post_has_no_number() -> None:
    """A citation that leads nowhere is not invented."""
    card = make_card(1, posts=(make_post(1, "A"), make_post(2, "B")), sentences=said((99, "Неизвестно чьё слово.")))
    assert story(card)[0] == "Неизвестно чьё слово."


def test_a_sentence_that_repeats_the_title_is_not_shown() -> None:
    """What the title has said already is not said again."""
    card = make_card(1, "Вышла Полынья 2", sentences=said((10, "Вышла «Полынья-2»!"), (10, "Она быстрее.")))
    assert story(card)[0] == "Она быстрее."


@pytest.mark.parametrize(
    ("fields", "lang", "expected"),
    [
        ({}, "ru", "15 сентября, 10:40"),
        ({"last_seen": MORNING + timedelta(days=2)}, "ru", "15–17 сентября"),
        ({"last_seen": MORNING + timedelta(hours=20)}, "en", "15–16 September"),
        ({"dated": False}, "ru", "без даты, добавлено 15 сентября"),
        ({"dated": False}, "en", "undated, added 15 September"),
        ({"first_seen": datetime(2025, 9, 15, 7, 40, tzinfo=UTC)}, "ru", "15 сентября 2025 – 15 сентября 2026"),
        (
            {name: datetime(2025, 9, 15, 21, 40, tzinfo=UTC) for name in ("first_seen", "last_seen")},
            "ru",
            "16 сентября 2025, 00:40",
        ),
    ],
)
def test_when_a_story_happened(fields: dict[str, Any], lang: str, expected: str) -> None:
    """Times are on the reader's clock; a longer story has days; an undated one says when it was added."""
    assert (
        story(make_card(1, **fields), lang=lang)[-1].removeprefix("Градиент (https://t.me/invented/10) · ") == expected
    )


@pytest.mark.parametrize(
    ("text", "card_lang", "lang", "mark"),
    [
        ("The new model is faster than the old one.", "ru", "ru", "en"),
        ("Новая модель быстрее старой.", "ru", "en", "ru"),
        ("Новая модель быстрее старой.", "und", "ru", None),
        ("Вышла PyTorch Lightning Fabric Distributed Checkpoint Loader.", "ru", "ru", None),
        ("PyTorch 3.0, CUDA 14", "ru", "ru", None),
        ("Нова модель швидша, її вже можна завантажити.", "uk", "ru", "uk"),
        ("Жаңа модель ескісінен жылдамырақ, оны жүктеуге болады.", "kk", "ru", "kk"),
        ("Новый модел бързо се обучава.", "bg", "ru", "bg"),
        ("新模型比旧模型更快。", "zh", "ru", "zh"),
        ("新しいモデルは速いです。", "ja", "en", "ja"),
        ("النموذج الجديد أسرع من القديم.", "ar", "en", "ar"),
        ("Das neue Modell ist schneller als das alte.", "de", "en", "de"),
        ("🔥🔥🔥 100500", "ru", "en", None),
    ],
)
def test_foreign_sentences_are_marked(text: str, card_lang: str, lang: str, mark: str | None) -> None:
    """A sentence in another language than the reader's stays and says which; names and numbers are no language."""
    lines = story(make_card(1, "1", lang=card_lang, sentences=said((10, text))), lang=lang)
    assert lines[0] == (f"{text} ({mark})" if mark else text)


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]0;title\x07text", "text"),
        ("cut \x1b", "cut"),
        ("\x9b31mred", "red"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\u2066a\u2069 b\u200f", "a b"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("zero\u200bwidth\ufeff so\u00adft", "zerowidth soft"),
        ("a\ud800b", "ab"),
        ("👩\u200d🔬 ok", "👩\u200d🔬 ok"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("  ", ""),
    ],
)
def test_clean(dirty: str, expected: str) -> None:
    """What is not seen as text goes, what people write stays."""
    assert clean(dirty) == expected


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://t.me/a/1", True),
        ("http://example.org/?q=1&b=2#c", True),
        ("tg://resolve?domain=a", True),
        ("HTTPS://T.ME/a", True),
        ("https://пример.рф/путь", True),
        ("javascript:alert(1)", False),
        ("JavaScript://t.me/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("//t.me/a", False),
        ("https:///a", False),
        ("https://[bad", False),
        (" https://t.me/a", False),
        ('https://t.me/"onclick=', False),
        ("https://t.me/\x1b]8;;", False),
        ("https://t.me/\u202ea", False),
        ("https://t.me/" + "a" * 3000, False),
        ("", False),
        (None, False),
    ],
)
def test_safe_url(url: str | None, safe: bool) -> None:
    """Only web and Telegram addresses with nothing hidden in them become links."""
    assert safe_url(url) == (url if safe else None)


def test_long_texts_are_cut_between_words() -> None:
    """A title or a sentence without end is cut with an ellipsis, so that a story fits into a message."""
    card = make_card(1, "слово " * 200, sentences=said((10, "😀" * 2000)))
    block = render_blocks(digest(card), now=NOW, tz=MOSCOW)[2]
    assert isinstance(block, StoryBlock)
    assert block.title.text.endswith("слово…")
    assert units(block.title.text) <= 240
    assert block.sentences[0][0].text == "😀" * 249 + "…"


def test_text_wraps_to_the_width_but_keeps_addresses_whole() -> None:
    """With a width no row is wider, unless it is one address; nothing is lost."""
    shown = digest(*sample_cards())
    narrow = render_text(shown, now=NOW, tz=MOSCOW, width=40)
    assert all(cell_len(row) <= 40 or len(row.split()) == 1 for row in narrow.split("\n"))
    assert "(https://t.me/polynya_lab/211)" in narrow
    assert narrow.split() == render_text(shown, now=NOW, tz=MOSCOW).split()


def test_terminal_draws_bold_titles_and_hyperlinks() -> None:
    """In colour a title is bold and a link, names are links, and no address is written out."""
    drawn = render_terminal(digest(make_card(1)), now=NOW, tz=MOSCOW, width=80, color=True)
    assert "\x1b]8;;https://t.me/invented/10\x1b\\\x1b[1mСюжет номер 1\x1b[0m\x1b]8;;\x1b\\" in drawn
    assert "t.me" not in ESCAPE.sub("", drawn)


def test_terminal_encodes_addresses() -> None:
    """An address with letters beyond ASCII is encoded in the escape that carries it."""
    card = make_card(1, posts=(make_post(10, url="https://пример.рф/%D1%8F"),))
    drawn = render_terminal(digest(card), now=NOW, tz=MOSCOW, width=80, color=True)
    assert "https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/%D1%8F\x1b" in drawn


def test_terminal_without_colour_is_plain_text() -> None:
    """Without colour there is not one escape, and addresses are written out."""
    shown = digest(*sample_cards())
    drawn = render_terminal(shown, now=NOW, tz=MOSCOW, width=60, color=False)
    assert drawn == render_text(shown, now=NOW, tz=MOSCOW, width=60)
    assert "\x1b" not in drawn


# --- anything at all -------------------------------------------------------------------------------------------------

ZONES = st.sampled_from([ZoneInfo("Europe/Moscow"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati")])
EDGES = st.none() | TIMES


@given(
    cards=hostile_cards(), lang=st.sampled_from(["ru", "en"]), since=EDGES, until=EDGES, now=TIMES, tz=ZONES,
    width=st.none() | st.integers(-3, 120),
)  # fmt: skip
def test_any_content_is_drawn_cleanly(
    *,
    cards: list[StoryCard],
    lang: str,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    tz: ZoneInfo,
    width: int | None,
) -> None:
    """Whatever the posts hold, text has no controls or overrides, and each title stands in it exactly once."""
    shown = select(cards, TOPICS, limit=10, lang=lang, since=since, until=until)
    flat = render_text(shown, now=now, tz=tz)
    for card in cards:
        assert flat.count(f"QZ{card.id}QZ") == 1
    narrow = render_terminal(shown, now=now, tz=tz, width=width, color=False)
    drawn = ESCAPE.sub("", render_terminal(shown, now=now, tz=tz, width=width, color=True))
    for text in (flat, narrow, drawn):
        bad = {char for char in text if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}} - {"\n"}
        assert not bad
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
        text.encode()


def test_section_of_no_stories_is_not_headed() -> None:
    """An empty section leaves no trace."""
    shown = Digest(sections=(Section(topic=TOPICS[0], cards=()),), lang="en", since=None, until=None, considered=0)
    assert render_text(shown, now=NOW, tz=MOSCOW) == "Digest\n\nNo new stories in this time.\n"
