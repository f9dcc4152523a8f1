"""Progress bars on standard error, only where it is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

TITLES = {
    "read": "Reading posts",
    "history": "Reading history",
    "lines": "Learning boilerplate",
    "prepare": "Cleaning and embedding",
    "match": "Finding stories",
    "embed": "Embedding the archive",
    "write": "Writing summaries",
}


class Bars:
    """One bar per step; a step appears when it is first heard of, and its total may grow."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def expect(self, step: str, total: int) -> None:
        """Say how much more there is to do in a step."""
        task = self._task(step)
        known = self._progress.tasks[self._progress.task_ids.index(task)].total or 0
        self._progress.update(task, total=known + total)

    def advance(self, step: str, count: int) -> None:
        """Say how much more has been done."""
        task = self._task(step)
        self._progress.advance(task, count)
        held = self._progress.tasks[self._progress.task_ids.index(task)]
        if held.total is not None and held.completed > held.total:
            self._progress.update(task, total=held.completed)

    def _task(self, step: str) -> TaskID:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(TITLES.get(step, step), total=None)
        return self._tasks[step]


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars for the duration of the block; silent where standard error is not a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=False) as progress:
        yield Bars(progress)
