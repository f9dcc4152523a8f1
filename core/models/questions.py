"""The table of what people ask, and of what they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class QuestionRow(Base):
    """A question, its answer as it grows, and whether it was told; a bot that tells it holds its lease."""

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    wish: Mapped[str]
    chat_id: Mapped[int]
    thread_id: Mapped[int | None]
    asker_id: Mapped[int]
    place: Mapped[str]
    text: Mapped[str]
    lang: Mapped[str]
    tz: Mapped[str]
    after: Mapped[int | None] = mapped_column(ForeignKey("questions.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    request_id: Mapped[int]
    draft: Mapped[list[Any] | None] = mapped_column(JSONB)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=sql("0"))
    told_as: Mapped[int | None]
    told_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("wish IN ('answer', 'stories')", name="wish"),
        UniqueConstraint("chat_id", "place", name="uq_questions_chat_id_place"),
        Index("ix_questions_asker", "asker_id", "asked_at"),
        Index("ix_questions_after", "after"),
        Index("ix_questions_chat", "chat_id", "asked_at"),
        Index("ix_questions_told_as", "chat_id", "told_as"),
        Index("ix_questions_untold", "id", postgresql_where=sql("told_at IS NULL")),
    )
