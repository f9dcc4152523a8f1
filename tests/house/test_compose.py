"""docker-compose.yml and the Dockerfile hang together: no engine is at hand to try them, so what can be read is checked."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from core.settings import Settings
from tests.house.repository import ROOT, normalised, project

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([?-])([^}]*))?\}")


def test_keeps_to_the_schema() -> None:
    """The file is valid by the Compose specification's JSON schema, as the wheel of check-jsonschema ships it."""
    jsonschema = pytest.importorskip("jsonschema", reason="check-jsonschema is not installed")
    shipped = pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    schema = resources.files(shipped).joinpath("builtin_schemas", "vendor", "compose-spec.json").read_text("utf-8")
    validator = jsonschema.validators.validator_for(json.loads(schema))(json.loads(schema))
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_services_are_the_database_and_the_programs() -> None:
    """There is one database and the worker that runs; on demand the ingester and the bot, which need a login and a token."""
    assert SERVICES.keys() == {"db", "worker", "ingester", "bot", "cli"}
    assert OURS == ["bot", "cli", "ingester", "worker"]
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if service.get("profiles")}
    assert profiles == {"ingester": ["telegram"], "bot": ["bot"], "cli": ["cli"]}


def test_session_of_the_account_is_shared_and_survives() -> None:
    """The command line, which logs in, and the ingester keep the session in one named volume, in the image's data directory."""
    data = re.search(r"SVODKA_DATA_DIR=(\S+)", DOCKERFILE)
    assert data is not None
    assert f"telegram:{data[1]}" in SERVICES["cli"]["volumes"]
    assert SERVICES["ingester"]["volumes"] == [f"telegram:{data[1]}"]


@pytest.mark.parametrize("name", SERVICES)
def test_networks_volumes_and_dependencies_exist(name: str) -> None:
    """Each service names only networks, volumes and services that the file has, and no service has a port to outside."""
    service = SERVICES[name]
    named = [volume.rpartition(":")[0] if volume.endswith(":ro") else volume for volume in service.get("volumes", [])]
    sources = [volume.rsplit(":", 1)[0] for volume in named]
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert {source for source in sources if re.fullmatch(r"[\w-]+", source)} <= COMPOSE["volumes"].keys()
    assert service.get("depends_on", {}).keys() <= SERVICES.keys() - {name}
    assert "ports" not in service


def test_nothing_is_declared_in_vain() -> None:
    """Each network and each volume of the file is used."""
    used = {network for service in SERVICES.values() for network in service["networks"]}
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert COMPOSE["networks"].keys() == used
    assert COMPOSE["volumes"].keys() <= mounted


@pytest.mark.parametrize("name", OURS)
def test_programs_wait_for_a_database_that_is_well(name: str) -> None:
    """Each program starts after the database's health check, which asks for the database that the program uses."""
    check = SERVICES["db"]["healthcheck"]["test"]
    assert SERVICES[name]["depends_on"]["db"]["condition"] == "service_healthy"
    assert check[:2] == ["CMD", "pg_isready"]
    environment = SERVICES["db"]["environment"]
    assert f"--username={environment['POSTGRES_USER']}" in check
    assert f"--dbname={environment['POSTGRES_DB']}" in check


@pytest.mark.parametrize("name", OURS)
def test_address_is_that_of_the_database(name: str) -> None:
    """DATABASE_URL leads to the service db with its user and database, and the password is the same variable on both sides."""
    ours, theirs = SERVICES[name]["environment"], SERVICES["db"]["environment"]
    address = urlsplit(Settings(DATABASE_URL=ours["DATABASE_URL"]).database_url or "")  # type: ignore[call-arg]
    assert (address.hostname, address.port) == ("db", 5432)
    assert (address.username, address.path) == (theirs["POSTGRES_USER"], f"/{theirs['POSTGRES_DB']}")
    assert address.password is None
    assert ours["PGPASSWORD"] == theirs["POSTGRES_PASSWORD"]


def test_password_has_no_default() -> None:
    """The password has to be set: without it, nothing starts."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    passwords = [found for found in _VARIABLE.findall(text) if "PASSWORD" in found[0]]
    assert passwords
    assert all(sign == "?" and hint for _, sign, hint in passwords)


def test_images_are_pinned() -> None:
    """The database is PostgreSQL 18 with pgvector, and no image floats: each has a tag that is not `latest`."""
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [service["image"] for service in SERVICES.values()]
    assert SERVICES["db"]["image"] == "pgvector/pgvector:pg18"
    assert all(re.fullmatch(r"[\w./-]+:(?!latest)[\w.-]+", image) for image in [*images, *bases])
    assert {SERVICES[name]["image"] for name in OURS} == {f"svodka:{project()['version']}"}
    assert len(bases) == 2
    assert len(set(bases)) == 1


def test_data_survives_the_container() -> None:
    """The database keeps its data in the named volume, at the place where images of PostgreSQL 18 look for it."""
    assert SERVICES["db"]["volumes"] == ["database:/var/lib/postgresql"]


def test_commands_exist() -> None:
    """The worker runs `svodka summarize`, the others the command of their name; the entry point is the console script."""
    entry = re.search(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert SERVICES["worker"]["command"] == ["summarize"]
    assert SERVICES["ingester"]["command"][0] == "ingest"
    assert SERVICES["bot"]["command"] == ["bot"]
    assert entry is not None
    assert json.loads(entry[1]) == list(project()["scripts"])


def test_image_runs_as_a_user_of_its_own() -> None:
    """The last stage makes a user and ends as that user, not as root."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    user = re.search(r"^USER (\w+)$", last, re.MULTILINE)
    assert user is not None
    assert user[1] != "root"
    assert re.search(rf"useradd .*\b{user[1]}$", last, re.MULTILINE)
    assert last.index("USER") < last.index("ENTRYPOINT")


def test_image_is_built_from_the_lock_file() -> None:
    """Dependencies are installed with their hashes checked; what is removed after that serves development only."""
    found = project()
    removed = re.search(r"pip uninstall --yes (.+)$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes --requirement requirements.lock" in DOCKERFILE
    assert removed is not None
    development = {normalised(line) for line in found["optional-dependencies"]["dev"]}
    assert set(removed[1].split()) <= development - {normalised(line) for line in found["dependencies"]}


def test_build_context_holds_the_packages_and_no_more() -> None:
    """`.dockerignore` lets in every package and what the build reads, and neither tests nor `.env`."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert "*" in lines
    assert let_in == packages | {"LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
