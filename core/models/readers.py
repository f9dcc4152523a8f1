"""Tables of readers: who they are, what they chose and said, the stories on the shelf, and what was sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class ReaderRow(Base):
    """A subscriber: a person, a group (or one topic of a forum) or a channel. `due_at` stands while it is active."""

    __tablename__ = "readers"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    chat_id: Mapped[int]
    thread_id: Mapped[int | None]
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(server_default=sql("''"))
    lang: Mapped[str]
    tz: Mapped[str]
    hour: Mapped[int] = mapped_column(SmallInteger)
    days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    length: Mapped[str] = mapped_column(server_default=sql("'normal'"))
    quiet: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    all_topics: Mapped[bool] = mapped_column(Boolean, server_default=sql("true"))
    state: Mapped[str] = mapped_column(server_default=sql("'new'"))
    reason: Mapped[str | None]
    since: Mapped[datetime]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    subscribed_by: Mapped[int | None]

    __table_args__ = (
        Index("uq_readers_chat", "chat_id", sql("coalesce(thread_id, 0)"), unique=True),
        Index("ix_readers_due_at", "due_at", postgresql_where=sql("state = 'active'")),
        CheckConstraint("kind IN ('person', 'group', 'channel')", name="kind"),
        CheckConstraint("state IN ('new', 'active', 'paused', 'lost')", name="state"),
        CheckConstraint("length IN ('short', 'normal', 'long')", name="length"),
        CheckConstraint("hour BETWEEN 0 AND 23 AND cardinality(days) > 0", name="schedule"),
        CheckConstraint("(due_at IS NOT NULL) = (state = 'active')", name="due"),
    )


class ReaderTopicRow(Base):
    """A topic that a reader wants, or, if it wants all but some, one that it does not."""

    __tablename__ = "reader_topics"

    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(
        ForeignKey("topics.slug", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )


class ReaderChannelRow(Base):
    """At most so many stories of a channel in one digest; 0: none. Below 0: none, and −`most` once they are let in again."""

    __tablename__ = "reader_channels"

    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id", ondelete="CASCADE"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    most: Mapped[int] = mapped_column(SmallInteger)


class OpinionRow(Base):
    """A thumb up or down, with the story's topics and channels at that time."""

    __tablename__ = "opinions"

    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id", ondelete="CASCADE"), primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    value: Mapped[int] = mapped_column(SmallInteger)
    topics: Mapped[list[str]]
    channels: Mapped[list[int]]
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("value IN (-1, 1)", name="value"),)


class SavedStoryRow(Base):
    """A story that a reader keeps."""

    __tablename__ = "saved_stories"

    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id", ondelete="CASCADE"), primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    at: Mapped[datetime]


class ShelfRow(Base):
    """A story as it stands ready for digests, in one language. Derived: it can be dropped and made again.

    `arrived_at`: when the newest of its posts came to us; `last_seen`: when that was posted.
    """

    __tablename__ = "shelf"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)
    topics: Mapped[list[str]]
    channels: Mapped[list[int]]
    rank: Mapped[float]
    pinned: Mapped[bool] = mapped_column(Boolean)
    arrived_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str]

    __table_args__ = (
        Index("ix_shelf_arrived_at", "lang", "arrived_at"),
        Index("ix_shelf_last_seen", "lang", "last_seen"),
    )


class DeliveryRow(Base):
    """A digest for one reader: which stories it told, and of what time. `period` is NULL for one that was asked for.

    `as_of` goes with `stories`: up to when all that came of each is told; where it ends early, that is `until`.
    """

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id", ondelete="CASCADE"))
    period: Mapped[date | None]
    since: Mapped[datetime]
    until: Mapped[datetime]
    lang: Mapped[str]
    stories: Mapped[list[int]]
    as_of: Mapped[list[datetime]] = mapped_column(server_default=sql("'{}'"))
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("reader_id", "period", name="uq_deliveries_reader_id_period"),
        Index("ix_deliveries_made_at", "reader_id", "made_at"),
    )


class BodyRow(Base):
    """What a message says, once for all who get the same."""

    __tablename__ = "bodies"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    text: Mapped[str]
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    buttons: Mapped[list[list[dict[str, Any]]]] = mapped_column(JSONB)
    stories: Mapped[list[int]]
    made_at: Mapped[datetime]


class BroadcastRow(Base):
    """A message of an admin to every reader."""

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    made_by: Mapped[int]
    made_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


class MessageRow(Base):
    """A message on its way: pending → claimed → sending → sent, failed or unknown; written before it is sent.

    `place` orders the messages of a delivery; `doubt` says why it may have been sent twice, `error` why it was not sent.
    """

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("readers.id", ondelete="CASCADE"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column(SmallInteger)
    chat_id: Mapped[int]
    thread_id: Mapped[int | None]
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    urgent: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(server_default=sql("'pending'"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    not_before: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    telegram_id: Mapped[int | None]
    doubt: Mapped[str | None]
    error: Mapped[str | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'claimed', 'sending', 'sent', 'failed', 'unknown')", name="state"),
        CheckConstraint("(delivery_id IS NULL) <> (broadcast_id IS NULL)", name="cause"),
        UniqueConstraint("delivery_id", "place", name="uq_messages_delivery_id_place"),
        UniqueConstraint("broadcast_id", "reader_id", name="uq_messages_broadcast_id_reader_id"),
        Index("ix_messages_pending", sql("urgent DESC"), "id", postgresql_where=sql("state = 'pending'")),
        Index("ix_messages_chat", "chat_id", "id", postgresql_where=sql("state IN ('pending', 'claimed', 'sending')")),
        Index("ix_messages_lease", "lease_until", postgresql_where=sql("state IN ('claimed', 'sending')")),
        Index("ix_messages_reader_id", "reader_id"),
        Index("ix_messages_body_id", "body_id"),
    )


class PaceRow(Base):
    """When the next message may be sent, of all workers together; `paused_until`: Telegram asked us to wait."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    paused_until: Mapped[datetime | None]
