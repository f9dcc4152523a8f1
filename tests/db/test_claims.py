"""Messages on their way out, on a real Postgres: which go first, whose they are, what becomes of them, how fast."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database
from core.readers import MessageState
from core.store import claims, outbox, pace, troubles
from core.store.claims import Result
from tests.flow import mail
from tests.flow.mail import LEASE, NOW, after

# --- which go first --------------------------------------------------------------------------------------------------


async def test_urgent_messages_go_before_all_others(session: AsyncSession) -> None:
    """Whoever waits for an answer gets it before a thousand digests, though it was written last."""
    many = [await mail.reader(session, number) for number in range(1, 5)]
    for one in many[:3]:
        await mail.put(session, one, f"ночной {one.chat_id}")
    await mail.put(session, many[3], "срочный", urgent=True)
    assert mail.words(await mail.claim(session, 2)) == ["срочный", "ночной 1"]
    assert mail.words(await mail.claim(session, urgent=True)) == []
    assert mail.words(await mail.claim(session)) == ["ночной 2", "ночной 3"]


async def test_a_digest_that_was_begun_goes_on_before_others_begin(session: AsyncSession) -> None:
    """The second part of the first reader's digest goes as soon as its chat has rested, not after everybody's first."""
    many = [await mail.reader(session, number) for number in range(1, 30)]
    await outbox.put(
        session, [mail.digest(one, f"{one.chat_id}а", f"{one.chat_id}б") for one in many], urgent=False, now=NOW
    )
    await mail.send(session, await mail.claim(session, 2))
    assert mail.words(await mail.claim(session, 2, now=after(0.9))) == ["3а", "4а"]
    assert mail.words(await mail.claim(session, 4, now=after(1))) == ["1б", "2б", "5а", "6а"]


async def test_messages_of_a_chat_go_one_after_the_other(session: AsyncSession) -> None:
    """None can be claimed while another of the chat is claimed or being sent, or has to wait; an urgent one goes first."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "1", "2")
    await mail.put(session, reader, "3")
    taken = await mail.claim(session)
    assert mail.words(taken) == ["1"]
    assert await mail.claim(session) == []
    await mail.begin(session, taken)
    assert await mail.claim(session) == []
    await mail.put(session, reader, "срочный", urgent=True)
    assert await mail.claim(session) == []
    back = Result(id=taken[0].message.id, until=NOW + LEASE, state=MessageState.PENDING, not_before=after(30))
    await claims.finish(session, [back], now=NOW)
    urgent = await mail.claim(session)
    assert mail.words(urgent) == ["срочный"]
    await mail.send(session, urgent)
    assert await mail.claim(session, now=after(29)) == []
    for now, told in ((30, "1"), (31, "2"), (32, "3")):
        taken = await mail.claim(session, now=after(now))
        assert mail.words(taken) == [told]
        await mail.send(session, taken, now=after(now))


@pytest.mark.parametrize(("chat_id", "seconds"), [(1001, 1), (-4001, 3), (-1001234567890, 3)])
async def test_a_chat_rests_between_messages(session: AsyncSession, chat_id: int, seconds: int) -> None:
    """A second for a person; three for a group or channel, which takes 20 a minute."""
    reader = await mail.reader(session, chat_id)
    await mail.put(session, reader, "1", "2")
    await mail.send(session, await mail.claim(session))
    assert await mail.claim(session, now=after(seconds - 0.1)) == []
    assert await claims.next_at(session, now=NOW) == after(seconds)
    assert mail.words(await mail.claim(session, now=after(seconds))) == ["2"]
    assert await claims.next_at(session, now=after(seconds)) is None


async def test_topics_of_one_forum_are_one_chat(session: AsyncSession) -> None:
    """Two readers in one group do not write to it at the same time."""
    one, two = [await mail.reader(session, -100200, thread_id=number) for number in (3, 4)]
    await mail.put(session, one, "тема 3")
    await mail.put(session, two, "тема 4")
    taken = await mail.claim(session)
    assert mail.words(taken) == ["тема 3"]
    await mail.send(session, taken)
    assert mail.words(await mail.claim(session, now=after(3))) == ["тема 4"]


# --- whose they are --------------------------------------------------------------------------------------------------


async def test_two_workers_never_hold_the_same_message_nor_the_same_chat(database: Database) -> None:
    """Transactions that run at the same time pass over each other's messages and chats."""
    async with database.begin() as session:
        many = [await mail.reader(session, number) for number in range(1, 7)]
        for one in many:
            await mail.put(session, one, f"{one.chat_id}")
    async with database.begin() as one, database.begin() as two:
        first = await mail.claim(one, 4)
        async with database.begin() as session:
            await mail.put(session, many[0], "срочный", urgent=True)
        second = await mail.claim(two, 4)
        assert mail.words(first) == ["1", "2", "3", "4"]
        assert mail.words(second) == ["5", "6"]
    async with database.begin() as session:
        assert await mail.claim(session) == []


async def test_a_chat_is_not_claimed_by_who_has_not_seen_the_other_claim(database: Database) -> None:
    """Many workers, who claim and finish at once messages that are put meanwhile: never two of a chat under way."""
    async with database.begin() as session:
        many = [await mail.reader(session, number) for number in range(1, 4)]

    async def write(number: int) -> None:
        async with database.begin() as session:
            await mail.put(session, many[number % 3], f"{number}", urgent=number % 2 == 0)

    async def work() -> int:
        done = 0
        for step in range(40):
            now = after(10 * step)
            async with database.begin() as session:
                taken = await mail.claim(session, now=now)
            async with database.begin() as session:
                busy = await session.execute(
                    text(
                        "SELECT chat_id FROM messages WHERE state IN ('claimed', 'sending') GROUP BY 1 HAVING count(*) > 1"
                    )
                )
                assert busy.all() == []
            async with database.begin() as session:
                await mail.send(session, taken, now=now)
            done += len(taken)
        return done

    results = await asyncio.gather(*(work() for _ in range(4)), *(write(number) for number in range(30)))
    async with database.begin() as session:
        left = len([state for state in (await mail.states(session)).values() if state == "pending"])
    assert sum(found for found in results if found is not None) == 30 - left


async def test_only_who_holds_the_lease_begins(session: AsyncSession) -> None:
    """A worker that was slow, and whose message another has claimed since, does not send it."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а")
    slow = await mail.claim(session)
    late = NOW + LEASE + timedelta(seconds=1)
    await outbox.recover(session, now=late)
    quick = await mail.claim(session, now=late)
    assert await mail.begin(session, slow, now=late) == set()
    await claims.release(session, [(slow[0].message.id, slow[0].until)], now=late)
    assert await mail.begin(session, quick, now=late) == {quick[0].message.id}
    assert await mail.begin(session, quick, now=late) == set()


async def test_what_was_claimed_can_be_given_back(session: AsyncSession) -> None:
    """A worker that stops leaves its messages to others at once, as if it had never had them."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а", "б")
    (taken,) = await mail.claim(session)
    await claims.release(session, [(taken.message.id, taken.until)], now=NOW)
    (again,) = await mail.claim(session)
    assert (again.message.body.text, again.message.tries) == ("а", 0)


# --- what becomes of them --------------------------------------------------------------------------------------------


async def test_many_results_are_written_at_once(session: AsyncSession) -> None:
    """Sent, failed, unknown and put back stand in one call, each with what belongs to it."""
    many = [await mail.reader(session, number) for number in range(1, 6)]
    for one in many:
        await mail.put(session, one, f"{one.chat_id}")
    taken = await mail.claim(session)
    await mail.begin(session, taken)
    ids, until = [one.message.id for one in taken], NOW + LEASE
    await claims.finish(
        session,
        [
            Result(id=ids[0], until=until, state=MessageState.SENT, telegram_id=900),
            Result(id=ids[1], until=until, state=MessageState.FAILED, error="message is too long"),
            Result(id=ids[2], until=until, state=MessageState.UNKNOWN, error="no answer"),
            Result(id=ids[3], until=until, state=MessageState.PENDING, not_before=after(20)),
            Result(id=ids[4], until=until, state=MessageState.PENDING, doubt=claims.ANSWER_LOST, not_before=after(2)),
        ],
        now=NOW,
    )
    rows = await mail.rows(session)
    assert {key: (row.state, row.telegram_id, row.error, row.doubt, row.tries) for key, row in rows.items()} == {
        "1": ("sent", 900, None, None, 1),
        "2": ("failed", None, "message is too long", None, 1),
        "3": ("unknown", None, "no answer", None, 1),
        "4": ("pending", None, None, None, 0),
        "5": ("pending", None, None, "sent again: answer lost", 1),
    }
    assert [row.lease_until for row in rows.values()] == [None] * 5
    assert mail.words(await mail.claim(session, now=after(19))) == ["5"]
    assert mail.words(await mail.claim(session, now=after(20))) == ["4"]


async def test_a_late_answer_counts_if_the_message_arrived(session: AsyncSession) -> None:
    """A worker that was thought dead knows for certain that it was sent: it is not sent again. That it failed is no news."""
    one, two = await mail.reader(session, 1), await mail.reader(session, 2)
    await mail.put(session, one, "а")
    await mail.put(session, two, "б")
    taken = await mail.claim(session)
    await mail.begin(session, taken)
    late = after(46)
    await outbox.recover(session, now=late)
    again = await mail.claim(session, now=late)
    failed = Result(id=taken[1].message.id, until=NOW + LEASE, state=MessageState.FAILED, error="late")
    await claims.finish(session, [mail.sent(taken[0]), failed], now=late)
    assert await mail.states(session) == {"а": "sent", "б": "claimed"}
    assert await mail.begin(session, again, now=late) == {again[1].message.id}


async def test_finishing_and_beginning_share_a_statement(session: AsyncSession) -> None:
    """One message is finished and another begun in one step."""
    one, two = await mail.reader(session, 1), await mail.reader(session, 2)
    await mail.put(session, one, "а")
    await mail.put(session, two, "б")
    first, second = await mail.claim(session)
    await mail.begin(session, [first])
    begun = await claims.turn(session, [mail.sent(first)], [(second.message.id, second.until)], lease=LEASE, now=NOW)
    assert begun == {second.message.id}
    assert await mail.states(session) == {"а": "sent", "б": "sending"}


async def test_finishing_twice_changes_nothing(session: AsyncSession) -> None:
    """After a lost connection nobody knows whether it was committed: it can be done again."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а", "б")
    taken = await mail.claim(session)
    await mail.send(session, taken)
    before = await mail.rows(session)
    await claims.finish(session, [mail.sent(taken[0], number=6)], now=after(10))
    assert await mail.rows(session) == before


# --- pace ------------------------------------------------------------------------------------------------------------


async def test_places_are_spaced_over_all_who_ask(session: AsyncSession) -> None:
    """Each reservation begins where the last one ends, or now, if that is later."""
    assert await pace.reserve(session, 3, rate=10, now=NOW) == NOW
    assert await pace.reserve(session, 1, rate=10, now=after(0.1)) == after(0.3)
    assert await pace.reserve(session, 1, rate=10, now=after(5)) == after(5)


async def test_a_pause_holds_everybody(session: AsyncSession) -> None:
    """While Telegram has us wait, no place, no claim and no beginning; a shorter pause does not cut a longer one."""
    reader = await mail.reader(session)
    await mail.put(session, reader, "а")
    taken = await mail.claim(session)
    await pace.pause(session, after(30), now=NOW)
    await pace.pause(session, after(10), now=NOW)
    assert await pace.reserve(session, 1, rate=10, now=NOW) == after(30)
    assert await mail.begin(session, taken, now=after(29)) == set()
    await claims.release(session, [(taken[0].message.id, taken[0].until)], now=after(29))
    assert await mail.claim(session, now=after(29)) == []
    assert len(await mail.begin(session, await mail.claim(session, now=after(30)), now=after(30))) == 1


# --- troubles --------------------------------------------------------------------------------------------------------


async def test_troubles_are_kept_for_a_while(session: AsyncSession) -> None:
    """The latest come first, each cut to a sensible length; old ones go."""
    await troubles.note(session, place="sending", error="старое", now=after(-86400))
    await troubles.note(session, place="sending", error="новое \x00 " + "я" * 5000, now=NOW)
    found = await troubles.recent(session, limit=10)
    assert [(one.place, one.error[:7], one.at) for one in found] == [
        ("sending", "новое \ufffd", NOW),
        ("sending", "старое", after(-86400)),
    ]
    assert len(found[0].error) <= 2000
    assert len(await troubles.recent(session, limit=10, since=after(-60))) == 1
    assert await troubles.forget(session, before=after(-3600)) == 1
    assert len(await troubles.recent(session, limit=10)) == 1
