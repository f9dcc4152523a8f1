"""Brings the tables to the newest revision, once for all processes that start together."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from core.errors import SchemaError

#: Advisory lock held while tables change, so that two programs that start together do not both change them.
_LOCK = 7_110_001


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file: the scripts are the package `migrations`."""
    result = Config()
    result.set_main_option("script_location", str(resources.files("migrations")))
    result.attributes["connection"] = connection
    return result


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that are missing, all in one transaction.

    Raises:
        SchemaError: the tables are at a revision that this program does not know.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            settings = config(connection)
            scripts = ScriptDirectory.from_config(settings)
            if MigrationContext.configure(connection).get_current_revision() == scripts.get_current_head():
                return
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _refuse_newer(connection, scripts)
            command.upgrade(settings, revision)
    finally:
        engine.dispose()


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaError(f"the tables are at revision {current}, which this Svodka does not know: install a newer one")
