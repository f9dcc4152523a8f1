"""Words that ask for the same: a table of senses in two languages, by which «почём» finds "price".

Pure. Looser than the table of meanings that claims are checked by: a word may have several senses, and two words of one sense are
near, not the same (`data/thesaurus.txt`, a sense a line, dictionary forms).
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from importlib import resources

from summarize.text import keywords_stems

NOTHING: frozenset[int] = frozenset()
#: How far a word stands for another one of its senses.
MEANT = 0.9
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@cache
def _senses() -> dict[str, frozenset[int]]:
    """The senses of each stem, as places in the table."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    rows = resources.files("summarize").joinpath("data", "thesaurus.txt").read_text("utf-8").splitlines()
    for place, row in enumerate(rows):
        for word in row.split(", "):
            found["-".join(keywords_stems(word))].add(place)
    found.pop("", None)
    return {stem: frozenset(places) for stem, places in found.items()}


@lru_cache(maxsize=8192)
def senses(text: str) -> frozenset[int]:
    """The senses of all words of a text; of a word with a hyphen those of its parts, too."""
    return NOTHING.union(*map(_of_word, _WORD.findall(text.lower())))


@lru_cache(maxsize=100_000)
def _of_word(word: str) -> frozenset[int]:
    stems, known = keywords_stems(word), _senses()
    return NOTHING.union(*(known.get(stem, NOTHING) for stem in {*stems, "-".join(stems)}))
