"""Stretches of a post that are hidden, forged or a dialogue as a whole: markup, fences, roles, ready answers, encoded text.

Pure. All of it reads the masked, lower-cased shadow of a text, but for what is hidden in characters and in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from summarize import encoded
from summarize.order_gate import Gate
from summarize.order_sentences import BREAK, TELL, is_order, sum_of_signs
from summarize.order_signs import ENOUGH
from summarize.order_words import rule, spelt
from summarize.ready_answers import answers
from summarize.shadow import Shadow

Span = tuple[int, int]

_THING = (
    r"(?:posts?|data|documents?|text|input|content|messages?|articles?|source|context|query|stor(?:y|ies)|transcript"
    r"|untrusted \w+|user \w+|channel|quote|prompt|instructions?|fence|сообщени[ея]|пост[аов]*|данных|документа"
    r"|текста|ввода|контента|статьи|сюжета|запроса)"
)
_FENCES = {
    "line": (
        r"^[^\S\n]*[<\[{(=\-*#_~|+‹《【⟦\"'`/]+\s*/?\s*(?:[0-9a-f]{6,} )?(?:(?:end|конец|fin|ende|stop|close|begin|start"
        r"|начало)(?: of| the|_of|-of)*[\s_:-]*(?:the )?(?:\w+ )?{X}|/\s*{X})\s*\d*\s*[^\w\n]*$"
    ),
    "inline": (
        r"(?<![-=<\[*#])[-=<\[*#]{2,}\s*(?:[0-9a-f]{6,} )?(?:end|конец|begin|start|начало)(?: of| the"
        r"|_of)*[\s_:-]*(?:the )?(?:\w+ )?{X}\s*\d*\s*[-=>\]*#]{2,}"
    ),
    "tag": r"</?\w*(?:post|message|data|document|system|user|assistant|input|content|instruction|prompt|untrusted)\w*>",
    "end": r"^[^\S\n]*(?:end of|конец) (?:the )?{X}\s*\d*[\s.:!]*$",
    "token": (
        r"^[ \t>*]*(?:<\|?/?\s*(?:im_start|im_end|im_sep|system|user|assistant|endoftext|end_of_turn|start_of_turn"
        r"|start_header_id|eot_id|begin_of_text|begin_of_sentence|tool_call|tool_response|function_calls?"
        r"|instructions?|prompt|think|s)\b[^<>\n]{0,40}>|<[|｜][^<>\n]{1,40}[|｜]>|\[/?(?:inst|system_prompt|sys)\]"
        r"|<<\s*/?\s*sys\s*>>|#{1,6}[ \t]*(?:instruction|system|assistant|response|human|user)s?[ \t]*(?:#{1,6}|:))"
    ),
}
_PATTERNS = {name: spelt(pattern.replace("{X}", _THING)) for name, pattern in _FENCES.items()} | {
    "begin": spelt(
        r"(?:begin|start|начало)(?: of)?[\s_]*(?:{SUMMARY}|output|answer|response|ответа"
        r"|вывода)\b[\s\S]{0,1500}?(?:end|конец)(?: of)?[\s_]*(?:{SUMMARY}|output|answer|response|ответа|вывода)\b\W*"
    ),
    "turn": (
        r"(?:^[ \t>*_#-]*|(?<=[.!?»\"] ))(?P<role>system|assistant|human|user|ai|bot|developer|система|ассистент|человек"
        r"|пользователь|помощник|бот|ии|llm|nutzer|usuario|utilisateur|asistente|асистент|助手|用户)[ \t*_]*[:：>]"
    ),
    "field": (
        r"^[ \t*_-]*(categor(?:y|ies)|topics?|importance|priority|headline|title|summary|gist|rank|verdict|same story"
        r"|claims?|is_ad|score|тем[аы]|важность|приоритет|заголовок|пересказ|рубрика|сюжет|ранг|тезисы?)[ \t*_]*[:=]"
    ),
}
_NAMES = tuple(_PATTERNS)
_SUMMARY = rule(r"\b{SUMMARY}|\bsummari[sz]e|перескаж|суммируй")
_ASKED = rule(r"\b(?:headlines?|topics?|title|ad|prompt|story|stories)\b|заголов|реклам|инструкци|what you were told|сюжет")
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
_SPLIT = re.compile(r"(?<=\W)[ \t]")
#: So many empty lines hide what stands below them.
_GAP = re.compile(r"\n(?:[^\S\n]*\n){8,}")
_GAP_LINES = 9


@cache
def _gate() -> Gate:
    return Gate(tuple(_PATTERNS.values()))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS[name], re.MULTILINE)


def _open(low: str) -> set[str]:
    gate = _gate()
    return {_NAMES[number] for number in gate.open(gate.clauses(low))}


def may_be_forged(text: str, low: str) -> bool:
    """Whether `blocks` may find anything in the text, of which `low` is the lower-cased shadow."""
    return (
        "<" in text
        or "{" in text
        or '":' in text
        or text.count("\n") >= _GAP_LINES
        or encoded.may_be(text, low)
        or _finds(low)
    )


def _finds(low: str) -> bool:
    """Does any pattern hold, wherever sentences may begin?"""
    found = _open(low)
    # `blocks` reads a sentence a line: a line may begin where white space follows on other than a word
    split = _SPLIT.sub("\n", low) if found else low
    return any(_pattern(name).search(low) or _pattern(name).search(split) for name in found)


def blocks(shadow: Shadow, text: str, masked: str, low: str) -> Iterator[Span]:
    """Spans of the text; `masked` is its shadow, a sentence a line, less what it quotes, and `low` all of its shadow."""
    if "<" in text:
        yield from (match.span() for match in _COMMENT.finditer(text))
        yield from _unseen(text)
    yield from encoded.hidden(text)
    yield from encoded.blobs(text)
    found = _open(masked)
    for name in found & _FENCES.keys():
        for match in _pattern(name).finditer(masked):
            yield shadow.span(match.start(), _paragraph_end(masked, match.end(), over_gap=True))
    if "begin" in found:
        yield from (shadow.span(*match.span()) for match in _pattern("begin").finditer(masked))
    if "field" in found:
        yield from (shadow.span(*span) for span in _fields(masked))
    if "turn" in found:
        yield from (shadow.span(*span) for span in _turns(masked))
    yield from (shadow.span(*span) for span in answers(low, masked))
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
        end = _paragraph_end(text, match.end())
        if index + 1 < len(matches):
            end = min(end, matches[index + 1].start())
        turn = text[match.end() : end].strip()
        run.append((match.start(), end))
        told = told or _is_told(turn, match["role"]) or (len(matches) > 1 and _ASKED.search(turn) is not None)
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
