"""One story as a message of its own: all that is known of it, as far as a message can hold it, below a heading of its own.

Pure. A digest of one story would be headed as a digest.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Bold, Text

from bot import message_parts, messages
from bot.blocks import Detail, StoryBlock, render_blocks
from bot.messages import Mark
from bot.select import Digest, Section
from bot.spans import clean, cut
from bot.speech import Say
from bot.texts import words
from core.types import StoryCard, Topic

#: More than any length of digests tells: what a message cannot hold is left out from the end.
_ALL = Detail(sentences=3, claims=20, sources=6, further=30, arrows=True)
_TOPIC_UNITS = 120


def message(
    card: StoryCard, topic: Topic | None, *, number: int, say: Say, now: datetime, tz: ZoneInfo
) -> tuple[str, tuple[Mark, ...]]:
    """Text and marks of the story, which has this number in the digest that it was opened from."""
    only = Digest(sections=(Section(topic=None, cards=(card,)),), lang=say.lang, since=None, until=None, considered=1)
    block = next(one for one in render_blocks(only, now=now, tz=tz, detail=_ALL) if isinstance(one, StoryBlock))
    title = cut(clean(topic.title(say.lang)), _TOPIC_UNITS) if topic is not None else ""
    head = Bold(" · ".join(part for part in (say("Story"), title) if part))
    forms = message_parts.story(block, number=number, said=words(say.lang), quote=True)
    found = messages.plain(Text(head, "\n\n", next(forms)))
    while not messages.fits(*found) and (form := next(forms, None)) is not None:
        found = messages.plain(Text(head, "\n\n", form))
    return found
