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
            "sentences": [sentence_json(said) for said in card.sentences],
            "claims": [sentence_json(claim) for claim in card.claims],
            "lang": card.lang or None,
            "topics": list(card.topics),
            "rank": card.rank,
            # A list, since jsonb does not keep the order of an object's keys.
            "parts": [[name, value] for name, value in card.parts.items()],
            "independent": card.independent,
            "dated": card.dated,
            "first_seen": _moment_json(card.first_seen),
            "last_seen": _moment_json(card.last_seen),
            "posts": [post_json(one) for one in card.posts],
            "written_by": card.written_by or None,
        }
    )


def from_json(value: Mapping[str, Any]) -> StoryCard:
    """The card of which this is the JSON."""
    return StoryCard(
        id=value["id"],
        title=value.get("title", ""),
        title_post=value["title_post"],
        sentences=tuple(map(sentence, value.get("sentences", ()))),
        claims=tuple(map(sentence, value.get("claims", ()))),
        lang=value.get("lang", ""),
        topics=tuple(value.get("topics", ())),
        rank=float(value["rank"]),
        parts={name: float(part) for name, part in value.get("parts", ())},
        independent=value["independent"],
        dated=value.get("dated", False),
        first_seen=_moment(value["first_seen"]),
        last_seen=_moment(value["last_seen"]),
        posts=tuple(map(post, value.get("posts", ()))),
        written_by=value.get("written_by", ""),
    )


def sentence_json(said: CitedSentence) -> Json:
    """A sentence as plain JSON."""
    return _lean(
        {
            "text": said.text or None,
            "post": said.post_id,
            "also": list(said.also),
            "kind": said.kind and said.kind.value,
            "is_new": said.is_new,
            "lang": said.lang or None,
            "known_at": said.known_at and _moment_json(said.known_at),
        }
    )


def sentence(value: Mapping[str, Any]) -> CitedSentence:
    """The sentence of which this is the JSON."""
    return CitedSentence(
        text=value.get("text", ""),
        post_id=value["post"],
        also=tuple(value.get("also", ())),
        kind=ClaimKind(value["kind"]) if value.get("kind") else None,
        is_new=value.get("is_new", False),
        lang=value.get("lang", ""),
        known_at=_moment(value["known_at"]) if value.get("known_at") else None,
    )


def post_json(one: StoryPost) -> Json:
    """A post as plain JSON."""
    return _lean(
        {
            "id": one.id,
            "channel": one.channel or None,
            "message_id": one.message_id,
            "url": one.url,
            "origin": one.origin,
            "origin_url": one.origin_url,
            "date": one.date and _moment_json(one.date),
            "first_seen": _moment_json(one.first_seen),
            "text": one.text or None,
            "copy_of": one.copy_of,
        }
    )


def post(value: Mapping[str, Any]) -> StoryPost:
    """The post of which this is the JSON."""
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
