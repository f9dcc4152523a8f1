"""What people ask of the archive, and what they are answered.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The table and its indexes."""
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("asker_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("tz", sa.Text(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("draft", postgresql.JSONB(), nullable=True),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("told_as", sa.BigInteger(), nullable=True),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.CheckConstraint("wish IN ('answer', 'stories')", name=op.f("ck_questions_wish")),
        sa.ForeignKeyConstraint(
            ["after"], ["questions.id"], name=op.f("fk_questions_after_questions"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("chat_id", "place", name="uq_questions_chat_id_place"),
    )
    op.create_index("ix_questions_asker", "questions", ["asker_id", "asked_at"])
    op.create_index("ix_questions_after", "questions", ["after"])
    op.create_index("ix_questions_chat", "questions", ["chat_id", "asked_at"])
    op.create_index("ix_questions_told_as", "questions", ["chat_id", "told_as"])
    op.create_index("ix_questions_untold", "questions", ["id"], postgresql_where=sa.text("told_at IS NULL"))


def downgrade() -> None:
    """What was asked is forgotten."""
    op.drop_table("questions")
