"""Messages on their way from the rows to the readers, through a fake Bot API that takes or refuses them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.send import Counts
from core.db.engine import Database
from core.readers import Body, ReaderState
from core.store import outbox, troubles
from tests.fakes.botapi.faults import Fault
from tests.flow import mail
from tests.flow.sending import post, running, utcnow

# --- what arrives ----------------------------------------------------------------------------------------------------


async def test_a_digest_arrives_as_it_was_written(database: Database) -> None:
    """In order, with its marks and buttons, in its topic, without previews; only the first message makes a sound."""
    async with post(database, strict=True) as at:
        forum = at.api.supergroup(forum=True).add_bot()
        topic = forum.create_topic("Дайджест")
        reader = await at.reader(forum.id, thread_id=topic.id)
        marks = (
            {"type": "bold", "offset": 0, "length": 5},
            {"type": "text_link", "offset": 6, "length": 3, "url": "https://t.me/kanal/7"},
        )
        first = Body(text="Сюжет дня", marks=marks, buttons=(({"text": "👍", "callback_data": "u:7"},), ()))
        async with database.begin() as session:
            bodies = (first, Body(text="второе"), Body(text="третье"))
            await outbox.put(session, [replace(mail.digest(reader), bodies=bodies)], urgent=False, now=utcnow())
        assert await at.send() == Counts(sent=3)
        assert [(one.words, one.silent, one.thread) for one in at.api.sent] == [
            ("Сюжет дня", False, topic.id),
            ("второе", True, topic.id),
            ("третье", True, topic.id),
        ]
        message = at.api.sent[0]
        assert [(one["type"], one["offset"], one["length"]) for one in message.entities] == [
            ("bold", 0, 5),
            ("text_link", 6, 3),
        ]
        assert message.markup == {"inline_keyboard": [[{"text": "👍", "callback_data": "u:7"}]]}
        assert message.content["link_preview_options"] == {"is_disabled": True}
        assert (await at.row("третье")).telegram_id == at.api.sent[2].id


async def test_two_workers_send_each_message_once(database: Database) -> None:
    """Two at work on the same rows, and nobody gets anything twice, nothing twice in a row, nothing out of order."""
    async with post(database) as at:
        many = await at.readers(40)
        for reader in many:
            await at.put(reader, "1", "2")
        done = await asyncio.gather(at.send(), at.send())
        assert sum(counts.sent for counts in done) == 80
        assert [at.told(reader) for reader in many] == [["1", "2"]] * 40


async def test_nothing_to_send_ends_at_once(database: Database) -> None:
    """Without messages nothing is asked of Telegram."""
    async with post(database) as at:
        assert await at.send() == Counts()
        assert at.api.calls == {}


async def test_a_sender_that_runs_is_woken(database: Database) -> None:
    """What is written later is sent as well, whether somebody wakes the sender or it looks by itself."""
    async with post(database) as at:
        reader, other = await at.readers(2)
        sender = at.sender()
        async with running(sender):
            await at.put(reader, "разбудили")
            sender.wake()
            await at.api.until(lambda: at.told(reader))
            await at.put(other, "само")
            await at.api.until(lambda: at.told(other))


# --- refusals --------------------------------------------------------------------------------------------------------


async def test_whoever_blocked_the_bot_is_lost_and_nobody_else(database: Database) -> None:
    """Readers who cannot be written to get nothing more and are asked about no more; the others get everything."""
    async with post(database) as at:
        blocked, gone, here = await at.readers(3)
        for reader in (blocked, gone, here):
            await at.put(reader, f"{reader.id} а", f"{reader.id} б")
        at.api.world.accounts[blocked.chat_id].block()
        at.api.world.accounts[gone.chat_id].deactivate()
        counts = await at.send()
        assert (counts.sent, counts.failed) == (2, 2)
        assert at.told(here) == [f"{here.id} а", f"{here.id} б"]
        for reader, reason in ((blocked, "blocked"), (gone, "deactivated")):
            found = await at.found(reader)
            assert (found.state, found.reason, found.due_at) == (ReaderState.LOST, reason, None)
            assert (await at.row(f"{reader.id} б")).error == reason
        assert at.api.calls["sendmessage"] == 4


async def test_a_message_that_telegram_does_not_take_blocks_nothing(database: Database) -> None:
    """It fails, the admins can read of it, and the rest of the digest and all other readers go on."""
    async with post(database) as at:
        reader, other = await at.readers(2)
        at.api.faults.add(Fault.CANNOT_PARSE, chat=reader.chat_id, text="плохое")
        await at.put(reader, "плохое", "хорошее")
        await at.put(other, "другому")
        assert await at.send() == Counts(sent=2, failed=1)
        assert (at.told(reader), at.told(other)) == (["хорошее"], ["другому"])
        assert (await at.found(reader)).state is ReaderState.ACTIVE
        async with database.begin() as session:
            (trouble,) = await troubles.recent(session, limit=5)
        assert trouble.place == "sending"
        assert "can't parse entities" in trouble.error


async def test_a_message_that_is_none_blocks_nothing(database: Database) -> None:
    """What cannot even be asked of Telegram fails as well, and what is told of it does not quote the message."""
    async with post(database) as at:
        reader, other = await at.readers(2)
        broken = Body(text="секрет", marks=({"offset": 0, "length": 3},))
        async with database.begin() as session:
            delivery = replace(mail.digest(reader), bodies=(broken, Body(text="дальше")))
            await outbox.put(session, [delivery], urgent=False, now=utcnow())
        await at.put(other, "другому")
        assert await at.send() == Counts(sent=2, failed=1)
        assert (at.told(reader), at.told(other)) == (["дальше"], ["другому"])
        async with database.begin() as session:
            (trouble,) = await troubles.recent(session, limit=5)
        assert "entities.0.type: Field required" in trouble.error
        assert "секрет" not in trouble.error


async def test_a_group_that_becomes_a_supergroup_gets_its_digest_there(database: Database) -> None:
    """The message that met the change goes to the new number, and what follows as well."""
    async with post(database) as at:
        group = at.api.group().add_bot()
        reader = await at.reader(group.id)
        await at.put(reader, "1", "2")
        at.api.faults.add(Fault.MIGRATED, chat=group.id)
        counts = await at.send()
        assert (counts.sent, counts.again) == (2, 1)
        moved = await at.found(reader)
        assert moved.chat_id != reader.chat_id
        assert at.told(moved) == ["1", "2"]
        assert (await at.row("1")).doubt is None


async def test_a_flood_has_everybody_wait_and_loses_nothing(database: Database) -> None:
    """While Telegram has us wait, no worker asks it anything; then the message that met it goes, once, before others."""
    async with post(database) as at:
        first, second = await at.readers(2)
        await at.put(first, "первому")
        at.api.faults.add(Fault.FLOOD, seconds=2)
        async with running(at.sender()):
            await at.api.until(lambda: at.api.world.refused)
            paused = utcnow() + timedelta(seconds=1)
            await at.put(second, "второму")
            async with running(at.sender()):
                await at.api.until(lambda: len(at.api.sent) == 2)
        assert utcnow() > paused
        assert at.api.calls["sendmessage"] == 3
        assert (await at.row("первому")).doubt is None


async def test_a_group_that_had_too_much_keeps_nobody_else_waiting(database: Database) -> None:
    """A group's limit is its own: it waits, and people get their digests meanwhile."""
    async with post(database) as at:
        group = at.api.group().add_bot()
        crowd, person = await at.reader(group.id), await at.reader()
        await at.put(crowd, "группе")
        await at.put(person, "человеку")
        at.api.faults.add(Fault.FLOOD, chat=group.id, seconds=3600)
        counts = await at.send()
        assert (counts.sent, counts.again) == (1, 1)
        assert at.told(person) == ["человеку"]
        assert await at.states() == {"группе": "pending", "человеку": "sent"}
