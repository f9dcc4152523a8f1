"""How long the digests of many readers take to choose, render and write, by readers and by different choices among them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from cli import feed, importing, indexing, progress, working
from cli.bench_runs import workbench
from core.db.engine import Database
from core.store import yardstick

#: Choices that readers have, and the fewer readers that the cost of one more is measured against.
CHOICES, PART = 500, 10

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFigures:
    """Seconds that one more reader and one more choice take, and statements for one more reader.

    All readers in `choices` choices took `seconds`; `digests` were written, of `different` kinds.
    """

    readers: int
    choices: int
    seconds: float
    per_reader: float
    per_choice: float
    statements: float
    digests: int
    different: int

    @property
    def shared(self) -> float:
        """How many more readers cost as much as one more choice."""
        return self.per_choice / max(self.per_reader, 1e-9)


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    statements: int
    digests: int
    different: int


async def run(readers: int, say: Say) -> DigestFigures:
    """Make the digests of a crowd on the sample posts; three crowds tell what one more reader, and choice, takes."""
    async with workbench() as (settings, database, _):
        say("reading the sample posts")
        with progress.bars() as bars:
            await importing.import_path(
                database, feed.folder(), names={}, bars=bars, now=feed.ENDS, report_to=lambda _report: None
            )
            await indexing.work(settings, database, bars)
        await working.follow_up(database, clock=lambda: feed.ENDS)
        await _run(database, 100, 1)  # what is loaded once is loaded now
        runs = []
        for count, choices in ((readers // PART, 1), (readers // PART, CHOICES), (readers, CHOICES)):
            say(f"{count:,} readers, {choices} choices")
            runs.append(await _run(database, count, choices))
    one, few, all_ = runs
    more = readers - readers // PART
    return DigestFigures(
        readers=readers,
        choices=CHOICES,
        seconds=all_.seconds,
        per_reader=(all_.seconds - few.seconds) / more,
        per_choice=(few.seconds - one.seconds) / (few.different - one.different),
        statements=(all_.statements - few.statements) / more,
        digests=all_.digests,
        different=all_.different,
    )


async def _run(database: Database, readers: int, choices: int) -> _Run:
    from bot import deliver
    from bot.speech import Catalogues

    catalogues = Catalogues()
    async with database.begin() as session:
        await yardstick.crowd(session, readers, choices, due_at=feed.ENDS)
    with yardstick.counting(database) as statements:
        begun = time.perf_counter()
        counts = await deliver.deliver_due(database, catalogues, clock=lambda: feed.ENDS)
        seconds = time.perf_counter() - begun
        return _Run(seconds, statements(), counts.digests, counts.different)
