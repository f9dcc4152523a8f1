"""Writes summaries: takes stories that have changed, best first, asks the model, checks what it says, keeps versions.

The shell around `material` and `verify`. Nothing here is read by who waits for a digest: without a summary, or with an
endpoint that fails, the posts' own sentences are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from core import log
from core.db.engine import Database
from core.errors import ModelAnswerError, ModelError, ModelRefused
from core.store import summaries as store
from core.store import topics as topic_store
from core.types import Topic
from core.written import Claim, Summary
from summarize import cards, embed, extract, fence
from summarize.cards import Ranked
from summarize.claims.checks import Similarity
from summarize.due import Due, find_due
from summarize.material import Material
from summarize.model import llm
from summarize.model.meter import Meter
from summarize.prompts import Prompt, load
from summarize.schemas import SummaryAnswer
from summarize.verify import LEAST_CLAIMS, MOST_CLAIMS, TITLE_LENGTH, Asked, Verified, verify

_logger = log.get("summarize.write")

#: Stories are looked at in lots of so many.
LOT = 50
#: So many earlier claims are shown to the model, so that it says what is new.
MOST_EARLIER = 12
LANGUAGES = {"ru": "Russian", "en": "English"}

Clock = Callable[[], datetime]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What is to be written: languages, how many stories of how many days, how much of their posts and of an answer."""

    langs: tuple[str, ...]
    days: timedelta
    stories: int
    story_tokens: int
    answer_tokens: int
    lease: timedelta = timedelta(seconds=45)
    prompt: Prompt = field(default_factory=lambda: load("summary"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one run did: summaries written, taken from what was written before, given up for the posts' own sentences, and
    left for later because the model could not be asked (`halted` says why).
    """

    written: int = 0
    reused: int = 0
    extracted: int = 0
    current: int = 0
    left: int = 0
    halted: str = ""

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            written=self.written + other.written,
            reused=self.reused + other.reused,
            extracted=self.extracted + other.extracted,
            current=self.current + other.current,
            left=self.left + other.left,
            halted=self.halted or other.halted,
        )


async def write_due(
    database: Database,
    meter: Meter,
    orders: Orders,
    *,
    clock: Clock,
    since: datetime | None = None,
    until: datetime | None = None,
    expect: Progress = lambda _count: None,
    progress: Progress = lambda _count: None,
) -> Counts:
    """Write every story of the window whose texts have changed since it was written, best first.

    The window is [since, until), by default the last `orders.days`. A budget that is spent, or an endpoint that fails,
    leaves the rest for another time.
    """
    now = clock()
    async with database.begin() as session:
        ranked = await cards.in_window(session, since=since or now - orders.days, until=until, now=until or now)
        among = await topic_store.enabled(session)
    similar = Alike()
    total = Counts()
    expect(min(len(ranked), orders.stories))
    for start in range(0, min(len(ranked), orders.stories), LOT):
        lot = ranked[start : min(start + LOT, orders.stories)]
        for lang in orders.langs:
            total += await _write_lot(database, meter, orders, lot, among, similar, lang=lang, clock=clock)
        progress(len(lot))
    if total.written or total.extracted or total.halted:
        _logger.info(
            "summaries", written=total.written, extracted=total.extracted, left=total.left, halted=total.halted
        )
    return total


class Alike:
    """How near texts are in meaning, by the local multilingual model, each text embedded once."""

    def __init__(self) -> None:
        self._vectors: dict[str, embed.Vectors] = {}

    def __call__(self, text: str, others: Sequence[str]) -> list[float]:
        missing = [item for item in dict.fromkeys((text, *others)) if item not in self._vectors]
        self._vectors.update(zip(missing, embed.local_encoder()(missing), strict=True))
        return [float(np.dot(self._vectors[text], self._vectors[other])) for other in others]

    def forget(self) -> None:
        """Drop what is known: the texts of one story mean nothing to the next."""
        self._vectors.clear()


async def _write_lot(
    database: Database,
    meter: Meter,
    orders: Orders,
    lot: Sequence[Ranked],
    among: Sequence[Topic],
    similar: Alike,
    *,
    lang: str,
    clock: Clock,
) -> Counts:
    stories, current = await find_due(
        database, lot, lang=lang, prompt=orders.prompt.label, model=meter.model, story_tokens=orders.story_tokens
    )
    halted: list[str] = []
    at_once = asyncio.Semaphore(meter.at_once)

    async def one(story: Due) -> Counts:
        async with at_once:
            if halted:
                return Counts(left=1)
            try:
                return await _write(database, meter, orders, story, among, similar, lang=lang, clock=clock)
            except ModelError as error:
                # Asking on would only cost another time-out, or a refusal by the budget, for each story.
                halted.append(str(error))
                return Counts(left=1, halted=str(error))

    done = await asyncio.gather(*(one(story) for story in stories))
    similar.forget()
    return sum(done, Counts(current=current))


async def _write(
    database: Database,
    meter: Meter,
    orders: Orders,
    due: Due,
    among: Sequence[Topic],
    similar: Alike,
    *,
    lang: str,
    clock: Clock,
) -> Counts:
    async with database.begin() as session:
        mine = await store.claim(session, due.ranked.id, lang, now=clock(), lease=orders.lease)
        if mine is None:
            return Counts(left=1)
        newest = (await store.newest(session, [due.ranked.id], lang=lang)).get(due.ranked.id)
        known = await store.by_key(session, due.key)
    summary = None
    held = _Hold(database, due.ranked.id, lang, mine, orders.lease, clock)
    renewing = asyncio.create_task(held.renew())
    try:
        if newest is not None and newest.key == due.key and newest.told.keys() == due.material.told.keys():
            return Counts(current=1)
        if known is not None and (summary := _reused(known, due, clock())) is not None:
            return Counts(reused=1)
        found = await _asked(meter, orders, due, among, similar, lang=lang)
        if not found.written and due.doubted:
            found = _own_sentences(found, due.extract)
        summary = _summary(found, orders, due, meter, lang=lang, now=clock())
        return Counts(written=int(found.written), extracted=int(not found.written))
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        async with database.begin() as session:
            # Who comes back after its lease has lost the story to somebody else, who has written it.
            if await store.release(session, due.ranked.id, lang, until=held.until) and summary is not None:
                await store.add(session, summary)


class _Hold:
    """A story that is ours while we live: the lease is short, so that a dead worker's story is soon taken up, and renewed."""

    def __init__(
        self, database: Database, story_id: int, lang: str, until: datetime, lease: timedelta, clock: Clock
    ) -> None:
        self.until = until
        self._database = database
        self._story = story_id
        self._lang = lang
        self._lease = lease
        self._clock = clock

    async def renew(self) -> None:
        """Until cancelled, or until somebody else has taken the story."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            extending = asyncio.create_task(self._extended())
            try:
                new = await asyncio.shield(extending)
            except asyncio.CancelledError:
                # What stands in the row must be what we know, or we could not give it up.
                self.until = await extending or self.until
                raise
            if new is None:
                return
            self.until = new

    async def _extended(self) -> datetime | None:
        async with self._database.begin() as session:
            return await store.extend(
                session, self._story, self._lang, until=self.until, new=self._clock() + self._lease
            )


async def _asked(
    meter: Meter, orders: Orders, due: Due, among: Sequence[Topic], similar: Similarity, *, lang: str
) -> Verified:
    """What the model writes of a story, as far as it holds; answers that cannot be used count as nothing."""
    marker = fence.new_marker()
    earlier = [claim for summary in due.earlier for claim in (*summary.gist, *summary.claims)]
    asked_for = question(
        due.material,
        [claim.text for claim in earlier],
        among,
        orders.prompt,
        lang=lang,
        marker=marker,
        most_tokens=orders.answer_tokens,
    )
    try:
        reply = await meter.ask(
            asked_for, purpose="summary", prompt=orders.prompt.label, subject=f"story {due.ranked.id} {lang}"
        )
    except (ModelAnswerError, ModelRefused) as error:
        return Verified(
            written=False,
            title="",
            gist=(),
            claims=(),
            topics=(),
            faults={"refused" if isinstance(error, ModelRefused) else "useless": 1},
        )
    asked = Asked(
        material=due.material,
        lang=lang,
        prompt=asked_for.system,
        marker=marker,
        likely=due.likely,
        earlier=earlier,
        extract=due.extract,
        similar=similar,
    )
    # Checking embeds sentences, which is work for a thread.
    return await asyncio.to_thread(verify, reply.value, asked)


def question(
    told: Material,
    earlier: Sequence[str],
    among: Sequence[Topic],
    prompt: Prompt,
    *,
    lang: str,
    marker: str,
    most_tokens: int,
) -> llm.Question[SummaryAnswer]:
    """What a model is asked of a story; `earlier` are the sentences that were written of it before."""
    return llm.Question(
        system=system_text(prompt, among, lang=lang, marker=marker),
        user=user_text(told, earlier, marker=marker),
        name="summary",
        schema=SummaryAnswer,
        most_tokens=most_tokens,
    )


def system_text(prompt: Prompt, among: Sequence[Topic], *, lang: str, marker: str) -> str:
    """The prompt with its blanks filled in."""
    return prompt.filled(
        {
            "language": LANGUAGES[lang],
            "marker": marker,
            "title_length": str(TITLE_LENGTH),
            "least_claims": str(LEAST_CLAIMS),
            "most_claims": str(MOST_CLAIMS),
            "topics": "\n".join(f"- {topic.slug}: {topic.title_en}" for topic in among),
        }
    )


def user_text(told: Material, earlier: Sequence[str], *, marker: str) -> str:
    """The posts, fenced, and what was said of the story before."""
    parts = [told.fenced(marker=marker)]
    if earlier:
        said = "\n".join(f"- {text}" for text in dict.fromkeys(earlier[-MOST_EARLIER:]))
        parts.append(f"An earlier summary said:\n{said}\nPut first what is new since then.")
    return "\n\n".join(parts)


def _own_sentences(found: Verified, own: extract.Extract) -> Verified:
    """What to show of posts that speak to machines when no answer holds: their own sentences, of those to be believed."""
    claims = (
        Claim(text=sentence.text, post_ids=(sentence.post_key,), extracted=True, lang=own.lang)
        for sentence in own.sentences
    )
    return replace(found, title=own.title, claims=tuple(claims))


def _reused(known: Summary, due: Due, now: datetime) -> Summary | None:
    """A summary of just these texts as this story's own: made for another story, or for posts that were copies then."""
    if not known.written:
        return None
    ids = _moved_ids(known.told, due.material.told)
    if ids is None:
        return None

    def moved(claims: Sequence[Claim]) -> tuple[Claim, ...]:
        return tuple(replace(claim, post_ids=tuple(ids[post] for post in claim.post_ids)) for claim in claims)

    return replace(
        known,
        story_id=due.ranked.id,
        gist=moved(known.gist),
        claims=moved(known.claims),
        told=due.material.told,
        faults={},
        covers_until=due.material.covers_until,
        made_at=now,
    )


def _moved_ids(former: Mapping[int, str], now: Mapping[int, str]) -> dict[int, int] | None:
    """Which of the posts says now what each said, by the texts; None unless these are the same ones."""
    by_text = {said.split(":")[0]: post for post, said in now.items()}
    ids = {post: by_text.get(said.split(":")[0]) for post, said in former.items()}
    if len(former) != len(now) or None in ids.values() or len(set(ids.values())) != len(now):
        return None
    return {post: other for post, other in ids.items() if other is not None}


def _summary(found: Verified, orders: Orders, due: Due, meter: Meter, *, lang: str, now: datetime) -> Summary:
    return Summary(
        story_id=due.ranked.id,
        lang=lang,
        version=0,
        key=due.key,
        written=found.written,
        title=found.title,
        gist=found.gist,
        claims=found.claims,
        topics=found.topics,
        told=due.material.told,
        model=meter.model,
        prompt=orders.prompt.label,
        faults=found.faults,
        covers_until=due.material.covers_until,
        made_at=now,
    )
