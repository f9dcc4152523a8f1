"""Accounts that read for us, the channels that they follow, messages that could not be read; albums by their group.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_STATES = "'wanted', 'requested', 'reading', 'protected', 'paused', 'not_found', 'private', 'banned', 'too_many'"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tg_id", sa.BigInteger(), nullable=True),
        sa.Column("requests", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("waited", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("access_hash", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("wait_until", _MOMENT, nullable=True),
        sa.Column("watermark", sa.BigInteger(), nullable=True),
        sa.Column("floor", sa.BigInteger(), nullable=True),
        sa.Column("backfill_since", _MOMENT, nullable=True),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_follows_state")),
        sa.CheckConstraint(
            "state NOT IN ('reading', 'protected') OR (channel_id IS NOT NULL AND access_hash IS NOT NULL)",
            name=op.f("ck_follows_resolved"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_follows_account_id_accounts")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_follows_channel_id_channels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
    )
    op.create_index("uq_follows_asked", "follows", ["account_id", "asked"], unique=True)
    op.create_index("uq_follows_channel", "follows", ["account_id", "channel_id"], unique=True)
    op.create_index("ix_follows_channel_id", "follows", ["channel_id"], unique=False)
    op.create_table(
        "unread_messages",
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_unread_messages_channel_id_channels"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel_id", "message_id", name=op.f("pk_unread_messages")),
    )
    op.add_column("posts", sa.Column("group_id", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("preview", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("posts", sa.Column("protected", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "uq_posts_group",
        "posts",
        ["channel_id", "group_id"],
        unique=True,
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_posts_group", table_name="posts", postgresql_where=sa.text("group_id IS NOT NULL"))
    op.drop_column("posts", "protected")
    op.drop_column("posts", "preview")
    op.drop_column("posts", "group_id")
    op.drop_table("unread_messages")
    op.drop_index("ix_follows_channel_id", table_name="follows")
    op.drop_index("uq_follows_channel", table_name="follows")
    op.drop_index("uq_follows_asked", table_name="follows")
    op.drop_table("follows")
    op.drop_table("accounts")
