"""Messages of a digest as tests read them: made, drawn as HTML, and looked at mark by mark."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration

from bot.messages import Mark, Message, messages
from bot.select import Digest, select
from core.readers import Length
from core.types import CitedSentence, ClaimKind, StoryCard
from tests.unit.bot.cards import MOSCOW, NOW, TOPICS

SINCE = NOW - timedelta(days=3)


def digest(*cards: StoryCard, lang: str = "ru") -> Digest:
    return select(cards, TOPICS, limit=200, lang=lang, since=SINCE, until=NOW)


def told(*cards: StoryCard, lang: str = "ru", length: Length = Length.NORMAL) -> list[Message]:
    return messages(digest(*cards, lang=lang), now=NOW, tz=MOSCOW, length=length)


def html(message: Message) -> str:
    """The message as Telegram's HTML: entities seen in their place."""
    return html_decoration.unparse(message.text, [MessageEntity(**asdict(mark)) for mark in message.marks])


def story(card: StoryCard, **how: Any) -> str:
    """A lone story as HTML with plain spaces, without the headings."""
    (message,) = told(card, **how)
    return html(message).partition("</b>\n\n")[2].partition("</b>\n")[2].replace("\u00a0", " ")


def says(text: str, *posts: int, kind: ClaimKind | None = ClaimKind.ATTRIBUTED, **over: Any) -> CitedSentence:
    return CitedSentence(text=text, post_id=posts[0], also=posts[1:], kind=kind, **over)


def under(message: Message, mark: Mark) -> str:
    """The text under a mark; fails where it begins or ends inside a character."""
    encoded = message.text.encode("utf-16-le")
    return encoded[2 * mark.offset : 2 * (mark.offset + mark.length)].decode("utf-16-le")
