"""`svodka demo`: the main job from beginning to end on the sample feed, in a data directory of its own."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot import page
from cli import digest, feed, importing, indexing, progress, shell
from core.db.engine import Database, open_database
from core.settings import Settings
from core.store import moments

LIMIT = 12
WINDOW = timedelta(days=4)
#: All that the feed has counts as found in the last hours of its last day.
FOUND = feed.ENDS - timedelta(hours=2)

Clock = Callable[[], datetime]


def demo(
    *,
    lang: Annotated[digest.Lang | None, typer.Option(help="language; default: SVODKA_LANGUAGE")] = None,
    html: Annotated[Path | None, typer.Option(help="where to write the page; default: in the data directory")] = None,
) -> None:
    """Read the sample posts, find the stories in them, print the digest, and write it as a page."""
    shell.run(_demo(lang=lang, html=html))


async def _demo(*, lang: digest.Lang | None, html: Path | None) -> None:
    found = shell.settings()
    language = lang.value if lang else found.language
    with _own_directory(found) as settings:
        async with open_database(settings) as database:
            with progress.bars() as bars:
                names = _usernames()
                await importing.import_path(
                    database,
                    feed.folder(),
                    names=names,
                    bars=bars,
                    now=FOUND,
                    report_to=_complain,
                )
                # By the clock of the posts: a story that was found on the day on which somebody tries this would be none of
                # those days that `svodka chat` and its figures tell of.
                await indexing.work(settings, database, bars, clock=clock_from(await last_moment(database) or FOUND))
            chosen = await digest.compose(
                database, since=feed.ENDS - WINDOW, until=feed.ENDS, only=[], lang=language, limit=LIMIT, now=feed.ENDS
            )
        digest.print_digest(chosen, settings, now=feed.ENDS, format_=digest.Format.TEXT)
        target = html or settings.data_dir / "digest.html"
        target.write_text(
            page.page(chosen, now=feed.ENDS, tz=settings.tz, title="Сводка" if language == "ru" else "Svodka"), "utf-8"
        )
    sys.stdout.flush()
    print(f"\nThe same digest as it looks in Telegram: {target}")


def clock_from(start: datetime) -> Clock:
    """A clock that begins at `start` and goes on from there, as time does: what is leased by it becomes free again."""
    begun = datetime.now(UTC)
    return lambda: start + (datetime.now(UTC) - begun)


async def last_moment(database: Database) -> datetime | None:
    """When something was last done in the demo, here or in a chat: its clocks go on from there, so that what is shown has been
    shown, and what is leased becomes free.
    """
    async with database.begin() as session:
        return await moments.latest(session)


def is_made(found: Settings) -> bool:
    """Whether the demo has been run here."""
    return (found.data_dir / "demo" / "feed").exists()


def settings_of(found: Settings) -> Settings:
    """The demo never touches the operator's archive: an embedded server of its own under the data directory.

    Where DATABASE_URL is set, too: the sample posts have no business in that database.
    """
    return found.model_copy(update={"data_dir": found.data_dir / "demo", "database_url": None})


@contextmanager
def _own_directory(found: Settings) -> Iterator[Settings]:
    """A directory with the sample posts as they are now, found when they now count as found, or an empty one."""
    directory = found.data_dir / "demo"
    mark = hashlib.blake2b(FOUND.isoformat().encode(), digest_size=8)
    for file in sorted(feed.folder().rglob("*")):
        if file.is_file():
            mark.update(file.read_bytes())
    noted = directory / "feed"
    if directory.exists() and (not noted.exists() or noted.read_text() != mark.hexdigest()):
        shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    noted.write_text(mark.hexdigest())
    yield settings_of(found)


def _complain(report: importing.Report) -> None:
    """The demo reports on a file only if something is wrong with it."""
    if report.problems:
        importing.print_report(report)


def _usernames() -> dict[int | None, str]:
    """The feed's channels are invented, and so are their usernames."""
    return {
        post.channel.tg_id: f"svodka_sample_{post.channel.tg_id % 100:02d}"
        for post in feed.posts(feed.folder())
        if post.channel.tg_id is not None
    }
