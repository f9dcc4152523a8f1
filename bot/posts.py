"""Messages of the Bot API as posts: of channels where the bot is an admin, and what an admin forwards to it.

Pure. One message gives the post that an account or an export gives of it, so that it is kept once, however often it comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiogram.types import (
    Chat,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from core.types import Channel, ChannelKind, Entity, EntityKind, MediaKind, Origin, Post

#: Chat ids of channels in the Bot API are their numbers with -100 before them.
_CHANNELS = 1_000_000_000_000
#: The dump that holds what was forwarded to the bot by people, not from channels.
FORWARDED = "Forwarded to the bot"

_ENTITIES = {
    "blockquote": EntityKind.QUOTE,
    "bold": EntityKind.BOLD,
    "bot_command": EntityKind.COMMAND,
    "cashtag": EntityKind.CASHTAG,
    "code": EntityKind.CODE,
    "custom_emoji": EntityKind.CUSTOM_EMOJI,
    "email": EntityKind.EMAIL,
    "expandable_blockquote": EntityKind.QUOTE,
    "hashtag": EntityKind.HASHTAG,
    "italic": EntityKind.ITALIC,
    "mention": EntityKind.MENTION,
    "phone_number": EntityKind.PHONE,
    "pre": EntityKind.PRE,
    "spoiler": EntityKind.SPOILER,
    "strikethrough": EntityKind.STRIKE,
    "text_link": EntityKind.TEXT_LINK,
    "text_mention": EntityKind.MENTION,
    "underline": EntityKind.UNDERLINE,
    "url": EntityKind.URL,
}
#: Fields of a message that hold a medium. An animation is a document as well, so it is asked for first.
_MEDIA = {
    "animation": MediaKind.ANIMATION,
    "photo": MediaKind.PHOTO,
    "video": MediaKind.VIDEO,
    "video_note": MediaKind.ROUND_VIDEO,
    "voice": MediaKind.VOICE,
    "audio": MediaKind.AUDIO,
    "sticker": MediaKind.STICKER,
    "document": MediaKind.DOCUMENT,
    "poll": MediaKind.POLL,
    "location": MediaKind.LOCATION,
    "venue": MediaKind.LOCATION,
    "contact": MediaKind.CONTACT,
    "paid_media": MediaKind.OTHER,
    "story": MediaKind.OTHER,
}


def of_channel(message: Message) -> Post | None:
    """The post that a message of a channel is; None of one that says nothing, such as a changed title."""
    return _post(message, channel=channel_of(message.chat), number=message.message_id, origin=_origin(message))


def of_forward(message: Message) -> Post | None:
    """The post that somebody has forwarded; None of what was not forwarded, or says nothing.

    What comes from a channel is that channel's own post, with its number there. What a person has written has no number
    that others could know it by: it is kept as in a dump, once, whoever forwards it.
    """
    origin = message.forward_origin
    if isinstance(origin, MessageOriginChannel):
        post = _post(message, channel=channel_of(origin.chat), number=origin.message_id, origin=None)
        return None if post is None else replace(post, date=_aware(origin.date), edited_at=None, reply_to=None)
    if origin is None:
        return None
    dump = Channel(tg_id=None, name=FORWARDED, kind=ChannelKind.DUMP)
    post = _post(message, channel=dump, number=None, origin=_origin(message))
    if post is None or not post.text:
        return None
    said = f"{post.origin.name if post.origin else ''}\n{' '.join(post.text.casefold().split())}"
    key = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
    return replace(post, dump_key=key, date=_aware(origin.date), edited_at=None, reply_to=None, group_id=None)


def channel_of(chat: Chat) -> Channel:
    """A channel as the Bot API shows it."""
    return Channel(
        tg_id=-chat.id - _CHANNELS,
        name=chat.title or chat.username or str(chat.id),
        kind=ChannelKind.PUBLIC if chat.username else ChannelKind.PRIVATE,
        username=chat.username,
    )


# --- albums ----------------------------------------------------------------------------------------------------------


def parts_of(raw: Mapping[str, Any]) -> list[Message] | None:
    """The messages that a kept album was made of; None where it was not made here, so that it is better left alone."""
    parts = raw.get("parts", [raw])
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) and "message_id" in part for part in parts):
        return None
    return [Message.model_validate(part) for part in parts]


def album(posts: Sequence[Post]) -> Post:
    """The one post of an album's parts, in any order: the first one's number and date, all texts, all media."""
    parts = sorted(posts, key=lambda post: post.message_id or 0)
    if len(parts) == 1:
        return parts[0]
    texts: list[str] = []
    entities: list[Entity] = []
    offset = 0
    for part in parts:
        if part.text:
            entities += [replace(entity, offset=entity.offset + offset) for entity in part.entities]
            texts.append(part.text)
            offset += len(part.text) + len("\n\n")
    return replace(
        parts[0],
        text="\n\n".join(texts),
        entities=tuple(entities),
        media=tuple(kind for part in parts for kind in part.media),
        album_ids=tuple(part.message_id for part in parts[1:] if part.message_id is not None),
        edited_at=max((part.edited_at for part in parts if part.edited_at), default=None),
        protected=any(part.protected for part in parts),
        raw={"parts": [part.raw for part in parts]},
    )


# --- one message -----------------------------------------------------------------------------------------------------


def _post(message: Message, *, channel: Channel, number: int | None, origin: Origin | None) -> Post | None:
    protected = bool(message.has_protected_content)
    media = _media(message)
    text, entities = ("", ()) if protected else _text(message)
    if not text and not media and not protected:
        return None
    return Post(
        channel=channel,
        message_id=number,
        text=text,
        raw=_raw(message, protected=protected),
        date=_aware(message.date),
        edited_at=None if message.edit_date is None else datetime.fromtimestamp(message.edit_date, UTC),
        entities=entities,
        origin=origin,
        media=media,
        reply_to=message.reply_to_message.message_id if message.reply_to_message else None,
        group_id=_group(message),
        protected=protected,
    )


def _raw(message: Message, *, protected: bool) -> dict[str, Any]:
    """The record as it came; of a post that must not be copied only which one it is."""
    if protected:
        return {"message_id": message.message_id, "_withheld": True}
    # Without what was not set, but with what is as it would be anyway: the kind of an origin, say, without which it is none.
    found: dict[str, Any] = message.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    return found


def _group(message: Message) -> int | None:
    album_id = message.media_group_id
    return int(album_id) if album_id and album_id.removeprefix("-").isdecimal() and int(album_id) else None


def _text(message: Message) -> tuple[str, tuple[Entity, ...]]:
    """Text or caption; of a poll its question and answers, a line each."""
    if message.poll is not None:
        return "\n".join([message.poll.question, *(f"• {option.text}" for option in message.poll.options)]), ()
    text = (message.text or message.caption or "").replace("\x00", "\ufffd")
    return text, tuple(_entities(text, message.entities or message.caption_entities or ()))


def _entities(text: str, found: Iterable[MessageEntity]) -> Iterable[Entity]:
    """Entities in code points; Telegram counts UTF-16 units."""
    encoded = text.encode("utf-16-le", "surrogatepass")

    def point(unit: int) -> int:
        return len(encoded[: 2 * unit].decode("utf-16-le", "ignore"))

    for entity in found:
        start, end = point(entity.offset), point(entity.offset + entity.length)
        if start < end:
            yield Entity(
                kind=_ENTITIES.get(entity.type, EntityKind.OTHER),
                offset=start,
                length=end - start,
                url=entity.url if entity.type == "text_link" else None,
                language=entity.language if entity.type == "pre" else None,
            )


def _media(message: Message) -> tuple[MediaKind, ...]:
    kind = next((kind for name, kind in _MEDIA.items() if getattr(message, name) is not None), None)
    return () if kind is None else (kind,)


def _origin(message: Message) -> Origin | None:
    """Where a forwarded message comes from, as far as the forward tells."""
    origin = message.forward_origin
    match origin:
        case MessageOriginChannel():
            source = channel_of(origin.chat)
            return Origin(
                name=source.name,
                channel_id=source.tg_id,
                message_id=origin.message_id,
                author=origin.author_signature,
                date=_aware(origin.date),
            )
        case MessageOriginChat():
            return Origin(name=origin.sender_chat.title, author=origin.author_signature, date=_aware(origin.date))
        case MessageOriginUser():
            return Origin(name=origin.sender_user.full_name, date=_aware(origin.date))
        case MessageOriginHiddenUser():
            return Origin(name=origin.sender_user_name, date=_aware(origin.date))
    return None


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
