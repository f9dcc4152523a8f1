"""What the benches do and time, on an embedded server of their own in a temporary folder."""

from __future__ import annotations

import asyncio
import math
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from cli import bench_feed, importing, indexing
from core.db.engine import Database, open_database
from core.settings import Settings
from core.store import yardstick
from summarize import index as indexer
from summarize import keys

#: Rounds of import and bare writing, in turn, so that a slow moment of the machine hits both.
ROUNDS = 3
#: Single posts whose indexing is timed, after one that warms up.
SINGLES = 25

Say = Callable[[str], None]


@asynccontextmanager
async def workbench() -> AsyncIterator[tuple[Settings, Database, Path]]:
    """Settings, an empty database, and a folder for files; all gone afterwards."""
    with _folder() as folder:
        settings = Settings(database_url=None, data_dir=folder / "data")
        async with open_database(settings) as database:
            yield settings, database, folder


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder; as root, the server runs as another user, who must be able to enter."""
    with tempfile.TemporaryDirectory(prefix="svodka-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


# --- import ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFigures:
    """Posts a second of the import and of bare writing (medians of ROUNDS); peak memory in MB at a tenth and at all."""

    posts: int
    imported: float
    bare: float
    memory_tenth: float
    memory_all: float

    @property
    def rate(self) -> float:
        """The import's rate as a share of bare writing's."""
        return self.imported / self.bare

    @property
    def memory(self) -> float:
        """Peak memory with all posts over that with a tenth of them."""
        return self.memory_all / self.memory_tenth


async def run_import(posts: int, say: Say) -> ImportFigures:
    """Import a generated feed and write the same rows barely, in turn; then import a tenth and all in fresh processes."""
    async with workbench() as (settings, database, folder):
        say(f"writing {posts} and {posts // 10} posts as exports")
        bench_feed.write(folder / "all", posts)
        bench_feed.write(folder / "tenth", posts // 10)
        imported, bare = [], []
        for place in range(ROUNDS):
            say(f"round {place + 1} of {ROUNDS}")
            imported.append(await _timed_import(database, folder / "all"))
            bare.append(await _timed_copy(database))
        say("peak memory, each import in a process of its own")
        peaks = [_peak(settings, folder / name) for name in ("tenth", "all")]
    return ImportFigures(
        posts=posts,
        imported=posts / median(imported),
        bare=posts / median(bare),
        memory_tenth=peaks[0],
        memory_all=peaks[1],
    )


async def _timed_import(database: Database, folder: Path) -> float:
    await _empty(database)
    begun = time.perf_counter()
    await importing.import_path(database, folder, names={}, report_to=_silent)
    return time.perf_counter() - begun


async def _timed_copy(database: Database) -> float:
    async with database.begin() as session:
        rows = await yardstick.rows(session)
    await _empty(database)
    begun = time.perf_counter()
    async with database.begin() as session:
        await yardstick.copy(session, rows)
    return time.perf_counter() - begun


async def _empty(database: Database) -> None:
    async with database.begin() as session:
        await yardstick.empty(session)


def _silent(report: importing.Report) -> None:
    """A bench reads its own files: a problem in one is a fault of the bench."""
    if report.problems:
        raise AssertionError(report.problems[0].message)


def _peak(settings: Settings, folder: Path) -> float:
    """Peak memory in MB of a fresh process that imports a folder into an empty database."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_import_alone, settings.data_dir, folder).result()


def _import_alone(data_dir: Path, folder: Path) -> float:
    async def work() -> None:
        async with open_database(Settings(database_url=None, data_dir=data_dir)) as database:
            await _timed_import(database, folder)

    asyncio.run(work())
    return _peak_of_this_process()


def _peak_of_this_process() -> float:
    """In MB. Linux hands a parent's peak on to its children in `ru_maxrss`, but not in VmHWM (proc(5))."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


# --- index -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFigures:
    """Seconds to index a tenth of the posts and all of them, and one post beside `few` and beside `many` others."""

    posts: int
    tenth: float
    all: float
    few: int
    many: int
    beside_few: float
    beside_many: float

    @property
    def exponent(self) -> float:
        """Of the growth of time with the number of posts: 1 is linear."""
        return math.log10(self.all / self.tenth)

    @property
    def slower(self) -> float:
        """How many times longer one post takes beside many others."""
        return self.beside_many / self.beside_few


async def run_index(posts: int, say: Say) -> IndexFigures:
    """Index a tenth of a generated feed, then all of it; then single posts, after each growth of what lies beside them."""
    async with workbench() as (settings, database, folder):
        with indexer.executor(indexing.worker_processes(settings)) as pool:
            await _warm(database, pool, folder)
            say(f"indexing {posts // 10} posts")
            tenth = await _timed_index(settings, database, pool, folder / "tenth", posts // 10)
            say(f"indexing single posts beside {posts // 10}")
            few = await _timed_singles(database, pool, folder / "few", posts // 10)
            say(f"indexing {posts} posts")
            everything = await _timed_index(settings, database, pool, folder / "all", posts)
            say(f"copying the index to {posts * 10} posts")
            async with database.begin() as session:
                many = await yardstick.multiply(session, 10, window=keys.WINDOW)
            async with database.engine.begin() as connection:
                await connection.exec_driver_sql("ANALYZE")
            say(f"indexing single posts beside {many}")
            crowded = await _timed_singles(database, pool, folder / "many", posts)
    return IndexFigures(
        posts=posts, tenth=tenth, all=everything, few=posts // 10, many=many, beside_few=few, beside_many=crowded
    )


async def _warm(database: Database, pool: Executor, folder: Path) -> None:
    """Load the model in every process, which otherwise only the first run would pay."""
    bench_feed.write(folder / "warm", 400)
    await importing.import_path(database, folder / "warm", names={}, report_to=_silent)
    await indexer.run(database, pool, width=4)


async def _timed_index(settings: Settings, database: Database, pool: Executor, folder: Path, posts: int) -> float:
    await _empty(database)
    bench_feed.write(folder, posts)
    await importing.import_path(database, folder, names={}, report_to=_silent)
    begun = time.perf_counter()
    await indexer.run(database, pool, width=indexing.worker_processes(settings))
    return time.perf_counter() - begun


async def _timed_singles(database: Database, pool: Executor, folder: Path, before: int) -> float:
    """Median seconds of indexing one more post of the feed of which `before` are there."""
    more = list(bench_feed.posts(before + SINGLES + 1))[before:]
    times = []
    for place, made in enumerate(more):
        bench_feed.write_posts(folder / str(place), [made])
        await importing.import_path(database, folder / str(place), names={}, report_to=_silent)
        begun = time.perf_counter()
        await indexer.run(database, pool)
        times.append(time.perf_counter() - begun)
    return median(times[1:])
