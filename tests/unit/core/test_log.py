"""What a log line shows, and what it does not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import log
from tests import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is of the whole process: other tests find it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logs.as_ever()


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


@pytest.mark.parametrize("as_json", [True, False])
def test_a_log_file_is_plain_text(tmp_path: Path, *, as_json: bool) -> None:
    """Nothing in a log file moves a cursor or changes a colour: not its tracebacks, and not what somebody else has written."""
    file = tmp_path / "logs" / "chat.log"
    log.configure(level="INFO", json=as_json, file=file)
    hostile = "\x1b[31mred\x1b[0m\x07"
    try:
        raise ValueError(hostile)
    except ValueError:
        log.get("tests").exception(f"it failed {hostile}", of=hostile)
        logging.getLogger("somebody.else").exception("theirs %s", hostile)
    written = file.read_text("utf-8")
    assert written.count("Traceback" if not as_json else "exc_type") == 2
    assert not set(written) & {chr(code) for code in range(32) if chr(code) != "\n"}


def test_libraries_are_logged_in_the_same_form(tmp_path: Path) -> None:
    """What a library logs is a line like ours, with its name as the room, and what it says of its own doings is left out."""
    file = tmp_path / "log"
    log.configure(level="INFO", json=True, file=file)
    logging.getLogger("procrastinate.worker").warning("slow\nqueue")
    logging.getLogger("apscheduler.scheduler").warning("skipped: maximum number of running instances reached")
    told = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(line["room"], line["event"]) for line in told] == [("procrastinate.worker", "slow\nqueue")]


def test_errors_are_told(tmp_path: Path) -> None:
    """Of an error, ours or a library's, whoever shows the screen is told in one line; of less, nothing."""
    told: list[str] = []
    log.configure(level="INFO", json=False, file=tmp_path / "log", told=told.append)
    log.get("tests").warning("it is slow")
    log.get("tests").error("background work failed", place="delivering", exc_info=ValueError("two\nlines"))
    log.get("tests").error("background work failed", error="the disk is full")
    logging.getLogger("asyncio").error("never retrieved", exc_info=KeyError("x"))
    assert told == [
        "background work failed: delivering: ValueError: two",
        "background work failed: the disk is full",
        "never retrieved: KeyError: 'x'",
    ]


def test_a_log_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    """It goes on where it was, and begins anew once it is large."""
    file = tmp_path / "log"
    for number in (1, 2):
        log.configure(level="INFO", json=False, file=file)
        log.get("tests").info("line", number=number)
    assert file.read_text("utf-8").count("line") == 2
    with file.open("a") as grown:
        grown.truncate(log.LARGEST + 1)
    log.configure(level="INFO", json=False, file=file)
    log.get("tests").info("line", number=3)
    assert file.read_text("utf-8").count("line") == 1
