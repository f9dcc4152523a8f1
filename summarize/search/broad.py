"""Questions that only name a thing and ask for no detail of it ("what is new about X?"), and the stories that speak of just that.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from summarize.search import held
from summarize.search.held import Word
from summarize.search.question import Question
from summarize.search.retrieve import FoundStory

#: A question of so few words besides asks for no detail; and what only says that all is wanted.
FEW = 2
_ALL = re.compile(
    r"нов\w*|свеж\w+|последн\w+|известн\w+|происход\w+|случил\w+|творит\w+|пишут|говорят|обсужда\w+|тем[аеуы]|новост\w+"
    r"|new|news|latest|recent|recently|happen\w*|known|going|up|topic|overview|updates?",
    re.IGNORECASE,
)


def thing(question: Question) -> tuple[Word, ...]:
    """The words for what the question names; () where it asks for a detail, of a time, or by an identifier, which names more."""
    words = tuple(word for word in held.words_of(question) if _ALL.fullmatch(word.text) is None)
    return words if 0 < len(words) <= FEW and question.period is None and not question.keys else ()


def speaking(question: Question, stories: Sequence[FoundStory]) -> list[FoundStory]:
    """The stories that speak of what the question names; none where it asks for a detail."""
    words = thing(question)
    return [story for story in stories if words and holds(words, story.told)]


def holds(words: Sequence[Word], said: str) -> bool:
    """Does a text hold all of these words?"""
    known = held.text(said)
    return all(held.surely(word, known) for word in words)


def asks_for_all(question: Question) -> bool:
    """Does the question say that all is wanted, or name one thing and nothing else? "Orrin-2 licence" may ask for a detail."""
    words = thing(question)
    return bool(words) and (len(words) == 1 or any(_ALL.fullmatch(word) for word in re.findall(r"\w+", question.text)))
