"""Files that `svodka eval` cannot measure are told for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import evaluating, feed
from core.errors import UsageError


def never(texts: Sequence[str]) -> Any:
    raise AssertionError(f"nothing is embedded: {texts}")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a": "x", "b": "y", "same": true}\n', "is a file of pairs.*`svodka eval stories`"),
        (b'\n{"channel": \n', "line 2, is not a JSON object"),
        (b"[1]\n", "line 1, is not a JSON object"),
        (b'{"text": "x"}\n', "is not a labelled feed: a line has no 'channel'"),
        (b"\xff\n", "is not UTF-8 at byte 0"),
    ],
)
def test_what_is_no_labelled_feed(tmp_path: Path, content: bytes, says: str) -> None:
    """Pairs, broken lines and other files each have a sentence, with the line and what to do."""
    file = tmp_path / "file.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        feed.labelled(file, [], never)


def test_too_few_pairs(tmp_path: Path) -> None:
    """What cannot be cross-validated is told, not measured as nothing."""
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"a": "x", "b": "y", "same": true}\n' * 7, "utf-8")
    with pytest.raises(UsageError, match="7 pairs, 7 of them the same story.*at least 5"):
        evaluating.stories(file)


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    """Only a line feed ends a line of JSON Lines."""
    file = tmp_path / "file.jsonl"
    file.write_text('{"text": "a\u2028b"}\n', "utf-8")
    assert feed.objects(file) == [{"text": "a\u2028b"}]


def test_help_offers_pairs_only_where_they_can_be_measured() -> None:
    """`eval stories` reads a file of pairs, `eval topics` does not and does not say so."""
    commands: Any = getattr(typer.main.get_command(evaluating.app), "commands")  # noqa: B009
    told = {
        name: " ".join(str(parameter.help) for parameter in commands[name].params) for name in ("stories", "topics")
    }
    assert "pairs" in told["stories"]
    assert "pairs" not in told["topics"]
