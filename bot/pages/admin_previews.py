"""What a change would do, as an admin is told it: while it is looked for, when it is late, and when it is known.

Pure. Answers are those of `summarize.previews`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiogram.utils.formatting import Bold, Text, TextLink

from bot.pages import thresholds
from bot.spans import clean, cut, safe_url
from bot.speech import Say
from core.filters import Filter, FilterKind, Request

#: Longest title of a story or a post, and name of a channel.
TITLE_UNITS, CHANNEL_UNITS = 90, 32
#: Topics besides the changed one that are named.
MOST_OTHERS = 8
#: Of posts that mean something like a phrase, so many of the nearest are shown beside those at the threshold.
MOST_NEAREST = 3


def waiting(request: Request | None, say: Say) -> str | None:
    """What is said while there is no answer: it is looked for (None: was only just asked), late, or there is none."""
    if request is None:
        return say("⏳ Still looking through the last week…")
    if not request.done:
        return say("The preview is late: is the summarizer running? You can go on without it, or look again.")
    if request.answer is None:
        return say("There is no preview: {reason}", reason=cut(clean(request.reason or "—"), 400))
    return None


# --- topics ----------------------------------------------------------------------------------------------------------


def moves(answer: Mapping[str, Any], say: Say) -> list[object]:
    """Stories of the last week that would enter and leave topics."""
    if not answer["topics"]:
        return [say("No story of the last week would move.")]
    first, *others = answer["topics"]
    lines: list[object] = [
        Bold(
            say(
                "{topic}: {before} → {after} of {all} stories of the last week",
                topic=_title(first, say),
                before=first["before"],
                after=first["after"],
                all=answer["stories"],
            )
        )
    ]
    if not first["enter"]["count"] and not first["leave"]["count"]:
        lines += ["\n", say("None would enter or leave.")]
    lines += _stories("➕ " + say("Would enter: {n}", n=first["enter"]["count"]), first["enter"])
    lines += _stories("➖ " + say("Would leave: {n}", n=first["leave"]["count"]), first["leave"])
    if others:
        moved = ", ".join(f"{_title(topic, say)} {_moved(topic)}" for topic in others[:MOST_OTHERS])
        lines += ["\n", say("Other topics: {moved}", moved=moved)]
    return lines


def _moved(topic: Mapping[str, Any]) -> str:
    counts = {"+": topic["enter"]["count"], "−": topic["leave"]["count"]}
    return " ".join(f"{sign}{count}" for sign, count in counts.items() if count)


def _title(topic: Mapping[str, Any], say: Say) -> str:
    title = topic["title_ru"] if say.lang == "ru" else topic["title_en"]
    return cut(clean(str(title)), 40) or str(topic["slug"])


def _stories(heading: str, told: Mapping[str, Any]) -> list[object]:
    if not told["count"]:
        return []
    titles = [f"\n• {cut(clean(str(story['title'])), TITLE_UNITS)}" for story in told["examples"]]
    more = ["\n…"] if told["count"] > len(titles) else []
    return ["\n", heading, *titles, *more]


# --- filters ---------------------------------------------------------------------------------------------------------


def meets(answer: Mapping[str, Any], given: Filter, say: Say) -> list[object]:
    """What a filter would do to the last week."""
    if not answer["looked"]:
        return [Bold(say("There were no posts in the last week."))]
    if not answer["posts"]:
        none = Bold(say("No post of the last week meets it, out of {all}.", all=answer["looked"]))
        return [none, *(_around(answer, say) if given.kind is FilterKind.MEANING else [])]
    posts = say.many("{n} post", "{n} posts", answer["posts"])
    stories = say.many("{n} story", "{n} stories", answer["stories"])
    heading = say("In the last week: {posts} of {all}, {stories}", posts=posts, all=answer["looked"], stories=stories)
    lines: list[object] = [Bold(heading)]
    for name in ("vanish", "shrink", "rise", "sink", "pinned"):
        if count := answer.get(name, {}).get("count", 0):
            lines += ["\n", _effect(name, count, say)]
    if given.kind is FilterKind.MEANING:
        return [*lines, *_around(answer, say)]
    lines += ["\n\n", say("Posts that it meets:"), *examples(answer["examples"], say)]
    return [*lines, *_more(answer["posts"] - len(answer["examples"]), say)]


def _effect(name: str, count: int, say: Say) -> str:
    match name:
        case "vanish":
            return say.many("{n} story would vanish", "{n} stories would vanish", count)
        case "shrink":
            return say.many("{n} story would lose posts", "{n} stories would lose posts", count)
        case "rise":
            return say.many("{n} story would rise", "{n} stories would rise", count)
        case "sink":
            return say.many("{n} story would sink", "{n} stories would sink", count)
        case _:
            return say.many("{n} story would be pinned", "{n} stories would be pinned", count)


def _around(answer: Mapping[str, Any], say: Say) -> list[object]:
    """Posts on both sides of a threshold, with how near each is: all that reach it, if they are few."""
    nearest, above, least = answer["examples"], answer.get("above", ()), answer["threshold"]
    lines: list[object] = []
    if answer["posts"] <= len(nearest):
        if nearest:
            lines += ["\n\n", say("Near enough:"), *examples(nearest, say, least)]
    else:
        lines += ["\n\n", say("The nearest:"), *examples(nearest[:MOST_NEAREST], say, least)]
        lines += _more(answer["posts"] - len(nearest[:MOST_NEAREST]) - len(above), say)
        if above:
            lines += ["\n\n", say("Only just near enough:"), *examples(above, say, least)]
    if answer.get("below"):
        lines += ["\n\n", say("Just not near enough:"), *examples(answer["below"], say, least)]
    return lines


def _more(count: int, say: Say) -> list[object]:
    """How many posts there are that are not shown."""
    return ["\n… ", say.many("and {n} more post", "and {n} more posts", count)] if count > 0 else []


def examples(posts: Sequence[Mapping[str, Any]], say: Say, threshold: float | None = None) -> list[object]:
    """Posts, each with its channel, its link where one can open, and how near it is, where there is a threshold."""
    lines: list[object] = []
    for post in posts:
        title = cut(clean(str(post["title"])), TITLE_UNITS) or "…"
        url = safe_url(post.get("url"))
        near = "" if threshold is None else f"{thresholds.near(post['cosine'], threshold, say)} "
        channel = cut(clean(str(post["channel"])), CHANNEL_UNITS)
        lines += ["\n• ", near, TextLink(title, url=url) if url else Text(title), f" · {channel}"]
    return lines
