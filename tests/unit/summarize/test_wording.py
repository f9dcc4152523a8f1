"""What invented sentences tell by their wording, and the names and numbers that tie posts together."""

from __future__ import annotations

import re

import pytest

from summarize.headline import fit, titled
from summarize.voices import facts, names, prominence, voice
from summarize.wording import BACKWARD, COLUMN, COMMENT, EVENT, SELF, named_works


@pytest.mark.parametrize(
    ("text", "is_self"),
    [
        ("Погонял Vesna 2 на нашем сервере", True),
        ("Наконец-то дочитал отчёт про Vesna", True),
        ("Вчера на выходных собрал робота", True),
        ("Мои впечатления от Vesna 2", True),
        ("I tried Vesna 2 on a laptop", True),
        ("Finally read the report", True),
        ("Вышла Vesna 2, открытая модель", False),
        ("Упал сервис заметок", False),
        ("Компания показала робота", False),
        ("Павел Орлов ушёл из компании", False),
        ("Канал компании взломан", False),
        ("Vesna 2 is out", False),
    ],
)
def test_the_author_is_heard(text: str, is_self: bool) -> None:
    """A sentence of the author's own doings is told from one whose subject follows its verb."""
    assert bool(SELF.search(text)) is is_self


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("🔬 Paper of the day", COLUMN, True),
        ("Картинка дня", COLUMN, True),
        ("Картинка дня: кот запустил сервер", COLUMN, False),
        ("Комментарий к репосту выше: важна таблица", COMMENT, True),
        ("Follow-up on Vesna, yesterday's release", COMMENT, True),
        ("Вчерашнюю аварию объяснили", COMMENT, False),
        ("Команда выложила веса", EVENT, True),
        ("The zone is down", EVENT, True),
        ("Зачем нужны веса", EVENT, False),
        ("Как видно на графике выше, ошибка растёт", BACKWARD, True),
        ("Точность на 3% выше прежней", BACKWARD, False),
        ("Firms below $2M are exempt", BACKWARD, False),
    ],
)
def test_kinds_of_sentences(text: str, pattern: re.Pattern[str], matches: bool) -> None:
    """Columns, comments, events and backward references are known; words that only look like them are not."""
    assert bool(pattern.search(text)) is matches


def test_a_quoted_work_gives_its_name() -> None:
    """The title of a paper is taken out of the sentence that tells of it; a quotation that is no work is not."""
    assert named_works("Вышла наша работа «Тихие токены без набивки» (Рогов)") == ["Тихие токены без набивки"]
    assert named_works("Он сказал: «мы очень рады этому»") == []


@pytest.mark.parametrize(("one", "two"), [("3100", "3,100"), ("3 100", "3100"), ("0,94", "0.94"), ("v1.3", "1.3")])
def test_a_number_has_one_key(one: str, two: str) -> None:
    """Numbers and versions written in the ways of two languages are the same fact."""
    assert facts(f"Стало {one} за раз") & facts(f"It made {two} at once")


def test_names_are_told_from_first_words() -> None:
    """A capital at the beginning of a sentence makes no name; one inside, or a digit, does."""
    assert names("Models of Vesna-2 grow. Today it ended") == {"vesna-2"}
    assert "vesna" in names("Отчёт Vesna вышел")


def test_prominence_counts_voices() -> None:
    """A key that one channel repeats is nobody else's; one that two channels share is prominent."""
    loud = [frozenset({"vesna", "noise"})] * 3
    shares = prominence([("a", loud), ("a", loud), ("b", [frozenset({"vesna"})])])
    assert shares == {"vesna": 1.0}


def test_news_speaks_louder_than_echoes() -> None:
    """An announcement's voice is above a first impression's, that above a comment's."""
    texts = ("Vesna Labs выпустила модель", "Погонял модель Vesna", "Комментарий к посту выше: погонял модель Vesna")
    heard = [voice([text] * 3, raw=text * 5, named=1.0, late=0.0) for text in texts]
    assert heard == sorted(heard, reverse=True)
    assert len(set(heard)) == 3


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Коллеги, вышла новая версия", "Вышла новая версия"),
        ("UPD: сервис снова работает", "Сервис снова работает"),
        ("Vesna: новый взгляд", "Vesna: новый взгляд"),
    ],
)
def test_labels_are_no_titles(text: str, title: str) -> None:
    """An address or a label before the news is not part of its title."""
    assert titled(text) == title


@pytest.mark.parametrize(
    "text",
    [
        "Новая лента выиграла опыт на телефонах и на планшетах у всех, а в сумме проиграла старой",
        "Исследуя глубины Тихого океана, учёные нашли поля руды, о которых раньше никто не знал совсем ничего",
    ],
)
def test_a_title_keeps_its_sense(text: str) -> None:
    """A contrast and a main clause are not cut off, though the title is a little long."""
    assert fit(text, 80) == text
