"""Text dumps: where posts open, which repetitions are copies, and what a merge keeps."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import ChannelKind, EntityKind, Post, Problem
from ingest.forwards import merge_copies, read_forwards

DUMP = Path(__file__).parents[4] / "shared" / "data" / "forwards.txt"

FIRST = "Вышла модель для разбора таблиц, и она меньше прежней вдвое."
SECOND = "Авторы обещают открыть веса до конца месяца."
THIRD = "Мы проверили её на своих данных, и ошибок стало меньше."
WHOLE = f"{FIRST}\n{SECOND}\n{THIRD}"


def read(text: str | bytes) -> list[Post | Problem]:
    return list(read_forwards(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def posts(text: str | bytes) -> list[Post]:
    return [event for event in read(text) if isinstance(event, Post)]


def names(text: str) -> list[str | None]:
    return [post.origin.name for post in posts(text) if post.origin]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Forwarded from A\nодин\nForwarded from B\nдва", ["A", "B"]),
        ("Forwarded from A\r\nодин\r\nForwarded from B\r\nдва\r\n", ["A", "B"]),
        ("\ufeffForwarded from A\nодин.Forwarded from B\nдва", ["A", "B"]),
        ("Forwarded from A\nодин без точкиForwarded from B\nдва", ["A", "B"]),
        ("Переслано от А\nодин\nПереслано из Б\nдва", ["А", "Б"]),
        ("Forwarded from A\nего forwarded from me не видно", ["A"]),
        ("Forwarded from A\nнапись Forwarded from B видна", ["A"]),
        ('Forwarded from A\nнапись "Forwarded from B" видна', ["A"]),
        ("Forwarded from A\nнапись (Forwarded from B) видна", ["A"]),
        ("Forwarded from A\nон сказал «да»Forwarded from B\nдва", ["A", "B"]),
        ("Forwarded from A\nодин\nForwarded from " + "слово " * 40, ["A"]),
    ],
)
def test_where_a_post_opens(text: str, expected: list[str]) -> None:
    """Only the exact words at a line's start or glued to a text open a post."""
    assert names(text) == expected


def test_fields() -> None:
    """A post of a dump has no id and no date, but an origin, a place and a key."""
    [post] = posts("Forwarded from Канал\nЧитайте https://example.org/a_(b), #ml и #2024.")
    assert (post.message_id, post.date, post.position, post.channel.kind) == (None, None, 0, ChannelKind.DUMP)
    assert [(e.kind, post.text[e.offset : e.offset + e.length]) for e in post.entities] == [
        (EntityKind.URL, "https://example.org/a_(b)"),
        (EntityKind.HASHTAG, "#ml"),
    ]
    assert post.raw["line"] == 1


def test_dump_key_is_stable() -> None:
    """The key depends on the origin and the text only: not on neighbours, case or spacing."""
    [alone] = posts(f"Forwarded from A\n{FIRST}")
    among = posts(f"Forwarded from Z\n{SECOND}\nForwarded from  a\n{FIRST.upper()}\n\nForwarded from A\n{THIRD}")
    assert alone.dump_key == among[1].dump_key
    assert len({post.dump_key for post in among}) == 3


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([FIRST, SECOND, THIRD], [FIRST, SECOND, THIRD]),
        (["Заголовок", FIRST, SECOND, FIRST, SECOND], ["Заголовок", FIRST, SECOND]),
        ([FIRST, SECOND, FIRST, SECOND, FIRST, SECOND], [FIRST, SECOND]),
        ([FIRST, SECOND, FIRST, SECOND, THIRD], [FIRST, SECOND, THIRD]),
        (["Тема", FIRST, SECOND, THIRD, FIRST, SECOND], ["Тема", FIRST, SECOND, THIRD]),
        ([FIRST, "Ура!", SECOND, "Ура!", THIRD], [FIRST, "Ура!", SECOND, "Ура!", THIRD]),
        ([FIRST, SECOND, "Ура!", "Ура!"], [FIRST, SECOND, "Ура!", "Ура!"]),
        ([FIRST, SECOND, FIRST, THIRD], [FIRST, SECOND, FIRST, THIRD]),
        (
            ["第一行文字在这里。", "第二行 文字。", "第一行文字在这里。", "第二行 文字。"],
            ["第一行文字在这里。", "第二行 文字。"],
        ),
    ],
)
def test_copies_and_refrains(lines: list[str], expected: list[str]) -> None:
    """A body that stands several times stands once in the post; what an author repeats stays."""
    assert merge_copies(lines).split("\n") == expected


def test_lost_spans_are_spliced() -> None:
    """A span that one copy lost is put back with natural spacing, whichever copy has it."""
    first = ["Итог", "Мы взяли модель (", "Она быстрее.", "Запуск: команда run --fast и всё готово для проверки."]
    second = ["Мы взяли модель (", "Alpha-2) и данные.Она быстрее.", "Запуск: команда", "и всё готово для проверки."]
    assert merge_copies(first + second) == (
        "Итог\nМы взяли модель (Alpha-2) и данные.\nОна быстрее.\nЗапуск: команда run --fast и всё готово для проверки."
    )


@pytest.mark.parametrize(
    "card",
    [
        ["Telegram", "Канал о разном", "Описание канала, которое обрезала стр…"],
        ["Telegram", "Канал", "Пост о таблицах", "Начало поста…", "Вторая строка…", "Начало поста…", "Вторая строка…"],
        ["YouTube", "Доклад о таблицах", "Запись с нашей встречи"],
        ["Дзен | Видео", "Доклад о таблицах | Канал | Дзен", "Видео автора «Канал» в Дзене"],
        ["example.org", "A paper on tables", "We show that tables are hard"],
    ],
)
@pytest.mark.parametrize("copies", [1, 2])
def test_cards_go(card: list[str], copies: int) -> None:
    """The preview of a link at the end of a body, or of each copy, is no part of the post."""
    assert merge_copies([FIRST, SECOND, THIRD] * copies + card) == WHOLE
    assert merge_copies(([FIRST, SECOND, THIRD, *card]) * copies) == WHOLE


@pytest.mark.parametrize(
    "lines",
    [
        [FIRST, "Где нас найти:", "Telegram", "YouTube", "VK"],
        [FIRST, "GitHub", "https://github.com/example/tables", "Ставьте звёзды"],
        [FIRST, "Вывод", SECOND, THIRD],
        [FIRST, "0:35 — начало доклада", "1.2K звёзд за день", "12:30"],
        ["Медиа и право", "This media is not dead", SECOND],
    ],
)
def test_what_looks_like_a_leftover_stays(lines: list[str]) -> None:
    """Ordinary lines that resemble a page's stay."""
    assert merge_copies(lines) == "\n".join(lines)


def test_leftovers_go() -> None:
    """Lines of the web page vanish, and the post knows that it had media."""
    text = f"0:35\nThis media is not supported in your browser\nVIEW IN TELEGRAM\n{FIRST}\n1.2K views"
    [post] = posts("Forwarded from A\n" + text)
    assert post.text == FIRST
    assert post.media


def test_problems_cost_one_post() -> None:
    """Bytes that are not UTF-8, endless texts and stray beginnings are told with their line; the rest is read."""
    good = "Forwarded from A\nтекст\n".encode()
    bad = b"Forwarded from B\n\xff\xfe\n"
    huge = b"Forwarded from C\n" + b"x" * 1_500_000 + b"\n"
    events = read("вступление\n".encode() + good + bad + huge + good)
    assert [event.where for event in events if isinstance(event, Problem)] == ["line 1", "line 5", "line 6"]
    assert [event.position for event in events if isinstance(event, Post)] == [0, 1]


@pytest.mark.parametrize(("encoding", "word"), [("cp1251", "1251"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16")])
def test_other_encodings_are_named(encoding: str, word: str) -> None:
    """A dump that is not UTF-8 says what it looks like."""
    [problem] = read(f"Forwarded from Канал\n{FIRST}".encode(encoding))
    assert isinstance(problem, Problem)
    assert word in problem.message


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[list[str]], list[tuple[int, int]]]:
    """Lines of words that are all different, with one span in each line that a copy may lose."""
    counts = draw(st.lists(st.integers(5, 14), min_size=3, max_size=9))
    lines, number = [], 0
    for count in counts:
        lines.append([f"слово{number + index}" for index in range(count)])
        number += count
    spans = [(draw(st.integers(1, count - 3)), draw(st.integers(1, 2))) for count in counts]
    return lines, spans


def lossy(line: list[str], span: tuple[int, int], *, lost: bool, broken: bool) -> list[str]:
    start, size = span
    if not lost:
        return [" ".join(line)]
    left, right = " ".join(line[:start]), " ".join(line[start + size :])
    return [left, right] if broken else [f"{left} {right}"]


@settings(max_examples=150, deadline=None)
@given(body=bodies(), data=st.data())
def test_every_word_once_and_in_order(body: tuple[list[list[str]], list[tuple[int, int]]], data: st.DataObject) -> None:
    """Two copies that lost different spans, the second without the title, merge into the whole body."""
    lines, spans = body
    in_first = [False, *(data.draw(st.booleans()) for _ in lines[1:])]
    broken = data.draw(st.booleans())
    first = [part for n, line in enumerate(lines) for part in lossy(line, spans[n], lost=in_first[n], broken=broken)]
    second = [
        part for n, line in enumerate(lines) if n for part in lossy(line, spans[n], lost=not in_first[n], broken=broken)
    ]
    assert merge_copies(first + second).split() == [word for line in lines for word in line]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='аб .!?\n"(«»)#:/Forwarded from', max_size=300), st.binary(max_size=30))
def test_nothing_raises_and_offsets_fit(text: str, junk: bytes) -> None:
    """Any text gives posts or problems, and entities stay inside the text."""
    for event in read(b"Forwarded from A\n" + text.encode() + junk + b"\nForwarded from B\nend"):
        if isinstance(event, Post):
            assert all(e.length > 0 and e.offset + e.length <= len(event.text) for e in event.entities)


def test_real_dump() -> None:
    """The dump beside the project gives eleven posts of ten origins, each line of either copy within its post once."""
    if not DUMP.is_file():
        pytest.skip("the real dump is not beside the project")
    found = posts(DUMP.read_bytes())
    assert len(found) == 11
    assert len({post.origin.name for post in found if post.origin}) == 10
    leftovers = ("not supported in your browser", "VIEW IN TELEGRAM", "serializability vs linearizability", "Дзен")
    for post in found:
        assert not any(leftover in post.text for leftover in leftovers)
        kept = post.text.split("\n")
        assert len([line for line in kept if len(line) > 20]) == len({line for line in kept if len(line) > 20})
        flat = "".join(post.text.split())
        for line in {line for line in post.raw["text"].split("\n") if len(line) > 40}:
            stripped = "".join(line.split())
            if flat.count(stripped) != 1:
                # Spliced lines and cards: each half of a spliced line stands once; a card's lines stand nowhere.
                halves = (stripped[:12], stripped[-12:])
                assert all(flat.count(half) <= 1 for half in halves)
