"""Summaries, judgements, calls of models and their endpoints; embedding models of which one is active.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "embedding_models", sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("embedding_models", sa.Column("scale", postgresql.JSONB(), nullable=True))
    op.create_index(
        "uq_embedding_models_active", "embedding_models", ["active"], unique=True, postgresql_where=sa.text("active")
    )
    op.execute("UPDATE embedding_models SET active = true WHERE id = 1")
    op.create_table(
        "endpoints",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ability", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rests_until", _MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_endpoints")),
    )
    op.create_table(
        "model_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("seconds", sa.REAL(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_calls")),
    )
    op.create_index("ix_model_calls_started_at", "model_calls", ["started_at"], unique=False)
    op.create_table(
        "summaries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("gist", postgresql.JSONB(), nullable=False),
        sa.Column("claims", postgresql.JSONB(), nullable=False),
        sa.Column("topics", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.Column("covers_until", _MOMENT, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('written', 'extracted')", name=op.f("ck_summaries_state")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_summaries_story_id_stories")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
    )
    op.create_index("uq_summaries_version", "summaries", ["story_id", "lang", "version"], unique=True)
    op.create_index("ix_summaries_key", "summaries", ["key"], unique=False)
    op.create_table(
        "writings",
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_writings_story_id_stories")),
        sa.PrimaryKeyConstraint("story_id", "lang", name=op.f("pk_writings")),
    )
    op.create_table(
        "judgements",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("posts", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint("purpose IN ('same', 'ad')", name=op.f("ck_judgements_purpose")),
        sa.PrimaryKeyConstraint("purpose", "key", "made_by", name=op.f("pk_judgements")),
    )
    op.create_index("ix_judgements_posts", "judgements", ["posts"], unique=False, postgresql_using="gin")


def downgrade() -> None:
    for table in ("judgements", "writings", "summaries", "model_calls", "endpoints"):
        op.drop_table(table)
    # Vectors of other models mean nothing to the tables that come back.
    op.execute("DELETE FROM vectors WHERE model_id <> 1")
    op.execute("DELETE FROM embedding_models WHERE id <> 1")
    op.drop_index("uq_embedding_models_active", "embedding_models")
    op.drop_column("embedding_models", "scale")
    op.drop_column("embedding_models", "active")
