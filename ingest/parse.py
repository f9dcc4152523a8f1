"""Telegram messages, as their records keep them (`ingest.records`), as posts.

Pure. The sibling of `ingest.export`: one message gives equal posts whichever way it came. A record may be of any age and
from any hand, so whatever is wrong with it ends as an UnreadableMessage.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.errors import SvodkaError
from core.types import Channel, Entity, EntityKind, MediaKind, Origin, Post, Preview, Skipped, SkipReason
from ingest import albums
from ingest.bounds import EARLIEST, LARGEST_ID, LATEST, LONGEST_TEXT, count, is_id, safe, shown
from ingest.records import name, peer
from ingest.rich import flatten, listing

Record = Mapping[str, Any]

ENTITIES = {
    "MessageEntityBlockquote": EntityKind.QUOTE,
    "MessageEntityBold": EntityKind.BOLD,
    "MessageEntityBotCommand": EntityKind.COMMAND,
    "MessageEntityCashtag": EntityKind.CASHTAG,
    "MessageEntityCode": EntityKind.CODE,
    "MessageEntityCustomEmoji": EntityKind.CUSTOM_EMOJI,
    "MessageEntityEmail": EntityKind.EMAIL,
    "MessageEntityHashtag": EntityKind.HASHTAG,
    "MessageEntityItalic": EntityKind.ITALIC,
    "MessageEntityMention": EntityKind.MENTION,
    "MessageEntityMentionName": EntityKind.MENTION,
    "InputMessageEntityMentionName": EntityKind.MENTION,
    "MessageEntityPhone": EntityKind.PHONE,
    "MessageEntityPre": EntityKind.PRE,
    "MessageEntitySpoiler": EntityKind.SPOILER,
    "MessageEntityStrike": EntityKind.STRIKE,
    "MessageEntityTextUrl": EntityKind.TEXT_LINK,
    "MessageEntityUnderline": EntityKind.UNDERLINE,
    "MessageEntityUrl": EntityKind.URL,
}
MEDIA = {
    "MessageMediaContact": MediaKind.CONTACT,
    "MessageMediaGeo": MediaKind.LOCATION,
    "MessageMediaGeoLive": MediaKind.LOCATION,
    "MessageMediaPhoto": MediaKind.PHOTO,
    "MessageMediaPoll": MediaKind.POLL,
    "MessageMediaVenue": MediaKind.LOCATION,
}
NO_MEDIA = frozenset({"", "MessageMediaEmpty", "MessageMediaWebPage"})
#: What a document is: the first that its attributes, or the media's own flags, say.
DOCUMENTS = (
    ("DocumentAttributeSticker", None, MediaKind.STICKER),
    ("DocumentAttributeCustomEmoji", None, MediaKind.STICKER),
    ("DocumentAttributeVideo", "round_message", MediaKind.ROUND_VIDEO),
    ("DocumentAttributeAudio", "voice", MediaKind.VOICE),
    ("DocumentAttributeAnimated", None, MediaKind.ANIMATION),
    ("DocumentAttributeVideo", None, MediaKind.VIDEO),
    ("DocumentAttributeAudio", None, MediaKind.AUDIO),
    ("MessageMediaDocument", "round", MediaKind.ROUND_VIDEO),
    ("MessageMediaDocument", "voice", MediaKind.VOICE),
    ("MessageMediaDocument", "video", MediaKind.VIDEO),
)

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class UnreadableMessage(SvodkaError):
    """A record that is no post, with what is wrong as a sentence for its Problem."""


def message(record: Record, *, channel: Channel) -> Post | Skipped:
    """The post of one record. Raises UnreadableMessage.

    A withheld record (`ingest.records.withheld`) is a protected post without text, media or not.
    """
    try:
        return _message(record, channel)
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        # Records are read again years later, from a table that anybody may have written to: one that is built unlike
        # Telegram's must cost itself only, never the run.
        raise UnreadableMessage("a message that is not built like Telegram's") from error


def album(records: Sequence[Record], *, channel: Channel) -> Post:
    """The one post of an album's records, which may come in any order. Raises UnreadableMessage, also for one part.

    Parts that Telegram has emptied do not count.
    """
    found = (message(record, channel=channel) for record in records)
    parts = {post.message_id or 0: post for post in found if isinstance(post, Post)}
    if not parts:
        raise UnreadableMessage("an album without a single part that is a post")
    post = albums.merge([parts[number] for number in sorted(parts)])
    _check_length(post.text)
    return post


def _message(record: Record, channel: Channel) -> Post | Skipped:
    if not isinstance(record, Mapping):
        raise UnreadableMessage("not a message but a bare value")
    number, kind = record.get("id"), record.get("_")
    if not is_id(number):
        raise UnreadableMessage(f"a message without a usable id ({shown(number)})")
    if kind in ("MessageService", "MessageEmpty"):
        return Skipped(reason=SkipReason.SERVICE if kind == "MessageService" else SkipReason.EMPTY)
    if kind != "Message":
        raise UnreadableMessage(f"unknown message type {shown(kind)}")
    date = _date(record)
    withheld = record.get("_withheld") is True
    media = _media(record)
    text, entities = ("", ()) if withheld else _text(record)
    if not text and not media and not withheld:
        return Skipped(reason=SkipReason.EMPTY)
    return Post(
        channel=channel,
        message_id=number,
        text=text,
        raw=record,
        date=date,
        edited_at=_time(record.get("edit_date")),
        entities=entities,
        origin=_origin(record.get("fwd_from"), withheld=withheld),
        media=media,
        reply_to=_reply(record.get("reply_to"), channel),
        views=count(record.get("views")),
        forwards=count(record.get("forwards")),
        reactions=_reactions(record.get("reactions")),
        group_id=albums.group_id(record),
        preview=None if withheld else _preview(record.get("media")),
        protected=withheld,
    )


def _date(record: Record) -> datetime:
    date = _time(record.get("date"))
    if date is None:
        raise UnreadableMessage(f"a message without a date ({shown(record.get('date'))})")
    if not EARLIEST <= date < LATEST:
        raise UnreadableMessage(f"an impossible date, {date.isoformat()}")
    return date


def _time(value: object) -> datetime | None:
    """A record's time; None if it is none. Telegram says 1970 where it means never."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1970 else None


def _string(value: object) -> str | None:
    return safe(value) if isinstance(value, str) and value.strip() else None


# --- text ----------------------------------------------------------------------------------------------------------


def _text(record: Record) -> tuple[str, tuple[Entity, ...]]:
    """The rich message if it says anything, else the text; then the lines of a poll or a to-do list."""
    written, rich = record.get("message", ""), record.get("rich_message")
    if not isinstance(written, str):
        raise UnreadableMessage("a message whose text is not text")
    text, entities = flatten(rich) if isinstance(rich, dict) else ("", ())
    if not text:
        text = safe(written) if written.strip() else ""
        _check_length(text)
        entities = _entities(text, record.get("entities"))
    media = record.get("media")
    if isinstance(media, dict) and (lines := _lines(media)):
        text = f"{text}\n\n{lines}" if text else lines
    _check_length(text)
    return text, entities


def _check_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise UnreadableMessage(f"a text of {len(text)} characters, longer than any Telegram post")


def _entities(text: str, found: object) -> tuple[Entity, ...]:
    """Telegram's entities, whose offsets count UTF-16 units, in code points; what reaches beyond the text is cut off."""
    if not text or not isinstance(found, list):
        return ()
    # Units at which characters of two units begin: 👍, and whatever else lies beyond the first 65,536.
    pairs = [] if text.isascii() else [match.start() + k for k, match in enumerate(_ASTRAL.finditer(text))]
    entities: list[Entity] = []
    for item in found:
        start, length = (item.get("offset"), item.get("length")) if isinstance(item, dict) else (None, None)
        if not isinstance(start, int) or not isinstance(length, int) or length <= 0:
            continue
        end = min(_point(max(start + length, 0), pairs, up=True), len(text))
        start = _point(max(start, 0), pairs, up=False)
        if start < end:
            entities.append(_entity(item, start, end - start))
    entities.sort(key=lambda entity: (entity.offset, -entity.length))
    return tuple(entities)


def _point(unit: int, pairs: list[int], *, up: bool) -> int:
    """The code point at a UTF-16 unit; in the middle of a character, that character, or, `up`, the one after it."""
    if not pairs:
        return unit
    before = bisect_left(pairs, unit)
    inside = up and before > 0 and pairs[before - 1] + 1 == unit
    return unit - before + inside


def _entity(item: Record, offset: int, length: int) -> Entity:
    kind = ENTITIES.get(name(item), EntityKind.OTHER)
    return Entity(
        kind=kind,
        offset=offset,
        length=length,
        url=_string(item.get("url")) if kind is EntityKind.TEXT_LINK else None,
        language=_string(item.get("language")) if kind is EntityKind.PRE else None,
    )


def _lines(media: Record) -> str:
    """The question and the answers of a poll, the title and the items of a to-do list."""
    poll, todo = media.get("poll"), media.get("todo")
    if isinstance(poll, dict):
        return listing(_words(poll.get("question")), _titles(poll.get("answers"), "text"))
    if isinstance(todo, dict):
        return listing(_words(todo.get("title")), _titles(todo.get("list"), "title"))
    return ""


def _titles(items: object, key: str) -> Iterator[str]:
    return (_words(item.get(key)) for item in _list(items) if isinstance(item, dict))


def _words(value: object) -> str:
    """Of a TextWithEntities, or of a string, as they were before."""
    return _string(value.get("text") if isinstance(value, dict) else value) or ""


# --- media ---------------------------------------------------------------------------------------------------------


def _media(record: Record) -> tuple[MediaKind, ...]:
    kinds = [*_kinds(record.get("media"), 4)]
    rich = record.get("rich_message")
    if isinstance(rich, dict):
        kinds += [MediaKind.PHOTO for _ in _list(rich.get("photos"))]
        kinds += [_document({"document": document}) for document in _list(rich.get("documents"))]
    return tuple(kinds)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _kinds(media: object, depth: int) -> Iterator[MediaKind]:
    """The kinds of one medium, and of those that it holds: what a poll shows, what is behind a price."""
    kind = name(media)
    if depth == 0 or kind in NO_MEDIA or not isinstance(media, dict):
        return
    if kind == "MessageMediaPaidMedia":
        paid = [found for item in _list(media.get("extended_media")) for found in _paid(item, depth - 1)]
        yield from paid or [MediaKind.OTHER]
    elif kind == "MessageMediaDocument":
        yield _document(media)
    else:
        yield MEDIA.get(kind, MediaKind.OTHER)
        yield from _kinds(media.get("attached_media"), depth - 1)


def _paid(item: object, depth: int) -> Iterator[MediaKind]:
    if name(item) == "MessageExtendedMediaPreview" and isinstance(item, dict):
        yield MediaKind.PHOTO if item.get("video_duration") is None else MediaKind.VIDEO
    elif isinstance(item, dict):
        yield from _kinds(item.get("media"), depth)


def _document(media: Record) -> MediaKind:
    document = media.get("document")
    holders = [media, *_list(document.get("attributes") if isinstance(document, dict) else None)]
    named = [(name(holder), holder) for holder in holders if isinstance(holder, dict)]
    for wanted, flag, kind in DOCUMENTS:
        if any(found == wanted and (flag is None or holder.get(flag) is True) for found, holder in named):
            return kind
    return MediaKind.DOCUMENT


def _preview(media: object) -> Preview | None:
    """The card of a link; pages that are still being fetched, or are gone, have none."""
    page = media.get("webpage") if isinstance(media, dict) else None
    if name(page) != "WebPage" or not isinstance(page, dict):
        return None
    url = _string(page.get("url"))
    if url is None:
        return None
    site, title, description = (_string(page.get(key)) for key in ("site_name", "title", "description"))
    return Preview(url=url, site=site, title=title, description=description)


# --- what surrounds it ---------------------------------------------------------------------------------------------


def _origin(header: object, *, withheld: bool) -> Origin | None:
    """Where the message was forwarded from; if that is not told, where it was saved from, as in exports."""
    if not isinstance(header, dict):
        return None
    source, post, date = peer(header.get("from_id")), header.get("channel_post"), header.get("date")
    saved, saved_post = peer(header.get("saved_from_peer")), header.get("saved_from_msg_id")
    shown_as = _string(header.get("_from_title")) or _string(header.get("from_name"))
    if source is None and not _string(header.get("from_name")):
        source, post = saved or peer(header.get("saved_from_id")), saved_post
        shown_as = shown_as or _string(header.get("saved_from_name"))
    elif post is None and source == saved:
        post = saved_post
    channel_id = source[1] if source is not None and source[0] == "channel" else None
    origin = Origin(
        name=shown_as,
        channel_id=channel_id,
        message_id=post if channel_id is not None and is_id(post) else None,
        author=_string(header.get("post_author")),
        date=_time(date),
    )
    return replace(origin, name=None, author=None) if withheld else origin


def _reply(header: object, channel: Channel) -> int | None:
    """The post of this channel that is replied to; a topic's opening message is no reply, nor is a scheduled one."""
    if not isinstance(header, dict) or name(header) != "MessageReplyHeader":
        return None
    number, elsewhere = header.get("reply_to_msg_id"), header.get("reply_to_peer_id")
    if elsewhere is not None and peer(elsewhere) != ("channel", channel.tg_id):
        return None
    topic = header.get("forum_topic") and header.get("reply_to_top_id") is None
    if topic or header.get("reply_to_scheduled") or header.get("reply_to_ephemeral"):
        return None
    return number if is_id(number) else None


def _reactions(value: object) -> int | None:
    if not isinstance(value, dict):
        return None
    counts = (count(item.get("count")) or 0 for item in _list(value.get("results")) if isinstance(item, dict))
    return min(sum(counts), LARGEST_ID)
