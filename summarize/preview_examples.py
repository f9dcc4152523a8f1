"""What previews are asked and tell alike: how far back they look, posts and stories as examples, in plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.db.engine import Session
from core.store import index as index_store
from core.store import posts as post_store
from core.types import StoredPost
from summarize import cards, headline
from summarize.cards import Ranked
from summarize.mistakes import Fault

#: So many of each.
MOST = 8
TITLE_LENGTH = 120
#: A preview looks back so many days unless it is asked otherwise, and at most so many.
DAYS, MOST_DAYS = 7, 30


def days(asked: Mapping[str, Any]) -> int:
    """How many days a preview looks back.

    Raises:
        Fault: what is asked for is no number.
    """
    try:
        return max(1, min(MOST_DAYS, int(asked.get("days", DAYS))))
    except (TypeError, ValueError, OverflowError) as error:
        raise Fault("unreadable", reason=error) from None


async def of_stories(
    session: Session, lists: Mapping[str, Sequence[Ranked]], *, lang: str
) -> dict[str, dict[str, Any]]:
    """Of each list of stories how many there are, and the first of them with their titles, in `lang` where they have one."""
    wanted = {story.id: story for stories in lists.values() for story in stories[:MOST]}
    titles = {card.id: card.title for card in await cards.cards(session, list(wanted.values()), lang=lang)}
    return {
        name: {
            "count": len(stories),
            "examples": [{"id": story.id, "title": titles[story.id]} for story in stories[:MOST] if story.id in titles],
        }
        for name, stories in lists.items()
    }


async def of_posts(
    session: Session, post_ids: Sequence[int], cosines: Mapping[int, float] | None = None
) -> list[dict[str, Any]]:
    """The first of these posts, with the cosines by which they were found, if they were."""
    wanted = list(post_ids[:MOST])
    stored = {post.id: post for post in await post_store.by_ids(session, wanted)}
    indexed = await index_store.load(session, wanted, model_id=0, vectors=False)
    return [
        {
            "post": post_id,
            "channel": stored[post_id].channel.name,
            "title": title(indexed[post_id].clean_text if post_id in indexed else "", stored[post_id]),
            "url": cards.post_url(stored[post_id]),
            "date": None if stored[post_id].date is None else stored[post_id].time.isoformat(),
            **({} if cosines is None else {"cosine": cosines[post_id]}),
        }
        for post_id in wanted
        if post_id in stored
    ]


def title(clean_text: str, post: StoredPost) -> str:
    """How a post begins, in a line; of one that says nothing, as it stands in its channel."""
    line = next((found for line in clean_text.splitlines() if (found := headline.titled(line))), "")
    line = line or " ".join(post.text.split())
    if len(line) <= TITLE_LENGTH:
        return line
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,.:;—–-") + "…"
