"""Which channel is meant by what somebody types, and what is said of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from cli import channels
from core.errors import NotFound, UsageError
from core.store import steering
from core.types import Channel, ChannelKind, Follow, FollowReport, FollowState

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
HOUR = timedelta(hours=1)


def follow(
    number: int = 1, title: str = "Лаборатория", username: str | None = "lab_notes", **changed: object
) -> Follow:
    """A channel of which everything has been read."""
    made = Follow(
        id=number,
        account_id=1,
        asked=f"@{username}" if username else "+AbCdEf123456",
        state=FollowState.READING,
        added_at=NOW,
        channel_id=number,
        channel=Channel(tg_id=1000 + number, name=title, kind=ChannelKind.PUBLIC, username=username),
        access_hash=1,
        watermark=10,
        floor=10,
        read_at=NOW,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def told(found: Follow, *, posts: int = 0, unread: int = 0, last: datetime | None = None) -> str:
    return channels._told(FollowReport(follow=found, posts=posts, unread=unread, last_post=last), MOSCOW)


# --- which is meant ---------------------------------------------------------------------------------------------------

ALL = [
    follow(1),
    follow(2, "Соседи сверху", "neighbours", asked="+XyZxYz987654"),
    follow(3, "Закрытая", None),
    follow(4, state=FollowState.WANTED, asked="@Not_Yet".lower(), channel=None, channel_id=None),
    follow(5, state=FollowState.WANTED, asked="folder:Чтение", channel=None, channel_id=None),
]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("@lab_notes", 1), ("lab_notes", 1), ("LAB_NOTES", 1), ("https://t.me/lab_notes/17", 1), ("tg://resolve?domain=lab_notes", 1),
        ("1001", 1), ("-1001001", 1), ("Лаборатория", 1), (" лаборатория ", 1), ("соседи сверху", 2), ("@neighbours", 2),
        ("+XyZxYz987654", 2), ("t.me/+XyZxYz987654", 2), ("закрытая", 3), ("+AbCdEf123456", 3), ("1003", 3), ("@not_yet", 4),
        ("folder:чтение", 5),
    ],
)  # fmt: skip
def test_a_channel_is_meant_by_whatever_names_it(typed: str, number: int) -> None:
    """Name, link, number in either form, title, invite, or what was asked for: in any case, with blanks around it."""
    assert channels._meant(ALL, typed).id == number


@pytest.mark.parametrize("typed", ["", " ", "@nobody", "Лаб", "100", "https://example.org/", "folder:"])
def test_what_is_not_followed_is_told(typed: str) -> None:
    """Nothing is guessed: a part of a title or a number means no channel."""
    with pytest.raises(NotFound, match="svodka channels list"):
        channels._meant(ALL, typed)


@pytest.mark.parametrize("typed", ["[AI] новости", "новости [AI"])
def test_a_title_may_have_brackets(typed: str) -> None:
    """A title with brackets, as many have, names its channel like any other."""
    assert channels._meant([*ALL, follow(6, "[AI] новости"), follow(7, "новости [AI")], typed).id in {6, 7}


def test_a_name_is_meant_before_a_title() -> None:
    """A channel that calls itself by another's name is not the one that is removed or erased in its place."""
    impostor = follow(1, "@neighbours", "impostor")
    assert channels._meant([impostor, follow(2, "Соседи", "neighbours")], "@neighbours").id == 2


def test_a_title_that_several_have_means_none() -> None:
    """Where a title is that of several channels, none is paused or erased for another: the sentence asks which."""
    with pytest.raises(UsageError, match="give the number of one"):
        channels._meant([follow(1, "Новости", "first_one"), follow(2, "Новости", "second_one")], "Новости")


# --- what is said -----------------------------------------------------------------------------------------------------


def test_a_line_tells_name_state_posts_and_the_last_one() -> None:
    """Name, state, number of posts and the time of the last one, in the operator's zone; nothing more if nothing is amiss."""
    line = told(follow(), posts=12, last=NOW)
    assert line.split() == ["@lab_notes", "Лаборатория", "reading", "12", "2026-09-14", "15:00"]


def test_a_line_tells_what_is_amiss() -> None:
    """Waits with their end and reason, unreadable messages, history to come and a weight stand at the end of the line."""
    found = follow(wait_until=NOW + HOUR, reason="Telegram asks to wait", backfill_since=NOW - 48 * HOUR, weight=2.5)
    line = told(found, unread=2)
    assert line.endswith(
        "waiting until 2026-09-14 16:00:00: Telegram asks to wait; "
        "2 messages not readable: svodka reparse tries again; history still to be read, back to 2026-09-12; weight 2.5"
    )


def test_a_line_tells_why_one_is_not_read() -> None:
    """A channel that was not found is named by what was asked for, with the reason; history is not promised to it."""
    lost = follow(
        asked="@nobody_here",
        state=FollowState.NOT_FOUND,
        reason="nobody has this name",
        channel=None,
        channel_id=None,
        backfill_since=NOW,
    )
    assert told(lost).split(maxsplit=4) == ["@nobody_here", "not_found", "0", "-", "nobody has this name"]


@pytest.mark.parametrize("title", ["", "Л" * 100, "研究所" * 30, "👩‍🔬" * 40, "e\u0301" * 60])
def test_columns_stay_in_line(title: str) -> None:
    """Whatever a channel is called, its state stands in the same column."""
    line = told(follow(1, title, None))
    assert cell_len(line[: line.index("reading")]) == channels.NAME_WIDTH + 2


@pytest.mark.parametrize("title", ["две\nстроки", "\x1b[2Jпусто", "наоборот\u202e", "назад\rначало"])
def test_a_title_cannot_write_elsewhere(title: str) -> None:
    """Control characters of a title, which anybody may choose, do not reach the terminal."""
    assert told(follow(1, title)).isprintable()


# --- how far history is read ------------------------------------------------------------------------------------------


def test_hours_of_history_are_counted() -> None:
    """Of a day that was asked for, what lies between now and the oldest post that is kept has been read."""
    found = follow(1, backfill_since=NOW - 24 * HOUR)
    assert channels._hours([found], {}) == (24, 0)
    assert channels._hours([found], {1: NOW - 6 * HOUR}) == (24, 6)
    assert channels._hours([found], {1: NOW - 30 * HOUR}) == (24, 24)
    assert channels._hours([found], {1: NOW + HOUR}) == (24, 0)
    assert channels._hours([found, follow(2, backfill_since=NOW - 2 * HOUR)], {2: NOW - HOUR}) == (26, 1)


def test_only_history_that_is_being_read_counts() -> None:
    """Channels without a wish for history, and those that are not read, expect nothing."""
    paused = follow(2, backfill_since=NOW - 24 * HOUR, state=FollowState.PAUSED)
    assert channels._hours([follow(1), paused], {1: NOW - HOUR, 2: NOW - HOUR}) == (0, 0)


@pytest.mark.parametrize(
    ("changed", "settled"),
    [
        ({}, True),
        ({"state": FollowState.PROTECTED}, True),
        ({"backfill_since": NOW}, False),
        ({"watermark": None}, False),
        ({"state": FollowState.WANTED}, False),
        ({"state": FollowState.WANTED, "wait_until": NOW}, True),
        ({"backfill_since": NOW, "wait_until": NOW + HOUR}, True),
        ({"state": FollowState.PAUSED, "backfill_since": NOW}, True),
        ({"state": FollowState.REQUESTED}, True),
        *(({"state": state, "watermark": None}, True) for state in FollowState if state.value in {"not_found", "private", "banned"}),
    ],
)  # fmt: skip
def test_who_adds_a_channel_waits_until_it_is_settled(changed: dict[str, object], settled: bool) -> None:
    """Read with its history, left be for a time, or kept from being read: then there is nothing to wait for."""
    assert channels._is_settled(follow(**changed)) is settled  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "known", "resumed"),
    [
        (FollowState.PAUSED, True, FollowState.READING),
        (FollowState.PAUSED, False, FollowState.WANTED),
        (FollowState.READING, True, FollowState.READING),
        (FollowState.PROTECTED, True, FollowState.PROTECTED),
        (FollowState.BANNED, True, FollowState.WANTED),
        (FollowState.TOO_MANY, True, FollowState.WANTED),
        (FollowState.NOT_FOUND, False, FollowState.WANTED),
    ],
)
def test_where_a_resumed_channel_goes_on(state: FollowState, known: bool, resumed: FollowState) -> None:
    """A paused channel is read on, one that could not be read is looked up anew, one that is read stays so."""
    found = follow(state=state)
    unknown = replace(found, channel=None, channel_id=None, access_hash=None, watermark=None, floor=None)
    assert steering.resumed(found if known else unknown) is resumed
