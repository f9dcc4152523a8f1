"""What is asked of the archive and what is answered: plain values that the summarizer, the bot and the store share."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from core.types import CitedSentence, StoryCard, StoryPost

#: Characters of a question. Longer ones are refused: nobody types them, and a model would have to read them.
LONGEST = 500
#: The chat of what is typed inline (`@bot words`): Telegram does not tell in which one it is.
NOWHERE = 0


class Wish(enum.StrEnum):
    """What somebody wants: an answer in sentences, or the stories that speak of something."""

    ANSWER = "answer"
    STORIES = "stories"


class Outcome(enum.StrEnum):
    """How asking has ended."""

    ANSWERED = "answered"
    #: The archive does not tell.
    ABSENT = "absent"
    #: Nothing was asked: no word of it looks for anything.
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story that was found, and the sentence of one of its posts that is nearest to the question.

    `marks` are [start, stop) in `sentence` of what was asked for. `dated` False: `time` is that of the import. `sources`
    counts those that do not repeat each other.
    """

    story_id: int
    title: str
    post: StoryPost
    sentence: str
    marks: tuple[tuple[int, int], ...]
    time: datetime
    dated: bool
    sources: int
    score: float = 0.0

    @classmethod
    def of(
        cls,
        card: StoryCard,
        post: StoryPost,
        sentence: str,
        *,
        marks: tuple[tuple[int, int], ...] = (),
        score: float = 0.0,
    ) -> Self:
        """A story with a sentence of one of its posts, and the day of that post."""
        return cls(
            story_id=card.id,
            title=card.title,
            post=post,
            sentence=sentence,
            marks=marks,
            time=post.date or post.first_seen,
            dated=post.date is not None,
            sources=card.independent,
            score=score,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: sentences with the posts that say them, in reading order; or stories; or that there is none.

    `question` is what was answered, a follow-up made whole; `lang` the language of the answer's own words. `posts` holds
    every post that a sentence cites, and those that repeat it. `hits` are what was looked for, or, of an absent answer, what
    comes nearest. `written_by` names prompt and model, "" where the posts' own sentences answer. `wrong` says what is wrong
    with what was asked, in words for who asked.
    """

    outcome: Outcome
    question: str
    lang: str
    sentences: tuple[CitedSentence, ...] = ()
    posts: tuple[StoryPost, ...] = ()
    hits: tuple[Hit, ...] = ()
    follow_ups: tuple[str, ...] = ()
    written_by: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that was asked in a chat, or inline (`chat_id` is NOWHERE).

    `place` tells where: by a message, a button below one, an inline query; in one place one question is asked. `after` is the question
    that this one goes on with. `draft` is the answer as far as it has come. `told_as` is the message that told the answer.
    `request_id` names who is asked to answer it.
    """

    id: int
    wish: Wish
    chat_id: int
    thread_id: int | None
    asker_id: int
    place: str
    text: str
    lang: str
    tz: str
    after: int | None
    asked_at: datetime
    request_id: int
    draft: tuple[CitedSentence, ...] = ()
    answer: Answer | None = None
    told_as: int | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it goes on with `after` for sure: a reply does, what is typed soon after only may."""
        return self.after is not None and not self.place.startswith("message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a follow-up goes on with: the question, made whole, and what was answered. `sure` False: it only may."""

    question: str
    sentences: tuple[str, ...] = ()
    sure: bool = True
