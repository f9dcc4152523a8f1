"""What admins see and set, on a real Postgres."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.db.engine import Session
from core.filters import Filter, FilterAction, FilterKind
from core.readers import ReaderKind
from core.store import accounts, channels, filters, follows, incoming, readers, steering
from core.types import Channel, FollowState, Post
from tests.flow.feed import NOW

WEEK = NOW - timedelta(days=7)
OWL = Channel(tg_id=70, name="Тихая сова", username="quiet_owl")
RULE = Filter(id=0, action=FilterAction.DROP, kind=FilterKind.KEYWORD, pattern="сова", made_by=1)


def post(number: int, *, days: float) -> Post:
    return Post(channel=OWL, message_id=number, text="Пост", raw={}, date=NOW - timedelta(days=days))


async def followed(session: Session, asked: str = "@quiet_owl") -> int:
    account = await accounts.ensure(session)
    number, _ = await follows.add(session, account.id, asked, backfill_since=None, now=NOW)
    return number


async def test_channels_with_how_they_are_followed(session: Session) -> None:
    """Posts of the week, deleted ones left out; a follow that was not looked up stands first, and other accounts' channels are
    as any that has posts.
    """
    row = await channels.upsert(session, OWL)
    batch = [post(1, days=1), post(2, days=30), post(3, days=2)]
    await incoming.upsert(session, batch, channels={OWL: row}, now=NOW)
    await session.execute(text("UPDATE posts SET deleted_at = now() WHERE message_id = 3"))
    await channels.know(session, [Channel(tg_id=71, name="Чужой")])
    account = await accounts.ensure(session)
    before = await steering.channels(session, account.id, since=WEEK)
    assert [(found.name, found.posts, found.follow) for found in before] == [("Тихая сова", 1, None)]
    await followed(session, "@not_yet")
    number = await followed(session)
    await follows.resolve(session, number, channel_id=row, access_hash=1, state=FollowState.READING)
    first, second = await steering.channels(session, account.id, since=WEEK)
    assert (first.id, first.name) == (0, "@not_yet")
    assert second.follow is not None
    assert (second.id, second.weight, second.follow.id, second.last_post) == (row, 1.0, number, NOW - timedelta(days=1))


async def test_weight(session: Session) -> None:
    """What it was before is told; of a channel that there is not, nothing is."""
    row = await channels.upsert(session, OWL)
    assert await steering.weigh(session, row, 0.5) == 1.0
    assert await steering.weigh(session, row, 2) == 0.5
    assert await steering.weigh(session, row + 1, 2) is None


@pytest.mark.parametrize(
    ("state", "was_read", "after"),
    [
        (FollowState.PAUSED, True, FollowState.READING), (FollowState.PAUSED, False, FollowState.WANTED),
        (FollowState.PRIVATE, True, FollowState.WANTED), (FollowState.NOT_FOUND, False, FollowState.WANTED),
        (FollowState.READING, True, FollowState.READING), (FollowState.PROTECTED, True, FollowState.PROTECTED),
        (FollowState.REQUESTED, False, FollowState.WANTED),
    ],
)  # fmt: skip
async def test_resuming(session: Session, state: FollowState, was_read: bool, after: FollowState) -> None:
    """A channel that was read goes on where it was, any other is looked up anew; one that is read stays as it is."""
    number = await followed(session)
    if was_read:
        row = await channels.upsert(session, OWL)
        await follows.resolve(session, number, channel_id=row, access_hash=1, state=FollowState.READING)
        await follows.start(session, number, top=5)
    await follows.set_state(session, number, state, reason="why")
    before = await steering.resume(session, number)
    assert before is not None
    assert before.state is state
    (found,) = await follows.by_ids(session, [number])
    assert found.state is after
    assert await steering.pause(session, number + 1) is None
    assert await steering.resume(session, number + 1) is None
    await steering.pause(session, number)
    (found,) = await follows.by_ids(session, [number])
    assert found.state is FollowState.PAUSED


async def test_fields_of_a_filter(session: Session) -> None:
    """Note and term are set without forgetting what the filter has met, or anything else of it."""
    row = await channels.upsert(session, OWL)
    await incoming.upsert(session, [post(1, days=3), post(2, days=1), post(3, days=2)], channels={OWL: row}, now=NOW)
    added = await filters.add(session, RULE, now=NOW)
    await session.execute(
        text("INSERT INTO filter_hits (filter_id, post_id) SELECT :id, id FROM posts"), {"id": added.id}
    )
    await steering.set_note(session, added.id, "за\x00чем" + "ж" * 600)
    await steering.set_expiry(session, added.id, NOW + timedelta(days=1))
    found = await steering.held(session, added.id)
    assert found is not None
    assert (found.hits, found.enabled, found.changed_at) == (3, True, NOW)
    assert (found.note[:5], len(found.note), found.expires_at) == ("зачем", 500, NOW + timedelta(days=1))
    assert await steering.held(session, added.id + 1) is None
    met = await steering.met_by(session, added.id, limit=2)
    numbers = await session.execute(text("SELECT id FROM posts ORDER BY date DESC LIMIT 2"))
    assert list(met) == list(numbers.scalars())
    await session.execute(text("UPDATE posts SET deleted_at = now() WHERE id = :id"), {"id": met[0]})
    assert met[0] not in await steering.met_by(session, added.id, limit=5)


async def test_who_has_chosen_a_topic(session: Session) -> None:
    """Active readers who have it among what they want; who wants all but some is not counted, nor who has paused."""
    for number, (all_topics, active) in enumerate([(False, True), (False, True), (True, True), (False, False)]):
        reader = await readers.add(
            session, chat_id=-number - 1, thread_id=None, kind=ReaderKind.GROUP, title="Г", lang="ru", tz="UTC", hour=9,
            subscribed_by=None, now=NOW,
        )  # fmt: skip
        await readers.set_topics(session, reader.id, ["agents"], all_topics=all_topics)
        if active:
            await readers.activate(session, reader.id, since=NOW, due_at=NOW)
    assert await steering.choosers(session, "agents") == 2
    assert await steering.choosers(session, "llm") == 0
    assert await steering.choosers(session, "\x00") == 0
