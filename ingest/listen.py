"""What Telegram sends by itself, written as it comes. Events are a hint: whether anything is missing, numbers tell."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from core import log
from core.db.engine import Session
from core.store import follows as follow_store
from core.store import messages as message_store
from core.types import Follow
from ingest.history import History, is_partial, note, wanted
from ingest.keep import Batch, Kept, place_of
from ingest.line import Line
from ingest.shown import News

#: How long the parts of an album that was cut by a batch's end are waited for.
ALBUM_PAUSE = 0.2

_logger = log.get("ingest.listen")


class Listening:
    """Writes the events of one connection. The line's turns learn what is missing, for histories to be read."""

    def __init__(self, line: Line, history: History) -> None:
        self._line = line
        self._telegram = line.telegram
        self._turns = line.turns
        self._history = history
        self._follows: dict[int, Follow] = {}

    def watch(self, follows: list[Follow]) -> None:
        """Listen to these channels, as far as they are read."""
        # In place: whoever waits for news holds this very mapping.
        self._follows.clear()
        self._follows.update({follow.tg_id: follow for follow in follows if follow.state.is_read})

    async def run(self, something: asyncio.Event) -> None:
        """Write events until the task is cancelled; `something` is set when histories have to be read because of them."""
        # While one batch is on its way into the database, the next one is taken apart.
        ready: asyncio.Queue[dict[int, News]] = asyncio.Queue(maxsize=1)
        taking = asyncio.create_task(self._take(ready))
        writing = asyncio.create_task(self._write_all(ready, something))
        try:
            await asyncio.gather(taking, writing)
        finally:
            taking.cancel()
            writing.cancel()
            await asyncio.gather(taking, writing, return_exceptions=True)

    async def _take(self, ready: asyncio.Queue[dict[int, News]]) -> None:
        while True:
            news = await self._telegram.news(self._follows)
            if any(message.get("grouped_id") for told in news.values() for message in told.records.values()):
                # Parts of one album come in a row: a moment's patience makes one post of them at once.
                await asyncio.sleep(ALBUM_PAUSE)
                _merge(news, self._telegram.pending(self._follows))
            await ready.put(news)

    async def _write_all(self, ready: asyncio.Queue[dict[int, News]], something: asyncio.Event) -> None:
        while True:
            news = await ready.get()
            if news:
                await self._write(news)
            if self._telegram.overflowed:
                self._telegram.overflowed = False
                self._turns.restless |= {follow.id for follow in self._follows.values()}
                _logger.warning("events dropped", follows=len(self._follows))
            if self._turns.gaps or self._turns.restless:
                something.set()

    async def _write(self, news: Mapping[int, News]) -> None:
        now = self._line.clock()
        async with self._line.writing.begin() as session:
            # As they are now, and locked: a step of history may have moved the watermark, an operator paused the channel.
            ids = [self._follows[number].id for number in news if number in self._follows]
            told = [
                (await self._note(session, follow, news[follow.tg_id]), news[follow.tg_id])
                for follow in await follow_store.locked(session, ids)
                if follow.state.is_read and follow.watermark is not None
            ]
            batches = [await self._batch(session, follow, one, now) for follow, one in told]
            kept = await self._line.writing.keep(session, batches, now=now)
            await follow_store.advance_all(session, {follow.id: self._reach(follow, one) for follow, one in told})
        total = sum(kept, Kept())
        _logger.info(
            "events", channels=len(told), new=total.counts.new, changed=total.counts.changed, deleted=total.deleted,
            unread=total.unread, waiting=self._telegram.waiting,
        )  # fmt: skip
        for (follow, one), became in zip(told, kept, strict=True):
            self._line.committed(follow, became, list(one.records.values()))

    async def _note(self, session: Session, follow: Follow, told: News) -> Follow:
        """Note what the events show of channels besides messages; the follow as it then is."""
        shown = told.shown
        own = shown.pop(follow.tg_id, None)
        await self._history.know(session, list(shown.values()))
        return follow if own is None else await note(session, follow, own)

    async def _batch(self, session: Session, follow: Follow, told: News, now: datetime) -> Batch:
        """What the events tell of messages that concern us. Of a rich one that is only begun, what is kept stays for now."""
        records = await wanted(session, follow, list(told.records.values()))
        partial = {message["id"] for message in records if is_partial(message)}
        if partial and follow.channel_id is not None:
            self._turns.partial.setdefault(follow.id, set()).update(partial)
            kept = await message_store.holding(session, follow.channel_id, sorted(partial))
            known = {number for post in kept for number in post.message_ids} & partial
            records = tuple(message for message in records if message["id"] not in known)
        if (meanwhile := self._line.meanwhile.get(follow.id)) is not None:
            meanwhile.follow(told)
        return Batch(
            place=place_of(follow),
            alive_at=now,
            records=records,
            gone=frozenset(told.gone),
            counters=told.counters,
        )

    def _reach(self, follow: Follow, told: News) -> int:
        """How far everything has been read, once these messages are: numbers of a channel have no holes but deletions."""
        reached = follow.watermark or 0
        while reached + 1 in told.arrived:
            reached += 1
        if any(number > reached for number in told.arrived):
            self._turns.gaps.add(follow.id)
        if told.changed or follow.id in self._turns.partial:
            self._turns.restless.add(follow.id)
        return reached


def _merge(news: dict[int, News], more: Mapping[int, News]) -> None:
    for number, later in more.items():
        if number in news:
            news[number].follow(later)
        else:
            news[number] = later
