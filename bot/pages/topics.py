"""The topics that a reader wants: a list of toggles, and all of it in a line.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, Text

from bot.keyboards import AdminTopicsPress
from bot.pages.presses import TopicPress, button, in_rows, setting, turns
from bot.screens import Screen
from bot.spans import clean, cut
from bot.speech import Say
from core.readers import Reader
from core.types import Topic

#: Topics on a page.
IN_A_PAGE = 20
#: Longest title on a button, and so many titles that are named in a line.
TITLE_UNITS, NAMED = 40, 4


def name(topic: Topic, lang: str) -> str:
    """A topic's title as it may be shown."""
    return cut(clean(topic.title(lang)), TITLE_UNITS) or topic.slug


def summary(reader: Reader, topics: Sequence[Topic], say: Say) -> str:
    """What a reader wants, in a few words; `topics` are those in use."""
    wanted = [name(topic, say.lang) for topic in topics if reader.wants(topic.slug)]
    left_out = [name(topic, say.lang) for topic in topics if not reader.wants(topic.slug)]
    if not wanted and topics:
        return say("none (choose at least one)")
    if reader.all_topics:
        if not left_out:
            return say("all, new ones too")
        if len(left_out) <= NAMED:
            return say("all but {names}", names=", ".join(left_out))
        return say("{n} of {all}, and new ones", n=len(wanted), all=len(topics))
    if len(wanted) <= NAMED:
        return ", ".join(wanted)
    return say("{n} of {all}", n=len(wanted), all=len(topics))


def topics_page(
    reader: Reader,
    topics: Sequence[Topic],
    page: int,
    say: Say,
    *,
    counts: Mapping[str, int] | None = None,
    is_admin: bool = False,
) -> Screen:
    """The topics in use, each on or off. `counts`: how many stories of the last week have a topic (slug)."""
    last = max(len(topics) - 1, 0) // IN_A_PAGE
    page = min(page, last)
    toggles = [
        _toggle(reader, topic, page, say, (counts or {}).get(topic.slug))
        for topic in topics[page * IN_A_PAGE : (page + 1) * IN_A_PAGE]
    ]
    return Screen(
        text=_text(reader, topics, say, counted=bool(counts)),
        buttons=[
            [
                button(say("All topics"), TopicPress(do="all", slug="", page=page, reader=reader.id)),
                button(say("No topics"), TopicPress(do="none", slug="", page=page, reader=reader.id)),
            ],
            *in_rows(toggles, 2),
            turns(page, last, lambda to: TopicPress(do="list", slug="", page=to, reader=reader.id)),
            [setting("‹ " + say("Back"), "home", reader.id)],
            [button("✏️ " + say("Edit topics"), AdminTopicsPress(do="list", slug="", page=0))] if is_admin else [],
        ],
    )


def _text(reader: Reader, topics: Sequence[Topic], say: Say, *, counted: bool) -> Text:
    if not topics:
        return Text(say("There are no topics yet: everything comes."))
    if not any(reader.wants(topic.slug) for topic in topics):
        note = say("Nothing is ticked, so digests would be empty. Tick what you want to read.")
    elif reader.all_topics:
        note = say("Untick what you don't want. Topics that appear later come as well.")
    else:
        note = say("Only what is ticked comes. Topics that appear later don't.")
    lines: list[object] = [Bold(say("Your topics: {topics}", topics=summary(reader, topics, say))), "\n\n", note]
    if counted:
        lines += ["\n", say("The numbers count the stories of the last week.")]
    return Text(*lines)


def _toggle(reader: Reader, topic: Topic, page: int, say: Say, count: int | None) -> InlineKeyboardButton:
    is_on = reader.wants(topic.slug)
    label = f"{'✅' if is_on else '▫️'} {name(topic, say.lang)}" + (f" · {count}" if count else "")
    return button(label, TopicPress(do="off" if is_on else "on", slug=topic.slug, page=page, reader=reader.id))
