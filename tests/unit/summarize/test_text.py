"""Normal form, sentences, language, cleaning and keywords, on invented posts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Entity, EntityKind
from summarize.text import clean, keywords_stems, language, line_key, lines_of, normalise, sentences

_PIECES = st.lists(
    st.sampled_from(
        [
            "Модель",
            "вышла.",
            "т.е.",
            "GPT-4.5",
            "…",
            "?!",
            " ",
            "\n",
            "\n\n",
            "• ",
            "1. ",
            "«",
            "»",
            "(",
            ")",
            "`a.b`",
            "```",
            "https://a.example/x.y?z",
            "😅",
            "🔹",
            "。",
            "你好",
            "Dr.",
            "é",
            "\u200d",
            "\u202e",
            "\x00",
            "**",
            "The",
            "г.",
            "- ",
        ]
    )
)
_TEXTS = st.one_of(_PIECES.map(" ".join), _PIECES.map("".join), st.text(max_size=300))


def _entity(text: str, part: str, kind: EntityKind = EntityKind.TEXT_LINK) -> Entity:
    return Entity(kind=kind, offset=text.index(part), length=len(part), url="https://a.example/")


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("𝗕𝗼𝗹𝗱 𝟳𝗕", "Bold 7B"),
        ("a\u00a0b\u2009c\t d", "a b c d"),
        ("a\u200bb\u202e\ufeffc\u00ad", "abc"),
        ("a\r\n\r\n\r\n\r\nb  \n", "a\n\nb"),
        ("и\u0306", "й"),
        ("❤️\u200d🔥", "❤️\u200d🔥"),
        ("тес\u200dт", "тест"),
        ("№ 5 ™", "№ 5 ™"),
        ("", ""),
    ],
)
def test_normalise(raw: str, plain: str) -> None:
    """Odd letters, spaces and invisible characters become plain; emoji stay whole."""
    assert normalise(raw) == plain


@given(_TEXTS)
def test_normalise_is_idempotent(text: str) -> None:
    """A normalised text is its own normal form, in NFC and without outer white space."""
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "Модель Лира-4.5 вышла, т.е. открыта всем. А. С. Ветров доволен.",
            ["Модель Лира-4.5 вышла, т.е. открыта всем.", "А. С. Ветров доволен."],
        ),
        ("Рост виден на рис. 3 и в табл. 2. Код открыт.", ["Рост виден на рис. 3 и в табл. 2.", "Код открыт."]),
        ("В 2024 г. Казань выросла. Потом спала.", ["В 2024 г. Казань выросла.", "Потом спала."]),
        ("Есть тексты, код и т.д. Потом стало тихо.", ["Есть тексты, код и т.д.", "Потом стало тихо."]),
        (
            "Dr. Vale et al. (2031) shipped v1.2. It runs fast.",
            ["Dr. Vale et al. (2031) shipped v1.2.", "It runs fast."],
        ),
        ("See Fig. 2, e.g. the left part. Done!", ["See Fig. 2, e.g. the left part.", "Done!"]),
        (
            "Смотрите https://a.example/b.c?d=1. Там есть main.py и a.b.C.",
            ["Смотрите https://a.example/b.c?d=1.", "Там есть main.py и a.b.C."],
        ),
        ("Вызовите `a. B` сразу. Всё.", ["Вызовите `a. B` сразу.", "Всё."]),
        ("«Рано. Ждём», — сказал он. Итог ясен.", ["«Рано. Ждём», — сказал он.", "Итог ясен."]),
        ("Всё (почти. Правда) готово. Ура!", ["Всё (почти. Правда) готово.", "Ура!"]),
        ("Он думал… и решил. Потом… Нет!", ["Он думал… и решил.", "Потом…", "Нет!"]),
        (
            "Мы всё посчитали заново 😅 Получилось вдвое больше.",
            ["Мы всё посчитали заново 😅", "Получилось вдвое больше."],
        ),
        ("Готово! 🔥 Дальше тест.", ["Готово! 🔥", "Дальше тест."]),
        ("отношение равно 2000.Авторы взяли веса.", ["отношение равно 2000.", "Авторы взяли веса."]),
        ("• раз\n• два. Три.\n1. четыре", ["• раз", "• два.", "Три.", "1. четыре"]),
        ("今天发布了模型。性能更好！对吗？", ["今天发布了模型。", "性能更好！", "对吗？"]),
        ("هل هذا جيد؟ نعم.", ["هل هذا جيد؟", "نعم."]),
        ("यह मॉडल है। यह तेज़ है।", ["यह मॉडल है।", "यह तेज़ है।"]),
        ("", []),
        ("   \n ", []),
    ],
)
def test_sentences(text: str, pieces: list[str]) -> None:
    """Sentences end where a reader would end them, in several languages."""
    assert [s.text for s in sentences(text)] == pieces


@given(_TEXTS)
def test_sentences_cover_the_text(text: str) -> None:
    """Pieces are exact slices in order, and only white space lies between them."""
    position = 0
    for piece in sentences(text):
        assert text[position : piece.start].strip() == ""
        assert text[piece.start : piece.end] == piece.text == piece.text.strip() != ""
        position = piece.end
    assert text[position:].strip() == ""


def test_sentences_know_headings_items_code_and_lines() -> None:
    """Headings, list items, fenced code and line numbers are told."""
    found = sentences("Новая модель\n\nЛаборатория выложила веса целиком.\n• пункт\n```\na = 1. B\n```")
    assert [(s.is_heading, s.is_item, s.is_code, s.line) for s in found] == [
        (True, False, False, 0),
        (False, False, False, 2),
        (False, True, False, 3),
        (False, False, True, 4),
    ]


def test_hard_wrapped_lines_are_one_sentence() -> None:
    """A long line that runs on in lower case is not cut at its end."""
    text = "Лаборатория выложила веса новой языковой модели, которая умеет\nчитать таблицы и графики. Код тоже открыт."
    assert [s.line for s in sentences(text)] == [0, 1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Вышел релиз transformer benchmark pipeline для inference на GPU, и он быстрый", "ru"),
        ("Мы сделали fine-tuning LLM with LoRA adapters on custom dataset и получили SOTA на MMLU", "ru"),
        ("The team released a new open model that beats the old one on all tests", "en"),
        ("Ми випустили нову модель, яка працює швидше та споживає менше пам'яті", "uk"),
        ("Новини тижня про моделі та роботів для всіх читачів каналу", "uk"),
        ("Біз жаңа тілдік модель шығардық және ол өте жылдам жұмыс істейді", "kk"),
        ("Hemos publicado un nuevo modelo que es más rápido para las tareas de código", "es"),
        ("Wir haben ein neues Modell veröffentlicht, das schneller ist und auch weniger kostet", "de"),
        ("今天我们发布了一个新的语言模型，性能更好", "zh"),
        ("新しいモデルを公開しました。とても速いです。", "ja"),
        ("أطلقنا اليوم نموذجا جديدا للغة العربية", "ar"),
        ("https://a.example/модель ок", "und"),
        ("", "und"),
        ("12345 67890 !!!", "und"),
    ],
)
def test_language(text: str, code: str) -> None:
    """The main language is told, also among many English terms."""
    assert language(text) == code


@given(_TEXTS)
def test_language_of_anything(text: str) -> None:
    """Every text has a language code or 'und'."""
    assert language(text) == "und" or len(language(text)) == 2


def test_line_keys() -> None:
    """Lines that differ in emoji, case and punctuation share a key; tails after the last sentence have their own."""
    assert line_key("🔥 Подписаться | Прислать!") == line_key("подписаться — прислать")
    assert lines_of("Курс вырос на 5%. @finlenta\n\n🦊Лента — Подписаться") == [
        "курс вырос на 5",
        "@finlenta",
        "лента подписаться",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Подписаться",
        "👉 Подписывайтесь на наш канал @vektor_ml",
        "❤ Подписаться | Прислать новость",
        "🔗 Читать статью",
        "Источник",
        "Подробнее тут: https://a.example/",
        "@vektor_ml",
        "https://a.example/x",
        "#новости #ml",
        "[Статья] [Код]",
        "Привет, друзья!",
        "Всем привет!",
        "Ваш, Дата-автор!",
        "Хороших выходных!",
        "Subscribe to our channel",
        "Read more",
        "Paper: https://a.example/p",
        "VIEW IN TELEGRAM",
        "Читать далее",
        "👇👇👇",
        "А вы что думаете?",
    ],
)
def test_clean_drops_what_says_nothing(line: str) -> None:
    """Tails, link rows, greetings and signatures go, and the sentences around them stay."""
    assert clean(f"Модель вышла в мае.\n{line}\nОна меньше втрое.") == "Модель вышла в мае.\nОна меньше втрое."


@pytest.mark.parametrize(
    "line",
    [
        "Источник питания сгорел в третий раз за 2 недели и остановил весь кластер на сутки.",
        "Подписано соглашение на 5 млрд.",
        "Код модели занимает 120 строк.",
        "Хорошая неделя для открытых моделей: их вышло 12.",
        "Привет из 2019 года: сеть LSTM снова быстрее.",
        "Смотрите, что выходит: ошибка упала с 12 до 3 процентов.",
        "-5% к цене инференса",
    ],
)
def test_clean_keeps_facts(line: str) -> None:
    """Lines that only begin like boilerplate stay."""
    assert line in clean(f"Начало поста.\n{line}").split("\n")


def test_clean_uses_boilerplate_entities_and_bullets() -> None:
    """Learned lines and rows of links go; emoji bullets become one bullet; a heading loses its emoji."""
    text = "🚀 Вышла Лира 2\n\n🔹 быстрее\n🔹 меньше\n\nЛента дня — всё об ИИ\nОбзор · Веса на хабе\n"
    entities = (_entity(text, "Обзор"), _entity(text, "Веса на хабе"))
    cleaned = clean(text, entities, boilerplate=frozenset({"лента дня всё об ии"}))
    assert cleaned == "Вышла Лира 2\n\n• быстрее\n• меньше"


@given(_TEXTS)
def test_clean_is_normal(text: str) -> None:
    """A cleaned text is in normal form."""
    cleaned = clean(text)
    assert normalise(cleaned) == cleaned


def test_keywords() -> None:
    """Words are stemmed, names with digits stay whole, stop words and links go."""
    assert keywords_stems("Модели и моделям: GPT-4.5, qwen3-72b, 7B, С++!", "ru") == [
        "модел",
        "модел",
        "gpt-4.5",
        "qwen3-72b",
        "7b",
        "c++",
    ]
    assert keywords_stems("The models are training https://a.example/model", "en") == ["model", "train"]


@given(_TEXTS)
def test_keywords_of_anything(text: str) -> None:
    """Stems are never empty and hold no spaces."""
    assert all(stem and not any(c.isspace() for c in stem) for stem in keywords_stems(text, "ru"))
