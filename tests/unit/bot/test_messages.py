"""Telegram messages of a digest: how a story looks, updates, strangers' texts and addresses, texts as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from aiogram.utils.formatting import BlockQuote, Bold, Italic, Text, TextLink

from bot.messages import Mark, plain
from core.readers import Length
from core.types import ClaimKind
from tests.unit.bot.cards import make_card, make_post, sample_cards
from tests.unit.bot.sent import html, says, story, told, under

# --- how it looks ----------------------------------------------------------------------------------------------------

RUSSIAN = """\
<b>Дайджест · 14–17 сентября 2026 · 8 сюжетов</b>

<b>ЯЗЫКОВЫЕ МОДЕЛИ</b>
1. <a href="https://t.me/polynya_lab/211"><b>Лаборатория «Полынья» открыла веса Torosian-12B</b></a>
Модель на 12 млрд параметров держит 256 тысяч токенов и умещается в одну карту на 24 ГБ. \
<a href="https://t.me/polynya_lab/211">[1]</a> On our private set of 400 Russian questions it scores 71.3, four points \
above the last one. (en) <a href="https://t.me/invented/13">[2]</a>
[1] <a href="https://t.me/polynya_lab/211">Полынья</a> → <a href="https://t.me/invented/11">КПД</a> и ещё 2 копии · \
[2] <a href="https://t.me/invented/13">Bench &amp; Co</a> · 15–16 сентября

2. <a href="https://t.me/invented/20"><b>Torosian-70B ждут в октябре: обучение закончено, идёт проверка</b></a>
Большая версия обучена на 9 трлн токенов; веса обещают после двух недель красных команд.
<a href="https://t.me/invented/20">Градиент</a> · 15 сентября, 10:40

3. <a href="https://t.me/invented/31"><b>Длинный контекст не нужен, если есть память: разбор статьи «Notebook, Not \
Window»</b></a>
Авторы заменяют окно в 128 тысяч токенов блокнотом на 4 тысячи и теряют всего 0,8 пункта. \
<a href="https://t.me/invented/31">[1]</a> Код открыт, воспроизводится за ночь на двух картах. [2]
[1] <a href="https://t.me/invented/31">Читаем по вторникам</a> · [2] Закрытый семинар · \
[3] <a href="https://t.me/invented/33">Ёж и трансформер</a> · и ещё 2 источника · 15 сентября, 10:40
<blockquote expandable>[4] <a href="https://t.me/invented/34">Arxiv Gleaner</a> · \
[5] <a href="https://t.me/invented/35">ML по пятницам</a></blockquote>

<b>АГЕНТЫ</b>
4. <a href="https://t.me/invented/40"><b>Agent frameworks converge on one tool protocol, says a survey of 61 \
projects</b></a>
Forty-four of the 61 projects speak the same wire format, up from nine a year ago. (en)
<a href="https://t.me/invented/40">Loop Closed</a> · 15 сентября, 10:40

5. <a href="https://t.me/invented/50"><b>Кодовый агент Vereya сам откатил миграцию и спас базу</b></a>
За 40 секунд агент заметил рост ошибок, остановил выкладку и вернул прежнюю схему.
<a href="https://t.me/invented/50">Дежурный по проду</a> → 2 копии · 15 сентября, 10:40

<b>ИНФЕРЕНС И ЖЕЛЕЗО</b>
6. <a href="https://t.me/invented/60"><b>Квантизация в 3 бита без потерь: что показали замеры на потребительских \
картах</b></a>
При пакете из восьми запросов выигрыш в скорости исчезает, память всё равно меньше на 41 %.
<a href="https://t.me/invented/60">Градиент</a> · 15 сентября, 10:40

<b>ЛЕКЦИИ И СОБЫТИЯ</b>
7. <b>Осенняя школа по интерпретируемости: заявки до 1 октября</b>
Пять дней лекций в Казани, участие бесплатное, нужен короткий рассказ о своём проекте.
из файла Школа XAI · без даты, добавлено 15 сентября

<b>РАЗНОЕ</b>
8. <a href="https://t.me/invented/80"><b>Кот прошёл капчу лучше студентов</b></a>
Эксперимент шуточный, но скрипт настоящий.
<a href="https://t.me/invented/80">Мемы и метрики</a> · 15 сентября, 10:40"""


def test_a_digest_in_russian() -> None:
    """Headings, linked titles, cited sentences, a line of sources with their copies, and further sources in a quote."""
    (message,) = told(*sample_cards())
    assert html(message).replace("\u00a0", " ") == RUSSIAN
    assert (message.first, message.stories) == (1, (1, 2, 3, 4, 5, 6, 7, 8))


def test_headlines_in_english() -> None:
    """The short form is a title and its sources: no sentences, no numbers that would refer to them, no quote."""
    first, second = sample_cards()[0], sample_cards()[2]
    (message,) = told(replace(first, topics=()), second, lang="en", length=Length.SHORT)
    assert html(message).replace("\u00a0", " ") == (
        "<b>Digest · 14–17 September 2026 · 2 stories</b>\n\n"
        "<b>LANGUAGE MODELS</b>\n"
        '1. <a href="https://t.me/invented/31"><b>Длинный контекст не нужен, если есть память: разбор статьи «Notebook, '
        "Not Window»</b></a>\n"
        '<a href="https://t.me/invented/31">Читаем по вторникам</a> · Закрытый семинар · and 3 more sources · '
        "15 September, 10:40\n\n"
        "<b>OTHER</b>\n"
        '2. <a href="https://t.me/polynya_lab/211"><b>Лаборатория «Полынья» открыла веса Torosian-12B</b></a>\n'
        '<a href="https://t.me/polynya_lab/211">Полынья</a> → <a href="https://t.me/invented/11">КПД</a> and 2 more copies · '
        '<a href="https://t.me/invented/13">Bench &amp; Co</a> · 15–16 September'
    )


POSTS = tuple(make_post(n, f"Канал {n}") for n in range(1, 8))
CLAIMS = (
    says("Первое.", 1, 2, kind=ClaimKind.AGREED),
    says("Второе.", 1),
    says("Третье.", 2),
    says("Четвёртое.", 6),
    says("Пятое.", 7),
)
WRITTEN = make_card(1, "Заголовок", posts=POSTS, title_post=1, sentences=CLAIMS[:3], claims=CLAIMS)
QUOTED = """\
Первое. <a href="https://t.me/invented/1">[1]</a> <a href="https://t.me/invented/2">[2]</a> «Канал 1» пишет: Второе. \
<a href="https://t.me/invented/1">[1]</a>
[1] <a href="https://t.me/invented/1">Канал 1</a> · [2] <a href="https://t.me/invented/2">Канал 2</a> · \
[3] <a href="https://t.me/invented/6">Канал 6</a> · и ещё 4 источника · 15 сентября, 10:40
<blockquote expandable>«Канал 2» пишет: Третье. <a href="https://t.me/invented/2">[2]</a>
«Канал 6» пишет: Четвёртое. <a href="https://t.me/invented/6">[3]</a>
«Канал 7» пишет: Пятое. <a href="https://t.me/invented/7">[4]</a>
[4] <a href="https://t.me/invented/7">Канал 7</a> · [5] <a href="https://t.me/invented/3">Канал 3</a> · \
[6] <a href="https://t.me/invented/4">Канал 4</a> · [7] <a href="https://t.me/invented/5">Канал 5</a></blockquote>"""


def test_a_quote_holds_what_is_beyond() -> None:
    """Sentences and sources beyond those shown unfold: the sentences a line each, the sources on the last."""
    assert story(WRITTEN).partition("</a>\n")[2] == QUOTED


@pytest.mark.parametrize(("length", "shown", "beyond"), [("short", 0, 0), ("normal", 2, 3), ("long", 3, 2)])
def test_how_much_is_told(length: str, shown: int, beyond: int) -> None:
    """A headline, two sentences, or three; the others are in the quote, but for headlines, which have none."""
    text, _, quote = story(WRITTEN, length=Length(length)).partition("<blockquote expandable>")
    assert [sum(claim.text in part for claim in CLAIMS) for part in (text, quote)] == [shown, beyond]


def test_kinds_of_marks() -> None:
    """Headings are bold, titles bold links, citations and names links, what is beyond an expandable quote."""
    (message,) = told(WRITTEN)
    kinds: dict[str, set[str]] = {}
    for mark in message.marks:
        kinds.setdefault(mark.type, set()).add(under(message, mark))
    assert kinds.keys() == {"bold", "text_link", "expandable_blockquote"}
    assert kinds["bold"] == {"Дайджест · 14–17\u00a0сентября 2026 · 1\u00a0сюжет", "РАЗНОЕ", "Заголовок"}
    assert kinds["text_link"] == {"Заголовок"} | {f"[{n}]" for n in range(1, 5)} | {f"Канал {n}" for n in range(1, 8)}
    assert len(kinds["expandable_blockquote"]) == 1


def test_marks_are_plain_data() -> None:
    """A message can be kept as JSON; only links have an address."""
    (message,) = told(WRITTEN)
    kept = json.loads(json.dumps(asdict(message)))
    assert tuple(Mark(**mark) for mark in kept["marks"]) == message.marks
    assert all((mark.url is not None) == (mark.type == "text_link") for mark in message.marks)


def test_one_source_more_is_named() -> None:
    """Where one source alone is beyond those shown, it is named: to say that there is one would be no shorter."""
    drawn = story(make_card(1, posts=POSTS[:4], title_post=1))
    assert "Канал 4" in drawn
    assert "blockquote" not in drawn
    assert "и ещё" not in drawn


def test_sides_of_a_dispute_stay_together() -> None:
    """The second side is not put into the quote when the first is shown."""
    sides = (says("Раз.", 1), says("Вес 9 ГБ.", 2, kind=ClaimKind.DISPUTED), says("12 ГБ.", 3, kind=ClaimKind.DISPUTED))
    drawn = story(replace(WRITTEN, sentences=sides, claims=(*sides, says("Пять.", 5))))
    shown, _, quote = drawn.partition("<blockquote")
    assert "«Канал 2» пишет: Вес 9 ГБ." in shown
    assert "«Канал 3» пишет: 12 ГБ." in shown
    assert "Пять." in quote


def test_a_story_without_a_title_is_told() -> None:
    """Even among headlines, a sentence stands for a title that there is not."""
    assert "Первое." in story(replace(WRITTEN, title=""), length=Length.SHORT)


# --- updates ---------------------------------------------------------------------------------------------------------

NEWS = tuple(replace(claim, is_new=True) for claim in (CLAIMS[1], CLAIMS[2]))


@pytest.mark.parametrize(("lang", "word"), [("ru", "Обновление"), ("en", "Update")])
def test_an_update_is_called_so_before_its_title(lang: str, word: str) -> None:
    """A story whose sentences are all new is an update; the word stands once, and what was known is not repeated."""
    card = replace(WRITTEN, sentences=NEWS, claims=(CLAIMS[0], *NEWS, CLAIMS[3], replace(CLAIMS[4], is_new=True)))
    drawn = story(card, lang=lang)
    assert drawn.startswith(f'1. <i>{word}:</i> <a href="https://t.me/invented/1"><b>Заголовок</b></a>\n')
    assert drawn.count(word) == 1
    assert [text for text in ("Первое", "Второе", "Третье", "Четвёртое", "Пятое") if text in drawn] == [
        "Второе", "Третье", "Пятое",
    ]  # fmt: skip


def test_a_headline_of_an_update_says_what_is_new() -> None:
    """Among headlines an update has one sentence: its title is known."""
    drawn = story(replace(WRITTEN, sentences=NEWS, claims=NEWS), length=Length.SHORT)
    assert drawn.startswith("1. <i>Обновление:</i> ")
    assert "Второе." in drawn
    assert "Третье." not in drawn


def test_news_among_what_is_known_are_marked() -> None:
    """In a story of which only a part is new, the word stands in bold before the first new sentence."""
    drawn = story(replace(WRITTEN, sentences=(NEWS[0], CLAIMS[0])))
    assert drawn.startswith('1. <a href="https://t.me/invented/1"><b>Заголовок</b></a>\n<b>Обновление.</b> «Канал 1»')
    assert drawn.count("Обновление") == 1


# --- strangers' addresses and texts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://t.me/invented/5", True),
        ("https://t.me/c/17/5?single#x", True),
        ("http://пример.рф/путь", True),
        ("https://localhost/x", False),
        ("https://t.me:443/x", False),
        ("https://t.me@evil.example/x", False),
        ("https://[::1]/x", False),
        ("https://a..b/x", False),
        ("tg://user?id=5", False),
        ("javascript://t.me/%0aalert(1)", False),
        ("https://t.me/" + "a" * 990, False),
        ("https://t.me/" + "я" * 200, False),
    ],
)
def test_addresses_that_are_linked(url: str, linked: bool) -> None:
    """One address that Telegram does not take would cost the whole message: only plain ones become links."""
    (message,) = told(make_card(1, posts=(make_post(10, url=url),)))
    assert {mark.url for mark in message.marks if mark.type == "text_link"} == ({url} if linked else set())
    assert "Сюжет номер 1" in message.text


def test_markup_in_a_post_is_text() -> None:
    """Tags, brackets and overrides in titles and names are letters like any other."""
    name, title = "<b>*_Канал_*</b>", "<a href='x'>[Жми](https://evil.example)</a> \u202eтекст"
    (message,) = told(make_card(1, title, posts=(make_post(10, name),)))
    assert "1. <a href='x'>[Жми](https://evil.example)</a> текст\n" in message.text
    assert name in message.text
    assert {mark.url for mark in message.marks} == {None, "https://t.me/invented/10"}


# --- formatted text as plain data ------------------------------------------------------------------------------------


def test_plain_text_has_no_white_space_around_it() -> None:
    """Marks move with the text, end where it ends, and go where nothing is left under them."""
    text, marks = plain(Text("\n ", Bold(" 😀 a"), " ", TextLink("b\n", url="https://t.me/x/1"), Italic("\n ")))
    assert text == "😀 a b"
    assert marks == (
        Mark(type="bold", offset=0, length=4),
        Mark(type="text_link", offset=5, length=1, url="https://t.me/x/1"),
    )


def test_plain_text_tells_the_outer_mark_first() -> None:
    """Of marks over one stretch the quote comes before the link, and the link before bold, however they were nested."""
    _, marks = plain(Text(Bold(TextLink(BlockQuote("a"), url="https://t.me/x/1"))))
    assert [mark.type for mark in marks] == ["blockquote", "text_link", "bold"]


def test_sentences_of_a_paragraph_do_not_run_into_each_other() -> None:
    """A quoted one without a full stop gets one, before its citation; one with a line of its own stays as it was written."""
    shown = tuple(
        says(text, post, kind=None) for post, text in enumerate(("Веса открыты", "Правда?", "It is out now"), 1)
    )
    card = replace(WRITTEN, sentences=shown, claims=(*shown, says("Раз", 4, kind=None), says("Два", 5, kind=None)))
    (message,) = told(card, length=Length.LONG)
    lines = message.text.replace("\u00a0", " ").splitlines()
    assert "Веса открыты. [1] Правда? [2] It is out now. (en) [3]" in lines
    assert "Раз [4]" in lines
    assert "Два [5]" in lines


def test_a_lone_sentence_stays_as_it_was_written() -> None:
    """There is nothing that it could run into."""
    assert "Веса открыты <a" in story(replace(WRITTEN, sentences=(says("Веса открыты", 1, kind=None),), claims=()))
