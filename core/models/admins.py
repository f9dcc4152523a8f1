"""Tables of those who steer: admins and what they did, filters and what they met, requests, troubles, dialogues."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class FilterRow(Base):
    """A rule that drops, boosts or pins; `topics` and `channels` are its scope, empty: everywhere."""

    __tablename__ = "filters"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    action: Mapped[str]
    kind: Mapped[str]
    pattern: Mapped[str]
    topics: Mapped[list[str]]
    channels: Mapped[list[int]]
    weight: Mapped[float]
    threshold: Mapped[float | None]
    vector: Mapped[Any | None] = mapped_column(HALFVEC())
    model_id: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str]
    enabled: Mapped[bool] = mapped_column(Boolean)
    expires_at: Mapped[datetime | None]
    made_by: Mapped[int]
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("action IN ('drop', 'boost', 'pin')", name="action"),
        CheckConstraint("kind IN ('keyword', 'regex', 'channel', 'topic', 'language', 'ad', 'meaning')", name="kind"),
    )


class FilterHitRow(Base):
    """A post that a filter met."""

    __tablename__ = "filter_hits"

    filter_id: Mapped[int] = mapped_column(ForeignKey("filters.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("ix_filter_hits_post_id", "post_id"),)


class RequestRow(Base):
    """Work that one program asks of another, and its answer."""

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=sql("'asked'"))
    lease_until: Mapped[datetime | None]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state IN ('asked', 'done', 'failed')", name="state"),
        Index("ix_requests_asked", "id", postgresql_where=sql("state = 'asked'")),
    )


class AdminRow(Base):
    """Somebody who may steer, beside those that the settings name."""

    __tablename__ = "admins"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    granted_by: Mapped[int | None]
    granted_at: Mapped[datetime]


class AdminCodeRow(Base):
    """A code that makes whoever sends it an admin, once; only its hash is kept."""

    __tablename__ = "admin_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    used_by: Mapped[int | None]


class AuditRow(Base):
    """What an admin changed: before and after."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    admin_id: Mapped[int]
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class TroubleRow(Base):
    """Something that went wrong and an admin should know of: where, and the error; `told` once admins have had word of it."""

    __tablename__ = "troubles"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    place: Mapped[str]
    error: Mapped[str]
    told: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))

    __table_args__ = (Index("ix_troubles_told", "id", postgresql_where=sql("NOT told")),)


class ConversationRow(Base):
    """Where somebody is in a dialogue with the bot, and what was said so far."""

    __tablename__ = "conversations"

    key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime]
