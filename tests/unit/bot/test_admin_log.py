"""The admins' log is told in words: who, when by the reader's clock, what was, and what is; never as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages.admin_filters import Names
from bot.pages.admin_log import Around, log_page
from bot.pages.admin_presses import PER_PAGE
from bot.spans import units
from bot.speech import Catalogues, Say
from core.store.admins import Change

NOW = datetime(2026, 9, 5, 21, 30, tzinfo=UTC)
NAMES = Names(
    topics={"agents": "Агенты", "llm": "Языковые модели"}, channels={7: "Тихая сова"}, admins={500: "Ада Север"}
)
FILTER = {
    "id": 3, "action": "drop", "kind": "keyword", "pattern": "вакансия", "topics": ["agents"], "channels": [7],
    "weight": 0.0, "threshold": None, "note": "не про науку", "enabled": True, "expires_at": "2026-09-12 21:30:00+00:00",
}  # fmt: skip
WHOLE = (
    "Новый фильтр № 3\n🚫 Убирать · Ключевые слова: вакансия\nтолько темы: Агенты; только каналы: Тихая сова\n"
    "до 13 сентября, 02:30\nЗаметка: не про науку"
)
CATALOGUES = Catalogues()


def told(
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    lang: str = "ru",
    tz: str = "Asia/Yekaterinburg",
) -> str:
    """An entry without its heading."""
    change = Change(id=1, at=NOW, admin_id=500, action=action, subject=subject, before=before, after=after)
    screen = log_page([change], NAMES, Say(CATALOGUES, lang), around=Around(newer=None, older=None), tz=tz, now=NOW)
    return str(screen.text.as_kwargs()["text"]).partition("\n\n")[2]


@pytest.mark.parametrize(
    ("action", "subject", "before", "after", "words"),
    [
        ("grant", "77", None, {"name": "Борис"}, "Новый администратор: Борис (77)"),
        ("grant", "77", None, {"name": "77"}, "Новый администратор: 77"),
        ("grant", "500", None, {"by": "code", "name": "Ада"}, "Новый администратор, по одноразовому коду: Ада (500)"),
        ("revoke", "500", None, None, "Больше не администратор: Ада Север (500)"),
        ("broadcast", "4", None, {"text": "Завтра\nпауза"}, "Отправлено объявление № 4\nЗавтра пауза"),
        ("stop broadcast", "4", None, {"kept back": 12}, "Остановлено объявление № 4, не отправлено: 12"),
        ("add topic", "quanta", None, {"title_ru": "Кванты", "title_en": "Quanta", "about": "а\nб", "names": ["кубит"]},
         "Новая тема: Кванты / Quanta\nОписание, строк: 2\nКлючевые слова: 1"),
        ("change topic", "agents", {"title_ru": "Боты"}, {"title_ru": "Агенты"},
         "Тема «Агенты»\nНазвание по-русски: Боты → Агенты"),
        ("change topic", "agents", {"names": ["робот", "бот"]}, {"names": ["робот", "агент", "mcp"]},
         "Тема «Агенты»\nКлючевые слова:\n− бот\n+ агент, mcp"),
        ("change topic", "agents", {"about": "Первая.\nВторая."}, {"about": "Первая."},
         "Тема «Агенты»\nОписание:\n− Вторая."),
        ("change topic", "agents", {"enabled": True, "merged_into": None}, {"enabled": False, "merged_into": None},
         "Тема «Агенты»\nвключена → выключена"),
        ("merge topic", "agents", {"enabled": True}, {"enabled": False, "merged_into": "llm", "keywords there": 9},
         "Тема «Агенты» вошла в тему «Языковые модели»"),
        ("move topic", "gone", {"place": 2}, {"place": 1}, "Тема «gone»\nМесто: 2 → 1"),
        ("add filter", "3", None, FILTER, WHOLE),
        ("delete filter", "3", {**FILTER, "topics": [], "channels": [], "note": "", "expires_at": None}, None,
         "Удалён фильтр № 3\n🚫 Убирать · Ключевые слова: вакансия"),
        ("change filter", "3", {"enabled": True}, {"enabled": False}, "Фильтр № 3\nвключён → выключен"),
        ("change filter", "3", {"expires_at": None}, {"expires_at": "2026-09-12 21:30:00+00:00"},
         "Фильтр № 3\nСрок: бессрочно → до 13 сентября, 02:30"),
        ("change filter", "3", {"note": ""}, {"note": "зачем"}, "Фильтр № 3\nЗаметка: – → зачем"),
        ("add channel", "@quiet_owl", None, {"history since": "2026-08-29 21:30:00+00:00"},
         "Новый канал: @quiet_owl\nПосты читаются с: 30 августа, 02:30"),
        ("weigh channel", "7", {"weight": 1.0}, {"weight": 0.5}, "Канал «Тихая сова»\nВес: 1 → 0,5"),
        ("pause channel", "Сова", {"state": "reading"}, {"state": "paused"}, "Канал «Сова»\nчитается → на паузе"),
        ("remove channel", "Сова", {"state": "reading"}, None, "Канал «Сова» убран"),
        ("paint", "fence", {"colour": "red", "by": ["a", "b"]}, {"colour": None, "dry": True, "by": ["a"]},
         "paint: fence\ncolour: red → –\nby: a, b → a\ndry: – → да"),
    ],
)  # fmt: skip
def test_each_change_has_its_words(
    action: str, subject: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, words: str
) -> None:
    """What was done to what, and what was and is; what nobody foresaw is told as well."""
    assert told(action, subject, before, after) == f"6 сентября, 02:30 · Ада Север (500)\n{words}"


def test_times_are_by_the_readers_clock_and_words_in_the_readers_language() -> None:
    """Here somebody in Lisbon who speaks English."""
    words = told("change filter", "3", {"enabled": True}, {"enabled": False}, lang="en", tz="Europe/Lisbon")
    assert words == "5 September, 22:30 · Ада Север (500)\nFilter № 3\non → off"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.dictionaries(
    st.sampled_from(["names", "about", "enabled", "place", "state", "weight", "expires_at", "note", "text", "x"])
    | st.text(max_size=8),
    VALUES,
    max_size=6,
)
ACTIONS = [
    *("grant", "revoke", "broadcast", "stop broadcast", "add topic", "merge topic", "move topic", "change topic"),
    *(
        "add filter",
        "delete filter",
        "change filter",
        "add channel",
        "weigh channel",
        "pause channel",
        "remove channel",
    ),
    *("", "something else"),
]


@given(
    entries=st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.text(max_size=300), st.none() | FIELDS, st.none() | FIELDS),
        min_size=PER_PAGE, max_size=PER_PAGE,
    )
)  # fmt: skip
def test_whatever_the_log_holds_fits_one_message(entries: list[tuple[str, str, Any, Any]]) -> None:
    """A page of entries of any content is one that Telegram takes."""
    assert_fits(entries)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_longest_entries_fit_one_message(action: str) -> None:
    """Of each kind, before and after, in emoji and Russian."""
    long = {
        **dict.fromkeys(("title_ru", "title_en", "note", "text", "pattern", "state", "x", "about"), "😀ж " * 700),
        "names": ["😀ж" * 40] * 600, "enabled": True, "expires_at": "9999-12-31 23:59:59+00:00", "weight": 0.3,
        "action": "boost", "kind": "keyword", "topics": ["😀ж" * 40] * 20, "channels": [], "threshold": None,
    }  # fmt: skip
    after = {**long, "names": ["ж" * 80] * 600, "about": "я" * 4000, "enabled": False, "note": "я" * 500}
    assert_fits([(action, "😀ж" * 200, long, after)] * PER_PAGE)


def assert_fits(entries: list[tuple[str, str, Any, Any]]) -> None:
    changes = [
        Change(id=n, at=NOW - timedelta(days=700), admin_id=2**52, action=does, subject=what, before=was, after=now_is)
        for n, (does, what, was, now_is) in enumerate(entries, 1)
    ]
    names = Names(admins={2**52: "😀ж" * 60})
    screen = log_page(
        changes, names, Say(CATALOGUES, "ru"), around=Around(newer=7, older=1), tz="Europe/Moscow", now=NOW
    )
    shown = screen.text.as_kwargs()
    assert 0 < units(str(shown["text"])) <= 4096
    assert len(shown["entities"]) <= 100
    assert [button.text for row in screen.buttons for button in row] == ["« Последние", "‹ Новее", "Раньше ›"]
