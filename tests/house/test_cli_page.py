"""The command line and `docs/cli.md` say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from cli import main
from cli.main import app
from tests.house.repository import DOCS, sections

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full name, however deep it stands."""
    waiting = [("svodka", typer.main.get_command(app()))]
    while waiting:
        title, command = waiting.pop()
        below = getattr(command, "commands", {})
        waiting += [(f"{title} {name}", inner) for name, inner in below.items()]
        if not below and title != "svodka" and command.callback is not None:
            yield title, command


COMMANDS = dict(sorted(commands()))
PAGE = dict(sections((DOCS / "cli.md").read_text("utf-8")))


def options(command: Any) -> set[str]:
    return {word for parameter in command.params for word in parameter.opts if word.startswith("--")} - {"--help"}


@pytest.mark.parametrize("title", COMMANDS)
def test_command_has_a_section_with_its_options(title: str) -> None:
    """Each command has a section of its own, which tables exactly its options."""
    assert f"`{title}`" in PAGE, f"docs/cli.md has no heading `{title}`"
    rows = [line for line in PAGE[f"`{title}`"].splitlines() if line.startswith("| `--")]
    assert {found for row in rows for found in _OPTION.findall(row.split("|")[1])} == options(COMMANDS[title])


@pytest.mark.parametrize("title", COMMANDS)
def test_section_shows_how_a_command_is_called(title: str) -> None:
    """Each section shows a call of its command, which names no option that there is not."""
    shown = re.findall(rf"^{title}\b.*$", PAGE[f"`{title}`"], re.MULTILINE)
    assert shown
    assert {found for line in shown for found in _OPTION.findall(line)} <= options(COMMANDS[title])


def test_page_has_no_section_of_a_command_that_there_is_not() -> None:
    """Every section headed by a command is about one that exists."""
    headed = {heading.strip("`") for heading in PAGE if heading.startswith("`svodka ")}
    assert headed <= COMMANDS.keys()


@pytest.mark.parametrize("name", main.COMMANDS)
def test_a_command_is_loaded_alone(name: str) -> None:
    """By its name, and no other with it; anything else that is typed loads all, so that it can be looked up among them."""
    alone, every = typer.main.get_command(app(name)), typer.main.get_command(app("--help"))
    assert isinstance(alone, typer.core.TyperGroup)
    assert isinstance(every, typer.core.TyperGroup)
    assert list(alone.commands) == [name]
    assert alone.commands[name].help == every.commands[name].help
    assert set(every.commands) == set(main.COMMANDS)
    assert set(typer.main.get_command(app("serach")).commands) == set(main.COMMANDS)  # type: ignore[attr-defined]
