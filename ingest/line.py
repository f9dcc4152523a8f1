"""What everything that runs on one connection shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.types import Follow
from ingest.client import Telegram
from ingest.keep import Kept, Writing
from ingest.plan import Turns
from ingest.records import Record
from ingest.shown import News

#: Told of what has become of a channel's messages once it is in the archive, with the records that came as events.
Committed = Callable[[Follow, Kept, Sequence[Record]], None]


def nobody(_follow: Follow, _kept: Kept, _records: Sequence[Record]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connection to Telegram, the way into the archive, the clock, and what is remembered of turns while it lasts.

    `meanwhile`: what events tell of a channel while a step on it is under way, by follow: newer than the step's pages.
    """

    telegram: Telegram
    writing: Writing
    turns: Turns
    clock: Callable[[], datetime]
    committed: Committed = nobody
    meanwhile: dict[int, News] = field(default_factory=dict)
