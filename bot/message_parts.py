"""A story as Telegram shows it: title, sentences, the line of its sources, and in a quote that unfolds what is beyond;
and ever less of it, for when a message cannot hold it whole.

Pure. Only whole sentences and whole sources are left out, so that no entity and no character is ever cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Italic, Text, TextLink

from bot.blocks import StoryBlock
from bot.spans import Kind, Span, safe_url
from bot.texts import Words
from bot.typography import bound

#: Telegram refuses a message with one address that it cannot read: only plain hosts with a dot are linked, without
#: names, ports and schemes of its own (a tg:// address may mention a person).
_OPENS = re.compile(r"https?://[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?", re.IGNORECASE)
#: Longest address that is linked, in bytes as it is sent: one alone must not take up the room of all entities.
_ADDRESS_BYTES = 1000
#: Between sources: the dot stays on the row of what it follows.
_DOT = "\u00a0· "
_CUT = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What is told of a story: `claims` and `further` sources in the quote; `count` is the number of all sources."""

    head: Text
    sentences: tuple[Text, ...]
    sources: tuple[Text, ...]
    count: int
    when: str
    claims: tuple[Text, ...] = ()
    further: tuple[Text, ...] = ()
    sentences_cut: bool = False
    quote_cut: bool = False


def story(block: StoryBlock, *, number: int, said: Words, quote: bool) -> Iterator[Text]:
    """The story whole, then less and less of it: without its quote, then sources, then sentences; its title at last.

    The last fits into any message: a title and a time are short. Without `quote` there is none from the beginning.
    """
    for parts in _ever_less(_parts(block, number=number, said=said, quote=quote)):
        yield _drawn(parts, said)


def _parts(block: StoryBlock, *, number: int, said: Words, quote: bool) -> _Parts:
    numbered = bool(block.sentences or block.claims)
    sources, further = (
        tuple(text(line if numbered else _without_number(line)) for line in lines)
        for lines in (block.sources, block.further)
    )
    if block.count == len(sources) + 1 and not block.claims:  # its name is no longer than to say that there is one more
        sources, further = sources + further, ()
    update = (Italic(f"{said.update}:"), " ") if block.is_update else ()
    return _Parts(
        head=Text(f"{number}. ", *update, linked(Bold(block.title.text), block.title.url)),
        sentences=tuple(_sentence(spans, block) for spans in block.sentences),
        sources=sources,
        count=block.count,
        when=block.when.replace(" ", "\u00a0"),
        claims=tuple(_sentence(spans, block) for spans in block.claims) if quote else (),
        further=further if quote else (),
    )


def _ever_less(parts: _Parts) -> Iterator[_Parts]:
    yield parts
    while parts.further:
        parts = replace(parts, further=parts.further[:-1], quote_cut=True)
        yield parts
    while parts.claims:
        parts = replace(parts, claims=parts.claims[:-1], quote_cut=True)
        yield parts
    while len(parts.sources) > 1:
        parts = replace(parts, sources=parts.sources[:-1])
        yield parts
    while parts.sentences:
        parts = replace(parts, sentences=parts.sentences[:-1], sentences_cut=True)
        yield parts
    yield replace(parts, sources=())


# --- lines -----------------------------------------------------------------------------------------------------------


def _drawn(parts: _Parts, said: Words) -> Text:
    cut = (_CUT,) if parts.sentences_cut else ()
    hidden = parts.count - len(parts.sources)
    counted = said.and_more if parts.sources else said.count
    more = (bound(counted(hidden, said.sources)),) if hidden else ()
    lines = [parts.head, joined([*parts.sentences, *cut], " "), joined([*parts.sources, *more, parts.when], _DOT)]
    if parts.claims or parts.further:
        lines.append(ExpandableBlockQuote(_quote(parts)))
    return joined([line for line in lines if len(line)], "\n")


def _quote(parts: _Parts) -> Text:
    """A sentence a line, and the sources on one; where something is left out, an ellipsis says so."""
    cut = (_CUT,) if parts.quote_cut else ()
    if not parts.further:
        return joined([*parts.claims, *cut], "\n")
    return joined([*parts.claims, joined([*parts.further, *cut], _DOT)], "\n")


def joined(parts: Sequence[Text | str], between: str) -> Text:
    """The parts as one text, with this between them."""
    return Text(*[node for part in parts for node in (between, part)][1:])


def _without_number(line: Iterable[Span]) -> list[Span]:
    """A source of a story without sentences: nothing refers to its number."""
    return [span for span in line if span.kind is not Kind.CITE and span.text != "\u00a0"]


# --- stretches -------------------------------------------------------------------------------------------------------


def _sentence(spans: Iterable[Span], block: StoryBlock) -> Text:
    """A sentence with its citations; an update is called so before its title, and not again."""
    return text(span for span in spans if not (block.is_update and span.kind is Kind.UPDATE))


def text(spans: Iterable[Span]) -> Text:
    """Spans as Telegram draws them."""
    return Text(*(node for span in spans for node in _nodes(span)))


def _nodes(span: Span) -> Iterator[Text | str]:
    match span.kind:
        case Kind.PLAIN | Kind.MARK:
            yield span.text
        case Kind.LINK | Kind.CITE:
            yield linked(span.text, span.url)
        case Kind.BOLD | Kind.UPDATE:
            bare = span.text.rstrip()
            yield from (Bold(bare), span.text[len(bare) :])


def linked(shown: Text | str, url: str | None) -> Text | str:
    """A link, where Telegram will take the address. It is checked here again: this is the last door."""
    safe = safe_url(url)
    if safe is None or not _OPENS.fullmatch(safe) or len(json.dumps(safe)) > _ADDRESS_BYTES:
        return shown
    return TextLink(shown, url=safe)
