"""What the claim checks read a cited post into: its sentences, numbers, dates, names and keys of its words, once.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from summarize import text as texts
from summarize.claims import dates, named, named_words, quantities
from summarize.claims.bridge_words import meaning
from summarize.rarity import folded, idf
from summarize.text import keywords_stems, normalise

#: Stems as they sound, cut to so many letters, meet their cognates in the other language.
COGNATE = 6
#: The commonest word says so much.
LEAST = 0.05


#: Start and end in a claim.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A cited post as read. `keys`: of all its words; `sentences`: each with its own keys; `words`: plain, in order."""

    text: str
    lang: str
    posted: date | None
    known: named.Known
    quantities: tuple[quantities.Quantity, ...]
    whens: tuple[dates.When, ...]
    sentences: tuple[str, ...]
    sentence_keys: tuple[Mapping[str, float], ...]
    keys: frozenset[str]
    words: tuple[str, ...]


_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")


def plain_words(text: str) -> tuple[str, ...]:
    """Lower-case words without punctuation, `е` for `ё`: quotations are compared by them."""
    return tuple(re.sub(r"['’-]", "", match.group().lower()).replace("ё", "е") for match in _WORD.finditer(text))


@lru_cache(maxsize=512)
def read(text: str, lang: str, posted: date | None, channel: str) -> Post:
    """Read a post; the channel's name counts as one of its words for names only."""
    text = normalise(text)
    sentences = tuple(sentence.text for sentence in texts.sentences(text))
    sentence_keys = tuple(keys(sentence) for sentence in sentences)
    return Post(
        text=text,
        lang=lang,
        posted=posted,
        known=named.known(f"{text}\n{channel}\n{re.sub('[_@]+', ' ', channel)}"),
        quantities=quantities.quantities(text),
        whens=dates.told(text, posted),
        sentences=sentences,
        sentence_keys=sentence_keys,
        keys=frozenset().union(*sentence_keys),
        words=plain_words(text),
    )


@lru_cache(maxsize=8192)
def keys(text: str) -> Mapping[str, float]:
    """Keys of the words that say something, each with how much it says that a text has the word, LEAST…1."""
    found: dict[str, float] = {}
    for stem in keywords_stems(text):
        if not stem[0].isdigit():
            found[key(stem)] = max(found.get(key(stem), 0.0), weight(stem))
    return found


@lru_cache(maxsize=100_000)
def key(stem: str) -> str:
    """One key for a word, its inflections, its cognates and, where the table of meanings has it, its translations."""
    known = meaning(stem)
    if known is not None:
        return f"={known}"
    row = named_words.concept(stem)
    if row is not None:
        return f"@{row}"
    return folded(stem)[:COGNATE] if stem.isalpha() and len(stem) >= 4 else stem


@lru_cache(maxsize=100_000)
def weight(stem: str) -> float:
    """How much it says that a text has the stem, LEAST…1."""
    return max(LEAST, idf(stem))
