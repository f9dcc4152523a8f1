"""Stretches of a post that are hidden, forged or a dialogue as a whole: markup, fences, roles, ready answers, encoded text.

Pure. All of it reads the masked, lower-cased shadow of a text, but for what is hidden in characters and in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from summarize.orders import encoded, ready_answers, rulebook
from summarize.orders.forged_rules import FENCES, PATTERNS
from summarize.orders.order_sentences import BREAK, TELL, is_order, sum_of_signs
from summarize.orders.order_signs import ENOUGH
from summarize.orders.order_words import rule
from summarize.orders.shadow import Shadow

Span = tuple[int, int]

_NAMES = tuple(PATTERNS)
_BY_LINE = {"line", "end", "token", "turn", "field"}
_SUMMARY = rule(r"\b{SUMMARY}|\bsummari[sz]e|перескаж|суммируй")
_ASKED = rule(
    r"\b(?:headlines?|topics?|title|ad|prompt|story|stories)\b|заголов|реклам|инструкци|what you were told|сюжет"
)
_MACHINE = rule(r"\b{MACHINE}\b")
_ODD = frozenset(
    "importance priority gist rank claims claim verdict is_ad важность приоритет ранг тезис тезисы".split()
) | {"same story"}
_MASTERS = frozenset({"system", "developer", "система"})
_COMMENT = re.compile(r"<!--(?:(?!-->)[\s\S]){1,4096}(?:-->|\Z)")
_UNSEEN_TAG = re.compile(r"<([a-z][a-z0-9]*)\b([^<>]*)>", re.IGNORECASE)
_UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*[01](?![\d.])"
    r"|color\s*:\s*(?:white|transparent|#f{3}(?:f{3})?\b|rgba?\(255,\s*255,\s*255)|(?<![\w-])hidden(?![\w-])"
    r"|left\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"(?<=[^\w#])[ \t]")
#: So many empty lines hide what stands below them.
_GAP = re.compile(r"\n(?:[^\S\n]*\n){8,}")
_GAP_LINES = 9


_NUMBERS = dict(zip(PATTERNS, rulebook.FORGED, strict=True))


def _pattern(name: str) -> re.Pattern[str]:
    return rulebook.pattern(_NUMBERS[name])


def _named(numbers: Iterable[int]) -> set[str]:
    return {_NAMES[number - rulebook.FORGED.start] for number in numbers if number in rulebook.FORGED}


def may_be_forged(text: str, low: str, numbers: Iterable[int]) -> bool:
    """Whether `blocks` may find anything in the text, of which `low` is the lower-cased shadow and `numbers` those of the
    rules that may hold in it.
    """
    return (
        ("<" in text and ("<!--" in text or _UNSEEN_STYLE.search(text) is not None))
        or (text.count("\n") >= _GAP_LINES and _GAP.search(low) is not None)
        or ready_answers.may_be(low)
        or encoded.may_be(text, low)
        or _finds(low, _named(numbers))
    )


def _finds(low: str, found: set[str]) -> bool:
    """Does any pattern hold, wherever sentences may begin?"""
    # `blocks` reads a sentence a line: a line may begin where white space follows on other than a word
    split = _SPLIT.sub("\n", low) if found & _BY_LINE else low
    return any(_pattern(name).search(split if name in _BY_LINE else low) for name in found)


def blocks(shadow: Shadow, text: str, masked: str, low: str) -> Iterator[Span]:
    """Spans of the text; `masked` is its shadow, a sentence a line, less what it quotes, and `low` all of its shadow."""
    if "<" in text:
        yield from (match.span() for match in _COMMENT.finditer(text))
        yield from _unseen(text)
    yield from encoded.hidden(text)
    yield from encoded.blobs(text)
    found = _named(rulebook.may_hold(masked))
    for name in found & FENCES.keys():
        for match in _pattern(name).finditer(masked):
            yield shadow.span(match.start(), _paragraph_end(masked, match.end(), over_gap=True))
    if "begin" in found:
        yield from (shadow.span(*match.span()) for match in _pattern("begin").finditer(masked))
    if "field" in found:
        yield from (shadow.span(*span) for span in _fields(masked))
    if "turn" in found:
        yield from (shadow.span(*span) for span in _turns(masked))
    yield from (shadow.span(*span) for span in ready_answers.answers(low, masked))
    yield from (shadow.span(*span) for span in _after_gap(masked))


def _paragraph_end(text: str, start: int, *, over_gap: bool = False) -> int:
    """Where the paragraph of `start` ends; with `over_gap`, that of the next one if nothing is left of this one."""
    match = BREAK.search(text, start)
    if match and over_gap and not text[start : match.start()].strip(" \t\n=-*#<>[]"):
        match = BREAK.search(text, match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip()))
    return match.start() if match else len(text)


def _unseen(text: str) -> Iterator[Span]:
    """Elements that a browser would not show."""
    for match in _UNSEEN_TAG.finditer(text):
        if _UNSEEN_STYLE.search(match.group(2)):
            close = text.lower().find(f"</{match.group(1).lower()}", match.end())
            end = text.find(">", close) + 1 if close >= 0 else 0
            yield match.start(), end or len(text)


def _fields(text: str) -> Iterator[Span]:
    """Lines one below the other that fill in the form of a summary: two and more, one of them such as posts do not have."""
    run: list[re.Match[str]] = []
    for match in [*_pattern("field").finditer(text), None]:
        if run and (match is None or text.count("\n", run[-1].end(), match.start()) != 1):
            if len({m.group(1) for m in run}) > 1 and not _ODD.isdisjoint(m.group(1) for m in run):
                yield run[0].start(), _line_end(text, run[-1].end())
            run = []
        if match is not None:
            run.append(match)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _turns(text: str) -> Iterator[Span]:
    """Dialogues, turn after turn, one of which orders something or speaks of a summary."""
    matches = list(_pattern("turn").finditer(text))
    run: list[Span] = []
    told = False
    for index, match in enumerate(matches):
        if run and text[run[-1][1] : match.start()].strip():
            yield from run if told else ()
            run, told = [], False
        following = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        broken = BREAK.search(text, match.end(), following)
        end = broken.start() if broken else following
        turn = text[match.end() : end].strip()
        run.append((match.start(), end))
        if turn and not told:
            told = _is_told(turn, match["role"]) or (len(matches) > 1 and _ASKED.search(turn) is not None)
    yield from run if told else ()


def _is_told(turn: str, role: str) -> bool:
    """Does a turn of the role tell a summariser what to do?"""
    if TELL.search(turn) and (role in _MASTERS or sum_of_signs(turn) >= ENOUGH):
        return True
    return _SUMMARY.search(turn) is not None or is_order(turn)


def _after_gap(text: str) -> Iterator[Span]:
    """What stands far below the post, if it orders anything."""
    match = _GAP.search(text) if text.count("\n") >= _GAP_LINES else None
    if match:
        rest = text[match.end() :]
        if is_order(rest) or (TELL.search(rest) and (_SUMMARY.search(rest) or _MACHINE.search(rest))):
            yield match.end(), len(text)
