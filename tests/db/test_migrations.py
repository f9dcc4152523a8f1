"""Migrations and models agree, up and down."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from core.db import migrate
from core.errors import SchemaError


def test_models_and_migrations_agree(database_url: str) -> None:
    """Autogenerate finds nothing to do after the newest migration."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        command.check(migrate.config(connection))
    engine.dispose()


def test_stairway(database_url: str) -> None:
    """Every revision goes up, down and up again, and down to nothing leaves nothing."""
    engine = create_engine(database_url)
    revisions = [script.revision for script in ScriptDirectory.from_config(migrate.config()).walk_revisions()][::-1]
    with engine.begin() as connection:
        command.downgrade(migrate.config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        left = "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
        assert connection.scalar(text(f"{left} WHERE nspname = 'public' AND proname LIKE 'procrastinate%'")) == 0
    for revision in revisions:
        with engine.begin() as connection:
            command.upgrade(migrate.config(connection), revision)
            command.downgrade(migrate.config(connection), "-1")
            command.upgrade(migrate.config(connection), revision)
    with engine.begin() as connection:
        assert "posts" in inspect(connection).get_table_names()
    engine.dispose()


def test_newer_tables_are_refused(database_url: str) -> None:
    """Tables at a revision that this program does not know stop it with a sentence."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SchemaError, match="9999"):
        migrate.upgrade(database_url)


def test_topics_are_seeded_in_order(database_url: str) -> None:
    """A new database has the taxonomy of the data file, with titles in both languages."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT slug, title_ru, title_en FROM topics ORDER BY position")).all()
    engine.dispose()
    assert 12 <= len(rows) <= 16
    assert rows[0].slug == "llm"
    assert all(row.title_ru and row.title_en for row in rows)
