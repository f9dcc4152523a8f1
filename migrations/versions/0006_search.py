"""What searching needs: the words of posts, titles apart, and an index of their passages by meaning.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORDS = r"""
setweight(to_tsvector('russian'::regconfig, replace(split_part(clean_text, chr(10), 1), 'ё'::text, 'е'::text)), 'A'::"char")
|| setweight(to_tsvector('russian'::regconfig, replace(
    substr(clean_text, length(split_part(clean_text, chr(10), 1)) + 1), 'ё'::text, 'е'::text)), 'B'::"char")
"""


def upgrade() -> None:
    """Rewrites `indexed_posts`, once, and builds both indexes: minutes, where there are millions of posts."""
    # The default of 64 MB would build the index of vectors on disk.
    op.execute("SET LOCAL maintenance_work_mem = '512MB'")
    op.add_column(
        "indexed_posts", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(_WORDS, persisted=True), nullable=True)
    )
    op.create_index(
        "ix_indexed_posts_words",
        "indexed_posts",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_vectors_local_passages",
        "vectors",
        [sa.literal_column("(vector::halfvec(512))").label("local")],
        postgresql_using="hnsw",
        postgresql_ops={"local": "halfvec_cosine_ops"},
        postgresql_where=sa.text("part > 0 AND model_id = 1"),
    )


def downgrade() -> None:
    """Take both out."""
    op.drop_index("ix_vectors_local_passages", table_name="vectors")
    op.drop_index("ix_indexed_posts_words", table_name="indexed_posts")
    op.drop_column("indexed_posts", "words")
