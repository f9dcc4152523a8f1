"""Settings of every program, read from the environment and from a `.env` file; `docs/settings.md` explains each.

Built once, in the program that starts, and passed on as an argument.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
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

    llm_url: str | None = Field(
        default=None, description="address of an OpenAI-compatible endpoint; unset: no model, sentences of the posts"
    )
    llm_key: SecretStr | None = Field(default=None, description="key of the endpoint")
    llm_model: str | None = Field(default=None, description="the model that writes summaries, as the endpoint calls it")
    llm_judge_model: str | None = Field(
        default=None, description="another model of the endpoint, which judges claims in `svodka eval summaries`"
    )
    llm_price_in: float = Field(default=0, ge=0, description="price of a million tokens that the model reads")
    llm_price_out: float = Field(default=0, ge=0, description="price of a million tokens that the model writes")
    llm_daily_money: float = Field(default=1.0, ge=0, description="most that a day's calls may cost; a hard limit")
    llm_daily_tokens: int = Field(
        default=2_000_000, ge=0, description="most tokens a day, read and written; a hard limit"
    )
    llm_timeout: float = Field(default=60, gt=0, le=600, description="seconds that a call may take as a whole")
    llm_concurrency: int = Field(default=4, ge=1, le=256, description="most calls at a time, of all workers together")
    llm_per_minute: int = Field(
        default=60, ge=1, le=100_000, description="most calls a minute, of all workers together"
    )
    llm_story_tokens: int = Field(
        default=3000, ge=200, le=100_000, description="most tokens of posts that the model reads for one story"
    )
    llm_answer_tokens: int = Field(default=1200, ge=100, le=32_000, description="most tokens of one answer")
    languages: str = Field(
        default="", description="languages that summaries are written in, with commas between; empty: SVODKA_LANGUAGE"
    )
    write_days: float = Field(
        default=2, gt=0, le=90, description="stories with a post of the last so many days are written"
    )
    write_stories: int = Field(default=200, ge=1, le=10_000, description="and of these so many, best first")
    embed_url: str | None = Field(
        default=None, description="address of an OpenAI-compatible endpoint for embeddings; see `svodka reembed`"
    )
    embed_key: SecretStr | None = Field(default=None, description="key of that endpoint")
    embed_model: str | None = Field(default=None, description="the embedding model, as that endpoint calls it")
    embed_dimension: int | None = Field(
        default=None, ge=16, le=4000, description="shorten vectors to so many numbers, where the model allows it"
    )
    embed_price: float = Field(default=0, ge=0, description="price of a million tokens that are embedded")

    bot_token: SecretStr | None = Field(default=None, description="token of your bot, from https://t.me/BotFather")
    bot_admins: str = Field(
        default="", description="numbers of Telegram users who may steer the bot, with commas between; empty: nobody"
    )
    bot_server: str | None = Field(
        default=None, description="address of a Bot API server of your own; unset: Telegram's"
    )
    bot_webhook: str | None = Field(
        default=None, description="address at which Telegram reaches the bot; unset: the bot asks Telegram for news"
    )
    bot_webhook_secret: SecretStr | None = Field(
        default=None, description="what Telegram proves itself with at that address; unset: made from the token"
    )
    bot_listen: str = Field(default="127.0.0.1:8080", description="ADDRESS:PORT that the webhook is served at")
    digest_hour: int = Field(default=9, ge=0, le=23, description="hour of the digest that new readers are offered")
    send_rate: float = Field(default=30.0, ge=0, le=1000, description="most messages a second; 0: no limit")
    send_concurrency: int = Field(
        default=8, ge=1, le=200, description="messages that one process sends at a time, which a crash may double"
    )
    keep_messages_days: int = Field(
        default=60,
        ge=14,
        le=3650,
        description="days after which what was sent to readers, and what they asked, is forgotten",
    )
    questions_per_day: int = Field(
        default=50, ge=0, le=10_000, description="most questions and searches of one person in 24 hours; 0: none"
    )

    telegram_api_id: int | None = Field(
        default=None, ge=1, description="number of your application at Telegram, from https://my.telegram.org"
    )
    telegram_api_hash: SecretStr | None = Field(default=None, description="hash of your application at Telegram")
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=8,
        description="encrypts the Telegram session on disk; unset: the file is only closed to others",
    )
    telegram_pace: float = Field(default=1.0, ge=0, le=60, description="least seconds between two requests to Telegram")
    telegram_flood_wait: int = Field(
        default=60, ge=1, le=3600, description="seconds: a longer wait that Telegram asks for is put on the channel"
    )
    telegram_reread_minutes: float = Field(
        default=15, gt=0, le=1440, description="how often the last posts of each channel are read again"
    )
    keep_days: int | None = Field(
        default=None, ge=1, le=36_500, description="days after which the text of a post is forgotten; unset: it is kept"
    )
    forget_deleted_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="days after which the text of a post that its channel has deleted is forgotten",
    )
    telegram_server: str | None = Field(
        default=None, description="ADDRESS:PORT of another server than Telegram's own, for tests"
    )
    telegram_server_key: Path | None = Field(
        default=None, description="file with the public RSA key of that server, PEM"
    )

    @field_validator("bot_admins")
    @classmethod
    def _numbers(cls, text: str) -> str:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if wrong := [name for name in names if not name.isdecimal()]:
            raise ValueError(f"{', '.join(wrong)}: users are named by their numbers, such as 123456789")
        return ",".join(names)

    @field_validator("bot_listen")
    @classmethod
    def _listens(cls, address: str) -> str:
        return _address(address)

    @field_validator("llm_url", "embed_url", "bot_server", "bot_webhook")
    @classmethod
    def _web_address(cls, address: str | None) -> str | None:
        if not address:
            return None
        found = urlsplit(address)
        if found.scheme not in {"http", "https"} or not found.hostname or found.query or found.fragment:
            raise ValueError("must look like https://api.example.com/v1")
        return address.rstrip("/")

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, names: str) -> str:
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        if unknown := sorted(set(wanted) - {"ru", "en"}):
            raise ValueError(f"{', '.join(unknown)}: summaries are written in ru and en")
        return ",".join(dict.fromkeys(wanted))

    @field_validator("telegram_server")
    @classmethod
    def _host_and_port(cls, address: str | None) -> str | None:
        return _address(address) if address else None

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

    @model_validator(mode="after")
    def _whole_endpoints(self) -> Self:
        """An address without a model, or a model without an address, would silently do nothing."""
        for name in ("llm", "embed"):
            url, model = getattr(self, f"{name}_url"), getattr(self, f"{name}_model")
            if bool(url) != bool(model):
                missing = "MODEL" if url else "URL"
                raise ValueError(f"SVODKA_{name.upper()}_{missing} is missing: an endpoint needs both _URL and _MODEL")
        return self

    @model_validator(mode="after")
    def _reachable_webhook(self) -> Self:
        """Telegram speaks to https alone, at four ports; a Bot API server of one's own to any (core.telegram.org/bots/api)."""
        if self.bot_webhook and self.bot_server is None:
            found = urlsplit(self.bot_webhook)
            if found.scheme != "https" or found.port not in {None, 80, 88, 443, 8443}:
                raise ValueError(
                    "SVODKA_BOT_WEBHOOK must be an https address, at port 443, 80, 88 or 8443: Telegram takes no other"
                )
        return self

    @property
    def admin_ids(self) -> frozenset[int]:
        """Who may steer the bot whatever its database says."""
        return frozenset(int(name) for name in self.bot_admins.split(",") if name)

    @property
    def written_languages(self) -> tuple[str, ...]:
        """The languages that summaries are written in."""
        return tuple(self.languages.split(",")) if self.languages else (self.language,)

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
        lines = [
            ": ".join([*map(_variable, item["loc"][:1]), item["msg"].removeprefix("Value error, ")])
            for item in error.errors()
        ]
        raise SettingsError("; ".join(lines)) from None


def _address(text: str) -> str:
    """An address and a port as they were written, if they are."""
    host, _, port = text.rpartition(":")
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        raise ValueError("must be an IP address and a port, such as 127.0.0.1:8443") from None
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError("must be an IP address and a port, such as 127.0.0.1:8443")
    return text


def _variable(name: object) -> str:
    text = str(name).upper()
    return text if text == "DATABASE_URL" else f"SVODKA_{text}"
