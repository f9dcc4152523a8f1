"""Texts with parse_mode HTML, read as Telegram reads them: its tags, its errors with byte offsets, nothing of a browser's. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from tests.fakes.botapi.links import InvalidLink, checked, mentioned_user

Json = dict[str, Any]

#: The end of a text, as in C: what looks at the next character always finds one.
END = "\0"
_SPACES = " \t\r\n\v" + END
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([A-Za-z]*))(;?)")
_HALVES = re.compile("[\ud800-\udfff]")
_SPECIAL = re.compile(r"[<&]")
_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}


class CannotParse(Exception):
    """What is wrong with a text."""


@dataclass(slots=True)
class _Open:
    """A tag that has begun: where in the result, in UTF-16 units and in characters."""

    name: str
    attributes: dict[str, str]
    offset: int
    begin: int


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The text without its tags, and its entities. CannotParse, in Telegram's words."""
    return _Html(source).parsed()


class _Html:
    def __init__(self, source: str) -> None:
        self._source = source + END
        self._at = 0
        self._text: list[str] = []
        self._units = 0
        self._characters = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def parsed(self) -> tuple[str, list[Json]]:
        size = len(self._source) - 1
        while self._at < size:
            found = _SPECIAL.search(self._source, self._at)
            begin = found.start() if found else size
            if begin > self._at:
                self._write(self._source[self._at : begin])
                self._at = begin
            if found and self._source[begin] == "&":
                self._write(self._reference() or self._take())
            elif found and self._source[begin + 1] == "/":
                self._close()
            elif found:
                self._begin()
        if self._open:
            raise CannotParse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        for entity in self._entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        text = "".join(self._text)
        if _HALVES.search(text):
            problem = "Text contains invalid Unicode characters after decoding HTML entities"
            raise CannotParse(f"{problem}, check for unmatched surrogate code units")
        return text, self._entities

    def _write(self, text: str) -> None:
        self._text.append(text)
        self._characters += len(text)
        self._units += len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2

    def _take(self) -> str:
        self._at += 1
        return self._source[self._at - 1]

    def _reference(self) -> str | None:
        """The character that a reference stands for, and past it; None if it is not one of those that Telegram knows."""
        found = _REFERENCE.match(self._source, self._at)
        assert found
        if found[3] is not None:
            letter = _NAMED.get(found[3])
        else:
            code = int(found[1] or "0", 16) if found[1] is not None else int(found[2] or "0")
            letter = chr(code) if 0 < code < 0x10FFFF and found.end() - len(found[4]) - self._at < 10 else None
        if letter is not None:
            self._at = found.end()
        return letter

    def _place(self, at: int) -> str:
        return f"at byte offset {len(self._source[:at].encode('utf-8', 'surrogatepass'))}"

    def _word(self, ends: str) -> str:
        begin = self._at
        while self._source[self._at] not in ends:
            self._at += 1
        return self._source[begin : self._at]

    def _skip_spaces(self) -> None:
        while self._source[self._at] in _SPACES and not self._over():
            self._at += 1

    def _over(self) -> bool:
        return self._at >= len(self._source) - 1

    # Tags.

    def _begin(self) -> None:
        begin = self._at
        self._at += 1
        name = self._word(_SPACES + ">")
        if self._over():
            raise CannotParse(f"Unclosed start tag {self._place(begin)}")
        name = name.lower()
        if name not in _TYPES:
            raise CannotParse(f'Unsupported start tag "{name}" {self._place(begin)}')
        attributes: dict[str, str] = {}
        while self._source[self._at] != ">":
            self._skip_spaces()
            if self._source[self._at] == ">":
                break
            self._attribute(name, begin, attributes)
        self._at += 1
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise CannotParse(f'Tag "span" must have class "tg-spoiler" {self._place(begin)}')
        self._open.append(_Open(name, attributes, self._units, self._characters))

    def _attribute(self, tag: str, begin: int, attributes: dict[str, str]) -> None:
        name = self._word(_SPACES + "=>/\"'")
        if not name:
            raise CannotParse(f'Empty attribute name in the tag "{tag}" {self._place(begin)}')
        self._skip_spaces()
        unclosed = f'Unclosed start tag "{tag}" {self._place(begin)}'
        if self._source[self._at] != "=":
            if self._over():
                raise CannotParse(unclosed)
            attributes[name] = ""
            return
        self._at += 1
        self._skip_spaces()
        if self._over():
            raise CannotParse(unclosed)
        attributes[name] = self._quoted() if self._source[self._at] in "\"'" else self._token()
        if self._over():
            raise CannotParse(f"Unclosed start tag {self._place(begin)}")

    def _token(self) -> str:
        begin = self._at
        while self._source[self._at].isascii() and (self._source[self._at].isalnum() or self._source[self._at] in ".-"):
            self._at += 1
        if self._source[self._at] not in _SPACES + ">":
            raise CannotParse(f"Unexpected end of name token {self._place(begin)}")
        return self._source[begin : self._at].lower()

    def _quoted(self) -> str:
        quote = self._take()
        value: list[str] = []
        while self._source[self._at] != quote and not self._over():
            letter = self._reference() if self._source[self._at] == "&" else None
            value.append(letter or self._take())
        if self._source[self._at] == quote:
            self._at += 1
        return "".join(value)

    def _close(self) -> None:
        begin = self._at
        if not self._open:
            raise CannotParse(f"Unexpected end tag {self._place(begin)}")
        self._at += 2
        name = self._word(_SPACES + ">").lower()
        self._skip_spaces()
        if self._source[self._at] != ">":
            raise CannotParse(f"Unclosed end tag {self._place(begin)}")
        self._at += 1
        tag = self._open[-1]
        if name and name != tag.name:
            place = self._place(begin)
            raise CannotParse(f'Unmatched end tag {place}, expected "</{tag.name}>", found "</{name}>"')
        self._open.pop()
        if self._units > tag.offset:
            self._entity(tag)

    def _entity(self, tag: _Open) -> None:
        entity: Json = {"type": _TYPES[tag.name], "offset": tag.offset, "length": self._units - tag.offset}
        match tag.name:
            case "a":
                self._link(tag, entity)
                return
            case "tg-emoji":
                number = tag.attributes.get("emoji-id", "")
                if not number.isascii() or not number.isdigit() or int(number) == 0:
                    raise CannotParse("Invalid custom emoji identifier specified")
                entity["custom_emoji_id"] = number
            case "tg-time":
                moment = tag.attributes.get("unix", "")
                if not moment.isascii() or not moment.isdigit():
                    raise CannotParse("Invalid date specified")
                entity["unix_time"] = int(moment)
                entity["date_time_format"] = tag.attributes.get("format", "")
            case "blockquote" if "expandable" in tag.attributes:
                entity["type"] = "expandable_blockquote"
            case "pre" | "code":
                if self._with_language(tag, entity):
                    return
        self._entities.append(entity)

    def _link(self, tag: _Open, entity: Json) -> None:
        address = tag.attributes.get("href") or "".join(self._text)[tag.begin :]
        user = mentioned_user(address)
        if user is not None:
            self._entities.append(entity | {"type": "text_mention", "user_id": user})
            return
        try:
            self._entities.append(entity | {"url": checked(address)})
        except InvalidLink:
            return  # the text stays, the link does not

    def _with_language(self, tag: _Open, entity: Json) -> bool:
        """`pre` and `code` around the same text are one entity, and its language comes from the class of `code`."""
        named = tag.attributes.get("class", "") if tag.name == "code" else ""
        language = named.removeprefix("language-") if named.startswith("language-") else ""
        last = self._entities[-1] if self._entities else {}
        same = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if tag.name == "pre" and same and last["type"] == "code" and last.get("language"):
            last["type"] = "pre"
            return True
        if tag.name == "code" and same and last["type"] == "pre" and language:
            last["language"] = language
            return True
        if language:
            entity["language"] = language
        return False
