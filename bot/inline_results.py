"""What is shown to who types `@bot words` in a chat: stories to be sent with a tap, a page at a time.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import answers
from bot.answers import Shown
from bot.spans import clean, cut, first_url
from bot.speech import Say
from bot.typography import bound
from core.answers import Answer, Hit
from core.readers import ShelfStory
from core.types import ClaimKind

#: Results on a page (Telegram takes 50); it asks for the next one when somebody scrolls there.
ON_A_PAGE = 10
#: A description is shown in two or three rows, a button above the results in one.
_DESCRIPTION_UNITS, _BUTTON_UNITS = 220, 60
_OFFSET = re.compile(r"([0-9]{1,18}):([0-9]{1,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A story as it stands in the list, and the message that a tap sends."""

    id: str
    title: str
    description: str
    message: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Stories in order; `after` is the place of the one after them, None for none."""

    hits: tuple[Hit, ...]
    after: int | None


def page(hits: Sequence[Hit], start: int, gone: Collection[int]) -> Page:
    """The stories from a place on; those whose post is gone are passed over, and places stay what they are."""
    left = [(place, hit) for place, hit in enumerate(hits) if place >= start and hit.post.id not in gone]
    after = left[ON_A_PAGE][0] if len(left) > ON_A_PAGE else None
    return Page(hits=tuple(hit for _, hit in left[:ON_A_PAGE]), after=after)


def result(hit: Hit, say: Say, *, now: datetime, tz: ZoneInfo) -> Result:
    """A story that was found, to be shared."""
    said = f"{cut(clean(hit.sentence), _DESCRIPTION_UNITS)} {answers.mark(hit, say, now=now, tz=tz)}"
    return Result(
        id=str(hit.story_id),
        title=answers.title(hit, say),
        description=bound(said.rstrip()),
        message=answers.story(hit, say, now=now, tz=tz),
    )


def ready(story: ShelfStory) -> Hit | None:
    """A story that stands ready, with its first sentence and the post that says it; None of one without.

    One side of a dispute is not told alone.
    """
    card = story.card
    posts = {post.id: post for post in card.posts}
    said = next((one for one in card.sentences if one.kind is not ClaimKind.DISPUTED and one.post_id in posts), None)
    if said is None:
        return None
    post = posts[said.post_id]
    url = first_url([post.url, post.origin_url, *(one.url for one in card.posts)])
    return Hit.of(card, replace(post, url=url, text=""), said.text)


# --- instead of stories ----------------------------------------------------------------------------------------------


def nothing(found: Answer, say: Say) -> str:
    """What the button says where nothing was found: why, if something is wrong with what was typed."""
    return clean(found.wrong) or say("Nothing was found: try other words")


def button_text(told: str) -> str:
    """On one line, and no longer than a button is."""
    return bound(cut(clean(told), _BUTTON_UNITS))


# --- where the next page begins --------------------------------------------------------------------------------------


def offset(question_id: int, place: int) -> str:
    """What Telegram hands back when more of an answer is wanted."""
    return f"{question_id}:{place}"


def at(typed: str) -> tuple[int, int] | None:
    """The question and the place that an offset names; None of a forged one."""
    found = _OFFSET.fullmatch(typed)
    return (int(found[1]), int(found[2])) if found else None
