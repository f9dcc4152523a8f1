"""What readers were shown, said and keep, on a real Postgres; through merges of stories, and at once from two hands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.answers import Wish
from core.db.engine import Database
from core.readers import NewDelivery, Opinion, Reader, ReaderKind
from core.store import admins, conversations, memories, outbox, questions, readers, stories

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def reader(session: AsyncSession, chat: int = 1) -> Reader:
    return await readers.add(
        session, chat_id=chat, thread_id=None, kind=ReaderKind.PERSON, title="", lang="ru", tz="UTC", hour=9,
        subscribed_by=None, now=NOW,
    )  # fmt: skip


async def show(
    session: AsyncSession, to: Reader, told: Sequence[int], *, at: datetime = NOW, as_of: Sequence[datetime] = ()
) -> None:
    """A digest that told these stories."""
    delivery = NewDelivery(
        reader_id=to.id, chat_id=to.chat_id, thread_id=None, period=None, since=at - DAY, until=at, lang="ru",
        stories=tuple(told), bodies=(), as_of=tuple(as_of),
    )  # fmt: skip
    await outbox.put(session, [delivery], urgent=False, now=at)


def said(story: int, value: int = 1, topics: tuple[str, ...] = ("llm",), channels: tuple[int, ...] = (1,)) -> Opinion:
    return Opinion(story_id=story, value=value, topics=topics, channels=channels)


# --- what was shown --------------------------------------------------------------------------------------------------


async def test_when_each_story_was_shown_last(session: AsyncSession) -> None:
    """Of several times the last; each reader its own; none for who was shown nothing; nothing from before."""
    one, two, three = await stories.create(session, 3, now=NOW)
    ada, ivan, eva = [await reader(session, chat) for chat in (1, 2, 3)]
    await show(session, ada, [one], at=NOW - 50 * DAY)
    await show(session, ada, [two, three], at=NOW - 2 * DAY)
    await show(session, ada, [two], at=NOW)
    await show(session, ivan, [three], at=NOW)
    found = await memories.of_readers(session, [ada.id, ivan.id, eva.id], since=NOW - 45 * DAY)
    assert {number: memory.shown for number, memory in found.items()} == {
        ada.id: {two: NOW, three: NOW - 2 * DAY}, ivan.id: {three: NOW}, eva.id: {},
    }  # fmt: skip
    assert await memories.of_readers(session, [], since=NOW) == {}


async def test_as_of_when_each_story_was_shown(session: AsyncSession) -> None:
    """A digest says for each story up to when it tells it; of those that it says nothing of, all up to then is told."""
    one, two, three = await stories.create(session, 3, now=NOW)
    ada = await reader(session)
    await show(session, ada, [one, two, three], as_of=[NOW - DAY, NOW - 2 * DAY])
    found = await memories.of_readers(session, [ada.id], since=NOW - 45 * DAY)
    assert found[ada.id].shown == {one: NOW - DAY, two: NOW - 2 * DAY, three: NOW}


async def test_merged_stories_are_known_under_their_number_of_now(session: AsyncSession) -> None:
    """What was shown of the old one counts for the new one, the last time of both, also through two merges."""
    a, b, c = await stories.create(session, 3, now=NOW)
    ada = await reader(session)
    await show(session, ada, [a], at=NOW)
    await show(session, ada, [c], at=NOW - DAY)
    await stories.redirect(session, {a: b})
    await stories.redirect(session, {b: c})
    assert (await memories.of_readers(session, [ada.id], since=NOW - 9 * DAY))[ada.id].shown == {c: NOW}


async def test_stories_of_a_digest_that_never_were(session: AsyncSession) -> None:
    """Numbers that no story has are passed over."""
    ada = await reader(session)
    await show(session, ada, [10**12])
    assert (await memories.of_readers(session, [ada.id], since=NOW - DAY))[ada.id].shown == {}


# --- what was said ---------------------------------------------------------------------------------------------------


async def test_the_last_word_counts(session: AsyncSession) -> None:
    """A thumb takes the place of the one before; None takes it back; each reader for itself."""
    (one,) = await stories.create(session, 1, now=NOW)
    ada, ivan = await reader(session, 1), await reader(session, 2)
    await memories.judge(session, ada.id, said(one, 1), story_id=one, now=NOW)
    await memories.judge(session, ada.id, said(one, -1, ("agents",), (5, 6)), story_id=one, now=NOW)
    assert (await memories.opinion(session, ada.id, one), await memories.opinion(session, ivan.id, one)) == (-1, 0)
    found = (await memories.of_readers(session, [ada.id], since=NOW))[ada.id].opinions
    assert found == (said(one, -1, ("agents",), (5, 6)),)
    await memories.judge(session, ada.id, None, story_id=one, now=NOW)
    assert await memories.opinion(session, ada.id, one) == 0


async def test_the_newest_two_hundred_are_looked_at(session: AsyncSession) -> None:
    """Newest first; older ones are kept and not looked at."""
    numbers = await stories.create(session, memories.MOST_OPINIONS + 5, now=NOW)
    ada = await reader(session)
    for place, number in enumerate(numbers):
        await memories.judge(session, ada.id, said(number), story_id=number, now=NOW + place * DAY)
    found = (await memories.of_readers(session, [ada.id], since=NOW))[ada.id].opinions
    assert [opinion.story_id for opinion in found] == numbers[:4:-1]


async def test_a_thumb_goes_with_the_story(session: AsyncSession) -> None:
    """What was said of a story that was merged away is said of the one that took it in, and can be changed there."""
    old, new = await stories.create(session, 2, now=NOW)
    ada = await reader(session)
    await memories.judge(session, ada.id, said(old, -1), story_id=old, now=NOW)
    await memories.judge(session, ada.id, said(new, 1), story_id=new, now=NOW - DAY)
    await stories.redirect(session, {old: new})
    assert await memories.opinion(session, ada.id, new) == -1
    await memories.judge(session, ada.id, said(new, 1), story_id=new, now=NOW)
    assert len((await memories.of_readers(session, [ada.id], since=NOW))[ada.id].opinions) == 1
    await memories.judge(session, ada.id, None, story_id=new, now=NOW)
    assert await memories.opinion(session, ada.id, new) == 0


async def test_two_thumbs_at_once_are_one(database: Database) -> None:
    """Both transactions succeed, and one opinion stands."""
    async with database.begin() as session:
        (one,) = await stories.create(session, 1, now=NOW)
        ada = await reader(session)

    async def judge(value: int) -> None:
        async with database.begin() as session:
            await memories.judge(session, ada.id, said(one, value), story_id=one, now=NOW)

    await asyncio.gather(*(judge(value) for value in (1, -1, 1, -1)))
    async with database.begin() as session:
        assert len((await memories.of_readers(session, [ada.id], since=NOW))[ada.id].opinions) == 1


# --- what is kept ----------------------------------------------------------------------------------------------------


async def test_saved_stories_go_with_merges(session: AsyncSession) -> None:
    """Saved twice is saved once; listed newest first under the number of now, and taken out under it."""
    a, b, c = await stories.create(session, 3, now=NOW)
    ada = await reader(session)
    for place, number in enumerate((a, b, c, a)):
        await memories.save(session, ada.id, number, now=NOW + place * DAY)
    assert await memories.saved(session, ada.id) == [(c, NOW + 2 * DAY), (b, NOW + DAY), (a, NOW)]
    await stories.redirect(session, {a: b})
    assert await memories.saved(session, ada.id) == [(c, NOW + 2 * DAY), (b, NOW + DAY)]
    await memories.unsave(session, ada.id, b)
    assert await memories.saved(session, ada.id) == [(c, NOW + 2 * DAY)]
    await memories.unsave(session, ada.id, b)


async def test_all_that_is_kept_of_a_reader(session: AsyncSession) -> None:
    """Everything of theirs, and nothing of others whose number only looks alike."""
    (one,) = await stories.create(session, 1, now=NOW)
    ada, other = await reader(session, 12), await reader(session, 1)
    await readers.set_topics(session, ada.id, ["llm"], all_topics=False)
    await memories.judge(session, ada.id, said(one), story_id=one, now=NOW)
    await memories.save(session, ada.id, one, now=NOW)
    await show(session, ada, [one])
    for key in ("12:12:0", "-100:12:0", "112:112:0", "-12:1:0"):
        await conversations.put(session, key, state="s", data={"key": key}, now=NOW)
    for asker in (12, 112):
        await questions.ask(
            session,
            wish=Wish.ANSWER,
            chat_id=-100,
            thread_id=None,
            asker_id=asker,
            place=f"message {asker}",
            text_="Что с совой?",
            lang="ru",
            tz="UTC",
            now=NOW,
        )
    kept = await memories.everything(session, ada.id)
    assert {name: len(found) for name, found in kept.items()} == {
        "reader": 1, "topics": 1, "channels": 0, "opinions": 1, "saved": 1, "digests": 1, "messages": 0, "questions": 1,
        "subscribed": 0, "dialogues": 2,
    }  # fmt: skip
    assert {row["data"]["key"] for row in kept["dialogues"]} == {"12:12:0", "-100:12:0"}
    assert [len(found) for name, found in (await memories.everything(session, other.id)).items() if name != "reader"] == [
        0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]  # fmt: skip


# --- dialogues -------------------------------------------------------------------------------------------------------


async def test_a_dialogue_is_taken_once(database: Database) -> None:
    """Of several who take it at once one gets it; whoever asks for another state or other values gets nothing."""
    async with database.begin() as session:
        await conversations.put(session, "1:1:0", state="confirm", data={"text": "x", "question": 5}, now=NOW)

    async def take(state: str = "confirm", question: int = 5) -> object:
        async with database.begin() as session:
            return await conversations.take(session, "1:1:0", state=state, holding={"question": question})

    assert await take(state="text") is None
    assert await take(question=6) is None
    found = await asyncio.gather(*(take() for _ in range(5)))
    assert sorted(map(str, found)) == ["None"] * 4 + ["{'text': 'x', 'question': 5}"]


async def test_a_dialogue_that_is_taken_in_vain_goes_on(database: Database) -> None:
    """A transaction that fails gives it back."""
    async with database.begin() as session:
        await conversations.put(session, "1:1:0", state="confirm", data={"text": "x"}, now=NOW)
    try:
        async with database.begin() as session:
            assert await conversations.take(session, "1:1:0", state="confirm", holding={})
            raise LookupError
    except LookupError:
        pass
    async with database.begin() as session:
        assert await conversations.get(session, "1:1:0") == ("confirm", {"text": "x"})


async def test_dialogues_are_kept_and_forgotten(session: AsyncSession) -> None:
    """State and data come back as they were, whatever they hold; without either there is none; old ones go."""
    data = {"text": 'кавычка " и \x00 нуль', "list": [1, None], "ночь": "\ud83d"}
    await conversations.put(session, "1:1:0", state=None, data=data, now=NOW)
    await conversations.put(session, "2:2:0", state="s", data={}, now=NOW - DAY)
    state, kept = await conversations.get(session, "1:1:0")
    assert (state, kept["list"]) == (None, [1, None])
    assert kept["text"].startswith('кавычка " и ')
    assert await conversations.get(session, "2:2:0") == ("s", {})
    assert await conversations.forget(session, before=NOW) == 1
    assert await conversations.get(session, "2:2:0") == (None, {})
    await conversations.put(session, "1:1:0", state=None, data={}, now=NOW)
    assert await conversations.get(session, "1:1:0") == (None, {})


# --- admins ----------------------------------------------------------------------------------------------------------


async def test_admins_by_when_they_became_it(session: AsyncSession) -> None:
    """Granting twice keeps the first; names may hold anything."""
    assert await admins.grant(session, 7, name="Ада\x00\ud83d", by=5, now=NOW)
    assert not await admins.grant(session, 7, name="Другая", by=6, now=NOW + DAY)
    assert await admins.grant(session, 2**52, name="", by=None, now=NOW - DAY)
    found = await admins.every(session)
    assert [(admin.user_id, admin.granted_by) for admin in found] == [(2**52, None), (7, 5)]
    assert found[1].name.startswith("Ада")
    assert await admins.is_admin(session, 7)
    assert [await admins.revoke(session, 7) for _ in range(2)] == [True, False]
    assert not await admins.is_admin(session, 7)


async def test_the_log_is_read_backwards(session: AsyncSession) -> None:
    """Newest first, so many at a time, before a given entry; what was noted comes back as it was."""
    for number in range(5):
        await admins.note(
            session, admin_id=7, action="grant", subject=str(number), before={"a": [1, "\x00ё"]}, after=None, now=NOW
        )
    newest = await admins.changes(session, before_id=None, limit=3)
    assert [change.subject for change in newest] == ["4", "3", "2"]
    older = await admins.changes(session, before_id=newest[-1].id, limit=3)
    assert [change.subject for change in older] == ["1", "0"]
    assert (older[0].admin_id, older[0].action, older[0].after, older[0].at) == (7, "grant", None, NOW)
    assert older[0].before is not None
    assert older[0].before["a"][0] == 1
