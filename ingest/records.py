"""What is kept of a Telegram message: a plain record that says all that a later parser may want, and no more.

Pure, and nothing of Telethon is imported: a record is JSON, made of a message's `to_dict()`, and must stay readable when
the library has moved on. Names of types stay under `_`; what is absent is None, False or an empty list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.bounds import LARGEST_ID, safe

Record = dict[str, Any]
Titles = Mapping[tuple[str, int], str]

#: Dictionaries and lists inside each other; a rich message of a human being has about a dozen.
DEEPEST = 128
PEERS = {
    "PeerChannel": ("channel", "channel_id"),
    "PeerUser": ("user", "user_id"),
    "PeerChat": ("chat", "chat_id"),
}
#: Left out everywhere: what only the account that read it can use, pictures' sizes, keyboards, and who reacted or voted.
PRUNED = frozenset(
    {
        "access_hash",
        "alt_documents",
        "cached_page",
        "dc_id",
        "file_reference",
        "mask_coords",
        "recent_reactions",
        "recent_repliers",
        "recent_voters",
        "reply_markup",
        "sizes",
        "stickerset",
        "thumb",
        "thumbs",
        "top_reactors",
        "video_cover",
        "video_sizes",
        "video_thumbs",
    }
)
#: Left out of one type besides: pictures of cards, people's phone numbers and names, other people's stories, source code of
#: embedded pages, a channel's settings.
PRUNED_OF = {
    "MessageMediaPhoto": PRUNED | {"video"},
    "MessageMediaStory": PRUNED | {"story"},
    "MessageMediaContact": PRUNED | {"first_name", "last_name", "phone_number", "user_id", "vcard"},
    "MessageReplyHeader": PRUNED | {"reply_media"},
    "PageBlockEmbed": PRUNED | {"html"},
    "WebPage": PRUNED | {"attributes", "document", "photo"},
}
#: Of these nothing else is kept.
KEPT_OF = {kind: frozenset({"_", "id", "title", "username"}) for kind in ("Channel", "ChannelForbidden", "Chat")}

#: What of a message stays when its channel forbids copying: no key here leads to a text.
WITHHELD = {
    "Message": ("edit_date", "forwards", "noforwards", "pinned", "post", "silent", "via_bot_id", "views"),
    "MessageFwdHeader": ("channel_post", "date", "imported", "saved_date", "saved_from_msg_id"),
    "MessageReplyHeader": (
        "forum_topic",
        "reply_to_ephemeral",
        "reply_to_msg_id",
        "reply_to_scheduled",
        "reply_to_top_id",
        "todo_item_id",
    ),
    "MessageReplyStoryHeader": ("story_id",),
}
MEDIA_FLAGS = ("round", "round_message", "spoiler", "video", "voice")
MEDIA_BRANCHES = ("attached_media", "attributes", "document", "extended_media", "media", "photo")


def record(value: Mapping[str, Any], *, titles: Titles) -> Record:
    """The JSON-able record of a Telethon message's `to_dict()`.

    Times are ISO 8601 in UTC. Bytes, numbers of more than 64 bits, NaN and infinities, PRUNED branches, and whatever
    is nested deeper than DEEPEST are left out. A forward's header gets `_from_title` if `titles`, by ("channel" | "user"
    | "chat", id), knows where it comes from: the record must be readable alone.
    """
    return _mapping(dict(value), titles, DEEPEST)


def parts_of(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The records in a stored raw record: those of an album's parts, or the one."""
    parts = raw.get("parts")
    if isinstance(parts, list) and "_" not in raw:
        return [part for part in parts if isinstance(part, dict)]
    return [raw]


def name(value: object) -> str:
    """The type of a part of a record; "" if it is none."""
    kind = value.get("_") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def peer(value: object) -> tuple[str, int] | None:
    """A peer as ("channel" | "user" | "chat", its bare id)."""
    known = PEERS.get(name(value))
    number = value.get(known[1]) if known and isinstance(value, dict) else None
    return (known[0], number) if known and isinstance(number, int) and 0 < number <= LARGEST_ID else None


# --- what is kept --------------------------------------------------------------------------------------------------


def _mapping(value: dict[Any, Any], titles: Titles, depth: int) -> Record:
    kind = name(value)
    pruned, only = PRUNED_OF.get(kind, PRUNED), KEPT_OF.get(kind)
    kept: Record = {}
    for key, item in value.items():
        # Most of a message's fifty fields are absent: these lines are what the speed hangs on.
        if item is None or item is False or key in pruned or (only and key not in only):
            continue
        plain = PLAIN.get(type(item))
        clean = _nested(item, titles, depth) if plain is None else plain(item)
        if clean is not None and isinstance(key, str):
            kept[key if key.isidentifier() else safe(key)] = clean
    if kind == "MessageFwdHeader" and (title := _title(value, titles)):
        kept["_from_title"] = safe(title)
    return kept


def _nested(item: object, titles: Titles, depth: int) -> object:
    """What is kept of a dictionary or a list; None if nothing, or if it is neither."""
    if depth and isinstance(item, dict):
        return _mapping(item, titles, depth - 1)
    if not depth or not isinstance(item, list | tuple):
        return None
    kept = []
    for one in item:
        plain = PLAIN.get(type(one))
        clean = _nested(one, titles, depth - 1) if plain is None else plain(one)
        if clean is not None and clean is not False:
            kept.append(clean)
    return kept or None


def _whole(number: int) -> int | None:
    return number if -LARGEST_ID - 1 <= number <= LARGEST_ID else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _time(moment: datetime) -> str | None:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC).isoformat()
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        # The first or the last hours of the calendar, in another zone.
        return None


PLAIN: dict[type, Callable[[Any], object]] = {str: safe, bool: bool, int: _whole, float: _finite, datetime: _time}


def _title(header: Mapping[str, Any], titles: Titles) -> str | None:
    """The name shown for a forward's source: for the place that it was saved from if it tells nothing else."""
    keys = ["from_id"]
    if not header.get("from_id") and not header.get("from_name"):
        keys = ["saved_from_peer", "saved_from_id"]
    found = (titles.get(known) for key in keys if (known := peer(header.get(key))))
    return next((title for title in found if title), None)


# --- what is kept of a protected channel's message -----------------------------------------------------------------


def withheld(record: Mapping[str, Any]) -> Record:
    """A record reduced to what a protected channel lets one keep: that there is a message, of what kind, and when.

    Numbers, times, counters, and types of media stay. No text does: no caption, name, title, link or reaction.
    """
    kept: Record = {"_": name(dict(record)), "_withheld": True}
    for key in ("id", "date", "grouped_id", *WITHHELD["Message"]):
        if _bare(record.get(key), dated=key in {"date", "edit_date"}):
            kept[key] = record[key]
    branches = {
        "peer_id": _peer(record.get("peer_id")),
        "fwd_from": _header(record.get("fwd_from"), ("from_id", "saved_from_peer", "saved_from_id")),
        "reply_to": _header(record.get("reply_to"), ("reply_to_peer_id", "peer")),
        "replies": _numbers(record.get("replies"), ("replies", "channel_id", "max_id")),
        "reactions": _reactions(record.get("reactions")),
        "media": _shape(record.get("media"), 8),
        "rich_message": _rich(record.get("rich_message")),
    }
    return kept | {key: branch for key, branch in branches.items() if branch}


def _bare(value: object, *, dated: bool = False) -> bool:
    """Whether this is a number, True, or, where there may be one, a time: something that cannot hold a text."""
    if not dated or not isinstance(value, str):
        return value is not None and value is not False and isinstance(value, int | float)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _numbers(value: object, keys: tuple[str, ...]) -> Record:
    if not isinstance(value, dict):
        return {}
    found = {key: value[key] for key in keys if _bare(value.get(key), dated=key.endswith("date"))}
    return {"_": name(value)} | found


def _peer(value: object) -> Record:
    known = peer(value)
    return {"_": name(value), PEERS[name(value)][1]: known[1]} if known else {}


def _header(value: object, peers: tuple[str, ...]) -> Record:
    kept = _numbers(value, WITHHELD.get(name(value), ()))
    if isinstance(value, dict):
        kept |= {key: known for key in peers if (known := _peer(value.get(key)))}
    return kept


def _reactions(value: object) -> Record:
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list):
        return _numbers(value, ())
    return _numbers(value, ()) | {"results": [_numbers(result, ("count",)) for result in results]}


def _shape(media: object, depth: int) -> Record:
    """The types in a message's media, with the flags that tell a voice message from music; a link's card is no media."""
    if depth == 0 or not isinstance(media, dict) or name(media) in {"", "MessageMediaWebPage"}:
        return {}
    kept: Record = {"_": name(media)} | {key: True for key in MEDIA_FLAGS if media.get(key) is True}
    if _bare(media.get("video_duration")):
        kept["video_duration"] = media["video_duration"]
    for key in MEDIA_BRANCHES:
        inner = media.get(key)
        if isinstance(inner, list):
            kept[key] = [shape for item in inner if (shape := _shape(item, depth - 1))]
        elif shape := _shape(inner, depth - 1):
            kept[key] = shape
    return kept


def _rich(value: object) -> Record:
    if not isinstance(value, dict):
        return {}
    kept: Record = {"_": name(value)}
    for key in ("photos", "documents"):
        items = value.get(key)
        if isinstance(items, list):
            kept[key] = [shape for item in items if (shape := _shape(item, 3))]
    return kept
