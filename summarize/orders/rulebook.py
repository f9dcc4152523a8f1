"""All rules about orders, numbered, and which of them may hold in a text by its words.

Pure. Whoever searches for rules asks here first: most texts have the words of none.
"""

from __future__ import annotations

import re
from functools import cache

from summarize.orders.answer_rules import ANSWERS
from summarize.orders.forged_rules import PATTERNS
from summarize.orders.order_gate import Gate
from summarize.orders.order_rules import DEMANDS
from summarize.orders.order_signs import SIGNS
from summarize.orders.order_words import spelt
from summarize.orders.override_rules import TAKEOVERS

_RULES = (*TAKEOVERS, *DEMANDS, *ANSWERS, *(sign.rule for sign in SIGNS))
#: Numbers of the rules of each kind; signs and forged markup follow in the order of their tables.
TAKEOVER = range(len(TAKEOVERS))
DEMAND = range(TAKEOVER.stop, TAKEOVER.stop + len(DEMANDS) + len(ANSWERS))
SIGN = range(DEMAND.stop, DEMAND.stop + len(SIGNS))
FORGED = range(SIGN.stop, SIGN.stop + len(PATTERNS))


@cache
def _spelt() -> tuple[str, ...]:
    return (*map(spelt, _RULES), *PATTERNS.values())


@cache
def _gate() -> Gate:
    return Gate(_spelt())


def clauses(low: str) -> int:
    """What the words of the lower-cased text are enough for, as bits; those of two texts together are `|` of theirs."""
    return _gate().clauses(low)


def opened(found: int) -> list[int]:
    """Numbers, in order, of the rules that may hold in a text of these clauses; no other does."""
    return _gate().opened(found)


def may_hold(low: str) -> list[int]:
    """Numbers, in order, of the rules that may hold in the lower-cased text."""
    return opened(clauses(low))


@cache
def pattern(number: int) -> re.Pattern[str]:
    """A rule, made ready when a text first has its words: a process that reads few posts needs few."""
    return re.compile(_spelt()[number], re.MULTILINE)
