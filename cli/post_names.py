"""How a post is named on the command line: by its number here, or by a link to its message.

Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(?:p|post)[ :#-]?(?P<number>\d{1,18})", re.IGNORECASE)
_LINK = re.compile(
    r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?(?:c/(?P<tg_id>\d{1,18})|(?P<username>[A-Za-z]\w{3,31}))(?:/\d+)??"
    r"/(?P<message>\d{1,18})/?(?:\?\S*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A post by `number`, or by `message_id` in the channel with this username or bare id; `told` is what was typed."""

    told: str
    number: int | None = None
    username: str | None = None
    tg_id: int | None = None
    message_id: int = 0


def parse(text: str) -> Named | None:
    """The post that `text` names, or None if it names none."""
    told = text.strip()
    if match := _NUMBER.fullmatch(told):
        return Named(told=told, number=int(match["number"]))
    if match := _LINK.fullmatch(told):
        tg_id = match["tg_id"]
        return Named(
            told=told,
            username=match["username"],
            tg_id=int(tg_id) if tg_id else None,
            message_id=int(match["message"]),
        )
    return None
