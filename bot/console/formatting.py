"""A text and its entities as Telegram keeps them: parsed, checked, cleaned, trimmed, measured. Pure.

After `fix_formatted_text` of TDLib, without the part that splits entities which overlap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.enums import MessageEntityType
from aiogram.types import MessageEntity, User

from bot.console import html, links
from bot.console.refusals import NotTaken
from bot.spans import units

#: Longest text and caption, in UTF-16 units and after parsing; entities beyond so many are dropped.
TEXT_UNITS, CAPTION_UNITS, ENTITIES = 4096, 1024, 100
_SOURCE_BYTES = 1 << 15
_MOST_UNITS = 1_000_000
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_BLANK = re.compile(
    "[ \\n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)
_KINDS = frozenset(kind.value for kind in MessageEntityType)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """A text as it is shown, with entities that lie within it, in order."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


def formatted(text: str, *, entities: Sequence[MessageEntity] | None, parse_mode: str | None) -> Formatted:
    """The text as Telegram would keep it. A parse mode makes it forget `entities`, as it does there.

    Raises:
        NotTaken: it would be refused.
    """
    if len(text.encode("utf-8", "replace")) > _SOURCE_BYTES:
        raise NotTaken("Text is too long")
    if _SURROGATE.search(text):
        raise NotTaken("Strings must be encoded in UTF-8")
    if not text:
        return Formatted(text="")
    mode = (parse_mode or "").lower()
    if mode in {"", "none"}:
        return _kept(text, [_argued(entity) for entity in entities or ()])
    if mode != "html":
        known = mode in {"markdown", "markdownv2"}
        raise NotTaken("the console reads HTML and entities, but not Markdown" if known else "Unsupported parse_mode")
    try:
        return _kept(*html.parse(text))
    except NotTaken as wrong:
        raise NotTaken(f"can't parse entities: {wrong}") from None


def message_text(kept: Formatted, *, too_long: str = "Message is too long") -> Formatted:
    """The same, once it is sure that it can be the text of a message.

    Raises:
        NotTaken: it is empty or too long.
    """
    if not kept.text or _BLANK.fullmatch(kept.text):
        raise NotTaken("Text must be non-empty")
    if units(kept.text) > TEXT_UNITS:
        raise NotTaken(too_long)
    return kept


def _argued(entity: MessageEntity) -> MessageEntity:
    """The entity, once its kind and what belongs to the kind are known to be right."""
    if entity.type not in _KINDS:
        raise NotTaken("can't parse MessageEntity: Unsupported type specified")
    for kind, value in (("text_link", "url"), ("text_mention", "user"), ("custom_emoji", "custom_emoji_id")):
        if entity.type == kind and getattr(entity, value) is None:
            raise NotTaken(f"can't parse MessageEntity: Can't find field \"{value}\"")
    for bound, name in ((entity.offset, "offset"), (entity.length, "length")):
        if not 0 <= bound <= _MOST_UNITS:
            raise NotTaken(f"Receive an entity with incorrect {name} {bound}")
    if entity.type != "text_link":
        return entity
    url = entity.url or ""
    someone = links.user_id(url)
    if someone is not None:
        user = User(id=someone, is_bot=False, first_name=str(someone))
        return MessageEntity(type="text_mention", user=user, offset=entity.offset, length=entity.length)
    try:
        return entity.model_copy(update={"url": links.checked(url)})
    except NotTaken as wrong:
        raise NotTaken(f"Entity URL '{url}' is invalid: {wrong}") from None


def _kept(text: str, entities: Sequence[MessageEntity]) -> Formatted:
    """The text without what Telegram takes out of it, the entities moved along."""
    wanted = sorted(
        (entity for entity in entities if entity.length), key=lambda entity: (entity.offset, -entity.length)
    )
    cleaned, moved = _cleaned(text)
    placed = [(entity, *_place(entity, moved)) for entity in wanted]
    shown = cleaned.rstrip(" \n")
    end = units(shown)
    first = min((start for _, start, stop in placed if stop > start), default=end)
    # What stands before the first entity is trimmed, but never into it.
    lead = min(len(shown) - len(shown.lstrip(" \n")), first)
    return Formatted(
        text=shown[lead:],
        entities=tuple(
            entity.model_copy(update={"offset": start - lead, "length": min(stop, end) - start})
            for entity, start, stop in placed
            if start < min(stop, end)
        )[:ENTITIES],
    )


def _cleaned(text: str) -> tuple[str, list[int | None]]:
    """The text that is kept, and for each unit of `text` (and its end) where it has gone; None inside of a character."""
    kept: list[str] = []
    moved: list[int | None] = []
    at = 0
    for char in text:
        moved += [at] + [None] * (units(char) - 1)
        if not _REMOVED.match(char):
            kept.append(" " if _BLANKED.match(char) else char)
            at += units(char)
    return "".join(kept), [*moved, at]


def _place(entity: MessageEntity, moved: Sequence[int | None]) -> tuple[int, int]:
    """Where an entity begins and ends in the text that is kept."""
    start, stop = entity.offset, entity.offset + entity.length
    if start >= len(moved):
        raise NotTaken(f"Entity begins after the end of the text at UTF-16 offset {start}")
    if stop >= len(moved):
        raise NotTaken(
            f"Entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {stop}"
        )
    first, last = moved[start], moved[stop]
    if first is None:
        raise NotTaken(f"Entity begins in a middle of a UTF-16 symbol at UTF-16 offset {start}")
    if last is None:
        raise NotTaken(
            f"Entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol at UTF-16 offset {stop}"
        )
    return first, last
