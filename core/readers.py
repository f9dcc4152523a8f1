"""Domain types of readers and of what is sent to them: who reads, what they chose, digests on their way, messages.

Plain frozen dataclasses, as in `core.types`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.types import StoryCard

# --- who reads -------------------------------------------------------------------------------------------------------


class ReaderKind(enum.StrEnum):
    """What a reader is at Telegram."""

    PERSON = "person"
    GROUP = "group"
    CHANNEL = "channel"


class ReaderState(enum.StrEnum):
    """Whether digests are sent: not subscribed yet, active, paused by the reader, or lost (blocked us, or no right to write)."""

    NEW = "new"
    ACTIVE = "active"
    PAUSED = "paused"
    LOST = "lost"


class Length(enum.StrEnum):
    """How long a reader's digests are."""

    SHORT = "short"
    NORMAL = "normal"
    LONG = "long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What a reader wants of a channel: nothing (0 stories a digest), or at most so many."""

    channel_id: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A subscriber. `chat_id` is Telegram's (negative for groups and channels), `thread_id` a topic of a forum group.

    `hour` (0–23) and `days` (ISO weekdays, 1–7) are local to `tz`, an IANA name. With `all_topics`, `topics` are those
    left out; without, those wanted. `since`: everything that came before it has been told, or is no news. `due_at`: when
    the next digest is due, None unless active. `reason` says why a reader is lost.
    """

    id: int
    chat_id: int
    thread_id: int | None
    kind: ReaderKind
    title: str
    lang: str
    tz: str
    hour: int
    days: tuple[int, ...]
    length: Length
    quiet: bool
    all_topics: bool
    topics: frozenset[str] = frozenset()
    caps: tuple[Cap, ...] = ()
    state: ReaderState
    reason: str | None = None
    since: datetime
    due_at: datetime | None = None
    created_at: datetime
    subscribed_by: int | None = None

    def wants(self, slug: str) -> bool:
        """Whether stories of a topic are for this reader."""
        return (slug in self.topics) != self.all_topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a reader said of a story, +1 or -1, with the topics and channels that it had then."""

    story_id: int
    value: int
    topics: tuple[str, ...]
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What choosing for a reader needs to know of the past: up to when all that came of each story was shown, and what was
    said of some.
    """

    shown: Mapping[int, datetime] = field(default_factory=dict)
    opinions: tuple[Opinion, ...] = ()


# --- stories on the shelf --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfStory:
    """A story as it stands ready for digests, in one language.

    `card.claims` say when each became known to us (`known_at`). `arrived_at`: when the newest of its posts came to us, as
    against `card.last_seen`, when that was posted. `channels` posted it (ids of rows). A pinned story stands first.
    """

    card: StoryCard
    arrived_at: datetime
    channels: tuple[int, ...]
    pinned: bool = False


# --- what is sent ----------------------------------------------------------------------------------------------------


class MessageState(enum.StrEnum):
    """Where a message is on its way. `unknown`: it was being sent when its worker died or the answer was lost."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A message's content, shared by all who get the same: text, entities as Telegram has them (UTF-16 units), buttons.

    `marks` are objects of Telegram's MessageEntity, `buttons` rows of InlineKeyboardButton; `stories` those told in it.
    """

    text: str
    marks: tuple[Mapping[str, Any], ...] = ()
    buttons: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    stories: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A digest for one reader, rendered. `period` is the local date it stands for, None for one that was asked for.

    `as_of`: for each story, up to when all that came of it is told; () stands for `until`.
    """

    reader_id: int
    chat_id: int
    thread_id: int | None
    period: date | None
    since: datetime
    until: datetime
    lang: str
    stories: tuple[int, ...]
    bodies: tuple[Body, ...]
    as_of: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that a worker has taken to send. `tries`: how often it was begun before. `resend`: it may have arrived."""

    id: int
    reader_id: int | None
    chat_id: int
    thread_id: int | None
    broadcast: bool
    tries: int
    resend: bool
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """How many messages are in each state."""

    pending: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
