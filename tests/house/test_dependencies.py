"""pyproject.toml, requirements.lock and `docs/dependencies.md` are in step."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.house.repository import DOCS, ROOT, files, name, project, requirements

_ENTRY = re.compile(r"^(?P<pin>[A-Za-z0-9][^\\\n]*?)(?P<hashes>(?: \\\n +--hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


#: The lock file of everything, and that of the model that `make test-llm` runs, with what the program needs.
MAIN, MODEL = "requirements.lock", "requirements-model.lock"


def lock(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


def pins(file: str) -> dict[str, list[Requirement]]:
    """What is pinned under each name: more than once where it depends on the version of Python."""
    found: dict[str, list[Requirement]] = {}
    for match in _ENTRY.finditer(lock(file)):
        pin = Requirement(match["pin"])
        found.setdefault(pin.name.lower(), []).append(pin)
    return found


PINS = pins(MODEL) | pins(MAIN)


def version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "==", pin
    return specifier.version


@pytest.mark.parametrize("wanted", requirements())
def test_requirement_is_pinned_at_a_version_that_satisfies_it(wanted: str) -> None:
    """Each requirement of pyproject.toml stands in a lock file, at versions that it allows."""
    allowed: SpecifierSet = Requirement(requirements()[wanted]).specifier
    assert PINS.get(wanted), f"{wanted} is in no lock file: run `make lock`"
    assert [str(pin) for pin in PINS[wanted] if not allowed.contains(version(pin), prereleases=True)] == []


def test_lock_files_agree() -> None:
    """What both lock files pin, they pin alike: the model's packages change nothing of the program's."""
    main, model = pins(MAIN), pins(MODEL)
    assert {name: model[name] for name in model if name in main} == {name: main[name] for name in model if name in main}


@pytest.mark.parametrize("file", [MAIN, MODEL])
def test_every_entry_of_the_lock_is_pinned_with_hashes(file: str) -> None:
    """A lock file is nothing but comments and pins, each with at least one sha256 hash."""
    entries = list(_ENTRY.finditer(lock(file)))
    bare = [match["pin"] for match in entries if not match["hashes"] or len(Requirement(match["pin"]).specifier) != 1]
    rest = [line for line in _ENTRY.sub("", lock(file)).splitlines() if line.strip() and not line.startswith("#")]
    assert bare == []
    assert rest == []


@pytest.mark.parametrize("file", [MAIN, MODEL])
def test_lock_names_no_index(file: str) -> None:
    """A lock file installs from whatever index the machine uses: it holds no address and no option for one."""
    options = [line for line in lock(file).splitlines() if re.match(r"\s*-(?!-hash=)", line)]
    assert "://" not in lock(file)
    assert options == []


@pytest.mark.parametrize("wanted", requirements())
def test_dependency_is_explained(wanted: str) -> None:
    """Each dependency has a row in docs/dependencies.md, with a reason and a licence."""
    page = (DOCS / "dependencies.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith(f"| {wanted} |")]
    assert len(rows) == 1
    assert all(cell.strip() for cell in rows[0].strip("|").split("|"))


def test_no_other_file_of_requirements() -> None:
    """Dependencies stand in pyproject.toml and the two lock files, nowhere else."""
    others = {"setup.py", "setup.cfg", "Pipfile", "poetry.lock", "uv.lock", "environment.yml"}
    found = [name(path) for path in files() if path.name in others or re.fullmatch(r"requirements.*\.txt", path.name)]
    assert found == []
    assert "dynamic" not in project()
