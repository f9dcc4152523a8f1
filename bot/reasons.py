"""Why a story stands in a reader's digest: the parts of its rank in words, and what the reader's own choice did.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.utils.formatting import Bold, Text, as_list

from bot.pages.admin_presses import decimal
from bot.screens import Screen
from bot.spans import clean, cut, units
from bot.speech import Say
from core.readers import Reader, ShelfStory
from core.types import Topic

_TITLE_UNITS = 200
#: Telegram shows no more above a chat.
ALERT_UNITS = 200


def page(story: ShelfStory, liked: float, reader: Reader, topics: Sequence[Topic], say: Say) -> Screen:
    """What speaks for the story, the most telling part first; `liked` is what the reader's thumbs add."""
    head = [Bold(cut(clean(story.card.title), _TITLE_UNITS)), _topics(story, reader, topics, say)]
    if story.pinned:
        head.append(Text(say("The editors have pinned this story for everybody.")))
    parts = _parts(story, liked, say)
    told = [say("What its place is made of:"), *parts] if parts else [_nothing(say)]
    return Screen(text=as_list(*head, "", *told))


def alert(story: ShelfStory, liked: float, say: Say) -> str:
    """The most telling parts, as many as Telegram shows to one person above a chat where others read along."""
    pinned = [say("The editors have pinned this story for everybody.")] if story.pinned else []
    told = ""
    for line in [*pinned, *_parts(story, liked, say)]:
        longer = f"{told}\n{line}" if told else line
        if units(longer) > ALERT_UNITS:
            break
        told = longer
    return told or _nothing(say)


def _nothing(say: Say) -> str:
    return say("Nothing in particular speaks for it or against it.")


def _parts(story: ShelfStory, liked: float, say: Say) -> list[str]:
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
    return [
        f"{'+' if value > 0 else '−'}{decimal(abs(value), say, digits=2)} — {named[name]}"
        for name, value in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if name in named and round(value, 2)
    ]


def _topics(story: ShelfStory, reader: Reader, topics: Sequence[Topic], say: Say) -> Text:
    titles = {topic.slug: clean(topic.title(say.lang)) for topic in topics}
    found = [titles[slug] for slug in story.card.topics if slug in titles]
    if not found:
        return Text(say("It has no topic."))
    wanted = [titles[slug] for slug in story.card.topics if slug in titles and reader.wants(slug)]
    told = (
        say("Topic: {topic}", topic=found[0]) if len(found) == 1 else say("Topics: {topics}", topics=", ".join(found))
    )
    return Text(told, ". ", _choice(found, wanted, reader, say))


def _choice(found: Sequence[str], wanted: Sequence[str], reader: Reader, say: Say) -> str:
    """What the reader has said of a story's topics, by their titles; none that was just named is named again in vain."""
    alone = len(found) == 1
    if reader.all_topics:
        if found[0] not in wanted:
            return say("You have muted it.") if alone else say("You have muted the first of these.")
        return say("You read all topics but those you have muted.") if reader.topics else say("You read all topics.")
    if not wanted:
        return say("You have not chosen it.") if alone else say("You have chosen none of these.")
    if len(wanted) == len(found):
        return say("You have chosen it.") if alone else say("You have chosen all of these.")
    return say("Of these you have chosen: {names}.", names=", ".join(wanted))
