"""Telegram's HTML: the tags of `parse_mode=HTML` to text and entities, and what it refuses of them. Pure.

Errors speak as TDLib does, byte offsets and all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from html import unescape

from aiogram.types import MessageEntity, User

from bot.console import links
from bot.console.refusals import NotTaken
from bot.spans import units

_KINDS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
#: The attribute of a tag that counts, and what its value begins with.
_ARGUMENTS = {"a": ("href", ""), "code": ("class", "language-"), "span": ("class", "tg-"), "tg-emoji": ("emoji-id", "")}
_REFERENCE = re.compile(r"&(?:#x[0-9a-f]{1,8}|#\d{1,9}|lt|gt|amp|quot);?", re.IGNORECASE)
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACE = re.compile(r"\s*")


@dataclass(slots=True)
class _Open:
    """A tag that is not closed yet, and where in the text (as it is shown, in units) what it marks begins."""

    name: str
    argument: str
    start: int
    text_start: int


@dataclass(slots=True)
class _Reader:
    """Goes through the source once; `at` is where it stands."""

    source: str
    at: int = 0
    text: str = ""
    length: int = 0
    tags: list[_Open] = field(default_factory=list)
    entities: list[MessageEntity] = field(default_factory=list)

    def read(self) -> None:
        while self.at < len(self.source):
            if self.source[self.at] == "<":
                self._closing() if self.source.startswith("</", self.at) else self._opening()
            else:
                self._plain()
        if self.tags:
            raise NotTaken(f'Can\'t find end tag corresponding to start tag "{self.tags[-1].name}"')

    def _plain(self) -> None:
        found = _REFERENCE.match(self.source, self.at)
        shown = _decoded(found[0]) if found else self.source[self.at]
        self.at = found.end() if found else self.at + 1
        self.text += shown
        self.length += units(shown)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.at)
        assert found, "each of the patterns matches nothing at all, too"
        self.at = found.end()
        return found[0]

    def _next(self, begin: int, message: str = "Unclosed start tag") -> str:
        """The character that comes next, which has to be there."""
        if self.at >= len(self.source):
            raise NotTaken(f"{message} at byte offset {self._bytes(begin)}")
        return self.source[self.at]

    def _bytes(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def _opening(self) -> None:
        begin, self.at = self.at, self.at + 1
        name = self._take(_NAME).lower()
        self._next(begin)
        if name not in _KINDS:
            raise NotTaken(f'Unsupported start tag "{name}" at byte offset {self._bytes(begin)}')
        argument = ""
        while True:
            self._take(_SPACE)
            if self._next(begin) == ">":
                break
            key, value = self._attribute(name, begin)
            wanted, prefix = _ARGUMENTS.get(name, ("", ""))
            if name == "blockquote" and key == "expandable":
                argument = "1"
            elif key == wanted and value.startswith(prefix):
                argument = value[len(prefix) :]
        self.at += 1
        if name == "span" and argument != "spoiler":
            raise NotTaken(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self.tags.append(_Open(name, argument, self.length, len(self.text)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        key = self._take(_ATTRIBUTE_NAME)
        if not key:
            raise NotTaken(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
        self._take(_SPACE)
        if self._next(begin, f'Unclosed start tag "{tag}"') != "=":
            return key, ""
        self.at += 1
        self._take(_SPACE)
        quote = self._next(begin, f'Unclosed start tag "{tag}"')
        if quote not in "'\"":
            token_begin, value = self.at, self._take(_TOKEN).lower()
            if self._next(begin) not in " \n\t\r>":
                raise NotTaken(f"Unexpected end of name token at byte offset {self._bytes(token_begin)}")
            return key, value
        end = self.source.find(quote, self.at + 1)
        if end < 0:
            raise NotTaken(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        value, self.at = self.source[self.at + 1 : end], end + 1
        self._next(begin)
        return key, _REFERENCE.sub(lambda found: _decoded(found[0]), value)

    def _closing(self) -> None:
        begin, self.at = self.at, self.at + 2
        if not self.tags:
            raise NotTaken(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        name = self._take(_NAME).lower()
        self._take(_SPACE)
        if self.source[self.at : self.at + 1] != ">":
            raise NotTaken(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        self.at += 1
        tag = self.tags.pop()
        if name and name != tag.name:
            where = self._bytes(begin)
            raise NotTaken(f'Unmatched end tag at byte offset {where}, expected "</{tag.name}>", found "</{name}>"')
        if self.length > tag.start:
            self._mark(tag)

    def _mark(self, tag: _Open) -> None:
        """Add the entity of a tag that has been closed."""
        kind = _KINDS[tag.name]
        made = partial(MessageEntity, offset=tag.start, length=self.length - tag.start)
        # <pre> and <code> around the same text are one block of code, in the language that <code> names
        around = self.entities.pop() if self._just_marked(tag) else None
        if kind == "text_link":
            self._link(tag.argument or self.text[tag.text_start :], made)
        elif kind == "custom_emoji":
            if not tag.argument.isdecimal() or not 0 < int(tag.argument) < 1 << 63:
                raise NotTaken("Invalid custom emoji identifier specified")
            self.entities.append(made(type=kind, custom_emoji_id=tag.argument))
        elif around:
            self.entities.append(made(type="pre", language=around.language or tag.argument))
        elif kind == "code":
            self.entities.append(made(type=kind, language=tag.argument or None))
        else:
            kind = "expandable_blockquote" if tag.name == "blockquote" and tag.argument else kind
            self.entities.append(made(type=kind))

    def _just_marked(self, tag: _Open) -> bool:
        """Whether a tag of a block of code closes right around the other one of the two, and one names a language."""
        last = self.entities[-1] if self.entities else None
        if last is None or (last.offset, last.length) != (tag.start, self.length - tag.start):
            return False
        return bool(
            (tag.name == "pre" and last.type == "code" and last.language)
            or (tag.name == "code" and last.type == "pre" and tag.argument)
        )

    def _link(self, url: str, made: partial[MessageEntity]) -> None:
        """A link, if Telegram takes the address: here, unlike in entities, a wrong one is plain text without a word."""
        someone = links.user_id(url)
        if someone is not None:
            user = User(id=someone, is_bot=False, first_name=str(someone))
            self.entities.append(made(type="text_mention", user=user))
            return
        try:
            self.entities.append(made(type="text_link", url=links.checked(url)))
        except NotTaken:
            return


def parse(source: str) -> tuple[str, list[MessageEntity]]:
    """The text that is shown and its entities, outer ones first.

    Raises:
        NotTaken: Telegram would refuse it.
    """
    reader = _Reader(source)
    reader.read()
    found = [
        entity.model_copy(update={"language": None}) if entity.type == "code" else entity for entity in reader.entities
    ]
    return reader.text, sorted(found, key=lambda entity: (entity.offset, -entity.length))


def _decoded(reference: str) -> str:
    """What a reference like `&lt;` stands for; itself, when there is no such character."""
    closed = reference.lower().removesuffix(";") + ";"
    number = re.fullmatch(r"&#(x?)([0-9a-f]+);", closed)
    if number is None:
        return unescape(closed)
    code = int(number[2], 16 if number[1] else 10)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else reference
