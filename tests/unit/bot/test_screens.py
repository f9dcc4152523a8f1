"""Texts of dialogues as they are sent: rows do not end between a number and its unit, and nothing else changes."""

from __future__ import annotations

from aiogram.utils.formatting import Bold, Code, Pre, Text, TextLink
from hypothesis import given
from hypothesis import strategies as st

from bot import screens
from bot.typography import NO_BREAK


def test_numbers_stay_with_what_they_count() -> None:
    """In each line, and across marks, as in digests."""
    text = Text("😀 Каналы\n", Bold("12"), " постов за неделю\nЕщё 3 сюжета")
    sent = screens.settled(text)
    assert sent["text"] == f"😀 Каналы\n12{NO_BREAK}постов за неделю\nЕщё 3{NO_BREAK}сюжета"
    assert sent["entities"] == text.as_kwargs()["entities"]


def test_what_may_be_copied_keeps_its_spaces() -> None:
    """A pattern that stands there to be sent back is what it was, behind whatever emoji."""
    sent = screens.settled(Text("😀 5 постов: ", Code("😀 12 вакансий"), " и 7 постов\n", Pre("8 строк")))
    assert sent["text"] == f"😀 5{NO_BREAK}постов: 😀 12 вакансий и{NO_BREAK}7{NO_BREAK}постов\n8 строк"


@given(
    st.lists(
        st.tuples(st.sampled_from([Text, Bold, Code, Pre]), st.text(alphabet="12 аw😀\n`—", max_size=12)), max_size=8
    )
)
def test_nothing_but_spaces_changes(pieces: list[tuple[type[Text], str]]) -> None:
    """Whatever is marked how, the text differs in nothing but no-break spaces, and its marks are the same."""
    text = Text(*(kind(words) for kind, words in pieces), TextLink("5 постов", url="https://t.me/x/1"))
    plain, sent = text.as_kwargs(), screens.settled(text)
    assert sent["text"].replace(NO_BREAK, " ") == plain["text"]
    assert {name: value for name, value in sent.items() if name != "text"} == {
        name: value for name, value in plain.items() if name != "text"
    }
