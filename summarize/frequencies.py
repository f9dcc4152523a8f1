"""Counts in how many posts each stem stands: the committed table that `rarity` reads.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.types import Topic
from summarize import text as texts

#: An ordinary post has about so many words.
WORDS_A_POST = 100
#: A stem in fewer texts is as good as unseen.
LEAST = 3


def count(cleaned: Iterable[str], *, topics: Sequence[Topic], english: Mapping[str, int]) -> dict[str, Any]:
    """In how many of the texts each stem stands, for stems in at least LEAST: what `rarity.idf` reads.

    `english` counts words of general English, of which the texts may have little: a word is taken to be in as many of
    them as in texts of WORDS_A_POST words drawn from there. A word of the taxonomy names a field, not an event, so it
    counts as being in every twentieth text at least.
    """
    counted: Counter[str] = Counter()
    posts = 0
    for text in cleaned:
        posts += 1
        counted.update(set(texts.keywords_stems(text)))
    counted.update(_expected(english, posts, counted))
    words = {stem for topic in topics for name in (*topic.names, *topic.stems) for stem in texts.keywords_stems(name)}
    counted.update({stem: max(0, posts // 20 - counted[stem]) for stem in words if not any(map(str.isdigit, stem))})
    kept = {stem: count for stem, count in sorted(counted.items()) if count >= LEAST and len(stem) < 40}
    return {"posts": posts, "stems": kept}


def _expected(english: Mapping[str, int], posts: int, counted: Mapping[str, int]) -> dict[str, int]:
    """How many posts more would hold each English stem if all were English."""
    stems: Counter[str] = Counter()
    for word, count in english.items():
        stems.update(dict.fromkeys(texts.keywords_stems(word, "en")[:1], count))
    total = sum(english.values())
    return {
        stem: max(0, round(posts * (1 - (1 - count / total) ** WORDS_A_POST)) - counted.get(stem, 0))
        for stem, count in stems.items()
    }
