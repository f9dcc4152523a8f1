"""Structured logs: one line per unit of work, with ids and numbers, never with texts of posts or people's data."""

from __future__ import annotations

import logging
import sys
from typing import cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import FilteringBoundLogger, Processor


def configure(*, level: str, json: bool) -> None:
    """Send log lines of `level` and above to standard error, as key=value for people or as JSON for machines."""
    # Local variables hold keys and prompts: no traceback shows them.
    if json:
        exceptions: Processor = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        exceptions = structlog.processors.StackInfoRenderer()
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.RichTracebackFormatter(show_locals=False)
        )
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries log through the standard library; theirs is noise until something is wrong.
    logging.basicConfig(level=max(threshold, logging.WARNING), stream=sys.stderr, force=True)
    # Of a query that is cancelled when a program stops, and of the connection that is then closed, nobody has to know.
    logging.getLogger("psycopg").setLevel(max(threshold, logging.ERROR))


def get(name: str) -> FilteringBoundLogger:
    """The logger of one module; `name` stands in each of its lines as `room`."""
    return cast(FilteringBoundLogger, structlog.get_logger(room=name))
