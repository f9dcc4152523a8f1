"""What a post only quotes or shows, as opposed to what it says itself: quotations in or under the author's sentences, code.

Pure.
"""

from __future__ import annotations

import re

_QUOTES = re.compile(
    r"«[^«»\n]{1,600}»|“[^“”\n]{1,600}”|„[^„“”\n]{1,600}[“”]|(?<!\w)\"[^\"\n]{1,600}\"(?!\w)|`[^`\n]{1,600}`"
    r"|(?<![\w'’])['‘][^'‘’\n]{6,300}['’](?!\w)"
)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_TALKS_OF_PROMPTS = re.compile(
    r"prompt|промпт|jailbreak|джейлбрейк|inject|инъекц|example|пример|template|шаблон|\bapi\b|script|скрипт|\bкод|code"
    r"|curl|запрос|request|response|config|конфиг|вот\s+так|like\s+this|следующ|атак|attack|payload|hidden|скрыт",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?|tg)://\S+|(?<!\w)www\.\S+")
#: A shorter quotation is no order by itself.
SHORT_QUOTE = 16
MASK = "□"


def masked(text: str) -> str:
    """The shadow with quotations blanked that stand in or under a sentence of the author's, and code that is talked of."""
    zones = [match.span() for match in _ADDRESS.finditer(text)]
    zones.extend(match.span() for match in _CODE.finditer(text) if _introduced_code(text, match.start()))
    quoted = (match.span() for match in _QUOTES.finditer(text) if len(match.group()) > SHORT_QUOTE)
    zones.extend((start + 1, end - 1) for start, end in quoted if _reported(text, start, end))
    if not zones:
        return text
    chars = list(text)
    for start, end in zones:
        chars[start:end] = [char if char == "\n" else MASK for char in chars[start:end]]
    return "".join(chars)


def _introduced_code(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return bool(before) and (before.endswith(":") or _TALKS_OF_PROMPTS.search(before[-600:]) is not None)


def _reported(text: str, start: int, end: int) -> bool:
    """Has the quotation's line three words besides quotations, or does a line that ends in a colon lead to it?"""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    line = text[left : right if right >= 0 else len(text)]
    outside = _QUOTES.sub(" ", line)
    if len(re.findall(r"[^\W\d_]{2,}", outside)) >= 3 or _TALKS_OF_PROMPTS.search(outside):
        return True
    before = text[:left].rstrip()
    return before.endswith(":") or (bool(before) and _TALKS_OF_PROMPTS.search(before[-200:]) is not None)
