"""`svodka import`: posts from files into the archive, and from there into stories."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli import indexing, progress, shell
from core.db.engine import Database
from core.errors import ImportFileError, UsageError
from core.queue import wake_index
from core.store import channels as channel_store
from core.store import incoming
from core.types import Channel, ChannelKind, ImportCounts, Post, Problem, Skipped, SkipReason
from ingest import reader
from summarize import index as indexer

BATCH = 500
SNIFFED = 65_536


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of one file."""

    path: Path
    counts: ImportCounts = field(default_factory=ImportCounts)
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


def import_(
    paths: Annotated[list[Path], typer.Argument(help="Telegram Desktop exports (result.json), text dumps, or folders")],
    *,
    username: Annotated[
        list[str], typer.Option(help="ID=NAME: the public name of a channel, so that links to its posts can open")
    ] = [],  # noqa: B006  typer copies it
    member: Annotated[
        bool, typer.Option("--member", help="you are a member: link to posts of private channels")
    ] = False,
    no_index: Annotated[bool, typer.Option("--no-index", help="do not look for stories now")] = False,
) -> None:
    """Import posts. Running it again changes nothing; exit code 1 if some part of a file could not be imported."""
    names = usernames(username)
    raise SystemExit(shell.run(_import(paths, names, member=member, index=not no_index)))


def usernames(options: list[str]) -> dict[int | None, str]:
    """`ID=NAME` options as a mapping; a bare NAME, for the only channel of an import, has the key None.

    Raises:
        UsageError: an option is of neither form.
    """
    found: dict[int | None, str] = {}
    for option in options:
        number, _, name = option.rpartition("=")
        name = name.strip().removeprefix("https://t.me/").removeprefix("@")
        bare = number.strip().removeprefix("-100").removeprefix("channel")
        if not name.replace("_", "").isalnum() or (number and not bare.isdigit()):
            raise UsageError(f"--username {option!r} is neither NAME nor CHANNEL_ID=NAME")
        found[int(bare) if bare else None] = name
    return found


async def _import(paths: list[Path], names: dict[int | None, str], *, member: bool, index: bool) -> int:
    failed = False
    async with shell.database() as (settings, database):
        with progress.bars() as bars:
            for path in paths:
                failed |= await import_path(database, path, names=names, member=member, bars=bars)
        if index:
            with progress.bars() as bars:
                await indexing.work(settings, database, bars)
    return int(failed)


async def import_path(
    database: Database,
    path: Path,
    *,
    names: dict[int | None, str],
    member: bool = False,
    bars: progress.Bars | None = None,
    now: datetime | None = None,
    report_to: Callable[[Report], None] | None = None,
) -> bool:
    """Import a file or every known file of a folder, and report on each; True if anything could not be imported.

    `now` is when the posts are first seen: the time of undated ones. `bars` shows bytes read.
    """
    failed = False
    seen = now or indexer.utcnow()
    files = list(_files(path))
    read = partial(bars.advance, "read") if bars else _ignore
    if bars:
        bars.expect("read", sum(file.stat().st_size for file in files))
    for file in files:
        report = Report(path=file)
        try:
            await _import_file(database, report, seen, names=names, member=member, read=read)
        except (ImportFileError, OSError) as error:
            unread = f"the file cannot be read: {error.strerror or error}" if isinstance(error, OSError) else None
            reason = unread or str(error)
            report.problems.append(Problem(where="", message=reason))
        (report_to or print_report)(report)
        failed |= bool(report.problems)
    return failed


def _ignore(_count: int) -> None:
    """Nobody watches."""


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    found = list(reader.find_files(path))
    if not found:
        raise UsageError(f"{path}: nothing here that can be imported (a Telegram Desktop export as JSON, or a dump)")
    yield from found


async def _import_file(
    database: Database,
    report: Report,
    now: datetime,
    *,
    names: dict[int | None, str],
    member: bool,
    read: Callable[[int], None],
) -> None:
    with report.path.open("rb") as stream:
        kind = reader.sniff(stream.read(SNIFFED))
        stream.seek(0)
        posts = _posts(stream, kind, report)
        known: dict[Channel, int] = {}
        done = 0
        async with aclosing(_batches(stream, posts)) as batches:
            async for batch, place in batches:
                report.counts += await _store(database, batch, known, now, names=names, member=member)
                read(place - done)
                done = place


async def _batches(stream: BinaryIO, posts: Iterator[Post]) -> AsyncGenerator[tuple[list[Post], int]]:
    """Batches of posts, and up to which byte the file was read for each; one is read while the one before is stored."""

    def take() -> tuple[list[Post], int]:
        return list(islice(posts, BATCH)), stream.tell()

    ahead = asyncio.ensure_future(asyncio.to_thread(take))
    try:
        while (found := await ahead)[0]:
            ahead = asyncio.ensure_future(asyncio.to_thread(take))
            yield found
    finally:
        # A thread cannot be interrupted, and the file may only be closed once it no longer reads.
        await asyncio.wait([ahead])


def _posts(stream: BinaryIO, kind: reader.FileKind, report: Report) -> Iterator[Post]:
    """Posts of a file; what is not a post goes into the report."""
    for item in reader.read_file(stream, kind=kind, name=report.path.stem):
        match item:
            case Post():
                yield item
            case Skipped():
                report.skipped[item.reason] += item.count
            case Problem():
                report.problems.append(item)


async def _store(
    database: Database,
    batch: list[Post],
    known: dict[Channel, int],
    now: datetime,
    *,
    names: dict[int | None, str],
    member: bool,
) -> ImportCounts:
    """One transaction: channels, posts, and the wake-up that they need."""
    async with database.begin() as session:
        for channel in {post.channel for post in batch} - known.keys():
            named = replace(channel, username=_username(channel, names) or channel.username)
            known[channel] = await channel_store.upsert(
                session, named, member=member and channel.kind is ChannelKind.PRIVATE
            )
        counts = await incoming.upsert(session, batch, channels=known, now=now)
        # A name that was given may have sent posts back that are otherwise unchanged; to be woken for nothing is cheap.
        if counts.new or counts.changed or names:
            await wake_index(session)
    return counts


def _username(channel: Channel, names: dict[int | None, str]) -> str | None:
    if channel.tg_id is None:
        return None
    return names.get(channel.tg_id) or names.get(None)


def print_report(report: Report) -> None:
    """One line on a file, and one per problem on standard error."""
    counts = report.counts
    skipped = ", ".join(f"{count} × {reason.value}" for reason, count in sorted(report.skipped.items()))
    print(
        f"{report.path}: {counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, "
        f"{report.skipped.total()} skipped{f' ({skipped})' if skipped else ''}"
        + (f", {len(report.problems)} could not be imported" if report.problems else "")
    )
    for problem in report.problems:
        print(f"  {report.path}: {problem.where + ': ' if problem.where else ''}{problem.message}", file=sys.stderr)
