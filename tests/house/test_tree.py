"""The tree keeps its rules: names, docstrings, links, and nothing of the machine that it was written on."""

from __future__ import annotations

import ast
import os
import re
import urllib.parse
from pathlib import Path

import pytest

from tests.house.repository import ROOT, files, name, sections, texts

MODULES = [path for path in files() if path.suffix == ".py"]
#: Folders that pages and the Dockerfile speak of; a working copy may happen to lie in one.
EXAMPLES = {"/opt/svodka", "/var/lib/svodka"}
PAGES = [path for path in files() if path.suffix == ".md"]

_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
# Written in pieces, so that this file does not hold what it forbids.
_INDEX = re.compile(
    r"pypi\.or" r"g\b|pythonhosted\.or" r"g\b|/simpl" r"e/?(?=[\s\"'<>)]|$)|(?<!-)--(?:extra-|default-)?index-ur" r"l\b"
    r"|\bfile:/" r"/|_INDEX_UR" r"L\b"
)  # fmt: skip
_HOME = re.compile(r"/(?:home|User" r"s)/[a-z][\w.-]*/|\b[A-Z]:\\Users\\")


def parsed(source: str) -> ast.Module:
    """A module's tree; once in a while CPython 3.11 miscounts how deep it is in parsing (its issue 106905), which has to be repeated."""
    try:
        return ast.parse(source)
    except SystemError:
        return ast.parse(source)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_says_what_it_is(path: Path) -> None:
    """Every module that holds anything opens with a docstring."""
    tree = parsed(path.read_text("utf-8"))
    assert not tree.body or ast.get_docstring(tree)


def test_no_junk_rooms() -> None:
    """No module or package is called after nothing in particular."""
    junk = {"utils", "util", "helpers", "helper", "common", "services", "service", "misc"}
    found = [name(path) for path in MODULES if junk & {path.stem, *path.relative_to(ROOT).parts[:-1]}]
    assert found == []


@pytest.mark.parametrize("pattern", [_INDEX, _HOME], ids=["index", "home"])
def test_no_address_of_a_package_index_or_a_home_directory(pattern: re.Pattern[str]) -> None:
    """No file names a package index or somebody's home directory."""
    found = [f"{name(path)}: {match.group()}" for path, text in texts().items() for match in pattern.finditer(text)]
    assert found == []


def test_no_path_of_this_machine() -> None:
    """No file names the folder that this working copy lies in, or the one above it."""
    here = [str(folder) for folder in (ROOT, ROOT.parent) if len(folder.parts) > 2 and str(folder) not in EXAMPLES]
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(path)}(?![\w-])" for path in here) or r"(?!)")
    found = [name(path) for path, text in texts().items() if pattern.search(text)]
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_of_a_page_resolve(path: Path) -> None:
    """Each relative link of a page leads to a file that is committed and, if it names one, to a heading there."""
    known = set(files()) | {parent for file in files() for parent in file.parents}
    for target in _LINK.findall(re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        place, _, anchor = urllib.parse.unquote(target).partition("#")
        file = Path(os.path.normpath(path.parent / place)) if place else path
        assert file in known, target
        assert not anchor or anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """The anchors that code hosts give to the headings of a page."""
    titles = (heading.lower() for heading, _ in sections(page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def test_every_page_is_in_the_listing() -> None:
    """Each page of docs/ is linked from the README or from docs/README.md, so that nobody has to guess that it is there."""
    lists = [ROOT / "README.md", ROOT / "docs" / "README.md"]
    linked = {
        Path(os.path.normpath(page.parent / target.partition("#")[0]))
        for page in lists
        for target in _LINK.findall(page.read_text("utf-8"))
    }
    pages = {path for path in PAGES if path.is_relative_to(ROOT / "docs")} - {*lists}
    assert sorted(name(path) for path in pages - linked) == []
