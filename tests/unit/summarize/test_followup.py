"""Follow-ups made whole: what they leave out is taken from what was asked and answered before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answers import LONGEST, Before
from summarize.answers import followup

DATA = Path(__file__).parents[2] / "data" / "questions" / "first.jsonl"


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("how many days did they train Orrin-2 70B for?", "and the 7B?", "and the 7B? (how many days did they train Orrin-2 for)"),
        ("Сколько мест на встрече в Казани?", "а в Новосибирске?", "а в Новосибирске? (Сколько мест на встрече в)"),
        ("Во сколько оценили Dvarg?", "кто возглавил раунд?", "кто возглавил раунд? (Dvarg)"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_put_back(before: str, text: str, whole: str) -> None:
    """A name that is asked for takes the place of the former one; where none is, the former one stays."""
    assert followup.whole(text, Before(question=before)) == whole


def test_what_the_answer_names_is_meant() -> None:
    """A question may name nothing, and the next one then means what the answer has named."""
    before = Before(
        question="есть рисовалка, которая умеет кириллицу?", sentences=("Gouache 2 рисует кириллицу без ошибок.",)
    )
    assert "Gouache" in followup.whole("а руки она как рисует?", before)


@pytest.mark.parametrize(
    "text",
    [
        "Сколько параметров у модели Quillfin-3?",
        "what licence does Murmur-3 have?",
        "кто такой Игнат Лядов и что он читает",
    ],
)
def test_a_question_that_stands_alone_stays(text: str) -> None:
    """Also as a reply: it names what it is about."""
    assert followup.whole(text, Before(question="Во сколько оценили Dvarg?")) == text


def test_what_is_typed_soon_after_may_be_new() -> None:
    """Only what says that it goes on with something does."""
    maybe = Before(question="Во сколько оценили Dvarg?", sure=False)
    assert followup.whole("что нового про агентов?", maybe) == "что нового про агентов?"
    assert followup.whole("а кто вложился?", maybe) == "а кто вложился? (Dvarg)"
    assert followup.whole("а кто вложился?", None) == "а кто вложился?"


def test_labelled_follow_ups_keep_what_they_are_about() -> None:
    """Of follow-ups that somebody else has written, the names that their whole forms share with the former question stay."""
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    follow_ups = [row for row in rows if row["kind"] == "followup"]
    assert len(follow_ups) >= 10
    for row in follow_ups:
        made = followup.whole(row["text"], Before(question=row["after"]))
        assert made != row["text"], row["id"]
        assert made.startswith(row["text"].strip())


@given(st.text(max_size=600), st.text(max_size=600), st.lists(st.text(max_size=80), max_size=2))
def test_anything_can_be_gone_on_with(text: str, before: str, said: list[str]) -> None:
    """Whatever stands there, the question comes first and is not longer than a question may be."""
    made = followup.whole(text, Before(question=before, sentences=tuple(said)))
    assert made == text or len(made) <= LONGEST
