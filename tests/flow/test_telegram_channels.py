"""Which channels are read and what keeps one from being read: looking up, joining, renames, states, commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telethon.tl import types

from core.db.engine import Database
from core.store import accounts
from core.store import follows as follow_store
from core.store import messages as message_store
from core.store.steering import resumed
from core.types import ChannelKind, Follow, FollowState
from ingest import refusals
from ingest.account import session_file
from ingest.plan import Turns, next_task
from tests.fakes.telegram import Channel
from tests.flow.telegram import PATIENCE, Desk, desk, eventually, photo, shown
from tests.flow.test_telegram_login import svodka

SECRET = "тайна"


@pytest.fixture
async def at(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path) as opened:
        yield opened


def joined(at: Desk, title: str = "Лаборатория", username: str | None = "lab_notes") -> Channel:
    """A channel that the account is in."""
    channel = at.telegram.add_channel(title, username)
    at.account.join(channel)
    return channel


async def of(at: Desk, channel: Channel) -> Follow:
    """How a channel is followed."""
    (found,) = [one for one in await at.follows() if one.channel and one.channel.tg_id == channel.id]
    return found


async def until(at: Desk, channel: Channel, state: FollowState) -> None:
    async def is_so() -> bool:
        return (await of(at, channel)).state is state

    await eventually(is_so)


async def resume(at: Desk, channel: Channel | None = None) -> None:
    """What `svodka channels resume` does, of one channel or of all."""
    async with at.database.begin() as session:
        for follow in await at.follows() if channel is None else [await of(at, channel)]:
            await follow_store.set_state(session, follow.id, resumed(follow))


async def pause(at: Desk, channel: Channel) -> None:
    """What `svodka channels pause` does."""
    async with at.database.begin() as session:
        await follow_store.set_state(session, (await of(at, channel)).id, FollowState.PAUSED)


async def waits_are_over(at: Desk) -> None:
    await at.change("UPDATE follows SET wait_until = now() - interval '1 second' WHERE wait_until IS NOT NULL")


async def holding(at: Desk, word: str) -> set[str]:
    """The tables in which a word stands, in whatever column."""
    names = await at.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    found = set()
    for (name,) in names:
        if await at.rows(f'SELECT FROM "{name}" t WHERE to_jsonb(t)::text ILIKE :word LIMIT 1', word=f"%{word}%"):
            found.add(name)
    return found


# --- names ------------------------------------------------------------------------------------------------------------


async def test_a_name_is_looked_up_once(at: Desk) -> None:
    """Over three starts, a new title and two new names, the username is looked up a single time."""
    channel = joined(at)
    await at.follow_all([channel])
    for name in ("lab_news", "lab_daily"):
        channel.rename(f"Теперь {name}", name)
        channel.post("пост")
        await at.read_once()
    await at.read_once()
    assert at.telegram.count("contacts.resolveUsername") == 1
    assert await at.agrees(channel)
    follow = await at.the_follow()
    assert follow.channel is not None
    assert (follow.channel.name, follow.channel.username) == ("Теперь lab_daily", "lab_daily")
    # The former name may be somebody else's by now, and may be asked for again.
    assert follow.asked == "@lab_daily"


async def test_renames_are_followed_as_they_happen(at: Desk) -> None:
    """A new title, a new username and the loss of the username show while channels are read; it is read on."""
    channel = joined(at)
    await at.follow_all([channel])

    async def is_called(title: str, username: str | None) -> bool:
        known = (await at.the_follow()).channel
        return known is not None and (known.name, known.username) == (title, username)

    async with at.reading():
        channel.rename("Новая лаборатория", "new_lab")
        await eventually(lambda: is_called("Новая лаборатория", "new_lab"))
        channel.make_private()
        await eventually(lambda: is_called("Новая лаборатория", None))
        channel.post("мы закрылись")
        await eventually(lambda: at.agrees(channel))
    follow = await at.the_follow()
    assert follow.state is FollowState.READING
    assert follow.channel is not None
    assert follow.channel.kind is ChannelKind.PRIVATE
    assert at.telegram.count("contacts.resolveUsername") == 1


async def test_a_name_that_went_to_another_channel_stays_with_the_first(at: Desk) -> None:
    """When a username moves to another channel, the one that was chosen is read on, and the other can be followed, too."""
    first = joined(at)
    await at.follow_all([first])
    first.rename(username="lab_archive")
    second = at.telegram.add_channel("Самозванец", "lab_notes")
    await at.read_once()
    first.post("это мы")
    second.post("это не они")
    await at.read_once()
    assert set(await at.kept(first)) == set(shown(first))
    assert await at.kept(second) == {}


async def test_one_is_joined_that_the_account_is_not_in(at: Desk) -> None:
    """A public channel is joined once, so that its posts come as events."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    await at.follow("@lab_notes")
    await at.read_once()
    assert at.account in channel.members
    async with at.reading():
        channel.post("живой")
        await eventually(lambda: at.agrees(channel))
    await at.read_once()
    assert at.telegram.count("channels.joinChannel") == 1
    assert await at.rows("SELECT member FROM channels") == [(True,)]


async def test_one_that_the_account_is_in_is_not_joined_again(at: Desk) -> None:
    """Membership is seen, not asked for."""
    await at.follow_all([joined(at)])
    assert at.telegram.count("channels.joinChannel") == 0


async def test_names_of_nothing_of_people_and_of_groups_are_told_apart(at: Desk) -> None:
    """Not found, a person, a group: states with reasons, after one lookup each, and again none at the next start."""
    at.telegram.add_user("ada_notes")
    at.telegram.add_channel("Болтовня", "lab_chat", megagroup=True)
    await at.follow("@nobody_here", "@ada_notes", "@lab_chat")
    await at.read_once()
    await at.read_once()
    found = {follow.asked: (follow.state, follow.reason) for follow in await at.follows()}
    assert found == {
        "@nobody_here": (FollowState.NOT_FOUND, "nobody has this name: is it spelled right?"),
        "@ada_notes": (FollowState.NOT_FOUND, "this is a group or a person, not a channel"),
        "@lab_chat": (FollowState.NOT_FOUND, "this is a group or a person, not a channel"),
    }
    assert at.telegram.count("contacts.resolveUsername") == 3
    assert at.telegram.count("channels.joinChannel") == 0


async def test_one_that_was_not_found_can_be_found_later(at: Desk) -> None:
    """A resumed follow is looked up anew, and read when the name exists meanwhile."""
    await at.follow("@lab_notes")
    await at.read_once()
    joined(at)
    await resume(at)
    await at.read_once()
    assert (await at.the_follow()).state is FollowState.READING


# --- invites ----------------------------------------------------------------------------------------------------------


async def test_a_private_channel_is_joined_by_its_invite(at: Desk) -> None:
    """An invite is looked at, accepted once, and the channel read from then on, also when the invite expires."""
    channel = at.telegram.add_channel("Закрытая", invite="AbCdEf123456")
    channel.post("до нас")
    await at.follow("+AbCdEf123456", days=1)
    await at.read_once()
    channel.invite = None
    channel.post("при нас")
    await at.read_once()
    assert await at.agrees(channel)
    assert at.account in channel.members
    assert at.telegram.count("messages.importChatInvite") == 1
    assert at.telegram.count("messages.checkChatInvite") == 1


async def test_an_invite_to_where_one_is_already_is_not_accepted_again(at: Desk) -> None:
    """A member's invite only tells which channel it is."""
    channel = at.telegram.add_channel("Закрытая", invite="AbCdEf123456")
    at.account.join(channel)
    await at.follow("+AbCdEf123456")
    await at.read_once()
    assert (await of(at, channel)).state is FollowState.READING
    assert at.telegram.count("messages.importChatInvite") == 0


async def test_invites_that_lead_nowhere(at: Desk) -> None:
    """Expired, never given, to a group, to a channel that has banned the account: each a state and what to do."""
    banned = at.telegram.add_channel("Закрытая", invite="BannedInvite1")
    at.account.ban(banned)
    at.telegram.add_channel("Болтовня", invite="GroupInvite12", megagroup=True)
    await at.follow("+ExpiredInvite", "+BannedInvite1", "+GroupInvite12")
    await at.read_once()
    found = {follow.asked: (follow.state, follow.reason or "") for follow in await at.follows()}
    assert found["+ExpiredInvite"] == (
        FollowState.NOT_FOUND,
        "the invite has expired: ask for a new invite link and add that",
    )
    assert found["+BannedInvite1"][0] in {FollowState.PRIVATE, FollowState.BANNED}
    assert found["+GroupInvite12"] == (FollowState.NOT_FOUND, "this is a group or a person, not a channel")
    assert at.telegram.count("messages.importChatInvite") == 0


@pytest.mark.parametrize("username", [None, "lab_notes"])
async def test_a_channel_whose_admins_have_to_agree(at: Desk, username: str | None) -> None:
    """The account asks once, looks again later without asking again, and reads as soon as it has been let in."""
    channel = at.telegram.add_channel("По заявке", username, invite="AbCdEf123456", request_needed=True)
    await at.follow("+AbCdEf123456" if username is None else f"@{username}")
    method = "messages.importChatInvite" if username is None else "channels.joinChannel"
    await at.read_once()
    follow = await at.the_follow()
    assert follow.state is FollowState.REQUESTED
    assert follow.wait_until is not None
    assert follow.wait_until > datetime.now(UTC) + timedelta(minutes=55)
    assert "admins have to agree" in (follow.reason or "")
    assert at.account in channel.requests
    await at.read_once()
    assert at.telegram.count(method) == 1, "it is left be until then"
    for _ in range(2):
        await waits_are_over(at)
        await at.read_once()
    again = await at.the_follow()
    assert again.state is FollowState.REQUESTED
    assert again.wait_until is not None
    assert again.wait_until > datetime.now(UTC)
    at.account.join(channel)
    await waits_are_over(at)
    await at.read_once()
    channel.post("впустили")
    await at.read_once()
    read = await at.the_follow()
    assert (read.state, read.reason, read.wait_until) == (FollowState.READING, None, None)
    assert await at.agrees(channel)
    assert at.telegram.count(method) == 1
    assert at.telegram.count("contacts.resolveUsername") == (username is not None)


async def test_asked_by_name_and_by_invite_it_is_followed_once(at: Desk) -> None:
    """The second way to name a channel leads to the same follow, and takes its wish for history along."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes", invite="AbCdEf123456")
    channel.post("давний", date=datetime.now(UTC) - timedelta(days=3))
    channel.post("недавний", date=datetime.now(UTC) - timedelta(hours=3))
    await at.follow("@lab_notes", days=1)
    await at.read_once()
    assert set(await at.kept(channel)) == {2}
    await at.follow("+AbCdEf123456", days=7)
    await at.read_once()
    assert (await at.the_follow()).asked == "@lab_notes"
    assert set(await at.kept(channel)) == {1, 2}


# --- what keeps one from being read -----------------------------------------------------------------------------------


async def test_a_ban_stops_one_channel(at: Desk) -> None:
    """Banned from one channel while it is read: a state and a reason there; the others are read on; unbanned, it is again."""
    banned, other = joined(at), joined(at, "Соседи", "neighbours")
    await at.follow_all([banned, other])
    async with at.reading():
        banned.post("до")
        await eventually(lambda: at.agrees(banned))
        at.account.ban(banned)
        banned.post("нам не видно")
        await until(at, banned, FollowState.BANNED)
        other.post("живём")
        await eventually(lambda: at.agrees(other))
        assert "banned" in ((await of(at, banned)).reason or "")
    at.account.unban(banned)
    await resume(at, banned)
    await at.read_once()
    assert (await of(at, banned)).state is FollowState.READING
    assert await at.agrees(banned)
    assert at.account in banned.members


async def test_one_that_the_account_was_put_out_of(at: Desk) -> None:
    """A private channel that the account is no longer in is private; in it again and resumed, what was missed is read."""
    channel = joined(at, "Закрытая", None)
    channel.invite = "AbCdEf123456"
    await at.follow("+AbCdEf123456")
    await at.read_once()
    async with at.reading():
        channel.post("до")
        await eventually(lambda: at.agrees(channel))
        at.account.leave(channel)
        await until(at, channel, FollowState.PRIVATE)
        assert "svodka channels resume" in ((await at.the_follow()).reason or "")
        channel.post("без нас")
    at.account.join(channel)
    await resume(at)
    await at.read_once()
    assert await at.agrees(channel)
    assert (await at.the_follow()).reason is None


async def test_one_that_becomes_private_without_its_readers(at: Desk) -> None:
    """A public channel that was left and loses its name is private to us, with what to do."""
    channel = joined(at)
    await at.follow_all([channel])
    at.account.leave(channel)
    channel.make_private()
    await at.read_once()
    follow = await at.the_follow()
    assert follow.state is FollowState.PRIVATE
    assert "join it in Telegram" in (follow.reason or "")


async def test_as_many_channels_as_telegram_allows(at: Desk) -> None:
    """The one too many waits in a state that says so, with its lookup kept; once one is left, it is joined."""
    first = joined(at, "Прежняя", "former_one")
    at.telegram.channel_limit = 1
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    await at.follow("@lab_notes")
    await at.read_once()
    follow = await at.the_follow()
    assert follow.state is FollowState.TOO_MANY
    assert "leave some" in (follow.reason or "")
    at.account.leave(first)
    await resume(at)
    await at.read_once()
    assert (await of(at, channel)).state is FollowState.READING
    assert at.telegram.count("contacts.resolveUsername") == 1


async def test_no_text_of_a_protected_channel_is_kept(at: Desk) -> None:
    """Of a channel that forbids copying from the start, posts have no text, whether as history, as gap or as events."""
    channel = at.telegram.add_channel("Крепость", "fortress", noforwards=True)
    at.account.join(channel)
    _post_secrets(channel)
    await at.follow("@fortress", days=7)
    await at.read_once()
    _post_secrets(channel)
    await at.read_once()
    async with at.reading():
        _post_secrets(channel)
        channel.edit(1, f"ещё одна {SECRET}")
        await eventually(lambda: _has(at, 9))
    assert await holding(at, SECRET) == set()
    follow = await at.the_follow()
    assert follow.state is FollowState.PROTECTED
    assert "forbids copying" in (follow.reason or "")
    assert await at.rows("SELECT DISTINCT text, protected FROM posts") == [("", True)]


def _post_secrets(channel: Channel) -> None:
    """Three posts with a secret in every place that a text can have."""
    link = types.MessageEntityTextUrl(0, 5, f"https://{SECRET}.example/")
    author = types.MessageFwdHeader(date=datetime.now(UTC), from_name=f"Автор {SECRET}", post_author=SECRET)
    channel.post(f"{SECRET} первая", entities=[link], post_author=f"{SECRET}")
    channel.post(f"{SECRET} вторая", fwd_from=author)
    channel.post(f"{SECRET} третья", media=photo())


async def _has(at: Desk, count: int) -> bool:
    return len(await at.rows("SELECT FROM posts WHERE deleted_at IS NULL")) == count


async def test_texts_vanish_when_a_channel_begins_to_forbid_copying(at: Desk) -> None:
    """Texts, former versions and records of what was kept before are gone; what comes is counted only; later it is kept again."""
    channel = joined(at)
    await at.follow_all([channel])
    async with at.reading():
        _post_secrets(channel)
        await eventually(lambda: at.agrees(channel))
        channel.edit(1, f"{SECRET} исправлена")
        await eventually(lambda: at.agrees(channel))
        assert await holding(at, SECRET) == {"posts", "post_versions"}
        channel.protect()
        await until(at, channel, FollowState.PROTECTED)
        _post_secrets(channel)
        await eventually(lambda: _has(at, 6))
        assert await holding(at, SECRET) == set()
        channel.protect(noforwards=False)
        await until(at, channel, FollowState.READING)
        channel.post("снова можно")
        await eventually(lambda: _text_of(at, 7, "снова можно"))
        assert (await at.the_follow()).reason is None
    await at.read_once()
    assert await at.agrees(channel), "the last posts are read again, and may be kept now"


async def _text_of(at: Desk, number: int, text: str) -> bool:
    return await at.rows("SELECT text FROM posts WHERE message_id = :number", number=number) == [(text,)]


async def test_one_message_may_be_protected_alone(at: Desk) -> None:
    """A message that must not be copied, in a channel that allows it, is counted without its text."""
    channel = joined(at)
    await at.follow_all([channel])
    channel.post(f"{SECRET} одна", noforwards=True)
    channel.post("открыто")
    await at.read_once()
    assert await holding(at, SECRET) == set()
    assert await at.rows("SELECT text, protected FROM posts ORDER BY message_id") == [("", True), ("открыто", False)]


async def protected_later(at: Desk) -> None:
    """A channel whose oldest posts are further back than a page, forbids copying after they were read."""
    channel = joined(at)
    await at.follow_all([channel])
    _post_secrets(channel)
    channel.post(f"{SECRET} из времени до Telegram", date=datetime(2005, 1, 1, tzinfo=UTC))
    channel.backlog(120)
    await at.read_once()
    assert await holding(at, SECRET) == {"posts", "unread_messages"}
    channel.protect()
    await at.read_once()
    assert (await at.the_follow()).state is FollowState.PROTECTED


async def test_records_that_could_not_be_read_are_withheld_too(at: Desk) -> None:
    """When a channel begins to forbid copying, the text of a message that could not be read goes as well."""
    await protected_later(at)
    assert "unread_messages" not in await holding(at, SECRET)


async def test_names_of_authors_are_withheld_too(at: Desk) -> None:
    """When a channel begins to forbid copying, the names in its forwards go with the texts, however old they are."""
    await protected_later(at)
    assert "posts" not in await holding(at, SECRET)


async def test_history_of_a_channel_that_has_become_protected(at: Desk) -> None:
    """A page of history that shows the channel to be protected is kept without its texts, whichever step is the first."""
    channel = joined(at)
    channel.backlog(150, text=lambda number: f"{SECRET} {number}")
    await at.follow("@lab_notes", days=30)
    at.telegram.on_request = lambda request: (
        channel.protect()
        if request.method == "messages.getHistory" and at.telegram.count(request.method) == 2
        else None
    )
    async with asyncio.timeout(PATIENCE):
        await at.read_once()
    assert await holding(at, SECRET) == set()


# --- folders ----------------------------------------------------------------------------------------------------------


async def test_a_folder_is_its_channels(at: Desk) -> None:
    """Its channels are followed with the history asked for, its groups are not; one that was followed stays the one it is."""
    known, public = joined(at, "Известный", "known_one"), joined(at, "Открытый", "open_one")
    private, group = joined(at, "Закрытый", None), at.telegram.add_channel("Болтовня", "chat_one", megagroup=True)
    at.account.join(group)
    await at.follow_all([known])
    at.account.add_folder("Машинное обучение", [known, public, private, group])
    for channel in (known, public, private, group):
        channel.post("пост")
    await at.follow("folder:машинное ОБУЧЕНИЕ", days=1)
    await at.read_once()
    assert {follow.channel and follow.channel.tg_id for follow in await at.follows()} == {
        known.id,
        public.id,
        private.id,
    }
    assert (await of(at, known)).asked == "@known_one"
    assert await at.agrees(known, public, private)
    assert at.telegram.count("contacts.resolveUsername") == 1
    assert at.telegram.count("messages.getDialogs") == 0


async def test_folders_that_lead_to_nothing(at: Desk) -> None:
    """No such folder, an empty one, and one of groups alone: each says so in its reason, and is asked for once."""
    group = at.telegram.add_channel("Болтовня", "chat_one", megagroup=True)
    at.account.join(group)
    at.account.add_folder("Пустая", [])
    at.account.add_folder("Группы", [group])
    await at.follow("folder:Нет такой", "folder:Пустая", "folder:Группы")
    await at.read_once()
    await at.read_once()
    assert {follow.asked: (follow.state, follow.reason) for follow in await at.follows()} == {
        "folder:Нет такой": (FollowState.NOT_FOUND, "there is no folder 'Нет такой'"),
        "folder:Пустая": (FollowState.NOT_FOUND, refusals.NO_CHANNELS),
        "folder:Группы": (FollowState.NOT_FOUND, refusals.NO_CHANNELS),
    }
    assert at.telegram.count("messages.getDialogFilters") == 3


async def test_a_banned_channel_of_a_folder_can_be_resumed(at: Desk) -> None:
    """A channel of a folder that has banned the account says so by its name; unbanned and resumed, it is read."""
    channel = joined(at)
    at.account.add_folder("Чтение", [channel])
    at.account.ban(channel)
    await at.follow("folder:Чтение")
    await at.read_once()
    assert (await at.the_follow()).state is FollowState.BANNED
    at.account.unban(channel)
    at.account.join(channel)
    await resume(at)
    await at.read_once()
    assert (await at.the_follow()).state is FollowState.READING


async def test_a_channel_of_a_folder_that_was_left_is_joined(at: Desk) -> None:
    """A folder may still hold a channel that the account has left; followed, its posts come as events like all others."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    at.account.add_folder("Чтение", [channel])
    await at.follow("folder:Чтение")
    await at.read_once()
    assert (await at.the_follow()).state is FollowState.READING
    assert at.account in channel.members


# --- pause, weight, remove --------------------------------------------------------------------------------------------


async def test_a_paused_channel_is_not_read(at: Desk) -> None:
    """Nothing arrives of a paused channel, by event or by history, while others are read; resumed, it has what it missed."""
    paused, other = joined(at), joined(at, "Соседи", "neighbours")
    await at.follow_all([paused, other])
    async with at.reading():
        await pause(at, paused)
        before = at.telegram.count("messages.getHistory", paused)
        paused.post("мимо")
        other.post("не мимо")
        await eventually(lambda: at.agrees(other))
        assert await at.kept(paused) == {}
    await at.read_once()
    assert await at.kept(paused) == {}
    assert at.telegram.count("messages.getHistory", paused) == before
    await resume(at, paused)
    await at.read_once()
    assert await at.agrees(paused, other)


async def test_a_resumed_channel_is_due_at_once(at: Desk) -> None:
    """An ingester that runs reads what a resumed channel has missed now, not at the next re-read."""
    channel = joined(at)
    await at.follow_all([channel])
    await pause(at, channel)
    await resume(at, channel)
    now = datetime.now(UTC)
    turns = Turns(connected_at=now - timedelta(hours=5))
    assert next_task(await at.follows(), turns, now=now, reread_every=timedelta(minutes=15)) is not None


async def test_a_paused_protected_channel_stays_protected(at: Desk) -> None:
    """After a pause, a channel that forbids copying is counted only, as before."""
    channel = at.telegram.add_channel("Крепость", "fortress", noforwards=True)
    at.account.join(channel)
    await at.follow_all([channel])
    await pause(at, channel)
    _post_secrets(channel)
    await resume(at)
    async with at.reading():
        channel.post(f"{SECRET} живая")
        await eventually(lambda: _has(at, 4))
    assert await holding(at, SECRET) == set()
    assert (await at.the_follow()).state is FollowState.PROTECTED


# --- the command ------------------------------------------------------------------------------------------------------


async def test_channels_are_added_and_listed(at: Desk) -> None:
    """`channels add` reads days of history and says what became of each, exit 1 if one is not read; `list` shows all of them."""
    channel = joined(at)
    channel.post("давний", date=datetime.now(UTC) - timedelta(days=20))
    channel.post("недавний", date=datetime(2026, 1, 1, tzinfo=UTC))
    protected = at.telegram.add_channel("Крепость", "fortress", noforwards=True)
    at.account.join(protected)
    added = await svodka(
        at, "channels", "add", "https://t.me/lab_notes", "@nobody_here", "t.me/fortress", "--days", "3650"
    )
    assert (added.code, added.error) == (1, ""), added
    assert added.out.startswith("@lab_notes Лаборатория")
    assert "nobody has this name" in added.out
    assert await at.agrees(channel)
    text, lines = await asyncio.gather(svodka(at, "channels", "list"), svodka(at, "channels", "list", "--json"))
    assert (text.code, lines.code) == (0, 0)
    first, second, third = [line for line in text.out.splitlines() if line.startswith("@")]
    last = text.out.splitlines()[-1]
    assert first.split() == ["@lab_notes", "Лаборатория", "reading", "2", *_minute(channel)]
    assert second.split()[:4] == ["@nobody_here", "not_found", "0", "-"]
    assert third.split()[:3] == ["@fortress", "Крепость", "protected"]
    assert third.endswith("the channel forbids copying: posts are counted, their texts are not kept")
    assert last.split(";")[:2] == ["3 channels", " the ingester is not running (svodka ingest)"]
    found = [json.loads(line) for line in lines.out.splitlines()]
    assert [(one["asked"], one["state"], one["posts"]) for one in found] == [
        ("@lab_notes", "reading", 2),
        ("@nobody_here", "not_found", 0),
        ("@fortress", "protected", 0),
    ]
    assert found[0]["channel_id"] == channel.id
    assert found[0]["username"] == "lab_notes"
    assert found[1]["reason"] == "nobody has this name: is it spelled right?"


def _minute(channel: Channel) -> list[str]:
    newest = max(message.date for message in channel.messages.values() if message.date)
    return f"{newest:%Y-%m-%d %H:%M}".split()


async def test_channels_are_added_while_the_ingester_runs(at: Desk) -> None:
    """`channels add` leaves the reading to the ingester that runs, waits for it, and says what became of it."""
    channel = at.telegram.add_channel("Лаборатория", "lab_notes")
    channel.post("до нас")
    async with at.reading():
        ran = await svodka(at, "channels", "add", "@lab_notes", "--days", "2")
    assert ran.code == 0, ran
    assert ran.out.startswith("@lab_notes Лаборатория")
    assert await at.agrees(channel)


async def test_erased_posts_leave_no_text_behind(at: Desk) -> None:
    """`weight` by name and `remove --erase` by number; an erased channel's texts stand nowhere any more,
    the other's stay; whoever is not followed is told, exit 1, and nothing is changed.
    """
    erased, kept = joined(at), joined(at, "Соседи", "neighbours")
    await at.follow_all([erased, kept])
    link = types.MessageEntityTextUrl(0, 5, f"https://{SECRET}.example/")
    erased.post(f"{SECRET} первая", entities=[link])
    erased.post(f"{SECRET} вторая", date=datetime(2005, 1, 1, tzinfo=UTC))
    kept.post("остаётся")
    await at.read_once()
    erased.edit(1, f"{SECRET} исправлена")
    await at.read_once()
    assert await holding(at, SECRET) == {"posts", "post_versions", "unread_messages"}
    weighed, unknown = await asyncio.gather(
        svodka(at, "channels", "weight", "@lab_notes", "2.5"),
        svodka(at, "channels", "remove", "--erase", "@neighbours", "@somebody"),
    )
    assert (weighed.code, weighed.out) == (0, "@lab_notes Лаборатория: weight 2.5\n")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.error == "svodka: '@somebody' is not followed: svodka channels list shows what is\n"
    assert [follow.weight for follow in await at.follows()] == [2.5, 1.0]
    gone = await svodka(at, "channels", "remove", "--erase", str(erased.id))
    assert (gone.code, gone.out) == (0, "@lab_notes Лаборатория: removed, 1 post erased\n")
    assert [follow.asked for follow in await at.follows()] == ["@neighbours"]
    assert await holding(at, SECRET) == set()
    assert await at.agrees(kept)


async def test_erased_posts_leave_no_name_behind(at: Desk) -> None:
    """The name of a person whose message was forwarded goes with the post that is erased."""
    channel = joined(at)
    await at.follow_all([channel])
    _post_secrets(channel)
    await at.read_once()
    async with at.database.begin() as session:
        follow = await at.the_follow()
        assert follow.channel_id is not None
        await message_store.erase(session, follow.channel_id, now=datetime.now(UTC))
    assert await holding(at, SECRET) == set()


async def test_another_account_looks_its_channels_up_again(at: Desk) -> None:
    """When somebody else logs in, channels are found again by their names, and reading goes on where it was."""
    channel = joined(at)
    await at.follow_all([channel])
    channel.post("при первом")
    await at.read_once()
    second = at.telegram.add_account(phone="+70000000002", name="Eve")
    session_file(at.settings).save(at.telegram.logged_in(second))
    channel.post("между")
    async with at.database.begin() as session:
        owner = await accounts.ensure(session)
        assert not await accounts.logged_in(session, owner.id, tg_id=at.account.id)
        assert await accounts.logged_in(session, owner.id, tg_id=second.id)
        await follow_store.forget_hashes(session, owner.id)
    await at.read_once()
    assert await at.agrees(channel)
    assert second in channel.members
    assert at.telegram.count("contacts.resolveUsername") == 2
