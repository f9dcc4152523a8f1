"""Makes digests: finds whose is due, chooses and renders once for all with the same choice, writes deliveries to be sent.

The shell around `choose` and `messages`. One transaction a batch: the deliveries, their messages and the readers' next
moments stand together or not at all; nothing is sent here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from aiogram.types import MessageEntity

from bot import choose, due, keyboards, messages
from bot.select import Digest
from bot.speech import Catalogues, Say
from core import log
from core.db.engine import Database, Session
from core.readers import Body, Memory, NewDelivery, Reader, ShelfStory
from core.store import memories, outbox, readers, shelf
from core.store import topics as topic_store
from core.types import Topic

#: Readers whose digests are made in one transaction.
BATCH = 500
#: A digest looks back so far at most: at the longest interval, a week, and the posts that came late.
LONGEST = timedelta(days=10)
#: So long it is remembered what a reader was shown; a story hardly lives longer.
REMEMBERED = timedelta(days=45)
#: Stories that are looked at for one digest, best first.
MOST_STORIES = 2000

_logger = log.get("bot.deliver")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one run did: readers whose hour had come, digests written, different ones among them."""

    due: int = 0
    digests: int = 0
    different: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            due=self.due + other.due,
            digests=self.digests + other.digests,
            different=self.different + other.different,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The stories that digests are chosen from, best first, by language, and the topics.

    `until`: all that came before it is there; what came later may still be on its way, and is left to the next digest.
    """

    stories: Mapping[str, Sequence[ShelfStory]]
    topics: Sequence[Topic]
    until: datetime


async def deliver_due(database: Database, catalogues: Catalogues, *, clock: Clock, batch: int = BATCH) -> Counts:
    """Write the digests of all readers whose hour has come. Any number of processes may do so at once."""
    total = Counts()
    now = clock()
    kitchen: Kitchen | None = None
    written = outbox.Written()
    while True:
        async with database.begin() as session:
            found = await readers.due(session, now=now, limit=batch)
            if not found:
                break
            if kitchen is None:
                kitchen = Kitchen(await stock(session, since=now - LONGEST, now=now), catalogues, now=now)
            known = await memories.of_readers(session, [reader.id for reader in found], since=now - REMEMBERED)
            plan = await asyncio.to_thread(kitchen.plan, found, known)
            if plan.deliveries:
                await outbox.put(session, plan.deliveries, urgent=False, now=now, written=written)
            await readers.advance(session, plan.moments)
        total += Counts(due=len(found), digests=len(plan.deliveries))
    if kitchen is not None:
        total += Counts(different=kitchen.different)
        _logger.info("digests", due=total.due, written=total.digests, different=total.different)
    return total


async def stock(session: Session, *, since: datetime, now: datetime) -> Shelf:
    """The stories that came since then, and the topics in use."""
    # Asked first: what comes to the shelf between the two statements is told now and again, rather than never.
    until = await shelf.complete_until(session, since=now - choose.LATE_POSTS, now=now)
    stories = {
        lang: await shelf.fresh(
            session, lang=lang, arrived_since=since, seen_since=since - choose.LATE_POSTS, limit=MOST_STORIES
        )
        for lang in ("ru", "en")
    }
    return Shelf(stories=stories, topics=await topic_store.enabled(session), until=until)


# --- what is due -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Deliveries to be written, and for each reader that was due: since when its next digest looks, and when that is due."""

    deliveries: Sequence[NewDelivery]
    moments: Sequence[tuple[int, datetime | None, datetime]]


@dataclass(frozen=True, slots=True)
class _Key:
    """What a digest depends on: equal keys, equal digests."""

    choice: choose.Choice
    since: datetime
    tz: str
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish:
    """A digest, its messages, and up to when all that came of each of its stories is told (see `NewDelivery`)."""

    digest: Digest
    bodies: tuple[Body, ...]
    as_of: tuple[datetime, ...] = ()


class Kitchen:
    """Makes the digests of one run, each kind once, for however many readers and batches."""

    def __init__(self, held: Shelf, catalogues: Catalogues, *, now: datetime) -> None:
        self._held = held
        self._catalogues = catalogues
        self._now = now
        self._made: dict[_Key, Dish] = {}
        self._fresh: dict[tuple[str, datetime], dict[int, ShelfStory]] = {}

    @property
    def different(self) -> int:
        """How many kinds have been made."""
        return len(self._made)

    def plan(self, found: Sequence[Reader], known: Mapping[int, Memory]) -> Plan:
        """The digests of these readers; one whose hour is long past waits for its next one."""
        deliveries: list[NewDelivery] = []
        moments: list[tuple[int, datetime | None, datetime]] = []
        for reader in found:
            schedule = schedule_of(reader)
            period = _outstanding(schedule, reader, self._now)
            # What is on its way to the shelf at this moment belongs to the next digest, and not to none.
            following = None if period is None else max(reader.since, self._held.until)
            moments.append((reader.id, following, _next_due(schedule, self._now)))
            if period is None:
                continue
            since = max(reader.since, self._now - LONGEST)
            dish = self._dish(reader, known[reader.id], since)
            if dish.bodies:
                deliveries.append(_delivery(reader, period, dish, since=since, until=self._now))
        return Plan(deliveries=deliveries, moments=moments)

    def _dish(self, reader: Reader, memory: Memory, since: datetime) -> Dish:
        """What a reader gets, made unless somebody gets the same."""
        if (reader.lang, since) not in self._fresh:
            self._fresh[reader.lang, since] = choose.candidates(self._held.stories[reader.lang], since=since)
        among = self._fresh[reader.lang, since]
        key = _Key(choice=choose.choice(reader, memory, among), since=since, tz=reader.tz, quiet=reader.quiet)
        if key not in self._made:
            say = Say(self._catalogues, reader.lang)
            digest = choose.choose(among, self._held.topics, key.choice, since=since, until=self._now)
            silent = key.quiet and not digest.sections
            bodies = () if silent else bodies_of(digest, key.choice, say, tz=key.tz, now=self._now)
            as_of = as_of_stories(digest, among, complete=self._held.until, now=self._now)
            self._made[key] = Dish(digest=digest, bodies=bodies, as_of=as_of)
        return self._made[key]


def schedule_of(reader: Reader) -> due.Schedule:
    """When a reader wants its digests."""
    return due.Schedule(hour=reader.hour, days=frozenset(reader.days), tz=reader.tz)


def _outstanding(schedule: due.Schedule, reader: Reader, now: datetime) -> date | None:
    assert reader.due_at is not None
    found = due.outstanding(schedule, due_at=reader.due_at, now=now)
    return None if found is None else found.period


@lru_cache(maxsize=4096)
def _next_due(schedule: due.Schedule, now: datetime) -> datetime:
    """Readers with one schedule share the reckoning."""
    return due.next_due(schedule, after=now).at


def _delivery(reader: Reader, period: date | None, dish: Dish, *, since: datetime, until: datetime) -> NewDelivery:
    return NewDelivery(
        reader_id=reader.id,
        chat_id=reader.chat_id,
        thread_id=reader.thread_id,
        period=period,
        since=since,
        until=until,
        lang=reader.lang,
        stories=stories_of(dish.digest),
        bodies=dish.bodies,
        as_of=dish.as_of,
    )


def stories_of(digest: Digest) -> tuple[int, ...]:
    """The stories that a digest tells, in order."""
    return tuple(card.id for section in digest.sections for card in section.cards)


def as_of_stories(
    digest: Digest, among: Mapping[int, ShelfStory], *, complete: datetime, now: datetime
) -> tuple[datetime, ...]:
    """Up to when all that came of each story of the digest is told; () where nothing was on its way: up to now."""
    if complete >= now:
        return ()
    return tuple(choose.told_until(among[story], complete=complete, now=now) for story in stories_of(digest))


def bodies_of(
    digest: Digest,
    who: choose.Choice,
    say: Say,
    *,
    tz: str,
    now: datetime,
    topic: str = "",
    asked: datetime | None = None,
) -> tuple[Body, ...]:
    """A digest in messages, with a button for each story, and one for more where there are more (see `MorePress`)."""
    rendered = messages.messages(digest, now=now, tz=ZoneInfo(tz), length=who.length)
    bodies = []
    for place, message in enumerate(rendered, 1):
        rows = keyboards.story_rows(message.stories, message.first)
        is_last = place == len(rendered)
        if is_last and digest.considered > len(stories_of(digest)) and digest.since and digest.until:
            more = say("More stories")
            rows.append(keyboards.more_row(more, since=digest.since, until=digest.until, topic=topic, asked=asked))
        bodies.append(
            Body(
                text=message.text,
                marks=tuple(
                    {name: value for name, value in asdict(mark).items() if value is not None} for mark in message.marks
                ),
                buttons=tuple(
                    tuple({"text": button.text, "callback_data": button.callback_data} for button in row)
                    for row in rows
                ),
                stories=message.stories,
            )
        )
    return tuple(bodies)


def entities(marks: Sequence[messages.Mark]) -> list[MessageEntity]:
    """Marks as aiogram sends them."""
    return [MessageEntity(type=mark.type, offset=mark.offset, length=mark.length, url=mark.url) for mark in marks]


# --- what is asked for -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A digest that a reader asks for: of a window, of all its topics or of one (`only`).

    All that came since `since` is looked at, but for what the reader knows. With `asked` the window is of when posts were
    posted, and stories that were shown before come back, by rank as in any digest: all but what was shown since `asked`, when
    the first stories of the window were asked for.
    """

    since: datetime
    until: datetime
    only: str | None = None
    asked: datetime | None = None


async def deliver_now(database: Database, catalogues: Catalogues, reader: Reader, wish: Wish, *, now: datetime) -> int:
    """Write the digest that a reader asks for, to be sent before all others; how many stories it has (0: nothing is sent)."""
    async with database.begin() as session:
        # Ours until the end, so that who presses twice at once is shown nothing twice.
        held = await readers.locked(session, reader.id)
        if held is None:
            return 0
        dish = await composed(session, catalogues, held, wish, now=now)
        if dish.digest.sections:
            delivery = _delivery(held, None, dish, since=wish.since, until=now)
            await outbox.put(session, [delivery], urgent=True, now=now)
    return len(stories_of(dish.digest))


async def composed(session: Session, catalogues: Catalogues, reader: Reader, wish: Wish, *, now: datetime) -> Dish:
    """The digest of a wish, and its messages."""
    # Asked first, as in `stock`.
    complete = await shelf.complete_until(session, since=wish.since - choose.LATE_POSTS, now=now)
    topics = await topic_store.enabled(session)
    known = (await memories.of_readers(session, [reader.id], since=now - REMEMBERED))[reader.id]
    if wish.asked is not None:
        found = await shelf.in_window(session, lang=reader.lang, since=wish.since, until=wish.until, limit=MOST_STORIES)
        just = {story for story, at in known.shown.items() if at >= wish.asked}
        among = {story.card.id: story for story in found if story.card.id not in just}
    else:
        found = await shelf.fresh(
            session,
            lang=reader.lang,
            arrived_since=wish.since,
            seen_since=wish.since - choose.LATE_POSTS,
            limit=MOST_STORIES,
        )
        among = choose.candidates(found, since=wish.since)
    who = choose.choice(reader, known, among)
    digest = choose.choose(
        among,
        topics,
        who,
        since=wish.since,
        until=wish.until,
        only=wish.only,
        again=wish.asked is not None,
    )
    say = Say(catalogues, reader.lang)
    bodies = await asyncio.to_thread(
        bodies_of, digest, who, say, tz=reader.tz, now=now, topic=wish.only or "", asked=wish.asked
    )
    as_of = as_of_stories(digest, among, complete=complete, now=now)
    return Dish(digest=digest, bodies=bodies, as_of=as_of)
