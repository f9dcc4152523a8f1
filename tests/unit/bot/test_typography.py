"""Which words stay on one row, what must stay as it is, and how numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import messages
from bot.spans import clean, units
from bot.typography import NO_BREAK, bound, figure, stopped
from core.readers import Length
from core.types import StoryCard
from tests.unit.bot.cards import MOSCOW, NOW, hostile_cards, make_card
from tests.unit.bot.sent import digest, html, says, under


@pytest.mark.parametrize(
    "expected",
    [
        "14–15_сентября",
        "заплатит $275_млн",
        "a $275_million deal",
        "100_₽, 5_€",
        "№_5, рис._2, стр._14",
        "(Fig._3)",
        "в_10_раз",
        "7_B, 70_B",
        "Orrin 7_B",
        "на 41_%",
        "190_Вт.",
        "12_сюжетов из 47",
        "41_язык, 64_steps",
        "3_100_токенов, 1_200_000_руб.",
        "1,200_tasks, 18,000.5_points",
        "в_2026_году",
        "15_September 2026, September_15",
        "с_09:50_UTC",
        "10_a.m.",
        "и_т._д. и_т._п., т._е. до н._э.",
        "А._С._Пушкин",
        "модель_— первая",
        "если_бы, тот_же",
        "«в_одном»",
    ],
)
def test_what_belongs_together(expected: str) -> None:
    """A row does not end between a number and its unit, after a word of one letter, or before a dash."""
    assert bound(expected.replace("_", " ")) == expected.replace("_", NO_BREAK)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "слово",
        "Apache 2.0",
        "PyTorch 2.1 adds layers",
        "Python 3 everywhere",
        "Llama 3 released",
        "Millrace v1.3 is out",
        "Orrin-2 outperforms",
        "report 5 MB.pdf",
        "5 steps.py",
        "run 10 https://example.org/5",
        "чат @polynya 5",
        "`sleep 5 m` then `x — 3 GB`",
        "`в 10 раз",
        "+7 495 123 45 67",
        "8 800 555 35 35",
        "слои 64 128 256 512 1024",
        "in 2026 the company",
        "19% at 80 and 9",
        "5 and 6 or 7",
        "две  модели",
        "– и",
    ],
)
def test_what_stays_as_it_is(text: str) -> None:
    """Names with versions, files, addresses, code, telephone numbers and rows of numbers keep their spaces."""
    assert bound(text) == text


TEXTS = st.text(
    st.sampled_from("12 30 .,%–—$№`«»()/@_-в и с г.млнраз ABGмт\u00a0😀\u0301\n"), max_size=60
) | st.lists(
    st.sampled_from("14–15 сентября в 10 раз 275 млн $1.5 — № т. е. бы `x` А. 3 100 000 7 B 😀 https://t.me/a/1 5.pdf".split(" "))
).map(" ".join)  # fmt: skip


@given(text=TEXTS | st.text())
def test_only_the_kind_of_spaces_changes(text: str) -> None:
    """Whatever the text, it keeps its length and all but its spaces, so that offsets stay right; twice is as good as once."""
    found = bound(text)
    assert (len(found), units(found)) == (len(text), units(text))
    assert all(was == now or (was, now) == (" ", NO_BREAK) for was, now in zip(text, found, strict=True))
    assert bound(found) == found


@given(cards=st.lists(TEXTS, min_size=1, max_size=3).map(lambda texts: [_card(n, t) for n, t in enumerate(texts, 1)]))
def test_marks_lie_on_what_they_mark(cards: list[StoryCard]) -> None:
    """The title of each story, and nothing else, is under its mark and its link."""
    titles = {bound(clean(card.title)) for card in cards}
    found = [
        (mark.type, under(message, mark))
        for message in messages(digest(*cards), now=NOW, tz=MOSCOW, length=Length.LONG)
        for mark in message.marks
    ]
    assert {text for kind, text in found if kind == "text_link"} - {"Градиент"} == titles
    assert {text for kind, text in found if kind == "bold"} >= titles


def _card(number: int, text: str) -> StoryCard:
    return make_card(number, f"Сюжет {number} {text}", sentences=(says(f"{text} 5 млн — вот.", number * 10),))


@given(cards=hostile_cards())
def test_addresses_are_untouched(cards: list[StoryCard]) -> None:
    """No address of a link holds a no-break space."""
    for message in messages(digest(*cards), now=NOW, tz=MOSCOW, length=Length.LONG):
        assert all(NO_BREAK not in (mark.url or "") for mark in message.marks)


def test_a_digest_is_set() -> None:
    """Heading, title and sentence of a digest hold together what belongs together; names of channels are left alone."""
    card = make_card(
        1, "Calder AI заплатит $275 млн", sentences=(says("Суд — 2 октября, в 10 раз быстрее.", 10, kind=None),)
    )
    (message,) = messages(digest(card), now=NOW, tz=MOSCOW, length=Length.NORMAL)
    drawn = html(message).replace(NO_BREAK, "_")
    assert "<b>Дайджест · 14–17_сентября 2026 · 1_сюжет</b>" in drawn
    assert "Calder AI заплатит $275_млн" in drawn
    assert "Суд_— 2_октября, в_10_раз быстрее." in drawn


@pytest.mark.parametrize(
    ("value", "digits", "ru", "en"),
    [
        (0, 0, "0", "0"),
        (1234, 0, "1234", "1,234"),
        (12345, 0, f"12{NO_BREAK}345", "12,345"),
        (1234567, 0, f"1{NO_BREAK}234{NO_BREAK}567", "1,234,567"),
        (-12345, 0, f"−12{NO_BREAK}345", "−12,345"),
        (0.125, 2, "0,12", "0.12"),
        (12345.6, 2, f"12{NO_BREAK}345,60", "12,345.60"),
    ],
)
def test_figures(value: float, digits: int, ru: str, en: str) -> None:
    """A decimal comma and spaces between thousands in Russian, a point and commas in English."""
    assert figure(value, lang="ru", digits=digits) == ru
    assert figure(value, lang="en", digits=digits) == en


@pytest.mark.parametrize(
    "sentence", ["Веса открыты", "It is 41 %", "Ошибок меньше на 3", "Написано на C++", "Это «Гигачат»", "Все (почти)"]
)
def test_a_sentence_that_ends_in_a_word_is_stopped(sentence: str) -> None:
    """A full stop parts it from the next one."""
    assert stopped(sentence) == f"{sentence}."


@pytest.mark.parametrize(
    "sentence",
    ["", "Всё.", "Правда?", "Да!", "И тут…", "Вот что:", "«Вот и всё!»", "Ура 🎉", "Люблю ❤️", "Раз 1️⃣", "(Шутка.)"],
)
def test_a_sentence_that_is_closed_stays_as_it_is(sentence: str) -> None:
    """Any mark that ends a sentence, also before what closes a quotation, and an emoji, is enough."""
    assert stopped(sentence) == sentence
