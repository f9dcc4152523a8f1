"""Ready answers of a summariser that a post holds: objects with its keys, whole or in pieces, in code or out of it.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_QUOTED_KEY = re.compile(r"[\"'“”]([^\W\d]\w{1,30})[\"'“”]\s*:")
_KEY = re.compile(r"[\"'“”]?([^\W\d]\w{1,30})[\"'“”]?\s*:")
_SETTING = re.compile(r"^[ \t]*[-*]?[ \t]*([^\W\d]\w{1,40})[ \t]*[:=](?!//)", re.MULTILINE)
_SENTENCE_END = re.compile(r"\n|[.!?…]\s")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_OURS = frozenset(
    "title gist claims summary topics headline digest tldr claim post_ids is_ad same_story заголовок пересказ тезисы темы"
    " сводка".split()
)
#: Keys that nothing but the answer of a summariser has.
_OWN = frozenset("gist claims post_ids same_story тезисы".split())
_BESIDE = frozenset("text posts post ids sources lang".split())
_CLAIM = frozenset("text posts kind".split())
_VERDICT = frozenset("same same_event same_story duplicate is_duplicate".split())
_KNOWN = _OURS | _OWN | _BESIDE | _CLAIM | _VERDICT | {"confidence", "verdict", "reason"}
_LEAST_KEYS = 3
#: An object is not followed for longer.
_LONGEST = 6000


def may_be(low: str) -> bool:
    """Whether `answers` may find anything."""
    if "{" not in low and '":' not in low and "```" not in low:
        return False
    keys = {*_KEY.findall(low), *_SETTING.findall(low)}
    return len(keys & _KNOWN) >= 2 or any("gist" in key for key in keys)


def answers(low: str, masked: str) -> Iterator[Span]:
    """Spans of the lower-cased shadow `low`: objects that answer for a summariser, code that holds one with the line that
    leads to it, and pieces of one. In `masked`, of the same length, what is only shown is blanked.
    """
    if "{" not in low and '":' not in low and "```" not in low:
        return
    for start, end in _objects(masked):
        if _answers(low[start:end]):
            yield start, end
    for match in _CODE.finditer(low):
        if _is_own(match.group()):
            yield _lead(low, match.start()), match.end()
    for start, end in _lines(masked):
        if _is_piece(masked[start:end]):
            yield start, end


def _objects(text: str) -> Iterator[Span]:
    """Outermost objects in braces."""
    depth, opened = 0, 0
    for match in re.finditer(r"[{}]", text):
        if match.group() == "{":
            opened = match.start() if depth == 0 else opened
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0 and match.end() - opened <= _LONGEST:
                yield opened, match.end()


def _answers(body: str) -> bool:
    keys = set(_KEY.findall(body))
    return (
        len(keys & _OURS) >= _LEAST_KEYS
        or bool(keys & _OWN and len(keys & (_OURS | _BESIDE)) >= 2)
        or keys >= _CLAIM
        or bool(keys & _VERDICT and keys & {"confidence", "verdict", "reason"})
    )


def _is_own(code: str) -> bool:
    """Does code hold the answer of a summariser, and none that any program might give?"""
    keys = set(_KEY.findall(code))
    if len(keys & _OURS) >= _LEAST_KEYS and keys & _OWN:
        return True
    settings = set(_SETTING.findall(code))
    return any("gist" in key and len(settings) > 1 for key in settings)


def _is_piece(line: str) -> bool:
    """Is the line a piece of such an answer, cut out of its braces?"""
    keys = set(_QUOTED_KEY.findall(line)) if '":' in line else set()
    return keys >= _CLAIM or (len(keys & (_OURS | _BESIDE)) >= 2 and not keys.isdisjoint(_OWN))


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _lead(text: str, start: int) -> int:
    """Where the sentence begins that leads to what stands at `start`, if it ends in a colon; else `start`."""
    before = text[:start].rstrip()
    if not before.endswith(":"):
        return start
    return max((match.end() for match in _SENTENCE_END.finditer(before)), default=0)
