"""Structured logs: one line per unit of work, with ids and numbers, never with texts of posts or people's data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, TextIO, cast

import structlog
from structlog.dev import plain_traceback
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo, FilteringBoundLogger, Processor

#: A log file that has grown so large is begun anew.
LARGEST = 5_000_000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TRACEBACK_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: Is told of an error in one line.
Told = Callable[[str], None]


def configure(*, level: str, json: bool, file: Path | None = None, told: Told | None = None) -> None:
    """Send log lines of `level` and above to standard error, as key=value for people or as JSON for machines; with `file`,
    to that file instead, so that a screen is left alone, and of errors `told` is told as well.

    Only a terminal gets escape sequences, and those only for colours: those in what somebody else has written are spelled out.
    Libraries, which log through the standard library, are logged in the same form, once something is wrong.
    """
    stream = sys.stderr if file is None else _opened(file)
    threshold = logging.getLevelNamesMapping()[level.upper()]
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if told is not None:
        first.append(_Teller(told))
    last = _last(json=json, colors=stream.isatty())
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_room_of_library, *first], processors=[ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)
    # Of a query that is cancelled when a program stops, and of the connection that is then closed, nobody has to know.
    logging.getLogger("psycopg").setLevel(max(threshold, logging.ERROR))
    # What a tick has met is told by us, and that one was skipped while the last still ran is meant so.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


def get(name: str) -> FilteringBoundLogger:
    """The logger of one module; `name` stands in each of its lines as `room`."""
    return cast(FilteringBoundLogger, structlog.get_logger(room=name))


def _opened(file: Path) -> TextIO:
    file.parent.mkdir(parents=True, exist_ok=True)
    full = file.exists() and file.stat().st_size > LARGEST
    return file.open("w" if full else "a", encoding="utf-8", errors="backslashreplace")


def _last(*, json: bool, colors: bool) -> list[Processor]:
    """How a line is written. Local variables hold keys and prompts: no traceback shows them."""
    if json:
        return [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    return [
        structlog.processors.StackInfoRenderer(),
        _printable,
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_traceback),
    ]


def _room_of_library(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["room"] = record.name
    return event


def _printable(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line stays one, and does nothing to a terminal."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _CONTROLS.sub(_escaped, value)
    return event


def _traceback(target: TextIO, error: ExcInfo) -> None:
    plain_traceback(_Cleaning(target), error)  # type: ignore[arg-type]


class _Cleaning:
    """A target that gets what is written without its control characters."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, text: str) -> int:
        return self._target.write(_TRACEBACK_CONTROLS.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class _Teller:
    """Tells of errors, each in one line."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def __call__(self, _logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Tell of the event, if it is an error."""
        if event.get("level") in {"error", "critical"}:
            parts = [event.get("event"), event.get("place"), _reason(event)]
            self._told(": ".join(_CONTROLS.sub(_escaped, str(part).split("\n")[0]) for part in parts if part))
        return event


def _reason(event: MutableMapping[str, Any]) -> str:
    """What an event says of the error that it tells of."""
    found = event.get("exc_info")
    if isinstance(found, tuple):
        found = found[1]
    elif found is True:
        found = sys.exception()
    return f"{type(found).__name__}: {found}" if isinstance(found, BaseException) else str(event.get("error", ""))
