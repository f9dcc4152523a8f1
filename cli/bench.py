"""`svodka bench`: speed and memory as ratios within one run, on generated posts and a server of its own."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli import bench_runs, shell

if TYPE_CHECKING:
    from cli.bench_deliver import DeliverFigures
    from cli.bench_live import LiveFigures
    from cli.bench_search import SizeFigures

    Figures = bench_runs.ImportFigures | bench_runs.IndexFigures | LiveFigures | DeliverFigures

app = typer.Typer(help="Measure speed and memory as ratios within one run.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="JSON Lines")]


def _say(step: str) -> None:
    print(f"  {step} …", file=sys.stderr, flush=True)


def _rounded(figures: Figures, **ratios: float) -> dict[str, float]:
    """The fields of a dataclass of figures, and what follows from them."""
    return {name: round(value, 4) for name, value in {**asdict(figures), **ratios}.items()}


@app.command(name="import")
def import_(
    *,
    posts: Annotated[int, typer.Option(min=1000, help="how many posts to generate")] = 20_000,
    json_: JsonOption = False,
) -> None:
    """Importing (without indexing) beside a bare COPY and INSERT … ON CONFLICT of the same rows; peak memory."""
    shell.settings()
    found = shell.run(bench_runs.run_import(posts, _say))
    if json_:
        shell.print_json(_rounded(found, rate=found.rate, memory=found.memory))
        return
    print(f"import  {found.imported:,.0f} posts/s; bare COPY + INSERT … ON CONFLICT {found.bare:,.0f} posts/s")
    print(f"        {found.rate:.2f} of the bare rate")
    print(
        f"memory  {found.memory_tenth:.0f} MB at the peak for {posts // 10} posts, {found.memory_all:.0f} MB for {posts}"
    )
    print(f"        {found.memory:.2f} times at 10 times the posts")


@app.command()
def index(
    *,
    posts: Annotated[int, typer.Option(min=1000, help="how many posts to generate")] = 20_000,
    json_: JsonOption = False,
) -> None:
    """How indexing grows with the number of posts, and how long one post takes beside ten times as many."""
    shell.settings()
    found = shell.run(bench_runs.run_index(posts, _say))
    if json_:
        shell.print_json(_rounded(found, exponent=found.exponent, slower=found.slower))
        return
    print(f"growth  {found.tenth:.1f} s for {posts // 10} posts, {found.all:.1f} s for {posts}")
    print(f"        exponent {found.exponent:.2f} (1 is linear)")
    print(
        f"a post  {found.beside_few * 1000:.0f} ms beside {found.few} posts, "
        f"{found.beside_many * 1000:.0f} ms beside {found.many}"
    )
    print(f"        {found.slower:.2f} times as long")


@app.command()
def live(
    *,
    posts: Annotated[int, typer.Option(min=100, help="how many posts to send in each round")] = 5_000,
    json_: JsonOption = False,
) -> None:
    """Posts a second from a fake Telegram to a committed row, beside a bare client that only counts them; and how soon."""
    from cli import bench_live

    shell.settings()
    found = shell.run(bench_live.run_live(posts, _say))
    if json_:
        shell.print_json(_rounded(found, rate=found.rate))
        return
    print(
        f"live    {found.kept:,.0f} posts/s from the server to a committed row; bare client {found.bare:,.0f} posts/s"
    )
    print(f"        {found.rate:.2f} of the bare rate")
    print(
        f"delay   {found.seconds * 1000:.0f} ms from a post to its row at the 95th percentile, "
        f"{found.bare_seconds * 1000:.0f} ms to the bare client"
    )


@app.command()
def readers(*, json_: JsonOption = False) -> None:
    """Tokens of the sample feed's summaries for 1, 100 and 10,000 readers: shared by all, or one call per reader."""
    from cli import bench_readers

    shell.settings()
    bench_readers.readers(json=json_)


@app.command()
def deliver(
    *,
    readers: Annotated[int, typer.Option(min=5_000, help="readers whose digests are made")] = 100_000,
    messages: Annotated[int, typer.Option(min=100, help="messages that are sent in each round")] = 5_000,
    at_once: Annotated[int, typer.Option(min=1, max=200, help="messages at a time")] = 20,
    json_: JsonOption = False,
) -> None:
    """Messages a second beside bare aiogram with as many at a time; and what one more reader costs, and one more choice."""
    from cli import bench_deliver, bench_digests

    shell.settings()
    sent = shell.run(bench_deliver.run_deliver(messages, at_once, _say))
    made = shell.run(bench_digests.run(readers, _say))
    if json_:
        shell.print_json(_rounded(sent, rate=sent.rate))
        shell.print_json({name: round(value, 6) for name, value in {**asdict(made), "shared": made.shared}.items()})
        return
    print(f"send    {sent.sent:,.0f} messages/s of one process; bare aiogram {sent.bare:,.0f} messages/s")
    print(f"        {sent.rate:.2f} of the bare rate, {at_once} at a time")
    print(
        f"digests {made.digests:,} of {made.different} kinds in {made.seconds:.1f} s: {made.per_reader * 1000:.2f} ms for one "
        f"more reader, {made.per_choice * 1000:.1f} ms for one more choice"
    )
    print(f"        one more choice costs as much as {made.shared:,.0f} more readers")
    print(f"        {made.statements:.3f} statements for one more reader")


@app.command()
def search(
    *,
    posts: Annotated[int, typer.Option(min=1000, help="how many posts the archive has")] = 100_000,
    json_: JsonOption = False,
) -> None:
    """How long a search takes beside its bare parts, what its indexes cost and find, and how it grows with the archive."""
    from cli import bench_search

    shell.settings()
    found = shell.run(bench_search.run(posts, _say))
    for size in found.sizes:
        if json_:
            shell.print_json(_of_size(size))
        else:
            _print_size(size)
    if json_:
        shell.print_json({"exponent": round(found.exponent, 4)})
    else:
        print(f"growth  exponent {found.exponent:.2f} of the median (1 is linear)")


def _of_size(size: SizeFigures) -> dict[str, float]:
    values = {**asdict(size), **asdict(size.built), "ratio": size.ratio}
    return {name: round(value, 4) for name, value in values.items() if name != "built"}


def _print_size(size: SizeFigures) -> None:
    print(f"archive {size.posts:,} posts, {size.passages:,} passages")
    print(
        f"indexes words {size.built.words_seconds:.1f} s, {size.built.words_size:,.0f} MB; "
        f"passages {size.built.passages_seconds:.1f} s, {size.built.passages_size:,.0f} MB"
    )
    for name, middle, slow in (
        ("search", size.find, size.find_p95),
        ("by words", size.by_words, size.by_words_p95),
        ("meaning", size.by_meaning, size.by_meaning_p95),
        ("words", size.words, size.words_p95),
        ("vectors", size.vectors, size.vectors_p95),
    ):
        print(f"{name:<8} {middle * 1000:.1f} ms, {slow * 1000:.1f} ms at the 95th percentile")
    print(f"         {size.ratio:.2f} times as long as words and vectors alone")
    print(
        f"recall   {size.recall:.3f} of the nearest 20; within limits that keep a tenth of the posts {size.recall_tenth:.3f}, "
        f"a hundredth {size.recall_hundredth:.3f}"
    )
