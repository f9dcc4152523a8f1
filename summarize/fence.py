"""How posts are shown to a language model: as data, between lines that only we can write.

Pure but for the random marker. Nothing of a post can end its fence, stay hidden, or pass for a model's own markup.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_CHANNEL = 80
#: A shorter marker might stand in a post by chance.
LEAST_MARKER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """A post as the model is to see it; `number` counts from 1 and is what a claim cites."""

    number: int
    channel: str
    date: datetime | None
    text: str


def new_marker() -> str:
    """A marker for one call: 16 hexadecimal digits that no post can know."""
    return secrets.token_hex(8)


# --- what is hidden --------------------------------------------------------------------------------------------------

_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# A flag of England, Scotland or Wales is spelt with tag characters too.
_FLAG = re.compile("(\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0\u115f\u1160]")
_NOTHING = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
# Joiners mean something inside emoji and in Persian or Indic words; elsewhere they only split words.
_JOINER = re.compile(
    r"(?<![^\x00-\u058f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u058f])|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_LEAST_SMUGGLED = 3


def _shown(content: str) -> str:
    """What was hidden, as plain text that is marked as such; brackets in it cannot end the mark."""
    inner = " ".join(content.replace("[", "(").replace("]", ")").split())
    return f" [hidden text: {inner}] " if inner else ""


def _untagged(match: re.Match[str]) -> str:
    return _shown("".join(chr(ord(char) - 0xE0000) for char in match.group() if 0xE0020 <= ord(char) <= 0xE007E))


def _unselected(match: re.Match[str]) -> str:
    """One emoji or text selector stays; a run of selectors spells bytes, which are shown if they are text."""
    run = match.group()
    if len(run) < _LEAST_SMUGGLED:
        return run[0] if run[0] in "\ufe0e\ufe0f" else ""
    spelt = bytes(ord(char) - 0xFE00 if ord(char) < 0xFE10 else ord(char) - 0xE0100 + 16 for char in run)
    text = "".join(char for char in spelt.decode("utf-8", "ignore") if char.isprintable())
    return _shown(text) if len(text) >= _LEAST_SMUGGLED else ""


def revealed(text: str) -> str:
    r"""The text with `\n` line ends, nothing invisible in it, and what invisible characters spelt shown as `[hidden text: …]`."""
    text = _LINE_ENDS.sub("\n", text)
    if text.isascii():
        return _NOTHING.sub("", text)
    text = _TAGS.sub(_untagged, _FLAG.sub(r"\1", text))
    text = _NOTHING.sub("", _SELECTORS.sub(_unselected, text))
    # What stood between selectors or joiners is gone now: they may have met.
    text = _SELECTORS.sub(lambda match: match.group()[0] if match.group()[0] in "\ufe0e\ufe0f" else "", text)
    return _JOINER.sub("", _SPACES.sub(" ", text))


# --- what acts as markup ---------------------------------------------------------------------------------------------

_COMMENT = re.compile(r"<!--(.*?)(?:--!?>|\Z)", re.DOTALL)
_UNSEEN = (
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*[01](?![\d.])"
    r"|color\s*:\s*(?:white|transparent|#f{3}(?:f{3})?\b|rgba?\(255,\s*255,\s*255)"
    r"|(?<![\w-])hidden(?![\w-])|left\s*:\s*-\d{3,})"
)
UNSEEN_ELEMENT = re.compile(
    rf"<(?P<tag>[a-z][a-z0-9]*)\b[^<>]*?{_UNSEEN}[^<>]*>(?P<content>.*?)(?:</(?P=tag)\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_ANGLED = re.compile(r"(?<!<)(<+)(?=[^\W\d]|[/!?|｜]|0x)([^<>\n]*)(>*)")
_BARRED = re.compile(r"(?<=[|｜])>")
_SQUARED = re.compile(
    r"\[(/?\s*(?:INST|SYS|SYSTEM|USER|ASSISTANT|HUMAN|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS?|TOOL_RESULTS?|TOOL_CONTENT|THINK|g?MASK"
    r"|sMASK|CLS|SEP|BOS|EOS|PAD)\s*)\]",
    re.IGNORECASE,
)
_ROLE = (
    r"human|assistant|system|user|developer|tool|function|model|ai|bot|chatgpt|claude|gpt"
    r"|instructions?|response|prompt|пользователь|ассистент|система|человек|разработчик|инструкци[яи]|промпт"
)
# "Human:" or "### Instruction:" at the start of a line opens a turn in the templates of many models.
_TURN = re.compile(
    rf"^([ \t>*_~|-]*)(#{{1,6}}[ \t]*)?[*_]*({_ROLE})[ \t*_]*(?:([:：])|(?=[ \t]*$))", re.IGNORECASE | re.MULTILINE
)
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANKS = re.compile(r"\n{4,}")
# A long run of spaces pushes what follows out of sight.
_GAP = re.compile(r"(?<=\S)[ \t]{12,}")


def _angles(match: re.Match[str]) -> str:
    return "‹" * len(match.group(1)) + match.group(2) + "›" * len(match.group(3))


def _turn(match: re.Match[str]) -> str:
    """A role word in quotation marks, where it opens a turn; a line that is but the word is left, unless a heading."""
    indent, heading, role, colon = match.groups()
    if not colon and not heading:
        return match.group()
    return f'{indent}"{role}"{colon or ""}'


def visible(text: str) -> str:
    """The text with everything hidden in plain sight and nothing that acts as markup or as a turn of a dialogue.

    Angle brackets of tags and tokens become ‹ ›; role words that open a line stand in quotation marks. Code fences,
    look-alike letters and up to two blank lines stay. Idempotent.
    """
    text = revealed(text)
    text = _COMMENT.sub(lambda match: _shown(match.group(1)), text)
    text = UNSEEN_ELEMENT.sub(lambda match: _shown(match["content"]), text)
    text = _BARRED.sub("›", _ANGLED.sub(_angles, text))
    text = _SQUARED.sub(r"‹\1›", text)
    text = _TURN.sub(_turn, text)
    return _BLANKS.sub("\n\n\n", _TRAILING.sub("", _GAP.sub("    ", text))).strip()


# --- fences ----------------------------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"\[(?=\[)|\](?=\])")
_END = re.compile(r"end(\s+)of(\s+)(post)", re.IGNORECASE)


def _harmless(text: str, marker: str) -> str:
    """Text that holds neither the marker nor anything else that looks like a fence."""
    text = re.sub(re.escape(marker), "(marker)", text, flags=re.IGNORECASE)
    return _END.sub(r'end\1of\2"\3"', _BRACKETS.sub(lambda match: match.group() + " ", text))


def _name(channel: str, marker: str) -> str:
    """A channel's name as one short line that cannot end the line of the fence."""
    line = " ".join(visible(channel).split()).replace("[", "(").replace("]", ")").replace("|", "/")
    line = _harmless(line, marker)
    return line if len(line) <= LONGEST_CHANNEL else line[: LONGEST_CHANNEL - 1].rstrip() + "…"


def fenced(posts: Sequence[Fenced], *, marker: str) -> str:
    """The posts, each between two lines that carry the marker, as nothing else does.

    Raises:
        ValueError: the marker is shorter than eight letters or digits, so that a text might hold it by chance.
    """
    if len(marker) < LEAST_MARKER or not (marker.isascii() and marker.isalnum()):
        raise ValueError("a marker is at least eight letters or digits")
    return "\n\n".join(_fence(post, marker) for post in posts)


def _fence(post: Fenced, marker: str) -> str:
    date = f"{post.date.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if post.date else "no date"
    head = f"[[{marker} post {post.number} | channel: {_name(post.channel, marker)} | {date}]]"
    return f"{head}\n{_harmless(visible(post.text), marker)}\n[[{marker} end of post {post.number}]]"


def question(text: str, *, marker: str) -> str:
    """What somebody asks, between two lines that carry the marker, on one line."""
    asked = _harmless(" ".join(visible(text).split()), marker)
    return f"[[{marker} question]]\n{asked}\n[[{marker} end of question]]"


_SEPARATORS = re.compile(r"[\W_]+")


def mentions(text: str, marker: str) -> bool:
    """Whether the marker, or half of it and at least six characters in a row, stands in the text, however it is spaced."""
    squeezed = _SEPARATORS.sub("", revealed(text)).casefold()
    sought = marker.casefold()
    size = min(len(sought), max(6, (len(sought) + 1) // 2))
    return any(sought[i : i + size] in squeezed for i in range(len(sought) - size + 1)) and bool(sought)
