"""Databases for tests: each as the template has it, made anew only where a test has left more behind than rows.

Making a database means making five hundred files, which takes longer than most tests; deleting a few rows takes milliseconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from core.db import embedded

#: A database that has grown beyond the template by more than this is not used again.
GROWN = 8_000_000
#: What tests may change besides rows: whatever has a name, and its columns.
_SHAPE = """
    SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
        SELECT concat(c.relname, c.relkind, c.reloptions, (SELECT string_agg(concat(a.attname, a.atttypid, a.attnotnull), ',' ORDER BY
            a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)) AS line
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat(conname, convalidated, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat(adrelid::regclass, adnum, pg_get_expr(adbin, adrelid)) FROM pg_attrdef
        UNION ALL SELECT concat(indexrelid::regclass, indisvalid, pg_get_indexdef(indexrelid)) FROM pg_index
            WHERE indrelid::regclass::text NOT LIKE 'pg\\_%'
        UNION ALL SELECT concat(proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT concat(tgname, tgenabled, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat(extname, extversion) FROM pg_extension
        UNION ALL SELECT concat(nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
        UNION ALL SELECT concat(s.setconfig) FROM pg_db_role_setting s
    ) AS named
"""
_EMPTY = """
    DO $$ DECLARE held record; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR held IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('DELETE FROM public.%I', held.tablename);
        END LOOP;
    END $$
"""


class SpareDatabases:
    """Databases of one server that no test uses, and what the template holds."""

    def __init__(self, server: embedded.EmbeddedServer) -> None:
        self._server = server
        self._names = (f"test_{number}" for number in itertools.count())
        self._spare: list[str] = []
        with self._connection("svodka") as connection:
            self._shape = connection.execute(_SHAPE.encode()).fetchone()
            self._size = _size(connection)
            tables = [
                row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ]
            self._rows = {table: rows for table in tables if (rows := _copied(connection, table))}
            self._sequences = _sequences(connection)

    def url(self, name: str) -> str:
        """Its address."""
        return self._server.url.replace("/svodka?", f"/{name}?")

    def take(self) -> str:
        """The name of a database that is as the template."""
        if self._spare:
            return self._spare.pop()
        name = next(self._names)
        with self._connection("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE svodka").format(sql.Identifier(name)))
        return name

    def give_back(self, name: str) -> None:
        """The test is over: nobody uses the database any more."""
        with self._connection("postgres") as connection:
            # With a time it waits: what is being committed is in time to be deleted.
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        if self._restored(name):
            self._spare.append(name)
            return
        with self._connection("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _restored(self, name: str) -> bool:
        """Put the template's rows in place of all that is there; False where more than rows was changed."""
        try:
            with self._connection(name) as connection:
                # An index of vectors remembers what was deleted until it is vacuumed, and finds less for it.
                vectors = connection.execute("SELECT pg_relation_size('vectors')").fetchone()
                if (
                    vectors != (0,)
                    or _size(connection) > self._size + GROWN
                    or connection.execute(_SHAPE.encode()).fetchone() != self._shape
                ):
                    return False
                with connection.transaction():
                    connection.execute(_EMPTY)
                    connection.execute("SET LOCAL session_replication_role = replica")
                    for table, rows in self._rows.items():
                        statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
                        with connection.cursor() as cursor, cursor.copy(statement) as copy:
                            copy.write(rows)
                    for sequence, value, is_called in self._sequences:
                        connection.execute("SELECT setval(%s::regclass, %s, %s)", [sequence, value, is_called])
        except psycopg.Error:  # a table that is gone, a database that takes no connections
            return False
        return True

    @contextmanager
    def _connection(self, name: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        address = self._server.dsn.replace("dbname=svodka", f"dbname={name}")
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection


def _size(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(str(row[0]))


def _copied(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bytes:
    statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(chunk) for chunk in copy)


def _sequences(connection: psycopg.Connection[tuple[object, ...]]) -> list[tuple[str, int, bool]]:
    """Name, value, and whether that was handed out already."""
    names = connection.execute(
        "SELECT format('%I', sequencename) FROM pg_sequences WHERE schemaname = 'public'"
    ).fetchall()
    found = []
    for (name,) in names:
        row = connection.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.SQL(str(name)))).fetchone()
        assert row is not None
        found.append((str(name), int(str(row[0])), bool(row[1])))
    return found
