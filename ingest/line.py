"""What everything that runs on one connection shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.types import Follow
from ingest.client import Telegram
from ingest.keep import Kept, Writing
from ingest.plan import Turns
from ingest.records import Record

#: Told of what has become of a channel's messages once it is in the archive, with the records that came as events.
Committed = Callable[[Follow, Kept, Sequence[Record]], None]


def nobody(_follow: Follow, _kept: Kept, _records: Sequence[Record]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connection to Telegram, the way into the archive, the clock, and what is remembered of turns while it lasts."""

    telegram: Telegram
    writing: Writing
    turns: Turns
    clock: Callable[[], datetime]
    committed: Committed = nobody
