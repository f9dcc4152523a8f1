"""Titles and sentences taken from invented posts."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Entity, EntityKind
from summarize.extract import Source, extract
from summarize.text import language, normalise


def _source(
    text: str, key: int = 1, *, entities: tuple[Entity, ...] = (), is_copy: bool = False, hour: int = 9
) -> Source:
    return Source(
        post_key=key,
        channel=f"Канал {key}",
        text=text,
        lang=language(text),
        entities=entities,
        date=datetime(2031, 5, 1, hour, tzinfo=UTC),
        is_copy=is_copy,
        independent=not is_copy,
    )


_LIRA = (
    "🚀 Лаборатория «Вектор» открыла модель Лира-2\n\n"
    "Привет, друзья!\n"
    "Веса модели на 7 млрд параметров доступны под лицензией Apache. При этом она быстрее прежней вдвое.\n"
    "Как я писал выше, всё только начинается.\n"
    "Что внутри:\n• новый токенизатор\n• окно в 128 тысяч\n\n"
    "Обучение заняло 40 дней на 512 ускорителях. А вы уже попробовали?\n\n"
    "👉 Подписаться\n#новости"
)


def test_a_post_becomes_title_and_sentences() -> None:
    """The heading is the title; whole informative sentences follow; greetings, tails and list scraps do not."""
    found = extract([_source(_LIRA)], lang="ru")
    assert found.title == "Лаборатория «Вектор» открыла модель Лира-2"
    assert [s.text for s in found.sentences] == [
        "Веса модели на 7 млрд параметров доступны под лицензией Apache.",
        "Обучение заняло 40 дней на 512 ускорителях.",
    ]
    assert {s.post_key for s in found.sentences} == {1}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Биткоин ниже 93 тысяч долларов. @kurs", "Биткоин ниже 93 тысяч долларов"),
        (
            "Выходные!\n\nКоманда «Вектор» показала робота, который собирает шкафы.",
            "Команда «Вектор» показала робота, который собирает шкафы",
        ),
        (
            "Подборка недели\n\nЛаборатория «Вектор» обучила модель на 3 трлн токенов.",
            "Лаборатория «Вектор» обучила модель на 3 трлн токенов",
        ),
        (
            "#tip #go\nНовый сборщик мусора в языке Гео ускорил сервер втрое",
            "Новый сборщик мусора в языке Гео ускорил сервер втрое",
        ),
        ("Свежий #дайджест по Гео", "Свежий дайджест по Гео"),
        ("**Лира-2 вышла** 🎉", "Лира-2 вышла"),
    ],
)
def test_titles(text: str, title: str) -> None:
    """A title names the story, without rubric, hashtag, emoji or final full stop."""
    assert extract([_source(text)], lang="ru").title == title


def test_a_long_title_is_shortened_at_a_clause() -> None:
    """What is cut is a whole clause, and the rest is still true."""
    text = (
        "Облако «Нимб» включает шифрование для миллионов сайтов, включая самые старые, — теперь их трудно заблокировать"
    )
    assert extract([_source(text)], lang="ru").title.endswith("миллионов сайтов, включая самые старые")


def test_one_line_gives_no_sentences() -> None:
    """A post of one line is its title."""
    assert extract([_source("Вышла Лира 2.1")], lang="ru").sentences == ()


def test_the_readers_language_is_preferred() -> None:
    """With a source in the reader's language, nothing is taken from others; without one, from the majority's."""
    english = "Vector Lab opens the Lira-2 model\n\nThe weights of the 7B model are available under Apache."
    sources = [_source(_LIRA), _source(english, 2)]
    assert extract(sources, lang="en").title == "Vector Lab opens the Lira-2 model"
    assert extract(sources, lang="ru").lang == "ru"
    assert extract([*sources, _source(english + " It is fast.", 3)], lang="kk").lang == "en"


def test_sentences_say_different_things() -> None:
    """Of two posts telling the same sentence only one is quoted, the original before the copy."""
    one = "Лира-2 вышла\n\nЛаборатория «Вектор» выложила веса модели на 7 млрд параметров."
    two = (
        "Новая Лира\n\nЛаборатория «Вектор» выложила веса своей модели на 7 млрд параметров. "
        "Обучение заняло 40 дней на 512 ускорителях."
    )
    found = extract([_source(one, 5, is_copy=True, hour=1), _source(two, 9)], lang="ru")
    assert len(found.sentences) == 2
    assert {s.post_key for s in found.sentences} == {9}


def test_code_and_links_are_not_sentences() -> None:
    """Code blocks and lines with links are not quoted."""
    code = "for x in data: print(x); go(x);"
    text = f"Как мерить память\n\n{code}\nПодробности о замерах лежат на https://a.example/x и рядом.\n"
    block = Entity(kind=EntityKind.PRE, offset=text.index(code), length=len(code))
    assert extract([_source(text, entities=(block,))], lang="ru").sentences == ()


def test_no_source_is_an_error() -> None:
    """A summary of nothing cannot be asked for."""
    with pytest.raises(ValueError, match="at least one"):
        extract([], lang="ru")


_LINES = st.sampled_from(
    [
        "Лаборатория «Вектор» выложила веса модели Лира-2.",
        "Она быстрее вдвое.",
        "Обучение заняло 40 дней на 512 ускорителях!",
        "Почему так?",
        "• пункт списка",
        "#тег",
        "👉 Подписаться",
        "The model is open under Apache licence.",
        "https://a.example/",
        "",
        "Привет!",
        "Итоги:",
        "今天发布了新的语言模型，性能比之前更好。",
        "«Мы рады. Ждите», — сказал Ветров журналистам.",
        "😅",
        "х" * 400,
    ]
)
_POSTS = st.lists(st.lists(_LINES, max_size=6).map("\n".join), min_size=1, max_size=5)


@given(_POSTS, st.sampled_from(["ru", "en", None]), st.integers(0, 10**6))
def test_extracts_are_verbatim_and_steady(posts: list[str], lang: str | None, seed: int) -> None:
    """Sentences stand in their posts, at most two; the order of sources changes nothing."""
    sources = [_source(text, key, is_copy=key == 3, hour=key) for key, text in enumerate(posts)]
    found = extract(sources, lang=lang)
    shuffled = random.Random(seed).sample(sources, len(sources))
    assert extract(shuffled, lang=lang) == found
    assert len(found.sentences) <= 2
    for sentence in found.sentences:
        assert sentence.text in " ".join(normalise(posts[sentence.post_key]).split())
        assert sentence.text not in found.title
    assert "\n" not in found.title
    assert len(found.title) <= 160


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_any_text_has_an_extract(texts: list[str]) -> None:
    """Hostile text gives a title of one line."""
    found = extract([_source(text, key) for key, text in enumerate(texts)], lang="ru")
    assert found.title.splitlines() in ([], [found.title])
