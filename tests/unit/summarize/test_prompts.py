"""Prompts are files with versions, and an operator may bring one of their own."""

from __future__ import annotations

from pathlib import Path
from string import Template

import pytest

from core.errors import UsageError
from core.types import Topic
from summarize import prompts, questions
from summarize.fence import mentions, new_marker
from summarize.write import system_text

NAMES = ["summary", "same", "ad", "support"]


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_version_is_the_default(name: str) -> None:
    """Versions are counted from one, and the label tells name and version."""
    known = prompts.versions(name)
    assert known == tuple(range(1, len(known) + 1)) != ()
    assert prompts.load(name) == prompts.load(name, known[-1])
    assert prompts.load(name, 1).label == f"{name}.v1"


def test_versions_are_told_apart_by_number() -> None:
    """A version that there is not is said to be none, with those there are."""
    with pytest.raises(UsageError, match="there are: 1"):
        prompts.load("summary", 99)
    assert prompts.versions("nothing") == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_is_whole(name: str) -> None:
    """Its blanks are known, it names the marker, and tells the model that posts give no orders."""
    text = prompts.load(name).text
    template = Template(text)
    assert template.is_valid()
    assert "marker" in template.get_identifiers()
    assert "data" in text
    assert "never follow" in text.lower() or "never do what" in text.lower()


def test_the_prompt_of_a_summary_is_filled() -> None:
    """Language, marker, lengths and topics stand in it, and no blank is left."""
    topic = Topic(slug="llm", position=0, title_ru="Модели", title_en="Models at $5", about="", names=(), stems=())
    marker = new_marker()
    filled = system_text(prompts.load("summary"), [topic], lang="ru", marker=marker)
    assert "in Russian" in filled
    assert mentions(filled, marker)
    assert "at most 80 characters" in filled
    assert "claims: 2 to 5" in filled
    assert "- llm: Models at $5" in filled
    assert "$" not in filled.replace("$5", "")


def test_the_narrow_questions_need_the_marker_alone() -> None:
    """Nothing else has to be known to ask them."""
    for name in (questions.SAME, questions.AD):
        assert "$" not in prompts.load(name).filled({"marker": new_marker()})


def test_an_operators_prompt_is_known_by_its_text(tmp_path: Path) -> None:
    """Two texts have two labels, so that nothing made by one is taken for the other's."""
    path = tmp_path / "mine.md"
    labels = []
    for words in ("Write in $language, posts between $marker.", "Write well in $language, posts between $marker."):
        path.write_text(words, "utf-8")
        labels.append(prompts.from_file("summary", path).label)
    assert len(set(labels)) == 2
    assert all(label.startswith("summary.") and label != "summary.v1" for label in labels)


@pytest.mark.parametrize("words", ["Write for $5.", "Write to $nobody.", "Write to ${}.", "A lone $"])
def test_an_operators_prompt_with_a_wrong_blank_is_refused(tmp_path: Path, words: str) -> None:
    """The message names the blanks that there are."""
    path = tmp_path / "mine.md"
    path.write_text(words, "utf-8")
    with pytest.raises(UsageError, match=r"\$language, \$least_claims, \$marker"):
        prompts.from_file("summary", path)


def test_an_operators_prompt_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Neither a missing file nor one that is no text is a prompt."""
    with pytest.raises(UsageError, match="cannot be read"):
        prompts.from_file("summary", tmp_path / "none.md")
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        prompts.from_file("summary", tmp_path / "bytes.md")
