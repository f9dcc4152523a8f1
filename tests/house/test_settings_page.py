"""Settings, `docs/settings.md` and `.env.example` say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import Settings
from tests.house.repository import DOCS, ROOT

#: Where the default is not a constant, what the page says instead.
COMPUTED = {"data_dir": "the platform's user data directory"}
#: Unset by default: the example shows what a value looks like.
SHOWN = {field for field, info in Settings.model_fields.items() if info.default is None} - COMPUTED.keys()

_ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
_EXAMPLE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def variable(field: str) -> str:
    return "DATABASE_URL" if field == "database_url" else f"SVODKA_{field.upper()}"


def default(field: str) -> str:
    if field in COMPUTED:
        return COMPUTED[field]
    value = Settings.model_fields[field].default
    return "unset" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def page_rows() -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[2]) for row in _ROW.findall((DOCS / "settings.md").read_text("utf-8"))}


def example() -> str:
    return (ROOT / ".env.example").read_text("utf-8")


def composed() -> set[str]:
    """Variables that only docker-compose.yml reads."""
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")))


def test_page_has_every_setting_and_no_other() -> None:
    """The table of the page names exactly the settings that there are."""
    assert page_rows().keys() == {variable(field) for field in Settings.model_fields}


@pytest.mark.parametrize("field", Settings.model_fields)
def test_page_says_the_default_and_the_meaning(field: str) -> None:
    """The page repeats the default and the description of each setting."""
    said, meaning = page_rows()[variable(field)]
    description = Settings.model_fields[field].description
    assert said == default(field)
    assert description
    assert description in meaning


def test_example_has_every_setting_and_no_other() -> None:
    """`.env.example` names, commented out, exactly the settings and what docker-compose.yml reads."""
    named = [found[0] for found in _EXAMPLE.findall(example())]
    assert len(named) == len(set(named))
    assert set(named) == {variable(field) for field in Settings.model_fields} | composed()


def test_example_changes_nothing_until_edited() -> None:
    """Every line of `.env.example` is a comment or empty."""
    assert [line for line in example().splitlines() if line.strip() and not line.startswith("#")] == []


def test_example_is_what_settings_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its comment marks removed, `.env.example` is read, and holds the defaults where they are constants."""
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    file = tmp_path / "env"
    file.write_text(_EXAMPLE.sub(r"\1=\2", example()), "utf-8")
    read = Settings(_env_file=file)  # type: ignore[call-arg]  # pydantic-settings adds it
    for field, info in Settings.model_fields.items():
        if field in SHOWN:
            assert getattr(read, field) is not None
        elif field not in COMPUTED:
            assert getattr(read, field) == info.default
