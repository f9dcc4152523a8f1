"""Telegram Desktop's JSON export as posts, read as a stream: memory holds one message and the parts of one album.

The format is that of Telegram Desktop (`export_output_json.cpp`), from the first versions with plain `text` and local
dates to today's. Whatever cannot be read becomes a Problem that says where, and the rest of the file goes on.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal

from core.types import (
    Channel,
    ChannelKind,
    Entity,
    EntityKind,
    MediaKind,
    Origin,
    Post,
    Problem,
    Skipped,
    SkipReason,
)
from ingest import albums
from ingest.bounds import EARLIEST, LARGEST_ID, LATEST, LONGEST_TEXT, count, is_id, shown
from ingest.rich import listing

CHUNK_BYTES = 1 << 20
LONGEST_VALUE = 64 << 20
ALBUM_PARTS = 10
CHANNELS = {"public_channel": ChannelKind.PUBLIC, "private_channel": ChannelKind.PRIVATE}
OTHER_CHATS = frozenset(
    {
        "public_supergroup",
        "private_supergroup",
        "private_group",
        "personal_chat",
        "bot_chat",
        "saved_messages",
        "replies",
        "verification_codes",
    }
)
ENTITIES = {
    "link": EntityKind.URL,
    "text_link": EntityKind.TEXT_LINK,
    "bold": EntityKind.BOLD,
    "italic": EntityKind.ITALIC,
    "underline": EntityKind.UNDERLINE,
    "strikethrough": EntityKind.STRIKE,
    "code": EntityKind.CODE,
    "pre": EntityKind.PRE,
    "spoiler": EntityKind.SPOILER,
    "blockquote": EntityKind.QUOTE,
    "heading": EntityKind.HEADING,
    "hashtag": EntityKind.HASHTAG,
    "cashtag": EntityKind.CASHTAG,
    "mention": EntityKind.MENTION,
    "mention_name": EntityKind.MENTION,
    "email": EntityKind.EMAIL,
    "phone": EntityKind.PHONE,
    "bot_command": EntityKind.COMMAND,
    "custom_emoji": EntityKind.CUSTOM_EMOJI,
}
MEDIA_TYPES = {
    "sticker": MediaKind.STICKER,
    "voice_message": MediaKind.VOICE,
    "video_message": MediaKind.ROUND_VIDEO,
    "video_file": MediaKind.VIDEO,
    "audio_file": MediaKind.AUDIO,
    "animation": MediaKind.ANIMATION,
}
MEDIA_KEYS = {
    "photo": MediaKind.PHOTO,
    "file": MediaKind.DOCUMENT,
    "poll": MediaKind.POLL,
    "location_information": MediaKind.LOCATION,
    "live_location_period_seconds": MediaKind.LOCATION,
    "place_name": MediaKind.LOCATION,
    "contact_information": MediaKind.CONTACT,
    "contact_vcard": MediaKind.CONTACT,
    "game_title": MediaKind.OTHER,
    "invoice_information": MediaKind.OTHER,
    "giveaway_information": MediaKind.OTHER,
    "giveaway_results": MediaKind.OTHER,
    "todo_list": MediaKind.OTHER,
    "paid_stars_amount": MediaKind.OTHER,
}
ALBUM_GROUPS = {
    MediaKind.PHOTO: "visual",
    MediaKind.VIDEO: "visual",
    MediaKind.DOCUMENT: "document",
    MediaKind.AUDIO: "audio",
}
#: What is wrong with JSON: the beginning of the decoder's message → how people say it.
BROKEN_JSON = {
    "Expecting value": "a value is missing or has no quotation marks",
    "Expecting property name": "a name is missing or has no quotation marks",
    "Expecting ':'": "a colon is missing",
    "Expecting ','": "a comma is missing",
    "Illegal trailing comma": "a comma stands before a closing bracket",
    "Invalid control character": "a line break or another control character stands inside a text",
    "Unterminated string": "a text has no closing quotation mark, or the file was cut",
    "Invalid \\": "a backslash stands before something that it cannot stand before",
}

_SPACE = re.compile(r"[ \t\r\n]*")
_ID = re.compile(r'"id"\s*:\s*(-?\d{1,20})')
_BAD_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_STRING = r'"(?:[^"\\]|\\.){0,4000}"'
_CHAT_HEAD = r'\{\s*(?:"(?:name|type|id)"\s*:\s*(?:' + _STRING + r'|-?\d+|null)\s*,\s*){1,8}"messages"\s*:\s*\['


def read_export(stream: BinaryIO) -> Iterator[Post | Skipped | Problem]:
    """Yield what a Telegram Desktop `result.json` holds: of one chat, or of a whole account.

    Broken records become Problems (`where`: message id and byte) and reading goes on after them; so does a cut file.
    A chat whose name, type and id stand after its messages is read twice, which needs a seekable stream.
    """
    start = stream.tell() if stream.seekable() else None
    text, problem = _open(stream)
    if problem is not None:
        yield problem
        return
    builder = _Builder()
    headers: list[dict[str, Any]] | None = None
    chats = 0
    for event in _walk(text):
        if isinstance(event, _ChatStart):
            header = event.header
            if not {"type", "id"} <= header.keys() and start is not None:
                headers = _headers(stream, start) if headers is None else headers
                header = headers[chats]
            chats += 1
            yield from builder.open(header, where=event.where)
        elif isinstance(event, _Record):
            yield from builder.add(event)
        else:
            yield from builder.flush()
            yield event
    yield from builder.close()
    if not chats:
        yield Problem(where="byte 0", message="no chat with messages in this file; export a channel as JSON")


def _headers(stream: BinaryIO, start: int) -> list[dict[str, Any]]:
    """Every chat's complete header, in the order of the file; leaves the stream where it was."""
    here = stream.tell()
    stream.seek(start)
    text, _ = _open(stream)
    found = [event.header for event in _walk(text) if isinstance(event, _ChatStart)]
    stream.seek(here)
    return found


# --- bytes to text -------------------------------------------------------------------------------------------------


def _open(stream: BinaryIO) -> tuple[_Text, Problem | None]:
    head = stream.read(CHUNK_BYTES)
    encoding = _utf16(head) or "utf-8"
    text = _Text(stream=stream, head=head, encoding=encoding)
    if encoding == "utf-8" and _foreign(head):
        message = (
            "the file is not UTF-8, it looks like Windows-1251 (or another one-byte encoding):"
            " convert it to UTF-8, or export it again"
        )
        return text, Problem(where="byte 0", message=message)
    return text, None


def _utf16(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF16_LE) or (head[:1] == b"{" and head[1:2] == b"\0"):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE) or (head[:1] == b"\0" and head[1:2] == b"{"):
        return "utf-16-be"
    return None


def _foreign(head: bytes) -> bool:
    """True if most texts of the head are not UTF-8: one broken message does not condemn a file."""
    parts = [part for part in re.split(rb'"text"\s*:', head[:-4]) if not part.isascii()]
    bad = sum(1 for part in parts if _mostly_invalid(part))
    return bad > 0 and bad * 2 >= len(head.split(b'"text"'))


def _mostly_invalid(part: bytes) -> bool:
    try:
        decoded = part.decode("utf-8")
    except UnicodeDecodeError:
        decoded = part.decode("utf-8", "surrogateescape")
    else:
        return False
    high = [char for char in decoded if not char.isascii()]
    return sum("\udc80" <= char <= "\udcff" for char in high) * 2 > len(high)


class _BrokenError(Exception):
    """JSON that cannot be read at an index of the buffer."""

    def __init__(self, reason: str, *, index: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.index = index


class _Text:
    """A window on the file's text; a position is an index of `buffer`, and `byte_at` tells its byte in the file."""

    def __init__(self, *, stream: BinaryIO, head: bytes, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._errors = "surrogateescape" if encoding == "utf-8" else "surrogatepass"
        errors = "surrogateescape" if encoding == "utf-8" else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._json = json.JSONDecoder(parse_constant=_nothing, parse_float=_finite)
        self._base = 0
        self._fed = 0
        self._mark = (0, 0)
        self.buffer = ""
        self.pos = 0
        self.ended = False
        self.dirty = False
        self._feed(head)
        if self.buffer.startswith("\ufeff"):
            self.pos = 1

    def _feed(self, chunk: bytes) -> None:
        self.ended = not chunk
        rest = self.buffer[self.pos :]
        rest_bytes = rest.encode(self._encoding, self._errors)
        self._base = self._fed - len(self._decoder.getstate()[0]) - len(rest_bytes)
        self._fed += len(chunk)
        self._mark = (0, self._base)
        self.buffer = rest + self._decoder.decode(chunk, self.ended)
        self.pos = 0
        self.dirty = _has_surrogates(self.buffer)

    def more(self) -> bool:
        """Read on, at least doubling what is ahead, and forget what is behind `pos`; False at the end of the file."""
        if self.ended:
            return False
        self._feed(self._stream.read(max(CHUNK_BYTES, len(self.buffer) - self.pos)))
        return True

    def byte_at(self, index: int) -> int:
        """The byte of the file at which buffer[index] begins."""
        known, byte = self._mark if self._mark[0] <= index else (0, self._base)
        byte += len(self.buffer[known:index].encode(self._encoding, self._errors))
        self._mark = (index, byte)
        return byte

    def peek(self) -> str:
        """Skip whitespace and return the next character, or "" at the end of the file."""
        while True:
            match = _SPACE.match(self.buffer, self.pos)
            self.pos = match.end() if match else self.pos
            if self.pos < len(self.buffer):
                return self.buffer[self.pos]
            if not self.more():
                return ""

    def value(self) -> tuple[Any, str]:
        """Decode the JSON value at `pos` and step over it; return it with its source. Raises _BrokenError."""
        repaired = False
        while True:
            try:
                value, end = self._json.raw_decode(self.buffer, self.pos)
            except RecursionError:
                raise _BrokenError("values are nested too deeply", index=self.pos) from None
            except json.JSONDecodeError as error:
                if "escape" in error.msg and not repaired:
                    repaired = self._repair()
                elif not self._retry(error):
                    raise _BrokenError(self._reason(error), index=error.pos) from None
                continue
            except ValueError:
                raise _BrokenError("a number has thousands of digits", index=self.pos) from None
            if end == len(self.buffer) and self.more():
                continue
            source = self.buffer[self.pos : end]
            self.pos = end
            return value, source

    def _repair(self) -> bool:
        r"""Turn `\x0B`, which Telegram Desktop writes for control characters, into JSON; positions ahead stay true."""
        rest, count = _BAD_ESCAPE.subn(r"\1\\u00\2", self.buffer[self.pos :])
        self.buffer = self.buffer[: self.pos] + rest
        self._base -= 2 * count * (2 if self._encoding != "utf-8" else 1)
        self._mark = (0, self._base)
        return True

    def _reason(self, error: json.JSONDecodeError) -> str:
        """What the decoder found, as a clause that people can read."""
        if self.ended and error.pos >= len(self.buffer.rstrip()):
            return "the file ends in the middle of it"
        known = (said for start, said in BROKEN_JSON.items() if error.msg.startswith(start))
        return next(known, "something stands there that JSON does not know")

    def _retry(self, error: json.JSONDecodeError) -> bool:
        """True if the value may merely be cut by the window's end, and more was read."""
        cut = error.msg.startswith("Unterminated") or error.pos >= len(self.buffer) - 12
        return cut and len(self.buffer) - self.pos < LONGEST_VALUE and self.more()

    def seek(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Move to the next match after `pos`; None (and the end of the file) if there is none."""
        if self.pos > 1 << 14:
            # An error's cost grows with what stands before it in the buffer: a file of errors must not be quadratic.
            self._base = self.byte_at(self.pos)
            self.buffer, self.pos, self._mark = self.buffer[self.pos :], 0, (0, self._base)
        self.pos += 1
        while True:
            match = pattern.search(self.buffer, self.pos)
            if match is not None:
                self.pos = match.start()
                return match
            self.pos = max(self.pos, len(self.buffer) - 16_384)
            if not self.more():
                self.pos = len(self.buffer)
                return None


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _nothing(_: str) -> None:
    """NaN and infinities are no JSON, and Postgres refuses them."""


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


# --- text to records -----------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _ChatStart:
    """A chat's messages begin; `header` is filled further while the chat is read."""

    header: dict[str, Any]
    where: str


@dataclass(slots=True, kw_only=True)
class _Record:
    """One object among a chat's messages, safe to store; `byte` tells its place."""

    value: dict[str, Any]
    text: _Text
    index: int

    @property
    def where(self) -> str:
        byte = self.text.byte_at(self.index)
        known = self.value.get("id")
        return f"message {known}, byte {byte}" if is_id(known) else f"byte {byte}"


@dataclass(slots=True, kw_only=True)
class _Frame:
    kind: Literal["object", "chats", "list", "messages"]
    header: dict[str, Any] = field(default_factory=dict)
    first_key: str = "id"


def _walk(text: _Text) -> Iterator[_ChatStart | _Record | Problem]:
    """Go through the file's objects; after something unreadable go on at the next message or chat."""
    frames: list[_Frame] = []
    while True:
        try:
            char = text.peek()
            if not char:
                break
            event = _step(text, frames, char)
        except _BrokenError as broken:
            yield from _recover(text, frames, broken)
            continue
        if event is not None:
            yield event
    if frames:
        message = "the file ends in the middle: it was cut, export it again to get the rest"
        yield Problem(where=f"byte {text.byte_at(text.pos)}", message=message)


def _step(text: _Text, frames: list[_Frame], char: str) -> _ChatStart | _Record | Problem | None:
    frame = frames[-1] if frames else None
    if frame is not None and frame.kind == "messages" and char not in ",]":
        return _entry(text, frame)
    if char in "}]" and frames:
        frames.pop()
    elif char == "{" and (frame is None or frame.kind == "list"):
        frames.append(_Frame(kind="object"))
    elif char == '"' and frame is not None and frame.kind in ("object", "chats"):
        return _member(text, frames, frame)
    elif char != "," or frame is None:
        raise _BrokenError(f"{char!r} stands where it cannot stand", index=text.pos)
    text.pos += 1
    return None


def _member(text: _Text, frames: list[_Frame], frame: _Frame) -> _ChatStart | None:
    start = text.pos
    key, _ = text.value()
    if text.peek() != ":":
        raise _BrokenError("a colon is missing", index=text.pos)
    text.pos += 1
    char = text.peek()
    if key == "messages" and char == "[" and frame.kind == "object":
        text.pos += 1
        frames.append(_Frame(kind="messages"))
        return _ChatStart(header=frame.header, where=f"byte {text.byte_at(min(start, text.pos))}")
    if key in ("chats", "left_chats") and char == "{":
        text.pos += 1
        frames.append(_Frame(kind="chats"))
    elif key == "list" and char == "[" and frame.kind == "chats":
        text.pos += 1
        frames.append(_Frame(kind="list"))
    else:
        value, _ = text.value()
        if key in ("name", "type", "id"):
            frame.header[key] = _safe(value)
    return None


def _entry(text: _Text, frame: _Frame) -> _Record | Problem:
    """The next entry of a chat's messages."""
    value, source = text.value()
    index = text.pos - len(source)
    if not isinstance(value, dict):
        return Problem(where=f"byte {text.byte_at(index)}", message="not a message but a bare value")
    if text.dirty:
        try:
            source.encode("utf-8")
        except UnicodeEncodeError as error:
            where = f"message {value.get('id')}, byte {text.byte_at(index + error.start)}"
            return Problem(where=where, message="not valid UTF-8; this message is left out")
    if _SUSPECT.search(source):
        value = _safe(value)
    frame.first_key = next(iter(value), "id")
    return _Record(value=value, text=text, index=index)


def _recover(text: _Text, frames: list[_Frame], broken: _BrokenError) -> Iterator[Problem]:
    """Report what is broken and move to the next message of this chat, or to the next chat."""
    frame = frames[-1] if frames else None
    known = _ID.search(text.buffer, text.pos, text.pos + 400) if frame and frame.kind == "messages" else None
    name = f"message {known[1]}, " if known else ""
    message = (
        f"the JSON is broken here, {broken.reason}: this part is left out;"
        " mend the file at this byte, or export the chat again"
    )
    yield Problem(where=f"{name}byte {text.byte_at(broken.index)}", message=message)
    keys = "|".join({"id", re.escape(frame.first_key) if frame else "id"})
    pattern = re.compile(rf'(?P<chat>{_CHAT_HEAD})|\{{\s*"(?:{keys})"\s*:')
    while (match := text.seek(pattern)) is not None:
        if match["chat"]:
            while frames and frames[-1].kind != "list":
                frames.pop()
            return
        if frame is not None and frame.kind == "messages" and _is_message(text):
            return
    # Nothing readable is left; the problem is told, so the open frames are no second one.
    frames.clear()


def _is_message(text: _Text) -> bool:
    """Whether a message starts at `pos`, which stays where it is as far as the file is concerned."""
    try:
        value, source = text.value()
    except _BrokenError:
        # A second broken message in a row is told on its own by the caller's next round.
        return _ID.search(text.buffer, text.pos, text.pos + 400) is not None
    text.pos -= len(source)
    return isinstance(value, dict) and "id" in value


def _safe(value: object) -> object:
    """The value without NUL and lone surrogates, both of which Postgres refuses."""
    if isinstance(value, str):
        return _UNSAFE.sub(lambda match: "" if match[0] == "\0" else "\ufffd", value)
    if isinstance(value, dict):
        return {_safe(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_safe(item) for item in value]
    return value


# --- records to posts ----------------------------------------------------------------------------------------------


class _UnreadableError(Exception):
    """A message that is no post, with the sentence for its Problem."""


class _Builder:
    """Posts of one chat after another; holds back the parts of an album until it is complete."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._others = 0
        self._parts: list[Post] = []

    def open(self, header: Mapping[str, Any], *, where: str) -> Iterator[Post | Skipped | Problem]:
        yield from self.close()
        kind, name = header.get("type"), header.get("name")
        tg_id = bare_id(header.get("id"))
        if kind in OTHER_CHATS:
            return
        if not isinstance(kind, str) or kind not in CHANNELS:
            yield Problem(where=where, message=f"a chat of unknown type {shown(kind)}; its messages are left out")
        elif tg_id is None:
            yield Problem(where=where, message=f"a channel without a usable id ({shown(header.get('id'))})")
        else:
            title = name if isinstance(name, str) and name.strip() else f"channel {tg_id}"
            self._channel = Channel(tg_id=tg_id, name=title, kind=CHANNELS[kind])

    def add(self, record: _Record) -> Iterator[Post | Skipped | Problem]:
        if self._channel is None:
            self._others += 1
            return
        try:
            post = _build(record.value, channel=self._channel)
        except _UnreadableError as error:
            yield from self.flush()
            yield Problem(where=record.where, message=str(error))
            return
        if isinstance(post, Skipped):
            yield from self.flush()
            yield post
            return
        if self._parts and not _belongs(self._parts, post):
            yield from self.flush()
        self._parts.append(post)

    def flush(self) -> Iterator[Post]:
        if self._parts:
            yield albums.merge(self._parts)
            self._parts = []

    def close(self) -> Iterator[Post | Skipped]:
        yield from self.flush()
        if self._others:
            yield Skipped(reason=SkipReason.NOT_A_CHANNEL, count=self._others)
        self._channel, self._others = None, 0


def _build(message: dict[str, Any], *, channel: Channel) -> Post | Skipped:
    """The post of one message. Raises _UnreadableError with what is wrong."""
    number, kind = message.get("id"), message.get("type")
    if not is_id(number):
        raise _UnreadableError(f"a message without a usable id ({shown(number)})")
    if kind == "service":
        return Skipped(reason=SkipReason.SERVICE)
    if kind == "unsupported":
        raise _UnreadableError("Telegram Desktop could not export this message; a newer version may")
    if kind != "message":
        raise _UnreadableError(f"unknown message type {shown(kind)}")
    date = _date(message, "date")
    if date is None:
        raise _UnreadableError(f"a message without a date ({shown(message.get('date'))})")
    if not EARLIEST <= date < LATEST:
        raise _UnreadableError(f"an impossible date, {date.isoformat()}")
    text, entities = _text(message)
    if len(text) > LONGEST_TEXT:
        raise _UnreadableError(f"a text of {len(text)} characters, longer than any Telegram post")
    media = _media(message)
    if not text and not media:
        return Skipped(reason=SkipReason.EMPTY)
    return Post(
        channel=channel,
        message_id=number,
        text=text,
        raw=message,
        date=date,
        edited_at=_date(message, "edited"),
        entities=entities,
        origin=_origin(message),
        media=media,
        reply_to=count(message.get("reply_to_message_id")) or None,
        views=count(message.get("views")),
        forwards=count(message.get("forwards")),
        reactions=_reactions(message.get("reactions")),
    )


def _text(message: Mapping[str, Any]) -> tuple[str, tuple[Entity, ...]]:
    """Text and entities: of `text_entities`, else of `text`, else the poll's lines."""
    for key in ("text_entities", "text"):
        value = message.get(key)
        if value:
            text, entities = _parts(value)
            if text.strip():
                return text, entities
    poll = message.get("poll")
    return (_poll(poll), ()) if isinstance(poll, dict) else ("", ())


def _parts(value: object) -> tuple[str, tuple[Entity, ...]]:
    """Join a string, or a list of strings and {type, text, …}; offsets count code points."""
    if isinstance(value, str):
        return value, ()
    texts: list[str] = []
    entities: list[Entity] = []
    offset = 0
    for part in value if isinstance(value, list) else [value]:
        text = part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str) or not text:
            continue
        if isinstance(part, dict) and (kind := part.get("type")) != "plain":
            entities.append(_entity(kind, part, offset=offset, length=len(text)))
        texts.append(text)
        offset += len(text)
    return "".join(texts), tuple(entities)


def _entity(kind: object, part: Mapping[str, Any], *, offset: int, length: int) -> Entity:
    known = ENTITIES.get(kind, EntityKind.OTHER) if isinstance(kind, str) else EntityKind.OTHER
    url, language = part.get("href"), part.get("language")
    return Entity(
        kind=known,
        offset=offset,
        length=length,
        url=url if isinstance(url, str) and known is EntityKind.TEXT_LINK else None,
        language=language if isinstance(language, str) and language and known is EntityKind.PRE else None,
    )


def _poll(poll: Mapping[str, Any]) -> str:
    question, _ = _parts(poll.get("question") or "")
    answers = poll.get("answers")
    options = answers if isinstance(answers, list) else []
    texts = (_parts(option.get("text") or "" if isinstance(option, dict) else "")[0] for option in options)
    return listing(question, texts)


def _media(message: Mapping[str, Any]) -> tuple[MediaKind, ...]:
    kind = message.get("media_type")
    if kind:
        return (MEDIA_TYPES.get(kind, MediaKind.OTHER) if isinstance(kind, str) else MediaKind.OTHER,)
    for key, known in MEDIA_KEYS.items():
        if message.get(key):
            return (known,)
    return ()


def _origin(message: Mapping[str, Any]) -> Origin | None:
    """Where the message was forwarded from; a deleted account leaves an Origin without a name.

    `author` is the signature of this channel's author, not of the origin's, and stays in the raw record.
    """
    if not message.keys() & {"forwarded_from", "forwarded_from_id", "saved_from"}:
        return None
    name = message.get("forwarded_from") or message.get("saved_from")
    peer = message.get("forwarded_from_id")
    channel = re.fullmatch(r"channel(-?\d{1,19})", peer) if isinstance(peer, str) else None
    number = message.get("forwarded_from_message_id")
    return Origin(
        name=name if isinstance(name, str) else None,
        channel_id=bare_id(int(channel[1])) if channel else None,
        message_id=number if is_id(number) else None,
        date=_date(message, "forwarded_date"),
    )


def _reactions(value: object) -> int | None:
    if not isinstance(value, list):
        return None
    return min(sum(count(item.get("count")) or 0 for item in value if isinstance(item, dict)), LARGEST_ID)


def _date(message: Mapping[str, Any], key: str) -> datetime | None:
    """`key`_unixtime if it is there, else `key` read as UTC (it has no zone); None if neither is a time."""
    stamp = message.get(f"{key}_unixtime")
    try:
        if stamp is not None and not isinstance(stamp, bool) and int(stamp) > 0:
            return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        pass
    written = message.get(key)
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
        if moment is None or moment.year <= 1970:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def bare_id(value: object) -> int | None:
    """A channel's id without the -100 prefix of the Bot API; None if it is no id."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    number = -value - 10**12 if value < -(10**12) else abs(value)
    return number if 0 < number <= LARGEST_ID else None


# --- albums --------------------------------------------------------------------------------------------------------


def _belongs(parts: list[Post], post: Post) -> bool:
    """Whether a post is the next part of an album: the export has no group id, only how an album looks."""
    first, last = parts[0], parts[-1]
    if first.message_id is None or post.message_id is None or not first.media or not post.media:
        return False
    group = ALBUM_GROUPS.get(first.media[0])
    return (
        group is not None
        and group == ALBUM_GROUPS.get(post.media[0])
        and len(parts) < ALBUM_PARTS
        and post.message_id == (last.message_id or 0) + 1
        and abs(((post.date or EARLIEST) - (first.date or EARLIEST)).total_seconds()) <= 1
        and not (post.text and any(part.text for part in parts))
        and all(
            first.raw.get(key) == post.raw.get(key)
            for key in ("from", "from_id", "forwarded_from", "forwarded_from_id", "reply_to_message_id")
        )
    )
