"""What rules need, read off the rules."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.orders.order_gate import EDGE, Gate, needs


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bignore\s+all\b", [{f"{EDGE}ignore{EDGE}"}, {f"{EDGE}all{EDGE}"}]),
        (r"summar(?:y|ies)", [{"summary", "summaries"}]),
        (r"заголов\w+.{0,9}?пост", [{"заголов"}, {"пост"}]),
        (r"(?:a|b)*", []),
        (r"(?:must|\w+)\s+(?!not)say", [{f"{EDGE}say"}]),
    ],
)
def test_a_rule_needs_the_pieces_that_it_spells(pattern: str, expected: list[set[str]]) -> None:
    """Each piece of a word that no match can do without is a clause, with the edges of the word where they are sure."""
    (found,) = needs(pattern)
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


def test_alternatives_are_read_apart() -> None:
    """A rule of two alternatives opens where the words of either are."""
    gate = Gate([r"\bred\s+fox\b|\bblue\s+whale\b"])
    opened = [gate.opened(gate.clauses(text)) for text in ("a red fox", "a blue whale", "a red whale")]
    assert opened == [[0], [0], []]


_PARTS = st.sampled_from(
    [
        r"\b",
        r"\s+",
        r"\w*",
        "ab",
        "b",
        "(?:ab|c)",
        "(?:ab|c)?",
        "[ab]",
        r"\W",
        "(?:a+|b{2})",
        "=",
        "(?!b)",
        "^",
        "(?:ab|)",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(_PARTS, min_size=1, max_size=6).map("".join), st.text("abc =\n", max_size=12))
def test_no_match_is_lost(pattern: str, text: str) -> None:
    """Where a rule holds, its gate is open."""
    gate = Gate([pattern])
    if re.search(pattern, text, re.MULTILINE):
        assert gate.opened(gate.clauses(text)) == [0]
