"""Readers, what they chose, said and were sent; stories on the shelf; filters, requests, admins and their log.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_LIST = postgresql.ARRAY(sa.Text())
_NUMBERS = postgresql.ARRAY(sa.BigInteger())
_JSON = postgresql.JSONB()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _foreign(table: str, column: str, other: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    target = {"topics": "slug", "readers": "id"}.get(other, "id")
    return sa.ForeignKeyConstraint(
        [column],
        [f"{other}.{target}"],
        name=op.f(f"fk_{table}_{column}_{other}"),
        ondelete=ondelete,
        onupdate="CASCADE" if other == "topics" else None,
    )


def upgrade() -> None:
    op.add_column("topics", sa.Column("merged_into", sa.Text(), nullable=True))
    op.add_column("indexed_posts", sa.Column("labelled_by", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("indexed_posts", sa.Column("filtered_by", sa.Text(), server_default=sa.text("''"), nullable=False))
    _readers()
    _shelf()
    _outgoing()
    _admins()


def _readers() -> None:
    op.create_table(
        "readers",
        _id(),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("tz", sa.Text(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("days", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("length", sa.Text(), server_default=sa.text("'normal'"), nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("all_topics", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("subscribed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'group', 'channel')", name=op.f("ck_readers_kind")),
        sa.CheckConstraint("state IN ('new', 'active', 'paused', 'lost')", name=op.f("ck_readers_state")),
        sa.CheckConstraint("length IN ('short', 'normal', 'long')", name=op.f("ck_readers_length")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23 AND cardinality(days) > 0", name=op.f("ck_readers_schedule")),
        sa.CheckConstraint("(due_at IS NOT NULL) = (state = 'active')", name=op.f("ck_readers_due")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readers")),
    )
    op.create_index("uq_readers_chat", "readers", ["chat_id", sa.text("coalesce(thread_id, 0)")], unique=True)
    op.create_index("ix_readers_due_at", "readers", ["due_at"], postgresql_where=sa.text("state = 'active'"))
    op.create_table(
        "reader_topics",
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        _foreign("reader_topics", "reader_id", "readers", ondelete="CASCADE"),
        _foreign("reader_topics", "slug", "topics", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reader_id", "slug", name=op.f("pk_reader_topics")),
    )
    op.create_table(
        "reader_channels",
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.SmallInteger(), nullable=False),
        _foreign("reader_channels", "reader_id", "readers", ondelete="CASCADE"),
        _foreign("reader_channels", "channel_id", "channels", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reader_id", "channel_id", name=op.f("pk_reader_channels")),
    )
    op.create_table(
        "opinions",
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("topics", _LIST, nullable=False),
        sa.Column("channels", _NUMBERS, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("value IN (-1, 1)", name=op.f("ck_opinions_value")),
        _foreign("opinions", "reader_id", "readers", ondelete="CASCADE"),
        _foreign("opinions", "story_id", "stories"),
        sa.PrimaryKeyConstraint("reader_id", "story_id", name=op.f("pk_opinions")),
    )
    op.create_table(
        "saved_stories",
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _foreign("saved_stories", "reader_id", "readers", ondelete="CASCADE"),
        _foreign("saved_stories", "story_id", "stories"),
        sa.PrimaryKeyConstraint("reader_id", "story_id", name=op.f("pk_saved_stories")),
    )


def _shelf() -> None:
    op.create_table(
        "shelf",
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("card", _JSON, nullable=False),
        sa.Column("topics", _LIST, nullable=False),
        sa.Column("channels", _NUMBERS, nullable=False),
        sa.Column("rank", sa.REAL(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        _foreign("shelf", "story_id", "stories"),
        sa.PrimaryKeyConstraint("story_id", "lang", name=op.f("pk_shelf")),
    )
    op.create_index("ix_shelf_arrived_at", "shelf", ["lang", "arrived_at"])
    op.create_index("ix_shelf_last_seen", "shelf", ["lang", "last_seen"])


def _outgoing() -> None:
    op.create_table(
        "deliveries",
        _id(),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("stories", _NUMBERS, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        _foreign("deliveries", "reader_id", "readers", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("reader_id", "period", name=op.f("uq_deliveries_reader_id_period")),
    )
    op.create_index("ix_deliveries_made_at", "deliveries", ["reader_id", "made_at"])
    op.create_table(
        "bodies",
        _id(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marks", _JSON, nullable=False),
        sa.Column("buttons", _JSON, nullable=False),
        sa.Column("stories", _NUMBERS, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
    )
    op.create_table(
        "broadcasts",
        _id(),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("stopped_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_table(
        "messages",
        _id(),
        sa.Column("reader_id", sa.BigInteger(), nullable=True),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("broadcast_id", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", _MOMENT, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'failed', 'unknown')", name=op.f("ck_messages_state")
        ),
        sa.CheckConstraint("(delivery_id IS NULL) <> (broadcast_id IS NULL)", name=op.f("ck_messages_cause")),
        _foreign("messages", "reader_id", "readers", ondelete="CASCADE"),
        _foreign("messages", "delivery_id", "deliveries", ondelete="CASCADE"),
        _foreign("messages", "broadcast_id", "broadcasts", ondelete="CASCADE"),
        _foreign("messages", "body_id", "bodies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("delivery_id", "place", name=op.f("uq_messages_delivery_id_place")),
        sa.UniqueConstraint("broadcast_id", "reader_id", name=op.f("uq_messages_broadcast_id_reader_id")),
    )
    under_way = sa.text("state IN ('pending', 'claimed', 'sending')")
    op.create_index(
        "ix_messages_pending",
        "messages",
        [sa.text("urgent DESC"), "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_messages_chat", "messages", ["chat_id", "id"], postgresql_where=under_way)
    op.create_index(
        "ix_messages_lease",
        "messages",
        ["lease_until"],
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index("ix_messages_reader_id", "messages", ["reader_id"])
    op.create_index("ix_messages_body_id", "messages", ["body_id"])
    op.create_table(
        "pace",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("paused_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )


def _admins() -> None:
    op.create_table(
        "filters",
        _id(),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("topics", _LIST, nullable=False),
        sa.Column("channels", _NUMBERS, nullable=False),
        sa.Column("weight", sa.REAL(), nullable=False),
        sa.Column("threshold", sa.REAL(), nullable=True),
        sa.Column("vector", HALFVEC(), nullable=True),
        sa.Column("model_id", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("action IN ('drop', 'boost', 'pin')", name=op.f("ck_filters_action")),
        sa.CheckConstraint(
            "kind IN ('keyword', 'regex', 'channel', 'topic', 'language', 'ad', 'meaning')",
            name=op.f("ck_filters_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filters")),
    )
    op.create_table(
        "filter_hits",
        sa.Column("filter_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        _foreign("filter_hits", "filter_id", "filters", ondelete="CASCADE"),
        _foreign("filter_hits", "post_id", "posts", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("filter_id", "post_id", name=op.f("pk_filter_hits")),
    )
    op.create_index("ix_filter_hits_post_id", "filter_hits", ["post_id"])
    op.create_table(
        "requests",
        _id(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked", _JSON, nullable=False),
        sa.Column("answer", _JSON, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'asked'"), nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('asked', 'done', 'failed')", name=op.f("ck_requests_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_asked", "requests", ["id"], postgresql_where=sa.text("state = 'asked'"))
    op.create_table(
        "admins",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_admins")),
    )
    op.create_table(
        "admin_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_admin_codes")),
    )
    op.create_table(
        "audit",
        _id(),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("admin_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", _JSON, nullable=True),
        sa.Column("after", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "troubles",
        _id(),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_troubles")),
    )
    op.create_index("ix_troubles_told", "troubles", ["id"], postgresql_where=sa.text("NOT told"))
    op.create_table(
        "conversations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_conversations")),
    )


def downgrade() -> None:
    for table in (
        *("conversations", "troubles", "audit", "admin_codes", "admins", "requests", "filter_hits", "filters"),
        *("pace", "messages", "broadcasts", "bodies", "deliveries", "shelf"),
        *("saved_stories", "opinions", "reader_channels", "reader_topics", "readers"),
    ):
        op.drop_table(table)
    op.drop_column("indexed_posts", "filtered_by")
    op.drop_column("indexed_posts", "labelled_by")
    op.drop_column("topics", "merged_into")
