"""Settings of every program, read from the environment and from a `.env` file; `docs/settings.md` explains each.

Built once, in the program that starts, and passed on as an argument.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingsError


class Settings(BaseSettings):
    """Each field is the environment variable `SVODKA_<NAME>`, but for DATABASE_URL, which has no prefix."""

    model_config = SettingsConfigDict(
        env_prefix="SVODKA_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostgreSQL 15+ with pgvector; unset: an embedded server in the data directory",
    )
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("svodka", appauthor=False)),
        description="where the embedded server keeps its data",
    )
    language: Literal["ru", "en"] = Field(default="ru", description="language of digests unless --lang says otherwise")
    timezone: str = Field(default="UTC", description="IANA name of the time zone of dates on the command line")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="least level of the log lines on standard error"
    )
    log_json: bool = Field(default=False, description="log lines as JSON, for machines")
    lease_seconds: int = Field(
        default=45, ge=2, le=600, description="how long a worker may take with a batch before another does it again"
    )
    index_processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="processes that clean and embed posts, per worker; 0: one per core, at most four",
    )

    @field_validator("database_url")
    @classmethod
    def _psycopg(cls, url: str | None) -> str | None:
        """Name the driver, so that `postgres://` and `postgresql://` addresses of hosting providers work as they are."""
        if not url:
            return None
        scheme, found, rest = url.partition("://")
        if not found or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
            raise ValueError("must look like postgresql://user:password@host:5432/name")
        return f"postgresql+psycopg://{rest}"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Moscow") from None
        return name

    @property
    def tz(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)


def load() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: one line per setting that makes no sense.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{_variable(item['loc'][0])}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()]
        raise SettingsError("; ".join(lines)) from None


def _variable(name: object) -> str:
    text = str(name).upper()
    return text if text == "DATABASE_URL" else f"SVODKA_{text}"
