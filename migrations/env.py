"""Run by alembic: uses the connection that `core.db.migrate` hands over, or, from the command line, the settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from core.models import Base
from core.settings import load


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_server_default=True, include_name=_is_ours
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The queue's tables belong to procrastinate, whose own schema the migrations install."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    url = load().database_url
    if url is None:
        raise SystemExit("set DATABASE_URL to run alembic by hand")
    engine = create_engine(url)
    with engine.connect() as own:
        _run(own)
    engine.dispose()
