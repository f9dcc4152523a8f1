"""A story as JSON, the same wherever the command line prints one; `docs/cli.md` documents it."""

from __future__ import annotations

from typing import Any

from cli import shell
from core.types import CitedSentence, StoryCard, StoryPost


def story(card: StoryCard) -> dict[str, Any]:
    """The documented object of a story."""
    return {
        "id": card.id,
        "title": card.title,
        "summary": " ".join(sentence.text for sentence in card.sentences),
        "claims": [_claim(claim, card.lang) for claim in card.claims],
        "written_by": card.written_by or None,
        "topics": list(card.topics),
        "sources": card.independent,
        "first_seen": shell.iso(card.first_seen),
        "last_seen": shell.iso(card.last_seen),
        "posts": [_post(post) for post in card.posts],
    }


def _claim(claim: CitedSentence, lang: str) -> dict[str, Any]:
    return {
        "text": claim.text,
        "posts": list(claim.post_ids),
        "kind": claim.kind or "verbatim",
        "new": claim.is_new,
        "lang": claim.lang or lang,
    }


def _post(post: StoryPost) -> dict[str, Any]:
    return {
        "id": post.id,
        "channel": post.channel,
        "message_id": post.message_id,
        "origin": post.origin,
        "origin_url": post.origin_url,
        "url": post.url,
        "date": shell.iso(post.date),
        "text": post.text,
    }
