"""What a question asks for: its words, names, identifiers and time, the channel that it speaks of, its language.

Pure; no model. Questions come from phones: without capitals, in two alphabets, with typing errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from core.answers import LONGEST
from summarize import keys as identifiers
from summarize import text as texts
from summarize.claims import check_posts, named
from summarize.keys import KeyKind
from summarize.rarity import rarity
from summarize.search import thesaurus
from summarize.search.periods import Period, period

#: So many words of a question look for posts.
MOST_WORDS = 40
#: A word that is rarer than this in ordinary texts is taken for a name, also without a capital.
NAME_RARITY = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`words`: what looks for posts; `meanings`: keys of its words that two languages share, with how much each says; `senses`:
    those of the words behind each key, as `thesaurus` counts them; `names`: words that are probably names; `keys`: "kind:value";
    `news`: it asks for what is new.
    """

    text: str
    lang: str
    words: tuple[str, ...]
    meanings: Mapping[str, float]
    senses: Mapping[str, frozenset[int]]
    names: tuple[str, ...]
    keys: tuple[str, ...]
    period: Period | None
    news: bool


_TOKEN = re.compile(r"[^\W_](?:[\w.+#/-]*[\w+#])?")
#: Addresses and the names of their hosts are no words: keys are made of them.
_ADDRESS = re.compile(r"https?://\S+|\b(?:arxiv|github|doi)(?:\.\w+/\S*|\s*:\s*\S+)?", re.IGNORECASE)
_ARXIV = re.compile(r"(?<![\w.])(\d{4}\.\d{4,5})(?:v\d+)?(?!\w)")
_OWNED = re.compile(r"(?<![\w/.:@-])([A-Za-z][\w.-]*/[A-Za-z][\w.-]*)(?![\w/])")
_PAGE = re.compile(r"(?<![\w/@.:-])(?:[a-z\d-]+\.)+[a-z]{2,}/[^\s?!,;]+", re.IGNORECASE)
_NEWS = re.compile(
    r"\b(?:нов(?:ое|ого|ости|остей|инк\w+)|последн\w+|свеж\w+|недавн\w+|сейчас|latest|newest|news|recent(?:ly)?|what'?s\s+new|new)\b",
    re.IGNORECASE,
)
#: What only asks: it stands in every question, and says nothing of the posts.
_ASKING = frozenset(
    """что кто где когда какой какая какое какие какую каком каких какого сколько почему зачем как чем чего кому кого куда откуда
    ли же там про об насчёт насчет расскажи скажи напомни подскажи покажи найди есть было был была были будет пишут писали писал
    говорят говорили слышно известно знаешь можно нужно
    what who whom whose where when which why how many much tell me about is are was were did does do has have any there anything
    say says said know find show please""".split()
)


def read(text: str, *, asked: datetime, tz: ZoneInfo) -> Question:
    """Read a question of at most LONGEST characters; `asked`, aware, and `tz` say what "yesterday" means."""
    text = " ".join(texts.normalise(text)[:LONGEST].split())
    when = period(text, asked=asked, tz=tz)
    bare = text if when is None else f"{text[: when.start]} {text[when.end :]}"
    bare = _ADDRESS.sub(" ", bare)
    words = [word for match in _TOKEN.finditer(bare) if (word := match.group()).lower() not in _ASKING][:MOST_WORDS]
    return Question(
        text=text,
        lang="ru" if re.search("[а-яё]", text, re.IGNORECASE) else "en",
        words=tuple(dict.fromkeys(words)),
        meanings={key: weight for key, weight in check_posts.keys(bare).items() if key not in _asking_keys()},
        senses=_senses(words),
        names=_names(bare, words),
        keys=_keys(text),
        period=when,
        news=_NEWS.search(text) is not None,
    )


@cache
def _asking_keys() -> frozenset[str]:
    return frozenset(key for word in _ASKING for key in check_posts.keys(word))


def _senses(words: list[str]) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for word in words:
        for key in check_posts.keys(word):
            found[key] = found.get(key, thesaurus.NOTHING) | thesaurus.senses(word)
    return found


def _names(text: str, words: list[str]) -> tuple[str, ...]:
    found = [name.text for name in named.names(text) if name.text.lower() not in _ASKING]
    found += [word for word in words if word.isalpha() and len(word) > 3 and rarity(word.lower()) >= NAME_RARITY]
    return tuple(dict.fromkeys(found))


def _keys(text: str) -> tuple[str, ...]:
    found = {f"{key.kind}:{key.value}" for key in identifiers.keys(text, ())}
    found |= {f"{KeyKind.ARXIV}:{match[1]}" for match in _ARXIV.finditer(text)}
    found |= {f"{key.kind}:{key.value}" for match in _PAGE.finditer(text) if (key := identifiers.of_link(match[0]))}
    for match in _OWNED.finditer(text):
        found |= {f"{KeyKind.GITHUB}:{match[1].lower()}", f"{KeyKind.MODEL}:{match[1].lower()}"}
    return tuple(sorted(found))
