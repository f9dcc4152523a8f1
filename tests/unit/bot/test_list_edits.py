"""What an admin types about a list becomes what goes, what comes, or a new list, and goes together with others' changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.editors import list_edits
from bot.editors.list_edits import ListEdit

WORDS = ("робот", "Courier", "7b")
LINES = ("Первая.", "Вторая.", "Третья.")


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("дрон", ("робот", "Courier", "7b", "дрон")), ("дрон, лидар; a b\nc", (*WORDS, "дрон", "лидар", "a b", "c")),
        ("-courier", ("робот", "7b")), ("−7B, дрон", ("робот", "Courier", "дрон")), ("- робот", ("Courier", "7b")),
        ("РОБОТ", WORDS), (" , ;\n", WORDS), ("= дрон,дрон , лидар", ("дрон", "лидар")), ("=", ()),
        ("text-to-image", (*WORDS, "text-to-image")),
        ("\x00", WORDS), ("Роботы-курьеры", (*WORDS, "Роботы-курьеры")),
    ],
)  # fmt: skip
def test_phrases(typed: str, after: tuple[str, ...]) -> None:
    """They are added, taken out with a minus in any case, or replaced after =; a hyphen within one is none."""
    assert list_edits.typed(typed, WORDS, lines=False).applied(WORDS) == after


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("Ещё.\n\n  И ещё.", (*LINES, "Ещё.", "И ещё.")), ("-2", ("Первая.", "Третья.")), ("-1\n-3\nНовая.", ("Вторая.", "Новая.")),
        ("- Новая.\n• Другая.", (*LINES, "Новая.", "Другая.")), ("- вторая.", ("Первая.", "Третья.")),
        ("=\n- Одна.\n* Две.", ("Одна.", "Две.")), ("=Одна, с запятой.", ("Одна, с запятой.",)), ("—", LINES),
        ("Роботы-курьеры ездят.", (*LINES, "Роботы-курьеры ездят.")),
    ],
)  # fmt: skip
def test_lines(typed: str, after: tuple[str, ...]) -> None:
    """They are added without their bullets, taken out by number or as they stand, or replaced after =."""
    assert list_edits.typed(typed, LINES, lines=True).applied(LINES) == after


@pytest.mark.parametrize("typed", ["-9", "-0", "-" + "9" * 4000])
def test_a_line_that_there_is_not(typed: str) -> None:
    """A number of no line is told, and changes nothing."""
    edit = list_edits.typed(typed, LINES, lines=True)
    assert edit.unknown == (typed[1:],)
    assert edit.applied(LINES) == LINES


def test_a_phrase_that_there_is_not() -> None:
    """It cannot be taken out; what else was asked for is known."""
    edit = list_edits.typed("-пицца, дрон", WORDS, lines=False)
    assert (edit.unknown, edit.add) == (("пицца",), ("дрон",))


@given(typed=st.text(max_size=200), lines=st.booleans(), others=st.lists(st.sampled_from(WORDS), unique=True))
def test_a_change_goes_together_with_others(typed: str, lines: bool, others: list[str]) -> None:
    """Whatever is typed, the change is kept as JSON, leaves nothing twice, and what others added meanwhile stays unless it
    is taken out or replaced.
    """
    edit = list_edits.typed(typed, WORDS, lines=lines)
    assert list_edits.from_json(list_edits.to_json(edit)).applied(WORDS) == edit.applied(WORDS)
    after = edit.applied((*others, "новое другого"))
    assert len({entry.casefold() for entry in after}) == len(after)
    assert edit.put is not None or "новое другого" in after
    assert all(entry and entry == entry.strip() for entry in after)


def test_replacing_is_no_matter_of_what_there_was() -> None:
    """The list is what was typed."""
    assert ListEdit(put=("а",), add=("б",), drop=("а",)).applied(WORDS) == ("а",)


@given(first=st.text(max_size=80), second=st.text(max_size=80), lines=st.booleans())
def test_two_changes_are_one(first: str, second: str, lines: bool) -> None:
    """What is typed after a look at the list as it will be is made to that list, and both are kept as one change."""
    earlier = list_edits.typed(first, WORDS, lines=lines)
    later = list_edits.typed(second, earlier.applied(WORDS), lines=lines)
    assert earlier.then(later).applied(WORDS) == later.applied(earlier.applied(WORDS))
