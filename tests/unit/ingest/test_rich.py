"""Rich messages: every block and every markup of the layer gives its text, in order and marked."""

from __future__ import annotations

import inspect
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import types as tl

from core.types import EntityKind
from ingest.records import record
from ingest.rich import flatten, listing

DATE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CAPTION = tl.PageCaption(tl.TextEmpty(), tl.TextEmpty())

#: The class that stands for each abstract type, and what a block needs around an instance to be one.
FAMILIES: dict[str, tuple[Any, Any]] = {
    "RichText": (tl.TextPlain, tl.PageBlockParagraph),
    "PageBlock": (tl.PageBlockParagraph, lambda block: block),
    "PageCaption": (tl.PageCaption, lambda caption: tl.PageBlockPhoto(1, caption)),
    "PageListItem": (tl.PageListItemText, lambda item: tl.PageBlockList([item])),
    "PageListOrderedItem": (tl.PageListOrderedItemText, lambda item: tl.PageBlockOrderedList([item])),
    "PageTableRow": (tl.PageTableRow, lambda row: tl.PageBlockTable(tl.TextEmpty(), [row])),
    "PageTableCell": (tl.PageTableCell, lambda cell: tl.PageBlockTable(tl.TextEmpty(), [tl.PageTableRow([cell])])),
    "PageRelatedArticle": (tl.PageRelatedArticle, lambda one: tl.PageBlockRelatedArticles(tl.TextEmpty(), [one])),
    "PageButton": (tl.PageButton, lambda button: tl.PageBlockButtonRow([button])),
}
FIXED = {
    "Chat": tl.Channel(1, "канал", tl.ChatPhotoEmpty(), DATE),
    "GeoPoint": tl.GeoPointEmpty(),
    "InlineButtonType": tl.InlineButtonTypeUrl("https://example.org"),
    "InputGeoPoint": tl.InputGeoPointEmpty(),
    "RichButtonStyle": tl.RichButtonStyle(),
}
#: Strings that people read; others are addresses, names of anchors and languages, and the source of embedded pages.
STRINGS = {
    *(("TextPlain", "text"), ("TextMath", "source"), ("TextCustomEmoji", "alt"), ("PageBlockMath", "source")),
    *(("PageBlockEmbedPost", "author"), ("PageRelatedArticle", "title")),
}
TEXTLESS = {"TextEmpty", "TextImage", "PageBlockAnchor", "PageBlockDivider", "PageBlockUnsupported"}


def classes() -> list[tuple[str, Any]]:
    """Every class of the layer that can stand in a rich message, with its family."""
    families = {default.SUBCLASS_OF_ID: family for family, (default, _) in FAMILIES.items()}
    named = {one.__name__: one for one in vars(tl).values() if inspect.isclass(one) and hasattr(one, "SUBCLASS_OF_ID")}
    every = [one for _, one in sorted(named.items())]
    return [(families[one.SUBCLASS_OF_ID], one) for one in every if one.SUBCLASS_OF_ID in families]


def build(kind: Any, words: list[str]) -> Any:
    """An instance with a new word wherever there is room for one; `words` gets those that a reader must see."""
    fields: dict[str, Any] = {}
    for key, parameter in inspect.signature(kind.__init__).parameters.items():
        annotation = str(parameter.annotation)
        family = re.search(r"Type(\w+)", annotation)
        if family:
            name = family[1]
            unread = words if key != "old_text" else []
            value = FIXED[name] if name in FIXED else build(FAMILIES[name][0], unread)
            words += ["канал"] if name == "Chat" else []
            fields[key] = [value] if "List" in annotation else value
        elif "str" in annotation:
            fields[key] = f"слово{len(words)}{kind.__name__}{key}"
            words += [fields[key]] if (kind.__name__, key) in STRINGS else []
        elif parameter.default is inspect.Parameter.empty and key not in ("self", "args", "kwargs"):
            fields[key] = DATE if "datetime" in annotation else 1
    return kind(**fields)


def flat(*blocks: Any) -> tuple[str, list[tuple[str, str]]]:
    """Text and [(kind, marked text)] of a rich message that has been stored."""
    rich = tl.RichMessage(list(blocks), [], [])
    text, entities = flatten(json.loads(json.dumps(record(rich.to_dict(), titles={}), sort_keys=True)))
    return text, [(entity.kind.value, text[entity.offset : entity.offset + entity.length]) for entity in entities]


def plain(text: str) -> Any:
    return tl.TextPlain(text)


def paragraph(text: str) -> Any:
    return tl.PageBlockParagraph(plain(text))


def test_the_layer_has_what_is_tested() -> None:
    """The enumeration finds the whole family, so that a new class of a newer layer is tested the day it comes."""
    assert len(classes()) >= 80
    assert {family for family, _ in classes()} == FAMILIES.keys()


@pytest.mark.parametrize(("family", "kind"), classes(), ids=lambda value: getattr(value, "__name__", value))
def test_every_class_yields_its_text(family: str, kind: Any) -> None:
    """Whatever of a class is to be read stands in the text."""
    words: list[str] = []
    text, _ = flat(FAMILIES[family][1](build(kind, words)))
    assert [word for word in words if word not in text] == []
    assert bool(words) == (kind.__name__ not in TEXTLESS)
    assert "old_text" not in text


@pytest.mark.parametrize(
    ("kind", "name", "fields"),
    [
        (tl.TextBold, "bold", {}),
        (tl.TextItalic, "italic", {}),
        (tl.TextUnderline, "underline", {}),
        (tl.TextStrike, "strike", {}),
        (tl.TextFixed, "code", {}),
        (tl.TextSpoiler, "spoiler", {}),
        (tl.TextUrl, "text_link", {"url": "https://example.org", "webpage_id": 0}),
        (tl.TextAutoUrl, "url", {}),
        (tl.TextEmail, "email", {"email": "a@example.org"}),
        (tl.TextAutoEmail, "email", {}),
        (tl.TextPhone, "phone", {"phone": "1"}),
        (tl.TextAutoPhone, "phone", {}),
        (tl.TextMention, "mention", {}),
        (tl.TextMentionName, "mention", {"user_id": 1}),
        (tl.TextHashtag, "hashtag", {}),
        (tl.TextCashtag, "cashtag", {}),
        (tl.TextBotCommand, "command", {}),
        (tl.TextBankCard, "other", {}),
        (tl.TextDate, "other", {"date": DATE}),
        (tl.TextDiff, "other", {"old_text": tl.TextPlain("старое")}),
    ],
)
def test_markup(kind: Any, name: str, fields: dict[str, Any]) -> None:
    """Each kind of markup is an entity over its words, counted in code points."""
    text = tl.TextConcat([plain("🚀 Вышла "), kind(text=plain("модель"), **fields), plain(" для кода")])
    assert flat(tl.PageBlockParagraph(text)) == ("🚀 Вышла модель для кода", [(name, "модель")])


@pytest.mark.parametrize("kind", [tl.TextSubscript, tl.TextSuperscript, tl.TextMarked, tl.TextAnchor])
def test_markup_without_entity(kind: Any) -> None:
    """What posts have no entity for keeps its words."""
    fields = {"name": "x"} if kind is tl.TextAnchor else {}
    assert flat(tl.PageBlockParagraph(kind(text=plain("модель"), **fields))) == ("модель", [])


def test_link_has_its_url() -> None:
    """A text link says where it leads, and one that leads nowhere is text."""
    good, bad = (tl.TextUrl(plain("статья"), url, 0) for url in ("https://example.org/a", ""))
    blocks = [tl.PageBlockParagraph(good), tl.PageBlockParagraph(bad)]
    text, entities = flatten(tl.RichMessage(blocks, [], []).to_dict())
    assert (text, [entity.url for entity in entities]) == ("статья\n\nстатья", ["https://example.org/a"])


def test_nested_markup_is_sorted() -> None:
    """Entities stand by where they begin, the longer first."""
    inner = tl.TextConcat([tl.TextItalic(plain("новая")), plain(" "), tl.TextFixed(plain("модель"))])
    text, marks = flat(tl.PageBlockParagraph(tl.TextBold(inner)))
    assert (text, marks) == ("новая модель", [("bold", "новая модель"), ("italic", "новая"), ("code", "модель")])


def test_blocks_in_reading_order() -> None:
    """An article reads from its title to its footer, blank lines between, nothing for what has no text."""
    text, marks = flat(
        tl.PageBlockCover(tl.PageBlockPhoto(1, tl.PageCaption(plain("Стенд"), plain("Фото: лаборатория")))),
        tl.PageBlockKicker(plain("Новости")),
        tl.PageBlockTitle(plain(" Модель для таблиц ")),
        tl.PageBlockSubtitle(plain("И меньше прежней")),
        tl.PageBlockAuthorDate(plain("Редакция"), DATE),
        tl.PageBlockAnchor("top"),
        tl.PageBlockDivider(),
        tl.PageBlockHeading2(plain("Данные")),
        paragraph("Открыты."),
        tl.PageBlockMath("a^2"),
        tl.PageBlockThinking(plain("Хм")),
        tl.PageBlockFooter(plain("Конец")),
    )
    assert text.split("\n\n") == [
        *("Стенд\nФото: лаборатория", "Новости", "Модель для таблиц", "И меньше прежней", "Редакция, 2026-03-04"),
        *("Данные", "Открыты.", "a^2", "Хм", "Конец"),
    ]
    assert marks == [("heading", "Модель для таблиц"), ("heading", "Данные"), ("code", "a^2")]


def test_quotes() -> None:
    """A quotation is marked, and who said it stands below, unmarked."""
    text, marks = flat(
        tl.PageBlockBlockquote(plain("Веса откроют."), plain("автор")),
        tl.PageBlockPullquote(plain("Скоро"), tl.TextEmpty()),
        tl.PageBlockBlockquoteBlocks([paragraph("Раз"), paragraph("Два")], plain("другой")),
    )
    assert text == "Веса откроют.\nавтор\n\nСкоро\n\nРаз\n\nДва\nдругой"
    assert marks == [("quote", "Веса откроют."), ("quote", "Скоро"), ("quote", "Раз\n\nДва")]


def test_code_keeps_its_indentation() -> None:
    """Code loses blank lines around it, not the blanks before its first line, and tells its language."""
    blocks = [paragraph("Так:"), tl.PageBlockPreformatted(plain("\n  x = 1\n  y = 2\n"), "python")]
    text, [entity] = flatten(tl.RichMessage(blocks, [], []).to_dict())
    assert (text, entity.kind, entity.language) == ("Так:\n\n  x = 1\n  y = 2", EntityKind.PRE, "python")
    assert text[entity.offset : entity.offset + entity.length] == "  x = 1\n  y = 2"


def test_lists() -> None:
    """Points, boxes and nested lists keep their shape, and marks inside them their words."""
    nested = tl.PageBlockList([tl.PageListItemText(tl.TextBold(plain("внутри"))), tl.PageListItemText(plain("ещё"))])
    text, marks = flat(
        tl.PageBlockList(
            [
                tl.PageListItemText(plain("раз")),
                tl.PageListItemText(plain("сделано"), checkbox=True, checked=True),
                tl.PageListItemText(plain("не сделано"), checkbox=True),
                tl.PageListItemText(tl.TextEmpty()),
                tl.PageListItemBlocks([paragraph("два"), nested]),
                tl.PageListItemText(tl.TextItalic(plain("две\nстроки"))),
            ]
        )
    )
    assert text.split("\n") == [
        *("• раз", "☑ сделано", "☐ не сделано", "• два", "  • внутри", "  • ещё", "• две", "  строки"),
    ]
    assert marks == [("bold", "внутри"), ("italic", "две\n  строки")]


@pytest.mark.parametrize(
    ("fields", "items", "labels"),
    [
        ({}, [{}, {}], ["1.", "2."]),
        ({"start": 5}, [{}, {}], ["5.", "6."]),
        ({}, [{"value": 3}, {}], ["3.", "4."]),
        ({}, [{"num": "7)"}, {"num": "б."}], ["7.", "б."]),
        ({"reversed": True}, [{}, {}, {}], ["3.", "2.", "1."]),
        ({"type": "a"}, [{}, {"type": "A"}], ["a.", "B."]),
        ({"type": "i", "start": 4}, [{}, {}], ["iv.", "v."]),
        ({"type": "I", "start": 1994}, [{}], ["MCMXCIV."]),
        ({"start": 0}, [{}, {"checkbox": True}], ["0.", "1. ☐"]),
    ],
)
def test_numbers(fields: dict[str, Any], items: list[dict[str, Any]], labels: list[str]) -> None:
    """A numbered list shows the numbers that it was given, and counts on where it was given none."""
    listed = [tl.PageListOrderedItemText(plain("пункт"), **item) for item in items]
    text, _ = flat(tl.PageBlockOrderedList(listed, **fields))
    assert text.split("\n") == [f"{label} пункт" for label in labels]


def test_table() -> None:
    """A table is its title and a line for each row; empty cells keep their place, line breaks in cells do not stay."""
    rows = [["модель", "точность"], ["А\nмалая", None], [None, "0,9"], [None, None]]
    cells = [[tl.PageTableCell(text=tl.TextBold(plain(cell)) if cell else None) for cell in row] for row in rows]
    text, marks = flat(tl.PageBlockTable(plain("Итоги"), [tl.PageTableRow(row) for row in cells]))
    assert text == "Итоги\nмодель | точность\nА малая |\n| 0,9"
    assert [marked for _, marked in marks] == ["модель", "точность", "А малая", "0,9"]


def test_embedded() -> None:
    """Embedded posts, pages, channels, related articles, details and buttons are read with their links."""
    url = "https://example.org/p"
    text, marks = flat(
        tl.PageBlockEmbedPost(url, 0, 0, "Автор", DATE, [paragraph("Пост")], CAPTION),
        tl.PageBlockEmbed(tl.PageCaption(plain("Ролик"), tl.TextEmpty()), url=url, html="<b>нет</b>"),
        tl.PageBlockChannel(tl.Channel(1, "Канал", tl.ChatPhotoEmpty(), DATE, username="primer")),
        tl.PageBlockRelatedArticles(plain("Ещё"), [tl.PageRelatedArticle(url, 0, title="Статья")]),
        tl.PageBlockDetails([paragraph("Внутри")], plain("Подробнее")),
        tl.PageBlockButtonRow([tl.PageButton(plain(name), tl.InlineButtonTypeUrl(url)) for name in ("Да", "Нет")]),
        tl.PageBlockCollage([tl.PageBlockPhoto(1, tl.PageCaption(plain("слева"), tl.TextEmpty()))] * 2, CAPTION),
    )
    parts = ["Автор, 2026-03-04", "Пост", f"{url}\nРолик", "Канал", "Ещё\nСтатья", "Подробнее", "Внутри"]
    assert text.split("\n\n") == [*parts, "Да | Нет", "слева\nслева"]
    links = ["Автор", "Канал", "Статья", "Да", "Нет"]
    assert [marked for kind, marked in marks if kind == "text_link"] == links


def test_unknown_blocks_give_the_text_that_they_hold() -> None:
    """A block or a markup of a later layer is read as far as it holds rich text."""
    word = {"_": "TextNew", "text": {"_": "TextPlain", "text": "новое"}}
    caption = {"_": "PageCaption", "text": {"_": "TextPlain", "text": "подпись"}}
    block = {"_": "PageBlockNew", "level": 3, "caption": caption, "aside": [word], "title": word}
    assert flatten({"blocks": [block, {"_": 5}, "x", None, {}]})[0] == "новое\nновое\nподпись"


@pytest.mark.parametrize("shape", ["text", "texts", "blocks", "items"])
def test_depth_is_bounded(shape: str) -> None:
    """However deep a message is nested, it is read without exhausting the stack."""
    kinds = {"text": "TextBold", "texts": "TextConcat", "blocks": "PageBlockDetails", "items": "PageBlockList"}
    value: Any = {"_": kinds[shape], "text": "дно"}
    for _ in range(20_000):
        value = {"_": kinds[shape], shape: value if shape == "text" else [value]}
    block = value if shape in ("blocks", "items") else {"_": "PageBlockParagraph", "text": value}
    assert flatten({"blocks": [{"_": "PageBlockParagraph", "text": "верх"}, block]})[0].startswith("верх")


def test_listing() -> None:
    """A title and its points are lines, blank ones left out."""
    assert listing("Кто?", ["Я", "", "Ты"]) == "Кто?\n• Я\n• Ты"
    assert listing("", iter(["Я"])) == "• Я"


NAMES = [kind.__name__ for _, kind in classes()]
JUNK = st.one_of(st.none(), st.integers(), st.floats(), st.text(alphabet=" \n👍aя", max_size=6))
KEYS = ["text", "texts", "blocks", "items", "caption", "rows", "cells", "title", "url", "value", "num", "start", "type"]
TREES = st.recursive(
    JUNK,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.builds(
            lambda name, rest: {"_": name} | rest,
            st.sampled_from(NAMES),
            st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        ),
    ),
    max_leaves=40,
)


@given(blocks=st.lists(TREES, max_size=4))
def test_whatever_comes_is_read(blocks: list[Any]) -> None:
    """Nothing raises; entities are sorted, not empty, and inside a text without blank lines at its ends."""
    text, entities = flatten({"blocks": blocks})
    assert text == text.rstrip()
    assert not text.startswith("\n")
    spans = [(entity.offset, -entity.length) for entity in entities]
    assert spans == sorted(spans)
    assert all(start >= 0 and length < 0 and start - length <= len(text) for start, length in spans)
