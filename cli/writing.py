"""`svodka write` and `svodka costs`: summaries by a model, and what calls of models took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Annotated, Any

import typer

from cli import indexing, progress, shell
from cli.digest import Lang
from core.db.engine import Database
from core.errors import UsageError
from core.settings import Settings
from core.store import calls
from core.store import summaries as summary_store
from core.written import CallCosts
from summarize import judging, write
from summarize.index import utcnow
from summarize.model import meter


def write_(
    *,
    since: Annotated[str | None, typer.Option(help="from: 24h, 3d, 2026-09-14; default: SVODKA_WRITE_DAYS")] = None,
    until: Annotated[str | None, typer.Option(help="to (not included); default: now")] = None,
    lang: Annotated[list[Lang], typer.Option(help="language (repeat for more); default: SVODKA_LANGUAGES")] = [],  # noqa: B006
    limit: Annotated[int | None, typer.Option(min=1, help="at most so many stories, best first")] = None,
) -> None:
    """Write summaries of the stories of a window of time that have changed, now."""
    shell.run(_write(since=since, until=until, langs=tuple(item.value for item in lang), limit=limit))


async def _write(*, since: str | None, until: str | None, langs: tuple[str, ...], limit: int | None) -> None:
    async with shell.database() as (settings, database), meter.writer(settings, database) as writer:
        if writer is None:
            raise UsageError(shell.NO_MODEL)
        now = utcnow()
        begin = shell.moment(since, now=now, tz=settings.tz) if since else now - timedelta(days=settings.write_days)
        end = shell.moment(until, now=now, tz=settings.tz) if until else None
        if end is not None and end <= begin:
            raise UsageError(f"--until {until} is not after the beginning of the window")
        orders = orders_of(settings, langs=langs, limit=limit)
        judged = await judging.judge_due(database, writer, since=begin, clock=utcnow)
        with progress.bars() as bars:
            if judged.asked:
                await indexing.work(settings, database, bars)
            counts = await write.write_due(
                database,
                writer,
                orders,
                clock=utcnow,
                since=begin,
                until=end,
                expect=lambda stories: bars.expect("write", stories),
                progress=lambda stories: bars.advance("write", stories),
            )
    print(report(judged, counts))


async def judge_and_write(settings: Settings, database: Database, writer: meter.Meter) -> None:
    """What a worker does when it is woken: ask about the grey, then write what has changed."""
    orders = orders_of(settings)
    await judging.judge_due(database, writer, since=utcnow() - orders.days, clock=utcnow)
    await write.write_due(database, writer, orders, clock=utcnow)


def orders_of(settings: Settings, *, langs: tuple[str, ...] = (), limit: int | None = None) -> write.Orders:
    """What the settings order to be written."""
    return write.Orders(
        langs=langs or settings.written_languages,
        days=timedelta(days=settings.write_days),
        stories=limit or settings.write_stories,
        story_tokens=settings.llm_story_tokens,
        answer_tokens=settings.llm_answer_tokens,
        lease=indexing.lease(settings),
    )


def report(judged: judging.Counts, counts: write.Counts) -> str:
    """What was done, in words."""
    lines = []
    if judged.asked:
        lines.append(
            f"asked about {shell.counted(judged.asked, 'doubtful post or pair', 'doubtful posts and pairs')}: "
            f"{shell.counted(judged.ads, 'advertisement')}, {judged.joined} joined, {judged.parted} kept apart"
        )
    done = [
        f"{shell.counted(counts.written, 'summary', 'summaries')} written",
        f"{counts.reused} taken from before" if counts.reused else "",
        f"{counts.current} up to date" if counts.current else "",
        f"{counts.extracted} left to the posts' own sentences, since the answers did not hold"
        if counts.extracted
        else "",
    ]
    lines.append(", ".join(part for part in done if part))
    if counts.left:
        lines.append(f"{counts.left} left for later: {counts.halted or 'another worker has them'}")
    return "\n".join(lines)


# --- costs -----------------------------------------------------------------------------------------------------------


def costs(
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="of the last so many days, today among them")] = 1,
    json: Annotated[bool, typer.Option("--json", help="JSON Lines, one object per purpose, prompt and model")] = False,
) -> None:
    """Tell what calls of models took: tokens, money, time, and what the checks found."""
    shell.run(_costs(days=days, json=json))


async def _costs(*, days: int, json: bool) -> None:
    async with shell.database() as (settings, database):
        today = _midnight(utcnow(), settings)
        since = today - timedelta(days=days - 1)
        async with database.begin() as session:
            rows = await calls.costs(session, since=since)
            money, tokens = await calls.spent(session, since=today)
            faults = await summary_store.faults(session, since=since)
            written, extracted = await summary_store.written(session, since=since)
            resting = await calls.resting(session, now=utcnow())
    if json:
        for row in rows:
            shell.print_json(_row_json(row))
        return
    if not rows:
        print("no model was called" + ("" if settings.llm_url else f": {shell.NO_MODEL}"))
    else:
        shell.print_table(
            _COLUMNS, [_cells(row) for row in (*rows, *([_total(rows)] if len(rows) > 1 else []))], words=3
        )
    print(
        f"today: {money:.4f} of {settings.llm_daily_money:g} spent, {tokens:,} of {settings.llm_daily_tokens:,} tokens used"
    )
    if written or extracted:
        told = ", ".join(f"{name} {times}" for name, times in faults.items()) or "nothing"
        print(f"summaries: {written} written, {extracted} left to the posts' own sentences; the checks found: {told}")
    for name, until, reason in resting:
        print(f"{name} is left alone until {until.astimezone(settings.tz):%H:%M:%S}: {reason}")


def _midnight(now: datetime, settings: Settings) -> datetime:
    return datetime.combine(now.astimezone(settings.tz).date(), clock_time(), tzinfo=settings.tz).astimezone(UTC)


_COLUMNS = ("purpose", "prompt", "model", "calls", "failed", "tokens in", "out", "cost", "s/call")


def _cells(row: CallCosts) -> tuple[str, ...]:
    done = max(1, row.calls - row.open)
    return (
        row.purpose,
        row.prompt or "–",
        row.model,
        f"{row.calls:,}",
        f"{row.failed:,}",
        f"{row.tokens_in:,}",
        f"{row.tokens_out:,}",
        f"{row.cost:.4f}",
        f"{row.seconds / done:.1f}",
    )


def _total(rows: Sequence[CallCosts]) -> CallCosts:
    return CallCosts(
        purpose="all",
        prompt="",
        model="",
        calls=sum(row.calls for row in rows),
        failed=sum(row.failed for row in rows),
        open=sum(row.open for row in rows),
        tokens_in=sum(row.tokens_in for row in rows),
        tokens_out=sum(row.tokens_out for row in rows),
        cost=sum(row.cost for row in rows),
        seconds=sum(row.seconds for row in rows),
    )


def _row_json(row: CallCosts) -> dict[str, Any]:
    return {
        "purpose": row.purpose,
        "prompt": row.prompt or None,
        "model": row.model,
        "calls": row.calls,
        "failed": row.failed,
        "open": row.open,
        "tokens_in": row.tokens_in,
        "tokens_out": row.tokens_out,
        "cost": round(row.cost, 6),
        "seconds": round(row.seconds, 3),
    }
