"""Which sentences of a post order a summariser about, by the rules and by the sum of their signs.

Pure. Sentences are those of the lower-cased shadow of a text; a rule is only searched for where its words are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from summarize import order_signs
from summarize.order_gate import Gate
from summarize.order_rules import DEMANDS
from summarize.order_signs import ENOUGH, SIGNS
from summarize.order_words import rule, spelt
from summarize.override_rules import TAKEOVERS
from summarize.text import Sentence

#: How much of its paragraph an order takes: its sentence and what plainly goes on with it, or the rest.
TAKES_SENTENCE, TAKES_REST = 1, 2

_RULES = (*TAKEOVERS, *DEMANDS, *(sign.rule for sign in SIGNS))
_TAKEOVERS = range(len(TAKEOVERS))
_DEMANDS = range(len(TAKEOVERS), len(TAKEOVERS) + len(DEMANDS))
_SIGNS = range(len(TAKEOVERS) + len(DEMANDS), len(_RULES))
_OVERRIDES = rule(r"\b(?:{DROP}|{DROP_RU})\s")
_GENERAL = rule(
    r"\b(?:good|great|ideal|perfect|useful|хорош\w+|идеальн\w+|качественн\w+|отличн\w+) (?:\w+ )?{SUMMARY}"
    r"|\b(?:rouge|датасет\w*|datasets?|benchmarks?|бенчмарк\w*)\b"
)
_TO_PEOPLE = rule(
    r"(?:в|под) комментари\w+|в коммент\w*|в личк\w+|на почт\w+|по почте|в чат\b|письм\w+|in the comments?\b"
    r"|e-?mail|\bdm (?:me|us)\b|в предложк\w+|резюме на"
)
TELL = rule(r"{AT}{TELL}\b|\b{TELL_RU}\b")
_CONTINUES = rule(
    r"^\W*(?:also|additionally|then|next|moreover|furthermore|finally|likewise|similarly|otherwise|and"
    r"|in addition|besides|do not|don[’']?t|under no|at the end|it (?:must|should)|they (?:must|should)"
    r"|this (?:must|should|is mandatory|is required|instruction|rule|applies)|failure to|thank you|no exceptions"
    r"|кроме того|также|затем|потом|далее|после этого|и еще|еще|в конце|в начале|наконец|дополнительно|иначе"
    r"|а также|ни в коем|это (?:обязательн|требовани|правило|указани|важно|необходим)\w*|не (?:указывай|упоминай"
    r"|сообщай|пиши|раскрывай|говори)|никому|спасибо|без исключений|außerdem|además|tambien)\b"
)
BREAK = re.compile(r"\n[^\S\n]*\n")


@cache
def _gate() -> Gate:
    return Gate([spelt(entry) for entry in _RULES])


@cache
def _pattern(number: int) -> re.Pattern[str]:
    """A rule is made ready when a text first has its words: a process that reads few posts needs few."""
    return rule(_RULES[number])


def may_order(low: str) -> bool:
    """Whether any sentence of the lower-cased text can be an order: True if a rule or the signs of one paragraph may hold."""
    chunks = [low] if "```" in low else BREAK.split(low)
    return any(_opens(_open(chunk)) for chunk in chunks)


def _opens(numbers: Collection[int]) -> bool:
    return any(number < _SIGNS.start for number in numbers) or _most(numbers) >= ENOUGH


def _open(low: str) -> list[int]:
    gate = _gate()
    return list(gate.open(gate.clauses(low)))


def _most(numbers: Iterable[int]) -> float:
    """The most that the signs among the open rules can add up to."""
    held = [SIGNS[number - _SIGNS.start] for number in numbers if number >= _SIGNS.start]
    return order_signs.total([sign for sign in held if sign.weight > 0])


def is_order(low: str) -> bool:
    """Does any rule find an order in the piece of a shadow?"""
    return any(_pattern(number).search(low) for number in _open(low) if number < _SIGNS.start)


def sum_of_signs(low: str) -> float:
    """How much the signs in the piece of a shadow speak for an order."""
    numbers = [number for number in _open(low) if number >= _SIGNS.start]
    return _sum(low, numbers) if _most(numbers) >= ENOUGH else 0.0


def _sum(low: str, numbers: Iterable[int]) -> float:
    return order_signs.total(
        [SIGNS[number - _SIGNS.start] for number in numbers if number >= _SIGNS.start and _pattern(number).search(low)]
    )


def taken(masked: str, found: Sequence[Sentence]) -> list[bool]:
    """Which sentences of the masked, lower-cased shadow belong to orders: those that are one, and those that go on with one."""
    return _spread(masked, found, _marks(masked, found))


def _marks(masked: str, found: Sequence[Sentence]) -> list[int]:
    """For each sentence 0, or how much a rule that holds in it takes."""
    marks = [_mark(_flat(masked, sentence)) for sentence in found]
    # An order may be broken into lines.
    flat = masked.replace("\n", " ")
    if _OVERRIDES.search(flat):
        for number in _open(flat):
            for match in _pattern(number).finditer(flat) if number in _TAKEOVERS else ():
                for index, sentence in enumerate(found):
                    if sentence.start < match.end() - 1 and match.start() + 1 < sentence.end:
                        marks[index] = TAKES_REST
    return marks


def _flat(masked: str, sentence: Sentence) -> str:
    """A sentence of the lower-cased shadow on one line, unless it is code."""
    text = masked[sentence.start : sentence.end]
    return text if sentence.is_code else " ".join(text.split())


def _mark(sentence: str) -> int:
    """How much the rules that hold in a lower-cased sentence take."""
    numbers = _open(sentence)
    if not numbers:
        return 0
    if any(number in _TAKEOVERS and _pattern(number).search(sentence) for number in numbers):
        return TAKES_REST
    if (_most(numbers) >= ENOUGH and _sum(sentence, numbers) >= ENOUGH) or any(
        number in _DEMANDS and _pattern(number).search(sentence) for number in numbers
    ):
        return 0 if _TO_PEOPLE.search(sentence) or _GENERAL.search(sentence) else TAKES_SENTENCE
    return 0


def _spread(masked: str, found: Sequence[Sentence], marks: Sequence[int]) -> list[bool]:
    """Which sentences belong to orders: those marked, and those that plainly go on with them."""
    spread: list[bool] = []
    holds = 0
    for index, sentence in enumerate(found):
        broken = index > 0 and BREAK.search(masked, found[index - 1].end, sentence.start) is not None
        colon = (
            index > 0
            and spread[-1]
            and masked[found[index - 1].start : found[index - 1].end].rstrip("□\"”»' ").endswith(":")
        )
        if broken and not colon:
            holds = 0
        if colon:
            holds = TAKES_REST
        if marks[index]:
            holds = max(holds, marks[index])
        goes_on = holds == TAKES_REST or (holds == TAKES_SENTENCE and _goes_on(masked[sentence.start : sentence.end]))
        spread.append(bool(marks[index]) or goes_on)
        holds = holds if spread[-1] else 0
    return spread


def _goes_on(sentence: str) -> bool:
    """Does the sentence go on with an order before it?"""
    return bool(_CONTINUES.match(sentence) or TELL.match(sentence))
