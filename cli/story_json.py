"""A story as JSON, the same wherever the command line prints one; `docs/cli.md` documents it."""

from __future__ import annotations

from typing import Any

from cli import shell
from core.types import StoryCard, StoryPost


def story(card: StoryCard) -> dict[str, Any]:
    """The documented object of a story."""
    return {
        "id": card.id,
        "title": card.title,
        "summary": " ".join(sentence.text for sentence in card.sentences),
        "topics": list(card.topics),
        "sources": card.independent,
        "first_seen": shell.iso(card.first_seen),
        "last_seen": shell.iso(card.last_seen),
        "posts": [_post(post) for post in card.posts],
    }


def _post(post: StoryPost) -> dict[str, Any]:
    return {
        "channel": post.channel,
        "message_id": post.message_id,
        "origin": post.origin,
        "origin_url": post.origin_url,
        "url": post.url,
        "date": shell.iso(post.date),
        "text": post.text,
    }
