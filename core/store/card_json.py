"""A story's card as JSON and back, exactly: keys that are not known are passed over, and what is missing is empty, so that
cards of an older version are read.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.types import CitedSentence, ClaimKind, StoryCard, StoryPost

Json = dict[str, Any]


def to_json(card: StoryCard) -> Json:
    """The card as plain JSON; what is empty is left out."""
    return _lean(
        {
            "id": card.id,
            "title": card.title or None,
            "title_post": card.title_post,
            "sentences": [_sentence_json(sentence) for sentence in card.sentences],
            "claims": [_sentence_json(claim) for claim in card.claims],
            "lang": card.lang or None,
            "topics": list(card.topics),
            "rank": card.rank,
            # A list, since jsonb does not keep the order of an object's keys.
            "parts": [[name, value] for name, value in card.parts.items()],
            "independent": card.independent,
            "dated": card.dated,
            "first_seen": _moment_json(card.first_seen),
            "last_seen": _moment_json(card.last_seen),
            "posts": [_post_json(post) for post in card.posts],
            "written_by": card.written_by or None,
        }
    )


def from_json(value: Mapping[str, Any]) -> StoryCard:
    """The card of which this is the JSON."""
    return StoryCard(
        id=value["id"],
        title=value.get("title", ""),
        title_post=value["title_post"],
        sentences=tuple(map(_sentence, value.get("sentences", ()))),
        claims=tuple(map(_sentence, value.get("claims", ()))),
        lang=value.get("lang", ""),
        topics=tuple(value.get("topics", ())),
        rank=float(value["rank"]),
        parts={name: float(part) for name, part in value.get("parts", ())},
        independent=value["independent"],
        dated=value.get("dated", False),
        first_seen=_moment(value["first_seen"]),
        last_seen=_moment(value["last_seen"]),
        posts=tuple(map(_post, value.get("posts", ()))),
        written_by=value.get("written_by", ""),
    )


def _sentence_json(sentence: CitedSentence) -> Json:
    return _lean(
        {
            "text": sentence.text or None,
            "post": sentence.post_id,
            "also": list(sentence.also),
            "kind": sentence.kind and sentence.kind.value,
            "is_new": sentence.is_new,
            "lang": sentence.lang or None,
            "known_at": sentence.known_at and _moment_json(sentence.known_at),
        }
    )


def _sentence(value: Mapping[str, Any]) -> CitedSentence:
    return CitedSentence(
        text=value.get("text", ""),
        post_id=value["post"],
        also=tuple(value.get("also", ())),
        kind=ClaimKind(value["kind"]) if value.get("kind") else None,
        is_new=value.get("is_new", False),
        lang=value.get("lang", ""),
        known_at=_moment(value["known_at"]) if value.get("known_at") else None,
    )


def _post_json(post: StoryPost) -> Json:
    return _lean(
        {
            "id": post.id,
            "channel": post.channel or None,
            "message_id": post.message_id,
            "url": post.url,
            "origin": post.origin,
            "origin_url": post.origin_url,
            "date": post.date and _moment_json(post.date),
            "first_seen": _moment_json(post.first_seen),
            "text": post.text or None,
            "copy_of": post.copy_of,
        }
    )


def _post(value: Mapping[str, Any]) -> StoryPost:
    return StoryPost(
        id=value["id"],
        channel=value.get("channel", ""),
        message_id=value.get("message_id"),
        url=value.get("url"),
        origin=value.get("origin"),
        origin_url=value.get("origin_url"),
        date=_moment(value["date"]) if value.get("date") else None,
        first_seen=_moment(value["first_seen"]),
        text=value.get("text", ""),
        copy_of=value.get("copy_of"),
    )


def _lean(value: Json) -> Json:
    """Without what is empty: that is what a missing key means. A zero is something."""
    return {key: held for key, held in value.items() if held is not None and held is not False and held != []}


def _moment_json(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)
