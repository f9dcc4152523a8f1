"""Up to when all that came of a story is told by a digest: what was on its way to it is news of the next one.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Digests of before keep the moment they were made at: a constant default rewrites no rows."""
    moments = postgresql.ARRAY(sa.DateTime(timezone=True))
    op.add_column("deliveries", sa.Column("as_of", moments, server_default=sa.text("'{}'"), nullable=False))


def downgrade() -> None:
    """Take the column out."""
    op.drop_column("deliveries", "as_of")
