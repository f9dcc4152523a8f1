"""Which sentences of a post order a summariser about, by the rules and by the sum of their signs.

Pure. Sentences are those of the lower-cased shadow of a text; a rule is only searched for where its words are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from summarize.orders import order_signs
from summarize.orders.order_signs import ENOUGH, SIGNS, Sign
from summarize.orders.order_words import rule
from summarize.orders.rulebook import DEMAND, SIGN, TAKEOVER, clauses, may_hold, pattern
from summarize.orders.rulebook import opened as rules_of
from summarize.text import Sentence

#: How much of its paragraph an order takes: its sentence and what plainly goes on with it, or the rest.
TAKES_SENTENCE, TAKES_REST = 1, 2

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
    r"|сообщай|пиши|раскрывай|говори)|никому|спасибо|без исключений|исключений нет"
    r"|(?:это|все|так) (?:разрешен|согласован|одобрен|проверен|утвержден)\w*|this (?:is|was) (?:approved|agreed|cleared)"
    r"|außerdem|además|tambien)\b"
)
#: An order that opens with what is not to be done, or with a verb that is nothing but an order.
_FORBIDS = rule(r"^\W*(?:please |kindly |also )*(?:do not|don[’']?t|never|не \w+(?:й|йте)|{TELL_RU})\b")
_COMMANDS = rule(r"(?<!\w){SINGULAR}(?!\w|-)")
#: An order about what was said right before it.
_POINTS_BACK = rule(
    r"^\W*(?:именно|ровно|только|вот) (?:это|эт[аоиу]\w*|так)\b|\b(?:впиши|укажи|добавь|вставь|запиши|повтори)(?:те)? это\b"
    r"|^\W*(?:exactly|precisely|only) (?:this|these|that)\b|\b(?:attach|insert|include|repeat|quote|copy) (?:it|that)\b"
    r"|\buse (?:only )?the (?:corrected|right|new) (?:ones?|numbers|figures)\b"
)
BREAK = re.compile(r"\n[^\S\n]*\n")


# Lines after these never run on in the next one, so that no sentence goes over them; nor over an empty line.
_ENDS = re.compile(r"(?<=[.!?…:;。！？|>\])»\"])[^\S\n]*\n|\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the words of a text tell: `open` are stretches in which sentences may be orders; `rules` may hold in all of it."""

    open: list[tuple[int, int]]
    rules: list[int]


def look(low: str) -> Look:
    """A quick look at the lower-cased shadow of a text."""
    opened: list[tuple[int, int]] = []
    whole = start = 0
    # a fenced block is one sentence
    ends = [] if "```" in low else [match.start() for match in _ENDS.finditer(low)]
    for end in [*ends, len(low)]:
        found = clauses(low[start:end])
        if found and _may_order(rules_of(found)):
            opened.append((start, end))
        whole |= found
        start = end
    rules = rules_of(whole)
    # An order may be broken into lines.
    if any(number in TAKEOVER for number in rules) and _OVERRIDES.search(low):
        opened = [(0, len(low))]
    return Look(open=opened, rules=rules)


def _may_order(numbers: Collection[int]) -> bool:
    return any(number < SIGN.start for number in numbers) or _most(numbers) >= ENOUGH


def _most(numbers: Iterable[int]) -> float:
    """The most that the signs among the open rules can add up to."""
    held = [SIGNS[number - SIGN.start] for number in numbers if number in SIGN]
    return order_signs.total([sign for sign in held if sign.weight > 0])


def is_order(low: str) -> bool:
    """Does any rule find an order in the piece of a shadow?"""
    return any(pattern(number).search(low) for number in may_hold(low) if number < SIGN.start)


def sum_of_signs(low: str) -> float:
    """How much the signs in the piece of a shadow speak for an order."""
    numbers = [number for number in may_hold(low) if number in SIGN]
    return _sum(low, numbers) if _most(numbers) >= ENOUGH else 0.0


def _sum(low: str, numbers: Collection[int]) -> float:
    """What the signs among the open rules add up to, or less than ENOUGH."""
    held: list[Sign] = []
    for speaks_for in (True, False):
        signs = ((SIGNS[number - SIGN.start], number) for number in numbers if number in SIGN)
        held += [sign for sign, number in signs if (sign.weight > 0) == speaks_for and pattern(number).search(low)]
        if order_signs.total(held) < ENOUGH:
            return 0.0
    return order_signs.total(held)


def taken(masked: str, found: Sequence[Sentence], among: Sequence[tuple[int, int]]) -> list[bool]:
    """Which sentences of the masked, lower-cased shadow belong to orders: those that are one, and those that go on with one.

    `among` are the stretches that are open.
    """
    marks = _marks(masked, found, among)
    if not any(marks):
        return [False] * len(found)
    spread = _spread(masked, found, marks)
    for first, end in _paragraphs(masked, found):
        _spread_back(masked, found[first:end], spread, first)
        # What shares a paragraph with orders is theirs, unless that is where the news stands.
        if first > 0 and sum(spread[first:end]) * 2 >= end - first:
            spread[first:end] = [True] * (end - first)
    return spread


def _paragraphs(masked: str, found: Sequence[Sentence]) -> Iterator[tuple[int, int]]:
    """Numbers of the first sentence of each paragraph, and of that after its last one."""
    first = 0
    for index in range(1, len(found) + 1):
        if index == len(found) or BREAK.search(masked, found[index - 1].end, found[index].start):
            yield first, index
            first = index


def _spread_back(masked: str, paragraph: Sequence[Sentence], spread: list[bool], first: int) -> None:
    """Take what orders of a paragraph point back to, and what forbids something right before them."""
    for index in range(len(paragraph) - 1, 0, -1):
        before, sentence = _flat(masked, paragraph[index - 1]), _flat(masked, paragraph[index])
        if spread[first + index] and (_FORBIDS.search(before) or _POINTS_BACK.search(sentence)):
            spread[first + index - 1] = True


def _marks(masked: str, found: Sequence[Sentence], among: Sequence[tuple[int, int]]) -> list[int]:
    """For each sentence 0, or how much a rule that holds in it takes."""
    starts = [start for start, _ in among]
    marks = [0] * len(found)
    for index, sentence in enumerate(found):
        place = bisect_right(starts, sentence.start) - 1
        if place >= 0 and sentence.start < among[place][1]:
            marks[index] = _mark(_flat(masked, sentence))
    # An order may be broken into lines.
    flat = masked.replace("\n", " ")
    if _OVERRIDES.search(flat):
        for number in may_hold(flat):
            for match in pattern(number).finditer(flat) if number in TAKEOVER else ():
                for index, sentence in enumerate(found):
                    if sentence.start < match.end() - 1 and match.start() + 1 < sentence.end:
                        marks[index] = TAKES_REST
    return marks


def _flat(masked: str, sentence: Sentence) -> str:
    """A sentence of the lower-cased shadow on one line, unless it is code."""
    text = masked[sentence.start : sentence.end]
    return text if sentence.is_code else " ".join(text.split())


@lru_cache(maxsize=256)
def _mark(sentence: str) -> int:
    """How much the rules that hold in a lower-cased sentence take."""
    numbers = may_hold(sentence)
    if not numbers:
        return 0
    if any(number in TAKEOVER and pattern(number).search(sentence) for number in numbers):
        return TAKES_REST
    if (_most(numbers) >= ENOUGH and _sum(sentence, numbers) >= ENOUGH) or any(
        number in DEMAND and pattern(number).search(sentence) for number in numbers
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
    return bool(_CONTINUES.match(sentence) or TELL.match(sentence) or _COMMANDS.search(sentence))
