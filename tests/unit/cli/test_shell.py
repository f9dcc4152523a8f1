"""What people type on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli import importing, shell
from core.errors import SettingsError, UsageError
from core.settings import Settings, load

NOW = datetime(2026, 9, 18, 12, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", NOW - timedelta(days=1)),
        ("3d", NOW - timedelta(days=3)),
        ("2 w", NOW - timedelta(weeks=2)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2026-09-14", datetime(2026, 9, 13, 21, tzinfo=UTC)),
        ("2026-09-14T10:00", datetime(2026, 9, 14, 7, tzinfo=UTC)),
        ("2026-09-14T10:00+00:00", datetime(2026, 9, 14, 10, tzinfo=UTC)),
        ("2000-01-01", datetime(1999, 12, 31, 21, tzinfo=UTC)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    """Spans count back from now; dates are in the zone of the settings unless they name one."""
    assert shell.moment(text, now=NOW, tz=MOSCOW) == expected


@pytest.mark.parametrize("text", ["", "soon", "24", "2026-13-40", "999999999999d", "-3d"])
def test_what_is_no_moment_is_told(text: str) -> None:
    """One sentence with examples of what can be written."""
    with pytest.raises(UsageError, match="is not a time"):
        shell.moment(text, now=NOW, tz=MOSCOW)


def test_numbers_agree_with_their_nouns() -> None:
    """One post, two posts, no stories."""
    assert shell.counted(1, "post") == "1 post"
    assert shell.counted(2, "post") == "2 posts"
    assert shell.counted(0, "story", "stories") == "0 stories"
    assert shell.counted(1, "story", "stories") == "1 story"


def test_usernames() -> None:
    """`ID=NAME` in every spelling of an id, or a bare name."""
    assert importing.usernames(["123=owl", "-100456=@hedgehog", "channel789=https://t.me/fox", "solo"]) == {
        123: "owl",
        456: "hedgehog",
        789: "fox",
        None: "solo",
    }
    with pytest.raises(UsageError, match="neither"):
        importing.usernames(["x=y z"])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://host/db", "DATABASE_URL: must look like"),
        ("SVODKA_TIMEZONE", "Mars/Olympus", "SVODKA_TIMEZONE: 'Mars/Olympus' is not an IANA time zone"),
        ("SVODKA_LANGUAGE", "de", "SVODKA_LANGUAGE"),
        ("SVODKA_BOT_WEBHOOK", "http://bot.example.com/telegram", "SVODKA_BOT_WEBHOOK must be an https address"),
        ("SVODKA_BOT_WEBHOOK", "https://bot.example.com:8080/telegram", "at port 443, 80, 88 or 8443"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    """The message names the variable as the operator wrote it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says):
        load()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_spelling_of_the_scheme_means_psycopg(scheme: str) -> None:
    """Hosting providers hand out `postgres://`; the driver is ours to name."""
    assert Settings(database_url=f"{scheme}://u:p@h/d").database_url == "postgresql+psycopg://u:p@h/d"
