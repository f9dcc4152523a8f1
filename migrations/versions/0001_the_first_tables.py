"""The first tables: posts and what is found in them, the queue's schema, the taxonomy.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import tomllib
from importlib import resources

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    _tables()
    # The queue's own schema, as the pinned procrastinate ships it; a newer one brings a revision of its own.
    # Through the driver's cursor, without parameters: the script holds % signs that are no placeholders.
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())
    _seed()


def _seed() -> None:
    """The local embedding model is row 1, which the partial index above names; topics come from the data file."""
    op.execute("INSERT INTO embedding_models (name, dimension) VALUES ('use-multilingual-3/0.2.1', 512)")
    taxonomy = tomllib.loads(resources.files("core").joinpath("taxonomy.toml").read_text("utf-8"))
    columns = ("slug", "position", "title_ru", "title_en", "about", "names", "stems")
    table = sa.table("topics", *(sa.column(name) for name in columns))
    op.bulk_insert(table, [{"position": place, **topic} for place, topic in enumerate(taxonomy["topic"])])


def _tables() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tg_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("member", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("weight", sa.REAL(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('public', 'private', 'dump')", name=op.f("ck_channels_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("tg_id", name=op.f("uq_channels_tg_id")),
    )
    op.create_index(
        "uq_channels_dump_name", "channels", ["name"], unique=True, postgresql_where=sa.text("tg_id IS NULL")
    )
    op.create_table(
        "embedding_models",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embedding_models")),
        sa.UniqueConstraint("name", name=op.f("uq_embedding_models_name")),
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["stories.id"], name=op.f("fk_stories_merged_into_stories")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_index(
        "ix_stories_merged_into",
        "stories",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "topics",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title_ru", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("names", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("stems", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_topics")),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("dump_key", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("origin_name", sa.Text(), nullable=True),
        sa.Column("origin_channel", sa.BigInteger(), nullable=True),
        sa.Column("origin_message", sa.BigInteger(), nullable=True),
        sa.Column("origin_author", sa.Text(), nullable=True),
        sa.Column("origin_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("media", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("album_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("reply_to", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("forwards", sa.BigInteger(), nullable=True),
        sa.Column("reactions", sa.BigInteger(), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('new', 'lined', 'prepared', 'indexed')", name=op.f("ck_posts_state")),
        sa.CheckConstraint("(message_id IS NULL) <> (dump_key IS NULL)", name=op.f("ck_posts_identity")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_posts_channel_id_channels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(
        "ix_posts_state", "posts", ["state", "id"], unique=False, postgresql_where=sa.text("state <> 'indexed'")
    )
    op.create_index("uq_posts_dump_key", "posts", ["dump_key"], unique=True)
    op.create_index("uq_posts_message", "posts", ["channel_id", "message_id"], unique=True)
    op.create_table(
        "indexed_posts",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dated", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("clean_text", sa.Text(), nullable=False),
        sa.Column("ad", sa.Text(), nullable=False),
        sa.Column("ad_reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=True),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("self_keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("refers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("topics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_indexed_posts_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_indexed_posts_story_id_stories")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_indexed_posts")),
    )
    op.create_index("ix_indexed_posts_channel_sequence", "indexed_posts", ["channel_id", "sequence"], unique=False)
    op.create_index("ix_indexed_posts_refers", "indexed_posts", ["refers"], unique=False, postgresql_using="gin")
    op.create_index("ix_indexed_posts_self_keys", "indexed_posts", ["self_keys"], unique=False, postgresql_using="gin")
    op.create_index("ix_indexed_posts_story_id", "indexed_posts", ["story_id"], unique=False)
    op.create_index("ix_indexed_posts_time", "indexed_posts", ["time"], unique=False)
    op.create_table(
        "links",
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.REAL(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("verdict IN ('copy', 'same', 'maybe', 'apart')", name=op.f("ck_links_verdict")),
        sa.CheckConstraint("first < second", name=op.f("ck_links_order")),
        sa.ForeignKeyConstraint(["first"], ["posts.id"], name=op.f("fk_links_first_posts"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["second"], ["posts.id"], name=op.f("fk_links_second_posts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_links")),
    )
    op.create_index("ix_links_second", "links", ["second"], unique=False)
    op.create_table(
        "post_keys",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("common", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_keys_post_id_posts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kind", "value", "post_id", name=op.f("pk_post_keys")),
    )
    op.create_index("ix_post_keys_all", "post_keys", ["kind", "value", "time"], unique=False)
    op.create_index("ix_post_keys_post_id", "post_keys", ["post_id"], unique=False)
    op.create_index(
        "ix_post_keys_rare",
        "post_keys",
        ["kind", "value", "time"],
        unique=False,
        postgresql_where=sa.text("NOT common"),
    )
    op.create_table(
        "post_lines",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_lines_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", "line", "post_id", name=op.f("pk_post_lines")),
    )
    op.create_index(
        "ix_post_lines_counted", "post_lines", ["source", "line"], unique=False, postgresql_where=sa.text("counts")
    )
    op.create_index("ix_post_lines_post_id", "post_lines", ["post_id"], unique=False)
    op.create_table(
        "post_versions",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_versions_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "version", name=op.f("pk_post_versions")),
    )
    op.create_table(
        "vectors",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("model_id", sa.SmallInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vector", HALFVEC(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["embedding_models.id"], name=op.f("fk_vectors_model_id_embedding_models")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_vectors_post_id_posts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "model_id", "part", name=op.f("pk_vectors")),
    )
    op.create_index(
        "ix_vectors_local_hnsw",
        "vectors",
        [sa.literal_column("(vector::halfvec(512))").label("local")],
        unique=False,
        postgresql_using="hnsw",
        postgresql_ops={"local": "halfvec_cosine_ops"},
        postgresql_where=sa.text("part = 0 AND model_id = 1"),
    )
    op.create_index("ix_vectors_text_hash", "vectors", ["text_hash"], unique=False)
    op.create_index(
        "ix_vectors_time", "vectors", ["model_id", "time"], unique=False, postgresql_where=sa.text("part = 0")
    )


def downgrade() -> None:
    _drop_queue()
    op.drop_index("ix_vectors_time", table_name="vectors", postgresql_where=sa.text("part = 0"))
    op.drop_index("ix_vectors_text_hash", table_name="vectors")
    op.drop_index(
        "ix_vectors_local_hnsw",
        table_name="vectors",
        postgresql_using="hnsw",
        postgresql_where=sa.text("part = 0 AND model_id = 1"),
    )
    op.drop_table("vectors")
    op.drop_table("post_versions")
    op.drop_index("ix_post_lines_counted", table_name="post_lines", postgresql_where=sa.text("counts"))
    op.drop_index("ix_post_lines_post_id", table_name="post_lines")
    op.drop_table("post_lines")
    op.drop_index("ix_post_keys_rare", table_name="post_keys", postgresql_where=sa.text("NOT common"))
    op.drop_index("ix_post_keys_post_id", table_name="post_keys")
    op.drop_index("ix_post_keys_all", table_name="post_keys")
    op.drop_table("post_keys")
    op.drop_index("ix_links_second", table_name="links")
    op.drop_table("links")
    op.drop_index("ix_indexed_posts_time", table_name="indexed_posts")
    op.drop_index("ix_indexed_posts_self_keys", table_name="indexed_posts", postgresql_using="gin")
    op.drop_index("ix_indexed_posts_refers", table_name="indexed_posts", postgresql_using="gin")
    op.drop_index("ix_indexed_posts_story_id", table_name="indexed_posts")
    op.drop_index("ix_indexed_posts_channel_sequence", table_name="indexed_posts")
    op.drop_table("indexed_posts")
    op.drop_index("uq_posts_message", table_name="posts")
    op.drop_index("uq_posts_dump_key", table_name="posts")
    op.drop_index("ix_posts_state", table_name="posts", postgresql_where=sa.text("state <> 'indexed'"))
    op.drop_table("posts")
    op.drop_table("topics")
    op.drop_index("ix_stories_merged_into", table_name="stories", postgresql_where=sa.text("merged_into IS NOT NULL"))
    op.drop_table("stories")
    op.drop_table("embedding_models")
    op.drop_index("uq_channels_dump_name", table_name="channels", postgresql_where=sa.text("tg_id IS NULL"))
    op.drop_table("channels")


def _drop_queue() -> None:
    """Procrastinate has no way down: drop what begins with its name. The extension stays: others may use it."""
    op.execute("""
        DO $$
        DECLARE statement text;
        BEGIN
            FOR statement IN
                SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) FROM pg_tables
                WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%'
                UNION ALL
                SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
                WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'procrastinate\\_%'
                UNION ALL
                SELECT format('DROP TYPE IF EXISTS %I CASCADE', t.typname) FROM pg_type t
                WHERE t.typnamespace = current_schema()::regnamespace AND t.typname LIKE 'procrastinate\\_%'
                    AND t.typtype IN ('c', 'e')
            LOOP
                EXECUTE statement;
            END LOOP;
        END $$
    """)
