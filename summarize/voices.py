"""What the posts of one story are about and how each speaks: the names and numbers they share, and who brings the news.

Pure. Names and numbers read the same in every language, so they tie a Russian post to an English one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from summarize.text import keywords_stems
from summarize.wording import CHATTY, COMMENT, EVENT, MEME, SECTION, SELF

_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[ .,]\d{3})+(?![\d\w])|\d+(?:[.,]\d+)?(?![A-Za-z\d])")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[.+-][A-Za-z0-9_]+)*\+*|\d+(?:[.,]\d+)?[A-Za-z]{1,3}\b")
_CYRILLIC = re.compile(r"(?<=[а-яёіїєґ,;:—–-]\s)[«\"“(]?([А-ЯЁІЇЄҐ][а-яёіїєґ]{2,}(?:-[\dА-ЯЁа-яё]+)*)")
_VERSION = re.compile(r"v(?=\d)")


def facts(text: str) -> frozenset[str]:
    """Keys of the numbers (less single digits) and of all Latin and capitalised Cyrillic words in the text."""
    found = {_number(match.group()) for match in _NUMBER.finditer(text)}
    found = {number for number in found if len(number) > 1}
    for match in _LATIN.finditer(text):
        found.add(_VERSION.sub("", match.group().lower().replace(",", ".")))
    found.update(_cyrillic(match.group(1)) for match in _CYRILLIC.finditer(text))
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """Keys that are certainly names here: a capital inside a sentence, or letters with digits; no common words."""
    found = {_cyrillic(match.group(1)) for match in _CYRILLIC.finditer(text)}
    for match in _LATIN.finditer(text):
        token = match.group()
        inside = match.start() > 1 and text[match.start() - 2] not in ".!?:\n"
        marked = any(char.isdigit() for char in token) or any(char.isupper() for char in token[1:])
        if (marked or (inside and token[0].isupper())) and len(token) > 1 and keywords_stems(token, "en"):
            found.add(_VERSION.sub("", token.lower().replace(",", ".")))
    return frozenset(found)


def _number(text: str) -> str:
    """One key for 3100, 3 100 and 3,100, and one for 0.94 and 0,94."""
    return re.sub(r"[ .,]", "", text) if re.fullmatch(r"\d{1,3}(?:[ .,]\d{3})+", text) else text.replace(",", ".")


def _cyrillic(word: str) -> str:
    """The word without its case ending."""
    low = word.lower()
    return low[: max(4, len(low) - 2)]


def prominence(posts: Sequence[tuple[str, Sequence[frozenset[str]]]]) -> dict[str, float]:
    """Share (0..1] of the voices that have a key, openings counting as much as the rest; keys of one voice are left out.

    `posts` holds for each independent post its channel and the keys of its sentences; the voices are the channels,
    or the posts if all are from one channel.
    """
    single = len({channel for channel, _ in posts}) == 1
    spread: dict[str, set[str]] = defaultdict(set)
    opened: dict[str, set[str]] = defaultdict(set)
    for number, (channel, sentences) in enumerate(posts):
        voice = str(number) if single else channel
        for index, keys in enumerate(sentences):
            for key in keys:
                spread[key].add(voice)
                if index < 2:
                    opened[key].add(voice)
    many = len(posts) if single else len({channel for channel, _ in posts})
    return {key: (len(v) + len(opened[key])) / (2 * many) for key, v in spread.items() if len(v) > 1}


def central(shares: Mapping[str, float]) -> dict[str, float]:
    """Of names with their shares those that the story is about: nearly as prominent as the most prominent one."""
    top = max(shares.values(), default=0.0)
    return {key: share for key, share in shares.items() if share >= 0.6 * top}


def voice(sentences: Sequence[str], *, raw: str, named: float, late: float) -> float:
    """How far a post is the news itself rather than an echo of it: about -1.5 for a comment, 0.8 for an announcement.

    `named` is the share (0..1) of the story's central names in its opening, `late` its place (0..1) in the story's
    time; `raw` is the post's text with its emoji.
    """
    first = sentences[0] if sentences else ""
    score = 0.4 * named - 0.2 * late
    score += 0.3 if EVENT.search(first) else (0.12 if any(map(EVENT.search, sentences[1:3])) else 0.0)
    score -= 1.0 if COMMENT.search(first) else 0.0
    score -= 0.5 if MEME.search(raw[:300]) else 0.0
    score -= 0.6 if SELF.search(first) else 0.0
    score -= 0.3 if SECTION.match(first) else 0.0
    chatty = Counter(bool(CHATTY.search(text) or SELF.search(text)) for text in sentences)
    return score - 0.4 * chatty[True] / max(3, len(sentences)) - (0.3 if len(sentences) < 2 and len(raw) < 120 else 0.0)
