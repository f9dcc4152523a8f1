"""A summary without a model: a title and a few whole sentences taken verbatim from a story's posts.

Pure and deterministic: the order of the sources does not matter. A story's title comes from the post that brings the
news, in the reader's language where that is no worse. Sentences are chosen by what the sources share, by how much they
tell (names, numbers, verbs) and by whether they can be read on their own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.types import Entity, EntityKind
from summarize import voices
from summarize.claims import addresses
from summarize.headline import cut_words, fit, titled
from summarize.orders import hostile
from summarize.text import Sentence, bare, clean, keywords_stems, line_key, normalise, sentences
from summarize.wording import (
    BACKWARD,
    CALL,
    CHATTY,
    CODEY,
    COLUMN,
    COMMENT,
    DANGLING,
    DIGITS,
    EVENT,
    FINAL,
    GREETS,
    LABELLED,
    LEANS,
    LETTER,
    MEME,
    NAME,
    SCHEDULE,
    SECTION,
    SELF,
    VERB,
    balanced,
    finite,
    length,
    named_works,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One post of a story: its raw text and markup (code points of `text`), as stored.

    `post_key` is unique in a story. `independent` is False for a post that repeats another source; copies support
    nothing. `boilerplate` holds line keys of the channel (see `summarize.text.lines_of`).
    """

    post_key: int
    channel: str
    text: str
    lang: str
    entities: tuple[Entity, ...] = ()
    date: datetime | None = None
    is_copy: bool = False
    independent: bool = True
    boilerplate: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedSentence:
    """A sentence as it stands in the post `post_key`, less its bullet and markdown marks, white space made single."""

    text: str
    post_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """`title` comes from the post `title_post`; `sentences` are in reading order; `lang` is theirs."""

    title: str
    title_post: int
    sentences: tuple[ExtractedSentence, ...]
    lang: str


#: What can be quoted of posts of which nothing can.
NOTHING = Extract(title="", title_post=0, sentences=(), lang="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A sentence of a cleaned post with what choosing needs: `index` counts units of its post, `rank` its source."""

    text: str
    rank: int
    index: int
    stems: tuple[str, ...]
    facts: frozenset[str]
    is_heading: bool
    is_bold: bool
    is_item: bool
    follows_intro: bool
    ends_line: bool
    is_foreign: bool
    is_copied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """What is known of the story as a whole; for one post `voices` is zero and the shares are empty.

    `spoken` tells by rank whether a source is in the language wanted, `shares` how prominent a name or number is
    among independent sources, `central` the names it is about.
    """

    sources: tuple[Source, ...]
    weights: Mapping[str, float]
    spoken: tuple[bool, ...]
    voices: tuple[float, ...]
    shares: Mapping[str, float]
    central: Mapping[str, float]

    @property
    def is_shared(self) -> bool:
        """Do several independent posts tell it?"""
        return sum(1 for source in self.sources if source.independent and not source.is_copy) > 1


def extract(sources: Sequence[Source], *, lang: str | None, max_sentences: int = 2, title_limit: int = 80) -> Extract:
    """Title and up to `max_sentences` sentences of a story told by `sources` (at least one, else ValueError).

    Texts in `lang` are preferred when some source has it, else in the language most independent sources use; another
    language's title or sentence is taken where it is clearly better. The title keeps to `title_limit` code points
    wherever it can be shortened at a clause boundary and stay true. A one-line post gives a title and no sentences; a
    post without words gives an empty title.
    """
    if not sources:
        raise ValueError("a summary needs at least one source")
    ordered = tuple(sorted(sources, key=_source_order))
    units = [unit for rank, source in enumerate(ordered) for unit in _units(source, rank, alone=len(ordered) == 1)]
    story = _story(units, ordered, lang)
    heading = _title(units, story, title_limit)
    chosen = _choose(units, story, heading, max_sentences)
    return Extract(
        title=heading.text,
        title_post=ordered[heading.rank].post_key,
        sentences=tuple(ExtractedSentence(text=u.text, post_key=ordered[u.rank].post_key) for u in chosen),
        lang=ordered[chosen[0].rank if chosen else heading.rank].lang,
    )


def _source_order(source: Source) -> tuple[bool, float, int]:
    """Originals before copies, early before late."""
    return (
        source.is_copy or not source.independent,
        source.date.timestamp() if source.date else math.inf,
        source.post_key,
    )


def _language(ordered: Sequence[Source], lang: str | None) -> str:
    """The reader's language if some source has it, else the one with most independent sources."""
    counts = Counter(source.lang for source in ordered if not source.is_copy and source.independent)
    counts = counts or Counter(source.lang for source in ordered)
    if lang and any(source.lang == lang and normalise(source.text) for source in ordered):
        return lang
    return max(counts, key=lambda code: (counts[code], code != "und", code))


# --- units -----------------------------------------------------------------------------------------------------------


def _units(source: Source, rank: int, *, alone: bool) -> list[_Unit]:
    """Sentences of the cleaned post, less the names of columns above what it says."""
    text = clean(_without_code(source), source.entities, boilerplate=source.boilerplate)
    bold = _bold_keys(source)
    found = _headline_joined(text, _without_columns([s for s in sentences(text) if not s.is_code]), alone=alone)
    lines = text.split("\n")
    intro = _under_intro(found)
    units: list[_Unit] = []
    for index, sentence in enumerate(found):
        starts = index == 0 or found[index - 1].line != sentence.line
        units.append(
            _Unit(
                text=_shown(sentence.text),
                rank=rank,
                index=index,
                stems=tuple(keywords_stems(sentence.text, source.lang)),
                facts=frozenset() if alone else voices.facts(sentence.text),
                is_heading=sentence.is_heading,
                is_bold=(starts and line_key(lines[sentence.line]) in bold) or line_key(sentence.text) in bold,
                is_item=sentence.is_item,
                follows_intro=intro[index],
                ends_line=index + 1 == len(found) or found[index + 1].line != sentence.line,
                is_copied=source.is_copy or not source.independent,
                is_foreign=source.lang in _CYRILLIC_LANGS and _latin(sentence.text),
            )
        )
    return units


def _without_columns(found: list[Sentence]) -> list[Sentence]:
    """The sentences from the first one on that is not a column's name, if there is any."""
    start = next((i for i, sentence in enumerate(found[:3]) if not COLUMN.match(sentence.text)), 0)
    return found[start:]


_CYRILLIC_LANGS = frozenset({"ru", "uk", "be", "kk", "bg", "sr", "mk"})


def _latin(text: str) -> bool:
    """Has the text hardly any Cyrillic?"""
    letters: list[str] = LETTER.findall(text)
    return sum(1 for letter in letters if "\u0400" <= letter <= "\u052f") < len(letters) / 5


def _headline_joined(text: str, found: list[Sentence], *, alone: bool) -> list[Sentence]:
    """The sentences, those of a short first line ("LLM with diffusion. Nearly there.") made one."""
    first = [s for s in found if s.line == found[0].line]
    if len(first) < 2 or (len(first) == len(found) and not alone):
        return found
    if length(text[first[0].start : first[-1].end]) > 80 or any("?" in s.text for s in first):
        return found
    start, end = first[0].start, first[-1].end
    whole = Sentence(text=text[start:end], start=start, end=end, line=first[0].line, is_item=first[0].is_item)
    return [whole, *found[len(first) :]]


def _under_intro(found: Sequence[Sentence]) -> list[bool]:
    """For each sentence: is it in a list that a line ending in a colon opens?"""
    flags: list[bool] = []
    for index, sentence in enumerate(found):
        previous = found[index - 1].text.rstrip() if index else ""
        flags.append(previous.endswith((":", "：")) or (sentence.is_item and index > 0 and flags[-1]))
    return flags


def _without_code(source: Source) -> str:
    """The raw text with code blocks, and what it says to machines, blanked character for character, so that offsets stay."""
    chars = list(hostile.blanked(source.text))
    for entity in source.entities:
        stop = min(len(chars), entity.offset + entity.length)
        block = "".join(chars[entity.offset : stop])
        if entity.kind is EntityKind.PRE or (entity.kind is EntityKind.CODE and "\n" in block.strip()):
            chars[entity.offset : stop] = ["\n"] * (stop - entity.offset)
    return "".join(chars)


def _bold_keys(source: Source) -> frozenset[str]:
    """Keys of lines that are bold (or headings) as a whole."""
    keys: set[str] = set()
    for entity in source.entities:
        if entity.kind in (EntityKind.BOLD, EntityKind.HEADING):
            keys.update(
                line_key(line) for line in source.text[entity.offset : entity.offset + entity.length].split("\n")
            )
    return frozenset(keys - {""})


_MARKUP = re.compile(r"\*\*|__|~~|\|\||`{3}")
_FOOTNOTE = re.compile(r"^\*+(?=\w)")


def _shown(text: str) -> str:
    """A sentence as it is printed: one line, without bullet, markdown pairs and emoji at its ends."""
    plain = " ".join(_MARKUP.sub("", text).split())
    return bare(_FOOTNOTE.sub("", bare(plain)))


# --- the story -------------------------------------------------------------------------------------------------------


def _story(units: Sequence[_Unit], ordered: tuple[Source, ...], lang: str | None) -> _Story:
    """Weights of stems and, where several posts tell it, what they share and how each of them speaks."""
    wanted = _language(ordered, lang)
    spoken = tuple(source.lang == wanted for source in ordered)
    weights = _weights(units, ordered)
    if len(ordered) == 1:
        return _Story(sources=ordered, weights=weights, spoken=spoken, voices=(0.0,), shares={}, central={})
    by_rank: list[list[_Unit]] = [[unit for unit in units if unit.rank == rank] for rank in range(len(ordered))]
    own = [rank for rank, source in enumerate(ordered) if source.independent and not source.is_copy]
    named = frozenset[str]().union(*(voices.names(unit.text) for unit in units))
    certain = [[unit.facts & named | _numbers(unit.facts) for unit in held] for held in by_rank]
    shares = voices.prominence([(ordered[rank].channel, certain[rank]) for rank in own])
    central = voices.central({key: share for key, share in shares.items() if not key[:1].isdigit()})
    total = sum(central.values())
    found = []
    for rank, held in enumerate(by_rank):
        opening = frozenset[str]().union(*(unit.facts for unit in held[:2]))
        found.append(
            voices.voice(
                [unit.text for unit in held],
                raw=ordered[rank].text,
                named=sum(central[key] for key in central if key in opening) / total if total else 0.0,
                late=_lateness(ordered, rank),
            )
        )
    return _Story(sources=ordered, weights=weights, spoken=spoken, voices=tuple(found), shares=shares, central=central)


def _numbers(keys: frozenset[str]) -> frozenset[str]:
    return frozenset(key for key in keys if key[:1].isdigit())


def _lateness(ordered: Sequence[Source], rank: int) -> float:
    """The source's place in the time of the story, 0..1; 0 where there are no dates."""
    times = [source.date.timestamp() for source in ordered if source.date]
    date = ordered[rank].date
    if date is None or max(times) == min(times):
        return 0.0
    return (date.timestamp() - min(times)) / (max(times) - min(times))


def _weights(units: Sequence[_Unit], ordered: Sequence[Source]) -> dict[str, float]:
    """How central a stem is: in how many independent sources, then how often, headings and openings counting more."""
    spread: dict[str, set[int]] = {}
    often: Counter[str] = Counter()
    for unit in units:
        source = ordered[unit.rank]
        weight = 2 if unit.index == 0 or unit.is_heading else 1
        for stem in set(unit.stems):
            often[stem] += weight
            if source.independent and not source.is_copy:
                spread.setdefault(stem, set()).add(unit.rank)
    many = max(1, len({rank for ranks in spread.values() for rank in ranks}))
    return {
        stem: (1.0 + math.log(count)) * (1.0 + 2.0 * (len(spread.get(stem, ())) - 1) / many if many > 1 else 1.0)
        for stem, count in often.items()
    }


def _centrality(stems: Iterable[str], weights: Mapping[str, float]) -> float:
    """Mean weight of the stems, damped for very short sentences; 0..1 of the heaviest stem."""
    unique = set(stems)
    if not unique:
        return 0.0
    top = max(weights.values(), default=1.0)
    return sum(weights.get(stem, 0.0) for stem in unique) / (len(unique) + 3) / top


# --- can it stand alone? ---------------------------------------------------------------------------------------------


def _whole(unit: _Unit) -> bool:
    """A complete statement: opens and ends as one, with its brackets closed.

    Authors often leave out the full stop at the end of a line; a clause with a verb is a sentence even so.
    """
    text = unit.text
    first = LETTER.search(text)
    if first is None or not balanced(text):
        return False
    if first.group().islower() and first.start() <= 1 and not re.match(r"[a-z]+[A-Z0-9.-]", text):
        return False
    if text.endswith(FINAL):
        return True
    return unit.ends_line and not unit.is_heading and len(text) >= 50 and finite(text) and text[-1] not in ",;—–-/&+"


def _printable(unit: _Unit) -> bool:
    """May this unit be one of the summary's sentences at all?"""
    text = unit.text
    if not 25 <= length(text) <= 420 or len(unit.stems) < 3:
        return False
    if re.search(r"[?？؟][)»”\"]*$", text) or text.endswith((":", "…", "...")) or "?" in text:
        return False
    if not _whole(unit) or (unit.is_item and unit.follows_intro and (len(text) < 60 or not finite(text))):
        return False
    if (
        CODEY.search(text)
        or addresses.addresses(text)
        or text.count("#") > 1
        or text.count("|") > 1
        or SCHEDULE.match(text)
    ):
        return False
    return sum(map(len, LETTER.findall(text))) >= 0.6 * len(text.replace(" ", "")) and not BACKWARD.search(text)


def _score(unit: _Unit, weights: Mapping[str, float]) -> float:
    """How good a summary's sentence this is; comparable within one call."""
    text = unit.text
    score = (
        1.6 * _centrality(unit.stems, weights) + 0.45 / (1 + 0.35 * unit.index) + 0.12 * min(3, len(NAME.findall(text)))
    )
    score += 0.15 if DIGITS.search(text) else 0.0
    score += 0.1 if VERB.search(text) or finite(text) else -0.25
    size = length(text)
    score -= (0.2 if DIGITS.search(text) else 0.4) if size < 40 else 0.0
    score -= max(0.0, (size - 240) / 300)
    score -= 0.3 if DANGLING.match(text) else (0.12 if LEANS.search(text) else 0.0)
    score -= 0.25 if SELF.search(text) else 0.0
    score -= 0.15 if LABELLED.match(text) else 0.0
    score -= 0.8 if CALL.search(text) or GREETS.match(text) else 0.0
    score -= 0.3 if size < 60 and not DIGITS.search(text) and not NAME.search(text) else 0.0
    score -= 0.12 * min(3, len(CHATTY.findall(text)))
    score -= 0.15 if text.endswith("!") else 0.0
    score -= 0.2 if unit.is_item else 0.0
    score -= 0.5 if unit.is_foreign else 0.0
    score -= 0.3 if unit.is_copied else 0.0
    return score


def _told(unit: _Unit, story: _Story, heading: _Title) -> float:
    """How good a sentence of a story this is: as for one post, and who says it, and is it about what the title names?"""
    score = _score(unit, story.weights)
    if len(story.sources) == 1:
        return score
    score += 0.4 * max(_ECHO, story.voices[unit.rank])
    if not story.is_shared:
        return score
    shared = {key: story.shares[key] for key in unit.facts if key in story.shares}
    score += 0.17 * min(2.0, sum(share for key, share in shared.items() if key not in heading.facts))
    score += 0.1 if shared.keys() & heading.facts else 0.0
    if unit.rank == heading.rank:
        score += 0.1
    else:  # another post's opening is a second title
        score -= (
            (0.0 if shared else 0.4)
            + (0.3 if unit.index == 0 else 0.0)
            + (0.4 if unit.index == 0 and SELF.search(unit.text) else 0.0)
        )
    if len(_numbers(unit.facts)) < 2 and not (VERB.search if _latin(unit.text) else finite)(unit.text):
        score -= 0.25
    score -= 0.3 if COMMENT.search(unit.text) or MEME.search(unit.text) else 0.0
    score -= 0.4 if SELF.search(unit.text) else 0.0
    return score - (0.25 if LEANS.search(unit.text) or DANGLING.match(unit.text) else 0.0)


# --- choosing sentences ----------------------------------------------------------------------------------------------

_MIN_SCORE = 0.25
#: How much better a second voice's sentence is than one more of the same voice.
_OTHER_VOICE = 0.1
#: How much better a sentence in the language wanted is.
_SPOKEN = 0.8
#: A post whose voice is below only echoes the news.
_ECHO = -0.5


def _overlap(a: Iterable[str], b: Iterable[str]) -> float:
    """Share of the smaller set found in the other."""
    left, right = set(a), set(b)
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def _alike(a: _Unit, b: _Unit) -> bool:
    """Do the two say the same, in the same words or, in two languages, with the same names and numbers?"""
    said = _overlap(a.stems, b.stems)
    numbers = _overlap(_numbers(a.facts), _numbers(b.facts)) if a.facts and b.facts else 0.0
    both = len(_numbers(a.facts) & _numbers(b.facts))
    return said >= 0.6 or (both > 1 and numbers >= 0.6) or (both > 0 and numbers >= 0.5 and said >= 0.35)


def _choose(units: Sequence[_Unit], story: _Story, heading: _Title, limit: int) -> list[_Unit]:
    """The best sentences that say different things: those of one post in reading order, else the news first.

    One that leans on the sentence before it ("He…", "At that…") is taken only together with that sentence.
    """
    scores = {(unit.rank, unit.index): _told(unit, story, heading) for unit in units}
    pool = [
        u
        for u in units
        if scores[u.rank, u.index] >= _MIN_SCORE
        and _printable(u)
        and not _repeats(u, heading)
        and not _echoes(u, story, heading)
    ]
    chosen: list[_Unit] = []
    shown = {(heading.rank, heading.index)}
    while pool and len(chosen) < limit:
        ranked = sorted(pool, key=lambda u: _preference(u, story, heading, chosen, scores[u.rank, u.index]))
        unit = next((u for u in ranked if (u.rank, u.index - 1) in shown or not DANGLING.match(u.text)), None)
        if unit is None or (chosen and heading.text[1:] in unit.text):
            break
        chosen.append(unit)
        shown.add((unit.rank, unit.index))
        pool = [u for u in pool if u is not unit and not _alike(u, unit)]
    return sorted(chosen, key=lambda u: u.index) if len({u.rank for u in chosen}) == 1 else chosen


def _echoes(unit: _Unit, story: _Story, heading: _Title) -> bool:
    """Is it the opening of a comment, or that of a post in a language not wanted, which says what the title says?"""
    if unit.rank == heading.rank or story.sources[unit.rank].channel == story.sources[heading.rank].channel:
        return False
    if unit.index == 0 and story.voices[unit.rank] < _ECHO:
        return True
    return unit.index <= 1 and not story.spoken[unit.rank] and story.spoken[heading.rank]


def _preference(
    unit: _Unit, story: _Story, heading: _Title, chosen: Sequence[_Unit], score: float
) -> tuple[bool, float, int, int]:
    """Sort key of a sentence when those `chosen` are taken; the smallest is the next."""
    heard = {story.sources[other.rank].channel for other in chosen}
    if DANGLING.match(unit.text) and any((o.rank, o.index) == (unit.rank, unit.index - 1) for o in chosen):
        score += 0.4  # what it leans on is there
    score += _OTHER_VOICE if heard - {story.sources[unit.rank].channel} else 0.0
    score += (_SPOKEN if story.voices[unit.rank] > _ECHO else 0.3) if story.spoken[unit.rank] else 0.0
    # A title cut from a sentence makes that sentence half a repetition: it comes only if nothing else does.
    return heading.text[1:] in unit.text, -score, unit.rank, unit.index


def _repeats(unit: _Unit, heading: _Title) -> bool:
    """Does the sentence say no more than the title (whose first letter may be a capital now)?"""
    left, right = set(unit.stems), set(heading.stems)
    if heading.text and heading.text[1:] in unit.text:
        return len(left - right) < 3
    return len(left - right) < max(3, 0.3 * len(left)) or (bool(right) and right <= left and len(left - right) < 5)


# --- the title -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """A title and the unit it was made of."""

    text: str
    rank: int
    index: int
    stems: tuple[str, ...]
    facts: frozenset[str] = frozenset()


def _title(units: Sequence[_Unit], story: _Story, limit: int) -> _Title:
    """The best heading, sentence or named work, fitted to the limit; for a post without any, what its first line says."""
    best: tuple[float, int, int, str] | None = None
    for unit in units:
        for text, bonus in _wordings(unit, limit):
            score = _title_score(unit, text, story.weights, limit) + bonus + _headlines(unit, story)
            key = (-score, unit.rank, unit.index, text)
            best = key if best is None or key < best else best
    if best is None:
        plain = normalise(story.sources[0].text).split("\n", 1)[0]
        return _Title(text=cut_words(titled(_shown(plain)), limit), rank=0, index=-2, stems=())
    stems = tuple(keywords_stems(best[3], story.sources[best[1]].lang))
    return _Title(text=best[3], rank=best[1], index=best[2], stems=stems, facts=voices.facts(best[3]))


def _wordings(unit: _Unit, limit: int) -> list[tuple[str, float]]:
    """What the unit could be called, and how much is to be said for that."""
    text = fit(titled(unit.text), limit)
    found = [(text, 0.0)] if text else []
    if unit.index <= 1 and (SELF.search(unit.text) or GREETS.match(unit.text) or COMMENT.search(unit.text)):
        # A work may be called by a question; that is its name and no teaser.
        works = named_works(unit.text)
        found += [(fit(titled(work), limit), 1.0 if work.endswith("?") else 0.4) for work in works]
    return found


def _headlines(unit: _Unit, story: _Story) -> float:
    """How much is to be said for a title from this unit's source; 0 for the only source."""
    if len(story.sources) == 1:
        return 0.0
    score = story.voices[unit.rank] - (0.0 if story.spoken[unit.rank] else 0.6) - (0.3 if unit.is_copied else 0.0)
    total = sum(story.central.values())
    named = sum(share for key, share in story.central.items() if key in unit.facts) / total if total else 0.0
    return score + 0.5 * named + (0.15 if EVENT.search(unit.text) else 0.0)


def _title_score(unit: _Unit, text: str, weights: Mapping[str, float], limit: int) -> float:
    """How well the text names the story."""
    size = length(text)
    score = 1.2 * _centrality(unit.stems, weights) + 0.08 * min(3, len(NAME.findall(" " + text)))
    score += 0.9 if unit.index == 0 else 0.6 / (1 + unit.index)
    score += 0.35 if (unit.is_heading or unit.is_bold) and unit.index <= 2 else 0.0
    score += 0.1 if DIGITS.search(text) else 0.0
    score -= 0.9 if COLUMN.match(text) or SECTION.match(text) else 0.0
    score -= 0.25 if SELF.search(text) else 0.0
    score -= 0.4 if COMMENT.search(unit.text) else 0.0
    score -= 0.5 if len(unit.stems) < 2 else (0.2 if size < 20 else 0.0)
    score -= 0.6 if text.endswith(("?", "？", "؟")) else 0.0
    score -= 0.5 if text.endswith(("…", "...")) else 0.0
    score -= 0.2 if unit.text.endswith(":") else 0.0
    score -= 0.8 if DANGLING.match(text) or BACKWARD.search(text) else 0.0
    score -= 0.6 if CALL.search(text) else 0.0
    score -= 0.9 if addresses.addresses(text) else 0.0
    score -= 0.9 if GREETS.match(text) else 0.0
    score -= 0.6 if text.endswith("…") else 0.0
    score -= 0.1 * min(3, len(CHATTY.findall(text)))
    score -= 0.6 if unit.is_item and unit.index > 0 else 0.0
    score -= 0.5 if not balanced(text) or CODEY.search(text) else 0.0
    return score - max(0.0, (len(text) - limit) / 120) - (0.2 if len(text) > limit else 0.0)


__all__ = ["Extract", "ExtractedSentence", "Sentence", "Source", "extract"]
