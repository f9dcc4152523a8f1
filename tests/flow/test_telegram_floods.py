"""Politeness and patience: what waits when Telegram asks for it, what goes on meanwhile, and faults that pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.db.engine import Database
from core.errors import FloodWait, Refused
from core.store import accounts
from core.types import Follow, FollowState
from ingest.account import connected, session_file
from ingest.client import connect
from ingest.pace import Pace
from ingest.reading import Order, read
from ingest.shown import Me
from tests.fakes.telegram import Channel
from tests.flow.telegram import PATIENCE, Desk, desk, eventually
from tests.flow.test_telegram_login import at_once, svodka

HOURS = 14 * 3_600


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


def joined(at: Desk, count: int) -> list[Channel]:
    """Channels that the account is in."""
    channels = [at.telegram.add_channel(f"Лаборатория {number}", f"lab_{number}") for number in range(count)]
    for channel in channels:
        at.account.join(channel)
    return channels


async def by_number(at: Desk) -> dict[int, Follow]:
    """Follows that have been looked up, by their channel's number at Telegram."""
    return {one.channel.tg_id: one for one in await at.follows() if one.channel and one.channel.tg_id}


async def waiting(at: Desk, *channels: Channel) -> bool:
    """Whether these channels, and no others, are left be until a time that is to come."""
    now = datetime.now(UTC)
    found = {number for number, one in (await by_number(at)).items() if one.wait_until and one.wait_until > now}
    return found == {channel.id for channel in channels}


async def waits_are_over(at: Desk) -> None:
    await at.change("UPDATE follows SET wait_until = now() - interval '1 second' WHERE wait_until IS NOT NULL")


# --- short waits ------------------------------------------------------------------------------------------------------


async def test_a_short_wait_is_waited_out(at: Desk) -> None:
    """The request is repeated when its time has come; until then nothing at all is asked; the second is counted."""
    channels = joined(at, 3)
    await at.follow_all(channels)
    for channel in channels:
        channel.post("пост")
    at.telegram.flood("messages.getHistory", 1, channel=channels[0])
    before = len(at.telegram.requests)
    await at.read_once()
    assert await at.agrees(*channels)
    asked = at.telegram.requests[before:]
    flooded = [place for place, one in enumerate(asked) if one.channel == channels[0].id]
    first, second = flooded
    assert second == first + 1, "the same request is the next one"
    assert asked[second].at - asked[first].at >= 1
    async with at.database.begin() as session:
        owner = await accounts.ensure(session)
    assert owner.waited == 1
    assert owner.requests >= len(at.telegram.requests) - 20
    assert all(follow.wait_until is None for follow in await at.follows())


async def test_requests_are_counted(at: Desk) -> None:
    """Every request of Svodka's own, and of Telethon's, stands in the account's count."""
    await at.follow_all(joined(at, 2))
    async with at.database.begin() as session:
        owner = await accounts.ensure(session)
    asked = [one for one in at.telegram.requests if one.method != "help.getConfig"]
    assert owner.requests == len(asked)


def test_a_wait_as_long_as_the_threshold_is_waited_out(tmp_path: Path) -> None:
    """Waits of seconds up to the setting pass in place, and the connection with them; by default that is a minute."""
    seconds = (1, 30, 59)
    assert at_once(_wait_out(tmp_path, seconds, threshold=60)) == sum(seconds)


@pytest.mark.parametrize(("seconds", "threshold"), [(60, 60), (120, 300)])
def test_a_wait_as_long_as_an_answer_may_take(tmp_path: Path, seconds: int, threshold: int) -> None:
    """A wait of a minute and more, where the setting has it waited out in place, costs no connection."""
    assert at_once(_wait_out(tmp_path, (seconds,), threshold=threshold)) == seconds


async def _wait_out(folder: Path, waits: tuple[int, ...], *, threshold: int) -> float:
    """Ask once for each of these waits, on one connection; the seconds that were waited."""
    async with desk(None, folder, telegram_flood_wait=threshold) as at:  # type: ignore[arg-type]
        pace = Pace(0)
        async with connected(at.settings, pace=pace) as telegram:
            for seconds in waits:
                at.telegram.flood("users.getUsers", seconds)
                assert await telegram.me() == Me(tg_id=at.account.id, name=at.account.name)
        return pace.waited


def test_short_waits_without_end_become_a_long_one(tmp_path: Path) -> None:
    """A method that asks for a short wait again and again is left be at last, instead of holding up everything for ever."""

    async def ask() -> None:
        async with desk(None, tmp_path) as at, connected(at.settings, pace=Pace(0)) as telegram:  # type: ignore[arg-type]
            before = at.telegram.count("users.getUsers")
            at.telegram.flood("users.getUsers", 1, times=1_000)
            with pytest.raises(FloodWait):
                await telegram.me()
            assert 1 < at.telegram.count("users.getUsers") - before < 10

    at_once(ask())


# --- long waits -------------------------------------------------------------------------------------------------------


async def test_a_long_wait_is_the_channels(at: Desk) -> None:
    """A wait above the threshold stands on its row, with its end and a reason, and in the list; others are read, events
    come; when it is over, the channel is read on.
    """
    waits, other = joined(at, 2)
    await at.follow_all([waits, other])
    for channel in (waits, other):
        channel.post("пропущено")
    at.telegram.flood("messages.getHistory", 300, channel=waits)
    begun = datetime.now(UTC)
    async with at.reading():
        await eventually(lambda: waiting(at, waits))
        await eventually(lambda: at.agrees(other))
        follow = (await by_number(at))[waits.id]
        assert follow.wait_until is not None
        assert begun + timedelta(seconds=299) < follow.wait_until < datetime.now(UTC) + timedelta(seconds=301)
        assert "wait" in (follow.reason or "")
        assert follow.state is FollowState.READING
        asked = at.telegram.count("messages.getHistory", waits)
        for channel in (waits, other):
            channel.post("живое")
        await eventually(lambda: _has(at, waits, "живое"))
        await eventually(lambda: at.agrees(other))
        text = await svodka(at, "channels", "list")
        assert "the ingester is running;" in text.out
        first, second = [line for line in text.out.splitlines() if line.startswith("@")]
        assert f"waiting until {follow.wait_until:%Y-%m-%d %H:%M:%S}: Telegram asks to wait" in first
        assert "waiting" not in second
        assert at.telegram.count("messages.getHistory", waits) == asked, "it is left be"
        await waits_are_over(at)
        await eventually(lambda: at.agrees(waits))

        async def forgotten() -> bool:
            now = (await by_number(at))[waits.id]
            return (now.wait_until, now.reason) == (None, None)

        await eventually(forgotten)


async def _has(at: Desk, channel: Channel, text: str) -> bool:
    return text in {held for held, _ in (await at.kept(channel)).values()}


async def test_names_are_not_tried_one_after_another(at: Desk) -> None:
    """A wait of 14 hours for lookups: two names are tried, eight are left be with the time on their rows; what is known is
    read on, and a restart asks for none of them.
    """
    (known,) = joined(at, 1)
    await at.follow_all([known])
    before = at.telegram.count("contacts.resolveUsername")
    for number in range(10):
        at.telegram.add_channel("Новая", f"new_{number}")
    at.telegram.flood("contacts.resolveUsername", HOURS, times=100)
    await at.follow(*(f"@new_{number}" for number in range(10)))
    async with at.reading():
        known.post("живое")
        await eventually(lambda: at.agrees(known))
    wanted = [follow for follow in await at.follows() if follow.state is FollowState.WANTED]
    assert len(wanted) == 10
    long = datetime.now(UTC) + timedelta(hours=13)
    assert all(follow.wait_until is not None and follow.wait_until > long for follow in wanted)
    assert all("contacts.resolveUsername" in (follow.reason or "") for follow in wanted)
    await at.read_once()
    assert at.telegram.count("contacts.resolveUsername") - before <= 2


async def test_names_are_looked_up_when_the_wait_is_over(at: Desk) -> None:
    """After the wait all names are looked up, each once."""
    channels = joined(at, 6)
    at.telegram.flood("contacts.resolveUsername", HOURS, times=2)
    await at.follow(*(f"@{channel.username}" for channel in channels))
    await at.read_once()
    assert at.telegram.count("contacts.resolveUsername") == 2
    await waits_are_over(at)
    await at.read_once()
    assert at.telegram.count("contacts.resolveUsername") == 2 + 6
    assert all(follow.state is FollowState.READING and follow.wait_until is None for follow in await at.follows())


async def test_histories_are_not_tried_one_after_another(at: Desk) -> None:
    """A wait of 14 hours for histories: two channels are tried, events of all still come, and a restart asks for none."""
    channels = joined(at, 8)
    await at.follow_all(channels)
    at.telegram.flood("messages.getHistory", HOURS, times=1_000)
    before = at.telegram.count("messages.getHistory")
    async with at.reading():
        await eventually(lambda: waiting(at, *channels))
        for channel in channels:
            channel.post("живое")
        await eventually(lambda: at.agrees(*channels))
    async with at.reading():

        async def comes() -> bool:
            # Of what is sent before somebody listens, only histories tell.
            channels[-1].post("после")
            return await _has(at, channels[-1], "после")

        await eventually(comes)
        assert await waiting(at, *channels)
    assert at.telegram.count("messages.getHistory") - before <= 2


async def test_joins_wait(at: Desk) -> None:
    """A wait for joining stands on the row with the lookup kept; when it is over, it is joined without another lookup."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    at.telegram.flood("channels.joinChannel", HOURS)
    await at.follow("@lab_notes")
    await at.read_once()
    follow = await at.the_follow()
    assert follow.state is FollowState.WANTED
    assert "channels.joinChannel" in (follow.reason or "")
    await waits_are_over(at)
    await at.read_once()
    assert (await at.the_follow()).state is FollowState.READING
    assert at.account in channel.members
    assert at.telegram.count("contacts.resolveUsername") == 1


async def test_joins_are_not_tried_one_after_another(at: Desk) -> None:
    """A wait of 14 hours for joining: two channels are tried, not all that are wanted."""
    for number in range(8):
        at.telegram.add_channel("Новая", f"new_{number}")
    at.telegram.flood("channels.joinChannel", HOURS, times=100)
    await at.follow(*(f"@new_{number}" for number in range(8)))
    await at.read_once()
    assert at.telegram.count("channels.joinChannel") <= 2


async def test_invites_are_not_tried_one_after_another(at: Desk) -> None:
    """A wait of 14 hours for accepting invites: two are tried, not all that are wanted."""
    for number in range(8):
        at.telegram.add_channel("Закрытая", invite=f"AbCdEf12345{number}")
    at.telegram.flood("messages.importChatInvite", HOURS, times=100)
    await at.follow(*(f"+AbCdEf12345{number}" for number in range(8)))
    await at.read_once()
    assert at.telegram.count("messages.importChatInvite") <= 2


@pytest.mark.parametrize("method", ["help.getConfig", "users.getUsers", "updates.getState"])
async def test_a_wait_that_is_met_while_connecting_keeps_its_length(at: Desk, method: str) -> None:
    """Whoever connects learns for how long Telegram wants to be left alone, whichever of the first requests it is for."""
    at.telegram.flood(method, HOURS)
    with pytest.raises(FloodWait) as told:
        async with connect(at.settings, session_file(at.settings).load(), pace=Pace(0)):
            pass
    assert told.value.seconds == HOURS


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_fault_of_one_channel_stops_no_other(at: Desk) -> None:
    """A server error that does not pass puts one channel aside for some minutes, with its name; the others are read."""
    broken, other = joined(at, 2)
    await at.follow_all([broken, other])
    for channel in (broken, other):
        channel.post("пост")
    at.telegram.fail("messages.getHistory", 400, "SOMETHING_ODD", channel=broken)
    await at.read_once()
    assert await at.agrees(other)
    assert await waiting(at, broken)
    follow = (await by_number(at))[broken.id]
    assert "SOMETHING_ODD" in (follow.reason or "")
    assert follow.state is FollowState.READING
    await waits_are_over(at)
    await at.read_once()
    assert await at.agrees(broken, other)


def test_errors_of_the_server_pass_or_are_told(tmp_path: Path) -> None:
    """An error of Telegram's own (500) is asked past, and nobody notices; one that does not pass is a refusal like others."""

    async def ask() -> None:
        async with desk(None, tmp_path) as at, connected(at.settings, pace=Pace(0)) as telegram:  # type: ignore[arg-type]
            at.telegram.fail("users.getUsers", 500, "INTERNAL")
            assert await telegram.me() == Me(tg_id=at.account.id, name=at.account.name)
            at.telegram.fail("users.getUsers", 500, "INTERNAL", times=100)
            with pytest.raises(Refused, match=r"users\.getUsers"):
                await telegram.me()

    at_once(ask())


async def test_answers_that_do_not_come(at: Desk) -> None:
    """An answer that is lost with its connection, be it to a lookup, a joining or a history, is asked for on the next one."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    channel.post("до нас")
    for method in ("contacts.resolveUsername", "channels.joinChannel", "messages.getHistory"):
        at.telegram.drop_answers(method)
    await at.follow("@lab_notes", days=1)
    await at.read_once()
    assert await at.agrees(channel)
    assert at.account in channel.members


async def test_a_server_that_refuses_for_a_while(at: Desk) -> None:
    """When nobody answers for a while, reading goes on where it was as soon as somebody does."""
    (channel,) = joined(at, 1)
    await at.follow_all([channel])
    refused = asyncio.Event()
    async with at.reading():
        at.telegram.refuse = True
        at.telegram.drop_connections()
        channel.post("в темноте")
        assert at.telegram.listening(at.account) == 0
        asyncio.get_running_loop().call_later(0.7, refused.set)
        await refused.wait()
        at.telegram.refuse = False
        await eventually(lambda: at.agrees(channel))
        channel.post("и снова")
        await eventually(lambda: at.agrees(channel))


async def test_a_start_without_telegram_waits_for_it(at: Desk) -> None:
    """A reader that is started while Telegram cannot be reached begins as soon as it can."""
    (channel,) = joined(at, 1)
    channel.post("пост")
    await at.follow(f"@{channel.username}", days=1)
    at.telegram.refuse = True
    task = asyncio.create_task(
        read(Order(settings=at.settings, database=at.database, chosen=lambda follow: follow.id > 0))
    )
    asyncio.get_running_loop().call_later(0.2, setattr, at.telegram, "refuse", False)
    async with asyncio.timeout(PATIENCE):
        await task
    assert await at.agrees(channel)


async def test_no_sweep_of_dialogs(at: Desk) -> None:
    """Neither starts, nor reading, nor reconnections go through the account's chat list."""
    channels = joined(at, 3)
    await at.follow_all(channels)
    async with at.reading():
        for channel in channels:
            channel.post("пост")
        at.telegram.drop_connections()
        await eventually(lambda: at.agrees(*channels))
    assert at.telegram.count("messages.getDialogs") == 0
