"""Answers in words: sentences with their sources below them, an honest "not in the archive", the stories of a search.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Italic, Text

from bot import message_parts
from bot.blocks import Cited, cited, local, paragraph
from bot.messages import MESSAGE_UNITS, Mark, fits, plain
from bot.spans import Kind, Span, clean, cut, units
from bot.speech import Say
from bot.texts import words
from bot.typography import bound, stopped
from core.answers import Answer, Hit, Outcome
from core.types import CitedSentence

#: So many sources stand in sight, the others in a quote that unfolds.
IN_SIGHT = 4
#: Stories on a page of a search.
ON_A_PAGE = 5
#: Of a story that was found, so much is shown and marked: five of them always fit into a message.
_TITLE_UNITS, _SENTENCE_UNITS, _MOST_MARKS = 160, 500, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as plain data: text of at most 4,096 UTF-16 units, and its marks."""

    text: str
    marks: tuple[Mark, ...]


def answer(found: Answer, say: Say, *, now: datetime, tz: ZoneInfo, heading: str = "") -> Shown:
    """An answer as a message; what it cannot hold is left out from the end: sources first, then sentences.

    `heading` is the question, where nobody has typed it.
    """
    head = [Text(Bold(cut(clean(heading), _TITLE_UNITS))), Text()] if heading else []
    match found.outcome:
        case Outcome.ANSWERED:
            return _answered(found, head, say, now=now, tz=tz)
        case Outcome.ABSENT:
            return _shown([*head, *map(_bold_links, _absent(found, say, now=now, tz=tz))])
        case Outcome.EMPTY:
            return _shown([Text(_nothing_asked(found, say))])


def lines(found: Answer, say: Say, *, now: datetime, tz: ZoneInfo) -> list[list[Span]]:
    """An answer line by line, for whoever draws spans: a terminal, a file."""
    if found.outcome is Outcome.EMPTY:
        return [[Span(_nothing_asked(found, say))]]
    if found.outcome is Outcome.ABSENT:
        return _absent(found, say, now=now, tz=tz)
    made = cited(found.sentences, found.posts, lang=say.lang, now=now, tz=tz)
    if found.written_by:
        body = [[span for sentence in paragraph(made.sentences) for span in (Span(" "), *sentence)][1:]]
    else:
        body = [[Span("• "), *sentence] for sentence in made.sentences]
    return [*body, [], *(list(line) for line in made.sources)]


def draft(sentences: Sequence[CitedSentence]) -> str:
    """An answer that is still being written."""
    return cut(bound(" ".join(stopped(clean(sentence.text)) for sentence in sentences)), MESSAGE_UNITS - 2) + " …"


def page(found: Answer, number: int, say: Say, *, now: datetime, tz: ZoneInfo) -> Shown:
    """The stories of a search: a page of them, from 0."""
    if found.outcome is Outcome.EMPTY:
        return _shown([Text(_nothing_asked(found, say))])
    if not found.hits:
        return _shown([Text(say("Nothing was found. Fewer words may find more, and so do other ones."))])
    first, hits = number * ON_A_PAGE, on_page(found, number)
    head = say.many("{n} story", "{n} stories", len(found.hits))
    lines = [Text(Bold(bound(head)), f" · {first + 1}–{first + len(hits)}")]
    return _shown(
        [
            *lines,
            *(Text(f"{place}. ", _hit(hit, say, now=now, tz=tz)) for place, hit in enumerate(hits, first + 1)),
        ],
        gap="\n\n",
    )


def pages(found: Answer) -> int:
    """How many pages the stories of a search make."""
    return -(-len(found.hits) // ON_A_PAGE)


def on_page(found: Answer, number: int) -> Sequence[Hit]:
    """The stories on a page, from 0."""
    return found.hits[number * ON_A_PAGE : (number + 1) * ON_A_PAGE]


def story(hit: Hit, say: Say, *, now: datetime, tz: ZoneInfo) -> Shown:
    """A story of a search as a message of its own."""
    return _shown([_hit(hit, say, now=now, tz=tz)])


def title(hit: Hit, say: Say) -> str:
    """What a story is called, on one line."""
    return bound(cut(clean(hit.title), _TITLE_UNITS)) or words(say.lang).untitled


def posts(found: Answer) -> set[int]:
    """The posts that an answer shows."""
    return {post for sentence in found.sentences for post in sentence.post_ids} | {hit.post.id for hit in found.hits}


def without(found: Answer, gone: Collection[int]) -> Answer | None:
    """The answer without the stories whose post is gone; None where a sentence cites one: the others may not stand alone."""
    if any(post in gone for sentence in found.sentences for post in sentence.post_ids):
        return None
    return replace(found, hits=tuple(hit for hit in found.hits if hit.post.id not in gone))


def _nothing_asked(found: Answer, say: Say) -> str:
    asks = say("Ask me anything about what the channels write: in a word or two, or in a sentence.")
    wrong = clean(found.wrong)
    return (wrong if wrong.endswith((".", "!", "?")) else f"{wrong}.") if wrong else asks


# --- parts -----------------------------------------------------------------------------------------------------------


def _answered(found: Answer, head: Sequence[Text], say: Say, *, now: datetime, tz: ZoneInfo) -> Shown:
    sentences = list(found.sentences)
    while True:
        made = cited(sentences, found.posts, lang=say.lang, now=now, tz=tz)
        for hidden in range(len(made.sources)):
            shown = _shown([*head, *_lines(made, found, say, sources=len(made.sources) - hidden)])
            if fits(shown.text, shown.marks):
                return shown
        sentences.pop()


def _lines(made: Cited, found: Answer, say: Say, *, sources: int) -> list[Text]:
    told = [message_parts.text(spans) for spans in (paragraph(made.sentences) if found.written_by else made.sentences)]
    body = (
        [message_parts.joined(told, " ")]
        if found.written_by
        else [Text("• ", one) for one in told]
        if len(told) > 1
        else told
    )
    lines = [message_parts.text(line) for line in made.sources[:sources]]
    left = len(made.sources) - sources
    more = [Text(bound(words(say.lang).and_more(left, words(say.lang).sources)))] if left else []
    seen, folded = lines[:IN_SIGHT], [*lines[IN_SIGHT:], *more]
    quote = [Text(ExpandableBlockQuote(message_parts.joined(folded, "\n")))] if folded else []
    head = [] if found.written_by else [Text(Italic(say("From the posts, word for word:")))]
    return [*head, *body, Text(), *seen, *quote]


def _absent(found: Answer, say: Say, *, now: datetime, tz: ZoneInfo) -> list[list[Span]]:
    told = [[Span(say("There is nothing about this in the archive."))]]
    if found.hits:
        told += [[], [Span(say("What comes nearest:"))]]
    for hit in found.hits:
        name = Span(title(hit, say), Kind.LINK if hit.post.url else Kind.PLAIN, hit.post.url)
        told.append([Span("• "), name, Span(f" · {_when(hit, say, now=now, tz=tz)}")])
    return told


def _bold_links(line: Sequence[Span]) -> Text:
    """A line in a chat: titles stand out there, as they do in digests."""
    return Text(
        *(message_parts.linked(Bold(span.text), span.url) if span.kind is Kind.LINK else span.text for span in line)
    )


def _hit(hit: Hit, say: Say, *, now: datetime, tz: ZoneInfo) -> Text:
    said = words(say.lang)
    source = clean(hit.post.origin or "") or clean(hit.post.channel)
    foot = [cut(source, 60), _when(hit, say, now=now, tz=tz)]
    if hit.sources > 1:
        foot.append(bound(said.count(hit.sources, said.sources)))
    name = message_parts.linked(Bold(title(hit, say)), hit.post.url or hit.post.origin_url)
    foreign = mark(hit, say, now=now, tz=tz)
    return Text(name, "\n", _marked(hit), f" {foreign}" if foreign else "", "\n", Italic(" · ".join(foot)))


def mark(hit: Hit, say: Say, *, now: datetime, tz: ZoneInfo) -> str:
    """What follows a sentence in another language than the reader's, as where it is quoted: `(en)`; "" for none."""
    quoted = CitedSentence(text=hit.sentence, post_id=hit.post.id)
    made = cited([quoted], [hit.post], lang=say.lang, now=now, tz=tz)
    return next((span.text for spans in made.sentences for span in spans if span.kind is Kind.MARK), "")


def _when(hit: Hit, say: Say, *, now: datetime, tz: ZoneInfo) -> str:
    when = local(hit.time, tz)
    day = words(say.lang).day(when, year=when.year != local(now, tz).year)
    return bound(day if hit.dated else f"{words(say.lang).undated} {day}")


def _marked(hit: Hit) -> Text:
    """The sentence with what was asked for in bold; of one that is too long, its beginning."""
    if units(hit.sentence) > _SENTENCE_UNITS:
        return Text(cut(clean(hit.sentence), _SENTENCE_UNITS))
    parts: list[Text | str] = []
    end = 0
    for start, stop in hit.marks[:_MOST_MARKS]:
        parts += [_flat(hit.sentence[end:start]), Bold(_flat(hit.sentence[start:stop]))]
        end = stop
    parts.append(_flat(hit.sentence[end:]))
    return Text(*parts)


def _flat(text: str) -> str:
    """On one line, without what hides or reverses text; the spaces at its ends stay."""
    lead, tail = text[:1].isspace(), text[-1:].isspace()
    bare = clean(text)
    return f"{' ' if lead else ''}{bare}{' ' if tail and bare else ''}"


def _shown(lines: Iterable[Text], *, gap: str = "\n") -> Shown:
    text, marks = plain(message_parts.joined(list(lines), gap))
    return Shown(text=text, marks=marks)
