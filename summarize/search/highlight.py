"""Which words of a sentence are those that were asked for, however they are inflected.

Pure.
"""

from __future__ import annotations

import re

from summarize.claims import check_posts, named
from summarize.search.question import Question

_WORD = re.compile(r"[^\W_](?:[\w.+#-]*[\w+#])?")


def marks(question: Question, text: str) -> list[tuple[int, int]]:
    """[start, stop) of the words of the text that the question has, too, in this language or the other, in order."""
    said = [
        (match.start(), match.end())
        for match in _WORD.finditer(text)
        if not check_posts.keys(match.group()).keys().isdisjoint(question.meanings) or _named(match.group(), question)
    ]
    return _joined(text, said)


def _named(word: str, question: Question) -> bool:
    known = named.known(word)
    return any(named.stands(name, known) for name in question.names)


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans with only a space between them as one."""
    found: list[tuple[int, int]] = []
    for start, stop in spans:
        if found and not text[found[-1][1] : start].strip(" \u00a0-"):
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found
