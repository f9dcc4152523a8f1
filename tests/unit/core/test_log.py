"""What a log line shows, and what it does not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is of the whole process: other tests find it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail(prompt: str) -> int:
    words = prompt.split()
    return 5 // (len(words) - len(prompt.split()))


def logged(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> str:
    log.configure(level="INFO", json=as_json)
    prompt = "перескажи про Сверчка".upper()  # so that no line of this file holds it
    try:
        fail(prompt)
    except ZeroDivisionError:
        log.get("tests").exception("it failed", number=7)
    return capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_local_variables_are_in_no_log_line(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> None:
    """The traceback of an error names the places that it came through, and holds no value of a variable."""
    shown = logged(capsys, as_json=as_json)
    assert "ZeroDivisionError" in shown
    assert "test_log.py" in shown
    assert "ПЕРЕСКАЖИ" not in shown


def test_a_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, a line with a traceback is one object, on one line."""
    (line,) = logged(capsys, as_json=True).splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["room"], told["number"]) == ("it failed", "error", "tests", 7)
    assert told["exception"][0]["exc_type"] == "ZeroDivisionError"
