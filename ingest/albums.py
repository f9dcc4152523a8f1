"""What albums of both parsers share: which records are one album, and what post its parts make together.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.types import Entity, Post
from ingest.bounds import LARGEST_ID, is_id


def merge(parts: Sequence[Post]) -> Post:
    """One post of an album's parts, which come in ascending order; a single part stays as it is.

    It has the first part's number, date, origin and place. Usually one part has the caption; if several have a text,
    all are kept, blank lines between them. Of views the most count, reactions are added up. If a part is protected,
    the post is, and has no text.
    """
    if len(parts) == 1:
        return parts[0]
    protected = any(part.protected for part in parts)
    text, entities = ("", ()) if protected else _captions(parts)
    views = [part.views for part in parts if part.views is not None]
    reactions = [part.reactions for part in parts if part.reactions is not None]
    return replace(
        parts[0],
        text=text,
        entities=entities,
        media=tuple(kind for part in parts for kind in part.media),
        album_ids=tuple(part.message_id for part in parts[1:] if part.message_id is not None),
        edited_at=max((part.edited_at for part in parts if part.edited_at), default=None),
        views=max(views, default=None),
        reactions=min(sum(reactions), LARGEST_ID) if reactions else None,
        preview=None if protected else next((part.preview for part in parts if part.preview), None),
        protected=protected,
        raw={"parts": [part.raw for part in parts]},
    )


def _captions(parts: Iterable[Post]) -> tuple[str, tuple[Entity, ...]]:
    """The texts of all parts, with their entities moved to where the texts now stand."""
    texts: list[str] = []
    entities: list[Entity] = []
    offset = 0
    for part in parts:
        if part.text:
            entities += [replace(entity, offset=entity.offset + offset) for entity in part.entities]
            texts.append(part.text)
            offset += len(part.text) + len("\n\n")
    return "\n\n".join(texts), tuple(entities)


def group_id(record: Mapping[str, Any]) -> int | None:
    """Telegram's number of the album that a message is a part of: any of 64 bits, negative ones too, but 0."""
    number = record.get("grouped_id")
    known = isinstance(number, int) and not isinstance(number, bool) and 0 < abs(number) <= LARGEST_ID
    return number if known else None


def group(records: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Records of Telethon by album: each list is one post, parts by ascending id, lists by their first id.

    Of records with one id the last one counts. Records without a usable id stand at the end, each alone, so that
    whoever parses them can say what is wrong.
    """
    known: dict[int, Mapping[str, Any]] = {}
    strange: list[list[Mapping[str, Any]]] = []
    for record in records:
        number = record.get("id")
        if is_id(number):
            known[number] = record
        else:
            strange.append([record])
    albums: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for number in sorted(known):
        album = group_id(known[number])
        key = ("message", number) if album is None else ("album", album)
        albums.setdefault(key, []).append(known[number])
    return [*albums.values(), *strange]
