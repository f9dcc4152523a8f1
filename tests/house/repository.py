"""What the house tests look at: the repository's files, its settings, its commands, its dependencies."""

from __future__ import annotations

import functools
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HEADING = re.compile(r"^(#{1,6}) (.+?)\s*$", re.MULTILINE)


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, committed; sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    names = {name for name in listed.decode("utf-8").split("\0") if name}
    return tuple(path for name in sorted(names) if (path := ROOT / name).is_file())


@functools.cache
def texts() -> dict[Path, str]:
    """The files that are text, with what they say."""
    found = {}
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data:
            found[path] = data.decode("utf-8")
    return found


def name(path: Path) -> str:
    """A file as people name it: its path from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


def project() -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"])


def requirements() -> dict[str, str]:
    """Normalised name → requirement, of the program and of its development."""
    found = project()
    every = [*found["dependencies"], *(line for extra in found["optional-dependencies"].values() for line in extra)]
    return {normalised(line): line for line in every}


def normalised(requirement: str) -> str:
    """The name of a requirement, as PEP 503 writes it."""
    match = _NAME.match(requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def sections(page: str) -> Iterator[tuple[str, str]]:
    """(heading, text up to the next heading of the same or a higher level) of a Markdown page."""
    plain = re.sub(r"```.*?```", lambda block: re.sub(r"(?m)^#", "\u200b#", block.group()), page, flags=re.DOTALL)
    found = list(_HEADING.finditer(plain))
    for place, heading in enumerate(found):
        level = len(heading.group(1))
        later = (other.start() for other in found[place + 1 :] if len(other.group(1)) <= level)
        yield heading.group(2), plain[heading.end() : next(later, len(plain))]
