"""`svodka channels`: which channels are followed, how far each is read, and what keeps one from being read."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.cells import cell_len, set_cell_size

from cli import indexing, progress, shell
from core import channel_names as names
from core.db.engine import Database, Session
from core.errors import AccountBusy, NotFound, UsageError
from core.settings import Settings
from core.store import accounts as account_store
from core.store import follows as follow_store
from core.store import messages as message_store
from core.store import steering
from core.types import Follow, FollowReport, FollowState

#: How often rows are looked at while somebody waits for them.
LOOK_SECONDS = 0.3
#: Columns of a name in the list.
NAME_WIDTH = 32

app = typer.Typer(help="Choose the channels that are read through your Telegram account.", no_args_is_help=True)

Names = Annotated[
    list[str], typer.Argument(help="@name, address, number or title, as `svodka channels list` shows them")
]


@app.command()
def add(
    channels: Annotated[
        list[str] | None, typer.Argument(help="@name, https://t.me/name or an invite link; several will do")
    ] = None,
    *,
    folder: Annotated[list[str] | None, typer.Option(help="every channel of this folder of your Telegram")] = None,
    days: Annotated[int, typer.Option(min=0, max=3650, help="read so many days of history as well")] = 7,
) -> None:
    """Follow channels: look them up, join them where need be, and read their history."""
    asked = [names.canonical(channel) for channel in channels or ()]
    asked += [f"{names.FOLDER}{name.strip()}" for name in folder or ()]
    if not asked:
        raise UsageError("name a channel, or a folder with --folder")
    raise SystemExit(shell.run(_add(asked, days=days)))


async def _add(asked: Sequence[str], *, days: int) -> int:
    from ingest.account import kept_session

    async with shell.database() as (settings, database):
        kept_session(settings)
        now = datetime.now(UTC)
        since = now - timedelta(days=days) if days else None
        async with database.begin() as session:
            owner = await account_store.ensure(session)
            before = {follow.id for follow in await follow_store.of_account(session, owner.id)}
            ids = set()
            for name in asked:
                number, is_new = await follow_store.add(session, owner.id, name, backfill_since=since, now=now)
                ids.add(number)
                if not is_new and since is not None:
                    await follow_store.backfill(session, number, since=since)
        found = await _settled(settings, database, owner.id, lambda follow: follow.id in ids or follow.id not in before)
        if not found:
            print("followed already: svodka channels list shows what")
        for report in found:
            print(_told(report, settings.tz))
    return int(any(not report.follow.state.is_read for report in found))


async def _settled(
    settings: Settings, database: Database, account_id: int, chosen: Callable[[Follow], bool]
) -> list[FollowReport]:
    """Read the chosen follows until they are settled, here or, where an ingester runs, by waiting for it."""
    from ingest.reading import Order, read

    with progress.bars() as bars:
        watching = asyncio.create_task(_watch(database, account_id, chosen, bars))
        try:
            while not watching.done():
                try:
                    await read(Order(settings=settings, database=database, chosen=chosen))
                    await asyncio.wait([watching], timeout=10 * LOOK_SECONDS)
                    break
                except AccountBusy:
                    print("the ingester, which is running, reads them; Ctrl-C stops waiting for it", file=sys.stderr)
                    await _until_free(database, account_id, watching)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    async with database.begin() as session:
        reports = await follow_store.reports(session, account_id)
    return [report for report in reports if chosen(report.follow)]


async def _until_free(database: Database, account_id: int, watching: asyncio.Task[None]) -> None:
    """Wait until the follows are settled, or the ingester that was to settle them is gone."""
    held = True
    while held and not watching.done():
        await asyncio.wait([watching], timeout=LOOK_SECONDS)
        async with database.begin() as session:
            held = await account_store.is_held(session, account_id)


async def _watch(database: Database, account_id: int, chosen: Callable[[Follow], bool], bars: progress.Bars) -> None:
    """Show how far history has been read, until there is nothing left to do."""
    spans: dict[int, float] = {}
    shown = expected = 0
    while True:
        async with database.begin() as session:
            follows = [follow for follow in await follow_store.of_account(session, account_id) if chosen(follow)]
            reached = await follow_store.reached(session, [follow.id for follow in follows])
        under_way = {follow.id: follow for follow in follows if follow.backfill_since is not None}
        spans |= {number: _hours([follow], reached)[0] for number, follow in under_way.items()}
        # What was asked for and is no longer under way has been read.
        finished = sum(span for number, span in spans.items() if number not in under_way)
        asked, done = round(sum(spans.values())), round(finished + _hours(list(under_way.values()), reached)[1])
        bars.expect("history", max(0, asked - expected))
        bars.advance("history", max(0, done - shown))
        expected, shown = max(expected, asked), max(shown, done)
        if all(_is_settled(follow) for follow in follows):
            return
        await asyncio.sleep(LOOK_SECONDS)


def _hours(follows: Sequence[Follow], reached: dict[int, datetime]) -> tuple[float, float]:
    """Hours of history that were asked for and that have been read, of the follows whose history is being read."""
    asked = done = 0.0
    for follow in follows:
        if follow.backfill_since is not None and follow.state.is_read:
            span = (follow.added_at - follow.backfill_since).total_seconds() / 3600
            left = (reached.get(follow.id, follow.added_at) - follow.backfill_since).total_seconds() / 3600
            asked += span
            done += min(span, max(0.0, span - left))
    return asked, done


def _is_settled(follow: Follow) -> bool:
    if follow.wait_until is not None or follow.state not in {FollowState.WANTED, *_READ}:
        return True
    return follow.state in _READ and follow.watermark is not None and follow.backfill_since is None


_READ = frozenset(state for state in FollowState if state.is_read)


@app.command(name="list")
def list_(*, json: Annotated[bool, typer.Option("--json", help="JSON Lines")] = False) -> None:
    """Show what is followed: state, posts kept, the last one, and what to do where something is amiss."""
    shell.run(_list(json=json))


async def _list(*, json: bool) -> None:
    async with shell.database() as (settings, database), database.begin() as session:
        owner = await account_store.ensure(session)
        reports = await follow_store.reports(session, owner.id)
        running = await account_store.is_held(session, owner.id)
    if json:
        for report in reports:
            shell.print_json(_json(report))
        return
    if not reports:
        print("nothing is followed yet: svodka channels add @name")
        return
    print(f"{'channel':<{NAME_WIDTH}}  {'state':<9}  {'posts':>6}  {'last post':<16}  note")
    for report in reports:
        print(_told(report, settings.tz))
    state = "is running" if running else "is not running (svodka ingest)"
    print(
        f"\n{shell.counted(len(reports), 'channel')}; the ingester {state}; so far "
        f"{shell.counted(owner.requests, 'request')} to Telegram, {owner.waited:.0f} s waited at its request"
    )


def _told(report: FollowReport, tz: ZoneInfo) -> str:
    """One line on a follow: name, state, posts, the last one's time, and what is amiss."""
    follow = report.follow
    last = f"{report.last_post.astimezone(tz):%Y-%m-%d %H:%M}" if report.last_post else "-"
    notes = [_reason(follow, tz)]
    if report.unread:
        notes.append(f"{shell.counted(report.unread, 'message')} not readable: svodka reparse tries again")
    if follow.state.is_read and follow.backfill_since is not None:
        notes.append(f"history still to be read, back to {follow.backfill_since.astimezone(tz):%Y-%m-%d}")
    if follow.weight != 1:
        notes.append(f"weight {follow.weight:g}")
    name = _fitted(_name(follow), NAME_WIDTH)
    note = "; ".join(note for note in notes if note)
    return f"{name}  {follow.state.value:<9}  {report.posts:>6}  {last:<16}  {note}".rstrip()


def _fitted(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _name(follow: Follow) -> str:
    """What a follow is called; a title may hold anything, so that what a terminal would obey is left out."""
    if follow.channel is None:
        return follow.asked
    title = "".join(char if char.isprintable() else " " for char in follow.channel.name)
    return f"@{follow.channel.username} {title}" if follow.channel.username else title


def _reason(follow: Follow, tz: ZoneInfo) -> str:
    if follow.wait_until is not None:
        return f"waiting until {follow.wait_until.astimezone(tz):%Y-%m-%d %H:%M:%S}: {follow.reason or 'Telegram asks for it'}"
    if follow.state is FollowState.WANTED and not follow.reason:
        return "looked up when svodka ingest runs"
    return follow.reason or ""


def _json(report: FollowReport) -> dict[str, Any]:
    follow = report.follow
    channel = follow.channel
    return {
        "asked": follow.asked,
        "channel_id": channel.tg_id if channel else None,
        "name": channel.name if channel else None,
        "username": channel.username if channel else None,
        "state": follow.state.value,
        "reason": follow.reason,
        "wait_until": shell.iso(follow.wait_until),
        "posts": report.posts,
        "last_post": shell.iso(report.last_post),
        "not_readable": report.unread,
        "history_until": shell.iso(follow.backfill_since),
        "weight": follow.weight,
    }


# --- changing what is there ---------------------------------------------------------------------------------------


@app.command()
def pause(channels: Names) -> None:
    """Read channels no longer, until they are resumed; their posts stay."""
    shell.run(_set(channels, paused=True))


@app.command()
def resume(channels: Names) -> None:
    """Read channels again: those that were paused, and those that could not be read for a reason that is mended."""
    shell.run(_set(channels, paused=False))


async def _set(channels: Sequence[str], *, paused: bool) -> None:
    async with shell.database() as (_, database), database.begin() as session:
        follows = await _named(session, channels)
        for follow in follows:
            await follow_store.set_state(session, follow.id, FollowState.PAUSED if paused else steering.resumed(follow))
    for follow in follows:
        print(f"{_name(follow)}: {'paused' if paused else 'will be read by the ingester (svodka ingest)'}")


@app.command()
def remove(
    channels: Names,
    *,
    erase: Annotated[
        bool, typer.Option("--erase", help="forget their posts, too: texts are deleted, stories go on without them")
    ] = False,
) -> None:
    """Follow channels no longer. Their posts stay, unless they are to be erased."""
    shell.run(_remove(channels, erase=erase))


async def _remove(channels: Sequence[str], *, erase: bool) -> None:
    told, erased = [], 0
    async with shell.database() as (settings, database):
        async with database.begin() as session:
            for follow in await _named(session, channels):
                await follow_store.remove(session, follow.id)
                posts = 0
                if erase and follow.channel_id is not None:
                    posts = await message_store.erase(session, follow.channel_id, now=datetime.now(UTC))
                erased += posts
                told.append(f"{_name(follow)}: removed" + (f", {shell.counted(posts, 'post')} erased" if posts else ""))
        if erased:
            # What was found in the texts is text, too.
            with progress.bars() as bars:
                await indexing.work(settings, database, bars)
    print("\n".join(told))


@app.command()
def weight(
    channel: Annotated[str, typer.Argument(help="@name, address, number or title")],
    weight: Annotated[float, typer.Argument(min=0, max=10, help="1: as much as any other; 0: not at all")],
) -> None:
    """How much a channel's posts count when stories are ranked."""
    shell.run(_weigh(channel, weight))


async def _weigh(channel: str, weight: float) -> None:
    async with shell.database() as (_, database), database.begin() as session:
        (follow,) = await _named(session, [channel])
        if follow.channel_id is None:
            raise UsageError(f"{channel} has not been looked up yet: svodka channels list tells why")
        await follow_store.set_weight(session, follow.channel_id, weight)
    print(f"{_name(follow)}: weight {weight:g}")


async def _named(session: Session, channels: Sequence[str]) -> list[Follow]:
    """The follows that are meant, each once.

    Raises:
        NotFound: one is not followed.
    """
    owner = await account_store.ensure(session)
    follows = await follow_store.of_account(session, owner.id)
    return list({follow.id: follow for follow in (_meant(follows, channel) for channel in channels)}.values())


def _meant(follows: Sequence[Follow], typed: str) -> Follow:
    """The one follow that is meant: by the public name that a channel has now, its number, what it was asked for by, or its
    title, in this order.

    Raises:
        NotFound: there is none.
        UsageError: there are several of this title.
    """
    wanted = {typed.strip().casefold(), typed.strip().removeprefix("-100")}
    with contextlib.suppress(UsageError):
        wanted.add(names.canonical(typed).casefold())
    for spelling in (_public_name, _number, _asked, _title):
        found = [follow for follow in follows if (name := spelling(follow)) and name.casefold() in wanted]
        if len(found) > 1:
            numbers = ", ".join(str(follow.tg_id) for follow in found)
            raise UsageError(f"several channels are called {typed!r}: give the number of one ({numbers})")
        if found:
            return found[0]
    raise NotFound(f"{typed!r} is not followed: svodka channels list shows what is")


def _public_name(follow: Follow) -> str | None:
    return f"@{follow.channel.username}" if follow.channel is not None and follow.channel.username else None


def _number(follow: Follow) -> str | None:
    return str(follow.tg_id) if follow.channel is not None else None


def _asked(follow: Follow) -> str | None:
    return follow.asked


def _title(follow: Follow) -> str | None:
    return follow.channel.name if follow.channel is not None else None
