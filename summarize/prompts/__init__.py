"""Prompts are files with versions, `NAME.vN.md` in this folder; what a prompt made is known by its name and version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template

from core.errors import UsageError

_FILE = re.compile(r"(?P<name>[a-z]+)\.v(?P<version>\d+)\.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt; `label` names it and its version in the books. `$name` in its text is a blank to be filled in."""

    name: str
    label: str
    text: str

    def filled(self, blanks: Mapping[str, str]) -> str:
        return Template(self.text).substitute(blanks)


@cache
def versions(name: str) -> tuple[int, ...]:
    """The versions that there are of a prompt, ascending."""
    found = [_FILE.fullmatch(file.name) for file in resources.files(__name__).iterdir()]
    return tuple(sorted(int(match["version"]) for match in found if match and match["name"] == name))


@cache
def load(name: str, version: int | None = None) -> Prompt:
    """A prompt by name and version; the newest one by default.

    Raises:
        UsageError: there is no such version.
    """
    known = versions(name)
    wanted = known[-1] if version is None else version
    if wanted not in known:
        raise UsageError(
            f"there is no version {wanted} of the prompt {name!r}; there are: {', '.join(map(str, known))}"
        )
    text = resources.files(__name__).joinpath(f"{name}.v{wanted}.md").read_text("utf-8")
    return Prompt(name=name, label=f"{name}.v{wanted}", text=text)


def from_file(name: str, path: Path) -> Prompt:
    """A prompt of an operator's own, known by a hash of its text.

    Raises:
        UsageError: it cannot be read, or has a blank that is not known.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a prompt: {error}") from None
    template = Template(text)
    known = set(Template(load(name).text).get_identifiers())
    if not template.is_valid() or (unknown := set(template.get_identifiers()) - known):
        blanks = ", ".join(f"${blank}" for blank in sorted(known))
        raise UsageError(
            f"{path} has a $ that is none of {blanks}"
            + (": " + ", ".join(sorted(unknown)) if template.is_valid() else "")
        )
    mark = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    return Prompt(name=name, label=f"{name}.{mark}", text=text)
