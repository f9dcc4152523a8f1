"""What is logged while tests run, unless they say otherwise."""

from __future__ import annotations

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback


def as_ever() -> None:
    """Lines for people on standard output, with plain tracebacks: structlog's own way of drawing one takes seconds."""
    structlog.reset_defaults()
    *others, _drawing = structlog.get_config()["processors"]
    structlog.configure(processors=[*others, ConsoleRenderer(exception_formatter=plain_traceback)])
