"""Invented posts as a search would have found them, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.search import FoundPassage, FoundPost
from summarize import embed
from summarize.search import question, rerank, retrieve
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory, Sentence

ASKED = datetime(2026, 9, 17, 18, tzinfo=UTC)

NETWORK = (
    "Zarnitsa-2 is out\nThe Volkhov lab has released Zarnitsa-2, a speech model for 31 languages. It reaches a word error rate "
    "of 8.4% on the public test set. The weights are under Apache 2.0 and take 640 MB."
)
OUTAGE = (
    "Облако «Северяк» легло на четыре часа\nПричиной стал отказ насоса в контуре охлаждения. Пострадали 2 300 клиентов. "
    "Компания обещает вернуть деньги за сутки."
)


def asking(text: str) -> Question:
    return question.read(text, asked=ASKED, tz=ZoneInfo("UTC"))


def post(
    number: int, text: str, *, channel: str = "Утренний градиент", story: int | None = None, keys: Sequence[str] = ()
) -> FoundPost:
    """A post of the day before, found in the order of its number."""
    return FoundPost(
        post_id=number,
        story_id=number if story is None else story,
        channel_id=1,
        channel=channel,
        time=ASKED - timedelta(days=1),
        lang="ru" if any("а" <= letter <= "я" for letter in text.lower()) else "en",
        clean_text=text,
        source=channel,
        topics={},
        keys=tuple(keys),
        by_words=number,
        by_meaning=number,
        by_key=bool(keys),
        words=(),
        fused=0.08 / number,
        passages=(FoundPassage(start=0, stop=min(len(text), 400), cosine=0.0),),
        cosine=0.0,
    )


def found(asked: Question, posts: Sequence[FoundPost]) -> list[FoundStory]:
    """The posts as stories, with their cosines by the bundled model, ranked by the weights that ship."""
    vector = embed.encode_locally([asked.text])[0]
    near = [
        FoundPost(
            **{name: getattr(one, name) for name in FoundPost.__slots__ if name not in {"passages", "cosine"}},
            passages=(FoundPassage(start=0, stop=one.passages[0].stop, cosine=cosine),),
            cosine=cosine,
        )
        for one in posts
        for cosine in [float(embed.encode_locally([one.clean_text[:400]])[0] @ vector)]
    ]
    ranked = rerank.rank(asked, near, rerank.weights().first, asked=ASKED)
    return retrieve.stories(ranked, {one.post.post_id: _compared(one.post, vector) for one in ranked})


def _compared(one: FoundPost, vector: embed.Vectors) -> list[Sentence]:
    said = retrieve.sentences_of(one)
    cosines = embed.encode_locally([sentence.text for sentence in said]) @ vector
    return [
        Sentence(
            post_id=one.post_id, start=sentence.start, stop=sentence.stop, text=sentence.text, cosine=float(cosine)
        )
        for sentence, cosine in zip(said, cosines, strict=True)
    ]
