"""Asks a model about posts in the grey, before anything is written of them: which are advertisements, which pairs tell of
one event. An answer is kept for ever; what it changes, the index does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from core import log
from core.db.engine import Database
from core.errors import ModelAnswerError, ModelError, ModelRefused
from core.queue import wake_index
from core.store import index as index_store
from core.store import judgements as store
from core.store import posts as post_store
from core.types import Indexed, StoredPost
from core.written import Judgement
from summarize import fence, questions
from summarize.model import llm
from summarize.model.meter import Meter
from summarize.prompts import load
from summarize.schemas import AdAnswer, SameAnswer

_logger = log.get("summarize.judging")

#: So many questions of a kind are asked in one run, the likeliest pairs and the newest posts first.
MOST_ASKED = 60
ANSWER_TOKENS = 200

Clock = Callable[[], datetime]
A = TypeVar("A", AdAnswer, SameAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Questions asked, posts found to be advertisements, pairs joined and parted; `halted`: why it stopped early."""

    asked: int = 0
    ads: int = 0
    joined: int = 0
    parted: int = 0
    halted: str = ""


async def judge_due(database: Database, meter: Meter, *, since: datetime, clock: Clock) -> Counts:
    """Ask about what is in the grey since then and was not asked before; sends the posts concerned to be matched again."""
    ads, halted = await _each(
        [_ad(database, meter, post, indexed, clock) for post, indexed in await _unknown_ads(database, since)],
        meter.at_once,
    )
    pairs: list[str] = []
    if not halted:
        asked = [_pair(database, meter, pair, clock) for pair in await _unknown_pairs(database, since)]
        pairs, halted = await _each(asked, meter.at_once)
    found = Counts(
        asked=len(ads) + len(pairs),
        ads=ads.count("ad"),
        joined=pairs.count("yes"),
        parted=pairs.count("no"),
        halted=halted,
    )
    if found.asked:
        _logger.info("judged", asked=found.asked, ads=found.ads, joined=found.joined, parted=found.parted)
    return found


async def _each(questions_: Sequence[Any], at_once: int) -> tuple[list[str], str]:
    """Ask all, a few at a time, until the model cannot be asked: the verdicts, and why it ended early."""
    gate = asyncio.Semaphore(at_once)
    halted: list[str] = []

    async def one(question: Any) -> str | None:  # noqa: ANN401  a coroutine
        async with gate:
            if halted:
                question.close()
                return None
            try:
                return str(await question)
            except ModelError as error:
                halted.append(str(error))
                return None

    verdicts = await asyncio.gather(*map(one, questions_))
    return [verdict for verdict in verdicts if verdict is not None], halted[0] if halted else ""


# --- advertisements --------------------------------------------------------------------------------------------------


async def _unknown_ads(database: Database, since: datetime) -> list[tuple[StoredPost, Indexed]]:
    prompt = load(questions.AD)
    async with database.begin() as session:
        ids = await store.doubtful_ads(session, since=since)
        indexed = await index_store.load(session, ids, model_id=0, vectors=False)
        keys = {post: questions.key(found) for post, found in indexed.items()}
        known = await store.known(session, questions.AD, list(keys.values()), made_by=prompt.label)
        wanted = [post for post in ids if post in keys and keys[post] not in known]
        posts = {post.id: post for post in await post_store.by_ids(session, wanted)}
    asked = [(posts[post], indexed[post]) for post in wanted if questions.may_be_asked([posts[post]])]
    return asked[:MOST_ASKED]


async def _ad(database: Database, meter: Meter, post: StoredPost, indexed: Indexed, clock: Clock) -> str:
    return await _judge(
        database,
        meter,
        questions.AD,
        AdAnswer,
        [post],
        [indexed],
        verdict=lambda answer: answer.verdict,
        clock=clock,
        subject=f"post {post.id}",
        # Only an advertisement changes anything, and the post has to be cleaned once more for it.
        again=lambda found: "lined" if found == "ad" else None,
    )


# --- pairs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    posts: tuple[StoredPost, StoredPost]
    indexed: tuple[Indexed, Indexed]


async def _unknown_pairs(database: Database, since: datetime) -> list[_Pair]:
    prompt = load(questions.SAME)
    async with database.begin() as session:
        pairs = await store.doubtful_pairs(session, since=since)
        ids = sorted({post for pair in pairs for post in pair})
        indexed = await index_store.load(session, ids, model_id=0, vectors=False)
        keys = {pair: questions.key(*(indexed[post] for post in pair)) for pair in pairs}
        known = await store.known(session, questions.SAME, list(keys.values()), made_by=prompt.label)
        wanted = [pair for pair in pairs if keys[pair] not in known]
        posts = {
            post.id: post for post in await post_store.by_ids(session, sorted({one for pair in wanted for one in pair}))
        }
    hostile = {post.id for post in posts.values() if not questions.may_be_asked([post])}
    return [
        _Pair(posts=(posts[one], posts[two]), indexed=(indexed[one], indexed[two]))
        for one, two in wanted
        if not hostile & {one, two}
    ][:MOST_ASKED]


async def _pair(database: Database, meter: Meter, pair: _Pair, clock: Clock) -> str:
    one, two = pair.posts
    return await _judge(
        database,
        meter,
        questions.SAME,
        SameAnswer,
        pair.posts,
        pair.indexed,
        verdict=lambda answer: questions.verdict_on_pair(answer, *pair.indexed),
        clock=clock,
        subject=f"posts {one.id} and {two.id}",
        again=lambda _found: "prepared",
    )


# --- asking ----------------------------------------------------------------------------------------------------------


async def _judge(
    database: Database,
    meter: Meter,
    purpose: str,
    schema: type[A],
    posts: Sequence[StoredPost],
    indexed: Sequence[Indexed],
    *,
    verdict: Callable[[A], str],
    clock: Clock,
    subject: str,
    again: Callable[[str], str | None],
) -> str:
    """Ask one question, keep what is answered, and have the posts indexed again from the state that `again` names.

    An answer that cannot be used is "unsure", and is kept as well, so that it is not asked for once more.
    """
    marker = fence.new_marker()
    prompt = load(purpose)
    question = llm.Question(
        system=prompt.filled({"marker": marker}),
        user=questions.shown(posts, {post.post_id: post for post in indexed}, marker=marker),
        name=purpose,
        schema=schema,
        most_tokens=ANSWER_TOKENS,
    )
    found, reason = "unsure", "no answer that can be used"
    try:
        reply = await meter.ask(question, purpose=purpose, prompt=prompt.label, subject=subject)
        found, reason = verdict(reply.value), reply.value.why
    except (ModelAnswerError, ModelRefused):
        pass
    ids = tuple(post.id for post in posts)
    judgement = Judgement(
        purpose=purpose,
        key=questions.key(*indexed),
        made_by=prompt.label,
        model=meter.model,
        posts=ids,
        verdict=found,
        why=questions.why(reason),
        made_at=clock(),
    )
    state = again(found)
    async with database.begin() as session:
        await store.add(session, judgement)
        if state and await post_store.match_again(session, ids, state=state):
            await wake_index(session)
    return found
