"""How rare words and names are in general, from a committed table of document frequencies.

Pure. The table does not change with the archive, so that a pair of posts is judged alike whenever it is judged.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

from summarize.text import keywords_stems


@cache
def _frequencies() -> tuple[int, Mapping[str, int]]:
    value = json.loads(resources.files("summarize").joinpath("data/frequencies.json").read_text("utf-8"))
    return value["posts"], value["stems"]


def stems() -> Mapping[str, int]:
    """In how many posts of the table each stem stands."""
    return _frequencies()[1]


@lru_cache(maxsize=200_000)
def idf(stem: str) -> float:
    """How rare a stem is, 0…1; one that is not in the table is as rare as can be."""
    posts, known = _frequencies()
    return math.log((posts + 1) / (known.get(stem, 0) + 1)) / math.log(posts + 1)


@lru_cache(maxsize=100_000)
def rarity(name: str) -> float:
    """How rare a name is, 0…1: as rare as its rarest word; 0 for a stop word."""
    return max((idf(stem) for stem in keywords_stems(name)), default=0.0)


@lru_cache(maxsize=100_000)
def number_rarity(number: str) -> float:
    """How much it says that two texts share a number, 0…1: next to nothing for a year, little for a round or small one."""
    digits = number.rstrip("%").replace(".", "").strip("0")
    if len(number) == 4 and number[:2] in {"19", "20"}:
        return 0.05
    if "." in number or "e" in number or len(digits) >= 3:
        return 1.0
    return idf(number.rstrip("%")) ** 2 * (0.9 if len(digits) > 1 else 0.4)


_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f h ts ch sh sh  i  e iu ia i i e g".split(" "),
        strict=True,
    )
)
_FOLDS = (
    ("ph", "f"),
    ("ck", "k"),
    ("tch", "ch"),
    ("sch", "sh"),
    ("kh", "h"),
    ("ya", "ia"),
    ("yu", "iu"),
    ("x", "ks"),
    ("q", "k"),
    ("w", "v"),
    ("j", "i"),
    ("y", "i"),
)
_HARD_C = re.compile(r"c(?!h)")
_DOUBLED = re.compile(r"([a-z])\1")
_ENDING = re.compile(r"(?<=[a-z]{3})[aeiou]+$")


@lru_cache(maxsize=100_000)
def folded(name: str) -> str:
    """A name as it sounds, so that Russian and Latin spellings meet: `Лунина` and `Lunin` give `lunin`.

    Acronyms and names with digits or signs (`qwen3-72b`) stay as they are: those are written alike everywhere.
    """
    lower = name.lower()
    word = " ".join(keywords_stems(name, "ru")) if lower[:1] in _CYRILLIC else lower
    if (name.isupper() and len(name) < 5) or not word.replace(" ", "").isalpha():
        return word
    latin = "".join(_CYRILLIC.get(letter, letter) for letter in word)
    for spelt, sounded in _FOLDS:
        latin = latin.replace(spelt, sounded)
    return _ENDING.sub("", _DOUBLED.sub(r"\1", _HARD_C.sub("k", latin)))
