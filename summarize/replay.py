"""Replays labelled stories through a prompt and measures what comes out: how much of it holds, how many of the labelled
facts it tells, how long it is and what it took.

The shell around `material` and `verify` for measuring; nothing is kept but the calls in the books.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ModelAnswerError, ModelRefused
from core.types import Indexed, StoredPost, Topic
from summarize import cluster, extract, fence, match, topics, views, write
from summarize.cards import in_order
from summarize.extract import Extract
from summarize.material import Material, material
from summarize.model import llm
from summarize.model.meter import Meter
from summarize.prompts import Prompt, load
from summarize.schemas import SupportAnswer
from summarize.verify import Asked, verify

#: Alternatives of which one has to stand in a text, group by group.
Groups = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStory:
    """A story whose posts and key facts are known; a fact is told where each of its groups has one string in the text."""

    name: str
    posts: tuple[StoredPost, ...]
    indexed: Mapping[int, Indexed]
    facts: tuple[Groups, ...]
    title: Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one story came out as. `sentences` were in the answer, `faulty` of these did not hold; `judged` of the shown
    ones a judge was asked about, `supported` it found in the posts. Tokens and cost are of the summary's call alone.
    """

    name: str
    written: bool
    sentences: int
    faulty: int
    shown: int
    characters: int
    facts: int
    told: int
    titled: bool
    judged: int = 0
    supported: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    faults: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures over stories: shares are 0…1, the others means per story; `judge` is None where none was asked."""

    stories: int
    written: int
    supported: float
    coverage: float
    titles: float
    judge: float | None
    characters: float
    tokens_in: float
    tokens_out: float
    cost: float
    faults: Mapping[str, int]


def figures(found: Sequence[Told]) -> Figures:
    """Sum up what stories came out as."""
    count = max(1, len(found))
    sentences = sum(one.sentences for one in found)
    judged = sum(one.judged for one in found)
    faults: Counter[str] = Counter()
    for one in found:
        faults.update(one.faults or {})
    return Figures(
        stories=len(found),
        written=sum(one.written for one in found),
        supported=1 - sum(one.faulty for one in found) / sentences if sentences else 1.0,
        coverage=sum(one.told for one in found) / max(1, sum(one.facts for one in found)),
        titles=sum(one.titled for one in found) / count,
        judge=sum(one.supported for one in found) / judged if judged else None,
        characters=sum(one.characters for one in found) / count,
        tokens_in=sum(one.tokens_in for one in found) / count,
        tokens_out=sum(one.tokens_out for one in found) / count,
        cost=sum(one.cost for one in found) / count,
        faults=dict(faults.most_common()),
    )


# --- without a model -------------------------------------------------------------------------------------------------


def extracted(story: LabelledStory, *, lang: str) -> Told:
    """What the posts' own sentences tell of a story."""
    found = _extract(story, lang=lang)
    said = [sentence.text for sentence in found.sentences]
    return _told(story, found.title, said, written=False)


def _told(story: LabelledStory, title: str, said: Sequence[str], *, written: bool, **rest: Any) -> Told:  # noqa: ANN401  fields of Told
    text = " ".join([title, *said])
    return Told(
        name=story.name,
        written=written,
        shown=len(said),
        characters=len(text),
        facts=len(story.facts),
        told=sum(met(fact, text) for fact in story.facts),
        titled=met(story.title, title),
        **{"sentences": 0, "faulty": 0, **rest},
    )


def met(groups: Groups, text: str) -> bool:
    """Does the text have one string of each group? Case and the width of spaces do not count."""
    plain = " ".join(text.casefold().split())
    return all(any(" ".join(one.casefold().split()) in plain for one in group) for group in groups)


def copies(story: LabelledStory) -> dict[int, int]:
    """Copy → the first post of its group, as the matcher sees it."""
    using = match.weights()
    seen = {post: views.view(found, using.background) for post, found in story.indexed.items()}
    ordered = [post.id for post in in_order(story.posts)]
    pairs = [
        (one, two)
        for place, one in enumerate(ordered)
        for two in ordered[place + 1 :]
        if match.judge(seen[one], seen[two], adjacent=False, using=using).kind == "copy"
    ]
    place_of = {post: place for place, post in enumerate(ordered)}
    heads = {}
    for group in cluster.components(ordered, pairs):
        head = min(group, key=place_of.__getitem__)
        heads.update({post: head for post in group if post != head})
    return heads


def _extract(story: LabelledStory, *, lang: str) -> Extract:
    heads = copies(story)
    return extract.extract(
        [
            extract.Source(
                post_key=post.id,
                channel=story.indexed[post.id].source,
                text=post.text,
                entities=post.entities,
                lang=story.indexed[post.id].lang,
                date=post.time,
                is_copy=post.id in heads,
                independent=post.id not in heads,
            )
            for post in story.posts
        ],
        lang=lang,
    )


# --- with a model ----------------------------------------------------------------------------------------------------


async def replay(
    meter: Meter,
    judge: Meter | None,
    stories: Sequence[LabelledStory],
    among: Sequence[Topic],
    prompt: Prompt,
    *,
    lang: str,
    story_tokens: int,
    answer_tokens: int,
) -> list[Told]:
    """Write each story with the prompt, and have a judge look at what would be shown.

    Raises:
        ModelError: the model cannot be asked (an answer that is of no use counts as nothing written).
    """
    gate = asyncio.Semaphore(meter.at_once)

    async def one(story: LabelledStory) -> Told:
        async with gate:
            told = material(0, in_order(story.posts), story.indexed, copies(story), budget=story_tokens)
            assert told is not None, story.name
            return await _replayed(meter, judge, story, told, among, prompt, lang=lang, answer_tokens=answer_tokens)

    return list(await asyncio.gather(*map(one, stories)))


async def _replayed(
    meter: Meter,
    judge: Meter | None,
    story: LabelledStory,
    told: Material,
    among: Sequence[Topic],
    prompt: Prompt,
    *,
    lang: str,
    answer_tokens: int,
) -> Told:
    marker = fence.new_marker()
    question = write.question(told, (), among, prompt, lang=lang, marker=marker, most_tokens=answer_tokens)
    own = _extract(story, lang=lang)
    try:
        reply = await meter.ask(question, purpose="eval", prompt=prompt.label, subject=story.name)
    except (ModelAnswerError, ModelRefused) as error:
        spent = error.spent or llm.Spent(tokens_in=0, tokens_out=0, seconds=0.0, told=False)
        said = [sentence.text for sentence in own.sentences]
        return _told(
            story, own.title, said, written=False, tokens_in=spent.tokens_in, tokens_out=spent.tokens_out,
            cost=meter.cost(spent), faults={"useless": 1},
        )  # fmt: skip
    asked = Asked(
        material=told,
        lang=lang,
        prompt=question.system,
        marker=marker,
        likely=frozenset(topics.of_story([found.topics for found in story.indexed.values()], topics.weights())),
        earlier=(),
        extract=own,
        similar=write.Alike(),
    )
    found = await asyncio.to_thread(verify, reply.value, asked)
    said = [claim.text for claim in (*found.gist, *found.claims)] if found.written else [s.text for s in own.sentences]
    judged, supported = await _judged(judge, told, said) if judge and found.written else (0, 0)
    sentences = len(reply.value.claims) + 1
    return _told(
        story,
        found.title if found.written else own.title,
        said,
        written=found.written,
        sentences=sentences,
        faulty=min(sentences, found.dropped),
        judged=judged,
        supported=supported,
        tokens_in=reply.spent.tokens_in,
        tokens_out=reply.spent.tokens_out,
        cost=meter.cost(reply.spent),
        faults=found.faults,
    )


async def _judged(judge: Meter, told: Material, said: Sequence[str]) -> tuple[int, int]:
    """(sentences a judge was asked about, of which it finds all in the posts)."""
    marker = fence.new_marker()
    prompt = load("support")
    listed = "\n".join(f"{number}. {text}" for number, text in enumerate(said, start=1))
    question = llm.Question(
        system=prompt.filled({"marker": marker}),
        user=f"{told.fenced(marker=marker)}\n\nThe sentences:\n{listed}",
        name="support",
        schema=SupportAnswer,
        most_tokens=60 + 20 * len(said),
    )
    try:
        reply = await judge.ask(question, purpose="eval judge", prompt=prompt.label, subject="")
    except (ModelAnswerError, ModelRefused):
        return 0, 0
    verdicts = {item.number: item.verdict for item in reply.value.sentences}
    return len(said), sum(verdicts.get(number) == "yes" for number in range(1, len(said) + 1))
