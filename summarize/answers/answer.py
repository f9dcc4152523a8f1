"""Answers a question from the archive: finds posts, decides whether they tell, quotes them, or has a model answer from them.

The shell around `followup`, `grounds`, `written`, and the search. A model is asked where one is configured and may be; what it
says is checked sentence by sentence, and where nothing holds, or it cannot be asked, the posts' own sentences answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core import log
from core.answers import Answer, Before, Hit, Outcome
from core.db.engine import Database
from core.errors import ModelError
from core.store import index as index_store
from core.store import posts as post_store
from core.store import questions as store
from core.types import CitedSentence, StoryPost
from summarize import cards, embed, extract, fence
from summarize import text as texts
from summarize.answers import followup, grounds, hits, written
from summarize.answers.growing import Growing, Growth
from summarize.cards import Ranked
from summarize.embed import Encoder
from summarize.material import Material
from summarize.model import llm
from summarize.model.meter import Meter
from summarize.orders import hostile, suspicion
from summarize.prompts import Prompt, load
from summarize.schemas import QuestionAnswer
from summarize.search import answerable, held, question, quote, retrieve, thesaurus
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory, Search
from summarize.verify import Asked
from summarize.write import LANGUAGES, Alike

#: Stories that come nearest, where the archive does not tell.
MOST_NEAR = 3
#: Stories that are looked at to answer.
MOST_STORIES = 8

_logger = log.get("summarize.answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A model that answers, and how much it reads of posts and writes."""

    meter: Meter
    post_tokens: int
    answer_tokens: int
    prompt: Prompt = field(default_factory=lambda: load("answer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What answering needs: the archive, how it is searched, and, where there is one, a model."""

    database: Database
    search: Search
    writing: Writing | None = None

    async def answer(
        self,
        text: str,
        *,
        lang: str,
        tz: ZoneInfo,
        asked: datetime,
        before: Before | None = None,
        growing: Growing | None = None,
    ) -> Answer:
        """Answer a question of at most `core.answers.LONGEST` characters; `lang` is the language of titles.

        `before` is what it goes on with. `growing` is told of an answer that a model writes while it does.
        """
        whole = followup.whole(text, before)
        read = question.read(whole, asked=asked, tz=tz)
        if not (read.meanings or read.names or read.keys or read.period):
            return Answer(outcome=Outcome.EMPTY, question=whole, lang=lang)
        parts = await self.search.parts(read, asked=asked)
        every = retrieve.stories(parts.ranked, parts.sentences)
        async with self.database.begin() as session:
            ranked = await hits.ranked(session, every[:MOST_STORIES], now=asked)
        found = [one for one in every if one.story_id in ranked]
        # Both look at many of the same words.
        encode = held.remembering(embed.local_encoder())
        verdict = await asyncio.to_thread(answerable.verdict, read, every, encode, asked=asked)
        # A model that reads the posts tells better than a line through a few features whether they answer.
        if self.writing is not None and verdict.may and not hostile.is_hostile(whole):
            answer = await self._written(
                self.writing, read, found, ranked, whole, lang=lang, now=asked, growing=growing
            )
            if answer is not None:
                return answer
        if not verdict.answers:
            return await self._absent(read, found, whole, lang=lang, now=asked)
        return await self._quoted(read, found, ranked, whole, encode, lang=lang, now=asked)

    async def warm_up(self) -> None:
        """Load what the first question would wait for: the model, words of one sense, what orders look like."""
        await asyncio.gather(self.search.warm_up(), asyncio.to_thread(_load))

    # --- how it is answered ------------------------------------------------------------------------------------------

    async def _absent(
        self, read: Question, found: Sequence[FoundStory], whole: str, *, lang: str, now: datetime
    ) -> Answer:
        """That the archive does not tell, and what comes nearest."""
        near = await self._hits(read, answerable.related(read, found)[:MOST_NEAR], lang=lang, now=now)
        return Answer(outcome=Outcome.ABSENT, question=whole, lang=lang, hits=tuple(near))

    async def _hits(self, read: Question, found: Sequence[FoundStory], *, lang: str, now: datetime) -> list[Hit]:
        async with self.database.begin() as session:
            made = await hits.cards_of(session, found, lang=lang, now=now)
        return [hits.bare(hits.hit(read, one, made[one.story_id])) for one in found if one.story_id in made]

    async def _quoted(
        self,
        read: Question,
        found: Sequence[FoundStory],
        ranked: Mapping[int, Ranked],
        whole: str,
        encode: Encoder,
        *,
        lang: str,
        now: datetime,
    ) -> Answer:
        """The posts' own sentences."""
        said = await asyncio.to_thread(quote.choose, read, found, encode)
        sentences = [CitedSentence(text=quoted(one), post_id=one.post_id) for one in said]
        if not sentences:
            return await self._absent(read, found, whole, lang=lang, now=now)
        return await self._told(sentences, ranked, Answer(outcome=Outcome.ANSWERED, question=whole, lang=lang))

    async def _written(
        self,
        writing: Writing,
        read: Question,
        found: Sequence[FoundStory],
        ranked: Mapping[int, Ranked],
        whole: str,
        *,
        lang: str,
        now: datetime,
        growing: Growing | None,
    ) -> Answer | None:
        """What a model answers; None where it cannot be asked, or nothing of its answer holds."""
        told = await self._material(retrieve.identified(read, found), ranked, budget=writing.post_tokens)
        if told is None:
            return None
        spoken = read.lang
        similar = Alike()
        marker = fence.new_marker()
        wanted = to_ask(told, whole, writing, lang=spoken, marker=marker)
        asked = Asked(
            material=told,
            lang=spoken,
            prompt=wanted.system,
            marker=marker,
            likely=(),
            earlier=(),
            extract=extract.NOTHING,
            similar=similar,
        )
        async with Growth(asked, growing) as growth:
            try:
                reply = await writing.meter.ask(
                    wanted, purpose="answer", prompt=writing.prompt.label, subject="question", growing=growth.told
                )
            except ModelError as error:
                _logger.info("answered with quotations", reason=type(error).__name__)
                return None
        checked = await asyncio.to_thread(written.check, reply.value, asked, question=whole)
        if checked.absent:
            return await self._absent(read, found, whole, lang=lang, now=now)
        if not checked.sentences:
            _logger.info("answered with quotations", reason="nothing holds", **checked.faults)
            return None
        answer = Answer(
            outcome=Outcome.ANSWERED,
            question=whole,
            lang=spoken,
            follow_ups=checked.follow_ups,
            written_by=f"{writing.prompt.label}, {writing.meter.model}",
        )
        return await self._told(checked.sentences, ranked, answer)

    async def _material(
        self, found: Sequence[FoundStory], ranked: Mapping[int, Ranked], *, budget: int
    ) -> Material | None:
        ids = grounds.chosen(found, ranked, budget=budget)
        async with self.database.begin() as session:
            stored = {post.id: post for post in await post_store.by_ids(session, ids)}
            indexed = await index_store.load(session, ids, model_id=0, vectors=False)
        return await asyncio.to_thread(grounds.told, ids, stored, indexed, embed.local_encoder(), budget=budget)

    async def _told(self, sentences: Sequence[CitedSentence], ranked: Mapping[int, Ranked], answer: Answer) -> Answer:
        """The answer with its sentences and their posts, as they stand now: what was deleted meanwhile is not told."""
        cited = {post for sentence in sentences for post in sentence.post_ids}
        stories = [story for story in ranked.values() if cited.intersection(story.post_ids)]
        async with self.database.begin() as session:
            gone = await store.gone(session, cited)
            posts = await cards.story_posts(session, stories)
        kept = [one for sentence in sentences if (one := without(sentence, gone)) is not None]
        if not kept:
            return replace(answer, outcome=Outcome.ABSENT, follow_ups=(), written_by="")
        told, posts = at_their_source(kept, posts)
        cited = {post for sentence in told for post in sentence.post_ids}
        shown = [post for post in posts if _stands_for(post, posts, cited)]
        return replace(answer, sentences=tuple(told), posts=tuple(replace(post, text="") for post in shown))


def _load() -> None:
    thesaurus.senses(retrieve.WARM)
    hostile.orders(retrieve.WARM)
    suspicion.scores([retrieve.WARM], embed.local_encoder(), using=suspicion.weights())


def to_ask(told: Material, whole: str, writing: Writing, *, lang: str, marker: str) -> llm.Question[QuestionAnswer]:
    """What a model is asked."""
    blanks = {
        "language": LANGUAGES[lang],
        "marker": marker,
        "least_sentences": str(written.LEAST_SENTENCES),
        "most_sentences": str(written.MOST_SENTENCES),
        "most_follow_ups": str(written.MOST_FOLLOW_UPS),
        "follow_up_length": str(written.FOLLOW_UP_LENGTH),
    }
    return llm.Question(
        system=writing.prompt.filled(blanks),
        user=f"{told.fenced(marker=marker)}\n\n{fence.question(whole, marker=marker)}",
        name="answer",
        schema=QuestionAnswer,
        most_tokens=writing.answer_tokens,
    )


def quoted(one: quote.Quoted) -> str:
    """A sentence on one line, after what it needs to be understood, which is a sentence of its own."""
    before, text = (texts.unlisted(" ".join(said.split())) for said in (one.before, one.text))
    if not before:
        return text
    return f"{before} {text}" if before[-1] in ".!?…:»)" else f"{before}. {text}"


def without(sentence: CitedSentence, gone: Collection[int]) -> CitedSentence | None:
    """A sentence without the posts that are gone; None where nobody says it any more."""
    kept = [post for post in sentence.post_ids if post not in gone]
    return replace(sentence, post_id=kept[0], also=tuple(kept[1:])) if kept else None


def at_their_source(
    sentences: Sequence[CitedSentence], posts: Sequence[StoryPost]
) -> tuple[list[CitedSentence], list[StoryPost]]:
    """Quotations from a copy are cited from the post that it repeats, if they stand there, too; if not, the copy says something
    of its own, and counts as no copy here.
    """
    by_id = {post.id: post for post in posts}
    told: list[CitedSentence] = []
    own: set[int] = set()
    for sentence in sentences:
        post = by_id.get(sentence.post_id)
        head = by_id.get(post.copy_of) if post is not None and post.copy_of is not None else None
        if post is None or head is None or sentence.kind is not None:
            told.append(sentence)
        elif _flat(sentence.text) in _flat(head.text):
            told.append(replace(sentence, post_id=head.id))
        else:
            own.add(post.id)
            told.append(sentence)
    return told, [replace(post, copy_of=None) if post.id in own else post for post in posts]


def _flat(text: str) -> str:
    return " ".join(texts.normalise(text).split())


def _stands_for(post: StoryPost, posts: Sequence[StoryPost], cited: Collection[int]) -> bool:
    """Whether a post is cited, or has one text with a post that is."""
    if post.id in cited or post.copy_of in cited:
        return True
    heads = {one.copy_of for one in posts if one.id in cited and one.copy_of is not None}
    return post.id in heads or (post.copy_of is not None and post.copy_of in heads)
