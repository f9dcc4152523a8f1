"""The steps of making a filter: what follows what, what leads nowhere, and that nothing pressed or typed can break it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.editors import filter_drafts
from bot.editors.drafts import Draft
from bot.editors.filter_drafts import ACTIONS, Fault, Step
from core.filters import FilterAction, FilterKind, Scope

NOW = datetime(2026, 9, 5, tzinfo=UTC)
DOS = ["back", "page", "act", "kind", "pick", "scope", "toggle", "done", "go", "change", "skip", "days", "again", ""]
VALUES = [
    "",
    "1",
    "0",
    "7",
    "-1",
    "x",
    "all",
    "topics",
    "channels",
    "ru",
    "ad",
    "agents",
    "9" * 30,
    *ACTIONS,
    *FilterKind,
]


def walked(*presses: tuple[str, str]) -> Draft:
    """A draft after presses, each of which leads somewhere."""
    draft = filter_drafts.new()
    for do, value in presses:
        following = filter_drafts.chosen(draft, do, value)
        assert following is not None, (draft.step, do, value)
        draft = following
    return draft


def test_the_way_through() -> None:
    """From the action to the filter with all that was said."""
    draft = walked(
        ("act", "-0.3"),
        ("kind", "topic"),
        ("pick", "agents"),
        ("scope", "channels"),
        ("toggle", "7"),
        ("done", ""),
        ("go", ""),
    )
    noted = filter_drafts.said(draft, " зачем \x00")
    assert isinstance(noted, Draft)
    draft = filter_drafts.chosen(noted, "days", "7") or noted
    made = filter_drafts.made(draft, by=5, now=NOW)
    assert draft.step == Step.SAVE
    assert (made.action, made.weight, made.kind, made.pattern) == (FilterAction.BOOST, -0.3, FilterKind.TOPIC, "agents")
    assert (made.scope, made.note, made.made_by) == (Scope(channels=(7,)), "зачем", 5)
    assert made.expires_at == NOW + timedelta(days=7)


def test_another_pattern_is_previewed_at_once() -> None:
    """Where it holds was said before, and need not be said again; a threshold belongs to its phrase."""
    draft = walked(("act", "drop"), ("kind", "meaning"))
    draft = filter_drafts.with_pattern(draft, "совы")
    assert draft.step == Step.SCOPE
    draft = filter_drafts.chosen(draft, "scope", "all") or draft
    draft = filter_drafts.chosen(draft.at(Step.PREVIEW, threshold=0.4), "change", "") or draft
    again = filter_drafts.said(draft, "филины")
    assert isinstance(again, Draft)
    assert (again.step, again.values["threshold"]) == (Step.PREVIEW, None)


def test_another_kind_is_begun_anew() -> None:
    """A scope of channels would make no sense of a filter of a channel."""
    draft = walked(
        ("act", "drop"), ("kind", "language"), ("pick", "ru"), ("scope", "channels"), ("toggle", "7"), ("done", "")
    )
    for _ in range(3):
        draft = filter_drafts.chosen(draft, "back", "") or draft
    draft = filter_drafts.chosen(draft, "kind", "channel") or draft
    assert (draft.values["channels"], draft.values["scope"], draft.values["pattern"]) == ([], "", "")


@pytest.mark.parametrize(
    ("kind", "value"),
    [("channel", "x"), ("channel", ""), ("channel", "٣"), ("topic", ""), ("ad", "no"), ("language", "xx"),
     ("keyword", "a"), ("regex", "a"), ("meaning", "a")],
)  # fmt: skip
def test_buttons_that_stand_for_no_pattern(kind: str, value: str) -> None:
    """A press that was forged."""
    assert filter_drafts.chosen(walked(("act", "drop"), ("kind", kind)), "pick", value) is None


@pytest.mark.parametrize(
    ("kind", "typed", "fault"),
    [
        ("keyword", " \x00\n", Fault.EMPTY), ("keyword", "ж" * 2001, Fault.LONG), ("language", "русский", Fault.LANGUAGE),
        ("language", "r", Fault.LANGUAGE), ("language", "ру", Fault.LANGUAGE), ("regex", "", Fault.EMPTY),
    ],
)  # fmt: skip
def test_words_that_are_no_pattern(kind: str, typed: str, fault: Fault) -> None:
    """What can be told without a look at posts."""
    assert filter_drafts.said(walked(("act", "drop"), ("kind", kind)), typed) is fault


def test_a_note_may_be_empty_and_not_too_long() -> None:
    """Five hundred characters will do."""
    draft = walked(("act", "pin"), ("kind", "ad"), ("pick", "ad"), ("scope", "all"), ("go", ""))
    assert filter_drafts.said(draft, "ж" * 501) is Fault.LONG_NOTE
    assert isinstance(filter_drafts.said(draft, ""), Draft)


@given(st.lists(st.tuples(st.sampled_from(DOS), st.sampled_from(VALUES) | st.text(max_size=30)), max_size=30))
def test_no_presses_break_it(presses: list[tuple[str, str]]) -> None:
    """Whatever is pressed in whatever order, the draft stays at a step, can be kept as JSON, and makes a filter once its
    pattern is known.
    """
    draft = filter_drafts.new()
    for do, value in presses:
        draft = filter_drafts.chosen(draft, do, value) or draft
        json.dumps(dict(draft.values))
        assert Step(draft.step)
        if draft.step in {Step.PREVIEW, Step.NOTE, Step.EXPIRY, Step.SAVE}:
            made = filter_drafts.made(draft, by=1, now=NOW)
            assert made.pattern
            assert not (made.scope.topics and made.scope.channels)
