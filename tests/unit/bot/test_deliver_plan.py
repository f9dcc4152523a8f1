"""Digests of many days, planned: posts come, are shelved sooner or later, processes sleep; nothing is lost or told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot import deliver
from bot.speech import Catalogues
from core.readers import Length, Memory, Reader, ReaderKind, ReaderState, ShelfStory
from core.types import CitedSentence
from tests.unit.bot.cards import TOPICS, make_card, make_post

START = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CATALOGUES = Catalogues()


@dataclass(frozen=True)
class Arrival:
    """A post: of which story, when it came, and when it had been shelved."""

    story: int
    at: datetime
    shelved: datetime

    @property
    def says(self) -> str:
        return f"В сюжете {self.story} в {self.at:%d.%m %H:%M} случилось нечто."


def reader(**over: object) -> Reader:
    made = Reader(
        id=1, chat_id=7, thread_id=None, kind=ReaderKind.PERSON, title="", lang="ru", tz="Europe/Moscow", hour=9,
        days=(1, 2, 3, 4, 5, 6, 7), length=Length.LONG, quiet=False, all_topics=True, state=ReaderState.ACTIVE,
        since=START - DAY, due_at=START, created_at=START - DAY,
    )  # fmt: skip
    return replace(made, **over)  # type: ignore[arg-type]


def shelf(arrivals: Sequence[Arrival], now: datetime) -> deliver.Shelf:
    """What stands on the shelf at a moment, and until when all of it does."""
    held = []
    for story in sorted({arrival.story for arrival in arrivals}):
        there = [arrival for arrival in arrivals if arrival.story == story and arrival.shelved <= now]
        if not there:
            continue
        claims = tuple(
            CitedSentence(text=arrival.says, post_id=story * 100 + place, known_at=arrival.at)
            for place, arrival in enumerate(there)
        )
        posts = tuple(
            make_post(claim.post_id, f"Канал {place}", date=arrival.at, first_seen=arrival.at)
            for place, (claim, arrival) in enumerate(zip(claims, there, strict=True))
        )
        last = max(arrival.at for arrival in there)
        card = make_card(
            story, posts=posts, sentences=claims[:1], claims=claims, first_seen=there[0].at, last_seen=last
        )
        held.append(ShelfStory(card=card, arrived_at=last, channels=(1,)))
    missing = [arrival.at for arrival in arrivals if arrival.at <= now < arrival.shelved]
    return deliver.Shelf(stories={"ru": held, "en": held}, topics=TOPICS, until=min([now, *missing]))


def days(arrivals: Sequence[Arrival], wakes: Sequence[datetime]) -> Counter[str]:
    """How often each sentence was told by digests made at these moments."""
    now_reader, shown = reader(), dict[int, datetime]()
    told: Counter[str] = Counter()
    for now in wakes:
        if now_reader.due_at is None or now < now_reader.due_at:
            continue
        kitchen = deliver.Kitchen(shelf(arrivals, now), CATALOGUES, now=now)
        plan = kitchen.plan([now_reader], {1: Memory(shown=dict(shown))})
        for delivery in plan.deliveries:
            text = "\n".join(body.text for body in delivery.bodies).replace("\u00a0", " ")
            told.update(arrival.says for arrival in arrivals if arrival.says in text)
            shown |= dict.fromkeys(delivery.stories, delivery.until)
        ((_, since, due_at),) = plan.moments
        now_reader = replace(now_reader, since=since or now_reader.since, due_at=due_at)
    return told


# Three posts a story at most, so that each sentence finds a place.
MOMENTS = st.integers(-20 * 60, 5 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)
STORIES = st.lists(st.lists(MOMENTS, min_size=1, max_size=3, unique=True), min_size=1, max_size=5)
#: Each day somebody looks at some minutes after the hour, or nobody does for longer than a digest may be late.
WAKES = st.lists(st.sampled_from([0, 1, 30, 5 * 60 + 59, 7 * 60]), min_size=6, max_size=6)
DELAYS = st.lists(st.sampled_from([0, 1, 10, 600, 26 * 60]), min_size=15, max_size=15)


def wakes(late: Sequence[int]) -> list[datetime]:
    """The moments at which somebody looks; in the end twice more, in time and late enough for all that was shelved."""
    return [START + day * DAY + minutes * MINUTE for day, minutes in enumerate([*late, 0, 0, 0])]


def arrived(found: Sequence[Sequence[datetime]], delays: Sequence[int]) -> list[Arrival]:
    """The posts as they come, with how long each takes to the shelf."""
    rows = sorted((at, story) for story, moments in enumerate(found, 1) for at in moments)
    return [Arrival(story, at, at + delay * MINUTE) for (at, story), delay in zip(rows, delays, strict=False)]


@given(STORIES, WAKES)
def test_everything_is_told_once(found: Sequence[Sequence[datetime]], late: Sequence[int]) -> None:
    """Whatever comes when, whenever somebody looks: each sentence is told once."""
    arrivals = arrived(found, [0] * 15)
    assert days(arrivals, wakes(late)) == Counter({arrival.says: 1 for arrival in arrivals})


@given(STORIES, WAKES, DELAYS)
def test_no_story_is_lost_on_its_way_to_the_shelf(
    found: Sequence[Sequence[datetime]], late: Sequence[int], delays: Sequence[int]
) -> None:
    """However long posts take, and if they overtake each other: every story is told, and no sentence twice."""
    arrivals = arrived(found, delays)
    told = days(arrivals, wakes(late))
    assert max(told.values()) == 1
    assert {arrival.story for arrival in arrivals if told[arrival.says]} == {arrival.story for arrival in arrivals}


def test_a_digest_is_shared_by_whoever_chose_alike() -> None:
    """Equal choices make one digest, whatever the hour and the chat; another language, length or zone another."""
    readers = [
        reader(id=1, chat_id=1),
        reader(id=2, chat_id=2, hour=8, due_at=START - HOUR),
        reader(id=3, chat_id=3, lang="en"),
        reader(id=4, chat_id=4, length=Length.SHORT),
        reader(id=5, chat_id=5, tz="Asia/Omsk", hour=12),
    ]
    held = shelf([Arrival(1, START - HOUR, START - HOUR)], START)
    kitchen = deliver.Kitchen(held, CATALOGUES, now=START)
    bodies = [kitchen.plan([one], {one.id: Memory()}).deliveries[0].bodies for one in readers]
    assert bodies[0] is bodies[1]
    assert (len(bodies), kitchen.different) == (5, 4)
