"""Why a story stands in a reader's digest: the parts of its rank in words, and what the reader's own choice did.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.utils.formatting import Bold, Text, as_list

from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Reader, ShelfStory
from core.types import Topic

_TITLE_UNITS = 200


def page(story: ShelfStory, liked: float, reader: Reader, topics: Sequence[Topic], say: Say) -> Screen:
    """What speaks for the story, the most telling part first; `liked` is what the reader's thumbs add."""
    card = story.card
    named = {
        "sources": say.many("{n} independent source", "{n} independent sources", card.independent),
        "spread": say("reposted by other channels"),
        "engagement": say("readers of the channel react"),
        "channel": say("the channel's weight"),
        "freshness": say("fresh"),
        "substance": say("substance: numbers, names, links"),
        "doubtful": say("looks like an advertisement"),
        "filter": say("raised or lowered by the editors"),
        "taste": say("your thumbs"),
    }
    parts = {**card.parts, "taste": liked}
    lines = [
        f"{value:+.2f} — {named[name]}"
        for name, value in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if name in named and round(value, 2)
    ]
    head = [Bold(cut(clean(card.title), _TITLE_UNITS)), _topics(story, reader, topics, say)]
    if story.pinned:
        head.append(Text(say("The editors have pinned this story for everybody.")))
    return Screen(text=as_list(*head, "", say("What its place is made of:"), *lines))


def _topics(story: ShelfStory, reader: Reader, topics: Sequence[Topic], say: Say) -> Text:
    titles = {topic.slug: clean(topic.title(say.lang)) for topic in topics}
    found = [titles[slug] for slug in story.card.topics if slug in titles]
    if not found:
        return Text(say("It has no topic; you read all topics."))
    listed = ", ".join(found)
    if reader.all_topics:
        return Text(say("Topics: {topics}. You read all topics but those you have muted.", topics=listed))
    return Text(say("Topics: {topics}. You have chosen at least one of them.", topics=listed))
