"""A digest in words: neutral blocks with every sentence's source, for whoever draws them.

Pure. Blocks hold clean text (no control characters, nothing that reverses or hides text; no-break spaces where a row
must not end) and only links that may be opened; markup is the business of whoever draws them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.select import Digest, title_key
from bot.sources import NAME_UNITS, Ref, by_source, numbered, source_line
from bot.spans import Kind, Span, clean, cut, first_url
from bot.texts import Words, words
from bot.typography import bound, stopped
from core.types import CitedSentence, ClaimKind, StoryCard, StoryPost

#: Sentences of a story that a digest may show.
SENTENCES = 3
#: Longest title and sentence, in UTF-16 units: a story with all of its sources stays below Telegram's 4,096.
TITLE_UNITS, SENTENCE_UNITS = 240, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The digest's own title (level 1) or a section's (level 2)."""

    text: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence said instead of stories."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBlock:
    """A story: `title` is bold and links to its best source; each of `sources` and `further` names one source.

    `further` holds the first of the sources beyond those shown (an ellipsis ends a list that is cut), `more` says how
    many there are ("" for none), and `when` when it was posted. `sentences` make a paragraph, `claims`, those beyond,
    have a line each. `is_update`: the reader knows the story, and every sentence is news; `count` is the number of all
    sources.
    """

    id: int
    title: Span
    sentences: tuple[tuple[Span, ...], ...]
    sources: tuple[tuple[Span, ...], ...]
    further: tuple[tuple[Span, ...], ...]
    more: str
    when: str
    claims: tuple[tuple[Span, ...], ...]
    is_update: bool
    count: int


Block = Heading | Note | StoryBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of a story is told: sentences shown (at most `SENTENCES`) and beyond those, sources shown and beyond those.

    `arrows` tells in signs, not in words, where a source's text went.
    """

    sentences: int = SENTENCES
    claims: int = 0
    sources: int = 4
    further: int = 10
    arrows: bool = False


#: What a page and a terminal show.
PAGE = Detail()


def render_blocks(digest: Digest, *, now: datetime, tz: ZoneInfo, detail: Detail = PAGE) -> list[Block]:
    """The digest as blocks in reading order. `now` is aware; days and hours are those of `tz`."""
    said = words(digest.lang)
    blocks: list[Block] = [Heading(text=heading(digest, now=now, tz=tz), level=1)]
    for section in digest.sections:
        if not section.cards:
            continue
        topic = clean(section.topic.title(said.lang)) if section.topic else ""
        blocks.append(Heading(text=bound(topic or said.other), level=2))
        blocks += [_story(card, lang=digest.lang, now=now, tz=tz, detail=detail) for card in section.cards]
    if len(blocks) == 1:
        blocks.append(Note(text=bound(said.empty)))
    return blocks


def heading(digest: Digest, *, now: datetime, tz: ZoneInfo) -> str:
    """`Дайджест · 14–17 сентября 2026 · 12 сюжетов из 63`; an empty digest has no count."""
    said = words(digest.lang)
    shown = sum(len(section.cards) for section in digest.sections)
    count = said.chosen(shown, digest.considered) if shown else ""
    return bound(" · ".join(part for part in (said.digest, _window(digest, now=now, tz=tz), count) if part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """Sentences with their citations, and a line for each source, in the order of their numbers."""

    sentences: tuple[tuple[Span, ...], ...]
    sources: tuple[tuple[Span, ...], ...]


def cited(
    told: Sequence[CitedSentence],
    posts: Sequence[StoryPost],
    *,
    lang: str,
    now: datetime,
    tz: tzinfo,
    arrows: bool = True,
) -> Cited:
    """Sentences of whatever stories, and who says them and when; every post that is cited is among `posts`."""
    said = words(lang)
    wanted = list(dict.fromkeys(post for sentence in told for post in sentence.post_ids))
    sources = by_source(posts, wanted)
    refs = numbered(sources, set(wanted))
    this = local(now, tz).year
    lines = []
    for ref, groups in zip(refs, sources, strict=True):
        when = local(ref[0].group.lead.date or ref[0].group.lead.first_seen, tz)
        day = bound(said.day(when, year=when.year != this))
        line = source_line(ref, hidden=len(groups) - len(ref), said=said, arrows=arrows)
        lines.append((*line, Span(f" · {day}" if ref[0].group.lead.date else f" · {said.undated} {day}")))
    return Cited(sentences=tuple(_sentences(told, refs, "", said)), sources=tuple(lines))


def paragraph(sentences: Sequence[tuple[Span, ...]]) -> tuple[tuple[Span, ...], ...]:
    """Sentences of `Cited` as they stand when one follows the other on a line: none runs into the next."""
    if len(sentences) < 2:
        return tuple(sentences)
    return tuple(_stopped(spans) for spans in sentences)


def _stopped(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The full stop stands with the words, before the mark of their language and their citations."""
    words_at = max((at for at, span in enumerate(spans) if span.kind is Kind.PLAIN and span.text.strip()), default=None)
    if words_at is None:
        return spans
    told = spans[words_at]
    return (*spans[:words_at], replace(told, text=stopped(told.text)), *spans[words_at + 1 :])


# --- stories ---------------------------------------------------------------------------------------------------------


def _story(card: StoryCard, *, lang: str, now: datetime, tz: tzinfo, detail: Detail) -> StoryBlock:
    said = words(lang)
    title = cut(clean(card.title), TITLE_UNITS)
    shown, claims = _told(card, title, detail)
    told = [post for sentence in (*card.sentences[:SENTENCES], *claims) for post in sentence.post_ids]
    sources = by_source(card.posts, [*told, card.title_post])
    refs = numbered(sources, {post for sentence in (*shown, *claims) for post in sentence.post_ids})
    lines = [
        source_line(ref, hidden=len(groups) - len(ref), said=said, arrows=detail.arrows)
        for ref, groups in zip(refs, sources, strict=True)
    ]
    best = next((g.url for gs in sources for g in gs if card.title_post in {p.id for p in g.posts}), None)
    best = best or first_url(group.url for groups in sources for group in groups)
    rest = lines[detail.sources :]
    return StoryBlock(
        id=card.id,
        title=Span(bound(title or said.untitled), Kind.BOLD, best),
        sentences=paragraph(tuple(_sentences(shown, refs, card.lang, said))),
        sources=tuple(lines[: detail.sources]),
        further=(*rest[: detail.further], *([(Span("…"),)] if len(rest) > detail.further else [])),
        more=bound(said.and_more(len(rest), said.sources)) if rest else "",
        when=bound(_when(card, said=said, now=now, tz=tz)),
        claims=tuple(_sentences(claims, refs, card.lang, said)),
        is_update=_is_update(card),
        count=len(lines),
    )


def _told(card: StoryCard, title: str, detail: Detail) -> tuple[list[CitedSentence], list[CitedSentence]]:
    """The sentences that are shown and those beyond; none repeats the title, and what is known is no part of an update.

    An update and a story without a title are told in a sentence at least, since nothing else would tell them. Two sides
    of a dispute are not parted.
    """
    known = {title_key(title)}
    told = [sentence for sentence in card.sentences[:SENTENCES] if title_key(clean(sentence.text)) not in known]
    update = _is_update(card)
    if detail.claims:
        known |= {title_key(clean(sentence.text)) for sentence in card.sentences[:SENTENCES]}
        further = (claim for claim in card.claims if claim.is_new or not update)
        told += (claim for claim in further if title_key(clean(claim.text)) not in known)
    shown = max(detail.sentences, 1 if update or not title else 0)
    while 0 < shown < len(told) and {told[shown - 1].kind, told[shown].kind} == {ClaimKind.DISPUTED}:
        shown += 1
    return told[:shown], told[shown:][: detail.claims]


def _is_update(card: StoryCard) -> bool:
    return bool(card.sentences) and all(sentence.is_new for sentence in card.sentences)


def _sentences(
    shown: Sequence[CitedSentence], refs: Sequence[Sequence[Ref]], card_lang: str, said: Words
) -> Iterator[tuple[Span, ...]]:
    """The sentences with their citations. Before those that one source alone says stands who says it, once in a row."""
    speakers: list[str] = []
    was_new = False
    for sentence in shown:
        spans = _sentence(sentence, refs, card_lang, said.lang)
        if not spans:
            continue
        lead = [Span(f"{said.update}. ", Kind.UPDATE)] if sentence.is_new and not was_new else []
        named = _speakers(sentence, refs)
        if named and (named != speakers or lead):
            lead.append(Span(f"{said.say(named)}: "))
        speakers, was_new = named, sentence.is_new
        yield (*lead, *spans)


def _speakers(sentence: CitedSentence, refs: Sequence[Sequence[Ref]]) -> list[str]:
    """Who has to be named with the sentence: those who say it, unless independent sources agree, or it is their own."""
    if sentence.kind in {None, ClaimKind.AGREED}:
        return []
    names = (ref.group.name for ref in _cited(sentence, refs))
    return [cut(name, NAME_UNITS) for name in dict.fromkeys(names) if name]


def _cited(sentence: CitedSentence, refs: Sequence[Sequence[Ref]]) -> list[Ref]:
    """The groups that a sentence cites, in the order of their numbers."""
    wanted = set(sentence.post_ids)
    return [ref for source in refs for ref in source if wanted & {post.id for post in ref.group.posts}]


def _sentence(sentence: CitedSentence, refs: Sequence[Sequence[Ref]], card_lang: str, lang: str) -> tuple[Span, ...]:
    text = cut(clean(sentence.text), SENTENCE_UNITS)
    if not text:
        return ()
    foreign = _foreign(text, sentence.lang or card_lang, lang)
    spans = [Span(bound(text), lang=foreign)]
    if foreign:
        spans += [Span(" "), Span(f"({foreign})", Kind.MARK)]
    for group, number in _cited(sentence, refs):
        if number:
            post = next(post for post in group.posts if post.id in sentence.post_ids)
            url = group.url if post is group.lead else first_url([post.url, post.origin_url, group.url])
            spans += [Span("\u00a0"), Span(f"[{number}]", Kind.CITE, url)]
    return tuple(spans)


# --- language --------------------------------------------------------------------------------------------------------

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LATIN_WORDS = re.compile(r"\b[a-z]{2,}\b")
_CYRILLIC_LANGS = frozenset({"ru", "uk", "be", "kk", "ky", "bg", "sr", "mk", "tg", "mn", "tt"})
_TELLING = (
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("kk", re.compile(r"[әғқңөұүһӘҒҚҢӨҰҮҺ]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0620-\u064a]")),
    ("he", re.compile(r"[\u05d0-\u05ea]")),
    ("hi", re.compile(r"[\u0904-\u0939]")),
)


def _foreign(text: str, card_lang: str, lang: str) -> str | None:
    """The code of the sentence's language if it is another than the reader's and the text itself shows it."""
    found = _language(text, card_lang)
    return found if found and found != lang else None


def _language(text: str, card_lang: str) -> str | None:
    """By script, with the story's own language as the hint; None for names and numbers alone."""
    letters = sum(map(str.isalpha, text))
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    told = next((code for code, pattern in _TELLING if len(pattern.findall(text)) * 20 >= max(letters, 1)), None)
    if told in {"uk", "kk"}:  # languages that share these letters are known only to who read the whole post
        return card_lang if card_lang in _CYRILLIC_LANGS - {"ru"} else told
    if told and letters > 2 * (cyrillic + latin):
        return told
    if cyrillic * 4 >= letters > 0:
        return card_lang if card_lang in _CYRILLIC_LANGS else "ru"
    if latin * 2 > letters and len(_LATIN_WORDS.findall(text)) > 1:
        return "en" if card_lang in _CYRILLIC_LANGS or not re.fullmatch("[a-z]{2}", card_lang) else card_lang
    return None


# --- time ------------------------------------------------------------------------------------------------------------


def local(when: datetime, tz: tzinfo) -> datetime:
    """The moment on the reader's clock (as it is, at the ends of the calendar, where it has none)."""
    try:
        return when.astimezone(tz)
    except OverflowError:
        return when


def _when(card: StoryCard, *, said: Words, now: datetime, tz: tzinfo) -> str:
    """The hour of a story of one day, the days of a longer one, the day of import of one without a date."""
    first, last, this = local(card.first_seen, tz), local(card.last_seen, tz), local(now, tz)
    if not card.dated:
        return f"{said.undated} {said.day(first, year=first.year != this.year)}"
    days = said.days(first.date(), last.date(), year=last.year != this.year)
    return days if first.date() < last.date() else f"{days}, {first:%H:%M}"


def _window(digest: Digest, *, now: datetime, tz: tzinfo) -> str:
    """The days of the digest: its window, or, where that is open, what its dated stories span."""
    said = words(digest.lang)
    cards = [card for section in digest.sections for card in section.cards if card.dated]
    first = digest.since or min((card.first_seen for card in cards), default=None)
    until = _last_moment(digest.until, first)
    last = until or (now if digest.since else max((card.last_seen for card in cards), default=None))
    if first and last:
        return said.days(local(first, tz).date(), local(last, tz).date(), year=True)
    return f"{said.until} {said.day(local(last, tz), year=True)}" if last else ""


def _last_moment(until: datetime | None, first: datetime | None) -> datetime | None:
    """`until` is not part of the window: one that ends at midnight ends on the day before."""
    if until is None or until <= (first or datetime.min.replace(tzinfo=UTC)):
        return until
    return until - timedelta(microseconds=1)
