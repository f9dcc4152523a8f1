"""The figures of /stats in words, for admins.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Bold, Text, as_list

from bot.pages import nothing
from bot.speech import Say
from bot.texts import words
from bot.typography import bound, figure
from core.readers import DeliveryCounts, ReaderState
from core.store.archive import Extent
from core.store.stats import Day, Totals

#: Money below this is told with four digits after the comma: a call of a small model costs less than a cent.
_CENT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is told: the last days (today last), all that is kept, readers by state, the week's messages, what is under way."""

    days: Sequence[Day]
    totals: Totals
    extent: Extent
    people: dict[ReaderState, int]
    messages: DeliveryCounts
    waiting: int
    behind: timedelta

    @property
    def received(self) -> int:
        """Posts that came in these days."""
        return sum(day.posts for day in self.days)

    @property
    def sent(self) -> int:
        """Messages sent in these days."""
        return sum(day.sent for day in self.days)


def page(found: Figures, say: Say, *, tz: str, now: datetime) -> Text:
    """Captions have 1,024 units at most: a line a figure."""
    lines = [
        *_archive(found, say, tz=tz, now=now),
        say(
            "Readers: {active} active, {paused} paused, {lost} lost",
            active=_number(found.people.get(ReaderState.ACTIVE, 0), say),
            paused=_number(found.people.get(ReaderState.PAUSED, 0), say),
            lost=_number(found.people.get(ReaderState.LOST, 0), say),
        ),
        say(
            "Digests: {today} today, {week} in two weeks",
            today=_number(found.days[-1].digests, say),
            week=_number(sum(day.digests for day in found.days), say),
        ),
        say(
            "Messages of the week: {sent} sent, {pending} waiting, {failed} failed, {unknown} unknown",
            sent=_number(found.messages.sent, say),
            pending=_number(found.messages.pending, say),
            failed=_number(found.messages.failed, say),
            unknown=_number(found.messages.unknown, say),
        ),
        say(
            "Thumbs: {opinions}, saved: {saved}",
            opinions=_number(found.totals.opinions, say),
            saved=_number(found.totals.saved, say),
        ),
        _models(found, say),
        *_troubles(found, say),
    ]
    return as_list(Bold(say("How it goes")), *map(bound, lines))


def captions(found: Figures, say: Say) -> dict[str, str]:
    """What the picture says: the days that it shows, and how much came and went in them."""
    first, last = found.days[0].day, found.days[-1].day
    return {
        "title": say("Two weeks: {days}", days=words(say.lang).days(first, last, year=False)),
        "incoming": say("Posts received: {count}", count=_number(found.received, say)),
        "outgoing": say("Messages sent: {count}", count=_number(found.sent, say)),
    }


def _archive(found: Figures, say: Say, *, tz: str, now: datetime) -> Iterator[str]:
    """What is kept, of which days, and what came lately."""
    totals, today = found.totals, found.days[-1]
    if not totals.posts:
        yield say("The archive is empty: not one post has been read yet")
        return
    channels, stories = _number(totals.channels, say), _number(totals.stories, say)
    yield say(
        "Archive: {posts} {channels}, {stories}",
        posts=_posts(totals.posts, say),
        channels=say.many("from {count} channel", "from {count} channels", totals.channels, count=channels),
        stories=say.many("{count} story", "{count} stories", totals.stories, count=stories),
    )
    if found.extent.first and found.extent.last:
        zone = ZoneInfo(tz)
        first, last = found.extent.first.astimezone(zone).date(), found.extent.last.astimezone(zone).date()
        yield say(
            "Written: {days}", days=words(say.lang).days(first, last, year=last.year != now.astimezone(zone).year)
        )
    if found.received:
        yield say("Today: {posts}, {stories}", posts=_posts(today.posts, say), stories=_new(today.stories, say))
        fresh = sum(day.stories for day in found.days)
        yield say("Two weeks: {posts}, {stories}", posts=_posts(found.received, say), stories=_new(fresh, say))
    elif totals.last is not None:
        when = nothing.past(totals.last, say, tz=tz, now=now)
        yield say("Not one post has come in two weeks; the last one came {when}", when=when)


def _posts(count: int, say: Say) -> str:
    shown = _number(count, say)
    return say.many("{count} post", "{count} posts", count, count=shown)


def _new(count: int, say: Say) -> str:
    shown = _number(count, say)
    return say.many("{count} new story", "{count} new stories", count, count=shown)


def _models(found: Figures, say: Say) -> str:
    spent = sum(day.cost for day in found.days)
    if not spent:
        return say("Models: nothing spent in two weeks")
    return say(
        "Models: {today} today, {all} in two weeks", today=_money(found.days[-1].cost, say), all=_money(spent, say)
    )


def _troubles(found: Figures, say: Say) -> Iterator[str]:
    """What keeps readers waiting, if anything does."""
    if found.waiting:
        yield say.many("{n} story is being prepared", "{n} stories are being prepared", found.waiting)
    if found.behind > timedelta(minutes=1):
        minutes = int(found.behind.total_seconds() // 60)
        yield say.many("Sending is {n} minute behind", "Sending is {n} minutes behind", minutes)


def _number(value: int, say: Say) -> str:
    return figure(value, lang=say.lang)


def _money(value: float, say: Say) -> str:
    return figure(value, lang=say.lang, digits=4 if 0 < value < _CENT else 2)
